"""The facts of a vocabulary as terms: typed, and derived each after those that it reads."""

from __future__ import annotations

from aava_rules.language.syntax import Expr, Fact, Param, nullable, walk
from aava_rules.record.fields import client_fields
from aava_rules.rulebook.dependencies import depends_on_the_day
from aava_rules.rulebook.loader import model_vocabulary
from aava_rules.rulebook.loader.derivations import DerivationReader
from aava_rules.rulebook.loader.expressions import nullable_test
from aava_rules.rulebook.loader.symbols import Entry, Names
from aava_rules.rulebook.loader.typing_checks import check_words
from aava_rules.rulebook.model import FactDef

MAX_CHAIN = 40
"""Facts that may be derived from one another in a row."""


class FactTerms:
    """Derives facts lazily, each after those that it reads; ``definitions`` has all when ``run`` is done."""

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
        """The typed term of a fact, outcome or client field; None if nothing has that name."""
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

    def _in_circle(self, name: str, entry: Entry[model_vocabulary.Fact]) -> bool:
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

    def _derive(self, entry: Entry[model_vocabulary.Fact]) -> None:
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
        return derivation.kind in ("latest", "earliest")

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
