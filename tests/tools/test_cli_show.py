"""The commands that show: next, show and diff, what they print and exit with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shown import MEETING, START, TOWN, WORK
from typer.testing import CliRunner, Result

from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import build

RECORD = {"id": "c-1", "events": [START], "plans": [], "facts": {"approved": False}}
PERIOD = {
    "id": "p",
    "kind": "rehabilitative_work",
    "start": "2008-01-07",
    "days_per_week": 5,
    "client_consents": False,
    "plan_made_on": "2010-01-01",
}
IN_TOWN = ("--rulebook", str(TOWN))


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str, stdin: Any = None) -> Result:
    text = stdin if stdin is None or isinstance(stdin, str) else json.dumps(stdin)
    result = CliRunner().invoke(build(), list(arguments), input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


class TestNext:
    def test_the_path(self) -> None:
        """The path is shown with what is done, what is due and by when, and why."""
        result = run("next", "-", *IN_TOWN, "--on", "2015-01-02", "--language", "en", stdin=RECORD)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "Next: by 13 January 2015" in result.stdout
        assert "The meeting is held by 13 January 2015." in result.stdout

    def test_json(self) -> None:
        """As JSON the path has the record, the day, the rulebook, the round and every step."""
        document = json.loads(run("next", "-", *IN_TOWN, "--on", "2015-01-02", "--format", "json", stdin=RECORD).stdout)
        assert (document["record_id"], document["on"], document["rulebook"]["name"]) == ("c-1", "2015-01-02", "town")
        assert document["round"]["since"] == "2015-01-01"
        assert [step["due"] for step in document["next"]] == ["2015-01-13"]
        assert [step["state"] for step in document["steps"]][:3] == ["done", "next", "open"]

    def test_only_steps_are_asked(self) -> None:
        """What is missing for other answers is not asked."""
        record = {**RECORD, "events": [START, MEETING], "facts": {"approved": False}}
        result = run("next", "-", *IN_TOWN, "--on", "2015-01-08", "--language", "en", stdin=record)
        assert "What to ask next" not in result.stdout

    @pytest.mark.parametrize(
        ("stdin", "text"),
        [
            ("[]", "has no record"),
            ([RECORD, {**RECORD, "id": "c-2"}], "has several records"),
            ({"id": "a", "perods": []}, "Did you mean periods?"),
            ("{", "is not JSON"),
        ],
    )
    def test_bad_input(self, stdin: Any, text: str) -> None:
        """A source that is not one right record exits with 2, and nothing is printed."""
        result = run("next", "-", *IN_TOWN, stdin=stdin)
        assert (result.exit_code, result.stdout) == (2, "")
        assert text in result.stderr


class TestShow:
    @pytest.mark.parametrize("language", ["fi", "sv", "en"])
    @pytest.mark.parametrize(
        ("format", "start"), [("text", ""), ("html", "<!doctype html>"), ("mermaid", "flowchart TD")]
    )
    def test_formats(self, format: str, start: str, language: str) -> None:
        """Every format is written whole, in every language."""
        result = run("show", str(TOWN), "--format", format, "--language", language)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith(start)
        assert len(result.stdout) > 300

    @pytest.mark.parametrize("format", ["text", "html", "mermaid"])
    def test_a_client_on_the_path(self, tmp_path: Path, format: str) -> None:
        """With --record the client's place is shown in every format."""
        path = tmp_path / "a.json"
        path.write_text(json.dumps(RECORD), encoding="utf-8")
        options = ("--format", format, "--record", str(path), "--on", "2015-01-02", "--language", "en")
        shown = run("show", str(TOWN), *options).stdout
        assert "by 13 January 2015" in shown
        assert "c-1" in shown or format == "text"

    def test_only(self) -> None:
        """Only what is named is shown, and a wrong name is told with the nearest."""
        shown = run("show", str(TOWN), "--only", "LI-2", "--language", "en").stdout
        assert "LI-2  An older plan" in shown
        assert "LI-1  " not in shown
        result = run("show", str(TOWN), "--only", "limit")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Did you mean limits?" in result.stderr

    def test_no_path_no_diagram(self) -> None:
        """A rulebook without a client path has no diagram, which is told."""
        result = run("show", str(WORK), "--format", "mermaid")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "no client path" in result.stderr

    def test_no_such_rulebook(self) -> None:
        """A rulebook that there is not is bad usage."""
        assert run("show", "nowhere").exit_code == 2


class TestDiff:
    DAYS = ("--from", "2009-12-31", "--to", "2010-01-01")

    def test_rules(self) -> None:
        """Without records the rules and values that differ are shown."""
        result = run("diff", str(WORK), *self.DAYS, "--language", "en")
        assert (result.exit_code, result.stderr) == (0, "")
        assert "LI-2  An older plan (from 1 January 2010)" in result.stdout
        assert "Answers" not in result.stdout

    def test_records(self) -> None:
        """With records the answers that change are shown by name, from what to what."""
        records = [{"id": "r-1", "periods": [PERIOD]}, {"id": "r-2", "periods": []}]
        result = run("diff", str(WORK), "-", *self.DAYS, "--language", "en", stdin=records)
        assert "(periods[id=p].days_per_week): met → broken" in result.stdout
        assert "r-2" not in result.stdout

    def test_json(self) -> None:
        """As JSON the differences have rules, values, citations and records, and nothing else is printed."""
        result = run("diff", str(WORK), "-", *self.DAYS, "--format", "json", stdin={"id": "r-1", "periods": [PERIOD]})
        document = json.loads(result.stdout)
        assert list(document) == ["from", "to", "law", "records", "failed", "counts"]
        assert list(document["law"]) == ["from", "to", "rules", "in_doubt", "parameters", "citations"]
        assert [change["rule"] for change in document["law"]["rules"]] == ["LI-2"]
        change = document["records"][0]["changes"][0]
        assert (change["cause"], change["to"]["status"], change["to"]["text"]["en"]) == ("law", "broken", "broken")

    def test_a_bad_record(self) -> None:
        """A wrong record is told, the others are compared, and the exit code is 2."""
        records = [{"id": "bad", "perods": []}, {"id": "r-1", "periods": [PERIOD]}]
        result = run("diff", str(WORK), "-", *self.DAYS, stdin=records)
        assert result.exit_code == 2
        assert "record bad: key 2 is an unknown key" in result.stderr
        assert "r-1" in result.stdout

    @pytest.mark.parametrize(
        "days",
        [
            ("--from", "2010-01-02", "--to", "2010-01-01"),
            ("--from", "2010-01-01"),
            ("--from", "x", "--to", "2010-01-01"),
        ],
    )
    def test_wrong_days(self, days: tuple[str, ...]) -> None:
        """Two days of the calendar are needed, the earlier one first."""
        result = run("diff", str(WORK), *days)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Usage: " in result.stderr
