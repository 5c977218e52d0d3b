"""The days within which rows are counted, and how many of a row's paid days can lie in them.

The same as `aava_rules.windows`, a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ...parts import Excluded, Window
from ...values import FIRST_DAY, LAST_DAY
from .block import Rows, Sheet
from .calendar import add_months, weekdays
from .columns import ABSENT, MAYBE, NO_HIGH, NO_LOW, THERE, Bools, Column, Ints
from .terms import compiled

FIRST: Final = FIRST_DAY.toordinal()
LAST: Final = LAST_DAY.toordinal()

Day = int | Ints
"""One day for all rows, or a day for each."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``begin`` to ``end``, the last one not in it, in every row of a sheet."""

    begin: Day
    end: Day

    def of(self, rows: Rows) -> Span:
        """The span of each of these rows."""
        return Span(_of(self.begin, rows), _of(self.end, rows))


NO_DAYS: Final = Span(LAST, FIRST)


def _of(day: Day, rows: Rows) -> Day:
    return day if isinstance(day, int) else day[rows]


def window_of(window: Window | None) -> Callable[[Sheet], tuple[Span, Span]]:
    """The days that surely lie in the window and those that may.

    Days after the day of decision are never counted, so every window ends there at the latest.
    """
    if window is None:
        return lambda sheet: (Span(FIRST, sheet.block.today + 1),) * 2
    read_start = None if window.start is None else compiled(window.start)
    read_end = None if window.end is None else compiled(window.end)
    months = window.months

    def compute(sheet: Sheet) -> tuple[Span, Span]:
        latest = sheet.block.today + 1
        end = (latest, latest) if read_end is None else _days_of(read_end(sheet), latest)
        if months is not None:
            return _by_months(sheet, months, end, latest)
        start: tuple[Day, Day] = (FIRST, FIRST)
        never: Bools | None = None
        if read_start is not None:
            first = read_start(sheet)
            start = _days_of(first, LAST)
            # nothing lies after what never happened
            never = first.codes() == ABSENT
        surely = Span(start[1], _earlier(end[0], latest))
        possibly = Span(start[0], _earlier(end[1], latest))
        if never is None or not never.any():
            return surely, possibly
        return _without(surely, never), _without(possibly, never)

    return compute


def _by_months(sheet: Sheet, months: Any, end: tuple[Day, Day], latest: int) -> tuple[Span, Span]:
    length, counted = months_of(months, sheet)
    low, high = end
    if not isinstance(low, int) or not isinstance(high, int):
        counted = counted & (low == high)
    begin = add_months(np.broadcast_to(np.asarray(low, np.int64), sheet.size), -length)
    until = _earlier(low, latest)
    surely, possibly = Span(begin, until), Span(begin, until)
    if counted.all():
        return surely, possibly
    return _without(surely, ~counted), Span(
        np.where(counted, begin, FIRST), np.where(counted, until, _earlier(high, latest))
    )


def _without(span: Span, never: Bools) -> Span:
    return Span(np.where(never, NO_DAYS.begin, span.begin), np.where(never, NO_DAYS.end, span.end))


def _earlier(day: Day, latest: int) -> Day:
    return min(day, latest) if isinstance(day, int) else np.minimum(day, latest)


def _days_of(column: Column, last: int) -> tuple[Day, Day]:
    """The earliest and the latest day that a day may be; any up to ``last`` if nothing is known of it."""
    code = column.codes()
    dated = (code == THERE) | (code == MAYBE)
    low = np.where(dated & (column.low > NO_LOW), column.low, FIRST)
    high = np.where(dated & (column.high < NO_HIGH), column.high, last)
    if len(low) and low[0] == high[0] and (low == low[0]).all() and (high == high[0]).all():
        return int(low[0]), int(high[0])
    return low, high


def months_of(months: Any, sheet: Sheet) -> tuple[Ints, Bools]:
    """So many months in every row, and where that is known; 0 elsewhere."""
    if isinstance(months, int):
        return np.full(sheet.size, months, np.int64), np.ones(sheet.size, np.bool_)
    column = compiled(months)(sheet)
    known = (column.codes() == THERE) & (column.low == column.high)
    return np.where(known, column.low, 0), known


@dataclass(slots=True, eq=False)
class PaidRows:
    """Rows of paid days: their first day and the one after their last, their paid days (where known), their weekdays."""

    begin: Ints
    stop: Ints
    paid: Ints
    known: Bools
    weekdays: Ints

    def take(self, rows: Rows) -> PaidRows:
        """These rows alone."""
        return PaidRows(
            self.begin[rows], self.stop[rows], self.paid[rows], self.known[rows], self.weekdays[rows]
        )


def paid_rows(start: Column, end: Column, paid: Column) -> PaidRows:
    """Rows as their fields have them; a row without a day begins, or goes on, on any."""
    begin = np.where(start.codes() == THERE, start.low, FIRST)
    stop = np.where(end.codes() == THERE, end.low, LAST) + 1
    known = paid.codes() == THERE
    return PaidRows(begin, stop, np.where(known, paid.low, 0), known, weekdays(begin, stop))


def days_within(rows: PaidRows, surely: Span, possibly: Span, zones: tuple[Excluded, ...]) -> tuple[Ints, Ints]:
    """The least and the most of each row's paid days that can lie in its window.

    Paid days are weekdays: what does not fit outside must lie inside, and the reverse.
    """
    inside = rows.known & (rows.begin >= surely.begin) & (rows.stop <= surely.end) & (rows.paid <= rows.weekdays)
    for zone in zones:
        inside &= ~((zone.start.toordinal() < rows.stop) & (rows.begin <= zone.until.toordinal()))
    edge = np.flatnonzero(~inside)
    if not len(edge):
        return rows.paid, rows.paid
    least, most = _at_the_edge(rows.take(edge), surely.of(edge), possibly.of(edge), zones)
    low, high = rows.paid.copy(), rows.paid.copy()
    low[edge], high[edge] = least, most
    return low, high


def _at_the_edge(rows: PaidRows, surely: Span, possibly: Span, zones: tuple[Excluded, ...]) -> tuple[Ints, Ints]:
    inside_most = _weekdays(rows.begin, rows.stop, possibly)
    inside_least = _weekdays(rows.begin, rows.stop, surely)
    for zone in zones:
        begin = np.maximum(rows.begin, zone.start.toordinal())
        stop = np.minimum(rows.stop, zone.until.toordinal() + 1)
        inside_least = inside_least - _weekdays(begin, stop, surely)
        if not zone.possibly:
            inside_most = inside_most - _weekdays(begin, stop, possibly)
    outside_most = rows.weekdays - inside_least
    least, most = np.maximum(0, rows.paid - outside_most), np.minimum(rows.paid, inside_most)
    # more days than weekdays is the record's mistake: the truth may lie at either count
    low, high = np.minimum(least, most), np.maximum(least, most)
    out = (rows.stop <= possibly.begin) | (rows.begin >= possibly.end)
    return (
        np.where(out | ~rows.known, 0, low),
        np.where(out, 0, np.where(rows.known, high, inside_most)),
    )


def _weekdays(begin: Ints, stop: Ints, span: Span) -> Ints:
    return weekdays(np.maximum(begin, span.begin), np.minimum(stop, span.end))
