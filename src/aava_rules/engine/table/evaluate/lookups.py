"""Values that are looked up in the rulebook: parameters on a day, and the rows of tables.

The same as `Vocabulary.parameter` and ``between`` of the record path, and as the terms ``value_on`` and
``row``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from aava_rules.engine.table.block import Block, Judged, Rows, RowView
from aava_rules.engine.table.columns import (
    NO_HIGH,
    NO_LOW,
    Bools,
    Code,
    Codes,
    Column,
    Ints,
    as_number,
    choose,
    code_where,
)
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.functions import nullable
from aava_rules.language.syntax import Call, Const, Param
from aava_rules.language.values import NONE, UNKNOWN, bounds, interval, may_be_absent

ColumnReader = Callable[[RowView], Column]
_FEW_STEPS: Final = 64
"""Up to so many steps it is faster to compare with each than to search among them."""


def reached(steps: Ints, numbers: Ints) -> Rows:
    """How many of the sorted ``steps`` (shape (k,), int64) each of ``numbers`` (shape (n,), int64) has reached: shape
    (n,), intp.
    """
    if len(steps) > _FEW_STEPS:
        return np.searchsorted(steps, numbers, "right")
    counts = np.zeros(len(numbers), np.uint8)
    for step in steps:
        counts += numbers >= step
    return counts.astype(np.intp)


class LookupValues:
    """The values at the places before, between and after some steps: numbers, words, NONE or UNKNOWN."""

    def __init__(self, kind: str, values: Sequence[Any], view: RowView) -> None:
        self.kind, self.view = kind, view
        self.scale = max((_number(value, view)[1] for value in values), default=0)
        self._low, self._high, self._code = self._arrays(values)

    def at(self, places: Rows) -> Column:
        """The values at ``places``: shape (n,), intp."""
        code = self._code[places]
        low = self._low[places]
        high = self._high[places] if (code == Code.UNKNOWN).any() else low
        return Column(self.kind, low, high, code if code.any() else None, self.scale)

    def among(self, first: Rows, last: Rows, loose: Bools, value_between: Callable[[int, int], Any]) -> Column:
        """The value at a known place, or what lies between two places.

        Args:
            first: shape (n,), intp, the place of each row, or the first one that is possible.
            last: shape (n,), intp, the last place that is possible.
            loose: shape (n,), bool, the rows of which the place is not exactly known.
            value_between: the value (UNKNOWN and intervals included) of places from a first to a last one.
        """
        if not loose.any():
            return self.at(first)
        low, high, code = self._low[first], self._high[first], self._code[first]
        size = len(self._low)
        pairs, which = np.unique(first[loose] * size + last[loose], return_inverse=True)
        computed = self._arrays([value_between(*divmod(int(pair), size)) for pair in pairs])
        low[loose], high[loose], code[loose] = (part[which] for part in computed)
        return Column(self.kind, low, high, code, self.scale)

    def _arrays(self, values: Sequence[Any]) -> tuple[Ints, Ints, Codes]:
        triples = [self._bounds(value) for value in values]
        low, high, code = zip(*triples, strict=True)
        return np.array(low, np.int64), np.array(high, np.int64), np.array(code, np.uint8)

    def _bounds(self, value: Any) -> tuple[int, int, int]:
        if value is UNKNOWN or value is NONE:
            return NO_LOW, NO_HIGH, Code.UNKNOWN if value is UNKNOWN else Code.ABSENT
        low, high = bounds(value)
        return (
            self._whole(low, NO_LOW),
            self._whole(high, NO_HIGH),
            Code.MAYBE if may_be_absent(value) else Code.PRESENT,
        )

    def _whole(self, value: Any, none: int) -> int:
        if value is None:
            return none
        number, scale = _number(value, self.view)
        number *= int(10 ** (self.scale - scale))
        if abs(number) < NO_HIGH:
            return number
        self.view.mark_overflow(np.ones(self.view.size, np.bool_))
        return none


def _number(value: Any, view: RowView) -> tuple[int, int]:
    if value is UNKNOWN or value is NONE:
        return 0, 0
    return (view.block.words.number(value), 0) if isinstance(value, str) else as_number(value)


class Timeline:
    """The values of one parameter by place: place 0 is before the first of them, place i has the i-th one.

    Attributes:
        starts: the first day of each value; ``date.min`` of one without a start.
        values: by place, the value; NONE at place 0.
        since: shape (number of places,), int64, the ordinal of the day since which the value has held; equal values in
            a row are one.
    """

    def __init__(self, block: Block, name: str) -> None:
        values = block.parts.parameters[name].values
        self.starts = [value.start or date.min for value in values]
        self.values = [NONE, *(NONE if value.value is None else value.value for value in values)]
        self._ordinals = np.array([start.toordinal() for start in self.starts], np.int64)
        self.since = np.array([self._since(place) for place in range(len(self.values))], np.int64)
        """By place, the day (ordinal) since which its value has held; equal values in a row are one."""

    def _since(self, place: int) -> int:
        first = max(place - 1, 0)
        while first and self.values[first] == self.values[first + 1]:
            first -= 1
        return self.starts[first].toordinal()

    def places(self, days: Ints) -> Rows:
        """The places of ``days`` or of bounds of days: shape (n,), int64, ordinals, to shape (n,), intp."""
        return reached(self._ordinals, days)

    def judged(self, judged: Judged, rows: int) -> Rows | None:
        """The places of the judged days ``judged`` of so many ``rows``, shape (rows,), intp;

        None if they are not known.
        """
        if judged is None:
            return None
        if isinstance(judged, date):
            return np.broadcast_to(self.places(np.array([judged.toordinal()])), rows)
        return self.places(judged)

    def first_day(self, place: int) -> date | None:
        """The first day of the place ``place``; None if it has none."""
        return self.starts[place - 1] if place else None

    def any_day(self, place: int) -> date | None:
        """A day of the place ``place``; None if there is no such day."""
        if place:
            return self.starts[place - 1]
        return self.starts[0] - ONE_DAY if self.starts and self.starts[0] > date.min else None


def timeline(block: Block, name: str) -> Timeline:
    """The values of the parameter ``name`` in the rulebook of ``block``, arranged once a block."""
    line: Timeline | None = block.memo.get(("timeline", name))
    if line is None:
        line = block.memo["timeline", name] = Timeline(block, name)
    return line


def parameter(param: Param) -> ColumnReader:
    """The function that gives the value of the parameter ``param`` on the judged day of each row of a view."""

    def read(view: RowView) -> Column:
        line = timeline(view.block, param.name)
        places = line.judged(view.judged_by, view.size)
        return view.empty(param.type) if places is None else LookupValues(param.type, line.values, view).at(places)

    return read


def value_on(call: Call, read_day: ColumnReader) -> ColumnReader:
    """The value of a parameter on a day; of a day that is not known, the bounds of all values that it may have.

    Args:
        call: the term, with the parameter as its first argument.
        read_day: what gives the column of the day.
    """
    param, day = call.args
    assert isinstance(param, Param)
    name, absent = param.name, nullable(day)

    def read(view: RowView) -> Column:
        on = read_day(view)
        line = timeline(view.block, name)

        def value_between(first: int, last: int) -> Any:
            return view.block.vocabulary.between(name, line.first_day(first), line.any_day(last))

        lookup = LookupValues(call.type, line.values, view)
        first = line.places(on.low)
        last = first if on.exact else line.places(on.high)
        column = lookup.among(first, last, ~on.known(), value_between)
        perhaps = (Code.MAYBE, Code.UNKNOWN) if absent else (Code.MAYBE,)
        return _absent_where(on, _perhaps_absent_where(on, column, perhaps))

    return read


def row(call: Call, read_key: ColumnReader) -> ColumnReader:
    """The cell of a table in the row of the greatest key that does not exceed a number.

    Args:
        call: the term, with the table (a constant or a parameter), the number and the name of the column.
        read_key: what gives the column of the number.
    """
    table, _, name = call.args
    assert isinstance(table, (Const, Param)) and isinstance(name, str)

    def read(view: RowView) -> Column:
        key = read_key(view)
        if isinstance(table, Const):
            return _in_table(table.value, name, key, view, call.type)
        line = timeline(view.block, table.name)
        places = line.judged(view.judged_by, view.size)
        if places is None:
            return _in_table(UNKNOWN, name, key, view, call.type)
        column = view.empty(call.type)
        for place in np.unique(places):
            cells = _in_table(line.values[int(place)], name, key, view, call.type)
            column = choose(places == place, cells, column)
        return column

    return read


def _in_table(table: Any, name: str, key: Column, view: RowView, kind: str) -> Column:
    if table is NONE or table is UNKNOWN:
        there = LookupValues(kind, [table], view).at(np.zeros(view.size, np.intp))
        return _absent_where(key, there)
    keys = sorted(table)
    cells = [NONE, *(table[row_key][name] for row_key in keys)]
    # a key that columns cannot hold is farther than every number that they hold
    steps = np.array([min(max(row_key * 10**key.scale, -NO_HIGH), NO_HIGH) for row_key in keys], np.int64)

    def value_between(first: int, last: int) -> Any:
        possible_cells = set(cells[first : last + 1])
        if len(possible_cells) == 1:
            return possible_cells.pop()
        words = NONE in possible_cells or any(isinstance(cell, str) for cell in possible_cells)
        return UNKNOWN if words else interval(min(possible_cells), max(possible_cells))

    first = reached(steps, key.low)
    last = first if key.exact else reached(steps, key.high)
    column = LookupValues(kind, cells, view).among(first, last, first != last, value_between)
    if key.code is not None and (key.code == Code.UNKNOWN).any():
        column = choose(key.code == Code.UNKNOWN, view.empty(kind), column)
    return _absent_where(key, _perhaps_absent_where(key, column))


def _perhaps_absent_where(key: Column, column: Column, codes: tuple[int, ...] = (Code.MAYBE,)) -> Column:
    """The column, of which a value may be absent where the key has one of ``codes``; of words nothing is then known."""
    if key.code is None:
        return column
    perhaps = np.isin(key.code, codes) & (column.codes() == Code.PRESENT)
    if not perhaps.any():
        return column
    code = np.where(perhaps, Code.UNKNOWN if column.type in ("choice", "text") else Code.MAYBE, column.codes()).astype(
        np.uint8
    )
    return Column(column.type, column.low, column.high, code, column.scale)


def _absent_where(operand: Column, column: Column) -> Column:
    """The column, absent where an operand of it is."""
    if operand.code is None:
        return column
    absent = operand.code == Code.ABSENT
    if not absent.any():
        return column
    code = code_where(absent, Code.ABSENT, column.codes())
    return Column(column.type, column.low, column.high, code, column.scale)
