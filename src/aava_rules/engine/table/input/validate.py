"""The clients of tables that the record path would refuse: suspected in arrays, confirmed by the record path itself.

Arrays may suspect more clients than are wrong, never fewer: every suspect is given back as a record and read, and the
faults of that reading are the ones reported, as rows of the frame ``invalid``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from aava_rules.compiler.inputs import read_inputs
from aava_rules.compiler.record_reader import RecordReader
from aava_rules.engine.table.arrays import Values
from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.input.schema import TABLE_CODES
from aava_rules.engine.table.input.to_records import SourceTables, records_of
from aava_rules.language.errors import Fault, RecordError
from aava_rules.record import Record
from aava_rules.record.checks import TEXT_MAX, text_flaw
from aava_rules.record.fields import lists
from aava_rules.record.limits import LIMITS, Limits
from aava_rules.record.limits import check as check_limits
from aava_rules.rulebook.model import Parts

if TYPE_CHECKING:
    from aava_rules.engine.table.input.joins import Joined


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
    """One fault of one client.

    Attributes:
        id: the id of the client, if it is one.
        table, row: the table and its row in which the fault is, where that is known.
        fault: what is wrong.
    """

    id: str | None
    table: str | None
    row: int | None
    fault: Fault


def invalid_frame(rows: Iterable[InvalidRow]) -> pl.DataFrame:
    """The faults ``rows`` as a data frame with the columns of `INVALID_SCHEMA`."""
    frame_rows = [(row.id, row.table, row.row, row.fault.place, row.fault.code, _reason(row.fault)) for row in rows]
    return pl.DataFrame(frame_rows, INVALID_SCHEMA, orient="row")


def _reason(fault: Fault) -> str:
    return " ".join(part for part in (f"{fault.what}.", fault.why, fault.hint) if part)


def shown_id(value: Any) -> str | None:
    """The id ``value`` of a record if it is one; what is no id may be anything, and is not shown."""
    return str(value) if text_flaw(value) is None else None


def item_of(place: str) -> tuple[str, int | None]:
    """The list and the position that the place ``place`` of a fault names; ``clients`` for what is in no list."""
    match = _ITEM.match(place)
    if match is None:
        return "clients", None
    return match[1], None if match[2] is None else int(match[2])


class ClientReader:
    """Reads records for one rulebook as `Rulebook.decide` does, and reports every fault at once."""

    def __init__(
        self, parts: Parts, limits: Limits = LIMITS, questions: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        """A reader for the rulebook of ``parts``; ``limits`` and ``questions`` are those of `record.limits.check`."""
        self._parts = parts
        self._limits, self._questions = limits, questions
        self._reader = RecordReader(parts)

    def read(self, source: Mapping[str, Any] | bytes | str | Record) -> tuple[Record, dict[str, Any]]:
        """The record ``source`` and its typed facts. Raises RecordError with every fault."""
        try:
            record = self._reader.read(source)
            check_limits(record, self._questions, self._limits)
        except RecordError as error:
            faults = self._reader.with_faults_of_facts(error, source)
        else:
            values, faults = read_inputs(record.facts, self._parts.facts, self._parts.outcomes)
            if not faults:
                return record, values
        raise RecordError("record", faults)

    def faults(self, source: Mapping[str, Any]) -> tuple[Fault, ...]:
        """Every fault of the record ``source``; none if it is right."""
        try:
            self.read(source)
        except RecordError as error:
            return error.faults
        return ()


ID_TWICE: Final = "AR134"
NO_CLIENT: Final = "AR135"
NOT_KNOWN: Final = "AR136"
VALUE_AND_BOUNDS: Final = "AR137"

ROW_CODES: Final = {
    ID_TWICE: "an id that several clients have",
    NO_CLIENT: "an item whose client is not in the table of clients",
    NOT_KNOWN: "items of a list that is said to be unknown",
    VALUE_AND_BOUNDS: "a fact that is given both as a value and as bounds",
}
"""The codes of what can be wrong with a client in tables only; all others are those of records."""
CODES: Final = TABLE_CODES | ROW_CODES

ORDERED: Final = {
    "benefits": (("start", "end"),),
    "plans": (("made_on", "ends_on"),),
    "periods": (
        ("start", "end"),
        ("start", "agreed_end"),
        ("days_per_week_least", "days_per_week_most"),
        ("days_per_week_least", "days_per_week"),
        ("days_per_week", "days_per_week_least"),
        ("days_per_week", "days_per_week_most"),
        ("days_per_week_most", "days_per_week"),
    ),
}
"""The fields of items that must be in order: first and last days, and days a week (both ways: alike)."""
_UNUSUAL: Final = r"[^ -~\u{a1}-\u{ac}\u{ae}-\u{24f}]"
"""What may be a character that is not printable: everything but the usual letters and signs."""


def wrong_texts(texts: pl.Series) -> Bools | None:
    """The texts of ``texts`` that are empty, too long or not printable: shape (n,), bool;

    None: no text. Nulls are right.
    """
    unusual = ~texts.str.len_bytes().is_between(1, TEXT_MAX) | texts.str.contains(_UNUSUAL)
    rows = unusual.fill_null(False).arg_true().to_numpy()
    if not len(rows):
        return None
    wrong = np.zeros(len(texts), np.bool_)
    wrong[rows] = [text_flaw(text) is not None for text in texts.gather(rows).to_list()]
    return wrong if wrong.any() else None


def suspect_order(first: Values | None, last: Values | None) -> Bools | None:
    """The rows in which the day ``last`` is before the day ``first``: shape (n,), bool;

    None if either column is missing.
    """
    if first is None or last is None:
        return None
    wrong: Bools = last.data < first.data
    for days in (first, last):
        wrong = wrong if days.present is None else wrong & days.present
    return wrong


class Suspects:
    """The clients that the record path is to read, and faults that only tables can have.

    Attributes:
        clients: shape (n,), bool, the clients to be read.
        faults: by client, the table and the fault.
        lines: by client, the faults of lines of JSON that are no row of cells; such a client has no other faults.
    """

    def __init__(self, size: int) -> None:
        self.clients: Bools = np.zeros(size, np.bool_)
        self.faults: dict[int, list[tuple[str, Fault]]] = {}
        self.lines: dict[int, list[tuple[str | None, Fault]]] = {}

    def add(self, clients: Bools | None) -> None:
        """Have the clients of the mask ``clients`` (shape (n,), bool; None: no client) read."""
        if clients is not None:
            self.clients |= clients

    def add_all(self, suspects: Suspects) -> None:
        """Take over ``suspects``, of other tables."""
        self.clients |= suspects.clients
        for row, faults in suspects.faults.items():
            self.faults.setdefault(row, []).extend(faults)
        for row, lines in suspects.lines.items():
            self.lines.setdefault(row, []).extend(lines)

    def wrong(self, clients: Bools, table: str, fault: Fault) -> None:
        """Report ``fault`` in ``table`` of the clients of the mask ``clients``: shape (n,), bool."""
        for row in np.flatnonzero(clients).tolist():
            self.faults.setdefault(row, []).append((table, fault))

    def read_all(self, sources: SourceTables, reader: ClientReader) -> tuple[Bools, list[InvalidRow]]:
        """Read all suspects as records.

        Args:
            sources: the tables as they came.
            reader: reads records for the rulebook.

        Returns: which clients the record path refuses, or tables contradict, shape (n,), bool, and every fault of them.
        """
        refused = np.zeros(len(self.clients), np.bool_)
        rows: list[InvalidRow] = []
        wanted = self.clients.copy()
        wanted[[*self.faults, *self.lines]] = True
        numbers = np.flatnonzero(wanted).tolist()
        for row, record in zip(numbers, records_of(sources, numbers), strict=True):
            faults: list[tuple[str | None, Fault]] = self.lines.get(row, [])
            if not faults:
                faults = [*self.faults.get(row, ()), *((None, fault) for fault in reader.faults(record))]
            for table, fault in faults:
                rows.append(self._row(sources, row, shown_id(record["id"]), table, fault))
            refused[row] = bool(faults)
        return refused, rows

    def _row(self, sources: SourceTables, row: int, shown: str | None, table: str | None, fault: Fault) -> InvalidRow:
        if table is not None:
            return InvalidRow(shown, table, row, fault)
        table, position = item_of(fault.place)
        if table == "clients":
            return InvalidRow(shown, table, row, fault)
        if position is None or table not in sources.joined:
            return InvalidRow(shown, table, None, fault)
        joined = sources.joined[table]
        return InvalidRow(shown, table, joined.source_row(int(joined.starts[row]) + position), fault)


def orphans(name: str, joined: Joined) -> list[InvalidRow]:
    """A fault for each item of the list ``name`` that belongs to no client, as ``joined`` has them."""
    hint = "Give a row of clients with this id, or the id of the client whose it is."
    fault = Fault(f"{name}.client", NO_CLIENT, "is not the id of a client in the table clients", hint=hint)
    return [InvalidRow(None, name, row, fault) for row in joined.orphans.tolist()]
