"""Clients of tables given back as records, so that the record path can read, answer and explain them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from aava_rules.engine.table.input.schema import TRUTHS, ColumnSpec, TypedTable
from aava_rules.language.values import without_zeros
from aava_rules.record.checks import DECIMAL_PLACES

if TYPE_CHECKING:
    from aava_rules.engine.table.columns import Bools
    from aava_rules.engine.table.input.joins import Joined

_TOGETHER: Final = 1_000
_WHOLE = re.compile(r"(-?[0-9]{1,18})(\.0{1,12})?", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)


@dataclass(slots=True, eq=False)
class SourceTables:
    """Tables as they came.

    Attributes:
        clients: the table of clients.
        joined: the items by list.
        known: by list, shape (n,), bool, whose list is known.
    """

    clients: TypedTable
    joined: dict[str, Joined]
    known: dict[str, Bools]


def records_of(sources: SourceTables, rows: Iterable[int]) -> Iterator[dict[str, Any]]:
    """The clients of the rows ``rows`` of ``sources`` as records, read some at a time."""
    pending = iter(rows)
    while chunk := list(islice(pending, _TOGETHER)):
        yield from _records(sources, chunk)


def _records(sources: SourceTables, rows: list[int]) -> Iterator[dict[str, Any]]:
    clients = _plain_rows(sources.clients, np.array(rows))
    items = {name: _items(joined, rows) for name, joined in sources.joined.items()}
    for number, (row, known) in enumerate(zip(rows, clients, strict=True)):
        record: dict[str, Any] = {"id": known.pop("id", None)}
        since: dict[str, Any] = {}
        for key, value in known.items():
            section, _, name = key.partition(".")
            if section == "facts":
                _put_fact(record.setdefault("facts", {}), name, value)
            elif section == "client":
                record.setdefault("client", {})[name] = value
            elif section == "from":
                since[name] = value
            elif section != "known":
                record[key] = value
        for name, values in items.items():
            if sources.known[name][row]:
                record[name] = values[number]
        if since:
            record["complete_from"] = since
        yield record


def _put_fact(facts: dict[str, Any], name: str, value: Any) -> None:
    name, _, side = name.partition(".")
    if not side:
        facts[name] = value
        return
    bounds = facts.setdefault(name, {})
    if isinstance(bounds, dict):
        bounds[side] = value


def _items(joined: Joined, rows: list[int]) -> list[list[dict[str, Any]]]:
    ranges = [(int(joined.starts[row]), int(joined.starts[row + 1])) for row in rows]
    wanted = np.concatenate([np.arange(first, last) for first, last in ranges])
    rows_of_items = iter(_plain_rows(joined.read, wanted, joined.source))
    return [list(islice(rows_of_items, last - first)) for first, last in ranges]


def _plain_rows(
    read: TypedTable, rows: np.ndarray[Any, Any], source: np.ndarray[Any, Any] | None = None
) -> list[dict[str, Any]]:
    """What is known in these rows, by column, as a record has it; ``source`` are the rows that they were once."""
    if not read.frame.width:  # items that have no field but their client
        return [{} for _ in rows]
    readers = {name: _reader(spec, read.text) for name, spec in read.specs.items() if name in read.frame.columns}
    plain_rows = [
        {name: readers[name](value) for name, value in row.items() if value is not None}
        for row in read.frame[rows].to_dicts()
    ]
    if read.others:
        for row, cells in zip((rows if source is None else source[rows]).tolist(), plain_rows, strict=True):
            cells.update((name, value) for name, value in read.others.get(row, {}).items() if name in readers)
    return plain_rows


def _same(value: Any) -> Any:
    return value


def _reader(spec: ColumnSpec, text: bool) -> Callable[[Any], Any]:
    if text:
        return _OF_TEXT.get(spec.type, _same)
    return _OF_VALUES.get(spec.type, _same)


def _whole(value: Any) -> Any:
    """A whole number as an int, whatever the type of its column."""
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value == int(value) else value
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


def _exact(value: Any) -> Any:
    """A decimal without the zeros that the type of its column adds; a float counts as what it is printed as."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return value
        value = Decimal(repr(value))
    if not isinstance(value, Decimal):
        return value
    try:
        short = without_zeros(value)
    except DecimalException:
        return value  # more digits than any number that is read
    exponent = int(short.as_tuple().exponent)
    # what has more zeros than any number that is read stays as it is, and is refused
    return short if exponent <= 0 or exponent > DECIMAL_PLACES else Decimal(int(short))


def _decimal_text(value: str) -> Any:
    return Decimal(value) if _DECIMAL.fullmatch(value) else value


def _list_text(value: str) -> list[str]:
    return [] if value == ";" else value.split(";")


_OF_VALUES: Final[dict[str, Callable[[Any], Any]]] = {"integer": _whole, "decimal": _exact}
_OF_TEXT: Final[dict[str, Callable[[Any], Any]]] = {
    "boolean": lambda value: TRUTHS.get(value, value),
    "integer": lambda value: int(whole[1]) if (whole := _WHOLE.fullmatch(value)) else value,
    "decimal": _decimal_text,
    "set": _list_text,
    "dates": _list_text,
    "texts": _list_text,
}
