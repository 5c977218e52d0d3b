"""The snippets of a page of the documentation, run in order as a reader would, in a folder of their own.

    ```yaml title="our_town/rules.yaml"   is a file that the reader makes
    ```python                             is run; the ```text below it is what it prints, and without one it prints nothing
    ```console                            has commands after `$ `, each with what it prints
    ```sh                                 is not run, and has nothing but commands that install

In what is printed, a line `…` stands for any lines, and `…` in a line for any text: for what changes with each release.
``python tests/support/snippets.py PAGE...`` writes what is printed into the pages.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r'title="([^"]+)"')
INSTALLS = re.compile(r"(?:pip install|python3? -m venv|make [a-z-]+|apt-get install|\. )[^|;&]*")
ANY = "…"


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, the rest of its first line, its text, and where the text stands."""

    language: str
    options: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Printed:
    """What a snippet printed, what the page says of it, and where the page says so."""

    snippet: str
    expected: str
    got: str
    start: int
    end: int

    def agrees(self) -> bool:
        """Whether the page says what was printed."""
        parts = ["(?:.*\n)*?.*" if line == ANY else re.escape(line).replace(ANY, ".*") for line in lines(self.expected)]
        pattern = "\n".join(parts)
        return re.fullmatch(pattern, "\n".join(lines(self.got))) is not None


def lines(text: str) -> list[str]:
    """The lines that a reader sees, without the spaces that end them."""
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def blocks(page: str) -> list[Block]:
    """The fenced blocks of ``page``, in order."""
    return [Block(m[1], m[2], m[3], m.start(3), m.end(3)) for m in BLOCK.finditer(page)]


def run(page: str, folder: Path) -> Iterator[Printed]:
    """Do in ``folder`` what ``page`` says, one snippet after another."""
    (folder / "examples").symlink_to(ROOT / "examples")
    tools = folder / ".bin"
    tools.mkdir()
    for name, arguments in (("aava-rules", "-m aava_rules"), ("python", "")):
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n', encoding="utf-8")
        (tools / name).chmod(0o755)
    names: dict[str, Any] = {"__name__": "__main__"}
    found = blocks(page)
    for number, block in enumerate(found):
        title = TITLE.search(block.options)
        if title is not None:
            file = folder / title[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            after = found[number + 1] if number + 1 < len(found) else None
            shown = after if after is not None and after.language == "text" and not after.options else None
            place = (shown.start, shown.end) if shown is not None else (block.end, block.end)
            yield Printed(block.text, shown.text if shown else "", _python(block.text, names, folder), *place)
        elif block.language == "console":
            yield from _console(block, folder)


def _python(program: str, names: dict[str, Any], folder: Path) -> str:
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        exec(compile(program, "snippet", "exec"), names)
    return out.getvalue()


def _console(block: Block, folder: Path) -> Iterator[Printed]:
    environment = os.environ | {
        "PATH": f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "PYTHONUTF8": "1",
        "PYTHONPATH": f"{ROOT / 'src'}",
        "NO_COLOR": "1",
        "PYTEST_PLUGINS": "pytest_aava_rules",  # as an installed one is known
    }
    for match in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
        done = subprocess.run(
            ["bash", "-c", match[1]], cwd=folder, capture_output=True, text=True, encoding="utf-8", env=environment
        )
        start = block.start + match.start(2)
        yield Printed(match[1], match[2], done.stdout, start, block.start + match.end(2))


def write(file: Path) -> None:
    """Put what is printed into the page ``file``."""
    page = file.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for printed in reversed(list(run(page, Path(folder)))):
            if not printed.agrees():
                got = "".join(f"{line}\n" for line in lines(printed.got))
                page = page[: printed.start] + got + page[printed.end :]
    file.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        write(Path(argument))
