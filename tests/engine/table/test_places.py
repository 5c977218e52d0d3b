"""The day of decision held inside plans and periods is on columns what it is on the record path."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
from columnar_records import Clients, some_clients
from frames_maker import book, random_book
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.evaluate.steps import day_in
from aava_rules.language.values import FIRST_DAY, LAST_DAY, UNKNOWN, Interval

ON = date(2016, 2, 29)
LISTS = ("plans", "periods")


def check(clients: Clients, view: RowView) -> list[Any]:
    return clients.check(view, day_in(view), lambda scope: scope.facts.day_in(scope.list_name, scope.item), "day_in")


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_random_clients(seed):
    random = Random(seed)
    clients = some_clients(random.choice([book(), random_book(seed % 10)]), random)
    for list_name in LISTS:
        check(clients, clients.view(list_name))


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_plans_that_follow_one_another(seed):
    """Plans of few kinds on few days, some without kind or day."""
    random = Random(seed)
    records = []
    for number in range(12):
        plans = []
        for _ in range(random.choice([0, 1, 2, 3, 6, 12])):
            plan: dict[str, Any] = {}
            if random.random() < 0.8:
                plan["kind"] = random.choice(["activation_plan", "joint_plan"])
            if random.random() < 0.85:
                plan["made_on"] = ON + timedelta(random.randrange(-5, 4))
            if random.random() < 0.2:
                plan["ends_on"] = plan.get("made_on", ON) + timedelta(random.randrange(4))
            plans.append(plan)
        record = {"id": str(number), "plans": plans}
        if random.random() < 0.2:
            record["complete"] = random.sample(["plans.kind", "plans.made_on", "plans.ends_on"], 2)
        if random.random() < 0.4:
            record["complete_from"] = {"plans": random.choice([FIRST_DAY, ON + timedelta(random.randrange(-5, 4))])}
        records.append(record)
    clients = Clients(book(), random, ON, records)
    check(clients, clients.view("plans"))


def test_values_of_every_kind_occur():
    values: list[Any] = []
    for seed in range(60):
        random = Random(seed)
        clients = some_clients(book(), random)
        for list_name in LISTS:
            values += check(clients, clients.view(list_name))
    assert UNKNOWN in values and any(isinstance(value, date) for value in values)
    bounds = [value for value in values if isinstance(value, Interval)]
    assert any(interval.low is None or interval.high is None for interval in bounds)


def places(list_name: str, *items: dict[str, Any], on: date = ON) -> list[Any]:
    clients = Clients(book(), Random(1), on, [{"id": "A", list_name: list(items)}])
    return check(clients, RowView(clients.block, on, None, list_name, np.arange(len(items))))


def test_periods():
    day = timedelta(1)
    assert places("periods", {"start": ON + day}, {"start": ON}, {"start": ON - day}) == [ON + day, ON, ON]
    assert places("periods", {"start": ON - 9 * day, "end": ON - 3 * day}) == [ON - 3 * day]
    assert places("periods", {"end": ON - 3 * day}, {"end": ON + day}) == [ON - 3 * day, Interval(ON, ON + day)]
    assert places("periods", {"length_months": 3}, {}) == [UNKNOWN, Interval(ON, None)]
    assert places("periods", {"start": ON - 9 * day, "agreed_end": ON - 3 * day}) == [ON - 3 * day]
    assert places("periods", {"start": ON - 9 * day, "agreed_end": ON, "end": ON - 3 * day}) == [ON - 3 * day]
    assert places(
        "periods", {"start": ON - 9 * day, "ended_because": "work"}, {"ended_because": "work"},
        {"start": ON - 9 * day, "agreed_end": ON + day, "ended_because": "client"},
    ) == [Interval(ON - 9 * day, ON), UNKNOWN, Interval(ON - 9 * day, ON)]  # fmt: skip
    assert places("periods", {"end": FIRST_DAY}, {"end": LAST_DAY}) == [
        Interval(None, FIRST_DAY), Interval(ON, LAST_DAY),
    ]  # fmt: skip


def test_a_later_plan_of_its_kind_ends_a_plan():
    day = timedelta(1)
    first = {"kind": "joint_plan", "made_on": ON - 9 * day}
    assert places("plans", first) == [ON]
    assert places("plans", first, first) == [ON, ON]  # of the same day: neither is later
    assert places("plans", first, {"kind": "joint_plan", "made_on": ON - 3 * day})[0] == ON - 4 * day
    assert places("plans", first, {"kind": "client_plan", "made_on": ON - 3 * day})[0] == ON
    assert places("plans", first, {"made_on": ON - 3 * day})[0] == Interval(ON - 4 * day, ON)
    assert places("plans", first, {"kind": "joint_plan"})[0] == Interval(ON - 9 * day, ON)
    assert places("plans", first, {"kind": "joint_plan"}, {"kind": "joint_plan", "made_on": ON - 3 * day})[0] == (
        Interval(ON - 9 * day, ON - 4 * day)
    )
