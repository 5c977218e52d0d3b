"""Records and files that cannot be answered: every format for programs tells each in its place, without contents."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import Result
from typer.testing import CliRunner

from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import build

CANARY = "Virtanen"
PERIOD = {"kind": "rehabilitative_work", "start": "2015-08-03", "days_per_week": 5}
DAY = "is not a day of the calendar [AR116]. Days are written YYYY-MM-DD"
FINNISH = "ei ole kalenterin päivä [AR116]. Päivät kirjoitetaan muodossa VVVV-KK-PP"
"""The same in the language of texts, where none is named."""


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
    assert [[fault["code"] for fault in error["faults"]] for error in errors] == [
        ["AR116", "AR117"],
        ["AR111"],
        ["AR111"],
    ]
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
    assert FINNISH in errors[0]["text"]
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


@pytest.mark.parametrize(("language", "told_as"), [
    ("fi", "clients.jsonl, rivi 2, tietue b: periods[0].start ei ole kalenterin päivä [AR116]. Päivät kirjoitetaan"),
    ("sv", "clients.jsonl, rad 2, post b: periods[0].start är inte en dag i kalendern [AR116]. Dagar skrivs"),
    ("en", "clients.jsonl, line 2, record b: periods[0].start is not a day of the calendar [AR116]. Days are written"),
])  # fmt: skip
def test_standard_error_speaks_the_language_that_is_asked_for(language: str, told_as: str) -> None:
    """What is wrong is told in the language that was named, and in English where none was."""
    assert told_as in run("check", *FILES, "--on", "2015-09-15", "--language", language).stderr
    absent = {
        "fi": "sellaista tiedostoa tai kansiota ei ole.",
        "sv": "det finns ingen sådan fil",
        "en": "there is no such file",
    }
    assert f"nosuch.json: {absent[language]}" in run("check", *FILES, "--language", language).stderr
    assert "line 2, record b: periods[0].start is not a day" in run("check", *FILES, "--on", "2015-09-15").stderr


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
    assert FINNISH in errors[0]


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
        assert FINNISH in rows[0]["text_to"]
    else:
        answers = json.loads(written)["records"] if format == "json" else list(map(json.loads, written.splitlines()))
        assert told(answers) == EXPECTED
    assert "nosuch.json" not in compared("--counts")


BROKEN = {
    "line": ('{"id": "a"', "AR111", "is not JSON"),
    "nan": ('{"id": "a", "facts": {"age": NaN}}', "AR118", "holds NaN or an infinity"),
    "array": ('{"id": "a"}\n[1]', "AR115", "is not an object"),
    "twice": ('{"id": "a"}\n{"id": "a"}', "AR166", "has the id of an earlier row"),
    "document": ('[{"id": "a"}, {"id": ', "AR111", "is not JSON, in or after item 2"),
    "empty": ("", "AR111", "is empty"),
}


@pytest.mark.parametrize(("content", "code", "what"), BROKEN.values(), ids=BROKEN)
def test_every_row_that_is_no_record_has_a_code(content: str, code: str, what: str) -> None:
    """Programs tell by the code of the fault what is wrong, and not by its words."""
    suffix = "json" if content.startswith("[") or not content else "jsonl"
    Path(f"rows.{suffix}").write_text(content)
    lines = run("check", f"rows.{suffix}", "--on", "2015-09-15", "--format", "jsonl").stdout.splitlines()
    (error,) = [line["error"] for line in map(json.loads, lines) if "error" in line]
    assert [(fault["code"], fault["what"]) for fault in error["faults"]] == [(code, what)]
    assert what in error["text"]


def test_codes_of_rows_that_a_mapping_reads() -> None:
    """The code that stands in the text stands in the fault too, with what is wrong and what to do."""
    mapping = "mapping: 1\nclients: {table: rows, id: id, facts: {subsidy_days: age}}\n"
    Path("mapping.yaml").write_text(mapping)
    Path("rows.jsonl").write_text('{"id": "a", "age": "old"}\n{"age": 3}\n')
    written = run("check", "rows.jsonl", "--mapping", "mapping.yaml", "--on", "2015-09-15", "--format", "jsonl").stdout
    errors = [line["error"] for line in map(json.loads, written.splitlines()) if "error" in line]
    assert [[fault["code"] for fault in error["faults"]] for error in errors] == [["AR162"], ["AR165"]]
    for error in errors:
        (fault,) = error["faults"]
        assert f"{fault['what']} [{fault['code']}]." in error["text"]


@pytest.fixture
def folder() -> str:
    """A folder with a record, a file that nothing reads, a table, and what is left alone without a word."""
    Path("folder").mkdir()
    Path("folder/a.json").write_text(json.dumps({"id": "a", "plans": [], "periods": [PERIOD]}))
    Path("folder/odd.bin").write_text(CANARY)
    Path("folder/register.xlsx").write_text(CANARY)
    Path("folder/README.md").write_text("what lies here")
    return "folder"


UNREAD = ["folder/odd.bin", "folder/register.xlsx"]
DAYS = ("--from", "2015-09-15", "--until", "2015-10-15")
ON = ("--on", "2015-09-15")


def answered(*arguments: str) -> str:
    """What is written where all that is read is answered: files that nothing reads are no fault."""
    result = CliRunner().invoke(
        build(), [*arguments, "--fail-on", "never"] if arguments[0] == "check" else [*arguments]
    )
    assert result.exit_code == 0, result.stderr
    assert CANARY not in result.stdout + result.stderr
    assert "folder: 2 files are not read: odd.bin, register.xlsx." in result.stderr
    return result.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("check", "folder", *ON), ("decide", "folder", *ON), ("due", "folder", *DAYS),
        ("months", "folder", "--from", "2015-08", *ON), ("diff", "finland", "folder", "--from", "2015-06-30", "--to", "2016-01-01"),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
def test_files_that_are_not_read_have_a_line(command: tuple[str, ...], folder: str) -> None:
    """As JSON Lines each has its own, of the kind ``unread``; what is a table says how it can be read."""
    rulebook = () if command[0] == "diff" else ("--rulebook", "finland")
    answers = [json.loads(line) for line in answered(*command, *rulebook, "--format", "jsonl").splitlines()]
    unread = [answer for answer in answers if answer.get("error", {}).get("kind") == "unread"]
    assert [(row["record_id"], row["source"], row["place"]) for row in unread] == [(None, name, "") for name in UNREAD]
    assert [[fault["code"] for fault in row["error"]["faults"]] for row in unread] == [["AR123"]] * 2
    assert ["mapping" in row["error"]["text"] for row in unread] == [False, True]
    assert not [answer for answer in answers if "error" in answer and answer not in unread]


def test_files_that_are_not_read_in_every_format_for_programs(folder: str) -> None:
    """An item of the array, a line with the status ``unread``, a case that is skipped, an item of the page."""
    check = ("check", folder, *ON, "--rulebook", "finland", "--language", "en", "--format")
    assert [item["source"] for item in json.loads(answered(*check, "json")) if "error" in item] == UNREAD
    rows = list(csv.DictReader(io.StringIO(answered(*check, "csv"))))
    assert [row["where"] for row in rows if row["status"] == "unread"] == UNREAD
    assert not [row for row in rows if row["status"] == "error"]
    excel = csv.DictReader(io.StringIO(answered(*check, "csv-excel").removeprefix("\ufeff"), newline=""), delimiter=";")
    assert [row["Where"] for row in excel if row["Status"] == "Not read"] == UNREAD
    suites = ElementTree.fromstring(answered(*check, "junit"))
    assert [
        suite.get("name") for suite in suites if suite.find("testcase[@classname='file']/skipped") is not None
    ] == UNREAD
    assert sum(int(suite.get("errors", "0")) for suite in suites) == 0
    page = answered(*check, "html")
    assert all(name in page for name in UNREAD)
    due = list(csv.DictReader(io.StringIO(answered("due", folder, *DAYS, "--rulebook", "finland", "--format", "csv"))))
    assert [row["where"] for row in due if row["kind"] == "unread"] == UNREAD


@pytest.mark.parametrize("command", [["next", "folder"], ["explain", "folder", "days_per_week_max"], ["ahead", "folder"]],
                         ids=lambda command: command[0])  # fmt: skip
def test_files_that_are_not_read_beside_one_record(command: list[str], folder: str) -> None:
    """A command on one record answers it; standard error tells the files."""
    answer = json.loads(answered(*command, *ON, "--rulebook", "finland", "--format", "json"))
    assert "error" not in answer
