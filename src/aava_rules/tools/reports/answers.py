"""All answers of a decision as CSV: outcomes, findings, next steps and what is missing, a line each."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from aava_rules.language.values import UNKNOWN, Absent, Unknown
from aava_rules.tools.reports.cells import safe_cell
from aava_rules.tools.reports.shown import applicable_findings, shown_text, sources_text
from aava_rules.tools.reports.unanswered import Unanswered
from aava_rules.tools.reports.written import Written

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding, NextStep, Outcome
    from aava_rules.decision.decision import Decision

COLUMNS: Final = (
    "record_id", "on", "kind", "name", "where", "title", "status", "value", "due", "text", "reasons", "by", "citations",
    "cites", "cautions",
)  # fmt: skip
"""The columns: ``kind`` is outcome, finding, step or missing, and ``name`` that of the answer or fact; or ``kind`` is
error, or unread of a file that is left out."""


@dataclass(frozen=True)
class AnswerLines:
    """What writes the lines of a decision, or the one of a record that could not be answered.

    Attributes:
        language: the language of titles and texts.
    """

    language: str

    def __call__(self, decision: Decision | Unanswered) -> Written:
        """The lines of ``decision``."""
        return Written(lines(answer_cells(decision, self.language)))


def lines(rows: Iterable[dict[str, str]]) -> str:
    """The ``rows`` as CSV, without the heading."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for cells in rows:
        writer.writerow([safe_cell(cells.get(column, "")) for column in COLUMNS])
    return out.getvalue()


def answer_cells(decision: Decision | Unanswered, language: str) -> Iterator[dict[str, str]]:
    """The cells of each answer that applies, then of each fact that is missing, by the names in COLUMNS.

    A value is as in JSON: ``true``, ``500``, ``2014-05-05``; the words of a set stand between spaces, and what is not
    known is empty. The day of a step is empty where no source names one, and ``unknown`` where it is not known.

    Args:
        decision: a decision, or a record that could not be answered, which has one line.
        language: the language of titles and texts.
    """
    if isinstance(decision, Unanswered):
        error = {"kind": decision.status, "status": decision.status, "where": decision.where}
        yield error | {"record_id": decision.record_id or "", "text": "\n".join(decision.lines_in(language))}
        return
    of_record = {"record_id": decision.record_id, "on": decision.on.isoformat()}
    for outcome in decision.outcomes.values():
        if outcome.status != "not_applicable":
            own = {"kind": "outcome", "name": outcome.name, "status": outcome.status, "value": _value(outcome.value)}
            yield of_record | own | {"reasons": " ".join(outcome.reasons)} | _shared(outcome, decision, language)
    for finding in applicable_findings(decision):
        own = {"kind": "finding", "name": finding.requirement, "status": finding.status}
        yield of_record | own | {"reasons": " ".join(finding.reasons)} | _shared(finding, decision, language)
    for step in decision.next_steps:
        own = {"kind": "step", "name": step.step, "status": "overdue" if step.overdue else "suggested"}
        due = "unknown" if step.due is UNKNOWN else _value(step.due)
        yield of_record | own | {"due": due} | _shared(step, decision, language)
    for fact in decision.missing:
        own = {"kind": "missing", "name": fact.fact, "where": " ".join(fact.fields), "title": fact.text(language)}
        yield of_record | own


def _shared(answer: Finding | NextStep | Outcome, decision: Decision, language: str) -> dict[str, str]:
    return {
        "where": answer.where,
        "title": answer.title(language),
        "text": shown_text(answer, decision, language),
        "by": " ".join(answer.by),
        "citations": sources_text(answer, language),
        "cites": " ".join(cite.cite for cite in answer.citations),
        "cautions": " ".join(dict.fromkeys(caution.code for caution in answer.cautions)),
    }


def _value(value: Any) -> str:
    if value is None or isinstance(value, (Unknown, Absent)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return " ".join(sorted(value))
    return value.isoformat() if isinstance(value, date) else str(value)
