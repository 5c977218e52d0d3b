"""What is missing are exactly the facts that could turn an answer: checked against every completion."""

from __future__ import annotations

from datetime import date
from itertools import product
from random import Random
from typing import Any

import brute
from brute import BRUTE
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.service import Rulebook
from aava_rules.engine.states import State
from aava_rules.language.values import is_known
from aava_rules.testing import PLAIN, Features, random_rulebook
from aava_rules.testing.edges import Edges

ITEMS = Features(items=True, steps=False, judged=False, computed=False, lists=False, doubt=False)
Answer = tuple[str, Any]


def answer(state: State) -> Answer:
    return state.status, state.value


def told(decision: Decision, state: State) -> dict[tuple[str, str], bool]:
    """The facts that a decision says an answer waits for, and whether each of them alone would settle it."""
    name = f"{state.name}@{inside(decision).item_key(state)}" if state.item else state.name
    return {(one.fact, one.where): name in one.settles for one in decision.missing if name in one.affects}


def turning(rulebook: Rulebook, record: dict[str, Any], decision: Decision, name: str) -> list[brute.Input] | None:
    """The open inputs of a name of which two values give two answers, other things being equal."""
    read = [one for one in brute.inputs(rulebook, name, record["facts"]) if not is_known(brute.known_of(decision, one))]
    choices = [brute.possible(rulebook, decision, one) for one in read]
    if brute.size_of(rulebook, decision, read) > brute.MOST:
        return None
    answers: dict[tuple[int, ...], Answer] = {}
    for chosen in product(*(range(len(choice)) for choice in choices)):
        made = record
        for one, choice, index in zip(read, choices, chosen, strict=True):
            made = brute.placed(made, one, choice[index])
        answers[chosen] = answer(brute.state_of(rulebook, made, decision.on, name))
    found = []
    for at, one in enumerate(read):
        grouped: dict[tuple[int, ...], set[str]] = {}
        for chosen, said in answers.items():
            grouped.setdefault(chosen[:at] + chosen[at + 1 :], set()).add(str(said))
        if any(len(group) > 1 for group in grouped.values()):
            found.append(one)
    return found


def expected(rulebook: Rulebook, record: dict[str, Any], decision: Decision, name: str) -> set[tuple[str, str]] | None:
    """The facts that could turn a name, through all outcomes below it as well; None if it is too much."""
    turned = turning(rulebook, record, decision, name)
    if turned is None:
        return None
    return {
        (f"{one.name}.{one.field}" if one.field else one.name, f"{one.list_name}[id=item]" if one.field else "")
        for one in turned
    }


def settled_by(rulebook: Rulebook, record: dict[str, Any], decision: Decision, name: str, one: brute.Input) -> bool:
    """Whether every value of an input settles an answer."""
    return all(
        not brute.state_of(rulebook, brute.placed(record, one, value), decision.on, name).open
        for value in brute.possible(rulebook, decision, one)
    )


def as_input(rulebook: Rulebook, fact: str) -> brute.Input:
    singular, _, field = fact.partition(".")
    return brute.Input(singular, field)


def check_missing(rulebook: Rulebook, name: str, random: Random, on: date) -> tuple[int, int]:
    """Compare what a decision says is missing for one name with what could turn it; how much was compared."""
    record = brute.partial_record(rulebook, name, random, on)
    decision = rulebook.decide(record, on)
    state = next(one for one in inside(decision).states if one.name == name)
    found = told(decision, state)
    if not state.open:
        assert not found
        return 1, 0
    wanted = expected(rulebook, record, decision, name)
    if wanted is None:
        return 0, 0
    if any(rule.unless is not None for rule in brute.rules_of(rulebook, name)):
        # a requirement of which only the exception is open is met, so what opens or closes it settles it too
        assert set(found) >= wanted
    else:
        assert set(found) == wanted
    read = brute.inputs(rulebook, name, record["facts"])
    # a fact that others follow from, too, may settle more than is said of it alone
    chained = any(one.name == "x" for one in read if not is_known(brute.known_of(decision, one)))
    for (fact, _), alone in found.items():
        one = as_input(rulebook, fact)
        settles = settled_by(rulebook, record, decision, name, one)
        assert settles or not alone, f"{fact} is said to settle {name}"
        assert alone or not settles or chained or len(state.readings) > 1, f"{fact} settles {name}"
    return 1, len(found)


@settings(BRUTE, max_examples=200)
@given(st.integers(0, 2**32), st.sampled_from([PLAIN, ITEMS]))
def test_missing_facts_are_those_that_could_turn_an_answer(seed: int, features: Features) -> None:
    """A fact is missing exactly if some completion of the others makes it matter; what is said to settle does."""
    rulebook, random = random_rulebook(seed, features).load(), Random(seed)
    edges = Edges(rulebook)
    for name in sorted({q.name for q in rulebook._book.questions.values() if q.kind != "step"}):
        check_missing(rulebook, name, random, max(edges.day(random), edges.day(random)))
