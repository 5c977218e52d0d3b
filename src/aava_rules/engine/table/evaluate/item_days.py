"""What is known of the days of items that records do not give: the other days of an item bound them.

The same as `aava_rules.engine.reference.item_days`, a column at a time.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from aava_rules.engine.table.block import Block, Items
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Bools, Code, Column, Ints, code_where

_BOUNDED: Final = {
    "benefits": {"start", "end"}, "plans": {"made_on", "ends_on"}, "periods": {"start", "end", "agreed_end"},
}  # fmt: skip
"""The fields that other days of the same item bound, by list."""


def open_days(block: Block, list_name: str, field: str) -> tuple[Ints, Ints]:
    """Between which days a field of days that an item lacks may lie, for every item of a list of ``block``.

    Args:
        block: the clients with their items.
        list_name: the list.
        field: the field, of one day.

    Returns: two arrays of shape (m,), int64, ordinals; `NO_LOW` and `NO_HIGH` where there is no bound.
    """
    key = ("open days", list_name, field)
    if key not in block.memo:
        block.memo[key] = _open_days(block, list_name, field)
    days: tuple[Ints, Ints] = block.memo[key]
    return days


def with_open_days(block: Block, list_name: str, field: str, column: Column) -> Column:
    """The ``column`` of a field of every item, in which a day that is lacking lies between its bounds, or is none.

    Args:
        block: the clients with their items.
        list_name: the list.
        field: the field; where it is not of one day, its column is given back.
        column: what records say of the field.
    """
    if field not in _BOUNDED.get(list_name, ()) or column.code is None:
        return column
    key = ("with open days", list_name, field)
    if key not in block.memo:
        block.memo[key] = _with_open_days(block, list_name, field, column)
    bounded: Column = block.memo[key]
    return bounded


def _with_open_days(block: Block, list_name: str, field: str, column: Column) -> Column:
    codes = column.codes()
    lacking = codes == Code.UNKNOWN
    if not lacking.any():
        return column
    low, high = open_days(block, list_name, field)
    bounded = lacking & ((low > NO_LOW) | (high < NO_HIGH))
    return Column(
        column.type,
        np.where(bounded, low, column.low),
        np.where(bounded, high, column.high),
        code_where(bounded, Code.MAYBE, codes),
    )


def _open_days(block: Block, list_name: str, field: str) -> tuple[Ints, Ints]:
    items = block.items[list_name]
    low, high = np.full(len(items), NO_LOW, np.int64), np.full(len(items), NO_HIGH, np.int64)
    if field not in _BOUNDED.get(list_name, ()):
        return low, high
    if field in ("start", "made_on"):
        for last in ("end", "agreed_end") if list_name == "periods" else ("end",) if field == "start" else ("ends_on",):
            high = np.minimum(high, _days(items, last, NO_HIGH))
        return low, high
    low = _days(items, "made_on" if list_name == "plans" else "start", NO_LOW)
    if (list_name, field) == ("periods", "end"):
        low = np.where(goes_on(items), np.maximum(low, block.today), low)
    return low, high


def goes_on(periods: Items) -> Bools:
    """Of which of ``periods`` nothing is said of the end, so that they are still running: shape (m,), bool."""
    has_end: Bools = np.zeros(len(periods), np.bool_)
    for field in ("end", "length_months", "ended_because"):
        has_end |= _is_there(periods, field)
    return ~has_end


def _is_there(items: Items, field: str) -> Bools:
    is_there: Bools = items.column(field).codes() == Code.PRESENT
    return is_there


def _days(items: Items, field: str, none: int) -> Ints:
    return np.where(_is_there(items, field), items.column(field).low, none)
