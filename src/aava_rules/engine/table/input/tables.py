"""Tables of clients and their items, ready to be answered block by block; their faults are reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.table.arrays import Values
from aava_rules.engine.table.block import Block, Items, LazyMapping
from aava_rules.engine.table.columns import NO_HIGH, Bools, Code, Column, Days, Ints, Words, choose, code_where, unknown
from aava_rules.engine.table.forks import refuse_after_fork
from aava_rules.engine.table.input.load import Arrays, leave_out, loaded
from aava_rules.engine.table.input.schema import Source, read_tables
from aava_rules.engine.table.input.to_records import SourceTables, records_of
from aava_rules.engine.table.input.validate import ClientReader, InvalidRow, invalid_frame, orphans
from aava_rules.language.dates import FIRST_ORDINAL
from aava_rules.record.fields import client_fields, lists
from aava_rules.record.limits import LIMITS, Limits, exceeded


class Tables:
    """The clients of tables on one day of decision, in the rows of the table of clients.

    Attributes:
        sources: the tables as they came.
        on: the day of decision.
        vocabulary: the facts of the rulebook.
        size: how many clients there are (n).
        words: the numbers of words.
        ids: the id of each client.
        valid: shape (n,), bool, the clients that can be answered.
        invalid: a row for each fault of the others (columns as in `INVALID_SCHEMA`).

    Items are numbered client by client, without those of clients who are not valid, whose rows have nothing known in
    them.
    """

    def __init__(self, sources: SourceTables, arrays: Arrays, on: date, vocabulary: Vocabulary) -> None:
        self.sources, self.on, self.vocabulary = sources, on, vocabulary
        self.size = arrays.size
        self.words: Words = arrays.words
        self.ids: pl.Series = sources.clients.frame["id"]
        self.valid: Bools = np.ones(arrays.size, np.bool_)
        self.invalid: pl.DataFrame = invalid_frame([])
        self._arrays = arrays
        self._no_items = np.broadcast_to(np.int64(0), arrays.size + 1)
        self._valid_items: dict[str, Bools] = {}

    def refuse(self, refused: Bools, rows: list[InvalidRow]) -> None:
        """Leave out the clients of the mask ``refused`` (shape (n,), bool) and report their faults ``rows``.

        While loading only.
        """
        self.invalid = pl.concat([self.invalid, invalid_frame(rows)])
        if refused.any():
            self.valid = ~refused
            self._valid_items = leave_out(self._arrays, refused, self.sources.joined)

    # -- what rows are of

    def record(self, row: int) -> dict[str, Any]:
        """The client of ``row`` as a record of Python values, which means what the row means.

        The record path answers it the same. Of a client who is not valid it has what the tables have, so that
        reading it reports the faults.
        """
        refuse_after_fork()
        return next(records_of(self.sources, [row]))

    def starts_of(self, list_name: str) -> NDArray[np.int64]:
        """Where the items of each client in ``list_name`` begin, and where those of the last one end: shape (n + 1,),
        int64.
        """
        return self._arrays.starts.get(list_name, self._no_items)

    def client_of(self, list_name: str) -> NDArray[np.intp]:
        """The client of each item of ``list_name``, as its row: shape (m,), intp."""
        return np.repeat(np.arange(self.size), np.diff(self.starts_of(list_name)))

    def position_of(self, list_name: str) -> NDArray[np.int64]:
        """The number of each item of ``list_name`` in the list of its client, from 0: shape (m,), int64."""
        starts = self.starts_of(list_name)
        return np.arange(starts[-1]) - np.repeat(starts[:-1], np.diff(starts))

    def ids_of_items(self, list_name: str) -> pl.Series:
        """The id of each item of ``list_name``; null where it has none."""
        joined = self.sources.joined.get(list_name)
        if joined is None or "id" not in joined.read.specs:
            return pl.repeat(None, int(self.starts_of(list_name)[-1]), dtype=pl.String, eager=True).alias("id")
        valid = self._valid_items.get(list_name)
        ids = joined.read.frame["id"]
        return ids if valid is None else ids.filter(pl.Series(valid))

    # -- blocks

    def blocks(self, size: int) -> Iterator[Block]:
        """All clients in blocks of ``size`` clients, one after another."""
        for first in range(0, self.size, size):
            yield self.block(first, min(first + size, self.size))

    def block(self, first: int, last: int) -> Block:
        """The clients of the rows from ``first`` to ``last`` (excluded). Threads may ask for blocks at once."""
        arrays, rows = self._arrays, last - first
        complete = {place: clients[first:last] for place, clients in arrays.complete.items()}
        facts_on = arrays.clients.get("facts_on")
        today = self.on.toordinal()
        infos = client_fields()
        facts = {key.split(".")[1]: None for key in arrays.clients if key.startswith("facts.")}
        return Block(
            rows,
            self.on,
            self.vocabulary,
            self.words,
            LazyMapping(infos, lambda name: self._of_clients(f"client.{name}", infos[name].type, first, last)),
            LazyMapping(facts, lambda name: self._ready_made(name, first, last)),
            today if facts_on is None else _days_or(facts_on, today, first, last),
            LazyMapping(lists(), lambda name: self._items(name, first, last, complete)),
            complete,
            arrays.overflow[first:last].copy() if arrays.overflow[first:last].any() else None,
            LazyMapping(
                (name for name in facts if not self._has_bounds(name)),
                lambda name: arrays.clients[f"facts.{name}"].rows(first, last),
            ),
        )

    def _of_clients(self, key: str, kind: str, first: int, last: int) -> Column:
        values = self._arrays.clients.get(key)
        return unknown(kind, last - first) if values is None else values.column(first, last)

    def _has_bounds(self, name: str) -> bool:
        return any(f"facts.{name}{side}" in self._arrays.clients for side in (".at_least", ".at_most"))

    def _ready_made(self, name: str, first: int, last: int) -> Column:
        if self._has_bounds(name):
            return self._bounded(name, first, last)
        return self._arrays.clients[f"facts.{name}"].column(first, last)

    def _bounded(self, name: str, first: int, last: int) -> Column:
        """A fact of which some clients have bounds: they are 0 and none where they are not given."""
        rows = last - first
        value, low, high = (
            self._of_clients(f"facts.{name}{side}", "integer", first, last) for side in ("", ".at_least", ".at_most")
        )
        has_bounds = (low.codes() == Code.PRESENT) | (high.codes() == Code.PRESENT)
        code = np.where(has_bounds, np.uint8(Code.PRESENT), np.uint8(Code.UNKNOWN))
        least = np.where(low.codes() == Code.PRESENT, low.low, 0)
        most = np.where(high.codes() == Code.PRESENT, high.low, NO_HIGH)
        bounds = Column("integer", least, most, code)
        return choose(value.codes() == Code.PRESENT, value, choose(has_bounds, bounds, unknown("integer", rows)))

    def _items(self, name: str, first: int, last: int, complete: Mapping[tuple[str, str], Bools]) -> Items:
        arrays = self._arrays
        starts = self.starts_of(name)[first : last + 1]
        begin, end = int(starts[0]), int(starts[-1])
        client = np.repeat(np.arange(last - first), np.diff(starts))
        infos = lists()[name].fields

        def field(key: str) -> Column | Days:
            none = complete.get((name, key))
            values = arrays.items.get(name, {}).get(key)
            if infos[key].type == "dates":
                return _no_days(end - begin) if values is None else values.days(begin, end)
            absent = None if none is None else none[client] & ~self._follows_from_length(name, key, begin, end)
            if values is not None:
                return values.column(begin, end, absent)
            column = unknown(infos[key].type, end - begin)
            if absent is None or not absent.any():
                return column
            return Column(column.type, column.low, column.high, code_where(absent, Code.ABSENT, Code.UNKNOWN))

        since = _days_or(arrays.clients.get(f"from.{name}"), FIRST_ORDINAL, first, last)
        known = self.sources.known[name][first:last] & self.valid[first:last]
        return Items(client, starts - begin, known, since, LazyMapping(infos, field))

    def _follows_from_length(self, name: str, field: str, begin: int, end: int) -> Bools:
        """Of which items a last day that they lack does exist, as their length is known and their first day is not."""
        fields = self._arrays.items.get(name, {})
        length, reason = fields.get("length_months"), fields.get("ended_because")
        if length is None or field not in ("agreed_end", "end") or name != "periods":
            return np.zeros(end - begin, np.bool_)
        has_length: Bools = length.column(begin, end).codes() == Code.PRESENT
        if field == "agreed_end" or reason is None:
            return has_length
        reasons = reason.column(begin, end)
        as_agreed: Bools = (reasons.codes() != Code.PRESENT) | (reasons.low == self.words.number("completed"))
        return has_length & as_agreed


def _days_or(values: Values | None, otherwise: int, first: int, last: int) -> Ints:
    if values is None:
        return np.full(last - first, otherwise, np.int64)
    days = values.data[first:last].astype(np.int64)
    return days if values.present is None else np.where(values.present[first:last], days, otherwise)


def _no_days(rows: int) -> Days:
    return Days(np.zeros(rows + 1, np.int64), np.zeros(0, np.int64), np.zeros(rows, np.bool_))


def load(
    tables: Mapping[str, Source | pl.DataFrame | None], on: date, vocabulary: Vocabulary, limits: Limits = LIMITS,
    questions: Mapping[str, int] = MappingProxyType({}),
) -> Tables:  # fmt: skip
    """The tables ``clients``, ``benefits``, ``plans``, ``periods`` and ``events`` for a decision on one day.

    Args:
        tables: by name; a table that is left out is unknown of all clients. ``invalid`` may have rows about records
            that never came into tables (see `tables_of`).
        on: the day of decision.
        vocabulary: the facts of the rulebook.
        limits: how much one client may have.
        questions: the number of requirements and steps that are asked of each item, by list.

    Raises RecordError with every fault of a table as a whole, AdapterError for a table that cannot be read, and
    TypeError for what is no table.
    """
    refuse_after_fork()
    client_tables = {name: table for name, table in tables.items() if name != "invalid"}
    reads = read_tables(client_tables, vocabulary.parts)
    sources, arrays, suspects = loaded(reads)
    counts = {name: joined.counts for name, joined in sources.joined.items()}
    if counts:
        suspects.add(exceeded(limits, counts, questions))
    refused, rows = suspects.read_all(sources, ClientReader(vocabulary.parts, limits, questions))
    for name, joined in sources.joined.items():
        rows += orphans(name, joined)
    loaded_tables = Tables(sources, arrays, on, vocabulary)
    refused_before = tables.get("invalid")
    if isinstance(refused_before, pl.DataFrame):
        loaded_tables.invalid = refused_before
    loaded_tables.refuse(refused, rows)
    return loaded_tables
