"""Records and files that cannot be answered: every format for programs tells each in its place, without contents."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import build

CANARY = "Virtanen"
PERIOD = {"kind": "rehabilitative_work", "start": "2015-08-03", "days_per_week": 5}
DAY = "is not a day of the calendar [AR116]. Days are written YYYY-MM-DD"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.chdir(tmp_path)
    lines = [
        {"id": "a", "plans": [], "periods": [PERIOD]},
        {"id": "b", "plans": [], "periods": [PERIOD | {"start": "2015-13-03", "producer": CANARY}]},
        {"id": "c", "plans": [], "periods": [PERIOD]},
    ]
    texts = [json.dumps(line) for line in lines]
    Path("clients.jsonl").write_text("\n".join([texts[0], texts[1], f'{{"id": "{CANARY}', texts[2]]) + "\n")
    Path("one.json").write_text(texts[1])


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(build(), [*arguments, "--rulebook", "finland"])
    assert result.exit_code == 2, result.stderr
    assert CANARY not in result.stdout + result.stderr
    return result


def told(answers: list[dict[str, Any]]) -> list[tuple[str | None, str, str]]:
    return [(answer["record_id"], answer["source"], answer["place"]) for answer in answers if "error" in answer]


EXPECTED = [("b", "clients.jsonl", "line 2"), (None, "clients.jsonl", "line 3"), (None, "nosuch.json", "")]
FILES = ["clients.jsonl", "nosuch.json"]


@pytest.mark.parametrize("command", ["check", "decide"])
@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_json(command: str, format: str) -> None:
    """An item or a line of its own, in its place, that says where, what and what to do; the others are answered."""
    written = run(command, *FILES, "--on", "2015-09-15", "--format", format).stdout
    answers = json.loads(written) if format == "json" else [json.loads(line) for line in written.splitlines()]
    assert [answer["record_id"] for answer in answers] == ["a", "b", None, "c", None]
    assert told(answers) == EXPECTED
    errors = [answer["error"] for answer in answers if "error" in answer]
    assert errors[0]["faults"][0]["place"] == "periods[0].start" and DAY in errors[0]["text"]
    assert "there is no such file or folder" in errors[2]["text"]


def test_short_json_lines() -> None:
    """Of the short form, too, after the line with the tables."""
    written = run("decide", *FILES, "--on", "2015-09-15", "--format", "jsonl", "--detail", "short").stdout
    lines = [json.loads(line) for line in written.splitlines()]
    assert lines[0]["detail"] == "tables" and told(lines[1:]) == EXPECTED


def test_csv() -> None:
    """A line with the status ``error``, the place under ``where``, and what is wrong under ``text``."""
    rows = list(csv.DictReader(io.StringIO(run("check", *FILES, "--on", "2015-09-15", "--format", "csv").stdout)))
    errors = [row for row in rows if row["status"] == "error"]
    assert [(row["record_id"], row["where"]) for row in errors] == [
        ("b", "clients.jsonl, line 2"), ("", "clients.jsonl, line 3"), ("", "nosuch.json"),
    ]  # fmt: skip
    assert DAY in errors[0]["text"]
    assert {row["record_id"] for row in rows if row["status"] == "broken"} == {"a", "c"}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_csv_for_excel(language: str) -> None:
    """Headings and statuses are in the language, days and numbers as it writes them, and the unread rows are there."""
    written = run("check", *FILES, "--on", "2015-09-15", "--format", "csv-excel", "--language", language).stdout
    assert written.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff"), newline=""), delimiter=";"))
    record, day, status, unread = {
        "fi": ("Tietue", "Ratkaisupäivä", "Tila", "Ei voitu lukea"),
        "sv": ("Post", "Dag för avgörandet", "Status", "Kunde inte läsas"),
        "en": ("Record", "Day of decision", "Status", "Could not be read"),
    }[language]
    assert [row[record] for row in rows if row[status] == unread] == ["b", "", ""]
    assert {row[day] for row in rows if row[status] != unread} == {"2015-09-15" if language == "en" else "15.9.2015"}


@pytest.mark.parametrize("command", [["next", "one.json"], ["explain", "one.json", "days_per_week_max"],
                                     ["ahead", "one.json"]], ids=lambda command: command[0])  # fmt: skip
def test_commands_on_one_record(command: list[str]) -> None:
    """As JSON, standard output has why there is no answer; as text, standard error alone."""
    as_json = run(*command, "--on", "2015-09-15", "--format", "json")
    assert told([json.loads(as_json.stdout)]) == [("b", "one.json", "")]
    assert DAY in as_json.stderr
    assert run(*command, "--on", "2015-09-15").stdout == ""


def test_worklists() -> None:
    """The lines of what could not be answered come first, so that nobody takes the list for whole."""
    days = ("--from", "2015-09-15", "--until", "2015-10-15")
    lines = [json.loads(line) for line in run("due", *FILES, *days, "--format", "jsonl").stdout.splitlines()]
    assert told(lines[:3]) == EXPECTED and not told(lines[3:])
    rows = list(csv.DictReader(io.StringIO(run("due", *FILES, *days, "--format", "csv").stdout)))
    assert [row["where"] for row in rows if row["kind"] == "error"] == [
        "clients.jsonl, line 2", "clients.jsonl, line 3", "nosuch.json",
    ]  # fmt: skip


def test_months() -> None:
    """What has no months stands among them, as JSON Lines and as CSV."""
    days = ("--from", "2015-08", "--on", "2015-09-15")
    lines = [json.loads(line) for line in run("months", *FILES, *days, "--format", "jsonl").stdout.splitlines()]
    assert told(lines) == EXPECTED
    rows = list(csv.DictReader(io.StringIO(run("months", *FILES, *days, "--format", "csv").stdout)))
    errors = [row["missing"] for row in rows if row["compensation_status"] == "error"]
    assert [error.splitlines()[0] for error in errors] == [
        "clients.jsonl, line 2", "clients.jsonl, line 3", "nosuch.json",
    ]  # fmt: skip
    assert DAY in errors[0]


@pytest.mark.parametrize("format", ["json", "jsonl", "csv"])
def test_comparisons(format: str) -> None:
    """What could not be compared stands among the records; of counts alone nothing is named."""
    arguments = ("diff", "finland", *FILES, "--from", "2015-06-30", "--to", "2016-01-01", "--format", format)

    def compared(*options: str) -> str:
        result = CliRunner().invoke(build(), [*arguments, *options])
        assert result.exit_code == 2 and CANARY not in result.stdout
        return result.stdout

    written = compared()
    if format == "csv":
        rows = [row for row in csv.DictReader(io.StringIO(written)) if row["kind"] == "error"]
        assert [row["where"] for row in rows] == ["clients.jsonl, line 2", "clients.jsonl, line 3", "nosuch.json"]
        assert DAY in rows[0]["text_to"]
    else:
        answers = json.loads(written)["records"] if format == "json" else list(map(json.loads, written.splitlines()))
        assert told(answers) == EXPECTED
    assert "nosuch.json" not in compared("--counts")
