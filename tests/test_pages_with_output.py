"""Pages of the documentation tell the truth: their programs and commands give the output that they show."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ("worklists", "checklist", "counts", "months")


def _read(page: str) -> str:
    return (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


PROGRAMS = [
    (page, *found)
    for page in PAGES
    for found in re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", _read(page), re.DOTALL)
]
COMMANDS = [
    (page, *found)
    for page in PAGES
    for session in re.findall(r"```console\n(.*?)```", _read(page), re.DOTALL)
    for found in re.findall(r"^\$ aava-rules (.*)\n((?:(?!\$ ).*\n)*)", session, re.MULTILINE)
]


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.mark.parametrize(("page", "program", "output"), PROGRAMS, ids=[page for page, _, _ in PROGRAMS])
def test_a_program_of_a_page_prints_what_stands_below_it(
    page: str, program: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each program runs as it stands, from the root of the checkout."""
    monkeypatch.chdir(ROOT)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, f"{page}.md", "exec"), {})
    assert _lines(out.getvalue()) == _lines(output)


@pytest.mark.parametrize(
    ("page", "command", "output"), COMMANDS, ids=[f"{page}: {command[:30]}" for page, command, _ in COMMANDS]
)
def test_a_command_of_a_page_prints_what_stands_below_it(page: str, command: str, output: str) -> None:
    """Each command gives the output below it, without plugins."""
    run = [sys.executable, "-c", "from aava_rules.tools.cli import main; main()", *command.split()]
    environment = os.environ | {"COLUMNS": "120", "PYTHONUTF8": "1", "AAVA_RULES_DISABLE_PLUGINS": "1"}
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
    assert _lines(done.stdout) == _lines(output), done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    """No link to a file that is not there."""
    for target in re.findall(r"\]\(([^)#:]+)", _read(page)):
        assert (ROOT / "docs" / target).exists(), target
