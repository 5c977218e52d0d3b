"""Which values count as changed, those that are unlike or told in other words; on which days the order of two changes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aava_rules.engine.course import Course, either
from aava_rules.engine.keys import add_parted, knowledge_stays, order_of, order_stays, unlike
from aava_rules.language.values import NONE, UNKNOWN, Interval, is_known


@pytest.mark.parametrize(
    ("value", "other", "differ"),
    [
        (Decimal("0.00"), Decimal("0.00"), False),
        (Decimal("0.00"), Decimal("0"), True),
        (0, Decimal("0"), True),
        (("known", Decimal("9.0")), ("known", Decimal("9.00")), True),
        (("known", 9), ("known", 9), False),
        (Interval(Decimal("1.0"), None), Interval(Decimal("1"), None), True),
        (Interval(1, 2), Interval(1, 2), False),
    ],
)
def test_numbers_that_are_written_otherwise_are_other_answers(value: Any, other: Any, differ: bool) -> None:
    """An amount of 0.00 euros that becomes one of 0 is told on that day, as deciding on each day would show it."""
    assert unlike(value, other) is differ
    assert unlike(other, value) is differ


FIRST = date(2024, 1, 1)
DAYS = 24

steps = st.lists(st.integers(0, 2), min_size=DAYS, max_size=DAYS)


@st.composite
def rising_days(draw: st.DrawFn) -> list[Any]:
    """A day of each of some days that never falls, or its bounds; it may exist or be known from some day on only."""
    low, high = draw(st.integers(-9, 9)), draw(st.integers(0, 6))
    rises, widens = draw(steps), draw(st.one_of(st.just([0] * DAYS), steps))
    lacks, absent = draw(st.sampled_from(["", "low", "high"])), draw(st.booleans())
    begins, before = draw(st.sampled_from([0, 0, 0, DAYS, DAYS // 2])), draw(st.sampled_from([UNKNOWN, NONE]))
    values: list[Any] = []
    for number in range(DAYS):
        low += rises[number]
        high += widens[number]
        least, most = FIRST + timedelta(days=low), FIRST + timedelta(days=low + high)
        if number < begins:
            values.append(before)
        elif high == 0 and not lacks and not absent:
            values.append(least)
        else:
            values.append(Interval(None if lacks == "low" else least, None if lacks == "high" else most, absent=absent))
    return values


@given(rising_days(), rising_days())
def test_the_order_of_two_days_that_rise_is_parted_as_each_day_shows(left: list[Any], right: list[Any]) -> None:
    """Parting leaves out only stretches in which the order stays; with known days, bounds, and what does not exist."""

    def at(day: date) -> tuple[Any, Any]:
        return left[(day - FIRST).days], right[(day - FIRST).days]

    def key_on(day: date) -> Any:
        return order_of(*at(day)), at(day)[0] is UNKNOWN, at(day)[1] is UNKNOWN

    def is_settled(low: date, high: date) -> bool:
        flags = [[value is UNKNOWN for value in at(day)] for day in (low, high)]
        return flags[0] == flags[1] and order_stays(at(low), at(high))

    changed: set[date] = set()
    add_parted(key_on, is_settled, FIRST, FIRST + timedelta(days=DAYS - 1), changed)
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    assert changed == {day for before, day in pairwise(days) if key_on(before) != key_on(day)}


@given(rising_days())
def test_whether_a_day_that_rises_is_known_is_parted_as_each_day_shows(values: list[Any]) -> None:
    """A stretch is left out only if the day is known on all of it, or on none."""

    def value(day: date) -> Any:
        return values[(day - FIRST).days]

    changed: set[date] = set()
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    add_parted(
        lambda day: is_known(value(day)),
        lambda low, high: knowledge_stays(value(low), value(high)),
        FIRST,
        days[-1],
        changed,
    )
    expected = {day for before, day in pairwise(days) if is_known(value(before)) != is_known(value(day))}
    assert changed == expected


def test_a_stretch_without_a_change_is_looked_at_only_at_its_ends() -> None:
    """Two days that rise far from each other are not read on each day of a year."""
    read: list[date] = []

    def is_settled(low: date, high: date) -> bool:
        read.extend((low, high))
        return order_stays((low, low + timedelta(days=400)), (high, high + timedelta(days=400)))

    add_parted(lambda day: day, is_settled, FIRST, FIRST + timedelta(days=365), set())
    assert len(read) == 2


def test_one_of_several_slow_days_is_slow() -> None:
    """A day that is one of several never gains on the day of decision, if none of them does."""
    slow, quick = Course(1, slow=True), Course(1)
    assert either([slow, Course(0)]).slow
    assert not either([slow, quick]).slow
    assert Course(0).slow
    assert not slow.fallen().slow
