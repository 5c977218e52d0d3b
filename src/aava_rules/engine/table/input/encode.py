"""Columns of tables become arrays, by what they hold: one value in a row, sets of words, or several days.

Sets become bits, and days of several rows lie one after another. What the array cannot hold, or looks wrong, is marked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.engine.table.arrays import (
    EncodedColumn,
    Values,
    day_numbers,
    either,
    out_of_bounds,
    presence,
    starts_of,
    unreadable,
)
from aava_rules.engine.table.columns import MOST_WORDS, Bools, Words, packed
from aava_rules.engine.table.input.schema import TRUTHS, ColumnSpec
from aava_rules.language.dates import FIRST_ORDINAL, LAST_ORDINAL
from aava_rules.record.checks import FACTS_MAX, LIST_MAX, text_flaw


def split_texts(series: pl.Series) -> pl.Series:
    """The lists that the texts of ``series`` mean: in CSV parts are separated by ``;``, and ``;`` alone is the empty
    list.
    """
    nothing = pl.lit([], dtype=pl.List(pl.String))
    parts = pl.when(pl.first() == ";").then(nothing).otherwise(pl.first().str.split(";"))
    return series.to_frame().select(parts.alias(series.name)).to_series()


@dataclass(slots=True, eq=False)
class ListParts:
    """The elements of a column of lists: all of them one after another.

    Attributes:
        elements: all elements.
        starts: shape (n + 1,), int64, where those of each row begin, and where those of the last one end.
        present: shape (n,), bool, the rows that have a list; None: all of them.
    """

    elements: pl.Series
    starts: NDArray[np.int64]
    present: Bools | None

    @classmethod
    def of(cls, series: pl.Series) -> ListParts:
        """The elements of ``series``, a column of lists."""
        lengths = series.list.len().fill_null(0).to_numpy()
        return cls(series.explode(empty_as_null=False, keep_nulls=False), starts_of(lengths), presence(series))

    def rows_of(self, elements: Bools) -> Bools | None:
        """The rows that have an element of the mask ``elements`` (shape (m,), bool): shape (n,), bool; None: no row."""
        if not elements.any():
            return None
        rows = np.zeros(len(self.starts) - 1, np.bool_)
        rows[np.searchsorted(self.starts, np.flatnonzero(elements), "right") - 1] = True
        return rows

    def longer(self, most: int) -> Bools | None:
        """The rows that have more elements than ``most``: shape (n,), bool; None: no row."""
        too_long: Bools = np.diff(self.starts) > most
        return too_long if too_long.any() else None


def sets(series: pl.Series, spec: ColumnSpec, text: bool) -> EncodedColumn:
    """Sets of words as bits: the first of the sorted words is the lowest.

    Args:
        series: lists of texts, or texts of CSV.
        spec: the words that there are.
        text: whether the cells are texts of CSV.

    Returns: an int64 a row. Sets of more words than `MOST_WORDS` are marked as overflow where they are known.
    """
    parts = ListParts.of(split_texts(series) if text else series)
    among = sorted(spec.words)
    read = parts.elements.cast(pl.Enum(among), strict=False)
    wrong = read.is_null().to_numpy() if read.null_count() else np.zeros(0, np.bool_)
    suspect = either(parts.rows_of(wrong), parts.longer(FACTS_MAX))
    rows = len(series)
    if len(among) > MOST_WORDS:
        has_value = np.ones(rows, np.bool_) if parts.present is None else parts.present
        return EncodedColumn(Values("set", np.zeros(rows, np.int64), np.zeros(rows, np.bool_)), suspect, has_value)
    bits = np.array([*(1 << bit for bit in range(len(among))), 0], np.int64)
    physical = read.to_physical().fill_null(0).to_numpy()
    data = np.zeros(rows, np.int64)
    if len(physical):
        filled = np.diff(parts.starts) > 0
        data[filled] = np.bitwise_or.reduceat(bits[physical], parts.starts[:-1][filled])
    return EncodedColumn(Values("set", data, parts.present), suspect)


def encode_days(series: pl.Series, text: bool) -> EncodedColumn:
    """The days of every row, sorted and distinct, as int32 ordinals.

    Args:
        series: lists of days or of texts, or texts of CSV.
        text: whether the cells are texts of CSV.
    """
    parts = ListParts.of(split_texts(series) if text else series)
    ordinals = day_numbers(parts.elements)
    wrong = ordinals.is_null().to_numpy()
    data: NDArray[np.int32] = ordinals.fill_null(FIRST_ORDINAL).to_numpy()
    out_of_range = out_of_bounds(data, None, FIRST_ORDINAL, LAST_ORDINAL)
    suspect = either(parts.rows_of(wrong if out_of_range is None else wrong | out_of_range), parts.longer(LIST_MAX))
    starts = parts.starts
    if len(data) and not _ascending(data, starts):
        rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        order = np.lexsort((data, rows))
        data, rows = data[order], rows[order]
        first = np.ones(len(data), np.bool_)
        first[1:] = (data[1:] != data[:-1]) | (rows[1:] != rows[:-1])
        data, starts = data[first], starts_of(np.bincount(rows[first], minlength=len(starts) - 1))
    return EncodedColumn(Values("dates", data, parts.present, 0, starts), suspect)


def _ascending(data: NDArray[Any], starts: NDArray[np.int64]) -> bool:
    """Whether the days of every row are sorted and distinct."""
    rising = np.empty(len(data), np.bool_)
    rising[1:] = data[1:] > data[:-1]
    rising[starts[:-1][np.diff(starts) > 0]] = True
    return bool(rising.all())


SCALE: Final = 4
"""Decimals and money are whole numbers of a ten-thousandth; what has more decimals is answered by the record path."""
_SMALL: Final = (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16)
_SHORT: Final = (np.dtype(np.int8), np.dtype(np.int16))
_AMOUNT = r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$"
_WHOLE = r"^-?[0-9]{1,18}(\.0{1,12})?$"
_NO_DECIMALS = r"\.0+$"


def encode_column(series: pl.Series, spec: ColumnSpec, words: Words, text: bool) -> EncodedColumn:
    """The column as an array, and the rows that need another look.

    Args:
        series: the column.
        spec: what the column holds.
        words: the numbers of words, shared by all columns of a load.
        text: whether the cells are texts of CSV, whatever they mean.

    Returns: one value for each of the n rows, or all days of each row if the column holds several.
    """
    return _MAKERS[spec.type](series, spec, words, text)


def _number(series: pl.Series, kind: str, spec: ColumnSpec, suspect: Bools | None, scale: int = 0) -> EncodedColumn:
    """The array of a series of whole numbers, with the rows that are out of bounds."""
    present = presence(series)
    data = series.fill_null(0).to_numpy()
    factor = 10**scale
    low, high = (None if bound is None else bound * factor for bound in (spec.low, spec.high))
    return EncodedColumn(
        Values(kind, _small(data), present, scale), either(suspect, out_of_bounds(data, present, low, high))
    )


def _small(data: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in one byte or two each, if all of them fit, as most counts do: comparing is reading them."""
    if len(data) and data.dtype.itemsize > 1:
        least, most = int(data.min()), int(data.max())
        for kind in _SHORT:
            if kind.itemsize < data.dtype.itemsize and np.iinfo(kind).min <= least and most <= np.iinfo(kind).max:
                return data.astype(kind)
    return data


