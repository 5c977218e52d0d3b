"""Answers that stay open, and items with days of their own: a look ahead over a year is deciding on every day of it."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest
from days_ahead import day_by_day, looked_ahead

import aava_rules
from aava_rules.engine.courses import Courses

ON, UNTIL = date(2015, 3, 2), date(2016, 3, 1)
NAMES = [
    "benefit_loss_ends_on", "basic_amount_cut_ends_on", "benefit_loss_days", "days_per_week_max", "plans_updated",
    "follow_up_contact", "rests_on_plan",
]  # fmt: skip
PERIOD = {"kind": "rehabilitative_work", "days_per_week": 5, "plan_made_on": "2015-02-20"}
RECORDS: dict[str, dict[str, Any]] = {
    "nothing is known": {},
    "why it was refused is known, not when": {"facts": {"refusal_reason": "no_reason"}},
    "when it was refused is known": {"facts": {"refusal_reason": "no_reason", "conduct_on": "2015-02-02"}},
    "a period that goes on": {"periods": [PERIOD | {"start": "2015-02-23"}]},
    "one that begins and ends within the year": {"periods": [PERIOD | {"start": "2015-06-01", "end": "2015-11-30"}]},
    "one of a known length without a beginning": {"periods": [PERIOD | {"length_months": 6}]},
    "one whose end alone is known": {"periods": [PERIOD | {"end": "2015-09-04"}]},
    "plans of which one has no day": {
        "plans": [
            {"kind": "activation_plan", "made_on": "2015-01-12"}, {"kind": "activation_plan", "made_on": "2015-07-06"},
            {"kind": "joint_plan"},
        ],
    },
    "steps without days": {
        "events": [{"step": "client_relationship_ends"}, {"step": "first_meeting"}, {"step": "rehabilitative_work"}],
        "periods": [PERIOD],
    },
}  # fmt: skip


@cache
def aava() -> aava_rules.Rulebook:
    return aava_rules.load("aava", plugins=False)


@pytest.mark.parametrize("parts", RECORDS.values(), ids=RECORDS)
def test_open_answers_and_days_of_items(parts: dict[str, Any]) -> None:
    """Each day on which one of them changes is told, and no other."""
    given = {"id": "x", "client": {"birth_date": "1991-08-20"}, **parts}
    record = aava().decide(given, on=ON, engine="reference").record
    of_the_day = record.model_copy(update={"facts_on": ON}) if record.facts else record
    wanted = sorted(day_by_day(aava(), of_the_day, of_the_day, ON, UNTIL, NAMES), key=lambda change: change[:2])
    told = aava().look_ahead(given, on=ON, until=UNTIL, only=NAMES)
    assert sorted(looked_ahead(told), key=lambda change: change[:2]) == wanted


@pytest.mark.parametrize("name", ["nothing is known", "one that begins and ends within the year"])
def test_they_are_not_looked_at_on_every_day(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Of a day that is no earlier than the day of decision, and of what stays open, few days of a year are read."""
    days: set[date] = set()
    scope = Courses.scope

    def noted(courses: Courses, day: date, place: Any) -> Any:
        days.add(day)
        return scope(courses, day, place)

    monkeypatch.setattr(Courses, "scope", noted)
    aava().look_ahead({"id": "x", **RECORDS[name]}, on=ON, until=UNTIL)
    assert len(days) < 100
