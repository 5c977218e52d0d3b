"""The command ``due``: formats, registers, bad input, and formats of plugins."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, TextIO

import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules import hookimpl
from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import manager
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.testing import RecordMaker, as_json
from aava_rules.tools.cli import build
from aava_rules.tools.reports.worklist import COLUMNS, Worklist

CANARY = "Kanarialintu-020579"
PLAN = {
    "id": "p",
    "kind": "activation_plan",
    "made_on": "2023-03-01",
    "reviewed_on": [],
    "includes_rehabilitative_work": False,
}
REVIEWED = {"id": "reviewed", "plans": [PLAN], "periods": [], "events": []}
PROTECTED = {
    "id": "protected",
    "client": {"protected": True},
    "plans": [PLAN | {"id": CANARY}],
    "periods": [],
    "events": [],
}
LONG = {
    "id": "long",
    "periods": [{"id": "w", "kind": "rehabilitative_work", "start": "2021-06-07", "ended_because": None}],
    "plans": [],
}
DAYS = ("--from", "2023-05-02", "--until", "2023-07-01")


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")


def run(*arguments: str, plugins: list[object] | None = None) -> Result:
    return CliRunner().invoke(build(manager(plugins)), ["due", *arguments], catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "clients.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in (LONG, REVIEWED)), encoding="utf-8")
    return str(path)


def test_the_table_has_a_line_for_each_thing_to_do_and_says_what_is_not_known(file: str) -> None:
    """Client, day, what, whom it falls on and the paragraph, the most pressing first; then the counts."""
    done = run(file, *DAYS, "--rulebook", "finland", "--language", "en")
    assert done.exit_code == 0
    lines = [line for line in done.stdout.splitlines() if line]
    assert lines[0] == "Worklist from 2 May 2023 to 1 July 2023  (finland 2026.1)"
    assert lines[1].split("  ")[0] == "reviewed"
    assert "1 June 2023" in lines[1]
    assert "employment authority" in lines[1]
    assert "Act 189/2001 section 9(3)" in lines[1]
    assert "a limit that is not kept after it: maximum length of a period" in lines[2]
    assert "2 records, 2 lines." in lines


@pytest.mark.parametrize(
    ("language", "who"),
    [("fi", "työvoimaviranomainen"), ("sv", "arbetskraftsmyndighet"), ("en", "employment authority")],
)
def test_csv_speaks_three_languages(file: str, language: str, who: str) -> None:
    """The cells are named by codes, and their texts are in the language that was asked for."""
    done = run(file, *DAYS, "--rulebook", "finland", "--format", "csv", "--language", language)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["record_id"], row["due"], row["kind"]) for row in rows] == [
        ("reviewed", "2023-06-01", "step"),
        ("long", "2023-06-06", "limit"),
    ]
    assert rows[0]["falls_on"] == who
    assert rows[0]["overdue_since"] == rows[1]["falls_on"] == ""
    assert "2 " in done.stderr


def test_json_lines_are_for_programs(file: str) -> None:
    """Each line is an object with codes and lists, days as ISO has them."""
    done = run(file, "--from", "2023-06-02", "--until", "2023-06-02", "--rulebook", "finland", "--format", "jsonl")
    (line,) = [json.loads(text) for text in done.stdout.splitlines()]
    assert line["overdue_since"] == "2023-06-02"
    assert (line["rules"], line["cites"], line["where"]) == (
        ["PC-161"],
        ["act-189-2001.9.3", "act-1384-2021"],
        "plans[id=p]",
    )


def test_the_page_loads_nothing_and_escapes_what_it_shows(tmp_path: Path) -> None:
    """The HTML page is a table whose late days are told in words, and ids are escaped."""
    path = tmp_path / "one.json"
    path.write_text(json.dumps(REVIEWED | {"id": "<b>"}), encoding="utf-8")
    done = run(str(path), "--from", "2023-06-02", "--until", "2023-06-02", "--format", "html", "--language", "en")
    assert "&lt;b&gt;" in done.stdout
    assert "<b>" not in done.stdout
    assert "overdue since 2 June 2023" in done.stdout
    assert "<script" not in done.stdout
    assert "src=" not in done.stdout


def test_a_cell_that_a_spreadsheet_would_run_is_made_safe(tmp_path: Path) -> None:
    """An id that begins like a formula gets an apostrophe."""
    path = tmp_path / "one.json"
    path.write_text(json.dumps(REVIEWED | {"id": "=1+1"}), encoding="utf-8")
    done = run(str(path), *DAYS, "--rulebook", "finland", "--format", "csv")
    assert "\n'=1+1," in done.stdout


def test_records_one_by_one_and_a_register_give_the_same_worklist(tmp_path: Path) -> None:
    """Parquet goes through columns and JSON record by record: the lines are the same."""
    book, on = aava_rules.load("aava", plugins=False), date(2023, 5, 2)
    maker, random = RecordMaker(book), Random(4)
    several = [maker.record(random, on) | {"id": f"R-{number}"} for number in range(40)]
    lines = tmp_path / "records.jsonl"
    lines.write_text("".join(json.dumps(as_json(record)) + "\n" for record in several), encoding="utf-8")
    folder = tmp_path / "register"
    folder.mkdir()
    frames = tables_of(several, book._book.vocabulary)
    for name, frame in frames.items():
        if name != "invalid":
            frame.write_parquet(folder / f"{name}.parquet")
    one, other = (run(str(path), *DAYS, "--format", "jsonl") for path in (lines, folder))
    assert one.stdout == other.stdout
    assert one.stdout
    assert one.stderr == other.stderr


def test_a_record_that_cannot_be_read_is_told_and_the_rest_is_listed(tmp_path: Path) -> None:
    """Exit code 2, the place and the reason, nothing of its contents; and the lines of the others."""
    path = tmp_path / "clients.jsonl"
    wrong = {"id": "wrong", "plans": [{"kind": CANARY, "made_on": "2023-03-01"}]}
    path.write_text("".join(json.dumps(record) + "\n" for record in (wrong, REVIEWED)), encoding="utf-8")
    done = run(str(path), *DAYS, "--rulebook", "finland", "--language", "en")
    assert done.exit_code == 2
    assert "reviewed" in done.stdout
    assert "Not read: 1." in done.stdout
    assert CANARY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "2023-05-02", "--until", "2023-05-01"), "before --from"),
        (("--from", "yesterday"), "2014-05-05"),
        (("--format", "calender"), "calender"),
        (("--only", "plans_updatd"), "plans_updated"),
    ],
)
def test_what_cannot_be_asked_is_said_with_what_to_do(file: str, arguments: tuple[str, ...], told: str) -> None:
    """Days in the wrong order, what is no day, formats and names that are not there."""
    done = run(file, *arguments)
    assert done.exit_code == 2
    assert told in " ".join((done.stdout + done.stderr).replace("│", " ").split())


def test_only_the_names_that_are_asked_for_are_listed(file: str) -> None:
    """A name of a step or requirement leaves all others out."""
    done = run(file, *DAYS, "--only", "period_length_max", "--format", "csv")
    assert [row["name"] for row in csv.DictReader(io.StringIO(done.stdout))] == ["period_length_max"]


def test_answers_after_the_law_that_was_read_carry_a_caution(file: str) -> None:
    """What the rules of the lines rest on that is not verified is told below them; before that day nothing is."""
    late = run(file, "--from", "2026-05-02", "--rulebook", "finland", "--language", "en")
    assert "Caution: The answer follows the last text of the law that was verified (31 December 2025)" in late.stdout
    assert "Caution" not in run(file, *DAYS, "--rulebook", "finland", "--language", "en").stdout


class _Failing:
    name = "failing"

    def write(self, worklist: Worklist, out: TextIO, language: str) -> None:
        raise LookupError(CANARY)


class _Ids:
    name = "ids"

    def write(self, worklist: Worklist, out: TextIO, language: str) -> None:
        out.write(" ".join(line.item.record_id for line in worklist.lines(language)) + "\n")


class _Plugin:
    @hookimpl
    def register_worklists(self) -> list[Any]:
        return [_Failing(), _Ids()]


def test_a_format_of_a_plugin_is_used_and_contained(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin adds formats; one that fails ends the command, and what it raised is told by its type alone."""
    plugin = _Plugin()
    monkeypatch.setattr("aava_rules.tools.cli.options.load", lambda name, **_: aava_rules.load(name, plugins=[plugin]))
    ids = run(file, *DAYS, "--rulebook", "finland", "--format", "ids")
    assert ids.stdout == "reviewed long\n"
    failing = run(file, *DAYS, "--rulebook", "finland", "--format", "failing")
    assert failing.exit_code == 2
    assert "LookupError" in failing.stderr
    assert CANARY not in failing.stdout + failing.stderr
