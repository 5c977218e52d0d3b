"""Nested tables: a row a client with its lists inside, split into tables; and answers in types that all systems know.

Tables that are read for no rulebook get a vocabulary from their columns: each of no other name is a fact.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.input.schema import (
    CLIENT_ROW,
    TWICE,
    UNKNOWN_COLUMN,
    WRONG_TYPE,
    ArrowStream,
    client_specs,
    opened,
    type_name,
)
from aava_rules.engine.table.input.validate import InvalidRow, invalid_frame, shown_id
from aava_rules.language.errors import Fault, RecordError
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import FactDef, Parts

NO_ITEM: Final = "AR115"
"""The code of a record whose item is no object."""
Items = tuple[NDArray[np.uint32], pl.Series]


def apart(source: ArrowStream) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The tables ``clients``, ``benefits``, ``plans``, ``periods`` and ``events`` of one nested table ``source``.

    A list that is null, or whose column is not there, is not known. Items name their client by its row, so ids need not
    differ. Clients who have a null instead of an item are left out; their faults are the second result, with columns as
    in `INVALID_SCHEMA`.

    Raises RecordError for columns of lists that are of the wrong type, and AdapterError for a table that cannot be
    read.
    """
    frame, _ = opened("clients", source)
    faults = [fault for name in lists() for fault in _column_faults(name, frame)]
    if faults:
        raise RecordError("tables", faults)
    items = {name: _items(name, frame) for name in lists()}
    refused, rows = _null_items(frame, items)
    if rows:
        frame = frame.filter(~pl.Series(refused))
        items = {name: _items(name, frame) for name in lists()}
    list_columns = [name for name in lists() if name in frame.columns]
    known = [
        (frame[name].is_not_null() if name in list_columns else pl.lit(False)).alias(f"{name}_known")
        for name in lists()
    ]
    # each stands where its list stood, so that the numbers of columns in faults are those of the source
    columns = [f"{name}_known" if name in list_columns else name for name in frame.columns]
    columns += [f"{name}_known" for name in lists() if name not in list_columns]
    tables = {"clients": frame.with_columns(known).select(columns)}
    for name, (owners, structs) in items.items():
        fields = structs.struct.unnest().get_columns() if isinstance(structs.dtype, pl.Struct) else []
        tables[name] = pl.DataFrame([pl.Series(CLIENT_ROW, owners), *fields])
    return tables, invalid_frame(rows)


def _column_faults(name: str, frame: pl.DataFrame) -> list[Fault]:
    """What is wrong with the columns of one list."""
    faults = []
    if f"{name}_known" in frame.columns:
        hint = f"Leave it out, and let {name} be null where they are not known."
        faults.append(Fault(f"clients.{name}_known", UNKNOWN_COLUMN, "is an unknown column", hint=hint))
    dtype = frame.schema.get(name, pl.Null())
    inner = dtype.inner if isinstance(dtype, pl.List) else dtype
    if inner == pl.Null:
        return faults
    if not isinstance(dtype, pl.List) or not isinstance(inner, pl.Struct):
        kind = "a struct" if isinstance(inner, pl.Struct) else type_name(inner)
        held = f"lists of {kind}" if isinstance(dtype, pl.List) else kind
        faults.append(Fault(f"clients.{name}", WRONG_TYPE, f"holds {held}", "It must hold lists of structs."))
        return faults
    for field in inner.fields:
        if field.name in ("client", CLIENT_ROW):
            hint = "Leave it out: an item is of the client in whose row it is."
            faults.append(Fault(f"{name}.{field.name}", TWICE, "says again whose item it is", hint=hint))
    return faults


def _items(name: str, frame: pl.DataFrame) -> Items:
    """The row of the client whose each item of a list is, and the items below one another."""
    series = frame.get_column(name, default=None)
    if series is None or not isinstance(series.dtype, pl.List):
        return np.zeros(0, np.uint32), pl.Series(dtype=pl.Null)
    counts = series.list.len().fill_null(0)
    owners = np.repeat(np.arange(frame.height, dtype=np.uint32), counts.to_numpy())
    return owners, series.filter(counts > 0).explode()


def _null_items(frame: pl.DataFrame, items: dict[str, Items]) -> tuple[Bools, list[InvalidRow]]:
    """The clients who have a null instead of an item, which is no item of which nothing is known."""
    refused = np.zeros(frame.height, np.bool_)
    rows: list[InvalidRow] = []
    for name, (owners, structs) in items.items():
        for place in np.flatnonzero(structs.is_null().to_numpy()).tolist():
            row = int(owners[place])
            position = place - int(np.searchsorted(owners, row))
            fault = Fault(f"{name}[{position}]", NO_ITEM, "is not an object", hint="Leave out what is no item.")
            rows.append(InvalidRow(shown_id(frame["id"][row]) if "id" in frame.columns else None, name, None, fault))
            refused[row] = True
    return refused, rows


PLAIN: Final[dict[Any, str]] = {
    pl.String(): "string",
    pl.Int64(): "bigint",
    pl.Boolean(): "boolean",
    pl.Date(): "date",
    pl.List(pl.String()): "array<string>",
}
"""The types of plain answers, and what SQL calls them."""


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """The answers ``frame`` in the few types of `PLAIN`.

    Exact numbers are texts such as ``54.1``, of no fixed decimals.
    """
    return frame.select(_plain(name, dtype) for name, dtype in frame.schema.items())


def _plain(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Decimal):
        text = column.cast(pl.String)
        return text.str.strip_chars_end("0").str.strip_chars_end(".") if dtype.scale else text
    if dtype.is_integer():
        return column.cast(pl.Int64)
    return column.cast(pl.String) if isinstance(dtype, (pl.Enum, pl.Categorical)) else column


_BOUNDS = {"at_least", "at_most"}


def any_facts(schema: Iterable[tuple[str, Any]]) -> Vocabulary:
    """The vocabulary of the facts that columns of clients seem to hold, from the names and types of ``schema``."""
    known = {*client_specs(_parts({})), *lists()}
    facts: dict[str, FactDef] = {}
    for column, dtype in schema:
        if column in known:
            continue
        name, bounded = _fact(column.removeprefix("facts."), dtype)
        if bounded or name not in facts:
            facts[name] = FactDef(name, "integer" if bounded else _type(dtype), "", {})
    return Vocabulary(_parts(facts))


def _fact(name: str, dtype: Any) -> tuple[str, bool]:
    """The fact of a column, and whether the column is a bound of it."""
    for separator in (".", "_"):
        for side in _BOUNDS:
            if name.endswith(separator + side) and dtype.is_numeric():
                return name.removesuffix(separator + side), True
    return name, False


def _type(dtype: Any) -> str:
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_decimal():
        return "decimal"
    if dtype.is_numeric():
        return "integer"  # of floats, those that are whole become whole numbers
    if dtype.is_temporal():
        return "date"
    return "set" if isinstance(dtype, (pl.List, pl.Array)) else "text"


def _parts(facts: dict[str, FactDef]) -> Parts:
    return Parts((), "", facts, {}, {}, {}, {}, {}, {}, {}, {}, (), {}, {})
