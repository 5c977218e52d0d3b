"""CSV as offices export it: its encoding and separator are found out and told, its rows read one at a time.

A file is UTF-8 (with a byte order mark or without), UTF-16 with a byte order mark, or else Windows-1252. The separator
is that which parts the heading, or, where the mapping names the columns of a file without one, its first line, into
columns.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from aava_rules import AdapterError
from aava_rules.adapters import BadRow, opened
from aava_rules.mapping import SourceRow

SEPARATORS: Final = (";", ",", "\t", "|")
NAMES: Final = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
}
COLUMNS_MAX: Final = 4_096
"""Most columns of a table."""
_CHUNK: Final = 2**20
_LINES: Final = 20
_SPACES: Final = " \t\r\n\u00a0\ufeff"


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written.

    Attributes:
        encoding: the name of its encoding in Python.
        separator: what parts the cells of a line.
        columns: the names of its columns, in order.
        has_heading: whether its first line names the columns.
        was_told: whether the mapping said encoding and separator, so that nothing was found out.
    """

    encoding: str
    separator: str
    columns: tuple[str, ...]
    has_heading: bool
    was_told: bool = False

    @property
    def note(self) -> str:
        """What was found out, as a sentence; empty if the mapping says it all."""
        if self.was_told:
            return ""
        heading = "" if self.has_heading else ", without a heading"
        return f"{ENCODINGS[self.encoding]}, separator {NAMES[self.separator]}{heading}."


