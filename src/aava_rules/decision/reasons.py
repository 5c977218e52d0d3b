"""Why an answer is not known: missing facts, law that is not verified, an official's judgement, or a conflict."""

from __future__ import annotations

from typing import Final, Literal, get_args

from aava_rules.compiler.program import CONFLICT, NOT_APPLICABLE
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.essential import essential, reads_outcome
from aava_rules.decision.missing import computed_values, judged_day_needs
from aava_rules.engine.conclude import conclude
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.states import OPEN, Reading, State
from aava_rules.language.syntax import Expr, Fact, walk
from aava_rules.language.values import UNKNOWN

CautionCode = Literal[
    "law_not_verified", "assumed", "bill", "unverified", "secondary", "law_may_end", "presumed", "law_read_until"
]
CODES: Final[tuple[CautionCode, ...]] = get_args(CautionCode)
"""The codes of cautions, the most serious first."""

Reason = Literal["facts_missing", "law_not_verified", "needs_judgement", "conflict", "not_applicable"]
"""Why an answer is unknown."""

_NO_VALUE: Final[dict[str, Reason]] = {"conflict": "conflict", "not_applicable": "not_applicable"}
"""The statuses of an outcome that has no value, as reasons of what rests on it."""


def unread(state: State) -> bool:
    """Whether the law of the judged day of ``state`` is not verified; where the day is not known, of none it may be."""
    return bool(state.readings) and all(reading.question.in_doubt for reading in state.readings)


def reasons_unknown(state: State, context: DecisionContext) -> tuple[Reason, ...]:
    """Why ``state`` is unknown, sorted.

    ``facts_missing``, ``law_not_verified``, ``needs_judgement`` (left to an official), and of a lower outcome that
    it rests on ``conflict`` or ``not_applicable``. ``context`` has the record, day and rulebook.
    """
    reasons: tuple[Reason, ...] | None = state.memo.get("reasons")
    if reasons is None:
        reading = None if state.day_open else state.shared
        reasons = None if reading is None else reading.memo.get(("reasons", reading.question))
        if reasons is None:
            reasons = _reasons(state, context)
            if reading is not None and not _rest_on_outcomes(reading, context):
                reading.memo["reasons", reading.question] = reasons
        state.memo["reasons"] = reasons
    return reasons


def reasons_follow(state: State, context: DecisionContext) -> bool:
    """Whether ``state``, and why it is unknown, are the same for all of whom the same is known.

    Not of one that is unknown since law was not verified: what the law read last gives goes by the facts themselves.
    ``context`` has the record, day and rulebook.
    """
    reading = state.shared
    if reading is None or not state.open:
        return reading is not None
    if state.day_open or reads_outcome(reading):
        return False
    return state.status != "unknown" or "law_not_verified" not in reasons_unknown(state, context)


def _rest_on_outcomes(reading: Reading, context: DecisionContext) -> bool:
    """Whether an outcome stands behind what is unknown in ``reading``, which may be unknown for reasons of its own."""
    outcomes = context.parts.outcomes
    return any(
        feature.kind == "lower" or any(isinstance(node, Fact) and node.name in outcomes for node in walk(term))
        for feature in essential(reading)
        for term in feature.terms
    )


def _reasons(state: State, context: DecisionContext) -> tuple[Reason, ...]:
    causes: set[Reason] = {"law_not_verified"} if _only_doubt(state) else set()
    for reading in state.readings:
        if reading.question.in_doubt:
            continue
        for feature in essential(reading):
            if feature.kind == "doubt":
                causes.add("law_not_verified")
            elif feature.kind == "lower":
                causes |= _without_value(feature.terms[0], context)
            elif feature.kind == "judgement" or feature.judgement:
                causes.add("needs_judgement")
            else:
                causes |= _behind(feature.terms, reading.scopes[feature.scope], reading, context)
        for expr, scope in computed_values(reading):
            causes |= _behind((expr,), scope, reading, context)
    if state.day_open and state.readings and any(judged_day_needs(state, context)):
        causes.add("facts_missing")
    return tuple(sorted(causes or {"facts_missing"}))


def _only_doubt(state: State) -> bool:
    """Whether the days whose law is verified would all give one answer, so that the other days keep it open."""
    readings = [reading for reading in state.readings if not reading.question.in_doubt]
    if len(readings) == len(state.readings):
        return False
    verified = [conclude(reading) for reading in readings]
    return all(answer == verified[0] and answer[0] not in OPEN for answer in verified)


def _without_value(term: Expr, context: DecisionContext) -> set[Reason]:
    """Why no rule may give an outcome a value: it does not apply, or rules contradict one another."""
    assert isinstance(term, Fact)
    lower = context.session.outcome(term.name)
    if (no_value := _NO_VALUE.get(lower.status)) is not None:
        return {no_value}
    forms = [
        (CONFLICT, lower.readings[0].question.conflict),
        (NOT_APPLICABLE, lower.readings[0].question.form_of(NOT_APPLICABLE)),
    ]
    reading = lower.readings[0]
    return {_NO_VALUE[status] for status, form in forms if form is not None and reading.state(form) is not False}


def _behind(terms: tuple[Expr, ...], scope: Scope, reading: Reading, context: DecisionContext) -> set[Reason]:
    """Why terms are unknown: for the reasons of the lower outcomes that they read, or because facts are missing."""
    causes: set[Reason] = set()
    for term in terms:
        for name in _outcomes_in(term, reading, context):
            if scope.facts.value(name, scope.judged) is not UNKNOWN:
                continue
            lower = context.session.outcome(name)
            blocked = _NO_VALUE.get(lower.status)
            causes |= {blocked} if blocked is not None else set(reasons_unknown(lower, context))
    return causes or {"facts_missing"}


def _outcomes_in(term: Expr, reading: Reading, context: DecisionContext) -> tuple[str, ...]:
    """The outcomes that a ``term`` of the program of ``reading`` reads, worked out once."""
    by_term: dict[int, tuple[str, ...]] = reading.program.compiled.setdefault("outcomes in terms", {})
    names = by_term.get(id(term))
    if names is None:
        outcomes = context.parts.outcomes
        read = [node.name for node in walk(term) if isinstance(node, Fact) and node.name in outcomes]
        names = by_term[id(term)] = tuple(read)
    return names
