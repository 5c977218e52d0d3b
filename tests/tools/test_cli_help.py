"""Every command, those of plugins and those to come too: its help, its examples, its exit codes, its completion."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner, Result

from aava_rules import hookimpl
from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import manager
from aava_rules.language.errors import AavaRulesError
from aava_rules.tools.cli import build

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "from aava_rules.tools.cli import main; main()"
SLOW = {"mutate", "lint", "test"}
"""Commands of which an example takes long; they are run by tests of their own."""


def _group() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DISABLE, "1")
        return get_command(build())


GROUP = _group()
COMMANDS = sorted(GROUP.commands)


def help_of(name: str) -> str:
    return CliRunner().invoke(build(), [name, "--help"], env={"COLUMNS": "200", DISABLE: "1"}).stdout


def examples(name: str) -> list[list[str]]:
    """The examples in the help of a command, as arguments, without what a shell would do with their output."""
    block = help_of(name).partition("  Examples:\n")[2].partition("\n\n")[0]
    lines = [line.strip().partition(" > ")[0] for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines]


def there(arguments: list[str]) -> bool:
    """Whether all files that an example names are in the repository; what it reads by ``<`` is not."""
    paths = [argument for argument in arguments if "/" in argument or argument.endswith((".sqlite", ".sql"))]
    return "<" not in arguments and all(Path(path).exists() for path in paths)


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, DISABLE: "1", "PYTHONPATH": str(ROOT / "src"), **environment}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False, env=env, input=""
    )


class TestHelp:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_exit_codes_and_examples(self, name: str) -> None:
        """The help of every command tells its exit codes, 0, 2 and 141 among them, and has an example."""
        text = help_of(name)
        codes = re.findall(r"^    (\d+) +\S", text.partition("  Exit codes:\n")[2].partition("\n\n")[0], re.MULTILINE)
        assert {"0", "2", "141"} <= set(codes) <= {"0", "1", "2", "130", "141"}
        assert examples(name)
        assert all(arguments[0] == name for arguments in examples(name))

    @pytest.mark.parametrize("name", COMMANDS)
    def test_the_line_in_the_list(self, name: str) -> None:
        """The first sentence of each help fits whole into the list of all commands, 80 columns wide."""
        text = CliRunner().invoke(build(), ["--help"], env={"COLUMNS": "80", DISABLE: "1"}).stdout
        (line,) = re.findall(rf"^  {name} +(.*)$", text, re.MULTILINE)
        assert line.endswith(".")
        assert not line.endswith("...")

    @pytest.mark.parametrize("name", COMMANDS)
    def test_examples_are_right(self, name: str) -> None:
        """The arguments of every example are those that its command takes."""
        for arguments in examples(name):
            typed = arguments[1 : arguments.index("<")] if "<" in arguments else arguments[1:]
            with GROUP.commands[name].make_context(name, typed):
                pass

    @pytest.mark.parametrize("name", [name for name in COMMANDS if name not in SLOW])
    def test_examples_run(self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every example whose files are in the repository runs beside them, and ends with 0 or 1."""
        for folder in ("examples", "rulesets", "tests", "docs"):
            (tmp_path / folder).symlink_to(ROOT / folder)
        monkeypatch.chdir(tmp_path)  # what an example writes is not left in the repository
        monkeypatch.setenv(DISABLE, "1")
        for arguments in filter(there, examples(name)):
            result = CliRunner().invoke(build(), arguments, input="")
            assert result.exit_code in (0, 1), (arguments, result.stderr)

    def test_no_default_rulebook_of_its_own(self) -> None:
        """No command has another default rulebook than the others: it is left out, so that it is told."""
        for name, command in GROUP.commands.items():
            for parameter in command.params:
                if "--rulebook" in parameter.opts:
                    assert not parameter.default, name


class Raises:
    """A plugin whose command raises what it is told to."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    @hookimpl
    def register_commands(self, app: typer.Typer) -> None:
        @app.command("raises")
        def raises() -> None:
            raise self.error


class TestExitCodes:
    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (AavaRulesError("It is wrong."), 2),
            (EOFError(), 2),
            (typer.Abort(), 2),
            (BrokenPipeError(), 141),
            (KeyboardInterrupt(), 130),
            (typer.Exit(1), 1),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_what_a_command_raises(self, error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """No error ends with 1, whichever command it comes from, and a command that finds something does."""
        monkeypatch.setattr("aava_rules.tools.cli.app.drop_output", lambda: None)
        result: Result = CliRunner().invoke(build(manager([Raises(error)])), ["raises"])
        assert result.exit_code == code
        assert ("It is wrong." in result.stderr) == isinstance(error, AavaRulesError)

    @pytest.mark.parametrize("name", COMMANDS)
    def test_a_wrong_option(self, name: str) -> None:
        """An option that there is not exits with 2 and a plain line that says so, of every command."""
        result = CliRunner().invoke(build(), [name, "--nonsense"], env={DISABLE: "1"})
        assert (result.exit_code, result.stdout) == (2, "")
        assert re.search(r"^Error: No such option: --nonsense", result.stderr, re.MULTILINE)

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
    @pytest.mark.parametrize(
        "arguments", ["--help", "--version", "check --help", "schema decision", "names", "plugins", "show finland"]
    )
    def test_a_closed_pipe(self, arguments: str) -> None:
        """A reader that goes away at once ends every command with 141, its help too, and nothing is told."""
        env = {**os.environ, DISABLE: "1", "PYTHONPATH": str(ROOT / "src"), "AAVA_RULES_RULEBOOK": "finland"}
        command = f"{sys.executable} -c '{PROGRAM}' {arguments} | true; exit ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, env=env)
        assert (done.returncode, done.stderr) == (141, b"")


class TestCompletion:
    def complete(self, line: str) -> list[str]:
        words = shlex.split(line)
        position = len(words) if line.endswith(" ") else len(words) - 1
        done = program(_AAVA_RULES_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(position))
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def test_commands(self) -> None:
        """Commands are completed."""
        assert self.complete("aava-rules expl") == ["explain"]

    def test_rulebooks(self) -> None:
        """The names of rulebooks are completed, as option and as argument."""
        assert {"aava", "finland", "hartola_sysma"} <= set(self.complete("aava-rules check --rulebook "))
        assert "finland" in self.complete("aava-rules lint fin")

    def test_values(self) -> None:
        """The values of an option are completed."""
        assert self.complete("aava-rules check --fail-on mo") == ["model"]

    def test_scripts(self) -> None:
        """The script for a shell is printed, to be installed by hand."""
        for shell in ("bash", "zsh", "fish", "powershell"):
            done = program(_AAVA_RULES_COMPLETE=f"source_{shell}")
            assert (done.returncode, done.stderr) == (0, "")
            assert "aava-rules" in done.stdout
