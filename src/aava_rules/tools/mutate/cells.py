"""Two rulebooks compared cell by cell: where one question of one is answered unlike the same question of the other.

The rules of both are lowered over one table of features, so that a cell is the same piece of the values of a feature
for both. A question is then a set of formulas over finitely many cells, and two formulas say the same exactly where
their decision diagrams are one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from typing import Any, Final

from aava_rules.compiler.bind import BoundRule, bind, bind_value, boundaries
from aava_rules.compiler.compile import CompiledRulebook, Query, QueryGroup, in_doubt
from aava_rules.compiler.diagrams import Diagrams, TooManyNodes, Vertex
from aava_rules.compiler.facts import Vocabulary
from aava_rules.compiler.features import FeatureTable
from aava_rules.compiler.formula import FALSE, TRUE, Formula, conj, disj, neg
from aava_rules.compiler.lower import Lowering, same_value
from aava_rules.compiler.program import Feature, Program, Question
from aava_rules.language.syntax import Call, Condition, Const, Expr, Fact, Param, walk
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.rulebook.dependencies import parameters_of, trees_of, upstream_facts
from aava_rules.tools.mutate.judged import Judged
from aava_rules.tools.mutate.never_true import without_tests_never_true
from aava_rules.tools.mutate.open_for_good import same_answers
from aava_rules.tools.mutate.same_reading import first_monday, since_when

_WEEK: Final = timedelta(days=7)
MOST_DAYS: Final = 4000
"""Combinations of stretches of time in which a question is compared, at most."""


class TooLarge(Exception):
    """There are more cells, or more stretches of time, than are worth comparing."""


@dataclass(slots=True, eq=False)
class Contrast:
    """A question that two rulebooks answer unlike in some cells, on judged days of one choice of stretches of time.

    Attributes:
        query: the question.
        judged: the terms of the judged days; None is the day of decision.
        days: of each judged day the first and last days of the stretches in which it may lie.
        program: the features of both rulebooks.
        diagrams: the diagrams over them.
        vertex: the diagram of the cells in which the answers differ.
        only_rules: whether the answers are the same there, and only the rules differ that decide them.
    """

    query: Query
    judged: tuple[Expr | None, ...]
    days: tuple[tuple[tuple[date, date], ...], ...]
    program: Program
    diagrams: Diagrams
    vertex: Vertex
    only_rules: bool

    @property
    def list_name(self) -> str:
        """The list of the items that it is about; empty for the client."""
        return LIST_OF_ITEM.get(self.query.each, "")


def contrasts(before: CompiledRulebook, after: CompiledRulebook, key: str) -> Iterator[Contrast]:
    """Where the question ``key`` is answered unlike by two rulebooks; nothing where they are equal in every cell.

    Args:
        before: the one rulebook.
        after: the other one, with the same names.
        key: the key of the question among the questions of a compiled rulebook.

    Raises:
        TooLarge: they cannot be compared exactly; what differs in cells has been told before.
    """
    query = before.questions[key]
    sides = [_Side(before, query), _Side(after, after.questions.get(key) or Query(query.kind, query.name, query.each))]
    judged: list[Expr | None] = [None]
    for side in sides:
        judged += [term for term in side.group.judged if term not in judged]
    if query.kind == "outcome":  # the default is that of the first judged day
        first = [side.group.judged[0] for side in sides if side.group.rules]
        if len(set(map(str, first))) > 1:
            raise TooLarge
        judged.sort(key=lambda term: term != (first[0] if first else None))
    bounds = sorted({day for side in sides for day in side.group.bounds})
    ways = [_ways(sides, judged, scope, bounds) for scope in range(len(judged))]
    many = 1
    for way in ways:
        many *= len(way)
    if many > MOST_DAYS:
        raise TooLarge
    for chosen in product(*ways):
        days = [way.day for way in chosen]
        if all(way.same for way in chosen):
            continue
        for program, diagrams, vertex, only_rules in _contrast(sides, query, tuple(judged), days):
            spans = tuple([tuple(way.spans) for way in chosen])
            yield Contrast(query, tuple(judged), spans, program, diagrams, vertex, only_rules)
    if any(way.read_unlike for way in itertools.chain(*ways)):
        raise TooLarge


class _Features(FeatureTable):
    """Features of two rulebooks. One that is the same on every judged day is one, whatever day a rule is judged on."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(vocabulary.words_of, vocabulary.ranges.never_negative)
        self._parts = vocabulary.parts

    def feature(self, kind: str, terms: tuple[Expr, ...], word: str, scope: int) -> Feature:
        """The feature of these terms, made if it is new; see `FeatureTable.feature`."""
        return super().feature(kind, terms, word, scope if scope and self._of_a_day(terms) else 0)

    def _of_a_day(self, terms: tuple[Expr, ...]) -> bool:
        """Whether a value may be another one on another judged day."""
        if not terms:
            return False
        facts = upstream_facts(terms, self._parts.facts)
        trees = [*terms, *(tree for fact in facts.values() for tree in fact.trees())]
        dated = any(
            fact.of_the_day or (fact.derivation is not None and fact.derivation.since) for fact in facts.values()
        )
        return dated or any(self._is_dated(node) for tree in trees for node in walk(tree))

    def _is_dated(self, node: Expr | Condition) -> bool:
        if isinstance(node, Param):
            values = self._parts.parameters[node.name].values
            return len(values) != 1 or values[0].start is not None
        return isinstance(node, Fact) and node.name in self._parts.outcomes


