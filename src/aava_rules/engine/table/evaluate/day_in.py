"""The day of decision held inside an item: its first day before it, its last day after it.

The same as `Facts.day_in`, a column at a time.
"""

from __future__ import annotations

import numpy as np

from aava_rules.engine.table.block import Rows, Sheet
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, THERE, Bools, Column, Ints, between
from aava_rules.language.values import FIRST_DAY

_FIRST = FIRST_DAY.toordinal()


def day_in(sheet: Sheet) -> Column:
    """The day of decision held inside the item of each row, between the days on which the item may end."""
    found: Column | None = sheet.memo.get("day in")
    if found is None:
        found = sheet.memo["day in"] = _day_in(sheet)
    return found


def _day_in(sheet: Sheet) -> Column:
    periods = sheet.list_name == "periods"
    assert sheet.items is not None
    start = sheet.block.items[sheet.list_name].column("start" if periods else "made_on").take(sheet.items)
    dated = start.codes() == THERE
    first, last = _last_days_of_periods(sheet) if periods else _last_days_of_plans(sheet)
    on = sheet.block.today
    # an end that is none lies after the day of decision
    until_low, until_high = np.minimum(on, first), np.minimum(on, last)
    low = np.where(dated, np.maximum(start.low, until_low), np.where(first == _FIRST, NO_LOW, until_low))
    high = np.where(dated, np.maximum(start.low, until_high), last)
    begins_later = dated & (on <= start.low)
    low, high = np.where(begins_later, start.low, low), np.where(begins_later, start.low, high)
    return between("date", low, high)


def _last_days_of_periods(sheet: Sheet) -> tuple[Ints, Ints]:
    """The earliest and the latest last day (`NO_HIGH`: it goes on; `FIRST_DAY` as the earliest: any day)."""
    items = sheet.block.items["periods"]
    assert sheet.items is not None
    end, length = items.column("end").take(sheet.items), items.column("length_months").take(sheet.items)
    ended, limited = end.codes() == THERE, length.codes() == THERE
    last = np.where(ended, end.low, NO_HIGH)
    return np.where(~ended & limited, _FIRST, last), last


def _last_days_of_plans(sheet: Sheet) -> tuple[Ints, Ints]:
    items = sheet.block.items["plans"]
    assert sheet.items is not None
    ends = items.column("ends_on").take(sheet.items)
    ended = ends.codes() == THERE
    first = np.where(ended, ends.low, NO_HIGH)
    last = first.copy()
    rows = np.flatnonzero(~ended)
    mine, others = _pairs(sheet, rows)
    made, kind = items.column("made_on"), items.column("kind")
    made_there, kind_there = made.codes() == THERE, kind.codes() == THERE
    plans = sheet.items[rows]
    here = plans[mine]
    both_dated, both_kinds = made_there[here] & made_there[others], kind_there[here] & kind_there[others]
    later = made.low[others] > made.low[here]
    like = kind.low[others] == kind.low[here]
    may = ~(both_kinds & ~like) & (~both_dated | later)
    surely = may & both_dated & both_kinds
    # another plan, of unknown kind or day or not even listed, may have ended this one at any time
    ends_by = np.where(made_there[others], made.low[others] - 1, _FIRST)
    since = items.complete_from[items.client[plans]]
    any_day = (since > _FIRST) & (~made_there[plans] | (made.low[plans] < since - 1))
    any_day[mine[may & ~made_there[others]]] = True
    first[rows] = np.where(any_day, _FIRST, _least(mine, ends_by, may, len(rows)))
    last[rows] = _least(mine, ends_by, surely, len(rows))
    return first, last


def _least(rows: Rows, days: Ints, counted: Bools, size: int) -> Ints:
    """The least of the days that are counted in each row; `NO_HIGH` where there are none."""
    found = np.full(size, NO_HIGH, np.int64)
    np.minimum.at(found, rows[counted], days[counted])
    return found


def _pairs(sheet: Sheet, rows: Rows) -> tuple[Rows, Rows]:
    """Every other plan of the client of each of these rows: the number among the rows, and the plan."""
    items = sheet.block.items["plans"]
    assert sheet.items is not None
    plans = sheet.items[rows]
    begin = items.starts[items.client[plans]]
    counts = items.starts[items.client[plans] + 1] - begin
    mine = np.repeat(np.arange(len(rows)), counts)
    others = np.repeat(begin - (np.cumsum(counts) - counts), counts) + np.arange(len(mine))
    apart = others != plans[mine]
    return mine[apart], others[apart]
