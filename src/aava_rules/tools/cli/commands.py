"""Commands of ``aava-rules`` on single records and rulebooks; the others have modules of their own (``index``)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO, cast

import typer

from aava_rules.adapters import Adapter
from aava_rules.decision.decision import Decision
from aava_rules.decision.entry_points import DISABLE, unknown_names
from aava_rules.decision.plugins import Plugin, manager
from aava_rules.engine.choice import EngineName
from aava_rules.tools.cli.ending import print_error
from aava_rules.tools.cli.options import (
    Amendments,
    AudienceName,
    Day,
    DetailName,
    DetailOption,
    FaultLanguage,
    InputName,
    Language,
    LanguageName,
    MappingPath,
    PageFormat,
    PageView,
    Processes,
    RecordEngine,
    RecordPath,
    RecordPaths,
    RulebookArgument,
    RulebookName,
    To,
    View,
    WithTexts,
    complete_rulebook,
    load_rulebook,
    plugins_of,
    short_form,
    tables_line,
)
from aava_rules.tools.cli.output import OutputPath, output
from aava_rules.tools.cli.processes import Job, processes_for, written
from aava_rules.tools.cli.records import InputRecords
from aava_rules.tools.cli.told import asked_language, faults_in_language, in_language
from aava_rules.tools.reports.report import json_text, unanswered_json
from aava_rules.tools.reports.written import Written

AnswerName = Annotated[
    str,
    typer.Argument(metavar="NAME", help="An outcome, requirement, step, or a finding's key.", show_default=False),
]
CasesFile = Annotated[
    Path | None,
    typer.Option("--cases", metavar="FILE", help="Cases to run in place of the rulebook's own.", show_default=False),
]


class DecisionFormat(StrEnum):
    """How ``decide`` writes."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class SchemaName(StrEnum):
    """What a JSON Schema can be printed of."""

    RECORD = "record"
    DECISION = "decision"
    RULEBOOK = "rulebook"
    MAPPING = "mapping"
    REQUEST = "request"
    ANSWER = "answer"


