"""How much is counted of the days of a calendar week, at least and at most, where it is not known of all of them.

A week has its days in order, and a day counts if fewer than the limit have been attended before it in that week.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from aava_rules.language.structs import Struct

Number = TypeVar("Number", int, Decimal)
Gain = Callable[["WeekDay", int], tuple[Number, Number]]
"""What a day of participation adds, at least and at most, after so many others in its week."""


class WeekDay(Struct):
    """A day of a week.

    Attributes:
        attended: whether the client took part; None: it is not known.
        counted: whether it is of the time that is counted; other days only use up the limit.
        limit: how many days of its week count at least, and at most, by the law of the day.
    """

    attended: bool | None
    counted: bool
    limit: tuple[int, int]


def extremes(week: Sequence[WeekDay], gain: Gain[Number], nothing: Number) -> tuple[Number, Number]:
    """The least and the greatest sum of a ``gain`` that the days of a ``week`` may have; ``nothing`` is its zero.

    Whether the client took part on one day says nothing of the other days, so that both are taken exactly.
    """
    least: dict[int, Number] = {0: nothing}
    most: dict[int, Number] = {0: nothing}
    for day in week:
        lower: dict[int, Number] = {}
        upper: dict[int, Number] = {}
        for before in least:
            low, high = gain(day, before) if day.counted else (nothing, nothing)
            if day.attended is not True:
                lower[before] = min(lower.get(before, least[before]), least[before])
                upper[before] = max(upper.get(before, most[before]), most[before])
            if day.attended is not False:
                after = before + 1
                lower[after] = min(lower.get(after, least[before] + low), least[before] + low)
                upper[after] = max(upper.get(after, most[before] + high), most[before] + high)
        least, most = lower, upper
    return min(least.values()), max(most.values())


def within(day: WeekDay, before: int, low: Number, high: Number, nothing: Number) -> tuple[Number, Number]:
    """What a ``day`` adds that is worth ``low`` to ``high`` if it counts, after ``before`` others in its week.

    ``nothing`` is the zero of these numbers.
    """
    surely, perhaps = before < day.limit[0], before < day.limit[1]
    if surely:
        return low, high
    return (min(nothing, low), max(nothing, high)) if perhaps else (nothing, nothing)


def beyond(day: WeekDay, before: int) -> tuple[int, int]:
    """Whether a ``day`` goes beyond the limit, after ``before`` others in its week: 1 or 0, at least and at most."""
    return int(before >= day.limit[1]), int(before >= day.limit[0])
