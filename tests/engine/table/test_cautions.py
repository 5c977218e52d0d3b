"""Cautions on columns: of every caution that the record path tells of a client, one client is found who has it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules import Decision, Rulebook
from aava_rules.decision.cautions import _cautions
from aava_rules.decision.decision import inside
from aava_rules.decision.essential import essential
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.engine.table.input.tables import load
from aava_rules.engine.table.solve.cautions import Cautions, Key
from aava_rules.engine.table.solve.session import BlockSession
from aava_rules.testing import RecordMaker, random_rulebook

SEEDS = st.integers(0, 10**9)


@lru_cache(maxsize=4)
def shipped(name: str) -> tuple[Rulebook, RecordMaker]:
    rulebook = aava_rules.load(name, plugins=False)
    return rulebook, RecordMaker(rulebook)


def caution_keys(decision: Decision) -> set[Key]:
    """What the record path says, by what tells cautions apart."""
    states = [state for state in inside(decision).states if state.status != "none" and not state.stated]
    return {key for state in states for key, *_ in _cautions(state, inside(decision))}


def check(rulebook: Rulebook, records: list[dict[str, Any]], on: date, size: int = 1000) -> set[Key]:
    """Columns find the cautions of the record path, each with a client who has it; those that there are."""
    decisions = [rulebook.decide(record, on=on, engine="reference") for record in records]
    tables = load(tables_of(records, rulebook._book.vocabulary), on, rulebook._book.vocabulary)
    assert tables.valid.all()
    cautions = Cautions(rulebook._book, essential)
    outcomes = sorted(q.name for q in rulebook._book.questions.values() if q.kind == "outcome")
    seen: set[Key] = set()
    wanted: set[Key] = set()
    first = 0
    for block in tables.blocks(size):
        run = BlockSession(rulebook._book, block)
        answered = [*(run.outcome(name) for name in outcomes), *run.requirements_and_steps(None)]
        selected = ~block.overflow_mask
        new = cautions.new_in(block, answered, selected)
        assert seen.isdisjoint(new)
        for key, row in new.items():
            assert selected[row]
            assert key in caution_keys(decisions[first + row]), (key, records)
        seen |= new.keys()
        here = [caution_keys(decision) for decision in decisions[first : first + block.size]]
        wanted |= set().union(*(keys for keys, is_selected in zip(here, selected.tolist(), strict=True) if is_selected))
        assert seen == wanted
        first += block.size
    return seen


@settings(max_examples=40, deadline=None)
@given(SEEDS, SEEDS, st.sampled_from([3, 1000]))
def test_random_rulebooks(rules: int, seed: int, size: int) -> None:
    """Rules and values that are not verified, and law that was not read to the judged day, in random rulebooks."""
    rulebook = random_rulebook(rules % 400).load()
    maker, random = RecordMaker(rulebook), Random(seed)
    on = maker.day(random)
    check(rulebook, [maker.record(random, on) for _ in range(15)], on, size)


@settings(max_examples=6, deadline=None)
@given(SEEDS, st.sampled_from(["finland", "aava", "hartola_sysma"]))
@example(0, "aava")
def test_shipped_rulebooks(seed: int, name: str) -> None:
    """The shipped rulebooks, on days before, on and after every dated value."""
    rulebook, maker = shipped(name)
    random = Random(seed)
    on = maker.day(random)
    check(rulebook, [maker.record(random, on) for _ in range(10)], on)


def test_law_that_may_have_been_repealed() -> None:
    """From 2027 on the act on rehabilitative work may be repealed, as the record path tells it."""
    rulebook, maker = shipped("finland")
    on = date(2027, 1, 1)
    seen = check(rulebook, [maker.record(Random(3), on) for _ in range(20)], on)
    assert "law_may_end" in {code for code, _ in seen}
    nothing_to_come = check(rulebook, [{"id": "A", "plans": [], "periods": []}], date(2026, 12, 31))
    assert "law_may_end" not in {code for code, _ in nothing_to_come}


@pytest.mark.parametrize("on", [date(2026, 1, 1), date(2026, 2, 2), date(2026, 4, 1)])
def test_law_that_was_not_read(on: date) -> None:
    """Past the last day that was read there are cautions of both kinds, as the record path tells them."""
    rulebook, maker = shipped("finland")
    random = Random(on.toordinal())
    seen = check(rulebook, [maker.record(random, on) for _ in range(40)], on)
    assert {code for code, _ in seen} >= {"presumed", "law_not_verified"}
