"""Whether cases meet every edge at which an answer changes: limits of comparisons, and days of change.

A limit is met by a case at the limit itself and by one a single step across it; a day of change by a case on that day
and by one on the day before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.reference.scope import Scope
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.functions import FUNCTIONS
from aava_rules.language.syntax import (
    Arith,
    Call,
    Compare,
    Const,
    DecisionDate,
    Expr,
    Fact,
    ItemField,
    OneOf,
    Param,
    RuleDate,
    walk,
)
from aava_rules.language.values import UNKNOWN, Interval, plain
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.rulebook.dependencies import trees_of, upstream_facts
from aava_rules.rulebook.model import Parameter, ParamValue, Rule
from aava_rules.tools.lint.files import Files, Position, listed
from aava_rules.tools.lint.proposals import on_day
from aava_rules.tools.lint.reads import judged_parameters, tests_in
from aava_rules.tools.lint.trials import Trials, answer_names

Comparison = Compare | OneOf
_STEPS_ACROSS = {">=": (-1,), "<": (-1,), "<=": (1,), ">": (1,), "==": (1, -1), "!=": (1, -1)}
"""The differences between the limit and the nearest values for which the comparison has the other result."""


@dataclass(slots=True)
class Limit:
    """A comparison, its position in the files, and what the cases show of it.

    Attributes:
        test: the comparison, with the rule's own days filled in.
        position: the node to which a remark belongs.
        states: which results it has had in cases.
        pairs: both sides of it, by the difference of left and right (a number, or a number of days).
    """

    test: Comparison
    position: Position
    states: set[bool] = field(default_factory=set)
    pairs: dict[Any, tuple[Any, Any]] = field(default_factory=dict)


def check_limits(files: Files, trials: Trials, covered: set[str]) -> None:
    """Report the comparisons that no case passes or fails, and the limits that no case meets (AR203).

    Args:
        files: where remarks go.
        trials: the cases with their answers.
        covered: the ids of the rules that some case shows at all.
    """
    limits: dict[tuple[str, ...], Limit] = {}
    for rule, ruleset in trials.own_rules():
        if rule.id not in covered:
            continue
        scopes = [sighting.scope for sighting in trials.sightings(rule) if not sighting.forms.bound.in_doubt]
        for written, test in _comparisons(rule):
            limit = limits.setdefault((ruleset.name, str(test)), Limit(test, files.line(rule.id, str(written))))
            for scope in scopes:
                _record_comparison(limit, test, scope)
        for name, test in _derived(rule, trials, files.name):
            position = files.declared("vocabulary.yaml", "facts", name, "value") or files.rule(rule.id)
            limit = limits.setdefault(("", name, str(test)), Limit(test, position))
            for scope in scopes:
                if _is_derived_here(name, scope, trials):
                    _record_comparison(limit, test, scope)
    for limit in limits.values():
        _report_limit(files, limit)


def _comparisons(rule: Rule) -> Iterator[tuple[Comparison, Comparison]]:
    """The comparisons of a rule with a limit, as they are written and with the rule's own days filled in."""
    dated = with_rule_dates(rule)
    pairs = ((rule.when, dated.when), (rule.require, dated.require), (rule.unless, dated.unless))
    for written_condition, dated_condition in pairs:
        for written, filled in zip(tests_in(written_condition), tests_in(dated_condition), strict=True):
            if isinstance(written, (Compare, OneOf)) and isinstance(filled, (Compare, OneOf)) and _has_limit(written):
                yield written, filled


def _derived(rule: Rule, trials: Trials, rulebook: str) -> Iterator[tuple[str, Comparison]]:
    """The comparisons with a limit in the derived yes-or-no facts that a rule reads."""
    for name, fact in upstream_facts(trees_of(rule), trials.parts.facts).items():
        if fact.rulebook == rulebook and fact.derivation is not None and fact.derivation.kind == "test":
            for test in tests_in(fact.derivation.where):
                if isinstance(test, (Compare, OneOf)) and _has_limit(test):
                    yield name, test


def _is_derived_here(name: str, scope: Scope, trials: Trials) -> bool:
    """Whether a fact is derived here, and not stated by the record."""
    singular, _, field_name = name.rpartition(".")
    if singular:
        return scope.item is not None and scope.list_name == LIST_OF_ITEM.get(singular) and bool(field_name)
    definition = trials.parts.facts[name]
    if scope.facts.ready_made(name, scope.judged) is not UNKNOWN:
        return False
    derived = definition.derivation is not None or definition.default is not None
    return derived and not (definition.of_the_day and scope.judged != scope.facts.on)


