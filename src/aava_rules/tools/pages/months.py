"""Months of clients written: as a table for a terminal, JSON Lines, CSV, and a page, with the sums of each month.

Nothing of a record stands in them but its id and where in it something lacks.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any, Final, TextIO

from aava_rules.decision.cautions import Caution
from aava_rules.decision.months.month import Amount, DayCount, Month, MonthAbsence
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation
from aava_rules.decision.text.values import format_day, format_value
from aava_rules.language.values import Interval
from aava_rules.tools.markup import document
from aava_rules.tools.pages.text import columns, wrapped
from aava_rules.tools.reports.cells import safe_cell
from aava_rules.tools.reports.report import unanswered_json
from aava_rules.tools.reports.shown import caution_lines
from aava_rules.tools.reports.unanswered import Unanswered

COLUMNS: Final = (
    "record_id", "month", "on", "attended_at_least", "attended_at_most", "payable_at_least", "payable_at_most",
    "beyond_at_least", "beyond_at_most", "compensation_status", "compensation_at_least", "compensation_at_most",
    "reimbursement_status", "reimbursement_at_least", "reimbursement_at_most", "absences", "missing", "rules", "cites",
)  # fmt: skip
"""The columns of months as CSV. ``absences`` has reason, days and days paid; ``missing`` the fields to ask for."""
_HEADS: Final = ("attended", "payable", "beyond", "compensation", "reimbursement")


class MonthSum:
    """The sums of a month over clients: of what is known and bounded; ``unknown`` counts the amounts without bounds."""

    def __init__(self) -> None:
        self.clients = 0
        self.days = 0, 0
        self.amounts = {"compensation": [Decimal("0.00")] * 2, "reimbursement": [Decimal("0.00")] * 2}
        self.unknown = {"compensation": 0, "reimbursement": 0}

    def add(self, month: Month) -> None:
        """Add the ``month`` of a client."""
        self.clients += 1
        self.days = self.days[0] + month.payable.at_least, self.days[1] + month.payable.at_most
        for name, amount in (("compensation", month.compensation), ("reimbursement", month.reimbursement)):
            if amount.at_least is None or amount.at_most is None:
                self.unknown[name] += amount.applies
                continue
            low, high = self.amounts[name]
            self.amounts[name] = [low + amount.at_least, high + amount.at_most]

    def text(self, name: str, language: str) -> str:
        """The sums of the month ``name`` on one line of ``language``."""
        shown = {}
        for key, (low, high) in self.amounts.items():
            more = f" + {text('months.not_known', language)} {self.unknown[key]}" if self.unknown[key] else ""
            shown[key] = f"{_number(low, high, language)}{more}"
        clients = text("months.records", language, count=self.clients)
        return text(
            "months.sum", language, month=name, clients=clients, payable=_number(*self.days, language),
            compensation=shown["compensation"], reimbursement=shown["reimbursement"],
        )  # fmt: skip


def _number(low: Any, high: Any, language: str) -> str:
    return format_value(low if low == high else Interval(low, high), "", language, {})


class MonthsWriter:
    """Writes months as they come; each format is a class of its own.

    Attributes:
        book: the rulebook.
        out: the text stream.
        language: the language of texts.
        on: the day up to which attendance counts.
        span: the first and the last month.
    """

    def __init__(self, book: Rulebook, out: TextIO, language: str, on: date, span: tuple[str, str]) -> None:
        self.book, self.out, self.language, self.on, self.span = book, out, language, on, span

    def begin(self) -> None:
        """Write what stands before all months."""

    def month(self, month: Month) -> None:
        """Write the ``month`` of a client."""
        raise NotImplementedError

    def unanswered(self, record: Unanswered) -> None:
        """Write that ``record`` could not be answered, where a program is to know; people read it on standard error."""

    def end(self, unread: int) -> None:
        """Write what stands after all months; ``unread`` rows, files and folders could not be read or answered."""

    def reason(self, absence: MonthAbsence) -> str:
        """The reason of an ``absence`` in words."""
        if absence.reason is None:
            return text("months.no_reason", self.language)
        return parts_of(self.book).words[absence.reason][self.language]


class JsonLines(MonthsWriter):
    """What `Month.to_dict` gives, a line for each client and month."""

    def month(self, month: Month) -> None:
        """Write a line for the ``month`` of a client."""
        self.out.write(json.dumps(month.to_dict(), ensure_ascii=False) + "\n")

    def unanswered(self, record: Unanswered) -> None:
        """Write why ``record`` has no months."""
        self.out.write(unanswered_json(record) + "\n")


class Csv(MonthsWriter):
    """A line for each client and month: bounds as two columns, what has none empty."""

    def begin(self) -> None:
        """Write the heading."""
        self._lines = csv.writer(self.out, lineterminator="\n")
        self._lines.writerow(COLUMNS)

    def month(self, month: Month) -> None:
        """Write a line for the ``month`` of a client."""
        absences = "; ".join(
            f"{absence.reason or '?'} {len(absence.days)} ({_bounds(absence.paid)})" for absence in month.absences
        )
        counts = (month.attended, month.payable, month.beyond)
        amounts = (month.compensation, month.reimbursement)
        rules = dict.fromkeys(rule for amount in amounts for rule in amount.rules)
        cells = [
            month.record_id, month.name, month.on.isoformat(),
            *(str(bound) for count in counts for bound in (count.at_least, count.at_most)),
            *(cell for amount in amounts for cell in (amount.status, _cell(amount.at_least), _cell(amount.at_most))),
            absences, " ".join(field for fact in month.missing for field in fact.fields), " ".join(rules),
            " ".join(cite.cite for cite in month.citations),
        ]  # fmt: skip
        self._lines.writerow([safe_cell(cell) for cell in cells])

    def unanswered(self, record: Unanswered) -> None:
        """Write why ``record`` has no months: the status ``error``, the text under ``missing``."""
        reason = "\n".join([record.where, *record.lines_in(self.language)])
        error = {"compensation_status": record.status, "missing": reason}
        cells = dict.fromkeys(COLUMNS, "") | error | {"record_id": record.record_id or ""}
        self._lines.writerow([safe_cell(cell) for cell in cells.values()])


def _cell(amount: Decimal | None) -> str:
    return "" if amount is None else format(amount, "f")


def _bounds(count: DayCount) -> str:
    return str(count.at_least) if count.known else f"{count.at_least}-{count.at_most}"


class Table(MonthsWriter):
    """Columns for a terminal, with the sums, what to ask and the sources below; it holds the lines until the end."""

    def begin(self) -> None:
        """Nothing is written before the widths are known."""
        self.rows: list[tuple[str, ...]] = []
        self.absent: list[str] = []
        self.asked: list[str] = []
        self.sums: dict[str, MonthSum] = {}
        self.citations: dict[Citation, None] = {}
        self.cautions: dict[str, Caution] = {}

    def month(self, month: Month) -> None:
        """Take the ``month`` of a client."""
        language = self.language
        amounts = (_amount(month.compensation, language), _amount(month.reimbursement, language))
        for absence in month.absences if not month.protected else ():
            days = ", ".join(format_day(day, language) for day in absence.days)
            paid = absence.paid.text(language)
            line = text("months.absence", language, reason=self.reason(absence), days=days, paid=paid)
            self.absent.append(f"{month.record_id}, {month.name}: {line}")
        counts = (month.attended.text(language), month.payable.text(language), month.beyond.text(language))
        self.rows.append((month.record_id, month.name, *counts, *amounts))
        if month.protected and (count := sum(len(absence.days) for absence in month.absences)):
            line = text("months.absences_of_protected", language, count=count)
            self.absent.append(f"{month.record_id}, {month.name}: {line}")
        for fact in month.missing:
            self.asked.append(f"{month.record_id}, {month.name}: {fact.text(language)} ({', '.join(fact.fields)})")
        if month.contradicted:
            shown = ", ".join(format_day(day, language) for day in month.contradicted)
            self.asked.append(
                text("months.contradicted", language, record=month.record_id, month=month.name, days=shown)
            )
        self.sums.setdefault(month.name, MonthSum()).add(month)
        self.citations |= dict.fromkeys(month.citations)
        self.cautions |= {caution.texts["en"]: caution for caution in month.cautions}

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads of the columns."""
        names = (text(f"month.{name}", self.language) for name in _HEADS)
        return (text("report.record", self.language), text("months.month", self.language), *names)

    @property
    def lists(self) -> Iterator[tuple[str, list[str]]]:
        """The lists below the table, each with its heading: sums of several clients, absences, and what to ask."""
        several = any(of_month.clients > 1 for of_month in self.sums.values())
        sums = [of_month.text(name, self.language) for name, of_month in sorted(self.sums.items())] if several else []
        for key, lines in (("in_all", sums), ("absences", self.absent), ("ask", self.asked)):
            if lines:
                yield text(f"month.{key}", self.language), lines

    def title(self) -> str:
        """The heading: which months."""
        first, last = self.span
        return text("months.title", self.language, first=first, last=last)

    def notes(self, unread: int) -> Iterator[str]:
        """What stands below: the day of attendance, sources, and what is not verified; ``unread`` as of `end`."""
        language = self.language
        yield text("months.on", language, day=format_day(self.on, language))
        if self.citations:
            cites = "; ".join(dict.fromkeys(cite.text[language] for cite in self.citations))
            yield f"{text('months.citations', language)}: {cites}."
        if unread:
            yield f"{text('report.unread', language)}: {unread}."
        yield from caution_lines(tuple(self.cautions.values()), language)

    def end(self, unread: int) -> None:
        """Write the table; ``unread`` as of `MonthsWriter.end`."""
        lines = [f"{self.title()}  ({self.book.label})", ""]
        lines += columns([self.heads, *self.rows], 0) if self.rows else [text("months.none", self.language)]
        for heading, entries in self.lists:
            lines += ["", f"{heading}:", *(line for entry in entries for line in wrapped(entry, 2, 2))]
        lines.append("")
        lines += [line for note in self.notes(unread) for line in wrapped(note)]
        self.out.write("\n".join(lines) + "\n")


