"""The clients of a block whose records may hold something that does not fit together.

The notices themselves, with their texts and paths, are those of `aava_rules.decision.notices`, which reads the records
of these clients. Arrays may name more clients than have a notice, never fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import polars as pl

from aava_rules.compiler.plausible import LONGEST_LIFE
from aava_rules.engine.table.block import Block, Items, Rows, RowView
from aava_rules.engine.table.columns import NO_HIGH, Bools, Code, Column, Days, Ints, ScaleOverflow
from aava_rules.engine.table.dates import weekdays
from aava_rules.engine.table.evaluate.facts import derived_fact, stated_today

ItemIds = Mapping[str, pl.Series]
"""By list, the id of each item of a block; null where it has none."""


def with_notices(block: Block, ids: ItemIds) -> Bools:
    """The clients of ``block`` whose records may have a notice: shape (n,), bool.

    Facts are read, so a session must answer the block. ``ids`` are those of the items of lists that have ids.
    """
    named = block.overflow_mask.copy()
    of_facts = (_differing(block), _too_great(block), _more_than_in_all(block), _birth_dates(block))
    for clients in (mask for masks in of_facts for mask in masks):
        named |= clients
    for name, rows in _rows(block, ids):
        named[block.items[name].client[rows]] = True
    everybody: Bools = named | block.overflow_mask  # reading facts marks more of them
    return everybody


# -- facts


def _differing(block: Block) -> Iterator[Bools]:
    """Who gives a fact that follows from the record too, with another value."""
    for name in block.ready_made:
        plan = block.vocabulary.plan(name)
        stated = block.ready_made[name]
        if stated.void:
            continue
        if plan.client:
            following = block.client[name]
        elif plan.derivation is not None and not plan.concluded:
            following = derived_fact(RowView(block, block.on), plan)
        else:
            continue
        if not following.void:
            yield _unlike(stated, following) & stated_today(block, plan)


def _unlike(stated: Column, following: Column) -> Bools:
    """Where two values, or all values between bounds, exclude one another."""
    both: Bools = (stated.codes() != Code.UNKNOWN) & (following.codes() != Code.UNKNOWN)
    apart: Bools
    if stated.type == "set":
        apart = (following.low & ~stated.low) | (stated.low & ~following.high) != 0
    else:
        scale = max(stated.scale, following.scale)
        try:
            stated, following = stated.rescaled(scale), following.rescaled(scale)
        except ScaleOverflow:
            return both
        apart = (stated.low > following.high) | (following.low > stated.high)
    unlike: Bools = both & (apart | (following.codes() == Code.ABSENT))
    return unlike


def _too_great(block: Block) -> Iterator[Bools]:
    """Who gives a number that is greater than a day, a week, a life or the time has over which it is counted."""
    plausible = block.vocabulary.plausible
    for name in block.ready_made:
        limits = [limit for limit in (plausible.most.get(name), plausible.most_in_time.get(name)) if limit is not None]
        if limits:
            stated = block.ready_made[name]
            yield (stated.codes() == Code.PRESENT) & (stated.low > min(limits) * 10**stated.scale)


def _more_than_in_all(block: Block) -> Iterator[Bools]:
    """Who gives a total that is greater than one of which it is a part."""
    for name, wholes in block.vocabulary.plausible.wholes.items():
        for whole in wholes:
            if name in block.ready_made and whole in block.ready_made:
                part, total = block.ready_made[name], block.ready_made[whole]
                both = (part.codes() == Code.PRESENT) & (total.codes() == Code.PRESENT)
                yield both & (part.low > total.high)


def _birth_dates(block: Block) -> Iterator[Bools]:
    """Who was born after the day of decision, or longer ago than anybody has lived (or some weeks less)."""
    columns = [block.client["birth_date"]]
    if "birth_date" in block.ready_made:
        columns.append(block.ready_made["birth_date"])
    earliest = block.today - LONGEST_LIFE * 365
    for column in columns:
        if not column.void:
            yield (column.codes() == Code.PRESENT) & ((column.low > block.today) | (column.low <= earliest))


# -- rows


def _rows(block: Block, ids: ItemIds) -> Iterator[tuple[str, Rows]]:
    """By list, rows that do not fit together with themselves or with others."""
    for name, items in block.items.items():
        if not len(items):
            continue
        if name == "benefits":
            yield name, _overfull(items)
        if name == "periods":
            yield name, _overlapping(items, block)
            yield name, _attended_outside(items)
        if len(items) > 1:
            yield name, _alike(items, ids.get(name))
            yield name, _of_one_id(items, ids.get(name))


def _present(items: Items, *fields: str) -> Bools:
    """The rows in which all of these fields are known."""
    known = np.ones(len(items), np.bool_)
    for field in fields:
        column = items.column(field)
        if column.code is not None:
            known &= column.code == Code.PRESENT
    return known


def _overfull(items: Items) -> Rows:
    """Benefit rows with more paid days than weekdays, in all or on the days that no earlier row of the benefit has."""
    dated = np.flatnonzero(_present(items, "start", "end", "days"))
    start, end, days = (items.column(field).low[dated] for field in ("start", "end", "days"))
    too_many = days > weekdays(start, end + 1)
    several = ~too_many & _present(items, "kind")[dated]
    several[several] = _perhaps_overlapping(items.client[dated[several]], start[several], end[several])
    rows, kinds = dated[several], items.column("kind").low
    before, order = _latest_before(items.client[rows] * _KINDS + kinds[rows], start[several], end[several])
    rows, start, end, days = rows[order], start[several][order], end[several][order], days[several][order]
    shared = (start <= before) & (days > weekdays(np.maximum(start, before + 1), end + 1))
    return np.concatenate([dated[too_many], rows[shared]])


def _overlapping(items: Items, block: Block) -> Rows:
    """Periods of rehabilitative work that begin while an earlier one lasts."""
    kind = items.column("kind")
    work = _present(items, "kind", "start") & (kind.low == block.words.number("rehabilitative_work"))
    rows = np.flatnonzero(work)
    start, end = items.column("start").low[rows], items.column("end")
    goes_on = end.codes()[rows] != Code.PRESENT
    last = np.where(goes_on, np.maximum(start, block.today), end.low[rows])
    several = _perhaps_overlapping(items.client[rows], start, last)
    rows, start, last = rows[several], start[several], last[several]
    before, order = _latest_before(items.client[rows], start, last)
    return rows[order][start[order] <= before]


def _perhaps_overlapping(clients: Rows, start: Ints, end: Ints) -> Bools:
    """The rows of clients whose rows do not come one after another, each after the last day of those before it.

    Most registers are in that order, and sorting takes the most time of all. ``clients`` is in ascending order.
    """
    latest = np.maximum.accumulate(clients << _BITS | end)
    out_of_order = np.zeros(len(clients), np.bool_)
    out_of_order[1:] = start[1:] <= np.where(latest[:-1] >> _BITS == clients[1:], latest[:-1] & _DAY, 0)
    perhaps: Bools = np.isin(clients, clients[out_of_order]) if out_of_order.any() else out_of_order
    return perhaps


def _latest_before(groups: Rows | Ints, start: Ints, end: Ints) -> tuple[Ints, Rows]:
    """The latest last day of the earlier rows of the same group, and the order in which rows are earlier.

    Args:
        groups: shape (m,), int64, whose rows belong together.
        start: shape (m,), int64, the first day of each row.
        end: shape (m,), int64, the last day of each row.

    Returns: shape (m,), int64, in that order; 0 of the first row of each group. And the rows in that order.
    """
    order = np.lexsort((end, start, groups))
    number = np.cumsum(np.diff(groups[order], prepend=groups[order][:1]) != 0)
    latest = np.maximum.accumulate(number << _BITS | end[order])
    before = np.zeros(len(order), np.int64)
    before[1:] = np.where(latest[:-1] >> _BITS == number[1:], latest[:-1] & _DAY, 0)
    return before, order


def _attended_outside(items: Items) -> Rows:
    """Periods with days of attendance before their first day or after their last one."""
    days = items.days("attended_on")
    rows = np.flatnonzero(np.diff(days.starts))
    first, last = days.days[days.starts[rows]], days.days[days.starts[rows + 1] - 1]
    start, end = items.column("start"), items.column("end")
    early = (start.codes()[rows] == Code.PRESENT) & (first < start.low[rows])
    outside: Bools = early | ((end.codes()[rows] == Code.PRESENT) & (last > end.low[rows]))
    return rows[outside]


def _alike(items: Items, ids: pl.Series | None) -> Rows:
    """Rows of one client that say the same, and have no ids of their own."""
    # small numbers are spread over all bits first: those of clients and of words would make up for one another
    contents = (items.client.astype(np.uint64) + np.uint64(1)) * np.uint64(_ODD)
    contents ^= contents >> np.uint64(32)
    for name in items.fields:
        field = items.fields[name]
        if isinstance(field, Days) or field.void or name == "length_months":
            continue  # a length may stand for the last day of another row; days are compared where the rest is alike
        numbers = field.low.astype(np.uint64)
        if field.code is not None:
            numbers = np.where(field.code == Code.PRESENT, numbers, np.uint64(_NOTHING))
        contents = (contents ^ numbers) * np.uint64(_ODD)
        contents ^= contents >> np.uint64(32)
    rows = _repeated(contents)
    if ids is None or not len(rows):
        return rows
    frame = pl.DataFrame({"row": rows, "contents": contents[rows], "id": ids.gather(rows)})
    own = pl.col("id").drop_nulls().n_unique().over("contents")
    doubled: Rows = frame.filter(own < pl.len().over("contents"))["row"].to_numpy()
    return doubled


def _of_one_id(items: Items, ids: pl.Series | None) -> Rows:
    """Rows of one client that have one id."""
    if ids is None or ids.null_count() == len(ids):
        return np.zeros(0, np.intp)
    rows = np.flatnonzero(ids.is_not_null().to_numpy())
    keys = ids.hash().to_numpy()[rows] ^ (items.client[rows].astype(np.uint64) * np.uint64(_ODD))
    return rows[_repeated(keys)]


def _repeated(keys: np.ndarray[Any, np.dtype[np.uint64]]) -> Rows:
    """The rows whose key another row has too."""
    ordered = np.sort(keys)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(keys, again)) if len(again) else np.zeros(0, np.intp)


_BITS: Final = 22
"""Every day of the calendar is a number of so many bits."""
_DAY: Final = (1 << _BITS) - 1
_KINDS: Final = 1 << 32
"""More than there are numbers of words."""
_ODD: Final = 0x9E3779B97F4A7C15
_NOTHING: Final = NO_HIGH + 1
