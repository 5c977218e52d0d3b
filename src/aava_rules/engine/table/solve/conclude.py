"""From the states of a question's formulas to its answer in every row; the same as `aava_rules.engine.conclude`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aava_rules.compiler import program
from aava_rules.compiler.program import Case, Question, RuleForms, ValueGroup
from aava_rules.engine.table.block import Rows
from aava_rules.engine.table.columns import (
    MOST_WORDS,
    NO_HIGH,
    NO_LOW,
    Bits,
    Bools,
    Code,
    Codes,
    Column,
    between,
    choose,
    code_where,
    codes_of_bits,
    unknown,
    unknown_where,
    unpacked,
)
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.engine.table.solve.answers import (
    BROKEN,
    CONFLICT,
    KNOWN,
    MET,
    NOT_APPLICABLE,
    NOT_SUGGESTED,
    OPEN_STATUS,
    STEP_OPEN,
    SUGGESTED,
    UNSURE,
    Answers,
    Truths,
    unanswered,
)
from aava_rules.engine.table.solve.features import TooManyCells
from aava_rules.engine.table.solve.formulas import Formulas
from aava_rules.language.syntax import Const
from aava_rules.rulebook.model import Parts

_CODES = {program.NOT_APPLICABLE: NOT_APPLICABLE, program.MET: MET, program.BROKEN: BROKEN}
"""The code of an answer without a value, by its status."""


def value_type(kind: str, name: str, parts: Parts) -> str:
    """The type of an answer's value: that of the outcome ``name`` in ``parts``, and a date if ``kind`` is a step."""
    return parts.outcomes[name].type if kind == "outcome" else "date"


def conclude(question: Question, formulas: Formulas, parts: Parts) -> Answers:
    """The answers of ``question`` in every row of ``formulas``, of the rulebook ``parts``.

    Raises TooManyCells for a set of more words than a machine word has bits.
    """
    kind = value_type(question.kind, question.name, parts)
    if question.in_doubt:
        return unanswered(question.kind, kind, formulas.rows)
    if question.kind == "requirement":
        return Answers(_requirement(question, formulas))
    if question.kind == "step":
        return _step(question, formulas)
    if not question.rules:
        return Answers(np.full(formulas.rows, NOT_APPLICABLE, np.uint8), unknown(kind, formulas.rows))
    if question.is_set:
        return _set(question, formulas, sorted(parts.outcomes[question.name].words))
    truths = _truths(question, formulas) if kind == "boolean" else None
    return _Scalar(question, formulas, kind).answers() if truths is None else Answers(None, None, truths)


def _truths(question: Question, formulas: Formulas) -> Truths | None:
    """The answers to an outcome whose rules conclude true or false; None if some row needs more than that."""
    true, left = formulas.none, formulas.all
    *values, outside_case = question.cases
    for case in values:
        if not isinstance(case.expr, Const) or case.expr.value.__class__ is not bool:
            return None
        bits = formulas.surely(case.form) & left
        left = left & ~bits
        true = true | bits if case.expr.value else true
    if not left.any():
        return Truths(formulas.rows, true, None, None)
    outside = formulas.surely(outside_case.form) & left
    waiting = left & ~outside
    if not waiting.any():
        return Truths(formulas.rows, true, outside, None)
    if (waiting & ~_merely_open(question, formulas)).any():
        return None
    return Truths(formulas.rows, true, outside, waiting)


def _merely_open(question: Question, formulas: Formulas) -> Bits:
    """Where an outcome of constants that is not decided is open, and neither a conflict nor surely one value."""
    clash, both_possible = formulas.surely(question.conflict), formulas.none
    groups = [(formulas.surely(group.form), ~formulas.surely_not(group.form)) for group in question.groups]
    for number, (sure, possible) in enumerate(groups):
        for second_sure, second_possible in groups[number + 1 :]:
            clash, both_possible = clash | sure & second_sure, both_possible | possible & second_possible
    return ~(clash | formulas.surely(question.any_value) & ~both_possible)


def _requirement(question: Question, formulas: Formulas) -> Codes:
    left, answered = formulas.all, []
    for case in question.cases:
        bits = formulas.surely(case.form) & left
        left = left & ~bits
        answered.append((_CODES[case.status], bits))
    return codes_of_bits(formulas.rows, *answered)


