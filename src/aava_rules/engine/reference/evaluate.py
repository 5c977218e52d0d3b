"""Terms and tests of one record as closures: a term gives its value, a test gives True, False or None (unknown).

A closure reads a `Scope`: the facts of one record, the item at hand, and the judged day. Values are known ones,
UNKNOWN, NONE (known not to exist), or an Interval; see `language.values`. This is the algebra of the reference
engine; `compiler.terms` distinguishes the constructs.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from aava_rules.compiler.terms import term_reader, test_reader
from aava_rules.engine.reference.item_days import follows_from_length, open_value
from aava_rules.engine.reference.scope import Reader, Scope, Tester
from aava_rules.language.functions import FUNCTIONS, nullable
from aava_rules.language.syntax import (
    Arith,
    Call,
    Compare,
    Condition,
    Const,
    Expr,
    Fact,
    Has,
    ItemField,
    OneOf,
    Param,
)
from aava_rules.language.values import (
    ACCEPTED,
    NONE,
    PLAIN,
    UNKNOWN,
    Absent,
    Interval,
    Unknown,
    bounds,
    calculated,
    has,
    interval,
    interval_arithmetic,
    is_known,
    may_be_absent,
    or_absent,
    orders,
)


class RecordAlgebra:
    """The closures of each construct for one record; see `compiler.terms.Algebra`. It has no state."""

    def term(self, expr: Expr) -> Reader:
        """The closure of the term ``expr``."""
        return term_reader(expr, self)

    def test(self, condition: Condition) -> Tester:
        """The closure of the test ``condition``."""
        return test_reader(condition, self)

    def constant(self, node: Const) -> Reader:
        """The value of the constant ``node``."""
        value = node.value
        return lambda scope: value

    def fact(self, node: Fact) -> Reader:
        """The value of the fact ``node``; what has been worked out is looked up at once."""
        name, which = node.name, node.which
        if which:
            return lambda scope: scope.facts.in_round(which).value(name, scope.judged)

        def read(scope: Scope) -> Any:
            facts = scope.facts
            value = facts.memo.get(name, facts)
            return facts.value(name, scope.judged) if value is facts else value

        return read

    def item_fact(self, node: ItemField) -> Reader:
        """The value of the derived fact ``node`` of the item."""
        name, which = f"{node.singular}.{node.field}", node.which
        if which:

            def read(scope: Scope) -> Any:
                of_round = scope.in_round(which)
                return of_round.facts.item_fact(name, of_round)

            return read
        return lambda scope: scope.facts.item_fact(name, scope)

    def item_field(self, node: ItemField) -> Reader:
        """The value of the field ``node``; of an empty one NONE where the field is complete, else what is left open."""
        field = node.field
        read_open = open_value if node.type == "date" else _nothing_known

        def read(scope: Scope) -> Any:
            item = scope.item
            value = item.__dict__[field]
            if value is not None:
                return value
            facts, list_name = scope.facts, scope.list_name
            complete = (list_name, field) in facts.record.complete_fields
            if complete and not follows_from_length(list_name, field, item):
                return NONE
            return read_open(list_name, field, item, facts.on)

        return read

    def parameter(self, node: Param) -> Reader:
        """The value of the parameter ``node`` on the judged day."""
        name = node.name
        return lambda scope: scope.facts.parameter(name, scope.judged)

    def decision_date(self) -> Reader:
        """The day of decision."""
        return lambda scope: scope.facts.on

    def arithmetic(self, node: Arith, left: Reader, right: Reader) -> Reader:
        """The sum, difference or product ``node`` of ``left`` and ``right``; of intervals, what it lies between."""
        op, money = node.op, node.type == "money"
        left_absent, right_absent = nullable(node.left), nullable(node.right)

        def read(scope: Scope) -> Any:
            a, b = left(scope), right(scope)
            if a is NONE or b is NONE:
                return NONE
            if a is UNKNOWN or b is UNKNOWN:
                if op != "*":
                    return UNKNOWN
                # nothing is asked for where the other side is 0
                hull = interval_arithmetic(op, _bounds_or_none(a), _bounds_or_none(b))
                if money and hull == 0:
                    hull = Decimal(hull)
                absent = (a is UNKNOWN and left_absent) or (b is UNKNOWN and right_absent)
                return or_absent(hull) if absent or may_be_absent(a) or may_be_absent(b) else hull
            if a.__class__ is Interval or b.__class__ is Interval:
                hull = interval_arithmetic(op, bounds(a), bounds(b))
                return or_absent(hull) if may_be_absent(a) or may_be_absent(b) else hull
            return calculated(op, a, b)

        return read

    def strict(self, node: Call, args: Sequence[Reader]) -> Reader:
        """The function ``node`` of ``args``: NONE and UNKNOWN pass through; of intervals, what it lies between."""
        function = FUNCTIONS[node.name]
        assert function.value is not None
        return _strict(tuple(args), function.value, function.rises)

    def extreme(self, node: Call, args: Sequence[Reader], least: bool) -> Reader:
        """The ``least`` or the greatest of the ``args`` of ``node``; of intervals, what it lies between."""
        pick: Callable[..., Any] = min if least else max

        def read(scope: Scope) -> Any:
            values = [arg(scope) for arg in args]
            if any(value is NONE for value in values):
                return NONE
            if any(value is UNKNOWN for value in values):
                return UNKNOWN
            if not any(value.__class__ is Interval for value in values):
                return pick(values)
            lows, highs = zip(*map(bounds, values), strict=True)
            # an open end stays open unless the pick can only come from the closed ones
            closed_lows, closed_highs = [x for x in lows if x is not None], [x for x in highs if x is not None]
            low = pick(lows) if None not in lows else (None if least else max(closed_lows, default=None))
            high = pick(highs) if None not in highs else (min(closed_highs, default=None) if least else None)
            return or_absent(interval(low, high)) if any(map(may_be_absent, values)) else interval(low, high)

        return read

    def row(self, node: Call, key: Reader) -> Reader:
        """The column of ``node`` in the row of its table for ``key``; NONE below the first row."""
        table, _, column = node.args
        assert not isinstance(table, str) and isinstance(column, str)
        read_table = self.term(table)

        def read(scope: Scope) -> Any:
            rows, at = read_table(scope), key(scope)
            if rows is UNKNOWN or at is UNKNOWN or rows is NONE or at is NONE:
                return NONE if rows is NONE or at is NONE else UNKNOWN
            low, high = bounds(at)
            cells: set[Any] = {
                None if start is None else rows[start][column] for start in _keys_between(sorted(rows), low, high)
            }
            if len(cells) > 1:
                numbers = None not in cells and not any(isinstance(value, str) for value in cells)
                value = interval(min(cells), max(cells)) if numbers else UNKNOWN
            else:
                (value,) = cells
            if value is None:
                return NONE
            if not may_be_absent(at):
                return value
            return UNKNOWN if isinstance(value, str) else or_absent(value)

        return read

    def value_on(self, node: Call, day: Reader) -> Reader:
        """The parameter of ``node`` on ``day``; on a day that is not known, the bounds of all that it may be."""
        parameter, term = node.args
        assert isinstance(parameter, Param) and not isinstance(term, str)
        name, absent = parameter.name, nullable(term)

        def read(scope: Scope) -> Any:
            on = day(scope)
            if on is NONE:
                return NONE
            if on is UNKNOWN or on.__class__ is Interval:
                hull = scope.facts.vocabulary.between(name, *bounds(None if on is UNKNOWN else on))
                # a day between bounds says itself whether it may not exist
                return or_absent(hull) if (absent if on is UNKNOWN else may_be_absent(on)) else hull
            return scope.facts.parameter(name, on)

        return read

    def done(self, step: str, which: str, by: str) -> Reader:
        """Whether ``step`` is done, of ``which`` round and ``by`` what."""
        return lambda scope: scope.facts.steps.done(step, which, by)

    def date_of(self, step: str, which: str) -> Reader:
        """The day on which ``step`` was last done, of ``which`` round."""
        return lambda scope: scope.facts.steps.date_of(step, which)

    def day_in(self) -> Reader:
        """The day of decision, moved inside the item."""
        return lambda scope: scope.facts.day_in(scope.list_name, scope.item)

    def always(self, holds: bool) -> Tester:
        """The truth ``holds``."""
        return lambda scope: holds

    def every(self, tests: Sequence[Tester]) -> Tester:
        """Whether all of ``tests`` hold, by Kleene's tables."""
        return _connective(tuple(tests), decisive=False)

    def some(self, tests: Sequence[Tester]) -> Tester:
        """Whether any of ``tests`` holds, by Kleene's tables."""
        return _connective(tuple(tests), decisive=True)

    def negation(self, test: Tester) -> Tester:
        """Whether ``test`` fails."""
        return lambda scope: None if (state := test(scope)) is None else not state

    def compare(self, node: Compare) -> Tester:
        """Whether the sides of ``node`` are in the order that it asks for."""
        left, right, accepted = self.term(node.left), self.term(node.right), ACCEPTED[node.op]
        left_absent, right_absent = nullable(node.left), nullable(node.right)
        compared = _COMPARED[node.op]

        def test(scope: Scope) -> bool | None:
            a, b = left(scope), right(scope)
            if a.__class__ is b.__class__ and a.__class__ in PLAIN:
                return compared(a, b)  # what follows comes to the same; most sides are known
            if a is NONE or b is NONE:
                return False
            possible = orders(from_zero(a, node.left, scope), from_zero(b, node.right, scope))
            if possible <= accepted:
                # a comparison with what does not exist is false
                absent = may_be_absent(a) or may_be_absent(b) or (a is UNKNOWN and left_absent)
                return None if absent or (b is UNKNOWN and right_absent) else True
            return None if possible & accepted else False

        return test

    def truth(self, term: Reader) -> Tester:
        """Whether ``term`` is true; what does not exist is not."""
        return lambda scope: None if (value := term(scope)) is UNKNOWN else value is True

    def one_of(self, node: OneOf, term: Reader) -> Tester:
        """Whether ``term`` is one of the words of ``node``."""
        words = frozenset(node.words)
        return lambda scope: None if (value := term(scope)) is UNKNOWN else value in words

    def has(self, node: Has, term: Reader) -> Tester:
        """Whether the set ``term`` has the word of ``node``."""
        word = node.word
        return lambda scope: has(term(scope), word)

    def is_none(self, term: Reader) -> Tester:
        """Whether ``term`` does not exist."""
        return lambda scope: None if may_be_absent(value := term(scope)) or value is UNKNOWN else value is NONE

    def is_known(self, term: Reader, wanted: bool) -> Tester:
        """Whether ``term`` is known, or (not ``wanted``) is not."""
        return lambda scope: is_known(term(scope)) is wanted


