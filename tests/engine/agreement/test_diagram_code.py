"""The ways through a diagram, written out as a function, lead where the diagram leads."""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_diagrams import told, without_diagrams

import aava_rules
from aava_rules.decision.decision import inside
from aava_rules.engine.diagram import codegen as module
from aava_rules.engine.diagram import diagram as diagrams
from aava_rules.engine.diagram.codegen import compile_paths
from aava_rules.engine.diagram.diagram import Place
from aava_rules.language.values import Interval

DAY = date(2014, 5, 5)
KINDS = {
    "yes": [True, False],
    "also": [True, False],
    "word": ["one", "two words", 'it\'s "three"\\'],
    "count": list(range(12)),
    "day": [DAY + timedelta(days) for days in range(6)],
    "one_of_many": [f"word {number}" for number in range(20)],
}
TRUTHS = [
    "unemployed", "subsidy_entitled", "receives_social_assistance", "employment_plan_made",
    "jobseeker_interview_held", "allowance_exhausted", "integration_plan_entitled",
]  # fmt: skip
COUNTS = {"age": 25, "subsidy_days_last_12_months": 180, "social_assistance_months": 12, "subsidy_days": 500}
LIMITS: dict[str, list[list[Any]]] = {"count": [[4], [2, 5, 9]], "day": [KINDS["day"][2:3], KINDS["day"][1:4]]}

NO_BASIS: Any = None
"""These places are made at once, so nothing follows from what they are made of."""


def place(random: Random, left: list[str], ends: list[object], gone: float) -> Any:
    """A random place that asks some of the facts that are left; nobody has been on a share of its branches."""
    if not left or random.random() < 0.1:
        ends.append(object())
        return ends[-1]
    fact = random.choice(left)
    rest = [one for one in left if one != fact]

    def following() -> Any:
        if random.random() < gone:
            return None
        return random.choice(ends) if ends and random.random() < 0.2 else place(random, rest, ends, gone)

    if fact in LIMITS:
        limits = random.choice(LIMITS[fact])
        return Place(fact, limits, [following() for _ in range(len(limits) + 1)], NO_BASIS)
    return Place(fact, None, {value: following() for value in KINDS[fact]}, NO_BASIS)


def walked(at: Any, facts: dict[str, Any]) -> Any:
    """Where the facts lead from a place: to the last one, or to the one beyond which nobody has been."""
    while isinstance(at, Place):
        value = facts[at.fact]
        following = at.branches[value if at.limits is None else bisect_right(at.limits, value)]
        if following is None:
            return at
        at = following
    return at


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.3]), st.sampled_from([1000, 10, 0]))
def test_ways_lead_where_the_places_lead(seed: int, gone: float, most: int) -> None:
    random = Random(seed)
    first = place(random, list(KINDS), [], gone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_WRITTEN", most)
        paths = compile_paths(first)
    for _ in range(40):
        facts = {fact: random.choice(values) for fact, values in KINDS.items()}
        reached = paths(facts)
        assert walked(reached, facts) is walked(first, facts)
        if most == 1000:
            assert reached is walked(first, facts) or reached.fact == "one_of_many", "nothing else is left to walk"


@given(st.integers(0, 2**32), st.sampled_from(sorted(KINDS)))
def test_facts_that_are_not_known_are_not_guessed(seed: int, unknown: str) -> None:
    """Without a fact, or with bounds of a number, the ways either do not ask it, or say that they cannot tell."""
    random = Random(seed)
    first = place(random, list(KINDS), [], 0.0)
    paths = compile_paths(first)
    facts = {fact: random.choice(values) for fact, values in KINDS.items() if fact != unknown}
    every = [{**facts, unknown: value} for value in KINDS[unknown]]

    def agrees(reached: Any) -> bool:
        return [walked(reached, known) for known in every] == [walked(first, known) for known in every]

    try:
        assert agrees(paths(facts))
    except KeyError as error:
        assert error.args == (unknown,)
    if unknown in LIMITS:
        # bounds compare with nothing, so the diagram leads on
        with suppress(TypeError):
            assert agrees(paths({**facts, unknown: Interval(None, KINDS[unknown][-1])}))


def test_ways_of_more_facts_than_code_can_be_indented() -> None:
    """Beyond so many facts in a row the diagram leads on."""
    end = object()
    at: Any = end
    for number in reversed(range(150)):
        at = Place(f"fact_{number}", None, {True: at, False: None}, NO_BASIS)
    facts = {f"fact_{number}": True for number in range(150)}
    reached = compile_paths(at)(facts)
    assert reached.fact == f"fact_{module.MOST_IN_A_ROW}"
    assert walked(reached, facts) is end


def test_ways_are_written_out_when_many_were_led(monkeypatch: pytest.MonkeyPatch) -> None:
    """And again when there are more of them; what is told stays the same."""
    monkeypatch.setattr(diagrams, "FIRST_COMPILED", 20)
    rulebook, random = aava_rules.load("finland"), Random(5)
    seen = set()
    for number in range(400):
        facts = {name: random.random() < 0.7 for name in TRUTHS} | {
            name: random.choice((limit - 1, limit)) for name, limit in COUNTS.items()
        }
        record = {"id": f"R-{number}", "facts": facts}
        decision = rulebook.decide(record, DAY, ["target_group"], engine="reference")
        assert told(decision, "target_group") == told(
            without_diagrams(rulebook, record, DAY, "target_group"), "target_group"
        )
        _, diagram = inside(decision).inquiry.latest.get("target_group", (None, None))
        seen.add(diagram and diagram.paths.__name__)
    assert seen == {None, "<lambda>", "paths"}
