"""Days counted in windows that move: a look ahead over months is deciding on every day of them, whatever the rows are."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest
from days_ahead import day_by_day, looked_ahead

import aava_rules
from aava_rules.decision.assumptions import lasting

ON, UNTIL = date(2015, 3, 2), date(2015, 10, 30)
NAMES = ["target_group", "target_group_grounds"]
FACTS = {
    "unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "integration_plan_entitled": False,
    "allowance_exhausted": False,
}  # fmt: skip


@cache
def finland() -> aava_rules.Rulebook:
    return aava_rules.load("finland", plugins=False)


def row(start: str | None, end: str | None, days: int | None, kind: str = "labour_market_subsidy") -> dict[str, Any]:
    return {"kind": kind, "start": start, "end": end, "days": days, "because_of_unemployment": True}


PASSED = [row("2014-02-03", "2014-06-27", 100), row("2014-07-01", "2015-02-27", 165)]
ROWS = {
    "all of them before the first day": PASSED,
    "one that ends on the first day": [*PASSED, row("2015-03-01", "2015-03-02", 1)],
    "one that goes on for months": [*PASSED[1:], row("2015-03-02", "2015-08-31", 60)],
    "one that begins later": [*PASSED, row("2015-05-04", "2015-06-26", 40)],
    "one that begins after the last day": [*PASSED, row("2015-11-02", "2015-12-31", 40)],
    "one without an end": [*PASSED, row("2015-01-05", None, 30)],
    "one without a beginning": [*PASSED, row(None, "2014-09-30", 30)],
    "one whose days are not known": [row("2014-02-03", "2015-01-30", None)],
    "one with more days than it can have": [row("2014-06-02", "2014-06-27", 90), row("2014-07-01", "2015-02-27", 130)],
    "one of another benefit that goes on": [*PASSED, row("2015-03-02", "2015-08-31", 120, "social_assistance")],
    "none": [],
}


def record(rows: list[dict[str, Any]], **parts: Any) -> dict[str, Any]:
    return {"id": "x", "client": {"birth_date": "1991-08-20"}, "facts": FACTS, "benefits": rows, **parts}


def assert_as_each_day(given: dict[str, Any]) -> int:
    """That a look ahead tells what deciding on each day shows, if facts stay; how many changes there are."""
    read = finland().decide(given, on=ON, engine="reference").record
    of_the_day, later = read.model_copy(update={"facts_on": ON}), lasting(read, ON, finland()._book.vocabulary)
    wanted = sorted(day_by_day(finland(), of_the_day, later, ON, UNTIL, NAMES), key=lambda change: change[:2])
    told = finland().look_ahead(given, on=ON, until=UNTIL, only=NAMES, assume={"facts": "continue"})
    assert sorted(looked_ahead(told), key=lambda change: change[:2]) == wanted
    return len(wanted)


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_rows_in_a_window_of_twelve_months(rows: list[dict[str, Any]]) -> None:
    """Total days of the last 12 months, by dates and by whole months, as rows enter and leave the window."""
    assert assert_as_each_day(record(rows)) or not rows


def test_a_list_that_is_complete_from_a_day() -> None:
    """What lay before the list is complete leaves the window, and the days in it become known."""
    assert assert_as_each_day(record(PASSED, complete_from={"benefits": "2014-06-02"}))


def test_days_leave_the_window_until_there_are_too_few() -> None:
    """Those under 25 need 180 days in 12 months: while nothing is paid, they leave the window and the answer changes."""
    changes = finland().look_ahead(
        record(PASSED), on=ON, until=UNTIL, only=["target_group"], assume={"facts": "continue"}
    )
    assert [change.name for change in changes if change.day < date(2015, 8, 20)]
