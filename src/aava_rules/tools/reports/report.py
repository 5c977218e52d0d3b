"""The reports of the library, and the JSON, JSON Lines and CSV ones themselves.

What people read shows no value of a record whose client is under special protection (turvakielto): titles of
requirements take the place of their messages. JSON is for programs and is complete.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

from aava_rules.hookspecs import Report
from aava_rules.tools.reports.cells import COLUMNS, finding_cells, safe_cell
from aava_rules.tools.reports.excel import ExcelCsv
from aava_rules.tools.reports.html import Html
from aava_rules.tools.reports.junit import JUnit
from aava_rules.tools.reports.table import Table
from aava_rules.tools.reports.unanswered import Unanswered
from aava_rules.tools.reports.written import EachByItself, Written

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision


class Json:
    """One array of whole decisions; each is as ``aava-rules schema decision`` describes.

    A record that could not be answered stands in it too: ``record_id``, ``source``, ``place`` and ``error``.
    """

    name = "json"
    streams = True
    shows_notices = True
    takes_unanswered = True

    def text_of(self, decision: Decision, language: str) -> str:
        """One item of the array.

        Args:
            decision: what is written.
            language: makes no difference, since decisions have all languages.
        """
        return decision.to_json()

    def write(self, decisions: Iterable[Decision | Written | Unanswered], out: TextIO, language: str) -> None:
        """Write the array, a line per record.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: makes no difference, since decisions have all languages.
        """
        separator = "[\n"
        for decision in decisions:
            if isinstance(decision, Unanswered):
                out.write(separator + unanswered_json(decision))
            else:
                out.write(separator + _text(self, decision, language))
            separator = ",\n"
        out.write("[]\n" if separator == "[\n" else "\n]\n")


def unanswered_json(record: Unanswered) -> str:
    """Why a ``record`` has no answer, as JSON."""
    return json.dumps(record.to_dict(), ensure_ascii=False)


AnyAnswer = TypeVar("AnyAnswer", bound="Decision | Unanswered")


def _text(report: EachByItself, decision: Decision | Written, language: str) -> str:
    """What a report writes of a decision, unless another process has made the text of it already."""
    return decision.text if isinstance(decision, Written) else report.text_of(decision, language)


class JsonLines:
    """A decision per line; each is as ``aava-rules schema decision`` describes.

    A record that could not be answered has its line too: ``record_id``, ``source``, ``place`` and ``error``. Each line
    is there before the next record is read, so that a program may wait for it.
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
                out.write(unanswered_json(decision) + "\n")
            else:
                out.write(_text(self, decision, language))
            out.flush()


class Csv:
    """A line per finding. Findings of requirements that do not apply are left out.

    Each line has the notices of its record; a record with notices and no finding has a line without one. A record that
    could not be answered has a line with the status ``error``, and in ``text`` what is wrong with it and what to do.
    """

    name = "csv"
    streams = True
    shows_notices = True
    takes_unanswered = True

    def text_of(self, decision: Decision | Unanswered, language: str) -> str:
        """The lines of one record.

        Args:
            decision: what is written.
            language: the language of texts.
        """
        out = StringIO()
        lines = csv.writer(out, lineterminator="\n")
        for cells in finding_cells(decision, language):
            lines.writerow([safe_cell(cells[column]) for column in COLUMNS])
        return out.getvalue()

    def write(self, decisions: Iterable[Decision | Written | Unanswered], out: TextIO, language: str) -> None:
        """Write the heading and a line for each finding.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: the language of texts.
        """
        out.write(",".join(COLUMNS) + "\n")
        for decision in decisions:
            if isinstance(decision, Unanswered):
                out.write(self.text_of(decision, language))
            else:
                out.write(_text(self, decision, language))


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


BUILT_IN: Final[tuple[Report, ...]] = (Table(), Json(), JsonLines(), Csv(), ExcelCsv(), JUnit(), Html())
"""The reports of the library."""
