"""The frame and the pieces of an HTML page: head, counts, contents, tables, links.

Everything that is given as text is escaped here; arguments that are HTML already are called ``html`` or ``body``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation
from aava_rules.decision.text.terms import Line
from aava_rules.tools.markup.style import STYLE

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""What a page may do: have a style of its own, and nothing else."""

CLOSING: Final = "</main>\n</body>\n</html>\n"
"""The end of every page."""


def opening(title: str, language: str, head_html: str = "", contents_html: str = "") -> str:
    """A page up to and with the opening of its ``main`` element.

    Args:
        title: the title of the page and its first heading.
        language: the language of the page.
        head_html: what stands under the heading, such as the rulebook and the day.
        contents_html: what ``contents`` gave; empty for a page without contents.
    """
    shown = escape(title)
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{shown}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">{text("page.skip", language)}</a>\n'
        f'<header>\n<h1>{shown}</h1>\n{head_html}</header>\n{contents_html}<main id="content">\n'
    )


def contents(entries: Iterable[tuple[str, str]], language: str) -> str:
    """The contents of a page.

    Args:
        entries: the id and the title of each section.
        language: the language of the page.
    """
    links = "".join(f'<li><a href="#{escape(key)}">{escape(title)}</a></li>\n' for key, title in entries)
    title = text("page.contents", language)
    return f'<nav aria-labelledby="contents">\n<h2 id="contents">{title}</h2>\n<ul>\n{links}</ul>\n</nav>\n'


class Count(NamedTuple):
    """A number of a summary.

    Attributes:
        number: how many.
        label: of what.
        state: the class that colours it: ``broken``, ``unknown``, ``met`` or empty. The label says it in words.
        note: what is said of it besides, such as in how many records.
    """

    number: int
    label: str
    state: str = ""
    note: str = ""


def counts(numbers: Iterable[Count]) -> str:
    """The ``numbers`` of a summary, side by side as far as there is room."""
    return '<ul class="counts" role="list">\n' + "".join(map(_count, numbers)) + "</ul>\n"


def _count(count: Count) -> str:
    state = f' class="{escape(count.state)}"' if count.state else ""
    note = f'<span class="note">{escape(count.note)}</span>' if count.note else ""
    return f"<li{state}><strong>{count.number}</strong> {escape(count.label)} {note}</li>\n"


def table(key: str, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table whose first cells are the heads of its rows; what is too wide for the screen is scrolled.

    Args:
        key: what its id ends with; the id is ``t-`` and the key.
        caption: its caption.
        heads: the heads of its columns.
        rows: the cells of each row, as HTML.
    """
    # What scrolls has to be reached by keyboard as well.
    yield f'<div class="wide" role="group" tabindex="0" aria-labelledby="t-{escape(key)}">\n'
    yield f'<table>\n<caption id="t-{escape(key)}">{escape(caption)}</caption>\n<thead><tr>'
    yield "".join(f'<th scope="col">{escape(head)}</th>' for head in heads) + "</tr></thead>\n<tbody>\n"
    for first, *rest in rows:
        yield f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>\n"
    yield "</tbody>\n</table>\n</div>\n"


def pair(term: str, body: str) -> str:
    """A ``term`` and what is said of it, ``body`` (HTML), for a ``dl`` element."""
    return f"<div><dt>{escape(term)}</dt><dd>{body}</dd></div>\n"


def link(shown: str, address: str) -> str:
    """The text ``shown``, as a link to ``address`` if that is one of a web page."""
    # Rulebooks are data of others: nothing but an address of a page becomes a link.
    if not address.startswith(("https://", "http://")):
        return escape(shown)
    return f'<a href="{escape(address)}">{escape(shown)}</a>'


def cites(citations: Iterable[Citation], language: str) -> str:
    """The ``citations`` in ``language``, each a link to its act where the source has an address."""
    return "; ".join(link(cite.text[language], cite.link) for cite in citations)


def bullets(lines: Iterable[Line]) -> str:
    """The ``lines`` as a list, those below a line as a list inside it."""
    items = (escape(line.text) + (bullets(line.children) if line.children else "") for line in lines)
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>\n"
