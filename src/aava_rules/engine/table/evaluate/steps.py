"""Which steps of the client path are done in the current round, and on which day; the same as `aava_rules.steps`.

The day of decision held inside an item: its first day before it, its last day after it.

The same as `Facts.day_in`, a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from aava_rules.engine.reference.steps import FIRST_STEP, RETURN_STEP
from aava_rules.engine.table.block import Block, Items, Rows, RowView
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Bools, Code, Column, Ints, between, code_where
from aava_rules.engine.table.evaluate.tests import compiled_test
from aava_rules.language.dates import FIRST_ORDINAL
from aava_rules.language.syntax import TRUE
from aava_rules.rulebook.model import Proof

T = TypeVar("T")

_NEVER = np.int64(NO_LOW)


@dataclass(slots=True, eq=False)
class _Found:
    """The last day on which a step was surely done (`NO_LOW` if on none), and whether there may be others."""

    last: Ints
    doubtful: Bools


def done(block: Block, step: str) -> Column:
    """Whether the step is done in the current round, for every client."""
    return _once(block, ("done", step), lambda: _done(_days(block, step)))


def _done(found: _Found) -> Column:
    is_done = found.last > _NEVER
    value = is_done.astype(np.int64)
    return Column("boolean", value, value, code_where(is_done | ~found.doubtful, Code.PRESENT, Code.UNKNOWN))


def date_of(block: Block, step: str) -> Column:
    """The day on which the step was last done in the current round, absent if it was not."""
    return _once(block, ("date of", step), lambda: _date_of(_days(block, step), block.today))


def _date_of(found: _Found, today: int) -> Column:
    is_done = found.last > _NEVER
    if not found.doubtful.any():
        return Column("date", found.last, found.last, code_where(is_done, Code.PRESENT, Code.ABSENT))
    high = np.where(is_done, np.where(found.doubtful, today, found.last), NO_HIGH)
    # found again on the day of decision, an open day is a known one
    code = code_where(is_done, Code.PRESENT, code_where(found.doubtful, Code.UNKNOWN, Code.ABSENT))
    return Column("date", found.last, high, code)


def round_start(block: Block) -> tuple[Ints, Bools]:
    """The first day of each client's current round (`FIRST_DAY` if none has begun), and where it is not known."""
    return _once(block, "round", lambda: _begin(block))


def _once(block: Block, key: Hashable, work_out: Callable[[], T]) -> T:
    """What is worked out once for all rows of a block."""
    if key not in block.memo:
        block.memo[key] = work_out()
    found: T = block.memo[key]
    return found


def _begin(block: Block) -> tuple[Ints, Bools]:
    events = block.items["events"]
    start = np.full(block.size, FIRST_ORDINAL, np.int64)
    unknown = ~events.known | (events.complete_from > start)
    if not len(events):
        return start, unknown
    step, on, needs = events.column("step"), events.column("on"), events.column("needs_services")
    named, dated = step.codes() == Code.PRESENT, on.codes() == Code.PRESENT
    first = named & (step.low == block.words.number(FIRST_STEP))
    back = named & (step.low == block.words.number(RETURN_STEP))
    needs_known = needs.codes() == Code.PRESENT
    needed = needs_known & (needs.low == 1)
    counted = ~dated | (on.low <= block.today)
    opens = counted & (first | ~named | (back & ~(needs_known & (needs.low == 0))))
    surely = opens & dated & (first | (back & needed))
    np.maximum.at(start, events.client[surely], on.low[surely])
    doubt = opens & ~surely
    later = doubt & (~dated | (on.low > start[events.client]))
    unknown = ~events.known | (events.complete_from > start)
    unknown[events.client[later]] = True
    return start, unknown


def _days(block: Block, step: str) -> _Found:
    return _once(block, ("step", step), lambda: _search(block, step))


def _search(block: Block, step: str) -> _Found:
    start, unknown = round_start(block)
    found = _Found(np.full(block.size, _NEVER, np.int64), np.zeros(block.size, np.bool_))
    _from_events(block, step, start, found)
    definition = block.parts.steps.get(step)
    for proof in definition.proof if definition else ():
        _from_proof(block, proof, start, found)
    found.last[unknown] = _NEVER
    found.doubtful |= unknown
    return found


def _from_events(block: Block, step: str, start: Ints, found: _Found) -> None:
    events = block.items["events"]
    if not len(events):
        return
    name, on, needs = events.column("step"), events.column("on"), events.column("needs_services")
    named, dated = name.codes() == Code.PRESENT, on.codes() == Code.PRESENT
    begin = start[events.client]
    counts = (~named | (name.low == block.words.number(step))) & (
        ~dated | ((begin <= on.low) & (on.low <= block.today))
    )
    if step == RETURN_STEP:
        # the contact that opened this round closed the one before
        counts &= ~(dated & (on.low == begin) & (needs.codes() == Code.PRESENT) & (needs.low == 1))
    surely = counts & named & dated
    np.maximum.at(found.last, events.client[surely], on.low[surely])
    found.doubtful[events.client[counts & ~surely]] = True


