"""Counts of clients written: as tables for a terminal, JSON Lines, CSV, JSON, and a page. No client is named."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, Final, TextIO

from aava_rules.decision.counts.counts import CountRow, CountTable, StatusCounts
from aava_rules.decision.decision import book_name
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day
from aava_rules.tools.markup import document
from aava_rules.tools.pages.text import columns, heading, wrapped
from aava_rules.tools.reports.cells import safe_cell

CLOSED: Final = ".."
"""What stands in place of a number that is not told."""
COLUMNS: Final = (
    "kind", "name", "title", "on", "quarter", "area", "municipality", "answer", "text", "clients", "closed",
)  # fmt: skip
"""The columns of counts as CSV, and the keys of a line of JSON Lines."""

Writer = Callable[[StatusCounts, TextIO, str], None]
"""Writes counts to a stream, in a language."""


def lines(counts: StatusCounts, language: str) -> Iterator[dict[str, Any]]:
    """An object for each cell of ``counts``: codes, and titles in ``language``; ``clients`` is None where not told."""
    for table in counts.tables:
        for area, code, words, clients in table.cells():
            yield {
                "kind": table.kind, "name": table.name, "title": table.title[language], "on": table.on.isoformat(),
                "quarter": table.quarter, "area": area.kind, "municipality": area.name or None, "answer": code,
                "text": words[language], "clients": clients, "closed": clients is None,
            }  # fmt: skip


def write_jsonl(counts: StatusCounts, out: TextIO, language: str) -> None:
    """Write ``counts`` to ``out`` as a line of JSON for each cell, with titles in ``language``."""
    for line in lines(counts, language):
        out.write(json.dumps(line, ensure_ascii=False) + "\n")


def write_json(counts: StatusCounts, out: TextIO, language: str) -> None:
    """Write ``counts`` to ``out`` as one object, as `StatusCounts.to_dict` gives it; it has every ``language``."""
    out.write(json.dumps(counts.to_dict(), ensure_ascii=False, indent=2) + "\n")


def write_csv(counts: StatusCounts, out: TextIO, language: str) -> None:
    """Write ``counts`` to ``out`` as a line for each cell, with titles in ``language``; what is not told is empty."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for line in lines(counts, language):
        line["closed"] = "true" if line["closed"] else "false"
        rows.writerow([safe_cell("" if line[name] is None else str(line[name])) for name in COLUMNS])


def write_table(counts: StatusCounts, out: TextIO, language: str) -> None:
    """Write ``counts`` to ``out`` as tables for a terminal, in ``language``; those that concern nobody are left out."""
    rulebook = f"{book_name(counts.rulebook)}"
    out.write(f"{text('counts.title', language)}  ({rulebook})\n")
    out.write("\n".join(wrapped(counts.text(language))) + "\n")
    for table in _shown(counts):
        shown = columns([_heads(table, language), *(_cells(row, language) for row in table.rows)], 2)
        out.write("\n".join(["", *heading(_caption(table, language), "-"), *shown]) + "\n")
    out.write("".join(f"\n{line}" for line in _notes(counts, language)) + ("\n" if counts.tables else ""))


def write_html(counts: StatusCounts, out: TextIO, language: str) -> None:
    """Write ``counts`` to ``out`` as a page with a table for each question and day, in ``language``."""
    rulebook = f"{text('report.rulebook', language)}: {book_name(counts.rulebook)}."
    head = f"<p>{escape(rulebook)}</p>\n<p>{escape(counts.text(language))}</p>\n"
    out.write(document.opening(text("counts.title", language), language, head))
    for number, table in enumerate(_shown(counts), 1):
        rows = ([escape(cell) for cell in _cells(row, language)] for row in table.rows)
        out.writelines(document.table(str(number), _caption(table, language), _heads(table, language), rows))
    for note in _notes(counts, language):
        out.write(f"<p>{escape(note)}</p>\n")
    out.write(document.CLOSING)


def _shown(counts: StatusCounts) -> list[CountTable]:
    return [table for table in counts.tables if table.applies]


def _caption(table: CountTable, language: str) -> str:
    quarter = f" ({table.quarter})" if table.quarter else ""
    return f"{table.title[language]}, {format_day(table.on, language)}{quarter}"


def _heads(table: CountTable, language: str) -> tuple[str, ...]:
    answers = (words[language] for words in table.texts)
    return (text("counts.area", language), *answers, text("counts.clients_head", language))


def _cells(row: CountRow, language: str) -> tuple[str, ...]:
    counts = (CLOSED if clients is None else str(clients) for clients in row.counts)
    return (row.area.text(language), *counts, str(row.clients))


def _notes(counts: StatusCounts, language: str) -> Iterator[str]:
    shown = _shown(counts)
    if any(None in row.counts for table in shown for row in table.rows):
        yield text("counts.closed_note", language, mark=CLOSED)
    if omitted := len(counts.tables) - len(shown):
        yield text("counts.nothing_applies", language, count=omitted)


WRITERS: Final[dict[str, Writer]] = {
    "table": write_table, "json": write_json, "jsonl": write_jsonl, "csv": write_csv, "html": write_html
}  # fmt: skip
"""The formats of counts by name."""
