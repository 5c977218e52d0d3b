"""The built-in adapter of Parquet: a row a client in one file, or a folder of tables.

Polars reads it, so it needs the extra ``aava-rules[table]``; without it, only reading fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from aava_rules.adapters import BadRow, Row
from aava_rules.language.errors import AdapterError
from aava_rules.language.values import FIRST_DAY

if TYPE_CHECKING:
    from aava_rules.compiler.facts import Vocabulary
    from aava_rules.engine.table.input.registers import Batch, Register

CLIENTS: Final = "clients.parquet"
"""The file that makes a folder a register."""
NEEDS: Final = "pip install aava-rules[table]"
"""How to get what reads Parquet."""


class Parquet:
    """Parquet: a file with a row a client and its lists nested inside, or a folder with a table for each list."""

    name = "parquet"
    media_types = ("application/vnd.apache.parquet",)
    suffixes = (".parquet",)
    capabilities = frozenset({"stream"})

    def read(self, source: Path | BinaryIO, vocabulary: Vocabulary | None = None) -> Iterator[Row | BadRow]:
        """The records of the rows; their places are ``row 1`` and so on.

        ``vocabulary``: that of the rulebook for which they are read, which knows the columns of its
        facts. Without it, each column that is not of the record's own is taken for a fact.
        """
        clients = register(source, vocabulary)
        yield from orphans(clients)
        for batch in clients.batches(FIRST_DAY):
            yield from rows(batch)


def register(source: Path | BinaryIO, vocabulary: Vocabulary | None = None) -> Register:
    """The register of a folder, a file, or a stream (of which all bytes are held).

    Raises AdapterError if it cannot be read, or without the extra ``aava-rules[table]``.
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


def is_register(folder: Path) -> bool:
    """Whether a folder has a table of clients, so that its tables belong together."""
    return (folder / CLIENTS).is_file()


def rows(batch: Batch) -> Iterator[Row | BadRow]:
    """The records of a batch, bad rows included."""
    from aava_rules.engine.table.input.to_records import records_of

    numbers = iter(batch.numbers.tolist())
    records = records_of(batch.tables.raw, range(len(batch.numbers)))
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
    """The rows of a batch that are not right, as `rows` has them."""
    invalid = {number: row for row, number in enumerate(batch.numbers.tolist()) if not batch.tables.valid[row]}
    for number in sorted({*invalid, *batch.refused}):
        if number in batch.refused:
            yield _bad(batch, number)
        else:
            yield Row(_place(number), batch.tables.record(invalid[number]))


def orphans(clients: Register) -> Iterator[BadRow]:
    """The items of a register that belong to no client."""
    for place, reason in clients.lost:
        yield BadRow(place, reason)


def _place(number: int) -> str:
    return f"row {number + 1}"


def _bad(batch: Batch, number: int) -> BadRow:
    refused = batch.refused[number]
    whose = "" if refused.id is None else f", record {refused.id}"
    return BadRow(_place(number) + whose, "\n".join(refused.lines))
