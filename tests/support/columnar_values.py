"""Random values of every kind that facts have, and columns of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np

from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Code, Column, Words, as_number
from aava_rules.language.values import NONE, UNKNOWN, Interval, interval, may_be_absent

ON = date(2016, 2, 29)
"""The day of decision."""
WORDS = ("low", "middle", "high")
_DAYS = (ON, date(2012, 2, 29), date(2015, 7, 1), date(2016, 1, 1), date(2014, 1, 31), date(2013, 12, 31))


def some_day(random: Random) -> date:
    if random.random() < 0.3:
        return random.choice(_DAYS)
    return date(2005, 1, 1) + timedelta(random.randrange(5000))


def some_known(random: Random, kind: str, words: tuple[str, ...] = WORDS) -> Any:
    if kind == "boolean":
        return random.random() < 0.5
    if kind == "date":
        return some_day(random)
    if kind in ("choice", "text"):
        return random.choice(words)
    if kind == "set":
        return frozenset(word for word in words if random.random() < 0.5)
    if kind == "integer":
        return random.randrange(-3, 45) if random.random() < 0.8 else random.randrange(-(10**9), 10**9)
    return Decimal(random.randrange(-20, 400)).scaleb(-random.randrange(4 if kind == "decimal" else 3))


def some_value(random: Random, kind: str, words: tuple[str, ...] = WORDS) -> Any:
    """A known value, an unknown one, one that does not exist, or bounds."""
    drawn = random.random()
    if drawn < 0.1:
        return UNKNOWN
    if drawn < 0.17:
        return NONE
    low, high = some_known(random, kind, words), some_known(random, kind, words)
    if drawn > 0.65 and kind == "set":
        return Interval(low, low | high | {words[0]}) if words[0] not in low else low
    if drawn > 0.65 and kind in ("integer", "decimal", "money", "date"):
        low, high = min(low, high), max(low, high)
        if drawn > 0.97:
            return Interval(low, low, absent=True)
        if drawn > 0.92:
            return Interval(low, high, absent=True)
        if drawn > 0.88:
            return Interval(None, high, absent=random.random() < 0.3)
        if drawn > 0.84:
            return Interval(low, None, absent=random.random() < 0.3)
        return interval(low, high)
    return low


def column_of(kind: str, values: list[Any], words: Words, members: tuple[str, ...] = ()) -> Column:
    """The column of values as facts have them. ``members``: the words of sets."""
    scale = max((as_number(bound)[1] for value in values for bound in _bounds(value) if _is_number(bound)), default=0)
    low, high, code = [], [], []
    for value in values:
        ends = (NO_LOW, NO_HIGH) if kind in ("integer", "decimal", "money", "date") else (17, 17)
        if value is not UNKNOWN and value is not NONE:
            numbers = [_number(bound, scale, words, members) for bound in _bounds(value)]
            ends = tuple(end if number is None else number for number, end in zip(numbers, ends, strict=True))
        low.append(ends[0])
        high.append(ends[1])
        closed = Code.MAYBE if may_be_absent(value) else Code.PRESENT
        code.append(Code.UNKNOWN if value is UNKNOWN else Code.ABSENT if value is NONE else closed)
    lows, highs, codes = np.array(low, np.int64), np.array(high, np.int64), np.array(code, np.uint8)
    return Column(kind, lows, lows if np.array_equal(lows, highs) else highs, codes if codes.any() else None, scale)


def _bounds(value: Any) -> tuple[Any, Any]:
    return (value.low, value.high) if isinstance(value, Interval) else (value, value)


def _is_number(bound: Any) -> bool:
    return isinstance(bound, (int, Decimal, date))


def _number(bound: Any, scale: int, words: Words, members: tuple[str, ...]) -> int | None:
    if bound is None:
        return None
    if isinstance(bound, frozenset):
        return sum(1 << sorted(members).index(word) for word in bound)
    if isinstance(bound, str):
        return words.number(word=bound)
    number, digits = as_number(bound)
    return number * 10 ** (scale - digits)
