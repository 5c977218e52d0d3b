"""Frames and rows that a host holds in memory, as tables of a mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from aava_rules.language.errors import AdapterError
from aava_rules.mapping.plan import SourceRow
from aava_rules.record.host_values import as_mapping


def host_tables(tables: Mapping[str, Any]) -> dict[str, Callable[[], Iterable[SourceRow]]]:
    """What a host holds in memory as tables that `SourceMapping.join` takes.

    Args:
        tables: by its name, each table: a frame of pandas or polars, a table of Arrow, or an iterable of rows, each a
            mapping, dataclass or model of pydantic. What can be iterated only once is held in memory.
    """
    return {name: partial(_rows, name, _repeatable(data)) for name, data in tables.items()}


def _repeatable(data: Any) -> Any:
    is_table = any(hasattr(data, method) for method in ("itertuples", "iter_rows", "to_batches"))
    return data if is_table or not isinstance(data, Iterator) else list(data)


def _rows(name: str, data: Any) -> Iterator[SourceRow]:
    for number, row in enumerate(_records(data), start=1):
        cells = as_mapping(row)
        if cells is None:
            raise AdapterError(f"{name} row {number}: is neither a mapping nor an object with fields.")
        yield SourceRow(f"{name} row {number}", cells)


def _records(data: Any) -> Iterable[Any]:
    if hasattr(data, "itertuples"):  # pandas
        columns = [str(column) for column in data.columns]
        return (dict(zip(columns, row, strict=True)) for row in data.itertuples(index=False, name=None))
    if hasattr(data, "iter_rows"):  # polars
        rows: Iterable[Any] = data.iter_rows(named=True)
        return rows
    if hasattr(data, "to_batches"):  # Arrow
        return (row for batch in data.to_batches() for row in batch.to_pylist())
    iterable: Iterable[Any] = data
    return iterable
