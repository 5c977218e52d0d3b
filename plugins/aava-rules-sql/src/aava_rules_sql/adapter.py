"""The adapter: how ``aava-rules`` reads a register in a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from aava_rules.adapters import BadRow, Row
from aava_rules.language.errors import AdapterError
from aava_rules.mapping import ColumnBatch, SourceMapping, TableUse
from aava_rules.mapping.tables import SourceTable
from aava_rules_sql.database import SQLITE_SUFFIXES, URL_SUFFIX, Database
from aava_rules_sql.register import SqlRegister
from aava_rules_sql.tables import source_tables


class Sql:
    """Registers in PostgreSQL and SQLite, through a mapping."""

    name = "sql"
    media_types = ("application/vnd.sqlite3",)
    suffixes = (*SQLITE_SUFFIXES, URL_SUFFIX)
    capabilities = frozenset({"stream", "mapping", "only mapping", "address"})

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """Raises AdapterError: the tables of ``source`` have no meaning without a mapping."""
        name = source if isinstance(source, Path) else "the stream"
        raise AdapterError(f"{name}: a database is read through a mapping. Give one with --mapping.")

    def column_batches(self, source: Path | BinaryIO | str, mapping: SourceMapping) -> Iterator[ColumnBatch]:
        """The clients of a register as columns, in the order of their keys, out of one snapshot.

        Args:
            source: what `SqlRegister` takes; a stream is none.
            mapping: the mapping.

        Raises:
            MappingError: the database lacks tables or columns that the mapping names.
            AdapterError: the database cannot be read, or not be read on.
        """
        yield from _register(source, mapping).batches()

    def tables(self, source: Path | BinaryIO | str, uses: Mapping[str, TableUse] | None = None) -> list[SourceTable]:
        """The tables and views of a database, with the types that its schema says; rows come as they are asked for.

        Args:
            source: what `SqlRegister` takes; a stream is none.
            uses: what a mapping reads of each table; None: all tables and columns.

        Raises:
            AdapterError: the database cannot be read.
        """
        return source_tables(Database(_named(source)), uses)

    def read_mapped(self, source: Path | BinaryIO | str, mapping: SourceMapping) -> Iterator[Row | BadRow]:
        """The records of a register, in the order of the clients' keys, out of one snapshot.

        Args:
            source: what `SqlRegister` takes; a stream is none.
            mapping: the mapping.

        Raises:
            MappingError: the database lacks tables or columns that the mapping names.
            AdapterError: the database cannot be read, or not be read on.
        """
        yield from _register(source, mapping).rows()


def _register(source: Path | BinaryIO | str, mapping: SourceMapping) -> SqlRegister:
    return SqlRegister(_named(source), mapping)


def _named(source: Path | BinaryIO | str) -> Path | str:
    if isinstance(source, (Path, str)):
        return source
    raise AdapterError("the stream: a database is read by its path or its URL.")
