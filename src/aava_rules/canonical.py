"""Prime implicants of a formula, so that plain three-valued evaluation asks no needless question.

Every variable of a formula has a few *cells*: the pieces into which its tests cut its values
(an age below 25, or not). What is known of a record is a **cube**: for each variable the cells
that are still possible, written as one integer with a bit for each cell. A cube is also what one
prime implicant allows. A formula surely holds if all that is possible lies within one of its prime
implicants, and surely fails if it lies within one of its negation's; both are a single ``&``.

The disjunction of all prime implicants is Blake's canonical form. It is built here by
multiplication alone: the product of two canonical forms, with absorbed cubes dropped, is the
canonical form of their conjunction, and a negated cube is a clause whose literals are its primes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_IMPLICANTS = 500
"""Formulas with more prime implicants than this stay plain Kleene: sound, perhaps needlessly unknown."""
_MAX_WORK = 4 * MAX_IMPLICANTS


class TooLarge(Exception):
    """A formula has more prime implicants than are worth having."""


@dataclass(frozen=True, slots=True)
class Lit:
    """One variable lies in some of its cells; ``cube`` allows everything of the others."""

    cube: int
    field: int
    """The bits of the one variable."""


@dataclass(frozen=True, slots=True)
class Conj:
    """All of the items hold; of none, it is true."""

    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Disj:
    """One of the items at least holds; of none, it is false."""

    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Neg:
    """The item does not hold."""

    item: Formula


Formula = Lit | Conj | Disj | Neg
TRUE = Conj(())
FALSE = Disj(())


def kleene(formula: Formula, known: int) -> bool | None:
    """Whether the formula holds where the possible cells are ``known``, by Kleene's tables alone."""
    match formula:
        case Lit(cube, field):
            possible = known & field
            if not possible & ~cube:
                return True
            return None if possible & cube else False
        case Neg(item):
            state = kleene(item, known)
            return None if state is None else not state
        case Conj(items):
            wanted = False
        case Disj(items):
            wanted = True
    unknown = False
    for item in items:
        state = kleene(item, known)
        if state is wanted:
            return wanted
        unknown = unknown or state is None
    return None if unknown else not wanted


class Canonizer:
    """Builds canonical forms over one layout: the bit fields of the variables, lowest first."""

    def __init__(self, fields: Sequence[int]) -> None:
        self.fields = tuple(fields)
        self.full = sum(self.fields)
        self._memo: dict[Formula, tuple[tuple[int, ...], tuple[int, ...]]] = {}

    def primes(self, formula: Formula) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The prime implicants of a formula and of its negation. Raises TooLarge."""
        found = self._memo.get(formula)
        if found is None:
            found = self._memo[formula] = self._primes(formula)
        return found

    def _primes(self, formula: Formula) -> tuple[tuple[int, ...], tuple[int, ...]]:
        match formula:
            case Lit(cube, field):
                return self._lit(cube & field, field), self._lit(field & ~cube, field)
            case Neg(item):
                positive, negative = self.primes(item)
                return negative, positive
            case Conj(items):
                positive = self.conjunction([self.primes(item)[0] for item in items])
                return positive, self.negated(positive)
            case Disj(items):
                negative = self.conjunction([self.primes(item)[1] for item in items])
                return self.negated(negative), negative

    def _lit(self, cells: int, field: int) -> tuple[int, ...]:
        return (self.full & ~field | cells,) if cells else ()

    def conjunction(self, forms: Sequence[Sequence[int]]) -> tuple[int, ...]:
        """The canonical form of a conjunction from those of its parts."""
        result: list[int] = [self.full]
        for form in sorted(forms, key=len):
            result = self._product(result, form)
        return tuple(sorted(result))

    def negated(self, cubes: Sequence[int]) -> tuple[int, ...]:
        """The canonical form of what none of the cubes holds."""
        result: list[int] = [self.full]
        for cube in sorted(cubes, key=lambda c: (self.full & ~c).bit_count()):
            clause = [
                self.full & ~(cube & field) for field in self.fields if cube & field != field
            ]
            result = self._product(result, clause)
        return tuple(sorted(result))

    def _product(self, left: Sequence[int], right: Sequence[int]) -> list[int]:
        if len(left) * len(right) > _MAX_WORK * MAX_IMPLICANTS:
            raise TooLarge
        cubes = {cube for a in left for b in right if self._possible(cube := a & b)}
        result = absorbed(cubes)
        if len(result) > _MAX_WORK:
            raise TooLarge
        return result

    def _possible(self, cube: int) -> bool:
        return all(cube & field for field in self.fields)

    def restricted(self, primes: Sequence[int], known: int) -> list[int]:
        """The prime implicants of the same formula where only ``known`` is possible."""
        return absorbed({cube for prime in primes if self._possible(cube := prime & known)})


def absorbed(cubes: set[int]) -> list[int]:
    """The cubes that lie in no other one."""
    kept: list[int] = []
    for cube in sorted(cubes, key=int.bit_count, reverse=True):
        for larger in kept:
            if not cube & ~larger:
                break
        else:
            kept.append(cube)
    return kept


class Form:
    """A formula made ready: its state for what is known, exact or (if too large) plain Kleene."""

    __slots__ = ("_negative", "_positive", "exact", "formula", "primes_negative", "primes_positive")

    def __init__(self, formula: Formula, canonizer: Canonizer) -> None:
        self.formula = formula
        self.exact = True
        try:
            positive, negative = canonizer.primes(formula)
        except TooLarge:
            positive = negative = ()
            self.exact = False
        if max(len(positive), len(negative)) > MAX_IMPLICANTS:
            positive = negative = ()
            self.exact = False
        self.primes_positive, self.primes_negative = positive, negative
        self._positive = tuple(canonizer.full & ~cube for cube in positive)
        self._negative = tuple(canonizer.full & ~cube for cube in negative)

    def state(self, known: int) -> bool | None:
        """Whether the formula holds for every completion of what is known, for none, or for some."""
        for outside in self._positive:
            if not known & outside:
                return True
        for outside in self._negative:
            if not known & outside:
                return False
        return None if self.exact else kleene(self.formula, known)

    def surely(self, known: int) -> bool:
        """Whether the formula holds for every completion of what is known."""
        for outside in self._positive:
            if not known & outside:
                return True
        return not self.exact and kleene(self.formula, known) is True
