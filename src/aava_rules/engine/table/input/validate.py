"""The clients of tables that the record path would refuse: found in arrays, told by the record path itself.

What is looked for in arrays may be more than what is wrong, never less: every client who is found is
given back as a record and read, and what that says is what is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from aava_rules.engine.table.arrays import Values
from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.input.faults import InvalidRow, RecordReader, item_of, shown_id
from aava_rules.engine.table.input.schema import TABLE_CODES
from aava_rules.engine.table.input.to_records import Raw, records_of
from aava_rules.language.errors import Fault
from aava_rules.record.checks import TEXT_MAX, text_flaw

if TYPE_CHECKING:
    from aava_rules.engine.table.input.joins import Joined

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

ORDERED: Final = {"benefits": ("start", "end"), "plans": ("made_on", "ends_on"), "periods": ("start", "end")}
"""The first and last day of items, which must be in order."""
_UNUSUAL: Final = r"[^ -~\u{a1}-\u{ac}\u{ae}-\u{24f}]"
"""What may be a character that is not printable: everything but the usual letters and signs."""


def wrong_texts(texts: pl.Series) -> Bools | None:
    """The texts that are empty, too long or not printable. Of none that are null."""
    unusual = ~texts.str.len_bytes().is_between(1, TEXT_MAX) | texts.str.contains(_UNUSUAL)
    rows = unusual.fill_null(False).arg_true().to_numpy()
    if not len(rows):
        return None
    found = np.zeros(len(texts), np.bool_)
    found[rows] = [text_flaw(text) is not None for text in texts.gather(rows).to_list()]
    return found if found.any() else None


def doubtful_order(first: Values | None, last: Values | None) -> Bools | None:
    """The rows in which the last day is before the first."""
    if first is None or last is None:
        return None
    wrong: Bools = last.data < first.data
    for one in (first, last):
        wrong = wrong if one.there is None else wrong & one.there
    return wrong


class Doubts:
    """The clients that are to be read by the record path, and what is known to be wrong with them besides."""

    def __init__(self, size: int) -> None:
        self.clients: Bools = np.zeros(size, np.bool_)
        self.faults: dict[int, list[tuple[str, Fault]]] = {}

    def add(self, clients: Bools | None) -> None:
        """Have these clients read."""
        if clients is not None:
            self.clients |= clients

    def add_all(self, other: Doubts) -> None:
        """Take over what was found in other tables."""
        self.clients |= other.clients
        for row, faults in other.faults.items():
            self.faults.setdefault(row, []).extend(faults)

    def wrong(self, clients: Bools, table: str, fault: Fault) -> None:
        """Tell this fault of these clients."""
        for row in np.flatnonzero(clients).tolist():
            self.faults.setdefault(row, []).append((table, fault))

    def told(self, raw: Raw, reader: RecordReader) -> tuple[Bools, list[InvalidRow]]:
        """Which clients the record path refuses, or tables contradict, and every fault of them."""
        refused = np.zeros(len(self.clients), np.bool_)
        rows: list[InvalidRow] = []
        wanted = self.clients.copy()
        wanted[list(self.faults)] = True
        numbers = np.flatnonzero(wanted).tolist()
        for row, record in zip(numbers, records_of(raw, numbers), strict=True):
            faults = [*self.faults.get(row, ()), *((None, fault) for fault in reader.faults(record))]
            for table, fault in faults:
                rows.append(self._row(raw, row, shown_id(record["id"]), table, fault))
            refused[row] = bool(faults)
        return refused, rows

    def _row(self, raw: Raw, row: int, shown: str | None, table: str | None, fault: Fault) -> InvalidRow:
        if table is not None:
            return InvalidRow(shown, table, row, fault)
        table, position = item_of(fault.place)
        if table == "clients":
            return InvalidRow(shown, table, row, fault)
        if position is None or table not in raw.joined:
            return InvalidRow(shown, table, None, fault)
        joined = raw.joined[table]
        return InvalidRow(shown, table, joined.source_row(int(joined.starts[row]) + position), fault)


def orphans(name: str, joined: Joined) -> list[InvalidRow]:
    """The items of a table that belong to no client."""
    hint = "Give a row of clients with this id, or the id of the client whose it is."
    fault = Fault(f"{name}.client", NO_CLIENT, "is not the id of a client in the table clients", hint=hint)
    return [InvalidRow(None, name, row, fault) for row in joined.orphans.tolist()]
