"""Typed trees -> closures. A term gives its value, a test gives True, False or None (unknown).

A closure reads a `Scope`: the facts of one record, the item at hand, and the judged day. Values
are known ones, UNKNOWN, NONE (known not to exist), or an Interval; see `values`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aava_rules.engine.reference.scope import Reader, Scope, Tester
from aava_rules.language.functions import FUNCTIONS, Args, nullable
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
from aava_rules.language.values import (
    ACCEPTED,
    NONE,
    PLAIN,
    UNKNOWN,
    Interval,
    bounds,
    has,
    interval,
    interval_arithmetic,
    is_known,
    may_be_absent,
    or_absent,
    orders,
)


def reader(expr: Expr) -> Reader:
    """A closure that gives the value of a term."""
    match expr:
        case Const(value):
            return lambda scope: value
        case Fact(name):
            return _fact_reader(name)
        case ItemField(singular, field, derived=True):
            name = f"{singular}.{field}"
            return lambda scope: scope.facts.item_fact(name, scope)
        case ItemField(_, field):
            return _field_reader(field)
        case Param(name):
            return lambda scope: scope.facts.parameter(name, scope.judged)
        case DecisionDate():
            return lambda scope: scope.facts.on
        case Arith(op, left, right):
            return _arithmetic(op, reader(left), reader(right))
        case Call():
            return _call(expr)
        case RuleDate():
            raise TypeError("the dates of a rule are bound before it is compiled")


def _fact_reader(name: str) -> Reader:
    def read(scope: Scope) -> Any:
        facts = scope.facts
        value = facts.memo.get(name, facts)
        return facts.value(name, scope.judged) if value is facts else value

    return read


def _field_reader(field: str) -> Reader:
    def read(scope: Scope) -> Any:
        value = scope.item.__dict__[field]
        if value is None:
            return NONE if (scope.list_name, field) in scope.facts.record.complete_fields else UNKNOWN
        return value

    return read


def _arithmetic(op: str, left: Reader, right: Reader) -> Reader:
    def read(scope: Scope) -> Any:
        a, b = left(scope), right(scope)
        if a is NONE or b is NONE:
            return NONE
        if a is UNKNOWN or b is UNKNOWN:
            return UNKNOWN
        if a.__class__ is Interval or b.__class__ is Interval:
            found = interval_arithmetic(op, bounds(a), bounds(b))
            return or_absent(found) if may_be_absent(a) or may_be_absent(b) else found
        if op == "+":
            return a + b
        if op == "-":
            return a - b
        return a * b

    return read


def _call(call: Call) -> Reader:
    if (build := _OWN_READERS.get(call.name)) is not None:
        return build(call.args)
    function = FUNCTIONS[call.name].value
    assert function is not None
    return _strict(_readers(call.args), function)


def _readers(args: Args) -> list[Reader]:
    return [reader(arg) for arg in args if not isinstance(arg, str)]


def _done(args: Args) -> Reader:
    step = str(args[0])
    return lambda scope: scope.facts.steps.done(step)


def _date_of(args: Args) -> Reader:
    step = str(args[0])
    return lambda scope: scope.facts.steps.date_of(step)


def _day_in(args: Args) -> Reader:
    return lambda scope: scope.facts.day_in(scope.list_name, scope.item)


def _value_on(args: Args) -> Reader:
    """The value of a parameter on a day; of a day that is not known, the bounds of all its values."""
    param, day = args
    assert isinstance(param, Param) and not isinstance(day, str)
    read_day, name, absent = reader(day), param.name, nullable(day)

    def read(scope: Scope) -> Any:
        on = read_day(scope)
        if on is NONE:
            return NONE
        if on is UNKNOWN or on.__class__ is Interval:
            found = scope.facts.vocabulary.between(name, *bounds(None if on is UNKNOWN else on))
            return or_absent(found) if absent else found
        return scope.facts.parameter(name, on)

    return read


def _strict(readers: list[Reader], function: Callable[..., Any]) -> Reader:
    """A function of known values only: NONE and UNKNOWN pass through, an interval is unknown."""
    pair = tuple(readers) if len(readers) == 2 else None

    def read(scope: Scope) -> Any:
        if pair is not None:  # the usual case, kept short: two known values
            a, b = pair[0](scope), pair[1](scope)
            if a.__class__ in PLAIN and b.__class__ in PLAIN:
                try:
                    return function(a, b)
                except (OverflowError, ValueError):
                    return UNKNOWN
        values = [one(scope) for one in readers]
        if any(value is NONE for value in values):
            return NONE
        if any(value is UNKNOWN or value.__class__ is Interval for value in values):
            return UNKNOWN
        try:
            return function(*values)
        except (OverflowError, ValueError):
            return UNKNOWN  # a day past the calendar's end is no day that law could mean

    return read


def _extreme(pick: Callable[..., Any], readers: list[Reader]) -> Reader:
    def read(scope: Scope) -> Any:
        values = [one(scope) for one in readers]
        if any(value is NONE for value in values):
            return NONE
        if any(value is UNKNOWN for value in values):
            return UNKNOWN
        if not any(value.__class__ is Interval for value in values):
            return pick(values)
        lows, highs = zip(*map(bounds, values), strict=True)
        # an open end stays open unless the pick can only come from the closed ones
        some_lows, some_highs = [x for x in lows if x is not None], [x for x in highs if x is not None]
        low = pick(lows) if None not in lows else (None if pick is min else max(some_lows, default=None))
        high = pick(highs) if None not in highs else (None if pick is max else min(some_highs, default=None))
        return or_absent(interval(low, high)) if any(map(may_be_absent, values)) else interval(low, high)

    return read


def _row(args: Args) -> Reader:
    table, key, column = args
    assert not isinstance(table, str) and not isinstance(key, str) and isinstance(column, str)
    read_table, read_key = reader(table), reader(key)

    def read(scope: Scope) -> Any:
        rows, at = read_table(scope), read_key(scope)
        if rows is UNKNOWN or at is UNKNOWN or rows is NONE or at is NONE:
            return NONE if rows is NONE or at is NONE else UNKNOWN
        low, high = bounds(at)
        found: set[Any] = {None if key is None else rows[key][column] for key in _keys_between(sorted(rows), low, high)}
        if len(found) > 1:
            numbers = None not in found and not any(isinstance(value, str) for value in found)
            value = interval(min(found), max(found)) if numbers else UNKNOWN
        else:
            (value,) = found
        if value is None:
            return NONE
        if not may_be_absent(at):
            return value
        return UNKNOWN if isinstance(value, str) else or_absent(value)

    return read


def _keys_between(keys: list[int], low: Any, high: Any) -> list[int | None]:
    """The greatest keys that do not exceed the numbers from low to high; None below the first."""
    below = [key for key in keys if low is not None and key <= low]
    first: list[int | None] = [below[-1] if below else None]
    return first + [key for key in keys if (low is None or key > low) and (high is None or key <= high)]


_OWN_READERS: Final[dict[str, Callable[[Args], Reader]]] = {
    "day_in": _day_in,
    "value_on": _value_on,
    "row": _row,
    "min": lambda args: _extreme(min, _readers(args)),
    "max": lambda args: _extreme(max, _readers(args)),
    "done": _done,
    "date_of": _date_of,
}
"""The readers of the functions that are not strict."""


# -- tests


def tester(condition: Condition) -> Tester:
    """A closure that gives True, False or None by Kleene's tables."""
    match condition:
        case Always(holds):
            return lambda scope: holds
        case All(items):
            return _all(tuple(map(tester, items)), False)
        case Any_(items):
            return _all(tuple(map(tester, items)), True)
        case Not(item):
            inner = tester(item)
            return lambda scope: None if (state := inner(scope)) is None else not state
        case Compare(op, left, right):
            return _compared(op, reader(left), reader(right))
        case Truth(term):
            read = reader(term)
            return lambda scope: _truth(read(scope))
        case OneOf(term, words):
            read, allowed = reader(term), frozenset(words)
            return lambda scope: None if (value := read(scope)) is UNKNOWN else value in allowed
        case Has(term, word):
            read = reader(term)
            return lambda scope: has(read(scope), word)
        case IsNone(term):
            read = reader(term)
            return lambda scope: None if may_be_absent(value := read(scope)) or value is UNKNOWN else value is NONE
        case IsKnown(term, known):
            read = reader(term)
            return lambda scope: is_known(read(scope)) is known


def _all(testers: tuple[Tester, ...], decisive: bool) -> Tester:
    def test(scope: Scope) -> bool | None:
        unknown = False
        for one in testers:
            state = one(scope)
            if state is decisive:
                return decisive
            unknown = unknown or state is None
        return None if unknown else not decisive

    return test


def _truth(value: Any) -> bool | None:
    if value is UNKNOWN:
        return None
    return value is True


def _compared(op: str, left: Reader, right: Reader) -> Tester:
    def test(scope: Scope) -> bool | None:
        a, b = left(scope), right(scope)
        if a is NONE or b is NONE:
            return False
        outcomes = orders(a, b)
        accepted = ACCEPTED[op]
        if outcomes <= accepted:
            # a comparison with what does not exist is false
            return None if may_be_absent(a) or may_be_absent(b) else True
        return None if outcomes & accepted else False

    return test
