"""Registers in Parquet, read some clients at a time: so much memory is held as those need, whatever the files hold.

A register is a folder with a table of clients and tables of items, or one file with a row a client and its lists nested
inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.input.joins import Ids
from aava_rules.engine.table.input.nested import any_facts, apart
from aava_rules.engine.table.input.schema import CLIENT_ROW, read_tables
from aava_rules.engine.table.input.tables import Tables, load
from aava_rules.engine.table.input.validate import ID_TWICE, NO_CLIENT, ROW_CODES, ClientReader, shown_id
from aava_rules.language.errors import AdapterError, Fault, RecordError
from aava_rules.record.fields import lists

ROWS_AT_ONCE: Final = 1_048_576
"""Rows of a table of items that are read together where they do not lie in the order of the clients."""
MOST_LOST: Final = 20
"""Items without a client that are reported one by one for each table; the rest is counted."""

Source = Path | bytes
"""A Parquet file: its path, or all of its bytes."""


class ParquetFile:
    """A Parquet file of which slices are read.

    Attributes:
        name: what the file is called in errors.
        empty: a slice without rows.
        columns: the names of its columns.
        rows: how many rows it has.
    """

    def __init__(self, source: Source, name: str) -> None:
        self.name = name
        self._scan = self._lazy_frame(source)
        self.empty = self.read(0, 0)
        self.columns = self.empty.columns
        self.rows = int(self._collect(self._scan.select(pl.len())).item())

    def read(self, first: int, rows: int, column: str | None = None) -> pl.DataFrame:
        """So many ``rows`` from ``first`` on, of all columns or of ``column``.

        Raises AdapterError if the file cannot be read.
        """
        scan = self._scan if column is None else self._scan.select(column)
        return self._collect(scan.slice(first, rows))

    def _lazy_frame(self, source: Source) -> pl.LazyFrame:
        if isinstance(source, Path) and not source.is_file():
            raise AdapterError(f"{self.name}: there is no such file or folder.")
        return pl.scan_parquet(source, glob=False, hive_partitioning=False)

    def _collect(self, scan: pl.LazyFrame) -> pl.DataFrame:
        reason = "it is no Parquet file, or a damaged one"
        try:
            return scan.collect()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # a panic of polars is no Exception; and its message may quote a cell, so it is dropped
            if isinstance(error, OSError) and error.strerror:
                reason = error.strerror
        raise AdapterError(f"{self.name}: cannot be read: {reason}.")


class ItemFile:
    """A table of items, and the row of the client whose each item is.

    Attributes:
        table: the list.
        by_row: whether items name their client by its row, and not by its id.
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

    def of(self, first: int, selected: Bools) -> pl.DataFrame:
        """The items of the clients from row ``first`` on that are selected, each with the number of its client among
        these.

        Args:
            first: the row of the first client.
            selected: shape (n,), bool, for the clients from there on.
        """
        numbers = np.cumsum(selected) - 1
        parts = []
        for begin, end in self._slices(first, first + len(selected)):
            owner = self._owner[begin:end].astype(np.int64) - first
            inside = (owner >= 0) & (owner < len(selected))
            inside[inside] = selected[owner[inside]]
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
        """The items that belong to no client: place and fault of each, at most `MOST_LOST` and then their number."""
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


CLIENTS_AT_ONCE: Final = 131_072
"""Clients that are read together: two blocks of `aava_rules.decision.table`."""

Numbers = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Refused:
    """A client with a fault that only tables can have.

    Attributes:
        id: the id, if it is one.
        lines: a line for each fault.
    """

    id: str | None
    lines: list[str]


@dataclass(slots=True, eq=False)
class Batch:
    """Some clients of a register.

    Attributes:
        first, last: the rows that were read, the last one excluded.
        numbers: shape (n,), int64, the rows in the register, from 0, of the clients of ``tables``.
        tables: the clients.
        refused: by row of the register, the clients with a fault that no record could have. They are not valid in
            ``tables``, or not in it.
    """

    first: int
    last: int
    numbers: Numbers
    tables: Tables
    refused: dict[int, Refused] = field(default_factory=dict)


