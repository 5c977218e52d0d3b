"""Figures as text: aligned tables, each figure with its ratio to the one that the column is measured by."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of plain text: the first column to the left, the others to the right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    text = [f"\n{title}"]
    for line in lines:
        cells = [cell.ljust(width) if not column else cell.rjust(width) for column, (cell, width) in
                 enumerate(zip(line, widths, strict=True))]  # fmt: skip
        text.append("  ".join(cells).rstrip())
    return "\n".join(text)


def seconds(value: float) -> str:
    """A time in the unit that suits it."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if value * factor >= 1:
            return f"{short(value * factor)} {unit}"
    return f"{short(value * 1e6)} µs"


def short(value: float) -> str:
    """A number with three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    digits = 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f}"


def ratio(value: float, base: float | None) -> str:
    """How many times the base; empty without one."""
    return "" if not base else f"{short(value / base)}×"


def machine() -> str:
    """What the figures were measured on."""
    return f"CPython {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
