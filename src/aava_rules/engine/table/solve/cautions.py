"""What the answers of a block rest on that is not verified; the same as `find_cautions` of
`aava_rules.decision.cautions`.

A register has few cautions, and each of them holds for many clients. So one client is looked for of each, whose
decision then reports it; and a caution that has been seen is not looked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from aava_rules.compiler.amended import is_no_law
from aava_rules.compiler.compile import CompiledRulebook, RuleIn
from aava_rules.compiler.composition import support_of
from aava_rules.compiler.program import Feature, Program, Question
from aava_rules.engine.reference.engine import KnownCells
from aava_rules.engine.states import Reading
from aava_rules.engine.table.block import Block, Judged, Rows, RowView
from aava_rules.engine.table.columns import Bools, Code, Ints
from aava_rules.engine.table.evaluate.facts import ready_made_fact
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.engine.table.solve.answers import NOT_APPLICABLE, NOT_SUGGESTED, STEP_OPEN, UNSURE, Answers
from aava_rules.engine.table.solve.deciding_rules import deciding_rules, may_count
from aava_rules.engine.table.solve.readings import FrameRows, QuestionAnswers
from aava_rules.language.syntax import Expr
from aava_rules.rulebook.model import ParamValue, Rule, Ruleset

Key = tuple[str, str]
"""The identity of a caution: its code, and the rule, the value or the ruleset that it is about."""
Essential = Callable[[Reading], list[Feature]]
"""`aava_rules.decision.essential.essential`: the variables of which some value would change an answer."""


@dataclass(slots=True, eq=False)
class _Question:
    """The cautions that the answers to one question may have: of its rules, of values they read, and of rulesets."""

    rules: dict[str, list[tuple[Key, tuple[ParamValue, ...], int]]]
    """By the id of a rule: its cautions; of a value those of its parameter, and which of them it is (-1: the rule)."""
    rulesets: list[RuleIn]
    """The rules whose law may not have been read to the judged day."""


class Cautions:
    """The cautions of a register, block by block. Threads may look through blocks at once.

    Attributes:
        book: the rulebook.
        seen: the keys of the cautions seen so far.
    """

    def __init__(self, book: CompiledRulebook, essential: Essential) -> None:
        self.book = book
        self.seen: set[Key] = set()
        self._essential = essential
        self._questions: dict[tuple[str, str], _Question] = {}

    def new_in(
        self, block: Block, answered_questions: Iterable[QuestionAnswers], selected: Bools | None
    ) -> dict[Key, int]:
        """The cautions not seen before, each with a client of whom it holds, as its row in the block.

        Args:
            block: the clients.
            answered_questions: their answers.
            selected: shape (n,), bool, the clients that count; None: all.
        """
        new: dict[Key, int] = {}
        clients = np.ones(block.size, np.bool_) if selected is None else selected
        for layer in self.book.parts.layers if clients.any() else ():
            # every decision names the amendments that are no law
            if layer.amendment is not None and is_no_law(layer):
                key: Key = (layer.amendment.status, layer.name)
                if key not in self.seen:
                    self.seen.add(key)
                    new[key] = int(np.argmax(clients))
        for answered in answered_questions:
            question = self._question(answered.kind, answered.name)
            if not question.rules and not question.rulesets:
                continue
            for reads in _together(answered.readings):
                rows = _Rows(answered, reads, block, selected)
                if not rows.live.any():
                    continue
                for key, mask in (*self._unverified(question, rows), *self._unread(question, rows)):
                    if key not in self.seen and mask.any():
                        self.seen.add(key)
                        new[key] = int(rows.owners[int(np.argmax(mask))])
        return new

    def _question(self, kind: str, name: str) -> _Question:
        question = self._questions.get((kind, name))
        if question is None:
            rules = self.book.rules_of(kind, name)
            by_rule = {rule.id: list(self._keys_of(rule)) for rule, _ in rules}
            unread = [rule_in for rule_in in rules if _may_be_unread(*rule_in, name)]
            question = _Question({rule_id: keys for rule_id, keys in by_rule.items() if keys}, unread)
            self._questions[kind, name] = question
        return question

    def _keys_of(self, rule: Rule) -> Iterator[tuple[Key, tuple[ParamValue, ...], int]]:
        for key in self.book.cautions_of(rule):
            values = self.book.parts.parameters[key.parameter].values if key.parameter else ()
            yield (key.code, key.subject), values, key.number

    # -- rules and values that are not verified

    def _unverified(self, question: _Question, rows: _Rows) -> Iterator[tuple[Key, Bools]]:
        """The cautions of the rules on which answers rest.

        These are the deciding ones; where none decides, those that may count of an unknown answer, all of a no.
        """
        folded = rows.question
        entered = {rule.bound.rule.id for rule in folded.rules}
        keys_by_rule = {
            rule_id: [entry for entry in keys if entry[0] not in self.seen]
            for rule_id, keys in question.rules.items()
            if rule_id in entered
        }
        if not any(keys_by_rule.values()):
            return
        resting = rows.live & (rows.answers.status != NOT_APPLICABLE)
        decides = list(deciding_rules(folded, rows.first.formulas, rows.answers, self._words(rows)))
        none = ~np.logical_or.reduce([mask for _, mask in decides])
        unknown = np.isin(rows.answers.status, (UNSURE, STEP_OPEN))
        for rule, mask in decides:
            rests = resting & (mask | (none & (~unknown | may_count(folded, rule, rows.first.formulas))))
            for key, values, number in keys_by_rule.get(rule.bound.rule.id, ()):
                if number < 0:
                    yield key, rests
                else:
                    yield key, rests & _holds(values, number, rows.views[rule.bound.scope].judged, len(rests))

    def _words(self, rows: _Rows) -> list[str]:
        if rows.question.kind != "outcome":
            return []
        return sorted(self.book.parts.outcomes[rows.question.name].words)

    # -- law that has not been read

    def _unread(self, question: _Question, rows: _Rows) -> Iterator[tuple[Key, Bools]]:
        """The rulesets whose law is in doubt on the judged day, or was not read to it."""
        nothing = np.zeros(len(rows.live), np.bool_)
        in_question: dict[str, Bools] = {}
        unfinished: dict[str, tuple[Bools, Ruleset]] = {}
        ending: dict[Key, Bools] = {}
        whole = all(read.formulas.program.questions[read.index].in_doubt for read in rows.reads)
        for rule, ruleset in question.rulesets:
            name, until = ruleset.name, ruleset.read_until
            if self.seen.issuperset(_of_ruleset(ruleset)):
                continue
            known, days = _day_of(rule, rows)
            if ruleset.may_end is not None:
                about = ruleset.may_end.caution
                ended = known & _since(ruleset.may_end.start, days) & (rows.answers.status != NOT_APPLICABLE)
                ending[about] = ending.get(about, nothing) | ended
            doubted = known & _doubted(ruleset, rows.question.name, days)
            if whole:
                doubted = doubted | ~known
            if rule.in_doubt_from is not None:
                # a rule that is in doubt counts where the answer is open because of it
                rest = known & ~doubted & rows.open & rows.live & _since(rule.in_doubt_from, days)
                doubted = doubted | self._waiting(rule.id, rows, rest)
            in_question[name] = in_question.get(name, nothing) | doubted
            if until is not None:
                late = known & ~doubted & (days > until.toordinal()) & (rows.answers.status != NOT_APPLICABLE)
                unfinished[name] = unfinished.get(name, (nothing, ruleset))[0] | late, ruleset
        for name, mask in in_question.items():
            yield ("law_not_verified", name), mask & rows.live
        for name, (mask, ruleset) in unfinished.items():
            yield ruleset.past_reading, mask & ~in_question[name] & rows.live
        for about, mask in ending.items():
            yield about, mask & rows.live

    def _waiting(self, rule_id: str, rows: _Rows, wanted: Bools) -> Bools:
        """Where an answer is open because of an unread rule; evaluated once for rows of which the same is known."""
        waiting = np.zeros(len(wanted), np.bool_)
        for read in rows.reads:
            program, question = read.formulas.program, read.formulas.program.questions[read.index]
            places = np.flatnonzero(wanted & ~waiting)
            if not len(places) or not any(_is_doubt(feature, rule_id) for feature in program.features):
                continue
            support = support_of(question)
            numbers = [number for number, feature in enumerate(program.features) if support & feature.bits]
            cells = np.column_stack([read.formulas.cells(number)[places].astype(np.uint64) for number in numbers])
            alike, which = np.unique(cells, axis=0, return_inverse=True)
            waits = [self._waits(rule_id, program, question, numbers, feature.tolist()) for feature in alike]
            waiting[places] = np.array(waits)[which.reshape(-1)]
        return waiting

    def _waits(self, rule_id: str, program: Program, question: Question, numbers: list[int], cells: list[int]) -> bool:
        known = program.full
        for number, possible in zip(numbers, cells, strict=True):
            variable = program.features[number]
            known = known & ~variable.bits | possible << variable.partition.shift
        reading = Reading(question, program, known, (), KnownCells(known))
        return any(_is_doubt(feature, rule_id) for feature in self._essential(reading))


class _Rows:
    """The answers to one question in rows that were read together, and their clients."""

    def __init__(self, answered: QuestionAnswers, reads: list[FrameRows], block: Block, selected: Bools | None) -> None:
        self.reads, self.first = reads, reads[0]
        rows: Rows = np.arange(len(answered.answers.status)) if reads[0].rows is None else reads[0].rows
        self.owners: Rows = block.items[answered.list_name].client[rows] if answered.list_name else rows
        status = answered.answers.status[rows]
        value = (
            None if answered.kind != "outcome" or answered.answers.value is None else answered.answers.value.take(rows)
        )
        self.answers = Answers(status, value)
        live: Bools = status != NOT_SUGGESTED
        self.live = live if selected is None else live & selected[self.owners]
        if self.first.replaced is not None:
            self.live = self.live & ~self.first.replaced
        self.open: Bools = (status == UNSURE) | (status == STEP_OPEN)
        if value is not None:
            self.open |= (value.codes() < Code.ABSENT) & (value.low != value.high)
            ready_made = ready_made_fact(RowView(block, block.on), answered.name)
            if ready_made is not None:
                self.live &= ready_made.codes()[rows] == Code.UNKNOWN

    @property
    def question(self) -> Question:
        """The question in the first of the frames that were asked."""
        return self.first.formulas.program.questions[self.first.index]

    @property
    def views(self) -> tuple[RowView, ...]:
        """The rows, on each of their judged days."""
        return self.first.formulas.views


def _together(readings: list[FrameRows]) -> Iterator[list[FrameRows]]:
    """The readings of the same rows: of an unknown judged day there are several."""
    same_rows: list[FrameRows] = []
    for read in readings:
        if read.first and same_rows:
            yield same_rows
            same_rows = []
        same_rows.append(read)
    if same_rows:
        yield same_rows


def _of_ruleset(ruleset: Ruleset) -> tuple[Key, ...]:
    """The cautions a ruleset may have: that its law is in doubt, and that it was read up to a day."""
    doubt = ("law_not_verified", ruleset.name)
    keys = (doubt,) if ruleset.read_until is None else (doubt, ruleset.past_reading)
    return keys if ruleset.may_end is None else (*keys, ruleset.may_end.caution)


def _may_be_unread(rule: Rule, ruleset: Ruleset, name: str) -> bool:
    dates = (ruleset.in_doubt_from, ruleset.read_until, rule.in_doubt_from, ruleset.doubted.get(name))
    return ruleset.may_end is not None or any(day is not None for day in dates)


def _doubted(ruleset: Ruleset, name: str, days: Ints) -> Bools:
    """On which of the days a ruleset, or its part about one outcome, is in doubt; as `in_doubt` says of one day."""
    doubted: Bools = np.zeros(len(days), np.bool_)
    for start, end in (
        (ruleset.in_doubt_from, ruleset.doubt_ends.get("")),
        (ruleset.doubted.get(name), ruleset.doubt_ends.get(name)),
    ):
        doubted |= _since(start, days) & ~_since(end, days)
    return doubted


def _is_doubt(variable: Feature, rule_id: str) -> bool:
    """Whether a feature is the doubt about unread law of this rule."""
    return variable.kind == "doubt" and variable.word == rule_id


def _since(start: date | None, days: Ints) -> Bools:
    begun: Bools = np.zeros(len(days), np.bool_) if start is None else days >= start.toordinal()
    return begun


def _day_of(rule: Rule, rows: _Rows) -> tuple[Bools, Ints]:
    """Where the day on which a rule is judged is known, and that day."""
    size, views = len(rows.live), rows.views
    for forms in rows.question.rules:
        if forms.bound.rule.id == rule.id:
            return _judged(views[forms.bound.scope].judged, size)
    if rule.judged_on is None:
        return _judged(views[0].block.on, size)
    return _known_day(rule.judged_on, views[0])


def _judged(day: Judged, size: int) -> tuple[Bools, Ints]:
    if day is None:
        return np.zeros(size, np.bool_), np.zeros(size, np.int64)
    every = np.ones(size, np.bool_)
    return every, np.full(size, day.toordinal(), np.int64) if isinstance(day, date) else day


def _known_day(expr: Expr, view: RowView) -> tuple[Bools, Ints]:
    column = compiled(expr)(view)
    known: Bools = (column.codes() == Code.PRESENT) & (column.low == column.high)
    return known, column.low


def _holds(values: tuple[ParamValue, ...], number: int, judged: Judged, size: int) -> Bools:
    """Where this value of a parameter is the one that holds on the judged day; it is the last that has begun."""
    known, days = _judged(judged, size)
    begun = [np.ones(size, np.bool_) if value.start is None else known & _since(value.start, days) for value in values]
    later: Any = np.logical_or.reduce(begun[number + 1 :]) if begun[number + 1 :] else np.zeros(size, np.bool_)
    holds: Bools = begun[number] & ~later
    return holds
