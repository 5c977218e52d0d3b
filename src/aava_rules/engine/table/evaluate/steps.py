"""Which steps of the client path are done in the current round and on which day, and the day of decision held in an
item.

The same as `aava_rules.engine.reference.steps` and `Facts.day_in`, a column at a time. A round begins with the start of
the client relationship, or with a follow-up contact that finds a need of services; what happened before it does not
count. The day held inside an item is the day of decision, but not before the item's first day nor after its last one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np

from aava_rules.compiler.rounds import BEGUN, EARLIEST, EVENTS, LATER, RETURN_STEP
from aava_rules.engine.reference.steps import FIRST_STEP
from aava_rules.engine.table.block import Block, Items, LazyMapping, Rows, RowView
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Bools, Code, Column, Ints, between, code_where
from aava_rules.engine.table.evaluate.item_days import open_days
from aava_rules.engine.table.evaluate.later_plans import LaterPlans
from aava_rules.engine.table.evaluate.terms import compiled_test
from aava_rules.language.dates import FIRST_ORDINAL
from aava_rules.language.syntax import TRUE
from aava_rules.rulebook.model import Proof

T = TypeVar("T")

_NEVER = np.int64(NO_LOW)


class _Days:
    """The days on which one step was done in the current round, for every client.

    Attributes:
        sure: the last day on which it surely was (`NO_LOW` if on none): shape (n,), int64.
        first, last: the first and the last day on which it may have been besides (`NO_HIGH` and `NO_LOW` if on none).
    """

    __slots__ = ("_starts", "_today", "first", "last", "sure")

    def __init__(self, starts: tuple[Ints, Ints], today: int) -> None:
        """The rounds begin on one of the days between ``starts``; ``today`` is the day of decision."""
        self._starts, self._today = starts, today
        rows = len(starts[0])
        self.sure, self.last = np.full(rows, _NEVER, np.int64), np.full(rows, _NEVER, np.int64)
        self.first = np.full(rows, NO_HIGH, np.int64)

    def add(self, clients: Rows, low: Ints, high: Ints, surely: Bools) -> None:
        """Things of ``clients`` that may have been this step.

        Args:
            clients: shape (m,), intp.
            low: shape (m,), int64, the first day on which each may have been; `NO_LOW`: any.
            high: shape (m,), int64, the last such day; `NO_HIGH`: any.
            surely: shape (m,), bool, those that surely were this step, on a known day.
        """
        first, last = self._starts
        surely = surely & (last[clients] <= low) & (low <= self._today)
        np.maximum.at(self.sure, clients[surely], low[surely])
        low, high = np.maximum(low, first[clients]), np.minimum(high, self._today)
        perhaps = ~surely & (low <= high)
        np.minimum.at(self.first, clients[perhaps], low[perhaps])
        np.maximum.at(self.last, clients[perhaps], high[perhaps])

    def add_unlisted(self, last: Ints) -> None:
        """Things that lists may lack up to the days ``last``; `NO_LOW`: a list lacks none."""
        low = self._starts[0]
        perhaps = (last > _NEVER) & (low <= last)
        self.first = np.where(perhaps, np.minimum(self.first, low), self.first)
        self.last = np.where(perhaps, np.maximum(self.last, last), self.last)


def done(block: Block, step: str, which: str = "", by: str = "") -> Column:
    """Whether ``step`` is done in the current round, for every client of ``block`` (boolean).

    ``which`` and ``by`` ask of one round, and by what it is done: see `aava_rules.compiler.rounds`.
    """
    if which == BEGUN:
        return _cached(block, "round begun", lambda: _begun(round_starts(block)))
    return _cached(block, ("done", step, which, by), lambda: _done(_days(block, step, which, by)))


def _begun(starts: RoundStarts) -> Column:
    no = np.zeros(len(starts.first), np.int64)
    return Column("boolean", no, no, code_where(starts.first == starts.last, Code.PRESENT, Code.UNKNOWN))


def _done(days: _Days) -> Column:
    is_done = days.sure > _NEVER
    value = is_done.astype(np.int64)
    return Column("boolean", value, value, code_where(is_done | (days.last == _NEVER), Code.PRESENT, Code.UNKNOWN))


def date_of(block: Block, step: str, which: str = "") -> Column:
    """The day on which ``step`` was last done in the current round, for every client of ``block``; absent if it was
    not. ``which`` asks of one round: see `aava_rules.compiler.rounds`.
    """
    return _cached(block, ("date of", step, which), lambda: _date_of(_days(block, step, which, "")))


def _date_of(days: _Days) -> Column:
    is_done, perhaps = days.sure > _NEVER, days.last > _NEVER
    if not perhaps.any():
        return Column("date", days.sure, days.sure, code_where(is_done, Code.PRESENT, Code.ABSENT))
    low = np.where(is_done, days.sure, np.where(days.first == FIRST_ORDINAL, NO_LOW, days.first))
    # a step that is done again on the day of decision leaves no other day open
    high = np.where(is_done, np.maximum(days.sure, days.last), days.last)
    return between("date", low, high, code_where(is_done, Code.PRESENT, code_where(perhaps, Code.MAYBE, Code.ABSENT)))


def _cached(block: Block, key: Hashable, work_out: Callable[[], T]) -> T:
    """The value under ``key``, computed once a block."""
    if key not in block.memo:
        block.memo[key] = work_out()
    value: T = block.memo[key]
    return value


class RoundStarts(NamedTuple):
    """The days on which the current round of each client may have begun: see `aava_rules.engine.reference.steps`.

    Attributes:
        first, second, last: shape (n,), int64, ordinals; that of FIRST_DAY: no round has begun.
        listed: shape (n,), bool, whether an event that is listed may have opened a later one.
        alone: shape (n,), bool, whether one event alone is in doubt.
    """

    first: Ints
    second: Ints
    last: Ints
    listed: Bools
    alone: Bools

    def of(self, which: str) -> tuple[Ints, Ints]:
        """The first and the last day on which a round may have begun, both of shape (n,), int64.

        ``which`` says of any round, of the earliest one, or of a later one.
        """
        if which == EARLIEST:
            return self.first, self.first
        return (self.second if which == LATER else self.first), self.last


def round_starts(block: Block) -> RoundStarts:
    """The days on which the current round of each client of ``block`` may have begun."""
    return _cached(block, "round", lambda: _begin(block))


def round_open(block: Block) -> Bools:
    """For which clients of ``block`` an event that is listed may have opened a later round: shape (n,), bool."""
    return round_starts(block).listed


def block_in(block: Block, which: str) -> Block:
    """The clients of ``block`` as they are where the current round is ``which`` of those that it may be.

    Of the earliest one contacts in doubt found no need of services; the only one in doubt began a later one.
    """
    return _cached(block, ("in round", which), lambda: _block_in(block, which)) or block


def _block_in(block: Block, which: str) -> Block | None:
    """The clients as they are in a round; None if that is no other than is known of them."""
    events = block.items["events"]
    if not len(events):
        return None
    starts = round_starts(block)
    name, on, needs = events.column("step"), events.column("on"), events.column("needs_services")
    contact = (name.codes() == Code.PRESENT) & (name.low == block.words.number(RETURN_STEP))
    in_doubt = contact & (needs.codes() == Code.UNKNOWN) & (on.codes() == Code.PRESENT)
    in_doubt &= (starts.first[events.client] < on.low) & (on.low <= block.today)
    if which == LATER:
        in_doubt &= starts.alone[events.client]
    if not in_doubt.any():
        return None
    truth = np.where(in_doubt, np.int64(which == LATER), needs.low)
    column = Column("boolean", truth, truth, code_where(in_doubt, Code.PRESENT, needs.codes()))
    fields = LazyMapping(events.fields, lambda field: column if field == "needs_services" else events.fields[field])
    items = {**block.items, "events": replace(events, fields=fields)}
    return replace(block, items=items, memo={})


def _unlisted(block: Block, items: Items) -> Ints:
    """The last day, up to that of decision, of which each client's list may lack items; `NO_LOW` if it lacks none."""
    until = np.where(items.complete_from > FIRST_ORDINAL, np.minimum(items.complete_from - 1, block.today), _NEVER)
    return np.where(items.known, until, block.today)


