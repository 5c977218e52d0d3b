"""The answers that differ as a data frame, and the clients that could not be compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from aava_rules.decision.compare.changes import ClientChanges, change_cells
from aava_rules.engine.table.input.validate import InvalidRow, invalid_frame, shown_id
from aava_rules.language.errors import RecordError

if TYPE_CHECKING:
    from aava_rules.decision.compare.columns import ComparedTable, Refused
    from aava_rules.engine.table.input.tables import Tables

_TEXTS: Final = pl.List(pl.String)
CHANGES: Final[dict[str, Any]] = {
    "id": pl.String, "kind": pl.Enum(["outcome", "finding", "step"]), "name": pl.String, "key": pl.String,
    "where": pl.String, "cause": pl.Enum(["law", "time", "both"]), "from": pl.String, "to": pl.String,
    "due_from": pl.Date, "due_to": pl.Date, "by_from": _TEXTS, "by_to": _TEXTS, "by_time": pl.String,
}  # fmt: skip


def changes_frame(clients: Iterable[ClientChanges]) -> pl.DataFrame:
    """A row for each answer that differs of ``clients``, one after another; columns as in `CHANGES`."""
    rows = [(client.record_id, *change_cells(change)) for client in clients for change in client.changes]
    return pl.DataFrame(rows, schema=CHANGES, orient="row")


def with_refused(compared: ComparedTable) -> pl.DataFrame:
    """The faults of the clients of ``compared`` that could not be compared, whichever rulebook refuses them."""
    rows = [row for refused in compared.refused for row in _faults(compared.tables, refused)]
    return pl.concat([compared.tables.invalid, invalid_frame(rows)]) if rows else compared.tables.invalid


def _faults(tables: Tables, refused: Refused) -> list[InvalidRow]:
    faults = refused.error.faults if isinstance(refused.error, RecordError) else ()
    return [InvalidRow(shown_id(tables.ids[refused.row]), "clients", refused.row, fault) for fault in faults]
