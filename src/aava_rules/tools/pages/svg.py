"""Decision diagrams and tables of rules as SVG: pictures that load nothing, can be scaled, and have a text for readers.

Text is laid out by the width of its characters as they are in common sans-serif fonts, a little on the wide side, so
that no word runs out of its box whatever font is there.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, TextIO

from aava_rules.decision.text.catalogue import text
from aava_rules.tools.pages.diagram import Check, Diagram, End, RuleTable

_SIZE: Final = 14
_LEADING: Final = 19
_PAD: Final = 10
_CHARACTER: Final = 7.9
"""The width of a character at this size, on the wide side."""
_CHECK_WIDTH: Final = 440
_END_WIDTH: Final = 200
_GAP: Final = 64
_STEP: Final = 36
_COLUMNS: Final = (190, 190, 330, 250, 190)
_COLOURS: Final = {
    "met": ("#e3f2e6", "#0b3d1c"),
    "broken": ("#fbe9e9", "#8b0000"),
    "outside": ("#f2f2f2", "#3d3d3d"),
    "result": ("#dce9ff", "#00296b"),
    "check": ("#ffffff", "#1a1a1a"),
}
"""The ground and the text of each kind of box; what it is stands in words in it."""


def write(picture: Diagram | RuleTable, out: TextIO, language: str) -> None:
    """Write a picture as one SVG document.

    Args:
        picture: the diagram of a rule, or the table of a question.
        out: the text stream to write to.
        language: the language of texts.
    """
    canvas = _Canvas(language)
    if isinstance(picture, Diagram):
        _chain(picture, canvas)
    else:
        _table(picture, canvas)
    out.write(canvas.document(picture.title, language))


Lines = Sequence[tuple[str, bool]]
"""Lines of text, each with whether it is bold."""


class _Canvas:
    """What is drawn, and how large it is."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.width = self.height = 0.0
        self.parts: list[str] = []
        self.words: list[str] = []

    def box(self, x: float, y: float, width: float, height: float, lines: Lines, kind: str, *, round: int = 6) -> None:
        """A box with lines of text."""
        ground, colour = _COLOURS[kind]
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round}" fill="{ground}" '
            f'stroke="{colour}" stroke-width="1.5"/>'
        )
        self.lines(x + _PAD, y + _PAD + _SIZE, lines, colour)
        self.width, self.height = max(self.width, x + width), max(self.height, y + height)

    def lines(self, x: float, y: float, lines: Lines, colour: str = "#1a1a1a") -> None:
        """Lines of text from a place on, downwards."""
        for number, (line, bold) in enumerate(lines):
            weight = ' font-weight="bold"' if bold else ""
            self.parts.append(
                f'<text x="{x:g}" y="{y + number * _LEADING:g}" fill="{colour}"{weight}>{escape(line)}</text>'
            )
            self.width = max(self.width, x + len(line) * _CHARACTER)
        self.height = max(self.height, y + len(lines) * _LEADING)
        self.words.append(" ".join(line for line, _ in lines))

    def arrow(self, x1: float, y1: float, x2: float, y2: float, label: str = "") -> None:
        """An arrow from one place to another, to the right or downwards, with a word beside it."""
        self.parts.append(
            f'<path d="M{x1:g} {y1:g} L{x2:g} {y2:g}" stroke="#1a1a1a" stroke-width="1.5" marker-end="url(#tip)"/>'
        )
        if label:
            x, y = (x1 + 8, y1 + 22) if x1 == x2 else (x1 + 14, y1 - 6)
            self.parts.append(f'<text x="{x:g}" y="{y:g}" fill="#1a1a1a">{escape(label)}</text>')

    def document(self, title: str, language: str) -> str:
        """The whole picture, with its title and all of its words for those who do not see it."""
        width, height = self.width + _PAD, self.height + _PAD
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title words" lang="{language}" '
            f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
            f'font-family="system-ui, sans-serif" font-size="{_SIZE}">\n'
            f'<title id="title">{escape(title)}</title>\n<desc id="words">{escape(". ".join(self.words))}</desc>\n'
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
            'orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#1a1a1a"/></marker></defs>\n'
            f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>\n' + "\n".join(self.parts) + "\n</svg>\n"
        )


