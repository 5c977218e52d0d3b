"""Values of two judged days are one value where these days are the same day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from agreement import Tally, disagreements
from test_hard_cases import made

ON = date(2016, 3, 1)
VOCABULARY = """
facts:
  day: {type: date, TITLE}
  a: {type: boolean, TITLE}
  b: {type: boolean, TITLE}
  n: {type: integer, unit: days, of_the_day: true, TITLE}
  k: {type: integer, unit: days, TITLE}
outcomes:
  count: {type: integer, unit: days, TITLE}
requirements: {enough: {each: client, TITLE}}
"""
RULES = """
decides: [count]
rules:
  - {id: A-1, TITLE, in_force: {from: 2000-01-01}, when: [a], then: {count: n}}
  - {id: A-2, TITLE, in_force: {from: 2000-01-01}, judged_on: day, when: [b], then: {count: n}}
  - {id: A-3, TITLE, in_force: {from: 2000-01-01}, requirement: enough, require: [count >= 1, {any: [a, b]}]}
"""


@pytest.mark.parametrize(
    ("facts", "enough"),
    [
        ({"day": ON, "n": 1, "a": True}, "met"),
        ({"day": ON, "n": 0, "a": True}, "broken"),
        ({"day": ON, "n": 1}, "unknown"),
        ({"day": ON, "n": {"at_least": 1}, "b": True}, "met"),
        ({"day": ON, "a": True}, "unknown"),
        ({"day": date(2016, 2, 29), "n": 1, "a": True}, "unknown"),
        ({"day": date(2016, 2, 29), "n": 1, "a": True, "b": False}, "met"),
    ],
)
def test_a_day_that_is_that_of_decision(facts: dict[str, Any], enough: str, tmp_path: Path) -> None:
    """A rule judged on a recorded day that is the day of decision concludes the same value as one judged then."""
    rulebook = made(tmp_path, VOCABULARY, RULES)
    decision = rulebook.decide({"id": "x", "facts": facts}, ON)
    assert [finding.status for finding in decision.findings] == [enough]
    assert decision.missing or enough != "unknown"
    assert list(disagreements(rulebook, ON, [{"id": "x", "facts": facts}], Tally())) == []
