"""A client register in a database: its records, page by page of clients, out of one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aava_rules.adapters import BadRow, Row
from aava_rules.language.errors import AdapterError
from aava_rules.mapping import Child, ColumnBatch, Section, SourceMapping, SourceRow, duplicate
from aava_rules.mapping.identity import is_identity_code
from aava_rules_sql.database import Database, stream
from aava_rules_sql.problems import attempt
from aava_rules_sql.queries import Query, child_query, clients_query, orphans_query, section_query
from aava_rules_sql.tables import Schema

CLIENTS_AT_ONCE: Final = 1_000
"""Clients whose rows are held at once where records are made one by one."""
MOST_LOST: Final = 20
"""Rows without a client that are reported one by one for each table; the rest is counted."""
SPACES: Final = " \t\r\n\u00a0\u2007\u2009\u202f\ufeff"
"""What a mapping takes off around a text."""


class SqlRegister:
    """A client register in a database, as a mapping reads it.

    Attributes:
        database: the database.
        mapping: the mapping.
        last: the key, as the database has it, of the client after whom reading goes on (``after``); None before the
            first. It is set when the next record is asked for, so that after an error it is that of the last client
            whose record was delivered.
    """

    def __init__(self, source: Path | str, mapping: SourceMapping) -> None:
        """A register; nothing is read yet.

        Args:
            source: the path of an SQLite file, or of a text file ``.dburl`` with the URL of a database in it;
                ``env:NAME`` for the URL in an environment variable; or a URL.
            mapping: the mapping, as `aava_rules.mapping.load` gives it.

        Raises:
            AdapterError: the source names no database that can be read.
        """
        self.database, self.mapping = Database(source), mapping
        self.last: Any = None

    def __repr__(self) -> str:
        return f"<SqlRegister {self.database.name}>"

    def batches(self, after: Any = None) -> Iterator[ColumnBatch]:
        """The same clients as `rows` gives, as columns, so many together as fit well into memory.

        Args:
            after: a key as the database has it: only clients whose keys come after it are read.

        Raises:
            MappingError: the database lacks tables or columns that the mapping names.
            AdapterError: the database cannot be read, or not be read on; everything before it has been delivered.
        """
        from aava_rules_sql.columns import ColumnPages

        with self.database.snapshot() as connection:
            yield from ColumnPages(connection, self, after).batches()

    def rows(self, after: Any = None) -> Iterator[Row | BadRow]:
        """The records of all clients in the order of their keys, out of one snapshot; bad rows among them.

        Args:
            after: a key as the database has it: only clients whose keys come after it are read.

        Raises:
            MappingError: the database lacks tables or columns that the mapping names.
            AdapterError: the database cannot be read, or not be read on; everything before it has been delivered.
        """
        with self.database.snapshot() as connection:
            yield from Pages(connection, self, after).rows()


@dataclass(slots=True, eq=False)
class Parts:
    """The queries of a mapping: of its clients, and of each section and child with its rows' client."""

    clients: Query
    sections: list[tuple[Section, Query, list[tuple[Child, Query]]]]

    def lists(self) -> Iterator[tuple[str, Section | Child, Query]]:
        """The name of each section and child, what it is, and its query."""
        for section, query, children in self.sections:
            yield section.name, section, query
            for child, of_child in children:
                yield child.name, child, of_child


