"""Rows of tables as columns of cells: how adapters hand over whole registers, some clients at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from aava_rules.adapters import BadRow, Row
from aava_rules.mapping.assemble import cell_at
from aava_rules.mapping.source_mapping import SourceMapping

NOT_FOUND: Final = "\x00not found"
"""Stands for what a lookup found where there was nothing to be found; no cell of a database is this text."""


_ELEMENT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', re.DOTALL)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
PLAIN_LIST: Final = r"^\{[^{}\"\\]*\}$"
"""What a list looks like whose members stand between commas as they are."""


@dataclass(frozen=True, slots=True)
class ListText:
    """Reads lists that are written as a text, as PostgreSQL writes arrays: ``{1,2}``.

    Attributes:
        member: what makes a member of its text; None: it is that text.
    """

    member: Callable[[str], Any] | None = None

    def __call__(self, text: Any) -> Any:
        """The list of a text; None of None, and the text itself if it is a list of lists."""
        if not isinstance(text, str):
            return text
        body = text.partition("=")[2] if text.startswith("[") else text
        if "{" in _QUOTED.sub("", body)[1:]:
            return text
        read = self.member or str
        members = _ELEMENT.findall(body)
        return [
            None if plain == "NULL" else read(plain or re.sub(r"\\(.)", r"\1", quoted)) for quoted, plain in members
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Rows of a table of a source.

    Attributes:
        rows: how many there are.
        owners: the client of each row, as its number among the clients that were read together, from 0: a sequence of
            int, or an array of shape (rows,).
        cells: by column, the cells of the rows, as a list or, all of them texts, as a Series of polars; what lookups
            found is called by the alias of the column, and is a list, with NOT_FOUND where they found nothing.
        readers: what makes cells of Python of those in ``cells``, by column, where they are not that already. It is
            called once for each distinct cell, where that will do.
    """

    rows: int
    owners: Any
    cells: Mapping[str, Sequence[Any]]
    readers: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)

    def of(self, name: str) -> Sequence[Any]:
        """The cells of the column ``name``; ``a.b`` is also the value b of the objects in the column a."""
        if name in self.cells:
            read = self.readers.get(name)
            return self.cells[name] if read is None else [self.read(name, cell) for cell in self.cells[name]]
        head = name.partition(".")[0]
        return [cell_at({head: cell}, name) for cell in self.of(head)]

    def raw(self, name: str) -> Sequence[Any]:
        """The cells of the column ``name`` as they are, before its reader."""
        return self.cells[name] if name in self.cells else self.of(name)

    def read(self, name: str, cell: Any) -> Any:
        """What the reader of the column ``name`` makes of ``cell``."""
        read = self.readers.get(name)
        return cell if read is None or cell is NOT_FOUND else read(cell)


@dataclass(frozen=True, slots=True, eq=False)
class ColumnBatch:
    """Some clients of a register, and the rows that are theirs.

    Attributes:
        clients: the rows of the clients, each its own owner.
        rows: by the names of sections and children of the mapping, the rows that belong to these clients.
        record: makes the record of one of the clients, by its number, row by row.
        others: bad rows, and what belongs to nobody.
    """

    clients: Columns
    rows: Mapping[str, Columns]
    record: Callable[[int], Row | BadRow]
    others: Sequence[Row | BadRow] = field(default_factory=tuple)


@runtime_checkable
class ReadsColumns(Protocol):
    """An adapter that can hand over the rows of a register as columns."""

    def column_batches(self, source: Any, mapping: SourceMapping) -> Iterator[ColumnBatch]:
        """The clients of a source in order, so many together as may be held in memory: two such batches are.

        The iterator is read to its end, or closed, by one thread, which need not be that of the caller.

        Args:
            source: what the adapter reads: a path, an open binary stream, or a text that it understands.
            mapping: what is read of the source, and what it means.

        Raises:
            AdapterError: the source cannot be read, or not be read on.
        """