class _Side:
    """One question of one rulebook."""

    def __init__(self, book: CompiledRulebook, query: Query) -> None:
        self.book, self.query = book, query
        self.group = QueryGroup(query.each, [query], book)
        self.otherwise = book.otherwise.get(query.name) if query.kind == "outcome" else None

    def bounds(self) -> list[date]:
        """The days on which anything changes."""
        return boundaries(self.group.rules, self.book.parts)

    def bound(self, term: Expr | None, scope: int, day: date) -> list[tuple[BoundRule, bool]]:
        """The rules that are judged on one judged day, bound, each with whether its outcome is in doubt."""
        collected = []
        for rule, ruleset in self.group.rules:
            if rule.judged_on != term:
                continue
            whole = in_doubt(ruleset, None, day)
            doubted = whole or in_doubt(ruleset, self.query.name, day)
            bound = bind(rule, ruleset, day, scope, self.book.vocabulary)
            if bound is not None:
                bound = without_tests_never_true(bound, self.book.parts)
                if whole:
                    bound = replace(bound, in_doubt=True, doubt_where=None)
                collected.append((bound, doubted and self._concludes(bound)))
            elif doubted and self._about(rule):
                collected.append((None, True))  # type: ignore[arg-type]
        return collected

    def read_by_facts(self, term: Expr | None, scope: int, day: date) -> set[tuple[str, bool]]:
        """The parameters that derived facts read which rules of a judged day read; and whether the day since when."""
        trees = [tree for rule, _ in self.bound(term, scope, day) if rule is not None for tree in trees_of(rule.rule)]
        if scope == 0 and self.otherwise is not None and not isinstance(self.otherwise, frozenset):
            trees.append(self.otherwise)
        derived = upstream_facts(trees, self.book.parts.facts).values()
        since = {fact.derivation.since for fact in derived if fact.derivation is not None} - {""}
        values = parameters_of(tree for fact in derived for tree in fact.trees()) | since
        return {(name, False) for name in values} | {(name, True) for name in since}

    def read(self, name: str, day: date, since: bool) -> Any:
        """The value of a parameter on a day, or since when it has held."""
        vocabulary = self.book.vocabulary
        if not since:
            return vocabulary.parameter(name, day)
        start = vocabulary.parameter_since(name, day)
        if isinstance(start, date) and start < date.max - _WEEK and since_when(name, self.book.parts) == {True}:
            return first_monday(start)
        return start

    def _about(self, rule: Any) -> bool:
        return self.query.name in rule.then or self.query.name == rule.name

    def _concludes(self, bound: BoundRule) -> bool:
        return self._about(bound.rule)

    def default(self, day: date) -> Any:
        """The value by default on the first judged day."""
        value = self.otherwise
        return value if value is None or isinstance(value, frozenset) else bind_value(value, day, self.book.vocabulary)


@dataclass(slots=True)
class _Way:
    """How the rules of both sides stand on one judged day: the first such day, and all stretches of such days.

    Where derived facts that they read are made of other values of parameters, no cell shows it (``read_unlike``).
    """

    day: date
    same: bool
    read_unlike: bool
    spans: list[tuple[date, date]]


def _ways(sides: list[_Side], judged: list[Expr | None], scope: int, bounds: list[date]) -> list[_Way]:
    collected: list[tuple[Any, _Way]] = []
    for number in range(len(bounds) + 1):
        day = date.min if number == 0 else bounds[number - 1]
        last = date.max if number == len(bounds) else date.fromordinal(bounds[number].toordinal() - 1)
        states = [
            [
                (None if rule is None else _content(rule), doubted)
                for rule, doubted in side.bound(judged[scope], scope, day)
            ]
            + ([(side.default(day), False)] if scope == 0 else [])
            for side in sides
        ]
        read = sides[0].read_by_facts(judged[scope], scope, day) | sides[1].read_by_facts(judged[scope], scope, day)
        read_unlike = any(sides[0].read(name, day, since) != sides[1].read(name, day, since) for name, since in read)
        key = (states, read_unlike)
        known = next((way for other, way in collected if other == key), None)
        if known is None:
            known = _Way(day, states[0] == states[1], read_unlike, [])
            collected.append((key, known))
        known.spans.append((day, last))
    return [way for _, way in collected]


def _content(bound: BoundRule) -> tuple[Any, ...]:
    """What a bound rule says, without the days in which the rule is in force and where it is written."""
    rule = bound.rule
    return (
        rule.id, rule.kind, rule.name, rule.needs_judgement, rule.overrides, bound.scope, bound.when, bound.unless,
        bound.require, bound.then, bound.due, bound.in_doubt, bound.doubt_where,
    )  # fmt: skip


