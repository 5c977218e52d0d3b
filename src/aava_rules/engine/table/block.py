"""Some clients of a table with all their items, in arrays, and the rows that rules are asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.table.columns import Bools, Column, Days, Ints, Words, unknown

if TYPE_CHECKING:
    from aava_rules.engine.table.arrays import Values
    from aava_rules.rulebook.model import Parts

Rows = NDArray[np.intp]
Value = TypeVar("Value")


class LazyMapping(Mapping[str, Value], Generic[Value]):
    """A mapping whose values are computed when they are first read."""

    __slots__ = ("_make", "_names", "_values")

    def __init__(self, names: Iterable[str], make: Callable[[str], Value]) -> None:
        self._names = dict.fromkeys(names)
        self._make = make
        self._values: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            if name not in self._names:
                raise KeyError(name)
            self._values[name] = self._make(name)
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(slots=True, eq=False)
class Items:
    """The items of one list of a block.

    Attributes:
        client: shape (m,), intp, the client of each item, as its row in the block.
        starts: shape (n + 1,), int64: the items of client i are the rows ``starts[i]`` to ``starts[i + 1]``, in their
            order.
        known: shape (n,), bool, whose list is known.
        complete_from: shape (n,), int64, the ordinal of the day from which the list is complete; that of FIRST_DAY if
            it is so from the beginning.
        fields: a Column for each field (`Days` for fields of several days). A row that lacks the field is
            `Code.UNKNOWN` there, or `Code.ABSENT` where the client's record says that the field is complete.
    """

    client: Rows
    starts: NDArray[np.int64]
    known: Bools
    complete_from: Ints
    fields: Mapping[str, Column | Days]

    def __len__(self) -> int:
        return len(self.client)

    def column(self, name: str) -> Column:
        """The column of the field ``name``, which holds one value (or one set of words)."""
        field = self.fields[name]
        assert isinstance(field, Column)
        return field

    def days(self, name: str) -> Days:
        """The days of the field ``name``, which holds several."""
        field = self.fields[name]
        assert isinstance(field, Days)
        return field


class FactReader(Protocol):
    """What terms read that itself rests on terms: facts, steps and the day held inside an item.

    Terms read facts, and facts are derived by terms. So a block names its reader, and terms know it by this protocol
    only. Every method returns a Column with one row for each row of ``view``.
    """

    def fact(self, view: RowView, name: str) -> Column:
        """The fact or outcome ``name`` as it counts on the judged day of each row of ``view``."""

    def fact_in_round(self, view: RowView, name: str, which: str) -> Column:
        """The fact ``name``, of the client or item of each row of ``view``, where the current round is ``which``.

        See `aava_rules.compiler.rounds`.
        """

    def item_fact(self, view: RowView, name: str) -> Column:
        """The derived fact ``name`` (such as ``plan.option_count``) of the item of each row of ``view``."""

    def done(self, view: RowView, step: str, which: str, by: str) -> Column:
        """Whether ``step`` is done in the current round of the client of each row of ``view`` (boolean).

        ``which`` round it is asked of, and ``by`` what: see `aava_rules.compiler.rounds`.
        """

    def date_of(self, view: RowView, step: str, which: str) -> Column:
        """The day on which ``step`` was last done in the current round of the client of each row of ``view``.

        ``which`` round it is asked of: see `aava_rules.compiler.rounds`.
        """

    def day_in(self, view: RowView) -> Column:
        """The day of decision, moved inside the item of each row of ``view``."""


@dataclass(slots=True, eq=False)
class Block:
    """What is known of some clients on one day of decision.

    Attributes:
        size: how many clients there are (n).
        on: the day of decision.
        vocabulary: the facts of the rulebook and the plan of each.
        words: the numbers of words.
        client: the fields of the client by name.
        ready_made: the ready-made facts and outcomes by name, `Code.UNKNOWN` where a client has none.
        stated_on: the ordinal of the day of the facts of the day: one for all, or shape (n,), int64.
        items: the items by list.
        complete: by list and field, shape (n,), bool: for which clients an absent field means that there is none.
        overflow: shape (n,), bool, the clients whose numbers columns cannot hold, who are answered through their
            records; None: no client. Terms mark more of them as they are evaluated.
        exact_facts: the facts of ``ready_made`` without bounds, as the table has them.
        outcome: the column of an outcome that rules of a higher stratum read.
        fact_reader: what reads facts for terms; set while a session answers the block.
        memo: values that are computed once for all rows of the block.
    """

    size: int
    on: date
    vocabulary: Vocabulary
    words: Words
    client: Mapping[str, Column]
    ready_made: Mapping[str, Column]
    stated_on: Ints | int
    items: Mapping[str, Items]
    complete: Mapping[tuple[str, str], Bools]
    overflow: Bools | None = None
    exact_facts: Mapping[str, Values] = field(default_factory=dict)
    outcome: Callable[[str], Column] = field(default=lambda name: _nothing(name))
    fact_reader: FactReader | None = None
    memo: dict[Any, Any] = field(default_factory=dict)

    def forget(self) -> None:
        """Release all computed values, and the readers of facts and outcomes."""
        self.memo.clear()
        self.outcome = _nothing
        self.fact_reader = None

    @property
    def facts(self) -> FactReader:
        """What reads facts, steps and days held in items. Raises LookupError outside a session, which sets it."""
        if self.fact_reader is None:
            raise LookupError("facts of a block are read while a run answers it, or with a reader that was set")
        return self.fact_reader

    @property
    def overflow_mask(self) -> Bools:
        """The clients whose numbers columns cannot hold: shape (n,), bool.

        Read only; `RowView.mark_overflow` marks more.
        """
        return np.zeros(self.size, np.bool_) if self.overflow is None else self.overflow

    @property
    def parts(self) -> Parts:
        """The rulebook's parts."""
        return self.vocabulary.parts

    @property
    def today(self) -> int:
        """The day of decision, as an ordinal."""
        return self.on.toordinal()

    def complete_field(self, list_name: str, name: str) -> Bools:
        """For which clients an absent field ``name`` of ``list_name`` means that there is none: shape (n,), bool."""
        clients = self.complete.get((list_name, name))
        return np.zeros(self.size, np.bool_) if clients is None else clients