def _from_proof(block: Block, proof: Proof, start: Ints, found: _Found) -> None:
    items: Items = block.items[proof.over]
    found.doubtful |= ~items.known | (items.complete_from > start)
    if not len(items):
        return
    day = items.column(proof.field)
    code = day.codes()
    dated = code == Code.PRESENT
    truth = compiled_test(proof.where or TRUE)(RowView(block, block.on, None, proof.over, np.arange(len(items))))
    begin = start[items.client]
    counts = (code != Code.ABSENT) & (~dated | ((begin <= day.low) & (day.low <= block.today))) & ~truth.fails
    surely = counts & dated & truth.holds
    np.maximum.at(found.last, items.client[surely], day.low[surely])
    found.doubtful[items.client[counts & ~surely]] = True


def day_in(view: RowView) -> Column:
    """The day of decision held inside the item of each row, between the days on which the item may end."""
    found: Column | None = view.memo.get("day in")
    if found is None:
        found = view.memo["day in"] = _day_in(view)
    return found


def _day_in(view: RowView) -> Column:
    periods = view.list_name == "periods"
    assert view.items is not None
    start = view.block.items[view.list_name].column("start" if periods else "made_on").take(view.items)
    dated = start.codes() == Code.PRESENT
    first, last = _last_days_of_periods(view) if periods else _last_days_of_plans(view)
    on = view.block.today
    # an end that is none lies after the day of decision
    until_low, until_high = np.minimum(on, first), np.minimum(on, last)
    low = np.where(dated, np.maximum(start.low, until_low), np.where(first == FIRST_ORDINAL, NO_LOW, until_low))
    high = np.where(dated, np.maximum(start.low, until_high), last)
    begins_later = dated & (on <= start.low)
    low, high = np.where(begins_later, start.low, low), np.where(begins_later, start.low, high)
    return between("date", low, high)


def _last_days_of_periods(view: RowView) -> tuple[Ints, Ints]:
    """The earliest and the latest last day (`NO_HIGH`: it goes on; `FIRST_DAY` as the earliest: any day)."""
    items = view.block.items["periods"]
    assert view.items is not None
    end, length = items.column("end").take(view.items), items.column("length_months").take(view.items)
    ended, limited = end.codes() == Code.PRESENT, length.codes() == Code.PRESENT
    last = np.where(ended, end.low, NO_HIGH)
    return np.where(~ended & limited, FIRST_ORDINAL, last), last


def _last_days_of_plans(view: RowView) -> tuple[Ints, Ints]:
    items = view.block.items["plans"]
    assert view.items is not None
    ends = items.column("ends_on").take(view.items)
    ended = ends.codes() == Code.PRESENT
    first = np.where(ended, ends.low, NO_HIGH)
    last = first.copy()
    rows = np.flatnonzero(~ended)
    mine, others = _pairs(view, rows)
    made, kind = items.column("made_on"), items.column("kind")
    made_there, kind_there = made.codes() == Code.PRESENT, kind.codes() == Code.PRESENT
    plans = view.items[rows]
    here = plans[mine]
    both_dated, both_kinds = made_there[here] & made_there[others], kind_there[here] & kind_there[others]
    later = made.low[others] > made.low[here]
    like = kind.low[others] == kind.low[here]
    may = ~(both_kinds & ~like) & (~both_dated | later)
    surely = may & both_dated & both_kinds
    # another plan, of unknown kind or day or not even listed, may have ended this one at any time
    ends_by = np.where(made_there[others], made.low[others] - 1, FIRST_ORDINAL)
    since = items.complete_from[items.client[plans]]
    any_day = (since > FIRST_ORDINAL) & (~made_there[plans] | (made.low[plans] < since - 1))
    any_day[mine[may & ~made_there[others]]] = True
    first[rows] = np.where(any_day, FIRST_ORDINAL, _least(mine, ends_by, may, len(rows)))
    last[rows] = _least(mine, ends_by, surely, len(rows))
    return first, last


def _least(rows: Rows, days: Ints, counted: Bools, size: int) -> Ints:
    """The least of the days that are counted in each row; `NO_HIGH` where there are none."""
    found = np.full(size, NO_HIGH, np.int64)
    np.minimum.at(found, rows[counted], days[counted])
    return found


def _pairs(view: RowView, rows: Rows) -> tuple[Rows, Rows]:
    """Every other plan of the client of each of these rows: the number among the rows, and the plan."""
    items = view.block.items["plans"]
    assert view.items is not None
    plans = view.items[rows]
    begin = items.starts[items.client[plans]]
    counts = items.starts[items.client[plans] + 1] - begin
    mine = np.repeat(np.arange(len(rows)), counts)
    others = np.repeat(begin - (np.cumsum(counts) - counts), counts) + np.arange(len(mine))
    apart = others != plans[mine]
    return mine[apart], others[apart]
