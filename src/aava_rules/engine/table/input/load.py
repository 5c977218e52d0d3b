"""Tables become arrays, list by list and column by column, and what looks wrong on the way is marked.

The agreed and the real last day of a period stand in for each other, as `aava_rules.record.items` has it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.engine.table.arrays import Values
from aava_rules.engine.table.columns import Bools, Words
from aava_rules.engine.table.dates import add_months
from aava_rules.engine.table.input.encode import ListParts, encode_column, split_texts
from aava_rules.engine.table.input.joins import Ids, Joined, join
from aava_rules.engine.table.input.schema import CLIENT_ROW, MISSING, TRUTHS, TypedTable
from aava_rules.engine.table.input.to_records import SourceTables
from aava_rules.engine.table.input.validate import (
    ID_TWICE,
    NOT_KNOWN,
    ORDERED,
    VALUE_AND_BOUNDS,
    Suspects,
    suspect_order,
    wrong_texts,
)
from aava_rules.language.dates import FIRST_ORDINAL, LAST_ORDINAL
from aava_rules.language.errors import Fault, RecordError
from aava_rules.record.checks import FACTS_MAX, LIST_MAX
from aava_rules.record.fields import lists
from aava_rules.record.model import complete_names


def settle_days(fields: dict[str, Values], rows: int, words: Words) -> Bools | None:
    """Put ``agreed_end`` and ``end`` of periods into ``fields`` where they follow: see `record.items.settled_days`.

    Args:
        fields: the columns of the periods by name.
        rows: how many periods there are (m).
        words: the numbers of words.

    Returns: the periods whose length contradicts the agreed end, or leads past LAST_DAY: shape (m,), bool; None: no
        period.
    """
    start, length, reason, agreed = (
        fields.get(name) for name in ("start", "length_months", "ended_because", "agreed_end")
    )
    end = fields.get("end")
    if length is None and reason is None and agreed is None:
        if end is not None:
            fields["agreed_end"] = end
        return None
    as_agreed = np.ones(rows, np.bool_)
    if reason is not None:
        as_agreed = ~known_rows(reason, rows) | (reason.data == words.number("completed"))
    agreed_days, agreed_known = _days_and_known(agreed, rows)
    days, known = _days_and_known(end, rows)
    has_length = np.zeros(rows, np.bool_) if length is None else known_rows(length, rows)
    follows = ~agreed_known & ~has_length & as_agreed & known
    suspect = np.zeros(rows, np.bool_)
    if start is not None and length is not None:
        dated_rows = np.flatnonzero(has_length & known_rows(start, rows))
        # numbers that are out of bounds are reported elsewhere; here they must not overflow
        starts = np.clip(start.data[dated_rows].astype(np.int64), FIRST_ORDINAL, LAST_ORDINAL)
        last = add_months(starts, np.clip(length.data[dated_rows].astype(np.int64), 0, 1_200)) - 1
        suspect[dated_rows] = (last > LAST_ORDINAL) | (agreed_known[dated_rows] & (agreed_days[dated_rows] != last))
        agreed_days[dated_rows], agreed_known[dated_rows] = last, True
    agreed_days[follows], agreed_known[follows] = days[follows], True
    follows = ~known & as_agreed & agreed_known
    days[follows], known[follows] = agreed_days[follows], True
    for name, data, is_known in (("agreed_end", agreed_days, agreed_known), ("end", days, known)):
        if is_known.any():
            fields[name] = Values("date", data, None if is_known.all() else is_known)
    return suspect if suspect.any() else None


def _days_and_known(values: Values | None, rows: int) -> tuple[NDArray[np.int32], Bools]:
    """The days of a column and where they are known, both as arrays that may be changed: shape (rows,)."""
    if values is None:
        return np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
    return values.data.astype(np.int32), known_rows(values, rows).copy()


Result = TypeVar("Result")
_MANY: Final = 100_000
"""With fewer rows than this, threads take longer than they save."""


@dataclass(slots=True, eq=False)
class Arrays:
    """What tables hold, in arrays.

    Attributes:
        size: how many clients there are (n).
        words: the numbers of words.
        overflow: shape (n,), bool, the clients who have a number that no array can hold.
        clients: the columns of clients by what they mean (``client.birth_date``, ``facts.age.at_least``,
            ``from.benefits``).
        items: the columns of items by list and field.
        starts: by list, shape (n + 1,), int64, where the items of each client begin.
        complete: by list and field, shape (n,), bool: for which clients an absent field means that there is none.
    """

    size: int
    words: Words
    overflow: Bools
    clients: dict[str, Values] = field(default_factory=dict)
    items: dict[str, dict[str, Values]] = field(default_factory=dict)
    starts: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    complete: dict[tuple[str, str], Bools] = field(default_factory=dict)

    def add(self, arrays: Arrays) -> None:
        """Take over what was made of other tables, ``arrays``."""
        self.overflow |= arrays.overflow
        self.clients |= arrays.clients
        self.items |= arrays.items
        self.starts |= arrays.starts
        self.complete |= arrays.complete


def loaded(reads: dict[str, TypedTable]) -> tuple[SourceTables, Arrays, Suspects]:
    """What the tables ``reads`` hold, as they came and in arrays, and who looks wrong in it.

    Raises RecordError for lists whose clients are stated to be known, but of which no table is given.
    """
    clients = reads["clients"]
    size = clients.frame.height
    ids = Ids(clients.frame["id"])
    sources = SourceTables(clients, {}, _known(reads, clients))
    words = Words()
    distinct = not _by_rows(reads)

    def make(name: str) -> tuple[Joined | None, Arrays, Suspects]:
        arrays, suspects = Arrays(size, words, np.zeros(size, np.bool_)), Suspects(size)
        if name == "clients":
            clients_into(arrays, sources, ids.twice() if distinct else None, suspects)
            return None, arrays, suspects
        joined = join(reads[name], ids)
        items_into(arrays, name, joined, sources.known[name], suspects)
        return joined, arrays, suspects

    arrays, suspects = Arrays(size, words, np.zeros(size, np.bool_)), Suspects(size)
    for name, (joined, more, suspect) in zip(reads, _each(make, reads), strict=True):
        if joined is not None:
            sources.joined[name] = joined
        arrays.add(more)
        suspects.add_all(suspect)
    return sources, arrays, suspects


def _each(make: Callable[[str], Result], reads: dict[str, TypedTable]) -> list[Result]:
    """Make something of each table; of large ones in several threads."""
    workers = min(os.cpu_count() or 1, len(reads))
    if workers == 1 or sum(read.frame.height for read in reads.values()) < _MANY:
        return [make(name) for name in reads]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(make, reads))


def _by_rows(reads: dict[str, TypedTable]) -> bool:
    """Whether all items name their clients by rows, so that ids may be those of several clients."""
    by_row = [CLIENT_ROW in read.specs for name, read in reads.items() if name != "clients"]
    return bool(by_row) and all(by_row)


def _known(reads: dict[str, TypedTable], clients: TypedTable) -> dict[str, Bools]:
    """Whose list is known, by list: with a table, all but those stated to be unknown."""
    known: dict[str, Bools] = {}
    faults: list[Fault] = []
    for name in lists():
        stated = _stated_known(clients, name)
        if name in reads:
            known[name] = stated.fill_null(True).to_numpy()
        else:
            known[name] = np.zeros(clients.frame.height, np.bool_)
            if stated.any():
                hint = f"Give the table {name}, without rows if nobody has any."
                faults.append(Fault(f"clients.{name}_known", MISSING, f"says that {name} are known", hint=hint))
    if faults:
        raise RecordError("tables", faults)
    return known


def _stated_known(clients: TypedTable, name: str) -> pl.Series:
    """Whose list is stated to be known or unknown; null where neither is stated."""
    frame = clients.frame
    if f"known.{name}" not in frame.columns:
        return pl.repeat(None, frame.height, dtype=pl.Boolean, eager=True)
    stated = frame[f"known.{name}"]
    return stated.replace_strict(TRUTHS, default=None, return_dtype=pl.Boolean) if clients.text else stated


def clients_into(arrays: Arrays, sources: SourceTables, twice: Bools | None, suspects: Suspects) -> None:
    """Read the table of clients.

    Args:
        arrays: takes the columns.
        sources: the tables as they came.
        twice: shape (n,), bool, those whose id other clients have too, where that is wrong; None: no client.
        suspects: takes the clients who look wrong.
    """
    read = sources.clients
    frame, text = read.frame, read.text
    ids = frame["id"]
    suspects.add(ids.is_null().to_numpy())
    suspects.add(wrong_texts(ids))
    if twice is not None:
        fault = Fault("id", ID_TWICE, "is the id of several clients", hint="Give one row for each client.")
        suspects.wrong(twice, "clients", fault)
    _set_others_aside(arrays, read, suspects)
    for key, spec in read.specs.items():
        series = frame[key]
        section, _, name = key.partition(".")
        if key == "id" or series.null_count() == arrays.size:
            continue
        if key == "complete":
            _read_complete(arrays, split_texts(series) if text else series, suspects)
            continue
        encoded = encode_column(series, spec, arrays.words, text)
        if section == "known":
            if encoded.suspect is not None:
                suspects.wrong(encoded.suspect, "clients", _not_a_truth(name))
            continue
        suspects.add(encoded.suspect)
        if encoded.overflow is not None:
            arrays.overflow |= encoded.overflow
        if section == "from":
            has_day = encoded.values.present
            suspects.add(~sources.known[name] if has_day is None else ~sources.known[name] & has_day)
        arrays.clients[key] = encoded.values
    _check_facts(arrays, suspects)


def _set_others_aside(arrays: Arrays, read: TypedTable, suspects: Suspects) -> None:
    """Clients who have cells that columns do not hold are read as records, and if these are right, so answered."""
    if read.others:
        rows = np.zeros(arrays.size, np.bool_)
        rows[list(read.others)] = True
        suspects.add(rows)
        arrays.overflow |= rows
    for row, cells in read.others.items():
        for name in [key.removeprefix("known.") for key in cells if key.startswith("known.")]:
            suspects.faults.setdefault(row, []).append(("clients", _not_a_truth(name)))
    for row, faults in read.wrong.items():
        suspects.lines[row] = [("clients", fault) for fault in faults]


def _not_a_truth(name: str) -> Fault:
    """The fault of a client of whom it is not said whether the list ``name`` is known."""
    # the record has no such field, so reading it would not report the fault
    return Fault(f"{name}_known", "AR115", "is not true or false", hint="Leave it empty where it is true.")


def _read_complete(arrays: Arrays, series: pl.Series, suspects: Suspects) -> None:
    """The fields of which absence means that there is none."""
    parts = ListParts.of(series)
    names = complete_names()
    read = parts.elements.cast(pl.Enum(list(names)), strict=False)
    if read.null_count():
        suspects.add(parts.rows_of(read.is_null().to_numpy()))
    suspects.add(parts.longer(FACTS_MAX))
    numbers = read.to_physical().fill_null(len(names)).to_numpy()
    owners = np.repeat(np.arange(arrays.size), np.diff(parts.starts))
    for number, place in enumerate(names.values()):
        rows = owners[numbers == number]
        if len(rows):
            arrays.complete[place] = np.zeros(arrays.size, np.bool_)
            arrays.complete[place][rows] = True


def _check_facts(arrays: Arrays, suspects: Suspects) -> None:
    """Bounds that are out of order, bounds together with a value, and more facts than a record may have."""
    facts = [key for key in arrays.clients if key.startswith("facts.")]
    if len(facts) > FACTS_MAX:
        suspects.add(np.ones(arrays.size, np.bool_))
    for name in sorted({key.removesuffix(".at_least").removesuffix(".at_most") for key in facts}):
        value, low, high = (arrays.clients.get(f"{name}{side}") for side in ("", ".at_least", ".at_most"))
        suspects.add(suspect_order(low, high))
        bounds = [known_rows(bound, arrays.size) for bound in (low, high) if bound is not None]
        if value is None or not bounds:
            continue
        both = np.logical_or.reduce(bounds) & known_rows(value, arrays.size)
        hint = "Give the value alone, or bounds alone."
        suspects.wrong(
            both, "clients", Fault(name, VALUE_AND_BOUNDS, "is given both as a value and as bounds", hint=hint)
        )


def known_rows(values: Values, rows: int) -> Bools:
    """Where ``values`` of so many ``rows`` has a value: shape (rows,), bool."""
    return np.ones(rows, np.bool_) if values.present is None else values.present


def items_into(arrays: Arrays, name: str, joined: Joined, known: Bools, suspects: Suspects) -> None:
    """Read the items of one list.

    Args:
        arrays: takes the columns.
        name: the list.
        joined: its items.
        known: shape (n,), bool, whose list is known.
        suspects: takes the clients whose items look wrong.
    """
    frame = joined.read.frame
    counts = joined.counts
    suspects.add(counts > LIST_MAX)
    unknown = (counts > 0) & ~known
    if unknown.any():
        hint = f"Say that {name} of this client are known, or leave them out."
        suspects.wrong(
            unknown, "clients", Fault(f"{name}_known", NOT_KNOWN, f"is false, but there are {name}", hint=hint)
        )
    items = np.zeros(len(joined), np.bool_)
    items[joined.items_of(joined.read.others)] = True
    others = joined.clients_of(items)
    if others is not None:
        suspects.add(others)
        arrays.overflow |= others
    for item in joined.items_of(joined.read.wrong).tolist():
        client = int(np.searchsorted(joined.starts, item, "right")) - 1
        place = f"{name}[{item - int(joined.starts[client])}]"
        faults = [
            replace(fault, place=f"{place} {fault.place}".removesuffix(" record"))
            for fault in joined.read.wrong[joined.source_row(item)]
        ]
        suspects.lines.setdefault(client, []).extend((None, fault) for fault in faults)
    fields: dict[str, Values] = {}
    for key, spec in joined.read.specs.items():
        if key not in frame.columns or frame[key].null_count() == len(joined):
            continue
        if key == "id":
            suspects.add(joined.clients_of(wrong_texts(frame[key])))
            continue
        encoded = encode_column(frame[key], spec, arrays.words, joined.read.text)
        suspects.add(joined.clients_of(encoded.suspect))
        overflow = joined.clients_of(encoded.overflow)
        if overflow is not None:
            arrays.overflow |= overflow
        fields[key] = encoded.values
    for first, last in ORDERED.get(name, ()):
        suspects.add(joined.clients_of(suspect_order(fields.get(first), fields.get(last))))
    if name == "periods":
        suspects.add(joined.clients_of(settle_days(fields, len(joined), arrays.words)))
    arrays.items[name] = fields
    arrays.starts[name] = joined.starts


def leave_out(arrays: Arrays, refused: Bools, joined: dict[str, Joined]) -> dict[str, Bools]:
    """Take out what refused clients have; their rows stay, with nothing known.

    Args:
        arrays: the columns, which are changed.
        refused: shape (n,), bool.
        joined: the items by list.

    Returns: by list, the items that stay: shape (m,), bool.
    """
    valid_items: dict[str, Bools] = {}
    valid = ~refused
    arrays.overflow &= valid
    for key, values in arrays.clients.items():
        arrays.clients[key] = values.known_only(valid)
    for name, fields in arrays.items.items():
        counts = joined[name].counts
        valid_items[name] = np.repeat(valid, counts)
        arrays.items[name] = {key: values.only(valid_items[name]) for key, values in fields.items()}
        arrays.starts[name] = np.concatenate([[0], np.cumsum(np.where(valid, counts, 0))])
    return valid_items
