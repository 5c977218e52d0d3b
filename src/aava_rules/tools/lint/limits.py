"""Whether the cases lie on both sides of every limit: at the limit itself, and one step beyond it.

Whether cases are judged on every day on which a rule or a number changes, and on the day before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.compiler.facts import derived_reader
from aava_rules.engine.reference.evaluate import Scope, reader, tester
from aava_rules.language.dates import ONE_DAY
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
from aava_rules.rulebook.dependencies import facts_behind
from aava_rules.rulebook.model import Parameter, ParamValue, Rule
from aava_rules.tools.lint.files import Files, Spot, listed
from aava_rules.tools.lint.reads import judged_parameters, rule_trees, tests_in
from aava_rules.tools.lint.trials import Trials, said_answers

Comparison = Compare | OneOf
_BEYOND = {">=": (-1,), "<": (-1,), "<=": (1,), ">": (1,), "==": (1, -1), "!=": (1, -1)}
"""How far from the limit the nearest value lies that the comparison tells from the limit itself."""


@dataclass(slots=True)
class Limit:
    """A comparison, where it stands, and what the cases show of it."""

    test: Comparison
    spot: Spot
    states: set[bool] = field(default_factory=set)
    pairs: dict[Any, tuple[Any, Any]] = field(default_factory=dict)
    """Both sides, by how far the left one lies from the right one."""


def check_limits(files: Files, trials: Trials, seen: set[str]) -> None:
    """Tell the limits that no case lies on, or on one side of."""
    limits: dict[tuple[str, ...], Limit] = {}
    for rule, ruleset in trials.own_rules():
        if rule.id not in seen:
            continue
        scopes = [one.scope for one in trials.sightings(rule) if not one.forms.bound.in_doubt]
        for written, test in _comparisons(rule):
            limit = limits.setdefault((ruleset.name, str(test)), Limit(test, files.line(rule.id, str(written))))
            for scope in scopes:
                _note(limit, test, scope)
        for name, test in _derived(rule, trials, files.name):
            spot = files.declared("vocabulary.yaml", "facts", name, "value") or files.rule(rule.id)
            limit = limits.setdefault(("", name, str(test)), Limit(test, spot))
            for scope in scopes:
                if _works_out(name, scope, trials):
                    _note(limit, test, scope)
    for limit in limits.values():
        _tell(files, limit)


def _comparisons(rule: Rule) -> Iterator[tuple[Comparison, Comparison]]:
    """The comparisons of a rule with a limit, as they are written and with the rule's own days filled in."""
    dated = with_rule_dates(rule)
    pairs = ((rule.when, dated.when), (rule.require, dated.require), (rule.unless, dated.unless))
    for written, filled in pairs:
        for one, other in zip(tests_in(written), tests_in(filled), strict=True):
            if isinstance(one, (Compare, OneOf)) and isinstance(other, (Compare, OneOf)) and _has_limit(one):
                yield one, other


def _derived(rule: Rule, trials: Trials, rulebook: str) -> Iterator[tuple[str, Comparison]]:
    """The comparisons with a limit of the facts that a rule reads and that hold or not."""
    for name, fact in facts_behind(rule_trees(rule), trials.parts.facts).items():
        if fact.rulebook == rulebook and fact.derivation is not None and fact.derivation.kind == "test":
            for test in tests_in(fact.derivation.where):
                if isinstance(test, (Compare, OneOf)) and _has_limit(test):
                    yield name, test


def _works_out(name: str, scope: Scope, trials: Trials) -> bool:
    """Whether a fact is worked out here, and not given."""
    singular, _, field_name = name.rpartition(".")
    if singular:
        return scope.item is not None and scope.list_name == LIST_OF_ITEM.get(singular) and bool(field_name)
    definition = trials.parts.facts[name]
    if scope.facts.ready_made(name, scope.judged) is not UNKNOWN:
        return False
    read = derived_reader(definition)
    return read is not None and not (definition.of_the_day and scope.judged != scope.facts.on)


