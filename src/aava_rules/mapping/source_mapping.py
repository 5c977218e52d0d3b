"""A mapping in use: what it reads of a source, and the records that it makes of a source's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from aava_rules.adapters import BadRow, Row
from aava_rules.language.errors import Fault, MappingError, nearest, nearest_of
from aava_rules.language.structs import public
from aava_rules.mapping.assemble import Assembler, cell_at, counts
from aava_rules.mapping.cells import CellFault, Forms, known, text_of
from aava_rules.mapping.grouping import GroupedRows
from aava_rules.mapping.host_tables import host_tables
from aava_rules.mapping.identity import KEY_MIN
from aava_rules.mapping.plan import Child, Lookup, Section, SourceRow, TableUse
from aava_rules.rulebook.model import Place

Rows = Callable[[], Iterable[SourceRow | BadRow]]
"""Reads a table from its beginning, bad rows included."""


_NO_HEADING: Final = "None of the columns is there. If the table has no heading, write header: under tables."


@public
class SourceMapping:
    """The tables, columns and codes of one system in terms of the record format; made by `load`.

    Attributes:
        name: what the mapping file is called in faults.
        clients: the section of the clients.
        all_sections: the sections of the lists, in order, those in the client's own row included.
        sections: the sections of the lists that have a table of their own, in order.
        tables: what is read of each table, by its name: of clients, lists, children and lookups.
        forms: how the source writes its values.
        needs_key: whether ids are hashed, so that a key must be given.
        complete: the fields whose absence means that there is none, such as ``periods.decision_on``.
        complete_from: the day from which a list is complete, by list.
    """

    def __init__(
        self, name: str, clients: Section, sections: Sequence[Section], tables: Mapping[str, TableUse], forms: Forms,
        complete: Sequence[str], complete_from: Mapping[str, Any], key: bytes | None, lines: Sequence[str],
    ) -> None:  # fmt: skip
        """Args:
        name: what the mapping file is called in faults.
        clients: the section of the clients.
        sections: those of the lists.
        tables: what is read of each table.
        forms: how the source writes its values.
        complete: the fields that are complete.
        complete_from: the day from which each list is complete.
        key: the host's secret for hashed ids; None if there is none.
        lines: the lines of the mapping file, for faults.

        Raises:
            MappingError: the key is shorter than KEY_MIN bytes.
        """
        self.name, self.clients, self.all_sections, self.forms = name, clients, tuple(sections), forms
        self.sections = tuple(section for section in sections if not section.own_row)
        self.tables = dict(tables)
        self.needs_key = clients.key_hashed or any(section.id_hashed for section in sections)
        self.complete, self.complete_from = tuple(complete), dict(complete_from)
        self._key, self._lines = key, lines
        if key is not None and len(key) < KEY_MIN:
            self._refuse(f"the key has fewer than {KEY_MIN} bytes", "Who guesses it can find the ids of clients.")
        self._assembler = Assembler(clients, sections, forms, complete, complete_from, key)

    def __repr__(self) -> str:
        return f"<SourceMapping {self.name}>"

    def _refuse(self, what: str, why: str = "", hint: str = "") -> None:
        place = self.clients.key.place if self.clients.key else self.clients.place
        raise MappingError(self.name, [self._fault(place, "AR157", what, why, hint)])

    def _fault(self, place: Place, code: str, what: str, why: str = "", hint: str = "") -> Fault:
        source = self._lines[place.line - 1].rstrip()[:160] if 0 < place.line <= len(self._lines) else ""
        return Fault(str(place), code, what, why, hint, source, place.column if source else 0, 1)

    def require_key(self) -> None:
        """Raises:
        MappingError: ids are hashed and there is no key to hash them with.
        """
        if self.needs_key and self._key is None:
            hint = "Give load_mapping a key; the program aava-rules takes it from AAVA_RULES_ID_KEY."
            self._refuse("ids are hashed, and there is no key", "", hint)

    def check_source(self, columns: Mapping[str, Iterable[str]], by_schema: bool = False) -> None:
        """Hold the tables and columns that a source has against those that are read.

        Args:
            columns: the names of the columns of each table of the source.
            by_schema: whether these names are those of a schema, as of a database, and no contents: the nearest ones
                are then told as they are. A heading that was read from a file may be the first client.

        Raises:
            MappingError: a table or column is missing; the error tells all of them, each where the mapping names it.
        """
        self.require_key()
        nearest_heading = _nearest_name if by_schema else _nearest_number
        faults: list[tuple[Place, Fault]] = []
        for table in self.tables.values():
            if table.name not in columns:
                hint = nearest_heading("table", table.name, columns)
                what = f"the source has no table {table.name[:60]}"
                faults.append((table.place, self._fault(table.place, "AR160", what, "", hint)))
                continue
            headings = list(columns[table.name])
            there = set(headings)
            # the first line of a file without a heading is of a client: of that nothing may be told
            is_heading = by_schema or not there.isdisjoint(table.columns)
            for column in sorted(table.columns):
                if column not in there and column.partition(".")[0] not in there:
                    place = table.places.get(column, table.place)
                    hint = nearest_heading("column", column, headings) if is_heading else _NO_HEADING
                    what = f"the table {table.name[:60]} has no column {column[:60]}"
                    faults.append((place, self._fault(place, "AR161", what, "", hint)))
        if faults:
            faults.sort(key=lambda pair: (pair[0].line, pair[0].column))
            raise MappingError(self.name, [fault for _, fault in faults])

    def record(self, client: SourceRow, rows: Mapping[str, Sequence[SourceRow]]) -> Row | BadRow:
        """The record of one client, or all that is wrong with its cells.

        Args:
            client: the client's row.
            rows: the rows that are the client's, by `Section.name` and `Child.name`; a name that is missing has none.

        Raises:
            MappingError: ids are hashed, and no key was given.
        """
        self.require_key()
        return self._assembler.record(client, rows)

    def key_of(self, section: Section, row: SourceRow) -> str:
        """The client's key in ``row`` as text, by which rows of ``section`` are joined; empty if there is none."""
        try:
            return self._assembler.key_of(section, row)
        except CellFault:
            return ""

    def counts(self, section: Section | Child, row: SourceRow) -> bool:
        """Whether ``row`` is one of those that ``where`` and ``where_not`` of ``section`` let through."""
        try:
            return counts(section.filter, row.cells, self.forms)
        except CellFault:
            return True  # its record will tell what is wrong with it

    def text(self, cell: Any) -> str:
        """The ``cell`` as the text by which keys, codes and filters compare it; empty if it is unknown or an error."""
        try:
            return text_of(known(cell, self.forms))
        except CellFault:
            return ""

    @property
    def lookups(self) -> tuple[Lookup, ...]:
        """Every lookup, each once."""
        steps = [
            lookup
            for section in (self.clients, *self.all_sections)
            for column in section.read_columns
            for lookup in column.lookups
        ]
        return tuple(dict.fromkeys(steps))

    def set_lookups(self, tables: Mapping[Lookup, Mapping[str, Any]]) -> None:
        """Use ``tables``: what each lookup finds, by the text of its key."""
        self._assembler.lookups = dict(tables)

    def read(self, tables: Mapping[str, Any]) -> Iterator[Row | BadRow]:
        """The records of tables that a host holds in memory, in the order of the clients, bad rows among them.

        Args:
            tables: by its name, each table: a frame of pandas or polars, a table of Arrow, or an iterable of rows, each
                a mapping, dataclass or model of pydantic.

        Raises:
            MappingError: a table is missing, or ids are hashed and no key was given.
            AdapterError: a row is nothing that has fields.
        """
        return self.join(host_tables(tables))

    def join(self, tables: Mapping[str, Rows]) -> Iterator[Row | BadRow]:
        """The records of a source whose tables can be read one after another, in the order of the clients.

        Rows of lists are held by their client, in memory or, if they are many, in a temporary database. A client whose
        key was there before is a bad row, and so is each row of a list that belongs to no client.

        Args:
            tables: what reads each table, by its name; those that the mapping does not read are left alone.

        Raises:
            MappingError: a table is missing, or ids are hashed and no key was given.
        """
        self.check_source({name: self.tables[name].columns for name in tables if name in self.tables})
        grouped = GroupedRows()
        try:
            yield from self._look_up(tables)
            yield from self._hold(tables, grouped)
            yield from self._joined(tables, grouped)
        finally:
            grouped.close()

    def _look_up(self, tables: Mapping[str, Rows]) -> Iterator[BadRow]:
        """Hold what the lookups find. A key that stands there twice with different values finds nothing."""
        values_by_lookup: dict[Lookup, dict[str, Any]] = {}
        for lookup in self.lookups:
            values: dict[str, Any] = {}
            doubtful: set[str] = set()
            for row in tables[lookup.table]():
                if isinstance(row, BadRow):
                    yield row
                    continue
                key, value = self.text(cell_at(row.cells, lookup.key)), cell_at(row.cells, lookup.value)
                if key in values and self.text(values[key]) != self.text(value):
                    doubtful.add(key)
                values.setdefault(key, value)
            for key in doubtful:
                del values[key]  # which of the two it stands for is not known
            values_by_lookup[lookup] = values
        self.set_lookups(values_by_lookup)

    def _hold(self, tables: Mapping[str, Rows], grouped: GroupedRows) -> Iterator[BadRow]:
        """Group all rows of lists by their client, and those of children by their item."""
        for section in self.sections:
            only = _only(section.columns)
            for row in tables[section.table]():
                if isinstance(row, BadRow):
                    yield row
                    continue
                if not self.counts(section, row):
                    continue
                key = self.key_of(section, row)
                if key:
                    grouped.add(section.name, key, only(row))
                else:
                    column = section.key.name if section.key else ""
                    what = "says of no client whose row this is"
                    yield BadRow(row.place, f"column {column}: {what} [AR165].")
            for child in section.children:
                only = _only(child.columns)
                for row in tables[child.table]():
                    if isinstance(row, BadRow):
                        yield row
                    elif self.counts(child, row):
                        grouped.add(child.name, self.text(cell_at(row.cells, child.item)), only(row))

    def _joined(self, tables: Mapping[str, Rows], grouped: GroupedRows) -> Iterator[Row | BadRow]:
        seen: set[str] = set()
        for client in tables[self.clients.table]():
            if isinstance(client, BadRow):
                yield client
                continue
            key = self.key_of(self.clients, client)
            if not self.counts(self.clients, client):
                self._taken(key, grouped)  # rows of a client who is left out on purpose belong to somebody
                continue
            if key and key in seen:
                yield duplicate(client, self.clients)
                continue
            seen.add(key)
            yield self.record(client, self._taken(key, grouped))
        for section in self.sections:
            for _, row in grouped.rest(section.name):
                what = f"is of a client that {self.clients.table} does not have"
                column = section.key.name if section.key else ""
                yield BadRow(row.place, f"column {column}: {what} [AR168].")
            for child in () if section.filter.columns else section.children:
                for _, row in grouped.rest(child.name):
                    what = f"belongs to no row of {section.table} that is read"
                    yield BadRow(row.place, f"column {child.item}: {what} [AR168].")

    def _taken(self, key: str, grouped: GroupedRows) -> dict[str, Sequence[SourceRow]]:
        """The rows of the client with ``key``, by section and child, which are then held no longer."""
        rows: dict[str, Sequence[SourceRow]] = {}
        for section in self.sections if key else ():
            own = rows[section.name] = grouped.take(section.name, key)
            for child in section.children:
                items = dict.fromkeys(self.text(cell_at(row.cells, child.parent_key)) for row in own)
                rows[child.name] = [row for item in items if item for row in grouped.take(child.name, item)]
        return rows


