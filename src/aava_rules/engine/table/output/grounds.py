"""The rules that give some rows their answers, with the day on which each judged a row, and by when a step is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np

from aava_rules.engine.table.block import Judged, Rows
from aava_rules.engine.table.columns import Bools, Code, Column
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.engine.table.solve.answers import STEP_OPEN, Answers
from aava_rules.engine.table.solve.deciding_rules import deciding_rules, may_count
from aava_rules.engine.table.solve.readings import FrameRows, QuestionAnswers
from aava_rules.language.values import NONE, UNKNOWN
from aava_rules.rulebook.model import Rule

Ground = tuple[Rule, date | None, Any]
"""A rule; the day on which it was judged, None where that is not known; and the day by which it wants its step taken:
NONE where it names none, UNKNOWN where that is not known."""


def grounds_of(question: QuestionAnswers, rows: Rows) -> list[list[Ground]]:
    """The rules that decide a requirement or suggest a step in each of ``rows`` (shape (m,), intp), in their order.

    They are those of `aava_rules.decision.grounds`: of a row whose judged day is not known, by the first law that may
    be that of the day; of one that is read through all strata, by that reading.

    Args:
        question: the answers to it in every row of its block.
        rows: the rows that are asked.
    """
    grounds: list[list[Ground]] = [[] for _ in rows]
    place = np.full(len(question.answers.status), -1, np.intp)
    place[rows] = np.arange(len(rows))
    for read in question.readings:
        if read.first:
            _read(question, read, place, grounds)
    return grounds


def day_is_open(question: QuestionAnswers) -> Bools:
    """In which rows of ``question`` the judged day is not known, and several laws may answer: shape (n,), bool."""
    size = len(question.answers.status)
    times, through = np.zeros(size, np.int64), np.zeros(size, np.bool_)
    for read in question.readings:
        rows = np.arange(size) if read.rows is None else read.rows
        if read.through:
            through[rows] = True
        else:
            times[rows] += 1
    return (times > 1) & ~through


def may_be_due(question: QuestionAnswers, until: int, open_ended: Callable[[Sequence[Rule]], bool]) -> Bools:
    """In which rows it is open whether a rule suggests a step by a day in time.

    Args:
        question: the step.
        until: the ordinal of the last day.
        open_ended: tells of rules whether the step is to be taken by no day at all.

    Returns: shape (n,), bool.
    """
    open_rows = np.zeros(len(question.answers.status), np.bool_)
    for read in question.readings:
        if not read.first:
            continue
        formulas = read.formulas
        every = np.arange(formulas.rows) if read.rows is None else read.rows
        may = np.zeros(formulas.rows, np.bool_)
        asked = formulas.program.questions[read.index]
        for rule in asked.rules:
            if open_ended([rule.bound.rule]):
                may |= may_count(asked, rule, formulas)
            elif rule.bound.due is not None:
                due = compiled(rule.bound.due)(formulas.views[rule.bound.scope])
                late = (due.codes() == Code.ABSENT) | (_known(due) & (due.low > until))
                may |= may_count(asked, rule, formulas) & ~late
        open_rows[every] = may  # a reading through all strata takes the place of the one before it
    never = np.ones(len(open_rows), np.bool_)
    for read in question.readings:
        never[np.arange(len(never)) if read.rows is None else read.rows] = False
    return np.where(never, question.answers.status == STEP_OPEN, open_rows)


def _known(days: Column) -> Bools:
    known: Bools = (days.codes() == Code.PRESENT) & (days.low == days.high)
    return known


def _read(question: QuestionAnswers, read: FrameRows, place: Rows, grounds: list[list[Ground]]) -> None:
    formulas = read.formulas
    every = np.arange(formulas.rows) if read.rows is None else read.rows
    wanted = place[every] >= 0
    for number in place[every[wanted]].tolist():
        grounds[number].clear()  # a reading through all strata takes the place of the one before it
    answers = Answers(question.answers.status[every])
    for rule, decides in deciding_rules(formulas.program.questions[read.index], formulas, answers, []):
        judged = formulas.views[rule.bound.scope].judged
        rows = np.flatnonzero(decides & wanted)
        due = None if rule.bound.due is None else compiled(rule.bound.due)(formulas.views[rule.bound.scope])
        for row, day in zip(rows.tolist(), _days(due, rows), strict=True):
            grounds[place[every[row]]].append((rule.bound.rule, _day(judged, row), day))


def _days(due: Column | None, rows: Rows) -> list[Any]:
    if due is None:
        return [NONE] * len(rows)
    absent, known = (due.codes() == Code.ABSENT)[rows].tolist(), _known(due)[rows].tolist()
    return [
        NONE if none else date.fromordinal(day) if sure else UNKNOWN
        for none, sure, day in zip(absent, known, due.low[rows].tolist(), strict=True)
    ]


def _day(judged: Judged, row: int) -> date | None:
    return judged if judged is None or isinstance(judged, date) else date.fromordinal(int(judged[row]))
