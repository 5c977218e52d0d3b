"""Which engine answers: the choice, what a decision says of it, and that the answers are the same."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tiny_rulebooks import FOLDER
from typer.testing import CliRunner

import aava_rules
from aava_rules.compiler.program import Program
from aava_rules.decision.decision import inside
from aava_rules.engine import choice as engines
from aava_rules.engine.durable import engine as durable
from aava_rules.engine.reference.engine import Reference
from aava_rules.language.extras import how_to_install
from aava_rules.tools.cli import build

ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / "examples" / "records").glob("*.json"))
DEFAULT = "durable" if sys.version_info < (3, 13) else "reference"
"""What answers where the packages for development are installed."""
SAME = "Or use the engine reference, which gives the same answers."
GET = f"It wants Python 3.11 or 3.12 and a C compiler: {how_to_install('durable')}. {SAME}"


@pytest.fixture(autouse=True)
def _found_out_anew() -> Iterator[None]:
    engines._durable.cache_clear()
    yield
    engines._durable.cache_clear()


def _not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)


def _not_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    def import_module(name: str) -> Any:
        raise ImportError(f"/somewhere/{name}.so: undefined symbol: PyEval_CallObject")

    monkeypatch.setattr(importlib.metadata, "version", lambda name: durable.MEASURED)
    monkeypatch.setattr(durable, "import_module", import_module)


def _another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.0.27")


ABSENT = [
    (_not_installed, "durable-rules is not installed"),
    (_not_importable, "durable-rules is installed, but cannot be imported on this Python"),
    (_another_version, "durable-rules is of version 2.0.27, and only 2.0.28 is known to be safe"),
]


def _chaining() -> aava_rules.Rulebook:
    """A rulebook that has answered nothing yet."""
    return aava_rules.load(FOLDER / "chaining", plugins=False)


def _decision(**options: Any) -> aava_rules.Decision:
    return _chaining().decide({"id": "r", "facts": {"a": True}}, "2021-03-01", **options)


def test_durable_answers_where_it_is_installed() -> None:
    """Without a choice the engine of the extra answers, and the decision and its JSON say so."""
    decision = _decision()
    assert (decision.engine, json.loads(decision.to_json())["engine"]) == (DEFAULT, DEFAULT)


@pytest.mark.parametrize("name", engines.NAMES[:1] if DEFAULT == "reference" else engines.NAMES)
def test_an_engine_can_be_chosen(name: str) -> None:
    """The engine that is named answers, one record or many."""
    many = _chaining().decide_many([{"id": "r"}], "2021-03-01", engine=name)
    assert [_decision(engine=name).engine, *(one.engine for one in many)] == [name, name]


@pytest.mark.parametrize(("absent", "why"), ABSENT)
def test_reference_answers_where_durable_is_not_there(absent: Any, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not installed, not importable or of another version: the reference engine answers, and says that it did."""
    absent(monkeypatch)
    decision = _decision()
    assert (decision.engine, json.loads(decision.to_json())["engine"]) == ("reference", "reference")


