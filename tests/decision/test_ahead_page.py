"""docs/ahead.md tells the truth: its program and commands give the output that it shows."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aava_rules.tools.cli.app import build

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "ahead.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"```console\n\$ aava-rules (.*?)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("program", "output"), PROGRAMS)
def test_a_program_of_the_page_prints_what_it_shows(program: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader copies runs as it stands."""
    monkeypatch.chdir(ROOT)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, "docs/ahead.md", "exec"), {})
    assert out.getvalue() == output


@pytest.mark.parametrize(("command", "output"), COMMANDS)
def test_a_command_of_the_page_prints_what_it_shows(command: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command gives the output below it."""
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(build(), command.split())
    assert done.exit_code == 0
    assert done.stdout == output


def test_there_is_something_to_run() -> None:
    """The page has a program and commands."""
    assert PROGRAMS and len(COMMANDS) >= 2
