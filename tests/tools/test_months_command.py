"""The command ``months``: formats, absences in a file, and bad input."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import manager
from aava_rules.tools.cli import build
from aava_rules.tools.pages.months import COLUMNS

CANARY = "Kanarialintu-020579"
WORK = {"id": "w", "kind": "rehabilitative_work", "start": "2024-04-01"}
FACTS = {"compensated_benefit": "unemployment_benefit"}
KNOWN = {"id": "known", "facts": FACTS, "periods": [WORK | {"attended_on": ["2024-04-30", "2024-05-06", "2024-05-07"]}]}
OPEN = {"id": "<b>", "periods": [WORK | {"end": "2024-05-03"}]}
MAY = ("--from", "2024-05", "--on", "2024-06-03", "--rulebook", "finland")


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(manager()), ["months", *arguments], catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "clients.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in (KNOWN, OPEN)), encoding="utf-8")
    return str(path)


@pytest.fixture
def absences(tmp_path: Path) -> str:
    path = tmp_path / "absences.csv"
    path.write_text("client,on,reason,child_age\nknown,2024-05-13,child_sick,7\nknown,2024-05-20,,\n", encoding="utf-8")
    return str(path)


def test_the_table_has_clients_sums_absences_and_what_to_ask(file: str, absences: str) -> None:
    """A row for each client and month, the sums of the month, bounds where it is not known, and the sources."""
    done = run(file, *MAY, "--absences", absences, "--language", "en")
    assert done.exit_code == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["known", "2024-05", "2", "2", "0", "18.00", "20.18"] in rows
    assert ["<b>", "2024-05", "0–3", "0–3", "0–1", "not", "known", "0.00–30.27"] in rows
    total = "2024-05, 2 clients: days payable 2–5; compensation 18.00 + not known 1; from the state 20.18–50.45"
    assert total in " ".join(done.stdout.split())
    assert "known, 2024-05: sick child: 13 May 2024; days for which unemployment benefit is paid: 1" in done.stdout
    assert "known, 2024-05: reason not recorded: 20 May 2024;" in done.stdout
    assert "<b>, 2024-05: days of participation (periods[id=w].attended_on)" in done.stdout
    assert "Attendance counts up to 3 June 2024." in done.stdout
    assert "Act 189/2001 section 24" in done.stdout


@pytest.mark.parametrize(
    ("language", "words"), [("fi", ("Korvattavia", "Kysyttävä:", "18,00")), ("sv", ("Ersätts", "Att fråga:", "18,00"))]
)
def test_people_read_it_in_three_languages(file: str, language: str, words: tuple[str, ...]) -> None:
    """Headings, lists and numbers, in the table and on the page."""
    for form in ("table", "html"):
        shown = run(file, *MAY, "--language", language, "--format", form).stdout
        assert all(word.rstrip(":") in shown for word in words)


def test_csv_has_bounds_in_columns_and_codes(file: str, absences: str) -> None:
    """Euros with a point whatever the language, what has no bound empty, fields to ask for, rules and citations."""
    done = run(file, *MAY, "--absences", absences, "--format", "csv", "--until", "2024-05")
    known, unknown = csv.DictReader(io.StringIO(done.stdout))
    assert tuple(known) == COLUMNS
    assert (known["payable_at_least"], known["compensation_at_least"], known["compensation_status"]) == (
        "2",
        "18.00",
        "known",
    )
    assert known["absences"] == "child_sick 1 (1); ? 1 (0-1)"
    assert (unknown["compensation_at_most"], unknown["compensation_status"]) == ("", "unknown")
    assert (unknown["reimbursement_at_least"], unknown["reimbursement_at_most"]) == ("0.00", "30.27")
    assert "periods[id=w].attended_on" in unknown["missing"]
    assert known["rules"] == "MO-30 MO-40"
    assert "act-189-2001.24" in known["cites"]


def test_json_lines_have_a_line_for_each_client_and_month(file: str) -> None:
    """What `Month.to_dict` gives, months in order."""
    done = run(file, "--from", "2024-04", "--until", "2024-05", "--on", "2024-06-03", "--format", "jsonl")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["record_id"], line["month"]) for line in lines] == [
        ("known", "2024-04"), ("known", "2024-05"), ("<b>", "2024-04"), ("<b>", "2024-05"),
    ]  # fmt: skip
    assert lines[0]["compensation"]["at_most"] == "9.00"


def test_absences_may_be_json_lines(file: str, tmp_path: Path) -> None:
    """The same keys, numbers as numbers."""
    path = tmp_path / "absences.jsonl"
    line = {"client": "known", "on": "2024-05-13", "reason": "child_sick", "child_age": 10, "days_in_row": 1}
    path.write_text(json.dumps(line) + "\n\n", encoding="utf-8")
    done = run(file, *MAY, "--absences", str(path), "--format", "csv")
    assert "child_sick 1 (0)" in done.stdout


def test_the_page_escapes_what_it_shows_and_loads_nothing(file: str) -> None:
    """Ids of records are escaped; there are no scripts."""
    done = run(file, *MAY, "--format", "html", "--language", "en")
    assert "&lt;b&gt;" in done.stdout
    assert "<b>" not in done.stdout
    assert "<script" not in done.stdout


def test_of_a_protected_client_people_are_shown_no_reasons_of_absences(tmp_path: Path, absences: str) -> None:
    """The table and the page have their number alone; formats for programs are complete."""
    path = tmp_path / "one.json"
    path.write_text(json.dumps(KNOWN | {"client": {"protected": True}}), encoding="utf-8")
    for form in ("table", "html"):
        shown = run(str(path), *MAY, "--absences", absences, "--language", "en", "--format", form).stdout
        assert "known, 2024-05: 2 days of absence (protected)" in shown
        assert "sick child:" not in shown
    assert "child_sick" in run(str(path), *MAY, "--absences", absences, "--format", "jsonl").stdout


def test_a_record_that_cannot_be_read_is_reported_and_the_rest_is_told(file: str, tmp_path: Path) -> None:
    """Exit code 2; a wrong absence is a fault of its client alone, told without its contents."""
    path = tmp_path / "absences.csv"
    path.write_text(f"client,on,reason\nknown,2024-05-13,{CANARY}\n", encoding="utf-8")
    done = run(file, *MAY, "--absences", str(path), "--language", "en")
    assert done.exit_code == 2
    assert "absences[0].reason" in done.stderr
    assert "<b>" in done.stdout
    assert "Not read: 1." in done.stdout
    assert CANARY not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("who,on\nknown,2024-05-13\n", "a.csv", "client,on,reason"),
        ("client,on\nknown\n", "a.csv", "line 2"),
        ("client,on\n,2024-05-13\n", "a.csv", "names no client"),
        (CANARY, "a.jsonl", "cannot be read as absences"),
        ("[1]\n", "a.jsonl", "line 1: is no object"),
        (None, "a.csv", "cannot be read"),
    ],
)
def test_a_file_of_absences_that_cannot_be_read_ends_the_command(
    file: str, tmp_path: Path, content: str | None, name: str, words: str
) -> None:
    """With the place and what to do, and nothing of what stands in it."""
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    done = run(file, *MAY, "--absences", str(path))
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())
    assert CANARY not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "2024-13"), "2024-05"),
        (("--from", "2024-05", "--until", "2024-04"), "before --from"),
        (("--format", "xml"), "xml"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_to_do(file: str, arguments: tuple[str, ...], words: str) -> None:
    """Months that are none or in the wrong order, and formats."""
    done = run(file, *arguments)
    assert done.exit_code == 2
    assert words in " ".join((done.stdout + done.stderr).replace("│", " ").split())


def test_without_a_month_it_is_the_last_one_that_is_over(file: str) -> None:
    """On 3 June that is May."""
    done = run(file, "--on", "2024-06-03", "--format", "csv")
    assert {row["month"] for row in csv.DictReader(io.StringIO(done.stdout))} == {"2024-05"}
