"""The days within which rows are counted, and how many of a row's paid days can lie in them.

The same as `aava_rules.engine.reference.windows`, a column at a time. Source: ADR 5 (counts as intervals).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from aava_rules.engine.table.block import Rows, RowView
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Bools, Code, Column, Ints
from aava_rules.engine.table.dates import add_months, weekdays
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.language.dates import FIRST_ORDINAL, LAST_ORDINAL
from aava_rules.rulebook.model import Excluded, Window

_WEEKDAYS: Final = weekdays(np.array([FIRST_ORDINAL]), np.arange(FIRST_ORDINAL, LAST_ORDINAL + 2)).astype(np.int32)
"""The weekdays from FIRST_DAY to each day that a row can begin or stop on: looking them up is faster than reckoning."""

Day = int | Ints
"""One day for all rows, or a day for each."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``begin`` to ``end`` in every row of a view, half-open: the last one is not in it.

    Attributes:
        begin, end: an ordinal for all rows, or shape (n,), int64.
    """

    begin: Day
    end: Day

    def of(self, rows: Rows) -> Span:
        """The span of each of ``rows``: shape (m,), intp, rows of the view."""
        return Span(_day_of(self.begin, rows), _day_of(self.end, rows))


NO_DAYS: Final = Span(LAST_ORDINAL, FIRST_ORDINAL)


def _day_of(day: Day, rows: Rows) -> Day:
    return day if isinstance(day, int) else _short(day)[rows]


def window_of(window: Window | None) -> Callable[[RowView], tuple[Span, Span]]:
    """The function that gives the days that surely lie in ``window`` and those that may, for the rows of a view.

    Without a window, every day up to the day of decision. Days after that are never counted, so every window ends there
    at the latest. A window whose bound does not exist has no days, and nothing surely lies in one whose bound may turn
    out not to exist.
    """
    if window is None:
        return lambda view: _both_known(Span(FIRST_ORDINAL, view.block.today + 1))
    read_start = None if window.start is None else compiled(window.start)
    read_end = None if window.end is None else compiled(window.end)
    months = window.months

    def compute(view: RowView) -> tuple[Span, Span]:
        latest = view.block.today + 1
        last = None if read_end is None else read_end(view)
        end = (latest, latest) if last is None else _days_of(last, latest)
        perhaps = _may_be_absent(last)
        if months is not None:
            surely, possibly = _by_months(view, months, end, latest)
            if perhaps is None:
                return surely, possibly
            # without its end nothing is known of the window
            return _empty(perhaps, surely), _all(perhaps, possibly, end[1], latest)
        start: tuple[Day, Day] = (FIRST_ORDINAL, FIRST_ORDINAL)
        never: Bools | None = None
        if read_start is not None:
            first = read_start(view)
            start = _days_of(first, LAST_ORDINAL)
            # nothing lies after what never happened
            never = first.codes() == Code.ABSENT
            perhaps = _either(perhaps, _may_be_absent(first))
        surely = Span(start[1], _no_later_than(end[0], latest))
        known = start[0] is start[1] and end[0] is end[1]
        possibly = surely if known else Span(start[0], _no_later_than(end[1], latest))
        if never is not None and never.any():
            surely, possibly = _emptied(never, surely, possibly)
        return (surely, possibly) if perhaps is None else (_empty(perhaps, surely), possibly)

    return compute


def _by_months(view: RowView, months: Any, end: tuple[Day, Day], latest: int) -> tuple[Span, Span]:
    length, counted = months_of(months, view)
    low, high = end
    if low is not high:
        counted = counted & (low == high)
    begin = scalar_if_uniform(add_months(np.broadcast_to(np.asarray(low, np.int64), view.size), -length))
    span = Span(begin, _no_later_than(low, latest))
    if counted.all():
        return _both_known(span)
    possibly = Span(np.where(counted, begin, FIRST_ORDINAL), np.where(counted, span.end, _no_later_than(high, latest)))
    return _emptied(~counted, span, span)[0], possibly


def _both_known(span: Span) -> tuple[Span, Span]:
    return span, span


def _emptied(never: Bools, surely: Span, possibly: Span) -> tuple[Span, Span]:
    """The spans without a day in some rows."""
    if surely is possibly:
        return _both_known(_empty(never, surely))
    return _empty(never, surely), _empty(never, possibly)


def _empty(never: Bools, span: Span) -> Span:
    """The span without a day in some rows."""
    return Span(np.where(never, NO_DAYS.begin, span.begin), np.where(never, NO_DAYS.end, span.end))


def _all(where: Bools, span: Span, end: Day, latest: int) -> Span:
    """The span, with every day up to the latest ``end`` and ``latest`` in some rows."""
    return Span(np.where(where, FIRST_ORDINAL, span.begin), np.where(where, _no_later_than(end, latest), span.end))


def _may_be_absent(column: Column | None) -> Bools | None:
    """Where the day of a ``column`` has bounds and may turn out not to exist: shape (n,), bool; None: nowhere."""
    if column is None or column.code is None:
        return None
    perhaps: Bools = column.code == Code.MAYBE
    return perhaps if perhaps.any() else None


def _either(a: Bools | None, b: Bools | None) -> Bools | None:
    return b if a is None else a if b is None else a | b


def scalar_if_uniform(days: Ints) -> Day:
    """The one day of ``days`` (shape (n,), int64), if it is the same in all rows, else the array itself."""
    return int(days[0]) if len(days) and (days == days[0]).all() else days


def _no_later_than(day: Day, latest: int) -> Day:
    return min(day, latest) if isinstance(day, int) else np.minimum(day, latest)


def _days_of(column: Column, last: int) -> tuple[Day, Day]:
    """The earliest and the latest day that a day may be; any up to ``last`` if nothing is known of it."""
    if column.code is None and column.exact:
        known = scalar_if_uniform(column.low)
        return known, known
    code = column.codes()
    has_day = (code == Code.PRESENT) | (code == Code.MAYBE)
    low = np.where(has_day & (column.low > NO_LOW), column.low, FIRST_ORDINAL)
    high = np.where(has_day & (column.high < NO_HIGH), column.high, last)
    return scalar_if_uniform(low), scalar_if_uniform(high)


def months_of(months: Any, view: RowView) -> tuple[Ints, Bools]:
    """The number of months of each row of ``view``: a constant, or the value of a term ``months``.

    Returns: shape (n,), int64, 0 where it is not known, and where it is known, shape (n,), bool.
    """
    if isinstance(months, int):
        return np.full(view.size, months, np.int64), np.ones(view.size, np.bool_)
    column = compiled(months)(view)
    known = (column.codes() == Code.PRESENT) & (column.low == column.high)
    return np.where(known, column.low, 0), known


@dataclass(slots=True, eq=False)
class PaidRows:
    """Rows of paid days of items.

    Attributes:
        begin, stop: shape (m,), int32, ordinals of the first day and of the one after the last.
        paid: shape (m,), int32, the paid days; 0 where they are not known.
        weekdays: shape (m,), int32, the days from Monday to Friday in the row.
        known: shape (m,), bool, where the paid days are known.
        plain: shape (m,), bool, where they are known and also no more than the weekdays.
    """

    begin: Ints
    stop: Ints
    paid: Ints
    weekdays: Ints
    known: Bools
    plain: Bools

    def take(self, rows: Rows) -> PaidRows:
        """The items whose numbers ``rows`` has (shape (k,), intp) alone."""
        return PaidRows(
            self.begin[rows], self.stop[rows], self.paid[rows], self.weekdays[rows], self.known[rows], self.plain[rows]
        )


def paid_rows(start: Column, end: Column, paid: Column) -> PaidRows:
    """Rows of paid days as the fields of items have them: columns ``start`` and ``end`` (dates) and ``paid`` (days).

    A row without a first or last day begins on FIRST_DAY, or ends on LAST_DAY.
    """
    begin = _short(start.low if start.code is None else np.where(start.code == Code.PRESENT, start.low, FIRST_ORDINAL))
    stop = _short(end.low if end.code is None else np.where(end.code == Code.PRESENT, end.low, LAST_ORDINAL)) + 1
    known = paid.codes() == Code.PRESENT
    days, most = _short(np.where(known, paid.low, 0)), _weekdays_between(begin, stop)
    return PaidRows(begin, stop, days, most, known, known & (days <= most))


def _short(days: Ints) -> Ints:
    """The same in four bytes each: there are many rows, and days and paid days are small."""
    return days.astype(np.int32)


def days_within(
    rows: PaidRows, owners: Rows, surely: Span, possibly: Span, excluded: tuple[Excluded, ...]
) -> tuple[Ints, Ints]:
    """The least and the most of each row's paid days that can lie in the window of its owner.

    Paid days are weekdays (Monday to Friday) of the row: what does not fit outside the window lies inside, and the
    reverse. Days of an excluded zone are outside. Source: ADR 5 (counts as intervals).

    Args:
        rows: m rows of paid days.
        owners: shape (m,), intp, the row of the view to which each belongs.
        surely: the days that surely lie in the window of each row of the view.
        possibly: the days that may.
        excluded: the zones whose days do not count, or may not.

    Returns: (least, most), shape (m,), int32, in paid days. Of a row with more paid days than weekdays the surplus may
    lie anywhere, or not be at all.
    """
    possible_span = possibly.of(owners)
    clear_outside = (rows.stop <= possible_span.begin) | (rows.begin >= possible_span.end)
    # most rows lie wholly inside, or wholly among the days that may be inside
    clear = rows.plain & ~clear_outside
    for zone in excluded:
        clear &= (rows.stop <= zone.start.toordinal()) | (rows.begin > zone.until.toordinal())
    whole_rows = clear & (rows.begin >= possible_span.begin) & (rows.stop <= possible_span.end)
    least = most = np.where(whole_rows, rows.paid, 0)
    if surely is not possibly:
        sure_span = surely.of(owners)
        inside = (rows.begin >= sure_span.begin) & (rows.stop <= sure_span.end)
        outside = (rows.stop <= sure_span.begin) | (rows.begin >= sure_span.end)
        whole_rows &= inside | outside
        least, most = np.where(whole_rows & inside, rows.paid, 0), np.where(whole_rows, rows.paid, 0)
    edge_rows = np.flatnonzero(~(whole_rows | clear_outside))
    if len(edge_rows):
        if least is most:
            most = most.copy()
        edge_owners = owners[edge_rows]
        least[edge_rows], most[edge_rows] = _at_the_edge(
            rows.take(edge_rows), surely.of(edge_owners), possibly.of(edge_owners), excluded
        )
    return least, most


def _at_the_edge(rows: PaidRows, surely: Span, possibly: Span, excluded: tuple[Excluded, ...]) -> tuple[Ints, Ints]:
    inside_most = _weekdays(rows.begin, rows.stop, possibly)
    inside_least = _weekdays(rows.begin, rows.stop, surely)
    for zone in excluded:
        begin = np.maximum(rows.begin, zone.start.toordinal())
        stop = np.minimum(rows.stop, zone.until.toordinal() + 1)
        inside_least = inside_least - _weekdays(begin, stop, surely)
        if not zone.possibly:
            inside_most = inside_most - _weekdays(begin, stop, possibly)
    # more days than weekdays is the record's mistake: the surplus may lie anywhere, or not be at all
    surplus = np.maximum(0, rows.paid - rows.weekdays)
    least = np.maximum(0, rows.paid - surplus - (rows.weekdays - inside_least))
    most = np.minimum(rows.paid, inside_most + surplus)
    return np.where(rows.known, least, 0), np.where(rows.known, most, inside_most)


def _weekdays(begin: Ints, stop: Ints, span: Span) -> Ints:
    return _weekdays_between(np.maximum(begin, span.begin), np.minimum(stop, span.end))


def _weekdays_between(begin: Ints, stop: Ints) -> Ints:
    # no row has days outside the table, so what lies there may count as its ends
    before_stop, before_begin = (_WEEKDAYS.take(day - FIRST_ORDINAL, mode="clip") for day in (stop, begin))
    weekdays_inside: Ints = np.maximum(before_stop - before_begin, 0)
    return weekdays_inside
