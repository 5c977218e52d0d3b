"""The README tells the truth: its programs and commands give the output that it shows."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", README, re.DOTALL)
SESSIONS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    part
    for session in SESSIONS
    for part in re.findall(r"^\$ aava-rules (.*)\n((?:(?!\$ ).*\n)*)", session, re.MULTILINE)
]


def lines(text: str) -> list[str]:
    """The lines that a reader sees, without the spaces that end them."""
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.mark.parametrize(
    ("program", "output"),
    PROGRAMS,
    ids=["first decision", "today", "no needless question", "default questions", "tables"],
)
def test_a_program_prints_what_the_readme_shows(program: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each program of the README runs as it stands."""
    monkeypatch.chdir(ROOT)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, "README.md", "exec"), {})
    assert lines(out.getvalue()) == lines(output)


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[command[:40] for command, _ in COMMANDS])
def test_a_command_prints_what_the_readme_shows(command: str, output: str) -> None:
    """Each command of the README gives the output below it."""
    run = [sys.executable, "-c", "from aava_rules.tools.cli import main; main()", *command.split()]
    environment = os.environ | {"COLUMNS": "120", "PYTHONUTF8": "1"}
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
    assert lines(done.stdout) == lines(output), done.stderr


def test_every_link_of_the_front_pages_leads_somewhere() -> None:
    """No page that a newcomer opens has a link to a file that is not there."""
    for page in (
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/adr/README.md",
        "plugins/README.md",
        "rulesets/README.md",
    ):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / page).parent.joinpath(target).exists(), f"{page}: {target}"


def test_the_two_commands_of_the_readme_are_targets_and_ci_runs_the_second() -> None:
    """What the README promises is in the Makefile, and continuous integration runs the same test command."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+)", README, re.MULTILINE) == ["demo", "test"]
    assert {"demo:", "test:"} <= {line.split(" ")[0] for line in makefile.splitlines()}
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
