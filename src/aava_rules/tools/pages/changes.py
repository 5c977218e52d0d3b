"""A comparison written out, as it is made: what differs in the rules, whose answers differ, and how many that concerns.

Nothing is held but counts, so that a register of any size can be written. What names nobody (``counts_only``) has the
rules and the counts alone.
"""

from __future__ import annotations

import csv
import json
from html import escape
from typing import Any, Final, TextIO

from aava_rules.decision.compare.books import BooksDiff
from aava_rules.decision.compare.changes import AnswerChange, ClientChanges, change_cells
from aava_rules.decision.compare.counts import Counts, rows
from aava_rules.decision.compare.days import RulesDiff
from aava_rules.decision.compare.sides import Sides
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day
from aava_rules.tools.markup import document
from aava_rules.tools.pages.diff import sections_of, title_of
from aava_rules.tools.pages.text import columns, heading, wrapped
from aava_rules.tools.reports.cells import safe_cell
from aava_rules.tools.reports.unanswered import Unanswered

MOST_RECORDS: Final = 1000
"""Records whose changes stand in a text for a terminal."""

Law = RulesDiff | BooksDiff


class ChangesWriter:
    """Writes a comparison; each format is a class of its own.

    Attributes:
        out: the text stream.
        language: the language of texts.
        sides: what is compared.
        with_records: whether records are compared, and not the rules alone.
        counts_only: whether no record is named.
    """

    def __init__(
        self, out: TextIO, language: str, sides: Sides, *, with_records: bool, counts_only: bool = False
    ) -> None:  # fmt: skip
        self.out, self.language, self.sides = out, language, sides
        self.with_records, self.counts_only = with_records, counts_only

    @property
    def of_days(self) -> bool:
        """Whether two days are compared, so that each change says what it comes of."""
        return self.sides.by_time is not None

    def begin(self, law: Law) -> None:
        """Write what differs in the rules, ``law``."""
        raise NotImplementedError

    def client(self, client: ClientChanges) -> None:
        """Write the changes of a ``client``; nothing, if no record is to be named."""
        if not self.counts_only:
            self._client(client)

    def unanswered(self, record: Unanswered) -> None:
        """Write that ``record`` could not be compared, where a program is to know; people read it on standard error."""

    def end(self, counts: Counts, failed: int) -> None:
        """Write how many records each change concerns.

        Args:
            counts: of all records.
            failed: how many rows, files and folders could not be compared.
        """
        raise NotImplementedError

    def _client(self, client: ClientChanges) -> None:
        raise NotImplementedError


def change_text(change: AnswerChange, language: str, *, of_days: bool) -> str:
    """``change`` on one line of ``language``: what, where, from what to what, by which rules; ``of_days``: why."""
    before, after = change.texts(language)
    at = f" ({change.where})" if change.where else ""
    why = [text(f"cause.{change.cause}", language)] if of_days else []
    if change.cause == "both":
        why.append(f"{text('diff.by_time', language)}: {change.time_text(language)}")
    why += [rules] if (rules := rules_text(change)) else []
    return f"{change.title(language)}{at}: {before} → {after}" + (f" [{'; '.join(why)}]" if why else "")


def rules_text(change: AnswerChange) -> str:
    """The ids of the rules that decide before and after ``change``; one list where they are the same."""
    before, after = ", ".join(change.before.by), ", ".join(change.after.by)
    return after if before == after else f"{before or '–'} → {after or '–'}"


class TextWriter(ChangesWriter):
    """For a terminal: at most `MOST_RECORDS` records are shown, all are counted."""

    _shown = 0
    _more = False

    def begin(self, law: Law) -> None:
        """Write what differs in the rules, ``law``."""
        lines = heading(title_of(law, self.language), "=")
        if isinstance(law, BooksDiff) and self.with_records:
            days = dict.fromkeys([self.sides.before.on, self.sides.after.on])
            shown = ", ".join(format_day(day, self.language) for day in days)
            lines.append(f"{text('diff.on', self.language)}: {shown}")
        if not law.any:
            lines.append(text("page.no_differences", self.language))
        elif isinstance(law, RulesDiff):
            lines += wrapped(text("page.judged_note", self.language))
        for section in sections_of(law, self.language):
            lines += ["", *heading(section.title, "-")]
            for entry in section.entries:
                lines += wrapped(entry.title, 2, 2)
                for line in entry.lines:
                    lines += wrapped(line, 6, 2)
        if self.with_records and not self.counts_only:
            lines += ["", *heading(text("page.answers", self.language), "-")]
        self.out.write("\n".join(lines) + "\n")

    def _client(self, client: ClientChanges) -> None:
        if self._shown >= MOST_RECORDS:
            self._more = True
            return
        self._shown += 1
        lines = wrapped(client.record_id)
        for change in client.changes:
            lines += wrapped(change_text(change, self.language, of_days=self.of_days), 2, 2)
        self.out.write("\n".join(lines) + "\n")

    def end(self, counts: Counts, failed: int) -> None:
        """Write how many records each change concerns: ``counts``, and ``failed`` of those not compared."""
        if not self.with_records:
            return
        lines = [text("diff.more", self.language)] if self._more else []
        cells = list(rows(counts, self.language))
        if not cells:
            lines.append(text("page.no_answers", self.language))
        lines += ["", *heading(text("diff.counts", self.language), "-"), summary(counts, failed, self.language)]
        if cells:
            lines += ["", *columns(_with_heads(cells, self.language, of_days=self.of_days), 2)]
            lines += ["", text("diff.closed_note", self.language)]
        self.out.write("\n".join(lines) + "\n")


