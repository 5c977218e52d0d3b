"""The table report: what is broken or not known, for a person at a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TextIO

from ..wording import SAYINGS
from .words import loud, shown_text, sources_text, weight_word, word

if TYPE_CHECKING:
    from ..answers import Finding
    from ..decision import Decision

MOST_ROWS: Final = 1000
"""Findings that a table shows; nobody reads more, and the rest is counted."""

_STYLES: Final = {"broken": "bold red", "unknown": "yellow", "met": "green"}
_WIDTH: Final = 160


class Table:
    """A table of the findings that are broken or not known, and how many there are of each status."""

    name = "table"
    streams = False

    def write(self, decisions: Iterable[Decision], out: TextIO, language: str) -> None:
        """Write the table once all decisions are there."""
        from rich.console import Console

        counts: Counter[str] = Counter()
        rows: list[list[Any]] = []
        cautions: dict[str, None] = {}
        records = hidden = 0
        for decision in decisions:
            records += 1
            counts.update(one.status for one in decision.findings)
            cautions.update(dict.fromkeys(one.text(language) for one in decision.cautions))
            found = loud(decision)
            room = MOST_ROWS - len(rows)
            rows += [_row(one, decision, language) for one in found[:room]]
            hidden += max(len(found) - room, 0)
        # Where there is no terminal to ask for its width, lines should not be folded at 80.
        console = Console(file=out, width=None if out.isatty() else _WIDTH, highlight=False)
        if rows:
            console.print(_table(rows, language))
        if hidden:
            console.print(f"{hidden} {word('more', language)}", markup=False)
        for text in cautions:
            console.print(f"{word('caution', language)}: {text}", markup=False)
        console.print(summary(records, counts, language), markup=False)


def summary(records: int, counts: Counter[str], language: str) -> str:
    """How many records there are, and findings of each status."""
    told = [status for status in ("broken", "unknown", "met") if counts[status]]
    parts = [f"{SAYINGS[status][language]} {counts[status]}" for status in told]
    noun = word("record", language).lower() if records == 1 else word("records", language)
    if not records:
        return f"0 {noun}"  # nothing was read, so nothing is said of what was found
    return f"{records} {noun}: " + (", ".join(parts) or word("none", language))


def _row(finding: Finding, decision: Decision, language: str) -> list[Any]:
    from rich.text import Text

    style = _STYLES[finding.status]
    return [
        Text(decision.record_id),
        Text(SAYINGS[finding.status][language], style=style),
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
    for key in ("record", "status", "weight", "requirement", "text", "where", "source"):
        lines.add_column(word(key, language), overflow="fold")
    for row in rows:
        lines.add_row(*row)
    return lines
