"""More data only ever says more: what is decided stays, whatever is filled in."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from answers import agrees, answers
from brute import BRUTE, shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.testing import Completer, RecordMaker, completions, random_rulebook, situations


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
        after = answers(more)
        for place, state in answers(decision).items():
            assert agrees(state, after[place]), f"{place} turned from {state.status} when {gap} was filled in"
        record, decision = filled, more


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
