"""The command line: what each command prints and exits with, and that errors are told, not thrown."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules import Decision, hookimpl
from aava_rules.adapters import Row
from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import manager
from aava_rules.decision.schema import decision_schema, short_schema
from aava_rules.record.fields import record_schema
from aava_rules.tools.cli import build

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT / "examples" / "records"
A17 = str(RECORDS / "a-17.json")
CANARY = "Kanarialintu-020579"
PERIOD = {"kind": "rehabilitative_work", "start": "2015-09-01", "end": "2015-12-01", "plan_made_on": "2015-08-01"}
KEPT = {
    **PERIOD,
    "days_per_week": 3,
    "hours_per_day": 5,
    "place_kind": "association",
    "producer": "association",
    "outside_commuting_area": False,
    "replaces_employee": False,
    "decision_on": "2015-08-20",
    "shop_steward_told_on": "2015-08-20",
    "attended_on": [],
}
PLAN = {"kind": "activation_plan", "made_on": "2015-08-01", "includes_rehabilitative_work": True}
CLEAN = {"id": "clean", "facts": {"attended_days_last_12_months": 3}, "plans": [PLAN], "periods": [KEPT]}
BROKEN = {"id": "broken", "plans": [PLAN], "periods": [{**KEPT, "days_per_week": 5}]}
UNKNOWN = {"id": "unknown", "plans": [PLAN], "periods": [{**KEPT, "days_per_week": None}]}
MODEL = {
    "id": "model",
    "periods": [],
    "plans": [{"kind": "activation_plan", "made_on": "2015-09-01", "options": ["other"]}],
}
ON = ("--on", "2015-09-15")


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str, stdin: str | bytes | None = None, app: typer.Typer | None = None) -> Result:
    result = CliRunner().invoke(app or build(), list(arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def file(folder: Path, name: str, content: Any) -> str:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def program(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, DISABLE: "1", "PYTHONPATH": str(ROOT / "src"), **environment}
    code = "from aava_rules.tools.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], input=stdin, capture_output=True, check=False, env=env
    )


class TestCheck:
    @pytest.mark.parametrize(
        ("record", "fail_on", "code"),
        [
            (CLEAN, None, 0),
            (BROKEN, None, 1),
            (BROKEN, "law", 1),
            (BROKEN, "advice", 1),
            (BROKEN, "unknown", 1),
            (BROKEN, "never", 0),
            (UNKNOWN, None, 0),
            (UNKNOWN, "advice", 0),
            (UNKNOWN, "unknown", 1),
            (UNKNOWN, "never", 0),
            (MODEL, None, 0),
            (MODEL, "law", 0),
            (MODEL, "model", 1),
            (MODEL, "local", 1),
        ],
    )
    def test_exit_codes(self, tmp_path: Path, record: Any, fail_on: str | None, code: int) -> None:
        """0 without findings at or above --fail-on, else 1; unknown adds the unknown findings of law."""
        options = ("--fail-on", fail_on) if fail_on else ()
        assert run("check", file(tmp_path, "a.json", record), *ON, *options).exit_code == code

    @pytest.mark.parametrize(
        ("on", "fail_on", "code"), [("2015-12-31", "doubt", 0), ("2026-02-02", "law", 0), ("2026-02-02", "doubt", 1)]
    )
    @pytest.mark.parametrize("format", ["table", "jsonl"])
    def test_doubt_fails(self, tmp_path: Path, on: str, fail_on: str, code: int, format: str) -> None:
        """With --fail-on doubt an answer with a caution makes the exit code 1, in every format."""
        record = file(tmp_path, "a.json", {"id": "a", "plans": [], "periods": []})
        arguments = ("check", record, "--on", on, "--format", format, "--rulebook", "finland")
        assert run(*arguments, "--fail-on", fail_on).exit_code == code

    def test_a_bad_record_beats_findings(self, tmp_path: Path) -> None:
        """A bad record is told with its place and reason, the others are answered, and 2 goes before 1."""
        lines = [BROKEN, {"id": "bad-one", "periods": [{"start": "2015-13-01"}]}, CLEAN]
        path = file(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines)) + "\n{\n")
        result = run("check", path, *ON, "--format", "jsonl")
        assert result.exit_code == 2
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        assert [answer["record_id"] for answer in answers] == ["broken", "bad-one", "clean", None]
        assert [(answer["place"], answer["error"]["kind"]) for answer in answers if "error" in answer] == [
            ("line 2", "record"),
            ("line 4", "record"),
        ]
        assert answers[1]["error"]["faults"][0]["place"] == "periods[0].start"
        first, second = result.stderr.splitlines()
        assert first.startswith(
            f"{path}, line 2, record bad-one: periods[0].start is not a day of the calendar [AR116]. Days "
        )
        assert second == f"{path}, line 4: column 2 is not JSON."

    def test_files_folders_and_standard_input(self, tmp_path: Path) -> None:
        """Records come from files, from folders in the order of names, and from standard input."""
        (tmp_path / "folder" / "deep").mkdir(parents=True)
        file(tmp_path / "folder", "b.json", [{"id": "b1"}, {"id": "b2"}])
        file(tmp_path / "folder", "a.jsonl", '{"id": "a1"}\n{"id": "a2"}\n')
        file(tmp_path / "folder", "README.md", "not read")
        file(tmp_path / "folder" / "deep", "c.json", {"id": "c"})
        result = run("check", str(tmp_path / "folder"), "-", *ON, "--format", "jsonl", stdin='{"id": "in"}')
        assert [json.loads(line)["record_id"] for line in result.stdout.splitlines()] == [
            "a1",
            "a2",
            "b1",
            "b2",
            "c",
            "in",
        ]
        assert result.exit_code == 0

    def test_a_folder_without_records(self, tmp_path: Path) -> None:
        """A folder in which nothing can be read is bad input, not a clean answer."""
        result = run("check", str(tmp_path))
        assert result.exit_code == 2
        assert "the folder has no file that is read" in result.stderr
        told = (
            " ".join(result.stderr.split()).partition("Known are ")[2].partition(", each also with .gz")[0].split(", ")
        )
        assert {".json", ".jsonl"} <= set(told) and sorted(set(told)) == told

    @pytest.mark.parametrize("name", ["none.json", "a.txt"])
    def test_a_source_that_cannot_be_read(self, tmp_path: Path, name: str) -> None:
        """A missing file, and one of a kind that nothing reads, are told and have a line, and the next is read."""
        file(tmp_path, "a.txt", "x")
        result = run("check", str(tmp_path / name), file(tmp_path, "b.json", CLEAN), *ON, "--format", "jsonl")
        assert result.exit_code == 2
        unread, clean = map(json.loads, result.stdout.splitlines())
        assert (unread["record_id"], unread["source"], clean["record_id"]) == (None, str(tmp_path / name), "clean")
        assert result.stderr.startswith(str(tmp_path / name))

    @pytest.mark.parametrize("format", ["table", "json", "jsonl", "csv", "junit", "html"])
    def test_formats(self, format: str) -> None:
        """Every format is written whole, and json on standard output is only JSON."""
        result = run("check", str(RECORDS), *ON, "--format", format, "--language", "en")
        assert result.exit_code == 1
        assert result.stderr == ""
        if format == "json":
            assert len(json.loads(result.stdout)) == len(list(RECORDS.rglob("*.json")))
        if format == "csv":
            assert {line["status"] for line in csv.DictReader(io.StringIO(result.stdout))} == {
                "met",
                "broken",
                "unknown",
            }

    def test_only_findings_are_asked(self) -> None:
        """Checking asks requirements alone: no outcomes and no next steps, in the same schema."""
        (decision,) = json.loads(run("check", A17, *ON, "--format", "json").stdout)
        jsonschema.Draft202012Validator(decision_schema()).validate(decision)
        assert (decision["outcomes"], decision["next_steps"]) == ({}, [])
        assert decision["findings"]

    def test_no_contents_in_errors(self, tmp_path: Path) -> None:
        """Whatever is wrong with a record, what it holds is not repeated on standard error."""
        records = [
            {"id": "a", CANARY: 1},
            {"id": "b", "facts": {CANARY: 1, "age": CANARY}},
            {"id": "c", "client": {"birth_date": CANARY, "language": CANARY}},
            {"id": "d", "periods": [{"kind": CANARY}], "complete": [CANARY]},
            {"id": [CANARY]},
            {"id": CANARY + "\n"},
        ]
        result = run("check", file(tmp_path, "a.json", records))
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) >= len(records)
        assert CANARY not in result.stderr

    def test_an_adapter_that_fails(self, tmp_path: Path) -> None:
        """An adapter that raises anything is told by the type of the error alone, and the next file is read."""

        class Fails:
            name, media_types, suffixes, capabilities = "fails", (), (".fail",), frozenset[str]()

            def read(self, source: Any) -> Iterator[Row]:
                yield Row("row 1", CLEAN)
                raise ValueError(CANARY)

            @hookimpl
            def register_adapters(self) -> list[Any]:
                return [self]

        with pytest.MonkeyPatch.context() as patch:
            installed = manager([Fails()])
            patch.setattr("aava_rules.decision.plugins.manager", lambda plugins=None: installed)
            paths = [file(tmp_path, "a.fail", ""), file(tmp_path, "b.json", BROKEN)]
            result = run("check", *paths, *ON, "--format", "jsonl", app=build(installed))
        assert [json.loads(line)["record_id"] for line in result.stdout.splitlines()] == ["clean", None, "broken"]
        assert result.exit_code == 2
        assert "the adapter failed with ValueError" in result.stderr
        assert CANARY not in result.stderr


class TestDecide:
    def test_one_record(self) -> None:
        """A file that is one record gives an array of one decision, which is as the schema says."""
        result = run("decide", A17, "--on", "2014-05-05")
        (decision,) = json.loads(result.stdout)
        jsonschema.Draft202012Validator(decision_schema()).validate(decision)
        assert decision["outcomes"]["target_group"]["value"] is True
        assert (result.exit_code, result.stderr) == (0, "")

    @pytest.mark.parametrize(
        ("paths", "stdin"),
        [
            ((A17,), None),
            ((A17, A17), None),
            ((str(RECORDS),), None),
            (("-",), '{"id": "a"}'),
            (("-",), '{"id": "a"}\n{"id": "b"}'),
            (("-",), "[]"),
        ],
    )
    def test_always_an_array(self, paths: tuple[str, ...], stdin: str | None) -> None:
        """JSON is an array whatever the number of records, also of none."""
        assert isinstance(json.loads(run("decide", *paths, *ON, stdin=stdin).stdout), list)

    def test_a_bad_record(self) -> None:
        """A record that is wrong has an item with its faults, which standard error has too, and the exit code is 2."""
        result = run("decide", "-", stdin='{"id": "a", "perods": []}')
        (item,) = json.loads(result.stdout)
        assert (result.exit_code, item["record_id"], item["place"]) == (2, "a", "line 1")
        assert item["error"]["text"] == "key 2 is an unknown key [AR113]. Did you mean periods?"
        assert result.stderr == (
            "standard input, line 1, record a: key 2 is an unknown key [AR113]. Did you mean periods?\n"
        )

    def test_only(self) -> None:
        """Only what is named is answered, and a name that there is not is told with the nearest."""
        (decision,) = json.loads(
            run("decide", A17, *ON, "--only", "target_group", "--only", "days_per_week_max").stdout
        )
        assert list(decision["outcomes"]) == ["target_group"]
        assert {finding["requirement"] for finding in decision["findings"]} == {"days_per_week_max"}
        result = run("decide", A17, "--only", "target_grup")
        assert result.exit_code == 2
        assert "Did you mean target_group?" in result.stderr

    @pytest.mark.parametrize(
        ("name", "on", "language", "texts"),
        [
            ("facts-missing", "2014-03-03", "en", ["Answers", "not known", "What to ask next", "would settle", "B-09"]),
            ("limits-broken", "2022-04-01", "en", ["Findings", "broken", "law:", "periods[id="]),
            ("follow-up-call", "2015-11-15", "fi", ["Seuraavat askeleet", "viimeistään 30.9.2015", "myöhässä"]),
            ("judged-in-2026", "2026-02-02", "sv", ["Förbehåll", "RP 109/2025", "lagen är inte granskad"]),
            ("a-17", "2014-05-05", "fi", ["Vastaukset", "kyllä", "189/2001 3 § 2 mom. 2 k"]),
        ],
    )
    def test_the_view_for_people(self, name: str, on: str, language: str, texts: list[str]) -> None:
        """The view shows answers with citations, findings, next steps, what to ask, and cautions."""
        result = run("decide", str(RECORDS / f"{name}.json"), "--on", on, "--format", "text", "--language", language)
        assert result.exit_code == 0
        for text in texts:
            assert text in result.stdout

    def test_json_lines(self) -> None:
        """A line for each record; that of a bad one says why, and those after it are decided."""
        lines = '{"id": "a"}\n{"id": 1}\n{"id": "b"}'
        result = run("decide", "-", *ON, "--format", "jsonl", stdin=lines)
        decisions = [json.loads(line) for line in result.stdout.splitlines()]
        assert [decision["record_id"] for decision in decisions] == ["a", None, "b"]
        assert result.exit_code == 2
        assert decisions[0] == aava_rules.load("aava", plugins=False).decide({"id": "a"}, ON[1]).to_dict()

    @pytest.mark.parametrize(("texts", "languages"), [((), ["sv"]), (("--no-texts",), [])])
    def test_short_json_lines(self, texts: tuple[str, ...], languages: list[str]) -> None:
        """The first line has the tables of the rulebook in the language, each other line a decision without them."""
        lines = ("--format", "jsonl", "--detail", "short", "--language", "sv", *texts)
        tables, *decisions = map(json.loads, run("decide", str(RECORDS), *ON, *lines).stdout.splitlines())
        assert tables == {"detail": "tables"} | aava_rules.load("aava", plugins=False).tables(languages)
        assert len(decisions) == len(list(RECORDS.glob("*.json")))
        for decision in decisions:
            jsonschema.Draft202012Validator(short_schema()).validate(decision)
            assert aava_rules.expanded(decision, tables)["record_id"] == decision["record_id"]

    def test_short_json(self) -> None:
        """Each record has its tables, in one language."""
        (decision,) = json.loads(run("decide", A17, *ON, "--detail", "short").stdout)
        jsonschema.Draft202012Validator(short_schema()).validate(decision)
        assert set(decision["names"]["target_group"]["title"]) == {"fi"}

    def test_codes_are_of_the_short_form(self) -> None:
        """The full form has all texts, so that what leaves them out is told how to."""
        result = run("decide", A17, "--no-texts")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Add --detail short" in result.stderr

    def test_the_schema_of_the_short_form(self) -> None:
        """``schema decision --detail short`` prints it."""
        assert json.loads(run("schema", "decision", "--detail", "short").stdout) == short_schema()

    def test_markup_is_not_read(self) -> None:
        """Square brackets in an id are shown as they are."""
        assert "[red]x" in run("decide", "-", "--format", "text", stdin='{"id": "[red]x"}').stdout


class TestExplain:
    def test_an_explanation(self) -> None:
        """An answer is explained with the values read, the limits and the citations."""
        result = run("explain", A17, "target_group", "--on", "2014-05-05", "--language", "en")
        assert result.exit_code == 0
        assert "TG-22" in result.stdout
        assert "Act 189/2001" in result.stdout

    @pytest.mark.parametrize(
        ("stdin", "name", "text"),
        [
            ('{"id": "a"}', "target_grup", "Did you mean target_group?"),
            ('[{"id": "a"}, {"id": "b"}]', "target_group", "has several records"),
            ("[]", "target_group", "has no record"),
            ('{"id": 1}', "target_group", "standard input, line 1: id is not a text"),
        ],
    )
    def test_what_cannot_be_explained(self, stdin: str, name: str, text: str) -> None:
        """A wrong name, and a source that is not one right record, exit with 2 and say so."""
        result = run("explain", "-", name, stdin=stdin)
        assert (result.exit_code, result.stdout) == (2, "")
        assert text in result.stderr


class TestTest:
    def test_shipped_cases(self) -> None:
        """The cases of a shipped rulebook pass, and JSON has the three keys of the report."""
        result = run("test", "finland", "--format", "json")
        report = json.loads(result.stdout)
        assert (result.exit_code, report["failed"], report["failures"]) == (0, 0, [])
        assert report["passed"] > 100
        assert list(report) == ["passed", "failed", "failures"]

    def test_a_failing_case(self, tmp_path: Path) -> None:
        """A case that fails is shown with its place, what was expected and what came, and exits with 1."""
        text = "- {case: Wrong, date: 2015-01-01, expect: {target_group: true}, ground: DERIVED, ref: x}\n"
        path = file(tmp_path, "cases.yaml", text)
        result = run("test", "finland", "--cases", path)
        assert result.exit_code == 1
        assert f"{path}:1:3  Wrong\n" in result.stdout
        assert result.stdout.endswith("0 passed, 1 failed\n")
        report = json.loads(run("test", "finland", "--cases", path, "--format", "json").stdout)
        expected = {
            "case": "Wrong",
            "expected": {"expect": {"target_group": True}},
            "got": {"expect": {"target_group": "unknown"}},
        }
        assert report == {"passed": 0, "failed": 1, "failures": [expected]}

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A file that is no list of cases is bad input."""
        result = run("test", "finland", "--cases", file(tmp_path, "cases.yaml", "x: [\n"))
        assert (result.exit_code, result.stdout) == (2, "")
        assert "AR001" in result.stderr


