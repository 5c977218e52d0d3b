"""What is wrong with a record, as the record path says it, and as rows of the frame ``invalid``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from aava_rules.compiler.inputs import read_given
from aava_rules.language.errors import Fault, RecordError
from aava_rules.record import Record, read
from aava_rules.record.checks import text_flaw
from aava_rules.record.fields import lists
from aava_rules.record.items import STEPS
from aava_rules.rulebook.model import Parts

INVALID_SCHEMA: Final = pl.Schema(
    {
        "id": pl.String,
        "table": pl.String,
        "row": pl.Int64,
        "path": pl.String,
        "code": pl.String,
        "reason": pl.String,
    }
)
"""The columns of ``invalid``: whose record, where in which table (row from 0), and what is wrong."""

_ITEM = re.compile(rf"({'|'.join(lists())})(?:\[(\d+)\])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """One fault of one client: the row of the table in which it is, where that is known."""

    id: str | None
    table: str | None
    row: int | None
    fault: Fault


def invalid_frame(rows: Iterable[InvalidRow]) -> pl.DataFrame:
    """The faults as a data frame."""
    found = [(one.id, one.table, one.row, one.fault.place, one.fault.code, _reason(one.fault)) for one in rows]
    return pl.DataFrame(found, INVALID_SCHEMA, orient="row")


def _reason(fault: Fault) -> str:
    return " ".join(part for part in (f"{fault.what}.", fault.why, fault.hint) if part)


def shown_id(value: Any) -> str | None:
    """The id of a record if it is one; what is no id may be anything, and is not shown."""
    return str(value) if text_flaw(value) is None else None


def item_of(place: str) -> tuple[str, int | None]:
    """The list and the position that the place of a fault names; ``clients`` for what is in no list."""
    found = _ITEM.match(place)
    if found is None:
        return "clients", None
    return found[1], None if found[2] is None else int(found[2])


class RecordReader:
    """Reads records for one rulebook as `Rulebook.decide` does, and tells everything that is wrong at once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._steps = tuple(sorted(set(parts.steps) - set(STEPS)))

    def read(self, source: Mapping[str, Any] | bytes | str | Record) -> tuple[Record, dict[str, Any]]:
        """The record and its typed facts. Raises RecordError with every fault."""
        try:
            record = read(source, steps=self._steps)
        except RecordError as error:
            seen = {fault.place for fault in error.faults}
            faults = [*error.faults, *(fault for fault in self._of_facts(source) if fault.place not in seen)]
        else:
            given, faults = read_given(record.facts, self._parts.facts, self._parts.outcomes)
            if not faults:
                return record, given
        raise RecordError("record", faults)

    def faults(self, source: Mapping[str, Any]) -> tuple[Fault, ...]:
        """Everything that is wrong with a record; nothing if it is right."""
        try:
            self.read(source)
        except RecordError as error:
            return error.faults
        return ()

    def _of_facts(self, source: Any) -> list[Fault]:
        """The faults of the facts of a record that could not be read."""
        try:
            if isinstance(source, (str, bytes, bytearray)):
                from aava_rules.record.json_text import parse

                source = parse(source)
            facts = source.get("facts")
            if isinstance(facts, Mapping) and all(isinstance(key, str) for key in facts):
                return read_given(facts, self._parts.facts, self._parts.outcomes)[1]
        except Exception:
            pass  # a value whose own code fails; what it raised may hold contents, so it is dropped
        return []
