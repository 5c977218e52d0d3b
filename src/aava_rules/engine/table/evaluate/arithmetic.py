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


def arithmetic(op: str, a: Column, b: Column, view: RowView, kind: str) -> Column:
    """The sum, difference or product of two columns in every row.

    Args:
        op: ``+``, ``-`` or ``*``.
        a: the left operand, numbers.
        b: the right operand.
        view: the rows; those whose result a column cannot hold are marked as overflow and become unknown.
        kind: the type of the result.
    """
    if op == "*":
        return _product(a, b, view, kind)
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


def _product(a: Column, b: Column, view: RowView, kind: str) -> Column:
    code, scale = joint(a, b), a.scale + b.scale
    least = _times(a.low, b.low)
    if a.exact and b.exact:
        return _exact(Column(kind, least, least, code, scale), view)
    closed = (a.low > NO_LOW) & (a.high < NO_HIGH) & (b.low > NO_LOW) & (b.high < NO_HIGH)
    corners = (least, _times(a.low, b.high), _times(a.high, b.low), _times(a.high, b.high))
    # a product of counts cannot fall below that of their least values, where both have one
    counts = (a.low >= 0) & (b.low >= 0)
    low = np.where(closed, np.minimum.reduce(corners), np.where(counts, least, NO_LOW))
    high = np.where(closed, np.maximum.reduce(corners), NO_HIGH)
    lost = closed & ((low <= NO_LOW) | (high >= NO_HIGH)) | counts & (low >= NO_HIGH)
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
