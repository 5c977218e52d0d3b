"""Literals read straight from the table: which rows have a fact that surely lies in some cells, as bits.

Most facts of most tables are as they are given: booleans and whole numbers that nothing else could
change. Of these a literal is one comparison, and no row needs bounds or a set of cells.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import numpy as np

from aava_rules.compiler.partition import Variable, constants_of, is_whole, next_whole
from aava_rules.engine.table.arrays import Values
from aava_rules.engine.table.bits import Bits, packed
from aava_rules.engine.table.block import Sheet
from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.evaluate.facts import raw_fact
from aava_rules.language.syntax import Fact


class Direct:
    """The literals of a fact that is read straight from the table."""

    def __init__(self, name: str, read: _Reader) -> None:
        self._name, self._read = name, read

    def literal(self, sheet: Sheet, outside: int) -> Bits | None:
        """Where the fact lies outside of some cells in no case; None if it is not as the table has it."""
        values = raw_fact(sheet, self._name)
        if values is None:
            return None
        found = self._read(sheet, self._name, values, outside)
        return found if values.there is None else found & _bits(sheet, ("there", self._name), values.there)

    def known(self, sheet: Sheet) -> bool:
        """Whether it is known in every row."""
        values = raw_fact(sheet, self._name)
        return values is not None and values.there is None


def direct(variable: Variable) -> Direct | None:
    """What reads the literals of a laid-out variable; None if it is no fact that can be read so."""
    term = variable.terms[0] if variable.kind == "term" else None
    if not isinstance(term, Fact) or term.type not in _READERS:
        return None
    return Direct(term.name, _READERS[term.type](variable))


def _bits(sheet: Sheet, key: tuple[str, str], truths: Bools) -> Bits:
    found: Bits | None = sheet.block.memo.get(key)
    if found is None:
        found = sheet.block.memo[key] = packed(truths)
    return found


_Reader = Callable[[Sheet, str, Values, int], Bits]


def _truth(variable: Variable) -> _Reader:
    false, true = (variable.cells[truth] >> variable.shift for truth in (False, True))

    def read(sheet: Sheet, name: str, values: Values, outside: int) -> Bits:
        held = _bits(sheet, ("holds", name), values.data) if values.bits is None else values.bits
        if not outside & true:
            return held | ~held if not outside & false else held
        return held & ~held if outside & false else ~held

    return read


def _order(variable: Variable) -> _Reader:
    constants = constants_of(variable)
    # what lies before the first constant, at it, between it and the next one, and so on; and where each begins
    cells = [variable.cells.get((at // 2, bool(at % 2)), 0) >> variable.shift for at in range(2 * len(constants) + 1)]
    begins = [_number(one) for c in constants for one in (c if is_whole(c) else next_whole(c), next_whole(c))]

    def read(sheet: Sheet, name: str, values: Values, outside: int) -> Bits:
        found: Bits | None = None
        for first, end in _runs([bool(cell) and not cell & outside for cell in cells]):
            here = _from(sheet, name, values, begins[first - 1]) if first else None
            if end < len(cells):
                below = ~_from(sheet, name, values, begins[end - 1])
                here = below if here is None else here & below
            elif here is None:
                return ~_nowhere(values)
            found = here if found is None else found | here
        return _nowhere(values) if found is None else found

    return read


def _number(whole: Any) -> int:
    return whole.toordinal() if isinstance(whole, date) else int(whole)


def _runs(allowed: list[bool]) -> list[tuple[int, int]]:
    """The first place of each run of places that are allowed, and the one after its last."""
    edges = [at for at, (a, b) in enumerate(zip([False, *allowed], [*allowed, False], strict=True)) if a != b]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _nowhere(values: Values) -> Bits:
    return np.zeros(-(-len(values.data) // 64), np.uint64)


def _from(sheet: Sheet, name: str, values: Values, least: int) -> Bits:
    """Which numbers, or days, are so great."""
    key = ("from", name, least)
    found: Bits | None = sheet.block.memo.get(key)
    if found is None:
        found = sheet.block.memo[key] = packed(values.data >= least)
    return found


_READERS: Final[dict[str, Callable[[Variable], _Reader]]] = {"boolean": _truth, "integer": _order, "date": _order}
