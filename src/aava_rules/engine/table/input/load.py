"""Tables made into arrays, list by list and column by column, and what is doubtful on the way.

The last days of periods that are given by their length in months, as `aava_rules.record` finds them.
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
from aava_rules.engine.table.input.encode import ListParts, compacted, split
from aava_rules.engine.table.input.joins import Ids, Joined, join
from aava_rules.engine.table.input.schema import CLIENT_ROW, MISSING, Read
from aava_rules.engine.table.input.to_records import Raw
from aava_rules.engine.table.input.validate import (
    ID_TWICE,
    NOT_KNOWN,
    ORDERED,
    VALUE_AND_BOUNDS,
    Doubts,
    doubtful_order,
    wrong_texts,
)
from aava_rules.language.dates import FIRST_ORDINAL, LAST_ORDINAL
from aava_rules.language.errors import Fault, RecordError
from aava_rules.record.checks import FACTS_MAX, LIST_MAX
from aava_rules.record.fields import lists
from aava_rules.record.model import complete_names


def end_periods(fields: dict[str, Values], rows: int) -> Bools | None:
    """Put ``end`` where ``start`` and ``length_months`` are known; the rows where that contradicts what is given."""
    start, length, end = (fields.get(name) for name in ("start", "length_months", "end"))
    if start is None or length is None:
        return None
    known = np.ones(rows, np.bool_)
    for one in (start, length):
        known = known if one.there is None else known & one.there
    found = np.flatnonzero(known)
    if not len(found):
        return None
    # numbers that are out of bounds are told elsewhere; here they only must not overflow
    starts = np.clip(start.data[found].astype(np.int64), FIRST_ORDINAL, LAST_ORDINAL)
    last = add_months(starts, np.clip(length.data[found].astype(np.int64), 0, 1_200)) - 1
    doubtful = np.zeros(rows, np.bool_)
    doubtful[found] = last > LAST_ORDINAL
    data, there = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
    if end is not None:
        data[:], there[:] = end.data, True if end.there is None else end.there
        doubtful[found] |= there[found] & (data[found] != last)
    data[found], there[found] = last, True
    fields["end"] = Values("date", data, None if there.all() else there)
    return doubtful if doubtful.any() else None


_Made = TypeVar("_Made")
_MANY: Final = 100_000
"""With fewer rows than this, threads take longer than they save."""


@dataclass(slots=True, eq=False)
class Arrays:
    """What tables say, in arrays: columns of clients by what they mean, those of items by list and field."""

    size: int
    words: Words
    beyond: Bools
    clients: dict[str, Values] = field(default_factory=dict)
    items: dict[str, dict[str, Values]] = field(default_factory=dict)
    starts: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    complete: dict[tuple[str, str], Bools] = field(default_factory=dict)

    def add(self, other: Arrays) -> None:
        """Take over what was made of other tables."""
        self.beyond |= other.beyond
        self.clients |= other.clients
        self.items |= other.items
        self.starts |= other.starts
        self.complete |= other.complete


def loaded(reads: dict[str, Read]) -> tuple[Raw, Arrays, Doubts]:
    """What tables say, as they were given and in arrays, and what is doubtful in it.

    Raises RecordError for lists that are said to be known, but of which no table is given.
    """
    clients = reads["clients"]
    size = clients.frame.height
    ids = Ids(clients.frame["id"])
    raw = Raw(clients, {}, _known(reads, clients))
    words = Words()
    distinct = not _by_rows(reads)

    def make(name: str) -> tuple[Joined | None, Arrays, Doubts]:
        arrays, doubts = Arrays(size, words, np.zeros(size, np.bool_)), Doubts(size)
        if name == "clients":
            clients_into(arrays, raw, ids.twice() if distinct else None, doubts)
            return None, arrays, doubts
        joined = join(reads[name], ids)
        items_into(arrays, name, joined, raw.known[name], doubts)
        return joined, arrays, doubts

    arrays, doubts = Arrays(size, words, np.zeros(size, np.bool_)), Doubts(size)
    for name, (joined, more, doubtful) in zip(reads, _each(make, reads), strict=True):
        if joined is not None:
            raw.joined[name] = joined
        arrays.add(more)
        doubts.add_all(doubtful)
    return raw, arrays, doubts


def _each(make: Callable[[str], _Made], reads: dict[str, Read]) -> list[_Made]:
    """Make something of each table; of large ones in several threads."""
    workers = min(os.cpu_count() or 1, len(reads))
    if workers == 1 or sum(read.frame.height for read in reads.values()) < _MANY:
        return [make(name) for name in reads]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(make, reads))


def _by_rows(reads: dict[str, Read]) -> bool:
    """Whether all items name their clients by rows, so that ids may be those of several clients."""
    by_row = [CLIENT_ROW in read.specs for name, read in reads.items() if name != "clients"]
    return bool(by_row) and all(by_row)


def _known(reads: dict[str, Read], clients: Read) -> dict[str, Bools]:
    """Whose list is known, by list: of a table that is given everyone's who is not said to be an exception."""
    known: dict[str, Bools] = {}
    faults: list[Fault] = []
    for name in lists():
        said = _said(clients, name)
        if name in reads:
            known[name] = said.fill_null(True).to_numpy()
        else:
            known[name] = np.zeros(clients.frame.height, np.bool_)
            if said.any():
                hint = f"Give the table {name}, without rows if nobody has any."
                faults.append(Fault(f"clients.{name}_known", MISSING, f"says that {name} are known", hint=hint))
    if faults:
        raise RecordError("tables", faults)
    return known


def _said(clients: Read, name: str) -> pl.Series:
    """What is said of whose list is known; null for whom nothing is said."""
    frame = clients.frame
    if f"known.{name}" not in frame.columns:
        return pl.repeat(None, frame.height, dtype=pl.Boolean, eager=True)
    said = frame[f"known.{name}"]
    return said.replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean) if clients.text else said