def decide(
    records: RecordPaths,
    rulebook: RulebookName = None,
    amend: Amendments = None,
    on: Day = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="An outcome, requirement, step, ruleset or rule. Repeatable."),
    ] = None,
    language: LanguageName = Language.FI,
    audience: AudienceName = To.WORKER,
    format: Annotated[
        DecisionFormat | None,
        typer.Option("--format", help="Default: text on a terminal, else JSON.", show_default=False),
    ] = None,
    mapping: MappingPath = None,
    input: InputName = None,
    detail: DetailOption = DetailName.FULL,
    texts: WithTexts = True,
    engine: RecordEngine = None,
    processes: Processes = None,
    to: OutputPath = None,
) -> None:
    """Answer all that is asked of records.

    And say what to ask next: outcomes, findings, next steps, what is missing, notices and cautions. JSON is an array,
    however many records there are. As JSON Lines (jsonl), each decision is a line; of short ones the first line has
    the tables to which all others refer. CSV has a line for each answer that applies and each fact that is missing. A
    record or file that cannot be answered has its own item or line: the key, or the kind, `error`.

    \b
    Exit codes:
      0    every record is decided on
      2    bad input (the rest is decided on all the same) or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules decide examples/records/a-17.json --on 2014-05-05
      aava-rules decide examples/records/a-17.json --on 2014-05-05 --only target_group --format json
      aava-rules decide examples/records --on 2015-09-15 --format jsonl --detail short --language sv
    \f

    Args:
        records: files, folders, or ``-`` for standard input.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        on: the day of decision; None for today.
        only: names of outcomes, requirements and steps; None for all.
        language: the language of texts.
        audience: whom texts speak to.
        format: text, JSON, JSON Lines or CSV; None for text on a terminal, else JSON.
        mapping: the mapping file through which they are read; None if they are in the record format.
        input: the name of the adapter; None to choose by suffix.
        detail: of JSON, the full or the short form of decisions.
        texts: of the short form, whether there are texts.
        engine: the name of an engine; None for the default one.
        processes: of JSON, how many processes answer; None to choose by the size of the sources.
        to: the file that is written; None for standard output.

    Raises:
        Exit: with 2, if a record cannot be read or decided on.
    """
    book = load_rulebook(rulebook, amend=amend)
    inputs = InputRecords(records, book, mapping, input, audience.value)
    form = short_form(detail, language, texts)
    with output(to) as out:
        if format is DecisionFormat.TEXT or (format is None and out.isatty()):
            from aava_rules.tools.cli.view import write_decision

            for number, decision in enumerate(inputs.decisions(on, only or None, engine)):
                if number:
                    out.write("\n")
                write_decision(decision, out, language)
        elif format is DecisionFormat.CSV:
            from aava_rules.tools.reports.answers import COLUMNS, AnswerLines

            names = tuple(only) if only else None
            write = AnswerLines(language)
            job = Job(rulebook, tuple(amend or ()), on, names, engine, audience.value, write)
            out.write(",".join(COLUMNS) + "\n")
            for answer in written(inputs, job, processes_for(inputs, processes)):
                out.write((answer if isinstance(answer, Written) else write(answer)).text)
        else:
            lines = format is DecisionFormat.JSONL
            if lines and form:
                out.write(tables_line(book, form))
                form = form | {"tables": False}
            job = Job(
                rulebook, tuple(amend or ()), on, tuple(only) if only else None, engine, audience.value,
                DecisionText(form),
            )  # fmt: skip
            answers = written(inputs, job, processes_for(inputs, processes))
            texts_of = (answer.text if isinstance(answer, Written) else unanswered_json(answer) for answer in answers)
            (_write_lines if lines else _write_array)(texts_of, out)
    if inputs.failed:
        raise typer.Exit(2)


@dataclass(frozen=True)
class DecisionText:
    """A decision as JSON: the arguments of `Decision.to_json`."""

    form: Mapping[str, Any]

    def __call__(self, decision: Decision) -> Written:
        """What is written of a decision."""
        return Written(decision.to_json(**self.form))


def _write_lines(texts: Iterable[str], out: TextIO) -> None:
    for text in texts:
        out.write(text + "\n")


def _write_array(texts: Iterable[str], out: TextIO) -> None:
    separator = "[\n"
    for text in texts:
        out.write(separator + text)
        separator = ",\n"
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def explain(
    record: RecordPath,
    name: AnswerName,
    rulebook: RulebookName = None,
    amend: Amendments = None,
    on: Day = None,
    language: LanguageName = Language.FI,
    audience: AudienceName = To.WORKER,
    mapping: MappingPath = None,
    input: InputName = None,
    format: PageFormat = PageView.TEXT,
) -> None:
    """Explain an answer: why or why not, by what paragraph.

    \b
    Exit codes:
      0    it is explained
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules explain examples/records/a-17.json target_group --on 2014-05-05
      aava-rules explain examples/records/five-days-a-week-2015.json days_per_week_max --on 2016-01-01 --language en
    \f

    Args:
        record: a file with one record, or ``-`` for standard input.
        name: an outcome, requirement or step, or the key of a finding.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        on: the day of decision; None for today.
        language: the language of texts.
        audience: whom texts speak to.
        mapping: the mapping file through which it is read; None if it is in the record format.
        input: the name of the adapter; None to choose by suffix.
        format: text, JSON or an HTML page.

    Raises:
        Exit: with 2, if there is not exactly one record, or if it cannot be decided on.
        UnknownName: there is no answer of that name.
    """
    book = load_rulebook(rulebook, amend=amend)
    inputs = InputRecords([record], book, mapping, input, audience.value)
    decision = inputs.single_decision(on, as_json=format is PageView.JSON)
    explanation = decision.explain(name, language)
    if format is PageView.HTML:
        from aava_rules.tools.pages.client import write_explanation

        write_explanation(explanation, name, decision, sys.stdout, language)
    elif format is PageView.JSON:
        sys.stdout.write(json_text(explanation.to_dict()) + "\n")
    else:
        sys.stdout.write(explanation.text(language) + "\n")
    if inputs.failed:
        raise typer.Exit(2)


