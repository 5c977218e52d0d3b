"""What a case expects, compared with a decision: only the differences come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from aava_rules.decision.decision import Decision, inside
from aava_rules.language.errors import nearest
from aava_rules.language.values import NUMERIC, UNKNOWN, plain
from aava_rules.tools.cases.open_answers import described, is_as_expected

if TYPE_CHECKING:
    from aava_rules.decision.answers import Outcome
    from aava_rules.rulebook.loader.file_schema import Case

Mismatch = tuple[str, str, Any, Any]
"""A key of the case, the name below it (or empty), what was expected there, and what came."""

STATUSES: Final = ("unknown", "not_applicable", "conflict")
"""The words that an expectation may have in place of a value."""

WORST_FIRST: Final = ("broken", "unknown", "met", "not_applicable")
"""The statuses of a requirement, in the order in which one counts for several items."""


def mismatches(case: Case, decision: Decision) -> Iterator[Mismatch]:
    """Everything in which ``decision`` differs from what ``case`` expects, in the order of the keys of a case.

    An expectation about a name that the rulebook does not know is a mismatch too, with the nearest known name.

    Args:
        case: what must follow; only what it lists is compared.
        decision: the decision on the record of the case, on the day of the case.

    Yields:
        The key of the case, the name below it (or empty), what was expected there, and what came instead.
    """
    yield from _outcomes(case, decision)
    yield from _checks(case, decision)
    yield from _steps(case, decision)
    yield from _missing(case, decision)
    yield from _by(case, decision)


def asked_by(case: Case) -> Iterator[str]:
    """The outcomes, requirements and steps of which ``case`` expects something, as `Rulebook.decide` takes them."""
    yield from case.expect
    yield from (f"requirement:{name}" for name in case.checks)
    yield from (f"step:{_step(step)[0]}" for step in case.steps)
    yield from (f"step:{name}" for name in case.no_steps)


def as_json(value: Any) -> Any:
    """``value`` of a case as JSON has it: exact decimals and days become text, also inside mappings and lists."""
    if isinstance(value, (Decimal, date)):
        return str(value)
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value


def _no_such(kind: str, name: str, known: Iterable[str]) -> str:
    return f"there is no {kind} {name}. {nearest(name, known)}".strip()


def _outcomes(case: Case, decision: Decision) -> Iterator[Mismatch]:
    for name, expected in case.expect.items():
        outcome = decision.outcomes.get(name)
        if outcome is None:
            yield "expect", name, as_json(expected), _no_such("outcome", name, decision.outcomes)
        elif not _matches(outcome, expected, decision):
            actual = described(decision, name, expected) if isinstance(expected, dict) else _actual(outcome)
            yield "expect", name, as_json(expected), actual


def _actual(outcome: Outcome) -> Any:
    return outcome.status if outcome.status in STATUSES else plain(outcome.value)


def _matches(outcome: Outcome, expected: Any, decision: Decision) -> bool:
    if isinstance(expected, dict):
        return bool(expected) and is_as_expected(decision, outcome.name, expected)
    if outcome.status in STATUSES or (isinstance(expected, str) and expected in STATUSES):
        return bool(expected == outcome.status)
    return same_value(expected, outcome.value, inside(decision).parts.outcomes[outcome.name].type)


def same_value(expected: Any, value: Any, kind: str) -> bool:
    """Whether a value that a case expects means the known value of an outcome.

    Args:
        expected: the value as the case has it: sets are lists of words, days and decimals may be text.
        value: the value of the outcome; it is known.
        kind: the type of the outcome, such as ``boolean``, ``set``, ``date`` or ``money``.
    """
    if kind == "set":
        # of words that cannot be hashed there is no set, and none is expected by them
        return (
            isinstance(expected, list)
            and all(isinstance(word, str) for word in expected)
            and set(expected) == set(value)
        )
    if kind == "boolean":
        return expected is value
    if kind == "date":
        return bool(str(expected) == plain(value))
    if kind in NUMERIC:
        return bool(_number(expected) == value)
    return bool(expected == value)


def _number(expected: Any) -> Decimal | None:
    if isinstance(expected, bool) or not isinstance(expected, (int, str, Decimal)):
        return None
    try:
        number = Decimal(expected)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _checks(case: Case, decision: Decision) -> Iterator[Mismatch]:
    for name, expected in case.checks.items():
        if name not in inside(decision).parts.requirements:
            yield "checks", name, expected, _no_such("requirement", name, inside(decision).parts.requirements)
            continue
        statuses = {finding.status for finding in decision.findings if finding.requirement == name}
        worst = next((status for status in WORST_FIRST if status in statuses), "not_applicable")
        if worst != expected:
            yield "checks", name, expected, worst


def _steps(case: Case, decision: Decision) -> Iterator[Mismatch]:
    known = inside(decision).parts.steps
    dues: dict[str, list[Any]] = {}
    for step in decision.next_steps:
        dues.setdefault(step.step, []).append(_due(step.due))
    differs = False
    for expected in case.steps:
        name, asks_due, due = _step(expected)
        if name not in known:
            yield "steps", "", as_json(case.steps), _no_such("step", name, known)
            return
        differs = differs or name not in dues or (asks_due and due not in dues[name])
    if differs:
        actual = [{"step": name, "due": due} for name in sorted(dues) for due in dues[name]]
        yield "steps", "", as_json(case.steps), actual
    for name in case.no_steps:
        if name not in known:
            yield "no_steps", "", case.no_steps, _no_such("step", name, known)
            return
    if suggested := [name for name in case.no_steps if name in dues]:
        yield "no_steps", "", case.no_steps, {"suggested": suggested}


def _due(due: Any) -> str:
    return "unknown" if due is UNKNOWN else "none" if due is None else str(due)


def _step(expected: Any) -> tuple[str, bool, str]:
    if not isinstance(expected, dict):
        return str(expected), False, ""
    due = expected.get("due")
    return str(expected.get("step", "")), "due" in expected, "none" if due is None else str(due)


def _names_expected(case: Case) -> set[str]:
    return {*case.expect, *case.checks}


def _missing(case: Case, decision: Decision) -> Iterator[Mismatch]:
    if case.missing is None:
        return
    names = _names_expected(case)
    for step in [*(_step(step)[0] for step in case.steps), *case.no_steps]:
        names.add(inside(decision).inquiry.book.name_apart("step", step))
    # An answer about an item is named with its key: days_per_week_max@periods:p1.
    listed = decision.missing_for()
    missing = {fact.fact for fact in listed if names & {answer.partition("@")[0] for answer in fact.affects}}
    if missing != set(case.missing):
        yield "missing", "", sorted(case.missing), sorted(missing)


def _by(case: Case, decision: Decision) -> Iterator[Mismatch]:
    if not case.by and not case.not_by:
        return
    names = _names_expected(case)
    rules = {rule for name, outcome in decision.outcomes.items() if name in names for rule in outcome.by}
    rules.update(rule for finding in decision.findings if finding.requirement in names for rule in finding.by)
    if steps := {_step(step)[0] for step in case.steps}:
        rules.update(rule for step in decision.next_steps if step.step in steps for rule in step.by)
    if not rules.issuperset(case.by):
        yield "by", "", list(case.by), sorted(rules)
    if not rules.isdisjoint(case.not_by):
        yield "not_by", "", list(case.not_by), sorted(rules)
