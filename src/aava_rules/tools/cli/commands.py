"""The commands of ``aava-rules``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from aava_rules.adapters import Adapter
from aava_rules.decision.decision import Decision
from aava_rules.decision.plugins import Plugin, manager
from aava_rules.decision.service import check as check_rulebook
from aava_rules.tools.cli.check import check
from aava_rules.tools.cli.options import (
    Day,
    Language,
    LanguageName,
    RulebookName,
    View,
    loaded,
    plugins_of,
    say,
    stop,
    tells_errors,
)
from aava_rules.tools.cli.options import Records as RecordPaths
from aava_rules.tools.cli.records import Records
from aava_rules.tools.cli.show import diff, next_steps, show
from aava_rules.tools.reports.report import json_text

RecordPath = Annotated[
    str, typer.Argument(metavar="RECORD", help="A file with one record, or - for standard input.", show_default=False)
]
AnswerName = Annotated[
    str,
    typer.Argument(metavar="NAME", help="An outcome, requirement, step, or a finding's key.", show_default=False),
]
RulebookArgument = Annotated[
    str, typer.Argument(metavar="RULEBOOK", help="Name or folder of a rulebook.", show_default=False)
]
CasesFile = Annotated[
    Path | None,
    typer.Option("--cases", metavar="FILE", help="Cases to run in place of the rulebook's own.", show_default=False),
]


class SchemaName(StrEnum):
    """What a JSON Schema is printed of."""

    RECORD = "record"
    DECISION = "decision"
    RULEBOOK = "rulebook"


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    commands: dict[str, Callable[..., Any]] = {
        "check": check, "decide": decide, "explain": explain, "next": next_steps, "show": show, "diff": diff,
        "test": run_cases, "lint": lint, "schema": schema, "plugins": plugins,
    }  # fmt: skip
    for name, command in commands.items():
        app.command(name)(tells_errors(command))


def decide(
    records: RecordPaths,
    rulebook: RulebookName = "aava",
    on: Day = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="An outcome, requirement or step. Repeatable.")
    ] = None,
    language: LanguageName = Language.FI,
    format: Annotated[
        View | None, typer.Option("--format", help="Default: text on a terminal, else JSON.", show_default=False)
    ] = None,
) -> None:
    """Decide on records: all outcomes, findings, next steps, and what to ask next.

    As JSON, a file that is one record gives one object; all else gives an array.
    """
    book = loaded(rulebook)
    found = Records(records, book)
    as_json = format is View.JSON or (format is None and not sys.stdout.isatty())
    if as_json:
        _write_json(found, on, only)
    else:
        from aava_rules.tools.cli.view import show

        for number, decision in enumerate(found.decisions(on, only or None)):
            if number:
                sys.stdout.write("\n")
            show(decision, sys.stdout, language)
    if found.failed:
        raise typer.Exit(2)


def _write_json(found: Records, on: Any, only: list[str] | None) -> None:
    one = len(found.paths) == 1 and not Path(found.paths[0]).is_dir()
    separator = "[\n"
    array = False
    for place, decision in found.placed(on, only or None):
        if one and not place:
            sys.stdout.write(decision.to_json(indent=2) + "\n")
            return
        sys.stdout.write(separator + decision.to_json())
        separator, array = ",\n", True
    if array:
        sys.stdout.write("\n]\n")
    elif not found.failed:
        sys.stdout.write("[]\n")


def explain(
    record: RecordPath,
    name: AnswerName,
    rulebook: RulebookName = "aava",
    on: Day = None,
    language: LanguageName = Language.FI,
) -> None:
    """Explain an answer: why or why not, with the values read and the citations."""
    book = loaded(rulebook)
    found = Records([record], book)
    decisions: list[Decision] = []
    for decision in found.decisions(on):
        decisions.append(decision)
        if len(decisions) > 1:
            stop(f"{record}: has several records. Give a file with one.")
    if not decisions:
        if not found.failed:
            say(f"{record}: has no record. Give a file with one.")
        raise typer.Exit(2)
    sys.stdout.write(decisions[0].explain(name, language).text(language) + "\n")
    if found.failed:
        raise typer.Exit(2)


def run_cases(
    rulebook: RulebookArgument,
    cases: CasesFile = None,
    format: Annotated[View, typer.Option("--format", help="How the result is written.")] = View.TEXT,
) -> None:
    """Run the worked cases of a rulebook and of those below it. Exit code 1 if one fails."""
    from aava_rules.tools.cases import run as runner

    book = loaded(rulebook)
    own = runner.rulebook_cases(book, _folder(rulebook, book)) if cases is None else runner.load_cases(cases)
    report = runner.run_cases(book, own)
    if format is View.JSON:
        sys.stdout.write(json_text(report.to_dict()) + "\n")
    else:
        for failure in report.failures:
            sys.stdout.write(f"{failure.place}  {failure.case}\n")
            sys.stdout.write(f"  expected  {_line(failure.expected)}\n  got       {_line(failure.got)}\n\n")
        sys.stdout.write(f"{book.name} {book.version}: {report.passed} passed, {report.failed} failed\n")
    if report.failed:
        raise typer.Exit(1)


def _folder(name: str, book: Any) -> Path:
    from aava_rules.rulebook.locate import find

    return find(name.partition("==")[0], plugins_of(book).rulebooks())


def _line(value: Any) -> str:
    import json

    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\n", "\n            ")


def lint(
    rulebook: RulebookArgument,
) -> None:
    """Check a rulebook and tell every fault, each with its line; without faults, what its cases leave untested.

    Exit code 1 if there is a fault or remark.
    """
    from aava_rules.tools import lint as checking

    more = manager().rulebooks()
    faults = check_rulebook(str(more.get(rulebook, rulebook)))
    what = "fault" if faults else "remark"
    found = faults or checking.find(loaded(rulebook))
    for fault in found:
        sys.stdout.write(f"{fault}\n\n")
    if found:
        sys.stdout.write(f"{rulebook}: {len(found)} {what}{'' if len(found) == 1 else 's'}\n")
        raise typer.Exit(1)
    sys.stdout.write(f"{rulebook}: no faults\n")


def schema(of: Annotated[SchemaName, typer.Argument(help="What the schema is of.", show_default=False)]) -> None:
    """Print a JSON Schema: of records, of decisions, or of the files of a rulebook."""
    made: dict[str, Any]
    if of is SchemaName.RECORD:
        from aava_rules.record.fields import record_schema

        made = record_schema()
    elif of is SchemaName.DECISION:
        from aava_rules.decision.schema import decision_schema

        made = decision_schema()
    else:
        from aava_rules.rulebook.loader.file_schema import rulebook_schema

        made = rulebook_schema()
    sys.stdout.write(json_text(made) + "\n")


def plugins() -> None:
    """List the plugins, what each adds, and those that are broken, with the reason."""
    found = manager()
    for plugin in found.loaded:
        sys.stdout.write("\n".join(_about(plugin)) + "\n")
    for broken in found.broken:
        of = f" ({broken.distribution} {broken.version})".replace(" )", ")") if broken.distribution else ""
        sys.stdout.write(f"{broken.name}{of}\n  broken     {broken.reason}\n")


def _about(plugin: Plugin) -> list[str]:
    of = f" ({plugin.distribution} {plugin.version})".replace(" )", ")") if plugin.distribution else ""
    rows = {
        "adapters": ", ".join(map(_adapter, plugin.adapters)),
        "reports": ", ".join(report.name for report in plugin.reports),
        "rulebooks": ", ".join(plugin.rulebooks),
        "hooks": ", ".join(plugin.hooks),
    }
    return [f"{plugin.name}{of}", *(f"  {name:<9}  {text}" for name, text in rows.items() if text)]


def _adapter(adapter: Adapter) -> str:
    return f"{adapter.name} ({' '.join(adapter.suffixes)})"
