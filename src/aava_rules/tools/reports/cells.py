"""The cells of a finding, and what makes a cell safe for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aava_rules.tools.reports.shown import applicable_findings, paths_text, shown_text, sources_text
from aava_rules.tools.reports.unanswered import Unanswered

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision

COLUMNS: Final = (
    "record_id", "on", "key", "requirement", "title", "status", "weight", "rulebook", "where", "text", "reasons", "by",
    "citations", "cites", "cautions", "caution_texts", "notices", "notice_texts",
)  # fmt: skip
"""The columns of the CSV report."""

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def finding_cells(decision: Decision | Unanswered, language: str) -> Iterator[dict[str, str]]:
    """The cells of each finding of ``decision`` that applies, by the names in COLUMNS, in ``language``.

    A decision with notices and no such finding has a line in which all that is about a finding is empty; a record
    without a decision has one that says what is wrong with it.
    """
    if isinstance(decision, Unanswered):
        error = {"status": decision.status, "where": decision.where, "text": "\n".join(decision.lines_in(language))}
        yield dict.fromkeys(COLUMNS, "") | error | {"record_id": decision.record_id or ""}
        return
    of_record = dict.fromkeys(COLUMNS, "") | {
        "record_id": decision.record_id,
        "on": decision.on.isoformat(),
        "notices": " ".join(dict.fromkeys(notice.code for notice in decision.notices)),
        "notice_texts": "\n".join(f"{paths_text(notice)}: {notice.text(language)}" for notice in decision.notices),
    }
    has_finding = False
    for finding in applicable_findings(decision):
        has_finding = True
        yield of_record | {
            "key": finding.key,
            "requirement": finding.requirement,
            "title": finding.title(language),
            "status": finding.status,
            "weight": finding.weight,
            "rulebook": finding.rulebook,
            "where": finding.where,
            "text": shown_text(finding, decision, language),
            "reasons": " ".join(finding.reasons),
            "by": " ".join(finding.by),
            "citations": sources_text(finding, language),
            "cites": " ".join(cite.cite for cite in finding.citations),
            "cautions": " ".join(dict.fromkeys(caution.code for caution in finding.cautions)),
            "caution_texts": "\n".join(caution.text(language) for caution in finding.cautions),
        }
    if decision.notices and not has_finding:
        yield of_record


def safe_cell(text: str) -> str:
    """``text`` made safe for spreadsheets: an apostrophe comes before what would be taken for a formula.

    Also after each semicolon: that is where a cell ends for the spreadsheets of countries with a decimal comma.
    """
    cells = text.split(";")
    return ";".join(f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell for cell in cells)
