"""Nested tables of clients, and what `decide_table` answers to the same clients in one piece."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pyarrow as pa

import aava_rules
from aava_rules.decision.service import Rulebook
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.testing import RecordMaker

ON = date(2015, 9, 15)
RECORDS = sorted((Path(__file__).parents[2] / "examples" / "records").glob("*.json"))
LISTS = ("benefits", "plans", "periods", "events")
ANSWERS = ("outcomes", "findings", "next_steps", "invalid")


@cache
def book(name: str = "aava") -> Rulebook:
    return aava_rules.load(name)


def some_tables(count: int, rulebook: Rulebook, seed: int = 1) -> dict[str, pl.DataFrame]:
    """Flat tables of the example records and of random ones, each with an id of its own."""
    random, maker = Random(seed), RecordMaker(rulebook)
    records = [json.loads(path.read_text(encoding="utf-8")) for path in RECORDS]
    records += [maker.record(random, ON) for _ in range(count - len(records))]
    tables = tables_of(
        [record | {"id": f"c{number}"} for number, record in enumerate(records)], rulebook._book.vocabulary
    )
    assert tables.pop("invalid").is_empty()
    return tables


def nested(tables: dict[str, pl.DataFrame]) -> pa.Table:
    """The same clients with their lists inside: null where a list is not known, empty where there are none."""
    clients = tables["clients"].with_row_index("client_row")
    for name in LISTS:
        fields = [key for key in tables[name].columns if key != "client_row"]
        items = tables[name].group_by("client_row", maintain_order=True).agg(pl.struct(fields).alias(name))
        known = clients[f"{name}_known"]
        clients = clients.join(items, "client_row", "left", maintain_order="left").drop(f"{name}_known")
        none = clients[name].is_null() & known
        empty = pl.Series([[]], dtype=clients[name].dtype)
        clients = clients.with_columns(pl.when(none).then(empty.first()).otherwise(pl.col(name)).alias(name))
    return plain_arrow(clients.drop("client_row"))


def plain_arrow(frame: pl.DataFrame) -> pa.Table:
    """The frame as Arrow, in the types that other systems make."""
    table = frame.to_arrow()
    return table.cast(pa.schema([(field.name, _plain(field.type)) for field in table.schema]))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_list(kind) or pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _plain(field.type)) for field in kind])
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind


def in_one_piece(tables: dict[str, pl.DataFrame], answers: str, rulebook: Rulebook) -> list[tuple[Any, ...]]:
    """The rows that `decide_table` answers, sorted."""
    frame = getattr(rulebook.decide_table(**tables, on=ON), answers)
    return rows_of(frame.drop("row", strict=False).to_dicts())


def rows_of(rows: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Rows in plain values, sorted."""
    result = [tuple((name, _value(value)) for name, value in row.items()) for row in rows]
    return sorted(result, key=repr)


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        short = value.normalize()
        return format(short, "f")
    return value
