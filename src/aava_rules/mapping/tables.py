"""Tables of a source, as adapters give them.

``read_mapped`` is how a source becomes records through a mapping, whatever its adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, runtime_checkable

from aava_rules.adapters import Adapter, BadRow, Row
from aava_rules.language.errors import AdapterError
from aava_rules.mapping.plan import SourceRow, TableUse

if TYPE_CHECKING:
    from aava_rules.mapping.source_mapping import SourceMapping

MAPPED: Final = "mapping"
"""The capability of an adapter that can read through a mapping."""


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table of a source, which can be read as often as it is asked for.

    Attributes:
        name: the table.
        columns: its columns, in order.
        rows: reads its rows from the beginning, bad ones among them; what cannot be read raises AdapterError.
        types: what the source says of the type of each column, such as ``DATE``; empty if it says nothing.
        notes: what was found out on reading and is worth telling, such as the encoding: a sentence each.
    """

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterable[SourceRow | BadRow]]
    types: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@runtime_checkable
class ReadsTables(Protocol):
    """An adapter whose sources have tables."""

    def tables(self, source: Any, uses: Mapping[str, TableUse] | None = None) -> Sequence[SourceTable]:
        """The tables of a source.

        Args:
            source: the path of a file or folder, an open binary stream, or a text that the adapter understands.
            uses: what a mapping reads of each table; no other column may be read. None: all tables and columns, for
                `aava-rules map`.

        Raises:
            AdapterError: the source as a whole cannot be read.
        """


@runtime_checkable
class ReadsMapped(Protocol):
    """An adapter that makes records through a mapping in a way of its own, such as by queries."""

    def read_mapped(self, source: Any, mapping: SourceMapping) -> Iterator[Row | BadRow]:
        """The records of a source, in order; a bad row does not stop the others.

        Args:
            source: the path of a file or folder, an open binary stream, or a text that the adapter understands.
            mapping: what the records are made by.

        Raises:
            AdapterError: the source as a whole cannot be read, or does not fit the mapping.
        """


def read_mapped(
    adapter: Any, source: Any, mapping: SourceMapping, note: Callable[[str], None] | None = None
) -> Iterator[Row | BadRow]:
    """The records that ``mapping`` makes of a source, in the order of its clients, bad rows among them.

    Args:
        adapter: the adapter that reads it.
        source: what the adapter takes: the path of a file or folder, an open binary stream, or a text.
        mapping: what the records are made by.
        note: takes what the adapter found out on reading, such as the encoding of a file, a sentence each.

    Raises:
        AdapterError: the source as a whole cannot be read, or the adapter knows nothing of mappings.
        MappingError: the mapping does not fit the source.
    """
    if isinstance(adapter, ReadsMapped):
        yield from adapter.read_mapped(source, mapping)
    elif isinstance(adapter, ReadsTables):
        tables = adapter.tables(source, mapping.tables)
        if note is not None:
            for sentence in (sentence for table in tables for sentence in table.notes):
                note(sentence)
        mapping.check_source({table.name: table.columns for table in tables})
        yield from mapping.join({table.name: table.rows for table in tables})
    else:
        raise AdapterError(f"the adapter {adapter.name} does not read through a mapping.")


class MappedAdapter:
    """An adapter that reads its sources through one mapping.

    Attributes:
        adapter: the adapter that reads the source.
        mapping: what the records are made by.
    """

    def __init__(self, adapter: Adapter, mapping: SourceMapping, note: Callable[[str], None] | None = None) -> None:
        """Args:
        adapter: the adapter that reads the source.
        mapping: what the records are made by.
        note: takes what the adapter found out on reading, a sentence each.
        """
        self.adapter, self.mapping, self._note = adapter, mapping, note
        self.name = adapter.name
        self.media_types, self.suffixes = adapter.media_types, adapter.suffixes
        self.capabilities = adapter.capabilities

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """The records of ``source``. Raises what `read_mapped` raises."""
        return read_mapped(self.adapter, source, self.mapping, self._note)