@pytest.mark.parametrize(("absent", "why"), ABSENT)
def test_an_engine_that_is_not_there_says_how_to_get_it(absent: Any, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for durable by name is not answered by another engine in its place."""
    absent(monkeypatch)
    with pytest.raises(ValueError, match="not there") as caught:
        _decision(engine="durable")
    assert str(caught.value) == f"The engine durable is not there: {why}. {GET}"
    with pytest.raises(ValueError, match="not there"):
        _chaining().decide_many([], "2021-03-01", engine="durable")


def test_an_engine_of_no_known_name_is_an_error() -> None:
    """A name that is no engine's is told with those that are."""
    with pytest.raises(ValueError, match="engine") as caught:
        _decision(engine="fast")
    assert str(caught.value) == "There is no engine 'fast'; there is reference, durable."


def test_durable_is_not_imported_before_it_answers() -> None:
    """Neither the package nor a decision of the reference engine brings in durable-rules, or our engine on it."""
    code = """
import sys, aava_rules
def there(): print([name for name in sys.modules if "durable" in name])
there()
rulebook = aava_rules.load("finland")
rulebook.decide({"id": "r"}, "2021-03-01", ["target_group"], engine="reference").outcomes["target_group"].value
there()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_only_one_module_knows_durable_rules() -> None:
    """What is done with durable-rules is done in one module."""
    package = ROOT / "src" / "aava_rules"
    knowing = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "durable_rules_engine" in path.read_text("utf-8")
    ]
    assert knowing == ["engine/durable/engine.py"]


@cache
def _shipped(rulebook: str) -> aava_rules.Rulebook:
    """A shipped rulebook, compiled once for all records."""
    return aava_rules.load(rulebook, plugins=False)


@pytest.mark.skipif(DEFAULT == "reference", reason="durable-rules does not exist for this Python")
class TestTheSameAnswers:
    """What the engines say is the same to the last byte, but for the name of the engine."""

    @pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
    @pytest.mark.parametrize("rulebook", ["finland", "aava", "hartola_sysma"])
    def test_of_the_example_records(self, path: Path, rulebook: str) -> None:
        """Whole decisions on the example records, what is missing and the grounds included."""
        loaded, record = _shipped(rulebook), path.read_bytes()
        for on in ("2014-05-05", "2015-09-15", "2021-03-01"):
            told = [loaded.decide(record, on, engine=name).to_dict() for name in engines.NAMES]
            assert [one.pop("engine") for one in told] == list(engines.NAMES)
            assert json.dumps(told[0]) == json.dumps(told[1])

    def test_of_explanations(self) -> None:
        """Explanations, which ask for the states of single rules."""
        record = (ROOT / "examples" / "records" / "a-17.json").read_bytes()
        loaded = aava_rules.load("aava", plugins=False)
        first, second = (loaded.decide(record, "2014-05-05", engine=name) for name in engines.NAMES)
        for name in sorted({state.name for state in inside(first).states}):
            assert first.explain(name).to_dict() == second.explain(name).to_dict()

    def test_rulesets_are_chained_through_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An answer of a lower stratum is asked of the engine too, and is a flag of the questions above it."""
        asked: list[str] = []
        states = durable.Durable.states

        def noting(self: durable.Durable, frame: Program, known: int) -> Any:
            asked.extend(question.name for question in frame.questions)
            return states(self, frame, known)

        choices = [(a, b, c) for a in (True, False, None) for b in (True, None) for c in (True, None)]
        with monkeypatch.context() as patch:
            patch.setattr(durable.Durable, "states", noting)
            patch.setattr(Reference, "states", None)  # no other engine may be asked
            found = [_chained(choice, "durable") for choice in choices]
        assert found == [_chained(choice, "reference") for choice in choices]
        assert len(set(map(str, found))) > 1
        assert {"top", "middle", "size"} <= set(asked)


def _chained(choice: tuple[bool | None, ...], engine: str) -> list[Any]:
    facts = {name: value for name, value in zip("abc", choice, strict=True) if value is not None}
    decision = _chaining().decide({"id": "r", "facts": facts}, "2021-03-01", ["top", "top_kept"], engine)
    return [decision.outcomes["top"].value, [(one.key, one.status) for one in decision.findings]]


class TestTheCommandLine:
    """``--engine`` of the commands that decide."""

    def _run(self, *arguments: str) -> Any:
        return CliRunner().invoke(
            build(), ["check", str(RECORDS[0]), "--on", "2014-05-05", "--format", "json", *arguments]
        )

    def test_an_engine_can_be_chosen(self) -> None:
        """The decision that is written names the engine."""
        assert json.loads(self._run("--engine", "reference").stdout)[0]["engine"] == "reference"
        assert json.loads(self._run().stdout)[0]["engine"] == DEFAULT

    def test_a_name_that_is_nearly_right_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A slip of the pen is wrong usage, with the nearest name."""
        monkeypatch.setenv("COLUMNS", "200")
        result = self._run("--engine", "durabel")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "There is no engine 'durabel'; there is reference, durable" in result.stderr
        assert "Did you mean durable?" in result.stderr

    def test_an_engine_that_is_not_there_is_wrong_usage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The command says how to get the engine, and answers nothing."""
        monkeypatch.setenv("COLUMNS", "300")
        _not_installed(monkeypatch)
        result = self._run("--engine", "durable")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"The engine durable is not there: durable-rules is not installed. {GET}" in result.stderr
