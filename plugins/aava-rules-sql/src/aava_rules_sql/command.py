"""The command ``write-findings``: records are checked, and their findings written into a table, all or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from aava_rules import Decision
from aava_rules.decision.days import decision_day
from aava_rules.decision.service import book_of
from aava_rules.language.errors import AdapterError
from aava_rules.tools.cli.check import fails
from aava_rules.tools.cli.options import (
    Day,
    FailOn,
    InputName,
    MappingPath,
    RecordPaths,
    RulebookName,
    load_rulebook,
)
from aava_rules.tools.cli.records import InputRecords
from aava_rules.tools.reports.report import tally
from aava_rules_sql.database import Database
from aava_rules_sql.findings import TABLE, write_findings

TargetName = Annotated[
    str,
    typer.Option(
        "--to", metavar="DATABASE", help="env:NAME with its URL in that variable, a .dburl or SQLite file, or a URL."
    ),
]
RunName = Annotated[str, typer.Option("--run", metavar="NAME", help="The run; findings of the same run are replaced.")]
TableName = Annotated[str, typer.Option("--table", metavar="NAME", help="The table of findings.")]
SchemaName = Annotated[
    str | None,
    typer.Option("--schema", metavar="NAME", help="Its schema. Default: that of the user.", show_default=False),
]
Create = Annotated[bool, typer.Option("--create", help="Create the table if it is not there.")]


def add_to(app: typer.Typer) -> None:
    """Add the command to ``app``, the command line."""
    app.command("write-findings")(write)


def write(
    records: RecordPaths,
    to: TargetName,
    run: RunName,
    rulebook: RulebookName = None,
    on: Day = None,
    table: TableName = TABLE,
    schema: SchemaName = None,
    create: Create = False,
    fail_on: Annotated[
        FailOn,
        typer.Option("--fail-on", help="Exit with 1 on findings of this weight or a stronger one, as check does."),
    ] = FailOn.LAW,
    mapping: MappingPath = None,
    input: InputName = None,
) -> None:
    """Check records, and write the findings into a database.

    All findings of a run are written, or none.

    If a source cannot be read to its end, nothing is written, and the same command does it again from the start.
    A single record that cannot be answered is left out and told; the rest is written.

    \b
    Exit codes:
      0    written
      1    written, with findings at or above --fail-on
      2    bad input or usage, or nothing is written
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules write-findings examples/records --to findings.sqlite --run 2015-09 --on 2015-09-15 --create
    \f

    Args:
        records: files, folders, addresses, or ``-`` for standard input.
        to: the database that is written to.
        run: the name of the run.
        rulebook: a name, or the path of a folder.
        on: the day of decision; None for today.
        table: the name of the table.
        schema: the schema in which it lies; None for the first one of the user's search path.
        create: whether to create the table if it is not there.
        fail_on: the weakest finding that makes the exit code 1.
        mapping: the mapping file through which records are read; None if they are in the record format.
        input: the name of the adapter; None to choose by suffix.

    Raises:
        AdapterError: a source or the database fails, so that nothing is written.
        BadParameter: the run has no name, or too long a one.
        Exit: with 1 or 2, as said above.
    """
    target = Database(to)
    book = load_rulebook(rulebook)
    names = sorted({question.name for question in book_of(book).questions.values() if question.kind == "requirement"})
    inputs = InputRecords(records, book, mapping, input)
    counts: dict[tuple[str, str], int] = {}
    answered = [0]
    decisions = tally(_whole(inputs, inputs.decisions(decision_day(on), names), answered), counts)
    try:
        written = write_findings(to, run, decisions, table=table, schema=schema, create=create)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--run") from None
    left_out = f"; {inputs.failed} could not be answered and are not in it" if inputs.failed else ""
    print(f"{target.name}, {table}, run {run}: {written} findings of {answered[0]} records{left_out}")
    if inputs.failed:
        raise typer.Exit(2)
    if fails(counts, fail_on):
        raise typer.Exit(1)


def _whole(inputs: InputRecords, decisions: Iterator[Decision], answered: list[int]) -> Iterator[Decision]:
    """The decisions; AdapterError after the last one if a source of them was not read to its end."""
    for decision in decisions:
        answered[0] += 1
        yield decision
    if inputs.broken:
        raise AdapterError("Nothing is written, since not everything was read. The table is as it was.")
