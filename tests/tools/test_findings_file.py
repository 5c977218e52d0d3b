"""Findings as a Parquet file: the rows of the CSV report with types, however they were answered."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules import Rulebook
from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.service import book_of
from aava_rules.engine.table.input import registers as batches
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.testing import RecordMaker, as_json
from aava_rules.tools.cli import build, findings_file, registers

ON = "2015-09-15"
PERIOD = {"kind": "rehabilitative_work", "start": "2015-09-01", "end": "2015-12-01", "plan_made_on": "2015-08-01"}
PLAN = {"id": "p1", "kind": "activation_plan", "made_on": "2015-08-01", "includes_rehabilitative_work": True}
BROKEN = {"id": "broken", "plans": [PLAN], "periods": [{**PERIOD, "id": "w1", "days_per_week": 5}]}
COLUMNS = ["id", "on", "requirement", "list", "position", "item", "status", "weight", "error"]


@lru_cache(maxsize=2)
def loaded(name: str, **options: Any) -> Rulebook:
    return aava_rules.load(name, **options)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without installed plugins, and with rulebooks that are loaded once."""
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setattr("aava_rules.tools.cli.options.load", loaded)


def check(*arguments: object) -> Result:
    words = ["check", *map(str, arguments), "--on", ON, "--language", "en"]
    result = CliRunner().invoke(build(), words)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def findings(source: Path, *options: str) -> tuple[Result, pl.DataFrame]:
    to = source.parent / "findings.parquet"
    to.unlink(missing_ok=True)
    result = check(source, "--format", "parquet", "--output", to, *options)
    assert sorted(path.name for path in to.parent.iterdir() if path.name.startswith(".")) == []
    return result, pl.read_parquet(to)


def lines(path: Path, records: list[dict[str, Any]], *more: str) -> Path:
    path.write_text(
        "".join(f"{line}\n" for line in [*(json.dumps(as_json(entry)) for entry in records), *more]), encoding="utf-8"
    )
    return path


def some_records(count: int) -> list[dict[str, Any]]:
    maker, random = RecordMaker(loaded("aava")), Random(7)
    return [maker.record(random, date.fromisoformat(ON)) | {"id": f"R-{number}"} for number in range(count)]


def as_csv_has_them(frame: pl.DataFrame) -> list[tuple[str, ...]]:
    """Client, day, requirement, status and weight of each row, sorted."""
    text = frame.select(pl.col("id", "on", "requirement", "status", "weight").cast(pl.String).fill_null(""))
    return sorted(text.iter_rows())


def of_csv(source: Path, *options: str) -> list[tuple[str, ...]]:
    rows = csv.DictReader(io.StringIO(check(source, "--format", "csv", *options).stdout))
    columns = ("record_id", "on", "requirement", "status", "weight")
    return sorted(tuple(row[column] for column in columns) for row in rows if row["status"])


