"""The adapter of CSV and Excel: which file or sheet is which table of a mapping, and their rows."""

from __future__ import annotations

import fnmatch
import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from aava_rules import AdapterError
from aava_rules.adapters import GZIP, BadRow, Row, opened
from aava_rules.mapping import SourceTable, TableUse
from aava_rules_tabular import text_files, workbooks

TEXTS: Final = (".csv", ".tsv", ".txt")
WORKBOOKS: Final = (".xlsx", ".xlsm")
IN_MEMORY: Final = 16 * 2**20
"""Bytes of a stream that are held in memory; a longer one goes into a temporary file, which has no name."""


class Tabular:
    """CSV (``.csv``, ``.tsv``, ``.txt``) and Excel (``.xlsx``, ``.xlsm``), one file or a folder of them.

    A table is a file, named as the file without its suffix, or a sheet of a workbook. Under ``tables`` a mapping can
    say which (``file``, a pattern; ``sheet``) and how it is written (``encoding``, ``separator``, ``header``).
    """

    name = "tabular"
    media_types = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    suffixes = (*TEXTS, *WORKBOOKS)
    capabilities = frozenset({"stream", "mapping", "only mapping"})

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """Nothing: what ``source`` means, only a mapping tells. Raises AdapterError."""
        name = str(source) if isinstance(source, Path) else "the stream"
        hint = "Make one with aava-rules map, and give it with --mapping."
        raise AdapterError(f"{name}: CSV and Excel are read through a mapping file. {hint}")

    def tables(self, source: Path | BinaryIO, uses: Mapping[str, TableUse] | None = None) -> Sequence[SourceTable]:
        """The tables of a file, a folder or a stream.

        Args:
            source: the path of a file or folder, or an open binary stream.
            uses: what a mapping reads of each table; no other column is handed on. None: all tables and columns.

        Raises:
            AdapterError: a file cannot be read, or several fit one table.
        """
        files = _Files(source)
        if uses is None:
            return files.all()
        found = (files.table(name, use, alone=len(uses) == 1) for name, use in uses.items())
        return [table for table in found if table is not None]


