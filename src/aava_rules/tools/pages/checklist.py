"""The checklist of a plan, as text and as a page to print and tick."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TextIO

from aava_rules.decision.checklist import SECTIONS, Checklist, ChecklistItem
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day
from aava_rules.tools.markup import document
from aava_rules.tools.reports.shown import weight_word
from aava_rules.tools.reports.worklist import Line, Worklist

_BOXES = {True: "[x]", False: "[ ]", None: "[ ]"}


def _title(checklist: Checklist, book: Rulebook, language: str) -> str:
    kind = parts_of(book).words[checklist.kind][language] if checklist.kind in parts_of(book).words else checklist.kind
    title = text("checklist.title", language, kind=kind, day=format_day(checklist.on, language))
    return title if checklist.record_id is None else f"{title}, {checklist.record_id}"


def _dates(checklist: Checklist, book: Rulebook, language: str) -> list[Line]:
    worklist = Worklist(book, checklist.on, checklist.on)
    worklist.items.extend(checklist.dates)
    return list(worklist.lines(language))


def _sections(checklist: Checklist, language: str) -> Iterator[tuple[str, list[ChecklistItem]]]:
    """The heading and the items of each section that has some."""
    for section in SECTIONS:
        if items := [item for item in checklist.items if item.section == section]:
            yield text(f"checklist.section.{section}", language), items


def _remarks(item: ChecklistItem, language: str) -> list[str]:
    """Under which condition, whether it surely lacks, and whether its law is in doubt."""
    remarks = []
    if item.condition[language]:
        condition = "; ".join(part.strip() for part in item.condition[language].splitlines())
        remarks.append(f"{text('checklist.if', language)}: {condition}")
    if item.exception[language]:
        exception = "; ".join(part.strip() for part in item.exception[language].splitlines())
        remarks.append(f"{text('checklist.unless', language)}: {exception}")
    if item.done is False:
        remarks.append(text("checklist.lacking", language))
    if item.doubted:
        remarks.append(text("checklist.doubted", language))
    return remarks


def _cited(item: ChecklistItem, language: str) -> str:
    return "; ".join(cite.text[language] for cite in item.citations)


def write_text(checklist: Checklist, book: Rulebook, out: TextIO, language: str) -> None:
    """Write a checklist for a terminal.

    Args:
        checklist: the checklist.
        book: the rulebook that it was made of.
        out: the text stream to write to.
        language: the language of texts.
    """
    out.write(f"{_title(checklist, book, language)}  ({book.label})\n")
    for heading, items in _sections(checklist, language):
        out.write(f"\n{heading}\n")
        for item in items:
            first, *rest = item.text[language].splitlines()
            ground = f"{weight_word(item.weight, language)}: {_cited(item, language)}"
            out.write(f"  {_BOXES[item.done]} {first}  [{ground}]\n")
            out.writelines(f"        {line}\n" for line in [*rest, *_remarks(item, language)])
    if checklist.dates:
        out.write(f"\n{text('checklist.dates', language)}\n")
        for line in _dates(checklist, book, language):
            cites = "; ".join(cite.text[language] for cite in line.citations)
            out.write(f"  [ ] {line.by_when(language)}: {line.what(language)}  [{cites}]\n")
    if checklist.cautions:
        out.write("\n" + "".join(f"{text('report.caution', language)}: {c[language]}\n" for c in checklist.cautions))


def write_html(checklist: Checklist, book: Rulebook, out: TextIO, language: str) -> None:
    """Write a checklist as a page: boxes to tick, ticked where the record has it.

    Args:
        checklist: the checklist.
        book: the rulebook that it was made of.
        out: the text stream to write to.
        language: the language of texts.
    """
    rulebook = f"{text('report.rulebook', language)}: {book.label}"
    out.write(document.opening(_title(checklist, book, language), language, f"<p>{escape(rulebook)}.</p>\n"))
    for number, (heading, items) in enumerate(_sections(checklist, language)):
        out.write(f'<section aria-labelledby="s{number}">\n<h2 id="s{number}">{escape(heading)}</h2>\n')
        out.write('<ul class="items" role="list">\n' + "".join(_item(item, language) for item in items))
        out.write("</ul>\n</section>\n")
    if checklist.dates:
        heading = text("checklist.dates", language)
        out.write(f'<section aria-labelledby="dates">\n<h2 id="dates">{escape(heading)}</h2>\n<ul>\n')
        for line in _dates(checklist, book, language):
            words = f"{line.by_when(language)}: {line.what(language)}"
            out.write(f"<li>☐ {escape(words)}<br>{document.cites(line.citations, language)}</li>\n")
        out.write("</ul>\n</section>\n")
    for caution in checklist.cautions:
        out.write(f"<p>{escape(text('report.caution', language))}: {escape(caution[language])}</p>\n")
    out.write(document.CLOSING)


def _item(item: ChecklistItem, language: str) -> str:
    box = f"☑ <strong>{escape(text('checklist.done', language))}</strong>:" if item.done else "☐"
    words = "<br>".join(escape(line.strip()) for line in item.text[language].splitlines())
    remarks = "".join(f"<br>{escape(remark)}" for remark in _remarks(item, language))
    ground = escape(weight_word(item.weight, language))
    return f"<li>{box} {words}{remarks}<br>{ground}: {document.cites(item.citations, language)}</li>\n"
