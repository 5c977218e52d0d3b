"""What an answer measures against a limit: 171 days of at most 178, so that 7 are left.

Told where the rules that decide compare one number of the record, or of what follows from it, with one number of the
law: a parameter, or a number in the rule. An age is no count. Which comparison of a rule it is, is worked out once.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.compiler.program import RuleForms
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.grounds import deciding_rules, open_rules
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.scope import Reader, Scope
from aava_rules.engine.states import State
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import FLIPPED, All, Any_, Compare, Condition, Const, Expr, Fact, ItemField, Param, walk
from aava_rules.language.values import (
    NONE,
    NUMERIC,
    PLAIN,
    UNKNOWN,
    Interval,
    bounds,
    calculated,
    interval,
    interval_arithmetic,
    plain,
)
from aava_rules.rulebook.model import Rule

_NOT_COUNTED: Final = frozenset({"years"})
"""Units of numbers that are measured and not counted: nobody has so many of them left."""
_MEASURES: Final = "measures"


class Measure(Struct):
    """A number that is held against a limit.

    Attributes:
        measured: the number: an int or Decimal, bounds (an Interval), or UNKNOWN.
        limit: the most, or the least, that it may be: a number.
        unit: the unit of both, as rules name it; empty if they have none.
        least: whether the limit is the least, and not the most.
    """

    measured: Any
    limit: Any
    unit: str
    least: bool

    @property
    def left(self) -> Any:
        """The limit less what is measured: of a most, what is left; of a least, what is lacking. UNKNOWN, or bounds.

        Below zero it is what is over the most, or over the least.
        """
        if self.measured is UNKNOWN:
            return UNKNOWN
        if self.measured.__class__ is Interval:
            return interval_arithmetic("-", bounds(self.limit), bounds(self.measured))
        return calculated("-", self.limit, self.measured)

    def to_dict(self) -> dict[str, Any]:
        """The measure as JSON has it, beside the other parts of its answer."""
        return {
            "measured": plain(self.measured), "limit": plain(self.limit), "unit": self.unit, "left": plain(self.left),
        }  # fmt: skip


def measure_of(state: State, context: DecisionContext) -> Measure | None:
    """What the answer ``state`` of ``context`` measures against a limit; None where that is nothing, or several things.

    A requirement measures what it requires; an outcome what the rules count that give it its value.
    """
    return _only(
        _measure(comparison, state.readings[0].scopes[scope]) for comparison, scope in measuring(state, context)
    )


def measure_of_rules(rules: Measuring, context: DecisionContext) -> Measure | None:
    """What an outcome measures on the day of decision.

    Args:
        rules: what its rules compare, as `measuring` tells it of any record in which the same is known.
        context: the record and the day.
    """
    scope = Scope(context.session.facts, context.on)
    return _only(_measure(comparison, scope) for comparison, _ in rules)


def _only(measures: Iterable[Measure | None]) -> Measure | None:
    there = [measure for measure in measures if measure is not None]
    return there[0] if len(there) == 1 or len(set(there)) == 1 else None


def may_measure(state: State, context: DecisionContext) -> bool:
    """Whether a rule of the answer ``state`` of ``context`` holds a number against a limit, whatever the record has."""
    return bool(measuring(state, context))


def measuring(state: State, context: DecisionContext) -> Measuring:
    """What the rules of the answer ``state`` of ``context`` hold against a limit, with the number of their scope."""
    reading = state.shared
    if reading is None:
        return _measuring_now(state, context)
    measuring: Measuring | None = reading.memo.get((_MEASURES, reading.question))
    if measuring is None:
        measuring = reading.memo[_MEASURES, reading.question] = _measuring_now(state, context)
    return measuring


def _measuring_now(state: State, context: DecisionContext) -> Measuring:
    rules = [(_comparison(rule, state, context), rule.bound.scope) for rule in _measuring(state)]
    return tuple([(comparison, scope) for comparison, scope in rules if comparison is not None])


def _measuring(state: State) -> tuple[RuleForms, ...]:
    """The rules whose numbers are what the answer ``state`` measures."""
    if state.kind == "step" or state.status in ("not_applicable", "conflict") or not state.asked:
        return ()
    if state.kind == "outcome":
        return deciding_rules(state) if state.status == "known" else ()
    return deciding_rules(state) or open_rules(state)


def _comparison(rule: RuleForms, state: State, context: DecisionContext) -> _Comparison | None:
    """The one comparison of ``rule`` of a number with a limit, worked out once."""
    known: dict[str, _Comparison | None] = context.inquiry.book.vocabulary.compiled.setdefault(_MEASURES, {})
    name = rule.bound.rule.id
    if name not in known:
        known[name] = _comparison_in(rule.bound.rule, state.kind)
    return known[name]


def _measure(comparison: _Comparison, scope: Scope) -> Measure | None:
    limit, measured = comparison.limit(scope), comparison.measured(scope)
    if limit.__class__ not in PLAIN or measured is NONE:
        return None
    if measured.__class__ is Interval:
        measured = interval(_shortest(measured.low), _shortest(measured.high))
    return Measure(_shortest(measured), limit, comparison.unit, comparison.least)


def _shortest(number: Any) -> Any:
    """A number without the zeros with which a record or a column gave it: 4.0 hours are 4, a whole number."""
    if not isinstance(number, Decimal):
        return number
    return int(number) if number == number.to_integral_value() else number.normalize()


class _Comparison:
    """The one comparison of a rule of a number with a limit, with the readers of both."""

    __slots__ = ("least", "limit", "measured", "unit")

    def __init__(self, measured: Reader, limit: Reader, unit: str, least: bool) -> None:
        self.measured, self.limit, self.unit, self.least = measured, limit, unit, least


Measuring = tuple[tuple[_Comparison, int], ...]
"""Comparisons of rules, each with the number of the scope that its rule reads."""


def _comparison_in(rule: Rule, kind: str) -> _Comparison | None:
    dated = with_rule_dates(rule)
    tree = dated.require if kind == "requirement" else dated.when
    comparisons = [] if tree is None else [c for c in map(_as_measure, _comparisons(tree)) if c is not None]
    if len(comparisons) != 1:
        return None
    measured, op, limit = comparisons[0]
    return _Comparison(reader(measured), reader(limit), measured.unit or limit.unit, op == ">=")


def _comparisons(tree: Condition) -> list[Compare]:
    """The comparisons that have to hold together, or of which one has to; not what is denied."""
    if isinstance(tree, Compare):
        return [tree]
    return [part for item in tree.items for part in _comparisons(item)] if isinstance(tree, (All, Any_)) else []


def _as_measure(comparison: Compare) -> tuple[Expr, str, Expr] | None:
    """What is measured, whether at most or at least the limit, and the limit; None if it is no count and a limit."""
    op, left, right = comparison.op, comparison.left, comparison.right
    if _is_limit(left) and not _is_limit(right):
        op, left, right = FLIPPED[op], right, left
    counted = left.type in NUMERIC and left.unit not in _NOT_COUNTED and not _is_limit(left)
    return (left, op, right) if op in ("<=", ">=") and counted and _is_limit(right) else None


def _is_limit(term: Expr) -> bool:
    """Whether a term is a number of the law: a constant, or one that has a parameter in it."""
    nodes = list(walk(term))
    if any(isinstance(node, Param) for node in nodes):
        return True
    return isinstance(term, Const) and not any(isinstance(node, (Fact, ItemField)) for node in nodes)
