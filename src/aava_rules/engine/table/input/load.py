"""Tables become arrays, list by list and column by column, and what looks wrong on the way is marked.

Periods that are given by their length in months get a last day, as `aava_rules.record.items` computes it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.engine.table.arrays import Values
from aava_rules.engine.table.columns import Bools, Words
from aava_rules.engine.table.dates import add_months
from aava_rules.engine.table.input.encode import ListParts, encode_column, split_texts
from aava_rules.engine.table.input.joins import Ids, Joined, join
from aava_rules.engine.table.input.schema import CLIENT_ROW, MISSING, TypedTable
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


def end_periods(fields: dict[str, Values], rows: int) -> Bools | None:
    """Put ``end`` into ``fields`` where ``start`` and ``length_months`` are known.

    Args:
        fields: the columns of the periods by name.
        rows: how many periods there are (m).

    Returns: the periods whose end contradicts what is given, or lies after LAST_DAY: shape (m,), bool; None: no period.
    """
    start, length, end = (fields.get(name) for name in ("start", "length_months", "end"))
    if start is None or length is None:
        return None
    has_both = np.ones(rows, np.bool_)
    for values in (start, length):
        has_both = has_both if values.present is None else has_both & values.present
    dated_rows = np.flatnonzero(has_both)
    if not len(dated_rows):
        return None
    # numbers that are out of bounds are reported elsewhere; here they must not overflow
    starts = np.clip(start.data[dated_rows].astype(np.int64), FIRST_ORDINAL, LAST_ORDINAL)
    last = add_months(starts, np.clip(length.data[dated_rows].astype(np.int64), 0, 1_200)) - 1
    suspect = np.zeros(rows, np.bool_)
    suspect[dated_rows] = last > LAST_ORDINAL
    data, known_rows = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
    if end is not None:
        data[:], known_rows[:] = end.data, True if end.present is None else end.present
        suspect[dated_rows] |= known_rows[dated_rows] & (data[dated_rows] != last)
    data[dated_rows], known_rows[dated_rows] = last, True
    fields["end"] = Values("date", data, None if known_rows.all() else known_rows)
    return suspect if suspect.any() else None


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
    return stated.replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean) if clients.text else stated


_TRUTH = {"true": True, "false": False}


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
                # the record has no such field, so reading it would not report the fault
                fault = Fault(f"{name}_known", "AR115", "is not true or false", hint="Leave it empty where it is true.")
                suspects.wrong(encoded.suspect, "clients", fault)
            continue
        suspects.add(encoded.suspect)
        if encoded.overflow is not None:
            arrays.overflow |= encoded.overflow
        if section == "from":
            has_day = encoded.values.present
            suspects.add(~sources.known[name] if has_day is None else ~sources.known[name] & has_day)
        arrays.clients[key] = encoded.values
    _check_facts(arrays, suspects)


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
    if name in ORDERED:
        first, last = ORDERED[name]
        suspects.add(joined.clients_of(suspect_order(fields.get(first), fields.get(last))))
    if name == "periods":
        suspects.add(joined.clients_of(end_periods(fields, len(joined))))
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
