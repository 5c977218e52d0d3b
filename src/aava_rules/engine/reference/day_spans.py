"""Days as spans: of days that may be any from one to another, only the first and the last are held.

A span has the ordinals of its first day and of the one after its last.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final

from aava_rules.language.dates import add_months

DaySpan = tuple[int, int]

_MONTHS_WITHOUT_A_GAP: Final = 1_100
"""So many months after the years about 2000 every fourth year is a leap year; 2100 is none."""


def of_days(days: Iterable[date]) -> list[DaySpan]:
    """A span for each day."""
    return [(day.toordinal(), day.toordinal() + 1) for day in days]


def merged(spans: Iterable[DaySpan]) -> list[DaySpan]:
    """Spans that share no day, in order, with all the days of these and no others."""
    found: list[DaySpan] = []
    for first, stop in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(stop, found[-1][1])
        elif first < stop:
            found.append((first, stop))
    return found


def most_in_window(spans: list[DaySpan], months: int) -> int:
    """The most days in any window of so many months, of merged spans: one that begins on a day has no rival."""
    before = [0]
    for first, stop in spans:
        before.append(before[-1] + stop - first)
    best = at = 0
    longest = _longest(months)
    for number, (first, stop) in enumerate(spans):
        for day in range(first, stop):
            passed = before[number] + day - first
            if before[-1] - passed <= best:
                return best  # so few days are left
            end = add_months(date.fromordinal(day), months).toordinal()
            while at < len(spans) and spans[at][1] <= end:
                at += 1
            reached = before[at] + (max(end - spans[at][0], 0) if at < len(spans) else 0)
            best = max(best, reached - passed)
            if best >= longest:
                return best
    return best


@lru_cache(maxsize=64)
def _longest(months: int) -> int:
    """The most days that so many months can have, or somewhat more."""
    if months > _MONTHS_WITHOUT_A_GAP:
        return 31 * months
    # these four years have every row of months that there is, and no window that begins late in a month is longer
    starts = [date(2000 + month // 12, month % 12 + 1, 1) for month in range(48)]
    return max((add_months(start, months) - start).days for start in starts)
