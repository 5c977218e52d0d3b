"""How values are compared and reckoned with that may lie between bounds, or not exist."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from aava_rules.language.values import NONE, UNKNOWN, Interval, interval

PLAIN = frozenset({date, int, Decimal})
"""Values of these classes are exactly known and have an order."""


def bounds(value: Any) -> tuple[Any, Any]:
    """The least and the greatest that a value can be; None is no bound."""
    return (value.low, value.high) if value.__class__ is Interval else (value, value)


def _plus(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a + b


def interval_arithmetic(op: str, a: tuple[Any, Any], b: tuple[Any, Any]) -> Any:
    """What a sum, difference or product can be, from the bounds of both sides."""
    if op == "+":
        return interval(_plus(a[0], b[0]), _plus(a[1], b[1]))
    if op == "-":
        low = None if a[0] is None or b[1] is None else a[0] - b[1]
        high = None if a[1] is None or b[0] is None else a[1] - b[0]
        return interval(low, high)
    if None in a or None in b:
        # a product of counts cannot fall below that of their least values, where both have one
        known = a[0] is not None and b[0] is not None and a[0] >= 0 and b[0] >= 0
        return interval(a[0] * b[0], None) if known else UNKNOWN
    corners = [x * y for x in a for y in b]
    return interval(min(corners), max(corners))


def has(value: Any, word: str) -> bool | None:
    """Whether a set has a word: an outcome's set may still gain the words that are possible."""
    if value is UNKNOWN:
        return None
    if value is NONE:
        return False
    if value.__class__ is Interval:
        return True if word in value.low else (None if word in value.high else False)
    return word in value


def is_known(value: Any) -> bool:
    """Whether a value is exactly known, a known absence included."""
    return value is not UNKNOWN and value.__class__ is not Interval


LESS, EQUAL, GREATER = frozenset("<"), frozenset("="), frozenset(">")
EVERY = frozenset("<=>")
ACCEPTED = {
    "==": EQUAL,
    "!=": LESS | GREATER,
    "<": LESS,
    "<=": LESS | EQUAL,
    ">": GREATER,
    ">=": GREATER | EQUAL,
}


def orders(a: Any, b: Any) -> frozenset[str]:
    """How two values may stand to one another: some of less, equal, greater."""
    if a.__class__ is b.__class__ and a.__class__ in PLAIN:
        return EQUAL if a == b else LESS if a < b else GREATER
    if a is UNKNOWN or b is UNKNOWN:
        return EVERY
    if a.__class__ is not Interval and b.__class__ is not Interval:
        if a == b:
            return EQUAL
        if isinstance(a, (int, Decimal, date)) and not isinstance(a, bool):
            return LESS if a < b else GREATER
        return GREATER  # words and truth values: unequal is all that is asked
    (a_low, a_high), (b_low, b_high) = bounds(a), bounds(b)
    possible = set()
    if a_low is None or b_high is None or a_low < b_high:
        possible.add("<")
    if a_high is None or b_low is None or a_high > b_low:
        possible.add(">")
    if (a_low is None or b_high is None or a_low <= b_high) and (a_high is None or b_low is None or b_low <= a_high):
        possible.add("=")
    return frozenset(possible)
