"""More data only ever says more: what is decided stays, whatever is filled in."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from answers import agrees, answers
from brute import BRUTE, shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.compiler.facts import PREFER_DERIVED
from aava_rules.decision.decision import Decision, inside
from aava_rules.engine.states import State
from aava_rules.language.values import FIRST_DAY, is_known
from aava_rules.testing import Completer, RecordMaker, completions, random_rulebook, situations
from aava_rules.testing.completing import turns_with_the_round, with_assumptions


def check_filling_in(completer: Completer, record: dict[str, Any], on: date, random: Random, steps: int = 8) -> None:
    """Fill in one thing after the other, and compare every answer with the one before."""
    rulebook = completer.maker.rulebook
    decision = rulebook.decide(record, on)
    for _ in range(steps):
        gaps = completer.gaps(record, decision)
        if not gaps:
            return
        gap = completer.pick(random, gaps)
        filled = completer.fill(random, record, decision, gap)
        if filled is None:
            continue
        more = rulebook.decide(filled, on)
        check_kept(decision, more, str(gap))
        record, decision = filled, more


def check_kept(before: Decision, after: Decision, what: str) -> None:
    """Require that what ``before`` decides is not taken back, nor open again, when ``what`` is known besides."""
    more = answers(after)
    for place, state in answers(before).items():
        assert agrees(state, more[place]), f"{place} turned from {state.status} when {what} was filled in"
    steps = {
        (state.name, state.list_name, state.position): state.status
        for state in inside(after).states
        if state.kind == "step"
    }
    for state in inside(before).states:
        # a suggestion may ask what is known, and turn when more is; see `x is known` in rulesets/README.md
        if state.kind == "step" and state.status != "open" and not asks_what_is_known(state):
            assert steps[state.name, state.list_name, state.position] != "open", f"{state.name} is open by {what}"


def asks_what_is_known(state: State) -> bool:
    """Whether a rule of the question of ``state`` depends on what is known."""
    return any(feature.kind == "known" for reading in state.readings for feature in reading.program.features)


def told_in_part(completer: Completer, record: dict[str, Any], decision: Decision, random: Random) -> Any:
    """The record with one thing known in part that was open, and what it is; None if there is no such thing.

    That is a bound of a whole number, an earlier day from which a list is complete, or a field without which an item
    has none.
    """
    facts, told = inside(decision).session.facts, with_assumptions(record, decision, completer.parts)
    since = sorted(told.get("complete_from") or {})
    if since and random.randrange(3) == 0:
        name = random.choice(since)
        earlier = told["complete_from"][name] - timedelta(days=random.choice([1, 30, 400]))
        told["complete_from"][name] = max(earlier, FIRST_DAY)
        return told, f"complete_from of {name}"
    whole = [
        name
        for name in completer.edges.read
        if completer.parts.facts[name].type == "integer"
        and completer.parts.facts[name].default is None
        and name not in PREFER_DERIVED
        and facts.counts_on(name, decision.on)
        and not turns_with_the_round(name, decision)
        and not is_known(facts.value(name, decision.on))
    ]
    if not whole:
        return None
    name = random.choice(whole)
    value = completer.edges.within(random, name, facts.value(name, decision.on), decision.on)
    if not isinstance(value, int):
        return None
    given = (told.get("facts") or {}).get(name)
    bounds = dict(given) if isinstance(given, dict) else {}
    low, high = max(value - random.choice([0, 1, 200]), 0), value + random.choice([0, 1, 200])
    if random.randrange(3):
        bounds["at_least"] = max(low, bounds.get("at_least", 0))
    if random.randrange(3) or not bounds:
        bounds["at_most"] = min(high, bounds.get("at_most", high))
    told.setdefault("facts", {})[name] = bounds
    return told, f"a bound of {name}"


def check_told_in_part(completer: Completer, record: dict[str, Any], on: date, random: Random, steps: int = 4) -> None:
    """Tell one thing after the other in part, and compare every answer with the one before."""
    decision = completer.maker.rulebook.decide(record, on)
    for _ in range(steps):
        more = told_in_part(completer, record, decision, random)
        if more is None:
            return
        record, what = more
        after = completer.maker.rulebook.decide(record, on)
        check_kept(decision, after, what)
        decision = after


@settings(BRUTE, max_examples=60)
@given(st.deferred(lambda: situations(shipped("aava"))), st.randoms(use_true_random=False))
def test_shipped_rulebooks_keep_what_they_decided_by_parts(
    situation: tuple[dict[str, Any], date], random: Random
) -> None:
    """A bound, or a list that is complete from an earlier day, turns no decided answer, and leaves none open."""
    check_told_in_part(Completer(RecordMaker(shipped("aava"))), *situation, random)


@settings(BRUTE, max_examples=80)
@given(st.integers(0, 2**32))
def test_any_rulebook_keeps_what_it_decided_by_parts(seed: int) -> None:
    """So for random rulebooks, whose facts follow from rows and from one another."""
    rulebook, random = random_rulebook(seed).load(), Random(seed)
    maker = RecordMaker(rulebook)
    for _ in range(4):
        on = maker.day(random)
        check_told_in_part(Completer(maker), maker.record(random, on), on, random)


@settings(BRUTE, max_examples=120)
@given(st.deferred(lambda: situations(shipped("aava"))), st.randoms(use_true_random=False))
def test_shipped_rulebooks_keep_what_they_decided(situation: tuple[dict[str, Any], date], random: Random) -> None:
    """A missing fact, field or list that is filled in turns no decided answer of Finnish law or the Aava model."""
    check_filling_in(Completer(RecordMaker(shipped("aava"))), *situation, random, steps=6)


@settings(BRUTE, max_examples=150)
@given(st.integers(0, 2**32))
def test_any_rulebook_keeps_what_it_decided(seed: int) -> None:
    """So for rulebooks with judged days, windows, computed conclusions and law that nobody has read."""
    rulebook, random = random_rulebook(seed).load(), Random(seed)
    maker = RecordMaker(rulebook)
    for _ in range(4):
        on = maker.day(random)
        check_filling_in(Completer(maker), maker.record(random, on), on, random)


@settings(BRUTE, max_examples=60)
@given(st.data())
def test_completions_of_shipped_records_agree_with_what_is_decided(data: st.DataObject) -> None:
    """Nothing is decided of which two completions of the record would say different things."""
    rulebook = shipped("aava")
    record, on = data.draw(situations(rulebook))
    before = answers(rulebook.decide(record, on))
    for _ in range(2):
        completed = data.draw(completions(rulebook, record, on, most=12))
        after = answers(rulebook.decide(completed, on))
        turned = {place: (state, after[place]) for place, state in before.items() if not agrees(state, after[place])}
        assert not turned