def _set(question: Question, formulas: Formulas, words: list[str]) -> Answers:
    if len(words) > MOST_WORDS:
        raise TooManyCells
    sure = np.zeros(formulas.rows, np.int64)
    maybe = np.zeros(formulas.rows, np.int64)
    for word, form in question.members.items():
        bit = np.int64(1 << words.index(word))
        holds, fails = formulas.surely(form), formulas.surely_not(form)
        sure |= np.where(unpacked(holds, formulas.rows), bit, 0)
        maybe |= np.where(unpacked(holds | fails, formulas.rows), 0, bit)
    status = code_where((maybe == 0) | (sure != 0), KNOWN, UNSURE)
    return Answers(status, Column("set", sure, sure | maybe))


def suggests(rule: RuleForms, formulas: Formulas) -> tuple[Bits, Bits]:
    """Where ``rule`` suggests its step, and where it may, in the rows of ``formulas``."""
    excepted = formulas.surely(rule.active)
    holds = formulas.surely(rule.holds) & ~excepted
    return holds, ~formulas.surely_not(rule.holds) & ~holds & ~excepted


def _step(question: Question, formulas: Formulas) -> Answers:
    rows = formulas.rows
    suggested, maybe = formulas.none, formulas.none
    due = _DueDays(rows)
    for rule in question.rules:
        holds, may = suggests(rule, formulas)
        suggested, maybe = suggested | holds, maybe | may
        if rule.bound.due is not None and (holds | may).any():
            day = compiled(rule.bound.due)(formulas.views[rule.bound.scope])
            due.name(day, unpacked(holds, rows), unpacked(may, rows))
    none_is = ~(suggested | maybe)
    status = codes_of_bits(rows, (SUGGESTED, suggested), (STEP_OPEN, maybe & ~suggested), (NOT_SUGGESTED, none_is))
    return Answers(status, due.column())


class _DueDays:
    """The earliest due day of each row that is surely named, and the earliest that may be (`NO_HIGH`: none)."""

    def __init__(self, rows: int) -> None:
        self.sure = np.full(rows, NO_HIGH, np.int64)
        self.possible = np.full(rows, NO_HIGH, np.int64)

    def name(self, day: Column, holds: Bools, may: Bools) -> None:
        """Take in the days of a rule that suggests the step in some rows and may in others."""
        code = day.codes()
        exact = (code == Code.PRESENT) & (day.low == day.high)
        sure = holds & exact
        open_ = (holds | may) & (code != Code.ABSENT) & ~sure
        earliest = np.where((code == Code.PRESENT) | (code == Code.MAYBE), day.low, NO_LOW)
        self.sure = np.where(sure, np.minimum(self.sure, day.low), self.sure)
        self.possible = np.where(open_, np.minimum(self.possible, earliest), self.possible)

    def column(self) -> Column:
        """The due days: absent where no day is named, open where an earlier day may be named than surely is."""
        named = self.sure < NO_HIGH
        day = np.where(named, self.sure, 0)
        code = code_where(named, Code.PRESENT, Code.ABSENT)
        return Column("date", day, day, code_where(self.possible < self.sure, Code.UNKNOWN, code))