def _has_limit(test: Comparison) -> bool:
    """Whether a test compares with something that the rulebook or the day of decision says."""
    return isinstance(test, OneOf) or any(
        isinstance(node, (Const, Param, RuleDate, DecisionDate)) for node in walk(test)
    )


def _is_limit(term: Expr) -> bool:
    """Whether a term depends on no record."""
    read = (Fact, ItemField)
    return not any(
        isinstance(node, read) or (isinstance(node, Call) and node.name in ("done", "date_of", "day_in"))
        for node in walk(term)
    )


# -- what the cases show


def _note(limit: Limit, test: Comparison, scope: Scope) -> None:
    if isinstance(test, OneOf):
        value = reader(test.term)(scope)
        if isinstance(value, str):
            limit.states.add(value in test.words)
        return
    left, right = reader(test.left)(scope), reader(test.right)(scope)
    apart = _apart(left, right)
    if apart is None and not (isinstance(left, (str, bool)) and isinstance(right, (str, bool))):
        return
    state = tester(test)(scope)
    if state is None:
        return
    limit.states.add(state)
    if apart is not None:
        limit.pairs.setdefault(apart[0], apart[1:])


def _apart(left: Any, right: Any) -> tuple[Any, Any, Any] | None:
    """How far two numbers or days lie apart, at the nearest ends of what is known of them, and these ends."""
    ends = [
        (_distance(a, b), a, b)
        for a in ((left.low, left.high) if isinstance(left, Interval) else (left,))
        for b in ((right.low, right.high) if isinstance(right, Interval) else (right,))
    ]
    found = [(distance, a, b) for distance, a, b in ends if distance is not None]
    return min(found, key=lambda end: abs(end[0])) if found else None


def _distance(left: Any, right: Any) -> Any:
    if isinstance(left, date) and isinstance(right, date):
        return (left - right).days
    numbers = (int, Decimal)
    if isinstance(left, numbers) and isinstance(right, numbers) and not isinstance(left, bool):
        return left - right
    return None


# -- what is told


def _tell(files: Files, limit: Limit) -> None:
    lacking = [word for state, word in ((True, "passes"), (False, "fails")) if state not in limit.states]
    steps = _missing_steps(limit)
    if lacking:
        what = f"no case {' or '.join(lacking)} this comparison"
        hint = f"Add one that {' and one that '.join(lacking)}."
    elif steps:
        days = isinstance(limit.test, Compare) and limit.test.left.type == "date"
        what = f"no case lies {_said(steps, days)}"
        hint = "Add one that does."
    else:
        return
    files.tell(limit.spot, "AR203", what, _nearest(limit), _values(limit, steps) or hint)


def _missing_steps(limit: Limit) -> list[tuple[int, ...]]:
    """How far from the limit cases should lie and do not, where it is a limit of whole numbers or days."""
    test = limit.test
    if not isinstance(test, Compare) or not _has_steps(test):
        return []
    return [steps for steps in ((0,), _BEYOND[test.op]) if not any(step in limit.pairs for step in steps)]


def _has_steps(test: Compare) -> bool:
    """Whether both sides are whole, and one of them can take every whole value."""
    whole = test.left.type == test.right.type and test.left.type in ("integer", "date")
    return whole and any(not _is_limit(side) and not _leaps(side) for side in (test.left, test.right))


def _leaps(term: Expr) -> bool:
    """Whether a term passes over whole values: products, rows of a table, ends of months, working days."""
    return any(
        (isinstance(node, Arith) and node.op == "*" and not (_is_limit(node.left) and _is_limit(node.right)))
        or (isinstance(node, Call) and node.name in ("row", "end_of_month", "working_days_after"))
        for node in walk(term)
    )


def _said(missing: list[tuple[int, ...]], days: bool) -> str:
    at = "on the limit" if (0,) in missing else ""
    beyond = next((steps for steps in missing if steps != (0,)), ())
    if not beyond:
        return at
    below, over = ("before", "after") if days else ("below", "over")
    side = f"{below} or {over}" if len(beyond) > 1 else below if beyond[0] < 0 else over
    step = f"one day {side}" if days else f"one {side}"
    return f"{at}, and none {step} it" if at else f"{step} the limit"


