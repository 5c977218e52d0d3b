"""The HTML report: a page that begins with what was found, then has a section for each record, the worst news first.

It is one file that loads and runs nothing. The summary stands first, so nothing can be written before the last record
was read; until then the sections are held compressed, in memory, since a file on disk would keep what clients' records
say where nobody looks for it.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING, TextIO

from aava_rules.decision.decision import book_name
from aava_rules.decision.text.catalogue import number_forms, text
from aava_rules.decision.text.values import format_day
from aava_rules.rulebook.model import WEIGHTS
from aava_rules.tools.markup import document
from aava_rules.tools.markup.document import Count
from aava_rules.tools.reports.shown import (
    caution_numbers,
    place_text,
    places_text,
    reasons_text,
    shown_text,
    unread,
    weight_word,
)
from aava_rules.tools.reports.totals import Totals
from aava_rules.tools.reports.unanswered import Unanswered

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding
    from aava_rules.decision.decision import Decision

_STATUSES = ("broken", "unknown", "met")


class Html:
    """A page in one language: the counts, the records with most to clear up first, and a section for each record."""

    name = "html"
    streams = False
    shows_notices = True
    takes_unanswered = True

    def write(self, decisions: Iterable[Decision | Unanswered], out: TextIO, language: str) -> None:
        """Write the page, once all records are read.

        Args:
            decisions: what is written; read once. A record that could not be answered is listed with its faults.
            out: the text stream to write to.
            language: the language of texts.
        """
        totals, held = Totals(), _Held()
        rows: list[tuple[Counter[str], str, str]] = []
        unanswered: list[Unanswered] = []
        headers: dict[str, None] = {}
        for decision in decisions:
            if isinstance(decision, Unanswered):
                unanswered.append(decision)
                continue
            totals.add(decision)
            headers.setdefault(_header(decision, language))
            counts: Counter[str] = Counter(finding.status for finding in decision.findings)
            rows.append((counts, f"r{totals.records}", decision.record_id))
            for part in _section(decision, totals.records, counts, language):
                held.add(part)
        totals.unread = unread(decisions)
        head = "".join(f"<p>{escape(header)}</p>\n" for header in headers)
        out.write(document.opening(text("report.findings", language), language, head))
        faults = sum(record.is_fault for record in unanswered)
        out.writelines(_summary(totals, max(totals.unread, faults), language))
        out.writelines(_unanswered(unanswered, totals.unread, language))
        out.writelines(_records(rows, language))
        out.writelines(held.parts())
        out.write(document.CLOSING)


class _Held:
    """Text that is written later, compressed: the sections of a thousand records are 4.1 MB, and 0.35 MB so."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(1)
        self._chunks: list[bytes] = []

    def add(self, part: str) -> None:
        if chunk := self._compressor.compress(part.encode("utf-8", "surrogatepass")):
            self._chunks.append(chunk)

    def parts(self) -> Iterator[str]:
        """The text in pieces; it can be read once."""
        from codecs import getincrementaldecoder

        decompressor = zlib.decompressobj()
        decoder = getincrementaldecoder("utf-8")("surrogatepass")
        self._chunks.append(self._compressor.flush())
        for chunk in self._chunks:
            yield decoder.decode(decompressor.decompress(chunk))


def _header(decision: Decision, language: str) -> str:
    day = f"{text('report.day', language)}: {format_day(decision.on, language)}"
    return f"{day}. {text('report.rulebook', language)}: {book_name(decision.rulebook)}"


def _summary(totals: Totals, unanswered: int, language: str) -> Iterator[str]:
    """What was found in all records, in numbers."""
    yield f'<section aria-labelledby="summary">\n<h2 id="summary">{text("report.summary", language)}</h2>\n'
    numbers = [Count(totals.records, _counted(totals.records, language))]
    for status in _STATUSES:
        clients = totals.clients[status] if totals.records > 1 and status != "met" else 0
        note = text("report.in_records", language, count=clients) if clients else ""
        numbers.append(Count(totals.findings[status], text(f"answer.{status}", language), status, note))
    if totals.notices:
        note = text("report.in_records", language, count=totals.noticed) if totals.records > 1 else ""
        numbers.append(Count(totals.notices, text("report.notices", language), note=note))
    if unanswered:
        numbers.append(Count(unanswered, text("report.unread", language), "broken"))
    yield document.counts(numbers) + "</section>\n"


def _counted(records: int, language: str) -> str:
    forms = number_forms("report.counted", language)
    assert forms is not None
    return forms[0 if records == 1 else 1]


def _unanswered(records: list[Unanswered], unread: int, language: str) -> Iterator[str]:
    """The records that could not be answered, each with every fault."""
    if not records and not unread:
        return
    yield f'<section aria-labelledby="unread">\n<h2 id="unread">{text("report.unanswered", language)}</h2>\n'
    yield f"<p>{text('report.unanswered_lead', language)}</p>\n"
    yield '<ul class="items" role="list">\n'
    for record in records:
        named = "" if record.record_id is None else f"{text('report.record', language)} {record.record_id}"
        place = ", ".join(filter(None, (record.where_in(language), named)))
        faults = "".join(_fault(line, language, record.lines) for line in record.lines_in(language))
        style = ' class="broken"' if record.is_fault else ""
        yield f"<li{style}><h3>{escape(place)}</h3>\n<ul>{faults}</ul></li>\n"
    more = unread - sum(record.is_fault for record in records)
    if more > 0:
        yield f"<li>{text('report.more_unread', language, count=more)}</li>\n"
    yield "</ul>\n</section>\n"


