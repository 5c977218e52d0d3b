"""Columns of lists made into arrays: sets of words into bits, and days one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.engine.table.arrays import FIRST, LAST, Made, Values, both, day_numbers, outside, starts_of, there_of
from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.input.schema import Spec
from aava_rules.record.checks import FACTS_MAX, LIST_MAX

MOST_WORDS: Final = 62
"""Sets of more words have no bits for all of them."""


def split(series: pl.Series) -> pl.Series:
    """The lists that texts of CSV mean: their parts are separated by ``;``, and ``;`` alone is the empty list."""
    nothing = pl.lit([], dtype=pl.List(pl.String))
    parts = pl.when(pl.first() == ";").then(nothing).otherwise(pl.first().str.split(";"))
    return series.to_frame().select(parts.alias(series.name)).to_series()


@dataclass(slots=True, eq=False)
class ListParts:
    """The elements of a column of lists: all of them one after another, and where those of each row begin."""

    elements: pl.Series
    starts: NDArray[np.int64]
    there: Bools | None

    @classmethod
    def of(cls, series: pl.Series) -> ListParts:
        """The elements of a column of lists."""
        lengths = series.list.len().fill_null(0).to_numpy()
        return cls(series.explode(empty_as_null=False, keep_nulls=False), starts_of(lengths), there_of(series))

    def rows_of(self, elements: Bools) -> Bools | None:
        """The rows that have one of these elements."""
        if not elements.any():
            return None
        found = np.zeros(len(self.starts) - 1, np.bool_)
        found[np.searchsorted(self.starts, np.flatnonzero(elements), "right") - 1] = True
        return found

    def longer(self, most: int) -> Bools | None:
        """The rows that have more elements than so many."""
        found: Bools = np.diff(self.starts) > most
        return found if found.any() else None


def sets(series: pl.Series, spec: Spec, text: bool) -> Made:
    """Sets of words as bits: the first of the sorted words is the lowest."""
    parts = ListParts.of(split(series) if text else series)
    among = sorted(spec.words)
    read = parts.elements.cast(pl.Enum(among), strict=False)
    wrong = read.is_null().to_numpy() if read.null_count() else np.zeros(0, np.bool_)
    doubtful = both(parts.rows_of(wrong), parts.longer(FACTS_MAX))
    rows = len(series)
    if len(among) > MOST_WORDS:
        given = np.ones(rows, np.bool_) if parts.there is None else parts.there
        return Made(Values("set", np.zeros(rows, np.int64), np.zeros(rows, np.bool_)), doubtful, given)
    bits = np.array([*(1 << bit for bit in range(len(among))), 0], np.int64)
    physical = read.to_physical().fill_null(0).to_numpy()
    data = np.zeros(rows, np.int64)
    if len(physical):
        filled = np.diff(parts.starts) > 0
        data[filled] = np.bitwise_or.reduceat(bits[physical], parts.starts[:-1][filled])
    return Made(Values("set", data, parts.there), doubtful)


def several_days(series: pl.Series, text: bool) -> Made:
    """The days of every row, sorted and distinct."""
    parts = ListParts.of(split(series) if text else series)
    ordinals = day_numbers(parts.elements)
    wrong = ordinals.is_null().to_numpy()
    data: NDArray[np.int32] = ordinals.fill_null(FIRST).to_numpy()
    beyond = outside(data, None, FIRST, LAST)
    doubtful = both(parts.rows_of(wrong if beyond is None else wrong | beyond), parts.longer(LIST_MAX))
    starts = parts.starts
    if len(data) and not _ascending(data, starts):
        rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        order = np.lexsort((data, rows))
        data, rows = data[order], rows[order]
        first = np.ones(len(data), np.bool_)
        first[1:] = (data[1:] != data[:-1]) | (rows[1:] != rows[:-1])
        data, starts = data[first], starts_of(np.bincount(rows[first], minlength=len(starts) - 1))
    return Made(Values("dates", data, parts.there, 0, starts), doubtful)


def _ascending(data: NDArray[Any], starts: NDArray[np.int64]) -> bool:
    """Whether the days of every row are sorted and distinct."""
    rising = np.empty(len(data), np.bool_)
    rising[1:] = data[1:] > data[:-1]
    rising[starts[:-1][np.diff(starts) > 0]] = True
    return bool(rising.all())
