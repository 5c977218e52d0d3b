"""What a command is given and gives: folders and what is not read of them, clients in two files, parts of findings,
and files that are written.
"""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import build

ROOT = Path(__file__).resolve().parents[2]
RECORDS = str(ROOT / "examples" / "records")
ON = ("--on", "2015-09-15", "--rulebook", "finland")
PLAN = {"kind": "activation_plan", "made_on": "2015-08-01", "includes_rehabilitative_work": True}
PERIOD = {"kind": "rehabilitative_work", "start": "2015-09-01", "end": "2015-12-01", "plan_made_on": "2015-08-01"}
BROKEN = {"id": "broken", "plans": [PLAN], "periods": [{**PERIOD, "days_per_week": 5}]}


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(build(), list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def put(folder: Path, name: str, content: Any = "x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


class TestWhatIsRead:
    def test_unread_files_are_told(self, tmp_path: Path) -> None:
        """Files of a folder that nothing reads are named, and how tables are read; what is hidden is not read.

        A README beside records is there for readers.
        """
        put(tmp_path, "a.json", {"id": "a"})
        put(tmp_path, "deep/asiakkaat.xlsx")
        put(tmp_path, ".hidden.json", {"id": "hidden"})
        put(tmp_path, ".git/config")
        put(tmp_path, "README.md")
        result = run("decide", str(tmp_path), *ON, "--only", "target_group")
        unread, answers = [], json.loads(result.stdout)
        while answers[0].get("error", {}).get("kind") == "unread":
            unread.append(answers.pop(0)["source"])
        assert unread == [str(tmp_path / ".hidden.json"), str(tmp_path / "deep/asiakkaat.xlsx")]
        assert [decision["record_id"] for decision in answers] == ["a"]
        assert result.exit_code == 0
        assert result.stderr == (
            f"{tmp_path}: 2 files are not read: .hidden.json, deep/asiakkaat.xlsx. Tables of other systems are read "
            "through a mapping (aava-rules map proposes one); the plugin aava-rules-tabular reads CSV and Excel.\n"
        )

    def test_many_unread_files(self, tmp_path: Path) -> None:
        """Of many the first are named, and all are counted."""
        put(tmp_path, "a.json", {"id": "a"})
        for number in range(7):
            put(tmp_path, f"{number}.txt")
        result = run("decide", str(tmp_path), *ON, "--only", "target_group")
        names = "0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 2 others"
        assert result.stderr == f"{tmp_path}: 7 files are not read: {names}.\n"

    @pytest.mark.parametrize(
        ("typed", "hint"), [("suunnitelmt", " Did you mean suunnitelmat?"), ("x.json", ""), ("no/such", "")]
    )
    def test_what_is_not_there(self, tmp_path: Path, typed: str, hint: str) -> None:
        """A mistyped folder or file is called that, with the nearest name beside it."""
        put(tmp_path, "suunnitelmat/a.json", {"id": "a"})
        result = run("check", str(tmp_path / typed), *ON)
        assert result.exit_code == 2
        assert result.stderr == f"{tmp_path / typed}: there is no such file or folder.{hint}\n"

    def test_a_table_that_nothing_reads(self, tmp_path: Path) -> None:
        """The way out for a table is told."""
        path = put(tmp_path, "a.csv", "id\na\n")
        result = run("check", str(path), *ON)
        assert "no adapter reads .csv files" in result.stderr
        assert "aava-rules map proposes one" in result.stderr


class TestOneClientTwice:
    def test_in_two_files(self, tmp_path: Path) -> None:
        """A client of two files is told, with both files, and answered twice; it is no fault."""
        first = put(tmp_path, "a.json", {"id": "c"})
        second = put(tmp_path, "b.json", {"id": "c"})
        for paths in ((str(tmp_path),), (str(first), str(second))):
            result = run("decide", *paths, *ON, "--only", "target_group")
            assert (result.exit_code, len(json.loads(result.stdout))) == (0, 2)
            assert result.stderr == (
                f"{second}: 1 client stands in {first} too (c). Each record is answered by itself, without what the "
                "other one says.\n"
            )

    def test_in_two_tables(self, tmp_path: Path) -> None:
        """So it is of files that are answered on columns."""
        for name in ("a", "b"):
            pl.DataFrame({"id": ["c", name]}).write_parquet(tmp_path / f"{name}.parquet")
        result = run("check", str(tmp_path), *ON)
        assert result.exit_code == 0
        start = f"{tmp_path / 'b.parquet'}: 1 client stands in {tmp_path / 'a.parquet'} too (c). "
        assert result.stderr.startswith(start)
        assert len(result.stderr.splitlines()) == 1

    def test_in_two_lines(self, tmp_path: Path) -> None:
        """Within a file the second one is refused, as ever."""
        path = put(tmp_path, "a.jsonl", '{"id": "c"}\n{"id": "c"}\n')
        assert run("decide", str(path), *ON).exit_code == 2


class TestPartsOfFindings:
    def rows(self, *arguments: str) -> list[dict[str, str]]:
        table = csv.DictReader(io.StringIO(run("check", RECORDS, *ON, "--format", "csv", *arguments).stdout))
        return [row for row in table if row["requirement"]]  # the others have the notices of a record

    def test_only(self) -> None:
        """``--only`` checks the requirements that it names."""
        assert {row["requirement"] for row in self.rows("--only", "days_per_week_max")} == {"days_per_week_max"}

    def test_only_of_a_rule_or_a_ruleset(self) -> None:
        """``--only`` takes rules and rulesets too, as everywhere: their requirements are checked."""
        assert {row["requirement"] for row in self.rows("--only", "PL-40")} == {"days_per_week_max"}
        both = {row["requirement"] for row in self.rows("--only", "period_limits", "--only", "PL-40")}
        assert both == {row["requirement"] for row in self.rows("--only", "period_limits")} > {"days_per_week_max"}

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("days_per_week_mx", "Did you mean days_per_week_max?"),
            ("target_group", "It is the name of an outcome: decide answers it."),
            ("plans_updated", "It is the name of a step: decide answers it."),
            ("x", "aava-rules names requirements lists them."),
        ],
    )
    def test_what_is_no_requirement(self, name: str, hint: str) -> None:
        """What is no requirement is told, with the nearest one, or with what it is."""
        result = run("check", RECORDS, *ON, "--only", name)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == f"Rulebook finland has no requirement '{name}'. {hint}\n"

    def test_status_and_weight(self) -> None:
        """Findings of these statuses and weights alone are shown, in every format; the exit code counts all."""
        rows = self.rows()
        broken = [row for row in rows if row["status"] == "broken"]
        assert 0 < len(broken) < len(rows)
        assert self.rows("--status", "broken") == broken
        assert self.rows("--status", "broken", "--status", "unknown", "--status", "met") == rows
        assert self.rows("--weight", "law") == [row for row in rows if row["weight"] == "law"]
        advice = [row for row in rows if row["weight"] == "advice"]
        assert self.rows("--weight", "advice") == advice
        assert 0 < len(advice) < len(rows)
        assert run("check", RECORDS, *ON, "--status", "met").exit_code == 1
        shown = json.loads(run("check", RECORDS, *ON, "--format", "json", "--status", "broken").stdout)
        assert sum(len(decision["findings"]) for decision in shown) == len(broken)

    def test_the_table_shows_what_is_asked(self) -> None:
        """The table shows what is met where that is asked for."""
        result = run("check", RECORDS, *ON, "--status", "met", "--language", "en")
        assert " met " in result.stdout
        assert " broken " not in result.stdout

    def test_not_through_columns(self) -> None:
        """Columns count all findings, so that parts are not asked of them."""
        result = run("check", RECORDS, *ON, "--status", "met", "--engine", "columnar")
        assert result.exit_code == 2
        assert "It counts the findings of all statuses and weights." in result.stderr


