"""An answer is unknown exactly if what is not known could turn it: checked against every completion."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import brute
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import ABSENT, Oracle, Unknowable

from aava_rules.api import Rulebook
from aava_rules.engines.reference import State
from aava_rules.errors import RecordError
from aava_rules.testing.edges import Edges
from aava_rules.testing.rulebooks import PLAIN, Features, random_rulebook
from aava_rules.values import NONE, UNKNOWN, Interval

ITEMS = Features(items=True, steps=False, judged=False, computed=False, lists=False, doubt=False)
JUDGED = Features(items=True, steps=False, judged=True, computed=False, lists=False, doubt=True)
SEEDS = st.integers(0, 2**32)


def names_of(rulebook: Rulebook) -> list[str]:
    """Every outcome and requirement of a rulebook."""
    return sorted({q.name for q in rulebook.book.questions.values() if q.kind != "step"})


def answer(state: State) -> tuple[str, Any]:
    """What a state says, without what it leaves open."""
    return state.status, state.value if state.status == "known" else None


def bounds(value: Any) -> tuple[Any, Any]:
    return (value.low, value.high) if isinstance(value, Interval) else (value, value)


def check_outcome(state: State, completed: list[State]) -> None:
    """The state is what all completions share, no less and no more."""
    if all(isinstance(bounds(one.value)[0], frozenset) for one in completed):
        sure = frozenset.intersection(*(bounds(one.value)[0] for one in completed))
        possible = frozenset.union(*(bounds(one.value)[1] for one in completed))
        if len(state.readings) == 1 or sure == possible:
            assert bounds(state.value) == (sure, possible)
        assert state.status == ("known" if sure or not possible else "unknown")
        return
    answers = {answer(one) for one in completed}
    if len(answers) == 1:
        assert answer(state) == answers.pop()
    else:
        assert state.status == "unknown"
    if isinstance(state.value, Interval) and not isinstance(state.value.low, frozenset):
        assert all(bounds(one.value)[0] >= state.value.low and bounds(one.value)[1] <= state.value.high for one in completed)


def check_requirement(state: State, statuses: list[tuple[str, bool | None]]) -> None:
    """Like an outcome, but where only an exception is open, what is required being kept settles it."""
    found = {status for status, _ in statuses}
    if found <= {"not_applicable"} or found <= {"broken"}:
        assert {state.status} == found
    elif "broken" in found or "unknown" in found:
        assert state.status == "unknown"
    elif all(status == "met" or excepted for status, excepted in statuses):
        assert state.status == "met"
    elif all(status == "met" or excepted is not False for status, excepted in statuses):
        assert state.status in ("met", "unknown")
    else:
        assert state.status == "unknown"


def said_by_oracle(rulebook: Rulebook, record: dict[str, Any], on: date) -> Oracle:
    """The oracle's view of a complete record."""
    facts = {k: frozenset(v) if isinstance(v, list) else v for k, v in record["facts"].items() if not isinstance(v, dict)}
    facts |= {name: 0 for name, bound in record["facts"].items() if bound == {"at_most": 0}}
    item: dict[str, Any] | None = None
    for name in ("periods", "plans"):
        if name in record:
            from oracle import ABSENT

            item = {k: frozenset(v) if isinstance(v, list) else v for k, v in record[name][0].items()}
            item |= {path.partition(".")[2]: ABSENT for path in record.get("complete", ()) if path.startswith(name)}
    return Oracle(rulebook.parts, on, facts, item)


def check_name(rulebook: Rulebook, name: str, random: Random, on: date) -> tuple[str, int]:
    """Compare one answer with those of all completions, and each of these with the oracle."""
    record = brute.partial_record(rulebook, name, random, on)
    decision = rulebook.decide(record, on)
    read = brute.inputs(rulebook, name)
    if brute.size_of(rulebook, decision, read) > 4 * brute.MOST:
        return "", 0
    state = brute.state_of(rulebook, record, on, name)
    completed, statuses = [], []
    for made in brute.completions(rulebook, record, decision, read):
        one = brute.state_of(rulebook, made, on, name)
        completed.append(one)
        excepted = False if not any(rule.unless for rule in brute.rules_of(rulebook, name)) else None
        try:
            oracle = said_by_oracle(rulebook, made, on)
            if state.kind == "outcome":
                assert answer(one) == oracle.outcome(name)
            else:
                status, excepted = oracle.requirement(name)
                assert one.status == status
        except Unknowable:
            pass
        statuses.append((one.status, excepted))
    if state.kind == "outcome":
        check_outcome(state, completed)
    else:
        check_requirement(state, statuses)
    return state.status, len(completed)


COMPUTED = Features(items=True, steps=False, judged=False, computed=True, lists=False, doubt=False)


def complete_record(rulebook: Rulebook, random: Random, on: date) -> dict[str, Any]:
    """A record that gives every fact (no outcome), and every field of one period and one plan."""
    edges = Edges(rulebook)
    record: dict[str, Any] = {"id": "R", "facts": {}, "periods": [{}], "plans": [{}]}
    for name, fact in rulebook.parts.facts.items():
        if fact.derivation is None and "." not in name:
            record = brute.placed(record, brute.Input(name), random.choice(brute.values(rulebook, brute.Input(name), on)))
    for name in rulebook.parts.requirements:
        for one in brute.inputs(rulebook, name):
            if one.field:
                found = [v for v in brute.values(rulebook, one, on) if one.field != "end" or v is NONE or v >= edges.days[-1]]
                record = brute.placed(record, one, random.choice(found))
    return record


def check_complete(rulebook: Rulebook, random: Random, on: date) -> int:
    """Compare every answer to a complete record with the oracle's."""
    record, told = complete_record(rulebook, random, on), 0
    try:
        decision = rulebook.decide(record, on)
    except RecordError:
        return 0  # an end before the start
    for state in decision.states:
        list_name = state.list_name or "plans"
        facts = {k: frozenset(v) if isinstance(v, list) else v for k, v in record["facts"].items()}
        item = {k: frozenset(v) if isinstance(v, list) else v for k, v in record[list_name][0].items()}
        item |= {path.partition(".")[2]: ABSENT for path in record.get("complete", ()) if path.startswith(list_name)}
        oracle = Oracle(rulebook.parts, on, facts, item)
        try:
            if state.kind == "outcome":
                assert answer(state) == oracle.outcome(state.name), (state.name, answer(state), oracle.outcome(state.name))
            else:
                assert state.status == oracle.requirement(state.name)[0], state.name
            told += 1
        except Unknowable:
            pass
    return told
