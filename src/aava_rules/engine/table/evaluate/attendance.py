"""The most days attended in any window of months, and whether reviews came often enough.

The same as the peaks and gaps of `aava_rules.engine.reference.aggregates`, a column at a time. Days of many rows are
held as runs without a gap, so that a window is counted with two look-ups.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from aava_rules.engine.table.block import Rows, RowView
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Bools, Code, Column, Ints, code_where, unknown_where
from aava_rules.engine.table.dates import add_months, end_of_month, months_between
from aava_rules.engine.table.evaluate.grouped_days import grouped, last_until
from aava_rules.engine.table.evaluate.items import MatchingItems
from aava_rules.engine.table.evaluate.lookups import timeline
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.engine.table.evaluate.windows import Span, months_of, window_of
from aava_rules.language.dates import FIRST_ORDINAL, LAST_ORDINAL
from aava_rules.language.syntax import TRUE
from aava_rules.rulebook.model import Derivation

_BITS: Final = 22
"""Every day of the calendar is a number of so many bits."""
_DAY: Final = (1 << _BITS) - 1
_WEEK: Final = 7
_TOGETHER: Final = 2_000_000
"""So many windows are counted at a time, so that long periods of many clients do not fill the memory."""


@dataclass(slots=True, eq=False)
class Runs:
    """Days of rows as runs without a gap, sorted.

    Attributes:
        begin, stop: shape (k,), int64, the first day of each run and the one after its last. A bound is one number of
            the row and the day (``row << 22 | ordinal``), so that what is sorted is in order of both.
    """

    begin: Ints
    stop: Ints

    def __len__(self) -> int:
        return len(self.begin)

    @property
    def rows(self) -> Rows:
        """The row of each run: shape (k,), int64."""
        return self.begin >> _BITS

    def where(self, wanted: Bools) -> Runs:
        """The runs of the rows of the mask ``wanted`` (shape (n,), bool) alone."""
        chosen = wanted[self.rows]
        return self if chosen.all() else Runs(self.begin[chosen], self.stop[chosen])


def runs_of_days(rows: Rows, days: Ints) -> Runs:
    """Days of rows as runs that do not touch; a day that is there twice counts once.

    Args:
        rows: shape (m,), intp, the row of each day.
        days: shape (m,), int64, ordinals.
    """
    keys = rows << _BITS | days
    if (keys[1:] < keys[:-1]).any():
        keys = np.sort(keys, kind="stable")
    return _between_gaps(keys, keys + 1)


def united(*all_runs: Runs) -> Runs:
    """All days of ``all_runs``, as runs that do not touch."""
    begin = np.concatenate([runs.begin for runs in all_runs])
    order = np.argsort(begin, kind="stable")
    stop = np.concatenate([runs.stop for runs in all_runs])[order]
    return _between_gaps(begin[order], np.maximum.accumulate(stop))


def _between_gaps(begin: Ints, reached: Ints) -> Runs:
    """The runs of spans in order; ``reached`` has the end of each, or of one before it that is later."""
    gaps = begin[1:] > reached[:-1]
    if not len(begin):
        return Runs(begin, reached)
    return Runs(begin[np.append(True, gaps)], reached[np.append(gaps, True)])


def spans(rows: Rows, first: Ints, last: Ints) -> Runs:
    """The days of some rows from a first to a last one, as runs; they may overlap.

    Args:
        rows: shape (m,), intp, the row of each span.
        first: shape (m,), int64, the ordinal of its first day.
        last: shape (m,), int64, that of its last day, which is included; a span whose last day is before the first has
            none.
    """
    nonempty = first <= last
    row_bits = rows[nonempty] << _BITS
    return Runs(row_bits | first[nonempty], (row_bits | last[nonempty]) + 1)


def most_days(runs: Runs, months: Ints, size: int) -> Ints:
    """The most days of each row in any window of its number of months.

    A window is bettered by none that begins on any day but these: the first day of a run, and the first days of months
    among the days of a run. From any other day to the next one the end of the window moves by a day at most.

    Args:
        runs: the days, as runs that do not touch.
        months: shape (n,), int64, the length of the window of each row, at least 1.
        size: how many rows there are (n).

    Returns: shape (n,), int64, in days.
    """
    most = np.zeros(size, np.int64)
    before = np.append(0, np.cumsum(runs.stop - runs.begin))
    first, last = runs.begin & _DAY, (runs.stop - 1) & _DAY

    def count(which: Rows, day: Ints) -> None:
        row = runs.begin[which] >> _BITS
        until = row << _BITS | add_months(day, months[row])
        at = np.searchsorted(runs.begin, until)
        within = before[at] - np.maximum(runs.stop[at - 1] - until, 0)
        np.maximum.at(most, row, within - before[which] - (day - first[which]))

    count(np.arange(len(runs)), first)
    next_month = end_of_month(first) + 1
    long = np.flatnonzero(next_month <= last)
    # no month is shorter than 28 days
    counts = (last[long] - next_month[long]) // 28 + 1
    so_far = np.cumsum(counts)
    pieces = np.searchsorted(so_far, np.arange(_TOGETHER, so_far[-1] if len(long) else 0, _TOGETHER))
    for part, times in zip(np.split(long, pieces), np.split(counts, pieces), strict=True):
        which = np.repeat(part, times)
        nth = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        day = add_months(next_month[which], nth)
        inside = day <= last[which]
        count(which[inside], day[inside])
    return most


def most_in_week(runs: Runs, size: int) -> Ints:
    """The most days of each row in any calendar week, Monday to Sunday.

    Args:
        runs: the days, as runs that do not touch.
        size: how many rows there are (n).

    Returns: shape (n,), int64, in days.
    """
    most = np.zeros(size, np.int64)
    first, last = runs.begin & _DAY, (runs.stop - 1) & _DAY
    # a run has days in the weeks of its ends, and fills the weeks between them; a Monday is one more than 7 n
    first_week, last_week = (first - 1) // _WEEK, (last - 1) // _WEEK
    between = last_week - first_week > 1
    most[runs.rows[between]] = _WEEK
    apart = last_week > first_week
    in_first = np.where(apart, (first_week + 1) * _WEEK - first + 1, last - first + 1)
    rows = np.concatenate([runs.rows, runs.rows[apart]])
    weeks = np.concatenate([first_week, last_week[apart]])
    days = np.concatenate([in_first, (last - last_week * _WEEK)[apart]])
    keys, places = np.unique(rows << _BITS | weeks, return_inverse=True)
    np.maximum.at(most, keys >> _BITS, np.bincount(places, weights=days, minlength=len(keys)).astype(np.int64))
    return most


def since(name: str, view: RowView) -> Ints | None:
    """The day since which the value of the parameter ``name`` in force on the judged day of each row of ``view`` has
    held.

    Returns: shape (n,), int64, ordinals; None if the judged day is not known.
    """
    line = timeline(view.block, name)
    places = line.judged(view.judged_by, view.size)
    return None if places is None else line.since[places]


def listed_days(view: RowView, list_name: str, field: str, items: Rows) -> tuple[Rows, Ints]:
    """The days that items list in a field of several days, one item after another.

    Args:
        view: rows of the block.
        list_name: the list of the items.
        field: the field of days.
        items: shape (m,), intp, items of the block.

    Returns: the place of each day among ``items``, shape (k,), intp, and its ordinal, shape (k,), int64.
    """
    data = view.block.items[list_name].days(field)
    begin = data.starts[items]
    counts = data.starts[items + 1] - begin
    places = np.repeat(np.arange(len(items)), counts)
    first = np.repeat(begin - (np.cumsum(counts) - counts), counts)
    return places, data.days[first + np.arange(len(places))]


# -- peaks


def peak(derivation: Derivation) -> Callable[[RowView], Column]:
    """The most distinct days of attendance of each client in any window of so many months, as ``derivation`` says.

    Returns: the function that computes it for the rows of a view. Days before the value of the parameter ``since`` held
    do
        not count, nor do those after the day of decision.
    """
    list_name, field, where = derivation.over, derivation.field, derivation.where or TRUE
    window = derivation.within
    months = window.months if window is not None else None
    weekly = window is not None and window.weeks is not None

    def most_of(runs: Runs, length: Ints, size: int) -> Ints:
        return most_in_week(runs, size) if weekly else most_days(runs, length, size)

    def compute(view: RowView) -> Column:
        matching = MatchingItems(view, list_name, where)
        begin = since(derivation.since, view) if derivation.since else np.full(view.size, FIRST_ORDINAL, np.int64)
        if begin is None or not matching.known.any():
            return view.empty("integer")
        begin = np.maximum(begin, FIRST_ORDINAL)  # a value that always held began before any record
        if weekly:
            begin = begin + (1 - begin) % _WEEK  # a week that the beginning divides is left out
        length, counted = months_of(12 if months is None else months, view)
        listed = matching.days(field).known[matching.items]
        sure = _listed(view, matching, field, matching.surely & listed, begin)
        low = high = most_of(sure, length, view.size)
        none = view.block.complete_field(list_name, field)[matching.clients]
        uncertain = united(
            _listed(view, matching, field, matching.may & ~matching.surely & listed, begin),
            _filled(view, matching, matching.may & ~listed & ~none, begin),
        )
        if len(uncertain):
            is_uncertain = np.zeros(view.size, np.bool_)
            is_uncertain[uncertain.rows] = True
            most = most_of(united(sure.where(is_uncertain), uncertain), length, view.size)
            high = np.where(is_uncertain, most, low)
        open_ended = matching.complete_from > begin
        if open_ended.any():
            high = np.where(open_ended, NO_HIGH, high)
        column = matching.where_listed(Column("integer", low, high))
        return column if counted.all() else unknown_where(~counted, column)

    return compute


# -- times without a gap


def unbroken(derivation: Derivation) -> Callable[[RowView], Column]:
    """The completed months of the last time without a gap that rows cover, as ``derivation`` says.

    Returns: the function that computes it for the rows of a view.
    """
    list_name, where = derivation.over, derivation.where or TRUE
    window = window_of(derivation.within)

    def compute(view: RowView) -> Column:
        matching = MatchingItems(view, list_name, where)
        if not matching.known.any():
            return view.empty("integer")
        surely, possibly = window(view)
        start, end = matching.column("start"), matching.column("end")
        has_start, has_end = start.codes() == Code.PRESENT, end.codes() == Code.PRESENT
        first, last = np.where(has_start, start.low, FIRST_ORDINAL), np.where(has_end, end.low, LAST_ORDINAL)
        sure = matching.surely & has_start & has_end
        known = united(spans(matching.owners[sure], first[sure], last[sure]))
        low = np.maximum(_months_of_last(known, surely, view.size), 0)
        rest = matching.may & ~sure
        every = np.arange(view.size)
        # what came before the list is complete may have been covered
        earlier = spans(every, np.full(view.size, FIRST_ORDINAL, np.int64), matching.complete_from - 1)
        high = _months_of_last(
            united(known, spans(matching.owners[rest], first[rest], last[rest]), earlier), possibly, view.size
        )
        return matching.where_listed(Column("integer", low, np.where(high < 0, NO_HIGH, high)))

    return compute


def _months_of_last(runs: Runs, window: Span, size: int) -> Ints:
    """The completed months of the last run of each row, as far as the end of the window; -1: no bound.

    0 if it ends before the window begins. Shape (n,), int64.
    """
    rows = np.arange(size)
    reach = np.broadcast_to(np.asarray(window.begin, np.int64), size)
    stop = np.broadcast_to(np.asarray(window.end, np.int64), size)
    at = np.searchsorted(runs.begin, rows << _BITS | stop) - 1
    months = np.zeros(size, np.int64)
    if not len(runs):
        return months
    there = (at >= 0) & (runs.rows[at] == rows)
    first = runs.begin[at] & _DAY
    last = np.minimum(runs.stop[at] & _DAY, stop)
    there &= last >= reach
    months[there] = months_between(first[there], last[there])
    months[there & (first == FIRST_ORDINAL)] = -1
    return months


def _listed(view: RowView, matching: MatchingItems, field: str, wanted: Bools, begin: Ints) -> Runs:
    """The days that some items list, from the beginning to the day of decision."""
    chosen = np.flatnonzero(wanted)
    places, days = listed_days(view, matching.list_name, field, matching.items[chosen])
    rows = matching.owners[chosen][places]
    counts = (begin[rows] <= days) & (days <= view.block.today)
    return runs_of_days(rows[counts], days[counts])


def _filled(view: RowView, matching: MatchingItems, wanted: Bools, begin: Ints) -> Runs:
    """Every day on which there may have been attendance, of items that do not list them."""
    chosen = np.flatnonzero(wanted)
    rows = matching.owners[chosen]
    start, end = matching.column("start").take(chosen), matching.column("end").take(chosen)
    first = np.where(start.codes() == Code.PRESENT, np.maximum(start.low, begin[rows]), begin[rows])
    today = view.block.today
    return spans(rows, first, np.where(end.codes() == Code.PRESENT, np.minimum(end.low, today), today))


# -- gaps


def gaps_at_most(derivation: Derivation) -> Callable[[RowView], Column]:
    """Whether no gap between the days of an item is longer than so many months, as ``derivation`` says.

    Returns: the function that computes it for the rows of a view, which are items. Days that are not known can only
    close
        gaps; no gap before the value of the parameter ``since`` held counts.
    """
    window = derivation.within
    assert window is not None and window.start is not None and window.end is not None and window.months is not None
    read_from, read_to = compiled(window.start), compiled(window.end)
    read_months = None if isinstance(window.months, int) else compiled(window.months)
    field, also = derivation.field, derivation.also

    def compute(view: RowView) -> Column:
        start, end = read_from(view), read_to(view)
        absent = (start.codes() == Code.ABSENT) | (end.codes() == Code.ABSENT)
        if read_months is not None:
            absent |= read_months(view).codes() == Code.ABSENT
        length, counted = months_of(window.months, view)
        begin, settled = start.low, (start.codes() == Code.PRESENT) & (start.low == start.high) & counted
        if derivation.since:
            # no gap before the duty began is a gap
            first = since(derivation.since, view)
            if first is None:
                settled = np.zeros(view.size, np.bool_)
            else:
                begin = np.maximum(begin, first)
        gaps = _Gaps(view, field, np.where(settled, begin, LAST_ORDINAL), length, also)
        # with a later end the gaps can only grow, so the ends of an interval settle all between
        low, earliest = gaps.closed_until(end, end.low, NO_LOW)
        high, latest = (low, earliest) if end.exact else gaps.closed_until(end, end.high, NO_HIGH)
        settled &= earliest & latest
        # reviews that are not known can only close gaps
        yes, no = settled & low & high, settled & ~low & ~high & gaps.known
        value = yes.astype(np.int64)
        code = code_where(absent, Code.ABSENT, code_where(yes | no, Code.PRESENT, Code.UNKNOWN))
        return Column("boolean", value, value, code)

    return compute


def _shown_elsewhere(view: RowView, also: tuple[tuple[str, str], ...]) -> Ints:
    """The days by client of some fields of any item, and of some steps that were taken, up to the day of decision."""
    memo, key = view.block.memo, ("shown elsewhere", also)
    if key not in memo:
        shown = [_days_shown(view, list_name, name) for list_name, name in also]
        clients = np.concatenate([of_clients for of_clients, _ in shown])
        days = np.concatenate([of_days for _, of_days in shown])
        memo[key] = grouped(clients[days <= view.block.today], days[days <= view.block.today])
    by_client: Ints = memo[key]
    return by_client


def _days_shown(view: RowView, list_name: str, name: str) -> tuple[Rows, Ints]:
    """The days of a field of any item, or those on which a step was taken, each with its client."""
    items = view.block.items[list_name]
    if list_name == "events":
        step, on = items.column("step"), items.column("on")
        taken = (step.codes() == Code.PRESENT) & (step.low == view.block.words.number(name))
        which = np.flatnonzero(taken & (on.codes() == Code.PRESENT))
        return items.client[which], on.low[which]
    places, days = listed_days(view, list_name, name, np.arange(len(items)))
    return items.client[places], days


class _Gaps:
    """The days of the items of a view from the beginning on, up to the day of decision."""

    def __init__(self, view: RowView, field: str, begin: Ints, length: Ints, also: tuple[tuple[str, str], ...]) -> None:
        assert view.items is not None
        is_listed = view.block.items[view.list_name].days(field).known[view.items]
        self.known: Bools = is_listed | view.masked(view.block.complete_field(view.list_name, field))
        self.begin, self.length = begin, length
        rows, days = listed_days(view, view.list_name, field, view.items)
        past = days <= view.block.today
        self._own = grouped(rows[past], days[past])
        self._shown = _shown_elsewhere(view, also) if also else None
        assert view.clients is not None
        self._clients = view.clients

    def closed_until(self, end: Column, bound: Ints, none: int) -> tuple[Bools, Bools]:
        """Where no gap is too long up to a bound of the end, and where there is such a bound."""
        there = (end.codes() != Code.UNKNOWN) & (bound != none)
        day = np.where(there, bound, FIRST_ORDINAL)
        closed = np.zeros(len(day), np.bool_)
        reached = self.begin.copy()
        open_rows = np.arange(len(day))
        while len(open_rows):
            until = add_months(reached[open_rows], self.length[open_rows])
            ends = day[open_rows] <= until
            closed[open_rows[ends]] = True
            open_rows, until = open_rows[~ends], until[~ends]
            # from the last day that is near enough, the next ones are nearer than from any before it
            last = last_until(self._own, open_rows, until)
            if self._shown is not None:
                last = np.maximum(last, last_until(self._shown, self._clients[open_rows], until))
            onward = last > reached[open_rows]
            open_rows = open_rows[onward]
            reached[open_rows] = last[onward]
        return closed, there