def _begin(block: Block) -> RoundStarts:
    events = block.items["events"]
    first = np.full(block.size, FIRST_ORDINAL, np.int64)
    unlisted = _unlisted(block, events)
    if not len(events):
        last = np.maximum(first, unlisted)
        none = np.zeros(block.size, np.bool_)
        return RoundStarts(first, np.minimum(first + 1, last), last, none, none)
    step, on, needs = events.column("step"), events.column("on"), events.column("needs_services")
    named, dated = step.codes() == Code.PRESENT, on.codes() == Code.PRESENT
    begins = named & (step.low == block.words.number(FIRST_STEP))
    back = named & (step.low == block.words.number(RETURN_STEP))
    needed, may_need = _needs(needs)
    counted = np.where(dated, on.low <= block.today, on.codes() == Code.UNKNOWN)
    opens = counted & (begins | (step.codes() == Code.UNKNOWN) | (back & may_need))
    surely = opens & dated & (begins | (back & needed))
    np.maximum.at(first, events.client[surely], on.low[surely])
    last = np.maximum(first, unlisted)
    doubt = opens & ~surely
    np.maximum.at(last, events.client[doubt], np.where(dated, on.low, block.today)[doubt])
    # of each client the earliest of the days in doubt, and how many there are; of one that is not known, any day
    later = doubt & dated & (on.low > first[events.client])
    second, many = np.full(block.size, NO_HIGH, np.int64), np.zeros(block.size, np.int64)
    np.minimum.at(second, events.client[later], on.low[later])
    np.add.at(many, events.client[later], 1)
    undated = np.zeros(block.size, np.bool_)
    undated[events.client[doubt & ~dated]] = True
    any_day = undated | (unlisted > first)
    second = np.minimum(np.where(any_day, first + 1, second), last)
    return RoundStarts(first, second, last, undated | (many > 0), (many == 1) & ~any_day)


