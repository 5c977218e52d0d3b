"""The command ``counts``: formats, registers, days, and bad input."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import manager
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.tools.cli import build
from aava_rules.tools.pages.counts import COLUMNS

CANARY = "Kanarialintu-020579"
NAME = "shop_steward_told_before_start"
WORK = {"kind": "rehabilitative_work", "start": "2024-01-08", "plan_made_on": "2024-01-02"}
TOLD = {"met": {"shop_steward_told_on": "2024-01-05"}, "broken": {"shop_steward_told_on": "2024-01-09"}, "unknown": {}}
SIZES = {("<b>Lahti", "met"): 40, ("<b>Lahti", "broken"): 12, ("Hollola", "met"): 30, ("Hollola", "broken"): 9,
         ("Hollola", "unknown"): 14, ("Hartola", "met"): 3, ("Sysmä", "met"): 8}  # fmt: skip
REGISTER = [
    {"id": f"{CANARY}-{place}-{answer}-{number}", "client": {"municipality": place}, "periods": [WORK | TOLD[answer]]}
    for (place, answer), clients in SIZES.items()
    for number in range(clients)
]


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(manager()), ["counts", *arguments], catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "clients.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in REGISTER), encoding="utf-8")
    return str(path)


def test_the_table_has_municipalities_and_answers_and_closes_what_is_small(file: str) -> None:
    """All clients first; small municipalities together; a closed number is marked, and the mark is explained."""
    done = run(file, "--on", "2024-Q1", "--only", NAME, "--language", "en", "--rulebook", "finland")
    assert done.exit_code == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["all", "81", "..", "..", "0", "116"] in lines
    assert ["<b>Lahti", "40", "12", "0", "0", "52"] in lines
    assert ["Hollola", "30", "..", "..", "0", "53"] in lines
    assert ["other", "municipalities", "11", "0", "0", "0", "11"] in lines
    assert "..: not told. It is under 10, or a number that is could be worked out from it." in done.stdout
    assert "31 March 2024 (2024-Q1)" in done.stdout
    assert CANARY not in done.stdout
    assert "Sysmä" not in done.stdout


@pytest.mark.parametrize(("language", "words"), [("fi", "muut kunnat"), ("sv", "övriga kommuner")])
def test_csv_has_a_line_for_each_cell_in_three_languages(file: str, language: str, words: str) -> None:
    """Codes beside texts; what is not told is empty and says that it is closed."""
    done = run(file, "--on", "2024", "--only", NAME, "--format", "csv", "--language", language)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 4 * 4 * 4
    assert {row["quarter"] for row in rows} == {"2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"}
    closed = [row for row in rows if row["closed"] == "true"]
    assert {(row["area"], row["answer"]) for row in closed} == {
        ("all", "broken"), ("all", "unknown"), ("municipality", "broken"), ("municipality", "unknown"),
    }  # fmt: skip
    assert {row["clients"] for row in closed} == {""}
    assert words in run(file, "--on", "2024-Q1", "--only", NAME, "--language", language).stdout


def test_json_lines_are_the_cells_and_json_is_what_programs_get(file: str) -> None:
    """Both say the same; a number that is not told is null."""
    lines = [
        json.loads(line)
        for line in run(file, "--on", "2024-Q1", "--only", NAME, "--format", "jsonl").stdout.splitlines()
    ]
    whole = json.loads(run(file, "--on", "2024-Q1", "--only", NAME, "--format", "json").stdout)
    (table,) = whole["tables"]
    assert [line["clients"] for line in lines] == [count for row in table["rows"] for count in row["counts"]]
    assert tuple(lines[0]) == COLUMNS
    assert (whole["clients"], whole["failed"], whole["days"]) == (116, 0, ["2024-03-31"])


def test_the_page_escapes_what_it_shows_and_loads_nothing(file: str) -> None:
    """A table for each question and day, municipalities escaped."""
    done = run(file, "--on", "2024-Q1", "--only", NAME, "--format", "html", "--language", "sv")
    assert "&lt;b&gt;Lahti" in done.stdout
    assert "<b>" not in done.stdout
    assert "övriga kommuner" in done.stdout
    assert "<script" not in done.stdout


def test_a_register_is_counted_as_its_records(file: str, tmp_path: Path) -> None:
    """Parquet goes through columns and JSON Lines record by record; the counts are the same."""
    folder = tmp_path / "register"
    folder.mkdir()
    vocabulary = aava_rules.load("finland", plugins=False)._book.vocabulary
    for name, frame in tables_of(REGISTER, vocabulary).items():
        if name != "invalid":
            frame.write_parquet(folder / f"{name}.parquet")
    options = ("--on", "2024", "--rulebook", "finland", "--format", "jsonl")
    one, other = run(file, *options), run(str(folder), *options)
    assert one.stdout == other.stdout
    assert one.stdout


def test_tables_that_concern_nobody_are_left_out_and_counted(file: str) -> None:
    """Requirements about plans concern nobody who has none; formats for programs have them all the same."""
    path = Path(file)
    path.write_text("".join(json.dumps(record | {"plans": []}) + "\n" for record in REGISTER), encoding="utf-8")
    asked = ("--on", "2024-Q1", "--only", NAME, "--only", "entry_goal", "--rulebook", "finland", "--language", "en")
    done = run(file, *asked)
    assert "1 table is left out: it concerns nobody." in done.stdout
    assert "goal" not in done.stdout
    assert "entry_goal" in run(file, *asked, "--format", "csv").stdout


def test_a_record_that_cannot_be_read_is_reported_and_the_rest_is_counted(file: str) -> None:
    """Exit code 2, the place and the reason without contents, and the counts of the others."""
    with Path(file).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"id": "wrong", "periods": [{"kind": CANARY}]}) + "\n")
    done = run(file, "--on", "2024-Q1", "--only", NAME, "--language", "en")
    assert done.exit_code == 2
    assert "116 clients. Not read: 1." in done.stdout
    assert "record wrong" in done.stderr
    assert CANARY not in done.stderr


def test_of_few_clients_nothing_is_told(tmp_path: Path) -> None:
    """Fewer than ten: no table, and a sentence that says so."""
    path = tmp_path / "few.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in REGISTER[:9]), encoding="utf-8")
    done = run(str(path), "--on", "2024-Q1", "--language", "en")
    told = "There are fewer than 10 clients: nothing is told of them."
    assert told in done.stdout
    assert "Lahti" not in done.stdout
    for format, rows in (("csv", ",".join(COLUMNS)), ("jsonl", "")):  # rows have no place for a sentence
        done = run(str(path), "--on", "2024-Q1", "--format", format, "--language", "en")
        assert done.stdout.strip() == rows
        assert told in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--on", "2024-Q5"), "2014-05-05"),
        (("--on", "1850"), "2014-05-05"),
        (("--only", "shop_steward_told_before_starts"), "shop_steward_told_before_start"),
        (("--format", "xml"), "xml"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_to_do(file: str, arguments: tuple[str, ...], words: str) -> None:
    """Quarters and years that are none, names that nothing has, and formats."""
    done = run(file, *arguments)
    assert done.exit_code == 2
    assert words in " ".join((done.stdout + done.stderr).replace("│", " ").split())
