"""An answer is unknown exactly if what is not known could turn it: checked against every completion."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import brute
from brute import BRUTE
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import ABSENT, Oracle, Unknowable

from aava_rules.decision.decision import inside
from aava_rules.decision.service import Rulebook
from aava_rules.engine.states import State
from aava_rules.language.errors import RecordError
from aava_rules.language.values import NONE, Interval
from aava_rules.testing import PLAIN, Features, random_rulebook
from aava_rules.testing.edges import Edges

ITEMS = Features(items=True, steps=False, judged=False, computed=False, lists=False, doubt=False)
JUDGED = Features(items=True, steps=False, judged=True, computed=False, lists=False, doubt=True)
COMPUTED = Features(items=True, steps=False, judged=False, computed=True, lists=False, doubt=False)
SEEDS = st.integers(0, 2**32)


def names_of(rulebook: Rulebook) -> list[str]:
    """Every outcome and requirement of a rulebook."""
    return sorted({q.name for q in rulebook._book.questions.values() if q.kind != "step"})


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
        assert all(
            bounds(one.value)[0] >= state.value.low and bounds(one.value)[1] <= state.value.high for one in completed
        )


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


def as_oracle(rulebook: Rulebook, record: dict[str, Any], on: date, list_name: str) -> Oracle:
    """The oracle's view of a complete record: of its facts, and of the one item of a list."""
    facts = {name: typed(value) for name, value in record["facts"].items() if not isinstance(value, dict)}
    facts |= {name: 0 for name, bound in record["facts"].items() if bound == {"at_most": 0}}
    if not list_name:
        return Oracle(rulebook._parts, on, facts)
    item = {field: typed(value) for field, value in record[list_name][0].items()}
    item |= {path.partition(".")[2]: ABSENT for path in record.get("complete", ()) if path.startswith(list_name)}
    return Oracle(rulebook._parts, on, facts, item)


def typed(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def check_name(rulebook: Rulebook, name: str, random: Random, on: date) -> tuple[str, int]:
    """Compare one answer with those of all completions, and each of these with the oracle."""
    record = brute.partial_record(rulebook, name, random, on)
    decision = rulebook.decide(record, on)
    read = brute.inputs(rulebook, name, record["facts"])
    if brute.size_of(rulebook, decision, read) > 4 * brute.MOST:
        return "", 0
    state = brute.state_of(rulebook, record, on, name)
    completed, statuses = [], []
    for made in brute.completions(rulebook, record, decision, read):
        one = brute.state_of(rulebook, made, on, name)
        completed.append(one)
        excepted = False if not any(rule.unless for rule in brute.rules_of(rulebook, name)) else None
        try:
            oracle = as_oracle(rulebook, made, on, state.list_name)
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


def complete_record(rulebook: Rulebook, random: Random, on: date) -> dict[str, Any]:
    """A record that gives every fact (no outcome), and every field of one period and one plan."""
    edges = Edges(rulebook)
    record: dict[str, Any] = {"id": "R", "facts": {}, "periods": [{}], "plans": [{}]}
    for name, fact in rulebook._parts.facts.items():
        if fact.derivation is None and "." not in name:
            record = brute.placed(
                record, brute.Input(name), random.choice(brute.values(rulebook, brute.Input(name), on))
            )
    for name in rulebook._parts.requirements:
        for one in brute.inputs(rulebook, name):
            if one.field:
                found = [
                    v for v in brute.values(rulebook, one, on) if one.field != "end" or v is NONE or v >= edges.days[-1]
                ]
                record = brute.placed(record, one, random.choice(found))
    return record


def check_complete(rulebook: Rulebook, random: Random, on: date) -> int:
    """Compare every answer to a complete record with the oracle's."""
    record, told = complete_record(rulebook, random, on), 0
    try:
        decision = rulebook.decide(record, on)
    except RecordError:
        return 0  # an end before the start
    for state in inside(decision).states:
        oracle = as_oracle(rulebook, record, on, state.list_name)
        try:
            if state.kind == "outcome":
                assert answer(state) == oracle.outcome(state.name), (
                    state.name,
                    answer(state),
                    oracle.outcome(state.name),
                )
            else:
                assert state.status == oracle.requirement(state.name)[0], state.name
            told += 1
        except Unknowable:
            pass
    return told


def check_seed(seed: int, features: Features) -> None:
    """Check every answer of the rulebook of a seed, each on a record and a day of its own."""
    rulebook, random = random_rulebook(seed, features).load(), Random(seed)
    edges = Edges(rulebook)
    for name in names_of(rulebook):
        on = max(edges.day(random), edges.day(random))
        check_name(rulebook, name, random, on)


@settings(BRUTE, max_examples=100)
@given(SEEDS)
def test_facts_and_thresholds_are_exact(seed: int) -> None:
    """What combines tests of facts (not, all, any, overrides, otherwise, sets) is decided as soon as it can be."""
    check_seed(seed, PLAIN)


@settings(BRUTE, max_examples=80)
@given(SEEDS)
def test_fields_of_items_are_exact(seed: int) -> None:
    """A requirement of an item is decided exactly, where a field may be absent, too, and known to be so."""
    check_seed(seed, ITEMS)


@settings(BRUTE, max_examples=80)
@given(SEEDS)
def test_unknown_days_and_doubtful_law_are_exact(seed: int) -> None:
    """An unknown judged day, or law that nobody has read, makes an answer unknown only if it could turn it."""
    check_seed(seed, JUDGED)


@settings(BRUTE, max_examples=100)
@given(SEEDS)
def test_complete_records_are_decided_as_the_oracle_says(seed: int) -> None:
    """Where everything is known, plain evaluation of the rules as they are written gives the same answers."""
    rulebook, random = random_rulebook(seed, COMPUTED).load(), Random(seed)
    edges = Edges(rulebook)
    for _ in range(5):
        check_complete(rulebook, random, max(edges.day(random), edges.day(random)))
