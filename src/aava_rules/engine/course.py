"""A course: on which days a value may leap, and whether it stays, rises or falls between them; and where it is read."""

from __future__ import annotations

from collections.abc import Iterable
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
    """

    __slots__ = ("direction", "leaps")

    def __init__(self, direction: int | None, leaps: Days = NO_DAYS) -> None:
        self.direction, self.leaps = direction, leaps

    def fallen(self) -> Course:
        """The course of the opposite number."""
        return self if not self.direction else Course(-self.direction, self.leaps)


STEADY: Final = Course(0)
RISING: Final = Course(1)


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
