"""From the states of a question's formulas to its one answer, whatever engine worked out the states."""

from __future__ import annotations

from datetime import date
from typing import Any

from aava_rules.compiler.program import CONFLICT, NOT_APPLICABLE, Case, RuleForms
from aava_rules.engine.states import Reading
from aava_rules.language.values import NONE, UNKNOWN, Interval, bounds, interval, is_known, may_be_absent

Answer = tuple[str, Any]
_OPEN: dict[str, Answer] = {
    "outcome": ("unknown", UNKNOWN), "requirement": ("unknown", None), "step": ("open", None)
}  # fmt: skip


def merge_over_days(kind: str, answers: list[Answer], whole: bool) -> Answer:
    """The one answer of every possible judged day, or unknown; of sets and whole numbers, what all of them allow.

    Args:
        kind: the kind of the question.
        answers: the status and value on each of the days; none if there are too many days.
        whole: whether it is an outcome of whole numbers.
    """
    if not answers:
        return _OPEN[kind]
    first = answers[0]
    if all(answer == first for answer in answers):
        return first
    return _convex_hull([value for _, value in answers], whole) if kind == "outcome" else _OPEN[kind]


def _convex_hull(values: list[Any], whole: bool) -> Answer:
    """The least that covers the answers of several days, so that none of what they share is lost."""
    bounds = [(value.low, value.high) if value.__class__ is Interval else (value, value) for value in values]
    if all(isinstance(low, frozenset) for low, _ in bounds):
        sure = frozenset.intersection(*(low for low, _ in bounds))
        return ("known" if sure else "unknown"), Interval(sure, frozenset.union(*(high for _, high in bounds)))
    if whole and all(type(bound) is int for pair in bounds for bound in pair):
        return "unknown", interval(min(low for low, _ in bounds), max(high for _, high in bounds))
    return _OPEN["outcome"]


def conclude(reading: Reading) -> Answer:
    """The status and value of the answer to the question of ``reading``: of the first case that surely holds."""
    question = reading.question
    if question.in_doubt:
        return _OPEN[question.kind]
    if question.kind == "step":
        return _step(reading)
    if question.is_set:
        return _set(reading) if question.rules else (NOT_APPLICABLE, None)
    if not question.rules and question.kind == "outcome":
        return NOT_APPLICABLE, None
    surely = reading.surely
    for case in question.cases:
        if surely(case.form):
            return _answer(case, reading)
    return _several(reading) if question.groups else _OPEN[question.kind]


def _answer(case: Case, reading: Reading) -> Answer:
    """The answer that a case gives where it surely holds."""
    if case.expr is None:
        return case.status, None
    value = reading.value(case.expr, case.scope)
    if value is NONE:
        return NOT_APPLICABLE, None
    if value is UNKNOWN or value.__class__ is Interval:
        return "unknown", value
    return case.status, value


def _set(reading: Reading) -> Answer:
    states = {word: reading.state(form) for word, form in reading.question.members.items()}
    sure = frozenset(word for word, state in states.items() if state)
    possible = frozenset(word for word, state in states.items() if state is None)
    if not possible:
        return "known", sure
    return ("known" if sure else "unknown"), Interval(sure, sure | possible)


def _several(reading: Reading) -> Answer:
    """Several values are open: they may still be one, since computed values can coincide, or none of them exist."""
    question, surely = reading.question, reading.surely
    possible = [group for group in question.groups if reading.state(group.form) is not False]
    values = [reading.value(group.expr, group.scope) for group in possible]
    sure = {value for group, value in zip(possible, values, strict=True) if surely(group.form) and is_known(value)}
    if len(sure) > 1:
        return CONFLICT, None
    distinct = set(values)
    every = distinct | _by_default(reading)
    if every == {NONE}:
        return NOT_APPLICABLE, None  # it has no value whichever rule counts, or if none does
    if any(value is UNKNOWN or value is NONE or value.__class__ is Interval for value in values):
        return "unknown", UNKNOWN
    outside = question.form_of(NOT_APPLICABLE)
    if len(every) == 1 == len(distinct) and outside is not None and reading.state(outside) is False:
        return "known", values[0]
    if surely(question.conflict) and len(distinct) == len(values):
        return CONFLICT, None
    numbers = question.whole and len(distinct) > 1
    if numbers and surely(question.any_value) and reading.state(question.conflict) is False:
        return "unknown", interval(min(values), max(values))
    return "unknown", UNKNOWN


def _by_default(reading: Reading) -> set[Any]:
    """The value of `otherwise`, where it may be what answers."""
    default = reading.question.default
    if default is None or default.expr is None or reading.state(default.form) is False:
        return set()
    return {reading.value(default.expr, default.scope)}


def _step(reading: Reading) -> Answer:
    state = "none"
    for rule in reading.question.rules:
        held = suggests(rule, reading)
        if held:
            return "suggested", None
        if held is None:
            state = "open"
    return state, None


def suggests(rule: RuleForms, reading: Reading) -> bool | None:
    """Whether ``rule`` suggests its step in ``reading``: it holds and no exception surely does; None: unknown."""
    return False if reading.surely(rule.active) else reading.state(rule.holds)


def due_in(reading: Reading) -> tuple[date | None, tuple[RuleForms, ...]]:
    """The earliest day by which the step of ``reading`` surely is due, and the rules that may name an earlier one."""
    earliest: date | None = None
    uncertain: list[tuple[RuleForms, date | None]] = []
    for rule in reading.question.rules:
        if rule.bound.due is None or (suggested := suggests(rule, reading)) is False:
            continue
        due = reading.value(rule.bound.due, rule.bound.scope)
        if due is NONE:
            continue
        low, high = (None, None) if due is UNKNOWN else bounds(due)
        if not suggested or low is None or low != high or may_be_absent(due):
            uncertain.append((rule, low))
        elif earliest is None or low < earliest:
            earliest = low
    return earliest, tuple(rule for rule, low in uncertain if earliest is None or low is None or low < earliest)