_ALGEBRA = RecordAlgebra()


def reader(expr: Expr) -> Reader:
    """The closure that gives the value of the term ``expr``. Raises TypeError if a day of a rule in it is not bound."""
    return term_reader(expr, _ALGEBRA)


def tester(condition: Condition) -> Tester:
    """The closure that gives the truth of ``condition``: True, False or None, by Kleene's tables."""
    return test_reader(condition, _ALGEBRA)


def from_zero(value: Any, term: Expr, scope: Scope) -> Any:
    """The ``value`` of ``term``, read in ``scope``, as its order is asked: of what is never below zero, from zero on.

    Whether one that is not known exists is not said.
    """
    if value is UNKNOWN and scope.facts.vocabulary.ranges.never_negative(term):
        return _FROM_ZERO
    return value


_FROM_ZERO = Interval(0, None)
_COMPARED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip


def _nothing_known(list_name: str, field: str, item: Any, on: date) -> Any:
    return UNKNOWN


def _bounds_or_none(value: Any) -> tuple[Any, Any]:
    return (None, None) if value is UNKNOWN else bounds(value)


def _strict(args: tuple[Reader, ...], function: Callable[..., Any], rises: tuple[int, ...]) -> Reader:
    first, second = args if len(args) == 2 else (None, None)

    def read(scope: Scope) -> Any:
        if first is not None and second is not None:  # the usual case, kept short: two known values
            a, b = first(scope), second(scope)
            if a.__class__ in PLAIN and b.__class__ in PLAIN:
                return _at(function, (a, b))
            values = [a, b]
        else:
            values = [arg(scope) for arg in args]
        classes = [value.__class__ for value in values]
        if Absent in classes:
            return NONE
        if Unknown in classes:
            return UNKNOWN
        if Interval not in classes:
            return _at(function, values)
        ends = [bounds(value)[::sign] for value, sign in zip(values, rises, strict=True)]
        low, high = (
            None if None in corner or (end := _at(function, corner)) is UNKNOWN else end
            for corner in zip(*ends, strict=True)
        )
        hull = interval(low, high)
        return or_absent(hull) if any(map(may_be_absent, values)) else hull

    return read


def _at(function: Callable[..., Any], values: Sequence[Any]) -> Any:
    try:
        return function(*values)
    except (OverflowError, ValueError):
        return UNKNOWN  # a day past the calendar's end is no day that law could mean


def _connective(tests: tuple[Tester, ...], decisive: bool) -> Tester:
    def test(scope: Scope) -> bool | None:
        unknown = False
        for part in tests:
            state = part(scope)
            if state is decisive:
                return decisive
            unknown = unknown or state is None
        return None if unknown else not decisive

    return test


def _keys_between(keys: list[int], low: Any, high: Any) -> list[int | None]:
    """The greatest keys that do not exceed the numbers from low to high; None below the first."""
    below = [key for key in keys if low is not None and key <= low]
    first: list[int | None] = [below[-1] if below else None]
    return first + [key for key in keys if (low is None or key > low) and (high is None or key <= high)]
