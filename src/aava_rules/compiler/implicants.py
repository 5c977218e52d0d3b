"""Prime implicants of a formula, so that a three-valued answer is unknown only if it has to be.

Every feature of a formula has a few *cells*: the pieces into which its tests cut its values (an age below 25, or not).
What is known of a record is a **cube**: for each feature the cells that are still possible, written as an integer with
a bit for each cell. A cube is also what a prime implicant allows. A formula surely holds if all that is possible lies
within one of its prime implicants, and surely fails if it lies within one of its negation's; both are a single ``&``.

The disjunction of all prime implicants is Blake's canonical form. It is built here by multiplication alone: the product
of two canonical forms, with absorbed cubes dropped, is the canonical form of their conjunction, and a negated cube is a
clause whose literals are its primes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aava_rules.compiler.formula import Conj, Disj, Formula, Lit, Neg, kleene

MAX_IMPLICANTS = 500
"""Formulas with more prime implicants than this stay plain Kleene: sound, but perhaps unknown without need."""
EARLY = 4
"""Kleene evaluations of a formula before its prime implicants are worked out."""
_MAX_WORK = 4 * MAX_IMPLICANTS


class TooLarge(Exception):
    """A formula has more prime implicants than are worth having; it stays plain Kleene."""


class Canonizer:
    """Builds canonical forms over the features of one program.

    Where a bit is free above every field, that no field of a cube is empty takes one subtraction.

    Attributes:
        fields: the mask of the cells of each feature, lowest first.
        full: the mask of all cells.
    """

    def __init__(self, fields: Sequence[int]) -> None:
        self.fields = tuple(fields)
        self.full = sum(self.fields)
        guards = sum(1 << field.bit_length() for field in self.fields)
        self._guards = 0 if guards & self.full or guards.bit_count() != len(self.fields) else guards
        self._lowest = sum(field & -field for field in self.fields)
        self._field_at = {bit: field for field in self.fields for bit in _bits(field)}
        self._memo: dict[tuple[int, bool], tuple[Formula, tuple[int, ...]]] = {}

    def primes(self, formula: Formula, holds: bool = True) -> tuple[int, ...]:
        """The prime implicants of a formula, sorted; shared parts of formulas are worked out once.

        Args:
            formula: the formula.
            holds: whether those of the formula, or (False) of its negation.

        Raises:
            TooLarge: they are too many.
        """
        # parts of formulas are shared, and comparing whole trees would take longer than the work itself
        key = (id(formula), holds)
        primes = self._memo.get(key)
        if primes is None:
            primes = self._memo[key] = (formula, self._primes(formula, holds))
        return primes[1]

    def _primes(self, formula: Formula, holds: bool) -> tuple[int, ...]:
        match formula:
            case Lit(cube, field):
                cells = cube & field if holds else field & ~cube
                return (self.full & ~field | cells,) if cells else ()
            case Neg(item):
                return self.primes(item, not holds)
            case Conj(items) | Disj(items):
                if isinstance(formula, Conj) is holds:
                    return self._conjunction([self.primes(item, holds) for item in items])
                return self._negated(self.primes(formula, not holds))

    def _conjunction(self, forms: Sequence[Sequence[int]]) -> tuple[int, ...]:
        """The canonical form of a conjunction from those of its parts."""
        result: Sequence[int] = [self.full]
        for form in sorted(forms, key=len):
            result = self._product(result, form)
        return tuple(sorted(result))

    def _negated(self, cubes: Sequence[int]) -> tuple[int, ...]:
        """The canonical form of what none of the cubes holds."""
        result: Sequence[int] = [self.full]
        for cube in sorted(cubes, key=lambda c: (self.full & ~c).bit_count()):
            clause = [self.full & ~(cube & field) for field in self._limited(cube)]
            result = self._product(result, clause)
        return tuple(sorted(result))

    def _limited(self, cube: int) -> list[int]:
        """The fields of which a cube does not allow everything."""
        outside, fields = self.full & ~cube, []
        while outside:
            field = self._field_at[outside & -outside]
            fields.append(field)
            outside &= ~field
        return fields

    def _product(self, left: Sequence[int], right: Sequence[int]) -> Sequence[int]:
        if left == [self.full]:
            return right
        if len(left) * len(right) > _MAX_WORK * MAX_IMPLICANTS:
            raise TooLarge
        # a cube within one of the other form stays as it is: no form has a cube within another of its own, so that none
        # of the product has it within, and it has within it all its other products
        of_left = [a for a in left if _within(a, right)]
        of_right = [b for b in right if _within(b, left)]
        among_left, among_right = set(left).difference(of_left), set(right).difference(of_right)
        products = self._possible({a & b for a in among_left for b in among_right})
        result = absorbed(products, {*of_left, *of_right})
        if len(result) > _MAX_WORK:
            raise TooLarge
        return result

    def _possible(self, cubes: set[int]) -> set[int]:
        """The cubes of which no field is empty."""
        guards, lowest = self._guards, self._lowest
        if guards:
            # a field that is empty borrows from the free bit above it
            return {cube for cube in cubes if (cube | guards) - lowest & guards == guards}
        return {cube for cube in cubes if all(cube & field for field in self.fields)}

    def restricted(self, primes: Sequence[int], known: int) -> list[int]:
        """The prime implicants of a formula where only some cells are possible.

        Args:
            primes: its prime implicants.
            known: the mask of the possible cells.
        """
        return absorbed(self._possible({prime & known for prime in primes}))


def _bits(field: int) -> list[int]:
    return [1 << position for position in range(field.bit_length()) if field >> position & 1]


def _within(cube: int, others: Sequence[int]) -> bool:
    return any(not cube & ~other for other in others)


def absorbed(cubes: set[int], largest: Iterable[int] = ()) -> list[int]:
    """Those of ``cubes`` that lie in no other, after those of which that is known.

    Args:
        cubes: the cubes.
        largest: cubes that lie in no other, nor in one another.
    """
    largest = [*largest]
    if len(cubes) + len(largest) < 2:
        return [*largest, *cubes]
    for cube in sorted(cubes, key=int.bit_count, reverse=True):
        for larger in largest:
            if not cube & ~larger:
                break
        else:
            largest.append(cube)
    return largest


class CompiledFormula:
    """A formula over the features of one program: its state for what is known, exact or (if too large) plain Kleene.

    Prime implicants are worked out when they are first needed: most rules never need theirs, and a formula that has
    hardly been evaluated is evaluated by Kleene's tables first, which often settle it.

    Attributes:
        formula: the formula.
    """

    __slots__ = ("_canonizer", "_early", "_negative", "_positive", "_primes", "formula")

    def __init__(self, formula: Formula, canonizer: Canonizer) -> None:
        self.formula = formula
        self._canonizer = canonizer
        self._early = EARLY
        self._positive: tuple[int, ...] | None = None
        self._negative: tuple[int, ...] | None = None
        self._primes: dict[bool, tuple[int, ...] | None] = {}

    def like(self, formula: Formula) -> CompiledFormula:
        """Another ``formula`` over the same features, asked in the same way."""
        return CompiledFormula(formula, self._canonizer)

    def primes(self, holds: bool = True) -> tuple[int, ...] | None:
        """The prime implicants of the formula, or (``holds`` False) of its negation; None if they are too many."""
        try:
            return self._primes[holds]
        except KeyError:
            primes = self._primes[holds] = self._find(holds)
            return primes

    def _find(self, holds: bool) -> tuple[int, ...] | None:
        try:
            primes = self._canonizer.primes(self.formula, holds)
        except TooLarge:
            return None
        return primes if len(primes) <= MAX_IMPLICANTS else None

    @property
    def exact(self) -> bool:
        """Whether the state is exact, or plain Kleene."""
        return self.primes() is not None and self.primes(holds=False) is not None

    @property
    def has_support(self) -> bool:
        """Whether `support` has exactly the features that matter."""
        return self.primes() is not None

    def support(self, known: int) -> int:
        """The bits of the features that can still change the formula, where the cells of ``known`` are possible.

        Of a formula with too many prime implicants, those of all features that stand open in it.
        """
        primes = self.primes()
        if primes is None:
            return _open_bits(self.formula, known) if self.state(known) is None else 0
        bits = 0
        for cube in self._canonizer.restricted(primes, known):
            bits |= known & ~cube
        return bits

    def _outside(self, holds: bool) -> tuple[int, ...]:
        """What each prime implicant does not allow; of too many, one that nothing known lies within."""
        primes = self.primes(holds)
        if primes is None:
            return (-1,)
        return tuple([self._canonizer.full & ~cube for cube in primes])

    def _at_first(self, known: int) -> bool | None:
        """The state by Kleene's tables alone, for the first evaluations of the formula."""
        if self._early <= 0:
            return None
        self._early -= 1
        return kleene(self.formula, known)

    def surely(self, known: int) -> bool:
        """Whether the formula holds for every completion of what is known, the mask ``known`` of the possible cells."""
        outsides = self._positive
        if outsides is None:
            state = self._at_first(known)
            if state is not None:
                return state
            outsides = self._positive = self._outside(holds=True)
        for outside in outsides:
            if not known & outside:
                return True
        return outsides == (-1,) and kleene(self.formula, known) is True

    def state(self, known: int) -> bool | None:
        """Whether the formula holds for every completion of what is known, for none (False), or for some (None).

        ``known`` is the mask of the possible cells.
        """
        outsides = self._negative
        if outsides is None:
            state = self._at_first(known)
            if state is not None:
                return state
            outsides = self._negative = self._outside(holds=False)
        for outside in outsides:
            if not known & outside:
                return False
        if self.surely(known):
            return True
        return False if outsides == (-1,) and kleene(self.formula, known) is False else None


def _open_bits(formula: Formula, known: int) -> int:
    """The bits of the features whose literals in a formula are open."""
    match formula:
        case Lit(cube, bits):
            inside = known & bits & cube
            return bits if inside and known & bits & ~cube else 0
        case Neg(item):
            return _open_bits(item, known)
        case Conj(items) | Disj(items):
            open_bits = 0
            for item in items:
                open_bits |= _open_bits(item, known)
            return open_bits
