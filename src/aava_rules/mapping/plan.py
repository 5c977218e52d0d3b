"""A mapping as it is carried out: which tables and columns are read, and what makes each field of a record.

All of it is made by ``link`` from a mapping file that has no fault, and never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aava_rules.rulebook.model import Place

Cells = Mapping[str, Any]
"""The cells of a row by the source's own names of its columns."""


class SourceRow(NamedTuple):
    """A row of a table: where it stands (``etuudet line 7``), and its cells by column."""

    place: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Lookup:
    """A step to another table: from its column ``key``, which the value so far is in, to its column ``value``."""

    table: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read.

    Attributes:
        name: its name in the source.
        lookups: the steps from its cells to what they stand for in other tables, in order.
        place: where the mapping file names it.
    """

    name: str
    lookups: tuple[Lookup, ...] = ()
    place: Place = field(default=Place("", 1, 1), compare=False)

    @property
    def alias(self) -> str:
        """What a cell is called that an adapter has looked up itself, such as ``kunta_id>kunnat.nimi``.

        A row has it only where the lookup found something.
        """
        return self.name + "".join(f">{lookup.table}.{lookup.value}" for lookup in self.lookups)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows count: those with one of the texts in each column of ``only``, and none of ``never``.

    Attributes:
        only: the texts that a row may have, by column.
        never: the texts that no row may have, by column.
    """

    only: Mapping[str, frozenset[str]]
    never: Mapping[str, frozenset[str]]

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are looked at."""
        return frozenset(self.only) | frozenset(self.never)


@dataclass(frozen=True, slots=True)
class Child:
    """Rows of another table that fill one field of an item.

    Attributes:
        name: the section and the field, such as ``periods[0].attended_on``.
        table: the table of the rows.
        item: the column of the rows that holds the key of their item.
        parent_key: the column of the item's own row that holds that key.
        column: the column that is read.
        filter: which rows count.
    """

    name: str
    table: str
    item: str
    parent_key: str
    column: str
    filter: Filter

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the child's table that are read."""
        return frozenset({self.item, self.column}) | self.filter.columns


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """What makes one field.

    Attributes:
        name: the field or fact.
        columns: the columns that it is read from; none if it has the same value in every row.
        read: makes its value of the cells of those columns, in order, each known (not None); None is unknown.
        empty: the value where the only column is empty; None is unknown.
        words: of a set that has a truth column for each word: the words, in the order of the columns.
        child: the rows of another table that it is read from.
        many: whether it is a list that ``read`` makes the members of.
        split: the text between the members in one cell.
        no_rows: whether a child without rows means that there is nothing; else it is unknown.
        check: of a list: returns the whole list if it is right. Raises CellFault.
        others_unknown: whether a key that a lookup does not find means unknown; else that is a fault.
    """

    name: str
    columns: tuple[Column, ...]
    read: Callable[[Any], Any]
    empty: Any = None
    words: tuple[str, ...] = ()
    child: Child | None = None
    many: bool = False
    split: str | None = None
    no_rows: bool = False
    check: Callable[[Any], Any] = _as_it_is
    others_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table and what its rows are.

    Attributes:
        name: ``clients``, or the list and the number of the section in it, such as ``benefits[0]``.
        list_name: the list whose items the rows are; ``clients`` for the clients.
        table: the table; that of the clients if the items stand in the client's own row.
        key: the column of the client's key; None where the row is the client's own.
        key_hashed: whether an opaque key is made of the client's key.
        filter: which rows count.
        items: the fields of each item of a row; one group, or as many as ``repeat`` says.
        id: the column of the item's own key for each group; empty if it has none.
        id_hashed: whether an opaque key is made of the item's own key.
        own_row: whether the items stand in the client's own row.
        inside: the list in a JSON document that holds the items; empty if there is none.
        no_rows: whether no rows mean that there are no items; else nothing is known of them.
        client: of the clients: the fields of the client.
        facts_on: of the clients: the day of the facts.
        place: where the mapping file begins with it.
    """

    name: str
    list_name: str
    table: str
    key: Column | None
    key_hashed: bool
    filter: Filter
    items: tuple[tuple[FieldPlan, ...], ...]
    id: tuple[Column, ...] = ()
    id_hashed: bool = False
    own_row: bool = False
    inside: str = ""
    no_rows: bool = False
    client: tuple[FieldPlan, ...] = ()
    facts_on: FieldPlan | None = None
    place: Place = field(default=Place("", 1, 1), compare=False)

    @property
    def children(self) -> tuple[Child, ...]:
        """The rows of other tables that fields of its items are read from."""
        return tuple({plan.child.name: plan.child for group in self.items for plan in group if plan.child}.values())

    @property
    def read_columns(self) -> tuple[Column, ...]:
        """Every column that is read, but for those that only tell which rows count."""
        plans = [*self.client, *([self.facts_on] if self.facts_on else []), *(plan for g in self.items for plan in g)]
        columns = [self.key] if self.key is not None else []
        columns += [*self.id, *(column for plan in plans for column in plan.columns)]
        columns += [Column(child.parent_key, place=self.place) for child in self.children]
        return tuple(dict.fromkeys(columns))

    @property
    def columns(self) -> frozenset[str]:
        """The names of all columns that are read, filters included."""
        return frozenset(column.name for column in self.read_columns) | self.filter.columns


@dataclass(frozen=True, slots=True)
class TableUse:
    """What is read of one table.

    Attributes:
        name: the table.
        columns: the names of the columns that are read; no other may be.
        hints: how the table is found and read, as under ``tables`` of the mapping file.
        places: where the mapping file names each column.
        place: where the mapping file first names the table.
    """

    name: str
    columns: frozenset[str]
    hints: Mapping[str, Any]
    places: Mapping[str, Place] = field(compare=False)
    place: Place = field(default=Place("", 1, 1), compare=False)
