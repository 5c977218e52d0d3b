"""CSV that Excel opens where a comma is the decimal sign: what its cells say, and what they keep to themselves."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

import aava_rules
from aava_rules import Decision
from aava_rules.tools.reports.excel import HEADINGS, ExcelCsv, _number

PERIOD = {
    "kind": "rehabilitative_work", "start": "2015-09-01", "end": "2015-12-01", "days_per_week": 5, "hours_per_day": 5,
    "id": "p1",
}  # fmt: skip


def decided(record_id: str, **client: Any) -> Decision:
    record = {"id": record_id, "client": client, "plans": [], "periods": [PERIOD]}
    return aava_rules.load("finland", plugins=False).decide(record, on="2015-09-15")


def rows(decision: Decision, language: str = "fi") -> list[dict[str, str]]:
    out = io.StringIO(newline="")
    ExcelCsv().write(iter([decision]), out, language)
    written = out.getvalue()
    assert written.encode().startswith(b"\xef\xbb\xbf") and written.endswith("\n")
    lines = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert {len(line) for line in lines} == {len(HEADINGS)}
    return [dict(zip(HEADINGS, line, strict=True)) for line in lines[1:]]


def test_a_finding_in_words() -> None:
    """Status, ground, place and day are words of the language, and the numbers stand in cells of their own."""
    row = next(row for row in rows(decided("A-1")) if row["report.requirement"] == "päivien enimmäismäärä viikossa")
    assert (row["report.record"], row["diff.on"], row["report.weight"]) == ("A-1", "15.9.2015", "laki")
    assert row["report.where"] == "jakso p1, 1.9.2015: päiviä viikossa"
    assert (row["report.measured"], row["report.limit"], row["report.unit"]) == ("5", "4", "päivää viikossa")


def test_no_cell_is_a_formula() -> None:
    """An id that looks like a formula, or has a semicolon before one, is a text."""
    assert {row["report.record"] for row in rows(decided("=1+1"))} == {"'=1+1"}
    assert {row["report.record"] for row in rows(decided("a;=1"))} == {"a;'=1"}


def test_protected_clients() -> None:
    """Nothing of the record of a protected client is shown: no number, and no day of an item."""
    shown = rows(decided("A-1", protected=True))
    assert {row["report.measured"] for row in shown} == {""}
    assert not any("1.9.2015" in row["report.where"] for row in shown)


@pytest.mark.parametrize(
    ("value", "language", "written"),
    [(Decimal("2.50"), "fi", "2,50"), (Decimal("2.50"), "sv", "2,50"), (Decimal("2.50"), "en", "2.50"), (-3, "fi", "-3"),
     (aava_rules.UNKNOWN, "fi", ""), (None, "fi", "")],
)  # fmt: skip
def test_decimal_commas(value: Any, language: str, written: str) -> None:
    """Numbers have the decimal sign of the language; what is not known is an empty cell."""
    assert _number(value, language) == written
