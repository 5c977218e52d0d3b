"""An item more costs what an item costs: work, memory and output grow with a record, not with pairs of its items."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

import aava_rules
from aava_rules.decision.decision import Decision
from aava_rules.decision.items import item_keys
from aava_rules.record import Record

DAY = "2015-09-15"
MOST = 2.2
"""Twice the items may take so many times the work and memory."""
FIRST = date(2005, 1, 3)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number % 3900)).isoformat()


RECORDS: dict[str, Callable[[int], dict[str, Any]]] = {
    "plans of which nothing is known": lambda n: {"plans": [{}] * n},
    "plans without a kind": lambda n: {"plans": [{"made_on": day(i)} for i in range(n)]},
    "plans without a day": lambda n: {"plans": [{"kind": "activation_plan"}] * n},
    "plans of one day": lambda n: {"plans": [{"kind": "activation_plan", "made_on": "2015-01-05"}] * n},
    "plans": lambda n: {"plans": [{"kind": "activation_plan", "made_on": day(i)} for i in range(n)]},
    "plans with keys": lambda n: {"plans": [{"id": f"p{i}", "kind": "client_plan"} for i in range(n)]},
    "periods of which nothing is known": lambda n: {"periods": [{}] * n},
    "periods": lambda n: {
        "periods": [{"kind": "rehabilitative_work", "start": day(i), "length_months": 3} for i in range(n)]
    },
    "events of which nothing is known": lambda n: {"events": [{}] * n},
    "events": lambda n: {"events": [{"step": "first_meeting", "on": day(i)} for i in range(n)]},
    "benefits": lambda n: {
        "benefits": [{"kind": "labour_market_subsidy", "start": day(i), "end": day(i)} for i in range(n)]
    },
    "all lists": lambda n: {
        "plans": [{"kind": "activation_plan", "made_on": day(i), "reviewed_on": [day(i)]} for i in range(n)],
        "periods": [{"start": day(i), "evaluated_on": [day(i)]} for i in range(n)],
        "events": [{"step": "follow_up_contact", "on": day(i)} for i in range(n)],
        "benefits": [{"start": day(i)} for i in range(n)],
    },
}


def answer(rulebook: Any, record: Record) -> str:
    """All that a decision tells."""
    decision: Decision = rulebook.decide(record, DAY, engine="reference")
    return decision.to_json()


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, those in C as well: the same in every run."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def peak(work: Callable[[], object]) -> int:
    """The most bytes that are held at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", RECORDS)
def test_twice_the_items_take_twice_the_work(kind: str) -> None:
    """Calls and JSON of 24, 48 and 96 items each grow by at most 2.2, and memory from 48 to 96."""
    rulebook = aava_rules.load("aava", plugins=False)
    records = [Record(id="x", **RECORDS[kind](size)) for size in (24, 48, 96)]
    # programs are compiled, and texts made, once for all records
    lengths = [len(answer(rulebook, record)) for record in records]
    work = [calls(lambda record=record: answer(rulebook, record)) for record in records]
    memory = [peak(lambda record=record: answer(rulebook, record)) for record in records[1:]]
    for measured in (lengths, work, memory):
        assert all(after <= MOST * before for before, after in pairwise(measured)), measured


@pytest.mark.parametrize("kind", ["plans of which nothing is known", "periods of which nothing is known"])
def test_fields_to_ask_for_grow_with_the_items(kind: str) -> None:
    """Each of many items names its own fields and the lists that matter, and not every item of these."""
    rulebook = aava_rules.load("aava", plugins=False)
    counts = []
    for size in (25, 50, 100):
        decision = rulebook.decide(Record(id="x", **RECORDS[kind](size)), DAY, engine="reference")
        counts.append(sum(len(fact.fields) for fact in decision.missing))
    assert all(after <= MOST * before for before, after in pairwise(counts)), counts