def _boolean(series: pl.Series, spec: ColumnSpec, words: Words, text: bool) -> EncodedColumn:
    suspect = None
    if text:
        read = series.replace_strict(TRUTHS, default=None, return_dtype=pl.Boolean)
        suspect, series = unreadable(series, read), read
    data = series.fill_null(False).to_numpy()
    return EncodedColumn(Values("boolean", data, presence(series), bits=packed(data)), suspect)


def _date(series: pl.Series, spec: ColumnSpec, words: Words, text: bool) -> EncodedColumn:
    ordinals = day_numbers(series)
    present = presence(ordinals)
    data = ordinals.fill_null(FIRST_ORDINAL).to_numpy()
    return EncodedColumn(
        Values("date", data, present),
        either(unreadable(series, ordinals), out_of_bounds(data, present, FIRST_ORDINAL, LAST_ORDINAL)),
    )


def _integer(series: pl.Series, spec: ColumnSpec, words: Words, text: bool) -> EncodedColumn:
    if text:
        whole = series.set(~series.str.contains(_WHOLE).fill_null(False), None)
        read = whole.str.replace(_NO_DECIMALS, "").cast(pl.Int64)
    else:
        small = series.dtype in _SMALL
        read = series if small else series.cast(pl.Int64, strict=False)
        if not series.dtype.is_integer():
            read = read.set((read.cast(series.dtype, strict=False) != series).fill_null(True), None)
    return _number(read, "integer", spec, unreadable(series, read))


