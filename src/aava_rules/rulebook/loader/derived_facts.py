"""The facts of a vocabulary: typed, each with its derivation, and linked after those that it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aava_rules.language.functions import AGGREGATES, nullable
from aava_rules.language.syntax import Condition, Expr, Fact, Param, Truth, walk
from aava_rules.record.fields import client_fields
from aava_rules.rulebook.dependencies import depends_on_the_day
from aava_rules.rulebook.loader import file_schema
from aava_rules.rulebook.loader.documents import nearest
from aava_rules.rulebook.loader.expressions import (
    CitationReader,
    LineReader,
    check_words,
    nullable_test,
    reads_rule_dates,
    record_field,
    type_mismatch,
)
from aava_rules.rulebook.loader.symbols import Entry, LineScope, Names, fields_of, list_of, singulars
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Sequence
from aava_rules.rulebook.model import Derivation, Excluded, FactDef, Limit, Window

MAX_CHAIN = 40
"""Facts that may be derived from one another in a row."""


class DerivationReader:
    """Reads the derivation of one fact: an expression, or an aggregation over one list."""

    def __init__(self, names: Names, entry: Entry[file_schema.Fact], singular: str) -> None:
        assert isinstance(entry.node, Mapping)
        self.names, self.fact, self.singular = names, entry.model, singular
        self.name, self.node, self.document, self.key = entry.name, entry.node, entry.document, entry.key
        self.lines = LineReader(entry.document, LineScope(names, singular))

    def check_name(self) -> None:
        """Report a name that begins with no singular of a list, or is that of a field of the record."""
        if not self.singular:
            return
        field = self.name.partition(".")[2]
        if self.singular not in singulars():
            self.document.fault(self.key, "AR011", f"no items are called {self.singular}", "", _items())
        elif field in fields_of(self.singular):
            self.document.fault(self.key, "AR040", f"{self.name} is a field of the record already")

    def default(self) -> Expr | None:
        """The value that counts where the fact is unknown; None if there is none, or it is wrong."""
        node = self.node.get("default")
        term = self.lines.value(node, self.fact.type, self.fact.unit) if node else None
        if term is None or self._has_rule_dates(node, term) or self._has_other_words(node, term):
            return None
        return term

    def _has_other_words(self, node: Node | None, value: Expr) -> bool:
        """Whether a value could be a word that the fact does not have; a fault is reported if so."""
        if self.fact.type not in ("choice", "set"):
            return False
        strange = [word for word in self.lines.scope.words(value) if word not in self.fact.words]
        if strange:
            why = f"{value} could be it, and no test of {self.name} could tell."
            self.document.fault(node, "AR014", f"{strange[0]} is not among the words of {self.name}", why)
        return bool(strange)

    def derivation(self) -> Derivation | None:
        """How the fact is derived; None if it is only ready-made, or its derivation is wrong."""
        kinds = [kind for kind in file_schema.DERIVATIONS if self.node.get(kind) is not None]
        modifiers = [name for name in ("where", "within", "since", "outside") if self.node.get(name) is not None]
        if len(kinds) > 1:
            self._fault(kinds[1], "AR070", f"{self.name} is derived in two ways: {', '.join(kinds)}")
            return None
        if not kinds:
            if modifiers:
                what = f"{modifiers[0]} says nothing without a derivation"
                self._fault(
                    modifiers[0], "AR070", what, f"A derivation is one of {', '.join(file_schema.DERIVATIONS)}."
                )
            return None
        kind = kinds[0]
        aggregate = AGGREGATES.get(kind)
        allowed = aggregate.modifiers if aggregate else ()
        for name in modifiers:
            if name not in allowed:
                takes = ", ".join(allowed)
                self._fault(name, "AR070", f"{kind} takes no {name}", f"It takes {takes}." if takes else "")
                return None
        read: Callable[[Node], Derivation | None] = {
            "value": self._value, "total": self._total, "count": self._count, "latest": self._day,
            "earliest": self._day, "any": self._any, "peak": self._peak, "gaps_at_most": self._gaps,
            "unbroken": self._unbroken, "reached": self._reached,
        }[kind]  # fmt: skip
        node = self.node.get(kind)
        assert node is not None
        if self.singular and aggregate and not aggregate.of_item:
            why = f"{self.name} is a fact of one {self.singular}, which has no lists of items."
            self._fault(kind, "AR072", f"{kind} stands in a fact of an item", why)
            return None
        if not self.singular and aggregate and not aggregate.of_client:
            self._fault(kind, "AR072", f"{kind} stands in a fact of the client", "It asks the days of one item.")
            return None
        return read(node)

    def _fault(self, key: str, code: str, what: str, why: str = "", hint: str = "") -> None:
        node = next((pair for pair, _ in self.node.pairs if pair.text == key), self.node)
        self.document.fault(node, code, what, why, hint)

    def _has_rule_dates(self, node: Node | None, *trees: Expr | Condition | None) -> bool:
        if which := reads_rule_dates(*trees):
            self.document.fault(node, "AR032", f"rule.{min(which)} stands in a fact", "A fact belongs to no rule.")
        return bool(which)

    def _is(self, kind: str, *units: str) -> bool:
        """Whether the fact has the type that its derivation gives; a fault is reported if not."""
        declared = f"{self.fact.type}{f' ({self.fact.unit})' if self.fact.unit else ''}"
        if self.fact.type != kind or (units and self.fact.unit not in units):
            wanted = f"{kind}{f' ({units[0]})' if units and units[0] else ''}"
            self.document.fault(self.key, "AR072", f"{self.name} is {declared}, but its derivation gives {wanted}")
            return False
        return True

    def _gives(self, aggregate: str) -> bool:
        """Whether the fact has the type and a unit that an aggregate gives; a fault is reported if not."""
        entry = AGGREGATES[aggregate]
        return self._is(entry.gives, *entry.units)

    def _value(self, node: Node) -> Derivation | None:
        if self.fact.type == "boolean":
            test = self.lines.test(node)
            return None if test is None or self._has_rule_dates(node, test) else _test_or_value(test)
        term = self.lines.value(node)
        if term is None or self._has_rule_dates(node, term):
            return None
        if fault := type_mismatch(term, self.fact.type, self.fact.unit):
            self.document.fault(node, *fault)
            return None
        return None if self._has_other_words(node, term) else Derivation("value", value=term)

    def _rows(self, kind: str, singular: str, field: str, within: Window | None = None) -> Derivation | None:
        where_node = self.node.get("where")
        lines = LineReader(self.document, LineScope(self.names, singular))
        where = lines.condition(where_node) if where_node is not None else None
        if where_node is not None and (where is None or self._has_rule_dates(where_node, where)):
            return None
        return Derivation(kind, over=list_of(singular), field=field, where=where, within=within)

    def _total(self, node: Node) -> Derivation | None:
        target = record_field(self.document, node, "integer")
        if target is None:
            return None
        singular, field, info = target
        if not info.unit:
            self.document.fault(node, "AR072", f"{singular}.{field} has no unit that could be added up")
            return None
        within_node = self.node.get("within")
        within = self._window(within_node) if within_node is not None else None
        outside = self._outside()
        if not self._is("integer", info.unit) or (within_node is not None and within is None):
            return None
        rows = self._rows("total", singular, field, within)
        if rows is None:
            return None
        return Derivation("total", None, rows.over, field, rows.where, within, "", outside)

    def _window(self, node: Node) -> Window | None:
        assert isinstance(node, Mapping)
        keys = {key.text for key, value in node.pairs}
        if keys == {"months", "before"}:
            months, end = self._months(node.get("months")), self.lines.value(node.get("before"), "date")
            start = None
        elif keys and keys <= {"from", "to"}:
            months = None
            start = self.lines.value(node.get("from"), "date") if "from" in keys else None
            end = self.lines.value(node.get("to"), "date") if "to" in keys else None
        else:
            hint = "Write {months: 12, before: day} or {from: day, to: day}."
            self.document.fault(node, "AR070", "these days are not a window", "", hint)
            return None
        sound = (months is not None) == ("months" in keys) and (start is not None) == ("from" in keys)
        sound = sound and (end is not None) == ("before" in keys or "to" in keys)
        return Window(start, end, months) if sound and not self._has_rule_dates(node, start, end) else None

    def _months(self, node: Node | None) -> int | Expr | None:
        value = getattr(node, "value", None)
        if type(value) is int:
            if 0 < value <= 1200:
                return value
            self.document.fault(node, "AR008", f"{value} months are no window")
            return None
        return self.lines.value(node, "integer", "months")

    def _outside(self) -> tuple[Excluded, ...]:
        node = self.node.get("outside")
        items = node.items if isinstance(node, Sequence) else []
        exclusions = []
        for item, excluded in zip(items, self.fact.outside, strict=False):
            assert isinstance(item, Mapping)
            cite = CitationReader(self.names, self.document).cites(item.get("cite"))
            if excluded.from_ > excluded.until:
                self.document.fault(item, "AR031", "these days end before they begin")
            exclusions.append(Excluded(excluded.from_, excluded.until, excluded.possibly, cite))
        return tuple(exclusions)

    def _count(self, node: Node) -> Derivation | None:
        text = str(getattr(node, "text", ""))
        if not self.singular:
            return self._rows("count", text, "") if self._is_item(node, text) and self._gives("count") else None
        return self._of_own_field("count", node, "set", "words")

    def _of_own_field(self, kind: str, node: Node, type_of_field: str, what: str) -> Derivation | None:
        """What is derived from one field of the item itself, which holds several words or days."""
        if self.node.get("where") is not None:
            self._fault("where", "AR070", f"the {what} of one item have no where")
            return None
        target = record_field(self.document, node, type_of_field)
        if target is None or not self._own(node, target[0]) or not self._gives(kind):
            return None
        return Derivation(kind, over=list_of(target[0]), field=target[1])

    def _is_item(self, node: Node, text: str) -> bool:
        if text in singulars():
            return True
        self.document.fault(node, "AR011", f"no items are called {text[:60]}", "", _items())
        return False

    def _own(self, node: Node, singular: str) -> bool:
        if singular == self.singular:
            return True
        self.document.fault(node, "AR072", f"a fact of a {self.singular} cannot ask a {singular}")
        return False

    def _any(self, node: Node) -> Derivation | None:
        text = str(getattr(node, "text", ""))
        return self._rows("any", text, "") if self._is_item(node, text) and self._gives("any") else None

    def _day(self, node: Node) -> Derivation | None:
        kind = "latest" if self.node.get("latest") is node else "earliest"
        if self.singular:
            return self._of_own_field(kind, node, "dates", "days")
        target = record_field(self.document, node, "date")
        return self._rows(kind, target[0], target[1]) if target and self._gives(kind) else None

    def _peak(self, node: Node) -> Derivation | None:
        target = record_field(self.document, node, "dates")
        if target is not None and not {"start", "end"} <= fields_of(target[0]).keys():
            what = f"{target[0]}.{target[1]} lies between no first and last day"
            self.document.fault(node, "AR072", what, "Where days are not listed, all between them may count.")
            return None
        within = self.node.get("within")
        keys = [key.text for key, _ in within.pairs] if isinstance(within, Mapping) else []
        if keys not in (["months"], ["weeks"]):
            hint = "Write {months: 12}, or {weeks: 1} for a calendar week."
            self.document.fault(within or node, "AR070", "a peak is counted within months or a week", "", hint)
            return None
        assert isinstance(within, Mapping)
        months, since = self._months(within.get("months")) if keys == ["months"] else None, self._since()
        if target is None or (keys == ["months"] and months is None) or since is None or not self._gives("peak"):
            return None
        window = Window(months=months) if keys == ["months"] else Window(weeks=1)
        rows = self._rows("peak", target[0], target[1], window)
        return rows and Derivation("peak", None, rows.over, rows.field, rows.where, rows.within, since)

    def _unbroken(self, node: Node) -> Derivation | None:
        text = str(getattr(node, "text", ""))
        if not self._is_item(node, text):
            return None
        if not {"start", "end"} <= fields_of(text).keys():
            self.document.fault(node, "AR072", f"a {text} has no first and last day")
            return None
        within = self.node.get("within")
        keys = {key.text for key, _ in within.pairs} if isinstance(within, Mapping) else set()
        if within is None or keys != {"from", "to"}:
            what, hint = "a time without a gap is looked for within days", "Write {from: day, to: day}."
            self.document.fault(within or node, "AR070", what, "It must reach the first of them.", hint)
            return None
        window = self._window(within)
        return self._rows("unbroken", text, "", window) if window is not None and self._gives("unbroken") else None

    def _reached(self, node: Node) -> Derivation | None:
        assert isinstance(node, Mapping)
        days, listed = node.get("days"), node.get("limits")
        assert days is not None and isinstance(listed, Sequence)
        target = record_field(self.document, days, "integer")
        if target is None:
            return None
        singular, field, info = target
        if not info.unit or not {"start", "end"} <= fields_of(singular).keys():
            self.document.fault(days, "AR072", f"{singular}.{field} are no days paid between a first and a last one")
            return None
        limits = []
        for entry in listed.items:
            assert isinstance(entry, Mapping)
            amount = self.lines.value(entry.get("amount"), "integer", info.unit)
            start = self.lines.value(entry.get("from"), "date") if entry.get("from") is not None else None
            if amount is None or (start is None) != (entry.get("from") is None):
                return None
            if self._has_rule_dates(entry, amount, start):
                return None
            limits.append(Limit(amount, start))
        rows = self._rows("reached", singular, field) if self._gives("reached") else None
        return None if rows is None else replace(rows, limits=tuple(limits))

    def _since(self) -> str | None:
        """The parameter that `since` names, empty if there is no `since`; None if it is wrong."""
        node = self.node.get("since")
        if node is None:
            return ""
        term = self.lines.value(node)
        if isinstance(term, Param):
            return term.name
        if term is not None:
            self.document.fault(node, "AR072", "since needs a parameter", "", "Write param.name.")
        return None

    def _gaps(self, node: Node) -> Derivation | None:
        assert isinstance(node, Mapping)
        dates = node.get("dates")
        assert dates is not None
        target = record_field(self.document, dates, "dates")
        months = self._months(node.get("months"))
        start = self.lines.value(node.get("from"), "date")
        end = self.lines.value(node.get("to"), "date")
        if target is None or not self._own(dates, target[0]) or not self._gives("gaps_at_most"):
            return None
        since = self._since()
        also = self._also(node.get("also"))
        if months is None or start is None or end is None or self._has_rule_dates(node, start, end) or since is None:
            return None
        if also is None:
            return None
        window = Window(start, end, months)
        return Derivation(
            "gaps_at_most", over=list_of(target[0]), field=target[1], within=window, since=since, also=also
        )

    def _also(self, node: Node | None) -> tuple[tuple[str, str], ...] | None:
        """What else shows days: fields of days as list and field, steps as ``events`` and step; None if it is wrong."""
        also = []
        for item in node.items if isinstance(node, Sequence) else []:
            name = str(getattr(item, "text", ""))
            if "." in name:
                target = record_field(self.document, item, "dates")
                if target is None:
                    return None
                also.append((list_of(target[0]), target[1]))
            elif name in self.names.steps:
                also.append(("events", name))
            else:
                hint = nearest(name, self.names.steps) or "It must stand under steps in vocabulary.yaml."
                self.document.fault(item, "AR011", f"there is no step {name[:60]}", "", hint)
                return None
        return tuple(also)


def _test_or_value(test: Condition) -> Derivation:
    # A bare boolean is a term like any other; a comparison has no term, so it is kept as a test.
    return Derivation("value", value=test.term) if isinstance(test, Truth) else Derivation("test", where=test)


def _items() -> str:
    return f"There are {', '.join(singulars())}."


class FactLinker:
    """Links facts when they are first read, each after those that it reads; ``run`` links them all."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.definitions: dict[str, FactDef] = {}
        self._terms: dict[str, Fact] = {}
        self._stack: list[str] = []
        names.resolve = self.resolve
        for name in names.facts:
            singular, dot, field = name.partition(".")
            if dot:
                names.item_facts.setdefault(singular, set()).add(field)

    def run(self) -> dict[str, FactDef]:
        """Every fact, linked."""
        for name in self.names.facts:
            self.resolve(name)
        return self.definitions

    def resolve(self, name: str) -> Fact | None:
        """The typed term of the fact, outcome or client field ``name``; None if nothing has that name."""
        if (outcome := self.names.outcomes.get(name)) is not None:
            return Fact(name, outcome.model.type, outcome.model.unit, nullable=False, sensitive=True)
        entry = self.names.facts.get(name)
        if entry is None:
            info = client_fields().get(name)
            return Fact(name, info.type, info.unit) if info else None
        if name not in self._terms:
            declared = Fact(name, entry.model.type, entry.model.unit, sensitive=entry.model.of_the_day)
            if self._in_circle(name, entry):
                return declared
            self._stack.append(name)
            self._derive(entry)
            self._stack.pop()
        return self._terms[name]

    def _in_circle(self, name: str, entry: Entry[file_schema.Fact]) -> bool:
        if name in self._stack:
            circle = [*self._stack[self._stack.index(name) :], name]
            first = min(circle)
            what = "facts are derived from one another in a circle"
            at = self.names.facts[first]
            at.document.fault(at.key, "AR071", what, f"{' reads '.join(circle)}.")
            return True
        if len(self._stack) >= MAX_CHAIN:
            what = f"more than {MAX_CHAIN} facts are derived from one another in a row"
            entry.document.fault(entry.key, "AR017", what)
            return True
        return False

    def _derive(self, entry: Entry[file_schema.Fact]) -> None:
        name, fact = entry.name, entry.model
        singular = name.partition(".")[0] if "." in name else ""
        check_words(entry.document, entry.node, fact.type, fact.unit, fact.words)
        reader = DerivationReader(self.names, entry, singular)
        reader.check_name()
        derivation = reader.derivation()
        default = reader.default()
        definition = FactDef(
            name, fact.type, fact.unit, fact.title, tuple(fact.words), fact.of_the_day, derivation, default,
            singular, entry.layer.name,
        )  # fmt: skip
        self.definitions[name] = definition
        may_be_none = self._may_be_none(definition)
        sensitive = depends_on_the_day(definition, self._is_sensitive)
        self._terms[name] = Fact(name, fact.type, fact.unit, may_be_none, sensitive)

    def _may_be_none(self, definition: FactDef) -> bool:
        derivation, default = definition.derivation, definition.default
        if default is not None and self._term_may_be_none(default):
            return True
        if derivation is None:
            return False
        if derivation.value is not None:
            return self._term_may_be_none(derivation.value)
        if derivation.kind == "gaps_at_most":
            assert derivation.within is not None
            window = derivation.within
            ends = (window.start, window.end, window.months)
            return any(self._term_may_be_none(e) for e in ends if e is not None and not isinstance(e, int))
        if derivation.kind == "test" and derivation.where is not None:
            return nullable_test(derivation.where)
        return derivation.kind in AGGREGATES and AGGREGATES[derivation.kind].nullable

    def _term_may_be_none(self, expr: Expr) -> bool:
        # A rule that reads a parameter without a value is not in force; a fact then has no value.
        for node in walk(expr):
            if isinstance(node, Param):
                values = self.names.parameters[node.name].model.values
                if "always" not in values or any(v.value is None and v.rows is None for v in values.values()):
                    return True
        return nullable(expr)

    def _is_sensitive(self, name: str) -> bool:
        term = self._terms.get(name)
        return name in self.names.outcomes if term is None else term.sensitive
