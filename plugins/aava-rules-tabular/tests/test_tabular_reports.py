"""Findings as a workbook and as CSV for Excel in Finland."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from aava_rules_tabular import ExcelCsv, Workbook
from python_calamine import CalamineWorkbook

import aava_rules
from aava_rules import AdapterError
from aava_rules.tools.reports.report import COLUMNS

PERIOD = {
    "kind": "rehabilitative_work",
    "start": "2015-09-01",
    "end": "2015-12-01",
    "days_per_week": 5,
    "hours_per_day": 5,
}


@pytest.fixture(scope="module")
def decisions() -> list[Any]:
    book = aava_rules.load("finland", plugins=False)
    records = [{"id": "=1+1", "plans": [], "periods": [PERIOD]}, {"id": "0017", "plans": [], "periods": []}]
    return [book.decide(record, on="2015-09-15") for record in records]


def test_a_workbook_of_findings(tmp_path: Path, decisions: list[Any]) -> None:
    """Every finding is a row of texts: an id keeps its zeros, and a text that looks like a formula is none."""
    path = tmp_path / "findings.xlsx"
    with path.open("w", encoding="utf-8") as out:
        Workbook().write(iter(decisions), out, "fi")
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert tuple(rows[0]) == COLUMNS
    assert {row[0] for row in rows[1:]} == {"=1+1", "0017"}
    titles = {finding.title("fi") for decision in decisions for finding in decision.findings}
    assert {row[COLUMNS.index("title")] for row in rows[1:]} <= titles
    texts = io.StringIO()
    ExcelCsv().write(decisions, texts, "fi")
    assert len(rows) == len(list(csv.reader(io.StringIO(texts.getvalue()), delimiter=";")))


def test_a_workbook_is_not_written_to_what_takes_no_bytes(decisions: list[Any]) -> None:
    """A terminal, or a stream of text alone, gets a message in place of a workbook."""
    with pytest.raises(AdapterError, match="write it to a file"):
        Workbook().write(decisions, io.StringIO(), "fi")


def test_csv_that_excel_opens(decisions: list[Any]) -> None:
    """It begins with a byte order mark, is parted by semicolons, and no cell is a formula."""
    out = io.StringIO()
    ExcelCsv().write(decisions, out, "fi")
    assert out.getvalue().encode().startswith(b"\xef\xbb\xbfrecord_id;on;key")
    rows = list(csv.reader(io.StringIO(out.getvalue().removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert rows[1][0] == "'=1+1"
    assert {len(row) for row in rows} == {len(COLUMNS)}
