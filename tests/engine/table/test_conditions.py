"""Conditions on columns hold and fail where the record path says so, and are unknown in all other rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from columnar_trees import OPERATORS, Trees
from columnar_values import ON, column_of, some_value
from columnar_world import World
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules import load
from aava_rules.compiler.bind import bind, boundaries
from aava_rules.engine.table.columns import Code, Column, Words
from aava_rules.engine.table.evaluate.compare import bit_of, compare_constants, orders
from aava_rules.engine.table.evaluate.terms import compiled_test
from aava_rules.language import values as comparing
from aava_rules.language.syntax import (
    FALSE,
    TRUE,
    All,
    Any_,
    Compare,
    Condition,
    Const,
    Fact,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    Not,
    OneOf,
)
from aava_rules.language.syntax import Truth as Bare
from aava_rules.language.values import NONE, UNKNOWN, Interval
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.rulebook.model import Parts
from aava_rules.testing.rulebook_maker import random_rulebook

seeds = st.integers(0, 2**32)
numbers = st.one_of(st.integers(-3, 9), st.integers(-60, 180).map(lambda n: Decimal(n).scaleb(-1)), st.decimals(
    -3, 9, places=3
))  # fmt: skip


@given(seeds)
@settings(max_examples=200)
def test_random_conditions(seed):
    random = Random(seed)
    world = World(random)
    list_name = random.choice(["", "plans", "periods"])
    trees = Trees(random, list_name)
    for _ in range(10):
        world.check_test(world.view(list_name), trees.condition(random.randrange(4)))


@pytest.mark.parametrize("kind", [Compare, OneOf, Has, Bare, IsNone, IsKnown])
def test_every_test_is_seen_to_hold_to_fail_and_to_be_unknown(kind):
    seen: set[bool | None] = set()
    for seed in range(400):
        random = Random(seed)
        trees = Trees(random, random.choice(["", "plans", "periods"]))
        test = trees.test()
        if isinstance(test, kind):
            world = World(random)
            seen.update(world.check_test(world.view(trees.list_name), test))
    assert seen == ({True, False} if kind is IsKnown else {True, False, None})


# -- rulebooks


def check_rulebook(parts: Parts, random: Random, size: int = 6) -> int:
    """Check every condition and conclusion of its rules, and every tree of its derived facts; how many these are."""
    world = World(random, size, parts)
    trees_of_lists: list[tuple[str, Any]] = []
    for ruleset in parts.rulesets:
        for rule in ruleset.rules:
            days = [ON, *boundaries([(rule, ruleset)], parts)]
            bound = bind(rule, ruleset, random.choice(days), 0, world.vocabulary)
            if bound is not None:
                trees = [bound.when, bound.unless, bound.require, bound.due, *bound.then.values()]
                trees_of_lists += [(LIST_OF_ITEM.get(rule.each, ""), tree) for tree in trees]
    for definition in parts.facts.values():
        own = LIST_OF_ITEM.get(definition.item, "")
        derivation = definition.derivation
        for tree in definition.trees():
            of_items = derivation is not None and derivation.over and tree is derivation.where
            trees_of_lists.append((derivation.over if derivation is not None and of_items else own, tree))
    trees_to_check = [
        (list_name, tree) for list_name, tree in trees_of_lists if tree is not None and not isinstance(tree, frozenset)
    ]
    for list_name, tree in trees_to_check:
        check = world.check_test if isinstance(tree, Condition) else world.check_term
        check(world.view(list_name), tree)
    return len(trees_to_check)


@pytest.mark.parametrize("name", ["hartola_sysma", "aava"])
def test_all_that_stands_in_the_shipped_rulebooks(name):
    assert check_rulebook(load(name)._parts, Random(1)) > 100


def test_all_that_stands_in_random_rulebooks():
    assert sum(check_rulebook(random_rulebook(seed).load()._parts, Random(seed), 12) for seed in range(60)) > 1000


# -- orders


NUMBERS = ("integer", "decimal", "money")


@given(seeds)
@settings(max_examples=300)
def test_orders(seed):
    random = Random(seed)
    words = Words()
    left = random.choice([*NUMBERS, "date", "boolean", "choice"])
    right = random.choice(NUMBERS) if left in NUMBERS else left
    values = [(some_value(random, left), some_value(random, right)) for _ in range(20)]
    a, b = (
        column_of(kind, list(side), words) for kind, side in zip((left, right), zip(*values, strict=True), strict=True)
    )
    possible = orders(a, b)
    for row, (first, second) in enumerate(values):
        if first is not NONE and second is not NONE:
            expected = comparing.orders(first, second)
            assert {sign for sign, may in zip("<=>", possible, strict=True) if may[row]} == expected, (first, second)


def test_orders_of_units_too_fine_to_be_brought_together():
    coarse = column_of("decimal", [5, 10**17, -(10**17), UNKNOWN, Interval(None, 3), 2], Words())
    fine = column_of(
        "decimal", [Decimal("5.000000000001"), 3, 3, Decimal("1e-12"), 3, Interval(2, Decimal("2.5"))], Words()
    )
    assert (coarse.scale, fine.scale) == (0, 12)
    less, equal, greater = orders(coarse, fine)
    assert less.tolist() == [True, False, True, True, True, True]
    assert equal.tolist() == [False, False, False, True, True, True]
    assert greater.tolist() == [False, True, False, True, False, False]
    turned = orders(fine, coarse)
    assert [part.tolist() for part in turned] == [greater.tolist(), equal.tolist(), less.tolist()]


def test_sets_of_unlike_words_are_compared_by_their_words():
    random = Random(1)
    seen = set()
    for _ in range(60):
        world = World(random)
        for left, right in product(("s0", "s1", "s2"), repeat=2):
            view = world.view("")
            condition = Compare(random.choice(OPERATORS), Fact(left, "set"), Fact(right, "set"))
            seen.update(world.check_test(view, condition))
    assert seen == {True, False, None}


def test_sets_of_items_are_compared_by_their_words():
    world = World(Random(2), 60)
    alike = Compare("==", ItemField("plan", "present", "set"), ItemField("plan", "signed_by", "set"))
    assert set(world.check_test(world.every("plans"), alike)) >= {False, None}
    for _, fields in world.items["plans"]:
        fields["present"] = fields["signed_by"]
    world.arrange()
    assert set(world.check_test(world.every("plans"), alike)) == {True, False, None}


def test_several_days_are_compared_by_the_record_path():
    world = World(Random(3), 60)
    evaluated, attended = (ItemField("period", name, "dates") for name in ("evaluated_on", "attended_on"))
    world.check_test(world.every("periods"), Compare("==", evaluated, evaluated))
    assert not world.block.overflow_mask.any()
    assert set(world.check_test(world.every("periods"), Compare("==", evaluated, attended))) == {False, None}
    for client, fields in world.items["periods"]:
        assert world.block.overflow_mask[client] or None in (fields["evaluated_on"], fields["attended_on"])


# -- constants


@given(
    st.lists(numbers, max_size=80, unique=True).map(sorted),
    st.lists(st.one_of(numbers, st.tuples(numbers, numbers).map(lambda ends: Interval(min(ends), max(ends)))), max_size=20),
    st.booleans(),
)  # fmt: skip
def test_places_among_numbers(constants, values, maybe):
    values = [Interval(None, 3), Interval(2, None), *values]
    column = column_of("decimal", values, Words())
    if maybe:
        column = Column("decimal", column.low, column.high, np.full(len(values), Code.MAYBE, np.uint8), column.scale)
    check_places(column, constants, values)


@given(
    st.lists(st.dates(date(2010, 1, 1), date(2010, 3, 1)), max_size=80, unique=True).map(sorted),
    st.lists(st.dates(date(2010, 1, 1), date(2010, 3, 1)), max_size=20),
)
def test_places_among_days(constants, values):
    check_places(column_of("date", [*values, UNKNOWN], Words()), constants, [*values, Interval(None, None)])


@pytest.mark.parametrize("count", [63, 64, 70, 200])
def test_places_among_many_numbers(count):
    constants = list(range(0, 3 * count, 3))
    values = list(range(-2, 3 * count + 2))
    check_places(column_of("integer", values, Words()), constants, values)


@pytest.mark.parametrize("padding", [[], list(range(1000, 1080))])
def test_places_among_numbers_that_columns_cannot_hold(padding):
    constants = sorted([-(10**30), Decimal("-1e-30"), 7, 10**30, *padding])
    values = [-(10**15), -1, 0, 7, 10**15, Interval(None, 0), Interval(0, None)]
    check_places(column_of("integer", values, Words()), constants, values)


def check_places(column: Column, constants: list[Any], values: list[Any]) -> None:
    low, high = compare_constants(column, constants)
    assert low.dtype in (np.int8, np.int16)
    for row, value in enumerate(values):
        first, last = (value.low, value.high) if isinstance(value, Interval) else (value, value)
        assert low[row] == (0 if first is None else place(first, constants))
        assert high[row] == (2 * len(constants) if last is None else place(last, constants))


def place(value: Any, constants: list[Any]) -> int:
    return 2 * sum(constant < value for constant in constants) + (value in constants)


# -- single cases


def test_a_word_is_found_by_its_bit():
    world = World(Random(4))
    view = world.every()
    assert [bit_of(Fact("s0", "set"), word, view) for word in ("high", "low", "middle")] == [0, 1, 2]
    assert [bit_of(Fact("s2", "set"), word, view) for word in ("low", "middle", "none", "zero")] == [0, 1, 2, 3]
    assert bit_of(ItemField("plan", "signed_by", "set"), "social_services", view) == 2


def test_what_may_be_absent_makes_no_comparison_sure():
    world = World(Random(5), 3)
    values = [Interval(3, 5, absent=True), Interval(3, 3, absent=True), NONE]
    world.facts["n0"] = values
    world.arrange()
    n0 = Fact("n0", "integer", "", True)
    states = [world.check_test(world.every(), Compare(op, n0, Const(3, "integer"))) for op in OPERATORS]
    assert states == [
        [None, None, False], [None, False, False], [False, False, False],
        [None, None, False], [None, False, False], [None, None, False],
    ]  # fmt: skip


def test_always_and_never():
    world = World(Random(6), 4)
    view = world.view("")
    assert world.check_test(view, TRUE) == [True] * view.size
    assert world.check_test(view, FALSE) == [False] * view.size
    assert world.check_test(view, All(())) == [True] * view.size
    assert world.check_test(view, Any_(())) == [False] * view.size
    assert world.check_test(view, Not(TRUE)) == [False] * view.size


def test_no_rows_at_all():
    world = World(Random(7), 0)
    random = Random(8)
    for list_name in ("", "plans", "periods"):
        for _ in range(40):
            assert world.check_test(world.view(list_name), Trees(random, list_name).condition(2)) == []


def test_truths_are_not_changed_by_those_who_read_them():
    world = World(Random(9), 30)
    view = world.every()
    parts = [Bare(Fact("b0", "boolean", "", True)), Compare("<", Fact("n0", "integer", "", True), Const(5, "integer"))]
    before = [tuple(part.copy() for part in compiled_test(part)(view)) for part in parts]
    for whole in (All(tuple(parts)), Any_(tuple(parts)), Not(All(tuple(parts)))):
        compiled_test(whole)(view)
    for part, truth_before in zip(parts, before, strict=True):
        assert all(map(np.array_equal, compiled_test(part)(view), truth_before))
