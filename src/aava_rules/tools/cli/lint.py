"""The command ``aava-rules lint``: what is wrong with a rulebook, and what is lacking, for readers and for tools."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aava_rules import __version__
from aava_rules.decision.loading import check as check_rulebook
from aava_rules.decision.plugins import manager
from aava_rules.tools.cli.options import (
    Amendments,
    FaultLanguage,
    Language,
    RulebookArgument,
    clickable,
    folder_of_rulebooks,
    load_rulebook,
)
from aava_rules.tools.cli.told import counted, faults_in_language, in_language
from aava_rules.tools.lint.formats import NOT_SETTLED
from aava_rules.tools.reports.report import json_text

if TYPE_CHECKING:
    from aava_rules.language.errors import Fault


class LintFormat(StrEnum):
    """How faults and remarks are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def lint(
    rulebook: RulebookArgument,
    format: Annotated[
        LintFormat, typer.Option("--format", help="text, json, sarif (2.1.0), or github: annotations of its Actions.")
    ] = LintFormat.TEXT,
    amend: Amendments = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE", help="Remarks of this code alone, or of all that begin so: AR213, AR21. Repeatable."
        ),
    ] = None,
    language: FaultLanguage = Language.EN,
) -> None:
    """Tell every fault of a rulebook, or what it lacks.

    Each fault has its line. Without faults, what is lacking in rules and cases is told, and what clashes. What could
    not be settled (AR230) is told, and is no remark. With --select, a remark of another code is neither told nor
    counted; a fault always is.

    \b
    Exit codes:
      0    no fault and no remark
      1    a fault or remark
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules lint examples/own_rulebook
      aava-rules lint examples/own_rulebook --format github
      aava-rules lint examples/own_rulebook --select AR213 --select AR22
      aava-rules lint examples/own_rulebook --format sarif > lint.sarif
    \f

    Args:
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        select: the codes of the remarks that are told, or how these begin; None for all.
        format: how it is written.
        language: the language of faults.

    Raises:
        BadParameter: no code begins as one that is selected.
        Exit: with 1, if there is a fault or a remark.
    """
    from aava_rules.tools import lint as checking
    from aava_rules.tools.cases.run import case_faults
    from aava_rules.tools.lint import formats

    chosen = tuple(map(_code, select or ()))
    plugin_rulebooks = manager().rulebooks()
    with faults_in_language():
        faults = check_rulebook(str(plugin_rulebooks.get(rulebook, rulebook)), amend or ())
    if not faults:
        book = load_rulebook(rulebook, amend=amend)
        # with cases that cannot be read, what no case shows would be told of most rules
        faults = case_faults(book)
    # a rulebook with a fault does not load, so that nothing could be told of it in its place
    selected = faults or [remark for remark in checking.find_remarks(book) if remark.code.startswith(chosen or "AR")]
    reported = [in_language(fault, language) for fault in selected]
    grave = [fault for fault in reported if formats.level(fault.code) != "note"]
    match format:
        case LintFormat.TEXT:
            folder = folder_of_rulebooks(rulebook, plugin_rulebooks)
            shown = [clickable(fault, folder) for fault in reported]
            _write_text(rulebook, shown, "fault" if faults else "remark", len(grave), language)
        case LintFormat.JSON:
            sys.stdout.write(json_text(formats.as_json(reported)) + "\n")
        case LintFormat.SARIF:
            log = formats.as_sarif(reported, folder_of_rulebooks(rulebook, plugin_rulebooks), __version__)
            sys.stdout.write(json_text(log) + "\n")
        case LintFormat.GITHUB:
            lines = formats.as_github(reported, folder_of_rulebooks(rulebook, plugin_rulebooks))
            sys.stdout.writelines(f"{line}\n" for line in lines)
    if grave:
        raise typer.Exit(1)


def _code(written: str) -> str:
    """A code, or the beginning of codes, as codes are written. Raises BadParameter where no code of a remark is so."""
    from aava_rules.tools.lint.codes import codes

    known = [code for code in codes() if code >= "AR2"]
    begin = written.strip().upper()
    if begin and any(code.startswith(begin) for code in known):
        return begin
    raise typer.BadParameter(
        f"No remark has the code {written[:20]!r}: they are {known[0]} to {known[-1]}.", param_hint="--select"
    )


_NONE: Final = {"fi": "ei virheitä", "sv": "inga fel", "en": "no faults"}
_UNSETTLED: Final = {"fi": "jäi ratkaisematta", "sv": "blev olösta", "en": "not settled"}


def _write_text(rulebook: str, reported: Sequence[Fault], what: str, count: int, language: str) -> None:
    for fault in reported:
        sys.stdout.write(f"{fault}\n\n")
    unsettled = sum(fault.code == NOT_SETTLED for fault in reported)
    counts = [counted(count, what, language)] if count else [_NONE[language]] if not unsettled else []
    counts += [f"{unsettled} {_UNSETTLED[language]}"] if unsettled else []
    sys.stdout.write(f"{rulebook}: {', '.join(counts)}\n")
