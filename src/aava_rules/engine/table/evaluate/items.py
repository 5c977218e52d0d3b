"""The items of every row's client that a condition takes in, surely or possibly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import numpy as np

from aava_rules.engine.table.block import Rows, RowView
from aava_rules.engine.table.columns import Bools, Code, Column, Days, Ints, unknown_where
from aava_rules.engine.table.evaluate.terms import compiled_test
from aava_rules.engine.table.evaluate.tests import Truth
from aava_rules.language.syntax import Condition

T = TypeVar("T")


class MatchingItems:
    """The items of one list and the truth of a condition in them, client by client.

    Attributes:
        owners: shape (m,), intp, the row of the view to which each item belongs.
        surely, may: shape (m,), bool, the items that the condition surely takes in, and those that it may.
        known: shape (n,), bool, the rows whose list is known.
        complete_from: shape (n,), int64, the ordinal of the day from which the list is complete.
        list_name: the list.
    """

    def __init__(self, view: RowView, list_name: str, where: Condition) -> None:
        self._items = _items_view(view, list_name)
        self.owners: Rows = view.owners_of_items(list_name)
        data = view.block.items[list_name]
        self.known: Bools = view.masked(data.known)
        since = data.complete_from
        self.complete_from: Ints = since if view.clients is None else since[view.clients]
        self.list_name = list_name
        self._list = data
        truth: Truth = self.cached(("where", where), lambda: compiled_test(where)(self._items))
        self.surely: Bools = truth.holds
        self.may: Bools = ~truth.fails
        if list_name == "events":
            dated, out = self.cached("days of events", lambda: self._days_of_events(view.block.today))
            self.surely, self.may = self.surely & dated & ~out, self.may & ~out

    def _days_of_events(self, today: int) -> tuple[Bools, Bools]:
        """The events that have a day, and those that are not counted: after the day of decision, ``today``, or known to
        have no day.
        """
        day = self.column("on")
        codes = day.codes()
        dated: Bools = codes == Code.PRESENT
        return dated, (dated & (day.low > today)) | (codes == Code.ABSENT)

    def cached(self, key: Any, work_out: Callable[[], T]) -> T:
        """The value under ``key`` of what is the same for all facts that read these items; ``work_out`` computes it
        once.
        """
        memo = self._items.memo
        if key not in memo:
            memo[key] = work_out()
        value: T = memo[key]
        return value

    def column(self, field: str) -> Column:
        """The field ``field`` of the items, which holds one value, with one row an item."""
        return self.cached(("field", field), lambda: self._field(field))

    def _field(self, field: str) -> Column:
        column = self._list.column(field)
        return column if self.cached("whole", self._is_whole) else column.take(self.items)

    def _is_whole(self) -> bool:
        """Whether the items are all of the block, in their order; as many may as well be some of them twice."""
        every = len(self._list)
        return len(self.items) == every and bool((self.items == np.arange(every)).all())

    def days(self, field: str) -> Days:
        """The field ``field``, which holds several days, of every item of the block."""
        return self._list.days(field)

    @property
    def clients(self) -> Rows:
        """The client of each item in the block."""
        return self._list.client[self.items]

    @property
    def items(self) -> Rows:
        """The number of each item in the block."""
        assert self._items.items is not None
        return self._items.items

    def where_listed(self, column: Column) -> Column:
        """``column``, of which nothing is known in the rows whose list is not known."""
        if self.known.all():
            return column
        return unknown_where(~self.known, column)


def _items_view(view: RowView, list_name: str) -> RowView:
    """The view of all items; shared by all facts that are judged on one day of all clients."""
    shared = view.clients is None and isinstance(view.judged, date)
    memo = view.block.memo if shared else view.memo
    key = ("items of", list_name, view.judged if shared else None)
    if key not in memo:
        memo[key] = view.items_view(list_name)
    items: RowView = memo[key]
    return items