class _Scalar:
    """An outcome of one value: the groups of rules that give one and the same, one after the other."""

    def __init__(self, question: Question, formulas: Formulas, kind: str) -> None:
        self.question, self.formulas, self.kind = question, formulas, kind
        self.status = np.full(formulas.rows, UNSURE, np.uint8)
        self.value = unknown(kind, formulas.rows)
        self.left = formulas.all

    def answers(self) -> Answers:
        question, formulas = self.question, self.formulas
        for case in question.cases:
            if case.expr is None:
                self._settled(formulas.surely(case.form), _CODES[case.status])
            else:
                self._computed(formulas.surely(case.form), case.expr, case.scope)
        if self.left.any():
            self._several(np.flatnonzero(unpacked(self.left, formulas.rows)))
        return Answers(self.status, self.value)

    def _settled(self, bits: Bits, status: int) -> None:
        bits = bits & self.left
        self.status[unpacked(bits, self.formulas.rows)] = status
        self.left = self.left & ~bits

    def _computed(self, bits: Bits, expr: Any, scope: int) -> None:
        bits = bits & self.left
        self.left = self.left & ~bits
        if not bits.any():
            return
        here = unpacked(bits, self.formulas.rows)
        column = compiled(expr)(self.formulas.views[scope])
        if column.exact and column.code is None:
            self.status[here] = KNOWN
            self._put(here, Column(self.kind, column.low, column.low, None, column.scale))
            return
        code = column.codes()
        known = (code == Code.PRESENT) & (column.low == column.high)
        self.status[here] = np.where(known, KNOWN, np.where(code == Code.ABSENT, NOT_APPLICABLE, UNSURE))[here]
        column = unknown_where(code == Code.ABSENT, column) if (code == Code.ABSENT).any() else column
        self._put(here, Column(self.kind, column.low, column.high, column.codes(), column.scale))

    def _put(self, here: Bools, column: Column) -> None:
        """Take over the values of some rows."""
        value = self.value
        if value.scale != column.scale or value.void:
            scale = max(value.scale, column.scale)
            # the numbers of other rows are not taken over, so they need not fit
            low = np.where(here, column.low, 0)
            high = low if column.exact else np.where(here, column.high, 0)
            column = Column(self.kind, low, high, column.code, column.scale)
            value, column = value.rescaled(scale), column.rescaled(scale)
            value = Column(self.kind, value.low.copy(), value.high.copy(), value.codes().copy(), scale)
            self.value = value
        assert value.code is not None
        np.copyto(value.low, column.low, where=here)
        np.copyto(value.high, column.high, where=here)
        np.copyto(value.code, np.uint8(Code.PRESENT) if column.code is None else column.code, where=here)

    def _several(self, rows: Rows) -> None:
        """Several values are open: they may still be one, since computed values can coincide."""
        question, formulas = self.question, self.formulas
        values = [_At(group, formulas, rows) for group in question.groups]
        any_counts, clash = (
            self._at(formulas.surely(question.any_value), rows),
            self._at(formulas.surely(question.conflict), rows),
        )
        no_clash = self._at(formulas.surely_not(question.conflict), rows)
        conflict = np.zeros(len(rows), np.bool_)
        twins = np.zeros(len(rows), np.bool_)
        unlike = np.zeros(len(rows), np.bool_)
        for i, a in enumerate(values):
            for b in values[i + 1 :]:
                same = a.equals(b)
                conflict |= a.sure & b.sure & a.known & b.known & ~same
                twins |= a.possible & b.possible & same
                unlike |= a.possible & b.possible & ~same
        waiting = np.zeros(len(rows), np.bool_)
        count = np.zeros(len(rows), np.int64)
        for value in values:
            waiting |= value.possible & ~value.plain
            count += value.possible
        closed = ~conflict & ~waiting
        same_by_default, absent = self._with_default(values, rows)
        outside = question.cases[-1]
        answered = self._at(formulas.surely_not(outside.form), rows)
        single_value = closed & (count > 0) & ~unlike & same_by_default & answered
        absent &= ~conflict
        conflict |= closed & ~single_value & clash & ~twins
        numbers = closed & ~single_value & ~conflict & unlike & any_counts & no_clash
        self.status[rows[conflict]] = CONFLICT
        self.status[rows[absent]] = NOT_APPLICABLE
        low, high, code = self._bounds(values, single_value | numbers)
        self.status[rows[single_value]] = KNOWN
        full = Answers(self.status, self.value)
        scale = values[0].column.scale if values else 0
        bounds = Column(self.kind, low, high, code, scale)
        full.put(rows, Answers(self.status[rows], bounds if self.kind == "integer" else unknown_where(numbers, bounds)))
        assert full.value is not None
        self.value = full.value

    def _with_default(self, values: list[_At], rows: Rows) -> tuple[Bools, Bools]:
        """Where `otherwise`, if it may answer, has the value that each of the groups has; where no value exists."""
        default = None if self.question.default is None else _At(self.question.default, self.formulas, rows)
        same = np.ones(len(rows), np.bool_)
        absent = np.ones(len(rows), np.bool_)
        count = np.zeros(len(rows), np.int64)
        for value in values if default is None else [*values, default]:
            absent &= ~value.possible | value.absent
            count += value.possible
        if default is not None:
            same = ~default.possible | default.plain
            for value in values:
                same &= ~default.possible | ~value.possible | default.equals(value)
        return same, absent & (count > 0)

    def _at(self, bits: Bits, rows: Rows) -> Bools:
        return unpacked(bits, self.formulas.rows)[rows]

    def _bounds(self, values: list[_At], there: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64], Codes]:
        scale = max((value.column.scale for value in values), default=0)
        low = np.full(len(there), NO_HIGH, np.int64)
        high = np.full(len(there), NO_LOW, np.int64)
        for value in values:
            value.column = value.column.rescaled(scale)
            low = np.where(value.possible, np.minimum(low, value.column.low), low)
            high = np.where(value.possible, np.maximum(high, value.column.low), high)
        code = code_where(there, Code.PRESENT, Code.UNKNOWN)
        return np.where(there, low, NO_LOW), np.where(there, high, NO_HIGH), code


