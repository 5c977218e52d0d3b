"""Terms and tests on columns: what is known of a term, or of the truth of a test, in every row of a view.

This is the algebra of the table engine; which construct is which is told apart in `compiler.terms`. What an operation
does with columns is in `arithmetic`, `compare`, `tests` and `lookups`. The same as `engine.reference.evaluate`, a
column at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import numpy as np

from aava_rules.compiler.terms import Algebra, term_reader, test_reader
from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.columns import (
    NO_HIGH,
    NO_LOW,
    Bools,
    Code,
    Column,
    Days,
    Ints,
    as_number,
    between,
    code_where,
    constant,
    unknown,
)
from aava_rules.engine.table.dates import ARRAY_TWINS, ArrayFunction
from aava_rules.engine.table.evaluate import lookups, tests
from aava_rules.engine.table.evaluate.arithmetic import arithmetic, extreme, joint
from aava_rules.engine.table.evaluate.compare import bit_of, like_sets, unlike_days
from aava_rules.engine.table.evaluate.item_days import with_open_days
from aava_rules.engine.table.evaluate.tests import Test, Truth, conjunction, disjunction, negated
from aava_rules.language.functions import FUNCTIONS, nullable
from aava_rules.language.syntax import (
    Arith,
    Call,
    Compare,
    Condition,
    Const,
    Expr,
    Fact,
    Has,
    ItemField,
    OneOf,
    Param,
)
from aava_rules.language.values import NONE, NUMERIC, UNKNOWN

ColumnReader = Callable[[RowView], Column]

_CACHE_SIZE: Final = 4096
"""Terms, and conditions, whose functions are cached; rulebooks have some hundreds."""


class TableAlgebra:
    """The functions of each construct for the rows of a view; see `compiler.terms.Algebra`. It has no state."""

    def term(self, expr: Expr) -> ColumnReader:
        """The column of the term ``expr``."""
        return compiled(expr)

    def test(self, condition: Condition) -> Test:
        """The truth of ``condition``."""
        return compiled_test(condition)

    def constant(self, node: Const) -> ColumnReader:
        """The value of ``node`` in every row; one that no column can hold marks all rows as overflow."""
        return _constant(node)

    def fact(self, node: Fact) -> ColumnReader:
        """The fact or outcome ``node``, as the block's reader of facts has it."""
        name, which = node.name, node.which
        if which:
            return lambda view: view.block.facts.fact_in_round(view, name, which)
        return lambda view: view.block.facts.fact(view, name)

    def item_fact(self, node: ItemField) -> ColumnReader:
        """The derived fact ``node`` of the item, as the block's reader of facts has it."""
        name, which = f"{node.singular}.{node.field}", node.which
        if which:
            return lambda view: view.block.facts.fact_in_round(view, name, which)
        return lambda view: view.block.facts.item_fact(view, name)

    def item_field(self, node: ItemField) -> ColumnReader:
        """The field ``node`` of the item; where it is empty absent if the field is complete, else what is left open."""
        field = node.field
        return lambda view: _field(view, field)

    def parameter(self, node: Param) -> ColumnReader:
        """The parameter ``node`` on the judged day."""
        return lookups.parameter(node)

    def decision_date(self) -> ColumnReader:
        """The day of decision."""
        return lambda view: _filled("date", view.block.today, view.size)

    def arithmetic(self, node: Arith, left: ColumnReader, right: ColumnReader) -> ColumnReader:
        """The sum, difference or product ``node`` of ``left`` and ``right``."""
        op, kind, absent = node.op, node.type, (nullable(node.left), nullable(node.right))
        return lambda view: arithmetic(op, left(view), right(view), view, kind, absent)

    def strict(self, node: Call, args: Sequence[ColumnReader]) -> ColumnReader:
        """The array twin of the function ``node`` of ``args``; of bounds, what lies between its results."""
        function, rises, kind = ARRAY_TWINS[node.name], FUNCTIONS[node.name].rises, node.type
        return lambda view: _strict(function, rises, [read(view) for read in args], kind)

    def extreme(self, node: Call, args: Sequence[ColumnReader], least: bool) -> ColumnReader:
        """The ``least`` or the greatest of the ``args`` of ``node``."""
        kind = node.type
        return lambda view: extreme(least, [read(view) for read in args], view, kind)

    def row(self, node: Call, key: ColumnReader) -> ColumnReader:
        """The column of ``node`` in the row of its table for ``key``."""
        return lookups.row(node, key)

    def value_on(self, node: Call, day: ColumnReader) -> ColumnReader:
        """The parameter of ``node`` on ``day``."""
        return lookups.value_on(node, day)

    def done(self, step: str, which: str, by: str) -> ColumnReader:
        """Whether ``step`` is done, of ``which`` round and ``by`` what, as the block's reader of facts has it."""
        return lambda view: view.block.facts.done(view, step, which, by)

    def date_of(self, step: str, which: str) -> ColumnReader:
        """The day on which ``step`` was last done, of ``which`` round, as the block's reader of facts has it."""
        return lambda view: view.block.facts.date_of(view, step, which)

    def day_in(self) -> ColumnReader:
        """The day of decision, moved inside the item, as the block's reader of facts has it."""
        return lambda view: view.block.facts.day_in(view)

    def always(self, holds: bool) -> Test:
        """The truth ``holds`` in every row."""
        return lambda view: tests.everywhere(holds, view.size)

    def every(self, tests: Sequence[Test]) -> Test:
        """Where all of ``tests`` hold, by Kleene's tables."""
        return conjunction(tests) if tests else self.always(True)

    def some(self, tests: Sequence[Test]) -> Test:
        """Where any of ``tests`` holds, by Kleene's tables."""
        return disjunction(tests) if tests else self.always(False)

    def negation(self, test: Test) -> Test:
        """Where ``test`` fails."""
        return lambda view: negated(test(view))

    def compare(self, node: Compare) -> Test:
        """Where the sides of ``node`` are in the order that it asks for."""
        op, kind, both = node.op, node.left.type, pair(node.left, node.right)
        return lambda view: tests.compared(op, kind, *both(view))

    def truth(self, term: ColumnReader) -> Test:
        """Where the boolean ``term`` is true; what does not exist is not."""
        return lambda view: tests.of_values(column := term(view), column.low == 1)

    def one_of(self, node: OneOf, term: ColumnReader) -> Test:
        """Where ``term`` is one of the words of ``node``."""
        words = node.words

        def test(view: RowView) -> Truth:
            return tests.one_of(term(view), [view.block.words.number(word) for word in words])

        return test

    def has(self, node: Has, term: ColumnReader) -> Test:
        """Where the set ``term`` has the word of ``node``."""
        return lambda view: tests.has_bit(term(view), bit_of(node.term, node.word, view))

    def is_none(self, term: ColumnReader) -> Test:
        """Where ``term`` does not exist."""
        return lambda view: tests.is_absent(term(view))

    def is_known(self, term: ColumnReader, wanted: bool) -> Test:
        """Where ``term`` is known, or (not ``wanted``) is not."""
        return lambda view: tests.is_known(term(view), wanted)


