"""Prime implicants as few operations: what several of them share is worked out once.

A formula may have hundreds of prime implicants that differ in a literal or two. Taking the literal
that most of them have out of all that have it, again and again, leaves a tree that says the same
with a fraction of the ``&`` and ``|``. Parts that are alike are one and the same object, whichever
formula of a frame they come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

Literal = tuple[int, int]
"""The number of a variable, and its cells that are not allowed."""
Cubes = frozenset[frozenset[Literal]]
"""Literals that must all hold, for each way in which a formula can."""


class Plan:
    """Literals and other plans of which all, or one at least, must hold. Of none, all hold, and none does."""

    __slots__ = ("every", "literals", "operations", "parts", "variables")

    def __init__(self, every: bool, literals: tuple[Literal, ...], parts: tuple[Plan, ...]) -> None:
        self.every, self.literals, self.parts = every, literals, parts
        self.operations: int = max(len(literals) + len(parts) - 1, 0) + sum(part.operations for part in parts)
        """How many operations on whole columns it takes at most."""
        numbers = [number for number, _ in literals]
        numbers += [number for part in parts for number in part.variables]
        self.variables: tuple[int, ...] = tuple(dict.fromkeys(numbers))
        """The numbers of the variables that it asks."""


class Planner:
    """Makes the plans of one frame's formulas. Threads that ask at once may make a part twice, which does no harm."""

    def __init__(self) -> None:
        self._alike: dict[tuple[bool, frozenset[Literal], frozenset[int]], Plan] = {}
        """Every plan by what it is made of; parts by their ``id``, since they are here themselves."""

    def plan(self, cubes: Cubes) -> Plan:
        """The plan of cubes none of which lies in another one."""
        if len(cubes) < 2:
            return self._of(bool(cubes), next(iter(cubes), ()))
        often = Counter(literal for cube in cubes for literal in cube)
        shared = frozenset(literal for literal, times in often.items() if times == len(cubes))
        if shared:
            return self._of(True, shared, self.plan(frozenset(cube - shared for cube in cubes)))
        most = max(often, key=lambda literal: (often[literal], literal))
        if often[most] == 1:
            return self._of(False, (), *(self._of(True, cube) for cube in cubes))
        having = frozenset(cube for cube in cubes if most in cube)
        return self._of(False, (), self.plan(having), self.plan(cubes - having))

    def _of(self, every: bool, literals: Iterable[Literal] = (), *parts: Plan) -> Plan:
        """The plan of these literals and parts; parts that are put together in the same way are opened."""
        own, others = set(literals), dict[int, Plan]()
        for part in parts:
            if part.every is every or len(part.literals) + len(part.parts) == 1:
                own.update(part.literals)
                others.update((id(one), one) for one in part.parts)
            else:
                others[id(part)] = part
        key = (every, frozenset(own), frozenset(others))
        found = self._alike.get(key)
        if found is None:
            found = self._alike[key] = Plan(every, tuple(sorted(own)), tuple(others.values()))
        return found