class _Files:
    """The files of one source, and what tables they may be. Workbooks are opened once."""

    def __init__(self, source: Path | BinaryIO) -> None:
        self._books: dict[Path | None, workbooks.Book] = {}
        if isinstance(source, Path) and source.exists() and not (source.is_file() or source.is_dir()):
            with opened(source) as pipe:  # it can be read but once
                source = _seekable(pipe)
        self._stream = None if isinstance(source, Path) else _seekable(source)
        if self._stream is not None:
            is_book = _starts_as_book(self._stream)
            self._parts = self._parts_of_book(None) if is_book else [_Part(None, "", "input", frozenset({"input"}))]
            return
        assert isinstance(source, Path)
        paths = [path for path in sorted(source.iterdir()) if _kind(path)] if source.is_dir() else [source]
        if not paths:
            raise AdapterError(f"{source}: the folder has no file that is read: {', '.join((*TEXTS, *WORKBOOKS))}.")
        self._parts = [part for path in paths for part in self._parts_of(path)]

    def _parts_of(self, path: Path) -> list[_Part]:
        if _kind(path) == "workbook":
            return self._parts_of_book(path)
        return [_Part(path, "", path.name, frozenset({_stem(path).lower()}))]

    def _parts_of_book(self, path: Path | None) -> list[_Part]:
        file = "" if path is None else path.name
        sheets = self._book(path).sheets
        other = {_stem(path).lower()} if path is not None and len(sheets) == 1 else set()
        return [_Part(path, sheet, file, frozenset({sheet.lower()} | other)) for sheet in sheets]

    def _book(self, path: Path | None) -> workbooks.Book:
        if path not in self._books:
            self._books[path] = workbooks.Book(path or self._stream, _called(path))  # type: ignore[arg-type]
        return self._books[path]

    def all(self) -> list[SourceTable]:
        """Every table, under the name that a mapping can give it."""
        names = [part.sheet if part.sheet and len(part.names) == 1 else _stem(Path(part.file)) for part in self._parts]
        return [self._read(part, name, {}, None) for part, name in zip(self._parts, names, strict=True)]

    def table(self, name: str, use: TableUse, *, alone: bool) -> SourceTable | None:
        """The table ``name`` of a mapping; None if there is none.

        Args:
            name: the table.
            use: what the mapping reads of it, and how it is found.
            alone: whether the mapping reads no other table, so that the only one of the source is meant.

        Raises:
            AdapterError: several files or sheets fit.
        """
        pattern, sheet = use.hints.get("file"), use.hints.get("sheet")
        fitting = [
            part
            for part in self._parts
            if (pattern is None or fnmatch.fnmatchcase(part.file.lower(), pattern.lower()))
            and (sheet is None or part.sheet == sheet)
        ]
        named = [part for part in fitting if name.lower() in part.names]
        if pattern is None and sheet is None:
            fitting = named or (self._parts if alone and len(self._parts) == 1 else [])
        elif len(fitting) > 1 and named:
            fitting = named
        if len(fitting) > 1:
            shown = ", ".join(f"{part.file} {part.sheet}".strip() for part in fitting)
            raise AdapterError(f"{name[:60]}: several fit this table: {shown}. Name one under tables: file and sheet.")
        return self._read(fitting[0], name, use.hints, use.columns) if fitting else None

    def _read(self, part: _Part, table: str, hints: Mapping[str, Any], wanted: frozenset[str] | None) -> SourceTable:
        header = hints.get("header")
        name = _called(part.path)
        if part.sheet:
            book = self._book(part.path)
            columns = workbooks.columns_of(book, part.sheet, name, header)
            rows = partial(workbooks.rows_of, book, part.sheet, table, columns, header is None, wanted)
            return SourceTable(table, columns, rows)
        source: Any = part.path or self._stream
        form = text_files.form_of(source, name, hints, wanted)
        texts = partial(text_files.rows_of, source, name, table, form, wanted)
        return SourceTable(table, form.columns, texts, notes=(f"{name}: {form.note}",) if form.note else ())


@dataclass(frozen=True, slots=True)
class _Part:
    """A file of text, or a sheet of a workbook: where it is, and what a mapping may call it, in small letters."""

    path: Path | None
    sheet: str
    file: str
    names: frozenset[str]


def _called(path: Path | None) -> str:
    return "the stream" if path is None else str(path)


def _kind(path: Path) -> str:
    """Whether a path is a ``text``, a ``workbook``, or neither, by its suffix."""
    name = path.name.lower()
    if name.startswith(("~$", ".")) or not path.is_file():
        return ""
    if name.endswith(WORKBOOKS):
        return "workbook"
    return "text" if name.removesuffix(GZIP).endswith(TEXTS) else ""


def _stem(path: Path) -> str:
    name = path.name[: -len(GZIP)] if path.name.lower().endswith(GZIP) else path.name
    return Path(name).stem


class _Spool(io.BufferedRandom):
    """A temporary file without a name, closed with the last table that reads it."""

    def __del__(self) -> None:
        self.close()


def _seekable(stream: BinaryIO) -> BinaryIO:
    """The stream, or a copy of it that can be read twice: in memory, or in a temporary file if it is long."""
    if stream.seekable():
        return stream
    start = stream.read(IN_MEMORY)
    if len(start) < IN_MEMORY:
        return io.BytesIO(start)
    raw: Any = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with its spool
    copy = _Spool(raw)
    copy.write(start)
    shutil.copyfileobj(stream, copy)
    copy.seek(0)
    return copy


def _starts_as_book(stream: BinaryIO) -> bool:
    stream.seek(0)
    start = stream.read(len(workbooks.MAGIC))
    stream.seek(0)
    return start == workbooks.MAGIC