def _has_limit(test: Comparison) -> bool:
    """Whether a test compares with something that the rulebook or the day of decision says."""
    return isinstance(test, OneOf) or any(
        isinstance(node, (Const, Param, RuleDate, DecisionDate)) for node in walk(test)
    )


def _is_limit(term: Expr) -> bool:
    """Whether a term depends on no record."""
    read = (Fact, ItemField)
    return not any(
        isinstance(node, read) or (isinstance(node, Call) and FUNCTIONS[node.name].reads_record) for node in walk(term)
    )


# -- what the cases show


def _record_comparison(limit: Limit, test: Comparison, scope: Scope) -> None:
    if isinstance(test, OneOf):
        value = reader(test.term)(scope)
        if isinstance(value, str):
            limit.states.add(value in test.words)
        return
    left, right = reader(test.left)(scope), reader(test.right)(scope)
    difference = _difference(left, right)
    if difference is None and not (isinstance(left, (str, bool)) and isinstance(right, (str, bool))):
        return
    state = tester(test)(scope)
    if state is None:
        return
    limit.states.add(state)
    if difference is not None:
        limit.pairs.setdefault(difference[0], difference[1:])


def _difference(left: Any, right: Any) -> tuple[Any, Any, Any] | None:
    """The difference of two numbers or days, at the nearest ends of what is known of them, and these ends."""
    ends = [
        (_distance(a, b), a, b)
        for a in ((left.low, left.high) if isinstance(left, Interval) else (left,))
        for b in ((right.low, right.high) if isinstance(right, Interval) else (right,))
    ]
    distances = [(distance, a, b) for distance, a, b in ends if distance is not None]
    return min(distances, key=lambda end: abs(end[0])) if distances else None


def _distance(left: Any, right: Any) -> Any:
    if isinstance(left, date) and isinstance(right, date):
        return (left - right).days
    numbers = (int, Decimal)
    if isinstance(left, numbers) and isinstance(right, numbers) and not isinstance(left, bool):
        return left - right
    return None


# -- remarks


def _report_limit(files: Files, limit: Limit) -> None:
    lacking = [word for state, word in ((True, "passes"), (False, "fails")) if state not in limit.states]
    steps = _missing_steps(limit)
    if lacking:
        what = f"no case {' or '.join(lacking)} this comparison"
        hint = f"Add one that {' and one that '.join(lacking)}."
    elif steps:
        days = isinstance(limit.test, Compare) and limit.test.left.type == "date"
        what = f"no case lies {_sides_text(steps, days)}"
        hint = "Add one that does."
    else:
        return
    files.report(limit.position, "AR203", what, _nearest(limit), _suggested_values(limit, steps) or hint)


def _missing_steps(limit: Limit) -> list[tuple[int, ...]]:
    """How far from the limit cases should lie and do not, where it is a limit of whole numbers or days."""
    test = limit.test
    if not isinstance(test, Compare) or not _has_steps(test):
        return []
    return [steps for steps in ((0,), _STEPS_ACROSS[test.op]) if not any(step in limit.pairs for step in steps)]


def _has_steps(test: Compare) -> bool:
    """Whether both sides are whole, and one of them can take every whole value."""
    whole = test.left.type == test.right.type and test.left.type in ("integer", "date")
    return whole and any(not _is_limit(side) and not _leaps(side) for side in (test.left, test.right))


def _leaps(term: Expr) -> bool:
    """Whether a term passes over whole values: products, rows of a table, ends of months, working days."""
    return any(
        (isinstance(node, Arith) and node.op == "*" and not (_is_limit(node.left) and _is_limit(node.right)))
        or (isinstance(node, Call) and FUNCTIONS[node.name].leaps)
        for node in walk(term)
    )


def _sides_text(missing: list[tuple[int, ...]], days: bool) -> str:
    at = "on the limit" if (0,) in missing else ""
    across = next((steps for steps in missing if steps != (0,)), ())
    if not across:
        return at
    below, over = ("before", "after") if days else ("below", "over")
    side = f"{below} or {over}" if len(across) > 1 else below if across[0] < 0 else over
    step = f"one day {side}" if days else f"one {side}"
    return f"{at}, and none {step} it" if at else f"{step} the limit"


