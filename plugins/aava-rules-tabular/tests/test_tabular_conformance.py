"""The adapter passes the conformance kit: on a wide CSV file, on a folder of CSV files, and on a workbook."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from aava_rules_tabular import Tabular

from aava_rules import load_mapping
from aava_rules.adapters import Adapter, BadRow, Row
from aava_rules.mapping import read_mapped
from aava_rules.record.fields import lists
from aava_rules.testing import AdapterConformance

CLIENT = ("birth_date", "municipality", "language", "protected")
FACTS = {
    "unemployed": "boolean", "subsidy_days": "integer", "daily_compensation": "money", "joint_service_started": "date",
    "employment_hours_per_week": "decimal",
}  # fmt: skip
FIELDS = {name: tuple(info.fields) for name, info in lists().items()}
MANY = {
    name: {key for key, info in fields.fields.items() if info.type in ("dates", "set")}
    for name, fields in lists().items()
}
ITEMS = 2


def written(value: Any) -> Any:
    """A value as Finnish offices write it."""
    if isinstance(value, bool):
        return "kyllä" if value else "ei"
    if isinstance(value, date):
        return f"{value.day}.{value.month}.{value.year}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(written(part) for part in value)
    return str(value).replace(".", ",") if isinstance(value, (Decimal, float)) else "" if value is None else str(value)


def head(record: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a client."""
    cells = {"id": record["id"], "hetu": ""}
    cells |= {name: record.get("client", {}).get(name) for name in CLIENT}
    return cells | {name: record.get("facts", {}).get(name) for name in FACTS}


def fields_of(name: str, suffix: str) -> str:
    parts = [
        f"{key}: {{column: '{name}_{key}{suffix}', split: ','}}"
        if key in MANY[name]
        else f"{key}: '{name}_{key}{suffix}'"
        for key in FIELDS[name]
    ]
    return "{" + ", ".join(parts) + "}"


BEGIN = (
    "mapping: 1\ndates: [d.M.yyyy]\ndecimals: ','\nnever_read: {clients: [hetu]}\n"
    f"clients:\n  table: clients\n  id: id\n  client: {{{', '.join(f'{name}: {name}' for name in CLIENT)}}}\n"
    f"  facts: {{{', '.join(f'{name}: {{column: {name}, type: {kind}}}' for name, kind in FACTS.items())}}}\n"
)
WIDE = BEGIN + "".join(
    f"{name}: {{repeat: {ITEMS}, id: '{name}_id{{n}}', fields: {fields_of(name, '{n}')}}}\n" for name in FIELDS
)
LISTED = BEGIN + "".join(
    f"{name}: {{table: {name}, client: client, id: '{name}_id', fields: {fields_of(name, '')}}}\n" for name in FIELDS
)


def without_empty(value: Any) -> Any:
    """What a table can say: no list that is empty, since rows that are not there say nothing."""
    if isinstance(value, Mapping):
        return {key: kept for key, part in value.items() if (kept := without_empty(part)) not in ([], {})}
    return [without_empty(part) for part in value] if isinstance(value, list) else value


def wide_rows(records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row for each client, with the items of its lists beside one another."""
    for record in records:
        cells = head(record)
        for name, fields in FIELDS.items():
            items = list(record.get(name) or ())
            for number in range(ITEMS):
                item = items[number] if number < len(items) else {}
                cells |= {f"{name}_{key}{number + 1}": item.get(key) for key in ("id", *fields)}
        yield cells


class Kit(AdapterConformance):
    """What the three have in common."""

    mapping = WIDE
    source_mb = 4

    def adapter(self) -> Adapter:
        return Tabular()

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        return read_mapped(Tabular(), source, load_mapping(self.mapping.encode()))

    def says(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        said: Mapping[str, Any] = without_empty(record)
        return {"id": record["id"], **{key: part for key, part in said.items() if key != "id"}}

    def write_spoiled(self, records: Sequence[Mapping[str, Any]], folder: Path, canary: str) -> Path | None:
        spoiled = {**records[0], "id": "spoiled", "client": {"birth_date": canary}}
        return self.write([records[0], spoiled, *records[1:]], folder)

    def write_with_codes(self, records: Sequence[Mapping[str, Any]], codes: Sequence[str], folder: Path) -> Path | None:
        return self.write([{**record, "hetu": code} for record, code in zip(records, codes, strict=True)], folder)


def with_codes(records: Iterable[Mapping[str, Any]], rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for record, cells in zip(records, rows, strict=True):
        yield cells | {"hetu": record.get("hetu", "")}


class TestWide(Kit):
    """One CSV file: a row for each client."""

    def write(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path | None:
        path = folder / "clients.csv"
        lines: Any = None
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            for record in records:
                (cells,) = with_codes([record], wide_rows([record]))
                if lines is None:
                    lines = csv.writer(file, delimiter=";", lineterminator="\r\n")
                    lines.writerow(cells)
                lines.writerow(map(written, cells.values()))
        return path


class TestFolder(Kit):
    """A folder with a CSV file for each list, in Windows-1252."""

    mapping = LISTED

    def write(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path | None:
        files = {
            name: (folder / f"{name}.csv").open("w", encoding="cp1252", newline="") for name in ("clients", *FIELDS)
        }
        lines = {name: csv.writer(file, delimiter=";", lineterminator="\r\n") for name, file in files.items()}
        lines["clients"].writerow(head({"id": ""}))
        for name, fields in FIELDS.items():
            lines[name].writerow(["client", *(f"{name}_{key}" for key in ("id", *fields))])
        for record in records:
            (cells,) = with_codes([record], [head(record)])
            lines["clients"].writerow(map(written, cells.values()))
            for name, fields in FIELDS.items():
                for item in record.get(name) or ():
                    lines[name].writerow([record["id"], *(written(item.get(key)) for key in ("id", *fields))])
        for file in files.values():
            file.close()
        return folder


class Sheets(Tabular):
    """The adapter, for a source that is held in memory whole."""

    capabilities = Tabular.capabilities - {"stream"}


class TestWorkbook(Kit):
    """A workbook with the types of Excel: days, numbers and truth values."""

    def adapter(self) -> Adapter:
        return Sheets()

    def write(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path | None:
        path = folder / "clients.xlsx"
        rows = list(records)
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("Taul1")
            days = book.add_format({"num_format": "d.m.yyyy"})
            for number, cells in enumerate(with_codes(rows, wide_rows(rows))):
                if not number:
                    sheet.write_row(0, 0, list(cells))
                for column, cell in enumerate(cells.values()):
                    # Excel knows no day before 1900-03-01 rightly, and floats are not exact
                    if isinstance(cell, date) and cell >= date(1900, 3, 1):
                        sheet.write_datetime(number + 1, column, datetime(cell.year, cell.month, cell.day), days)
                    elif isinstance(cell, (bool, int)):
                        sheet.write(number + 1, column, cell)
                    elif cell is not None:
                        sheet.write_string(number + 1, column, written(cell))
        return path
