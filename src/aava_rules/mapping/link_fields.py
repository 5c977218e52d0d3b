"""The fields of a mapping file linked to the record format: their columns, forms, words and tables of codes.

The shape of the file has been checked before (``file_schema``). A fault is reported at the line that it stands on, and
linking goes on, so that one reading tells them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aava_rules.mapping.cells import TRUTH, CellFault, Forms, Reader, reader, text_of
from aava_rules.mapping.day_forms import form_fault, rival
from aava_rules.mapping.file_schema import (
    ChildEntry,
    FieldEntry,
    KeyEntry,
    LookupEntry,
    MappingFile,
)
from aava_rules.mapping.plan import Child, Column, FieldPlan, Lookup
from aava_rules.mapping.values import Target, fact_target, field_target
from aava_rules.record.fields import FieldInfo, client_fields, lists
from aava_rules.record.items import Client
from aava_rules.rulebook.loader import yaml_nodes
from aava_rules.rulebook.loader.documents import Document, nearest
from aava_rules.rulebook.loader.yaml_nodes import Node
from aava_rules.rulebook.model import FactDef, OutcomeDef, Place

COUNTER: Final = "{n}"
"""What stands for the number of an item in the names of columns that repeat."""

_UNITS: Final = {
    "minutes": ("hours/day", "hours/week", "hours"),
    "hours": ("hours/day", "hours/week", "hours"),
    "cents": ("EUR", "EUR/day"),
    "euros": ("EUR", "EUR/day"),
    "years": ("months",),
    "months": ("months",),
}
"""The units of the record that each unit of a mapping can be turned into."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a rulebook adds to what a mapping may name: its facts, outcomes and steps. None of it: no rulebook."""

    facts: Mapping[str, FactDef | OutcomeDef]
    steps: tuple[str, ...] = ()


