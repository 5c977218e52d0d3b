"""By what the values of two days are told apart: their keys.

Of what only rises or falls, such as a number among the limits of its tests, a key that has been left never comes back
(`engine.courses`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from aava_rules.engine.reference.evaluate import from_zero
from aava_rules.engine.reference.scope import Scope
from aava_rules.language.syntax import Expr
from aava_rules.language.values import NONE, PLAIN, UNKNOWN, Interval, bounds, may_be_absent, orders

_SPELLED: Final = frozenset({Decimal, Interval})
"""The classes of values that can be equal and yet be told in other words."""


def unlike(key: Any, other: Any) -> bool:
    """Whether ``key`` and ``other`` differ, or are told otherwise, as the equal numbers 0 and 0.00 are."""
    if key != other or key.__class__ is not other.__class__:
        return True
    if key.__class__ is tuple:
        return any(map(unlike, key, other))
    return key.__class__ in _SPELLED and repr(key) != repr(other)


def add_halved(
    key_on: Callable[[date], Any], low: date, low_key: Any, high: date, high_key: Any, changed: set[date]
) -> None:
    """Add the days after ``low``, up to ``high``, on which the key is another than on the day before.

    Args:
        key_on: gives the key of a day.
        low: the first day.
        low_key: its key.
        high: the last day.
        high_key: its key.
        changed: the days that are added to.
    """
    pending = [(low, low_key, high, high_key)]
    while pending:
        low, low_key, high, high_key = pending.pop()
        if not unlike(low_key, high_key):
            continue
        length = (high - low).days
        if length == 1:
            changed.add(high)
            continue
        middle = low + timedelta(days=length // 2)
        key = key_on(middle)
        pending += [(low, low_key, middle, key), (middle, key, high, high_key)]


def add_parted(
    key_on: Callable[[date], Any], is_settled: Callable[[date, date], bool], low: date, high: date, changed: set[date]
) -> None:
    """Add the days after ``low``, up to ``high``, on which the key is another than on the day before.

    Args:
        key_on: gives the key of a day.
        is_settled: whether the key surely is the same on two days and all days between.
        low: the first day.
        high: the last day.
        changed: the days that are added to.
    """
    pending = [(low, high)]
    while pending:
        low, high = pending.pop()
        length = (high - low).days
        if length == 1:
            if unlike(key_on(low), key_on(high)):
                changed.add(high)
        elif length and not is_settled(low, high):
            middle = low + timedelta(days=length // 2)
            pending += [(low, middle), (middle, high)]


def order_stays(firsts: tuple[Any, Any], lasts: tuple[Any, Any]) -> bool:
    """Whether two values surely stay in one order on all days between two on which they are ``firsts`` and ``lasts``.

    Each of them never falls, or never rises; its bounds neither.
    """
    if any(value is NONE or value is None for value in (*firsts, *lasts)):
        return any(first is NONE is last for first, last in zip(firsts, lasts, strict=True))
    ranges = []
    for first, last in zip(firsts, lasts, strict=True):
        ends = _bounds_of(first), _bounds_of(last)
        if first.__class__ is not last.__class__ or may_be_absent(first) is not may_be_absent(last):
            return False
        if any((of_first is None) is not (of_last is None) for of_first, of_last in zip(*ends, strict=True)):
            return False
        ranges.append([None if None in pair else (min(pair), max(pair)) for pair in zip(*ends, strict=True)])
    (a_low, a_high), (b_low, b_high) = ranges
    return _side_stays(a_low, b_high) and _side_stays(b_low, a_high)


def knowledge_stays(first: Any, last: Any) -> bool:
    """Whether what never falls, or never rises, surely is known on all days between two with these values, or on none.

    What has no bound on one side on both days has none between them.

    Args:
        first: the value on the first day.
        last: the value on the last one.
    """
    if not unlike(first, last):
        return True
    if not first.__class__ is last.__class__ is Interval:
        return False
    return first.low is None is last.low or first.high is None is last.high


def _bounds_of(value: Any) -> tuple[Any, Any]:
    return (None, None) if value is UNKNOWN else bounds(value)


def _side_stays(low: tuple[Any, Any] | None, high: tuple[Any, Any] | None) -> bool:
    """Whether a lower bound within ``low`` surely stays below, at or above an upper bound within ``high``."""
    if low is None or high is None:
        return True
    return bool(low[1] < high[0] or low[0] > high[1] or low == high == (low[0], low[0]))


def order_of_terms(terms: tuple[Expr, ...], value: Callable[[Expr, Scope], Any], scope: Scope) -> Any:
    """In which order two ``terms`` may be, read by ``value`` in ``scope``; see `order_of`."""
    a, b = (value(term, scope) for term in terms)
    return order_of(from_zero(a, terms[0], scope), from_zero(b, terms[1], scope)), a is UNKNOWN, b is UNKNOWN


def order_of(a: Any, b: Any) -> Any:
    """In which order ``a`` and ``b`` may be, and whether they may be absent: a key that does not come back."""
    if a is NONE or b is NONE or a is None or b is None:
        return NONE
    return orders(a, b), a is UNKNOWN or may_be_absent(a), b is UNKNOWN or may_be_absent(b)


def places_among(value: Any, cuts: tuple[Any, ...]) -> Any:
    """Where ``value`` lies among sorted ``cuts``, each a place of its own: a key that does not come back."""
    if value is UNKNOWN or value is NONE:
        return value
    if value.__class__ in PLAIN:
        return _place(value, cuts)
    low, high = bounds(value)
    return (
        None if low is None else _place(low, cuts), None if high is None else _place(high, cuts), may_be_absent(value)
    )  # fmt: skip


def _place(value: Any, cuts: tuple[Any, ...]) -> int:
    after = bisect_right(cuts, value)
    return 2 * after - (after > 0 and cuts[after - 1] == value)


def stretch_of(value: Any, cuts: tuple[date, ...]) -> Any:
    """In which stretch of time between sorted ``cuts`` the day ``value`` lies, or may; UNKNOWN and NONE as they are."""
    if value.__class__ is date:
        return bisect_right(cuts, value)
    if value.__class__ is not Interval:
        return value
    low, high = value.low, value.high
    return (
        None if low is None else bisect_right(cuts, low), None if high is None else bisect_right(cuts, high),
        value.absent,
    )  # fmt: skip
