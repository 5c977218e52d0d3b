"""A default stands in for what is unknown and for a term that does not exist; one that does not exist decides nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from agreement import Tally, disagreements
from brute import shipped
from test_hard_cases import made

ON = date(2022, 2, 1)
WORK = {"kind": "rehabilitative_work", "start": date(2022, 1, 3)}
ONE, LEAST, MOST = "periods.days_per_week", "periods.days_per_week_least", "periods.days_per_week_most"
VOCABULARY = """
facts:
  plan.last: {type: date, value: plan.ends_on, default: plan.evaluation_on, TITLE}
requirements: {still: {each: plan, TITLE}, never: {each: plan, TITLE}}
"""
RULES = """
rules:
  - {id: A-1, TITLE, in_force: {from: 2000-01-01}, each: plan, requirement: still, require: [plan.last >= decision_date]}
  - {id: A-2, TITLE, in_force: {from: 2000-01-01}, each: plan, requirement: never, require: [plan.last is none]}
"""


@pytest.mark.parametrize(
    ("complete", "days", "at_least", "at_most"),
    [
        ([], {"days_per_week_least": 1, "days_per_week_most": 4}, "met", "met"),
        ([ONE], {"days_per_week_least": 1, "days_per_week_most": 4}, "met", "met"),
        ([ONE], {"days_per_week_least": 0, "days_per_week_most": 5}, "broken", "broken"),
        ([ONE], {"days_per_week_most": 4}, "unknown", "met"),
        ([ONE], {}, "unknown", "unknown"),
        ([MOST], {}, "unknown", "unknown"),
        ([LEAST, MOST], {}, "unknown", "unknown"),
        ([LEAST, MOST], {"days_per_week": 4}, "met", "met"),
        ([LEAST, MOST], {"days_per_week": 5}, "met", "broken"),
        ([ONE, LEAST, MOST], {}, "broken", "broken"),  # there are no days at all
    ],
)
def test_days_that_vary(complete: list[str], days: dict[str, int], at_least: str, at_most: str) -> None:
    """That there is no one number of days a week says nothing against their most; nor the reverse."""
    record = {"id": "x", "complete": complete, "periods": [WORK | days]}
    found = {finding.requirement: finding.status for finding in shipped("finland").decide(record, ON).findings}
    assert (found["days_per_week_min"], found["days_per_week_max"]) == (at_least, at_most)
    assert list(disagreements(shipped("finland"), ON, [record], Tally())) == []


@pytest.mark.parametrize(
    ("complete", "days", "still", "never"),
    [
        ([], {"ends_on": date(2022, 2, 1)}, "met", "broken"),
        ([], {"ends_on": date(2022, 1, 31), "evaluation_on": date(2022, 2, 1)}, "broken", "broken"),
        ([], {"evaluation_on": date(2022, 2, 1)}, "unknown", "unknown"),  # it may end on another day
        (["plans.ends_on"], {"evaluation_on": date(2022, 2, 1)}, "met", "broken"),
        (["plans.ends_on"], {"evaluation_on": date(2022, 1, 31)}, "broken", "broken"),
        (["plans.ends_on"], {}, "unknown", "unknown"),
        (["plans.evaluation_on"], {}, "unknown", "unknown"),
        (["plans.ends_on", "plans.evaluation_on"], {}, "broken", "met"),
    ],
)
def test_a_day_that_may_not_exist(
    complete: list[str], days: dict[str, Any], still: str, never: str, tmp_path: Path
) -> None:
    """A day with a default of which it is open whether it exists is open, not that of the default."""
    rulebook = made(tmp_path, VOCABULARY, RULES)
    record = {
        "id": "x",
        "complete": complete,
        "plans": [{"kind": "activation_plan", "made_on": date(2022, 1, 3)} | days],
    }
    found = {finding.requirement: finding.status for finding in rulebook.decide(record, ON).findings}
    assert found == {"still": still, "never": never}
    assert list(disagreements(rulebook, ON, [record], Tally())) == []