class FieldLinker:
    """Links the fields of one mapping file: reports what is wrong to ``document``, makes what is right."""

    def __init__(self, document: Document, file: MappingFile, vocabulary: Vocabulary | None) -> None:
        self._document, self._file, self._vocabulary = document, file, vocabulary
        self._steps = vocabulary.steps if vocabulary else ()
        self.forms = self._forms()

    # -- places

    def _node(self, path: Path) -> Node | None:
        """The node at ``path``; a list of one may be written as the one itself."""
        node = self._document.file.root
        for part in path:
            if isinstance(node, yaml_nodes.Mapping) and isinstance(part, str):
                below = node.get(part)
                if below is None:
                    return node
                node = below
            elif isinstance(node, yaml_nodes.Sequence) and isinstance(part, int) and part < len(node.items):
                node = node.items[part]
        return node

    def _key(self, path: Path) -> Node | None:
        """The key that stands last in ``path``."""
        owner = self._node(path[:-1])
        if isinstance(owner, yaml_nodes.Mapping):
            return next((key for key, _ in owner.pairs if key.text == path[-1]), owner)
        return owner

    def _place(self, path: Path) -> Place:
        return self._document.place(self._node(path))

    def _fault(self, node: Node | None, code: str, what: str, why: str = "", hint: str = "") -> None:
        self._document.fault(node, code, what, why, hint)

    def _unknown_name(self, path: Path, kind: str, known: Iterable[str], code: str = "AR150") -> None:
        name = str(path[-1])
        names = list(known)
        hint = nearest(name, names) or (f"There are {', '.join(names)}." if len(names) <= 24 else "")
        self._fault(self._key(path), code, f"there is no {kind} {name[:60]}", "", hint)

    # -- forms

    def _forms(self) -> Forms:
        file = self._file
        days = self._day_forms(file.dates, ("dates",)) or ("yyyy-MM-dd",)
        for index, mark in enumerate(file.decimals):
            if mark not in (",", "."):
                self._fault(
                    self._node(("decimals", index)), "AR153", "a decimal mark is a comma or a point", "",
                    'Write decimals: ",".',
                )  # fmt: skip
        return Forms(days, "".join(file.decimals) or ".", self._truth(file.truth, ("truth",)), frozenset(file.unknown))

    def _day_forms(self, forms: Sequence[str], path: Path) -> tuple[str, ...]:
        wrong = False
        for index, form in enumerate(forms):
            if why := form_fault(form):
                wrong = True
                what = f"{form[:60] or 'an empty text'} is not the form of a day: {why}"
                self._fault(self._node((*path, index)), "AR153", what, "", "Write d.M.yyyy, yyyy-MM-dd or excel.")
        if not wrong and (pair := rival(forms)):
            what = f"{pair[0]} and {pair[1]} read some texts as different days"
            self._fault(self._node(path), "AR153", what, "Which of the two is meant cannot be seen.", "Leave one out.")
        return () if wrong else tuple(forms)

    def _truth(self, words: Mapping[Any, Sequence[str]], path: Path) -> Mapping[str, bool]:
        if not words:
            return TRUTH
        truth = dict(TRUTH)
        own: dict[str, bool] = {}
        for name, texts in words.items():
            for index, text in enumerate(texts):
                if own.get(text.lower(), name == "true") != (name == "true"):
                    node = self._node((*path, name, index))
                    self._fault(node, "AR153", f"{text[:60]} is said to be true and to be false")
                own[text.lower()] = name == "true"
        return truth | own

    # -- columns

    def _lookups(self, entries: Sequence[LookupEntry]) -> tuple[Lookup, ...]:
        return tuple(Lookup(entry.table, entry.key, entry.value) for entry in entries)

    def _column(self, name: str, lookups: Sequence[LookupEntry], path: Path) -> Column:
        node = self._node((*path, "column"))
        return Column(name, self._lookups(lookups), self._document.place(node))

    def _key_column(self, entry: KeyEntry, path: Path) -> Column:
        return self._column(entry.column, entry.lookup, path)

    # -- fields

    def _known_fields(self, name: str) -> dict[str, FieldInfo]:
        return client_fields() if name == "clients" else lists()[name].fields

    def _target(self, owner: str, name: str, path: Path) -> tuple[Target, str] | None:
        """What a field of the client or of an item takes, with the unit of its numbers."""
        fields = self._known_fields(owner)
        info = fields.get(name)
        if info is None:
            self._unknown_name(path, "field", fields)
            return None
        model = Client if owner == "clients" else lists()[owner].model
        return field_target(model, name, info.type, info.words, self._steps), info.unit

    def _fact(self, name: str, entry: FieldEntry, path: Path) -> tuple[Target, str] | None:
        facts: dict[str, Any] = dict(self._vocabulary.facts) if self._vocabulary is not None else {}
        definition: Any = facts.get(name)
        if self._vocabulary is not None and (definition is None or getattr(definition, "item", "") != ""):
            known = [key for key, fact in facts.items() if not getattr(fact, "item", "")]
            self._unknown_name(path, "fact", known)
            return None
        if definition is None:
            if entry.type is None:
                hint = "Write type: integer, boolean, date..., or load the mapping with its rulebook."
                self._fault(self._key(path), "AR156", f"the type of the fact {name[:60]} is not known", "", hint)
                return None
            return fact_target(name, entry.type, ()), ""
        if entry.type not in (None, definition.type):
            what = f"{name[:60]} is of the type {definition.type}, not {entry.type}"
            self._fault(self._node((*path, "type")), "AR156", what)
        return fact_target(name, definition.type, tuple(definition.words)), getattr(definition, "unit", "")

    def _plan(
        self,
        entry: FieldEntry,
        target: Target,
        unit: str,
        path: Path,
        child: Callable[[ChildEntry, Path], Child | None],
    ) -> FieldPlan | None:
        """The plan of a field; None after its faults have been reported."""
        ways = [way for way in ("column", "value", "columns", "rows") if way in entry.model_fields_set]
        if len(ways) != 1:
            what = f"{' and '.join(ways)} stand together" if ways else "nothing says where this comes from"
            hint = "Give exactly one of column, value, columns and rows."
            self._fault(self._node(path), "AR151", what, "", hint)
            return None
        if not self._fits(entry, target, unit, ways[0], path):
            return None
        if ways == ["value"]:
            constant = self._constant(target, entry.value, (*path, "value"))
            return FieldPlan(target.name, (), lambda cells: constant)
        read = self._reader(entry, target, path)
        if read is None:
            return None
        empty = self._constant(target, entry.empty, (*path, "empty")) if "empty" in entry.model_fields_set else None
        if entry.columns is not None:
            wrong = [word for word in entry.columns if word not in target.words]
            for word in wrong:
                self._unknown_name((*path, "columns", word), f"word of {target.name}", target.words, "AR152")
            columns = tuple(
                Column(name, (), self._place((*path, "columns", word))) for word, name in entry.columns.items()
            )
            words = tuple(entry.columns)
            return None if wrong else FieldPlan(target.name, columns, read, words=words, check=target.check)
        if entry.rows is not None:
            rows = child(entry.rows, (*path, "rows"))
            no_rows = entry.no_rows == "none"
            return (
                None
                if rows is None
                else FieldPlan(target.name, (), read, child=rows, many=True, no_rows=no_rows, check=target.check)
            )
        column = self._column(str(entry.column), entry.lookup, path)
        return FieldPlan(
            target.name, (column,), read, empty, many=target.many, split=entry.split, check=target.check,
            others_unknown=entry.other == "unknown",
        )  # fmt: skip

    def _fits(self, entry: FieldEntry, target: Target, unit: str, way: str, path: Path) -> bool:
        """Whether the keys of a field go together; if not, that has been reported."""
        before = len(self._document.faults.by_place)
        keys = entry.model_fields_set

        def refuse(key: str, what: str, hint: str = "") -> None:
            self._fault(self._key((*path, key)), "AR151", what, "", hint)

        if way == "columns" and target.type != "set":
            refuse("columns", f"{target.name} is no set of words", "columns has a truth column for each word of a set.")
        if way == "rows" and not target.many:
            refuse("rows", f"{target.name} is neither days nor words", "rows fills lists of days and sets of words.")
        if "split" in keys and (way != "column" or not target.many):
            refuse("split", f"there is nothing to split in {target.name}", "split parts the members of one cell.")
        if "no_rows" in keys and way != "rows":
            refuse("no_rows", "no_rows belongs to rows")
        for key in ("lookup", "empty"):
            if key in keys and way != "column":
                refuse(key, f"{key} belongs to a column")
        for key in ("codes", "other", "dates", "truth", "unit"):
            if key in keys and way == "value":
                refuse(key, f"{key} does not go together with value")
        if "other" in keys and "codes" not in keys and "lookup" not in keys:
            refuse("other", "other belongs to codes or lookup")
        if entry.unit is not None and unit not in _UNITS[entry.unit]:
            hint = f"{target.name} is in {unit}." if unit else f"{target.name} has no unit."
            refuse("unit", f"{entry.unit} cannot be turned into the unit of {target.name}", hint)
        return len(self._document.faults.by_place) == before

    def _constant(self, target: Target, value: Any, path: Path) -> Any:
        try:
            return target.constant(value)
        except CellFault as fault:
            shown = text_of(value)[:60] if not isinstance(value, (list, dict)) else "this"
            hint = nearest(shown, target.words) or (
                f"It can be {', '.join(target.words)}." if 0 < len(target.words) <= 24 else ""
            )
            self._fault(self._node(path), "AR152", f"{shown} cannot be {target.name}: it {fault.what}", "", hint)
            return None

    def _reader(self, entry: FieldEntry, target: Target, path: Path) -> Reader | None:
        forms = self.forms
        if entry.dates or entry.truth:
            days = self._day_forms(entry.dates, (*path, "dates")) or forms.days
            truth = self._truth(entry.truth, (*path, "truth")) if entry.truth else forms.truth
            forms = Forms(days, forms.decimals, truth, forms.unknown)
        check = None if target.many else target.check
        if entry.columns is not None:
            return reader("boolean", forms)
        if entry.codes is not None:
            codes = self._codes(entry.codes, target, path)
            return None if codes is None else _reader_of_codes(codes, entry.other == "unknown")
        read = reader(target.member_type, forms, target.words, entry.unit or "")
        return read if check is None else lambda value: check(read(value))

    def _codes(self, codes: Any, target: Target, path: Path) -> dict[str, Any] | None:
        """The meaning of each code; None after a fault has been reported."""
        where: Path = (*path, "codes")
        if isinstance(codes, str):
            if codes not in self._file.codes:
                hint = nearest(codes, self._file.codes) or "Tables of codes stand under codes."
                self._fault(self._node(where), "AR152", f"there is no table of codes {codes[:60]}", "", hint)
                return None
            where, table = ("codes", codes), self._file.codes[codes]
        elif isinstance(codes, dict) and codes:
            table = codes
        else:
            self._fault(self._node(where), "AR008", "this should be a table of codes or the name of one")
            return None
        before = len(self._document.faults.by_place)
        member = target if not target.many else fact_target(target.name, target.member_type, target.words)
        meanings = {code.strip(): self._constant(member, value, (*where, code)) for code, value in table.items()}
        return meanings if len(self._document.faults.by_place) == before else None


def _reader_of_codes(codes: Mapping[str, Any], others_unknown: bool) -> Reader:
    def read(value: Any) -> Any:
        code = text_of(value)
        if code in codes:
            return codes[code]
        if others_unknown:
            return None
        hint = "Add it to the table of codes, or write other: unknown."
        raise CellFault("AR163", "is a code that the mapping does not have", hint)

    return read
