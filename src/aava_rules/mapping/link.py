"""A mapping file linked to the record format: its tables, their rows and fields, or every fault of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from aava_rules.mapping.file_schema import LISTS, ChildEntry, ClientsEntry, FieldEntry, ListEntry
from aava_rules.mapping.link_fields import FieldLinker, Path
from aava_rules.mapping.plan import Child, Column, FieldPlan, Filter, Section, TableUse
from aava_rules.mapping.values import Target, fact_target
from aava_rules.record.model import complete_names
from aava_rules.rulebook.loader.documents import nearest
from aava_rules.rulebook.loader.yaml_nodes import Scalar
from aava_rules.rulebook.model import Place

COUNTER: Final = "{n}"
"""What stands for the number of an item in the names of columns that repeat."""


class Linker(FieldLinker):
    """Links one mapping file. What is wrong is reported to its document, and the parts that are right are made."""

    # -- sections

    def clients(self) -> Section:
        """The section of the clients."""
        entry: ClientsEntry = self._file.clients
        at: Path = ("clients",)
        client = self._plans(entry.client, (*at, "client"), lambda name, _, path: self._target("clients", name, path))
        facts = self._plans(entry.facts, (*at, "facts"), self._fact)
        on = None
        if entry.facts_on is not None:
            target = fact_target("facts_on", "date", ())
            on = self._plan(entry.facts_on, target, "", (*at, "facts_on"), self._no_child)
        key = self._key_column(entry.id, (*at, "id"))
        return Section(
            "clients", "clients", entry.table, key, entry.id.hash, self._filter(entry), (facts,), client=client,
            facts_on=on, place=self._place((*at, "table")),
        )  # fmt: skip

    def _plans(
        self, entries: Mapping[str, FieldEntry], at: Path,
        target_of: Callable[[str, FieldEntry, Path], tuple[Target, str] | None],
        child: Callable[[str, ChildEntry, Path], Child | None] | None = None,
    ) -> tuple[FieldPlan, ...]:  # fmt: skip
        plans = []
        for name, entry in entries.items():
            path: Path = (*at, name)
            target = target_of(name, entry, path)
            if target is None:
                continue
            if entry.type is not None and "facts" not in at:
                self._fault(self._key((*path, "type")), "AR151", "type belongs to facts", "Fields have their types.")

            def rows(rows_entry: ChildEntry, rows_path: Path, field: str = name) -> Child | None:
                return child(field, rows_entry, rows_path) if child else self._no_child(rows_entry, rows_path)

            plan = self._plan(entry, *target, path, rows)
            if plan is not None:
                plans.append(plan)
        return tuple(plans)

    def _no_child(self, entry: ChildEntry, path: Path) -> Child | None:
        hint = "The client has no lists of days or words."
        self._fault(self._key(path), "AR151", "rows belongs to fields of items", "", hint)
        return None

    def _filter(self, entry: ClientsEntry | ListEntry | ChildEntry) -> Filter:
        only = {column: frozenset(map(str.strip, texts)) for column, texts in entry.where.items()}
        return Filter(only, {column: frozenset(map(str.strip, texts)) for column, texts in entry.where_not.items()})

    def sections(self) -> tuple[Section, ...]:
        """The sections of all lists, in the order of the record's lists and of the file."""
        return tuple(
            self._section(name, number, entry)
            for name in LISTS
            for number, entry in enumerate(getattr(self._file, name))
        )

    def _section(self, list_name: str, number: int, entry: ListEntry) -> Section:
        at: Path = (list_name, number)
        clients = self._file.clients
        own_row = entry.client is None and entry.table in (None, clients.table)
        if not own_row:
            if entry.table is None:
                hint = "Give the table of these rows, or leave client out if they stand in the client's row."
                self._fault(self._key((*at, "client")), "AR151", "client stands without a table", "", hint)
            elif entry.client is None:
                hint = "Write client: and the column of the client's key."
                self._fault(self._key((*at, "table")), "AR151", "no column says whose these rows are", "", hint)
            if entry.inside is not None:
                self._fault(self._key((*at, "inside")), "AR151", "inside belongs to items in the client's own row")
        if entry.client is not None and entry.client.hash != clients.id.hash:
            node = self._key((*at, "client"))
            self._fault(node, "AR151", "hash differs from that of the clients' id", "The keys would never meet.")
        name = f"{list_name}[{number}]"

        def child(field: str, rows: ChildEntry, path: Path) -> Child | None:
            return self._child(f"{name}.{field}", rows, path, entry)

        plans = self._plans(
            entry.fields, (*at, "fields"), lambda key, _, path: self._target(list_name, key, path), child
        )
        identity = self._key_column(entry.id, (*at, "id")) if entry.id is not None else None
        groups, ids = self._repeated(plans, identity, entry.repeat, at)
        return Section(
            name, list_name, entry.table or clients.table,
            self._key_column(entry.client, (*at, "client")) if entry.client is not None else None,
            clients.id.hash, self._filter(entry), groups, ids, entry.id is not None and entry.id.hash, own_row,
            entry.inside or "", entry.no_rows == "none", place=self._place((*at, "table")),
        )  # fmt: skip

    def _repeated(
        self, plans: tuple[FieldPlan, ...], identity: Column | None, times: int, at: Path
    ) -> tuple[tuple[tuple[FieldPlan, ...], ...], tuple[Column, ...]]:
        """The plans of each item of a row, and the column of its own key."""
        names = [column.name for plan in plans for column in plan.columns]
        if times == 1:
            return (plans,), () if identity is None else (identity,)
        if not any(COUNTER in name for name in names):
            hint = "Write {n} for the number of the item: jakso{n}_alku."
            self._fault(self._key((*at, "repeat")), "AR151", "no column has {n} in its name", "", hint)
        if identity is not None and COUNTER not in identity.name:
            what = "the items of a row would have one id"
            self._fault(self._key((*at, "id")), "AR151", what, "", "Write {n} in its name, or leave it out.")
        numbers = range(1, times + 1)
        groups = tuple(tuple(_numbered(plan, number) for plan in plans) for number in numbers)
        return groups, () if identity is None else tuple(_numbered_column(identity, number) for number in numbers)

    def _child(self, name: str, entry: ChildEntry, path: Path, section: ListEntry) -> Child | None:
        key = entry.key or (section.id.column if section.id is not None else None)
        if key is None:
            hint = "Write key: and the column of the item's own key."
            self._fault(self._key(path), "AR151", "nothing says which item these rows belong to", "", hint)
            return None
        if section.repeat > 1 or section.inside:
            self._fault(self._key(path), "AR151", "rows cannot belong to one of several items of a row")
            return None
        return Child(name, entry.table, entry.item, key, entry.column, self._filter(entry))

    # -- the whole

    def complete(self) -> None:
        """Report what is said to be complete and is not there."""
        names = complete_names()
        for index, name in enumerate(self._file.complete):
            if name not in names:
                hint = nearest(name, names) or 'Write list and field, such as "periods.decision_on".'
                self._fault(self._node(("complete", index)), "AR155", f"{name[:60]} is not a field of a list", "", hint)
        for name in self._file.complete_from:
            if name not in LISTS:
                self._unknown_name(("complete_from", name), "list", LISTS, "AR155")
            elif not getattr(self._file, name):
                self._fault(self._key(("complete_from", name)), "AR155", f"the mapping gives no {name}")

    def tables(self, sections: Sequence[Section]) -> dict[str, TableUse]:
        """What ``sections`` read of each table, by its name. One that may never be read is reported there."""
        columns: dict[str, dict[str, Place]] = {}
        first: dict[str, Place] = {}

        def use(table: str, name: str, place: Place) -> None:
            columns.setdefault(table, {}).setdefault(name, place)
            first.setdefault(table, place)

        for section in sections:
            first.setdefault(section.table, section.place)
            columns.setdefault(section.table, {})
            for column in section.read_columns:
                if not section.inside:
                    use(section.table, column.name, column.place)
                for lookup in column.lookups:
                    use(lookup.table, lookup.key, column.place)
                    use(lookup.table, lookup.value, column.place)
            if section.inside:
                use(section.table, section.inside, section.place)
            else:
                for name in section.filter.columns:
                    use(section.table, name, section.place)
            for child in section.children:
                for name in child.columns:
                    use(child.table, name, section.place)
        for table, names in self._file.never_read.items():
            if table not in columns:
                self._unknown_name(("never_read", table), "table", columns)
            for name in names:
                if name in columns.get(table, {}):
                    place = columns[table][name]
                    node = Scalar(name, name, False, place.line, place.column)
                    self._fault(node, "AR154", f"{name[:60]} of {table[:60]} may never be read")
        for table in self._file.tables:
            if table not in columns:
                self._unknown_name(("tables", table), "table", columns)
        hints = {name: entry.model_dump(exclude_none=True, by_alias=True) for name, entry in self._file.tables.items()}
        return {
            name: TableUse(name, frozenset(places), hints.get(name, {}), places, first[name])
            for name, places in columns.items()
        }


def _numbered_column(column: Column, number: int) -> Column:
    return Column(column.name.replace(COUNTER, str(number)), column.lookups, column.place)


def _numbered(plan: FieldPlan, number: int) -> FieldPlan:
    return replace(plan, columns=tuple(_numbered_column(column, number) for column in plan.columns))