_ALGEBRA: Final[Algebra[Column, Truth, RowView]] = TableAlgebra()


def compiled(expr: Expr) -> ColumnReader:
    """The function that gives the column of the term ``expr`` for the rows of a view; it evaluates it once a view.

    Raises TypeError if a day of a rule in ``expr`` is not bound.
    """
    # constants that are equal, such as 1 and true, or 5.0 and 5, are not the same column
    return _constant(expr) if isinstance(expr, Const) else _reader_once(expr)


@lru_cache(maxsize=_CACHE_SIZE)
def _reader_once(expr: Expr) -> ColumnReader:
    evaluate = term_reader(expr, _ALGEBRA)

    def read(view: RowView) -> Column:
        column: Column | None = view.memo.get(read)
        if column is None:
            column = view.memo[read] = evaluate(view)
        return column

    return read


@lru_cache(maxsize=_CACHE_SIZE)
def compiled_test(condition: Condition) -> Test:
    """The function that gives the truth of ``condition`` for the rows of a view; it evaluates it once a view."""
    evaluate = test_reader(condition, _ALGEBRA)

    def test(view: RowView) -> Truth:
        truth: Truth | None = view.memo.get(test)
        if truth is None:
            truth = view.memo[test] = evaluate(view)
        return truth

    return test


def pair(left: Expr, right: Expr) -> Callable[[RowView], tuple[Column, Column]]:
    """The function that gives the columns of the terms ``left`` and ``right``, such that `orders` can compare them."""
    read_left, read_right = compiled(left), compiled(right)
    adapt = {"set": like_sets, "dates": unlike_days}.get(left.type)
    numbers = left.type in NUMERIC

    def read(view: RowView) -> tuple[Column, Column]:
        a, b = read_left(view), read_right(view)
        if numbers:
            return _from_zero(a, left, view), _from_zero(b, right, view)
        return (a, b) if adapt is None else adapt(a, b, left, right, view)

    return read


def _from_zero(column: Column, term: Expr, view: RowView) -> Column:
    """The values of ``term``, where their order is asked: all from zero on, of a number that is never below."""
    if column.code is None or not view.block.vocabulary.ranges.never_negative(term):
        return column
    open_ = column.code == Code.UNKNOWN
    if not open_.any():
        return column
    low = np.where(open_, 0, column.low)
    code = np.where(open_, np.uint8(Code.MAYBE if nullable(term) else Code.PRESENT), column.code)
    return Column(column.type, low, np.where(open_, NO_HIGH, column.high), code, column.scale)