def encoding_of(source: Path | BinaryIO, name: str) -> str:
    """The encoding of a whole file, by its bytes.

    Args:
        source: a path, or a stream that can be read from its beginning again.
        name: what the file is called in errors.

    Raises:
        AdapterError: it is in none of the encodings that are read.
    """
    # both at once, since Windows-1252 lacks five bytes, and only the whole file tells that it is UTF-8
    decoders = {"utf-8": codecs.getincrementaldecoder("utf-8")(), "cp1252": codecs.getincrementaldecoder("cp1252")()}
    first = True
    with rewound(source) as stream:
        while chunk := stream.read(_CHUNK):
            if first and chunk[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                return "utf-16"
            marked = first and chunk.startswith(codecs.BOM_UTF8)
            if marked:
                decoders = {"utf-8-sig": codecs.getincrementaldecoder("utf-8-sig")()}
            if b"\x00" in chunk:
                raise AdapterError(f"{name}: is no text: it has bytes that are 0. Save it as CSV.")
            decoders = {key: decoder for key, decoder in decoders.items() if _decodes(decoder, chunk)}
            first = False
    decoders = {key: decoder for key, decoder in decoders.items() if _decodes(decoder, b"", final=True)}
    if not decoders:
        raise AdapterError(f"{name}: is neither UTF-8 nor Windows-1252. Save it as CSV UTF-8.")
    return next(iter(decoders))


def _decodes(decoder: Any, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def rewound(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    """The source as a binary stream at its beginning; an open stream is left open."""
    if isinstance(source, Path):
        with opened(source) as stream:
            yield stream
    else:
        source.seek(0)
        yield source


@contextmanager
def _text(source: Path | BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    with rewound(source) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        try:
            yield text
        finally:
            text.detach()  # the stream is closed by the one who opened it


def form_of(source: Path | BinaryIO, name: str, hints: Mapping[str, Any], wanted: frozenset[str] | None) -> Form:
    """How a file is written.

    Args:
        source: a path, or a stream that can be read from its beginning again.
        name: what the file is called in errors.
        hints: what the mapping says of it: ``encoding``, ``separator``, and ``header`` of a file without one.
        wanted: the columns that a mapping reads; None if there is no mapping.

    Raises:
        AdapterError: the file is empty, is no text, has no separator that parts its columns, or names one twice.
    """
    encoding = hints.get("encoding") or encoding_of(source, name)
    header = hints.get("header")
    first_lines = _first_lines(source, encoding, name)
    if not first_lines:
        if header is None:
            raise AdapterError(f"{name}: is empty. A file without rows has at least its heading.")
        return Form(encoding, hints.get("separator") or ";", tuple(header), False)
    separator = hints.get("separator") or _separator(first_lines, header, wanted)
    if header is None:
        cells = next(csv.reader(first_lines, delimiter=separator), [])
        columns = tuple(cell.strip(_SPACES) for cell in _without_empty_ends(cells))
    else:
        columns = tuple(header)
    if len(columns) > COLUMNS_MAX:
        raise AdapterError(f"{name}: has more than {COLUMNS_MAX} columns.")
    twice = [number for number, column in enumerate(columns, 1) if column in columns[: number - 1] and column]
    if twice and (wanted is None or any(columns[number - 1] in wanted for number in twice)):
        places = ", ".join(map(str, twice))
        raise AdapterError(f"{name}: the heading has a name again in column {places}. Name each column once.")
    return Form(encoding, separator, columns, header is None, {"encoding", "separator"} <= hints.keys())


def _first_lines(source: Path | BinaryIO, encoding: str, name: str) -> list[str]:
    """The first lines that are not blank."""
    lines: list[str] = []
    failed = False
    with _text(source, encoding) as text:
        try:
            while len(lines) < _LINES and (line := text.readline(_CHUNK)):
                if line.strip(_SPACES + "".join(SEPARATORS) + '"'):
                    lines.append(line)
        except UnicodeError:
            failed = True
    if failed:
        raise AdapterError(f"{name}: is not {ENCODINGS.get(encoding, encoding)}.")
    return lines


def _separator(lines: Sequence[str], header: Sequence[str] | None, wanted: frozenset[str] | None) -> str:
    """That which parts the first line into the columns that are wanted, or else into most columns."""

    def fits(separator: str) -> tuple[int, int]:
        cells = [cell.strip(_SPACES) for cell in next(csv.reader(lines, delimiter=separator), [])]
        if header is not None:
            return int(len(_without_empty_ends(cells)) == len(header) or len(cells) == len(header)), len(cells)
        return len(wanted & set(cells)) if wanted else 0, len(cells)

    # of those that part it alike the first counts, the semicolon of Finland
    return max(SEPARATORS, key=fits)


def _without_empty_ends(cells: Sequence[str]) -> Sequence[str]:
    """The cells without the empty ones after the last that is not."""
    count = len(cells)
    while count and not cells[count - 1].strip(_SPACES):
        count -= 1
    return cells[:count]


def rows_of(
    source: Path | BinaryIO, name: str, table: str, form: Form, wanted: frozenset[str] | None
) -> Iterator[SourceRow | BadRow]:
    """The rows of a file, in order, blank lines left out.

    Args:
        source: a path, or a stream that can be read from its beginning again.
        name: what the file is called in errors.
        table: what it is called in the places of rows.
        form: how it is written.
        wanted: the columns that are read; no other cell is handed on. None: all.

    Raises:
        AdapterError: it cannot be read on, or is not in its encoding.
    """
    places = [(number, column) for number, column in enumerate(form.columns) if wanted is None or column in wanted]
    width = len(form.columns)
    problem = ""
    with _text(source, form.encoding) as text:
        lines = csv.reader(text, delimiter=form.separator, strict=True)
        heading = form.has_heading
        try:
            for cells in lines:
                if not any(cell.strip(_SPACES) for cell in cells):
                    continue
                if heading:
                    heading = False
                    continue
                place = f"{table} line {lines.line_num}"
                if len(cells) != width:
                    # cells that Excel leaves at the end of lines are no more than separators
                    filled = _without_empty_ends(cells) if len(cells) > width else cells
                    if len(cells) < width or len(filled) > width:
                        yield BadRow(place, f"has {len(filled)} cells, and there are {width} columns.")
                        continue
                yield SourceRow(place, {column: cells[number] for number, column in places})
        except csv.Error:
            problem = f"line {lines.line_num} is not CSV: a quote that never ends, or a cell that is too long"
        except UnicodeError:
            problem = f"is not {ENCODINGS.get(form.encoding, form.encoding)} after line {lines.line_num}"
    if problem:
        raise AdapterError(f"{name}: {problem}. What follows is not read.")
