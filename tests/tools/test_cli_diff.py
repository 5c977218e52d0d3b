"""The command ``diff``: two rulebooks and two days, every format, registers through columns, and wrong usage."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from shown import TOWN, WORK
from typer.testing import CliRunner, Result

from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import build

PERIOD = {
    "id": "p", "kind": "rehabilitative_work", "start": "2008-01-07", "days_per_week": 5, "client_consents": False,
    "plan_made_on": "2010-01-01",
}  # fmt: skip
DAYS = ("--from", "2009-12-31", "--to", "2010-01-01", "--language", "en")


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str, stdin: Any = None) -> Result:
    result = CliRunner().invoke(build(), ["diff", *arguments], input=None if stdin is None else json.dumps(stdin))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(scope="module")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The rulebook of the tests with 3 days a week from 2005 on, as a folder."""
    folder = tmp_path_factory.mktemp("stricter") / "work"
    for file in WORK.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            if file.name == "parameters.yaml":
                text = re.sub(r"(value: )4\b", r"\g<1>3", text)
            (folder / file.relative_to(WORK)).parent.mkdir(parents=True, exist_ok=True)
            (folder / file.relative_to(WORK)).write_text(text, encoding="utf-8")
    return str(folder)


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Forty clients as Parquet: twelve with a period of four days a week in 2015, the others with two."""
    ids = [f"c{number:02}" for number in range(40)]
    clients = pl.DataFrame({"id": ids})
    periods = pl.DataFrame(
        {
            "client": ids, "id": ["p"] * 40, "kind": ["rehabilitative_work"] * 40, "start": ["2015-01-05"] * 40,
            "days_per_week": [4] * 12 + [2] * 28, "client_consents": [False] * 40,
        }
    ).with_columns(pl.col("start").str.to_date())  # fmt: skip
    folder = tmp_path / "register"
    folder.mkdir()
    clients.write_parquet(folder / "clients.parquet")
    periods.write_parquet(folder / "periods.parquet")
    return folder


class TestTwoRulebooks:
    def test_rules_alone(self, stricter: str) -> None:
        """Without records the values that differ are told with their days and sources."""
        result = run(str(WORK), stricter, "--language", "en")
        assert (result.exit_code, result.stderr) == (0, "")
        assert "− 4 days a week (from 1 January 2010; Act 2/2010; from a secondary source)" in result.stdout
        assert "+ 3 days a week (from 1 January 2010; Act 2/2010; from a secondary source)" in result.stdout
        assert "How many" not in result.stdout

    def test_the_same_rulebook(self) -> None:
        """Two loads of one rulebook do not differ."""
        assert "The rules do not differ." in run(str(WORK), str(WORK), "--language", "en").stdout

    def test_a_model_and_its_law(self) -> None:
        """Rules that only one of them has are told with their days and citations."""
        shown = run(str(WORK), str(TOWN), "--language", "en").stdout
        assert "Rules that are added" in shown
        removed = run(str(TOWN), str(WORK), "--language", "en").stdout
        assert "Rules that are removed" in removed

    def test_a_register_by_columns_names_exactly_those(self, stricter: str, register: Path) -> None:
        """Of a register those whose limit is passed are named, once each, by both roads."""
        lines = run(str(WORK), stricter, str(register), "--on", "2015-06-01", "--format", "jsonl").stdout.splitlines()
        head, *clients, tail = map(json.loads, lines)
        assert list(head) == ["from", "to", "law"]
        assert [client["record_id"] for client in clients] == [f"c{number:02}" for number in range(12)]
        assert tail["counts"]["compared"] == 40 and tail["counts"]["changed"] == 12
        records = [
            {"id": f"c{number:02}", "periods": [
                {"id": "p", "kind": "rehabilitative_work", "start": "2015-01-05", "days_per_week": 4 if number < 12 else 2,
                 "client_consents": False}
            ], "benefits": None, "plans": None, "events": None}
            for number in range(40)
        ]  # fmt: skip
        records = [{key: value for key, value in record.items() if value is not None} for record in records]
        by_records = run(str(WORK), stricter, "-", "--on", "2015-06-01", "--format", "jsonl", stdin=records)
        assert [json.loads(line) for line in by_records.stdout.splitlines()[1:]] == [*clients, tail]

    def test_counts_alone_name_nobody(self, stricter: str, register: Path) -> None:
        """With --counts no format names a record."""
        for form in ("text", "json", "jsonl", "csv", "html"):
            shown = run(str(WORK), stricter, str(register), "--on", "2015-06-01", "--counts", "--format", form).stdout
            assert not re.search(r"\bc\d\d\b", shown), form
            assert re.search(r"\b12\b", shown), form


class TestFormats:
    RECORDS = ({"id": "r-1", "periods": [PERIOD]}, {"id": "=r-2", "periods": [PERIOD]})

    def test_csv(self) -> None:
        """A line for each answer that differs, safe for spreadsheets."""
        result = run(str(WORK), "-", *DAYS, "--format", "csv", stdin=list(self.RECORDS))
        first, second = csv.DictReader(io.StringIO(result.stdout))
        assert (first["record_id"], first["from"], first["to"], first["by_to"]) == ("r-1", "met", "broken", "LI-1")
        assert first["by_time"] and first["cause"] in ("law", "time", "both")
        assert second["record_id"] == "'=r-2"

    def test_html(self) -> None:
        """One page: rules, a row a change, and the counts; everything is escaped."""
        records = [{"id": "<b>r</b>", "periods": [PERIOD]}]
        page = run(str(WORK), "-", *DAYS, "--format", "html", stdin=records).stdout
        assert "&lt;b&gt;r&lt;/b&gt;" in page and "<b>r" not in page
        assert page.index("Comes into force") < page.index("&lt;b&gt;") < page.index("How many clients")
        opened: list[str] = []

        class Balance(HTMLParser):
            def handle_starttag(self, tag: str, attrs: Any) -> None:
                if tag != "meta":
                    opened.append(tag)

            def handle_endtag(self, tag: str) -> None:
                assert opened.pop() == tag

        Balance().feed(page)
        assert opened == []

    def test_json_is_what_the_library_gives(self) -> None:
        """The object of the command is that of `Comparison.to_dict`."""
        import aava_rules

        result = run(str(WORK), "-", *DAYS, "--format", "json", stdin=list(self.RECORDS))
        comparison = aava_rules.load(str(WORK), plugins=False).compare(
            records=self.RECORDS, on="2009-12-31", until="2010-01-01"
        )
        assert json.loads(result.stdout) == json.loads(json.dumps(comparison.to_dict()))

    def test_lines_of_what_cannot_be_compared(self) -> None:
        """In JSON Lines a record that cannot be compared has its line, and the exit code is 2."""
        result = run(str(WORK), "-", *DAYS, "--format", "jsonl", stdin=[{"id": "bad", "perods": 1}, self.RECORDS[0]])
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert result.exit_code == 2
        assert (lines[1]["record_id"], lines[2]["record_id"]) == ("bad", "r-1")
        assert lines[-1]["failed"] == 1

    @pytest.mark.parametrize("language", ["fi", "sv", "en"])
    @pytest.mark.parametrize("form", ["table", "html", "csv"])
    def test_every_language(self, form: str, language: str) -> None:
        """All that people read is in the language that was asked for."""
        days = ("--from", "1999-12-31", "--to", "2021-01-01", "--language", language)
        result = run(str(TOWN), "-", *days, "--format", form, stdin=list(self.RECORDS))
        assert (result.exit_code, result.stderr) == (0, "")
        assert "r-1" in result.stdout

    def test_many_records_in_a_terminal(self) -> None:
        """A text shows a thousand records and counts all of them."""
        records = [{"id": f"r-{number}", "periods": [PERIOD]} for number in range(1003)]
        shown = run(str(WORK), "-", *DAYS, stdin=records).stdout
        assert "r-999\n" in shown and "r-1000\n" not in shown
        assert "1003" in shown


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            (str(WORK),),
            (str(WORK), "-", "--from", "2010-01-01", "--to", "2010-01-02", "--on", "2010-01-01"),
            (str(WORK), "-", "--to", "2010-01-02"),
            (str(WORK), str(TOWN), "--format", "xml"),
            (str(WORK), str(TOWN), "--on", "yesterday"),
        ],
    )
    def test_wrong_usage(self, arguments: tuple[str, ...]) -> None:
        """Days of both kinds, a missing day, nothing to compare, and unknown words are wrong usage."""
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Usage: " in result.stderr

    def test_an_unknown_name_and_an_unknown_rulebook(self) -> None:
        """A name that neither knows, and a rulebook that there is not, are told."""
        assert "days_kept" in run(str(WORK), str(TOWN), "--only", "days_kep").stderr
        assert run(str(WORK), "nowhere").exit_code == 2
