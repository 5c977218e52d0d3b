"""Findings as a workbook."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from aava_rules_tabular import Workbook
from python_calamine import CalamineWorkbook

import aava_rules
from aava_rules import AdapterError
from aava_rules.tools.reports.cells import COLUMNS, finding_cells
from aava_rules.tools.reports.unanswered import Unanswered

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
    assert len(rows) == 1 + sum(len(list(finding_cells(decision, "fi"))) for decision in decisions)


def test_a_record_without_an_answer_has_its_row(tmp_path: Path, decisions: list[Any]) -> None:
    """What could not be read stands among the findings, with its place and what to do."""
    path = tmp_path / "findings.xlsx"
    unread = Unanswered("row 3", None, AdapterError("the day is not written as d.M.yyyy. Write it so."), "clients.csv")
    with path.open("w", encoding="utf-8") as out:
        Workbook().write(iter([*decisions, unread]), out, "fi")
    last = dict(zip(COLUMNS, CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[-1], strict=True))
    assert (last["status"], last["where"]) == ("error", "clients.csv, row 3")
    assert last["text"] == "the day is not written as d.M.yyyy. Write it so."


def test_a_workbook_is_not_written_to_what_takes_no_bytes(decisions: list[Any]) -> None:
    """A terminal, or a stream of text alone, gets a message in place of a workbook."""
    with pytest.raises(AdapterError, match="write it to a file"):
        Workbook().write(decisions, io.StringIO(), "fi")