def run_cases(
    rulebook: RulebookArgument,
    cases: CasesFile = None,
    amend: Amendments = None,
    format: Annotated[View, typer.Option("--format", help="How the result is written.")] = View.TEXT,
    explain: Annotated[
        bool, typer.Option("--explain", help="Of each case that fails, explain the answers that differ.")
    ] = False,
    language: LanguageName = Language.FI,
    engine: RecordEngine = None,
) -> None:
    """Run the worked cases of a rulebook and of those below it.

    \b
    Exit codes:
      0    all cases pass
      1    a case fails
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules test finland
      aava-rules test examples/own_rulebook
      aava-rules test finland --cases my.cases.yaml --explain --language en
    \f

    Args:
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        cases: a file of cases; None for those in the folders of the rulebook.
        format: text or JSON.
        explain: whether failures explain the answers that differ.
        language: the language of explanations; where it is given, of everything that is told.
        engine: the name of an engine; None for the default one.

    Raises:
        Exit: with 1, if a case fails.
    """
    from aava_rules.tools.cases import run as runner

    book = load_rulebook(rulebook, amend=amend)
    asked = asked_language()
    with faults_in_language():
        if cases is None:
            selected_cases = runner.rulebook_cases(book, _folder(rulebook, book))
        else:
            selected_cases = runner.load_cases(cases)
    selected_cases = [
        replace(case, faults=tuple(in_language(fault, asked) for fault in case.faults)) for case in selected_cases
    ]
    report = runner.run_cases(
        book, selected_cases, engine=cast("EngineName | None", engine), explain=language.value if explain else None
    )
    if format is View.JSON:
        sys.stdout.write(json_text(report.to_dict()) + "\n")
    else:
        expected, got, why, passed, failed = _TOLD_CASES[asked]
        for failure in report.failures:
            sys.stdout.write(f"{failure.place}  {failure.case}\n")
            sys.stdout.write(f"  {expected:<9} {_line(failure.expected, asked)}\n")
            sys.stdout.write(f"  {got:<9} {_line(failure.got, asked)}\n")
            sys.stdout.writelines(f"  {why:<9} {_line(text, 'en')}\n" for text in failure.why)
            sys.stdout.write("\n")
        sys.stdout.write(f"{book.label}: {report.passed} {passed}, {report.failed} {failed}\n")
    if report.failed:
        raise typer.Exit(1)


_TOLD_CASES = {
    "fi": ("odotettu", "saatu", "miksi", "läpi", "epäonnistui"),
    "sv": ("väntat", "fått", "varför", "godkända", "underkända"),
    "en": ("expected", "got", "why", "passed", "failed"),
}


def _folder(name: str, book: Any) -> Path:
    from aava_rules.rulebook.locate import find

    return find(name, plugins_of(book).rulebooks())


def _line(value: Any, language: str) -> str:
    from aava_rules.tools.lint.translated import translated_text

    text = translated_text(value, language) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\n", "\n            ")


