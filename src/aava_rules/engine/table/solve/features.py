"""Features of a program on columns: which cells of their partitions are possible in every row.

The same as the readers of `aava_rules.engine.reference`, a column at a time. Most facts of most tables are as they
came: truth values, whole numbers and days that nothing else could change. Of these a literal is one comparison straight
from the table, and no row needs bounds or a set of cells.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aava_rules.compiler.features import is_whole, next_whole
from aava_rules.compiler.program import Feature, Partition
from aava_rules.engine.table.arrays import Values
from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.columns import Bits, Bools, Code, Column, packed
from aava_rules.engine.table.evaluate.compare import bit_of, compare_constants, orders
from aava_rules.engine.table.evaluate.facts import exact_fact
from aava_rules.engine.table.evaluate.terms import compiled, pair
from aava_rules.language.functions import nullable
from aava_rules.language.syntax import Fact

Cells = NDArray[np.unsignedinteger[Any]]
"""In every row the cells that are possible, the lowest bit for the first cell of the feature."""

_MOST_CELLS: Final = 64


class TooManyCells(Exception):
    """A feature has more cells than a machine word has bits; its rows are answered one by one."""


def possible(feature: Feature) -> Callable[[RowView], Cells]:
    """The function that gives the possible cells of ``feature`` in every row.

    Raises TooManyCells for more than 64 cells.
    """
    width = feature.bits.bit_count()
    if width > _MOST_CELLS:
        raise TooManyCells
    dtype = next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if width <= np.iinfo(kind).bits)
    return _BUILDERS[feature.kind](feature, feature.partition.shifted(), (1 << width) - 1, dtype)


_Build = Callable[[Feature, Partition, int, Any], Callable[[RowView], Cells]]


def _never(feature: Feature, cells: Partition, full: int, dtype: Any) -> Callable[[RowView], Cells]:
    return lambda view: np.full(view.size, full, dtype)


def _known(feature: Feature, cells: Partition, full: int, dtype: Any) -> Callable[[RowView], Cells]:
    read = compiled(feature.terms[0])
    table = np.array([cells.of[False], cells.of[True]], dtype)
    return lambda view: table[read(view).known().view(np.uint8)]


def _has(feature: Feature, cells: Partition, full: int, dtype: Any) -> Callable[[RowView], Cells]:

    term = feature.terms[0]
    read = compiled(term)
    yes, no = cells.of[True], cells.of[False]
    # by whether the word is surely in the set, then whether it may be, then how much is known
    table = np.full(16, full, dtype)
    for code in range(4):
        for sure in (0, 1):
            for maybe in (0, 1):
                at = code * 4 + sure * 2 + maybe
                table[at] = (
                    full
                    if code == Code.UNKNOWN
                    else no
                    if code == Code.ABSENT
                    else yes
                    if sure
                    else full
                    if maybe
                    else no
                )

    def find(view: RowView) -> Cells:
        column = read(view)
        bit = bit_of(term, feature.word, view)
        at = (column.low >> bit & 1) * 2 + (column.high >> bit & 1)
        if column.code is not None:
            at += column.code.astype(np.int64) * 4
        return table[at]

    return find


def _term(feature: Feature, cells: Partition, full: int, dtype: Any) -> Callable[[RowView], Cells]:
    kind = feature.terms[0].type
    build = _truth if kind == "boolean" else _word if kind in ("choice", "text") else _order
    return build(feature, cells, full, dtype)


def _truth(feature: Feature, cells: Partition, full: int, dtype: Any) -> Callable[[RowView], Cells]:
    read = compiled(feature.terms[0])
    false, true, none = cells.of[False], cells.of[True], cells.absent
    table = np.array([false, true, full, full, none, none, full, full], dtype)

    def find(view: RowView) -> Cells:
        column = read(view)
        if column.void:
            return np.full(view.size, full, dtype)
        at = column.low.astype(np.uint8) & 1
        if column.code is not None:
            at |= column.code << 1
        possible_cells: Cells = table[at]
        return possible_cells

    return find


def _word(feature: Feature, cells: Partition, full: int, dtype: Any) -> Callable[[RowView], Cells]:
    read = compiled(feature.terms[0])
    named, other, none = cells.of, cells.other, cells.absent

    def find(view: RowView) -> Cells:
        column = read(view)
        words = view.block.words
        numbers = {words.number(word): bit for word, bit in named.items()}
        table = np.full(len(words.words) + 1, other, dtype)
        for number, bit in numbers.items():
            table[number] = bit
        if column.code is None:
            return table[column.low]
        there = np.where(column.code == 0, column.low, 0)
        return _with_codes(table[there], column, none, full)

    return find


def _order(feature: Feature, cells: Partition, full: int, dtype: Any) -> Callable[[RowView], Cells]:
    read = compiled(feature.terms[0])
    constants, table, none = list(cells.cuts), cells.at, cells.absent
    places = len(table)
    exact = np.array([cell or full for cell in table], dtype)
    # by the place of the least and of the greatest value: everything between them, and that with absence
    spans = np.zeros((2, places, places), dtype)
    for low in range(places):
        between = 0
        for high in range(low, places):
            between |= table[high]
            spans[0, low, high], spans[1, low, high] = between or full, (between | none) or full
    flat = spans.reshape(-1)

    def find(view: RowView) -> Cells:
        column = read(view)
        if column.void:
            return np.full(view.size, full, dtype)
        low, high = compare_constants(column, constants)
        if column.exact and (column.code is None or not (column.code == Code.MAYBE).any()):
            result: Cells = exact[low]
        else:
            at = low.astype(np.int32) * places + high
            if column.code is not None:
                at += (column.code == Code.MAYBE).astype(np.int32) * (places * places)
            result = flat[at]
        if column.code is not None:
            result = _with_codes(result, column, none, full)
        return result

    return find


def _with_codes(cells: Cells, column: Column, none: int, full: int) -> Cells:
    kind = cells.dtype.type
    np.copyto(cells, kind(none), where=column.code == Code.ABSENT)
    np.copyto(cells, kind(full), where=column.code == Code.UNKNOWN)
    return cells


def _pair(feature: Feature, cells: Partition, full: int, dtype: Any) -> Callable[[RowView], Cells]:
    left, right = feature.terms
    both = pair(left, right)
    left_absent, right_absent = nullable(left), nullable(right)
    none = cells.absent
    table = np.array(
        [sum({cells.of[sign] for sign, bit in (("<", 1), ("=", 2), (">", 4)) if at & bit}) for at in range(8)], dtype
    )

    def find(view: RowView) -> Cells:
        a, b = both(view)
        less, equal, greater = orders(a, b)
        at = less.astype(np.uint8) | equal.astype(np.uint8) << 1 | greater.astype(np.uint8) << 2
        possible_cells: Cells = table[at]
        if a.code is None and b.code is None:
            return possible_cells
        maybe = np.zeros(view.size, np.bool_)
        nothing = np.zeros(view.size, np.bool_)
        for column, absent in ((a, left_absent), (b, right_absent)):
            if column.code is None:
                continue
            maybe |= column.code == Code.MAYBE
            nothing |= column.code == Code.ABSENT
            if absent:
                maybe |= column.code == Code.UNKNOWN
        possible_cells |= maybe * dtype(none)
        np.copyto(possible_cells, dtype(none), where=nothing)
        return possible_cells

    return find


_BUILDERS: dict[str, _Build] = {
    "term": _term, "pair": _pair, "has": _has, "known": _known, "judgement": _never, "doubt": _never,
    "lower": _never,
}  # fmt: skip


class Direct:
    """The literals of a fact that is read straight from the table."""

    def __init__(self, name: str, read: _Reader) -> None:
        self._name, self._read = name, read

    def literal(self, view: RowView, outside: int) -> Bits | None:
        """Where the fact surely lies in none of the cells ``outside``, in the rows of ``view``;

        None if it is not as the table has it.
        """
        values = exact_fact(view, self._name)
        if values is None:
            return None
        bits = self._read(view, self._name, values, outside)
        return bits if values.present is None else bits & _bits(view, ("there", self._name), values.present)

    def known(self, view: RowView) -> bool:
        """Whether the fact is known in every row of ``view``."""
        values = exact_fact(view, self._name)
        return values is not None and values.present is None


def direct(feature: Feature) -> Direct | None:
    """What reads the literals of ``feature``; None if it is no fact that can be read straight from a table."""
    term = feature.terms[0] if feature.kind == "term" else None
    if not isinstance(term, Fact) or term.type not in _READERS:
        return None
    return Direct(term.name, _READERS[term.type](feature))


def _bits(view: RowView, key: tuple[str, str], truths: Bools) -> Bits:
    bits: Bits | None = view.block.memo.get(key)
    if bits is None:
        bits = view.block.memo[key] = packed(truths)
    return bits


_Reader = Callable[[RowView, str, Values, int], Bits]


def _truth_of_literal(feature: Feature) -> _Reader:
    false, true = (feature.partition.shifted().of[truth] for truth in (False, True))

    def read(view: RowView, name: str, values: Values, outside: int) -> Bits:
        held = _bits(view, ("holds", name), values.data) if values.bits is None else values.bits
        if not outside & true:
            return held | ~held if not outside & false else held
        return held & ~held if outside & false else ~held

    return read


def _order_by_threshold(feature: Feature) -> _Reader:
    partition = feature.partition.shifted()
    # what lies before the first constant, at it, between it and the next one, and so on; and where each begins
    cells = partition.at
    begins = [
        _number(ordinal) for c in partition.cuts for ordinal in (c if is_whole(c) else next_whole(c), next_whole(c))
    ]

    def read(view: RowView, name: str, values: Values, outside: int) -> Bits:
        allowed: Bits | None = None
        for first, end in _runs([bool(cell) and not cell & outside for cell in cells]):
            here = _from(view, name, values, begins[first - 1]) if first else None
            if end < len(cells):
                below = ~_from(view, name, values, begins[end - 1])
                here = below if here is None else here & below
            elif here is None:
                return ~_nowhere(values)
            allowed = here if allowed is None else allowed | here
        return _nowhere(values) if allowed is None else allowed

    return read


def _number(whole: Any) -> int:
    return whole.toordinal() if isinstance(whole, date) else int(whole)


def _runs(allowed: list[bool]) -> list[tuple[int, int]]:
    """The first place of each run of places that are allowed, and the one after its last."""
    edges = [at for at, (a, b) in enumerate(zip([False, *allowed], [*allowed, False], strict=True)) if a != b]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _nowhere(values: Values) -> Bits:
    return np.zeros(-(-len(values.data) // 64), np.uint64)


def _from(view: RowView, name: str, values: Values, least: int) -> Bits:
    """Which numbers, or days, are so great."""
    key = ("from", name, least)
    bits: Bits | None = view.block.memo.get(key)
    if bits is None:
        bits = view.block.memo[key] = packed(values.data >= least)
    return bits


_READERS: Final[dict[str, Callable[[Feature], _Reader]]] = {
    "boolean": _truth_of_literal,
    "integer": _order_by_threshold,
    "date": _order_by_threshold,
}
