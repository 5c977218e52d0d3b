"""The small part of Markdown that notes are written in, as HTML: headings, lists, paragraphs, bold, code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_SPAN = re.compile(r"\*\*((?:[^*`]|`[^`]*`)+)\*\*|`([^`]+)`")
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"\s*[-*]\s+(.*)")


def html(notes: str, level: int) -> Iterator[str]:
    """The text ``notes`` as HTML, without its title; each heading below the title is of ``level``."""
    for kind, lines in _blocks(notes):
        if kind == "heading":
            yield f"<h{level}>{inline(lines[0])}</h{level}>\n"
        elif kind == "list":
            yield "<ul>\n" + "".join(f"<li>{inline(line)}</li>\n" for line in lines) + "</ul>\n"
        else:
            yield f"<p>{inline(' '.join(lines))}</p>\n"


def inline(text: str) -> str:
    """One line of ``text`` with its bold words and code; everything else is escaped."""
    pieces, end = [], 0
    for span in _SPAN.finditer(text):
        pieces.append(escape(text[end : span.start()]))
        pieces.append(f"<strong>{inline(span[1])}</strong>" if span[1] else f"<code>{escape(span[2])}</code>")
        end = span.end()
    return "".join([*pieces, escape(text[end:])])


def _blocks(notes: str) -> Iterator[tuple[str, list[str]]]:
    kind, lines = "", list[str]()
    for line in notes.splitlines():
        heading, item = _HEADING.match(line), _ITEM.match(line)
        if heading or not line.strip():
            if lines:
                yield kind, lines
            kind, lines = "", []
            if heading and len(heading[1]) > 1:
                yield "heading", [heading[2]]
        elif item:
            if lines and kind != "list":
                yield kind, lines
                lines = []
            kind, lines = "list", [*lines, item[1]]
        elif kind == "list":
            lines[-1] += f" {line.strip()}"
        else:
            kind, lines = "paragraph", [*lines, line.strip()]
    if lines:
        yield kind, lines


_COMMON = {
    "fi": frozenset({"ja", "on", "ei", "tai", "että", "joka", "kun", "ovat", "se", "jos", "mukaan"}),
    "sv": frozenset({"och", "är", "inte", "som", "att", "eller", "det", "en", "av", "för", "om"}),
    "en": frozenset({"and", "is", "not", "the", "that", "of", "or", "which", "a", "to", "by"}),
}


def in_language(text: str, language: str) -> bool:
    """Whether authors wrote ``text`` in ``language``, as far as its commonest words tell."""
    return language_of(text) in ("", language)


def language_of(text: str) -> str:
    """The language that ``text`` is most likely in, by its commonest words; empty if it has none of them."""
    words = re.findall(r"[a-zåäö]+", text.lower())
    counts = {language: sum(word in common for word in words) for language, common in _COMMON.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] else ""
