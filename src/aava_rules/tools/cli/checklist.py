"""The command ``checklist``: what must stand in a plan that is being written."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from aava_rules.tools.cli.options import (
    Amendments,
    Day,
    InputName,
    Language,
    LanguageName,
    MappingPath,
    RulebookName,
    load_rulebook,
)
from aava_rules.tools.cli.records import InputRecords
from aava_rules.tools.reports.report import json_text


class PlanKind(StrEnum):
    """A kind of plan."""

    ACTIVATION_PLAN = "activation_plan"
    JOINT_PLAN = "joint_plan"
    CLIENT_PLAN = "client_plan"
    EMPLOYMENT_PLAN = "employment_plan"


class ChecklistFormat(StrEnum):
    """How a checklist is written."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


def checklist(
    kind: Annotated[PlanKind, typer.Argument(metavar="KIND", help="The kind of plan.", show_default=False)],
    rulebook: RulebookName = None,
    amend: Amendments = None,
    on: Day = None,
    record: Annotated[
        str | None,
        typer.Option("--record", metavar="FILE", help="Tick what this client's record has.", show_default=False),
    ] = None,
    language: LanguageName = Language.FI,
    format: Annotated[ChecklistFormat, typer.Option("--format", help="How it is written.")] = ChecklistFormat.TEXT,
    mapping: MappingPath = None,
    input: InputName = None,
) -> None:
    """List what must stand in a plan of a kind and a day.

    With who is present and signs, and what comes before.

    KIND: activation_plan, joint_plan, client_plan or employment_plan.

    \b
    Exit codes:
      0    done
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules checklist joint_plan --on 2024-06-03
      aava-rules checklist activation_plan --on 2024-06-03 --format html > checklist.html
    \f

    Args:
        kind: the kind of plan.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        on: the day on which the plan is made; None for today.
        record: a file with the client's record, or ``-``; None for the rules alone.
        language: the language of texts.
        format: text, HTML or JSON.
        mapping: the mapping file through which the record is read; None if it is in the record format.
        input: the name of the adapter; None to choose by suffix.

    Raises:
        Exit: with 2, if ``record`` has not exactly one right record.
    """
    from aava_rules.tools.pages.checklist import write_html, write_text

    book = load_rulebook(rulebook, amend=amend)
    client = None
    if record is not None:
        inputs = InputRecords([record], book, mapping, input)
        client = inputs.single_decision(on, []).record
        if inputs.failed:
            raise typer.Exit(2)
    of_plan = book.checklist(kind.value, on, client)
    if format is ChecklistFormat.JSON:
        sys.stdout.write(json_text(of_plan.to_dict()) + "\n")
    else:
        (write_html if format is ChecklistFormat.HTML else write_text)(of_plan, book, sys.stdout, language)
