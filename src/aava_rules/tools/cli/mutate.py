"""The command ``mutate``: a rulebook changed in one place at a time, and which changes no case notices."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from aava_rules.rulebook.locate import find
from aava_rules.tools.cli.options import Amendments, RulebookArgument, load_rulebook, plugins_of
from aava_rules.tools.cli.progress import progress
from aava_rules.tools.mutate import Report, Survivor, run_mutants
from aava_rules.tools.reports.report import json_text


class Layout(StrEnum):
    """How the result is written."""

    TABLE = "table"
    JSON = "json"


def mutate(
    rulebook: RulebookArgument,
    amend: Amendments = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="RULE", help="The id of a rule to change. Repeatable.")
    ] = None,
    format: Annotated[Layout, typer.Option("--format", help="How the result is written.")] = Layout.TABLE,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, metavar="N", help="Only N changes, by chance.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Of the choice and of the search for cases.")] = 0,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, metavar="P", help="Default: one a processor.", show_default=False),
    ] = None,
) -> None:
    """Tell which changes of a rulebook no case would notice.

    The rulebook (with --amend, the amendment) is changed in one place at a time, and its cases are run. A change that
    no record tells is proven equal; of every other one that no case notices a case is proposed.

    \b
    Exit codes:
      0    every change is noticed, or proven equal
      1    a change survives
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules mutate examples/own_rulebook --sample 20 --processes 1
      aava-rules mutate finland --only PL-40 --format json
      aava-rules mutate finland --amend examples/three_days_a_week
    \f

    Args:
        rulebook: a name, or the path of a folder.
        amend: names or folders of amendments, whose changes are then what is changed; None for none.
        only: ids of rules; None for all of the rulebook itself.
        format: a table or JSON.
        sample: how many changes are tried, chosen by chance; None for all.
        seed: of the choice and of the search for cases.
        processes: how many processes share the work; None for one a processor.

    Raises:
        Exit: with 1, if a change survives.
    """
    book = load_rulebook(rulebook, amend=amend)
    folder = find(rulebook, plugins_of(book).rulebooks())
    begun = time.monotonic()
    with progress(Console(stderr=True)) as bar:
        done = 0

        def advance(now: int, of: int) -> None:
            nonlocal done
            if not done:
                bar.source(book.name, of)
            bar.advance(now - done)
            done = now

        report = run_mutants(
            book, folder, only=only or (), sample=sample, seed=seed, processes=processes, advance=advance
        )
    if format is Layout.JSON:
        sys.stdout.write(json_text(report.to_dict()) + "\n")
    else:
        _write_table(report, time.monotonic() - begun)
    if report.survivors:
        raise typer.Exit(1)


def _write_table(report: Report, seconds: float) -> None:
    for survivor in report.survivors:
        sys.stdout.write(_survivor_text(survivor))
    numbers = report.to_dict()
    width = max(map(len, [*numbers["kinds"], "kind"]))
    sys.stdout.write(f"{'kind':<{width}}  mutants  killed  equal  survive\n")
    for kind, of in numbers["kinds"].items():
        counts = (of["mutants"], of["killed"], of["proven_equal"], of["survive"])
        sys.stdout.write(f"{kind:<{width}}  {counts[0]:>7}  {counts[1]:>6}  {counts[2]:>5}  {counts[3]:>7}\n")
    sys.stdout.write(
        f"{report.rulebook} {report.version}: {numbers['mutants']} mutants, {numbers['killed']} of "
        f"{numbers['mutants'] - numbers['proven_equal']} killed, {numbers['proven_equal']} proven equal, "
        f"{len(report.survivors)} survive ({seconds / 60:.1f} minutes)\n"
    )
    if numbers["contradictory"]:
        sys.stdout.write(f"Of those that survive, only contradictory records tell {numbers['contradictory']}.\n")


def _survivor_text(survivor: Survivor) -> str:
    mutant = survivor.mutant
    lines = [
        f"{mutant.file}:{mutant.line}  {mutant.kind}  {' '.join(mutant.rules)}".rstrip(),
        f"  before  {mutant.before}",
        f"  after   {mutant.after or '(dropped)'}",
    ]
    if survivor.case:
        lines += ["  This case would notice it:", *(f"    {line}" for line in survivor.case.splitlines())]
    else:
        lines.append(f"  Not proven equal, and no case is proposed: {survivor.why}.")
    return "\n".join(lines) + "\n\n"
