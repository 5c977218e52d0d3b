"""Totals, counts, first and last days and existence over the items of every client.

The same as `aava_rules.engine.reference.aggregates`, a column at a time. What an item surely or possibly adds comes
from its condition and its window; a list that is not complete from the beginning leaves the upper bound open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aava_rules.engine.table.block import Rows, RowView
from aava_rules.engine.table.columns import (
    NO_HIGH,
    NO_LOW,
    Bools,
    Code,
    Column,
    Days,
    Ints,
    between,
    code_where,
    unknown_where,
)
from aava_rules.engine.table.evaluate.attendance import gaps_at_most, listed_days, peak, unbroken
from aava_rules.engine.table.evaluate.item_days import open_days
from aava_rules.engine.table.evaluate.items import MatchingItems
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.engine.table.evaluate.windows import PaidRows, Span, days_within, paid_rows, window_of
from aava_rules.language.dates import FIRST_ORDINAL
from aava_rules.language.syntax import TRUE
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import Derivation, Window

Aggregate = Callable[[RowView], Column]


def aggregate(derivation: Derivation) -> Aggregate:
    """The function that computes ``derivation`` for the rows of a view; the rows are items if the fact is an item's."""
    return _BUILDERS[derivation.kind](derivation)


def _total(derivation: Derivation) -> Aggregate:
    window = window_of(derivation.within)
    list_name, field, where = derivation.over, derivation.field, derivation.where or TRUE

    def compute(view: RowView) -> Column:
        matching = MatchingItems(view, list_name, where)
        if not matching.known.any():
            return view.empty("integer")
        surely, possibly = window(view)
        owners, sure, rows = matching.cached(("paid", where, field), lambda: _paid(matching, field))
        least, most = days_within(rows, owners, surely, possibly, derivation.outside)
        if sure is not None:
            least = least * sure
        low = high = _sums(owners, most, view.size)
        if least is not most:
            low = _sums(owners, least, view.size)
        open_ended = matching.complete_from > possibly.begin
        if open_ended.any():
            high = np.where(open_ended, NO_HIGH, high)
        return matching.where_listed(Column("integer", low, low if np.array_equal(low, high) else high))

    return compute


def _paid(matching: MatchingItems, field: str) -> tuple[Rows, Bools | None, PaidRows]:
    """The rows that a total may count: their owners, which of them surely count (None: all), and their days."""
    rows = matching.cached(("paid", field), lambda: paid_rows(*map(matching.column, ("start", "end", field))))
    may = np.flatnonzero(matching.may)
    sure = matching.surely[may]
    if len(may) < len(matching.may):
        return matching.owners[may], None if sure.all() else sure, rows.take(may)
    return matching.owners, None if sure.all() else sure, rows


def _sums(owners: Rows, numbers: Ints, size: int) -> Ints:
    """The sum of the numbers of each row. Exact: no sum comes near 2 ** 53."""
    return np.bincount(owners, weights=numbers, minlength=size).astype(np.int64)


def _count(derivation: Derivation) -> Aggregate:
    if derivation.field:
        return _size(derivation.field)
    list_name, where = derivation.over, derivation.where or TRUE

    def compute(view: RowView) -> Column:
        matching = MatchingItems(view, list_name, where)
        sure = np.bincount(matching.owners[matching.surely], minlength=view.size).astype(np.int64)
        most = np.bincount(matching.owners[matching.may], minlength=view.size).astype(np.int64)
        return matching.where_listed(
            between("integer", sure, np.where(matching.complete_from == FIRST_ORDINAL, most, NO_HIGH))
        )

    return compute


def _size(field: str) -> Aggregate:
    """How many words a set of the item has, or days a field of days."""

    def size(view: RowView) -> Column:
        data = view.block.items[view.list_name]
        assert view.items is not None
        values = data.fields[field]
        if isinstance(values, Days):
            number = (values.starts[1:] - values.starts[:-1])[view.items]
            none = view.masked(view.block.complete_field(view.list_name, field))
            code = code_where(values.known[view.items] | none, Code.PRESENT, Code.UNKNOWN)
            return _open_where(number, code)
        column = values.take(view.items)
        codes = column.codes()
        number = np.bitwise_count(np.where(codes == Code.PRESENT, column.low, 0)).astype(np.int64)
        return _open_where(number, code_where(codes == Code.UNKNOWN, Code.UNKNOWN, Code.PRESENT))

    return size


def _open_where(number: Ints, code: NDArray[np.uint8]) -> Column:
    there = code == Code.PRESENT
    return Column("integer", np.where(there, number, NO_LOW), np.where(there, number, NO_HIGH), code)