def _constant(node: Const) -> ColumnReader:
    value, kind = node.value, node.type or _kind_of(node.value)
    if value is UNKNOWN or value is NONE:
        return lambda view: constant(kind, value, view.size)
    if isinstance(value, str):
        return lambda view: _filled(kind, view.block.words.number(value), view.size)
    number, scale = as_number(value)
    if abs(number) < NO_HIGH:
        return lambda view: _filled(kind, number, view.size, scale)

    def too_great(view: RowView) -> Column:
        view.mark_overflow(np.ones(view.size, np.bool_))
        return view.empty(kind)

    return too_great


def _kind_of(value: Any) -> str:
    """The type of a conclusion, which has no declared type where conclusions are compared."""
    kinds = {bool: "boolean", int: "integer", Decimal: "decimal", str: "choice", date: "date"}
    return kinds.get(value.__class__, "")


def _filled(kind: str, number: int, rows: int, scale: int = 0) -> Column:
    # one number seen from every row: nothing is written into columns, so it need not be repeated
    low = np.broadcast_to(np.int64(number), rows)
    return Column(kind, low, low, None, scale)


def _field(view: RowView, name: str) -> Column:
    data = view.block.items[view.list_name]
    values = data.fields[name]
    if isinstance(values, Days):
        values = _presence_of_days(view, name, values)
    else:
        values = with_open_days(view.block, view.list_name, name, values)
    return values if _has_every_item(view) else values.take(_items(view))


def _items(view: RowView) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    assert view.items is not None
    return view.items


def _has_every_item(view: RowView) -> bool:
    """Whether the rows of a view are all items of its list, in their order."""
    has_all: bool | None = view.memo.get("every item")
    if has_all is None:
        count, items = len(view.block.items[view.list_name]), _items(view)
        has_all = len(items) == count and bool((items == np.arange(count)).all())
        view.memo["every item"] = has_all
    return has_all


def _presence_of_days(view: RowView, name: str, days: Days) -> Column:
    """Whether a field of several days is known; the days themselves are counted elsewhere."""
    nothing = np.zeros(len(days.known), np.int64)
    if days.known.all():
        return Column("dates", nothing, nothing)
    none = view.block.complete_field(view.list_name, name)[view.block.items[view.list_name].client]
    code = code_where(days.known, Code.PRESENT, code_where(none, Code.ABSENT, Code.UNKNOWN))
    return Column("dates", nothing, nothing, code)


def _strict(function: ArrayFunction, rises: tuple[int, ...], columns: list[Column], kind: str) -> Column:
    """A function that only rises or only falls with each argument: absent where one is, else between its ends."""
    if any(column.void for column in columns) and all(column.void or column.code is None for column in columns):
        return unknown(kind, len(columns[0]))
    code = joint(*columns)
    if code is None and all(column.exact for column in columns):
        return _result(function(*map(_whole, columns)), kind)
    there = np.ones(len(columns[0]), np.bool_) if code is None else code < Code.ABSENT
    bounds = [(column.low, column.high)[::sign] for column, sign in zip(columns, rises, strict=True)]
    scales = [column.scale for column in columns]
    low = _end(function, [first for first, _ in bounds], scales, there, NO_LOW)
    if all(column.exact for column in columns):
        high = np.where(low > NO_LOW, low, NO_HIGH)
    else:
        high = _end(function, [last for _, last in bounds], scales, there, NO_HIGH)
    return between(kind, low, high, code)


def _end(function: ArrayFunction, ends: list[Ints], scales: list[int], there: Bools, none: int) -> Ints:
    """The results of ``function`` of one bound of each argument; ``none`` where one of them is open, where they are not
    ``there``, and where there is no such day of the calendar.
    """
    closed = there.copy()
    for end in ends:
        closed &= np.abs(end) < NO_HIGH
    rows = np.flatnonzero(closed)
    value = function(*(_without_decimals(end[rows], scale) for end, scale in zip(ends, scales, strict=True)))
    result = np.full(len(there), none, np.int64)
    result[rows] = np.where(value[1], value[0], none) if isinstance(value, tuple) else value
    return result


def _result(value: Ints | tuple[Ints, Bools], kind: str) -> Column:
    if not isinstance(value, tuple):
        return Column(kind, value, value)
    days, inside = value
    if inside.all():
        return Column(kind, days, days)
    # a day past the calendar's end is no day that law could mean
    low, high = np.where(inside, days, NO_LOW), np.where(inside, days, NO_HIGH)
    return Column(kind, low, high, code_where(inside, Code.PRESENT, Code.UNKNOWN))


def _whole(column: Column) -> Ints:
    return _without_decimals(column.low, column.scale)


def _without_decimals(numbers: Ints, scale: int) -> Ints:
    """Days, or numbers without their decimals."""
    if not scale:
        return numbers
    truncated: Ints = np.sign(numbers) * (np.abs(numbers) // 10**scale)
    return truncated