class Register(Protocol):
    """A register that can be read in batches. ``lost`` are the items that belong to no client: place and fault."""

    @property
    def size(self) -> int:
        """How many rows of clients there are."""

    @property
    def lost(self) -> list[tuple[str, str]]:
        """Where items stand that belong to no client, and what is wrong with them."""

    def batches(self, on: date, at_once: int | None = None) -> Iterator[Batch]:
        """All clients in their order, for a decision on the day ``on``, so many ``at_once`` (None: CLIENTS_AT_ONCE).

        Raises AdapterError if a file cannot be read on.
        """


def tables_in(folder: Path) -> dict[str, Path]:
    """The tables of the register in the folder ``folder``, by name; those that there are."""
    paths = {name: folder / f"{name}.parquet" for name in ("clients", *lists())}
    return {name: path for name, path in paths.items() if path.is_file()}


def register(source: Source, name: str, vocabulary: Vocabulary | None) -> Register:
    """The register of a folder, a file or the bytes of one.

    Args:
        source: the path, or all bytes of a file.
        name: what it is called in errors.
        vocabulary: the facts of a rulebook; None: each column of clients that no record has is taken for a fact.

    Raises AdapterError if it cannot be read, or has columns that are unknown or of a wrong type.
    """
    if isinstance(source, Path) and source.is_dir():
        return _Folder(source, name, vocabulary)
    return _Nested(source, name, vocabulary)


def fault_line(fault: Fault) -> str:
    """``fault`` in one line: place, what, code, why, what to do."""
    advice = " ".join(part for part in (fault.why, fault.hint) if part)
    return f"{fault.place} {fault.what} [{fault.code}]. {advice}".strip()


def _line(path: str, code: str, reason: str) -> str:
    what, _, advice = reason.partition(". ")
    return f"{path} {what} [{code}]. {advice}"


def _checked(frames: Mapping[str, pl.DataFrame], name: str, vocabulary: Vocabulary) -> None:
    """Refuse tables with columns that are unknown, missing or of a wrong type."""
    try:
        read_tables(frames, vocabulary.parts)
    except RecordError as error:
        raise _wrong(name, error) from None


def _wrong(name: str, error: RecordError) -> AdapterError:
    return AdapterError("\n".join(f"{name}: {fault_line(fault)}" for fault in error.faults))


def _refused(tables: Tables) -> dict[int, Refused]:
    """The clients, by row, with a fault that no record could have, and all of their faults."""
    only_here = tables.invalid.filter(pl.col("code").is_in(list(ROW_CODES)) & (pl.col("table") == "clients"))
    refused_by_row: dict[int, Refused] = {}
    for row, shown, *fault_row in only_here.select("row", "id", "path", "code", "reason").iter_rows():
        refused_by_row.setdefault(row, Refused(shown, [])).lines.append(_line(*fault_row))
    reader = ClientReader(tables.vocabulary.parts)
    for row, refused in refused_by_row.items():
        refused.lines += map(fault_line, reader.faults(tables.record(row)))
    return refused_by_row