def schema(
    of: Annotated[
        SchemaName | None,
        typer.Argument(help="What the schema is of; with --for it is of a rulebook.", show_default=False),
    ] = None,
    detail: Annotated[DetailName, typer.Option("--detail", help="Of decisions: the form.")] = DetailName.FULL,
    names_of: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="RULEBOOK",
            help="Of rule files: with the names of this rulebook, which an editor then offers.",
            show_default=False,
            autocompletion=complete_rulebook,
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option("--file", metavar="NAME", help="Of rule files: this one, as rules.yaml.", show_default=False),
    ] = None,
    language: FaultLanguage = Language.EN,
) -> None:
    """Print a JSON Schema of what goes in or comes out.

    Of records, decisions, the files of a rulebook, mapping files, and the requests and answers of `serve`. An editor
    with the YAML language server checks and completes a rule file that begins with a line such as
    `# yaml-language-server: $schema=.rules.schema.json`.

    \b
    Exit codes:
      0    it is printed
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules schema record > record.schema.json
      aava-rules schema decision --detail short
      aava-rules schema --for examples/own_rulebook --file rules.yaml > .rules.schema.json
    \f

    Args:
        of: what it is of; None for rule files, where ``names_of`` or ``file`` is given.
        detail: of decisions, their full or their short form.
        names_of: the name or folder of a rulebook whose names are offered; None for none.
        file: the name of the rule file that it is of; None for any.
        language: the language in which is told what is wrong with a rulebook.

    Raises:
        BadParameter: nothing is named, or something else than rule files.
        UnknownName: a rulebook has no file of that name.
    """
    if of is None:
        if names_of is None and file is None:
            raise typer.BadParameter(f"Name one of {', '.join(SchemaName)}.", param_hint="OF")
        of = SchemaName.RULEBOOK
    elif of is not SchemaName.RULEBOOK and (names_of or file):
        raise typer.BadParameter("It is of rule files: leave out what else is named.", param_hint="--for and --file")
    document: dict[str, Any]
    if of is SchemaName.RECORD:
        from aava_rules.record.fields import record_schema

        document = record_schema()
    elif of is SchemaName.DECISION:
        from aava_rules.decision.schema import decision_schema, short_schema

        document = decision_schema() if detail is DetailName.FULL else short_schema()
    elif of is SchemaName.MAPPING:
        from aava_rules.mapping.file_schema import mapping_schema

        document = mapping_schema()
    elif of is SchemaName.REQUEST:
        from aava_rules.tools.protocol.schema import request_schema

        document = request_schema()
    elif of is SchemaName.ANSWER:
        from aava_rules.tools.protocol.schema import answer_schema

        document = answer_schema()
    else:
        from aava_rules.tools.editor_schema import editor_schema

        with faults_in_language():
            document = editor_schema(None if names_of is None else load_rulebook(names_of), file or "")
    sys.stdout.write(json_text(document) + "\n")


def plugins() -> None:
    """List the plugins, what each adds, and why some are broken.

    \b
    Exit codes:
      0    they are listed
      2    wrong usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules plugins
    \f
    """
    installed = manager()
    for plugin in installed.loaded:
        sys.stdout.write("\n".join(_plugin_lines(plugin)) + "\n")
    for broken in installed.broken:
        of = f" ({broken.distribution} {broken.version})".replace(" )", ")") if broken.distribution else ""
        sys.stdout.write(f"{broken.name}{of}\n  broken     {broken.reason}\n")
    for name in unknown_names():
        print_error(f"{DISABLE} names {name}, and no plugin of that name is installed.")


def _plugin_lines(plugin: Plugin) -> list[str]:
    of = f" ({plugin.distribution} {plugin.version})".replace(" )", ")") if plugin.distribution else ""
    rows = {
        "adapters": ", ".join(map(_adapter, plugin.adapters)),
        "reports": ", ".join(report.name for report in plugin.reports),
        "worklists": ", ".join(format.name for format in plugin.worklists),
        "rulebooks": ", ".join(plugin.rulebooks),
        "hooks": ", ".join(plugin.hooks),
    }
    return [f"{plugin.name}{of}", *(f"  {name:<9}  {text}" for name, text in rows.items() if text)]


def _adapter(adapter: Adapter) -> str:
    return f"{adapter.name} ({' '.join(adapter.suffixes)})"