class Html(Table):
    """A page to print, with the same in it."""

    def end(self, unread: int) -> None:
        """Write the page; ``unread`` as of `MonthsWriter.end`."""
        rulebook = f"{text('report.rulebook', self.language)}: {self.book.label}."
        self.out.write(document.opening(self.title(), self.language, f"<p>{escape(rulebook)}</p>\n"))
        rows = ([escape(cell) for cell in row] for row in self.rows)
        self.out.writelines(document.table("months", self.title(), self.heads, rows))
        for heading, entries in self.lists:
            items = "".join(f"<li>{escape(entry)}</li>\n" for entry in entries)
            self.out.write(f"<h2>{escape(heading)}</h2>\n<ul>\n{items}</ul>\n")
        for note in self.notes(unread):
            self.out.write(f"<p>{escape(note)}</p>\n")
        self.out.write(document.CLOSING)


def _amount(amount: Amount, language: str) -> str:
    if amount.status == "not_applicable":
        return text("months.no_rule", language)
    if amount.status == "unknown":
        return text("months.not_known", language)
    return _number(amount.at_least, amount.at_most, language)


WRITERS: Final[dict[str, type[MonthsWriter]]] = {"table": Table, "jsonl": JsonLines, "csv": Csv, "html": Html}
"""The formats of months by name."""
