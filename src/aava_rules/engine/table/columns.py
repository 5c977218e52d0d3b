"""Columns: what is known of one term in every row of a block, in arrays; and truths of rows as bits.

A `Column` is for many clients what one value is for one: a known value, bounds, a known absence, or nothing at all.
`Bits` hold a truth for each of 64 rows in a machine word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aava_rules.language.values import EXACT, NONE, UNKNOWN, Interval, interval


class Code:
    """How much is known of a value: the numbers of ``Column.code``."""

    PRESENT: Final = 0
    """The value exists: it is known where both bounds meet, else it lies between them."""
    MAYBE: Final = 1
    """The value lies between the bounds, or does not exist."""
    ABSENT: Final = 2
    """The value is known not to exist."""
    UNKNOWN: Final = 3
    """Nothing is known of the value, not even whether it exists."""


NO_LOW: Final = -(1 << 60)
NO_HIGH: Final = 1 << 60
"""Bounds that are none. Values stay far below them: rows whose numbers would not are marked as overflow."""
MOST_WORDS: Final = 62
"""Words that the sets of a column may have, as each has a bit of an int64."""

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.uint8]


@dataclass(slots=True, eq=False)
class Column:
    """What is known of one term in every row.

    Attributes:
        type: the type of the vocabulary (``boolean``, ``integer``, ``decimal``, ``money``, ``date``, ``choice``,
            ``text``, ``set``; ``dates`` of a field of several days, of which a column says only whether it is known).
        low, high: shape (n,), int64, the least and the greatest that each value can be; one and the same array where no
            value lies between bounds. Of truth values that come straight from a table: bool.
        code: shape (n,), uint8, how much is known of each row (see `Code`); None if every value exists.
        scale: decimals and money are whole numbers of 10 ** -``scale``; 0 for all else.
        void: whether nothing is known of any row, so that the arrays need not be read.

    Whole numbers are themselves, days their ordinals (``date.toordinal``), truth values 0 and 1, words the numbers that
    `Words` gives them. Of a set ``low`` has a bit for each word that is surely in it and ``high`` for each that may be.
    Bounds of rows that are `Code.UNKNOWN` are `NO_LOW` and `NO_HIGH` (of truth values, words and sets they mean
    nothing); those of rows that are `Code.ABSENT` mean nothing. Nothing ever writes into the arrays of a column.
    """

    type: str
    low: Ints
    high: Ints
    code: Codes | None = None
    scale: int = 0
    void: bool = False

    def __len__(self) -> int:
        return len(self.low)

    @property
    def exact(self) -> bool:
        """Whether no value lies between bounds."""
        return self.low is self.high

    def codes(self) -> Codes:
        """The code of every row: shape (n,), uint8."""
        return np.zeros(len(self.low), np.uint8) if self.code is None else self.code

    def known(self) -> Bools:
        """Where the value is exactly known, a known absence included: shape (n,), bool."""
        settled = np.ones(len(self.low), np.bool_) if self.exact else self.low == self.high
        if self.code is None:
            return settled
        known: Bools = (self.code == Code.ABSENT) | ((self.code == Code.PRESENT) & settled)
        return known

    def take(self, rows: NDArray[np.intp]) -> Column:
        """The column of the rows whose numbers ``rows`` has (shape (m,), intp), in their order."""
        if self.void:
            return unknown(self.type, len(rows))
        low = self.low[rows]
        code = None if self.code is None else self.code[rows]
        return Column(self.type, low, low if self.exact else self.high[rows], code, self.scale)

    def rescaled(self, scale: int) -> Column:
        """The same numbers in units of 10 ** -``scale``, which must not be coarser than they are.

        Raises ScaleOverflow if a number does not fit.
        """
        if scale == self.scale:
            return self
        factor = 10 ** (scale - self.scale)
        low = self._scaled(self.low, factor)
        return Column(self.type, low, low if self.exact else self._scaled(self.high, factor), self.code, scale)

    def _scaled(self, bounds: Ints, factor: int) -> Ints:
        great = (np.abs(bounds) >= max(NO_HIGH // factor, 1)) & (bounds > NO_LOW) & (bounds < NO_HIGH)
        if great.any() and (great & (self.codes() < Code.ABSENT)).any():
            raise ScaleOverflow
        scaled = bounds * min(factor, NO_HIGH)  # with a factor as great as all bounds there are only zeros
        return np.where(bounds <= NO_LOW, NO_LOW, np.where(bounds >= NO_HIGH, NO_HIGH, scaled))

    def value(self, row: int) -> Any:
        """The value of the row number ``row`` as facts have it: a date, a number, a truth value, UNKNOWN, NONE or an
        Interval.

        Not of words and sets: their names are in the `Words` of the block.
        """
        code = Code.PRESENT if self.code is None else int(self.code[row])
        if code == Code.UNKNOWN:
            return UNKNOWN
        if code == Code.ABSENT:
            return NONE
        low, high = self._bound(int(self.low[row])), self._bound(int(self.high[row]))
        return Interval(low, high, absent=True) if code == Code.MAYBE else interval(low, high)

    def _bound(self, number: int) -> Any:
        if number in (NO_LOW, NO_HIGH):
            return None
        if self.type == "date":
            return date.fromordinal(number)
        if self.type == "boolean":
            return bool(number)
        return EXACT.scaleb(Decimal(number), -self.scale) if self.scale else number


class ScaleOverflow(Exception):
    """Some numbers of a column are too large for int64 in the units of other, finer ones."""


def constant(kind: str, value: Any, rows: int) -> Column:
    """A column that has one known value in every row. Not of words and sets.

    Args:
        kind: the type of the column.
        value: a day, a number or a truth value; UNKNOWN or NONE.
        rows: how many rows the column has.
    """
    if value is UNKNOWN:
        return unknown(kind, rows)
    if value is NONE:
        nothing = np.zeros(rows, np.int64)
        return Column(kind, nothing, nothing, np.full(rows, Code.ABSENT, np.uint8))
    number, scale = as_number(value)
    low = np.full(rows, number, np.int64)
    return Column(kind, low, low, None, scale)


@lru_cache(256)
def unknown(kind: str, rows: int) -> Column:
    """A column of the type ``kind`` with so many ``rows``, of which nothing is known."""
    # one value seen from every row: nothing is written into columns, so it need not be repeated
    low, high = np.broadcast_to(_NO_LOW, rows), np.broadcast_to(_NO_HIGH, rows)
    return Column(kind, low, high, np.broadcast_to(_OPEN, rows), void=True)


_NO_LOW: Final = np.int64(NO_LOW)
_NO_HIGH: Final = np.int64(NO_HIGH)
_OPEN: Final = np.uint8(Code.UNKNOWN)


def as_number(value: Any) -> tuple[int, int]:
    """A day, number or truth value ``value`` as columns have it: the whole number and its scale."""
    if isinstance(value, date):
        return value.toordinal(), 0
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        scale = max(0, -exponent) if isinstance(exponent, int) else 0
        return int(EXACT.scaleb(value, scale)), scale
    return int(value), 0


def choose(where: Bools, first: Column, second: Column) -> Column:
    """The rows of ``first`` where the mask ``where`` (shape (n,), bool) holds, those of ``second`` elsewhere.

    Raises ScaleOverflow if their numbers cannot be held in the same units.
    """
    if first.void and second.void:
        return first
    scale = max(first.scale, second.scale)
    a, b = first.rescaled(scale), second.rescaled(scale)
    low = np.where(where, a.low, b.low)
    high = low if a.exact and b.exact else np.where(where, a.high, b.high)
    code = None if a.code is None and b.code is None else np.where(where, a.codes(), b.codes())
    return Column(first.type, low, high, code, scale)


def code_where(where: Bools, code: int | Codes, otherwise: int | Codes) -> Codes:
    """The code in every row: ``code`` where the mask ``where`` holds, ``otherwise`` elsewhere; shape (n,), uint8."""
    first = np.uint8(code) if isinstance(code, int) else code
    second = np.uint8(otherwise) if isinstance(otherwise, int) else otherwise
    codes: Codes = np.where(where, first, second)
    return codes


def unknown_where(rows: Bools, column: Column) -> Column:
    """The column ``column`` of which nothing is known in the rows of the mask ``rows`` (shape (n,), bool)."""
    low = np.where(rows, NO_LOW, column.low)
    code = code_where(rows, Code.UNKNOWN, column.codes())
    return Column(column.type, low, np.where(rows, NO_HIGH, column.high), code, column.scale)


def between(kind: str, low: Ints, high: Ints, code: Codes | None = None, scale: int = 0) -> Column:
    """A column of bounds. Rows that have neither bound are `Code.UNKNOWN`, as an interval without bounds is unknown.

    Args:
        kind: the type of the column.
        low: shape (n,), int64, the least values; `NO_LOW` where there is no bound.
        high: shape (n,), int64, the greatest values; `NO_HIGH` where there is no bound.
        code: shape (n,), uint8, how much is known of each row; None if every value exists.
        scale: the bounds are whole numbers of 10 ** -``scale``.
    """
    low, high = np.maximum(low, NO_LOW), np.minimum(high, NO_HIGH)
    boundless = (low <= NO_LOW) & (high >= NO_HIGH)
    if boundless.any():
        code = np.zeros(len(low), np.uint8) if code is None else code.copy()
        code[boundless & (code != Code.ABSENT)] = Code.UNKNOWN
    return Column(kind, low, high, code, scale)


class Words:
    """The numbers of words: one for each word of one load of tables, whichever field it stands in.

    Threads may share it.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: list[str] = []
        self._lock = Lock()

    def number(self, word: str) -> int:
        """The number of ``word``; a new one if it was not seen before."""
        number = self._numbers.get(word)
        if number is None:
            with self._lock:  # blocks are answered by several threads
                number = self._numbers.setdefault(word, len(self._words))
                if number == len(self._words):
                    self._words.append(word)
        return number

    def word(self, number: int) -> str:
        """The word of ``number``."""
        return self._words[number]

    @property
    def words(self) -> tuple[str, ...]:
        """Every word by its number."""
        return tuple(self._words)


