"""A decision for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aava_rules.decision.answers import Finding, NextStep, Outcome, state_of
from aava_rules.decision.decision import Decision, book_name, inside
from aava_rules.decision.grounds import answer_word, last_known_text
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day, format_value, label
from aava_rules.language.values import UNKNOWN
from aava_rules.tools.reports.shown import (
    caution_numbers,
    open_findings,
    reasons_text,
    shown_text,
    sources_text,
    weight_word,
)

MOST_QUESTIONS: Final = 10
"""Missing facts that are shown; they are sorted by their use."""
MOST_SOURCES: Final = 3
"""Citations of an outcome that are shown; an unknown one can rest on every rule there is."""


def write_decision(decision: Decision, out: TextIO, language: str) -> None:
    """Write a decision: answers, findings that ask for something, next steps, what to ask, notices and cautions.

    Args:
        decision: the decision.
        out: the text stream to write to.
        language: the language of texts.
    """
    console = Console(file=out, highlight=False)
    header = f"{decision.record_id}  {format_day(decision.on, language)}  {book_name(decision.rulebook)}"
    console.print(Text(header, style="bold"))
    parts: list[tuple[str, list[list[Text]]]] = [
        ("report.outcomes", [_outcome(outcome, decision, language) for outcome in _applicable(decision)]),
        ("report.findings", [_finding(finding, decision, language) for finding in open_findings(decision)]),
        ("report.next_steps", _steps(decision, language)),
        ("report.missing", _missing(decision, language)),
        ("report.notices", [[Text(notice.text(language))] for notice in decision.notices]),
        ("report.cautions", [[Text(f"{n}."), Text(c.text(language))] for n, c in enumerate(decision.cautions, 1)]),
    ]
    for key, rows in parts:
        if rows:
            console.print()
            console.print(Text(text(key, language), style="bold"))
            console.print(Padding(_grid(rows), (0, 0, 0, 2)))
    console.print()
    console.print(Text(_counts(decision, language), style="dim"))


def _grid(rows: Iterable[list[Text]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for row in rows:
        grid.add_row(*row)
    return grid


def _applicable(decision: Decision) -> list[Outcome]:
    return [outcome for outcome in decision.outcomes.values() if outcome.status != "not_applicable"]


def _outcome(outcome: Outcome, decision: Decision, language: str) -> list[Text]:
    answer = answer_word(state_of(outcome), inside(decision), language)
    remarks = []
    if outcome.given:
        remarks.append(text("report.given", language))
    if outcome.reasons:
        remarks.append(reasons_text(outcome.reasons, language))
    if outcome.possible and outcome.status != "known":
        possible = format_value(outcome.possible, "", language, inside(decision).parts.words)
        remarks.append(f"{text('report.possible', language)}: {possible}")
    if outcome.successor:
        remarks.append(f"{text('report.successor', language)}: {outcome.successor[language]}")
    known = outcome.last_known
    if known is not None:
        remarks.append(last_known_text(known, state_of(outcome), inside(decision), language))
    remarks += _caution_marks(outcome, decision, language)
    style = {"known": "", "unknown": "yellow", "conflict": "bold red"}[outcome.status]
    cell = f"{answer} ({'; '.join(remarks)})" if remarks else answer
    sources = "" if outcome.given else sources_text(outcome, language, MOST_SOURCES)
    return [Text(outcome.title(language)), Text(cell, style=style), Text(sources, style="dim")]


def _caution_marks(answer: Finding | Outcome | NextStep, decision: Decision, language: str) -> list[str]:
    """The numbers of the cautions that concern an answer."""
    numbers = ", ".join(map(str, caution_numbers(answer, decision)))
    key = "report.caution" if "," not in numbers else "report.cautions"
    return [f"{text(key, language).lower()} {numbers}"] if numbers else []


def _finding(finding: Finding, decision: Decision, language: str) -> list[Text]:
    broken = finding.status == "broken"
    status = Text(text(f"answer.{finding.status}", language), style="bold red" if broken else "yellow")
    cell = Text(shown_text(finding, decision, language) if broken else finding.title(language))
    remarks = [reasons_text(finding.reasons, language)] if finding.reasons else []
    remarks += _caution_marks(finding, decision, language)
    if remarks:
        cell.append(f" ({'; '.join(remarks)})")
    if finding.where:
        cell.append(f"\n{finding.where}", style="dim")
    ground = f"{weight_word(finding.weight, language)}: {sources_text(finding, language)}"
    return [status, cell, Text(ground, style="dim")]


def _steps(decision: Decision, language: str) -> list[list[Text]]:
    rows = []
    for step in decision.next_steps:
        due = Text("")
        if step.due is UNKNOWN:
            due = Text(f"{text('report.due', language)}: {text('answer.unknown', language)}")
        elif step.due is not None:
            due = Text(f"{text('report.due', language)} {format_day(step.due, language)}")
            if step.overdue:
                due.append(f" ({text('report.overdue', language)})", style="bold red")
        cell = Text(step.title(language))
        if marks := _caution_marks(step, decision, language):
            cell.append(f" ({marks[0]})")
        cell.append(f"\n{shown_text(step, decision, language)}", style="dim")
        rows.append([cell, due, Text(sources_text(step, language), style="dim")])
    return rows


def _missing(decision: Decision, language: str) -> list[list[Text]]:
    rows = []
    for missing in decision.missing[:MOST_QUESTIONS]:
        cell = Text(missing.text(language))
        cell.append("\n" + ", ".join(missing.fields or (missing.fact,)), style="dim")
        names = dict.fromkeys(answer.partition("@")[0] for answer in missing.settles)
        titles = ", ".join(label(inside(decision).parts, name)[language] for name in names)
        rows.append([cell, Text(f"{text('report.unsettled', language)}: {titles}" if titles else "", style="dim")])
    if len(decision.missing) > MOST_QUESTIONS:
        rows.append([Text(f"+ {len(decision.missing) - MOST_QUESTIONS}")])
    return rows


def _counts(decision: Decision, language: str) -> str:
    met = sum(finding.status == "met" for finding in decision.findings)
    inapplicable = sum(outcome.status == "not_applicable" for outcome in decision.outcomes.values())
    parts = [f"{text('answer.met', language)}: {met}"] if met else []
    parts += [text("report.inapplicable", language, count=inapplicable)] if inapplicable else []
    return ", ".join(parts)
