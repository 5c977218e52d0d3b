"""The smallest useful plugin: ready-made facts from CSV, and a line in the log for each decision."""

import csv
import io
import logging
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from aava_rules import Decision, hookimpl
from aava_rules.adapters import BadRow, Row, each_client_once, opened
from aava_rules.hookspecs import Context, TableView

audit = logging.getLogger("aava_rules_example.audit")


class FactsCsv:
    """CSV with a column ``id`` and a column for each fact. An empty cell is unknown, never false or 0."""

    name = "facts-csv"
    media_types, suffixes = ("text/csv",), (".csv",)
    capabilities = frozenset({"stream"})

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """A record for each line of ``source`` below the heading; its place is ``line 2`` and so on."""
        with opened(source) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
            try:
                yield from each_client_once(rows(text))
            finally:
                text.detach()  # the stream is closed by the one who opened it


def rows(text: io.TextIOBase) -> Iterator[Row | BadRow]:
    """The rows of ``text``, which is CSV with a heading."""
    lines = csv.reader(text, strict=True)
    try:
        heading = next(lines, [])
        if "id" not in heading or len(set(heading)) < len(heading):
            yield BadRow("line 1", "needs a column id, and no column twice. Begin with id,age,unemployed.")
            return
        for cells in lines:
            place = f"line {lines.line_num}"
            if len(cells) > len(heading):
                yield BadRow(place, "has more cells than the heading has columns.")
            elif any("\ufffd" in cell for cell in cells):
                yield BadRow(place, "is not UTF-8.")
            elif any(map(str.strip, cells)):  # a line whose cells are all blank is no client
                row = dict(zip(heading, map(str.strip, cells), strict=False))
                client = row.pop("id", "")
                yield Row(place, {"id": client, "facts": {name: value(cell) for name, cell in row.items() if cell}})
    except csv.Error:
        yield BadRow(f"line {lines.line_num}", "is not CSV. What follows is not read.")


def value(cell: str) -> Any:
    """What ``cell`` means: true or false, a number, or text."""
    if number := re.fullmatch(r"-?\d{1,15}(\.\d{1,12})?", cell, re.ASCII):
        return Decimal(cell) if number[1] else int(cell)
    return {"true": True, "false": False}.get(cell, cell)


@hookimpl
def register_adapters() -> list[FactsCsv]:
    """Called once, when a rulebook is loaded with plugins."""
    return [FactsCsv()]


@hookimpl
def decided(decision: Decision, context: Context) -> None:
    """Log the key and rules of each ``decision``, and none of its contents; ``context`` may be left out."""
    audit.info("decided %s on %s by %s", decision.record_id, decision.on, decision.rulebook["sha256"][:12])


@hookimpl
def decided_table(block: TableView) -> None:
    """Log how many clients of a table were answered at once."""
    audit.info("decided %d clients on %s by %s", len(block.ids), block.on, block.rulebook["sha256"][:12])
