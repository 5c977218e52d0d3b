"""All names of a rulebook and those it extends, and what a name means on a line.

Names are collected from all files before anything is linked. A name whose entry is wrong is remembered as broken: its
fault has been reported, so what reads it raises ``AlreadyReported``.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Generic, TypeVar

from aava_rules.language.syntax import Condition, Expr, Fact, ItemField, Param
from aava_rules.record.fields import LIST_OF_ITEM, FieldInfo, client_fields, lists
from aava_rules.rulebook.loader import file_schema
from aava_rules.rulebook.loader.documents import Document
from aava_rules.rulebook.loader.yaml_nodes import Node, Scalar
from aava_rules.rulebook.model import Text
from aava_rules.rulebook.titles import plain_text

M = TypeVar("M")
MAX_HINTS = 500
"""Names that are offered for hints, so that a huge wrong file is refused quickly."""
RESERVED = frozenset(
    {*keyword.kwlist, "true", "false", "none", "known", "unknown", "decision_date", "param", "rule", "item", "due"}
)
"""Words that mean something in a line of a rule, so nothing may be named so."""


class AlreadyReported(Exception):
    """What is read is broken, and its fault has been reported: there is nothing to add."""


@dataclass(slots=True)
class LayerInfo:
    """One rulebook of the stack while it is loaded. ``rank`` 0 is the lowest."""

    name: str
    weight: str
    rank: int
    file: file_schema.RulebookFile
    follows: frozenset[str] = frozenset()
    """The amendments that it comes after, at any depth."""
    amends: str = ""
    """The name of the rulebook that it amends; empty if it is no amendment."""

    @property
    def start(self) -> date:
        """The day from which an amendment holds."""
        assert self.file.from_ is not None
        return self.file.from_

    def may_change(self, other: LayerInfo) -> bool:
        """Whether what ``other`` defines is its own to change: it is the same, or amends the same rulebook."""
        return other is self or bool(self.amends and (other.amends or other.name) == self.amends)


@dataclass(slots=True)
class Entry(Generic[M]):
    """One declared thing: its checked model, its nodes, and the rulebook it belongs to."""

    name: str
    model: M
    key: Node
    node: Node
    document: Document
    layer: LayerInfo
    amended: list[Entry[Any]] = field(default_factory=list)
    """What amendments change of it, in their order; ``model`` has it in already."""


@dataclass(slots=True)
class Names:
    """What all layers declare, by name."""

    facts: dict[str, Entry[file_schema.Fact]] = field(default_factory=dict)
    outcomes: dict[str, Entry[file_schema.Outcome]] = field(default_factory=dict)
    requirements: dict[str, Entry[file_schema.Requirement]] = field(default_factory=dict)
    steps: dict[str, Entry[file_schema.Step]] = field(default_factory=dict)
    parameters: dict[str, Entry[file_schema.Parameter]] = field(default_factory=dict)
    sources: dict[str, Entry[file_schema.Source]] = field(default_factory=dict)
    words: dict[str, Entry[dict[str, Any]]] = field(default_factory=dict)
    fields: dict[str, Entry[Text]] = field(default_factory=dict)
    broken: set[tuple[str, str]] = field(default_factory=set)
    resolve: Callable[[str], Fact | None] = lambda name: None
    """The typed fact of a name, derived lazily; set by the module that reads derivations."""
    item_facts: dict[str, set[str]] = field(default_factory=dict)

    def is_broken(self, kind: str, name: str) -> bool:
        """Whether ``name`` was declared under ``kind`` (``facts``, ``steps``...), but wrongly."""
        return (kind, name) in self.broken

    def add(self, kind: str, entry: Entry[Any]) -> bool:
        """Declare the name of ``entry`` under ``kind`` (``facts``, ``steps``...); False after a fault, if it cannot be.

        A name can be declared once. Facts and outcomes share their names, and the words of the language are taken.
        """
        known: dict[str, Entry[Any]] = getattr(self, kind)
        what = kind.removesuffix("s").replace("field", "label")
        rivals = [known]
        if kind in ("facts", "outcomes"):
            rivals = [self.facts, self.outcomes]
        for rival in rivals:
            if (other := rival.get(entry.name)) is not None:
                place = other.document.place(other.key)
                if other.layer is entry.layer:
                    entry.document.fault(entry.key, "AR040", f"{entry.name} is named twice", f"First in {place}.")
                else:
                    why = f"It stands in {place}, and a rulebook may only add to what it extends."
                    entry.document.fault(entry.key, "AR060", f"the {what} {entry.name} is defined again", why)
                return False
        if kind in ("facts", "outcomes", "parameters", "steps", "requirements") and entry.name in RESERVED:
            entry.document.fault(entry.key, "AR040", f"{entry.name} means something else in a rule")
            return False
        known[entry.name] = entry
        return True

    def titled(self, word: str, *kinds: str) -> str:
        """The sentence ``Did you mean x?`` for the one name whose title in some language is ``word``, or has it in it.

        Args:
            word: what was written in place of a name.
            kinds: under which kinds names are looked for: ``facts``, ``outcomes``, ``requirements``, ``steps``,
                ``fields``.
        """
        wanted = plain_text(word.replace("_", " "))
        whole, parts = [], []
        for entry in islice((entry for kind in kinds for entry in getattr(self, kind).values()), MAX_HINTS):
            by_language = entry.model if isinstance(entry.model, Mapping) else entry.model.title
            titles = [plain_text(title) for title in by_language.values()]
            if wanted in titles:
                whole.append(entry.name)
            elif any(wanted in title.split() for title in titles):
                parts.append(entry.name)
        matches = whole or parts
        return f"Did you mean {matches[0]}?" if len(matches) == 1 else ""

    def words_of_fact(self, name: str) -> tuple[str, ...]:
        """The closed words of the fact, outcome or client field ``name``; none if it has no closed words."""
        entry: Entry[Any] | None = self.facts.get(name) or self.outcomes.get(name)
        if entry is not None:
            return tuple(entry.model.words)
        info = client_fields().get(name)
        return info.words if info else ()


def fields_of(singular: str) -> dict[str, FieldInfo]:
    """The record fields of the items called ``singular``, by name; none if there are no such items."""
    list_name = LIST_OF_ITEM.get(singular)
    return lists()[list_name].fields if list_name else {}


def list_of(singular: str) -> str:
    """The list whose items are called ``singular``; empty if there is none."""
    return LIST_OF_ITEM.get(singular, "")


def singulars() -> list[str]:
    """What the items of the lists are called, in the order of the record."""
    return [info.singular for info in lists().values()]


@dataclass(slots=True)
class LineScope:
    """What names mean on a line: the ``language.parser.Scope`` of a rule file.

    Every look-up raises AlreadyReported for a name that was declared wrongly.

    Attributes:
        all: the names of the rulebook.
        singular: what the item at hand is called; empty for the client.
        is_suggestion: whether the line is of a rule that suggests a step.
        find_condition: the named condition of the ruleset, linked; raises AlreadyReported.
        conditions: the names of the ruleset's conditions.
    """

    all: Names
    singular: str = ""
    is_suggestion: bool = False
    find_condition: Callable[[str], Condition | None] | None = None
    conditions: Iterable[str] = ()

    def fact(self, name: str) -> Fact | None:
        """The fact, outcome or client field called ``name``; None if there is none. Raises AlreadyReported."""
        if self.all.is_broken("facts", name) or self.all.is_broken("outcomes", name):
            raise AlreadyReported
        return self.all.resolve(name)

    def item_field(self, singular: str, field: str) -> ItemField | None:
        """A record field or derived fact of the item at hand; None if there is none. Raises AlreadyReported.

        Args:
            singular: what the item is called; no other item than the one at hand can be read.
            field: the name of the field or fact.
        """
        if singular != self.singular:
            return None
        if (info := fields_of(singular).get(field)) is not None:
            return ItemField(singular, field, info.type, info.unit)
        name = f"{singular}.{field}"
        if self.all.is_broken("facts", name):
            raise AlreadyReported
        term = self.all.resolve(name)
        return ItemField(singular, field, term.type, term.unit, term.nullable, True) if term else None

    def parameter(self, name: str) -> Param | None:
        """The parameter called ``name``; None if there is none. Raises AlreadyReported."""
        if self.all.is_broken("parameters", name):
            raise AlreadyReported
        entry = self.all.parameters.get(name)
        return Param(name, entry.model.type, entry.model.unit) if entry else None

    def column(self, table: str, name: str) -> tuple[str, str] | None:
        """Type and unit of the column ``name`` of the parameter ``table``; None if it has no such column."""
        declared = self.all.parameters[table].model.columns.get(name)
        return (declared.type, declared.unit) if declared else None

    def words(self, term: Expr) -> tuple[str, ...]:
        """The closed words of ``term``; none if it has no closed words."""
        if isinstance(term, Fact):
            return self.all.words_of_fact(term.name)
        if isinstance(term, ItemField):
            if term.derived:
                return self.all.words_of_fact(f"{term.singular}.{term.field}")
            words = fields_of(term.singular)[term.field].words
            if (term.singular, term.field) == ("event", "step"):
                words = (*words, *(step for step in self.all.steps if step not in words))
            return words
        return ()

    def condition(self, name: str) -> Condition | None:
        """The condition called ``name``, linked; None if there is none."""
        return self.find_condition(name) if self.find_condition else None

    def titled(self, word: str) -> str:
        """The hint that names the one fact, outcome or field of which ``word`` is a title; empty if there is none."""
        return self.all.titled(word, "facts", "outcomes") or self.all.titled(word, "fields")

    def names(self, kind: str) -> list[str]:
        """The names that may stand here, for hints and for words that name things; at most MAX_HINTS of most kinds.

        Args:
            kind: fact, condition, parameter, step, singular, ``column TABLE`` or ``SINGULAR.``; anything else is read
                as ``SINGULAR.``.
        """
        if kind == "fact":
            known = (name for name in (*self.all.outcomes, *client_fields(), *self.all.facts) if "." not in name)
            return list(islice(known, MAX_HINTS))
        if kind == "condition":
            return list(islice(self.conditions, MAX_HINTS))
        if kind == "parameter":
            return list(islice(self.all.parameters, MAX_HINTS))
        if kind == "step":
            broken = [name for what, name in self.all.broken if what == "steps"]
            return [*self.all.steps, *broken]
        if kind == "singular":
            return [self.singular] if self.singular else []
        if kind.startswith("column "):
            return list(self.all.parameters[kind.removeprefix("column ")].model.columns)
        singular = kind.removesuffix(".")
        if singular != self.singular:
            return []
        return [*fields_of(singular), *sorted(self.all.item_facts.get(singular, ()))]


def text_of(node: Node | None) -> str | None:
    """The text of ``node`` as written, also where YAML sees a number or true in it; None if it is no line of text."""
    if isinstance(node, Scalar) and node.value is not None and not node.broken:
        return node.text
    return None
