"""What columns of tables are made into: small arrays for a whole table, a `Column` for the rows of a block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Bits, Bools, Code, Codes, Column, Days, Ints

EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY_TEXT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


@dataclass(slots=True, eq=False)
class Values:
    """One column of a whole table, in arrays as small as its values.

    Attributes:
        type: the type of the vocabulary.
        data: shape (n,), of the smallest dtype that holds the values; as the bounds of a `Column`. Of a field of
            several days shape (m,): all days, sorted and distinct within a row.
        present: shape (n,), bool, where a value is known; None: in every row.
        scale: decimals and money are whole numbers of 10 ** -``scale``.
        starts: of a field of several days, shape (n + 1,), int64: row i has ``data[starts[i]:starts[i + 1]]``.
        bits: truth values once more, 64 rows to a machine word, for formulas.
    """

    type: str
    data: NDArray[Any]
    present: Bools | None = None
    scale: int = 0
    starts: NDArray[np.int64] | None = None
    bits: Bits | None = None

    def only(self, rows: Bools) -> Values:
        """The same of the rows of the mask ``rows`` alone: shape (n,), bool."""
        present = None if self.present is None else self.present[rows]
        if self.starts is None:
            return replace(self, data=self.data[rows], present=present, bits=None)
        lengths = np.diff(self.starts)
        return replace(self, data=self.data[np.repeat(rows, lengths)], present=present, starts=starts_of(lengths[rows]))

    def known_only(self, rows: Bools) -> Values:
        """The same with nothing known outside the mask ``rows`` (shape (n,), bool). Not of fields of several days."""
        return replace(self, present=rows if self.present is None else self.present & rows)

    def rows(self, first: int, last: int) -> Values:
        """The same of the rows from ``first`` to ``last`` (excluded). Not of fields of several days."""
        present = None if self.present is None else self.present[first:last]
        bits = None if self.bits is None or first % 64 else self.bits[first // 64 : -(-last // 64)]
        return replace(self, data=self.data[first:last], present=present, bits=bits)

    def column(self, first: int, last: int, none: Bools | None = None) -> Column:
        """The rows from ``first`` to ``last`` (excluded) as a `Column`.

        Args:
            first: the first row.
            last: the row after the last one.
            none: shape (last - first,), bool, the rows in which absence means that there is none; None: in no row.
        """
        low: Ints = self.data[first:last]
        if self.type != "boolean":  # truth values stay small: nothing is reckoned with them
            low = low.astype(np.int64)
        present = None if self.present is None else self.present[first:last]
        if present is None or present.all():
            return Column(self.type, low, low, None, self.scale)
        code: Codes = np.where(present, np.uint8(Code.PRESENT), np.uint8(Code.UNKNOWN))
        if none is not None:
            code[none & ~present] = Code.ABSENT
        high = low
        if self.type in ("integer", "decimal", "money", "date"):
            low, high = np.where(present, low, NO_LOW), np.where(present, low, NO_HIGH)
        return Column(self.type, low, high, code, self.scale)

    def days(self, first: int, last: int) -> Days:
        """The days of the rows from ``first`` to ``last`` (excluded)."""
        assert self.starts is not None
        starts = self.starts[first : last + 1]
        known = np.ones(last - first, np.bool_) if self.present is None else self.present[first:last]
        return Days(starts - starts[0], self.data[starts[0] : starts[-1]].astype(np.int64), known)


@dataclass(slots=True, eq=False)
class EncodedColumn:
    """A column of a table as an array, and the rows that need another look.

    Attributes:
        values: what the array holds.
        suspect: shape (n,), bool, the rows that the record path may refuse; None: no row.
        overflow: shape (n,), bool, the rows that the record path must answer, as the array cannot hold their value.
    """

    values: Values
    suspect: Bools | None = None
    overflow: Bools | None = None


def starts_of(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Where each row begins, and where the last one ends: shape (n + 1,), int64, for ``lengths`` of shape (n,)."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def presence(series: pl.Series) -> Bools | None:
    """Where ``series`` has values: shape (n,), bool; None: in every row."""
    return None if series.null_count() == 0 else series.is_not_null().to_numpy()


def unreadable(before: pl.Series, after: pl.Series) -> Bools | None:
    """The rows that have a value in ``before`` and none in ``after``, as it could not be read: shape (n,), bool;

    None: no row.
    """
    if before.null_count() == after.null_count():
        return None
    return (before.is_not_null() & after.is_null()).to_numpy()


def either(first: Bools | None, second: Bools | None) -> Bools | None:
    """The rows of ``first`` or ``second``, masks of shape (n,), bool; None stands for no row."""
    return second if first is None else first if second is None else first | second


def out_of_bounds(data: NDArray[Any], present: Bools | None, low: int | None, high: int | None) -> Bools | None:
    """The rows whose number is out of bounds.

    Args:
        data: shape (n,), whole numbers.
        present: shape (n,), bool, the rows that have a number; None: all of them.
        low: the least number allowed; None: any.
        high: the greatest number allowed; None: any.

    Returns: shape (n,), bool; None if no row is.
    """
    if not len(data) or ((low is None or data.min() >= low) and (high is None or data.max() <= high)):
        return None
    out_of_range = np.zeros(len(data), np.bool_)
    if low is not None:
        out_of_range |= data < low
    if high is not None:
        out_of_range |= data > high
    out_of_range = out_of_range if present is None else out_of_range & present
    return out_of_range if out_of_range.any() else None


def day_numbers(series: pl.Series) -> pl.Series:
    """The ordinals of the days of ``series``; null for a text that is no day of the form ``YYYY-MM-DD``."""
    if series.dtype == pl.String:
        read = series.str.to_date("%Y-%m-%d", strict=False)
        series = read if series.str.contains(_DAY_TEXT).all() else read.set(~series.str.contains(_DAY_TEXT), None)
    return series.to_physical() + EPOCH