def _needs(needs: Column) -> tuple[Bools, Bools]:
    """The events in which services surely were needed, and those in which they may have been."""
    code = needs.codes()
    needed: Bools = (code == Code.PRESENT) & (needs.low == 1)
    return needed, needed | (code == Code.UNKNOWN)


def _days(block: Block, step: str, which: str, by: str) -> _Days:
    return _cached(block, ("step", step, which, by), lambda: _search(block, step, which, by))


def _search(block: Block, step: str, which: str, by: str) -> _Days:
    days = _Days(round_starts(block).of(which), block.today)
    if by in ("", EVENTS):
        _from_events(block, step, which, days)
    definition = block.parts.steps.get(step)
    for number, proof in enumerate(definition.proof if definition else ()):
        if by in ("", str(number)):
            _from_proof(block, proof, days)
    return days


def _from_events(block: Block, step: str, which: str, days: _Days) -> None:
    events = block.items["events"]
    days.add_unlisted(_unlisted(block, events))
    if not len(events):
        return
    name, on, needs = events.column("step"), events.column("on"), events.column("needs_services")
    named, dated = name.codes() == Code.PRESENT, on.codes() == Code.PRESENT
    of_step = named & (name.low == block.words.number(step))
    may = (of_step | (name.codes() == Code.UNKNOWN)) & (on.codes() != Code.ABSENT)
    surely = of_step & dated
    if step == RETURN_STEP:
        # a contact that opens a round closes the one before, whichever is the current one
        opened, may_open = _needs(needs)
        starts = round_starts(block)
        # where the current round is another one, an event in doubt did or did not open it
        in_doubt = np.where(named, of_step & may_open, name.codes() == Code.UNKNOWN) & ~opened & dated
        in_doubt &= (starts.first[events.client] < on.low) & (on.low <= block.today)
        if which == EARLIEST:
            may_open = may_open & ~in_doubt
        elif which == LATER:
            opened = opened | (in_doubt & starts.alone[events.client])
        may &= ~opened
        surely &= ~may_open
    _add(days, events, np.where(dated, on.low, NO_LOW), np.where(dated, on.low, NO_HIGH), may, surely)


def _from_proof(block: Block, proof: Proof, days: _Days) -> None:
    items: Items = block.items[proof.over]
    days.add_unlisted(_unlisted(block, items))
    if not len(items):
        return
    day = items.column(proof.field)
    code = day.codes()
    dated = code == Code.PRESENT
    truth = compiled_test(proof.where or TRUE)(RowView(block, block.on, None, proof.over, np.arange(len(items))))
    low, high = open_days(block, proof.over, proof.field)
    may = (code != Code.ABSENT) & ~truth.fails
    _add(days, items, np.where(dated, day.low, low), np.where(dated, day.low, high), may, dated & truth.holds)


def _add(days: _Days, items: Items, low: Ints, high: Ints, may: Bools, surely: Bools) -> None:
    """Add those of ``items`` that ``may`` be the step; see `_Days.add`."""
    rows = np.flatnonzero(may)
    days.add(items.client[rows], low[rows], high[rows], surely[rows])


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
    plans = view.items[rows]
    later: LaterPlans = _cached(view.block, "later plans", lambda: LaterPlans(items))
    # another plan, of unknown kind or day or not even listed, may have ended this one at any time
    since = items.complete_from[items.client[plans]]
    any_day = (since > FIRST_ORDINAL) & (~later.dated[plans] | (later.made_on[plans] < since - 1))
    any_day |= later.undated(plans)
    first[rows] = np.where(any_day, FIRST_ORDINAL, _day_before(later.may_follow(plans)))
    last[rows] = _day_before(later.surely_follow(plans))
    return first, last


def _day_before(days: Ints) -> Ints:
    """The days before ``days``, shape (n,), int64; where there is none (`NO_HIGH`), none."""
    return np.where(days == NO_HIGH, NO_HIGH, days - 1)