def _decimal(series: pl.Series, spec: ColumnSpec, words: Words, text: bool) -> EncodedColumn:
    if series.dtype.is_integer():
        whole = series.cast(pl.Int64, strict=False)
        # held within what can be multiplied; the least and greatest are out of bounds anyway
        read = whole.clip(-(10**13), 10**13) * 10**SCALE
    elif series.dtype.is_float():
        read = _of_floats(series)
    else:
        exact = series
        if text:
            exact = series.set(~series.str.contains(_AMOUNT).fill_null(False), None)
        fixed = exact.cast(pl.Decimal(38, SCALE), strict=False)
        read = fixed.to_physical().cast(pl.Int64, strict=False)
        if isinstance(series.dtype, pl.Decimal) and series.dtype.scale > SCALE:
            read = read.set((fixed.cast(series.dtype, strict=False) != series).fill_null(True), None)
    more = unreadable(series, read)
    encoded = _number(read, spec.type, spec, more, SCALE)
    encoded.overflow = more
    return encoded


def _of_floats(series: pl.Series) -> pl.Series:
    """The whole numbers of the smallest decimal that are printed as these floats are; null where there is none."""
    # polars divides by a constant inexactly
    floats = series.fill_null(0).to_numpy()
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(floats * 10**SCALE)
        exact = (np.abs(scaled) < 10**15) & (scaled / 10**SCALE == floats) & series.is_not_null().to_numpy()
    return pl.Series(np.where(exact, scaled, 0).astype(np.int64)).set(~pl.Series(exact), None)


def _money(series: pl.Series, spec: ColumnSpec, words: Words, text: bool) -> EncodedColumn:
    if series.dtype != pl.String:
        return _decimal(series, spec, words, False)
    read = series.set(~series.str.contains(_AMOUNT).fill_null(False), None)
    return _number(
        read.cast(pl.Decimal(38, SCALE)).to_physical().cast(pl.Int64),
        "money",
        ColumnSpec("money"),
        unreadable(series, read),
        SCALE,
    )


def _numbered(series: pl.Series, kind: str, among: list[str], words: Words) -> EncodedColumn:
    """The numbers of words; a word that may not be in the column is suspect."""
    read = series.cast(pl.Enum(among), strict=False)
    numbers = np.array([*map(words.number, among), 0], np.int32)
    physical = read.to_physical().fill_null(0).to_numpy() if among else np.zeros(len(series), np.uint8)
    return EncodedColumn(Values(kind, numbers[physical], presence(read)), unreadable(series, read))


def _choice(series: pl.Series, spec: ColumnSpec, words: Words, text: bool) -> EncodedColumn:
    return _numbered(series, "choice", list(spec.words), words)


def _text(series: pl.Series, spec: ColumnSpec, words: Words, text: bool) -> EncodedColumn:
    distinct = series.drop_nulls().unique().to_list()
    return _numbered(series, "text", [word for word in distinct if not text_flaw(word)], words)


_MAKERS: Final[dict[str, Callable[[pl.Series, ColumnSpec, Words, bool], EncodedColumn]]] = {
    "boolean": _boolean,
    "date": _date,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "choice": _choice,
    "text": _text,
    "set": lambda series, spec, words, text: sets(series, spec, text),
    "dates": lambda series, spec, words, text: encode_days(series, text),
}
