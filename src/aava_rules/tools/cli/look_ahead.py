"""The command ``ahead``: what will be otherwise, from which day on, and why."""

from __future__ import annotations

import sys
from datetime import date
from typing import Annotated, Any

import typer

from aava_rules.decision.look_ahead import LookAhead, assumption_text
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day
from aava_rules.tools.cli.ending import stop
from aava_rules.tools.cli.options import (
    Amendments,
    Day,
    InputName,
    Language,
    LanguageName,
    MappingPath,
    RecordPath,
    RulebookName,
    View,
    load_rulebook,
    parse_day,
)
from aava_rules.tools.cli.records import InputRecords
from aava_rules.tools.pages.text import clean, wrapped
from aava_rules.tools.reports.report import json_text

Until = Annotated[
    date | None,
    typer.Option(
        "--until", parser=parse_day, metavar="DATE", help="Last day. Default: a year ahead.", show_default=False
    ),
]


def ahead(
    record: RecordPath,
    rulebook: RulebookName = None,
    amend: Amendments = None,
    on: Day = None,
    until: Until = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="An outcome, requirement, step, ruleset or rule. Repeatable."),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            "--assume",
            metavar="NAME=VALUE",
            help="benefits=continue: payments go on. attendance=4: so many days a week. facts=continue: what is so "
            "stays so. Repeatable.",
        ),
    ] = None,
    language: LanguageName = Language.FI,
    format: Annotated[View, typer.Option("--format", help="How the changes are written.")] = View.TEXT,
    mapping: MappingPath = None,
    input: InputName = None,
) -> None:
    """Tell on which day which answer will be another.

    If nothing happens but time, and why.

    \b
    Exit codes:
      0    it was looked ahead, whatever will change
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules ahead examples/records/a-17.json --on 2014-05-05
      aava-rules ahead examples/records/178-days-of-attendance.json --on 2021-10-01 --assume attendance=4
    \f

    Args:
        record: a file with one record, or ``-`` for standard input.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        on: the day from which on; None for today.
        until: the last day; None for a year.
        only: names of outcomes, requirements and steps; None for all.
        assume: what is assumed besides, each a name and a value.
        language: the language of texts.
        format: text or JSON.
        mapping: the mapping file through which it is read; None if it is in the record format.
        input: the name of the adapter; None to choose by suffix.

    Raises:
        Exit: with 2, if there is not exactly one record, or if it cannot be looked ahead.
        AssumptionError: there is no such assumption, or the record contradicts it.
    """
    book = load_rulebook(rulebook, amend=amend)
    inputs = InputRecords([record], book, mapping, input)
    decision = inputs.single_decision(on, as_json=format is View.JSON)
    try:
        changes = book.look_ahead(
            decision.record, on=decision.on, until=until, only=only or None, assume=_assumptions(assume or [])
        )
    except ValueError as error:
        stop(str(error))
    if format is View.JSON:
        sys.stdout.write(json_text(changes.to_dict()) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(changes, decision.record_id, language)) + "\n")
    if inputs.failed:
        raise typer.Exit(2)


def _assumptions(options: list[str]) -> dict[str, Any]:
    """What ``--assume`` says; a number where it is one."""
    assumptions: dict[str, Any] = {}
    for part in options:
        name, equals, value = part.partition("=")
        if not equals or name in assumptions:
            raise typer.BadParameter("Give each assumption once, as in attendance=4.", param_hint="--assume")
        assumptions[name] = int(value) if value.isascii() and value.isdigit() and len(value) < 4 else value
    return assumptions


def _lines(changes: LookAhead, record_id: str, language: str) -> list[str]:
    first, last = format_day(changes.on, language), format_day(changes.until, language)
    lines = [clean(f"{record_id}  {text('ahead.title', language, first=first, last=last)}")]
    for name, value in changes.assumed.items():
        lines += wrapped(assumption_text(name, value, language), 2)
    if not changes:
        lines += ["", *wrapped(text("ahead.none", language), 2)]
    day = None
    for change in changes:
        if change.day != day:
            day = change.day
            lines += ["", format_day(day, language)]
        lines += wrapped(change.line(language), 2, 2)
        causes = [change.cause_text(cause, language) for cause in change.causes]
        if causes:
            lines += wrapped("; ".join(causes), 6, 2)
    return lines
