"""A call imports what it needs: help and the version no command, a command no other one."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import build
from aava_rules.tools.cli.index import COMMANDS


@pytest.fixture(autouse=True)
def _no_plugins_and_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)


def names(arguments: list[str] | None) -> list[str | None]:
    return [command.name for command in build(arguments=arguments).registered_commands]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_each_command_is_that_of_its_help(name: str) -> None:
    module, function, line = COMMANDS[name]
    help_text = inspect.getdoc(getattr(import_module(f"aava_rules.tools.cli.{module}"), function))
    assert help_text is not None
    assert " ".join(help_text.partition("\n\n")[0].split()) == line


@pytest.mark.parametrize("argument", ["--help", "-h", "--version"])
def test_help_is_the_same_without_any_command(argument: str) -> None:
    whole, quick = (CliRunner().invoke(build(arguments=given), [argument]) for given in (None, [argument]))
    assert (quick.exit_code, quick.stdout) == (whole.exit_code, whole.stdout)
    assert quick.stdout


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_wait_for_nothing_that_decides(argument: str) -> None:
    code = (
        "import sys; from aava_rules.tools.cli import main\n"
        "try: main()\n"
        "finally: print('imported', sorted({'pydantic', 'pluggy', 'yaml', 'rich'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code, argument], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "imported []"


def test_a_call_has_the_command_that_it_names() -> None:
    assert names(["check", "a.json"]) == ["check"]
    for arguments in (["chekc"], ["--no-config", "check"], ["--help", "check"], [], None):
        assert names(arguments) == list(COMMANDS)


def test_with_settings_all_commands_are_there(tmp_path: Path) -> None:
    """A file may have settings for any of them."""
    (tmp_path / "aava-rules.toml").write_text('[diff]\nformat = "csv"\n', encoding="utf-8")
    assert names(["check", "a.json"]) == list(COMMANDS)


def test_completion_has_all_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_AAVA_RULES_COMPLETE", "complete_bash")
    assert names(["--help"]) == list(COMMANDS)


def test_a_completion_that_no_shell_asks_for_is_told() -> None:
    """The variable alone, without the line that a shell gives with it, is no failure of the program."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COMP_")}
    done = subprocess.run(
        [sys.executable, "-m", "aava_rules"], capture_output=True, text=True, check=False,
        env=environment | {"_AAVA_RULES_COMPLETE": "complete_bash"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "_AAVA_RULES_COMPLETE is set by a shell that completes a line: see --install-completion.\n"


def test_no_module_of_another_command_is_imported() -> None:
    code = "import sys; from aava_rules.tools.cli import build; build(arguments=['--help'])\n"
    code += "print(*(name for name in sys.modules if name.startswith('aava_rules.tools.cli.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert imported.isdisjoint(module for module, _, _ in COMMANDS.values())
