"""The example plugin: what it reads, what it leaves unknown, and what it writes to the log."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import aava_rules_example as plugin
import pytest
from aava_rules_example import FactsCsv

import aava_rules
from aava_rules.adapters import BadRow, Row
from aava_rules.testing import AdapterConformance

ON = "2014-05-05"


class TestConformance(AdapterConformance):
    """What every adapter has to keep; the columns are the facts that the kit writes."""

    columns = ("id", "unemployed", "subsidy_days", "daily_compensation", "joint_service_started")

    def adapter(self) -> FactsCsv:
        """The adapter of this plugin."""
        return FactsCsv()

    def says(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Of a record, a row has the id and the facts."""
        facts = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in _facts(record).items()
        }
        return {"id": record["id"], "facts": facts}

    def write(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path:
        """A line a record; a fact that is not there is an empty cell."""
        return self._write((_cells(record, self.columns) for record in records), folder)

    def write_spoiled(self, records: Sequence[Mapping[str, Any]], folder: Path, canary: str) -> Path:
        """A row with more cells than the heading has."""
        first, *others = (_cells(record, self.columns) for record in records)
        return self._write([first, [canary] * 9, *others], folder)

    def _write(self, rows: Iterable[list[str]], folder: Path) -> Path:
        path = folder / "facts.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([self.columns])
            csv.writer(out).writerows(rows)
        return path


def _facts(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return record.get("facts", {})


def _cells(record: Mapping[str, Any], columns: Iterable[str]) -> list[str]:
    values = {"id": record["id"], **_facts(record)}
    texts = {True: "true", False: "false", None: ""}
    return [
        texts[value] if isinstance(value, bool) or value is None else str(value)
        for value in (values.get(column) for column in columns)
    ]


def read(text: str) -> list[Row | BadRow]:
    """The rows of a CSV text."""
    return list(FactsCsv().read(io.BytesIO(text.encode())))


def test_cells_become_facts_of_their_kind() -> None:
    """True and false, numbers, words and days are told apart, and each row has its place."""
    rows = read("id,unemployed,age,hours,kind,made_on\nA-1,true,40,3.50,home,2014-05-05\n")
    facts = {"unemployed": True, "age": 40, "hours": Decimal("3.50"), "kind": "home", "made_on": "2014-05-05"}
    assert rows == [Row("line 2", {"id": "A-1", "facts": facts})]


def test_an_empty_cell_is_unknown() -> None:
    """An empty cell, or one that is left out at the end, gives no fact at all: neither false nor 0."""
    assert read("id,unemployed,age\nA-1,,\nA-2\n") == [
        Row("line 2", {"id": "A-1", "facts": {}}),
        Row("line 3", {"id": "A-2", "facts": {}}),
    ]


@pytest.mark.parametrize("heading", ["", "age,unemployed", "id,age,age"])
def test_a_heading_must_name_the_columns(heading: str) -> None:
    """Without a column id, or with a column twice, nothing is read."""
    assert [(type(row), row.place) for row in read(f"{heading}\n1,2\n")] == [(BadRow, "line 1")]


def test_a_bad_row_does_not_stop_the_others() -> None:
    """A row with too many cells is told by its line, and the next one is read."""
    rows = read("id,age\nA-1,40,1\nA-2,41\n")
    assert isinstance(rows[0], BadRow)
    assert rows[0].place == "line 2"
    assert rows[1:] == [Row("line 3", {"id": "A-2", "facts": {"age": 41}})]


def test_it_works_in_a_rulebook(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Given to a rulebook, it reads a file, and its log names the record and nothing of its contents."""
    file = tmp_path / "register.csv"
    file.write_text("id,unemployed,subsidy_entitled\nA-1,true,\n", encoding="utf-8")
    rulebook = aava_rules.load("finland", plugins=[plugin])
    (row,) = FactsCsv().read(file)
    assert isinstance(row, Row)
    with caplog.at_level(logging.INFO, logger="aava_rules_example.audit"):
        decision = rulebook.decide(row.record, on=ON)
    assert decision.outcomes["target_group"].value is aava_rules.UNKNOWN
    assert caplog.messages == [f"decided A-1 on {ON} by {rulebook.sha256[:12]}"]