class TestJUnit:
    def test_what_could_not_be_read(self, tmp_path: Path) -> None:
        """A record that cannot be answered is an error of its own suite, and so is what cannot be read at all."""
        path = put(tmp_path, "a.jsonl", "\n".join(map(json.dumps, [BROKEN, {"id": "bad", "perods": []}, {"id": 1}])))
        result = run("check", str(path), str(tmp_path / "none.json"), *ON, "--format", "junit")
        assert result.exit_code == 2
        suites = ET.fromstring(result.stdout.encode())
        counts = [(suite.get("name"), suite.get("tests"), suite.get("errors")) for suite in suites]
        assert counts[0][0] == "broken"
        assert counts[0][2] == "0"
        missing = str(tmp_path / "none.json")
        assert counts[1:] == [("bad", "1", "1"), (f"{path}, line 3", "1", "1"), (missing, "1", "1")]
        messages = [error.get("message") or "" for error in suites.iter("error")]
        assert messages[0] == "key 2 is an unknown key [AR113]. Did you mean periods?"
        assert messages[1].startswith("id is not a text [AR115].")
        assert messages[2].startswith(f"{missing}: there is no such file or folder.")


class TestOutput:
    def test_a_file(self, tmp_path: Path) -> None:
        """The file has what standard output would have, and standard output has nothing."""
        for command in (("check", RECORDS, *ON, "--format", "csv"), ("decide", RECORDS, *ON), ("check", RECORDS, *ON)):
            path = tmp_path / "result"
            written = run(*command, "--output", str(path))
            plain = run(*command)
            assert written.stdout == ""
            assert path.read_text(encoding="utf-8") == plain.stdout
            assert written.exit_code == plain.exit_code
        assert [entry.name for entry in tmp_path.iterdir()] == ["result"]

    def test_a_file_is_whole_or_as_it_was(self, tmp_path: Path) -> None:
        """What fails on the way leaves the file as it was, and nothing beside it."""
        path = put(tmp_path, "result", "before")
        assert run("decide", RECORDS, *ON, "--only", "nothing", "-o", str(path)).exit_code == 2
        assert path.read_text() == "before"
        assert [entry.name for entry in tmp_path.iterdir()] == ["result"]

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        """Where no file can be written, that is told, and the exit code is 2."""
        path = tmp_path / "none" / "result"
        result = run("decide", RECORDS, *ON, "-o", str(path))
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == f"{path}: cannot be written (No such file or directory).\n"

    def test_the_engine(self) -> None:
        """``decide --engine`` chooses as ``check`` does."""
        decisions = json.loads(run("decide", RECORDS, *ON, "--only", "target_group", "--engine", "reference").stdout)
        assert {decision["engine"] for decision in decisions} == {"reference"}
        assert "There is no engine" in run("decide", RECORDS, *ON, "--engine", "refrence").stderr
