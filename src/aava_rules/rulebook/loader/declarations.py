"""Names that rules may use, out of vocabulary.yaml, parameters.yaml and sources.yaml of all layers, as amended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, cast

from pydantic import TypeAdapter

from aava_rules.language.values import NUMERIC, amount
from aava_rules.rulebook.loader import file_schema
from aava_rules.rulebook.loader.amendments import Touched, is_changed_too_early
from aava_rules.rulebook.loader.documents import Document, nearest
from aava_rules.rulebook.loader.expressions import (
    CitationReader,
    LineReader,
    check_words,
    reads_rule_dates,
    record_field,
)
from aava_rules.rulebook.loader.folders import LayerFolder
from aava_rules.rulebook.loader.schema_types import FACT_NAME, NAME, SOURCE_KEY, Text, ToldText
from aava_rules.rulebook.loader.symbols import Entry, LineScope, Names, fields_of, list_of, singulars
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence
from aava_rules.rulebook.model import (
    Deprecated,
    OutcomeDef,
    Parameter,
    ParamValue,
    Proof,
    RequirementDef,
    Source,
    Status,
    StepDef,
)

_TEXT: TypeAdapter[Any] = TypeAdapter(Text)
_TOLD_TEXT: TypeAdapter[Any] = TypeAdapter(ToldText)
_LABEL = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
_SECTIONS: dict[str, tuple[str, str, Any]] = {
    "facts": ("fact", FACT_NAME, file_schema.Fact),
    "outcomes": ("outcome", NAME, file_schema.Outcome),
    "requirements": ("requirement", NAME, file_schema.Requirement),
    "steps": ("step", NAME, file_schema.Step),
    "words": ("word", NAME, _TOLD_TEXT),
    "fields": ("field", _LABEL, _TEXT),
}


_AMENDED: dict[str, Any] = {
    "facts": file_schema.AmendedWords,
    "outcomes": file_schema.AmendedWords,
    "parameters": file_schema.AmendedParameter,
}
"""What an amendment may say of such a name of the rulebook that it amends."""


def collect(names: Names, layer: LayerFolder, touched: Touched) -> None:
    """Declare what one layer adds. Faults of shape are reported, and the entries that have them left out.

    Args:
        names: what the names are added to.
        layer: the documents of the layer.
        touched: what amendments change, where what this one does is noted.
    """
    for file, document in layer.top.items():
        root = document.file.root
        if file == "vocabulary.yaml":
            assert isinstance(root, Mapping)
            for key, node in root.pairs:
                if key.text not in _SECTIONS:
                    hint = nearest(key.text, _SECTIONS) or f"It can have {', '.join(_SECTIONS)}."
                    document.fault(key, "AR007", f"there is no {key.text[:60]} here", "", hint)
                elif not (isinstance(node, Scalar) and node.value is None):
                    what, pattern, shape = _SECTIONS[key.text]
                    _declare(names, key.text, document, layer, node, (what, pattern, shape), touched)
        elif file == "parameters.yaml":
            _declare(names, "parameters", document, layer, root, ("parameter", NAME, file_schema.Parameter), touched)
        elif file == "sources.yaml":
            _declare(names, "sources", document, layer, root, ("source", SOURCE_KEY, file_schema.Source), touched)


def _declare(
    names: Names, kind: str, document: Document, layer: LayerFolder, node: Node | None, shape: tuple[str, str, Any],
    touched: Touched,
) -> None:  # fmt: skip
    what, pattern, checked = shape
    for key, value in document.entries(node, pattern, what):
        amended: Entry[Any] | None = getattr(names, kind).get(key.text) if layer.info.amends else None
        if amended is not None and kind in _AMENDED and layer.info.may_change(amended.layer):
            allowed = _AMENDED[kind].model_fields
            if isinstance(value, Mapping) and not {pair.text for pair, _ in value.pairs} <= allowed.keys():
                why = f"It stands in {amended.document.place(amended.key)}."
                hint = f"Of what it amends, an amendment says {' and '.join(allowed)} alone."
                document.fault(key, "AR060", f"the {what} {key.text} is defined again", why, hint)
                continue
            _amend(names, kind, amended, Entry(key.text, None, key, value, document, layer.info), touched)
            continue
        if layer.info.amends and isinstance(value, Mapping) and {k.text for k, _ in value.pairs} <= {"values", "words"}:
            _report_unamended(names, kind, what, key, document, layer)
            continue
        if isinstance(checked, TypeAdapter):
            declared = document.check_value(checked, value)
        else:
            declared = document.check(checked, value)
        if declared is None:
            names.broken.add((kind, key.text))
        else:
            names.add(kind, Entry(key.text, declared, key, value, document, layer.info))


def _report_unamended(names: Names, kind: str, what: str, key: Scalar, document: Document, layer: LayerFolder) -> None:
    """Report what is written as a change of something that the amended rulebook does not have."""
    known = getattr(names, kind)
    base = layer.info.amends
    own = [name for name, entry in known.items() if layer.info.may_change(entry.layer)]
    why = f"{key.text} is of {known[key.text].layer.name}." if key.text in known else ""
    hint = nearest(key.text, own) or "Of a new one say all: type, title and the rest."
    if (kind, key.text) not in names.broken:
        document.fault(key, "AR080", f"{base} has no {what} {key.text[:60]} to amend", why, hint)
        names.broken.add((kind, key.text))


def _amend(names: Names, kind: str, base: Entry[Any], change: Entry[Any], touched: Touched) -> None:
    """Add what an amendment says of a name that the amended rulebook declares.

    Args:
        names: the names of the rulebook.
        kind: ``facts``, ``outcomes`` or ``parameters``.
        base: what is amended.
        change: what the amendment says, not checked yet.
        touched: where the change is noted.
    """
    model = change.document.check(_AMENDED[kind], change.node)
    touched.add(f"{kind.removesuffix('s')} {change.name}", change.layer, change.document, change.key)
    if model is not None and kind != "parameters" and base.model.type not in ("choice", "set"):
        change.document.fault(change.key, "AR042", f"{change.name} is of type {base.model.type}, which has no words")
        model = None
    if model is None:
        names.broken.add((kind, change.name))
        return
    change.model = model
    base.amended.append(change)
    if kind == "parameters":
        base.model = base.model.model_copy(update={"values": base.model.values | model.values})
    else:
        base.model = base.model.model_copy(update={"words": list(dict.fromkeys([*base.model.words, *model.words]))})


class Declarations:
    """Links everything that is declared, but the facts."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def sources(self) -> dict[str, Source]:
        """The sources that may be cited."""
        return {
            key: Source(key, entry.model.title, entry.model.number, entry.model.link)
            for key, entry in self.names.sources.items()
        }

    def outcomes(self) -> dict[str, OutcomeDef]:
        """The questions that rules decide."""
        outcomes = {}
        for name, entry in self.names.outcomes.items():
            o = entry.model
            check_words(entry.document, entry.node, o.type, o.unit, o.words)
            deprecated = self._deprecated(entry)
            outcomes[name] = OutcomeDef(name, o.type, o.unit, o.title, tuple(o.words), entry.layer.name, deprecated)
        return outcomes

    def _deprecated(self, entry: Entry[file_schema.Outcome]) -> Deprecated | None:
        """What takes the place of an outcome that goes away; that nothing has this name is reported."""
        deprecated = entry.model.deprecated
        if deprecated is None:
            return None
        if deprecated.instead == entry.name or deprecated.instead not in self.names.outcomes:
            others = [name for name in self.names.outcomes if name != entry.name]
            what = f"no other outcome is named {deprecated.instead[:60]}"
            node = entry.node.get("deprecated") if isinstance(entry.node, Mapping) else None
            entry.document.fault(node, "AR011", what, "", nearest(deprecated.instead, others))
        return Deprecated(deprecated.instead, deprecated.until)

    def requirements(self) -> dict[str, RequirementDef]:
        """What plans, periods and cases must meet."""
        return {
            name: RequirementDef(name, entry.model.each, entry.model.title, entry.layer.name)
            for name, entry in self.names.requirements.items()
        }

    def steps(self) -> dict[str, StepDef]:
        """The steps of the client path, with what proves them done."""
        steps = {}
        for name, entry in self.names.steps.items():
            assert isinstance(entry.node, Mapping)
            node = entry.node.get("proof")
            items = node.items if isinstance(node, Sequence) else []
            proofs = tuple(proof for item in items if (proof := self._proof(entry.document, item)) is not None)
            steps[name] = StepDef(name, entry.model.title, proofs, entry.layer.name)
        return steps

    def _proof(self, document: Document, node: Node) -> Proof | None:
        assert isinstance(node, Mapping)
        day, where_node = node.get("date"), node.get("where")
        assert day is not None
        field = record_field(document, day, "date")
        if field is None:
            return None
        where = LineReader(document, LineScope(self.names, field[0])).condition(where_node) if where_node else None
        if where is not None and (which := reads_rule_dates(where)):
            document.fault(where_node, "AR032", f"rule.{min(which)} stands in a proof", "A proof belongs to no rule.")
        return Proof(list_of(field[0]), field[1], where) if where is not None or where_node is None else None

    def labels(self) -> None:
        """Report the labels of fields that no record has."""
        for name, entry in self.names.fields.items():
            singular, _, field = name.partition(".")
            known = [f"{item}.{key}" for item in singulars() for key in fields_of(item)]
            if field not in fields_of(singular):
                hint = nearest(name, known)
                entry.document.fault(entry.key, "AR011", f"no record has the field {name[:60]}", "", hint)

    def parameters(self) -> dict[str, Parameter]:
        """The parameters with all their values, earliest first."""
        return {name: self._parameter(entry) for name, entry in self.names.parameters.items()}

    def _parameter(self, entry: Entry[file_schema.Parameter]) -> Parameter:
        p, document, node = entry.model, entry.document, entry.node
        assert isinstance(node, Mapping)
        if (p.type == "table") != bool(p.columns):
            what = "a table needs columns" if p.type == "table" else f"{p.type} parameters have no columns"
            document.fault(node.get("columns") or node, "AR034", what)
        columns: dict[str, tuple[str, str]] = {name: (column.type, column.unit) for name, column in p.columns.items()}
        columns_node = node.get("columns")
        for key, _ in columns_node.pairs if isinstance(columns_node, Mapping) else []:
            if not re.search(NAME, key.text, re.ASCII):
                document.fault(key, "AR034", f"{key.text[:60]} cannot be the name of a column")
        values = self._values(entry, columns)
        return Parameter(entry.name, p.title, p.type, p.unit, values, entry.layer.name, columns)

    def _values(
        self, entry: Entry[file_schema.Parameter], columns: dict[str, tuple[str, str]]
    ) -> tuple[ParamValue, ...]:
        values_node = _values_node(entry)
        if not values_node.pairs:
            entry.document.fault(values_node, "AR033", f"{entry.name} has no value")
        values = self._dated(entry, entry, columns)
        for change in entry.amended:
            values = self._amended(values, change, entry, columns)
        return tuple(value for _, value in values)

    def _dated(
        self, written: Entry[Any], entry: Entry[file_schema.Parameter], columns: dict[str, tuple[str, str]]
    ) -> list[tuple[Node, ParamValue]]:
        """The values of a parameter in one file, earliest first, each with the node of its day.

        Args:
            written: what the file says of the parameter.
            entry: the parameter.
            columns: its columns.
        """
        document, pairs = written.document, _values_node(written).pairs
        citer = CitationReader(self.names, document)
        dated_values: list[tuple[Node, ParamValue]] = []
        for key, node in pairs:
            start = None if key.text == "always" else citer.day(key)
            if key.text == "always" and len(pairs) > 1:
                document.fault(key, "AR033", "always stands beside days", "What always holds has no other value.")
            if (start is None and key.text != "always") or not isinstance(node, Mapping):
                continue
            value = self._value(document, key, node, entry.model.type, columns)
            status = node.get("status")
            checked = status.text if isinstance(status, Scalar) else ""
            cites, acts = citer.cites(node.get("cite")), citer.to_read(node, checked)
            dated_values.append((key, ParamValue(start, value, cites, cast(Status, checked), acts)))
        return sorted(dated_values, key=lambda pair: pair[1].start or date.min)

    def _amended(
        self, values: list[tuple[Node, ParamValue]], change: Entry[Any], entry: Entry[file_schema.Parameter],
        columns: dict[str, tuple[str, str]],
    ) -> list[tuple[Node, ParamValue]]:  # fmt: skip
        """The values as an amendment changes them: from its first day on they are its own, and it says all of them.

        Args:
            values: the values without the amendment.
            change: what the amendment says.
            entry: the parameter.
            columns: its columns.
        """
        later = self._dated(change, entry, columns)
        for key, value in later:
            is_changed_too_early(change.document, key, change.layer, value.start)
        starts = {value.start for _, value in later}
        first = min((start for start in starts if start is not None), default=date.max)
        for _, value in values:
            if value.start is not None and value.start > first and value.start not in starts:
                what = f"{entry.name} has a value from {value.start}, which the amendment passes over"
                why = f"It gives one from {first} on."
                hint = "Write what holds from that day too: the same value again, if nothing changes then."
                change.document.fault(change.key, "AR081", what, why, hint)
        earlier = [pair for pair in values if pair[1].start is None or pair[1].start < first]
        return [*earlier, *later]

    def _value(
        self, document: Document, key: Node, node: Mapping, kind: str, columns: dict[str, tuple[str, str]]
    ) -> Any:
        value, rows = node.get("value"), node.get("rows")
        if (value is None) == (rows is None):
            document.fault(key, "AR033", "a value has one of value: and rows:")
            return None
        if isinstance(value, Scalar) and value.value is None:
            return None  # no such rule from that day on
        if kind != "table":
            if value is None:
                document.fault(rows, "AR033", f"rows stand in a parameter of type {kind}")
                return None
            return self._number(document, value, kind)
        if not isinstance(rows, Mapping) or not rows.pairs:
            document.fault(rows or value, "AR034", "a table has rows", "", "Write rows: {1: {column: value}}.")
            return None
        return {row: cells for pair, node in rows.pairs for row, cells in self._row(document, pair, node, columns)}

    def _row(
        self, document: Document, key: Scalar, node: Node, columns: dict[str, tuple[str, str]]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        if type(key.value) is not int:
            document.fault(key, "AR034", f"the row {key.text[:60]} is not a whole number")
        elif not isinstance(node, Mapping) or {pair.text for pair, _ in node.pairs} != set(columns):
            why = f"They are {', '.join(columns)}."
            document.fault(key, "AR034", f"row {key.text} has not the columns of the table", why)
        else:
            yield key.value, {c.text: self._number(document, cell, columns[c.text][0]) for c, cell in node.pairs}

    def _number(self, document: Document, node: Node, kind: str) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if kind == "text" and isinstance(value, str) and value:
            return value
        if kind == "integer" and type(value) is int:
            return value
        if kind in ("decimal", "money") and type(value) in (int, Decimal):
            exact = Decimal(value)  # type: ignore[arg-type]
            exponent = exact.as_tuple().exponent
            if kind == "money" and isinstance(exponent, int) and exponent < -2:
                document.fault(node, "AR033", f"{value} has parts of a cent")
            return amount(exact) if kind == "money" else exact
        shown = node.text[:60] if isinstance(node, Scalar) else "this"
        hint = "Numbers stand without quotes." if isinstance(node, Scalar) and node.quoted and kind != "text" else ""
        if isinstance(node, Scalar) and re.fullmatch(r"-?\d+,\d+", node.text) and kind in NUMERIC:
            hint = f"A number has a decimal point: {node.text.replace(',', '.')}."
        document.fault(node, "AR033", f"{shown or 'nothing'} is not of type {kind}", "", hint)
        return None


def _values_node(entry: Entry[Any]) -> Mapping:
    assert isinstance(entry.node, Mapping)
    node = entry.node.get("values")
    assert isinstance(node, Mapping)
    return node