def _contrast(
    sides: list[_Side], query: Query, judged: tuple[Expr | None, ...], days: list[date]
) -> list[tuple[Program, Diagrams, Vertex, bool]]:
    lowerings = [Lowering(side.book.vocabulary) for side in sides]
    lowerings[0].features = lowerings[1].features = _Features(sides[0].book.vocabulary)
    doubted = [False, False]
    for number, (side, lowering) in enumerate(zip(sides, lowerings, strict=True)):
        for scope, term in enumerate(judged):
            for bound, in_doubt_here in side.bound(term, scope, days[scope]):
                doubted[number] = doubted[number] or in_doubt_here
                if bound is not None:
                    lowering.enter(bound)
    if all(doubted):
        return []
    for lowering in lowerings:
        lowering.finish()
    asked = [_question(lowering, side, query, days[0]) for side, lowering in zip(sides, lowerings, strict=True)]
    answers = [_answers(question) for question in asked]
    rules = [_rules(question) for question in asked]
    table = lowerings[0].features
    program = Program(tuple(table.features.values()), (), {}, table.full, lowerings[0].canonizer)
    diagrams = Diagrams([feature.bits for feature in program.features])
    if any(doubted):
        return [(program, diagrams, True, False)]
    try:
        vertices = [(diagrams.of(_differ(*pair)), only_rules) for pair, only_rules in ((answers, False), (rules, True))]
        if any(vertex is not False for vertex, _ in vertices) and same_answers(
            asked[0], asked[1], Judged(program.features, diagrams), sides[0].book.parts
        ):
            return []
    except TooManyNodes:
        raise TooLarge from None
    return [(program, diagrams, vertex, only_rules) for vertex, only_rules in vertices if vertex is not False]


def _question(lowering: Lowering, side: _Side, query: Query, day: date) -> Question:
    ids = sorted(rule.id for rule, _ in side.query.rules)
    if query.kind == "requirement":
        return lowering.requirement(query.name, ids)
    if query.kind == "step":
        return lowering.suggestion(query.name, ids)
    kind = side.book.parts.outcomes[query.name].type
    question = lowering.outcome(query.name, kind == "set", ids, side.default(day))
    question.whole = kind == "integer"
    return question


Formulas = dict[Any, Formula]


def _add(formulas: Formulas, key: Any, formula: Formula) -> None:
    formulas[key] = disj(formulas[key], formula) if key in formulas else formula


def _answers(question: Question) -> Formulas:
    """The formulas of what a question can be answered, by the answer."""
    formulas: Formulas = {}
    if question.kind == "outcome" and not question.rules:
        formulas["not_applicable"] = TRUE
        return formulas
    before = FALSE
    for case in question.cases:
        value = None if case.expr is None else same_value(case.expr, case.scope)
        _add(formulas, (case.status, value), conj(case.form.formula, neg(before)))
        before = disj(before, case.form.formula)
    for word, form in question.members.items():
        formulas[word] = form.formula
    if question.kind == "step":
        formulas |= _of_step(question)
    if question.groups:
        formulas["conflict"] = question.conflict.formula
    if not all(isinstance(group.expr, Const) for group in question.groups):
        for group in question.groups:  # what is computed may be one with another value, so it counts beside that, too
            _add(formulas, ("counts", same_value(group.expr, group.scope)), group.form.formula)
    return formulas


def _of_step(question: Question) -> Formulas:
    """The formulas of a step: whether it is suggested, and by which day; of days a known time apart the earlier one."""
    formulas: Formulas = {"suggested": FALSE}
    dues: dict[Any, dict[int, Formula]] = {}
    for rule in question.rules:
        suggested = conj(rule.holds.formula, neg(rule.active.formula))
        _add(formulas, "suggested", suggested)
        if rule.bound.due is not None:
            base, days = _base(rule.bound.due)
            _add(dues.setdefault(same_value(base, rule.bound.scope), {}), days, suggested)
    for base, by_days in dues.items():
        earlier = FALSE
        for days, formula in sorted(by_days.items()):
            formulas[base, days] = conj(formula, neg(earlier))
            earlier = disj(earlier, formula)
    return formulas


def _base(due: Expr) -> tuple[Expr, int]:
    """A day as so many days after another one."""
    match due:
        case Call("add_days", (Const() as first, Const(by))):
            return first, by
        case Call("add_days", (day, Const(by))) if not isinstance(day, str):
            base, days = _base(day)
            return base, days + by
        case _:
            return due, 0


def _rules(question: Question) -> Formulas:
    """The formulas of the rules that decide a question, by rule."""
    formulas: Formulas = {}
    for rule in question.rules:
        rule_id = rule.bound.rule.id
        counts = rule.active.formula
        if question.kind == "step":
            counts = conj(rule.holds.formula, neg(counts))
        formulas[rule_id] = counts
        if rule.requires is not None:
            formulas[rule_id, "requires"] = conj(counts, rule.requires.formula)
    return formulas


def _differ(a: Formulas, b: Formulas) -> Formula:
    different = []
    for key in {**a, **b}:
        entry, other = a.get(key, FALSE), b.get(key, FALSE)
        different.append(disj(conj(entry, neg(other)), conj(neg(entry), other)))
    return disj(*different)
