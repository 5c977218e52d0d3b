"""The command ``due``: what is to be done for which client within a time, and whom it falls on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any

import typer

from aava_rules.adapters import BadRow, Row
from aava_rules.decision.days import decision_day
from aava_rules.decision.service import Rulebook, book_of, due_of
from aava_rules.decision.worklist import unsettled_steps
from aava_rules.language.dates import add_months
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.values import LAST_DAY
from aava_rules.tools.cli.ending import print_error
from aava_rules.tools.cli.options import (
    Amendments,
    InputName,
    Language,
    LanguageName,
    MappingPath,
    RecordPaths,
    RulebookName,
    choose,
    load_rulebook,
    parse_day,
    plugins_of,
)
from aava_rules.tools.cli.records import InputRecords, Source
from aava_rules.tools.cli.registers import RegisterRun
from aava_rules.tools.reports.worklist import Worklist

FirstDay = Annotated[
    date | None,
    typer.Option("--from", parser=parse_day, metavar="DATE", help="First day. Default: today.", show_default=False),
]
LastDay = Annotated[
    date | None,
    typer.Option(
        "--until", parser=parse_day, metavar="DATE", help="Last day. Default: a month on.", show_default=False
    ),
]
OnlyNames = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="NAME", help="A step, requirement, ruleset or rule. Repeatable.", show_default=False
    ),
]


def due(
    records: RecordPaths,
    rulebook: RulebookName = None,
    amend: Amendments = None,
    since: FirstDay = None,
    until: LastDay = None,
    only: OnlyNames = None,
    language: LanguageName = Language.FI,
    format: Annotated[str, typer.Option("--format", help="table, jsonl, csv, html, or one of a plugin.")] = "table",
    mapping: MappingPath = None,
    input: InputName = None,
) -> None:
    """List what is to be done within a time.

    The most pressing first: client, what, by when, whom it falls on, source.

    Steps that are due by the last day, those that are late already included, and limits that are passed if nothing
    happens but time. All is told as of the first day.

    RECORDS: what `check` takes; Parquet, databases and large JSON Lines are answered in parts, through columns.

    \b
    Exit codes:
      0    done
      2    bad input (the rest is listed all the same) or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules due examples/county --from 2024-06-03 --until 2024-07-03
      aava-rules due examples/county --from 2024-06-03 --format html > worklist.html
    \f

    Args:
        records: files, folders, or ``-`` for standard input.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        since: the first day; None for today.
        until: the last day; None for a month after the first.
        only: names of steps and requirements; None for all.
        language: the language of texts.
        format: the name of a format of worklists.
        mapping: the mapping file through which records are read; None if they are in the record format.
        input: the name of the adapter; None to choose by suffix.

    Raises:
        Exit: with 2, if a record cannot be read or answered.
        BadParameter: there is no such format, or the last day is before the first.
        UnknownName: the rulebook answers nothing of a name in ``only``.
    """
    book = load_rulebook(rulebook, amend=amend)
    plugins = plugins_of(book)
    formats = plugins.worklists()
    chosen = formats[choose("format", format, formats)]
    first = decision_day(since)
    last = min(add_months(first, 1), LAST_DAY) if until is None else until
    if last < first:
        raise typer.BadParameter("It is before --from.", param_hint="--until")
    inputs = InputRecords(records, book, mapping, input)
    run = WorklistRun(inputs, Worklist(book, first, last), only or None, columns=plugins.let_tables_answer)
    inputs.tell = run.worklist.unanswered.append
    with inputs.shown() as display:
        run.run(display)
    worklist = run.worklist
    worklist.unread = inputs.failed
    worklist.sort()
    _write(chosen, worklist, language)
    if inputs.failed:
        raise typer.Exit(2)


def _write(chosen: Any, worklist: Worklist, language: str) -> None:
    """Write by a format, which may be that of a plugin; what is not known goes to standard error if it is not shown."""
    try:
        chosen.write(worklist, sys.stdout, language)
    except (KeyboardInterrupt, OSError, AavaRulesError):
        raise
    except BaseException as error:  # its message may quote a record
        failure = type(error).__name__
    else:
        if chosen.name not in ("table", "html"):
            for line in worklist.summary(language):
                print_error(line)
        return
    raise AavaRulesError(f"The format {chosen.name} failed with {failure}; what is written is not whole.")


class WorklistRun(RegisterRun):
    """A worklist of sources: registers through columns, if they may be used, all else record by record."""

    def __init__(self, records: InputRecords, worklist: Worklist, only: list[str] | None, *, columns: bool) -> None:
        super().__init__(records, worklist.on, everything=False, columns=columns)
        self.worklist = worklist
        book: Rulebook = records.rulebook
        answered = {question.name for question in book_of(book).questions.values() if question.kind != "outcome"}
        self._only = sorted(answered) if only is None else only

    def _record(self, source: Source, row: Row | BadRow) -> None:
        decision = self.records.decision(source, row, self.on, self._only)
        if decision is not None:
            self.worklist.clients += 1
            self.worklist.items.extend(self.records.rulebook.due_by(decision, self.worklist.until))
            self.worklist.perhaps += len(set(unsettled_steps(decision, self.worklist.until)))

    def _table(self, tables: Any, record: Callable[[int], Mapping[str, Any]]) -> None:
        table = due_of(self.records.rulebook, tables, self.worklist.until, self._only)
        self.worklist.clients += int(tables.valid.sum())
        self.worklist.items.extend(table.items)
        self.worklist.perhaps += table.perhaps.height
