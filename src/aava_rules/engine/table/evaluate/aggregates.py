"""Totals, counts, first and last days and existence over the items of every client.

The same as `aava_rules.engine.reference.aggregates`, a column at a time. What an item surely or possibly adds comes
from its condition and its window; a list that is not complete from the beginning leaves the upper bound open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aava_rules.engine.table.block import Rows, RowView
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Bools, Code, Column, Days, Ints, between, code_where
from aava_rules.engine.table.evaluate.attendance import gaps_at_most, listed_days, peak
from aava_rules.engine.table.evaluate.items import MatchingItems
from aava_rules.engine.table.evaluate.windows import PaidRows, days_within, paid_rows, window_of
from aava_rules.language.dates import FIRST_ORDINAL
from aava_rules.language.syntax import TRUE
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import Derivation

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


def _dated(matching: MatchingItems, field: str, view: RowView) -> tuple[Column, Bools, Bools, Bools]:
    """The days of the rows; those that surely count, those that may, and the clients with a row without a day."""
    day = matching.column(field)
    code = day.codes()
    counts = matching.may & (code == Code.PRESENT) & (day.low <= view.block.today)
    undated = np.zeros(view.size, np.bool_)
    undated[matching.owners[matching.may & (code == Code.UNKNOWN)]] = True
    return day, counts & matching.surely, counts, undated


def _latest(matching: MatchingItems, field: str, view: RowView) -> Column:
    day, surely, may, undated = _dated(matching, field, view)
    sure = _extreme(np.maximum, matching.owners, day.low, surely, view.size, NO_LOW)
    last = _extreme(np.maximum, matching.owners, day.low, may, view.size, NO_LOW)
    incomplete = matching.complete_from > FIRST_ORDINAL
    last = np.maximum(last, np.where(incomplete, matching.complete_from - 1, NO_LOW))
    last = np.maximum(last, np.where(undated, view.block.today, NO_LOW))
    any_sure = sure > NO_LOW
    possible_day = (
        undated | incomplete | (_extreme(np.maximum, matching.owners, day.low, may, view.size, NO_LOW) > NO_LOW)
    )
    return _day(any_sure, possible_day, sure, last)


def _earliest(matching: MatchingItems, field: str, view: RowView) -> Column:
    day, surely, may, undated = _dated(matching, field, view)
    sure = _extreme(np.minimum, matching.owners, day.low, surely, view.size, NO_HIGH)
    first = _extreme(np.minimum, matching.owners, day.low, may, view.size, NO_HIGH)
    any_sure, any_day = sure < NO_HIGH, first < NO_HIGH
    incomplete = matching.complete_from > FIRST_ORDINAL
    return _day(any_sure, undated | incomplete | any_day, np.where(undated | incomplete, NO_LOW, first), sure)


def _day(any_sure: Bools, possible_day: Bools, low: Ints, high: Ints) -> Column:
    """Days between bounds where one is sure; elsewhere open if there may be one, and absent if there is none."""
    code = code_where(any_sure, Code.PRESENT, code_where(possible_day, Code.UNKNOWN, Code.ABSENT))
    return between("date", np.where(any_sure, low, NO_LOW), np.where(any_sure, high, NO_HIGH), code)


def _extreme(pick: Any, owners: Rows, days: Ints, counted: Bools, size: int, empty: int) -> Ints:
    extremes = np.full(size, empty, np.int64)
    pick.at(extremes, owners[counted], days[counted])
    return extremes


_BUILDERS: dict[str, Callable[[Derivation], Aggregate]] = {
    "total": _total,
    "count": _count,
    "any": _any,
    "latest": _extreme_day(latest=True),
    "earliest": _extreme_day(latest=False),
    "peak": peak,
    "gaps_at_most": gaps_at_most,
}