class _At:
    """One group of rules, or `otherwise`, in some rows: whether it may and surely does count, and its value."""

    def __init__(self, group: ValueGroup | Case, formulas: Formulas, rows: Rows) -> None:
        assert group.expr is not None
        self.sure = unpacked(formulas.surely(group.form), formulas.rows)[rows]
        self.possible = ~unpacked(formulas.surely_not(group.form), formulas.rows)[rows]
        self.column = compiled(group.expr)(formulas.views[group.scope]).take(rows)
        self.known = self.column.known()
        self.absent = self.column.codes() == Code.ABSENT
        self.plain = self.known & ~self.absent

    def equals(self, second: _At) -> Bools:
        """Where both conclude the same value."""
        scale = max(self.column.scale, second.column.scale)
        a, b = self.column.rescaled(scale), second.column.rescaled(scale)
        absent_a, absent_b = a.codes() == Code.ABSENT, b.codes() == Code.ABSENT
        same: Bools = np.where(absent_a | absent_b, absent_a & absent_b, a.low == b.low)
        return same


def merge_over_days(kind: str, daily: list[Answers], value_kind: str) -> Answers:
    """The one answer of every possible judged day, or open; of sets and numbers, what all of them allow.

    Args:
        kind: ``outcome``, ``requirement`` or ``step``.
        daily: the answers of each day, in the same rows.
        value_kind: the type of the value.
    """
    first = daily[0]
    same = np.ones(len(first.status), np.bool_)
    for answers in daily[1:]:
        same &= answers.status == first.status
        if kind == "outcome":
            same &= _same_values(first.value, answers.value)
    status = np.where(same, first.status, OPEN_STATUS[kind]).astype(np.uint8)
    if kind == "step":
        assert first.value is not None
        unlike = ~np.logical_and.reduce([_same_values(first.value, answers.value) for answers in daily])
        return Answers(status, unknown_where(unlike, first.value))
    if kind != "outcome" or same.all():
        return Answers(status, first.value)
    return _convex_hull(daily, same, status, value_kind)


def _same_values(a: Column | None, b: Column | None) -> Bools:
    assert a is not None and b is not None
    scale = max(a.scale, b.scale)
    a, b = a.rescaled(scale), b.rescaled(scale)
    code_a, code_b = a.codes(), b.codes()
    same: Bools = (code_a == code_b) & ((code_a == Code.UNKNOWN) | (a.low == b.low) & (a.high == b.high))
    return same


def _convex_hull(daily: list[Answers], same: Bools, status: Codes, kind: str) -> Answers:
    """The least that covers the answers of several days, so that none of what they share is lost."""
    values = [answers.value for answers in daily if answers.value is not None]
    scale = max(value.scale for value in values)
    values = [value.rescaled(scale) for value in values]
    first = values[0]
    closed = ~same
    for value in values:
        closed &= value.codes() == Code.PRESENT
        if kind != "set":
            closed &= (value.low > NO_LOW) & (value.high < NO_HIGH)
    if kind == "set":
        low = np.bitwise_and.reduce([value.low for value in values])
        high = np.bitwise_or.reduce([value.high for value in values])
        status[closed & (low != 0)] = KNOWN
    elif kind == "integer":
        low = np.minimum.reduce([value.low for value in values])
        high = np.maximum.reduce([value.high for value in values])
    else:
        return Answers(status, choose(same, first, unknown(kind, len(same))))
    covered = Column(kind, low, high) if kind == "set" else between(kind, low, high)
    return Answers(status, choose(same, first, choose(closed, covered, unknown(kind, len(same)))))
