"""The most days attended in any window of months, and whether reviews came often enough.

The same as the peaks and gaps of `aava_rules.aggregates`, a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aava_rules.engine.table.block import Rows, Sheet
from aava_rules.engine.table.columns import ABSENT, NO_HIGH, NO_LOW, OPEN, THERE, Bools, Column, Ints, open_where
from aava_rules.engine.table.dates import add_months
from aava_rules.engine.table.evaluate.items import Matching
from aava_rules.engine.table.evaluate.lookups import timeline
from aava_rules.engine.table.evaluate.runs import Runs, most_days, runs_of_days, spans, united
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.engine.table.evaluate.windows import FIRST, LAST, months_of
from aava_rules.language.syntax import TRUE
from aava_rules.rulebook.model import Derivation


def since(name: str, sheet: Sheet) -> Ints | None:
    """The day since which the value of a parameter in force on the judged day has held; None if that is not known."""
    line = timeline(sheet.block, name)
    places = line.judged(sheet.judged, sheet.size)
    return None if places is None else line.since[places]


def listed_days(sheet: Sheet, list_name: str, field: str, items: Rows) -> tuple[Rows, Ints]:
    """The days that items of a block list, one item after another, with the place of each among the items."""
    data = sheet.block.items[list_name].days(field)
    begin = data.starts[items]
    counts = data.starts[items + 1] - begin
    places = np.repeat(np.arange(len(items)), counts)
    first = np.repeat(begin - (np.cumsum(counts) - counts), counts)
    return places, data.days[first + np.arange(len(places))]


# -- peaks


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
        listed = found.days(field).given[found.items]
        sure = _listed(sheet, found, field, found.surely & listed, begin)
        low = high = most_days(sure, length, sheet.size)
        none = sheet.block.complete_field(list_name, field)[found.clients]
        doubtful = united(
            _listed(sheet, found, field, found.may & ~found.surely & listed, begin),
            _filled(sheet, found, found.may & ~listed & ~none, begin),
        )
        if len(doubtful):
            doubted = np.zeros(sheet.size, np.bool_)
            doubted[doubtful.rows] = True
            most = most_days(united(sure.where(doubted), doubtful), length, sheet.size)
            high = np.where(doubted, most, low)
        open_ended = found.complete_from > begin
        if open_ended.any():
            high = np.where(open_ended, NO_HIGH, high)
        column = found.where_given(Column("integer", low, high))
        return column if counted.all() else open_where(~counted, column)

    return compute


def _listed(sheet: Sheet, found: Matching, field: str, wanted: Bools, begin: Ints) -> Runs:
    """The days that some items list, from the beginning to the day of decision."""
    chosen = np.flatnonzero(wanted)
    places, days = listed_days(sheet, found.list_name, field, found.items[chosen])
    rows = found.owners[chosen][places]
    counts = (begin[rows] <= days) & (days <= sheet.block.today)
    return runs_of_days(rows[counts], days[counts])


def _filled(sheet: Sheet, found: Matching, wanted: Bools, begin: Ints) -> Runs:
    """Every day on which there may have been attendance, of items that do not list them."""
    chosen = np.flatnonzero(wanted)
    rows = found.owners[chosen]
    start, end = found.column("start").take(chosen), found.column("end").take(chosen)
    first = np.where(start.codes() == THERE, np.maximum(start.low, begin[rows]), begin[rows])
    today = sheet.block.today
    return spans(rows, first, np.where(end.codes() == THERE, np.minimum(end.low, today), today))


# -- gaps


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
        begin, settled = start.low, (start.codes() == THERE) & (start.low == start.high) & counted
        if derivation.since:
            # no gap before the duty began is a gap
            first = since(derivation.since, sheet)
            if first is None:
                settled = np.zeros(sheet.size, np.bool_)
            else:
                begin = np.maximum(begin, first)
        gaps = _Gaps(sheet, field, np.where(settled, begin, LAST), length)
        # with a later end the gaps can only grow, so the ends of an interval settle all between
        low, earliest = gaps.closed_until(end, end.low, NO_LOW)
        high, latest = (low, earliest) if end.exact else gaps.closed_until(end, end.high, NO_HIGH)
        settled &= earliest & latest
        # reviews that are not known can only close gaps
        yes, no = settled & low & high, settled & ~low & ~high & gaps.known
        value = yes.astype(np.int64)
        code = np.where(absent, ABSENT, np.where(yes | no, THERE, OPEN)).astype(np.uint8)
        return Column("boolean", value, value, code)

    return compute


class _Gaps:
    """The days of the items of a sheet from the beginning on, up to the day of decision."""

    def __init__(self, sheet: Sheet, field: str, begin: Ints, length: Ints) -> None:
        assert sheet.items is not None
        given = sheet.block.items[sheet.list_name].days(field).given[sheet.items]
        self.known: Bools = given | sheet.masked(sheet.block.complete_field(sheet.list_name, field))
        self.begin, self.length = begin, length
        rows, days = listed_days(sheet, sheet.list_name, field, sheet.items)
        counted = (begin[rows] <= days) & (days <= sheet.block.today)
        self.rows, self.days = rows[counted], days[counted]
        previous = begin[self.rows]
        same = np.flatnonzero(self.rows[1:] == self.rows[:-1]) + 1
        previous[same] = self.days[same - 1]
        self.late: Bools = self.days > add_months(previous, length[self.rows])

    def closed_until(self, end: Column, bound: Ints, none: int) -> tuple[Bools, Bools]:
        """Where no gap is too long up to a bound of the end, and where there is such a bound."""
        there = (end.codes() != OPEN) & (bound != none)
        day = np.where(there, bound, FIRST)
        before = self.days < day[self.rows]
        reached = self.begin.copy()
        np.maximum.at(reached, self.rows[before], self.days[before])
        closed = day <= add_months(reached, self.length)
        closed[self.rows[before & self.late]] = False
        return closed, there
