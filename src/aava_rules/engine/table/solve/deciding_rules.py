"""The rules that give each row's answer; the same as `deciding_rules` of `aava_rules.decision.grounds`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aava_rules.compiler.program import Question, RuleForms
from aava_rules.engine.table.columns import Bits, Bools, Code, Codes, Column, unpacked
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.engine.table.solve.answers import BROKEN, KNOWN, NOT_SUGGESTED, STEP_OPEN, UNSURE, Answers
from aava_rules.engine.table.solve.conclude import suggests
from aava_rules.engine.table.solve.formulas import Formulas


def deciding_rules(
    question: Question, formulas: Formulas, answers: Answers, words: list[str]
) -> Iterator[tuple[RuleForms, Bools]]:
    """The rules of a question and the rows in which each is one of those that decide.

    Args:
        question: the question.
        formulas: its formulas in some rows.
        answers: the answers of these rows.
        words: the words of an outcome that is a set, sorted.

    Yields each rule with a mask of shape (n,), bool.
    """
    rows, status = formulas.rows, answers.status
    may_be = [_may_decide(question, rule, formulas, answers, words) for rule in question.rules]
    sure = [
        may & unpacked(_counts(question, rule, formulas), rows)
        for rule, may in zip(question.rules, may_be, strict=True)
    ]
    any_sure = np.logical_or.reduce(sure) if sure else np.zeros(rows, np.bool_)
    only_sure = any_sure | _by_default(question, formulas)
    undecided = np.isin(status, (UNSURE, STEP_OPEN, NOT_SUGGESTED))
    has_sure_part = undecided & _open_set_or_number(question, answers)
    for rule, may, surely in zip(question.rules, may_be, sure, strict=True):
        yield rule, np.where(undecided, has_sure_part & surely, np.where(only_sure, surely, may))


def _open_set_or_number(question: Question, answers: Answers) -> Bools:
    """Where an outcome is open between bounds, so that what it surely has is decided by some rule."""
    value = answers.value
    if question.kind != "outcome" or value is None:
        return np.zeros(len(answers.status), np.bool_)
    code = value.codes()
    between_bounds: Bools = (code == Code.MAYBE) | ((code == Code.PRESENT) & (value.low != value.high))
    return between_bounds


def _counts(question: Question, rule: RuleForms, formulas: Formulas) -> Bits:
    return suggests(rule, formulas)[0] if question.kind == "step" else formulas.surely(rule.active)


def may_count(question: Question, rule: RuleForms, formulas: Formulas) -> Bools:
    """Where a rule may count for an open answer, as `aava_rules.decision.grounds.open_rules` tells it.

    Args:
        question: the question.
        rule: one of its rules.
        formulas: its formulas in some rows.

    Returns a mask of shape (n,), bool.
    """
    if question.kind == "step":
        holds, maybe = suggests(rule, formulas)
        return unpacked(maybe & ~holds, formulas.rows)
    return ~unpacked(formulas.surely_not(rule.active), formulas.rows)


def _by_default(question: Question, formulas: Formulas) -> Bools:
    """Where `otherwise` may be what answers: no rule that merely might hold is then named."""
    default = question.default
    if default is None:
        return np.zeros(formulas.rows, np.bool_)
    return ~unpacked(formulas.surely_not(default.form), formulas.rows)


def _may_decide(question: Question, rule: RuleForms, formulas: Formulas, answers: Answers, words: list[str]) -> Bools:
    rows = formulas.rows
    if question.kind == "step":
        holds, maybe = suggests(rule, formulas)
        return unpacked(holds | maybe, rows)
    may = ~unpacked(formulas.surely_not(rule.active), rows)
    if question.kind == "requirement":
        if rule.requires is not None:
            met = unpacked(formulas.surely(rule.requires), rows)
            may &= ~(met & (answers.status == BROKEN))
        return may
    may_decide: Bools = may & ((answers.status != KNOWN) | _concludes(question, rule, formulas, answers, words))
    return may_decide


def _concludes(question: Question, rule: RuleForms, formulas: Formulas, answers: Answers, words: list[str]) -> Bools:
    """Where the value of an outcome is (or has something of) what the rule concludes."""
    value = answers.value
    assert value is not None
    concluded = rule.bound.then[question.name]
    if isinstance(concluded, frozenset):
        mask = np.int64(sum(1 << words.index(word) for word in concluded))
        concluded_words: Bools = value.low & mask != 0
        return concluded_words
    return _equal(compiled(concluded)(formulas.views[rule.bound.scope]), value)


def _equal(a: Column, b: Column) -> Bools:
    scale = max(a.scale, b.scale)
    a, b = a.rescaled(scale), b.rescaled(scale)
    code: Codes = a.codes()
    equal: Bools = (code != Code.ABSENT) & (code == b.codes()) & (a.low == b.low) & (a.high == b.high)
    return equal
