"""Excel workbooks: their sheets as tables. calamine reads the cells.

calamine gives cells that show an error as empty ones, which would make something unknown of a mistake; so such cells
are looked for in the sheet's own XML. That is possible in ``.xlsx`` and ``.xlsm``; no other workbooks are read.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from aava_rules import AdapterError
from aava_rules.adapters import BadRow
from aava_rules.mapping import ErrorCell, SourceRow
from aava_rules_tabular.text_files import COLUMNS_MAX

_DAMAGES: Final = (
    OSError, EOFError, KeyError, NotImplementedError, CalamineError, zipfile.BadZipFile, zlib.error,
    ElementTree.ParseError,
)  # fmt: skip
"""What libraries raise of a workbook that is damaged; what is thrown may hold contents, so it is dropped."""
MAGIC: Final = b"PK\x03\x04"
"""The first bytes of a workbook."""
SIZE_MAX: Final = 2**30
"""Most bytes of an unpacked workbook."""
_CELL: Final = re.compile(rb"<(?:\w+:)?c\s([^>]*\bt=\"e\"[^>]*)>")
_PLACE: Final = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_CHUNK: Final = 2**20
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Book:
    """A workbook that is read.

    Args:
        source: its path, or its bytes as a stream.
        name: what it is called in errors.

    Raises:
        AdapterError: it is no workbook, is damaged or protected by a password, or is too large.
    """

    def __init__(self, source: Path | BinaryIO, name: str) -> None:
        self._name = name
        self._data: Any = source if isinstance(source, Path) else io.BytesIO(source.read())
        problem = ""
        try:
            with zipfile.ZipFile(self._data) as packed:
                if sum(member.file_size for member in packed.infolist()) > SIZE_MAX:
                    problem = f"has more than {SIZE_MAX // 2**20} MB unpacked. Give so many rows as CSV"
                self._paths = _paths_of_sheets(packed)
            self._book: Any = None if problem else self._open()
        except FileNotFoundError:
            problem = "there is no such file or folder"
        except PermissionError:
            problem = "may not be read"
        except _DAMAGES:
            problem = "is no workbook that can be read: it is damaged, half written or protected by a password"
        if problem:
            raise AdapterError(f"{name}: {problem}.")

    def _open(self) -> Any:
        if isinstance(self._data, Path):
            return CalamineWorkbook.from_path(str(self._data))
        self._data.seek(0)
        return CalamineWorkbook.from_filelike(self._data)

    @property
    def sheets(self) -> list[str]:
        """The names of its sheets that have cells, in order."""
        return [name for name in self._book.sheet_names if name in self._paths and self._sheet(name).total_height]

    def _sheet(self, name: str) -> Any:
        try:
            return self._book.get_sheet_by_name(name)
        except CalamineError:
            pass  # what it says may hold contents
        raise AdapterError(f"{self._name}: the sheet cannot be read; the workbook is damaged.")

    def cells(self, sheet: str) -> Iterator[tuple[int, list[Any]]]:
        """The rows of a sheet that are not blank, each with its number, as Excel counts them.

        Args:
            sheet: its name.

        Raises:
            AdapterError: the sheet is damaged.
        """
        errors = self._errors(sheet)
        rows = self._sheet(sheet).to_python(skip_empty_area=False)
        for number, row in enumerate(rows, start=1):
            for column in errors.get(number, ()):
                row += [""] * (column + 1 - len(row))
                row[column] = ErrorCell()
            if any(cell != "" and not (isinstance(cell, str) and not cell.strip()) for cell in row):
                yield number, row

    def _errors(self, sheet: str) -> dict[int, list[int]]:
        """The columns of cells that show an error, by the number of their row."""
        places: dict[int, list[int]] = {}
        problem = False
        try:
            with zipfile.ZipFile(self._data) as packed, packed.open(self._paths[sheet]) as xml:
                rest = b""
                while chunk := xml.read(_CHUNK):
                    text = rest + chunk
                    end = text.rfind(b"<")
                    rest = text[end:] if end >= 0 else text
                    for tag in _CELL.finditer(text, 0, end if end >= 0 else len(text)):
                        if place := _PLACE.search(tag[1]):
                            places.setdefault(int(place[2]), []).append(_number_of(place[1]))
        except (OSError, zipfile.BadZipFile, EOFError, zlib.error):
            problem = True
        if problem:
            raise AdapterError(f"{self._name}: is damaged, or half written.")
        return places


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _paths_of_sheets(packed: zipfile.ZipFile) -> dict[str, str]:
    """Where the XML of each sheet lies in the workbook."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))
    }
    paths: dict[str, str] = {}
    for element in ElementTree.fromstring(packed.read("xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet"):
            target = targets.get(element.get(_RELATION), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if path in packed.namelist():
                paths[element.get("name", "")] = path
    return paths


def columns_of(book: Book, sheet: str, name: str, header: list[str] | None) -> tuple[str, ...]:
    """The columns of a sheet: ``header``, or else the cells of its first row that is not blank.

    Args:
        book: the workbook.
        sheet: the name of the sheet.
        name: what the workbook is called in errors.
        header: the names that the mapping gives; None if the sheet has them.

    Raises:
        AdapterError: the heading has a name twice, or too many.
    """
    if header is not None:
        return tuple(header)
    _, heading = next(book.cells(sheet), (0, []))
    columns = ["" if isinstance(cell, ErrorCell) else str(cell).strip() for cell in heading]
    while columns and not columns[-1]:
        columns.pop()
    if len(columns) > COLUMNS_MAX:
        raise AdapterError(f"{name}: has more than {COLUMNS_MAX} columns.")
    twice = [number for number, column in enumerate(columns, 1) if column and column in columns[: number - 1]]
    if twice:
        raise AdapterError(
            f"{name}: the heading has a name again in column {', '.join(map(str, twice))}. Name each column once."
        )
    return tuple(columns)


def rows_of(
    book: Book, sheet: str, table: str, columns: tuple[str, ...], has_heading: bool, wanted: frozenset[str] | None
) -> Iterator[SourceRow | BadRow]:
    """The rows of a sheet, in order, blank ones left out.

    Args:
        book: the workbook.
        sheet: the name of the sheet.
        table: what it is called in the places of rows.
        columns: the names of its columns.
        has_heading: whether its first row names them.
        wanted: the columns that are read; no other cell is handed on. None: all.

    Raises:
        AdapterError: the sheet is damaged.
    """
    places = [(number, column) for number, column in enumerate(columns) if wanted is None or column in wanted]
    for index, (number, cells) in enumerate(book.cells(sheet)):
        if has_heading and index == 0:
            continue
        place = f"{table} row {number}"
        if any(cell != "" for cell in cells[len(columns) :]):
            yield BadRow(place, f"has a cell beyond the {len(columns)} columns.")
        else:
            yield SourceRow(place, {column: cells[n] if n < len(cells) else "" for n, column in places})
