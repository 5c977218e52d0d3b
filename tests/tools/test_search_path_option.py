"""The option ``--path``: on every command that loads a rulebook, for as long as it runs, before the environment."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import manager
from aava_rules.rulebook.locate import PATH
from aava_rules.tools.cli import build
from aava_rules.tools.cli.options import complete_rulebook

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "examples" / "records" / "a-17.json"


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.delenv(PATH, raising=False)
    monkeypatch.delenv("AAVA_RULES_RULEBOOK", raising=False)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with another version of the example of an own rulebook."""
    folder = shutil.copytree(ROOT / "examples" / "own_rulebook", tmp_path / "rules" / "own_rulebook-9.9")
    head = (folder / "rulebook.yaml").read_text(encoding="utf-8")
    (folder / "rulebook.yaml").write_text(head.replace('version: "2026.1"', 'version: "9.9"'), encoding="utf-8")
    return tmp_path / "rules"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(manager(None)), list(arguments), catch_exceptions=False)


def decided(*arguments: str) -> str:
    done = run("decide", str(RECORD), "--on", "2024-03-01", "--only", "target_group", "--format", "json", *arguments)
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    version: str = (answer[0] if isinstance(answer, list) else answer)["rulebook"]["version"]
    return version


def test_a_name_is_looked_for_there_first(rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The option comes before the variable of the environment, which is as it was afterwards."""
    other = tmp_path / "other"
    other.mkdir()
    shutil.copytree(ROOT / "examples" / "own_rulebook", other / "own_rulebook")
    monkeypatch.setenv(PATH, str(other))
    assert decided("--rulebook", "own_rulebook") == "2026.1"
    assert decided("--rulebook", "own_rulebook", "--path", str(rules)) == "9.9"
    assert decided("--rulebook", "own_rulebook==2026.1", "--path", str(rules)) == "2026.1"
    assert os.environ[PATH] == str(other)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It is told before anything is answered by another rulebook."""
    done = run("decide", str(RECORD), "--path", str(tmp_path / "none"))
    assert done.exit_code == 2
    assert "does not exist" in done.stderr
    assert PATH not in os.environ


@pytest.mark.parametrize("name", ["check", "decide", "due", "diff", "lint", "mutate", "test", "show", "serve", "ahead"])
def test_every_command_that_loads_a_rulebook_has_it(name: str) -> None:
    """The help says what it is."""
    assert "--path DIR" in run(name, "--help").stdout


def test_names_there_are_completed(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of folders on the search path stand beside those of plugins."""
    monkeypatch.setenv(PATH, str(rules))
    assert "own_rulebook-9.9" in complete_rulebook("own")


def test_a_file_with_settings_may_say_it(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is relative to the file."""
    (tmp_path / "aava-rules.toml").write_text('rulebook = "own_rulebook"\n[decide]\npath = ["rules"]\n', "utf-8")
    (rules / "below").mkdir()
    monkeypatch.chdir(rules / "below")
    assert decided() == "9.9"
