"""The walk over terms and tests: which construct is read in which way, in one place for every engine.

An engine that evaluates terms implements `Algebra`: what it makes of each construct of the language. `term_reader` and
`test_reader` choose the construct and hand over the readers of its parts. mypy then names the construct that an engine
lacks, and a new one is distinguished in this one place. What an operation does with values is the engine's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

from aava_rules.language.functions import FUNCTIONS
from aava_rules.language.syntax import (
    All,
    Always,
    Any_,
    Arith,
    Call,
    Compare,
    Condition,
    Const,
    DecisionDate,
    Expr,
    Fact,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Param,
    RuleDate,
    Truth,
)

V = TypeVar("V")
"""What is known of a value: of one record a value, an Interval, UNKNOWN or NONE; of many records a column."""
T = TypeVar("T")
"""The truth of a test: of one record True, False or None; of many, where it holds and where it fails."""
At = TypeVar("At")
"""What is read: one record with an item and a judged day, or rows of many."""


class Algebra(Protocol[V, T, At]):
    """What an engine makes of each construct. A reader gives the value, or the truth, at what it is called with.

    The methods get the node that is read (or what matters of it) and the readers of its parts, in their order.
    """

    def term(self, expr: Expr) -> Callable[[At], V]:
        """The reader of the part ``expr`` of a term or test: `term_reader` with this algebra, or one kept of it."""

    def test(self, condition: Condition) -> Callable[[At], T]:
        """The reader of the part ``condition`` of a test: `test_reader` with this algebra, or one kept of it."""

    def constant(self, node: Const) -> Callable[[At], V]:
        """The constant ``node``, which may be NONE or UNKNOWN."""

    def fact(self, node: Fact) -> Callable[[At], V]:
        """The fact or outcome ``node`` of the client, as it counts on the judged day."""

    def item_fact(self, node: ItemField) -> Callable[[At], V]:
        """The derived fact ``node`` of the item at hand (``plan.option_count``)."""

    def item_field(self, node: ItemField) -> Callable[[At], V]:
        """The field ``node`` of the item at hand."""

    def parameter(self, node: Param) -> Callable[[At], V]:
        """The parameter ``node`` on the judged day."""

    def decision_date(self) -> Callable[[At], V]:
        """The day of decision."""

    def arithmetic(self, node: Arith, left: Callable[[At], V], right: Callable[[At], V]) -> Callable[[At], V]:
        """The sum, difference or product ``node`` of ``left`` and ``right``."""

    def strict(self, node: Call, args: Sequence[Callable[[At], V]]) -> Callable[[At], V]:
        """The strict function ``node`` of ``args``: absent where one is absent, unknown where one is not known."""

    def extreme(self, node: Call, args: Sequence[Callable[[At], V]], least: bool) -> Callable[[At], V]:
        """The ``least`` or the greatest of ``args``; ``node`` is the call of ``min`` or ``max``."""

    def row(self, node: Call, key: Callable[[At], V]) -> Callable[[At], V]:
        """The column that ``node`` names of the row of its table for ``key``."""

    def value_on(self, node: Call, day: Callable[[At], V]) -> Callable[[At], V]:
        """The parameter that ``node`` names on ``day``."""

    def done(self, step: str, which: str, by: str) -> Callable[[At], V]:
        """Whether ``step`` is done in the current round; of ``which`` round, and ``by`` what (`compiler.rounds`)."""

    def date_of(self, step: str, which: str) -> Callable[[At], V]:
        """The day on which ``step`` was last done in the current round; of ``which`` round."""

    def day_in(self) -> Callable[[At], V]:
        """The day of decision, moved inside the item at hand."""

    def always(self, holds: bool) -> Callable[[At], T]:
        """A condition that always ``holds``, or never."""

    def every(self, tests: Sequence[Callable[[At], T]]) -> Callable[[At], T]:
        """Whether all of ``tests`` hold; of none, it holds."""

    def some(self, tests: Sequence[Callable[[At], T]]) -> Callable[[At], T]:
        """Whether any of ``tests`` holds; of none, it fails."""

    def negation(self, test: Callable[[At], T]) -> Callable[[At], T]:
        """Whether ``test`` fails."""

    def compare(self, node: Compare) -> Callable[[At], T]:
        """The comparison ``node``; with what is absent it is false. It reads its sides with `term`."""

    def truth(self, term: Callable[[At], V]) -> Callable[[At], T]:
        """Whether the boolean ``term`` is true."""

    def one_of(self, node: OneOf, term: Callable[[At], V]) -> Callable[[At], T]:
        """Whether ``term`` is one of the words of ``node``."""

    def has(self, node: Has, term: Callable[[At], V]) -> Callable[[At], T]:
        """Whether the set ``term`` has the word of ``node``."""

    def is_none(self, term: Callable[[At], V]) -> Callable[[At], T]:
        """Whether ``term`` is known not to exist."""

    def is_known(self, term: Callable[[At], V], wanted: bool) -> Callable[[At], T]:
        """Whether it is ``wanted`` (known, or not known) that ``term`` is; never unknown itself."""


def term_reader(expr: Expr, algebra: Algebra[V, T, At]) -> Callable[[At], V]:
    """The reader of a term.

    Args:
        expr: the term, bound to a stretch of time.
        algebra: the engine that reads it.

    Raises:
        TypeError: ``expr`` has a day of a rule that is not bound.
    """
    match expr:
        case Const():
            return algebra.constant(expr)
        case Fact():
            return algebra.fact(expr)
        case ItemField(derived=True):
            return algebra.item_fact(expr)
        case ItemField():
            return algebra.item_field(expr)
        case Param():
            return algebra.parameter(expr)
        case DecisionDate():
            return algebra.decision_date()
        case Arith(_, left, right):
            return algebra.arithmetic(expr, algebra.term(left), algebra.term(right))
        case Call():
            return _call_reader(expr, algebra)
        case RuleDate():
            raise TypeError("the dates of a rule are bound before it is compiled")


def _call_reader(call: Call, algebra: Algebra[V, T, At]) -> Callable[[At], V]:
    if FUNCTIONS[call.name].strict:
        return algebra.strict(call, _terms(call, algebra))
    read: Callable[[At], V] = _NOT_STRICT[call.name](call, algebra)
    return read


def _terms(call: Call, algebra: Algebra[V, T, At]) -> list[Callable[[At], V]]:
    """The readers of those arguments that are terms; a parameter that is looked up on another day is none."""
    args = call.args[1:] if FUNCTIONS[call.name].takes[0] in ("param", "table") else call.args
    return [algebra.term(arg) for arg in args if not isinstance(arg, str)]


_NOT_STRICT: Final[dict[str, Callable[[Call, Any], Any]]] = {
    "min": lambda call, algebra: algebra.extreme(call, _terms(call, algebra), least=True),
    "max": lambda call, algebra: algebra.extreme(call, _terms(call, algebra), least=False),
    "row": lambda call, algebra: algebra.row(call, *_terms(call, algebra)),
    "value_on": lambda call, algebra: algebra.value_on(call, *_terms(call, algebra)),
    "done": lambda call, algebra: algebra.done(*(*call.args, "", "")[:3]),
    "date_of": lambda call, algebra: algebra.date_of(*(*call.args, "")[:2]),
    "day_in": lambda call, algebra: algebra.day_in(),
}
"""The functions of the registry that are not strict."""


def test_reader(condition: Condition, algebra: Algebra[V, T, At]) -> Callable[[At], T]:
    """The reader of the truth of ``condition``, bound to a stretch of time, by the engine ``algebra``."""
    match condition:
        case Always(holds):
            return algebra.always(holds)
        case All(items):
            return algebra.every([algebra.test(item) for item in items])
        case Any_(items):
            return algebra.some([algebra.test(item) for item in items])
        case Not(item):
            return algebra.negation(algebra.test(item))
        case Compare():
            return algebra.compare(condition)
        case Truth(term):
            return algebra.truth(algebra.term(term))
        case OneOf(term):
            return algebra.one_of(condition, algebra.term(term))
        case Has(term):
            return algebra.has(condition, algebra.term(term))
        case IsNone(term):
            return algebra.is_none(algebra.term(term))
        case IsKnown(term, wanted):
            return algebra.is_known(algebra.term(term), wanted)
