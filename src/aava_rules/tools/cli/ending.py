"""How the program ends, and what it writes to standard error; this needs no part of the library but its errors."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from aava_rules.language.errors import AavaRulesError, RecordError

if TYPE_CHECKING:
    from rich.console import Console

CLOSED_PIPE: Final = 141
"""The exit code where the reader of the output has gone, as of programs that the signal SIGPIPE ends."""


def drop_output() -> None:
    """Send what is still to be written to standard output nowhere, so that the end of the program does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stop(error: AavaRulesError | str) -> NoReturn:
    """Write ``error``, a text or an error with its faults, to standard error, and raise Exit with 2."""
    lines = [str(error)]
    if isinstance(error, RecordError):
        from aava_rules.tools.cli.told import told_lines  # only what is wrong with a record waits for it

        lines = told_lines(error)
    for line in lines:
        print_error(line)
    raise typer.Exit(2)


def print_error(text: str, console: Console | None = None) -> None:
    """Write a line to standard error, with ``?`` in place of characters that a terminal would obey.

    Args:
        text: the line, which may have line breaks.
        console: the console of standard error; None for a new one.
    """
    printable = "".join(character if character.isprintable() or character == "\n" else "?" for character in text)
    if console is None:
        from rich.console import Console  # only a program that tells something waits for it

        console = Console(stderr=True)
    console.print(printable, markup=False, emoji=False, highlight=False, soft_wrap=True)