def _any(derivation: Derivation) -> Aggregate:
    count = _count(derivation)

    def compute(view: RowView) -> Column:
        counts = count(view)
        counted = counts.codes() == Code.PRESENT
        at_least_1, is_zero = counted & (counts.low > 0), counted & (counts.high == 0)
        value = at_least_1.astype(np.int64)
        return Column("boolean", value, value, code_where(at_least_1 | is_zero, Code.PRESENT, Code.UNKNOWN))

    return compute


def _extreme_day(latest: bool) -> Callable[[Derivation], Aggregate]:
    def build(derivation: Derivation) -> Aggregate:
        list_name, field, where = derivation.over, derivation.field, derivation.where or TRUE
        if lists()[list_name].fields[field].type == "dates":
            return _extreme_of_item(list_name, field, latest)

        def compute(view: RowView) -> Column:
            matching = MatchingItems(view, list_name, where)
            return matching.where_listed((_latest if latest else _earliest)(matching, field, view))

        return compute

    return build


def _extreme_of_item(list_name: str, field: str, latest: bool) -> Aggregate:
    """The first or last of the days that an item lists, up to the day of decision."""

    def compute(view: RowView) -> Column:
        assert view.items is not None
        rows, days = listed_days(view, list_name, field, view.items)
        pick, empty = (np.maximum, NO_LOW) if latest else (np.minimum, NO_HIGH)
        day = _extreme(pick, rows, days, days <= view.block.today, view.size, empty)
        known = view.block.items[list_name].days(field).known[view.items]
        known = known | view.masked(view.block.complete_field(list_name, field))
        return _day(day != empty, ~known, day, day)

    return compute


@dataclass(slots=True, eq=False)
class _RowDays:
    """The days of some rows that an aggregate may count.

    Attributes:
        owners: shape (m,), intp, the row of the view to which each belongs.
        surely: shape (m,), bool, the rows that surely count, on a known day.
        first, last: shape (m,), int64, the first and the last day of each row, up to the day of decision.
    """

    owners: Rows
    surely: Bools
    first: Ints
    last: Ints


def _dated(matching: MatchingItems, field: str, view: RowView) -> _RowDays:
    """The rows that count on some day up to the day of decision, surely or perhaps."""
    day, today = matching.column(field), view.block.today
    code = day.codes()
    known = code == Code.PRESENT
    may = matching.may & (code != Code.ABSENT)
    first = last = day.low
    if not known.all():
        low, high = open_days(view.block, matching.list_name, field)
        first = np.where(known, day.low, np.maximum(low[matching.items], FIRST_ORDINAL))
        last = np.where(known, day.low, np.minimum(high[matching.items], today))
    rows = np.flatnonzero(may & (first <= last) & (first <= today))
    return _RowDays(matching.owners[rows], (matching.surely & known)[rows], first[rows], last[rows])


def _latest(matching: MatchingItems, field: str, view: RowView) -> Column:
    rows = _dated(matching, field, view)
    sure = _extreme(np.maximum, rows.owners, rows.first, rows.surely, view.size, NO_LOW)
    every = np.ones(len(rows.owners), np.bool_)
    last = _extreme(np.maximum, rows.owners, rows.last, every, view.size, NO_LOW)
    incomplete = matching.complete_from > FIRST_ORDINAL
    last = np.maximum(last, np.where(incomplete, np.minimum(matching.complete_from - 1, view.block.today), NO_LOW))
    first = _extreme(np.minimum, rows.owners, rows.first, every, view.size, NO_HIGH)
    return _between_days(sure > NO_LOW, sure, last, np.where(incomplete, FIRST_ORDINAL, first), last)


def _earliest(matching: MatchingItems, field: str, view: RowView) -> Column:
    rows = _dated(matching, field, view)
    sure = _extreme(np.minimum, rows.owners, rows.first, rows.surely, view.size, NO_HIGH)
    every = np.ones(len(rows.owners), np.bool_)
    first = _extreme(np.minimum, rows.owners, rows.first, every, view.size, NO_HIGH)
    last = _extreme(np.maximum, rows.owners, rows.last, every, view.size, NO_LOW)
    incomplete = matching.complete_from > FIRST_ORDINAL
    first = np.where(incomplete, FIRST_ORDINAL, first)
    last = np.maximum(last, np.where(incomplete, np.minimum(matching.complete_from - 1, view.block.today), NO_LOW))
    # a sure first day of all days is no open bound
    low = np.where((first == FIRST_ORDINAL) & (sure > FIRST_ORDINAL), NO_LOW, first)
    return _between_days(sure < NO_HIGH, low, sure, first, last)


def _between_days(any_sure: Bools, low: Ints, high: Ints, first: Ints, last: Ints) -> Column:
    """A day between ``low`` and ``high`` where one is sure; elsewhere one from ``first`` to ``last``, or none."""
    possible = last > NO_LOW
    code = code_where(any_sure, Code.PRESENT, code_where(possible, Code.MAYBE, Code.ABSENT))
    least = np.where(any_sure, low, np.where(first == FIRST_ORDINAL, NO_LOW, first))
    return between("date", np.where(code == Code.ABSENT, NO_LOW, least), np.where(any_sure, high, last), code)


