"""Worklists written: as a table, JSON Lines, CSV and an HTML page.

Nothing of a record stands in them but its id and where in it an item is: titles of rules and steps name nobody.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from html import escape
from typing import Any, Final, TextIO

from aava_rules.decision.cautions import Caution, cautions_of_rules
from aava_rules.decision.items import path_of
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.values import format_day, label
from aava_rules.decision.worklist import LIMIT, DueItem
from aava_rules.hookspecs import WorklistFormat
from aava_rules.language.structs import Struct
from aava_rules.rulebook.model import Rule, Ruleset
from aava_rules.tools.markup import document
from aava_rules.tools.reports.cells import safe_cell
from aava_rules.tools.reports.shown import caution_lines, weight_word
from aava_rules.tools.reports.unanswered import Unanswered

COLUMNS: Final = (
    "record_id", "due", "open_ended", "overdue_since", "kind", "name", "title", "text", "where", "falls_on", "weight",
    "rules", "citations", "cites",
)  # fmt: skip
"""The columns of a worklist as CSV, and the keys of a line of JSON Lines but for its lists."""
_WIDTH_MAX: Final = 44


class Line(Struct):
    """A line of a worklist in the words of a language.

    Attributes:
        item: what is to be done.
        title: the step or requirement.
        text: the titles of the rules that say so.
        where: the path of the item in the record, such as ``plans[id=p1]``; empty for the client.
        falls_on: whom it falls on; empty where no source says.
        citations: the paragraphs.
    """

    item: DueItem
    title: str
    text: str
    where: str
    falls_on: str
    citations: tuple[Citation, ...]

    def by_when(self, language: str) -> str:
        """The day in words of ``language``: until when, and since when it is late."""
        item = self.item
        if item.due is None:
            return text("worklist.open_ended" if item.open_ended else "worklist.no_day", language)
        day = format_day(item.due, language)
        if item.overdue_since is None:
            return day
        return f"{day}, {text('worklist.late', language, day=format_day(item.overdue_since, language))}"

    def what(self, language: str) -> str:
        """What is to be done, in words of ``language``, as the rules say it; of a limit, which one."""
        return text("worklist.limit", language, title=self.title) if self.item.kind == LIMIT else self.text


class Worklist:
    """What is to be done for many clients within a time.

    Attributes:
        book: the rulebook.
        on, until: the first day, as of which all is told, and the last.
        items: what is to be done, the most pressing first.
        clients: how many clients were asked about.
        perhaps: how many steps there are of which it is not known whether they are to be taken.
        unread: how many rows, files and folders could not be read or answered.
        unanswered: those of them that programs are told of one by one.
    """

    def __init__(self, book: Rulebook, on: date, until: date) -> None:
        self.book, self.on, self.until = book, on, until
        self.items: list[DueItem] = []
        self.unanswered: list[Unanswered] = []
        self.clients = self.perhaps = self.unread = 0

    def sort(self) -> None:
        """Put the most pressing first."""
        self.items.sort(key=lambda item: item.pressing)

    @property
    def rulebook(self) -> Mapping[str, Any]:
        """Name, version and sha256 of the rulebook."""
        return {"name": self.book.name, "version": self.book.version, "sha256": self.book.sha256}

    @cached_property
    def _rules(self) -> dict[str, tuple[Rule, Ruleset]]:
        rulesets = parts_of(self.book).rulesets
        return {rule.id: (rule, ruleset) for ruleset in rulesets for rule in ruleset.rules}

    @cached_property
    def _citations(self) -> dict[str, Citation]:
        sources = parts_of(self.book).sources
        every = (cite for rule, _ in self._rules.values() for _, cites in rule.cite for cite in cites)
        return {str(cite): citation(cite, sources) for cite in dict.fromkeys(every)}

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What the rules of the lines rest on that is not verified."""
        named = dict.fromkeys(rule for item in self.items for rule in item.rules)
        return cautions_of_rules((self._rules[rule] for rule in named), self.on, parts_of(self.book))

    def lines(self, language: str) -> Iterator[Line]:
        """A line for each thing to do, the most pressing first, in words of ``language``."""
        parts = parts_of(self.book)
        for item in self.items:
            yield Line(
                item, label(parts, item.name)[language],
                "; ".join(dict.fromkeys(self._rules[rule][0].title[language] for rule in item.rules)),
                path_of(item.list, item.item, item.position),
                ", ".join(parts.words[word][language] for word in item.falls_on),
                tuple(self._citations[cite] for cite in item.cites),
            )  # fmt: skip

    def summary(self, language: str) -> list[str]:
        """In ``language`` how much there is to do, what is not known, and what it rests on that is not verified."""
        late = sum(item.overdue_since is not None for item in self.items)
        counts = [text("report.records", language, count=self.clients)]
        counts.append(text("worklist.lines", language, count=len(self.items)))
        if late:
            counts.append(text("worklist.of_these_late", language, count=late))
        lines = [", ".join(counts) + "."]
        if self.perhaps:
            lines.append(text("worklist.perhaps", language, count=self.perhaps) + ".")
        if self.unread:
            lines.append(f"{text('report.unread', language)}: {self.unread}.")
        return [*lines, *caution_lines(self.cautions, language)]

    def title(self, language: str) -> str:
        """The heading in ``language``."""
        first, last = (format_day(day, language) for day in (self.on, self.until))
        return text("worklist.title", language, first=first, last=last)


