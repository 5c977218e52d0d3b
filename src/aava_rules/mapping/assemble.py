"""Rows of a source into one record: the client's own row, and those rows of other tables that are the client's.

Every cell that is not right is told, with its row and column and never with what stands in it. A client with such a
cell has no record: what was written there may have meant anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from aava_rules.adapters import BadRow, Row
from aava_rules.mapping.cells import CellFault, Forms, known, opaque_text, text_of
from aava_rules.mapping.identity import canonical_key, hashed
from aava_rules.mapping.plan import Cells, Column, FieldPlan, Filter, Lookup, Section, SourceRow
from aava_rules.record.host_values import as_mapping

FAULTS_MAX: Final = 100
"""Most faults of one client that are told."""

LookupTables = Mapping[Lookup, Mapping[str, Any]]
"""What each lookup finds, by the text of its key."""


def cell_at(cells: Cells, name: str) -> Any:
    """The cell of ``cells`` in the column ``name``; None if there is none.

    ``a.b`` is also the value b of the object in the cell a, as JSON has it.
    """
    if name in cells:
        return cells[name]
    head, _, rest = name.partition(".")
    if not rest or head not in cells:
        return None
    inner = as_mapping(cells[head])
    return None if inner is None else cell_at(inner, rest)


def counts(filter: Filter, cells: Cells, forms: Forms) -> bool:
    """Whether a row with ``cells`` is one of those that ``filter`` lets through; ``forms`` say what is unknown."""
    if not filter.only and not filter.never:
        return True
    for column, texts in filter.only.items():
        if _filter_text(cells, column, forms) not in texts:
            return False
    return not any(_filter_text(cells, column, forms) in texts for column, texts in filter.never.items())


def _filter_text(cells: Cells, column: str, forms: Forms) -> str:
    cell = cell_at(cells, column)
    return cell.strip() if type(cell) is str else text_of(known(cell, forms))


class Assembler:
    """Makes records of rows, as the sections of one mapping say.

    Attributes:
        forms: how the source writes its values.
        lookups: what each lookup finds; adapters that look up themselves leave it empty.
    """

    def __init__(
        self, clients: Section, sections: Sequence[Section], forms: Forms, complete: Sequence[str],
        complete_from: Mapping[str, Any], key: bytes | None,
    ) -> None:  # fmt: skip
        """Args:
        clients: the section of the clients.
        sections: those of the lists.
        forms: how the source writes its values.
        complete: the fields that are complete.
        complete_from: the day from which each list is complete.
        key: the host's secret for ids that are hashed.
        """
        self._clients, self._sections = clients, tuple(sections)
        self.forms = forms
        self.lookups: LookupTables = {}
        self._complete, self._complete_from = list(complete), dict(complete_from)
        self._secret = key

    def record(self, client: SourceRow, rows: Mapping[str, Sequence[SourceRow]]) -> Row | BadRow:
        """The record of a client, or what is wrong with it.

        Args:
            client: the row of the client.
            rows: the rows that are the client's, by the names of sections and children.
        """
        faults: list[str] = []
        place = client.place
        record: dict[str, Any] = {}
        key = self._key(client, self._clients.key, self._clients.key_hashed, faults)
        if key:
            record["id"] = key
        elif not faults:
            column = self._clients.key
            faults.append(_line(place, column.name if column else "", "AR165", "is empty, so the client has no key"))
        about_client = self._fields(client, self._clients.client, {}, faults)
        if about_client:
            record["client"] = about_client
        facts = self._fields(client, self._clients.items[0], {}, faults)
        if facts:
            record["facts"] = facts
        if self._clients.facts_on is not None:
            record.update(self._fields(client, (self._clients.facts_on,), {}, faults))
        record.update(self._lists(client, rows, faults))
        if faults:
            more = len(faults) - FAULTS_MAX
            shown = [fault.removeprefix(f"{place}, ") for fault in faults[:FAULTS_MAX]] + (
                [f"There are {more} further faults."] if more > 0 else []
            )
            return BadRow(place, "\n".join(shown))
        if self._complete:
            record["complete"] = self._complete
        complete_from = {name: day for name, day in self._complete_from.items() if name in record}
        if complete_from:
            record["complete_from"] = complete_from
        return Row(place, record)

    def key_of(self, section: Section, row: SourceRow) -> str:
        """The client's key in ``row`` of ``section`` as text, by which rows are joined; empty if there is none.

        Raises:
            CellFault: the key is no key.
        """
        if section.key is None:
            return ""
        key = text_of(self._cell(row, section.key))
        return canonical_key(key) if section.key_hashed else key

    # -- lists

    def _lists(
        self, client: SourceRow, rows: Mapping[str, Sequence[SourceRow]], faults: list[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """The lists that are known: of a list, each section has rows, or says that there are none."""
        lists: dict[str, list[dict[str, Any]]] = {}
        unknown: set[str] = set()
        for section in self._sections:
            items = self._items(client, section, rows, faults)
            is_given = bool(section.inside) and cell_at(client.cells, section.inside) is not None
            if not items and not section.no_rows and not is_given:
                unknown.add(section.list_name)
            lists.setdefault(section.list_name, []).extend(items)
        return {name: items for name, items in lists.items() if name not in unknown}

    def _items(
        self, client: SourceRow, section: Section, rows: Mapping[str, Sequence[SourceRow]], faults: list[str]
    ) -> list[dict[str, Any]]:
        if section.inside:
            own: Sequence[SourceRow] = self._inner_rows(client, section, faults)
        else:
            own = [client] if section.own_row else rows.get(section.name, ())
        children = {child.name: self._by_item(rows.get(child.name, ()), child) for child in section.children}
        optional = section.own_row and not section.inside
        items: list[dict[str, Any]] = []
        for row in own:
            if not self._counts(section.filter, row, faults):
                continue
            for number, plans in enumerate(section.items):
                if (optional or len(section.items) > 1) and not self._has_cell(row, plans):
                    continue
                item = self._fields(row, plans, children, faults)
                if section.id:
                    identity = self._key(row, section.id[number], section.id_hashed, faults)
                    if identity:
                        item = {"id": identity, **item}
                items.append(item)
        return items

    def _inner_rows(self, client: SourceRow, section: Section, faults: list[str]) -> list[SourceRow]:
        inner = cell_at(client.cells, section.inside)
        if inner is None:
            return []
        if not isinstance(inner, (list, tuple)):
            faults.append(_line(client.place, section.inside, "AR162", "is not a list"))
            return []
        own = []
        for index, value in enumerate(inner):
            cells, place = as_mapping(value), f"{client.place}, {section.inside}[{index}]".lstrip(", ")
            if cells is None:
                faults.append(_line(place, "", "AR162", "is not an object"))
            else:
                own.append(SourceRow(place, cells))
        return own

    def _by_item(self, rows: Sequence[SourceRow], child: Any) -> dict[str, list[SourceRow]]:
        grouped: dict[str, list[SourceRow]] = {}
        for row in rows:
            try:
                item = text_of(known(cell_at(row.cells, child.item), self.forms))
            except CellFault:
                item = ""
            grouped.setdefault(item, []).append(row)
        return grouped

    def _counts(self, filter: Filter, row: SourceRow, faults: list[str]) -> bool:
        try:
            return counts(filter, row.cells, self.forms)
        except CellFault as fault:
            faults.append(_line(row.place, "", fault.code, f"has a cell that {fault.what}", fault.hint))
            return False

    def _has_cell(self, row: SourceRow, plans: Sequence[FieldPlan]) -> bool:
        """Whether any cell of an item is there, so that the row has the item at all."""
        for plan in plans:
            for column in plan.columns:
                try:
                    if known(cell_at(row.cells, column.name), self.forms) is not None:
                        return True
                except CellFault:
                    return True
        return False

    # -- fields

    def _fields(
        self, row: SourceRow, plans: Sequence[FieldPlan], children: Mapping[str, Mapping[str, Sequence[SourceRow]]],
        faults: list[str],
    ) -> dict[str, Any]:  # fmt: skip
        """The fields that are known."""
        values: dict[str, Any] = {}
        for plan in plans:
            if plan.child is not None:
                value = self._of_child(row, plan, children, faults)
            elif plan.words:
                value = self._of_truth_columns(row, plan, faults)
            elif plan.columns:
                column = plan.columns[0]
                value = self._guarded(row, column.name, faults, self._of_column, row, plan, column)
            else:
                value = plan.read(None)
            if value is not None:
                values[plan.name] = value
        return values

    def _of_column(self, row: SourceRow, plan: FieldPlan, column: Column) -> Any:
        cell = self._cell(row, column, plan.others_unknown)
        if cell is None:
            return plan.empty
        if not plan.many:
            return plan.read(cell)
        if isinstance(cell, (list, tuple, set, frozenset)):
            members = list(cell)
        elif plan.split is not None and isinstance(cell, str):
            members = cell.split(plan.split)
        else:
            members = [cell]
        return self._members(plan, [member for raw in members if (member := known(raw, self.forms)) is not None])

    def _members(self, plan: FieldPlan, cells: list[Any]) -> Any:
        """The list of ``cells``; unknown if one of them is, since then it may have another member."""
        members = [plan.read(cell) for cell in cells]
        return None if any(member is None for member in members) else plan.check(members)

    def _of_truth_columns(self, row: SourceRow, plan: FieldPlan, faults: list[str]) -> list[str] | None:
        """The words whose columns are true; unknown if one of the columns is empty."""
        words: list[str] = []
        unknown = False
        for word, column in zip(plan.words, plan.columns, strict=True):
            before = len(faults)
            answer = self._guarded(row, column.name, faults, self._truth, row, plan, column)
            unknown = unknown or (answer is None and len(faults) == before)
            if answer:
                words.append(word)
        return None if unknown else words

    def _truth(self, row: SourceRow, plan: FieldPlan, column: Column) -> Any:
        cell = self._cell(row, column)
        return None if cell is None else plan.read(cell)

    def _of_child(
        self, row: SourceRow, plan: FieldPlan, children: Mapping[str, Mapping[str, Sequence[SourceRow]]],
        faults: list[str],
    ) -> Any:  # fmt: skip
        child: Any = plan.child
        item = text_of(self._guarded(row, child.parent_key, faults, self._plain, row, child.parent_key))
        rows = [r for r in children[child.name].get(item, ()) if item and self._counts(child.filter, r, faults)]
        if not rows:
            return [] if plan.no_rows and item else None
        members: list[Any] = []
        before = len(faults)
        for part in rows:
            member = self._guarded(part, child.column, faults, self._member, part, plan, child.column)
            members.append(member)
        if len(faults) > before or any(member is None for member in members):
            return None
        return self._guarded(row, child.name, faults, plan.check, members)

    def _member(self, row: SourceRow, plan: FieldPlan, column: str) -> Any:
        cell = self._plain(row, column)
        return None if cell is None else plan.read(cell)

    # -- cells

    def _plain(self, row: SourceRow, column: str) -> Any:
        return known(cell_at(row.cells, column), self.forms)

    def _cell(self, row: SourceRow, column: Column, others_unknown: bool = False) -> Any:
        """The cell of ``column``, looked up in other tables if it is to be; None if it is unknown. Raises CellFault."""
        if not column.lookups:
            return known(cell_at(row.cells, column.name), self.forms)
        if column.alias in row.cells:
            return known(row.cells[column.alias], self.forms)
        value = known(cell_at(row.cells, column.name), self.forms)
        for lookup in column.lookups:
            if value is None:
                return None
            table = self.lookups.get(lookup, {})
            key = text_of(value)
            if key not in table:
                if others_unknown:
                    return None
                raise _not_found(lookup)
            value = known(table[key], self.forms)
        return value

    def _key(self, row: SourceRow, column: Column | None, hash: bool, faults: list[str]) -> str | None:
        """The opaque key in ``column``; None if the cell is empty or a fault."""
        if column is None:
            return None

        key: str | None = self._guarded(row, column.name, faults, self._key_text, row, column, hash)
        return key

    def _key_text(self, row: SourceRow, column: Column, hash: bool) -> str | None:
        cell = self._cell(row, column)
        if cell is None:
            return None
        if not hash:
            return opaque_text(cell)
        assert self._secret is not None, "a mapping that hashes is not used without a key"
        return hashed(text_of(cell), self._secret)

    def _guarded(
        self, row: SourceRow, column: str, faults: list[str], read: Callable[..., Any], *arguments: Any
    ) -> Any:
        """What ``read`` returns of ``arguments``; None after a fault of ``column`` has been told."""
        try:
            return read(*arguments)
        except CellFault as fault:
            faults.append(_line(row.place, column, fault.code, fault.what, fault.hint))
        except Exception:
            # a value whose own code fails; what it raised may hold contents, so it is dropped
            faults.append(_line(row.place, column, "AR162", "cannot be read"))
        return None


def _not_found(lookup: Lookup) -> CellFault:
    hint = "Mend the key, or write other: unknown."
    return CellFault("AR167", f"is a key that {lookup.table} does not have in {lookup.key}", hint)


def _line(place: str, column: str, code: str, what: str, hint: str = "") -> str:
    where = ", ".join(part for part in (place, f"column {column}" if column else "") if part)
    return " ".join(part for part in (f"{where}: {what} [{code}].".lstrip(": "), hint) if part)