def duplicate(client: SourceRow, section: Section) -> BadRow:
    """The bad row of a ``client`` whose key an earlier row of ``section`` has: which of them is right is unknown."""
    column = section.key.name if section.key else ""
    return BadRow(client.place, f"column {column}: is the key of an earlier row [AR166].")


def _only(columns: frozenset[str]) -> Callable[[SourceRow], SourceRow]:
    """What takes from a row the cells that are not read, when only ``columns`` are."""
    read = columns | {column.partition(".")[0] for column in columns}

    def kept_cells(row: SourceRow) -> SourceRow:
        if row.cells.keys() <= read:
            return row
        return SourceRow(row.place, {name: cell for name, cell in row.cells.items() if name in read or ">" in name})

    return kept_cells


def _nearest_number(what: str, name: str, there: Iterable[str]) -> str:
    """Which table or column of a source is called nearly so, by its number: what it is called may be contents."""
    headings = list(there)
    near = nearest_of(name, headings)
    if near:
        return f"The name of {what} {headings.index(near) + 1} of the source is near to it."
    return _how_many(what, headings)


def _nearest_name(what: str, name: str, there: Iterable[str]) -> str:
    """Which table or column of a schema is called nearly so, by its name."""
    names = list(there)
    return nearest(name, names) or _how_many(what, names)


def _how_many(what: str, names: Sequence[str]) -> str:
    return f"The source has {len(names)} {what}{'' if len(names) == 1 else 's'}; `aava-rules map` shows them."
