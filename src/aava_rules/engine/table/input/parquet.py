"""Parquet files of registers, of which some rows are read at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.input.joins import Ids
from aava_rules.engine.table.input.schema import CLIENT_ROW
from aava_rules.engine.table.input.validate import NO_CLIENT
from aava_rules.language.errors import AdapterError

ROWS_AT_ONCE: Final = 1_048_576
"""Rows of a table of items that are read together where they do not lie in the order of the clients."""
MOST_LOST: Final = 20
"""Items without a client that are told one by one for each table; the rest is counted."""

Source = Path | bytes
"""A Parquet file: its path, or all of its bytes."""


class ParquetFile:
    """A Parquet file of which slices are read."""

    def __init__(self, source: Source, name: str) -> None:
        self.name = name
        self._scan = self._made(source)
        self.empty = self.read(0, 0)
        self.columns = self.empty.columns
        self.rows = int(self._collected(self._scan.select(pl.len())).item())

    def read(self, first: int, rows: int, column: str | None = None) -> pl.DataFrame:
        """Some rows, of all columns or of one."""
        scan = self._scan if column is None else self._scan.select(column)
        return self._collected(scan.slice(first, rows))

    def _made(self, source: Source) -> pl.LazyFrame:
        if isinstance(source, Path) and not source.is_file():
            raise AdapterError(f"{self.name}: there is no such file or folder.")
        return pl.scan_parquet(source, glob=False, hive_partitioning=False)

    def _collected(self, scan: pl.LazyFrame) -> pl.DataFrame:
        told = "it is no Parquet file, or a damaged one"
        try:
            return scan.collect()
        except Exception as error:
            # what polars says may quote a cell, so it is dropped
            if isinstance(error, OSError) and error.strerror:
                told = error.strerror
        raise AdapterError(f"{self.name}: cannot be read: {told}.")


class ItemFile:
    """A table of items, and the row of the client whose each item is (-1: of no client that is there).

    ``by_row`` tells that items name their client by its row, and not by its id.
    """

    def __init__(self, table: str, file: ParquetFile, ids: Ids) -> None:
        self.table, self._file = table, file
        self.by_row = CLIENT_ROW in file.columns
        self._key = CLIENT_ROW if self.by_row else "client"
        parts = [
            self._owners(file.read(first, ROWS_AT_ONCE, self._key)[self._key], ids)
            for first in range(0, file.rows, ROWS_AT_ONCE)
        ]
        self._owner = np.concatenate(parts) if parts else np.zeros(0, np.int32)
        # where the items lie in the order of the clients, those of some clients are one slice of the table
        latest = np.maximum.accumulate(self._owner)
        self._lost = bool((self._owner < 0).any())
        self._latest = None
        if bool(((self._owner == latest) | (self._owner < 0)).all()):
            self._latest = latest if self._lost else self._owner

    def _owners(self, names: pl.Series, ids: Ids) -> NDArray[np.int32]:
        if self.by_row:
            rows = names.cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
            return np.where((rows < 0) | (rows >= len(ids)), -1, rows).astype(np.int32)
        names = names.cast(pl.String)
        # most tables come client by client, so that far fewer ids are looked up than there are rows
        begins = names.ne_missing(names.shift(1)).to_numpy(writable=True)
        begins[:1] = True
        heads = np.flatnonzero(begins)
        return np.repeat(ids.rows(names.gather(heads)), np.diff(heads, append=len(names))).astype(np.int32)

    def of(self, first: int, kept: Bools) -> pl.DataFrame:
        """The items of the clients from row ``first`` on that are kept, each with the number of its client there."""
        numbers = np.cumsum(kept) - 1
        parts = []
        for begin, end in self._slices(first, first + len(kept)):
            owner = self._owner[begin:end].astype(np.int64) - first
            inside = (owner >= 0) & (owner < len(kept))
            inside[inside] = kept[owner[inside]]
            if not inside.any():
                continue
            frame = self._file.read(begin, end - begin)
            if not inside.all():
                frame, owner = frame.filter(pl.Series(inside)), owner[inside]
            named = pl.Series(CLIENT_ROW, numbers[owner].astype(np.uint32))
            parts.append(frame.drop(self._key).insert_column(0, named))
        return pl.concat(parts) if parts else self._none()

    def _none(self) -> pl.DataFrame:
        return self._file.empty.drop(self._key).insert_column(0, pl.Series(CLIENT_ROW, [], dtype=pl.UInt32))

    def _slices(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """The rows of the table to look for the items of some clients in."""
        if self._latest is not None:
            begin, end = np.searchsorted(self._latest, (first, last)).tolist()
            yield begin, end
            return
        for begin in range(0, len(self._owner), ROWS_AT_ONCE):
            yield begin, min(begin + ROWS_AT_ONCE, len(self._owner))

    def lost(self) -> Iterator[tuple[str, str]]:
        """The items that belong to no client."""
        if not self._lost:
            return
        rows = np.flatnonzero(self._owner < 0)
        hint = "Give a row of clients with this id, or the id of the client whose it is."
        what = f"{self._key} is not the id of a client in the table clients [{NO_CLIENT}]. {hint}"
        for row in rows[:MOST_LOST].tolist():
            yield f"row {row + 1} of {self.table}", what
        if len(rows) > MOST_LOST:
            yield (
                self.table,
                f"{len(rows) - MOST_LOST} more rows belong to no client in the table clients [{NO_CLIENT}].",
            )