class _Nested:
    """A file with a row a client and the lists nested inside."""

    lost: Final[list[tuple[str, str]]] = []

    def __init__(self, source: Source, name: str, vocabulary: Vocabulary | None) -> None:
        self.name = name
        self._file = ParquetFile(source, name)
        self.size = self._file.rows
        if "client" in self._file.columns:
            hint = "Give the folder in which it lies beside clients.parquet."
            raise AdapterError(f"{name}: is a table of items, since its rows name a client. {hint}")
        self.vocabulary = vocabulary or any_facts(self._file.empty.schema.items())
        _checked(self._apart(self._file.empty)[0], name, self.vocabulary)

    def batches(self, on: date, at_once: int | None = None) -> Iterator[Batch]:
        """All clients, in their order; of several with one id the first, since the file is read but once."""
        earlier = np.zeros(0, np.uint64)
        at_once = at_once or CLIENTS_AT_ONCE
        for first in range(0, self.size, at_once):
            frame = self._file.read(first, at_once)
            ids = frame["id"].cast(pl.String)
            again = ~ids.is_first_distinct()
            hashes = ids.hash().to_numpy()
            places = np.searchsorted(earlier, hashes)
            if len(earlier) and (earlier[np.minimum(places, len(earlier) - 1)] == hashes).any():
                again |= ids.is_in(self._file.read(0, first, "id")["id"].cast(pl.String).implode())
            yield self._batch(first, frame, ~(again & ids.is_not_null()).to_numpy(), on)
            earlier = np.sort(np.concatenate([earlier, hashes]), kind="stable")

    def _batch(self, first: int, frame: pl.DataFrame, has_own_id: Bools, on: date) -> Batch:
        clients = frame if has_own_id.all() else frame.filter(pl.Series(has_own_id))
        numbers = first + np.flatnonzero(has_own_id)
        tables, wrong = self._apart(clients)
        has_items = ~_null_items(clients) if wrong.height else np.ones(clients.height, np.bool_)
        loaded = _load(tables, on, self)
        refused = {int(numbers[has_items][row]): client for row, client in _refused(loaded).items()}
        for row in np.flatnonzero(~has_items).tolist():
            null_faults = self._apart(clients[row : row + 1])[1]
            lines = [_line(*fault_row) for fault_row in null_faults.select("path", "code", "reason").iter_rows()]
            refused[int(numbers[row])] = Refused(null_faults["id"][0], lines)
        for row in np.flatnonzero(~has_own_id).tolist():
            refused[first + row] = Refused(shown_id(frame["id"][row]), [_TWICE])
        return Batch(first, first + frame.height, numbers[has_items], loaded, refused)

    def _apart(self, frame: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
        try:
            return apart(frame)
        except RecordError as error:
            raise _wrong(self.name, error) from None


def _null_items(frame: pl.DataFrame) -> Bools:
    """The rows that `apart` leaves out: those in which a list has a null instead of an item."""
    has_null_item = np.zeros(frame.height, np.bool_)
    for name in lists():
        series = frame.get_column(name, default=None)
        if series is not None and isinstance(series.dtype, pl.List):
            counts = series.list.len().fill_null(0)
            owners = np.repeat(np.arange(frame.height), counts.to_numpy())
            has_null_item[owners[series.filter(counts > 0).explode().is_null().to_numpy()]] = True
    return has_null_item


class _Folder:
    """A table of clients and tables of items, which are cut along with the clients."""

    def __init__(self, folder: Path, name: str, vocabulary: Vocabulary | None) -> None:
        self.name = name
        files = {table: ParquetFile(path, f"{name}/{path.name}") for table, path in tables_in(folder).items()}
        if "clients" not in files:
            raise AdapterError(f"{name}: has no clients.parquet. Give a folder of tables with one, or a file.")
        self.vocabulary = vocabulary or any_facts(files["clients"].empty.schema.items())
        _checked({table: file.empty for table, file in files.items()}, name, self.vocabulary)
        self._clients = files.pop("clients")
        self.size = self._clients.rows
        ids = Ids(self._clients.read(0, self.size, "id")["id"].cast(pl.String))
        self._items = [ItemFile(table, file, ids) for table, file in files.items()]
        by_row = bool(self._items) and all(item_file.by_row for item_file in self._items)
        self._twice = None if by_row else ids.twice()
        self.lost = [place for item_file in self._items for place in item_file.lost()]

    def batches(self, on: date, at_once: int | None = None) -> Iterator[Batch]:
        """All clients, in their order."""
        at_once = at_once or CLIENTS_AT_ONCE
        for first in range(0, self.size, at_once):
            yield self._batch(first, at_once, on)

    def _batch(self, first: int, at_once: int, on: date) -> Batch:
        clients = self._clients.read(first, at_once)
        last = first + clients.height
        has_own_id = np.ones(clients.height, np.bool_) if self._twice is None else ~self._twice[first:last]
        frames = {items.table: items.of(first, has_own_id) for items in self._items}
        frames["clients"] = clients if has_own_id.all() else clients.filter(pl.Series(has_own_id))
        tables = _load(frames, on, self)
        numbers = first + np.flatnonzero(has_own_id)
        refused = {int(numbers[row]): client for row, client in _refused(tables).items()}
        for row in np.flatnonzero(~has_own_id).tolist():
            refused[first + row] = Refused(shown_id(clients["id"][row]), [_TWICE])
        return Batch(first, last, numbers, tables, refused)


_TWICE: Final = f"id is the id of several clients [{ID_TWICE}]. Give one row for each client."


def _load(frames: Mapping[str, pl.DataFrame], on: date, of: _Nested | _Folder) -> Tables:
    try:
        return load(frames, on, of.vocabulary)
    except RecordError as error:
        raise _wrong(of.name, error) from None
