"""Adapters: from a source to rows in the record format, one at a time, bad ones included.

An adapter turns whatever its source has into mappings in the record format, and does no more: what the source
lacks is left out, nothing is decided, and a row that cannot be read becomes a `BadRow` among the others.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, cast

from aava_rules.language.errors import AdapterError, Fault, RecordError

__all__ = [
    "GZIP",
    "ID_TWICE",
    "Adapter",
    "BadRow",
    "Row",
    "each_client_once",
    "opened",
    "reason",
    "unreadable",
]

GZIP: Final = ".gz"
"""The suffix of a file that is compressed by gzip; the suffix before it tells its kind."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the source has it, not yet checked.

    ``place`` is its place in the source (``line 3``), empty if the record is the whole source; ``record`` is a
    mapping in the record format (``aava-rules schema record``), and no part of the repr, which lands in logs.
    """

    place: str
    record: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no record: its ``place`` in the source and the ``reason``, which quotes none of its contents.

    ``faults`` are what the reason tells, one by one, for programs; an adapter may leave them out. Of those left out
    each line of the reason is one, with the code that stands in it in brackets (``[AR162]``).
    """

    place: str
    reason: str
    faults: tuple[Fault, ...] = field(default=(), repr=False, compare=False)


class Adapter(Protocol):
    """A reader of one kind of source.

    ``suffixes`` are those of file names, with the dot. ``capabilities`` are the further abilities of the adapter:
    ``stream`` means that memory does not grow with the source.
    """

    @property
    def name(self) -> str:
        """The name by which messages and ``aava-rules plugins`` list the adapter."""

    @property
    def media_types(self) -> Collection[str]:
        """The media types that it reads, such as ``application/json``."""

    @property
    def suffixes(self) -> Collection[str]:
        """The suffixes of file names that it reads, such as ``.json``."""

    @property
    def capabilities(self) -> frozenset[str]:
        """Its further abilities, such as ``stream``."""

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """The rows of a source, in order; a bad row does not stop the others.

        Args:
            source: The path of a file, which the adapter opens and closes, or an open binary stream, which it
                leaves open.

        Raises:
            AdapterError: The source as a whole cannot be read.
        """


_TWICE: Final = Fault(
    "id", "AR166", "has the id of an earlier row",
    hint="Give each client once; what is known of one belongs into one record.",
)  # fmt: skip
ID_TWICE: Final = f"{_TWICE.what}. {_TWICE.hint}"
"""The reason of a row whose client came before."""


def each_client_once(rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
    """The same rows, but those whose client has come before as bad rows: two answers to one client contradict.

    Args:
        rows: the rows of one source. Their ids are held in memory, and nothing else of them.
    """
    ids: set[object] = set()
    for row in rows:
        if isinstance(row, Row):
            key = row.record.get("id")
            if isinstance(key, str):  # what is no text is no id, and the record is refused when it is read
                if key in ids:
                    yield BadRow(row.place, ID_TWICE, (_TWICE,))
                    continue
                ids.add(key)
        yield row


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    """The source as an open binary stream, for the time of a ``with`` block. What is compressed by gzip is unpacked.

    Args:
        source: A path, which is opened and closed, or an open binary stream, which is left open. A path that ends in
            ``.gz`` is compressed.

    Raises:
        AdapterError: The system does not let the file be opened or read.
    """
    if not isinstance(source, Path):
        yield source
        return
    try:
        stream = source.open("rb")
    except OSError as error:
        raise unreadable(source, error) from None
    with stream:
        try:
            if source.suffix.lower() == GZIP:
                import gzip  # most sources are not compressed

                with gzip.open(stream, "rb") as unpacked:
                    yield cast(BinaryIO, unpacked)
            else:
                yield stream
        except OSError as error:
            raise unreadable(source, error) from None
        except (EOFError, zlib.error):
            raise AdapterError(f"{source}: ends in the middle, or is damaged. What was before that is read.") from None


def unreadable(path: Path, error: OSError) -> AdapterError:
    """The error to raise for the file at ``path`` that the system did not let be read, as ``error`` tells."""
    if isinstance(error, FileNotFoundError):
        return AdapterError(f"{path}: there is no such file or folder.")
    if isinstance(error, IsADirectoryError):
        return AdapterError(f"{path}: is a folder, not a file.")
    return AdapterError(f"{path}: cannot be read ({error.strerror or type(error).__name__}).")


def reason(error: RecordError) -> str:
    """The faults of a record in ``error``, one a line, by path and without contents: the reason of a `BadRow`."""
    lines = []
    for fault in error.faults:
        place = "" if fault.place == "record" else f"{fault.place} "
        lines.append(" ".join(part for part in (f"{place}{fault.what}.", fault.why, fault.hint) if part))
    return "\n".join(lines)
