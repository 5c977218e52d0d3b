"""The states of formulas in every row, 64 rows to a machine word.

A literal of a prime implicant is a column of bits: whether all that is possible lies in the cells that it allows. The
states of a formula are then a handful of ``&`` and ``|`` for all rows. A formula may have hundreds of prime implicants
that differ in a literal or two: taking the literal that most of them have out of all that have it, again and again,
leaves a tree that says the same with a fraction of the operations. Parts that are alike are one object, whichever
formula of a program they come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from aava_rules.compiler.formula import Conj, Disj, Formula, Lit, Neg
from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import Program
from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.columns import Bits, every, packed
from aava_rules.engine.table.solve.features import Cells, Direct, direct, possible

Literal = tuple[int, int]
"""The number of a feature, and its cells that are not allowed."""
Cubes = frozenset[frozenset[Literal]]
"""Literals that must all hold, for each way in which a formula can."""


class Plan:
    """Literals and other plans of which all, or one at least, must hold. Of none, all hold, and none does.

    Attributes:
        every: whether all must hold.
        literals, parts: the literals and the other plans.
        operations: how many operations on whole columns it takes at most.
        features: the numbers of the features that it reads.
    """

    __slots__ = ("every", "features", "literals", "operations", "parts")

    def __init__(self, every: bool, literals: tuple[Literal, ...], parts: tuple[Plan, ...]) -> None:
        self.every, self.literals, self.parts = every, literals, parts
        self.operations: int = max(len(literals) + len(parts) - 1, 0) + sum(part.operations for part in parts)
        """How many operations on whole columns it takes at most."""
        numbers = [number for number, _ in literals]
        numbers += [number for part in parts for number in part.features]
        self.features: tuple[int, ...] = tuple(dict.fromkeys(numbers))
        """The numbers of the features that it reads."""


class Planner:
    """Makes the plans of one frame's formulas. Threads that ask at once may make a part twice, which does no harm."""

    def __init__(self) -> None:
        self._alike: dict[tuple[bool, frozenset[Literal], frozenset[int]], Plan] = {}
        """Every plan by what it is made of; parts by their ``id``, since they are here themselves."""

    def plan(self, cubes: Cubes) -> Plan:
        """The plan of ``cubes``, none of which lies in another one."""
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
        own, kept_parts = set(literals), dict[int, Plan]()
        for part in parts:
            if part.every is every or len(part.literals) + len(part.parts) == 1:
                own.update(part.literals)
                kept_parts.update((id(inner), inner) for inner in part.parts)
            else:
                kept_parts[id(part)] = part
        key = (every, frozenset(own), frozenset(kept_parts))
        plan = self._alike.get(key)
        if plan is None:
            plan = self._alike[key] = Plan(every, tuple(sorted(own)), tuple(kept_parts.values()))
        return plan


