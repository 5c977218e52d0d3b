"""What an answer measures against a limit: the number, the limit, its unit and what is left, on each side and unknown."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import aava_rules
from aava_rules.language.values import Interval

RECORDS = Path(__file__).parents[2] / "examples" / "records"


@pytest.fixture(scope="module")
def finland() -> aava_rules.Rulebook:
    """The rulebook of the statutes."""
    return aava_rules.load("finland", plugins=False)


def finding(rulebook: aava_rules.Rulebook, record: Any, on: str, name: str) -> aava_rules.Finding:
    """The finding of one requirement."""
    (only,) = rulebook.decide(record, on=on, only=[name]).findings
    return only


@pytest.mark.parametrize(
    ("days", "on", "status", "limit", "left"),
    [
        (178, "2021-12-31", "met", 178, 0),
        (179, "2021-12-31", "broken", 178, -1),
        (179, "2020-12-31", "met", 230, 51),
        (231, "2020-12-31", "broken", 230, -1),
    ],
)
def test_what_is_left_of_the_most_days(
    finland: aava_rules.Rulebook, days: int, on: str, status: str, limit: int, left: int
) -> None:
    """Days of participation in twelve months, by the law of the day: 230 until the end of 2020, then 178."""
    cap = finding(finland, {"id": "x", "facts": {"attended_days_last_12_months": days}}, on, "participation_days_cap")
    assert (cap.status, cap.measured, cap.limit, cap.unit, cap.left) == (status, days, limit, "days", left)
    form = cap.to_dict()
    assert [form[name] for name in ("measured", "limit", "unit", "left")] == [days, limit, "days", left]


def test_bounds_and_the_unknown_are_measured_as_they_are(finland: aava_rules.Rulebook) -> None:
    """Of bounds the other end is left; of what is not known nothing is."""
    facts = {"attended_days_last_12_months": {"at_least": 100, "at_most": 150}}
    cap = finding(finland, {"id": "x", "facts": facts}, "2021-12-31", "participation_days_cap")
    assert (cap.measured, cap.left) == (Interval(100, 150), Interval(28, 78))
    assert cap.to_dict()["left"] == {"at_least": 28, "at_most": 78}
    unknown = finding(finland, {"id": "x"}, "2021-12-31", "participation_days_cap")
    assert (unknown.measured, unknown.limit, unknown.left) == (aava_rules.UNKNOWN, 178, aava_rules.UNKNOWN)


def test_a_least_says_what_lacks(finland: aava_rules.Rulebook) -> None:
    """Three and a half hours of at least four: half an hour lacks; five are one over, which is below zero."""
    for hours, left in ((Decimal("3.5"), Decimal("0.5")), (5, -1)):
        period = {"id": "p", "kind": "rehabilitative_work", "start": "2019-03-01", "hours_per_day": hours}
        least = finding(finland, {"id": "x", "periods": [period]}, "2019-03-01", "hours_per_day_min")
        assert least.left == left and least.measure is not None and least.measure.least


def test_an_outcome_measures_what_its_rules_count(finland: aava_rules.Rulebook) -> None:
    """Of the target group the days of subsidy, and not the age, which nobody has any left of."""
    outcome = finland.decide((RECORDS / "a-17.json").read_bytes(), on="2014-05-05").outcomes["target_group"]
    assert (outcome.measured, outcome.limit, outcome.unit, outcome.left) == (180, 180, "benefit days", 0)
    assert outcome.to_dict()["measured"] == 180


def test_what_compares_no_count_measures_nothing(finland: aava_rules.Rulebook) -> None:
    """A requirement of days in the calendar, one that does not apply, and an answer that is not known."""
    decision = finland.decide((RECORDS / "178-days-of-attendance.json").read_bytes(), on="2021-10-01")
    by_name = {finding.requirement: finding for finding in decision.findings}
    assert by_name["period_length_max"].measure is None and "measured" not in by_name["period_length_max"].to_dict()
    assert all(finding.measure is None for finding in decision.findings if finding.status == "not_applicable")
    assert all(outcome.measure is None for outcome in decision.outcomes.values() if outcome.status == "unknown")


def test_a_plan_that_cannot_fit_is_told_on_the_day_on_which_it_is_made(finland: aava_rules.Rulebook) -> None:
    """Four days a week for 321 days pass 178, before the period has begun; three fit, and four for 320 days do.

    For a length of which any number of days fits there is no limit to measure them by.
    """
    for days, end, status, measured, left in (
        (4, "2023-11-25", "broken", 4, -1),
        (3, "2023-11-25", "met", 3, 0),
        (4, "2023-11-24", "met", None, None),
    ):
        period = {
            "kind": "rehabilitative_work", "start": "2023-01-09", "agreed_end": end, "days_per_week": days,
            "plan_made_on": "2022-12-15",
        }  # fmt: skip
        fits = finding(finland, {"id": "x", "periods": [period]}, "2022-12-15", "planned_days_fit")
        assert (fits.status, fits.measured, fits.left) == (status, measured, left)


def test_the_last_day_at_the_agreed_days_a_week(finland: aava_rules.Rulebook) -> None:
    """The day before the 179th day, deciding with the days attended; none where too few days are left, or unknown."""
    record = json.loads((RECORDS / "178-days-of-attendance.json").read_text(encoding="utf-8"))
    days = record["periods"][0]["attended_on"]
    record["periods"][0]["attended_on"] = [day for day in days if day <= "2021-10-01"]
    cap = finding(finland, record, "2021-10-01", "participation_days_cap")
    assert (cap.measured, cap.left) == (153, 25)
    assert cap.last_day == date(2021, 11, 15)
    changes = finland.look_ahead(record, on="2021-10-01", only=["participation_days_cap"], assume={"attendance": 4})
    assert changes[0].day == date(2021, 11, 16) and changes[0].after["status"] == "broken"
    record["periods"][0]["days_per_week"] = 1
    assert finding(finland, record, "2021-10-01", "participation_days_cap").last_day is None
    del record["periods"][0]["attended_on"]
    assert finding(finland, record, "2021-10-01", "participation_days_cap").last_day is None


def test_the_short_form_carries_it_and_expands_to_the_full_one(finland: aava_rules.Rulebook) -> None:
    """The same four parts in both forms."""
    decision = finland.decide((RECORDS / "178-days-of-attendance.json").read_bytes(), on="2021-10-01")
    full = {entry["key"]: entry for entry in decision.to_dict()["findings"] if "measured" in entry}
    short = decision.to_dict(detail="short")
    expanded = {entry["key"]: entry for entry in aava_rules.expanded(short)["findings"]}
    assert full and all(expanded[key]["left"] == entry["left"] for key, entry in full.items())
    assert aava_rules.expanded(short)["outcomes"]["target_group"]["limit"] == 500
