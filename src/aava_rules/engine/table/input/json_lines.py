"""Tables of JSON Lines, read as records in JSON are: the same keys, numbers and texts are right in both.

A cell that is not of its column's type, or that the column cannot hold exactly, is kept beside the column as it was
read, and its client goes through the record path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from aava_rules.language.errors import AdapterError, Fault, RecordError
from aava_rules.record.json_text import parse, without_repeated_keys
from aava_rules.record.normalise import whole_number

SUFFIXES: Final = (".ndjson", ".jsonl")
TWICE: Final = "AR112"
"""The code of a key that is given twice."""
_GREAT: Final = 10**12
"""Numbers that are not as great are held by every column of numbers."""
_PLACES: Final = 4
"""The decimals of a number that a column holds."""


@dataclass(slots=True, eq=False)
class JsonTable:
    """The lines of a table.

    Attributes:
        rows: how many there are; blank lines are none.
        columns: by key, the value of each row, None where a row lacks the key.
        wrong: by row, the faults of lines in which a key stands twice; these keys are left out of their rows.
    """

    rows: int = 0
    columns: dict[str, list[Any]] = field(default_factory=dict)
    wrong: dict[int, tuple[Fault, ...]] = field(default_factory=dict)

    def add(self, cells: dict[str, Any]) -> None:
        """One more row, with ``cells`` by key."""
        for key, value in cells.items():
            column = self.columns.setdefault(key, [])
            column.extend([None] * (self.rows - len(column)))
            column.append(value)
        self.rows += 1


def json_table(name: str, path: Path) -> JsonTable:
    """The table ``name`` in the file ``path``. Raises AdapterError, without contents, if a line is no JSON object."""
    table = JsonTable()
    problem = ""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                try:
                    table.add(parse(line))
                    continue
                except RecordError as error:
                    faults = error.faults
                if any(fault.code != TWICE for fault in faults):
                    problem = f"line {number} {faults[0].what} [{faults[0].code}]"
                    break
                table.wrong[table.rows] = faults
                table.add(without_repeated_keys(line))
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if problem:
        raise AdapterError(f"{name}: {path} cannot be read: {problem}.")
    for column in table.columns.values():
        column.extend([None] * (table.rows - len(column)))
    return table


def column_of(values: list[Any], kind: str) -> tuple[pl.Series, dict[int, Any]]:
    """A column of JSON ``values`` in the type that tables of its ``kind`` have.

    Returns:
        The column, and by row the values that it does not hold, where it is null.
    """
    held = _HELD[kind]
    cells: list[Any] = []
    others: dict[int, Any] = {}
    for row, value in enumerate(values):
        cell = None if value is None else held(value)
        if cell is None and value is not None:
            others[row] = value
        cells.append(cell)
    return pl.Series(cells, dtype=_TYPES[kind]), others


def _boolean(value: Any) -> bool | None:
    return value if value.__class__ is bool else None


def _text(value: Any) -> str | None:
    # half of a surrogate pair is no text that a column can hold
    return value if isinstance(value, str) and (value.isascii() or not _SURROGATES.intersection(value)) else None


_SURROGATES: Final = frozenset(map(chr, range(0xD800, 0xE000)))


def _integer(value: Any) -> int | None:
    if value.__class__ is Decimal:
        value = whole_number(value)
    return value if value.__class__ is int and abs(value) < _GREAT else None


def _decimal(value: Any) -> Decimal | None:
    if value.__class__ is int:
        return Decimal(value) if abs(value) < _GREAT else None
    if not isinstance(value, Decimal):
        return None
    exponent = value.as_tuple().exponent
    is_short = isinstance(exponent, int) and -_PLACES <= exponent <= 0 and abs(value) < _GREAT
    return value if is_short else None


def _money(value: Any) -> str | None:
    if isinstance(value, str):
        return _text(value)
    number = _decimal(value)
    return None if number is None else format(number, "f")


def _texts(value: Any) -> list[str] | None:
    return value if isinstance(value, list) and all(_text(part) is not None for part in value) else None


_HELD: Final[dict[str, Callable[[Any], Any]]] = {
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "date": _text,
    "choice": _text,
    "text": _text,
    "set": _texts,
    "texts": _texts,
    "dates": _texts,
}
"""What a column holds of a JSON value, by the type of the column; None: it does not hold it."""
_TYPES: Final[dict[str, Any]] = {
    "boolean": pl.Boolean,
    "integer": pl.Int64,
    "decimal": pl.Decimal(38, _PLACES),
    "money": pl.String,
    "date": pl.String,
    "choice": pl.String,
    "text": pl.String,
    "set": pl.List(pl.String),
    "texts": pl.List(pl.String),
    "dates": pl.List(pl.String),
}
