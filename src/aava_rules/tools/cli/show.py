"""The commands that show something: a client's next steps, a rulebook, and the differences between two days."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from aava_rules.decision.client_path import client_path
from aava_rules.decision.decision import Decision
from aava_rules.decision.service import Rulebook, book_of, parts_of
from aava_rules.language.errors import UnknownName, nearest
from aava_rules.tools.cli.ending import stop
from aava_rules.tools.cli.options import (
    Amendments,
    AudienceName,
    Day,
    InputName,
    Language,
    LanguageName,
    MappingPath,
    PageFormat,
    PageView,
    RecordPath,
    RulebookArgument,
    RulebookName,
    To,
    View,
    load_rulebook,
)
from aava_rules.tools.cli.records import InputRecords
from aava_rules.tools.reports.report import json_text


class ShowFormat(StrEnum):
    """How a rulebook is shown."""

    TEXT = "text"
    HTML = "html"
    MERMAID = "mermaid"
    SVG = "svg"


ViewFormat = Annotated[View, typer.Option("--format", help="How the answer is written.")]


def next_steps(
    record: RecordPath,
    rulebook: RulebookName = None,
    amend: Amendments = None,
    on: Day = None,
    language: LanguageName = Language.FI,
    audience: AudienceName = To.WORKER,
    format: PageFormat = PageView.TEXT,
    mapping: MappingPath = None,
    input: InputName = None,
) -> None:
    """Show a client's place on the client path, and what is due.

    Each step is done, due (by when, and why) or to come.

    \b
    Exit codes:
      0    it is shown
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules next examples/records/follow-up-call.json --rulebook aava --on 2015-09-15
    \f

    Args:
        record: a file with one record, or ``-`` for standard input.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        on: the day of decision; None for today.
        language: the language of texts.
        audience: whom texts speak to.
        format: text, JSON or an HTML page.
        mapping: the mapping file through which it is read; None if it is in the record format.
        input: the name of the adapter; None to choose by suffix.

    Raises:
        Exit: with 2, if there is not exactly one right record.
    """
    from aava_rules.tools.pages import client, text

    book = load_rulebook(rulebook, amend=amend)
    inputs = InputRecords([record], book, mapping, input, audience.value)
    decision = single_decision(inputs, on, step_names(book), as_json=format is PageView.JSON)
    path = client_path(decision)
    if format is PageView.JSON:
        header = {"record_id": decision.record_id, "on": decision.on.isoformat(), "rulebook": decision.rulebook}
        sys.stdout.write(json_text(header | path.to_dict()) + "\n")
    else:
        (client if format is PageView.HTML else text).write_path(path, decision, sys.stdout, language)


def show(
    rulebook: RulebookArgument,
    format: Annotated[
        ShowFormat,
        typer.Option("--format", help="mermaid: the client path. mermaid or svg with --only: a picture of one name."),
    ] = ShowFormat.TEXT,
    language: LanguageName = Language.FI,
    amend: Amendments = None,
    audience: AudienceName = To.WORKER,
    record: Annotated[
        str | None,
        typer.Option("--record", metavar="FILE", help="Place this client on the path.", show_default=False),
    ] = None,
    on: Day = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="NAME",
            help="A ruleset or the id of a rule. Repeatable. Of a picture: the id of a rule (its decision diagram), "
            "or a requirement, outcome or step (the table of its rules).",
        ),
    ] = None,
) -> None:
    """Show a rulebook to read, as law reads.

    Rules, values by date, exceptions, sources, cases and notes.

    \b
    Exit codes:
      0    it is shown
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules show finland --only TG-22
      aava-rules show finland --format html --language sv > finland.html
      aava-rules show aava --format mermaid --record examples/records/follow-up-call.json --on 2015-09-15
    \f

    Args:
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        format: text, an HTML page, the client path as a Mermaid flowchart, or with ``only`` a picture of one name.
        language: the language of texts.
        audience: whom texts speak to.
        record: a file with the record of a client to place on the path; None for none.
        on: the day of decision for that client; None for today.
        only: rulesets and ids of rules; None for all.

    Raises:
        UnknownName: there is no such ruleset or rule.
        Exit: with 2, if ``record`` has not exactly one right record, or there is no client path to draw.
    """
    from aava_rules.tools.pages import html, mermaid, text
    from aava_rules.tools.pages.cases import read_supplements
    from aava_rules.tools.pages.page import build_page, selectable_names

    book = load_rulebook(rulebook, amend=amend)
    if format is ShowFormat.SVG or (format is ShowFormat.MERMAID and only):
        _picture(book, only or [], format, language)
        return
    for name in only or ():
        names = selectable_names(parts_of(book))
        if name not in names:
            raise UnknownName(
                f"Rulebook {book.name} has no ruleset or rule {name[:60]!r}. {nearest(name, names)}".strip()
            )
    decision = None
    if record is not None:
        decision = single_decision(InputRecords([record], book, audience=audience.value), on, step_names(book))
    path = None if decision is None else client_path(decision)
    if format is ShowFormat.MERMAID:
        if not parts_of(book).steps:
            stop(f"Rulebook {book.name} has no client path, so there is no diagram of one.")
        mermaid.write(parts_of(book), book.title[language], sys.stdout, language, path, decision)
        return
    content = build_page(
        parts_of(book), language, read_supplements(book), frozenset(only) if only else None, path, decision
    )
    (html if format is ShowFormat.HTML else text).write(content, sys.stdout)


def _picture(book: Rulebook, only: list[str], format: ShowFormat, language: str) -> None:
    """Write the picture of the one name in ``only``."""
    from aava_rules.tools.pages import mermaid, svg
    from aava_rules.tools.pages.diagram import drawable_names, picture_of

    if len(only) != 1:
        stop("A picture is of one rule, requirement, outcome or step. Name it: --only NAME.")
    names = drawable_names(parts_of(book))
    if only[0] not in names:
        hint = nearest(only[0], names)
        raise UnknownName(f"Rulebook {book.name} has no rule that is or answers {only[0][:60]!r}. {hint}".strip())
    picture = picture_of(parts_of(book), only[0], language)
    if format is ShowFormat.SVG:
        svg.write(picture, sys.stdout, language)
    else:
        mermaid.write_picture(picture, sys.stdout, language)


def step_names(book: Rulebook) -> list[str]:
    """The names of the steps that the rulebook ``book`` can suggest, in order."""
    return sorted({question.name for question in book_of(book).questions.values() if question.kind == "step"})


def single_decision(inputs: InputRecords, on: date | None, only: list[str], *, as_json: bool = False) -> Decision:
    """The decision on a source that has exactly one record, which must be right.

    Args:
        inputs: the source.
        on: the day of decision; None for today.
        only: names of outcomes, requirements and steps.
        as_json: whether standard output is told too why there is none, as JSON.

    Raises:
        Exit: with 2, after a message, in every other case.
    """
    decision = inputs.single_decision(on, only, as_json=as_json)
    if inputs.failed:
        raise typer.Exit(2)
    return decision
