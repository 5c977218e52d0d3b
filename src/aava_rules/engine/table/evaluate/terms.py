"""Terms on columns: what is known of the value of a term in every row.

The same as the readers of `aava_rules.engine.reference.evaluate`, a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import numpy as np

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
    code_where,
    constant,
    unknown,
)
from aava_rules.engine.table.dates import ARRAY_TWINS, ArrayFunction
from aava_rules.engine.table.evaluate.arithmetic import arithmetic, extreme, joint
from aava_rules.engine.table.evaluate.lookups import parameter, row, value_on
from aava_rules.language.syntax import Arith, Call, Const, DecisionDate, Expr, Fact, ItemField, Param, RuleDate
from aava_rules.language.values import NONE, UNKNOWN

ColumnReader = Callable[[RowView], Column]

_CACHE_SIZE: Final = 4096
"""Terms whose functions are kept; rulebooks have some hundreds."""


def compiled(expr: Expr) -> ColumnReader:
    """The function that gives the column of the term ``expr`` for the rows of a view.

    It evaluates a term once a view.
    """
    # constants that are equal, such as 1 and true, or 5.0 and 5, are not the same column
    return _constant(expr) if isinstance(expr, Const) else _reader_once(expr)


@lru_cache(maxsize=_CACHE_SIZE)
def _reader_once(expr: Expr) -> ColumnReader:
    work_out = _reader(expr)

    def read(view: RowView) -> Column:
        column: Column | None = view.memo.get(read)
        if column is None:
            column = view.memo[read] = work_out(view)
        return column

    return read


def _reader(expr: Expr) -> ColumnReader:
    match expr:
        case Const():
            return _constant(expr)
        case Fact(name):
            return lambda view: view.block.facts.fact(view, name)
        case ItemField(singular, field, derived=True):
            name = f"{singular}.{field}"
            return lambda view: view.block.facts.item_fact(view, name)
        case ItemField(_, field):
            return lambda view: _field(view, field)
        case Param():
            return parameter(expr)
        case DecisionDate():
            return lambda view: _filled("date", view.block.today, view.size)
        case Arith(op, left, right, kind):
            first, second = compiled(left), compiled(right)
            return lambda view: arithmetic(op, first(view), second(view), view, kind)
        case Call():
            return _call(expr)
        case RuleDate():
            raise TypeError("the dates of a rule are bound before it is compiled")


def _constant(const: Const) -> ColumnReader:
    value, kind = const.value, const.type or _kind_of(const.value)
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
    """The type of a conclusion, which stands without its type where conclusions are told apart."""
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
    return values if _has_every_item(view) else values.take(_items(view))


def _items(view: RowView) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    assert view.items is not None
    return view.items


def _has_every_item(view: RowView) -> bool:
    """Whether the rows of a sheet are all items of its list, in their order."""
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


def _call(call: Call) -> ColumnReader:
    if (build := _OWN_READERS.get(call.name)) is not None:
        return build(call)
    readers, function = _readers(call), ARRAY_TWINS[call.name]
    return lambda view: _strict(function, [read(view) for read in readers], call.type)


def _readers(call: Call) -> list[ColumnReader]:
    return [compiled(arg) for arg in call.args if not isinstance(arg, str)]


def _done(call: Call) -> ColumnReader:
    step = str(call.args[0])
    return lambda view: view.block.facts.done(view, step)


def _date_of(call: Call) -> ColumnReader:
    step = str(call.args[0])
    return lambda view: view.block.facts.date_of(view, step)


def _day_in(call: Call) -> ColumnReader:
    return lambda view: view.block.facts.day_in(view)


def _row(call: Call) -> ColumnReader:
    (key,) = _readers(replace(call, args=call.args[1:]))
    return row(call, key)


def _value_on(call: Call) -> ColumnReader:
    (day,) = _readers(replace(call, args=call.args[1:]))
    return value_on(call, day)


def _extreme(least: bool) -> Callable[[Call], ColumnReader]:
    def build(call: Call) -> ColumnReader:
        readers = _readers(call)
        return lambda view: extreme(least, [read(view) for read in readers], view, call.type)

    return build


_OWN_READERS: Final[dict[str, Callable[[Call], ColumnReader]]] = {
    "day_in": _day_in,
    "value_on": _value_on,
    "row": _row,
    "min": _extreme(least=True),
    "max": _extreme(least=False),
    "done": _done,
    "date_of": _date_of,
}
"""The readers of the functions that are not strict."""


def _strict(function: ArrayFunction, columns: list[Column], kind: str) -> Column:
    """A function of known values only: absent where one is absent, open where one is not exactly known."""
    if any(column.void for column in columns) and all(column.void or column.code is None for column in columns):
        return unknown(kind, len(columns[0]))
    code = joint(*columns)
    if code is None and all(column.exact for column in columns):
        return _result(function(*map(_whole, columns)), kind)
    known = np.ones(len(columns[0]), np.bool_) if code is None else code == Code.PRESENT
    for column in columns:
        if not column.exact:
            known &= column.low == column.high
    rows = np.flatnonzero(known)
    result = _result(function(*(_whole(column.take(rows)) for column in columns)), kind)
    low, high = np.full(len(known), NO_LOW, np.int64), np.full(len(known), NO_HIGH, np.int64)
    low[rows], high[rows] = result.low, result.high
    codes = np.full(len(known), Code.UNKNOWN, np.uint8)
    codes[rows] = result.codes()
    if code is not None:
        codes[code == Code.ABSENT] = Code.ABSENT
    return Column(kind, low, high, codes)


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
    """Days, or numbers without their decimals."""
    if not column.scale:
        return column.low
    truncated: Ints = np.sign(column.low) * (np.abs(column.low) // 10**column.scale)
    return truncated
