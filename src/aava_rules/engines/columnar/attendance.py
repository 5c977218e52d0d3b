"""The most days attended in any window of months, and whether reviews came often enough.

The same as the peaks and gaps of `aava_rules.aggregates`, a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ...expression import TRUE, Param
from ...parts import Derivation
from .block import Rows, Sheet
from .calendar import add_months
from .columns import ABSENT, NO_HIGH, NO_LOW, OPEN, THERE, Bools, Column, Days, Ints, between
from .lookups import timeline
from .matching import Matching
from .terms import compiled
from .windows import FIRST, LAST, months_of

MOST_DAYS: Final = 20_000_000
"""Days on which some clients of a block may have attended: with more, those with the most are answered one by one."""
_BIG: Final = 1 << 22


def since(name: str, sheet: Sheet) -> Ints | None:
    """The day since which the value of a parameter in force on the judged day has held; None if that is not known."""
    line = timeline(sheet.block, name)
    places = line.judged(sheet.judged, sheet.size)
    return None if places is None else line.since[places]


def peak(derivation: Derivation) -> Callable[[Sheet], Column]:
    """The most distinct days of attendance of each client in any window of so many months."""
    list_name, field, where = derivation.over, derivation.field, derivation.where or TRUE
    months = derivation.within.months if derivation.within is not None else None

    def compute(sheet: Sheet) -> Column:
        found = Matching(sheet, list_name, where)
        begin = since(derivation.since, sheet) if derivation.since else np.full(sheet.size, FIRST, np.int64)
        if begin is None or not found.given.any():
            return sheet.empty("integer")
        length, counted = months_of(12 if months is None else months, sheet)
        column = _Peak(sheet, found, found.days(field), begin, length).column(
            found.may & (sheet.block.complete_field(list_name, field)[found.clients])
        )
        column = found.where_given(column)
        if counted.all():
            return column
        return Column(column.type, column.low, column.high, np.where(counted, column.codes(), OPEN).astype(np.uint8))

    return compute


class _Peak:
    def __init__(self, sheet: Sheet, found: Matching, days: Days, begin: Ints, length: Ints) -> None:
        self.sheet, self.found, self.days = sheet, found, days
        self.begin, self.length = begin, length
        self.given = days.given[found.items]

    def column(self, known_none: Bools) -> Column:
        """The bounds of the peak; ``known_none`` tells the items that surely have no day."""
        size, found = self.sheet.size, self.found
        sure = self._listed(found.surely & self.given)
        maybe = self._listed(found.may & ~found.surely & self.given)
        filled, alone = self._filled(np.flatnonzero(found.may & ~self.given & ~known_none))
        low = self._highest(*sure)
        more = maybe[0].size + filled[0].size
        high = low
        if more or alone.any():
            owners = np.concatenate([sure[0], maybe[0], filled[0]])
            high = np.maximum(self._highest(owners, np.concatenate([sure[1], maybe[1], filled[1]])), alone)
        high = np.where(found.complete_from > self.begin, NO_HIGH, high)
        return between("integer", low, high) if size else Column("integer", low, low)

    def _listed(self, wanted: Bools) -> tuple[Rows, Ints]:
        """The days that items list, with the row of each."""
        rows = np.flatnonzero(wanted)
        items = self.found.items[rows]
        counts = self.days.starts[items + 1] - self.days.starts[items]
        owners = np.repeat(self.found.owners[rows], counts)
        first = np.repeat(self.days.starts[items] - (np.cumsum(counts) - counts), counts)
        return self._counted(owners, self.days.days[first + np.arange(len(owners))])

    def _counted(self, owners: Rows, days: Ints) -> tuple[Rows, Ints]:
        counts = (self.begin[owners] <= days) & (days <= self.sheet.block.today)
        return owners[counts], days[counts]

    def _filled(self, rows: Rows) -> tuple[tuple[Rows, Ints], Ints]:
        """Every day on which there may have been attendance, of items that do not list them.

        Of rows whose one item is such, and no longer than the window, the number of days alone.
        """
        owners = self.found.owners[rows]
        start, end = self.found.column("start").take(rows), self.found.column("end").take(rows)
        first = np.maximum(np.where(start.codes() == THERE, start.low, self.begin[owners]), self.begin[owners])
        today = self.sheet.block.today
        last = np.minimum(np.where(end.codes() == THERE, end.low, today), today)
        counts = np.maximum(last - first + 1, 0)
        items = np.bincount(self.found.owners[self.found.may], minlength=self.sheet.size)
        short = (items[owners] == 1) & (last < add_months(first, self.length[owners]))
        alone = np.zeros(self.sheet.size, np.int64)
        alone[owners[short]] = counts[short]
        counts[short] = 0
        if counts.sum() > MOST_DAYS:
            order = np.argsort(counts)
            over = order[np.cumsum(counts[order]) > MOST_DAYS]
            beyond = np.zeros(self.sheet.size, np.bool_)
            beyond[owners[over]] = True
            self.sheet.exceeds(beyond)
            counts[over] = 0
        repeated = np.repeat(owners, counts)
        offset = np.repeat(first - (np.cumsum(counts) - counts), counts)
        return (repeated, offset + np.arange(len(repeated))), alone

    def _highest(self, owners: Rows, days: Ints) -> Ints:
        """The most days of each row in any window of its length: one that begins on a day has no rival."""
        highest = np.zeros(self.sheet.size, np.int64)
        if not len(owners):
            return highest
        keys = np.unique(owners * _BIG + days)
        of, day = keys // _BIG, keys % _BIG
        after = np.minimum(add_months(day, self.length[of]), _BIG - 1)
        count = np.searchsorted(keys, of * _BIG + after) - np.arange(len(keys))
        np.maximum.at(highest, of, count)
        return highest


def gaps_at_most(derivation: Derivation) -> Callable[[Sheet], Column]:
    """Whether no gap between the days of an item is longer than so many months."""
    window = derivation.within
    assert window is not None and window.start is not None and window.end is not None and window.months is not None
    read_from, read_to = compiled(window.start), compiled(window.end)
    read_months = None if isinstance(window.months, int) else compiled(window.months)
    field = derivation.field

    def compute(sheet: Sheet) -> Column:
        start, end = read_from(sheet), read_to(sheet)
        absent = (start.codes() == ABSENT) | (end.codes() == ABSENT)
        if read_months is not None:
            absent |= read_months(sheet).codes() == ABSENT
        length, counted = months_of(window.months, sheet)
        begin, open_ = start.low, ~((start.codes() == THERE) & (start.low == start.high)) | ~counted
        if derivation.since:
            # no gap before the duty began is a gap
            first = since(derivation.since, sheet)
            if first is None:
                open_ = np.ones(sheet.size, np.bool_)
            else:
                begin = np.maximum(begin, first)
        none = sheet.masked(sheet.block.complete_field(sheet.list_name, field))
        gaps = _Gaps(sheet, field, np.where(open_, LAST, begin), length)
        known = gaps.given | none
        ends = [_end(end, end.low, NO_LOW), _end(end, end.high, NO_HIGH)]
        holds = [gaps.closed_until(day) & there for day, there in ends]
        fails = [~gaps.closed_until(day) & there for day, there in ends]
        yes = holds[0] & holds[1] & ~open_
        no = fails[0] & fails[1] & ~open_ & known
        value = yes.astype(np.int64)
        code = np.where(absent, ABSENT, np.where(yes | no, THERE, OPEN)).astype(np.uint8)
        return Column("boolean", value, value, code)

    return compute


def _end(end: Column, bound: Ints, none: int) -> tuple[Ints, Bools]:
    """An end as far as it is known: of an open or boundless one nothing is."""
    there = (end.codes() != OPEN) & (bound != none)
    return np.where(there, bound, 0), there


class _Gaps:
    """The days of the items of a sheet from the beginning on, up to the day of decision."""

    def __init__(self, sheet: Sheet, field: str, begin: Ints, length: Ints) -> None:
        data = sheet.block.items[sheet.list_name].days(field)
        assert sheet.items is not None
        self.begin, self.length = begin, length
        self.given: Bools = data.given[sheet.items]
        counts = data.starts[sheet.items + 1] - data.starts[sheet.items]
        owners = np.repeat(np.arange(sheet.size), counts)
        first = np.repeat(data.starts[sheet.items] - (np.cumsum(counts) - counts), counts)
        days = data.days[first + np.arange(len(owners))]
        counted = (begin[owners] <= days) & (days <= sheet.block.today)
        self.owners, self.days = owners[counted], days[counted]

    def closed_until(self, end: Ints) -> Bools:
        """Where no gap is too long up to a day."""
        before = self.days < end[self.owners]
        owners, days = self.owners[before], self.days[before]
        reached = self.begin.copy()
        previous = self.begin[owners]
        same = np.flatnonzero(owners[1:] == owners[:-1]) + 1
        previous[same] = days[same - 1]
        closed = np.ones(len(self.begin), np.bool_)
        closed[owners[days > add_months(previous, self.length[owners])]] = False
        np.maximum.at(reached, owners, days)
        closed &= ~(end > add_months(reached, self.length))
        return closed
