"""The worked cases with their answers: which answers each case vouches for, and what each rule did in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.program import RuleForms
from aava_rules.decision.decision import inside
from aava_rules.decision.service import Rulebook, book_of, parts_of
from aava_rules.engine.conclude import suggests
from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.session import Session
from aava_rules.engine.states import Reading, State
from aava_rules.language.errors import AavaRulesError
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import Parts, Rule, Ruleset
from aava_rules.tools.cases.run import LoadedCase, record_of
from aava_rules.tools.lint.expanded import expanded_book
from aava_rules.tools.lint.programs import Dated, dated_programs
from aava_rules.tools.lint.reads import outcomes_behind
from aava_rules.tools.lint.witness import Search

if TYPE_CHECKING:
    from aava_rules.compiler.bind import BoundRule
    from aava_rules.rulebook.loader.file_schema import Case


AnswerName = tuple[str, str]
"""What is asked: ``outcome``, ``requirement`` or ``step``, and its name."""


@dataclass(slots=True, eq=False)
class CaseAnswer:
    """One answer to one case, for the client or for one item."""

    session: Session
    state: State

    def judged_day(self, rule: Rule) -> Any:
        """The day on which ``rule`` is judged here; no date (unknown or none) where that is not known."""
        if rule.judged_on is None:
            return self.session.on
        return reader(rule.judged_on)(Scope(self.session.facts, self.session.on, self.state.list_name, self.state.item))


@dataclass(slots=True, eq=False)
class Sighting:
    """A rule in force in one answer, on a judged day that is known."""

    answer: CaseAnswer
    reading: Reading
    forms: RuleForms

    @property
    def scope(self) -> Scope:
        """The scope in which the rule was evaluated."""
        return self.reading.scopes[self.forms.bound.scope]

    @property
    def held(self) -> bool | None:
        """Whether the rule held (None: unknown); an assessment that no fact can record counts as made."""
        assessed = self.reading.supposing(self._assessed())
        return suggests(self.forms, assessed) if self.answer.state.kind == "step" else assessed.state(self.forms.holds)

    def _assessed(self) -> int:
        cells = self.reading.known
        for feature in self.reading.program.features:
            if feature.kind == "judgement" and feature.word == self.forms.bound.rule.id:
                cells &= ~feature.bits | feature.masks["true",]
        return cells


class Trials:
    """Every case that has an answer, and the answers that it vouches for.

    A case vouches for what it expects, checks or lists as a step, and for the outcomes on which these rest; whatever
    else follows from its record has not been reviewed by its author.
    """

    def __init__(self, rulebook: Rulebook, cases: Iterable[LoadedCase], own: str) -> None:
        """The cases of ``rulebook``; ``own`` is the name of the rulebook or amendment that is looked at."""
        self._own = own
        without_plugins = Rulebook(parts_of(rulebook))  # plugins hear only of the host's own records
        self.parts: Parts = parts_of(rulebook)
        self.book: CompiledRulebook = book_of(without_plugins)
        self._dependencies: dict[AnswerName, frozenset[AnswerName]] = {}
        self._vouched: dict[AnswerName, list[Session]] = {}
        self._case_answers: dict[AnswerName, list[CaseAnswer]] = {}
        self._expected: dict[tuple[str, str], list[Session]] = {}
        for loaded in cases:
            if loaded.case is not None:
                self._evaluate(without_plugins, loaded.case)

    @cached_property
    def expanded(self) -> CompiledRulebook:
        """The rulebook with the tests of derived yes-or-no facts in the place of these."""
        return expanded_book(self.parts)

    @cached_property
    def programs(self) -> tuple[Dated, ...]:
        """Each stretch of time of each group of questions."""
        return dated_programs(self.book)

    @cached_property
    def expanded_programs(self) -> tuple[Dated, ...]:
        """The same of the rulebook with its derived yes-or-no facts replaced."""
        return dated_programs(self.expanded)

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """Every rule by its id, those of the rulebooks below included."""
        return {rule.id: rule for query in self.book.questions.values() for rule, _ in query.rules}

    def search(self) -> Search:
        """A search of records that show something of the rulebook."""
        return Search(self.book, self.parts)

    def _evaluate(self, rulebook: Rulebook, case: Case) -> None:
        try:
            session = inside(rulebook.decide(record_of(case), on=case.date, engine="reference")).session
        except AavaRulesError:
            return  # the case fails when it is run
        for name, value in case.expect.items():
            if isinstance(value, str):
                self._expected.setdefault((name, value), []).append(session)
        names: set[AnswerName] = set()
        for answer in _answers_vouched_for(case):
            names |= self._with_dependencies(answer)
        for answer in names:
            self._vouched.setdefault(answer, []).append(session)

    def _answers(self, name: AnswerName) -> list[CaseAnswer]:
        """What the cases vouch for of one answer; it is worked out when a rule is looked at that gives it."""
        answers = self._case_answers.get(name)
        if answers is None:
            answers = self._case_answers[name] = [
                CaseAnswer(session, state)
                for session in self._vouched.get(name, ())
                for state in self._states(session, *name)
                if not state.stated
            ]
        return answers

    def _states(self, session: Session, kind: str, name: str) -> Iterator[State]:
        """The states of one answer, asked alone: together they would be compiled for far more days than matter."""
        if kind != "outcome":
            yield from (state for state in session.others(frozenset({name})) if state.kind == kind)
        elif self.book.rules_of(kind, name):
            yield session.outcome(name)

    def _with_dependencies(self, answer: AnswerName) -> frozenset[AnswerName]:
        closure = self._dependencies.get(answer)
        if closure is None:
            seen, pending = {answer}, [answer]
            while pending:
                for dependency in self._read_by(*pending.pop()) - seen:
                    seen.add(dependency)
                    pending.append(dependency)
            closure = self._dependencies[answer] = frozenset(seen)
        return closure

    def _read_by(self, kind: str, name: str) -> set[AnswerName]:
        rules = [rule for rule, _ in self.book.rules_of(kind, name)]
        rules += [over for rule in rules for over, _ in self.book.overriding.get(rule.id, ())]
        trees = [tree for rule in rules for tree in trees_of(rule)]
        return {("outcome", outcome) for outcome in outcomes_behind(trees, self.parts)}

    # -- what the cases show

    def expecting(self, name: str, value: str) -> list[Session]:
        """The sessions of the cases that expect of the outcome ``name`` the word ``value``."""
        return self._expected.get((name, value), [])

    def answers_to(self, rule: Rule) -> Iterator[CaseAnswer]:
        """Every answer that ``rule`` may give in a case, on whatever day."""
        for name in answers_of(rule):
            for answer in self._answers(name):
                if answer.state.list_name == LIST_OF_ITEM.get(rule.each, ""):
                    yield answer

    def sightings(self, rule: Rule) -> Iterator[Sighting]:
        """Every answer in which ``rule`` was in force on a judged day that is known."""
        for answer in self.answers_to(rule):
            yield from _sightings(answer, rule)

    def sightings_in(self, session: Session, rule: Rule) -> Iterator[Sighting]:
        """The same of ``rule`` and of the answers to one record, in ``session``, of which no case knows."""
        for name in answers_of(rule):
            for state in self._states(session, *name):
                if state.list_name == LIST_OF_ITEM.get(rule.each, "") and not state.stated:
                    yield from _sightings(CaseAnswer(session, state), rule)

    def own_rules(self) -> Iterator[tuple[Rule, Ruleset]]:
        """The rules of the rulebook itself with their rulesets, without the rules of those that it extends."""
        for ruleset in self.parts.rulesets:
            yield from ((rule, ruleset) for rule in ruleset.rules if rule.rulebook == self._own)


def _sightings(answer: CaseAnswer, rule: Rule) -> Iterator[Sighting]:
    for reading in answer.state.readings:
        forms = forms_of(rule, reading)
        if forms is not None and isinstance(reading.scopes[forms.bound.scope].judged, date):
            yield Sighting(answer, reading, forms)
            return  # there are more readings only where the day of some other rule is not known


def forms_of(rule: Rule, reading: Reading) -> RuleForms | None:
    """The formulas of ``rule`` in ``reading``; None where it was not in force."""
    return next((forms for forms in reading.question.rules if forms.bound.rule.id == rule.id), None)


def answers_of(rule: Rule) -> tuple[AnswerName, ...]:
    """The answers that ``rule`` is about: an outcome each that it concludes, its requirement, or its step."""
    if rule.kind == "decide":
        return tuple(("outcome", name) for name in rule.then)
    return (("requirement" if rule.kind == "require" else "step", rule.name),)


def answer_names(rule: Rule) -> str:
    """The names of the answers that ``rule`` is about, for a remark."""
    return " or ".join(name for _, name in answers_of(rule))


def applies(bound: BoundRule, scopes: tuple[Scope, ...]) -> bool:
    """Whether a rule's conditions surely hold and its exception surely does not.

    Args:
        bound: the rule, bound to a stretch of time.
        scopes: what is known of the record, by the number of the scope in which a rule is judged.
    """
    scope = scopes[bound.scope]
    if bound.in_doubt or tester(bound.when)(scope) is not True:
        return False
    return bound.unless is None or tester(bound.unless)(scope) is False


def _answers_vouched_for(case: Case) -> set[AnswerName]:
    steps = [step.get("step", "") if isinstance(step, dict) else step for step in case.steps]
    answers = {("outcome", name) for name in case.expect} | {("requirement", name) for name in case.checks}
    return answers | {("step", str(name)) for name in (*steps, *case.no_steps)}