def cells(line: Line, language: str) -> dict[str, str]:
    """The cells of ``line`` by the names in COLUMNS, its texts in ``language``."""
    item = line.item
    return {
        "record_id": item.record_id,
        "due": "" if item.due is None else item.due.isoformat(),
        "open_ended": str(item.open_ended).lower(),
        "overdue_since": "" if item.overdue_since is None else item.overdue_since.isoformat(),
        "kind": item.kind,
        "name": item.name,
        "title": line.title,
        "text": line.text,
        "where": line.where,
        "falls_on": line.falls_on,
        "weight": item.weight,
        "rules": " ".join(item.rules),
        "citations": "; ".join(cite.text[language] for cite in line.citations),
        "cites": " ".join(item.cites),
    }


def error_cells(record: Unanswered, language: str) -> dict[str, str]:
    """The cells of ``record``, which could not be answered, by the names in COLUMNS, in ``language``."""
    error = {"kind": record.status, "where": record.where, "text": "\n".join(record.lines_in(language))}
    return dict.fromkeys(COLUMNS, "") | error | {"record_id": record.record_id or ""}


class Csv:
    """A line for each thing to do, and first one of the kind ``error`` for each record that could not be answered."""

    name = "csv"

    def write(self, worklist: Worklist, out: TextIO, language: str) -> None:
        """Write the heading and the lines.

        Args:
            worklist: what is written.
            out: the text stream to write to.
            language: the language of texts.
        """
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(COLUMNS)
        for record in worklist.unanswered:
            lines.writerow([safe_cell(cell) for cell in error_cells(record, language).values()])
        for line in worklist.lines(language):
            lines.writerow([safe_cell(cell) for cell in cells(line, language).values()])


class JsonLines:
    """An object for each thing to do: the attributes of a `DueItem`, with title, text, where and citations.

    First one with ``record_id``, ``source``, ``place`` and ``error`` for each record that could not be answered.
    """

    name = "jsonl"

    def write(self, worklist: Worklist, out: TextIO, language: str) -> None:
        """Write a line of JSON for each.

        Args:
            worklist: what is written.
            out: the text stream to write to.
            language: the language of title, text and citations.
        """
        for record in worklist.unanswered:
            out.write(json.dumps(record.to_dict(), ensure_ascii=False) + "\n")
        for line in worklist.lines(language):
            words = {"title": line.title, "text": line.text, "where": line.where}
            cited = {"citations": [cite.text[language] for cite in line.citations]}
            out.write(json.dumps(line.item.to_dict() | words | cited, ensure_ascii=False) + "\n")


class Table:
    """A line for each thing to do, in columns for a terminal, and the summary last."""

    name = "table"

    def write(self, worklist: Worklist, out: TextIO, language: str) -> None:
        """Write the table.

        Args:
            worklist: what is written.
            out: the text stream to write to.
            language: the language of texts.
        """
        out.write(f"{worklist.title(language)}  ({worklist.book.label})\n\n")
        rows = [
            (
                line.item.record_id,
                line.by_when(language),
                f"{line.what(language)}  {line.where}".rstrip(),
                line.falls_on or "–",
                "; ".join(cite.text[language] for cite in line.citations),
            )
            for line in worklist.lines(language)
        ]
        widths = [min(_WIDTH_MAX, max((len(row[column]) for row in rows), default=0)) for column in range(4)]
        for row in rows:
            padded = [f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)]
            out.write("  ".join(padded).rstrip() + "\n")
        if not rows:
            out.write(text("worklist.none", language) + "\n")
        out.write("\n" + "\n".join(worklist.summary(language)) + "\n")


class Html:
    """A page to print: a table, and the summary last."""

    name = "html"

    def write(self, worklist: Worklist, out: TextIO, language: str) -> None:
        """Write the page.

        Args:
            worklist: what is written.
            out: the text stream to write to.
            language: the language of texts.
        """
        rulebook = f"{text('report.rulebook', language)}: {worklist.book.label}"
        out.write(document.opening(worklist.title(language), language, f"<p>{escape(rulebook)}.</p>\n"))
        keys = ("report.record", "worklist.due", "worklist.what", "worklist.falls_on", "report.weight", "report.source")
        heads = [text(key, language) for key in keys]
        rows = (_row(line, language) for line in worklist.lines(language))
        out.writelines(document.table("worklist", worklist.title(language), heads, rows))
        for sentence in worklist.summary(language):
            out.write(f"<p>{escape(sentence)}</p>\n")
        out.write(document.CLOSING)


def _row(line: Line, language: str) -> list[str]:
    """The cells of a line, as HTML."""
    where = f"<br>{escape(line.where)}" if line.where else ""
    by_when = escape(line.by_when(language))
    return [
        escape(line.item.record_id),
        f"<strong>{by_when}</strong>" if line.item.overdue_since is not None else by_when,
        f"{escape(line.what(language))}{where}",
        escape(line.falls_on) or "–",
        escape(weight_word(line.item.weight, language)),
        document.cites(line.citations, language),
    ]


BUILT_IN: Final[tuple[WorklistFormat, ...]] = (Table(), JsonLines(), Csv(), Html())
"""The formats of worklists of the library."""
