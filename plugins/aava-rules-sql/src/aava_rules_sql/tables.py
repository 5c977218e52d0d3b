"""The tables that a mapping reads, as a database has them: columns, types and keys, held against the mapping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aava_rules.language.errors import AdapterError
from aava_rules.mapping import Lookup, SourceMapping, SourceRow, TableUse
from aava_rules.mapping.tables import SourceTable
from aava_rules_sql.database import Database, Read, cell_reader, stream
from aava_rules_sql.problems import attempt


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table or view of a database.

    Attributes:
        name: its name in the mapping and in messages.
        sql: the table as SQLAlchemy writes it.
        kinds: the type of each of its columns by name.
        required: the names of the columns that are never null.
        unique: the sets of columns that no two rows have alike.
        primary: the names of the columns of its primary key, in order.
        references: the columns that refer to another table, each with the name of that table.
    """

    name: str
    sql: sa.TableClause
    kinds: Mapping[str, Any]
    required: frozenset[str]
    unique: frozenset[frozenset[str]] = frozenset()
    primary: tuple[str, ...] = ()
    references: frozenset[tuple[str, str]] = frozenset()
    readers: dict[str, Read | None] = field(default_factory=dict)

    def head(self, column: str) -> str:
        """The column of the table in which ``column`` of the mapping is: ``tiedot`` of ``tiedot.alku``."""
        return column if column in self.kinds else column.partition(".")[0]


class Schema:
    """The tables of a database that a mapping reads.

    Attributes:
        dialect: ``postgresql`` or ``sqlite``.
    """

    def __init__(self, connection: Connection, database: Database, mapping: SourceMapping) -> None:
        """Find the tables of ``mapping`` in ``database``, through ``connection``.

        Raises:
            MappingError: tables or columns are missing; all of them are told, at their lines in the mapping.
            AdapterError: the database cannot tell.
        """
        self.dialect, self._tables = database.dialect, dict[str, Table]()
        self._connection, self._database = connection, database
        inspector = attempt(database.name, lambda: sa.inspect(connection))
        others: dict[str, Iterable[str]] = {}
        for use in mapping.tables.values():
            schema = use.hints.get("schema")
            name = f"{database.name}, {use.name}"
            table = attempt(name, partial(self._table, inspector, use.name, schema))
            if table is None:
                others |= dict.fromkeys(attempt(name, partial(_names, inspector, schema)), ())
            else:
                self._tables[use.name] = table
        for gone in set(mapping.tables) & set(others):
            del others[gone]
        mapping.check_source(others | {name: [*table.kinds] for name, table in self._tables.items()}, by_schema=True)

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def _table(self, inspector: sa.Inspector, name: str, schema: str | None) -> Table | None:
        try:
            columns = inspector.get_columns(name, schema=schema)
        except sa.exc.NoSuchTableError:
            columns = []
        if not columns:
            return None
        kinds = {column["name"]: _plain(column["type"]) for column in columns}
        primary = tuple(inspector.get_pk_constraint(name, schema=schema)["constrained_columns"])
        unique = {frozenset(primary)} if primary else set()
        unique |= {frozenset(key["column_names"]) for key in inspector.get_unique_constraints(name, schema=schema)}
        unique |= {
            frozenset(str(column) for column in index["column_names"])
            for index in inspector.get_indexes(name, schema=schema)
            if index["unique"] and None not in index["column_names"] and not _partial(index)
        }
        references = {
            (key["constrained_columns"][0], key["referred_table"])
            for key in inspector.get_foreign_keys(name, schema=schema)
            if len(key["constrained_columns"]) == 1
        }
        required = {column["name"] for column in columns if not column["nullable"]}
        if len(primary) == 1 and isinstance(kinds[primary[0]], sa.Integer):
            required |= set(primary)  # SQLite says that it may be null, and lets only other types be so
        # what is selected has no type, so that SQLAlchemy hands over the cells as the driver gives them
        sql = sa.table(name, *(sa.column(column) for column in kinds), schema=schema)
        return Table(
            name, sql, kinds, frozenset(required), frozenset(unique), primary, frozenset(references),
            {column: cell_reader(kind, self.dialect) for column, kind in kinds.items()},
        )  # fmt: skip

    def typed(self, table: Table, column: str, of: sa.FromClause | None = None) -> Any:
        """A column with the type that it has in the schema, for comparisons: SQLite's columns have none that binds.

        Args:
            table: the table.
            column: the name of the column.
            of: an alias of the table; None for the table itself.
        """
        plain = (table.sql if of is None else of).c[column]
        return plain if self.dialect == "sqlite" else sa.type_coerce(plain, table.kinds[column])

    def _first(self, statement: sa.Select[Any]) -> Any:
        return self._connection.execute(statement).first()

    def check_lookups(self, lookups: tuple[Lookup, ...]) -> None:
        """Raises:
        AdapterError: a table has several rows for one key of a lookup, so that rows that are joined would be doubled.
        """
        for lookup in lookups:
            table = self[lookup.table]
            if frozenset({lookup.key}) in table.unique:
                continue
            key = table.sql.c[lookup.key]
            twice = sa.select(sa.literal(1)).where(key.is_not(None)).group_by(key).having(sa.func.count() > 1).limit(1)
            where = f"{self._database.name}, {table.name}"
            if attempt(where, partial(self._first, twice)) is not None:
                raise AdapterError(
                    f"{where}: several rows have one {lookup.key}, so that it cannot be looked up. "
                    f"Give a view with one row for each {lookup.key}."
                )


def source_tables(database: Database, uses: Mapping[str, TableUse] | None) -> list[SourceTable]:
    """The tables and views of a database.

    Args:
        database: the database.
        uses: what a mapping reads of each table; None: all tables and columns.

    Raises:
        AdapterError: the database cannot be read.
    """
    with database.snapshot() as connection:
        inspector = attempt(database.name, partial(sa.inspect, connection))
        listed = []
        for name in sorted(attempt(database.name, partial(_names, inspector, None))) if uses is None else uses:
            schema = None if uses is None else uses[name].hints.get("schema")
            columns = attempt(f"{database.name}, {name}", partial(inspector.get_columns, name, schema=schema))
            kinds = {
                column["name"]: _plain(column["type"])
                for column in columns
                if uses is None or column["name"] in uses[name].columns
            }
            sql = sa.table(name, *(sa.column(column) for column in kinds), schema=schema)
            rows = partial(_every_row, database, name, sql, kinds)
            listed.append(SourceTable(name, tuple(kinds), rows, tuple(str(kind) for kind in kinds.values())))
        return listed


def _every_row(database: Database, name: str, sql: sa.TableClause, kinds: Mapping[str, Any]) -> Iterator[SourceRow]:
    readers = [cell_reader(kind, database.dialect) for kind in kinds.values()]
    with database.snapshot() as connection:
        number = 0
        for part in stream(connection, database.dialect, f"{database.name}, {name}", sa.select(*sql.columns)):
            for row in part:
                number += 1
                cells = [cell if read is None else read(cell) for cell, read in zip(row, readers, strict=True)]
                yield SourceRow(f"{name} row {number}", dict(zip(kinds, cells, strict=True)))


def _plain(kind: Any) -> Any:
    """The type on which a domain rests; any other type as it is."""
    inner = getattr(kind, "data_type", None)
    return inner if isinstance(inner, sa.types.TypeEngine) else kind


def _partial(index: Any) -> bool:
    return any(key.endswith("_where") and value for key, value in index.get("dialect_options", {}).items())


def _names(inspector: sa.Inspector, schema: str | None) -> list[str]:
    return [*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)]
