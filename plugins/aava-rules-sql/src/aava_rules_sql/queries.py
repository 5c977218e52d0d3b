"""The queries of a mapping: for each of its sections and children one, of the clients whose keys lie in a range.

A query gives the client's key first, then the cells that the mapping reads, and what lookups find beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from aava_rules.mapping import Child, Column, Section
from aava_rules_sql.database import Read, key_reader
from aava_rules_sql.tables import Schema, Table

_UNORDERED: Final = (sa.JSON, sa.LargeBinary, sa.types.NullType)


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A query, and what its columns are.

    Attributes:
        table: the table that the rows are of.
        statement: the query without a range.
        owner: the client's key, to be compared with.
        key: what makes the client's key of that which the driver gives; None if it is that.
        columns: the cells that a row has, each with its place in a row of the result and what reads it.
        found: the cells that lookups give, each with the places of its value and of whether it was found.
    """

    table: Table
    statement: sa.Select[Any]
    owner: Any
    key: Read | None
    columns: tuple[tuple[str, int, Read | None], ...]
    found: tuple[tuple[str, int, int, Read | None], ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of the cells, those that lookups give last."""
        return [name for name, *_ in self.columns] + [name for name, *_ in self.found]

    def within(self, low: Any, high: Any) -> sa.Select[Any]:
        """The query of the clients whose keys are greater than ``low`` and at most ``high``; None: no such limit."""
        statement = self.statement
        if low is not None:
            statement = statement.where(self.owner > low)
        if high is not None:
            statement = statement.where(self.owner <= high)
        return statement.where(self.owner.is_not(None)) if low is None and high is None else statement

    def without_owner(self) -> sa.Select[Any]:
        """The query of the rows that name no client."""
        return self.statement.where(self.owner.is_(None))

    def owner_of(self, row: Sequence[Any]) -> Any:
        """The client's key in a row of the result; those of one client are equal, in whatever table they stand."""
        return row[0] if self.key is None else self.key(row[0])

    def cells(self, row: Sequence[Any]) -> dict[str, Any]:
        """The cells of a row of the result by their names in the mapping."""
        cells = {name: row[at] if read is None else read(row[at]) for name, at, read in self.columns}
        for name, at, there, read in self.found:
            if row[there]:
                cells[name] = row[at] if read is None else read(row[at])
        return cells


@dataclass(slots=True)
class _Builder:
    """A query in the making: a table with others joined to it, and the cells that are selected."""

    schema: Schema
    table: Table
    source: Any
    selected: list[Any] = field(default_factory=list)
    columns: list[tuple[str, int, Read | None]] = field(default_factory=list)
    found: list[tuple[str, int, int, Read | None]] = field(default_factory=list)
    joined: dict[tuple[Any, ...], tuple[Table, Any]] = field(default_factory=dict)
    key: Read | None = None

    def select(self, expression: Any) -> int:
        """The place of an expression in the rows of the result."""
        self.selected.append(expression.label(f"c{len(self.selected)}"))
        return len(self.selected) - 1

    def cell(self, name: str) -> None:
        """Select a cell of the table itself."""
        head = self.table.head(name)
        if all(column != head for column, _, _ in self.columns):
            self.columns.append((head, self.select(self.table.sql.c[head]), self.table.readers[head]))

    def look_up(self, column: Column) -> None:
        """Select what the lookups of ``column`` find."""
        if not column.lookups or any(name == column.alias for name, *_ in self.found):
            return
        table, alias = self.join(self.table, self.table.sql, column)
        last = column.lookups[-1]
        value = self.select(alias.c[last.value])
        self.found.append((column.alias, value, self.select(alias.c[last.key].is_not(None)), table.readers[last.value]))

    def join(self, table: Table, alias: Any, column: Column) -> tuple[Table, Any]:
        """The table that the last lookup of ``column`` ends at, joined to ``alias`` of ``table`` in which it begins."""
        name: str = column.name
        for depth, lookup in enumerate(column.lookups, 1):
            way = (alias.name, name, column.lookups[:depth])
            if way not in self.joined:
                target = self.schema[lookup.table]
                joined = target.sql.alias(f"l{len(self.joined)}")
                here, there = self.schema.typed(table, name, alias), self.schema.typed(target, lookup.key, joined)
                self.source = self.source.outerjoin(joined, here == there)
                self.joined[way] = target, joined
            table, alias = self.joined[way]
            name = lookup.value
        return table, alias

    def owner(self, table: Table, alias: Any, key: Column) -> Any:
        """Select the client's key in ``alias`` of ``table``, first; the key is returned with its type."""
        if key.lookups:
            table, alias = self.join(table, alias, key)
        name = key.lookups[-1].value if key.lookups else key.name
        owner = self.schema.typed(table, name, alias)
        self.key = key_reader(table.kinds[name], self.schema.dialect)
        self.select(owner)
        return owner

    def query(self, owner: Any, order: Iterable[Any]) -> Query:
        """The query, with its rows in an order that is always the same."""
        statement = sa.select(*self.selected).select_from(self.source).order_by(*order)
        return Query(self.table, statement, owner, self.key, tuple(self.columns), tuple(self.found))


def clients_query(schema: Schema, section: Section, own: Iterable[Section] = ()) -> Query:
    """The query of the clients, in the order of their keys, with the cells of the items that stand in their own rows.

    Args:
        schema: the tables.
        section: the section of the clients.
        own: the sections whose items stand in the client's row.
    """
    assert section.key is not None
    return _rows(schema, section, section.key, [section, *own], first=True)


def section_query(schema: Schema, section: Section) -> Query:
    """The query of a section that has a table of its own."""
    assert section.key is not None
    return _rows(schema, section, section.key, [section])


def _rows(schema: Schema, section: Section, key: Column, parts: Iterable[Section], *, first: bool = False) -> Query:
    table = schema[section.table]
    builder = _Builder(schema, table, table.sql)
    owner = builder.owner(table, table.sql, key)
    for part in parts:
        if part.inside:
            builder.cell(part.inside)
            continue
        for column in part.read_columns:
            builder.cell(column.name)
            builder.look_up(column)
        for name in sorted(part.filter.columns):
            builder.cell(name)
    return builder.query(owner, [*([owner] if first else []), *_order(table, builder)])


def child_query(schema: Schema, section: Section, child: Child) -> Query:
    """The query of the rows of ``child``, each with the key of the client whose item of ``section`` it belongs to."""
    assert section.key is not None
    table, parent = schema[child.table], schema[section.table]
    alias = parent.sql.alias("parent")
    builder = _Builder(schema, table, table.sql)
    item = schema.typed(table, child.item), schema.typed(parent, child.parent_key, alias)
    builder.source = table.sql.join(alias, item[0] == item[1])
    owner = builder.owner(parent, alias, section.key)
    for name in sorted(child.columns):
        builder.cell(name)
    return builder.query(owner, _order(table, builder))


def orphans_query(schema: Schema, section: Section, child: Child) -> sa.Select[Any] | None:
    """How many rows of ``child`` belong to no row of ``section``; None where a foreign key lets there be none."""
    table, parent = schema[child.table], schema[section.table]
    if (child.item, section.table) in table.references and child.item in table.required:
        return None
    alias = parent.sql.alias("parent")
    same = schema.typed(parent, child.parent_key, alias) == schema.typed(table, child.item)
    return sa.select(sa.func.count()).select_from(table.sql).where(~sa.exists().where(same))


def _order(table: Table, builder: _Builder) -> list[Any]:
    """The primary key; without one, everything that is selected of the table and can be compared."""
    if table.primary:
        return [table.sql.c[name] for name in table.primary]
    return [table.sql.c[name] for name, _, _ in builder.columns if not isinstance(table.kinds[name], _UNORDERED)]
