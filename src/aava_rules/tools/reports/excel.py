"""Findings as CSV that Excel opens by a double click, where a comma is the decimal sign."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TextIO

from aava_rules.decision.text.catalogue import number_forms, text
from aava_rules.decision.text.values import format_day, format_number
from aava_rules.tools.reports.cells import safe_cell
from aava_rules.tools.reports.shown import (
    applicable_findings,
    caution_lines,
    notice_line,
    place_text,
    protected,
    shown_text,
    sources_text,
    weight_word,
)
from aava_rules.tools.reports.unanswered import Unanswered

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding
    from aava_rules.decision.decision import Decision

HEADINGS: Final = (
    "report.record", "diff.on", "report.status", "report.weight", "report.requirement", "report.text", "report.where",
    "report.measured", "report.limit", "report.unit", "report.source", "diff.by", "report.cautions", "report.notices",
)  # fmt: skip
"""The headings of the columns, as keys of the catalogue of texts."""


class ExcelCsv:
    """A line per finding in words, for people: parted by semicolons, in UTF-8 with a byte order mark.

    Days and numbers are written as the language does, so that Excel of that country reads them as days and numbers.
    Of a protected client no number of the record is shown. A record that could not be answered has a line that says
    what is wrong with it.
    """

    name = "csv-excel"
    streams = True
    shows_notices = True
    takes_unanswered = True

    def write(self, decisions: Iterable[Decision | Unanswered], out: TextIO, language: str) -> None:
        """Write the heading and a line for each finding.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: the language of headings and texts.
        """
        out.write("\ufeff")
        lines = csv.writer(out, delimiter=";", lineterminator="\n")
        lines.writerow([text(key, language) for key in HEADINGS])
        for decision in decisions:
            for cells in _rows(decision, language):
                lines.writerow([cells.get(key, "") for key in HEADINGS])


def _rows(decision: Decision | Unanswered, language: str) -> Iterator[dict[str, str]]:
    """The cells of each finding that applies, by the keys of HEADINGS."""
    if isinstance(decision, Unanswered):
        yield {
            "report.record": safe_cell(decision.record_id or ""),
            "report.status": text("report.unanswered" if decision.is_fault else "report.unread", language),
            "report.where": safe_cell(decision.where_in(language)),
            "report.text": safe_cell("\n".join(decision.lines_in(language))),
        }
        return
    of_record = {
        "report.record": safe_cell(decision.record_id),
        "diff.on": decision.on.isoformat() if language == "en" else format_day(decision.on, language),
        "report.notices": safe_cell("\n".join(notice_line(notice, language) for notice in decision.notices)),
    }
    findings = list(applicable_findings(decision))
    for finding in findings:
        yield of_record | _finding(finding, decision, language)
    if decision.notices and not findings:
        yield of_record


def _finding(finding: Finding, decision: Decision, language: str) -> dict[str, str]:
    words = {
        "report.status": text(f"answer.{finding.status}", language),
        "report.weight": weight_word(finding.weight, language),
        "report.requirement": finding.title(language),
        "report.text": shown_text(finding, decision, language),
        "report.where": place_text(finding.where, decision, language),
        "report.unit": _unit(finding.unit, language),
        "report.source": sources_text(finding, language),
        "diff.by": " ".join(finding.by),
        "report.cautions": "\n".join(caution_lines(finding.cautions, language)),
    }
    # a number below zero is a number, and no formula
    numbers = {
        "report.measured": "" if protected(decision) else _number(finding.measured, language),
        "report.limit": _number(finding.limit, language),
    }
    return {key: safe_cell(cell) for key, cell in words.items()} | numbers


def _unit(unit: str | None, language: str) -> str:
    """A unit as people name it, such as ``days a week``; empty if there is none."""
    forms = number_forms(f"unit.{unit}", language) if unit else None
    return forms[1] if forms else unit or ""


def _number(value: Any, language: str) -> str:
    """A number with the decimal sign of the language; empty for what is no one number."""
    return format_number(value, language) if isinstance(value, (int, Decimal)) else ""