def _fault(line: str, language: str, english: list[str]) -> str:
    """A fault as an entry of a list; what has no translation says that it is English."""
    foreign = ' lang="en"' if language != "en" and line in english else ""
    return f"<li{foreign}>{escape(line)}</li>"


def _records(rows: list[tuple[Counter[str], str, str]], language: str) -> Iterator[str]:
    """The contents: a row for each of several records, with its counts, those with most to clear up first."""
    if len(rows) < 2:
        return
    yield f'<nav aria-labelledby="contents">\n<h2 id="contents">{text("page.contents", language)}</h2>\n'
    heads = [text("report.record", language), *(text(f"answer.{status}", language) for status in _STATUSES)]
    ordered = sorted(rows, key=lambda row: (-row[0]["broken"], -row[0]["unknown"]))
    cells = (
        [f'<a href="#{key}">{escape(record_id)}</a>', *(str(counts[status]) for status in _STATUSES)]
        for counts, key, record_id in ordered
    )
    yield from document.table("records", text("report.clients", language), heads, cells)
    yield "</nav>\n"


def _section(decision: Decision, number: int, counts: Counter[str], language: str) -> Iterator[str]:
    key = f"r{number}"
    yield f'<section class="client" aria-labelledby="{key}">\n'
    yield f'<h2 id="{key}">{text("report.record", language)} {escape(decision.record_id)}</h2>\n'
    statuses = [f"{text(f'answer.{status}', language)}: {counts[status]}" for status in _STATUSES if counts[status]]
    yield f"<p>{escape(', '.join(statuses) or text('report.none', language))}</p>\n"
    for status in _STATUSES:
        findings = [finding for finding in decision.findings if finding.status == status]
        findings.sort(key=lambda finding: WEIGHTS.index(finding.weight))
        if not findings:
            continue
        title = f"{text(f'answer.{status}', language)} ({len(findings)})"
        items = "".join(_item(finding, decision, number, language) for finding in findings)
        listed = f'<ul class="items" role="list">\n{items}</ul>\n'
        if status == "met":
            yield f"<details>\n<summary>{escape(_capital(title))}</summary>\n{listed}</details>\n"
        else:
            yield f"<h3>{escape(_capital(title))}</h3>\n{listed}"
    yield from _notices(decision, language)
    yield from _cautions(decision, number, language)
    yield "</section>\n"


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]


def _item(finding: Finding, decision: Decision, number: int, language: str) -> str:
    """A finding: its title, what is so, where, on whose authority and by which source."""
    title = finding.title(language)
    message = shown_text(finding, decision, language)
    heading = "h4" if finding.status != "met" else "h3"
    parts = [f"<{heading}>{escape(_capital(title))}</{heading}>"]
    has_message = message not in (title, f"{title}: {text(f'answer.{finding.status}', language)}")
    if has_message:
        parts.append(f"<p>{escape(message)}</p>")
    if finding.reasons and not (has_message and finding.reasons == ("facts_missing",)):  # of which the message speaks
        parts.append(f"<p>{escape(_capital(reasons_text(finding.reasons, language)))}.</p>")
    if finding.where:
        place = place_text(finding.where, decision, language)
        parts.append(f"<p>{text('report.where', language)}: {escape(place)}</p>")
    sources = document.cites(finding.citations, language)
    ground = escape(_capital(weight_word(finding.weight, language)))
    parts.append(f"<p>{ground}{f': {sources}' if sources else ''}</p>")
    if places := caution_numbers(finding, decision):
        links = ", ".join(f'<a href="#r{number}c{place}">{place}</a>' for place in places)
        parts.append(f"<p>{text('report.cautions' if len(places) > 1 else 'report.caution', language)}: {links}</p>")
    return f'<li class="{finding.status}">{"".join(parts)}</li>\n'


def _notices(decision: Decision, language: str) -> Iterator[str]:
    """What does not fit together in a record, as a list."""
    if not decision.notices:
        return
    yield f"<h3>{text('report.notices', language)}</h3>\n<ul>\n"
    for notice in decision.notices:
        place = places_text(notice.fields, decision, language)
        yield f"<li>{escape(_capital(place))}: {escape(notice.text(language))}</li>\n"
    yield "</ul>\n"


def _cautions(decision: Decision, number: int, language: str) -> Iterator[str]:
    """The cautions of a record as a list, to whose numbers the findings refer."""
    if not decision.cautions:
        return
    yield f"<h3>{text('report.cautions', language)}</h3>\n<ol>\n"
    for place, caution in enumerate(decision.cautions, 1):
        yield f'<li id="r{number}c{place}">{escape(caution.text(language))}</li>\n'
    yield "</ol>\n"
