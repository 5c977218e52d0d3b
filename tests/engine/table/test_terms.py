"""Terms on columns have the values that the record path gives, whatever is unknown, absent or between bounds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest
from columnar_trees import PARTS, STRICT, Trees
from columnar_values import ON, column_of
from columnar_world import World
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.table.block import Block, RowView
from aava_rules.engine.table.columns import Code, Column, Words
from aava_rules.engine.table.evaluate.facts import TableFacts
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.language.syntax import Arith, Call, Const, Expr, Fact, ItemField, Param
from aava_rules.language.values import NONE, UNKNOWN, Interval

seeds = st.integers(0, 2**32)
KINDS = ("integer", "decimal", "money", "date", "boolean", "choice", "set")


@given(seeds)
@settings(max_examples=200)
def test_random_terms(seed):
    random = Random(seed)
    world = World(random)
    list_name = random.choice(["", "plans", "periods"])
    trees = Trees(random, list_name)
    for _ in range(12):
        world.check_term(world.view(list_name), trees.term(random.choice(KINDS), random.randrange(4)))


@pytest.mark.parametrize("name", sorted(name for names in STRICT.values() for name in names))
def test_a_strict_function_is_the_same_on_arrays(name):
    """Known, unknown, absent and bounded arguments give the same in both engines, and every kind of result occurs."""
    drawn = []
    for seed in range(25):
        random = Random(seed)
        world, trees = World(random), Trees(random, "")
        drawn += [value for _ in range(4) for value in world.check_term(world.every(), trees.strict_call(name, 0))]
    assert any(value is UNKNOWN for value in drawn)
    assert any(value is NONE for value in drawn)
    assert any(isinstance(value, Interval) for value in drawn)
    assert sum(value is not UNKNOWN and value is not NONE for value in drawn) > len(drawn) / 10


def test_random_terms_have_values_of_every_kind():
    drawn = []
    for seed in range(40):
        random = Random(seed)
        world, trees = World(random), Trees(random, "")
        drawn += [value for _ in range(12) for value in world.check_term(world.every(), trees.term("integer", 3))]
    kinds = [
        sum(value is UNKNOWN for value in drawn),
        sum(value is NONE for value in drawn),
        sum(isinstance(value, Interval) and value.absent for value in drawn),
        sum(isinstance(value, Interval) and not value.absent for value in drawn),
        sum(isinstance(value, int) for value in drawn),
    ]
    assert min(kinds) > len(drawn) / 50, kinds


# -- single cases


def block_of(**facts: Column) -> Block:
    size = len(next(iter(facts.values()))) if facts else 2
    none = np.zeros(size, np.bool_)
    stated = np.full(size, ON.toordinal(), np.int64)
    return Block(size, ON, Vocabulary(PARTS), Words(), {}, facts, stated, {}, {}, none, fact_reader=TableFacts())


def numbers(*values: Any, kind: str = "integer") -> Column:
    return column_of(kind, list(values), Words())


def read_in(block: Block, term: Expr) -> Column:
    return compiled(term)(RowView(block, ON))


def integer(name: str) -> Fact:
    return Fact(name, "integer")


@pytest.mark.parametrize("op", ["+", "-", "*"])
@pytest.mark.parametrize("bounds", [False, True])
def test_numbers_that_columns_cannot_hold_are_left_to_the_record_path(op, bounds):
    great = 1 << 59
    right = -great if op == "-" else great
    first = [great, 5, great, Interval(0, 3)] if bounds else [great, 5, great, 3]
    block = block_of(n0=numbers(*first), n1=numbers(right, 7, 1, 2))
    column = read_in(block, Arith(op, integer("n0"), integer("n1"), "integer", ""))
    assert block.overflow_mask.tolist() == [True, False, False, False]
    assert column.value(0) is UNKNOWN
    assert column.value(1) == {"+": 12, "-": -2, "*": 35}[op]
    assert column.value(2) == {"+": great + 1, "-": great - 1, "*": great}[op]


def test_units_that_columns_cannot_hold_are_left_to_the_record_path():
    coarse = numbers(Decimal(1), Decimal(3 * 10**16), NONE, kind="decimal")
    block = block_of(m0=coarse, m1=numbers(Decimal("0.0001"), Decimal("0.5"), UNKNOWN, kind="decimal"))
    column = read_in(block, Arith("+", Fact("m0", "decimal"), Fact("m1", "decimal"), "decimal", ""))
    assert block.overflow_mask.tolist() == [False, True, False]
    assert [column.value(row) for row in (0, 2)] == [Decimal("1.0001"), NONE]

    tiny = Const(Decimal("1e-30"), "decimal")
    column = read_in(block, Arith("+", Fact("m0", "decimal"), tiny, "decimal", ""))
    assert block.overflow_mask.all()
    assert len(column) == 3


@pytest.mark.parametrize("value", [1 << 60, -(1 << 70), Decimal("1e25")])
def test_a_constant_that_columns_cannot_hold_leaves_all_to_the_record_path(value):
    block = block_of(n0=numbers(1, 2))
    column = read_in(block, Const(value, "decimal"))
    assert block.overflow_mask.all()
    assert column.value(0) is UNKNOWN


def test_conclusions_stand_without_their_type():
    block = block_of(n0=numbers(1, 2))
    columns = [read_in(block, Const(value, "")) for value in (True, 1, Decimal("5.00"), ON, NONE)]
    assert [column.value(1) for column in columns] == [True, 1, Decimal("5.00"), ON, NONE]
    assert [column.type for column in columns] == ["boolean", "integer", "decimal", "date", ""]
    word = read_in(block, Const("high", ""))
    assert (word.type, block.words.word(int(word.low[1]))) == ("choice", "high")


def test_equal_constants_keep_their_decimals():
    block = block_of(n0=numbers(1))
    assert [str(read_in(block, Const(Decimal(text), "money")).value(0)) for text in ("5.0", "5.00", "5")] == [
        "5.0", "5.00", "5",
    ]  # fmt: skip


def test_a_count_of_days_is_used_without_its_decimals():
    least = Call("min", (integer("n0"), Fact("m0", "decimal")), "integer", "")
    block = block_of(n0=numbers(9, 9, -9), m0=numbers(Decimal("2.7"), Decimal("-2.7"), Decimal("0.5"), kind="decimal"))
    column = read_in(block, Call("add_days", (Const(date(2016, 1, 10), "date"), least), "date", ""))
    assert [column.value(row).day for row in range(3)] == [12, 8, 1]


def test_a_day_past_the_calendar_is_unknown():
    block = block_of(n0=numbers(10**9, -(10**9), 5, UNKNOWN))
    for name, there in (("add_days", [2]), ("add_months", [0, 1, 2]), ("working_days_after", [0, 1, 2])):
        column = read_in(block, Call(name, (Const(ON, "date"), integer("n0")), "date", ""))
        assert [row for row in range(4) if column.value(row) is not UNKNOWN] == there


def test_whether_several_days_are_given():
    world = World(Random(3), 40)
    column = compiled(ItemField("plan", "reviewed_on", "dates"))(world.every("plans"))
    codes = set()
    for row, (client, fields) in enumerate(world.items["plans"]):
        value = world.field_value("plans", client, fields, "reviewed_on")
        codes.add(
            code := Code.PRESENT if isinstance(value, tuple) else Code.UNKNOWN if value is UNKNOWN else Code.ABSENT
        )
        assert column.codes()[row] == code
    assert codes == {Code.PRESENT, Code.UNKNOWN, Code.ABSENT}


def test_what_is_exactly_known_stays_exact():
    block = block_of(n0=numbers(1, 2), d0=numbers(ON, ON, kind="date"))
    n0, d0 = integer("n0"), Fact("d0", "date")
    for term in (
        Arith("*", n0, Const(2, "integer"), "integer", ""),
        Arith("+", n0, Const(Decimal("0.5"), "decimal"), "decimal", ""),
        Call("max", (n0, Const(2, "integer")), "integer", ""),
        Call("add_months", (d0, n0), "date", ""),
        Call("value_on", (Param("always", "integer"), d0), "integer", ""),
        Param("dated", "integer"),
    ):
        column = read_in(block, term)
        assert column.exact, str(term)
        assert column.code is None, str(term)


def test_a_parameter_on_a_day_between_bounds_exists_where_the_day_does():
    """Only of a day that may not exist, or of which nothing is known, may the value not exist either."""
    between = (date(2014, 1, 1), date(2014, 2, 1))
    days = column_of("date", [Interval(*between), Interval(*between, True), UNKNOWN, NONE, between[0]], Words())
    column = read_in(
        block_of(d0=days), Call("value_on", (Param("always", "integer"), Fact("d0", "date", "", True)), "integer", "")
    )
    value = column.value(4)
    assert isinstance(value, int)
    assert column.value(0) == value
    assert [column.value(row) for row in (1, 2)] == [Interval(value, value, True)] * 2
    assert column.value(3) is NONE


def test_a_term_is_worked_out_once_for_each_sheet():
    block = block_of(n0=numbers(1, 2))
    term = Arith("+", integer("n0"), Const(1, "integer"), "integer", "")
    view = RowView(block, ON)
    assert compiled(term)(view) is compiled(Arith("+", integer("n0"), Const(1, "integer"), "integer", ""))(view)
    assert compiled(term)(view) is not compiled(term)(RowView(block, ON))


def test_no_rows_at_all():
    world = World(Random(5), 0)
    random = Random(6)
    for list_name in ("", "plans", "periods"):
        trees = Trees(random, list_name)
        for kind in KINDS:
            for _ in range(10):
                term = trees.term(kind, 3)
                assert world.check_term(world.view(list_name), term) == []
