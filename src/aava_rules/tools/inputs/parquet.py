"""The built-in adapter of Parquet: one file with a row per client, or a folder of tables.

Polars reads it, so it needs the extra ``table``; without that, only reading fails.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeVar

from aava_rules.adapters import BadRow, Row
from aava_rules.language.errors import AdapterError
from aava_rules.language.extras import how_to_install
from aava_rules.language.values import FIRST_DAY
from aava_rules.mapping.plan import SourceRow, TableUse
from aava_rules.mapping.tables import MAPPED, SourceTable

if TYPE_CHECKING:
    from aava_rules.compiler.facts import Vocabulary
    from aava_rules.engine.table.input.registers import Batch, Register

T = TypeVar("T")

CLIENTS: Final = "clients.parquet"
"""The file that makes a folder a register."""
RECORDS_AT_ONCE: Final = 16_384
"""Clients that are read together to become records, which take far more memory than columns."""
AT_ONCE: Final = 20_000
"""Rows that are held at once while a table is read through a mapping."""
NEEDS: Final = how_to_install("table")
"""How to get what reads Parquet."""


class Parquet:
    """Parquet: a file with a row per client and its lists nested inside, or a folder with a table for each list."""

    name = "parquet"
    media_types = ("application/vnd.apache.parquet",)
    suffixes = (".parquet",)
    capabilities = frozenset({"stream", MAPPED})

    def read(self, source: Path | BinaryIO, vocabulary: Vocabulary | None = None) -> Iterator[Row | BadRow]:
        """The records of the rows; their places are ``row 1`` and so on.

        Args:
            source: a folder, a file, or a binary stream.
            vocabulary: that of the rulebook for which they are read; it knows the columns of its facts. Without it,
                each column that does not belong to the record format is taken for a fact.

        Raises:
            AdapterError: the source cannot be read, or polars and numpy are not installed.
        """
        clients = register(source, vocabulary)
        yield from orphans(clients)
        for batch in clients.batches(FIRST_DAY, RECORDS_AT_ONCE):
            yield from rows(batch)

    def tables(self, source: Path | BinaryIO, uses: Mapping[str, TableUse] | None = None) -> Sequence[SourceTable]:
        """The tables of a mapping: each file of a folder is one, named without its suffix.

        Args:
            source: a folder, a file, or a binary stream; of one file the table has the name that the mapping gives.
            uses: what a mapping reads of each table; None: all.

        Raises:
            AdapterError: the source cannot be read, or polars is not installed.
        """
        if isinstance(source, Path) and source.is_dir():
            files = {file.stem: file for file in sorted(source.glob("*.parquet"))}
            return [_table(name, file, uses) for name, file in files.items() if uses is None or name in uses]
        name = next(iter(uses)) if uses and len(uses) == 1 else source.stem if isinstance(source, Path) else "input"
        return [_table(name, source if isinstance(source, Path) else io.BytesIO(source.read()), uses)]


def register(source: Path | BinaryIO, vocabulary: Vocabulary | None = None) -> Register:
    """The register of a folder, a file, or a stream.

    Args:
        source: where the clients are; all bytes of a stream are held in memory.
        vocabulary: that of the rulebook, which knows the columns of its facts; None takes unknown columns for facts.

    Raises:
        AdapterError: it cannot be read, or the extra ``table`` is not installed.
    """
    name = str(source) if isinstance(source, Path) else "the stream"
    try:
        from aava_rules.engine.table.input import registers as batches
    except ModuleNotFoundError as error:
        if error.name not in ("numpy", "polars"):
            raise
        raise AdapterError(f"{name}: reading Parquet needs polars and numpy: {NEEDS}") from None
    data = source if isinstance(source, Path) else source.read()
    return batches.register(data, name, vocabulary)


def _table(name: str, source: Any, uses: Mapping[str, TableUse] | None) -> SourceTable:
    """The table ``name`` in one file of Parquet, or in its bytes."""
    where = str(source) if isinstance(source, Path) else "the stream"
    try:
        import polars as pl
    except ModuleNotFoundError as error:
        if error.name != "polars":
            raise
        raise AdapterError(f"{where}: reading Parquet needs polars: {NEEDS}") from None
    what = f"{where}: cannot be read as Parquet"
    schema = _without_contents(what, lambda: dict(pl.read_parquet_schema(source)))
    wanted = [column for column in schema if uses is None or column in uses[name].columns]

    def read() -> Iterator[SourceRow]:
        size, first = AT_ONCE, 0
        while size == AT_ONCE:
            rows = pl.scan_parquet(source).slice(first, AT_ONCE).select(wanted)
            frame = _without_contents(f"{where}: cannot be read from row {first + 1} on", rows.collect)
            for number, cells in enumerate(frame.iter_rows(named=True), start=first + 1):
                yield SourceRow(f"{name} row {number}", cells)
            size = frame.height
            first += size

    return SourceTable(name, tuple(schema), read, tuple(str(kind) for kind in schema.values()))


def _without_contents(what: str, read: Callable[[], T]) -> T:
    """What ``read`` gives; an error of polars in it says ``what`` alone, since its own message may quote a cell."""
    try:
        return read()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic of polars is no Exception
        reason = type(error).__name__
    raise AdapterError(f"{what} ({reason}).")


def is_register(folder: Path) -> bool:
    """Whether ``folder`` has a table of clients, so that its tables belong together."""
    return (folder / CLIENTS).is_file()


def rows(batch: Batch) -> Iterator[Row | BadRow]:
    """The records of ``batch`` in order, bad rows included."""
    from aava_rules.engine.table.input.to_records import records_of

    numbers = iter(batch.numbers.tolist())
    records = records_of(batch.tables.sources, range(len(batch.numbers)))
    following = next(numbers, None)
    for number in range(batch.first, batch.last):
        record = None
        if number == following:
            record, following = next(records), next(numbers, None)
        if number in batch.refused or record is None:
            yield _bad(batch, number)
        else:
            yield Row(_place(number), record)


def rejected_rows(batch: Batch) -> Iterator[Row | BadRow]:
    """The rows of ``batch`` that are not right, by row number, in the form in which `rows` gives them."""
    invalid = {number: row for row, number in enumerate(batch.numbers.tolist()) if not batch.tables.valid[row]}
    for number in sorted({*invalid, *batch.refused}):
        if number in batch.refused:
            yield _bad(batch, number)
        else:
            yield Row(_place(number), batch.tables.record(invalid[number]))


def orphans(clients: Register) -> Iterator[BadRow]:
    """The items of the register ``clients`` that belong to no client, each as a bad row."""
    for place, reason in clients.lost:
        yield BadRow(place, reason)


def _place(number: int) -> str:
    return f"row {number + 1}"


def _bad(batch: Batch, number: int) -> BadRow:
    refused = batch.refused[number]
    whose = "" if refused.id is None else f", record {refused.id}"
    return BadRow(_place(number) + whose, "\n".join(refused.lines))
