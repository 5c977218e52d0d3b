"""The built-in adapters of JSON and JSON Lines, and of standard input, which may be either."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from aava_rules.adapters import BadRow, Row, each_client_once, opened, reason
from aava_rules.language.errors import Fault, RecordError
from aava_rules.mapping.tables import MAPPED
from aava_rules.record.json_text import SIZE_MAX, parse

if TYPE_CHECKING:
    from aava_rules.mapping.source_mapping import SourceMapping

WHOLE_MAX: Final = 256 * 2**20
"""Most bytes of a JSON document, which is read as a whole; larger sources are for JSON Lines."""

_SPACE = re.compile(rb"[ \t\r\n]*")
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{}]', re.DOTALL)
"""A text, or a sign that opens or closes something; a quote alone has no other half."""
_SCALAR = re.compile(rb'[^ \t\r\n,:"\[\]{}]+')
_BOM: Final = b"\xef\xbb\xbf"
_CHUNK: Final = 2**20
_SCANNED_MAX: Final = 2**16
"""A line of more bytes is not made into values to see whether it is an object."""
_WITHIN_LINE = re.compile(r"line 1 (column \d+)\Z")
# It only finds where a value ends, so it makes nothing of numbers; what it finds is parsed strictly.
_SCANNER = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=len)


class Json:
    """JSON: one record as an object, or an array of records."""

    name = "json"
    media_types = ("application/json",)
    suffixes = (".json",)
    capabilities = frozenset({MAPPED})

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """The record of ``source``, or the records of its array; their places are ``item 1, line 1`` and so on.

        A source of more than ``WHOLE_MAX`` bytes is one bad row. Raises AdapterError if ``source`` cannot be read.
        """
        return each_client_once(self._documents(source))

    def _documents(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        with opened(source) as stream:
            data = stream.read(WHOLE_MAX + 1)
        yield from _document(data)

    def read_mapped(self, source: Path | BinaryIO, mapping: SourceMapping) -> Iterator[Row | BadRow]:
        """The records that ``mapping`` makes of the documents of ``source``. Raises what reading and mapping raise."""
        from aava_rules.tools.inputs.mapped import documents_mapped  # only who has a mapping waits for its modules

        return documents_mapped(self._documents(source), mapping)


class JsonLines:
    """JSON Lines: one record per line. Blank lines are skipped, and only one line is held in memory at a time."""

    name = "jsonl"
    media_types = ("application/jsonl", "application/x-ndjson", "application/json-lines")
    suffixes = (".jsonl", ".ndjson")
    capabilities = frozenset({"stream", MAPPED})

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """The records of the lines of ``source``; their places are ``line 1`` and so on.

        Raises AdapterError if ``source`` cannot be read.
        """
        return each_client_once(self._documents(source))

    def _documents(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        with opened(source) as stream:
            yield from _rows(_lines(stream))

    def read_mapped(self, source: Path | BinaryIO, mapping: SourceMapping) -> Iterator[Row | BadRow]:
        """The records that ``mapping`` makes of the documents of ``source``. Raises what reading and mapping raise."""
        from aava_rules.tools.inputs.mapped import documents_mapped  # only who has a mapping waits for its modules

        return documents_mapped(self._documents(source), mapping)


class JsonOrLines:
    """JSON or JSON Lines, told apart by the first line: if that is an object by itself, the source is JSON Lines."""

    name = "json or jsonl"
    media_types = ()
    suffixes = ()
    capabilities = frozenset({"stream", MAPPED})

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """The records of ``source``; those on lines of their own come out line by line, each before the next is read.

        Raises AdapterError if ``source`` cannot be read.
        """
        return each_client_once(self._documents(source))

    def _documents(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        with opened(source) as stream:
            lines = (pair for pair in _lines(stream) if pair[1] is None or pair[1].strip())
            first = next(lines, (1, b""))
            if first[1] is not None and not _is_object(first[1]):
                # The lines before it were blank; they count for the places of what follows.
                data = b"\n" * (first[0] - 1) + first[1] + stream.read(WHOLE_MAX)
                yield from _document(data)
                return
            yield from _rows(chain([first], lines))

    def read_mapped(self, source: Path | BinaryIO, mapping: SourceMapping) -> Iterator[Row | BadRow]:
        """The records that ``mapping`` makes of the documents of ``source``. Raises what reading and mapping raise."""
        from aava_rules.tools.inputs.mapped import documents_mapped  # only who has a mapping waits for its modules

        return documents_mapped(self._documents(source), mapping)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """The lines and their numbers; None for a line that is too long to be read."""
    number = 0
    while line := stream.readline(SIZE_MAX + 1):
        number += 1
        if len(line) <= SIZE_MAX or line.endswith(b"\n"):
            yield number, line
            continue
        while (rest := stream.readline(2**20)) and not rest.endswith(b"\n"):
            pass
        yield number, None


def _rows(lines: Iterator[tuple[int, bytes | None]]) -> Iterator[Row | BadRow]:
    for number, line in lines:
        place = f"line {number}"
        if line is None:
            yield _bad(place, "AR120", f"is over {SIZE_MAX // 2**20} MB")
        elif line.strip():
            yield _row(place, line.rstrip(b"\r\n"))


def _row(place: str, text: bytes) -> Row | BadRow:
    try:
        return Row(place, parse(text))
    except RecordError as error:
        faults = list(error.faults)
        if place:
            # It already says which line; the fault's own place counts within that line.
            faults = [replace(fault, place=_WITHIN_LINE.sub(r"\1", fault.place)) for fault in faults]
        return BadRow(place, reason(RecordError("record", faults)), tuple(faults))


def _is_object(line: bytes) -> bool:
    start = _after_space(line, len(_BOM) if line.startswith(_BOM) else 0)
    if line[start : start + 1] != b"{":
        return False
    if len(line) > _SCANNED_MAX:
        end = _end(line, start)
        return end is not None and _after_space(line, end) == len(line)
    text = line[start:].decode("utf-8", "replace")
    try:
        _, at = _SCANNER.raw_decode(text)
    except json.JSONDecodeError as error:
        # An object that goes on on the next line fails at the end of this one; else it is a bad line.
        return error.pos < len(text.rstrip())
    except (ValueError, RecursionError):
        return True
    return not text[at:].strip()


def _document(data: bytes) -> Iterator[Row | BadRow]:
    if len(data) > WHOLE_MAX:
        hint = "Give so many records as JSON Lines, one a line."
        yield _bad("", "AR120", f"is over {WHOLE_MAX // 2**20} MB", hint)
        return
    wrong = _not_utf8(data)
    if wrong is not None:
        yield _bad(f"byte {wrong}", "AR111", "is not UTF-8", "Save the file as UTF-8.")
        return
    begin = len(_BOM) if data.startswith(_BOM) else 0
    start = _after_space(data, begin)
    if start == len(data):
        yield _bad("", "AR111", "is empty", "Give a record, or [] for none.")
    elif data[start : start + 1] == b"[":
        yield from _items(data, start + 1)
    else:
        yield _row("", data)


def _not_utf8(data: bytes) -> int | None:
    """The place of the first byte that is no UTF-8; None if there is none. Little of the text is held at once."""
    at = 0
    while at < len(data):
        end = min(at + _CHUNK, len(data))
        while end < len(data) and end > at + _CHUNK - 4 and data[end] & 0xC0 == 0x80:
            end -= 1  # a character is not cut in two
        try:
            data[at:end].decode("utf-8")
        except UnicodeDecodeError as error:
            return at + error.start
        at = end
    return None


def _end(data: bytes, at: int) -> int | None:
    """Where the value ends that begins at ``at``, by its brackets and quotes alone; None if it does not end.

    Nothing is made of the value, which may be far larger than a record; what it is is read later.
    """
    if data[at : at + 1] not in (b"[", b"{", b'"'):
        scalar: Any = _SCALAR.match(data, at)
        return int(scalar.end()) if scalar else None
    depth = 0
    for token in _TOKEN.finditer(data, at):
        sign = data[token.start()]
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
        elif token.end() == token.start() + 1:
            return None  # a quote without its other half
        if depth <= 0:
            return token.end()
    return None


def _items(data: bytes, at: int) -> Iterator[Row | BadRow]:
    """The items of an array that begins before ``at``, each parsed by itself, so that one bad item is one."""
    number, line, counted = 0, 1, 0
    at = _after_space(data, at)
    more = data[at : at + 1] != b"]"
    while more:
        number += 1
        line, counted = line + data.count(b"\n", counted, at), at
        end = _end(data, at)
        if end is None:
            yield _stop(*_position(data, at), number)
            return
        yield _row(f"item {number}, line {line}", data[at:end])
        at = _after_space(data, end)
        if data[at : at + 1] not in (b",", b"]"):
            yield _stop(*_position(data, at), number)
            return
        more = data[at : at + 1] == b","
        at = _after_space(data, at + 1) if more else at
    rest = _after_space(data, at + 1)
    if rest < len(data):
        yield _stop(*_position(data, rest), number)


def _stop(line: int, column: int, number: int) -> BadRow:
    what = f"is not JSON, in or after item {number}"
    return _bad(f"line {line} column {column}", "AR111", what, "What follows is not read.")


def _bad(place: str, code: str, what: str, hint: str = "") -> BadRow:
    """The bad row of one fault, which is of all that stands at its place."""
    return BadRow(place, f"{what}. {hint}".strip(), (Fault("record", code, what, hint=hint),))


def _after_space(data: bytes, at: int) -> int:
    space: Any = _SPACE.match(data, at)
    return int(space.end())


def _position(data: bytes, at: int) -> tuple[int, int]:
    """The line and the column, in characters, of a place."""
    start = data.rfind(b"\n", 0, at) + 1
    return data.count(b"\n", 0, at) + 1, len(data[start:at].decode("utf-8", "replace")) + 1