def _chain(diagram: Diagram, canvas: _Canvas) -> None:
    x, y = float(_PAD), float(_PAD)
    whole = _CHECK_WIDTH + _GAP + _END_WIDTH
    heading = _wrapped([diagram.title], whole, bold=True)
    canvas.lines(x, y + _SIZE, heading)
    y += len(heading) * _LEADING + _PAD
    yes, no = text("answer.true", canvas.language), text("answer.false", canvas.language)
    for check in diagram.checks:
        height = _check(check, canvas, x, y)
        if check.leads_to is not None:
            ends = _end_lines(check.leads_to)
            end_height = len(ends) * _LEADING + 2 * _PAD - 2
            end_y = y + max(0.0, (height - end_height) / 2)
            end_x = x + _CHECK_WIDTH + _GAP
            middle = end_y + end_height / 2
            canvas.arrow(x + _CHECK_WIDTH, middle, end_x, middle, yes if check.leaves_on else no)
            canvas.box(end_x, end_y, _END_WIDTH, end_height, ends, check.leads_to.kind)
            height = max(height, end_height)
        goes_on = "" if check.leaves_on is None else no if check.leaves_on else yes
        canvas.arrow(x + _CHECK_WIDTH / 2, y + height, x + _CHECK_WIDTH / 2, y + height + _STEP, goes_on)
        y += height + _STEP
    last = _wrapped(diagram.end.lines, _CHECK_WIDTH, bold=True)
    height = len(last) * _LEADING + 2 * _PAD - 2
    canvas.box(x, y, _CHECK_WIDTH, height, last, diagram.end.kind)
    y += height + _PAD
    notes = _wrapped([diagram.note, f"{text('page.source', canvas.language)}: {diagram.sources}"], whole)
    canvas.lines(x, y + _SIZE, notes)


def _check(check: Check, canvas: _Canvas, x: float, y: float) -> float:
    """Draw a check, and give its height."""
    lines = [*_wrapped([check.heading], _CHECK_WIDTH, bold=True), *_wrapped(check.lines, _CHECK_WIDTH)]
    height = len(lines) * _LEADING + 2 * _PAD - 2
    canvas.box(x, y, _CHECK_WIDTH, height, lines, "check")
    return height


def _end_lines(end: End) -> list[tuple[str, bool]]:
    return _wrapped(end.lines, _END_WIDTH, bold=True)


def _table(table: RuleTable, canvas: _Canvas) -> None:
    y = float(_PAD)
    heading = _wrapped([table.title], sum(_COLUMNS), bold=True)
    canvas.lines(_PAD, y + _SIZE, heading)
    y += len(heading) * _LEADING + _PAD
    rows = [[_wrapped([head], width, bold=True) for head, width in zip(table.heads, _COLUMNS, strict=True)]]
    for cells in table.rows:
        sized = enumerate(zip(cells, _COLUMNS, strict=True))
        rows.append([_wrapped(cell, width, bold=place == 0) for place, (cell, width) in sized])
    for number, row in enumerate(rows):
        height = max(len(lines) for lines in row) * _LEADING + 2 * _PAD - 2
        x = float(_PAD)
        for lines, width in zip(row, _COLUMNS, strict=True):
            canvas.box(x, y, width, height, lines, "check" if number else "outside", round=0)
            x += width
        y += height


def _wrapped(lines: Iterable[str], width: float, *, bold: bool = False) -> list[tuple[str, bool]]:
    """Lines that are no wider than a box; a word that is wider than the box alone is broken."""
    most = int((width - 2 * _PAD) / (_CHARACTER * (1.08 if bold else 1)))
    return [(part, bold) for line in lines for part in textwrap.wrap(line, most) or [""]]
