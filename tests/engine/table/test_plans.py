"""Plans of prime implicants: they hold where the implicants do, and ask less."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

import aava_rules
from aava_rules.engine.table.solve.formulas import Cubes, Literal, Plan, Planner

LITERALS: list[Literal] = [(number, outside) for number in range(5) for outside in (1, 2)]


def holds(plan: Plan, true: set[Literal]) -> bool:
    truths = [literal in true for literal in plan.literals] + [holds(part, true) for part in plan.parts]
    return all(truths) if plan.every else any(truths)


def absorbed(cubes: set[frozenset[Literal]]) -> Cubes:
    return frozenset(cube for cube in cubes if not any(other < cube for other in cubes))


SOME_CUBES = st.sets(st.frozensets(st.sampled_from(LITERALS[:7]), max_size=5), max_size=9).map(absorbed)


@given(st.lists(SOME_CUBES, min_size=1, max_size=3))
def test_a_plan_holds_where_one_of_its_cubes_does(several: list[Cubes]) -> None:
    planner = Planner()
    for cubes in several:
        plan = planner.plan(cubes)
        assert plan.operations <= max(sum(map(len, cubes)) - 1, 0)
        assert set(plan.features) == {number for cube in cubes for number, _ in cube}
        for truths in product((False, True), repeat=7):
            true = {literal for literal, truth in zip(LITERALS, truths, strict=False) if truth}
            assert holds(plan, true) == any(cube <= true for cube in cubes)


@given(SOME_CUBES)
def test_the_same_cubes_have_the_same_plan(cubes: Cubes) -> None:
    planner = Planner()
    assert planner.plan(cubes) is planner.plan(frozenset(set(cubes)))


def test_what_cubes_share_is_worked_out_once() -> None:
    """Three ways after one thing, behind either of two others: (a or b) and c and (d or e or f)."""
    a, b, c, d, e, f = LITERALS[:6]
    plan = Planner().plan(frozenset(frozenset((left, c, right)) for left in (a, b) for right in (d, e, f)))
    assert plan.every
    assert plan.literals == (c,)
    seen: set[Plan] = set()
    assert _distinct(plan, seen) <= 6


def _distinct(plan: Plan, seen: set[Plan]) -> int:
    """Operations, those of a part that stands in several places once."""
    if plan in seen:
        return 0
    seen.add(plan)
    return len(plan.literals) + len(plan.parts) - 1 + sum(_distinct(part, seen) for part in plan.parts)


def test_plans_of_the_target_group_take_a_fraction_of_its_implicants() -> None:
    rulebook = aava_rules.load("finland")
    group = rulebook._book.outcome_group("target_group")
    program = group.program(tuple(group.segment(date(2014, 5, 5)) for _ in group.judged))
    values = [case.form for case in program.questions[0].cases if case.expr is not None and not case.default]
    form = max(values, key=lambda value: len(value.primes() or ()))
    primes = form.primes() or ()
    literals = [
        frozenset((n, v.bits & ~prime) for n, v in enumerate(program.features) if v.bits & ~prime) for prime in primes
    ]
    plain = sum(map(len, literals))
    assert len(primes) == 30
    assert _distinct(Planner().plan(frozenset(literals)), set()) < plain / 4
