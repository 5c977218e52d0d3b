"""A register as columns of cells, for checking it whole: the rows of some thousand clients at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from aava_rules.adapters import BadRow, Row
from aava_rules.mapping import NOT_FOUND, Child, ColumnBatch, Columns, Section, SourceRow, duplicate
from aava_rules_sql.copies import CopiedRows, copies, lists_of
from aava_rules_sql.queries import Query
from aava_rules_sql.register import Pages

CLIENTS_TOGETHER: Final = 16_384
"""Clients whose rows are held at once."""

_FIRST: Final = itemgetter(0)
_LEFT_OUT: Final = -1
_STRANGER: Final = -2

Others = list[Row | BadRow]


class ColumnPages(Pages):
    """A register that is being read as columns.

    Attributes:
        copies: whether the database copies its rows out.
    """

    copies = False

    def rows_of(self, query: Query, low: Any, high: Any) -> FetchedRows | CopiedRows:
        """The rows of a query of the clients whose keys are greater than ``low`` and at most ``high``.

        Raises:
            AdapterError: the database did not send them all.
        """
        statement = query.within(low, high)
        if self.copies:
            return CopiedRows(self.connection, self.where(query.table.name), query, statement)
        return FetchedRows(self.stream(query, statement), query)

    def batches(self) -> Iterator[ColumnBatch]:
        """The clients in the order of their keys, with their rows; what belongs to nobody comes with the first."""
        others: Others = list(self.lost())
        self.copies = copies(self.schema.dialect)
        for low, high in self.ranges(CLIENTS_TOGETHER):
            yield _Batch(self, low, high, others).made()
            others = []


class _Batch:
    """The clients of one range of keys."""

    def __init__(self, pages: ColumnPages, low: Any, high: Any, others: Others) -> None:
        self._pages, self._mapping, self._others = pages, pages.mapping, others
        self._low, self._high = low, high
        self._numbers: dict[Any, int] = {}
        self._first = pages.number
        self._keys: list[Any] = []
        self._places: dict[str, list[list[int]]] = {}
        self._clients = self._read_clients()
        self._rows = {name: self._read(of, query) for name, of, query in pages.parts.lists()}

    def made(self) -> ColumnBatch:
        """The batch. The rows are held as long as it is."""
        return ColumnBatch(self._clients, self._rows, self._record, self._others)

    # -- clients

    def _read_clients(self) -> Columns:
        section, query = self._mapping.clients, self._pages.parts.clients
        rows = self._pages.rows_of(query, self._low, self._high)
        keys = rows.keys()
        self._pages.number += len(keys)
        self._readers = {"": rows.readers}
        looked_at = {query.table.head(name) for name in section.filter.columns}
        filtered = lists_of(rows.parts, sorted(looked_at))
        kept: list[int] = []
        for number, key in enumerate(keys):
            # the filter looks at few cells, and most registers have none
            left_out = bool(filtered) and not self._mapping.counts(section, _row(filtered, rows.readers, number, ""))
            if key not in self._numbers:
                self._numbers[key] = _LEFT_OUT if left_out else len(kept)
                if not left_out:
                    kept.append(number)
            elif not left_out:
                self._others.append(duplicate(self._client(rows.parts, number, key, number), section))
        if keys:
            self._pages.register.last = keys[-1]
        if len(kept) < len(keys):
            rows.keep(kept)
        self._keys = [keys[number] for number in kept]
        self._kept = kept
        return Columns(len(kept), range(len(kept)), rows.parts, rows.readers)

    def _client(self, cells: Mapping[str, Sequence[Any]], number: int, key: Any, counted: int) -> SourceRow:
        place = self._pages.client_place(self._mapping.text(key), self._first + counted + 1)
        return _row(cells, self._readers[""], number, place)

    # -- rows

    def _read(self, of: Section | Child, query: Query) -> Columns:
        """The rows of a query that belong to the clients; those that belong to none go to the others."""
        rows = self._pages.rows_of(query, self._low, self._high)
        owners, some_negative = rows.owners(self._numbers, _STRANGER)
        size = rows.size
        if some_negative:
            owners = list(owners)
            if isinstance(of, Section):
                self._set_apart(of, rows, owners)
            mine = [number for number, owner in enumerate(owners) if owner >= 0]
            rows.keep(mine)
            owners = [owners[number] for number in mine]
            size = len(mine)
        return Columns(size, owners, rows.parts, rows.readers)

    def _set_apart(self, of: Section, rows: FetchedRows | CopiedRows, owners: list[int]) -> None:
        strangers: dict[Any, list[SourceRow]] = {}
        keys = rows.keys()
        for number, owner in enumerate(owners):
            if owner == _STRANGER:
                key = keys[number]
                row = _row(rows.parts, rows.readers, number, "")
                if self._mapping.counts(of, row):
                    place = self._pages.place(of, row.cells, self._mapping.text(key))
                    strangers.setdefault(key, []).append(SourceRow(place, row.cells))
        self._others.extend(self._pages.strangers(of, strangers, set()))

    # -- one client

    def _record(self, client: int) -> Row | BadRow:
        """The record of one client, row by row."""
        mine: dict[str, list[SourceRow]] = {}
        key = self._keys[client]
        owner = self._mapping.text(key)
        for name, of, _ in self._pages.parts.lists():
            columns = self._rows[name]
            if name not in self._places:
                self._places[name] = _by_owner(columns.owners, self._clients.rows)
            rows = [_row(columns.cells, columns.readers, number, "") for number in self._places[name][client]]
            mine[name] = [SourceRow(self._pages.place(of, row.cells, owner), row.cells) for row in rows]
        return self._mapping.record(self._client(self._clients.cells, client, key, self._kept[client]), mine)


class FetchedRows:
    """The rows of a query as the driver fetches them.

    Attributes:
        size: how many there are.
        parts: the cells by name, as the database gives them.
        readers: what makes cells of Python of those, by name, where they are not that already.
    """

    def __init__(self, stream: Iterator[Sequence[Any]], query: Query) -> None:
        """Read all rows of ``stream``, which are those of ``query``. Raises AdapterError if they do not all come."""
        self._keys: list[Any] = []
        self.parts: dict[str, list[Any]] = {name: [] for name in query.names}
        for part in stream:
            # not by zip, whose iterators, one a row, would keep the garbage collector at work
            owners = map(_FIRST, part)
            self._keys += owners if query.key is None else map(query.key, owners)
            for name, at, _ in query.columns:
                self.parts[name] += map(itemgetter(at), part)
            for name, at, there, _ in query.found:
                self.parts[name] += [row[at] if row[there] else NOT_FOUND for row in part]
        self.size = len(self._keys)
        self.readers = {name: read for name, _, read in query.columns if read is not None}
        self.readers |= {name: read for name, _, _, read in query.found if read is not None}

    def keys(self) -> list[Any]:
        """The client's key in each row."""
        return self._keys

    def owners(self, numbers: Mapping[Any, int], stranger: int) -> tuple[list[int], bool]:
        """The number of each row's client, and whether any of them is negative.

        Args:
            numbers: the numbers by key.
            stranger: the number of clients who are not among them.
        """
        owners = [numbers.get(key, stranger) for key in self._keys]
        return owners, bool(owners) and min(owners) < 0

    def keep(self, numbers: list[int]) -> None:
        """Keep the cells of the rows ``numbers`` and no others; keys and owners stay as they are."""
        self.parts = {name: [cells[number] for number in numbers] for name, cells in self.parts.items()}


def _row(parts: Mapping[str, Sequence[Any]], readers: Mapping[str, Any], number: int, place: str) -> SourceRow:
    """The row of a number, with the cells that it has: what a lookup did not find is not there."""
    cells = {name: column[number] for name, column in parts.items() if column[number] is not NOT_FOUND}
    for name, read in readers.items():
        if name in cells:
            cells[name] = read(cells[name])
    return SourceRow(place, cells)


def _by_owner(owners: Sequence[int], clients: int) -> list[list[int]]:
    places: list[list[int]] = [[] for _ in range(clients)]
    for number, owner in enumerate(owners):
        places[owner].append(number)
    return places
