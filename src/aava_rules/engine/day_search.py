"""On which days of a stretch of time a key changes, by the course of what it is read from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from aava_rules.engine.course import NO_DAYS, STEADY, Course, Days
from aava_rules.engine.keys import add_halved, add_parted, unlike
from aava_rules.language.dates import ONE_DAY


class DaySearch:
    """The days from one day to another, and what changes on them.

    Attributes:
        first: the first day.
        last: the last one.
    """

    def __init__(self, first: date, last: date) -> None:
        """The days from ``first`` to ``last``."""
        self.first, self.last = first, last

    def changes(self, key_on: Callable[[date], Any], course: Course) -> Days:
        """The days on which ``key_on`` gives another key than on the day before, of what has this ``course``.

        Of a course that rises or falls a key that has been left must not come back before the next leap.
        """
        direction, leaps = course.direction, course.leaps
        if direction == 0 and not leaps:
            return NO_DAYS
        changed: set[date] = set()
        if direction is None:
            day, before = self.first, key_on(self.first)
            while day < self.last:
                day += ONE_DAY
                key = key_on(day)
                if unlike(key, before):
                    changed.add(day)
                    before = key
            return frozenset(changed)
        starts = [self.first, *sorted(day for day in leaps if self.first < day <= self.last)]
        before = self
        for number, start in enumerate(starts):
            key = key_on(start)
            if number and unlike(key, before):
                changed.add(start)
            end = starts[number + 1] - ONE_DAY if number + 1 < len(starts) else self.last
            before = key
            if direction and end > start:
                before = key_on(end)
                add_halved(key_on, start, key, end, before, changed)
        return frozenset(changed)

    def parted(self, key_on: Callable[[date], Any], is_settled: Callable[[date, date], bool], leaps: Days) -> Days:
        """The days on which ``key_on`` gives another key, which between two ``leaps`` stays where it ``is_settled``."""
        changed = set(self.changes(key_on, Course(0, leaps)))
        starts = [self.first, *sorted(leaps)]
        for start, end in zip(starts, [*(day - ONE_DAY for day in starts[1:]), self.last], strict=True):
            add_parted(key_on, is_settled, start, end, changed)
        return frozenset(changed)

    def exact(self, value_on: Callable[[date], Any], course: Course) -> Course:
        """The course of a value, looked at: what stays, or goes both ways, leaps on the days on which it changes.

        What rises or falls is left so, unless it turns out to stay between its leaps.

        Args:
            value_on: gives the value on a day.
            course: its course, as far as it follows from the term.
        """
        if course.direction:
            starts = [self.first, *sorted(course.leaps)]
            ends = [*(day - ONE_DAY for day in starts[1:]), self.last]
            if any(unlike(value_on(start), value_on(end)) for start, end in zip(starts, ends, strict=True)):
                return course
            course = Course(0, course.leaps)
        return Course(0, self.changes(value_on, course)) if course.leaps or course.direction is None else STEADY

    def within(self, days: Iterable[date]) -> Days:
        """Those of ``days`` and of the days after them that lie between the first and the last day."""
        near = (day for known in days for day in (known, known + ONE_DAY))
        return frozenset(day for day in near if self.first < day <= self.last)
