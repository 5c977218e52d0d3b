"""What a case expects, compared with a decision: only what differs comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from aava_rules.language.errors import nearest
from aava_rules.language.values import NUMERIC, UNKNOWN, plain

if TYPE_CHECKING:
    from aava_rules.decision.answers import Outcome
    from aava_rules.decision.decision import Decision
    from aava_rules.rulebook.loader.file_schema import Case

Wrong = tuple[str, str, Any, Any]
"""A key of the case, the name below it (or empty), what was expected there, and what came."""

STATUSES: Final = ("unknown", "not_applicable", "conflict")
"""The words that an expectation may have in place of a value."""

WORST_FIRST: Final = ("broken", "unknown", "met", "not_applicable")
"""The statuses of a requirement, in the order in which one counts for several items."""


def answers(case: Case, decision: Decision) -> Iterator[Wrong]:
    """Everything that differs from what the case expects."""
    yield from _outcomes(case, decision)
    yield from _checks(case, decision)
    yield from _steps(case, decision)
    yield from _missing(case, decision)
    yield from _by(case, decision)


def as_json(value: Any) -> Any:
    """A value of a case as JSON has it: exact decimals and days as text."""
    if isinstance(value, (Decimal, date)):
        return str(value)
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(one) for one in value]
    return value


def _no_such(kind: str, name: str, known: Iterable[str]) -> str:
    return f"there is no {kind} {name}. {nearest(name, known)}".strip()


def _outcomes(case: Case, decision: Decision) -> Iterator[Wrong]:
    for name, wanted in case.expect.items():
        outcome = decision.outcomes.get(name)
        if outcome is None:
            yield "expect", name, as_json(wanted), _no_such("outcome", name, decision.outcomes)
        elif not _is(outcome, wanted, decision):
            yield "expect", name, as_json(wanted), _got(outcome)


def _got(outcome: Outcome) -> Any:
    return outcome.status if outcome.status in STATUSES else plain(outcome.value)


def _is(outcome: Outcome, wanted: Any, decision: Decision) -> bool:
    if outcome.status in STATUSES or (isinstance(wanted, str) and wanted in STATUSES):
        return bool(wanted == outcome.status)
    return same(wanted, outcome.value, decision.parts.outcomes[outcome.name].type)


def same(wanted: Any, value: Any, kind: str) -> bool:
    """Whether a value of a case means a known value of an outcome of this type."""
    if kind == "set":
        # of words that cannot be hashed there is no set, and none is expected by them
        return isinstance(wanted, list) and all(isinstance(word, str) for word in wanted) and set(wanted) == set(value)
    if kind == "boolean":
        return wanted is value
    if kind == "date":
        return bool(str(wanted) == plain(value))
    if kind in NUMERIC:
        return bool(_number(wanted) == value)
    return bool(wanted == value)


def _number(wanted: Any) -> Decimal | None:
    if isinstance(wanted, bool) or not isinstance(wanted, (int, str, Decimal)):
        return None
    try:
        number = Decimal(wanted)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _checks(case: Case, decision: Decision) -> Iterator[Wrong]:
    for name, wanted in case.checks.items():
        if name not in decision.parts.requirements:
            yield "checks", name, wanted, _no_such("requirement", name, decision.parts.requirements)
            continue
        found = {finding.status for finding in decision.findings if finding.requirement == name}
        worst = next((status for status in WORST_FIRST if status in found), "not_applicable")
        if worst != wanted:
            yield "checks", name, wanted, worst


def _steps(case: Case, decision: Decision) -> Iterator[Wrong]:
    known = decision.parts.steps
    dues: dict[str, list[Any]] = {}
    for step in decision.next_steps:
        dues.setdefault(step.step, []).append(_due(step.due))
    wrong = False
    for wanted in case.steps:
        name, asks_due, due = _step(wanted)
        if name not in known:
            yield "steps", "", as_json(case.steps), _no_such("step", name, known)
            return
        wrong = wrong or name not in dues or (asks_due and due not in dues[name])
    if wrong:
        came = [{"step": name, "due": due} for name in sorted(dues) for due in dues[name]]
        yield "steps", "", as_json(case.steps), came
    for name in case.no_steps:
        if name not in known:
            yield "no_steps", "", case.no_steps, _no_such("step", name, known)
            return
    if found := [name for name in case.no_steps if name in dues]:
        yield "no_steps", "", case.no_steps, {"suggested": found}


def _due(due: Any) -> str:
    return "unknown" if due is UNKNOWN else "none" if due is None else str(due)


def _step(wanted: Any) -> tuple[str, bool, str]:
    if not isinstance(wanted, dict):
        return str(wanted), False, ""
    due = wanted.get("due")
    return str(wanted.get("step", "")), "due" in wanted, "none" if due is None else str(due)


def _asked(case: Case) -> set[str]:
    return {*case.expect, *case.checks}


def _missing(case: Case, decision: Decision) -> Iterator[Wrong]:
    if case.missing is None:
        return
    asked = _asked(case)
    # An answer about an item is named with its key: days_per_week_max@periods:p1.
    found = {one.fact for one in decision.missing if asked & {answer.partition("@")[0] for answer in one.affects}}
    if found != set(case.missing):
        yield "missing", "", sorted(case.missing), sorted(found)


def _by(case: Case, decision: Decision) -> Iterator[Wrong]:
    if not case.by:
        return
    asked = _asked(case)
    found = {rule for name, outcome in decision.outcomes.items() if name in asked for rule in outcome.by}
    found.update(rule for finding in decision.findings if finding.requirement in asked for rule in finding.by)
    if not found.issuperset(case.by):
        yield "by", "", list(case.by), sorted(found)
