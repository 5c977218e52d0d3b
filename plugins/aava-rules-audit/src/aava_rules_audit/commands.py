"""The commands ``aava-rules audit verify`` and ``aava-rules replay``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

import aava_rules
from aava_rules.adapters import BadRow, Row
from aava_rules.decision.plugins import manager
from aava_rules.tools.cli.options import id_key
from aava_rules.tools.inputs.choose import STDIN, adapter_for
from aava_rules_audit.replay import replay
from aava_rules_audit.rows import AuditLogError, read_key
from aava_rules_audit.verify import verify

LogPath = Annotated[Path, typer.Argument(metavar="LOG", help="The audit log.", show_default=False)]
KeyFile = Annotated[
    Path,
    typer.Option(
        "--key-file", envvar="AAVA_RULES_AUDIT_KEY_FILE", metavar="FILE", help="The file with the key.",
        show_default=False,
    ),
]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``app``, the typer application."""
    group = typer.Typer(help="Audit logs of decisions.", no_args_is_help=True)

    @group.callback()
    def start() -> None:
        """A callback keeps the name of the command, since it is the only one."""

    group.command("verify")(verify_log)
    app.add_typer(group, name="audit")
    app.command("replay")(replay_log)


def verify_log(
    log: LogPath,
    key_file: KeyFile,
    last: Annotated[
        str | None,
        typer.Option("--last", metavar="CODE", help="The code of a row that was kept elsewhere.", show_default=False),
    ] = None,
) -> None:
    """Verify that an audit log is as it was written: no row changed, missing, twice or in another order.

    Rows that are cut off at the end are told only with --last: keep the code that this command prints elsewhere.

    \b
    Exit codes:
      0    it is
      1    it is not
      2    it or its key cannot be read, or wrong usage

    \b
    Examples:
      aava-rules audit verify audit.log --key-file audit.key
      aava-rules audit verify audit.log --key-file audit.key --last 5f0c…
    \f

    Args:
        log: the log.
        key_file: the file with the key.
        last: the code of a row that has to be in the log.

    Raises:
        Exit: with 1 or 2, as said above.
    """
    try:
        verdict = verify(log, read_key(key_file), last=last)
    except AuditLogError as error:
        _stop(str(error))
    for fault in verdict.faults:
        sys.stdout.write(fault + "\n")
    sys.stdout.write(f"{log}: {verdict.rows} rows, {len(verdict.faults)} faults, the last is {verdict.last}\n")
    if verdict.faults:
        raise typer.Exit(1)


def replay_log(
    log: LogPath,
    records: Annotated[
        list[str], typer.Argument(metavar="RECORDS", help="The records as they were then.", show_default=False)
    ],
    key_file: KeyFile,
    rulebook: Annotated[
        list[str] | None,
        typer.Option(
            "--rulebook", metavar="NAME", help="A name, or the folder, of a rulebook. Repeatable. Default: all."
        ),
    ] = None,
    amend: Annotated[
        list[str] | None,
        typer.Option(
            "--amend",
            metavar="NAME",
            help="A name, or the folder, of an amendment: the rulebooks may have answered with all of these, or with "
            "none. Repeatable.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make the decisions of an audit log again, and prove that they are the same to the byte.

    \b
    Exit codes:
      0    all are
      1    some are not, or their record or rulebook is not there
      2    something cannot be read, or wrong usage

    \b
    Examples:
      aava-rules replay audit.log records/ --key-file audit.key
      aava-rules replay audit.log records/ --key-file audit.key --rulebook finland --amend bill_109_2025
    \f

    Args:
        log: the log.
        records: files, folders, or ``-`` for standard input.
        key_file: the file with the key.
        rulebook: names, or paths of folders; None for those that are installed.
        amend: names, or folders, of amendments; None for none.

    Raises:
        Exit: with 1 or 2, as said above.
    """
    try:
        key = read_key(key_file)
        names = rulebook or sorted(manager().rulebooks())
        books = [aava_rules.load(name, plugins=False, key=id_key()) for name in names]
        books += _amended(names, amend or ())
        result = replay(log, key, _records(records), books)
    except aava_rules.RecordError as error:
        _stop("\n".join(f"{fault.place} {fault.what} [{fault.code}]. {fault.hint}".strip() for fault in error.faults))
    except aava_rules.AavaRulesError as error:
        _stop(str(error))
    for fault in result.faults:
        sys.stdout.write(fault + "\n")
    tables = f", {result.tables} rows of tables are not made again" if result.tables else ""
    sys.stdout.write(f"{log}: {result.same} decisions are the same, {len(result.faults)} are not{tables}\n")
    if result.faults:
        raise typer.Exit(1)


def _amended(names: Iterable[str], amend: Iterable[str]) -> list[aava_rules.Rulebook]:
    """Those of the rulebooks that amendments can amend, with these; raises RulebookError if they can amend none."""
    amendments = list(amend)
    books: list[aava_rules.Rulebook] = []
    errors: list[aava_rules.RulebookError] = []
    for name in names if amendments else ():
        try:
            books.append(aava_rules.load(name, plugins=False, key=id_key(), amend=amendments))
        except aava_rules.RulebookError as error:
            errors.append(error)
    if errors and not books:
        raise errors[0]
    return books


def _records(paths: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The records of files, folders and standard input. Raises AdapterError for what cannot be read."""
    plugins = manager()
    for path in paths:
        folder = Path(path)
        files: list[Any] = sorted(folder.rglob("*.json*")) if folder.is_dir() else [path]
        for file in files:
            adapter = adapter_for(plugins, file)
            for row in adapter.read(sys.stdin.buffer if file == STDIN else Path(file)):
                if isinstance(row, BadRow):
                    raise aava_rules.AdapterError(f"{file}, {row.place}: {row.reason}")
                assert isinstance(row, Row)
                yield row.record


def _stop(text: str) -> None:
    sys.stderr.write(text + "\n")
    raise typer.Exit(2)
