"""Days of many rows as runs without a gap, and the most of them that lie in any window of months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from aava_rules.engine.table.block import Rows
from aava_rules.engine.table.columns import Bools, Ints
from aava_rules.engine.table.dates import add_months, end_of_month

_BITS: Final = 22
"""Every day of the calendar is a number of so many bits."""
_DAY: Final = (1 << _BITS) - 1
_TOGETHER: Final = 2_000_000
"""So many windows are counted at a time, so that long periods of many clients do not fill the memory."""


@dataclass(slots=True, eq=False)
class Runs:
    """Days of rows, each run from ``begin`` to ``stop``, the last day not in it.

    A bound is one number of the row and the day, so that what lies in order is in order of both.
    """

    begin: Ints
    stop: Ints

    def __len__(self) -> int:
        return len(self.begin)

    @property
    def rows(self) -> Rows:
        """The row of each run."""
        return self.begin >> _BITS

    def where(self, wanted: Bools) -> Runs:
        """The runs of some rows alone."""
        kept = wanted[self.rows]
        return self if kept.all() else Runs(self.begin[kept], self.stop[kept])


def runs_of_days(rows: Rows, days: Ints) -> Runs:
    """The days of some rows as runs that do not touch; a day that is there twice counts once."""
    keys = rows << _BITS | days
    if (keys[1:] < keys[:-1]).any():
        keys = np.sort(keys, kind="stable")
    return _between_gaps(keys, keys + 1)


def united(*some: Runs) -> Runs:
    """All days of these runs, as runs that do not touch."""
    begin = np.concatenate([runs.begin for runs in some])
    order = np.argsort(begin, kind="stable")
    stop = np.concatenate([runs.stop for runs in some])[order]
    return _between_gaps(begin[order], np.maximum.accumulate(stop))


def _between_gaps(begin: Ints, reached: Ints) -> Runs:
    """The runs of spans in order; ``reached`` has the end of each, or of one before it that is later."""
    gaps = begin[1:] > reached[:-1]
    if not len(begin):
        return Runs(begin, reached)
    return Runs(begin[np.append(True, gaps)], reached[np.append(gaps, True)])


def spans(rows: Rows, first: Ints, last: Ints) -> Runs:
    """The days of some rows from the first to the last one (included); they may overlap."""
    some = first <= last
    of = rows[some] << _BITS
    return Runs(of | first[some], (of | last[some]) + 1)


def most_days(runs: Runs, months: Ints, size: int) -> Ints:
    """The most days of each row in any window of its number of months, at least one; runs must not touch.

    A window has no rival that begins on a day, and among the days of a run only its first one and
    the first days of months: from any other day to the next one its end moves by a day at most.
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
    for some, times in zip(np.split(long, pieces), np.split(counts, pieces), strict=True):
        which = np.repeat(some, times)
        nth = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        day = add_months(next_month[which], nth)
        inside = day <= last[which]
        count(which[inside], day[inside])
    return most
