"""A register as columns of cells, for checking it whole: the rows of some thousand clients at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from aava_rules.adapters import BadRow, Row
from aava_rules.mapping import NOT_FOUND, Child, ColumnBatch, Columns, Section, SourceRow, duplicate
from aava_rules_sql.queries import Query
from aava_rules_sql.register import Pages

CLIENTS_TOGETHER: Final = 16_384
"""Clients whose rows are held at once."""

_FIRST: Final = itemgetter(0)
_LEFT_OUT: Final = -1
_STRANGER: Final = -2

Others = list[Row | BadRow]


class ColumnPages(Pages):
    """A register that is being read as columns."""

    def batches(self) -> Iterator[ColumnBatch]:
        """The clients in the order of their keys, with their rows; what belongs to nobody comes with the first."""
        others: Others = list(self.lost())
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
        keys, parts = self._columns(query)
        self._pages.number += len(keys)
        filtered = bool(section.filter.columns)
        readers = _readers(query)
        kept: list[int] = []
        for number, key in enumerate(keys):
            # the filter looks at few cells, and most registers have none
            left_out = filtered and not self._mapping.counts(section, _row(parts, readers, number, ""))
            if key not in self._numbers:
                self._numbers[key] = _LEFT_OUT if left_out else len(kept)
                if not left_out:
                    kept.append(number)
            elif not left_out:
                self._others.append(duplicate(self._client(parts, number, key, number), section))
        if keys:
            self._pages.register.last = keys[-1]
        if len(kept) < len(keys):
            parts = {name: [cells[number] for number in kept] for name, cells in parts.items()}
        self._keys = [keys[number] for number in kept]
        self._kept = kept
        return Columns(len(kept), range(len(kept)), parts, readers)

    def _client(self, cells: Mapping[str, Sequence[Any]], number: int, key: Any, counted: int) -> SourceRow:
        place = self._pages.client_place(self._mapping.text(key), self._first + counted + 1)
        return _row(cells, _readers(self._pages.parts.clients), number, place)

    # -- rows

    def _columns(self, query: Query) -> tuple[list[Any], dict[str, list[Any]]]:
        """The client's key in each row of a query, and its cells by name, as the database gives them."""
        keys: list[Any] = []
        parts: dict[str, list[Any]] = {name: [] for name in query.names}
        for part in self._pages.stream(query, query.within(self._low, self._high)):
            # not by zip, whose iterators, one a row, would keep the garbage collector at work
            owners = map(_FIRST, part)
            keys += owners if query.key is None else map(query.key, owners)
            for name, at, _ in query.columns:
                parts[name] += map(itemgetter(at), part)
            for name, at, there, _ in query.found:
                parts[name] += [row[at] if row[there] else NOT_FOUND for row in part]
        return keys, parts

    def _read(self, of: Section | Child, query: Query) -> Columns:
        """The rows of a query that belong to the clients; those that belong to none go to the others."""
        keys, parts = self._columns(query)
        owners = [self._numbers.get(key, _STRANGER) for key in keys]
        readers = _readers(query)
        if owners and min(owners) < 0:
            if isinstance(of, Section):
                self._set_apart(of, keys, parts, readers, owners)
            mine = [number for number, owner in enumerate(owners) if owner >= 0]
            parts = {name: [cells[number] for number in mine] for name, cells in parts.items()}
            owners = [owners[number] for number in mine]
        return Columns(len(owners), owners, parts, readers)

    def _set_apart(
        self, of: Section, keys: list[Any], parts: dict[str, list[Any]], readers: Mapping[str, Any], owners: list[int]
    ) -> None:
        strangers: dict[Any, list[SourceRow]] = {}
        for number, owner in enumerate(owners):
            if owner == _STRANGER:
                key = keys[number]
                row = _row(parts, readers, number, "")
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


def _readers(query: Query) -> dict[str, Any]:
    readers = {name: read for name, _, read in query.columns if read is not None}
    return readers | {name: read for name, _, _, read in query.found if read is not None}


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
