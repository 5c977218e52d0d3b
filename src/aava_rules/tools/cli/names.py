"""The command ``names``: what can be named in records, in ``--only`` and in rules."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, TextIO

import typer

from aava_rules.language.errors import UnknownName
from aava_rules.rulebook.names import Name, matching
from aava_rules.tools.cli.options import Amendments, Language, LanguageName, RulebookName, View, load_rulebook
from aava_rules.tools.reports.report import json_text


class Kind(StrEnum):
    """A kind of names."""

    FACTS = "facts"
    OUTCOMES = "outcomes"
    REQUIREMENTS = "requirements"
    STEPS = "steps"
    FIELDS = "fields"


def names(
    kind: Annotated[
        Kind | None,
        typer.Argument(metavar="[KIND]", help="facts, outcomes, requirements, steps or fields. Default: all."),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            "--search",
            metavar="WORDS",
            help="In the name, the titles or the words: all of these, else most.",
            show_default=False,
        ),
    ] = None,
    rulebook: RulebookName = None,
    amend: Amendments = None,
    language: LanguageName = Language.FI,
    format: Annotated[View, typer.Option("--format", help="How the names are written.")] = View.TEXT,
) -> None:
    """List what can be named in records, rules and options.

    Facts and fields of records, outcomes, requirements and steps.

    \b
    Exit codes:
      0    they are listed
      2    nothing is called so, or wrong usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules names facts --rulebook finland --language en
      aava-rules names --search "days a week" --language en
      aava-rules names requirements --rulebook aava --format json
    \f

    Args:
        kind: the kind of names; None for all.
        search: words that stand in the name, its titles in any language, or its words: all of these, else most; None
            for every name.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        language: the language of titles.
        format: text or JSON.

    Raises:
        UnknownName: nothing is called so.
    """
    book = load_rulebook(rulebook, amend=amend)
    chosen: Iterable[Name] = book.names
    if kind is not None:
        chosen = [name for name in chosen if f"{name.kind}s" == kind]
    if search is not None:
        chosen = matching(chosen, search)
    listed = list(chosen)
    if not listed:
        raise UnknownName(f"Rulebook {book.name} has no such name. Search for a part of a word, or list them all.")
    if format is View.JSON:
        sys.stdout.write(json_text([name.to_dict() for name in listed]) + "\n")
    else:
        _write(listed, sys.stdout, language)


def _write(listed: list[Name], out: TextIO, language: str) -> None:
    """A line for each name, under the heading of its kind; below it its words, where these are closed."""
    width = min(max(len(name.name) for name in listed), 40)
    heading = ""
    for name in listed:
        if name.kind != heading:
            out.write(("\n" if heading else "") + f"{name.kind}s\n")
            heading = name.kind
        kind = " ".join(part for part in (name.type, f"({name.unit})" if name.unit else "", name.each) if part)
        out.write(f"  {name.name:<{width}}  {name.title[language]}" + (f"  [{kind}]" if kind else "") + "\n")
        if name.words:
            out.write(f"  {'':<{width}}  {', '.join(name.words)}\n")
