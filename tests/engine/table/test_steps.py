"""The steps of clients on columns are those that the record path finds."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from columnar_records import Clients, some_clients
from frames_maker import book, random_book
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.compiler.rounds import BEGUN, EARLIEST, EVENTS, LATER
from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.evaluate.steps import date_of, done, round_starts
from aava_rules.language.values import FIRST_DAY, NONE, UNKNOWN, Interval
from aava_rules.record.items import STEPS

ON = date(2016, 2, 29)
FIRST, RETURN = "client_relationship_starts", "follow_up_contact"


def check(clients: Clients) -> list[Any]:
    """Require the same of every step of every client; the days on which they were done."""
    block, rows = clients.block, RowView(clients.block, clients.on)
    for row, (facts, first, _, last, *_) in enumerate(zip(clients.facts, *round_starts(block), strict=True)):
        assert _start(first, last) == facts.steps.round_start(), row
    values = []
    for step in {*STEPS, *clients.rulebook._parts.steps}:
        clients.check(rows, done(block, step), lambda scope, step=step: scope.facts.steps.done(step), step)
        check_rounds(clients, rows, step)
        values += clients.check(
            rows, date_of(block, step), lambda scope, step=step: scope.facts.steps.date_of(step), step
        )
    return values


def check_rounds(clients: Clients, rows: RowView, step: str) -> None:
    """Require the same of the rounds that may be the current one, and of what a step follows."""
    block = clients.block
    for which in (EARLIEST, LATER, BEGUN):
        for by in ("", EVENTS, "0"):
            clients.check(
                rows,
                done(block, step, which, by),
                lambda scope, asked=(step, which, by): scope.facts.steps.done(*asked),
                f"{step} {which} {by}",
            )
    for which in (EARLIEST, LATER):
        clients.check(
            rows,
            date_of(block, step, which),
            lambda scope, asked=(step, which): scope.facts.steps.date_of(*asked),
            f"{step} {which}",
        )


def _start(first: Any, last: Any) -> Any:
    return date.fromordinal(int(first)) if first == last else UNKNOWN


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_random_clients(seed):
    random = Random(seed)
    check(some_clients(random.choice([book(), book("hartola_sysma"), random_book(seed % 10)]), random))


def some_event(random: Random) -> dict[str, Any]:
    """An event of one of few steps, on one of few days."""
    event: dict[str, Any] = {}
    if random.random() < 0.85:
        event["step"] = random.choice([FIRST, RETURN, RETURN, "first_meeting", "consideration"])
    if random.random() < 0.85:
        event["on"] = ON + timedelta(random.randrange(-6, 3))
    if random.random() < 0.7:
        event["needs_services"] = random.random() < 0.6
    return event


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_events_that_stand_close_together(seed):
    random = Random(seed)
    records = []
    for number in range(20):
        record: dict[str, Any] = {"id": str(number)}
        for name in ("events", "plans", "periods"):
            if random.random() < 0.9:
                record[name] = []
            if name in record and random.random() < 0.3:
                record.setdefault("complete_from", {})[name] = ON + timedelta(random.randrange(-8, 1))
        if "events" in record:
            record["events"] = [some_event(random) for _ in range(random.randrange(6))]
        if "plans" in record:
            kinds = ["activation_plan", "joint_plan", "client_plan", None]
            record["plans"] = [
                {"kind": random.choice(kinds), "made_on": random.choice([None, ON - timedelta(random.randrange(5))])}
                for _ in range(random.randrange(3))
            ]
        if random.random() < 0.2:
            record["complete"] = random.sample(
                ["events.on", "events.step", "events.needs_services", "plans.made_on"], 2
            )
        records.append(record)
    check(Clients(book(), random, ON, records))


def test_values_of_every_kind_occur():
    """Known days, days between bounds, days that may or may not be, and none at all are all met."""
    values: list[Any] = []
    for seed in range(8):
        random = Random(seed)
        values += check(some_clients(book(), random))
    assert NONE in values and any(isinstance(value, date) for value in values)
    assert {value.absent for value in values if isinstance(value, Interval)} == {True, False}


def days_of(step: str, *events: tuple[str, date] | tuple[str, date, bool]) -> tuple[Any, Any]:
    """When the round began, and when a step was last done in it."""
    event_records = [
        {"step": event[0], "on": event[1]} | ({"needs_services": event[2]} if len(event) == 3 else {})
        for event in events
    ]
    clients = Clients(book(), Random(1), ON, [{"id": "A", "events": event_records, "plans": [], "periods": []}])
    check(clients)
    (first,), _, (last,), *_ = round_starts(clients.block)
    return _start(first, last), date_of(clients.block, step).value(0)


def test_a_contact_that_opens_a_round_closed_the_one_before():
    first, later = ON - timedelta(20), ON - timedelta(10)
    assert days_of(RETURN, (FIRST, first), (RETURN, later, True)) == (later, NONE)
    assert days_of(RETURN, (FIRST, first), (RETURN, later, False)) == (first, later)
    assert days_of(RETURN, (FIRST, first), (RETURN, later)) == (UNKNOWN, Interval(later, later, absent=True))
    assert days_of("first_meeting", (FIRST, first), ("first_meeting", ON)) == (first, ON)
    assert days_of("first_meeting", ("first_meeting", ON + timedelta(1))) == (FIRST_DAY, NONE)


def test_what_lies_in_every_round_that_may_be_is_known():
    """Where it is not known when the round began: steps of either round, of the earlier one alone, and of none."""
    first, later = ON - timedelta(20), ON - timedelta(10)
    open_round = ((FIRST, first), (RETURN, later))
    assert days_of("first_meeting", *open_round) == (UNKNOWN, NONE)
    assert days_of("first_meeting", *open_round, ("first_meeting", later)) == (UNKNOWN, later)
    before = later - timedelta(1)
    assert days_of("first_meeting", *open_round, ("first_meeting", before)) == (
        UNKNOWN,
        Interval(before, before, absent=True),
    )
    assert days_of("first_meeting", *open_round, ("first_meeting", first - timedelta(1))) == (UNKNOWN, NONE)
