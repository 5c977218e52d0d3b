"""Columns of tables made into arrays: small ones for a whole table, and `Column` for the rows of a block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...record.types import FACTS_MAX, LIST_MAX, text_flaw
from ...values import FIRST_DAY, LAST_DAY
from .columns import ABSENT, NO_HIGH, NO_LOW, OPEN, THERE, Bools, Codes, Column, Days, Ints, Words
from .reading import Spec

EPOCH: Final = date(1970, 1, 1).toordinal()
SCALE: Final = 4
"""Decimals and money are whole numbers of a ten-thousandth; what has more decimals is answered by the record path."""
_FIRST, _LAST = FIRST_DAY.toordinal(), LAST_DAY.toordinal()
_MOST_WORDS = 62
_DAY_TEXT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MONEY_TEXT = r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$"
_FEW_DECIMALS = r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$"
_WHOLE_TEXT = r"^-?[0-9]{1,18}$"


@dataclass(slots=True, eq=False)
class Values:
    """One column of a whole table. ``there`` tells where a value is known; None: in every row.

    ``data`` is as the bounds of a `Column`, in a type as small as its values. Of a field of several
    days it has all days, those of row i from ``starts[i]`` to ``starts[i + 1]``, sorted and distinct.
    """

    type: str
    data: NDArray[Any]
    there: Bools | None = None
    scale: int = 0
    starts: NDArray[np.int64] | None = None

    def only(self, rows: Bools) -> Values:
        """The same of these rows alone."""
        there = None if self.there is None else self.there[rows]
        if self.starts is None:
            return replace(self, data=self.data[rows], there=there)
        lengths = np.diff(self.starts)
        return replace(self, data=self.data[np.repeat(rows, lengths)], there=there, starts=starts_of(lengths[rows]))

    def known_only(self, rows: Bools) -> Values:
        """The same with nothing known outside these rows. Not of fields of several days."""
        return replace(self, there=rows if self.there is None else self.there & rows)

    def column(self, first: int, last: int, none: Bools | None = None) -> Column:
        """The rows from ``first`` to ``last`` (excluded). ``none`` tells where absence means that there is none."""
        low: Ints = self.data[first:last].astype(np.int64)
        there = None if self.there is None else self.there[first:last]
        if there is None or there.all():
            return Column(self.type, low, low, None, self.scale)
        code: Codes = np.where(there, np.uint8(THERE), np.uint8(OPEN))
        if none is not None:
            code[none & ~there] = ABSENT
        high = low
        if self.type in ("integer", "decimal", "money", "date"):
            low, high = np.where(there, low, NO_LOW), np.where(there, low, NO_HIGH)
        return Column(self.type, low, high, code, self.scale)

    def days(self, first: int, last: int) -> Days:
        """The days of the rows from ``first`` to ``last`` (excluded)."""
        assert self.starts is not None
        starts = self.starts[first : last + 1]
        given = np.ones(last - first, np.bool_) if self.there is None else self.there[first:last]
        return Days(starts - starts[0], self.data[starts[0] : starts[-1]].astype(np.int64), given)


@dataclass(slots=True, eq=False)
class Made:
    """A column made into an array.

    ``doubtful`` are the rows that the record path may refuse, ``beyond`` those that it must answer.
    """

    values: Values
    doubtful: Bools | None = None
    beyond: Bools | None = None


def starts_of(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Where each of the rows begins that are so long, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def compacted(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    """The column as an array. ``text``: its cells are texts of CSV, whatever they mean."""
    return _MAKERS[spec.type](series, spec, words, text)


def _there(series: pl.Series) -> Bools | None:
    return None if series.null_count() == 0 else series.is_not_null().to_numpy()


def _lost(before: pl.Series, after: pl.Series) -> Bools | None:
    """The rows whose value could not be read."""
    if before.null_count() == after.null_count():
        return None
    return (before.is_not_null() & after.is_null()).to_numpy()


def _both(first: Bools | None, second: Bools | None) -> Bools | None:
    return second if first is None else first if second is None else first | second


def _outside(data: NDArray[Any], there: Bools | None, low: int | None, high: int | None) -> Bools | None:
    if not len(data) or ((low is None or data.min() >= low) and (high is None or data.max() <= high)):
        return None
    found = np.zeros(len(data), np.bool_)
    if low is not None:
        found |= data < low
    if high is not None:
        found |= data > high
    found = found if there is None else found & there
    return found if found.any() else None


def _number(series: pl.Series, kind: str, spec: Spec, doubtful: Bools | None, scale: int = 0) -> Made:
    """The array of a series of whole numbers, with the rows that are out of bounds."""
    there = _there(series)
    data = series.fill_null(0).to_numpy()
    factor = 10**scale
    low, high = (None if bound is None else bound * factor for bound in (spec.low, spec.high))
    return Made(Values(kind, data, there, scale), _both(doubtful, _outside(data, there, low, high)))


def _boolean(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    doubtful = None
    if text:
        read = (series == "true").set(~series.is_in(["true", "false"]).fill_null(False), None)
        doubtful, series = _lost(series, read), read
    return Made(Values("boolean", series.fill_null(False).to_numpy(), _there(series)), doubtful)


def _day_numbers(series: pl.Series) -> pl.Series:
    """Ordinals of days; null for a text that is no day."""
    if series.dtype == pl.String:
        read = series.str.to_date("%Y-%m-%d", strict=False)
        series = read if series.str.contains(_DAY_TEXT).all() else read.set(~series.str.contains(_DAY_TEXT), None)
    return series.to_physical() + EPOCH


def _date(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    ordinals = _day_numbers(series)
    there = _there(ordinals)
    data = ordinals.fill_null(_FIRST).to_numpy()
    return Made(Values("date", data, there), _both(_lost(series, ordinals), _outside(data, there, _FIRST, _LAST)))


def _integer(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    if text:
        read = series.set(~series.str.contains(_WHOLE_TEXT).fill_null(False), None).cast(pl.Int64)
    else:
        read = series.cast(pl.Int64, strict=False)
        if not series.dtype.is_integer():
            read = read.set((read.cast(series.dtype, strict=False) != series).fill_null(True), None)
    return _number(read, "integer", spec, _lost(series, read))


def _decimal(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    if series.dtype.is_integer():
        whole = series.cast(pl.Int64, strict=False)
        # held within what can be multiplied; the least and greatest are out of bounds anyway
        read = whole.clip(-(10**13), 10**13) * 10**SCALE
    elif series.dtype.is_float():
        read = (series * 10**SCALE).round().cast(pl.Int64, strict=False)
        read = read.set((read / 10**SCALE != series).fill_null(True), None)
    else:
        exact = series
        if text:
            exact = series.set(~series.str.contains(_FEW_DECIMALS).fill_null(False), None)
        fixed = exact.cast(pl.Decimal(38, SCALE), strict=False)
        read = fixed.to_physical().cast(pl.Int64, strict=False)
        if series.dtype.is_decimal() and series.dtype.scale > SCALE:  # type: ignore[attr-defined]
            read = read.set((fixed.cast(series.dtype, strict=False) != series).fill_null(True), None)
    lost = _lost(series, read)
    made = _number(read, spec.type, spec, lost, SCALE)
    made.beyond = lost
    return made


def _money(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    if series.dtype != pl.String:
        return _decimal(series, spec, words, False)
    read = series.set(~series.str.contains(_MONEY_TEXT).fill_null(False), None)
    return _number(
        read.cast(pl.Decimal(38, SCALE)).to_physical().cast(pl.Int64),
        "money",
        Spec("money"),
        _lost(series, read),
        SCALE,
    )


def _numbered(series: pl.Series, kind: str, among: list[str], words: Words) -> Made:
    """The numbers of words; a word that is not among those that may stand here is doubtful."""
    read = series.cast(pl.Enum(among), strict=False)
    numbers = np.array([*map(words.number, among), 0], np.int32)
    physical = read.to_physical().fill_null(0).to_numpy() if among else np.zeros(len(series), np.uint8)
    return Made(Values(kind, numbers[physical], _there(read)), _lost(series, read))


def _choice(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    return _numbered(series, "choice", list(spec.words), words)


def _text(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    found = series.drop_nulls().unique().to_list()
    return _numbered(series, "text", [word for word in found if not text_flaw(word)], words)


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
        return cls(series.explode(empty_as_null=False, keep_nulls=False), starts_of(lengths), _there(series))

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


def _set(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    parts = ListParts.of(split(series) if text else series)
    among = sorted(spec.words)
    read = parts.elements.cast(pl.Enum(among), strict=False)
    wrong = read.is_null().to_numpy() if read.null_count() else np.zeros(0, np.bool_)
    doubtful = _both(parts.rows_of(wrong), parts.longer(FACTS_MAX))
    rows = len(series)
    if len(among) > _MOST_WORDS:
        given = np.ones(rows, np.bool_) if parts.there is None else parts.there
        return Made(Values("set", np.zeros(rows, np.int64), np.zeros(rows, np.bool_)), doubtful, given)
    bits = np.array([*(1 << bit for bit in range(len(among))), 0], np.int64)
    physical = read.to_physical().fill_null(0).to_numpy()
    data = np.zeros(rows, np.int64)
    if len(physical):
        filled = np.diff(parts.starts) > 0
        data[filled] = np.bitwise_or.reduceat(bits[physical], parts.starts[:-1][filled])
    return Made(Values("set", data, parts.there), doubtful)


def _dates(series: pl.Series, spec: Spec, words: Words, text: bool) -> Made:
    parts = ListParts.of(split(series) if text else series)
    ordinals = _day_numbers(parts.elements)
    wrong = ordinals.is_null().to_numpy()
    data: NDArray[np.int32] = ordinals.fill_null(_FIRST).to_numpy()
    outside = _outside(data, None, _FIRST, _LAST)
    doubtful = _both(parts.rows_of(wrong if outside is None else wrong | outside), parts.longer(LIST_MAX))
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


_MAKERS: Final[dict[str, Callable[[pl.Series, Spec, Words, bool], Made]]] = {
    "boolean": _boolean,
    "date": _date,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "choice": _choice,
    "text": _text,
    "set": _set,
    "dates": _dates,
}
