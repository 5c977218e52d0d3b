"""The leaves of an explanation: one test with the value read, its origin, and the limit with its dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from aava_rules.compiler.features import Variable
from aava_rules.compiler.program import CONFLICT, NOT_APPLICABLE, RuleForms
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.explain.tree import Node
from aava_rules.decision.provenance import item_path
from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.values import DAY_OPERATORS, OPERATORS, SAYINGS, day, label, said
from aava_rules.engine.reference.evaluate import Scope, reader, tester
from aava_rules.engine.reference.windows import spread_of_rows
from aava_rules.engine.session import Reading, State
from aava_rules.language.functions import AGGREGATES, reads_item, reads_on_own_day, reads_step
from aava_rules.language.syntax import (
    FLIPPED,
    TRUE,
    Arith,
    Call,
    Compare,
    Const,
    Expr,
    Fact,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    OneOf,
    Param,
    Test,
    Truth,
    walk,
)
from aava_rules.language.values import LANGUAGES, NONE, UNKNOWN, is_known, plain
from aava_rules.rulebook.model import Rule, Text

MOST_ROWS = 4
"""Rows of a list that one line names before it says how many more there are."""

_SINCE: Text = {"fi": "voimassa {} alkaen", "sv": "i kraft sedan {}", "en": "in force since {}"}
_GIVEN: Text = {"fi": "annettu", "sv": "angivet", "en": "given"}
_DERIVED: Text = {"fi": "laskettu", "sv": "beräknat", "en": "worked out"}
_BORN: Text = {"fi": "syntynyt {}", "sv": "född {}", "en": "born {}"}
_ONE_OF: Text = {"fi": "jokin näistä", "sv": "något av dessa", "en": "one of"}
_CONTAINS: Text = {"fi": "sisältää", "sv": "innehåller", "en": "includes"}
_MORE: Text = {"fi": "ja {} muuta", "sv": "och {} till", "en": "and {} more"}
_OTHERWISE: Text = {
    "fi": "Vastaus olisi toinen, jos: {}: {}",
    "sv": "Svaret vore ett annat om: {}: {}",
    "en": "It would be otherwise with: {}: {}",
}
_JUDGED: Text = {"fi": "tarkasteltava päivä", "sv": "den dag som bedöms", "en": "the day in question"}
_ASKED: Text = {"fi": "vaaditaan", "sv": "krävs", "en": "required:"}


class Leaves:
    """Makes the leaf of any test of one state."""

    def __init__(self, context: DecisionContext, state: State) -> None:
        self.context, self.state = context, state
        self.parts = context.parts

    def test(self, test: Any, scope: Scope, held: bool | None) -> Node:
        """The line of a test that held, failed or (None) is open."""
        texts = {language: self._text(test, scope, held, language) for language in LANGUAGES}
        terms = self.terms(test)
        reads = tuple(read for term in terms for read in self._reads(term, scope))
        return Node("test", texts, self._limits(test, scope), reads, self._derived_from(terms, scope))

    def judgement(self, rule: Rule, scope: Scope) -> list[Node]:
        """The line of the fact in which an official's assessment is recorded, if it is known."""
        if rule.needs_judgement in ("", "true"):
            return []
        fact = Fact(rule.needs_judgement, "boolean")
        value = reader(fact)(scope)
        return [self.test(Truth(fact), scope, value is True)] if is_known(value) else []

    def conclusion(self, forms: RuleForms, scope: Scope) -> list[Node]:
        """The lines of what a rule works its answer out from, if it does."""
        value = forms.bound.rule.then.get(self.state.name)
        if value is None or isinstance(value, (frozenset, Const)):
            return []
        return [
            Node(
                "value", {k: self._term(term, scope, k) for k in LANGUAGES},
                self._limits(term, scope) if isinstance(term, Param) else (),
                tuple(self._reads(term, scope)), self._derived_from([term], scope),
            )
            for term in dict.fromkeys(_operands(value))
        ]  # fmt: skip

    def variable(self, variable: Variable, reading: Reading) -> Node | None:
        """The line of what is known of one variable, for answers that no rule settles alone."""
        scope = reading.scopes[variable.scope]
        known = [term for term in variable.terms if reader(term)(scope) is not UNKNOWN]
        if not known or variable.kind in ("doubt", "judgement"):
            return None
        texts = {k: "; ".join(self._term(term, scope, k) for term in known) for k in LANGUAGES}
        reads = tuple(read for term in known for read in self._reads(term, scope))
        return Node("test", texts, (), reads, self._derived_from(known, scope))

    def edge(self, term: Expr, value: int) -> Text:
        """What would be otherwise with another count."""
        return {k: _OTHERWISE[k].format(self._name(term, k), said(value, term.unit, k, {})) for k in LANGUAGES}

    # -- texts

    def _text(self, test: Test, scope: Scope, held: bool | None, language: str) -> str:
        match test:
            case Truth(term):
                return self._term(term, scope, language)
            case Compare(op, left, right):
                if isinstance(left, (Param, Const)) and not isinstance(right, (Param, Const)):
                    op, left, right = FLIPPED[op], right, left
                words = DAY_OPERATORS if left.type == "date" else OPERATORS
                limit = self._value(right, scope, language)
                if reader(right)(scope) is UNKNOWN:
                    asked = " ".join(filter(None, (_ASKED[language], words[op][language], self._name(right, language))))
                    return f"{self._term(left, scope, language)} – {asked} ({limit})"
                asked = " ".join(filter(None, (_ASKED[language], words[op][language], limit)))
                asked += self._of_what(right, scope, language)
                return f"{self._term(left, scope, language)} – {asked}"
            case OneOf(term, names):
                listed = ", ".join(self._word(word, language) for word in names)
                return f"{self._term(term, scope, language)} – {_ASKED[language]} {_ONE_OF[language]}: {listed}"
            case Has(term, word):
                answer = SAYINGS["unknown" if held is None else "true" if held else "false"][language]
                if held is not None:
                    answer = SAYINGS["true" if tester(test)(scope) else "false"][language]
                return f"{self._name(term, language)} {_CONTAINS[language]} {self._word(word, language)}: {answer}"
            case IsNone(term) | IsKnown(term, _):
                return self._term(term, scope, language)

    def _term(self, term: Expr, scope: Scope, language: str) -> str:
        origin = self._origin(term, scope, language)
        return f"{self._name(term, language)}: {self._value(term, scope, language)}" + (
            f" ({origin})" if origin else ""
        )

    def _name(self, term: Expr, language: str) -> str:
        match term:
            case Fact() | ItemField():
                return label(self.parts, str(term))[language]
            case Param(name):
                return label(self.parts, name)[language]
            case Call(_, args) if reads_step(term):
                return label(self.parts, str(args[0]))[language]
            case Call() if reads_item(term):
                return _JUDGED[language]
            case Call(_, (Param(name), *_)):
                return label(self.parts, name)[language]
            case Call(_, args):
                inner = [self._name(arg, language) for arg in args if not isinstance(arg, (str, Const, Param))]
                return inner[0] if inner else str(term)
            case Arith(op, left, right):
                return f"{self._name(left, language)} {op} {self._name(right, language)}"
            case Const(value):
                return said(value, "", language, self.parts.words)
        return {"fi": "päätöspäivä", "sv": "beslutsdagen", "en": "day of decision"}[language]

    def _value(self, term: Expr, scope: Scope, language: str) -> str:
        if isinstance(term, Fact) and term.name in self.parts.outcomes:
            lower = self.context.run.outcome(term.name)
            if lower.status in (CONFLICT, NOT_APPLICABLE) and scope.judged == self.context.on:
                return SAYINGS[lower.status][language]
        return said(reader(term)(scope), term.unit, language, self.parts.words)

    def _word(self, word: str, language: str) -> str:
        return said(word, "", language, self.parts.words)

    def _of_what(self, right: Expr, scope: Scope, language: str) -> str:
        match right:
            case Param(name):
                since = scope.facts.parameter_since(name, scope.judged)
                dated = isinstance(since, date) and since > date.min
                return f" ({_SINCE[language].format(day(since, language))})" if dated else ""
            case Const():
                return ""
            case Call() if reads_on_own_day(right):
                return ""
        return f" ({self._name(right, language)})"

    def _origin(self, term: Expr, scope: Scope, language: str) -> str:
        if not isinstance(term, Fact):
            return ""
        value = reader(term)(scope)
        if value is UNKNOWN:
            return ""
        facts = scope.facts
        if term.name == "age" and facts.value("birth_date", scope.judged) is not UNKNOWN:
            return _BORN[language].format(day(facts.value("birth_date", scope.judged), language))
        if facts.ready_made(term.name, scope.judged) is not UNKNOWN:
            return _GIVEN[language]
        return self._rows(term.name, scope, language) or (_DERIVED[language] if is_known(value) else "")

    def _rows(self, name: str, scope: Scope, language: str) -> str:
        """The rows that a total counted, as spans of days with the days counted."""
        definition = self.parts.facts.get(name)
        derivation = definition.derivation if definition else None
        if derivation is None or derivation.kind not in AGGREGATES or not AGGREGATES[derivation.kind].partial:
            return ""
        test = tester(derivation.where or TRUE)
        spans = []
        for item in getattr(scope.facts.record, derivation.over) or ():
            least, most = spread_of_rows(derivation, scope, item)
            if not most or test(Scope(scope.facts, scope.judged, derivation.over, item)) is False:
                continue
            count = str(most) if least == most else f"{least}–{most}"
            edges = [day(item.__dict__[edge], language) if item.__dict__[edge] else "" for edge in ("start", "end")]
            spans.append(f"{edges[0]}–{edges[1]}: {count}")
        more = len(spans) - MOST_ROWS
        return ", ".join(spans[:MOST_ROWS]) + (f" {_MORE[language].format(more)}" if more > 0 else "")

    # -- what was read

    def terms(self, test: Test) -> list[Expr]:
        """The terms that a test compares or asks."""
        return [test.left, test.right] if isinstance(test, Compare) else [test.term]

    def _reads(self, term: Expr, scope: Scope) -> list[dict[str, Any]]:
        found = []
        for node in walk(term):
            if isinstance(node, Fact):
                value = reader(node)(scope)
                ready = scope.facts.ready_made(node.name, scope.judged) is not UNKNOWN
                origin = "unknown" if value is UNKNOWN else "given" if ready else "derived"
                found.append({"fact": node.name, "where": "", "value": plain(value), "origin": origin})
            elif isinstance(node, ItemField):
                value = reader(node)(scope)
                origin = "unknown" if value is UNKNOWN else "none" if value is NONE else "record"
                where = f"{item_path(scope)}.{node.field}"
                found.append({"fact": str(node), "where": where, "value": _listed(value), "origin": origin})
            elif reads_step(node):
                found.append(
                    {"fact": str(node), "where": "events", "value": plain(reader(node)(scope)), "origin": "record"}
                )
        return found

    def _limits(self, test: Test | Param, scope: Scope) -> tuple[Citation, ...]:
        """The citations of the parameter values that the test compares with."""
        found: list[Citation] = []
        nodes = list(walk(test))
        elsewhere = [node.args[0] for node in nodes if reads_on_own_day(node)]
        for node in nodes:
            if isinstance(node, Param) and node not in elsewhere:
                found += self._value_cites(node.name, scope.judged)
            elif reads_on_own_day(node):
                table, on = node.args
                assert isinstance(table, Param) and not isinstance(on, str)
                found += self._value_cites(table.name, reader(on)(scope))
        return tuple(found)

    def _value_cites(self, name: str, on: Any) -> list[Citation]:
        if not isinstance(on, date):
            return []
        values = [v for v in self.parts.parameters[name].values if v.start is None or v.start <= on]
        return [citation(one, self.parts.sources) for one in (values[-1].cite if values else ())]

    def _derived_from(self, terms: list[Expr], scope: Scope) -> list[Node]:
        """How a fact that an expression derives follows: the tests or facts in that expression."""
        children = []
        for term in terms:
            if isinstance(term, Fact) and scope.facts.ready_made(term.name, scope.judged) is not UNKNOWN:
                continue
            definition = self.parts.facts.get(str(term)) if isinstance(term, (Fact, ItemField)) else None
            derivation = definition.derivation if definition else None
            if (
                derivation is not None
                and isinstance(derivation.where, (Compare, OneOf, Has))
                and derivation.kind == "test"
            ):
                children.append(self.test(derivation.where, scope, tester(derivation.where)(scope)))
        return children


def _operands(term: Expr | str) -> Iterator[Expr]:
    """The facts, steps and numbers that a value is worked out from."""
    match term:
        case Fact() | ItemField():
            yield term
        case Call() if reads_step(term):
            yield term
        case Param(_, kind):
            if kind != "table":
                yield term
        case Arith(_, left, right):
            yield from _operands(left)
            yield from _operands(right)
        case Call(_, (_, on)) if reads_on_own_day(term):
            yield term
            yield from _operands(on)
        case Call(_, args):
            for arg in args:
                yield from _operands(arg)


def _listed(value: Any) -> Any:
    return [plain(one) for one in value] if isinstance(value, tuple) else plain(value)
