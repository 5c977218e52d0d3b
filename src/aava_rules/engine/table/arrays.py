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
    """One column of a whole table. ``present`` tells where a value is known; None: in every row.

    ``data`` is as the bounds of a `Column`, in a type as small as its values. Of a field of several
    days it has all days, those of row i from ``starts[i]`` to ``starts[i + 1]``, sorted and distinct.
    ``bits`` has truth values once more, 64 rows to a machine word, for formulas.
    """

    type: str
    data: NDArray[Any]
    present: Bools | None = None
    scale: int = 0
    starts: NDArray[np.int64] | None = None
    bits: Bits | None = None

    def only(self, rows: Bools) -> Values:
        """The same of these rows alone."""
        present = None if self.present is None else self.present[rows]
        if self.starts is None:
            return replace(self, data=self.data[rows], present=present, bits=None)
        lengths = np.diff(self.starts)
        return replace(self, data=self.data[np.repeat(rows, lengths)], present=present, starts=starts_of(lengths[rows]))

    def known_only(self, rows: Bools) -> Values:
        """The same with nothing known outside these rows. Not of fields of several days."""
        return replace(self, present=rows if self.present is None else self.present & rows)

    def rows(self, first: int, last: int) -> Values:
        """The same of the rows from ``first`` to ``last`` (excluded). Not of fields of several days."""
        present = None if self.present is None else self.present[first:last]
        bits = None if self.bits is None or first % 64 else self.bits[first // 64 : -(-last // 64)]
        return replace(self, data=self.data[first:last], present=present, bits=bits)

    def column(self, first: int, last: int, none: Bools | None = None) -> Column:
        """The rows from ``first`` to ``last`` (excluded). ``none`` tells where absence means that there is none."""
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
    """A column made into an array.

    ``suspect`` are the rows that the record path may refuse, ``overflow`` those that it must answer.
    """

    values: Values
    suspect: Bools | None = None
    overflow: Bools | None = None


def starts_of(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Where each of the rows begins that are so long, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def presence(series: pl.Series) -> Bools | None:
    """Where a column has values; None: in every row."""
    return None if series.null_count() == 0 else series.is_not_null().to_numpy()


def lost(before: pl.Series, after: pl.Series) -> Bools | None:
    """The rows whose value could not be read."""
    if before.null_count() == after.null_count():
        return None
    return (before.is_not_null() & after.is_null()).to_numpy()


def both(first: Bools | None, second: Bools | None) -> Bools | None:
    """The rows of either; None for none."""
    return second if first is None else first if second is None else first | second


def outside(data: NDArray[Any], present: Bools | None, low: int | None, high: int | None) -> Bools | None:
    """The rows whose number is out of bounds."""
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
    """Ordinals of days; null for a text that is no day."""
    if series.dtype == pl.String:
        read = series.str.to_date("%Y-%m-%d", strict=False)
        series = read if series.str.contains(_DAY_TEXT).all() else read.set(~series.str.contains(_DAY_TEXT), None)
    return series.to_physical() + EPOCH
