"""Plain text: lines that a terminal shows as they are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

from aava_rules.decision.text.terms import Line

WIDTH: Final = 100


def clean(text: str) -> str:
    """The text without characters that a terminal would obey rather than show."""
    return "".join(one if one.isprintable() else " " for one in text)


def wrapped(text: str, indent: int = 0, hanging: int = 0) -> list[str]:
    """A paragraph of at most WIDTH columns, indented; the lines after the first are indented further."""
    first, rest = " " * indent, " " * (indent + hanging)
    return textwrap.wrap(
        clean(text), WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def listed(lines: Iterable[Line], indent: int) -> list[str]:
    """Lines with a dash each, those below one another indented."""
    found: list[str] = []
    for line in lines:
        found += wrapped(f"- {line.text}", indent, 2)
        found += listed(line.children, indent + 4)
    return found


def heading(text: str, mark: str) -> list[str]:
    """A heading, underlined."""
    shown = clean(text)
    return [shown, mark * min(len(shown), WIDTH)]


def columns(rows: Iterable[tuple[str, ...]], indent: int) -> list[str]:
    """Rows of a table, the last column wrapped."""
    table = [tuple(map(clean, row)) for row in rows]
    if not table:
        return []
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]) - 1)]
    found = []
    for row in table:
        start = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        found += wrapped(f"{start}  {row[-1]}".rstrip(), indent, len(start) + 2) or [" " * indent + start]
    return found
