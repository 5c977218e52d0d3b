"""A course: on which days a value may leap, and whether it stays, rises or falls between them; and where it is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final

from aava_rules.engine.reference.scope import OpenDay
from aava_rules.language.syntax import Expr

Days = frozenset[date]
NO_DAYS: Final[Days] = frozenset()


class Course:
    """How a value goes with the day of decision.

    Attributes:
        direction: between two leaps 0: it stays; 1: it never falls; -1: it never rises; None: nothing is known of it.
        leaps: the days on which it may be anything else than on the day before.
        slow: whether it is a day that stays, or between two leaps rises by at most a day each day, both of its bounds
            do: then it never gains on the day of decision.
    """

    __slots__ = ("direction", "leaps", "slow")

    def __init__(self, direction: int | None, leaps: Days = NO_DAYS, *, slow: bool = False) -> None:
        self.direction, self.leaps = direction, leaps
        self.slow = slow or direction == 0

    def fallen(self) -> Course:
        """The course of the opposite number."""
        return self if not self.direction else Course(-self.direction, self.leaps)


STEADY: Final = Course(0)
RISING: Final = Course(1)
TODAY: Final = Course(1, slow=True)
"""That of the day of decision itself."""


def joined(courses: Iterable[Course]) -> Course:
    """The course of what never falls where one of ``courses`` rises, and never rises where one of them falls."""
    direction: int | None = 0
    leaps = NO_DAYS
    for course in courses:
        if course.leaps:
            leaps |= course.leaps
        if course.direction is None or direction is None or course.direction * direction < 0:
            direction = None
        else:
            direction = direction or course.direction
    return Course(direction, leaps)


def either(courses: Collection[Course]) -> Course:
    """The course of what has one of several ``courses`` on each day, another one only after a leap."""
    course = joined(courses)
    return (
        Course(course.direction, course.leaps, slow=all(each.slow for each in courses)) if course.direction else course
    )


def of_order(courses: tuple[Course, Course], today: tuple[bool, bool]) -> Course:
    """The course of the first of two values less the second.

    Args:
        courses: their courses.
        today: which of them is the day of decision itself.
    """
    first, second = courses
    if today[0] and second.slow:
        return Course(1, second.leaps)
    if today[1] and first.slow:
        return Course(-1, first.leaps)
    return joined([first, second.fallen()])


def steady(course: Course) -> Course:
    """The ``course`` of what has to stay for another one to be searched by halves; else each day is looked at."""
    return Course(course.direction and None, course.leaps)


class Place:
    """Where a term is read: on which judged day, and of which item.

    Attributes:
        judged: the term of the judged day; None: the day of decision; of a day that is not known an OpenDay.
        list_name: the list of the item; empty for the client.
        item: the item; None for the client.
    """

    __slots__ = ("item", "judged", "list_name")

    def __init__(self, judged: Expr | OpenDay | None = None, list_name: str = "", item: Any = None) -> None:
        self.judged, self.list_name, self.item = judged, list_name, item

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from other places of one record."""
        return id(self.judged), id(self.item)
