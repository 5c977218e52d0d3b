"""Records into tables, such as a table that comes as JSON Lines needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from aava_rules.compiler.facts import Vocabulary
from aava_rules.compiler.inputs import InvalidInput, typed_value
from aava_rules.compiler.record_reader import raw
from aava_rules.engine.table.input.schema import CLIENT_ROW, ColumnSpec, fact_specs, item_specs, short_names
from aava_rules.engine.table.input.validate import ClientReader, InvalidRow, invalid_frame, shown_id
from aava_rules.language.errors import RecordError
from aava_rules.language.values import Interval
from aava_rules.record import Record
from aava_rules.record.fields import client_fields, lists


def tables_of(
    records: Iterable[Mapping[str, Any] | bytes | str | Record], vocabulary: Vocabulary
) -> dict[str, pl.DataFrame]:
    """Records as the tables ``clients``, ``benefits``, ``plans``, ``periods``, ``events`` and ``invalid``.

    The clients come in the order of the records, without those that are refused; the faults of these are in
    ``invalid``, with the number of the record (from 0) as ``row``. Items name their client by its row, so that ids need
    not differ.

    Args:
        records: mappings, JSON texts or records.
        vocabulary: the facts that ready-made values are read for.
    """
    reader = ClientReader(vocabulary.parts)
    valid: list[Record] = []
    facts: dict[str, list[tuple[int, Any]]] = {}
    invalid: list[InvalidRow] = []
    for number, source in enumerate(records):
        try:
            record, record_facts = reader.read(source)
        except RecordError as error:
            shown = _id_of(source)
            invalid += [InvalidRow(shown, None, number, fault) for fault in error.faults]
            continue
        for name, value in record_facts.items():
            facts.setdefault(name, []).append((len(valid), value))
        valid.append(record)
    tables = {"clients": pl.DataFrame([*_clients(valid), *_facts(facts, len(valid), vocabulary)])}
    for name in lists():
        tables[name] = _items(name, valid, vocabulary)
    return tables | {"invalid": invalid_frame(invalid)}


def _id_of(source: Any) -> str | None:
    try:
        return shown_id(raw(source).get("id"))
    except Exception:  # a mapping whose own code fails
        return None


def _clients(records: list[Record]) -> list[pl.Series]:
    columns = [pl.Series("id", [record.id for record in records], dtype=pl.String)]
    for name, info in client_fields().items():
        values = [record.client.__dict__[name] for record in records]
        columns.append(series(name, values, ColumnSpec(info.type, info.words)))
    columns.append(series("facts_on", [record.facts_on for record in records], ColumnSpec("date")))
    for name in lists():
        is_known = [getattr(record, name) is not None for record in records]
        since = [record.complete_from.get(name) for record in records]
        columns.append(series(f"{name}_known", is_known, ColumnSpec("boolean")))
        columns.append(series(f"{name}_complete_from", since, ColumnSpec("date")))
    columns.append(series("complete", [record.complete or None for record in records], ColumnSpec("set")))
    return columns


def _facts(facts: dict[str, list[tuple[int, Any]]], rows: int, vocabulary: Vocabulary) -> list[pl.Series]:
    specs, names = fact_specs(vocabulary.parts), short_names(vocabulary.parts)
    columns = []
    for name, values_by_row in facts.items():
        parts = {
            "": _spread_over_rows(values_by_row, rows, lambda value: None if isinstance(value, Interval) else value)
        }
        if any(isinstance(value, Interval) for _, value in values_by_row):
            parts[".at_least"] = _spread_over_rows(
                values_by_row, rows, lambda value: value.low if isinstance(value, Interval) else None
            )
            parts[".at_most"] = _spread_over_rows(
                values_by_row, rows, lambda value: value.high if isinstance(value, Interval) else None
            )
        columns += [series(names[f"facts.{name}{side}"], values, specs[name]) for side, values in parts.items()]
    return columns


def _spread_over_rows(values_by_row: list[tuple[int, Any]], rows: int, part: Any) -> list[Any]:
    values: list[Any] = [None] * rows
    for row, value in values_by_row:
        values[row] = part(value)
    return values


def _items(name: str, records: list[Record], vocabulary: Vocabulary) -> pl.DataFrame:
    owners: list[int] = []
    items: list[dict[str, Any]] = []
    for row, record in enumerate(records):
        listed: tuple[Any, ...] | None = getattr(record, name)
        if listed:
            owners += [row] * len(listed)
            items += [item.__dict__ for item in listed]
    columns = [pl.Series(CLIENT_ROW, owners, dtype=pl.UInt32)]
    for key, spec in item_specs(name, vocabulary.parts).items():
        columns.append(series(key, [item[key] for item in items], spec))
    return pl.DataFrame(columns)


_TYPES: dict[str, Any] = {
    "boolean": pl.Boolean,
    "integer": pl.Int64,
    "date": pl.Date,
    "choice": pl.String,
    "text": pl.String,
    "set": pl.List(pl.String),
    "dates": pl.List(pl.Date),
}


def series(name: str, values: list[Any], spec: ColumnSpec) -> pl.Series:
    """The column ``name`` of ``values`` as records have them, None where they are unknown, in the type of ``spec``."""
    if spec.type in ("decimal", "money"):
        return _numbers(name, values, spec.type)
    if spec.type in ("set", "dates"):
        # words are sorted, so that equal records make equal tables
        arrange = sorted if spec.words else list
        values = [None if value is None else arrange(value) for value in values]
        # polars takes five times as long to make lists whose type is named
        return pl.Series(name, values).cast(_TYPES[spec.type])
    return pl.Series(name, values, dtype=_TYPES[spec.type])


def _numbers(name: str, values: list[Any], kind: str) -> pl.Series:
    """Exact numbers: amounts as texts where a record may have them so, decimals with as many places as any needs."""
    known = [Decimal(value) for value in values if value is not None]
    if kind == "money":
        texts = [None if value is None else format(value, "f") for value in values]
        if all(text is None or _is_amount(text) for text in texts):
            return pl.Series(name, texts, dtype=pl.String)
    places = max((-int(value.as_tuple().exponent) for value in known), default=0)
    exact = [None if value is None else Decimal(value) for value in values]
    return pl.Series(name, exact, dtype=pl.Decimal(38, max(places, 0)))


def _is_amount(text: str) -> bool:
    try:
        typed_value(text, "money")
    except InvalidInput:
        return False
    return True
