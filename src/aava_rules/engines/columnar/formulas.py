"""The states of formulas in every row, 64 rows to a machine word.

A literal of a prime implicant is a column of bits: whether all that is possible lies in the cells
that it allows. What a formula's states are is then a handful of ``&`` and ``|`` for all rows.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from ...canonical import Conj, Disj, Form, Formula, Lit, Neg
from ...frames import Frame
from .bits import Bits, packed
from .block import Sheet
from .cells import Cells, possible
from .literals import Direct, direct

_Literal = tuple[int, int]
"""The number of a variable, and its cells that are not allowed."""
_Plan = tuple[tuple[_Literal, ...], ...]
"""Literals that must all hold, for each way in which a formula can."""


def _length(plan: _Plan) -> int:
    return sum(map(len, plan))


class Formulas:
    """The states of the formulas of one frame in the rows of its sheets (one for each judged day)."""

    def __init__(self, frame: Frame, sheets: tuple[Sheet, ...]) -> None:
        self.frame, self.sheets = frame, sheets
        self.rows = sheets[0].size
        words = -(-self.rows // 64)
        self.none: Bits = np.zeros(words, np.uint64)
        self.all: Bits = ~self.none
        self._plans: dict[tuple[int, bool], _Plan | None] = frame.compiled.setdefault("columnar", {})
        self._cells: dict[int, Cells] = {}
        self._literals: dict[_Literal, Bits] = {}
        self._sure: dict[int, Bits] = {}
        self._known: dict[int, bool] = {}
        self._kleene: dict[int, tuple[Bits, Bits]] = {}

    def surely(self, form: Form) -> Bits:
        """Where the formula surely holds."""
        return self._surely(form, True)

    def surely_not(self, form: Form) -> Bits:
        """Where the formula surely fails."""
        return self._surely(form, False)

    def _surely(self, form: Form, holds: bool) -> Bits:
        plan = self._plan(form, holds)
        if plan is None:
            return self._by_tables(form.formula)[not holds]
        found = self._sure.get(id(plan))
        if found is None:
            opposite = self._plan(form, not holds) if self._all_known(plan) else None
            # where nothing is unknown, it holds or it fails
            if opposite is not None and _length(opposite) < _length(plan):
                found = ~self._surely(form, not holds)
            else:
                found = self._any_of(plan)
            self._sure[id(plan)] = found
        return found

    def _all_known(self, plan: _Plan) -> bool:
        """Whether every fact of a formula is known in every row; its negation has the same facts."""
        return all(self._is_known(number) for number in dict.fromkeys(number for prime in plan for number, _ in prime))

    def _is_known(self, number: int) -> bool:
        found = self._known.get(number)
        if found is None:
            reader = self._direct(number)
            sheet = self.sheets[self.frame.variables[number].scope]
            found = self._known[number] = reader is not None and reader.known(sheet)
        return found

    def _plan(self, form: Form, holds: bool) -> _Plan | None:
        """How a formula, or its negation, is worked out; one and the same for all that say the same."""
        key = (id(form), holds)
        if key not in self._plans:
            made = self._made_plan(form, holds)
            every = self.frame.compiled.setdefault("columnar plans", {})
            self._plans[key] = None if made is None else every.setdefault(made, made)
        return self._plans[key]

    def _made_plan(self, form: Form, holds: bool) -> _Plan | None:
        """The prime implicants, those that begin alike beside one another, and what most have in common first."""
        primes = form.primes(holds)
        if primes is None:
            return None
        variables = list(enumerate(self.frame.variables))
        plan = [
            [
                (number, (variable.bits & ~prime) >> variable.shift)
                for number, variable in variables
                if variable.bits & ~prime
            ]
            for prime in primes
        ]
        often = Counter(literal for literals in plan for literal in literals)
        return tuple(sorted(tuple(sorted(literals, key=lambda one: (-often[one], one))) for literals in plan))

    def _any_of(self, plan: _Plan) -> Bits:
        """Where one of the prime implicants holds."""
        if not plan:
            return self.none
        found: Bits = np.zeros(len(self.none), np.uint64)
        so_far: list[Bits] = [self.all]
        before: tuple[_Literal, ...] = ()
        for prime in plan:
            alike = next((at for at, (a, b) in enumerate(zip(before, prime, strict=False)) if a != b), len(before))
            del so_far[alike + 1 :]
            for literal in prime[alike:]:
                known = self._of_literal(literal)
                so_far.append(so_far[-1] & known if len(so_far) > 1 else known)
            np.bitwise_or(found, so_far[-1], out=found)
            before = prime
        return found

    def _of_literal(self, literal: _Literal) -> Bits:
        found = self._literals.get(literal)
        if found is None:
            found = self._literals[literal] = self._literal(*literal)
        return found

    def _literal(self, number: int, outside: int) -> Bits:
        reader = self._direct(number)
        if reader is not None:
            found = reader.literal(self.sheets[self.frame.variables[number].scope], outside)
            if found is not None:
                return found
        cells = self.cells(number)
        return ~packed(cells & cells.dtype.type(outside))

    def _direct(self, number: int) -> Direct | None:
        readers: dict[int, Direct | None] = self.frame.compiled.setdefault("literals", {})
        if number not in readers:
            readers[number] = direct(self.frame.variables[number])
        return readers[number]

    def cells(self, number: int) -> Cells:
        """The possible cells of one of the frame's variables in every row."""
        found = self._cells.get(number)
        if found is None:
            variable = self.frame.variables[number]
            readers = self.frame.compiled.setdefault("cells", {})
            if number not in readers:
                readers[number] = possible(variable)
            found = self._cells[number] = readers[number](self.sheets[variable.scope])
        return found

    def _by_tables(self, formula: Formula) -> tuple[Bits, Bits]:
        """Where a formula that is too large for a canonical form holds and fails, by Kleene's tables."""
        found = self._kleene.get(id(formula))
        if found is None:
            found = self._kleene[id(formula)] = self._tables(formula)
        return found

    def _tables(self, formula: Formula) -> tuple[Bits, Bits]:
        match formula:
            case Lit(cube, field):
                number = next(i for i, variable in enumerate(self.frame.variables) if variable.bits == field)
                shift = self.frame.variables[number].shift
                return (
                    self._of_literal((number, (field & ~cube) >> shift)),
                    self._of_literal((number, (field & cube) >> shift)),
                )
            case Neg(item):
                holds, fails = self._by_tables(item)
                return fails, holds
            case Conj(items):
                holds, fails = self.all, self.none
                for item in items:
                    one = self._by_tables(item)
                    holds, fails = holds & one[0], fails | one[1]
                return holds, fails
            case Disj(items):
                holds, fails = self.none, self.all
                for item in items:
                    one = self._by_tables(item)
                    holds, fails = holds | one[0], fails & one[1]
                return holds, fails