def _day(any_sure: Bools, possible_day: Bools, low: Ints, high: Ints) -> Column:
    """Days between bounds where one is sure; elsewhere open if there may be one, and absent if there is none."""
    code = code_where(any_sure, Code.PRESENT, code_where(possible_day, Code.UNKNOWN, Code.ABSENT))
    return between("date", np.where(any_sure, low, NO_LOW), np.where(any_sure, high, NO_HIGH), code)


def _extreme(pick: Any, owners: Rows, days: Ints, counted: Bools, size: int, empty: int) -> Ints:
    extremes = np.full(size, empty, np.int64)
    pick.at(extremes, owners[counted], days[counted])
    return extremes


def _reached(derivation: Derivation) -> Aggregate:
    list_name, field, where = derivation.over, derivation.field, derivation.where or TRUE
    limits = [
        (compiled(limit.amount), window_of(None if limit.start is None else Window(limit.start, None)))
        for limit in derivation.limits
    ]

    def compute(view: RowView) -> Column:
        matching = MatchingItems(view, list_name, where)
        if not matching.known.any():
            return view.empty("date")
        owners, sure, rows = matching.cached(("paid", where, field), lambda: _paid(matching, field))
        reached = np.full(view.size, NO_HIGH, np.int64)
        earliest = np.full(view.size, NO_HIGH, np.int64)
        open_ended, unknown = np.zeros(view.size, np.bool_), np.zeros(view.size, np.bool_)
        for read_amount, window in limits:
            amount = read_amount(view)
            codes = amount.codes()
            known = (codes == Code.PRESENT) & (amount.low == amount.high)
            unknown |= ~known & (codes != Code.ABSENT)
            surely, possibly = window(view)
            spans = _Paid(owners, sure, rows, surely, possibly, view.size)
            open_ended |= known & (matching.complete_from > possibly.begin)
            first, last = (spans.first_day(np.where(known, amount.low, 0), possible) for possible in (True, False))
            earliest = np.where(known, np.minimum(earliest, first), earliest)
            reached = np.where(known, np.minimum(reached, last), reached)
        surely_reached = reached < NO_HIGH
        possible = open_ended | (earliest < NO_HIGH)
        code = code_where(surely_reached, Code.PRESENT, code_where(possible, Code.UNKNOWN, Code.ABSENT))
        low = np.where(surely_reached & ~open_ended, earliest, NO_LOW)
        column = between("date", low, np.where(surely_reached, reached, NO_HIGH), code)
        return matching.where_listed(unknown_where(unknown, column) if unknown.any() else column)

    return compute


class _Paid:
    """The paid days of each row of a view up to any day within a window."""

    def __init__(
        self, owners: Rows, sure: Bools | None, rows: PaidRows, surely: Span, possibly: Span, size: int
    ) -> None:
        self.owners, self.sure, self.rows = owners, sure, rows
        self.surely, self.possibly, self.size = surely, possibly, size

    def first_day(self, amount: Ints, possible: bool) -> Ints:
        """The first day by whose end so many days surely (or possibly) are paid: shape (n,), int64; NO_HIGH: none."""
        stop = self.possibly.end if possible else self.surely.end
        low = np.broadcast_to(np.asarray(self.possibly.begin, np.int64) - 1, self.size).copy()
        high = np.broadcast_to(np.asarray(stop, np.int64) - 1, self.size).copy()
        there = (high > low) & (self._paid_by(np.maximum(high, FIRST_ORDINAL), possible) >= amount)
        searched = there & (high - low > 1)
        while searched.any():
            middle = (low + high) // 2
            enough = self._paid_by(np.maximum(middle, FIRST_ORDINAL), possible) >= amount
            high = np.where(searched & enough, middle, high)
            low = np.where(searched & ~enough, middle, low)
            searched = there & (high - low > 1)
        return np.where(there, high, NO_HIGH)

    def _paid_by(self, day: Ints, possible: bool) -> Ints:
        surely = Span(self.surely.begin, np.minimum(self.surely.end, day + 1))
        possibly = Span(self.possibly.begin, np.minimum(self.possibly.end, day + 1))
        least, most = days_within(self.rows, self.owners, surely, possibly, ())
        if possible:
            return _sums(self.owners, most, self.size)
        return _sums(self.owners, least if self.sure is None else least * self.sure, self.size)


_BUILDERS: dict[str, Callable[[Derivation], Aggregate]] = {
    "total": _total,
    "count": _count,
    "any": _any,
    "latest": _extreme_day(latest=True),
    "earliest": _extreme_day(latest=False),
    "peak": peak,
    "unbroken": unbroken,
    "reached": _reached,
    "gaps_at_most": gaps_at_most,
}
