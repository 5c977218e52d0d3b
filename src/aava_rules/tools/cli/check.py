"""The command ``check``: the findings on existing plans and periods, in many formats."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

import typer

from aava_rules.decision.days import decision_day
from aava_rules.decision.service import Rulebook, book_of, parts_of
from aava_rules.engine.choice import NAMES as ENGINES
from aava_rules.hookspecs import Report
from aava_rules.language.errors import AavaRulesError, UnknownName, nearest
from aava_rules.language.extras import how_to_install
from aava_rules.rulebook.asked import groups_of
from aava_rules.rulebook.model import WEIGHTS
from aava_rules.tools.cli.options import (
    Amendments,
    AudienceName,
    Day,
    DetailName,
    DetailOption,
    FailOn,
    InputName,
    Language,
    LanguageName,
    MappingPath,
    Processes,
    RecordPaths,
    RulebookName,
    To,
    WithTexts,
    choose,
    load_rulebook,
    parse_engine,
    plugins_of,
    short_form,
    tables_line,
)
from aava_rules.tools.cli.output import OutputPath, output
from aava_rules.tools.cli.processes import Job, processes_for, written
from aava_rules.tools.cli.records import InputRecords
from aava_rules.tools.reports.report import Csv, Json, JsonLines, tally
from aava_rules.tools.reports.table import Table
from aava_rules.tools.reports.unanswered import Unanswered
from aava_rules.tools.reports.written import EachByItself, Written

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision


class StatusName(StrEnum):
    """A status of findings that apply."""

    BROKEN = "broken"
    UNKNOWN = "unknown"
    MET = "met"


class WeightName(StrEnum):
    """On whose authority something is required."""

    LAW = "law"
    MODEL = "model"
    LOCAL = "local"
    ADVICE = "advice"


COLUMNAR = "columnar"
"""The engine that answers whole registers at once, through columns."""
PARQUET = "parquet"
"""The format that is a file of a table, and no text."""
_NOTED = "A plugin takes note of every decision, and it makes none of most records."
_SEVERAL_PROCESSES = "Several processes are for --format json, jsonl and csv."


def _engine(name: str | None) -> str | None:
    if name is None or name == COLUMNAR or name in ENGINES:
        return name if name == COLUMNAR else parse_engine(name)
    names = (*ENGINES, COLUMNAR)
    hint = nearest(name, names)
    raise typer.BadParameter(f"There is no engine {name[:40]!r}; there is {', '.join(names)}. {hint}".strip())


def check(
    records: RecordPaths,
    rulebook: RulebookName = None,
    amend: Amendments = None,
    on: Day = None,
    language: LanguageName = Language.FI,
    audience: AudienceName = To.WORKER,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            help="table, json, jsonl, csv, csv-excel, parquet (with --output), junit, html, or one of a plugin.",
        ),
    ] = "table",
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            callback=_engine,
            help="reference or durable: record by record; columnar: many records at once, for the table and parquet. "
            "All answer the same. Default: columnar for Parquet, databases and large JSON Lines, if it is installed "
            "and one of these is wanted.",
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[
        FailOn,
        typer.Option(
            "--fail-on",
            help="Exit with 1 on findings of this weight or a stronger one; unknown: also on law whose keeping is not "
            "known; doubt: also on answers with a caution.",
        ),
    ] = FailOn.LAW,
    mapping: MappingPath = None,
    input: InputName = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="NAME",
            help="A requirement to check, or those of a ruleset or rule; the others are not asked. Repeatable.",
        ),
    ] = None,
    status: Annotated[
        list[StatusName] | None,
        typer.Option("--status", help="Show findings of this status alone; the exit code counts all. Repeatable."),
    ] = None,
    weight: Annotated[
        list[WeightName] | None,
        typer.Option("--weight", help="Show findings of this weight alone; the exit code counts all. Repeatable."),
    ] = None,
    detail: DetailOption = DetailName.FULL,
    texts: WithTexts = True,
    processes: Processes = None,
    to: OutputPath = None,
) -> None:
    """Check plans and periods against the rules.

    RECORDS: JSON, JSON Lines, Parquet with a row a client (its lists nested inside), or a folder with clients.parquet
    and beside it benefits.parquet, plans.parquet, periods.parquet and events.parquet, those that there are.
    With --mapping: what else an adapter reads, such as CSV, Excel and databases.

    \b
    Exit codes:
      0    clean
      1    findings at or above --fail-on
      2    bad input (the rest is checked all the same) or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules check examples/records --on 2015-09-15
      aava-rules check examples/records --on 2015-09-15 --format csv > findings.csv
      aava-rules check examples/records --on 2015-09-15 --status broken --format html -o findings.html
      aava-rules check - --on 2015-09-15 --format jsonl --fail-on unknown < records.jsonl
      aava-rules check examples/records --on 2015-09-15 --format parquet -o findings.parquet
    \f

    Args:
        records: files, folders, or ``-`` for standard input.
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments; None for none.
        on: the day of decision; None for today.
        language: the language of texts.
        audience: whom texts speak to.
        format: the name of a report.
        engine: the name of an engine, or ``columnar``; None to choose by the source and the report.
        fail_on: the weakest finding that makes the exit code 1.
        mapping: the mapping file through which they are read; None if they are in the record format.
        input: the name of the adapter; None to choose by suffix.
        only: names of requirements, rulesets or rules; None for all.
        status: the statuses of the findings that are shown; None for all.
        weight: the weights of the findings that are shown; None for all.
        detail: of JSON Lines, the full or the short form of decisions.
        texts: of the short form, whether there are texts.
        processes: of JSON, JSON Lines and CSV, how many processes answer; None to choose by the size of the sources.
        to: the file that is written; None for standard output.

    Raises:
        Exit: with 1 or 2, as said above.
        UnknownName: there is no requirement of a name in ``only``.
        BadParameter: there is no such format or engine, columns cannot answer what was asked for, or Parquet has no
            file to go to.
    """
    book = load_rulebook(rulebook, amend=amend)
    reports = plugins_of(book).reports()
    chosen_format = choose("format", format, dict.fromkeys([*reports, PARQUET]))
    names = _requirements(book, only)
    if chosen_format not in reports:
        if processes is not None:
            raise typer.BadParameter(_SEVERAL_PROCESSES, param_hint="--processes")
        if short_form(detail, language, texts):
            raise typer.BadParameter("The short form is of --format jsonl.", param_hint="--detail")
        path = _parquet_path(to)
        inputs = InputRecords(records, book, mapping, input, audience.value)
        counts, is_cautioned = _findings_file(
            inputs, path, on, names, language, engine, tuple(status or ()), tuple(weight or ()), fail_on is FailOn.DOUBT
        )
        _end(inputs, counts, fail_on, is_cautioned)
        return
    report = reports[chosen_format]
    if isinstance(report, Table) and status:
        report = Table(status)
    if form := short_form(detail, language, texts):
        if not isinstance(report, JsonLines):
            raise typer.BadParameter("The short form is of --format jsonl.", param_hint="--detail")
        report = JsonLines(form | {"tables": False}, tables_line(book, form))
    if processes is not None and not isinstance(report, (Json, JsonLines, Csv)):
        raise typer.BadParameter(_SEVERAL_PROCESSES, param_hint="--processes")
    inputs = InputRecords(records, book, mapping, input, audience.value)
    cautioned = [False]
    if _uses_columns(engine, report, book, narrowed=bool(status or weight)):
        counts, cautioned[0] = _register(inputs, on, names, language, to, everything=engine == COLUMNAR)
    else:
        counts = {}
        takes_all = getattr(report, "takes_unanswered", False) is True
        decisions: Iterable[Any]
        if isinstance(report, (Json, JsonLines, Csv)):
            text = ReportText(report, language, tuple(status or ()), tuple(weight or ()), fail_on is FailOn.DOUBT)
            job = Job(rulebook, tuple(amend or ()), on, tuple(names), engine, audience.value, text)
            answers = written(inputs, job, processes_for(inputs, processes))
            decisions = _counted(answers, counts, cautioned, takes_all=takes_all)
        else:
            decisions = tally((inputs.answers if takes_all else inputs.decisions)(on, names, engine), counts)
            if fail_on is FailOn.DOUBT:
                decisions = _noting(decisions, cautioned)
            if not getattr(report, "shows_notices", False):
                decisions = inputs.telling_notices(decisions, language)
            if status or weight:
                decisions = _narrowed(decisions, status or (), weight or ())
        # A report that writes at once to the same terminal would be mixed up with the count.
        wanted = to is not None or not (report.streams and sys.stdout.isatty())
        with inputs.shown(wanted=wanted) as display, output(to) as out:
            counted = display.counted(cast("Iterable[Any]", decisions))
            write_report(report, counted, out, language, lambda: inputs.failed)
    _end(inputs, counts, fail_on, cautioned[0])


def _end(inputs: InputRecords, counts: dict[tuple[str, str], int], fail_on: FailOn, cautioned: bool) -> None:
    """Raises Exit with 2 if something could not be answered, with 1 if findings are as ``fail_on`` says."""
    if inputs.failed:
        raise typer.Exit(2)
    if fails(counts, fail_on) or (fail_on is FailOn.DOUBT and cautioned):
        raise typer.Exit(1)


def _parquet_path(to: Path | None) -> Path:
    """The file of findings. Raises BadParameter if there is none, or what writes it is not installed."""
    from aava_rules.tools.cli.registers import there

    if not there():
        raise typer.BadParameter(f"Parquet needs polars and numpy: {how_to_install('table')}.", param_hint="--format")
    if to is None:
        raise typer.BadParameter("Parquet is a file: say which with --output FILE.", param_hint="--format")
    return to


def _findings_file(
    inputs: InputRecords, path: Path, on: date | None, names: list[str], language: str, engine: str | None,
    statuses: tuple[str, ...], weights: tuple[str, ...], doubt: bool,
) -> tuple[dict[tuple[str, str], int], bool]:  # fmt: skip
    from aava_rules.tools.cli.findings_file import FindingsFile

    plugins = plugins_of(inputs.rulebook)
    noted = bool(plugins.listeners or plugins.table_listeners)
    if engine == COLUMNAR and noted:
        raise _refused(_NOTED)
    columns = not noted and engine in (None, COLUMNAR)
    file = FindingsFile(
        inputs, decision_day(on), names, language, engine=engine, columns=columns, statuses=statuses, weights=weights,
        doubt=doubt,
    )  # fmt: skip
    with inputs.shown() as display:
        file.write(path, display)
    return file.counts, file.cautioned


def _requirements(book: Rulebook, only: list[str] | None) -> list[str]:
    """The names of the requirements that are checked: those named, and those of the rulesets and rules named.

    Raises:
        UnknownName: a name is none of a requirement, nor of a ruleset or rule that answers any.
    """
    names = sorted({question.name for question in book_of(book).questions.values() if question.kind == "requirement"})
    groups = groups_of(parts_of(book).rulesets) if only else {}
    chosen: set[str] = set()
    for name in only or ():
        of_group = {answer.removeprefix("requirement:") for answer in groups.get(name, ())} & set(names)
        chosen |= {name} if name in names else of_group
        if name not in names and not of_group:
            other = next((q.kind for q in book_of(book).questions.values() if q.name == name), None)
            what = (
                f"It is the name of {'an outcome' if other == 'outcome' else 'a step'}: decide answers it."
                if other
                else ""
            )
            hint = what or nearest(name, [*names, *groups]) or "aava-rules names requirements lists them."
            raise UnknownName(f"Rulebook {book.name} has no requirement {name[:60]!r}. {hint}")
    return sorted(chosen) if only else names


@dataclass(frozen=True)
class ReportText:
    """What a report writes of a decision, and how many of its findings are broken or unknown.

    Attributes:
        report: the report, which writes each decision by itself.
        language: the language of texts.
        statuses: the statuses of the findings that are shown; empty for all.
        weights: the weights of the findings that are shown; empty for all.
        doubt: whether cautions are asked for.
    """

    report: EachByItself
    language: str
    statuses: tuple[str, ...]
    weights: tuple[str, ...]
    doubt: bool

    def __call__(self, decision: Decision) -> Written:
        """What is written of a decision."""
        counts: dict[tuple[str, str], int] = {}
        (shown,) = tally([decision], counts)
        if self.statuses or self.weights:
            (shown,) = _narrowed([decision], self.statuses, self.weights)
        text = self.report.text_of(shown, self.language)
        return Written(text, tuple(counts.items()), self.doubt and bool(decision.cautions))


def _counted(
    answers: Iterable[Written | Unanswered], counts: dict[tuple[str, str], int], cautioned: list[bool], *,
    takes_all: bool,
) -> Iterable[Written | Unanswered]:  # fmt: skip
    """Pass on what was written, adding up ``counts``; ``cautioned[0]`` becomes true where a decision has a caution."""
    for answer in answers:
        if isinstance(answer, Written):
            cautioned[0] = cautioned[0] or answer.cautioned
            for key, count in answer.counts:
                counts[key] = counts.get(key, 0) + count
        if takes_all or isinstance(answer, Written):
            yield answer


def _narrowed(decisions: Iterable[Any], statuses: Collection[str], weights: Collection[str]) -> Iterable[Any]:
    """Decisions with the findings of these statuses and weights alone; of none given, of all."""
    for decision in decisions:
        if isinstance(decision, Unanswered):
            yield decision
        else:
            yield decision.with_findings(
                lambda finding: (
                    (not statuses or finding.status in statuses) and (not weights or finding.weight in weights)
                )
            )


class _Watched:
    """Decisions that are passed on; ``error`` is what making one of them raised."""

    def __init__(self, decisions: Iterable[Decision], failed: Callable[[], int]) -> None:
        self._decisions = iter(decisions)
        self._failed = failed
        self.error: BaseException | None = None

    @property
    def unread(self) -> int:
        """How many rows, files and folders could not be read or answered so far."""
        return self._failed()

    def __iter__(self) -> _Watched:
        return self

    def __next__(self) -> Decision:
        try:
            return next(self._decisions)
        except BaseException as error:
            self.error = error
            raise


def write_report(
    report: Report, decisions: Iterable[Decision], out: TextIO, language: str, failed: Callable[[], int] = lambda: 0
) -> None:
    """Write decisions by a report, which may be that of a plugin and fail in any way.

    Args:
        report: the report.
        decisions: what is written; what making one of them raises is passed on.
        out: the text stream to write to; what it raises is passed on.
        language: the language of texts.
        failed: how many rows, files and folders could not be read or answered so far.

    Raises:
        AavaRulesError: the report failed, which is told by type, since its message may quote a record.
    """
    watched = _Watched(decisions, failed)
    try:
        report.write(watched, out, language)
        return
    except (KeyboardInterrupt, OSError, AavaRulesError):
        raise
    except BaseException as error:
        if error is watched.error:
            raise
        failure = type(error).__name__
    raise AavaRulesError(f"The report {report.name} failed with {failure}; what is written is not whole.")


def _noting(decisions: Iterable[Any], cautioned: list[bool]) -> Iterable[Any]:
    """Pass decisions on; ``cautioned[0]`` becomes true where one of them has a caution."""
    for decision in decisions:
        cautioned[0] = cautioned[0] or (not isinstance(decision, Unanswered) and bool(decision.cautions))
        yield decision


def _uses_columns(engine: str | None, report: Report, book: Rulebook, *, narrowed: bool) -> bool:
    """Whether registers are answered through columns. Raises BadParameter if they were asked for and cannot be used."""
    from aava_rules.tools.cli.registers import there

    objection = ""
    if not isinstance(report, Table):
        objection = "It is for --format table and parquet; the other formats show every finding with its texts."
    elif narrowed:
        objection = "It counts the findings of all statuses and weights."
    elif plugins_of(book).listeners or plugins_of(book).table_listeners:
        objection = _NOTED
    elif not there():
        objection = f"It needs polars and numpy: {how_to_install('table')}."
    if engine != COLUMNAR:
        return engine is None and not objection
    if objection:
        raise _refused(objection)
    return True


def _refused(objection: str) -> typer.BadParameter:
    """Why columns that were asked for cannot answer."""
    return typer.BadParameter(f"{objection} Leave it out to check record by record.", param_hint="--engine")


def _register(
    inputs: InputRecords, on: date | None, names: list[str], language: str, to: Path | None, *, everything: bool
) -> tuple[dict[tuple[str, str], int], bool]:
    from aava_rules.tools.cli.registers import RegisterCheck

    register_check = RegisterCheck(inputs, decision_day(on), names, language, everything=everything)
    with inputs.shown() as display:
        register_check.run(display)
    register_check.sheet.totals.unread = inputs.failed
    with output(to) as out:
        register_check.sheet.write(out)
    return register_check.counts, register_check.sheet.cautioned


def fails(counts: dict[tuple[str, str], int], fail_on: FailOn) -> bool:
    """Whether findings make the exit code 1.

    Args:
        counts: how many are broken or not known, by weight and status.
        fail_on: the weakest that does; ``doubt`` counts as ``unknown``, since cautions are no findings.
    """
    if fail_on is FailOn.NEVER:
        return False
    if fail_on in (FailOn.UNKNOWN, FailOn.DOUBT):
        return any(weight == "law" for weight, _ in counts)
    strong = WEIGHTS[: WEIGHTS.index(fail_on) + 1]
    return any(weight in strong and status == "broken" for weight, status in counts)
