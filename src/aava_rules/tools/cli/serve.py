"""The command ``serve``: requests from another program, line by line."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from aava_rules.tools.cli.options import AuditMode, load_rulebook

INTERRUPTED: Final = 130
"""The exit code where the user ends the program, as of programs that the signal SIGINT ends."""

Rulebooks = Annotated[
    list[str] | None,
    typer.Option(
        "--rulebook",
        metavar="NAME",
        help="Name of a rulebook, or the path of its folder. Repeatable: requests may ask those that are named here, "
        "and the first answers those that name none. Default: aava.",
        show_default=False,
    ),
]


def serve(rulebook: Rulebooks = None, audit: AuditMode = None) -> None:
    """Answer requests of another program: a line of JSON in, a line of JSON out, at once.

    Requests come on standard input and answers go to standard output. docs/serve.md tells what a request says, and
    `aava-rules schema request` and `schema answer` print the JSON Schemas.

    Exit code 0: the input ended, and every line was answered, some of them with an error; 2: a rulebook cannot be
    loaded, or the answers cannot be written; 141: nobody reads the answers any more.
    \f

    Args:
        rulebook: names, or paths of folders; None for ``aava``.
        audit: strict for no answer without its row in the audit log.

    Raises:
        Exit: with 130, if the user interrupts it.
        PluginError: the audit is strict, and would not be kept.
        RulebookNotFound: there is no rulebook of a name.
        RulebookError: the files of a rulebook have faults.
    """
    from aava_rules.tools.protocol.answer import Rulebooks
    from aava_rules.tools.protocol.lines import serve as serve_lines

    books = Rulebooks(load_rulebook(name, "strict" if audit else None) for name in rulebook or ["aava"])
    try:
        serve_lines(sys.stdin.buffer, sys.stdout.buffer, books)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