@dataclass(slots=True, eq=False)
class Days:
    """A field of several days in every row.

    Attributes:
        starts: shape (n + 1,), int64: row i has ``days[starts[i]:starts[i + 1]]``.
        days: shape (m,), int64, ordinals of days, sorted and distinct within a row.
        known: shape (n,), bool, the rows of which the days are known; the others have none here.
    """

    starts: NDArray[np.int64]
    days: Ints
    known: Bools


Bits = NDArray[np.uint64]
"""A truth for each row: bit i of the i-th row; the bits past the last row mean nothing."""


def packed(truths: Bools | NDArray[np.unsignedinteger[Any]]) -> Bits:
    """The bits of ``truths``: shape (n,), bool, or whole numbers, of which each that is not 0 is true.

    Returns shape (ceil(n / 64),), uint64.
    """
    packed_bytes = np.packbits(truths, bitorder="little")
    return (packed_bytes if len(packed_bytes) % 8 == 0 else _padded(packed_bytes)).view(np.uint64)


def _padded(packed_bytes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    padded = np.zeros(-(-len(packed_bytes) // 8) * 8, np.uint8)
    padded[: len(packed_bytes)] = packed_bytes
    return padded


def every(rows: int) -> Bits:
    """The bits of a column that is true in so many ``rows``, with none set past the last one."""
    bits = np.full(-(-rows // 64), ~np.uint64(0))
    if rows % 64:
        bits[-1] = ~(~np.uint64(0) << np.uint64(rows % 64))
    return bits


def codes_of_bits(rows: int, *numbers: tuple[int, Bits]) -> NDArray[np.uint8]:
    """The number of the bits in which each row is; 0 of those in none. No row may be in several.

    Args:
        rows: how many rows there are.
        numbers: each a number from 1 to 255 and the bits of its rows.

    Returns: shape (rows,), uint8.
    """
    codes = np.zeros(rows, np.uint8)
    for number, bits in numbers:
        if bits.any():
            here = unpacked(bits, rows).view(np.uint8)
            codes += here if number == 1 else here * np.uint8(number)
    return codes


def unpacked(bits: Bits, rows: int) -> Bools:
    """The truths of the first ``rows`` rows that ``bits`` has: shape (rows,), bool."""
    return np.unpackbits(bits.view(np.uint8), count=rows, bitorder="little").view(np.bool_)
