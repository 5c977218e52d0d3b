"""The command ``diff``: what differs between two rulebooks or two days, and what that does to answers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from aava_rules.adapters import BadRow, Row
from aava_rules.decision.compare.changes import ClientChanges, changes_between
from aava_rules.decision.compare.counts import Counts
from aava_rules.decision.compare.sides import Sides
from aava_rules.decision.service import Rulebook, book_of, is_listened
from aava_rules.tools.cli.options import (
    Amendments,
    InputName,
    Language,
    LanguageName,
    MappingPath,
    load_rulebook,
    parse_day,
)
from aava_rules.tools.cli.progress import Progress
from aava_rules.tools.cli.records import InputRecords, Source
from aava_rules.tools.cli.registers import RegisterRun, there
from aava_rules.tools.pages.changes import WRITERS
from aava_rules.tools.reports.unanswered import Unanswered


class DiffFormat(StrEnum):
    """How ``diff`` writes."""

    TEXT = "text"
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"


DayOption = Annotated[
    date | None,
    typer.Option(
        "--on", parser=parse_day, metavar="DATE", help="Of two rulebooks: day of decision. Default: today.",
        show_default=False,
    ),
]  # fmt: skip
FirstDay = Annotated[
    date | None,
    typer.Option("--from", parser=parse_day, metavar="DATE", help="Of one rulebook: first day.", show_default=False),
]
SecondDay = Annotated[
    date | None,
    typer.Option("--to", parser=parse_day, metavar="DATE", help="Of one rulebook: second day.", show_default=False),
]


def diff(
    rulebook: Annotated[str, typer.Argument(metavar="OLD", help="Name or folder of a rulebook.", show_default=False)],
    others: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NEW] [RECORDS]...",
            help="The other rulebook, unless there is --amend or --from and --to; then files, folders, registers, or - "
            "for standard input.",
            show_default=False,
        ),
    ] = None,
    on: DayOption = None,
    since: FirstDay = None,
    until: SecondDay = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="An outcome, requirement, step, ruleset or rule. Repeatable."),
    ] = None,
    language: LanguageName = Language.FI,
    amend: Amendments = None,
    format: Annotated[
        DiffFormat, typer.Option("--format", help="text (or table), json, jsonl, csv, or html: all of it as a page.")
    ] = DiffFormat.TEXT,
    counts: Annotated[bool, typer.Option("--counts", help="How many clients alone: no record is named.")] = False,
    mapping: MappingPath = None,
    input: InputName = None,
) -> None:
    """Show what a change of rules or of the day does.

    In rules, values, texts, and the answers to records.

    OLD NEW: two rulebooks on one day. OLD --amend NAME: a rulebook without and with amendments. OLD --from DATE --to
    DATE: one rulebook on two days; each change says whether time alone makes it or the rules do. RECORDS are what
    decide and check read; registers go through columns.

    \b
    Exit codes:
      0    it is shown, whether anything differs or not
      2    bad input (the rest is compared all the same) or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules diff finland --from 2015-06-30 --to 2015-07-01
      aava-rules diff finland aava examples/records --on 2015-09-15 --counts
      aava-rules diff finland --amend examples/three_days_a_week examples/records --on 2028-01-10 --format csv
    \f

    Args:
        rulebook: a name, or the path of a folder: the rulebook of the answers before.
        others: without days the rulebook of the answers after; then files and folders with records.
        on: of two rulebooks the day of decision; None for today.
        since: of one rulebook the first day.
        until: of one rulebook the second day, not before the first.
        only: names of outcomes, requirements and steps; None for all.
        language: the language of texts.
        amend: names or folders of amendments; None for none. Of two days, both rulebooks have them.
        format: how it is written.
        counts: whether no record is named.
        mapping: the mapping file through which records are read; None if they are in the record format.
        input: the name of the adapter; None to choose by suffix.

    Raises:
        BadParameter: there are days of both kinds, one of the two is missing, or the second is before the first.
        UnknownName: neither rulebook answers anything of a name.
        Exit: with 2, if a record cannot be read or compared.
    """
    paths = list(others or ())
    of_days = since is not None or until is not None
    before = load_rulebook(rulebook, amend=amend if of_days else None)
    after = before
    if not of_days:
        if not paths and not amend:
            raise typer.BadParameter("Name another rulebook, --amend, or two days: --from and --to.", param_hint="NEW")
        after = load_rulebook(rulebook if amend else paths.pop(0), amend=amend)
    elif on is not None:
        raise typer.BadParameter("It is for two rulebooks; two days are --from and --to.", param_hint="--on")
    elif since is None or until is None:
        missing = "--from" if since is None else "--to"
        raise typer.BadParameter("Name both days, --from and --to.", param_hint=missing)
    elif until < since:
        raise typer.BadParameter("It is before --from.", param_hint="--to")
    comparison = before.compare(after, on=since or on, until=until, only=only or None)
    writer = WRITERS[format](
        sys.stdout, language, comparison.sides, with_records=bool(paths), counts_only=counts and bool(paths)
    )
    run = ComparedRecords(paths, before, after, comparison.sides, mapping, input)
    run.tell, run.inputs.tell = writer.client, writer.unanswered
    run.names_clients = not writer.counts_only
    writer.begin(comparison.law)
    with run.inputs.shown(wanted=bool(paths) and not sys.stdout.isatty()) as display:
        run.run(display)
    writer.end(run.counts, run.inputs.failed)
    if run.inputs.failed:
        raise typer.Exit(2)


class ComparedRecords:
    """The records that the command was called with, compared one after another; registers through columns.

    Attributes:
        inputs: the records.
        counts: how many clients each change concerns.
        tell: is called with the changes of each record of which an answer differs.
        names_clients: whether it tells of them.
    """

    def __init__(
        self, paths: list[str], before: Rulebook, after: Rulebook, sides: Sides, mapping: Any, adapter: str | None
    ) -> None:  # fmt: skip
        """The records of some paths.

        Args:
            paths: as they were typed.
            before: the rulebook of the answers before.
            after: that of the answers after.
            sides: what is compared.
            mapping: the mapping file through which they are read; None if they are in the record format.
            adapter: the name of the adapter; None to choose by suffix.
        """
        self.sides = sides
        self.wording = sides.wording
        self.counts = Counts(self.wording)
        self.tell: Callable[[ClientChanges], None] = _nothing
        self.names_clients = True
        reader = before
        self._columns = there() and not is_listened(before) and not is_listened(after)
        if self._columns:
            from aava_rules.decision.compare.columns import narrower

            book = narrower([side.book for side in sides.all])
            self._columns = book is not None
            reader = after if book is book_of(after) else before
        self.inputs = InputRecords(paths, reader, mapping, adapter)

    def run(self, shown: Progress) -> None:
        """Compare all records; ``shown`` takes the progress."""
        if self._columns:
            _Register(self).run(shown)
            return
        shown.records()
        for source in self.inputs.sources():
            for row in self.inputs.rows(source):
                self.compare(source, row)
                shown.advance()

    def compare(self, source: Source, row: Row | BadRow) -> None:
        """Compare one record by itself, or report its faults.

        Args:
            source: the source of the row, for its name.
            row: a record, or what is wrong with a row.
        """
        decisions = self.inputs.answered(source, row, lambda record: [side.decide(record) for side in self.sides.all])
        if isinstance(decisions, Unanswered):
            return
        before, after, *time = decisions
        changes = changes_between(before, after, time[0] if time else None, self.wording)
        self.counts.add(changes)
        if changes:
            self.tell(ClientChanges(before.record_id, changes))


def _nothing(_: Any) -> None:
    """What is told to nobody."""


class _Register(RegisterRun):
    """A comparison of sources, of registers through columns."""

    def __init__(self, compared: ComparedRecords) -> None:
        super().__init__(compared.inputs, compared.sides.before.on, everything=False)
        self._compared = compared

    def _record(self, source: Source, row: Row | BadRow) -> None:
        self._compared.compare(source, row)

    def _table(self, tables: Any, record: Callable[[int], Any]) -> None:
        from aava_rules.decision.compare.columns import ComparedTable

        run = self._compared
        table = ComparedTable(tables, run.sides, run.wording)
        table.count(run.counts)
        for client in table.clients if run.names_clients else ():
            run.tell(client)
        for refused in table.refused:
            run.compare(self.source, Row("", record(refused.row)))
