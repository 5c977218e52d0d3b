"""The table report: what is broken or unknown, for a person at a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TextIO

from aava_rules.decision.text.catalogue import text
from aava_rules.tools.reports.shown import open_findings, shown_text, sources_text, weight_word

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.decision import Decision

MOST_ROWS: Final = 1000
"""How many findings a table shows; the others are only counted."""

_STYLES: Final = {"broken": "bold red", "unknown": "yellow", "met": "green"}
_WIDTH: Final = 160
_HEADINGS: Final = (
    "report.record", "report.status", "report.weight", "report.requirement", "report.text", "report.where",
    "report.source",
)  # fmt: skip


class Table:
    """A table of the findings that are broken or unknown, and how many there are of each status."""

    name = "table"
    streams = False

    def write(self, decisions: Iterable[Decision], out: TextIO, language: str) -> None:
        """Write the table once all decisions are there.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: the language of texts.
        """
        sheet = Sheet(language)
        for decision in decisions:
            sheet.add(decision)
        sheet.write(out)


class Sheet:
    """The contents of a table report, gathered one decision at a time, or counted for many records at once.

    Attributes:
        language: the language of texts.
        records: how many records were counted.
        counts: findings by status.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.records = 0
        self.counts: Counter[str] = Counter()
        """Findings by status."""
        self._rows: list[list[Any]] = []
        self._cautions: dict[tuple[str, str], Caution] = {}

    @property
    def full(self) -> bool:
        """Whether the table has all the rows it can have, so that further findings are only counted."""
        return len(self._rows) >= MOST_ROWS

    @property
    def cautioned(self) -> bool:
        """Whether any finding so far has a caution."""
        return bool(self._cautions)

    def add(self, decision: Decision) -> None:
        """Count, show and note the findings and cautions of ``decision``."""
        self.count(1, Counter(finding.status for finding in decision.findings))
        self.show(decision)
        self.caution(decision)

    def count(self, records: int, statuses: Mapping[str, int]) -> None:
        """Count ``records`` further records, and their findings by status (``statuses``)."""
        self.records += records
        self.counts.update(statuses)

    def show(self, decision: Decision) -> None:
        """Show the findings of ``decision`` that ask for something, as long as there is room."""
        if not self.full:
            room = MOST_ROWS - len(self._rows)
            self._rows += [_row(finding, decision, self.language) for finding in open_findings(decision)[:room]]

    def caution(self, decision: Decision) -> None:
        """Note the cautions of ``decision``."""
        for caution in decision.cautions:
            self._cautions.setdefault((caution.code, caution.text(self.language)), caution)

    def write(self, out: TextIO) -> None:
        """Write the table to ``out``. Cautions are sorted, since in a register no record is the first."""
        from rich.console import Console

        from aava_rules.decision.cautions import combined

        # Where there is no terminal to ask for its width, lines should not be folded at 80.
        console = Console(file=out, width=None if out.isatty() else _WIDTH, highlight=False)
        if self._rows:
            console.print(_table(self._rows, self.language))
        hidden = self.counts["broken"] + self.counts["unknown"] - len(self._rows)
        if hidden:
            console.print(text("report.more", self.language, count=hidden), markup=False)
        for caution in combined(self._cautions.values()):
            console.print(f"{text('report.caution', self.language)}: {caution.text(self.language)}", markup=False)
        console.print(summary(self.records, self.counts, self.language), markup=False)


def summary(records: int, counts: Counter[str], language: str) -> str:
    """How many records there are, and how many findings of each status.

    Args:
        records: the number of records.
        counts: findings by status.
        language: the language of texts.
    """
    counted = [status for status in ("broken", "unknown", "met") if counts[status]]
    parts = [f"{text(f'answer.{status}', language)} {counts[status]}" for status in counted]
    how_many = text("report.records", language, count=records)
    if not records:
        return how_many  # nothing was read, so nothing is said of what was found
    return f"{how_many}: " + (", ".join(parts) or text("report.none", language))


def _row(finding: Finding, decision: Decision, language: str) -> list[Any]:
    from rich.text import Text

    style = _STYLES[finding.status]
    return [
        Text(decision.record_id),
        Text(text(f"answer.{finding.status}", language), style=style),
        Text(weight_word(finding.weight, language)),
        Text(finding.title(language)),
        Text(shown_text(finding, decision, language)),
        Text(finding.where, overflow="fold"),
        Text(sources_text(finding, language)),
    ]


def _table(rows: list[list[Any]], language: str) -> Any:
    from rich import box
    from rich.table import Table as Lines

    lines = Lines(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for key in _HEADINGS:
        lines.add_column(text(key, language), overflow="fold")
    for row in rows:
        lines.add_row(*row)
    return lines