class Formulas:
    """The states of the formulas of one program in the rows of its views (one for each judged day).

    Attributes:
        views: the rows, by scope.
        rows: how many rows there are.
        all, none: the bits of every row and of no row.
    """

    def __init__(self, program: Program, views: tuple[RowView, ...]) -> None:
        self.program, self.views = program, views
        self.rows = views[0].size
        self.all: Bits = every(self.rows)
        self.none: Bits = np.zeros_like(self.all)
        self._plans: dict[tuple[int, bool], Plan | None] = program.compiled.setdefault("columnar", {})
        self._cells: dict[int, Cells] = {}
        self._literals: dict[Literal, Bits] = {}
        self._worked_out: dict[Plan, Bits] = {}
        self._known: dict[int, bool] = {}
        self._kleene: dict[int, tuple[Bits, Bits]] = {}

    def surely(self, form: CompiledFormula) -> Bits:
        """Where the formula ``form`` surely holds."""
        return self._surely(form, True)

    def surely_not(self, form: CompiledFormula) -> Bits:
        """Where the formula ``form`` surely fails."""
        return self._surely(form, False)

    def _surely(self, form: CompiledFormula, holds: bool) -> Bits:
        plan = self._plan(form, holds)
        if plan is None:
            return self._by_tables(form.formula)[not holds]
        bits = self._worked_out.get(plan)
        if bits is not None:
            return bits
        # where nothing is unknown, it holds or it fails
        opposite = self._plan(form, not holds) if self._all_known(plan) else None
        if opposite is not None and (opposite in self._worked_out or opposite.operations < plan.operations):
            bits = self._worked_out[plan] = ~self._of_plan(opposite)
            return bits
        return self._of_plan(plan)

    def _all_known(self, plan: Plan) -> bool:
        """Whether every fact of a formula is known in every row; its negation has the same facts."""
        return all(self._is_known(number) for number in plan.features)

    def _is_known(self, number: int) -> bool:
        is_known = self._known.get(number)
        if is_known is None:
            reader = self._direct(number)
            view = self.views[self.program.features[number].scope]
            is_known = self._known[number] = reader is not None and reader.known(view)
        return is_known

    def _plan(self, form: CompiledFormula, holds: bool) -> Plan | None:
        """The plan of a formula, or of its negation; None if it has too many prime implicants."""
        key = (id(form), holds)
        if key not in self._plans:
            primes = form.primes(holds)
            planner: Planner = self.program.compiled.setdefault("planner", Planner())
            self._plans[key] = None if primes is None else planner.plan(frozenset(map(self._literals_of, primes)))
        return self._plans[key]

    def _literals_of(self, prime: int) -> frozenset[Literal]:
        return frozenset(
            (number, (feature.bits & ~prime) >> feature.partition.shift)
            for number, feature in enumerate(self.program.features)
            if feature.bits & ~prime
        )

    def _of_plan(self, plan: Plan) -> Bits:
        """Where a plan holds."""
        bits = self._worked_out.get(plan)
        if bits is None:
            bits = self._worked_out[plan] = self._combined(plan)
        return bits

    def _combined(self, plan: Plan) -> Bits:
        combine = np.bitwise_and if plan.every else np.bitwise_or
        several = [*map(self._of_literal, plan.literals), *map(self._of_plan, plan.parts)]
        if len(several) < 2:
            return several[0] if several else self.all if plan.every else self.none
        combined: Bits = combine(several[0], several[1])
        for operand in several[2:]:
            combine(combined, operand, out=combined)
        return combined

    def _of_literal(self, literal: Literal) -> Bits:
        bits = self._literals.get(literal)
        if bits is None:
            bits = self._literals[literal] = self._literal(*literal)
        return bits

    def _literal(self, number: int, outside: int) -> Bits:
        reader = self._direct(number)
        if reader is not None:
            bits = reader.literal(self.views[self.program.features[number].scope], outside)
            if bits is not None:
                return bits
        cells = self.cells(number)
        return ~packed(cells & cells.dtype.type(outside))

    def _direct(self, number: int) -> Direct | None:
        readers: dict[int, Direct | None] = self.program.compiled.setdefault("literals", {})
        if number not in readers:
            readers[number] = direct(self.program.features[number])
        return readers[number]

    def cells(self, number: int) -> Cells:
        """The possible cells of the program's feature ``number`` in every row."""
        cells = self._cells.get(number)
        if cells is None:
            feature = self.program.features[number]
            readers = self.program.compiled.setdefault("cells", {})
            if number not in readers:
                readers[number] = possible(feature)
            cells = self._cells[number] = readers[number](self.views[feature.scope])
        return cells

    def _by_tables(self, formula: Formula) -> tuple[Bits, Bits]:
        """Where a formula that is too large for a canonical form holds and fails, by Kleene's tables."""
        truth = self._kleene.get(id(formula))
        if truth is None:
            truth = self._kleene[id(formula)] = self._tables(formula)
        return truth

    def _tables(self, formula: Formula) -> tuple[Bits, Bits]:
        match formula:
            case Lit(cube, field):
                number = next(i for i, feature in enumerate(self.program.features) if feature.bits == field)
                shift = self.program.features[number].partition.shift
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
                    truth = self._by_tables(item)
                    holds, fails = holds & truth[0], fails | truth[1]
                return holds, fails
            case Disj(items):
                holds, fails = self.none, self.all
                for item in items:
                    truth = self._by_tables(item)
                    holds, fails = holds | truth[0], fails & truth[1]
                return holds, fails