def _nothing(name: str) -> Column:
    raise LookupError(name)


Judged = date | Ints | None
"""The judged day of rows: one for all, an ordinal for each, or (None) not known."""


class RowView:
    """Rows that are asked together: clients of a block, or items of one of its lists.

    Attributes:
        block: the block whose clients or items they are.
        judged: the judged day of the rows: a date for all, ordinals of shape (n,), or None if it is not known.
        law: of a judged day that is not known, a day by whose law it is judged; None: that is not known either.
        list_name: the list whose items the rows are; empty for rows that are clients.
        clients: shape (n,), intp, the client of each row, as its row in the block; None: all clients in their order.
        items: shape (n,), intp, the item of each row, as its row in the list; None for rows that are clients.
        size: how many rows there are (n).
        memo: values that are computed once for these rows, such as the columns of terms.
    """

    __slots__ = ("block", "clients", "items", "judged", "law", "list_name", "memo", "size")

    def __init__(
        self, block: Block, judged: Judged, clients: Rows | None = None, list_name: str = "",
        items: Rows | None = None, law: date | None = None,
    ) -> None:  # fmt: skip
        self.block = block
        self.judged = judged
        self.law = law
        self.list_name = list_name
        self.items = items
        self.clients = clients if clients is not None or items is None else block.items[list_name].client[items]
        self.size = block.size if self.clients is None else len(self.clients)
        self.memo: dict[Any, Any] = {}

    @property
    def judged_by(self) -> Judged:
        """The days by whose law the rows are judged: the judged days, or a day of the same law; None: not known."""
        return self.law if self.judged is None else self.judged

    def of_clients(self, column: Column) -> Column:
        """The rows of ``column``, which has one row a client of the block, for the clients of these rows."""
        return column if self.clients is None else column.take(self.clients)

    def masked(self, of_clients: Bools) -> Bools:
        """The mask ``of_clients`` (one row a client of the block, bool) for the clients of these rows: shape (n,)."""
        return of_clients if self.clients is None else of_clients[self.clients]

    def mark_overflow(self, rows: Bools) -> None:
        """Have the clients of the rows of the mask ``rows`` (shape (n,), bool) answered through their records."""
        if rows.any():
            block = self.block
            block.overflow = marked = block.overflow_mask
            marked[rows if self.clients is None else self.clients[rows]] = True

    def items_view(self, list_name: str) -> RowView:
        """Every item of the list ``list_name`` that belongs to the clients of this view, judged on the same days.

        The rows come client by client. `owners_of_items` tells which row of this view each belongs to.
        """
        data = self.block.items[list_name]
        if self.clients is None:
            judged = self.judged if self.judged is None or isinstance(self.judged, date) else self.judged[data.client]
            return RowView(self.block, judged, data.client, list_name, np.arange(len(data)), self.law)
        _, items, owners = self._items_of(list_name)
        judged = self.judged if self.judged is None or isinstance(self.judged, date) else self.judged[owners]
        return RowView(self.block, judged, None, list_name, items, self.law)

    def owners_of_items(self, list_name: str) -> Rows:
        """The row of this view to which each row of `items_view` of ``list_name`` belongs, in the same order."""
        if self.clients is None:
            return self.block.items[list_name].client
        return self._items_of(list_name)[2]

    def _items_of(self, list_name: str) -> tuple[Rows, Rows, Rows]:
        positions: tuple[Rows, Rows, Rows] | None = self.memo.get(("items", list_name))
        if positions is None:
            assert self.clients is not None
            starts = self.block.items[list_name].starts
            counts = starts[self.clients + 1] - starts[self.clients]
            owners = np.repeat(np.arange(self.size), counts)
            first = np.repeat(starts[self.clients] - (np.cumsum(counts) - counts), counts)
            positions = self.memo["items", list_name] = (counts, first + np.arange(len(owners)), owners)
        return positions

    def empty(self, kind: str) -> Column:
        """A column of the type ``kind`` of which nothing is known."""
        return unknown(kind, self.size)
