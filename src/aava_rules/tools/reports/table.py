"""The table report: what is broken or unknown or does not fit together, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TextIO

from aava_rules.decision.text.catalogue import text
from aava_rules.tools.reports.shown import paths_text, shown_text, sources_text, unread, weight_word
from aava_rules.tools.reports.totals import Totals

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.decision import Decision
    from aava_rules.decision.notices import Notice

MOST_ROWS: Final = 1000
"""How many findings a table shows, and how many notices; the others are only counted."""

OPEN: Final = ("broken", "unknown")
"""The findings that ask for something."""
_STYLES: Final = {"broken": "bold red", "unknown": "yellow", "met": "green"}
_WIDTH: Final = 160
NARROW: Final = 120
"""Characters of a line below which columns would break words: a finding has lines of its own then."""
_PLACE_WIDTH: Final = 44
"""The most characters of a place for which the other columns make room."""
_HEADINGS: Final = (
    "report.record", "report.status", "report.weight", "report.requirement", "report.text", "report.where",
    "report.source",
)  # fmt: skip
_NOTICE_HEADINGS: Final = ("report.record", "report.where", "report.notice")


class Table:
    """A table of the findings that are broken or unknown, one of the notices, and how many there are of each."""

    name = "table"
    streams = False
    shows_notices = True

    def __init__(self, statuses: Iterable[str] = OPEN) -> None:
        """Args:
        statuses: the findings that are shown, the others being only counted.
        """
        self.statuses = tuple(statuses)

    def write(self, decisions: Iterable[Decision], out: TextIO, language: str) -> None:
        """Write the table once all decisions are there.

        Args:
            decisions: what is written; read once.
            out: the text stream to write to.
            language: the language of texts.
        """
        sheet = Sheet(language, self.statuses)
        for decision in decisions:
            sheet.add(decision)
        sheet.totals.unread = unread(decisions)
        sheet.write(out)


class Sheet:
    """The contents of a table report, gathered one decision at a time, or counted for many records at once.

    Attributes:
        language: the language of texts.
        totals: what was counted.
    """

    def __init__(self, language: str, statuses: Iterable[str] = OPEN) -> None:
        self.language = language
        self._statuses = [status for status in ("broken", "unknown", "met") if status in statuses]
        self.totals = Totals()
        self._rows: list[list[Any]] = []
        self._notices: list[list[Any]] = []
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
        """Count, show and note the findings, notices and cautions of ``decision``."""
        self.totals.add(decision)
        self.show(decision)
        self.show_notices(decision)
        self.caution(decision)

    def show(self, decision: Decision) -> None:
        """Show the findings of ``decision`` that ask for something, as long as there is room."""
        if not self.full:
            room = MOST_ROWS - len(self._rows)
            rows = [finding for status in self._statuses for finding in decision.findings if finding.status == status]
            self._rows += [_row(finding, decision, self.language) for finding in rows[:room]]

    def show_notices(self, decision: Decision) -> None:
        """Show the notices of ``decision``, as long as there is room."""
        room = MOST_ROWS - len(self._notices)
        self._notices += [_notice(notice, decision, self.language) for notice in decision.notices[:room]]

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
        counts = self.totals.findings
        narrow = console.width < NARROW
        if self._rows and narrow:
            _print_findings(console, self._rows)
        elif self._rows:
            console.print(_table(self._rows, _HEADINGS, self.language))
        hidden = sum(counts[status] for status in self._statuses) - len(self._rows)
        if hidden:
            more = text("report.more", self.language, count=hidden)
            console.print(f"{more} {text('report.more_how', self.language)}", markup=False)
        if self._notices and narrow:
            for record, paths, notice in self._notices:
                _print_lines(console, [record], [paths, notice])
        elif self._notices:
            console.print(_table(self._notices, _NOTICE_HEADINGS, self.language))
        hidden = self.totals.notices - len(self._notices)
        if hidden:
            console.print(text("report.more_notices", self.language, count=hidden), markup=False)
        for caution in combined(self._cautions.values()):
            console.print(f"{text('report.caution', self.language)}: {caution.text(self.language)}", markup=False)
        console.print(self.totals.summary(self.language), markup=False)


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


def _notice(notice: Notice, decision: Decision, language: str) -> list[Any]:
    from rich.text import Text

    return [Text(decision.record_id), Text(paths_text(notice), overflow="fold"), Text(notice.text(language))]


def _print_findings(console: Any, rows: list[list[Any]]) -> None:
    """Print findings on lines of their own: whose, how it is, on whose authority; below it what, why, where, source."""
    for record, status, weight, title, shown, where, source in rows:
        _print_lines(console, [record, status, weight], [title, *([shown] if shown != title else []), where, source])


def _print_lines(console: Any, head: list[Any], lines: list[Any]) -> None:
    """Print a line and, indented below it, other ones, broken between words."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text("  ").join(head))
    for line in lines:
        if line.plain:
            console.print(Padding(line, (0, 0, 0, 2)))
    console.print()


def _table(rows: list[list[Any]], headings: Iterable[str], language: str) -> Any:
    from rich import box
    from rich.table import Table as Lines

    lines = Lines(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for number, key in enumerate(headings):
        # a place has no spaces: where its column is narrow, it would be broken in the middle of a name
        longest = max((len(word) for row in rows for word in row[number].plain.split()), default=0)
        least = min(longest, _PLACE_WIDTH) if key == "report.where" else None
        lines.add_column(text(key, language), overflow="fold", min_width=least)
    for row in rows:
        lines.add_row(*row)
    return lines
