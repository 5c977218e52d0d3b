"""The answers that differ as a data frame, and the clients that could not be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from aava_rules.decision.compare.changes import change_cells
from aava_rules.engine.table.input.validate import InvalidRow, invalid_frame, shown_id
from aava_rules.language.errors import RecordError

if TYPE_CHECKING:
    from aava_rules.decision.compare.columns import ComparedTable
    from aava_rules.decision.compare.differences import BlockChanges, Refused
    from aava_rules.engine.table.input.tables import Tables

_TEXTS: Final = pl.List(pl.String)
CHANGES: Final[dict[str, Any]] = {
    "id": pl.String, "kind": pl.Enum(["outcome", "finding", "step"]), "name": pl.String, "key": pl.String,
    "where": pl.String, "cause": pl.Enum(["law", "time", "both"]), "from": pl.String, "to": pl.String,
    "due_from": pl.Date, "due_to": pl.Date, "by_from": _TEXTS, "by_to": _TEXTS, "by_time": pl.String,
}  # fmt: skip


_ORDER: Final = ["client", "kind", "name", "key"]
_WAYS: Final[dict[str, Any]] = CHANGES | {"id": pl.UInt32, "list": pl.String, "field": pl.String}


def changes_frame(compared: ComparedTable) -> pl.DataFrame:
    """A row for each answer of ``compared`` that differs, client by client; columns as in `CHANGES`."""
    single: dict[str, pl.Series] = {}
    frames = [_block_frame(compared, block, single) for block in compared.blocks]
    return pl.concat(frames) if frames else pl.DataFrame(schema=CHANGES)


def _block_frame(compared: ComparedTable, block: BlockChanges, single: dict[str, pl.Series]) -> pl.DataFrame:
    """The rows of a block; ``single`` are the items whose ids are theirs alone, by list, as far as they were needed."""
    ways = [
        (number, *change_cells(way.change(way.name, "", compared.wording)), way.list_name, way.field)
        for number, way in enumerate(block.ways)
    ]
    of_ways = pl.DataFrame(ways, schema=_WAYS, orient="row")
    rows = of_ways[block.numbers].with_columns(client=pl.Series(block.clients), number=pl.Series(block.items))
    parts = [
        rows if not list_name else _of_items(compared, list_name, rows, single)
        for (list_name,), rows in rows.partition_by("list", as_dict=True).items()
    ]
    alone = [(0, *change_cells(change), "", "", client, -1) for client, changes in block.alone for change in changes]
    parts.append(pl.DataFrame(alone, schema=_WAYS | {"client": pl.UInt32, "number": pl.Int64}, orient="row"))
    frame = pl.concat(parts).sort(_ORDER)
    return frame.with_columns(id=compared._tables.ids.gather(frame["client"])).select(list(CHANGES))


def _of_items(
    compared: ComparedTable, list_name: str, rows: pl.DataFrame, single: dict[str, pl.Series]
) -> pl.DataFrame:
    """Rows about items of a list, with the keys of these and their paths."""
    every = compared.ids_of_items(list_name)
    if list_name not in single:
        clients = pl.Series(compared._tables.client_of(list_name))
        single[list_name] = every.is_not_null() & ~pl.DataFrame({"client": clients, "id": every}).is_duplicated()
    ids = every.gather(rows["number"])
    keys, paths = f"{list_name}:" + ids, f"{list_name}[id=" + ids + "]"
    others = (~single[list_name].gather(rows["number"])).arg_true()
    if len(others):
        places = rows.select("client", "number")[others].iter_rows()
        named = [compared.item(client, list_name, item) for client, item in places]
        keys = keys.scatter(others, [key for key, _ in named])
        paths = paths.scatter(others, [path for _, path in named])
    field = pl.col("field")
    return rows.with_columns(
        key=pl.col("name") + "@" + keys,
        where=paths + pl.when(field == "").then(field).otherwise("." + field),
    )


def with_refused(compared: ComparedTable) -> pl.DataFrame:
    """The faults of the clients of ``compared`` that could not be compared, whichever rulebook refuses them."""
    rows = [row for refused in compared.refused for row in _faults(compared._tables, refused)]
    return pl.concat([compared._tables.invalid, invalid_frame(rows)]) if rows else compared._tables.invalid


def _faults(tables: Tables, refused: Refused) -> list[InvalidRow]:
    faults = refused.error.faults if isinstance(refused.error, RecordError) else ()
    return [InvalidRow(shown_id(tables.ids[refused.row]), "clients", refused.row, fault) for fault in faults]