def summary(counts: Counts, failed: int, language: str) -> str:
    """How many records were compared and changed (``counts``), and were not read (``failed``), in ``language``."""
    parts = [text("comparison.records", language, count=counts.compared)]
    changed = counts.changed
    if changed is None:
        parts.append(text("diff.changes_closed", language))
    elif changed:
        parts.append(text("comparison.changed", language, count=changed))
    if failed:
        parts.append(f"{text('report.unread', language)}: {failed}")
    return "; ".join(parts)


def _with_heads(cells: list[tuple[str, str, str, str, str]], language: str, *, of_days: bool) -> list[tuple[str, ...]]:
    heads = tuple(text(f"diff.{name}", language) for name in ("what", "before", "after", "cause", "clients"))
    return [row if of_days else (*row[:3], row[4]) for row in (heads, *cells)]


class JsonWriter(ChangesWriter):
    """One object, as `Comparison.to_dict` gives it, written as it is made."""

    _separator = "\n"

    def begin(self, law: Law) -> None:
        """Write what is compared, and what differs in the rules, ``law``."""
        head = json.dumps(self.sides.to_dict() | {"law": law.to_dict()}, ensure_ascii=False, indent=2)
        self.out.write(head.removesuffix("\n}") + ',\n  "records": [')

    def _client(self, client: ClientChanges) -> None:
        self.out.write(f"{self._separator}    {json.dumps(client.to_dict(), ensure_ascii=False)}")
        self._separator = ",\n"

    def unanswered(self, record: Unanswered) -> None:
        """Write that ``record`` could not be compared."""
        if not self.counts_only:
            self.out.write(f"{self._separator}    {json.dumps(record.to_dict(), ensure_ascii=False)}")
            self._separator = ",\n"

    def end(self, counts: Counts, failed: int) -> None:
        """Write how many records each change concerns: ``counts``, and ``failed`` of those not compared."""
        close = "]" if self._separator == "\n" else "\n  ]"
        tail = json.dumps({"failed": failed, "counts": counts.to_dict()}, ensure_ascii=False, indent=2)
        self.out.write(f"{close},{tail.removeprefix('{')}\n")


class LinesWriter(ChangesWriter):
    """JSON Lines: the rules first, a line for each record that differs or could not be compared, the counts last."""

    def begin(self, law: Law) -> None:
        """Write what is compared, and what differs in the rules, ``law``."""
        self._line(self.sides.to_dict() | {"law": law.to_dict()})

    def _client(self, client: ClientChanges) -> None:
        self._line(client.to_dict())

    def unanswered(self, record: Unanswered) -> None:
        """Write that ``record`` could not be compared."""
        if not self.counts_only:
            self._line(record.to_dict())

    def end(self, counts: Counts, failed: int) -> None:
        """Write how many records each change concerns: ``counts``, and ``failed`` of those not compared."""
        self._line({"failed": failed, "counts": counts.to_dict()})

    def _line(self, document_: dict[str, Any]) -> None:
        self.out.write(json.dumps(document_, ensure_ascii=False) + "\n")


COLUMNS: Final = (
    "record_id", "kind", "name", "key", "title", "where", "cause", "from", "to", "due_from", "due_to", "by_from",
    "by_to", "by_time", "text_from", "text_to",
)  # fmt: skip
COUNT_COLUMNS: Final = ("kind", "name", "title", "from", "to", "cause", "text_from", "text_to", "clients")


