"""The command line among failing neighbours: adapters, reports and commands that raise anything, and closed outputs.

Exit code 1 means findings, and nothing else; what fails ends with 2, told by its type and never by its message.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

import polars as pl
import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules import Decision, hookimpl, mapping
from aava_rules.adapters import BadRow, Row
from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import Plugins, manager
from aava_rules.language.errors import AdapterError
from aava_rules.mapping.tables import MappedAdapter
from aava_rules.tools.cli import build
from aava_rules.tools.inputs.parquet import Parquet

ROOT = Path(__file__).resolve().parents[2]
CANARY = "Kanarialintu-020579"
ON = ("--on", "2015-09-15", "--language", "en")
MAPPING = b"mapping: 1\nclients: {table: clients, id: id}\n"
PROGRAM = "from aava_rules.tools.cli import main; main()"


class PanicException(BaseException):
    """As native libraries that are written in Rust raise it: no Exception."""


ANYTHING = (ValueError, SystemExit, GeneratorExit, asyncio.CancelledError, PanicException, RecursionError, MemoryError)


def run(plugins: Plugins, *arguments: str) -> Result:
    """The result of a command with these plugins and no others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aava_rules.decision.plugins.manager", lambda given=None: plugins)
        return CliRunner().invoke(build(plugins), list(arguments))


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setenv("COLUMNS", "200")


class Reads:
    """An adapter that gives one right row, and then fails in its way."""

    name, media_types, suffixes, capabilities = "fails", (), (".fail",), frozenset({"stream"})

    def __init__(self, after: Any) -> None:
        self.after = after

    def read(self, source: Any) -> Iterator[Any]:
        yield Row("row 1", {"id": "right"})
        if isinstance(self.after, type):
            raise self.after(CANARY)
        yield self.after

    @hookimpl
    def register_adapters(self) -> list[Any]:
        return [self]


class Writes:
    """A report that writes one line, and then fails in its way."""

    name, streams = "fails", True

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def write(self, decisions: Iterable[Decision], out: TextIO, language: str) -> None:
        for decision in decisions:
            out.write(f"{decision.record_id}\n")
            raise self.error(CANARY)

    @hookimpl
    def register_reports(self) -> list[Any]:
        return [self]


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    """A file for the failing adapter, and one for another."""
    (tmp_path / "a.fail").write_text("", encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps({"id": "other"}), encoding="utf-8")
    return [str(tmp_path / "a.fail"), str(tmp_path / "b.json")]


class TestAdapters:
    @pytest.mark.parametrize("error", ANYTHING)
    def test_one_that_raises_anything(self, sources: list[str], error: type[BaseException]) -> None:
        """What was read before is answered, the error is told by its type, and the next source is read."""
        result = run(manager([Reads(error)]), "check", *sources, *ON, "--format", "jsonl")
        assert [json.loads(line)["record_id"] for line in result.stdout.splitlines()] == ["right", None, "other"]
        assert result.exit_code == 2
        assert f"the adapter failed with {error.__name__}; the rest is not read." in result.stderr
        assert CANARY not in result.output

    @pytest.mark.parametrize("error", ANYTHING)
    def test_the_same_through_columns(self, sources: list[str], error: type[BaseException]) -> None:
        """Through columns the report and the errors are the same."""
        plugins = manager([Reads(error)])
        ways = [run(plugins, "check", *sources, *ON, "--engine", engine) for engine in ("reference", "columnar")]
        assert ways[0].stdout == ways[1].stdout
        assert ways[0].stderr == ways[1].stderr
        assert [way.exit_code for way in ways] == [2, 2]
        assert ways[0].stdout.splitlines()[-1].startswith("2 records")

    @pytest.mark.parametrize("engine", ["reference", "columnar"])
    @pytest.mark.parametrize("item", [None, {"id": CANARY}, CANARY, (1, 2)])
    def test_what_is_no_row(self, sources: list[str], item: Any, engine: str) -> None:
        """An adapter that gives something else than rows is told as one that fails."""
        result = run(manager([Reads(item)]), "check", *sources, *ON, "--engine", engine)
        assert result.exit_code == 2
        assert "the adapter failed with TypeError; the rest is not read." in result.stderr
        assert result.stdout.splitlines()[-1].startswith("2 records")
        assert CANARY not in result.output

    def test_a_bad_row_is_told_as_it_is(self, sources: list[str]) -> None:
        """A bad row is told by place and reason, and nothing fails."""
        result = run(manager([Reads(BadRow("row 2", "is no client."))]), "check", *sources, *ON)
        assert result.exit_code == 2
        assert result.stderr.strip().endswith("a.fail, row 2: is no client.")


def test_no_pictures_in_names(tmp_path: Path) -> None:
    """A name of a file or an id between colons is told as it is, and not as the picture that it is the name of."""
    path = tmp_path / "no:cat:such.jsonl"
    path.write_text('{"id": "K:100:7", "perods": 1}\n', encoding="utf-8")
    stderr = run(manager([]), "check", str(path), *ON).stderr
    assert "no:cat:such.jsonl" in stderr
    assert "K:100:7" in stderr