class TestRows:
    @pytest.mark.parametrize("engine", [(), ("--engine", "columnar"), ("--engine", "reference")])
    def test_those_of_csv(self, tmp_path: Path, engine: tuple[str, ...]) -> None:
        """Every finding of the CSV report is a row, and no other, by columns and record by record."""
        source = lines(tmp_path / "a.jsonl", some_records(40))
        result, frame = findings(source, *engine)
        assert as_csv_has_them(frame) == of_csv(source)
        assert result.exit_code == check(source, "--format", "csv").exit_code == 1
        assert frame.columns == COLUMNS
        assert frame["error"].null_count() == frame.height > 100

    def test_places(self, tmp_path: Path) -> None:
        """A finding on an item names the list, the position and the id; one on the case has no position."""
        for engine in ("columnar", "reference"):
            _, frame = findings(lines(tmp_path / "a.jsonl", [BROKEN]), "--engine", engine)
            (broken,) = frame.filter(requirement="days_per_week_max").rows(named=True)
            assert broken == {
                "id": "broken", "on": date(2015, 9, 15), "requirement": "days_per_week_max", "list": "periods",
                "position": 0, "item": "w1", "status": "broken", "weight": "law", "error": None,
            }  # fmt: skip
            (case,) = frame.filter(requirement="participation_days_cap").rows(named=True)
            assert (case["list"], case["position"], case["item"]) == ("", None, None)

    def test_types(self, tmp_path: Path) -> None:
        """Columns have the types of the frame of findings, so that nothing has to be parsed."""
        _, frame = findings(lines(tmp_path / "a.jsonl", [BROKEN]))
        assert [str(kind).partition("(")[0] for kind in frame.dtypes] == [
            "String", "Date", "Enum", "Enum", "UInt32", "String", "Enum", "Enum", "String"
        ]  # fmt: skip
        empty_result, empty = findings(lines(tmp_path / "a.jsonl", [{"id": "a"}]), "--status", "broken")
        assert (empty.height, empty.schema) == (0, frame.schema)
        assert empty_result.exit_code == 0

    def test_a_register(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A folder of tables goes through columns, some clients at a time, with those that JSON Lines have."""
        records = some_records(30)
        source = lines(tmp_path / "a.jsonl", records)
        folder = tmp_path / "register"
        folder.mkdir()
        frames = tables_of(records, book_of(loaded("aava")).vocabulary)
        assert frames.pop("invalid").height == 0
        for name, frame in frames.items():
            frame.write_parquet(folder / f"{name}.parquet")
        monkeypatch.setattr(batches, "CLIENTS_AT_ONCE", 7)
        whole = findings(source, "--engine", "reference")[1]
        result, frame = findings(folder)
        order = ["id", "requirement", "list", "position"]
        assert frame.sort(order).equals(whole.sort(order))
        assert result.exit_code == 1

    def test_many_one_by_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where rows of records are written in parts, all are there, in their order."""
        source = lines(tmp_path / "a.jsonl", some_records(12))
        whole = findings(source, "--engine", "reference")[1]
        monkeypatch.setattr(findings_file, "ROWS_TOGETHER", 5)
        assert findings(source, "--engine", "reference")[1].equals(whole)

    def test_narrowed(self, tmp_path: Path) -> None:
        """--status and --weight choose rows; the exit code counts all."""
        source = lines(tmp_path / "a.jsonl", some_records(20))
        for engine in ("columnar", "reference"):
            result, frame = findings(source, "--status", "met", "--weight", "law", "--engine", engine)
            assert as_csv_has_them(frame) == of_csv(source, "--status", "met", "--weight", "law")
            assert (set(frame["status"]), set(frame["weight"])) == ({"met"}, {"law"})
            assert result.exit_code == 1

    def test_only(self, tmp_path: Path) -> None:
        """--only asks some requirements alone."""
        _, frame = findings(lines(tmp_path / "a.jsonl", [BROKEN]), "--only", "days_per_week_max")
        assert frame["requirement"].to_list() == ["days_per_week_max"]


class TestFaults:
    @pytest.mark.parametrize("engine", ["columnar", "reference"])
    def test_records_without_an_answer(self, tmp_path: Path, engine: str) -> None:
        """A record that cannot be answered has a row that says why, and nothing of its contents; the others have theirs."""
        wrong = {"id": "wrong", "periods": [{"start": "2015-13-03", "kind": "Kanarialintu"}]}
        source = lines(tmp_path / "a.jsonl", [BROKEN, wrong], "{")
        result, frame = findings(source, "--engine", engine)
        assert result.exit_code == 2
        errors = frame.filter(status="error")
        assert errors["id"].to_list() == ["wrong", None]
        first, second = errors["error"].to_list()
        assert first.startswith(f"{source}, line 2: periods[0].")
        assert "periods[0].start is not a day of the calendar [AR116]" in first
        assert second.startswith(f"{source}, line 3: ")
        assert "Kanarialintu" not in first + result.stderr
        assert set(frame.filter(pl.col("status") != "error")["id"]) == {"broken"}

    def test_files_that_are_not_read(self, tmp_path: Path) -> None:
        """A source that is not there, and a file that nothing reads, have a row too."""
        folder = tmp_path / "records"
        folder.mkdir()
        lines(folder / "a.jsonl", [BROKEN])
        (folder / "b.txt").write_text("x", encoding="utf-8")
        result, frame = findings(folder)
        assert frame.filter(status="unread")["error"][0].startswith(f"{folder / 'b.txt'}: ")
        assert result.exit_code == 1
        result, frame = findings(tmp_path / "nothing.jsonl")
        assert (frame["status"].to_list(), result.exit_code) == (["error"], 2)

    def test_without_a_file(self, tmp_path: Path) -> None:
        """Standard output takes no Parquet: what to write is said."""
        result = check(lines(tmp_path / "a.jsonl", [BROKEN]), "--format", "parquet")
        assert result.exit_code == 2
        assert "Parquet is a file: say which with --output FILE." in " ".join(result.stderr.split())

    def test_what_it_does_not_go_with(self, tmp_path: Path) -> None:
        """Several processes and the short form are of other formats, and it is said so."""
        source, to = lines(tmp_path / "a.jsonl", [BROKEN]), tmp_path / "f.parquet"
        for option in (("--processes", "2"), ("--detail", "short")):
            result = check(source, "--format", "parquet", "--output", to, *option)
            assert (result.exit_code, to.exists()) == (2, False)
            assert option[0] in result.stderr

    def test_without_the_extra(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without polars it is said how to get it."""
        monkeypatch.setattr(registers, "there", lambda: False)
        result = check(lines(tmp_path / "a.jsonl", [BROKEN]), "--format", "parquet", "--output", tmp_path / "f.parquet")
        assert result.exit_code == 2
        assert "Parquet needs polars and numpy: pip install" in " ".join(result.stderr.split())

    def test_a_place_that_cannot_be_written(self, tmp_path: Path) -> None:
        """A folder that is not there is told, and a file that was there stays as it was."""
        source = lines(tmp_path / "a.jsonl", [BROKEN])
        result = check(source, "--format", "parquet", "--output", tmp_path / "none" / "f.parquet")
        assert result.exit_code == 2
        assert "f.parquet: cannot be written (No such file or directory)." in result.stderr

    def test_notices_are_pointed_at(self, tmp_path: Path) -> None:
        """What does not fit together has no column: how many records have such a thing is told, and where to read it."""
        doubled = {"id": "doubled", "plans": [{**PLAN, "id": None}, {**PLAN, "id": None}]}
        for engine in ("columnar", "reference"):
            result, _ = findings(lines(tmp_path / "a.jsonl", [BROKEN, doubled]), "--engine", engine)
            assert "1 record may have something that does not fit together" in result.stderr

    @pytest.mark.parametrize("engine", ["columnar", "reference"])
    def test_doubt(self, tmp_path: Path, engine: str) -> None:
        """--fail-on doubt counts cautions, as of the other formats."""
        source = lines(tmp_path / "a.jsonl", some_records(10))
        code = check(source, "--format", "csv", "--fail-on", "doubt").exit_code
        assert findings(source, "--fail-on", "doubt", "--engine", engine)[0].exit_code == code
