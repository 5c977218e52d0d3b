"""The reports of the library, and the JSON, JSON Lines and CSV ones themselves.

What people read shows no value of a record whose client is under special protection (turvakielto): titles of
requirements take the place of their messages. JSON is for programs and is complete.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

from aava_rules.hookspecs import Report
from aava_rules.tools.reports.html import Html
from aava_rules.tools.reports.junit import JUnit
from aava_rules.tools.reports.shown import applicable_findings, paths_text, shown_text, sources_text
from aava_rules.tools.reports.table import Table
from aava_rules.tools.reports.unanswered import Unanswered
from aava_rules.tools.reports.written import EachByItself, Written

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision


class Json:
    """One array of whole decisions; each is as ``aava-rules schema decision`` describes."""

    name = "json"
    streams = True
    shows_notices = True

    def text_of(self, decision: Decision, language: str) -> str:
        """One item of the array.

        Args:
            decision: what is written.
            language: makes no difference, since decisions have all languages.
        """
        return decision.to_json()

    def write(self, decisions: Iterable[Decision | Written], out: TextIO, language: str) -> None:
        """Write the array, a line per decision.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: makes no difference, since decisions have all languages.
        """
        separator = "[\n"
        for decision in decisions:
            out.write(separator + _text(self, decision, language))
            separator = ",\n"
        out.write("[]\n" if separator == "[\n" else "\n]\n")


AnyAnswer = TypeVar("AnyAnswer", bound="Decision | Unanswered")


def _text(report: EachByItself, decision: Decision | Written, language: str) -> str:
    """What a report writes of a decision, unless another process has made the text of it already."""
    return decision.text if isinstance(decision, Written) else report.text_of(decision, language)


class JsonLines:
    """A decision per line; each is as ``aava-rules schema decision`` describes.

    A record that could not be answered has its line too: ``record_id``, ``place`` and ``error``. Each line is there
    before the next record is read, so that a program may wait for it.
    """

    name = "jsonl"
    streams = True
    shows_notices = True
    takes_unanswered = True

    def __init__(self, form: Mapping[str, Any] | None = None, head: str = "") -> None:
        """Args:
        form: the arguments of `Decision.to_json`; None for the full form.
        head: what stands before all decisions, such as the tables of short ones; empty for nothing.
        """
        self._form = dict(form or {})
        self._head = head

    def text_of(self, decision: Decision, language: str) -> str:
        """One line.

        Args:
            decision: what is written.
            language: makes no difference, since the form says which languages there are.
        """
        return decision.to_json(**self._form) + "\n"

    def write(self, decisions: Iterable[Decision | Written | Unanswered], out: TextIO, language: str) -> None:
        """Write a line for each record.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: makes no difference, since the form says which languages there are.
        """
        out.write(self._head)
        for decision in decisions:
            if isinstance(decision, Unanswered):
                out.write(json.dumps(decision.to_dict(), ensure_ascii=False) + "\n")
            else:
                out.write(_text(self, decision, language))
            out.flush()


COLUMNS: Final = (
    "record_id", "on", "key", "requirement", "title", "status", "weight", "rulebook", "where", "text", "reasons", "by",
    "citations", "cites", "cautions", "caution_texts", "notices", "notice_texts",
)  # fmt: skip
"""The columns of the CSV report."""

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Csv:
    """A line per finding. Findings of requirements that do not apply are left out.

    Each line has the notices of its record; a record with notices and no finding has a line without one.
    """

    name = "csv"
    streams = True
    shows_notices = True

    def text_of(self, decision: Decision, language: str) -> str:
        """The lines of one decision.

        Args:
            decision: what is written.
            language: the language of texts.
        """
        out = StringIO()
        lines = csv.writer(out, lineterminator="\n")
        for cells in finding_cells(decision, language):
            lines.writerow([safe_cell(cells[column]) for column in COLUMNS])
        return out.getvalue()

    def write(self, decisions: Iterable[Decision | Written], out: TextIO, language: str) -> None:
        """Write the heading and a line for each finding.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: the language of texts.
        """
        out.write(",".join(COLUMNS) + "\n")
        for decision in decisions:
            out.write(_text(self, decision, language))


def finding_cells(decision: Decision, language: str) -> Iterator[dict[str, str]]:
    """The cells of each finding of ``decision`` that applies, by the names in COLUMNS, in ``language``.

    A decision with notices and no such finding has a line in which all that is about a finding is empty.
    """
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


def tally(decisions: Iterable[AnyAnswer], counts: dict[tuple[str, str], int]) -> Iterable[AnyAnswer]:
    """Pass decisions on, counting their findings that are broken or unknown.

    Args:
        decisions: read once, one at a time; a record without one is passed on as it is.
        counts: takes the counts, by weight and status.
    """
    for decision in decisions:
        for finding in () if isinstance(decision, Unanswered) else decision.findings:
            if finding.status in ("broken", "unknown"):
                key = (finding.weight, finding.status)
                counts[key] = counts.get(key, 0) + 1
        yield decision


def json_text(value: Any) -> str:
    """``value`` as JSON for people to read."""
    return json.dumps(value, ensure_ascii=False, indent=2)


BUILT_IN: Final[tuple[Report, ...]] = (Table(), Json(), JsonLines(), Csv(), JUnit(), Html())
"""The reports of the library."""
