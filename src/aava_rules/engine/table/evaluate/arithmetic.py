"""Sums, products and extremes of columns whose values may lie between bounds, or not exist.

The same as the arithmetic of `aava_rules.language.values` and `aava_rules.engine.reference.evaluate`. Rows whose
numbers a column cannot hold become unknown, and the clients that they belong to are answered through their records.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Bools, Code, Codes, Column, Ints, between, code_where

_STRENGTH: Final = (Code.PRESENT, Code.MAYBE, Code.UNKNOWN, Code.ABSENT)
"""What is made of two operands has the code that comes later here: it is absent if one of them is."""
_JOINT: Final = np.array([max(a, b, key=_STRENGTH.index) for a in range(4) for b in range(4)], np.uint8)


def joint(*columns: Column) -> Codes | None:
    """How much is known of what is made of all ``columns``: shape (n,), uint8 (see `Code`);

    None if every value exists.
    """
    code: Codes | None = None
    for column in columns:
        if column.code is not None:
            code = column.code if code is None else _JOINT[code << 2 | column.code]
    return code


def opened(column: Column) -> Column:
    """``column`` with no bounds in the rows of which nothing is known."""
    if column.code is None:
        return column
    open_ = column.code == Code.UNKNOWN
    if not open_.any():
        return column
    low, high = np.where(open_, NO_LOW, column.low), np.where(open_, NO_HIGH, column.high)
    return Column(column.type, low, high, column.code, column.scale)


def aligned(a: Column, b: Column, view: RowView) -> tuple[Column, Column]:
    """``a`` and ``b`` in units of the finer of them. Rows of ``view`` whose numbers do not fit are marked."""
    scale = max(a.scale, b.scale)
    return _rescaled(a, scale, view), _rescaled(b, scale, view)


def _rescaled(column: Column, scale: int, view: RowView) -> Column:
    if scale == column.scale:
        return column
    most = NO_HIGH // 10 ** (scale - column.scale)
    if not most:
        view.mark_overflow(np.ones(view.size, np.bool_))
        nothing = view.empty(column.type)
        return Column(column.type, nothing.low, nothing.high, nothing.code, scale)
    lost = (np.abs(column.low) >= most) & (column.low > NO_LOW)
    if not column.exact:
        lost |= (np.abs(column.high) >= most) & (column.high < NO_HIGH)
    return _without(lost, column, view).rescaled(scale)


def arithmetic(op: str, a: Column, b: Column, view: RowView, kind: str, absent: tuple[bool, bool]) -> Column:
    """The sum, difference or product of two columns in every row.

    Args:
        op: ``+``, ``-`` or ``*``.
        a: the left operand, numbers.
        b: the right operand.
        view: the rows; those whose result a column cannot hold are marked as overflow and become unknown.
        kind: the type of the result.
        absent: of each operand, whether it may turn out not to exist where nothing is known of it.
    """
    if op == "*":
        return _product(opened(a), opened(b), view, kind, absent)
    a, b = aligned(a, b, view)
    code = joint(a, b)
    if a.exact and b.exact:
        low = a.low + b.low if op == "+" else a.low - b.low
        return _exact(Column(kind, low, low, code, a.scale), view)
    if op == "+":
        low, high = a.low + b.low, a.high + b.high
        no_low = (a.low <= NO_LOW) | (b.low <= NO_LOW)
        no_high = (a.high >= NO_HIGH) | (b.high >= NO_HIGH)
    else:
        low, high = a.low - b.high, a.high - b.low
        no_low = (a.low <= NO_LOW) | (b.high >= NO_HIGH)
        no_high = (a.high >= NO_HIGH) | (b.low <= NO_LOW)
    lost = ~no_low & (np.abs(low) >= NO_HIGH) | ~no_high & (np.abs(high) >= NO_HIGH)
    low, high = np.where(no_low, NO_LOW, low), np.where(no_high, NO_HIGH, high)
    return _closed(_without(lost, Column(kind, low, high, code, a.scale), view))


def _product(a: Column, b: Column, view: RowView, kind: str, absent: tuple[bool, bool]) -> Column:
    code, scale = joint(a, b), a.scale + b.scale
    if a.exact and b.exact:
        least = _times(a.low, b.low)
        return _exact(Column(kind, least, least, code, scale), view)
    # a bound that is none is as far as can be on its side, and 0 times anything is 0
    ends = [(x, y, _times(x, y)) for x in (a.low, a.high) for y in (b.low, b.high)]
    low = np.minimum.reduce([corner for _, _, corner in ends])
    high = np.maximum.reduce([corner for _, _, corner in ends])
    lost = np.zeros(len(low), np.bool_)
    for x, y, corner in ends:
        lost |= (np.abs(corner) >= NO_HIGH) & (np.abs(x) < NO_HIGH) & (np.abs(y) < NO_HIGH)
    if code is not None:
        lost &= code < Code.ABSENT
        # of a product with 0 nothing is unknown but whether it exists
        bounded = (code == Code.UNKNOWN) & ((low > NO_LOW) | (high < NO_HIGH))
        perhaps = np.zeros(len(low), np.bool_)
        for column, nullable in ((a, absent[0]), (b, absent[1])):
            codes = column.codes()
            perhaps |= (codes == Code.MAYBE) | (nullable & (codes == Code.UNKNOWN))
        code = code_where(bounded, code_where(perhaps, Code.MAYBE, Code.PRESENT), code)
    return _closed(_without(lost, Column(kind, low, high, code, scale), view))


def _closed(column: Column) -> Column:
    return between(column.type, column.low, column.high, column.code, column.scale)


def _times(a: Ints, b: Ints) -> Ints:
    """The products, held at `NO_LOW` and `NO_HIGH` where they would pass them."""
    if not len(a) or _greatest(a) * _greatest(b) < NO_HIGH:
        return a * b
    rough = a.astype(np.float64) * b
    fits = np.abs(rough) < NO_HIGH * 0.99
    return np.where(fits, a * np.where(fits, b, 0), np.where(rough < 0, NO_LOW, NO_HIGH))


def _greatest(numbers: Ints) -> int:
    return max(int(numbers.max()), -int(numbers.min()))


def _exact(column: Column, view: RowView) -> Column:
    if not len(column) or _greatest(column.low) < NO_HIGH:
        return opened(column)
    return _without(np.abs(column.low) >= NO_HIGH, opened(column), view)


def _without(lost: Bools, column: Column, view: RowView) -> Column:
    """The column without the numbers that it cannot hold."""
    code = column.codes()
    lost = lost & ((code == Code.PRESENT) | (code == Code.MAYBE))
    if not lost.any():
        return column
    view.mark_overflow(lost)
    code = code_where(lost, Code.UNKNOWN, code)
    return opened(Column(column.type, column.low, column.high, code, column.scale))


def extreme(least: bool, columns: list[Column], view: RowView, kind: str) -> Column:
    """The least or the greatest of several columns in every row.

    Args:
        least: whether the least is asked for, else the greatest.
        columns: at least one, of numbers or of days.
        view: the rows; those whose numbers a column cannot hold are marked as overflow and become unknown.
        kind: the type of the result.
    """
    pick = np.minimum if least else np.maximum
    result = columns[0]
    for operand in columns[1:]:
        a, b = aligned(result, operand, view)
        # bounds that are none lie outside all others, so an end is open only if the pick may come from there
        low = pick(a.low, b.low)
        result = Column(kind, low, low if a.exact and b.exact else pick(a.high, b.high), None, a.scale)
    return opened(Column(kind, result.low, result.high, joint(*columns), result.scale))