class TestNativePanics:
    """A panic of polars is an error of the source, and what it says is in no message and behind none."""

    @pytest.fixture
    def table(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A table that polars panics at."""
        path = tmp_path / "clients.parquet"
        pl.DataFrame({"id": ["a"]}).write_parquet(path)

        def panics(*_: Any, **__: Any) -> Any:
            raise PanicException(CANARY)

        monkeypatch.setattr(pl.LazyFrame, "collect", panics)
        monkeypatch.setattr(pl, "read_parquet", panics)
        monkeypatch.setattr(pl, "read_parquet_schema", panics)
        return path

    def test_in_the_adapters(self, table: Path) -> None:
        """Reading Parquet ends in AdapterError, and nothing stands behind it."""
        for adapter in (Parquet(), MappedAdapter(Parquet(), mapping.load(MAPPING))):
            with pytest.raises(AdapterError) as caught:
                list(adapter.read(table))
            assert CANARY not in str(caught.value)
            assert caught.value.__context__ is None

    def test_in_tables(self, table: Path) -> None:
        """So does decide_table, of a file and of a frame that is not read yet."""
        rulebook = aava_rules.load("finland", plugins=False)
        for clients in (table, pl.LazyFrame({"id": ["a"]})):
            with pytest.raises(AdapterError) as caught:
                rulebook.decide_table(clients, on="2015-09-15")
            assert CANARY not in str(caught.value)
            assert caught.value.__context__ is None

    @pytest.mark.parametrize("engine", ["reference", "columnar"])
    def test_at_the_command_line(self, table: Path, engine: str) -> None:
        """It ends with 2 and a line, by each engine."""
        result = run(manager([]), "check", str(table), *ON, "--engine", engine)
        assert result.exit_code == 2
        assert "cannot be read: it is no Parquet file, or a damaged one." in result.stderr
        assert CANARY not in result.output


class TestReports:
    @pytest.mark.parametrize("error", ANYTHING)
    def test_one_that_raises_anything(self, sources: list[str], error: type[BaseException]) -> None:
        """What was written stays, the error is told by its type, and the exit code does not say findings."""
        result = run(manager([Writes(error)]), "check", sources[1], *ON, "--format", "fails")
        assert result.stdout == "other\n"
        assert result.exit_code == 2
        assert result.stderr == f"The report fails failed with {error.__name__}; what is written is not whole.\n"

    def test_what_deciding_raises_is_not_of_the_report(
        self, sources: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An error that comes out of the decisions is not laid on the report that asked for them."""

        def decide(*_: Any, **__: Any) -> Any:
            raise LookupError(CANARY)

        monkeypatch.setattr("aava_rules.decision.service.Rulebook.decide", decide)
        result = run(manager([Writes(ValueError)]), "check", sources[1], *ON, "--format", "fails")
        assert isinstance(result.exception, LookupError)
        assert "The report" not in result.stderr


def program(code: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The program as users start it."""
    env = {**os.environ, DISABLE: "1", "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], check=False, stderr=subprocess.PIPE, env=env, **options
    )


class TestTheProgram:
    @pytest.mark.parametrize("error", ["ValueError", "PanicException", "GeneratorExit"])
    def test_an_error_that_nobody_expected(self, error: str) -> None:
        """It ends with 2, and with one line that has the type and the places in the code, and no message."""
        code = (
            "from aava_rules.tools.cli import app\n"
            "class PanicException(BaseException): pass\n"
            f"def build(arguments):\n    raise {error}('{CANARY}')\n"
            "app.build = build\napp.main()"
        )
        done = program(code, stdout=subprocess.PIPE)
        assert done.returncode == 2
        (line,) = done.stderr.decode().splitlines()
        assert line.startswith(f"aava-rules failed with {error} (<string>:4 < app.py:")
        assert CANARY not in line

    @pytest.mark.parametrize("command", ["check", "decide", "show", "schema"])
    def test_a_reader_that_goes_away(self, tmp_path: Path, command: str) -> None:
        """The output goes into a pipe that is closed early: 141, as of other programs, and never 1."""
        path = tmp_path / "many.jsonl"
        path.write_text("".join(f'{{"id": "r{number}"}}\n' for number in range(300)), encoding="utf-8")
        arguments = {
            "check": ["check", str(path), *ON, "--format", "jsonl", "--fail-on", "never"],
            "decide": ["decide", str(path), *ON],
            "show": ["show", "finland"],
            "schema": ["schema", "rulebook"],
        }
        reading, writing = os.pipe()
        os.close(reading)
        done = program(PROGRAM, *arguments[command], stdout=writing)
        os.close(writing)
        assert (done.returncode, done.stderr) == (141, b"")

    def test_no_standard_output(self) -> None:
        """A closed standard output is told, and ends with 2."""
        done = program("import sys; sys.stdout = None\n" + PROGRAM, "schema", "record")
        assert (done.returncode, done.stderr) == (2, b"The output cannot be written: standard output is closed.\n")

    def test_no_standard_error(self) -> None:
        """A closed standard error changes neither output nor exit code."""
        done = program("import sys; sys.stderr = None\n" + PROGRAM, "schema", "record", stdout=subprocess.PIPE)
        assert done.returncode == 0
        assert json.loads(done.stdout)["$schema"]