def _nearest(limit: Limit) -> str:
    """What the nearest cases have, on each side of the limit."""
    order = sorted(limit.pairs, key=abs)
    near = [next((one for one in order if one < 0), None), next((one for one in order if one >= 0), None)]
    found = [limit.pairs[one] for one in near if one is not None]
    if not found or not isinstance(limit.test, Compare):
        return ""
    said = " and ".join(f"{plain(a)} against {plain(b)}" for a, b in found)
    return f"The nearest case{'s have' if len(found) > 1 else ' has'} {said}."


def _values(limit: Limit, missing: list[tuple[int, ...]]) -> str:
    """Which values to add a case with, where one side of the comparison is a limit that a case has met."""
    test = limit.test
    if not isinstance(test, Compare) or not limit.pairs or not missing or _is_limit(test.left) == _is_limit(test.right):
        return ""
    left, right = limit.pairs[min(limit.pairs, key=abs)]
    on_right = _is_limit(test.right)
    limit_met, sign = (right, 1) if on_right else (left, -1)
    moved = [[_moved(limit_met, sign * step) for step in steps] for steps in missing]
    values = [" or ".join(str(plain(one)) for one in some if isinstance(one, date) or one >= 0) for some in moved]
    return f"Add one with {' and one with '.join(values)}." if all(values) else ""


def _moved(value: Any, step: int) -> Any:
    return date.fromordinal(value.toordinal() + step) if isinstance(value, date) else value + step


@dataclass(slots=True)
class Change:
    """A day from which an answer may come out otherwise, the first place that says so, and what changes."""

    spot: Spot
    days: tuple[date, ...]
    """Those of the day and the day before on which no case is judged."""
    causes: list[str] = field(default_factory=list)


def check_changes(files: Files, trials: Trials, seen: set[str]) -> None:
    """Tell the days of change without a case; rules of one question that change together are one remark."""
    found: dict[tuple[str, tuple[date, ...]], Change] = {}
    for rule, _ in trials.own_rules():
        if rule.id not in seen:
            continue
        judged = {one.judged_day(rule) for one in trials.asked(rule)}
        for day, spot, cause in _changes(files, trials, rule):
            lacking = tuple(one for one in (day - ONE_DAY, day) if one not in judged)
            if lacking:
                change = found.setdefault((said_answers(rule), lacking), Change(spot, lacking))
                if cause not in change.causes:
                    change.causes.append(cause)
    for (answers, _), change in found.items():
        days = " and none on ".join(day.isoformat() for day in change.days)
        hint = f"Add one of {answers} judged on {'that day' if len(change.days) == 1 else 'each of them'}."
        files.tell(change.spot, "AR204", f"no case is judged on {days}", f"{listed(change.causes, '; ')}.", hint)


def _changes(files: Files, trials: Trials, rule: Rule) -> Iterator[tuple[date, Spot, str]]:
    """The days on which a rule begins, has ended, or reads another number than the day before."""
    if rule.start is not None:
        yield rule.start, files.rule(rule.id, "in_force"), f"{rule.id} begins on {rule.start}"
    if rule.until is not None and rule.until < date.max:
        yield rule.until + ONE_DAY, files.rule(rule.id, "in_force"), f"{rule.id} ends with {rule.until}"
    for name in sorted(judged_parameters(rule, trials.parts)):
        parameter = trials.parts.parameters[name]
        for start, value in _new_values(parameter):
            if (rule.start is None or rule.start < start) and (rule.until is None or start <= rule.until):
                spot = files.value_of(name, start) or files.rule(rule.id)
                yield start, spot, f"{name} is {_shown(value)} from {start}"


def _new_values(parameter: Parameter) -> Iterator[tuple[date, ParamValue]]:
    """The values that differ from the one before, each with its first day."""
    before = None
    for value in parameter.values:
        if value.start is not None and value.value != before:
            yield value.start, value
        before = value.value


def _shown(value: ParamValue) -> str:
    if value.value is None:
        return "no more"
    return "another table" if isinstance(value.value, dict) else str(plain(value.value))
