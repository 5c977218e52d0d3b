"""What numbers that are given can be at most, whoever the client is: what is more than that is told, never mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aava_rules.language.dates import longest
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.syntax import All, Call, Condition, Fact
from aava_rules.rulebook.dependencies import upstream_facts
from aava_rules.rulebook.model import Derivation, FactDef, Parts, Window

LONGEST_LIFE: Final = 130
"""Years: nobody has been older."""
MOST_OF_UNIT: Final = {
    "days/week": 7,
    "hours/day": 24,
    "hours/week": 168,
    "years": LONGEST_LIFE,
    "months": LONGEST_LIFE * 12,
    "weeks": LONGEST_LIFE * 53,
    "days": LONGEST_LIFE * 366,
    "working days": LONGEST_LIFE * 53 * 5,
    "benefit days": LONGEST_LIFE * 53 * 5,
}
"""The most that there can be of a number, by its unit: what a day, a week or a life has."""


class Plausible:
    """The limits of the facts of one rulebook, each worked out when it is first asked for."""

    def __init__(self, parts: Parts) -> None:
        self._facts = parts.facts

    @cached_property_unlocked
    def most(self) -> dict[str, int]:
        """The greatest number that each fact can have, by its unit."""
        return {name: MOST_OF_UNIT[fact.unit] for name, fact in self._facts.items() if fact.unit in MOST_OF_UNIT}

    @cached_property_unlocked
    def most_in_time(self) -> dict[str, int]:
        """The most days that each number of days can have that is counted over so many months, or over a week."""
        most: dict[str, int] = {}
        for name, fact in self._facts.items():
            if fact.unit not in ("days", "benefit days"):
                continue
            read = [fact, *upstream_facts(fact.trees(), self._facts).values()]
            windows = [part.derivation.within for part in read if part.derivation is not None]
            lengths = [days for window in windows if window is not None and (days := _days_of(window)) is not None]
            if lengths:
                most[name] = max(lengths) if fact.unit == "days" else _most_weekdays(max(lengths))
        return most

    @cached_property_unlocked
    def wholes(self) -> dict[str, tuple[str, ...]]:
        """The totals of which each total counts a part: those of the same list and field, with fewer conditions."""
        totals = [(name, fact.derivation) for name, fact in self._facts.items() if _is_whole(fact)]
        wholes: dict[str, tuple[str, ...]] = {}
        for name, fact in self._facts.items():
            parts = list(self._counted(fact))
            among = [
                whole
                for whole, total in totals
                if total is not None and whole != name and any(_is_part(part, total) for part in parts)
            ]
            if among:
                wholes[name] = tuple(among)
        return wholes

    def _counted(self, fact: FactDef) -> Iterator[Derivation]:
        """The totals than any of which a fact is never more."""
        derivation = fact.derivation
        if derivation is None:
            return
        if derivation.kind == "total":
            yield derivation
        elif fact.default is None and isinstance(derivation.value, Call) and derivation.value.name == "min":
            for term in derivation.value.args:
                if isinstance(term, Fact) and term.name in self._facts:
                    yield from self._counted(self._facts[term.name])


def _days_of(window: Window) -> int | None:
    """The most days that a window can have; None if it has no length of its own."""
    if window.weeks is not None:
        return window.weeks * 7
    return longest(window.months) if isinstance(window.months, int) else None


def _most_weekdays(days: int) -> int:
    """The most weekdays that so many ``days`` in a row can have."""
    return days // 7 * 5 + min(days % 7, 5)


def _is_whole(fact: FactDef) -> bool:
    """Whether a fact is a total over all time, of which nothing is left out."""
    total = fact.derivation
    return total is not None and total.kind == "total" and total.within is None and not total.outside


def _is_part(part: Derivation, whole: Derivation) -> bool:
    return (part.over, part.field) == (whole.over, whole.field) and _conditions(whole) <= _conditions(part)


def _conditions(total: Derivation) -> frozenset[Condition]:
    """The conditions that all items must meet which a total counts."""
    where = total.where
    return frozenset() if where is None else frozenset(where.items if isinstance(where, All) else (where,))