def test_keys_of_items_without_ids_are_numbered_in_their_order() -> None:
    """Of equal items, and of those that share an id; a key with a tilde in it is not taken for a number."""
    record = Record(id="x", plans=[{}, {"id": "a"}, {}, {"id": "a~2"}, {"id": "b"}, {"id": "b"}])
    first, a, second, tilde, b, other = item_keys("plans", record.plans or ())
    assert (a, tilde, second) == ("plans:a", "plans:a~2", f"{first}~2")
    assert b != other
    assert len({first, a, second, tilde, b, other}) == 6


def test_of_few_plans_every_pair_is_told() -> None:
    """Twenty other plans without a kind and day may each have ended a plan: its answers are named with its key."""
    rulebook = aava_rules.load("aava", plugins=False)
    missing = rulebook.decide({"id": "x", "plans": [{"id": f"p{i}"} for i in range(21)]}, DAY).missing
    last = next(fact for fact in missing if (fact.fact, fact.where) == ("plan.made_on", "plans[id=p20]"))
    assert any(answer.endswith("@plans:p0") for answer in last.affects)
    assert all("@" in answer for answer in last.affects if answer.startswith("consequences_told"))


def test_of_many_plans_the_answers_about_others_are_told_without_items() -> None:
    """With one more, what each affects of the others is told by name, and what it affects of its own by key."""
    rulebook = aava_rules.load("aava", plugins=False)
    few = rulebook.decide({"id": "x", "plans": [{"id": f"p{i}"} for i in range(21)]}, DAY).missing
    many = rulebook.decide({"id": "x", "plans": [{"id": f"p{i}"} for i in range(22)]}, DAY).missing

    def affected(missing: Any, of: str) -> set[str]:
        return {
            answer if answer.endswith("@plans:p3") else answer.partition("@")[0]
            for fact in missing
            if (fact.fact, fact.where) == (of, "plans[id=p3]")
            for answer in fact.affects
        }

    for field in ("plan.made_on", "plan.kind"):
        assert affected(many, field) == affected(few, field)
        told = [fact for fact in many if (fact.fact, fact.where) == (field, "plans[id=p3]")]
        assert not any("@plans:p4" in answer for fact in told for answer in fact.affects)
        assert set(told[0].settles) <= set(told[0].affects)
    assert {(fact.fact, fact.where.replace("p21", "p20")) for fact in many} == {(fact.fact, fact.where) for fact in few}


def test_an_only_plan_does_not_wait_for_others() -> None:
    """Nothing else could have ended it, so its kind is not asked for the sake of its days."""
    rulebook = aava_rules.load("finland", plugins=False)
    one = rulebook.decide({"id": "x", "plans": [{"id": "p", "made_on": "2015-01-05"}]}, DAY)
    assert not any(fact.where == "plans" for fact in one.missing)


TABLES = ("plans", "periods", "events", "benefits")


@pytest.mark.parametrize("kind", ["plans", "plans of which nothing is known", "all lists"])
def test_rows_of_one_client_take_memory_by_row(kind: str) -> None:
    """20,000 plans of one client are answered beside another client; pairs of them would be 400,000,000."""
    polars = pytest.importorskip("polars")
    limits = aava_rules.Limits(items=20_000, items_in_all=20_000)
    rulebook = aava_rules.load("finland", plugins=False, limits=limits)
    rows = RECORDS[kind](20_000 if kind != "all lists" else 4_000)
    frames = {}
    for name in TABLES:
        if name in rows:
            filled = [{"client": "a", "kind" if name != "events" else "step": None, **row} for row in rows[name]]
            frames[name] = polars.DataFrame(filled, infer_schema_length=None)
    for frame in frames:
        text = [c for c, t in frames[frame].schema.items() if t == polars.Null]
        frames[frame] = frames[frame].with_columns(polars.col(c).cast(polars.String) for c in text)
    clients = polars.DataFrame({"id": ["a", "b"]})

    def work() -> None:
        table = rulebook.decide_table(clients, on=DAY, **frames)
        assert len(table.findings) > 4_000
        assert len(table.outcomes) == 2

    assert peak(work) < 400_000_000