class Pages:
    """A register that is being read.

    Attributes:
        connection: the connection through which it is read.
        register: the register, whose ``last`` is kept up to date.
        mapping: the mapping.
        schema: the tables as the database has them.
        parts: the queries.
        number: how many clients have been read so far.
    """

    def __init__(self, connection: Connection, register: SqlRegister, after: Any) -> None:
        """Begin to read ``register`` through ``connection``, after the client whose key is ``after`` (None: all).

        Raises:
            MappingError: tables or columns are missing.
            AdapterError: the database cannot be read, or ``after`` is no key.
        """
        self.connection, self.register = connection, register
        self._database, self.mapping = register.database, register.mapping
        self.schema = Schema(connection, self._database, self.mapping)
        self.schema.check_lookups(self.mapping.lookups)
        self.parts = Parts(
            clients_query(self.schema, self.mapping.clients, [s for s in self.mapping.all_sections if s.own_row]),
            [
                (section, section_query(self.schema, section), [
                    (child, child_query(self.schema, section, child)) for child in section.children
                ])
                for section in self.mapping.sections
            ],
        )  # fmt: skip
        self.check_keys()
        self._after = self._key(after)
        register.last = self._after
        self.number = 0

    def _key(self, after: Any) -> Any:
        """``after`` as the database has keys: of numbers, a text may be the number."""
        section = self.mapping.clients
        assert section.key is not None
        kind = self.schema[section.table].kinds[section.key.name]
        if not isinstance(kind, sa.Integer) or not isinstance(after, str):
            return after
        if after.strip().lstrip("-").isdecimal():
            return int(after)
        raise AdapterError(f"{self.where(section.table)}: after is no key: {section.key.name} is a number.")

    def where(self, table: str) -> str:
        """What the table ``table`` is called in messages."""
        return f"{self._database.name}, {table}"

    # -- rows

    def rows(self) -> Iterator[Row | BadRow]:
        """All records, and bad rows where they stand."""
        yield from self.lost()
        for low, high in self.ranges(CLIENTS_AT_ONCE):
            yield from self._page(low, high)

    def ranges(self, clients: int) -> Iterator[tuple[Any, Any]]:
        """Ranges of keys with so many ``clients`` in each, one after the other: all keys lie in one of them.

        The first has no lower limit unless reading goes on after a client, and the last no upper one.
        """
        query, low = self.parts.clients, self._after
        keys = sa.select(query.owner).select_from(query.table.sql).where(query.owner.is_not(None)).order_by(query.owner)
        while True:
            statement = keys.offset(clients - 1).limit(1)
            if low is not None:
                statement = statement.where(query.owner > low)
            high = attempt(self.where(query.table.name), partial(self._scalar, statement))
            yield low, high
            if high is None:
                return
            low = high

    def _scalar(self, statement: sa.Select[Any]) -> Any:
        return self.connection.execute(statement).scalar()

    def stream(self, query: Query, statement: sa.Select[Any]) -> Iterator[Sequence[Any]]:
        """The rows of a query, some at a time as the server sends them; each part is a list of rows.

        Raises:
            AdapterError: the database did not send them all.
        """
        yield from stream(self.connection, self._database.dialect, self.where(query.table.name), statement)

    def source_rows(
        self, section: Section | Child, query: Query, statement: sa.Select[Any]
    ) -> Iterator[tuple[Any, SourceRow]]:
        """The rows of a query with their client's key, and the places at which they stand."""
        for part in self.stream(query, statement):
            for row in part:
                cells = query.cells(row)
                owner = query.owner_of(row)
                yield owner, SourceRow(self.place(section, cells, self.mapping.text(owner)), cells)

    def place(self, section: Section | Child, cells: Mapping[str, Any], owner: str) -> str:
        """Where a row of a list stands: by its own key, or by that of its client.

        Args:
            section: what the row is of.
            cells: its cells.
            owner: the key of its client.
        """
        identity = _identity(section)
        text = self.mapping.text(cells.get(identity)) if identity else ""
        if _showable(text):
            return f"{section.table} {identity} {text}"
        shown = _showable(owner) and not self.mapping.clients.key_hashed
        return f"{section.table}, client {owner}" if shown else section.table

    def client_place(self, key: str, number: int) -> str:
        """Where the row of a client stands: by its key, or by its number in the order of the keys.

        Args:
            key: the key as text.
            number: the number, from 1.
        """
        section = self.mapping.clients
        assert section.key is not None
        shown = _showable(key) and not section.key_hashed
        return f"{section.table} {section.key.name} {key}" if shown else f"{section.table}, row {number}"

    # -- pages

    def _page(self, low: Any, high: Any) -> Iterator[Row | BadRow]:
        clients = self.clients(low, high)
        grouped = self.grouped(low, high)
        keys: set[Any] = set()
        for key, client in clients:
            if self.mapping.counts(self.mapping.clients, client):
                if key in keys:
                    yield duplicate(client, self.mapping.clients)
                else:
                    yield self.mapping.record(
                        client, {name: rows[key] for name, rows in grouped.items() if key in rows}
                    )
            keys.add(key)
            self.register.last = key
        for section in self.mapping.sections:
            yield from self.strangers(section, grouped[section.name], keys)

    def clients(self, low: Any, high: Any) -> list[tuple[Any, SourceRow]]:
        """The clients of a range: the key and the row of each."""
        query = self.parts.clients
        clients = []
        for part in self.stream(query, query.within(low, high)):
            for row in part:
                self.number += 1
                key = query.owner_of(row)
                place = self.client_place(self.mapping.text(key), self.number)
                clients.append((key, SourceRow(place, query.cells(row))))
        return clients

    def grouped(self, low: Any, high: Any) -> dict[str, dict[Any, list[SourceRow]]]:
        """The rows of a range by section and child, and then by the key of the client."""
        grouped: dict[str, dict[Any, list[SourceRow]]] = {}
        for name, of, query in self.parts.lists():
            rows = grouped[name] = {}
            for owner, row in self.source_rows(of, query, query.within(low, high)):
                if self.mapping.counts(of, row):
                    rows.setdefault(owner, []).append(row)
        return grouped

    def strangers(self, section: Section, rows: dict[Any, list[SourceRow]], keys: set[Any]) -> Iterator[BadRow]:
        """The rows of a range that belong to none of its clients."""
        assert section.key is not None
        lost = [row for key, own in rows.items() if key not in keys for row in own]
        what = f"is of a client that {self.mapping.clients.table} does not have [AR168]."
        for row in lost[:MOST_LOST]:
            yield BadRow(row.place, f"column {section.key.name}: {what}")
        if len(lost) > MOST_LOST:
            yield BadRow(section.table, f"{len(lost) - MOST_LOST} more rows are of clients that are not there [AR168].")

    # -- what belongs to nobody

    def lost(self) -> Iterator[Row | BadRow]:
        """The rows that name no client, and how many rows of children belong to no item; before all else."""
        if self._after is not None:
            return  # they were told when reading began
        yield from self._keyless()
        for section, query, children in self.parts.sections:
            yield from self._ownerless(section, query)
            for child, _ in children:
                statement = orphans_query(self.schema, section, child)
                if statement is None:
                    continue
                count = attempt(self.where(child.table), partial(self._scalar, statement))
                if count:
                    yield BadRow(
                        child.table, f"{count} rows belong to no row of {section.table} by {child.item} [AR168]."
                    )

    def _keyless(self) -> Iterator[Row | BadRow]:
        query, section = self.parts.clients, self.mapping.clients
        if not self._may_lack(query, section):
            return
        for _, row in self.source_rows(section, query, query.without_owner()):
            self.number += 1
            client = SourceRow(f"{section.table}, row {self.number}", row.cells)
            if self.mapping.counts(section, client):
                yield self.mapping.record(client, {})

    def _ownerless(self, section: Section, query: Query) -> Iterator[BadRow]:
        assert section.key is not None
        if not self._may_lack(query, section):
            return
        count = 0
        for _, row in self.source_rows(section, query, query.without_owner()):
            if not self.mapping.counts(section, row):
                continue
            count += 1
            if count <= MOST_LOST:
                what = "says of no client whose row this is"
                yield BadRow(row.place, f"column {section.key.name}: {what} [AR165].")
        if count > MOST_LOST:
            yield BadRow(section.table, f"{count - MOST_LOST} more rows say of no client whose they are [AR165].")

    def _may_lack(self, query: Query, section: Section) -> bool:
        assert section.key is not None
        return bool(section.key.lookups) or section.key.name not in query.table.required

    def check_keys(self) -> None:
        """Raises:
        AdapterError: two clients have keys that differ for the database and are one for the mapping, which takes spaces
            off and does not tell numbers from texts, so that it would not be known whose rows are whose.
        """
        query, section = self.parts.clients, self.mapping.clients
        assert section.key is not None
        name, table, server = section.key.name, query.table, self._database.dialect == "postgresql"
        if (
            not isinstance(table.kinds[name], sa.String)
            if server
            else (name,) == table.primary and name in table.required
        ):
            return
        trim = sa.func.btrim if server else sa.func.trim
        one = (
            sa.select(sa.literal(1)).select_from(table.sql).group_by(trim(sa.cast(table.sql.c[name], sa.Text), SPACES))
        )
        several = one.having(sa.func.count(sa.distinct(table.sql.c[name])) > 1).limit(1)
        where = self.where(table.name)
        if attempt(where, partial(self._scalar, several)) is not None:
            raise AdapterError(
                f"{where}: two values of {name} differ only in spaces, or as number and text, and are one key for a "
                f"mapping. Give a view in which they are told apart."
            )


def _identity(section: Section | Child) -> str | None:
    """The column of a row's own key, if it may be shown and is the row's own."""
    if isinstance(section, Child) or section.id_hashed or not section.id or section.id[0].lookups:
        return None
    return section.id[0].name


def _showable(key: str) -> bool:
    """Whether a key may stand in a message: it is a short one, and no identity code."""
    return 0 < len(key) <= 60 and key.isprintable() and not is_identity_code(key)
