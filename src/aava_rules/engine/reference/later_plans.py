"""When the next plan of the same kind was made: of every plan of a record, by search in sorted days.

Plans end when a later one of their kind is made. A plan whose kind or day is not known may be such a one for many
others, so looking at every pair would cost the square of a record's plans; here it costs what sorting them does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from typing import Any


class LaterPlans:
    """The plans of one record, in order of kind and day."""

    __slots__ = ("_days", "_in_order", "_undated", "_without_kind")

    def __init__(self, plans: Iterable[Any]) -> None:
        self._in_order = {id(plan): place for place, plan in enumerate(plans)}
        days: dict[str | None, list[date]] = {}
        undated: dict[str | None, list[Any]] = {}
        without_kind = []
        for plan in plans:
            if plan.made_on is None:
                undated.setdefault(plan.kind, []).append(plan)
            else:
                days.setdefault(plan.kind, []).append(plan.made_on)
                if plan.kind is None:
                    without_kind.append(plan)
        for of_kind in days.values():
            of_kind.sort()
        self._days, self._undated = days, undated
        self._without_kind = sorted(without_kind, key=lambda plan: plan.made_on)

    def may_follow(self, plan: Any) -> date | None:
        """The first day on which one was made that may be a later plan of the kind of ``plan``; None: no such day."""
        kinds = self._days if plan.kind is None else (plan.kind, None)
        return min((day for kind in kinds if (day := self._next(kind, plan.made_on))), default=None)

    def surely_follows(self, plan: Any) -> date | None:
        """The first day on which surely a later plan of the same kind was made than ``plan``; None: no such day."""
        return None if plan.kind is None or plan.made_on is None else self._next(plan.kind, plan.made_on)

    def undated(self, plan: Any) -> bool:
        """Whether another plan than ``plan``, one without a day, may be a later one of the same kind."""
        return self._count_undated(plan) > 0

    def count_open(self, plan: Any) -> int:
        """How many other plans lack their kind or day and may be later ones of the same kind than ``plan``."""
        return self._count_undated(plan) + len(self._without_kind) - self._first_without_kind(plan)

    def open(self, plan: Any) -> list[Any]:
        """The other plans that lack their kind or day and may be later ones than ``plan``, in the record's order."""
        open_plans = [other for kind in self._kinds(plan) for other in self._undated.get(kind, ()) if other is not plan]
        open_plans += self._without_kind[self._first_without_kind(plan) :]
        return sorted(open_plans, key=lambda other: self._in_order[id(other)])

    def _kinds(self, plan: Any) -> Iterable[str | None]:
        """The kinds of undated plans that may be those of ``plan``."""
        return self._undated if plan.kind is None else (plan.kind, None)

    def _count_undated(self, plan: Any) -> int:
        others = sum(len(self._undated.get(kind, ())) for kind in self._kinds(plan))
        return others - (plan.made_on is None)

    def _first_without_kind(self, plan: Any) -> int:
        """The place of the first of those with a day and no kind that was made after ``plan``."""
        if plan.made_on is None:
            return 0
        return bisect_right(self._without_kind, plan.made_on, key=lambda other: other.made_on)

    def _next(self, kind: str | None, after: date | None) -> date | None:
        """The first day after another, or of all, on which a plan of this kind was made."""
        days = self._days.get(kind)
        if not days:
            return None
        at = 0 if after is None else bisect_right(days, after)
        return days[at] if at < len(days) else None


class WaitingPlans:
    """Plans that wait to know of any other whether it is a later one of their kind: told in sums, not in pairs."""

    __slots__ = ("_by_kind", "_waiting")

    def __init__(self) -> None:
        self._by_kind: dict[str | None, tuple[int, int, date]] = {}
        self._waiting: set[int] = set()

    def add(self, plan: Any) -> None:
        """Let ``plan`` wait; a plan that waits already is not added again."""
        if id(plan) in self._waiting:
            return
        self._waiting.add(id(plan))
        count, undated, earliest = self._by_kind.get(plan.kind, (0, 0, date.max))
        if plan.made_on is None:
            undated += 1
        else:
            earliest = min(earliest, plan.made_on)
        self._by_kind[plan.kind] = (count + 1, undated, earliest)

    def for_plan(self, plan: Any) -> bool:
        """Whether one of them waits for ``plan``: whether it may be a later one of the same kind than another."""
        kinds = self._by_kind if plan.kind is None else (plan.kind, None)
        sums = [self._by_kind[kind] for kind in kinds if kind in self._by_kind]
        if plan.made_on is None:
            return sum(count for count, _, _ in sums) > (id(plan) in self._waiting)
        return any(undated or earliest < plan.made_on for _, undated, earliest in sums)
