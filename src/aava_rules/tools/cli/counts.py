"""The command ``counts``: how many clients have which answer, by municipality and day, without telling of few."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from aava_rules.adapters import BadRow, Row
from aava_rules.decision.counts.counts import Tally
from aava_rules.decision.counts.quarters import days_named
from aava_rules.decision.text.catalogue import text
from aava_rules.tools.cli.options import (
    Amendments,
    InputName,
    Language,
    LanguageName,
    MappingPath,
    RecordPaths,
    RulebookName,
    load_rulebook,
    parse_day,
    plugins_of,
)
from aava_rules.tools.cli.records import InputRecords, Source
from aava_rules.tools.cli.registers import RegisterRun
from aava_rules.tools.pages.counts import WRITERS


class CountsFormat(StrEnum):
    """How ``counts`` writes."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"


def _parse_days(name: str) -> tuple[date, ...]:
    return days_named(name) or (parse_day(name),)


Days = Annotated[
    list[Any] | None,
    typer.Option(
        "--on", parser=_parse_days, metavar="DAY",
        help="A date, a quarter (2024-Q1: its last day) or a year (its four quarters). Repeatable. Default: the last "
        "quarter that is over.", show_default=False,
    ),
]  # fmt: skip
OnlyNames = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="NAME", help="An answer, ruleset or rule. Repeatable. Default: all requirements.",
        show_default=False,
    ),
]  # fmt: skip


def counts(
    records: RecordPaths,
    rulebook: RulebookName = None,
    amend: Amendments = None,
    on: Days = None,
    only: OnlyNames = None,
    language: LanguageName = Language.FI,
    format: Annotated[CountsFormat, typer.Option("--format", help="How it is written.")] = CountsFormat.TABLE,
    mapping: MappingPath = None,
    input: InputName = None,
) -> None:
    """Count clients by answer, municipality and quarter.

    Requirements, outcomes and steps. Nobody is named, and numbers under 10 are closed, with those from which they could
    be worked out.

    RECORDS: what `check` takes; Parquet, databases and large JSON Lines are answered in parts, through columns.

    \b
    Exit codes:
      0    done
      2    bad input (the rest is counted all the same) or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules counts examples/follow_up --on 2024
      aava-rules counts examples/follow_up --on 2024-Q1 --only plan_reviewed_in_time --format csv
    \f

    Args:
        records: files, folders, or ``-`` for standard input.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        on: the days of decision; None for the last quarter that is over.
        only: names of requirements, outcomes and steps; None for all requirements.
        language: the language of texts.
        format: how it is written.
        mapping: the mapping file through which records are read; None if they are in the record format.
        input: the name of the adapter; None to choose by suffix.

    Raises:
        Exit: with 2, if a record cannot be read or answered.
        UnknownName: the rulebook answers nothing of a name in ``only``.
    """
    book = load_rulebook(rulebook, amend=amend)
    tally = book.tally([day for days in on for day in days] if on else None, only or None)
    inputs = InputRecords(records, book, mapping, input)
    run = CountsRun(inputs, tally, columns=plugins_of(book).let_tables_answer)
    with inputs.shown() as display:
        run.run(display)
    tally.failed = inputs.failed
    counted = book.counted(tally)
    WRITERS[format](counted, sys.stdout, language)
    if counted.clients is None and format in _ROWS:
        inputs.console.print(text("counts.few", language), markup=False)
    if inputs.failed:
        raise typer.Exit(2)


_ROWS: Final = (CountsFormat.CSV, CountsFormat.JSONL)
"""The formats of rows alone, in which nothing tells that there are too few clients for any."""


class CountsRun(RegisterRun):
    """The clients of sources, counted: registers through columns, if they may be used, all else record by record."""

    def __init__(self, records: InputRecords, tally: Tally, *, columns: bool) -> None:
        super().__init__(records, tally.days[0], everything=False, columns=columns)
        self.tally = tally

    def _record(self, source: Source, row: Row | BadRow) -> None:
        self.records.answered(source, row, lambda record: self.records.rulebook.count(self.tally, record))

    def _table(self, tables: Any, record: Callable[[int], Mapping[str, Any]]) -> None:
        self.records.rulebook.count_tables(self.tally, tables)
