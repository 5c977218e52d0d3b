"""Adapters: from a source to rows in the record format, one at a time, bad ones included.

An adapter turns whatever its source has into mappings in the record format, and does no more:
what is missing is left out, nothing is decided, and what cannot be read is told row by row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from aava_rules.language.errors import AdapterError, RecordError, nearest

if TYPE_CHECKING:
    from aava_rules.decision.plugins import Plugins

STDIN = "-"
"""The path that stands for standard input."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the source has it, not checked yet, and where it stands there (``line 3``).

    ``place`` is empty if the record is the whole source.
    """

    place: str
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no record: where it stands, and why, without anything of its contents."""

    place: str
    reason: str


class Adapter(Protocol):
    """What reads one kind of source.

    ``suffixes`` are those of file names, with the dot; ``capabilities`` say what else it can do:
    ``stream`` means that memory does not grow with the source.
    """

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def media_types(self) -> Collection[str]:
        """The media types that it reads, such as ``application/json``."""

    @property
    def suffixes(self) -> Collection[str]:
        """The suffixes of file names that it reads, such as ``.json``."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What else it can do, such as ``stream``."""

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """The rows of a file or an open binary stream, in order; a bad row does not stop the others.

        Raises AdapterError if the source as a whole cannot be read.
        """


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    """The source as an open binary stream. A path is opened and closed; a stream is left open."""
    if not isinstance(source, Path):
        yield source
        return
    try:
        stream = source.open("rb")
    except OSError as error:
        raise unreadable(source, error) from None
    with stream:
        try:
            yield stream
        except OSError as error:
            raise unreadable(source, error) from None


def unreadable(path: Path, error: OSError) -> AdapterError:
    """The error of a file that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return AdapterError(f"{path}: there is no such file or folder.")
    if isinstance(error, IsADirectoryError):
        return AdapterError(f"{path}: is a folder, not a file.")
    return AdapterError(f"{path}: cannot be read ({error.strerror or type(error).__name__}).")


def reason(error: RecordError) -> str:
    """The faults of a record in one line each, by path, without contents."""
    lines = []
    for fault in error.faults:
        place = "" if fault.place == "record" else f"{fault.place} "
        lines.append(" ".join(part for part in (f"{place}{fault.what}.", fault.why, fault.hint) if part))
    return "\n".join(lines)


def adapter_for(plugins: Plugins, wanted: str | Path) -> Adapter:
    """The adapter of a path (by its suffix), of ``-`` (JSON or JSON Lines) or of a media type.

    Raises AdapterError if none reads it, or if several do.
    """
    text = str(wanted)
    if text == STDIN:
        from aava_rules.tools.inputs.json import JsonOrLines

        return JsonOrLines()
    media_type = text.partition(";")[0].strip().lower()
    found = [one for one in plugins.adapters() if media_type in one.media_types] or _by_suffix(plugins, text)
    if len(found) > 1:
        names = ", ".join(f"{one.name} (of {plugins.origin(one)})" for one in found)
        raise AdapterError(f"{text}: several adapters read this: {names}. Disable all but one.")
    if found:
        return found[0]
    raise AdapterError(_none_reads(plugins, text))


def _by_suffix(plugins: Plugins, text: str) -> list[Adapter]:
    name = Path(text).name.lower()
    fitting = [
        (len(suffix), adapter) for adapter in plugins.adapters() for suffix in adapter.suffixes if name.endswith(suffix)
    ]
    # of .csv and .tasks.csv the longer one says more
    longest = max((length for length, _ in fitting), default=0)
    return [adapter for length, adapter in fitting if length == longest]


def _none_reads(plugins: Plugins, text: str) -> str:
    suffixes = sorted({suffix for adapter in plugins.adapters() for suffix in adapter.suffixes})
    suffix = Path(text).suffix
    what = f"no adapter reads {suffix[:20]} files" if suffix else "the name has no suffix that tells its kind"
    hint = nearest(suffix, suffixes) if suffix else ""
    return f"{text}: {what}. Known are {', '.join(suffixes)}. {hint}".strip()