class TestLint:
    def test_a_right_rulebook(self) -> None:
        """A rulebook without faults and remarks is said to have none."""
        result = run("lint", str(ROOT / "tests" / "tools" / "lint" / "complete"))
        assert result.exit_code == 0
        assert result.stdout.endswith(": no faults\n")

    @pytest.mark.parametrize("name", ["finland", str(ROOT / "rulesets" / "aava")])
    def test_a_shipped_rulebook(self, name: str) -> None:
        """A shipped rulebook is found by its name or folder, and loads without a fault."""
        result = run("lint", name)
        assert result.exit_code in (0, 1)
        assert "  AR0" not in result.stdout

    def test_remarks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the cases of a rulebook that loads leave untested is told like a fault, and the exit code is 1."""
        monkeypatch.chdir(ROOT / "tests" / "tools")
        result = run("lint", "lint/ar202_never_failing")
        assert result.exit_code == 1
        expected = (ROOT / "tests" / "tools" / "lint" / "ar202_never_failing" / "expected.txt").read_text(
            encoding="utf-8"
        )
        assert result.stdout == f"lint/{expected}lint/ar202_never_failing: 1 remark\n"

    def test_faults(self, tmp_path: Path) -> None:
        """Every fault is shown with its line and a mark below it, and the exit code is 1."""
        file(tmp_path, "rulebook.yaml", 'rulebook: x\nversion: "1"\ntitel: y\nweight: local\n')
        result = run("lint", str(tmp_path))
        assert result.exit_code == 1
        assert "rulebook.yaml:3:1  AR007 there is no titel here\n    3 | titel: y\n      | ^^^^^\n" in result.stdout

    @pytest.mark.parametrize(
        "command", [("lint", "nowhere"), ("test", "nowhere"), ("check", A17, "--rulebook", "nowhere")]
    )
    def test_no_such_rulebook(self, command: tuple[str, ...]) -> None:
        """A rulebook that there is not is bad usage, and those that there are get named."""
        result = run(*command)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "finland" in result.stderr

    def test_a_broken_rulebook_answers_nothing(self, tmp_path: Path) -> None:
        """A rulebook with faults is told in full by the other commands, which exit with 2."""
        file(tmp_path, "rulebook.yaml", "rulebook: x\n")
        result = run("check", A17, "--rulebook", str(tmp_path))
        assert result.exit_code == 2
        assert "version is missing" in result.stderr


class TestSchemaAndPlugins:
    @pytest.mark.parametrize("name", ["record", "decision", "rulebook"])
    def test_schemas(self, name: str) -> None:
        """Each schema is printed as JSON, and is a schema itself."""
        schema = json.loads(run("schema", name).stdout)
        jsonschema.validators.validator_for(schema).check_schema(schema)

    def test_the_record_schema_fits_the_examples(self) -> None:
        """The schema that is printed accepts every example record."""
        assert json.loads(run("schema", "record").stdout) == json.loads(json.dumps(record_schema()))

    def test_plugins(self) -> None:
        """Plugins are listed with what they add, and the broken ones with the reason."""
        assert run("plugins").stdout.startswith("aava_rules (aava-rules")
        with pytest.MonkeyPatch.context() as patch:
            installed = manager([object()])
            patch.setattr("aava_rules.tools.cli.commands.manager", lambda: installed)
            result = run("plugins", app=build(installed))
        assert "object\n  broken     has no hooks" in result.stdout


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("check",),
            ("check", A17, "--on", "2014-02-30"),
            ("check", A17, "--on", "yesterday"),
            ("check", A17, "--language", "de"),
            ("check", A17, "--format", "jso"),
            ("check", A17, "--engine", "fast"),
            ("check", A17, "--fail-on", "error"),
            ("decide", A17, "--format", "xml"),
            ("explain", A17),
            ("schema", "records"),
            ("chekc", A17),
        ],
    )
    def test_wrong_usage_exits_with_2(self, arguments: tuple[str, ...]) -> None:
        """Wrong usage is told on standard error, with nothing on standard output."""
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Usage: " in result.stderr

    def test_an_unknown_format_names_the_nearest(self) -> None:
        """A format that there is not gets the nearest name and the list."""
        assert "Did you mean json?" in run("check", A17, "--format", "jso").stderr.replace("\n", " ")

    def test_help_names_every_command(self) -> None:
        """Help has the commands, and each command its own help."""
        for command in ("check", "decide", "explain", "test", "lint", "schema", "plugins", "names"):
            assert command in run("--help").stdout
            assert run(command, "--help").exit_code == 0

    def test_the_version(self) -> None:
        """``--version`` names the version of the library, also of ``python -m aava_rules``."""
        result = run("--version")
        assert (result.exit_code, result.stdout) == (0, f"aava-rules {aava_rules.__version__}\n")
        module = subprocess.run([sys.executable, "-m", "aava_rules", "--version"], capture_output=True, text=True)
        assert (module.returncode, module.stdout) == (0, result.stdout)

    def test_a_report_of_a_plugin(self) -> None:
        """A format that a plugin adds can be named like the built-in ones."""

        class Ids:
            name, streams = "ids", True

            def write(self, decisions: Iterator[Decision], out: Any, language: str) -> None:
                out.writelines(f"{decision.record_id}\n" for decision in decisions)

            @hookimpl
            def register_reports(self) -> list[Any]:
                return [self]

        with pytest.MonkeyPatch.context() as patch:
            installed = manager([Ids()])
            patch.setattr("aava_rules.decision.plugins.manager", lambda plugins=None: installed)
            assert run("check", A17, *ON, "--format", "ids", app=build(installed)).stdout == "A-17\n"


class TestProgram:
    """What only shows in a process of its own."""

    def test_json_is_utf_8_everywhere(self) -> None:
        """Standard output is UTF-8 whatever the system's own encoding is."""
        done = program("decide", "-", "--on", "2014-05-05", stdin='{"id": "Å-1"}'.encode(), PYTHONIOENCODING="ascii")
        assert json.loads(done.stdout.decode("utf-8"))[0]["record_id"] == "Å-1"
        assert (done.returncode, done.stderr) == (0, b"")

    def test_no_colour_in_a_pipe(self) -> None:
        """What is not written to a terminal has no escape sequences, neither with NO_COLOR nor without."""
        for done in (program("check", str(RECORDS), *ON), program("check", str(RECORDS), *ON, NO_COLOR="1")):
            assert b"\x1b" not in done.stdout + done.stderr

    def test_no_colour_on_a_terminal_that_wants_none(self) -> None:
        """NO_COLOR is respected also where colours are forced."""
        loud = program("check", str(RECORDS), *ON, FORCE_COLOR="1")
        quiet = program("check", str(RECORDS), *ON, FORCE_COLOR="1", NO_COLOR="1")
        assert b"\x1b[1;31m" in loud.stdout
        assert b"31m" not in quiet.stdout

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
    @pytest.mark.parametrize("format", ["csv", "table"])
    def test_progress_on_a_terminal_only(self, format: str) -> None:
        """The count goes to a terminal on standard error; the report is the same with and without it."""
        import pty

        arguments = ("check", str(RECORDS), *ON, "--format", format)
        plain = program(*arguments)
        ours, theirs = pty.openpty()
        env = {**os.environ, DISABLE: "1", "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm"}
        code = "from aava_rules.tools.cli import main; main()"
        counted = subprocess.run(
            [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=theirs, check=False, env=env
        )
        os.close(theirs)
        shown = os.read(ours, 65536)
        os.close(ours)
        assert (counted.stdout, counted.returncode) == (plain.stdout, 1)
        assert plain.stderr == b""
        assert str(len(list(RECORDS.rglob("*.json")))).encode() in shown

    def test_no_traceback(self, tmp_path: Path) -> None:
        """Bad input and bad rulebooks end with a message and 2, never with a traceback."""
        (tmp_path / "rulebook.yaml").write_bytes(b"\xff\xfe")
        for arguments in (
            ("check", "/nowhere.json"),
            ("decide", str(tmp_path / "rulebook.yaml")),
            ("test", str(tmp_path)),
            ("check", "-", "--rulebook", str(tmp_path)),
            ("explain", "-", "x"),
        ):
            done = program(*arguments, stdin=b"\xff{")
            assert done.returncode == 2, arguments
            assert done.stderr
            assert b"Traceback" not in done.stderr

    def test_a_closed_pipe(self, tmp_path: Path) -> None:
        """A reader that goes away ends the program without a traceback."""
        path = file(tmp_path, "many.jsonl", "".join(json.dumps({**BROKEN, "id": f"r{n}"}) + "\n" for n in range(2000)))
        command = f"{sys.executable} -c 'from aava_rules.tools.cli import main; main()' check {path} --on 2015-09-15 --format jsonl"
        env = {**os.environ, DISABLE: "1", "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(["bash", "-c", f"{command} | head -n 1"], capture_output=True, check=False, env=env)
        assert done.stdout.startswith(b'{"record_id": "r0"')
        assert b"Traceback" not in done.stderr

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk(self) -> None:
        """Output that cannot be written is told, and exits with 2."""
        env = {**os.environ, DISABLE: "1", "PYTHONPATH": str(ROOT / "src")}
        code = "from aava_rules.tools.cli import main; main()"
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-c", code, "schema", "decision"],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
                env=env,
            )
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
