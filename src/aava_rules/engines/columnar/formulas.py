"""The states of formulas in every row, 64 rows to a machine word.

A literal of a prime implicant is a column of bits: whether all that is possible lies in the cells
that it allows. What a formula's states are is then a handful of ``&`` and ``|`` for all rows.
"""

from __future__ import annotations

import numpy as np

from ...canonical import Conj, Disj, Form, Formula, Lit, Neg
from ...frames import Frame
from .bits import Bits, packed
from .block import Sheet
from .cells import Cells, possible
from .literals import direct


class Formulas:
    """The states of the formulas of one frame in the rows of its sheets (one for each judged day)."""

    def __init__(self, frame: Frame, sheets: tuple[Sheet, ...]) -> None:
        self.frame, self.sheets = frame, sheets
        self.rows = sheets[0].size
        words = -(-self.rows // 64)
        self.none: Bits = np.zeros(words, np.uint64)
        self.all: Bits = ~self.none
        self._plans: dict[tuple[int, bool], tuple[tuple[tuple[int, int], ...], ...] | None] = frame.compiled.setdefault(
            "columnar", {}
        )
        self._cells: dict[int, Cells] = {}
        self._literals: dict[tuple[int, int], Bits] = {}
        self._sure: dict[tuple[int, bool], Bits] = {}
        self._kleene: dict[int, tuple[Bits, Bits]] = {}

    def surely(self, form: Form) -> Bits:
        """Where the formula surely holds."""
        return self._surely(form, True)

    def surely_not(self, form: Form) -> Bits:
        """Where the formula surely fails."""
        return self._surely(form, False)

    def _surely(self, form: Form, holds: bool) -> Bits:
        key = (id(form), holds)
        found = self._sure.get(key)
        if found is None:
            if key not in self._plans:
                self._plans[key] = self._plan(form, holds)
            plan = self._plans[key]
            if plan is None:
                found = self._by_tables(form.formula)[not holds]
            else:
                found = self.none
                for prime in plan:
                    found = found | self._all_of(prime)
            self._sure[key] = found
        return found

    def _plan(self, form: Form, holds: bool) -> tuple[tuple[tuple[int, int], ...], ...] | None:
        """The prime implicants as literals: number of the variable, and its cells that are not allowed."""
        primes = form.primes(holds)
        if primes is None:
            return None
        variables = list(enumerate(self.frame.variables))
        return tuple(
            tuple(
                (number, (variable.bits & ~prime) >> variable.shift)
                for number, variable in variables
                if variable.bits & ~prime
            )
            for prime in primes
        )

    def _all_of(self, literals: tuple[tuple[int, int], ...]) -> Bits:
        found = self.all
        for literal in literals:
            known = self._literals.get(literal)
            if known is None:
                known = self._literals[literal] = self._literal(*literal)
            found = found & known
        return found

    def _literal(self, number: int, outside: int) -> Bits:
        variable = self.frame.variables[number]
        readers = self.frame.compiled.setdefault("literals", {})
        if number not in readers:
            readers[number] = direct(variable)
        read = readers[number]
        found: Bits | None = None if read is None else read(self.sheets[variable.scope], outside)
        if found is not None:
            return found
        cells = self.cells(number)
        return packed(cells & cells.dtype.type(outside) == 0)

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
                    self._all_of(((number, (field & ~cube) >> shift),)),
                    self._all_of(((number, (field & cube) >> shift),)),
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