def _nearest(limit: Limit) -> str:
    """What the nearest cases have, on each side of the limit."""
    distances = sorted(limit.pairs, key=abs)
    below = next((distance for distance in distances if distance < 0), None)
    above = next((distance for distance in distances if distance >= 0), None)
    pairs = [limit.pairs[distance] for distance in (below, above) if distance is not None]
    if not pairs or not isinstance(limit.test, Compare):
        return ""
    text = " and ".join(f"{plain(a)} against {plain(b)}" for a, b in pairs)
    return f"The nearest case{'s have' if len(pairs) > 1 else ' has'} {text}."


def _suggested_values(limit: Limit, missing: list[tuple[int, ...]]) -> str:
    """Which values to add a case with, where one side of the comparison is a limit that a case has met."""
    test = limit.test
    if not isinstance(test, Compare) or not limit.pairs or not missing or _is_limit(test.left) == _is_limit(test.right):
        return ""
    left, right = limit.pairs[min(limit.pairs, key=abs)]
    on_right = _is_limit(test.right)
    limit_met, sign = (right, 1) if on_right else (left, -1)
    values = []
    for steps in missing:
        moved = [_moved(limit_met, sign * step) for step in steps]
        values.append(" or ".join(str(plain(value)) for value in moved if isinstance(value, date) or value >= 0))
    term = test.left if on_right else test.right
    return f"Add one in which {term} is {' and one in which it is '.join(values)}." if all(values) else ""


def _moved(value: Any, step: int) -> Any:
    return date.fromordinal(value.toordinal() + step) if isinstance(value, date) else value + step


@dataclass(slots=True)
class Change:
    """A day from which an answer may be different.

    Attributes:
        position: the first node that says so.
        days: those of the day of change and the day before on which no case is judged.
        rule: a rule that changes.
        causes: what changes, in words.
    """

    position: Position
    days: tuple[date, ...]
    rule: Rule
    causes: list[str] = field(default_factory=list)


def check_changes(files: Files, trials: Trials, covered: set[str]) -> None:
    """Report the days of change on which no case is judged (AR204).

    Rules of one question that change together share a remark.

    Args:
        files: where remarks go.
        trials: the cases with their answers.
        covered: the ids of the rules that some case shows at all.
    """
    changes_by_answers: dict[tuple[str, tuple[date, ...]], Change] = {}
    for rule, _ in trials.own_rules():
        if rule.id not in covered:
            continue
        judged = {answer.judged_day(rule) for answer in trials.answers_to(rule)}
        for day, position, cause in _changes(files, trials, rule):
            lacking = tuple(judged_day for judged_day in (day - ONE_DAY, day) if judged_day not in judged)
            if lacking:
                change = changes_by_answers.setdefault((answer_names(rule), lacking), Change(position, lacking, rule))
                if cause not in change.causes:
                    change.causes.append(cause)
    for (answers, _), change in changes_by_answers.items():
        days = " and none on ".join(day.isoformat() for day in change.days)
        hint = f"Add one of {answers} judged on {'that day' if len(change.days) == 1 else 'each of them'}."
        why, example = f"{listed(change.causes, '; ')}.", on_day(trials, change.rule, change.days[0])
        files.report(change.position, "AR204", f"no case is judged on {days}", why, hint, example)


def _changes(files: Files, trials: Trials, rule: Rule) -> Iterator[tuple[date, Position, str]]:
    """The days on which a rule begins, has ended, or reads another number than the day before."""
    if rule.start is not None:
        yield rule.start, files.rule(rule.id, "in_force"), f"{rule.id} begins on {rule.start}"
    if rule.until is not None and rule.until < date.max:
        yield rule.until + ONE_DAY, files.rule(rule.id, "in_force"), f"{rule.id} ends with {rule.until}"
    for name in sorted(judged_parameters(rule, trials.parts)):
        parameter = trials.parts.parameters[name]
        for start, value in _new_values(parameter):
            if (rule.start is None or rule.start < start) and (rule.until is None or start <= rule.until):
                position = files.value_of(name, start) or files.rule(rule.id)
                yield start, position, f"{name} is {_value_text(value)} from {start}"


def _new_values(parameter: Parameter) -> Iterator[tuple[date, ParamValue]]:
    """The values that differ from the one before, each with its first day."""
    before = None
    for value in parameter.values:
        if value.start is not None and value.value != before:
            yield value.start, value
        before = value.value


def _value_text(value: ParamValue) -> str:
    if value.value is None:
        return "no more"
    return "another table" if isinstance(value.value, dict) else str(plain(value.value))