_TRUTH = {"true": True, "false": False}


def clients_into(arrays: Arrays, raw: Raw, twice: Bools | None, doubts: Doubts) -> None:
    """Read the table of clients. ``twice``: those whose id others have too, where that is wrong."""
    read = raw.clients
    frame, text = read.frame, read.text
    ids = frame["id"]
    doubts.add(ids.is_null().to_numpy())
    doubts.add(wrong_texts(ids))
    if twice is not None:
        fault = Fault("id", ID_TWICE, "is the id of several clients", hint="Give one row for each client.")
        doubts.wrong(twice, "clients", fault)
    for key, spec in read.specs.items():
        series = frame[key]
        section, _, name = key.partition(".")
        if key == "id" or series.null_count() == arrays.size:
            continue
        if key == "complete":
            _read_complete(arrays, split(series) if text else series, doubts)
            continue
        made = compacted(series, spec, arrays.words, text)
        if section == "known":
            if made.doubtful is not None:
                # the record has no such field, so its reading would not tell
                fault = Fault(f"{name}_known", "AR115", "is not true or false", hint="Leave it empty where it is true.")
                doubts.wrong(made.doubtful, "clients", fault)
            continue
        doubts.add(made.doubtful)
        if made.beyond is not None:
            arrays.beyond |= made.beyond
        if section == "from":
            given = made.values.there
            doubts.add(~raw.known[name] if given is None else ~raw.known[name] & given)
        arrays.clients[key] = made.values
    _check_facts(arrays, doubts)


def _read_complete(arrays: Arrays, series: pl.Series, doubts: Doubts) -> None:
    """The fields of which absence means that there is none."""
    parts = ListParts.of(series)
    names = complete_names()
    read = parts.elements.cast(pl.Enum(list(names)), strict=False)
    if read.null_count():
        doubts.add(parts.rows_of(read.is_null().to_numpy()))
    doubts.add(parts.longer(FACTS_MAX))
    numbers = read.to_physical().fill_null(len(names)).to_numpy()
    owners = np.repeat(np.arange(arrays.size), np.diff(parts.starts))
    for number, place in enumerate(names.values()):
        rows = owners[numbers == number]
        if len(rows):
            arrays.complete[place] = np.zeros(arrays.size, np.bool_)
            arrays.complete[place][rows] = True


def _check_facts(arrays: Arrays, doubts: Doubts) -> None:
    """Bounds that are out of order, bounds beside a value, and more facts than a record may have."""
    facts = [key for key in arrays.clients if key.startswith("facts.")]
    if len(facts) > FACTS_MAX:
        doubts.add(np.ones(arrays.size, np.bool_))
    for name in sorted({key.removesuffix(".at_least").removesuffix(".at_most") for key in facts}):
        value, low, high = (arrays.clients.get(f"{name}{side}") for side in ("", ".at_least", ".at_most"))
        doubts.add(doubtful_order(low, high))
        bounds = [there(bound, arrays.size) for bound in (low, high) if bound is not None]
        if value is None or not bounds:
            continue
        both = np.logical_or.reduce(bounds) & there(value, arrays.size)
        hint = "Give the value alone, or bounds alone."
        doubts.wrong(
            both, "clients", Fault(name, VALUE_AND_BOUNDS, "is given both as a value and as bounds", hint=hint)
        )


def there(values: Values, rows: int) -> Bools:
    """Where a value is known."""
    return np.ones(rows, np.bool_) if values.there is None else values.there


def items_into(arrays: Arrays, name: str, joined: Joined, known: Bools, doubts: Doubts) -> None:
    """Read the items of one list. ``known``: whose list is."""
    frame = joined.read.frame
    counts = joined.counts
    doubts.add(counts > LIST_MAX)
    unknown = (counts > 0) & ~known
    if unknown.any():
        hint = f"Say that {name} of this client are known, or leave them out."
        doubts.wrong(
            unknown, "clients", Fault(f"{name}_known", NOT_KNOWN, f"is false, but there are {name}", hint=hint)
        )
    fields: dict[str, Values] = {}
    for key, spec in joined.read.specs.items():
        if key not in frame.columns or frame[key].null_count() == len(joined):
            continue
        if key == "id":
            doubts.add(joined.clients_of(wrong_texts(frame[key])))
            continue
        made = compacted(frame[key], spec, arrays.words, joined.read.text)
        doubts.add(joined.clients_of(made.doubtful))
        beyond = joined.clients_of(made.beyond)
        if beyond is not None:
            arrays.beyond |= beyond
        fields[key] = made.values
    if name in ORDERED:
        first, last = ORDERED[name]
        doubts.add(joined.clients_of(doubtful_order(fields.get(first), fields.get(last))))
    if name == "periods":
        doubts.add(joined.clients_of(end_periods(fields, len(joined))))
    arrays.items[name] = fields
    arrays.starts[name] = joined.starts


def leave_out(arrays: Arrays, refused: Bools, joined: dict[str, Joined]) -> dict[str, Bools]:
    """Take out what clients have who are refused; their rows stay, with nothing known. The items that stay, by list."""
    kept: dict[str, Bools] = {}
    valid = ~refused
    arrays.beyond &= valid
    for key, values in arrays.clients.items():
        arrays.clients[key] = values.known_only(valid)
    for name, fields in arrays.items.items():
        counts = joined[name].counts
        kept[name] = np.repeat(valid, counts)
        arrays.items[name] = {key: values.only(kept[name]) for key, values in fields.items()}
        arrays.starts[name] = np.concatenate([[0], np.cumsum(np.where(valid, counts, 0))])
    return kept
