"""The command ``serve``: requests from another program, line by line."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated, Final

import typer

from aava_rules.tools.cli.options import DEFAULT_RULEBOOK, Amendments, AuditMode, complete_rulebook, load_rulebook

INTERRUPTED: Final = 130
"""The exit code where the user ends the program, as of programs that the signal SIGINT ends."""

Rulebooks = Annotated[
    list[str] | None,
    typer.Option(
        "--rulebook",
        metavar="NAME",
        envvar="AAVA_RULES_RULEBOOK",
        help="Name of a rulebook, or the path of its folder. Repeatable: requests may ask those that are named here, "
        f"and the first answers those that name none. Default: {DEFAULT_RULEBOOK}, and that is told.",
        show_default=False,
        autocompletion=complete_rulebook,
    ),
]


def serve(rulebook: Rulebooks = None, amend: Amendments = None, audit: AuditMode = None) -> None:
    """Answer requests of another program, line by line.

    Requests come on standard input, a line of JSON each; the answer to each, a line of JSON, goes to standard output
    at once. docs/serve.md tells what a request says, and `aava-rules schema request` and `schema answer` print the
    JSON Schemas.

    \b
    Exit codes:
      0    the input ended; every line was answered, some with an error
      2    a rulebook cannot be loaded, or answers cannot be written
      130  interrupted
      141  nobody reads the answers any more

    \b
    Examples:
      aava-rules serve --rulebook finland --rulebook aava < requests.jsonl
      aava-rules serve --rulebook finland --rulebook finland+bill_109_2025 < requests.jsonl
    \f

    Args:
        rulebook: names, or paths of folders; None for the default.
        amend: names or folders of amendments, of each of these rulebooks; None for none.
        audit: strict for no answer without its row in the audit log.

    Raises:
        Exit: with 130, if the user interrupts it.
        PluginError: the audit is strict, and would not be kept.
        RulebookNotFound: there is no rulebook of a name.
        RulebookError: the files of a rulebook have faults.
    """
    from aava_rules.tools.protocol.answer import Rulebooks, parted
    from aava_rules.tools.protocol.lines import serve as serve_lines

    names: Iterable[str] = rulebook or ("",)
    books = Rulebooks(
        load_rulebook(name or None, "strict" if audit else None, [*(amend or ()), *amendments])
        for name, amendments in map(parted, names)
    )
    try:
        serve_lines(sys.stdin.buffer, sys.stdout.buffer, books)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
