"""The lines of an explanation: a test with the value read, its origin, and the limit with the day it has held from.

The names of terms and what they are compared with come from ``decision.text.terms``; here the values of the record are
set beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.compiler.program import CONFLICT, NOT_APPLICABLE, Feature, RuleForms
from aava_rules.compiler.rounds import LATER_BEGUN, in_any_round
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.explain.tree import Node
from aava_rules.decision.grounds import answer_word, judged_day
from aava_rules.decision.provenance import days_read, path_of, values_read
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation, in_force
from aava_rules.decision.text.terms import Phrases, oriented
from aava_rules.decision.text.values import format_day
from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.reference.scope import Reader, Scope
from aava_rules.engine.reference.windows import spread_of_rows
from aava_rules.engine.states import Reading, State
from aava_rules.language.functions import AGGREGATES, reads_on_own_day, reads_step
from aava_rules.language.syntax import (
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
from aava_rules.rulebook.model import Derivation, Rule, Text

MOST_ROWS = 4
"""Most rows of a list that a line names; of the rest it gives the number."""


class LineBuilder:
    """Builds the lines of the explanation of one answer.

    Attributes:
        context: what was asked, and of which record.
        state: the answer.
        parts: the rulebook.
        phrases: what terms are called, by language.
    """

    def __init__(self, context: DecisionContext, state: State) -> None:
        self.context, self.state = context, state
        self.parts = context.parts
        self.phrases = {language: Phrases(context.parts, language) for language in LANGUAGES}
        self._readers: dict[int, tuple[Expr, Reader]] = {}
        self._counted: dict[tuple[str, Any], tuple[tuple[str, date | None, date | None], ...]] = {}
        """Of each total and judged day the rows that it counted: how many days, the first and the last day."""

    def _read(self, term: Expr, scope: Scope) -> Any:
        """The value of a term, whose reader is made once: each language asks for it again."""
        known = self._readers.get(id(term))
        if known is None:
            known = self._readers[id(term)] = term, reader(term)
        return known[1](scope)

    def scope(self, forms: RuleForms) -> Scope:
        """The facts, item and judged day on which the rule ``forms`` is judged."""
        return self.state.readings[0].scopes[forms.bound.scope]

    def title(self, rule: Rule, before: str = "") -> Text:
        """The title of ``rule`` with its id, after the text of the catalogue with the key ``before``, if any."""
        return {k: (f"{text(before, k)} " if before else "") + f"{rule.title[k]} ({rule.id})" for k in LANGUAGES}

    def cites(self, rule: Rule, forms: RuleForms | None = None) -> tuple[Citation, ...]:
        """The citations of ``rule`` on the day on which ``forms`` was judged; without it, on the day of decision."""
        on = judged_day(self.state, forms) if forms is not None else self.context.on
        return tuple(self.context.citation(cite) for cite in in_force(rule.cite, on))

    def rule(self, forms: RuleForms, children: list[Node], before: str = "") -> Node:
        """The line of a rule.

        Args:
            forms: the rule, as compiled.
            children: the lines below it.
            before: key of the text before its title.

        Returns:
            The node, with the citations of its judged day.
        """
        return Node(
            "rule", self.title(forms.bound.rule, before), self.cites(forms.bound.rule, forms), children=children
        )

    def test(self, test: Test, scope: Scope, held: bool | None) -> Node:
        """The line of a test.

        Args:
            test: the test.
            scope: facts, item and judged day.
            held: whether it held; None if it is open.

        Returns:
            The node, with the citations of its limit and, below it, the test that a derived fact follows from.
        """
        texts = {language: self._text(test, scope, held, language) for language in LANGUAGES}
        terms = self.terms(test)
        reads = tuple(read for term in terms for read in self._reads(term, scope))
        return Node("test", texts, self._limits(test, scope), reads, self._derived_from(terms, scope))

    def judgement(self, rule: Rule, scope: Scope) -> list[Node]:
        """The line of the fact in which the assessment for ``rule`` is recorded, read in ``scope``; none if unknown."""
        if rule.needs_judgement in ("", "true"):
            return []
        fact = Fact(rule.needs_judgement, "boolean")
        value = reader(fact)(scope)
        return [self.test(Truth(fact), scope, value is True)] if is_known(value) else []

    def conclusion(self, forms: RuleForms, scope: Scope) -> list[Node]:
        """The lines of what the rule ``forms`` works its answer out from in ``scope``; none if it is a constant."""
        value = with_rule_dates(forms.bound.rule).then.get(self.state.name)
        return [] if value is None or isinstance(value, frozenset) else self.values(value, scope)

    def values(self, value: Expr, scope: Scope) -> list[Node]:
        """The lines of what the term ``value`` is worked out from in ``scope``; none if it is a constant."""
        return [
            Node(
                "value", {k: self._term(term, scope, k) for k in LANGUAGES},
                self._limits(term, scope) if isinstance(term, Param) else (),
                tuple(self._reads(term, scope)), self._derived_from([term], scope),
            )
            for term in dict.fromkeys(_operands(value))
        ]  # fmt: skip

    def feature(self, feature: Feature, reading: Reading, settling: bool = False) -> Node | None:
        """The line of what is known of ``feature`` in ``reading``; None if nothing is, or it is no fact.

        ``settling``: it is one of those that settle the answer together. A test of a step in one of the rounds that may
        be the current one then has its line although it is not known whether the step was done in the current one.
        """
        scope = reading.scopes[feature.scope]
        if feature.terms == (LATER_BEGUN.term,):
            return None
        terms = tuple(map(in_any_round, feature.terms))
        in_a_round = settling and terms != feature.terms
        known = [term for term in terms if in_a_round or reader(term)(scope) is not UNKNOWN]
        if not known or feature.kind in ("doubt", "judgement", "lower"):
            return None
        texts = {k: "; ".join(self._term(term, scope, k) for term in known) for k in LANGUAGES}
        reads = [read for term in known for read in self._reads(term, scope)]
        if in_a_round:  # what turns with the round follows from the events, as a step does
            of_rounds = scope.facts.vocabulary.facts_of_rounds
            reads = [
                read | {"where": "events"} if read["fact"] in of_rounds and read["origin"] != "given" else read
                for read in reads
            ]
        return Node("test", texts, (), tuple(reads), self._derived_from(known, scope))

    def judged(self, term: Expr, scope: Scope) -> Node:
        """The line of the day on which rules are judged: the ``term`` that names it, read in ``scope``."""
        line = {k: f"{text('explain.judged_on', k)}: {self._judged_day(term, scope, k)}" for k in LANGUAGES}
        return Node("judged", line, (), tuple(self._reads(term, scope)), self._derived_from([term], scope))

    def _judged_day(self, term: Expr, scope: Scope, language: str) -> str:
        """What the day is called and the day itself; the day alone where it has no name but that of the line."""
        named = self.phrases[language].subject(term) != text("explain.judged_day", language)
        return self._term(term, scope, language) if named else self._value(term, scope, language)

    def edge(self, term: Expr, value: int, other: State, scope: Scope) -> Node:
        """The line that the answer would be ``other`` if the count ``term``, read in ``scope``, were ``value``."""
        texts = {
            k: text(
                "explain.otherwise", k, name=phrases.subject(term), value=phrases.value(value, term.unit),
                answer=answer_word(other, self.context, k),
            )
            for k, phrases in self.phrases.items()
        }  # fmt: skip
        where = f"{path_of(scope)}.{term.field}" if isinstance(term, ItemField) else ""
        reads = ({"fact": str(term), "where": where, "value": value, "origin": "supposed"},)
        return Node("edge", texts, reads=reads)

    # -- texts

    def _text(self, test: Test, scope: Scope, held: bool | None, language: str) -> str:
        phrases = self.phrases[language]
        match test:
            case Truth(term) | IsNone(term) | IsKnown(term, _):
                return self._term(term, scope, language)
            case Compare():
                op, left, right = oriented(test)
                if op == "==" and isinstance(right, Const) and self._read(left, scope) == right.value:
                    return self._term(left, scope, language)  # the value is what is required: once is enough
                limit = self._value(right, scope, language)
                if self._read(right, scope) is UNKNOWN:
                    by_name = phrases.comparison(op, phrases.subject(right), of_days=left.type == "date", named=True)
                    return self._required(left, f"{by_name} ({limit})", scope, language)
                by_value = phrases.comparison(op, limit, of_days=left.type == "date")
                return self._required(left, by_value + self._limit_origin(right, scope, language), scope, language)
            case OneOf(term, (word,)):
                if self._read(term, scope) == word:
                    return self._term(term, scope, language)
                return self._required(term, phrases.word(word), scope, language)
            case OneOf(term, words):
                listed = f"{phrases.text('condition.one_of')}: {phrases.words(words)}"
                return self._required(term, listed, scope, language)
            case Has(term, word):
                if held is not None:
                    held = tester(test)(scope) is True
                answer = phrases.text("answer.unknown" if held is None else "answer.true" if held else "answer.false")
                return f"{phrases.subject(term)} {phrases.text('condition.includes')} {phrases.word(word)}: {answer}"

    def _required(self, term: Expr, required: str, scope: Scope, language: str) -> str:
        """The line of a term with what is required of it."""
        return f"{self._term(term, scope, language)} – {text('explain.required', language)} {required}"

    def _term(self, term: Expr, scope: Scope, language: str) -> str:
        origin = self._origin(term, scope, language)
        fact = f"{self.phrases[language].subject(term)}: {self._value(term, scope, language)}"
        return f"{fact} ({origin})" if origin else fact

    def _value(self, term: Expr, scope: Scope, language: str) -> str:
        if isinstance(term, Fact) and term.name in self.parts.outcomes:
            state = self.context.session.outcome(term.name)
            if state.status in (CONFLICT, NOT_APPLICABLE) and scope.judged == self.context.on:
                return text(f"answer.{state.status}", language)
        return self.phrases[language].value(self._read(term, scope), term.unit)

    def _limit_origin(self, right: Expr, scope: Scope, language: str) -> str:
        """From when a limit has been in force, or what it is; empty if the line says it already."""
        match right:
            case Param(name):
                since = scope.facts.parameter_since(name, scope.judged)
                if not isinstance(since, date) or since == date.min:
                    return ""
                return f" ({text('explain.in_force_since', language, day=format_day(since, language))})"
            case Const():
                return ""
            case Call() if reads_on_own_day(right):
                return ""
        return f" ({self.phrases[language].subject(right)})"

    def _origin(self, term: Expr, scope: Scope, language: str) -> str:
        if not isinstance(term, Fact):
            return ""
        value = self._read(term, scope)
        if value is UNKNOWN:
            return ""
        facts = scope.facts
        if term.name == "age" and facts.value("birth_date", scope.judged) is not UNKNOWN:
            return text("origin.born", language, day=format_day(facts.value("birth_date", scope.judged), language))
        if facts.ready_made(term.name, scope.judged) is not UNKNOWN:
            return text("origin.given", language)
        return self._rows(term.name, scope, language) or (text("origin.derived", language) if is_known(value) else "")

    def _rows(self, name: str, scope: Scope, language: str) -> str:
        """The rows that a total counted, as spans of days with the days counted."""
        definition = self.parts.facts.get(name)
        derivation = definition.derivation if definition else None
        if derivation is None or derivation.kind not in AGGREGATES or not AGGREGATES[derivation.kind].partial:
            return ""
        key = (name, scope.judged)
        if key not in self._counted:
            self._counted[key] = tuple(_rows_counted(derivation, scope))
        spans = []
        for count, first, last in self._counted[key]:
            days = [format_day(day, language) if day else "" for day in (first, last)]
            spans.append(f"{'–'.join(days)}: {count}")
        listed, more = ", ".join(spans[:MOST_ROWS]), len(spans) - MOST_ROWS
        return f"{listed} {text('explain.more_rows', language, count=more)}" if more > 0 else listed

    # -- what was read

    def terms(self, test: Test) -> list[Expr]:
        """The terms that ``test`` compares or asks."""
        return [test.left, test.right] if isinstance(test, Compare) else [test.term]

    def _reads(self, term: Expr, scope: Scope) -> list[dict[str, Any]]:
        reads: list[dict[str, Any]] = []
        for node, value in values_read(term, scope):
            if isinstance(node, Fact):
                ready = scope.facts.ready_made(node.name, scope.judged) is not UNKNOWN
                origin = "unknown" if value is UNKNOWN else "given" if ready else "derived"
                reads.append({"fact": node.name, "where": "", "value": plain(value), "origin": origin})
            elif isinstance(node, ItemField):
                origin = "unknown" if value is UNKNOWN else "none" if value is NONE else "record"
                where = f"{path_of(scope)}.{node.field}"
                reads.append({"fact": str(node), "where": where, "value": _listed(value), "origin": origin})
            elif reads_step(node):
                reads.append({"fact": str(node), "where": "events", "value": plain(value), "origin": "record"})
            else:
                reads += days_read(scope)
        return reads

    def _limits(self, test: Test | Param, scope: Scope) -> tuple[Citation, ...]:
        """The citations of the parameter values that the test compares with."""
        cites: list[Citation] = []
        nodes = list(walk(test))
        elsewhere = [node.args[0] for node in nodes if reads_on_own_day(node)]
        for node in nodes:
            if isinstance(node, Param) and node not in elsewhere:
                cites += self._value_cites(node.name, scope.judged)
            elif reads_on_own_day(node):
                table, on = node.args
                assert isinstance(table, Param) and not isinstance(on, str)
                cites += self._value_cites(table.name, reader(on)(scope))
        return tuple(cites)

    def _value_cites(self, name: str, on: Any) -> list[Citation]:
        if not isinstance(on, date):
            return []
        values = [v for v in self.parts.parameters[name].values if v.start is None or v.start <= on]
        return [self.context.citation(cite) for cite in (values[-1].cite if values else ())]

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


def _rows_counted(derivation: Derivation, scope: Scope) -> Iterator[tuple[str, date | None, date | None]]:
    """The rows that a total counted: how many days of each, and its first and last day."""
    test = tester(derivation.where or TRUE)
    for item in getattr(scope.facts.record, derivation.over) or ():
        least, most = spread_of_rows(derivation, scope, item)
        if most and test(Scope(scope.facts, scope.judged, derivation.over, item)) is not False:
            yield str(most) if least == most else f"{least}–{most}", item.__dict__["start"], item.__dict__["end"]


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
    return [plain(member) for member in value] if isinstance(value, tuple) else plain(value)