class CsvWriter(ChangesWriter):
    """A line for each answer that differs; of counts alone, a line for each of these."""

    def begin(self, law: Law) -> None:
        """Write the heading; what differs in the rules, ``law``, has no lines of such a form."""
        self._lines = csv.writer(self.out, lineterminator="\n")
        self._lines.writerow(COUNT_COLUMNS if self.counts_only else COLUMNS)

    def _client(self, client: ClientChanges) -> None:
        for change in client.changes:
            kind, name, key, where, cause, before, after, due, due_after, by, by_after, by_time = change_cells(change)
            cells = (
                client.record_id, kind, name, key, change.title(self.language), where, cause, before, after,
                due or "", due_after or "", " ".join(by), " ".join(by_after), by_time or "",
                *change.texts(self.language),
            )  # fmt: skip
            self._lines.writerow([safe_cell(str(cell)) for cell in cells])

    def unanswered(self, record: Unanswered) -> None:
        """Write that ``record`` could not be compared: a line of the kind ``error``, its text in ``text_to``."""
        if self.counts_only:
            return
        error = {"kind": record.status, "where": record.where, "text_to": "\n".join(record.lines_in(self.language))}
        cells = dict.fromkeys(COLUMNS, "") | error | {"record_id": record.record_id or ""}
        self._lines.writerow([safe_cell(cell) for cell in cells.values()])

    def end(self, counts: Counts, failed: int) -> None:
        """Write ``counts``, if they are all that is wanted; ``failed`` stands on standard error."""
        if not self.counts_only:
            return
        for count, row in zip(counts.cells, rows(counts, self.language), strict=True):
            cell = count.cell
            title, before, after, _, clients = row
            cells = (cell.kind, cell.name, title, cell.before, cell.after, cell.cause, before, after, clients)
            self._lines.writerow([safe_cell(text_of_cell) for text_of_cell in cells])


class HtmlWriter(ChangesWriter):
    """A page: the rules, a row for each answer that differs, and the counts."""

    def begin(self, law: Law) -> None:
        """Write what differs in the rules, ``law``."""
        language = self.language
        days = dict.fromkeys([self.sides.before.on, self.sides.after.on])
        on = f"{text('diff.on', language)}: {', '.join(format_day(day, language) for day in days)}"
        head = f"<p>{escape(on)}</p>\n" if isinstance(law, BooksDiff) and self.with_records else ""
        self.out.write(document.opening(title_of(law, language), language, head))
        if not law.any:
            self.out.write(f"<p>{escape(text('page.no_differences', language))}</p>\n")
        for number, section in enumerate(sections_of(law, language), 1):
            self.out.write(
                f'<section aria-labelledby="s{number}">\n<h2 id="s{number}">{escape(section.title)}</h2>\n<ul>\n'
            )
            for entry in section.entries:
                below = "".join(f"<li>{escape(line)}</li>" for line in entry.lines)
                self.out.write(f"<li>{escape(entry.title)}{f'<ul>{below}</ul>' if below else ''}</li>\n")
            self.out.write("</ul>\n</section>\n")
        if self.with_records and not self.counts_only:
            self._open_table()

    def _open_table(self) -> None:
        title = text("page.answers", self.language)
        heads = ["report.record", "diff.what", "report.where", "diff.before", "diff.after", "diff.by"]
        if self.of_days:
            heads[5:5] = ["diff.cause"]
        cells = "".join(f'<th scope="col">{escape(text(key, self.language))}</th>' for key in heads)
        self.out.write(
            f'<section aria-labelledby="answers">\n<h2 id="answers">{escape(title)}</h2>\n'
            '<div class="wide" role="region" tabindex="0" aria-labelledby="answers">\n'
            f"<table>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n"
        )

    def _client(self, client: ClientChanges) -> None:
        for change in client.changes:
            before, after = change.texts(self.language)
            cells = [change.title(self.language), change.where, before, after]
            if self.of_days:
                cells.append(text(f"cause.{change.cause}", self.language))
            cells.append(rules_text(change))
            row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            self.out.write(f'<tr><th scope="row">{escape(client.record_id)}</th>{row}</tr>\n')

    def end(self, counts: Counts, failed: int) -> None:
        """Write how many records each change concerns: ``counts``, and ``failed`` of those not compared."""
        if self.with_records:
            language = self.language
            if not self.counts_only:
                self.out.write("</tbody>\n</table>\n</div>\n</section>\n")
            title = escape(text("diff.counts", language))
            self.out.write(f'<section aria-labelledby="counts">\n<h2 id="counts">{title}</h2>\n')
            self.out.write(f"<p>{escape(summary(counts, failed, language))}</p>\n")
            cells = list(rows(counts, language))
            if cells:
                heads, *body = _with_heads(cells, language, of_days=self.of_days)
                html_rows = [[escape(cell) for cell in row] for row in body]
                self.out.writelines(document.table("counts", text("diff.closed_note", language), heads, html_rows))
            self.out.write("</section>\n")
        self.out.write(document.CLOSING)


WRITERS: Final[dict[str, type[ChangesWriter]]] = {
    "text": TextWriter, "table": TextWriter, "json": JsonWriter, "jsonl": LinesWriter, "csv": CsvWriter,
    "html": HtmlWriter,
}  # fmt: skip
"""The formats by name; ``table`` is another name of ``text``."""
