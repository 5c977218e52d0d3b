"""The command ``months``: days payable, compensation and the state's reimbursement, by client and month."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aava_rules.decision.days import decision_day
from aava_rules.decision.months.month import month_named
from aava_rules.language.dates import ONE_DAY
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
)
from aava_rules.tools.cli.records import InputRecords
from aava_rules.tools.inputs.absences import read_absence_file
from aava_rules.tools.pages.months import WRITERS
from aava_rules.tools.reports.unanswered import Unanswered


class MonthsFormat(StrEnum):
    """How ``months`` writes."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"


def _parse_month(name: str) -> date:
    try:
        return month_named(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


FirstMonth = Annotated[
    date | None,
    typer.Option(
        "--from", parser=_parse_month, metavar="MONTH", help="First month, as 2024-05. Default: the last one that is "
        "over on --on.", show_default=False,
    ),
]  # fmt: skip
LastMonth = Annotated[
    date | None,
    typer.Option(
        "--until", parser=_parse_month, metavar="MONTH", help="Last month. Default: the first.", show_default=False
    ),
]
AttendanceDay = Annotated[
    date | None,
    typer.Option(
        "--on", parser=parse_day, metavar="DATE", help="Day up to which attendance counts. Default: today.",
        show_default=False,
    ),
]  # fmt: skip
AbsenceFile = Annotated[
    Path | None,
    typer.Option(
        "--absences", metavar="FILE", help="Days of absence: CSV or JSON Lines with client, on, reason, child_age, "
        "days_in_row.", show_default=False,
    ),
]  # fmt: skip


def months(
    records: RecordPaths,
    rulebook: RulebookName = None,
    amend: Amendments = None,
    since: FirstMonth = None,
    until: LastMonth = None,
    on: AttendanceDay = None,
    absences: AbsenceFile = None,
    language: LanguageName = Language.FI,
    format: Annotated[MonthsFormat, typer.Option("--format", help="How it is written.")] = MonthsFormat.TABLE,
    mapping: MappingPath = None,
    input: InputName = None,
) -> None:
    """Tell the money of a month, from attendance.

    Days payable, compensation, the state's reimbursement and absences by reason. What is not known has bounds, and is
    asked for.

    RECORDS: what `check` takes; they are answered one by one.

    \b
    Exit codes:
      0    done
      2    bad input (the rest is told all the same) or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules months examples/months/clients.jsonl --from 2024-05 --on 2024-06-03
      aava-rules months examples/months/clients.jsonl --from 2024-04 --until 2024-05 --on 2024-06-03 --format csv
    \f

    Args:
        records: files, folders, or ``-`` for standard input.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        since: the first day of the first month; None for the last month that is over.
        until: the first day of the last month; None for the first month.
        on: the day up to which attendance counts; None for today.
        absences: the file with the days of absence; None: there are none.
        language: the language of texts.
        format: how it is written.
        mapping: the mapping file through which records are read; None if they are in the record format.
        input: the name of the adapter; None to choose by suffix.

    Raises:
        AdapterError: the file of absences cannot be read.
        Exit: with 2, if a record or its absences cannot be read.
        BadParameter: the last month is before the first.
        UnknownName: the rulebook answers none of what a month is made of.
    """
    book = load_rulebook(rulebook, amend=amend)
    day = decision_day(on)
    first = since or month_named(day.replace(day=1) - ONE_DAY)
    last = until or first
    if last < first:
        raise typer.BadParameter("It is before --from.", param_hint="--until")
    absent = {} if absences is None else read_absence_file(absences)
    inputs = InputRecords(records, book, mapping, input)
    writer = WRITERS[format](book, sys.stdout, language, day, (f"{first:%Y-%m}", f"{last:%Y-%m}"))
    writer.begin()
    inputs.tell = writer.unanswered
    with inputs.shown() as display:
        display.records()
        for source in inputs.sources():
            for row in inputs.rows(source):
                answer = inputs.answered(
                    source, row, lambda record: book.months(record, first, last, day, absent.get(record["id"], ()))
                )
                for month in () if isinstance(answer, Unanswered) else answer:
                    writer.month(month)
                display.advance()
    writer.end(inputs.failed)
    if inputs.failed:
        raise typer.Exit(2)
