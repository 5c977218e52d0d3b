"""Which steps of the client path are done in the current round and on which day, and the day of decision held in an
item.

The same as `aava_rules.engine.reference.steps` and `Facts.day_in`, a column at a time. A round begins with the start of
the client relationship, or with a follow-up contact that finds a need of services; what happened before it does not
count. The day held inside an item is the day of decision, but not before the item's first day nor after its last one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from aava_rules.engine.reference.steps import FIRST_STEP, RETURN_STEP
from aava_rules.engine.table.block import Block, Items, Rows, RowView
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Bools, Code, Column, Ints, between, code_where
from aava_rules.engine.table.evaluate.terms import compiled_test
from aava_rules.language.dates import FIRST_ORDINAL
from aava_rules.language.syntax import TRUE
from aava_rules.rulebook.model import Proof

T = TypeVar("T")

_NEVER = np.int64(NO_LOW)


@dataclass(slots=True, eq=False)
class _LastDays:
    """The last day on which a step was surely done (`NO_LOW` if on none), and whether there may be others."""

    last: Ints
    uncertain: Bools


def done(block: Block, step: str) -> Column:
    """Whether ``step`` is done in the current round, for every client of ``block`` (boolean)."""
    return _cached(block, ("done", step), lambda: _done(_days(block, step)))


def _done(days: _LastDays) -> Column:
    is_done = days.last > _NEVER
    value = is_done.astype(np.int64)
    return Column("boolean", value, value, code_where(is_done | ~days.uncertain, Code.PRESENT, Code.UNKNOWN))


def date_of(block: Block, step: str) -> Column:
    """The day on which ``step`` was last done in the current round, for every client of ``block``; absent if it was
    not.
    """
    return _cached(block, ("date of", step), lambda: _date_of(_days(block, step), block.today))


def _date_of(days: _LastDays, today: int) -> Column:
    is_done = days.last > _NEVER
    if not days.uncertain.any():
        return Column("date", days.last, days.last, code_where(is_done, Code.PRESENT, Code.ABSENT))
    high = np.where(is_done, np.where(days.uncertain, today, days.last), NO_HIGH)
    # a step that is done again on the day of decision leaves no other day open
    code = code_where(is_done, Code.PRESENT, code_where(days.uncertain, Code.UNKNOWN, Code.ABSENT))
    return Column("date", days.last, high, code)


def round_start(block: Block) -> tuple[Ints, Bools]:
    """The first day of the current round of each client of ``block``, and where it is not known.

    Returns: ordinals of shape (n,), int64 (that of FIRST_DAY if no round has begun), and a mask of shape (n,), bool.
    """
    return _cached(block, "round", lambda: _begin(block))


def _cached(block: Block, key: Hashable, work_out: Callable[[], T]) -> T:
    """The value under ``key``, computed once a block."""
    if key not in block.memo:
        block.memo[key] = work_out()
    value: T = block.memo[key]
    return value


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
    needed, may_need = _needs(needs)
    counted = ~dated | (on.low <= block.today)
    opens = counted & (first | ~named | (back & may_need))
    surely = opens & dated & (first | (back & needed))
    np.maximum.at(start, events.client[surely], on.low[surely])
    doubt = opens & ~surely
    later = doubt & (~dated | (on.low > start[events.client]))
    unknown = ~events.known | (events.complete_from > start)
    unknown[events.client[later]] = True
    return start, unknown


def _needs(needs: Column) -> tuple[Bools, Bools]:
    """The events in which services surely were needed, and those in which they may have been."""
    code = needs.codes()
    needed: Bools = (code == Code.PRESENT) & (needs.low == 1)
    return needed, needed | (code == Code.UNKNOWN)


def _days(block: Block, step: str) -> _LastDays:
    return _cached(block, ("step", step), lambda: _search(block, step))


def _search(block: Block, step: str) -> _LastDays:
    start, unknown = round_start(block)
    days = _LastDays(np.full(block.size, _NEVER, np.int64), np.zeros(block.size, np.bool_))
    _from_events(block, step, start, days)
    definition = block.parts.steps.get(step)
    for proof in definition.proof if definition else ():
        _from_proof(block, proof, start, days)
    days.last[unknown] = _NEVER
    days.uncertain |= unknown
    return days


def _from_events(block: Block, step: str, start: Ints, days: _LastDays) -> None:
    events = block.items["events"]
    if not len(events):
        return
    name, on, needs = events.column("step"), events.column("on"), events.column("needs_services")
    named, dated = name.codes() == Code.PRESENT, on.codes() == Code.PRESENT
    begin = start[events.client]
    counts = (~named | (name.low == block.words.number(step))) & (
        ~dated | ((begin <= on.low) & (on.low <= block.today))
    )
    surely = counts & named & dated
    if step == RETURN_STEP:
        # the contact that opened this round closed the one before
        needed, may_need = _needs(needs)
        on_first_day = dated & (on.low == begin)
        counts &= ~(on_first_day & needed)
        surely &= ~(on_first_day & may_need)
    np.maximum.at(days.last, events.client[surely], on.low[surely])
    days.uncertain[events.client[counts & ~surely]] = True


def _from_proof(block: Block, proof: Proof, start: Ints, days: _LastDays) -> None:
    items: Items = block.items[proof.over]
    days.uncertain |= ~items.known | (items.complete_from > start)
    if not len(items):
        return
    day = items.column(proof.field)
    code = day.codes()
    dated = code == Code.PRESENT
    truth = compiled_test(proof.where or TRUE)(RowView(block, block.on, None, proof.over, np.arange(len(items))))
    begin = start[items.client]
    counts = (code != Code.ABSENT) & (~dated | ((begin <= day.low) & (day.low <= block.today))) & ~truth.fails
    surely = counts & dated & truth.holds
    np.maximum.at(days.last, items.client[surely], day.low[surely])
    days.uncertain[items.client[counts & ~surely]] = True


def day_in(view: RowView) -> Column:
    """The day of decision held inside the item of each row of ``view``, between the days on which the item may end."""
    column: Column | None = view.memo.get("day in")
    if column is None:
        column = view.memo["day in"] = _day_in(view)
    return column


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
    end, length, reason = (items.column(name).take(view.items) for name in ("end", "length_months", "ended_because"))
    ended = end.codes() == Code.PRESENT
    # it has a last day that nobody has recorded, or that rests on an unknown first one
    any_day = ~ended & ((length.codes() == Code.PRESENT) | (reason.codes() == Code.PRESENT))
    last = np.where(ended, end.low, NO_HIGH)
    return np.where(any_day, FIRST_ORDINAL, last), last


def _last_days_of_plans(view: RowView) -> tuple[Ints, Ints]:
    items = view.block.items["plans"]
    assert view.items is not None
    ends = items.column("ends_on").take(view.items)
    ended = ends.codes() == Code.PRESENT
    first = np.where(ended, ends.low, NO_HIGH)
    last = first.copy()
    rows = np.flatnonzero(~ended)
    row, later_plan = _pairs(view, rows)
    made_on, kind = items.column("made_on"), items.column("kind")
    is_dated, has_kind = made_on.codes() == Code.PRESENT, kind.codes() == Code.PRESENT
    plans = view.items[rows]
    here = plans[row]
    both_dated, both_kinds = is_dated[here] & is_dated[later_plan], has_kind[here] & has_kind[later_plan]
    later = made_on.low[later_plan] > made_on.low[here]
    like = kind.low[later_plan] == kind.low[here]
    may = ~(both_kinds & ~like) & (~both_dated | later)
    surely = may & both_dated & both_kinds
    # another plan, of unknown kind or day or not even listed, may have ended this one at any time
    ends_by = np.where(is_dated[later_plan], made_on.low[later_plan] - 1, FIRST_ORDINAL)
    since = items.complete_from[items.client[plans]]
    any_day = (since > FIRST_ORDINAL) & (~is_dated[plans] | (made_on.low[plans] < since - 1))
    any_day[row[may & ~is_dated[later_plan]]] = True
    first[rows] = np.where(any_day, FIRST_ORDINAL, _least(row, ends_by, may, len(rows)))
    last[rows] = _least(row, ends_by, surely, len(rows))
    return first, last


def _least(rows: Rows, days: Ints, counted: Bools, size: int) -> Ints:
    """The least of the days that are counted in each row; `NO_HIGH` where there are none."""
    least = np.full(size, NO_HIGH, np.int64)
    np.minimum.at(least, rows[counted], days[counted])
    return least


def _pairs(view: RowView, rows: Rows) -> tuple[Rows, Rows]:
    """Every other plan of the client of each of these rows: the number among the rows, and the plan."""
    items = view.block.items["plans"]
    assert view.items is not None
    plans = view.items[rows]
    begin = items.starts[items.client[plans]]
    counts = items.starts[items.client[plans] + 1] - begin
    row = np.repeat(np.arange(len(rows)), counts)
    plan = np.repeat(begin - (np.cumsum(counts) - counts), counts) + np.arange(len(row))
    apart = plan != plans[row]
    return row[apart], plan[apart]
