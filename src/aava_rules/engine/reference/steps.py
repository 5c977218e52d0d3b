"""Which steps of the client path are done in the current round, and on which day.

A round begins with the start of the client relationship, or with a follow-up contact that finds a
need of services. A step is done by an event of its name or by a list item that proves it. Where it is not known
on which day the round began, what lies in it whichever day that was is known all the same.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from aava_rules.compiler.rounds import BEGUN, EARLIEST, EVENTS, LATER, RETURN_STEP
from aava_rules.engine.reference.evaluate import tester
from aava_rules.engine.reference.item_days import follows_from_length, open_day
from aava_rules.engine.reference.scope import FactValues, Scope, Tester
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.syntax import TRUE
from aava_rules.language.values import FIRST_DAY, NONE, UNKNOWN, interval, or_absent
from aava_rules.record import Record
from aava_rules.record.items import unchecked_copy
from aava_rules.rulebook.model import Proof, StepDef

FIRST_STEP = "client_relationship_starts"


class Steps:
    """The steps of one record on one day. Events after the day of decision are not counted."""

    def __init__(self, facts: FactValues, definitions: dict[str, StepDef]) -> None:
        self._facts = facts
        self._definitions = definitions
        self._days_of: dict[tuple[str, str, str], _Days] = {}
        self._dates: dict[tuple[str, str], Any] = {}
        self._round: _Starts | None = None

    def round_start(self) -> Any:
        """The first day of the current round; FIRST_DAY if no round has begun, or UNKNOWN."""
        starts = self._starts()
        return starts.first if starts.first == starts.last else UNKNOWN

    @property
    def round_open(self) -> bool:
        """Whether an event that is listed may have opened a round later than the earliest that may be the current one.

        Of events that are not listed everything may be otherwise, so that no answer is one and the same for them.
        """
        return self._starts().listed

    def record_in(self, which: str) -> Record:
        """The record as it is where the current round is ``which`` of those that it may be.

        Of the earliest one a contact in doubt found no need of services; the only one in doubt began a later one.
        """
        record, starts = self._facts.record, self._starts()
        if not starts.listed or (which == LATER and not starts.alone):
            return record
        events = [
            unchecked_copy(event, {"needs_services": which == LATER}) if self._in_doubt(event) else event
            for event in record.events or ()
        ]
        changed = any(event is not old for event, old in zip(events, record.events or (), strict=True))
        return unchecked_copy(record, {"events": tuple(events)}) if changed else record

    def _in_doubt(self, event: Any) -> bool:
        """Whether an event is a contact of which it is not known whether it opened a later round than the earliest."""
        is_later = event.on is not None and self._starts().first < event.on <= self._facts.on
        return is_later and event.step == RETURN_STEP and self._finds_need(event) is None

    def _starts(self) -> _Starts:
        if self._round is None:
            self._round = self._begin()
        return self._round

    def _begin(self) -> _Starts:
        on = self._facts.on
        first = FIRST_DAY
        unlisted = self._unlisted("events") or FIRST_DAY
        doubtful: list[date | None] = []  # None: a day that is not known
        for event in self._facts.record.events or ():
            if event.on is not None and event.on > on:
                continue
            opens = self._opens_round(event)
            if opens is False or (event.on is None and self._known_none("events", "on")):
                continue
            if opens and event.on is not None:
                first = max(first, event.on)
            else:
                doubtful.append(event.on)
        later = [day for day in doubtful if day is not None and day > first]
        last = max([first, unlisted, *later, *([on] if None in doubtful else [])])
        if None in doubtful or unlisted > first:
            return _Starts(first, min(first + ONE_DAY, last), last, bool(later) or None in doubtful, alone=False)
        return _Starts(first, min(later, default=last), last, bool(later), alone=len(later) == 1)

    def _opens_round(self, event: Any) -> bool | None:
        """Whether an event begins a round, whenever it took place; None if that is not known."""
        if event.step != RETURN_STEP:
            return None if event.step is None and not self._known_none("events", "step") else event.step == FIRST_STEP
        return self._finds_need(event)

    def _finds_need(self, event: Any) -> bool | None:
        """Whether an event found a need of services; None if that is not known."""
        if event.needs_services is None:
            return False if self._known_none("events", "needs_services") else None
        return bool(event.needs_services)

    def _known_none(self, list_name: str, field: str) -> bool:
        """Whether an item that lacks ``field`` has none."""
        return (list_name, field) in self._facts.record.complete_fields

    def _unlisted(self, list_name: str) -> date | None:
        """The last day, up to that of decision, of which a list may lack items; None if it lacks none."""
        record, on = self._facts.record, self._facts.on
        if getattr(record, list_name) is None:
            return on
        since: date = record.complete_from.get(list_name, FIRST_DAY)
        return None if since == FIRST_DAY else min(since - ONE_DAY, on)

    def done(self, step: str, which: str = "", by: str = "") -> Any:
        """Whether ``step`` is done in the current round: True, False or UNKNOWN.

        ``which`` and ``by`` ask of one round, and by what it is done: see `compiler.rounds`.
        """
        if which == BEGUN:
            starts = self._starts()
            return UNKNOWN if starts.first != starts.last else False
        days = self._days(step, which, by)
        if days.sure:
            return True
        return UNKNOWN if days.doubtful else False

    def date_of(self, step: str, which: str = "") -> Any:
        """The day on which ``step`` was last done in this round: a day, bounds, UNKNOWN, or NONE if it was not.

        ``which`` asks of one round: see `compiler.rounds`.
        """
        key = step, which
        if key not in self._dates:
            self._dates[key] = self._date(self._days(step, which, ""))
        return self._dates[key]

    def _date(self, days: _Days) -> Any:
        last = max((high for _, high in days.doubtful), default=FIRST_DAY)
        if days.sure:
            return interval(max(days.sure), max(*days.sure, last))
        if not days.doubtful:
            return NONE
        first = min(low for low, _ in days.doubtful)
        return or_absent(interval(None if first == FIRST_DAY else first, last))

    def _days(self, step: str, which: str, by: str) -> _Days:
        key = step, which, by
        if key not in self._days_of:
            self._days_of[key] = self._search(step, which, by)
        return self._days_of[key]

    def _search(self, step: str, which: str, by: str) -> _Days:
        days = _Days(self._starts().of(which), self._facts.on)
        if by in ("", EVENTS):
            self._in_events(step, which, days)
        definition = self._definitions.get(step)
        for number, proof in enumerate(definition.proof if definition else ()):
            if by in ("", str(number)):
                self._prove(proof, self._tester(f"{step} proof {number}", proof), days)
        return days

    def _in_events(self, step: str, which: str, days: _Days) -> None:
        days.unlisted(self._unlisted("events"))
        no_step, no_day = self._known_none("events", "step"), self._known_none("events", "on")
        for event in self._facts.record.events or ():
            if event.step != step and (event.step is not None or no_step):
                continue
            if event.on is None and no_day:
                continue
            opened: bool | None = False
            if step == RETURN_STEP:
                opened = self._opened(event, which)
                if opened:
                    continue  # a contact that opens a round closes the one before, whichever is the current one
            days.add(event.on, surely=event.step is not None and opened is False)

    def _opened(self, event: Any, which: str) -> bool | None:
        """Whether an event, if it is a contact, opens a round where the current one is ``which``; None: not known."""
        opens, starts = self._finds_need(event), self._starts()
        if opens or event.on is None or not starts.first < event.on <= self._facts.on:
            return opens
        if self._opens_round(event) is None:
            if which == EARLIEST:
                return False  # else the current round would have begun on its day
            if which == LATER and starts.alone:
                return True  # or it is no contact, but the start of the client relationship
        return opens

    def _tester(self, key: str, proof: Proof) -> Tester:
        """The closure of the condition of ``proof``, kept with the vocabulary by ``key``."""
        compiled = self._facts.vocabulary.compiled
        test: Tester | None = compiled.get(key)
        if test is None:
            test = compiled[key] = tester(proof.where or TRUE)
        return test

    def _prove(self, proof: Proof, test: Tester, days: _Days) -> None:
        facts = self._facts
        days.unlisted(self._unlisted(proof.over))
        no_day = self._known_none(proof.over, proof.field)
        for item in getattr(facts.record, proof.over) or ():
            day = item.__dict__[proof.field]
            if day is None and no_day and not follows_from_length(proof.over, proof.field, item):
                continue
            state = test(Scope(facts, facts.on, proof.over, item))
            if state is False:
                continue
            if day is None:
                days.add_between(*open_day(proof.over, proof.field, item, facts.on))
            else:
                days.add(day, surely=state is True)


class _Starts:
    """The days on which the current round may have begun; FIRST_DAY: none has.

    Attributes:
        first: the earliest one.
        second: the earliest of the others; the same if there are none.
        last: the latest one.
        listed: whether an event that is listed may have opened a later one.
        alone: whether one event alone is in doubt, so that the first and the last day are all there are.
    """

    __slots__ = ("alone", "first", "last", "listed", "second")

    def __init__(self, first: date, second: date, last: date, listed: bool, alone: bool) -> None:
        self.first, self.second, self.last, self.listed, self.alone = first, second, last, listed, alone

    def of(self, which: str) -> tuple[date, date]:
        """The first and the last day on which a round may have begun: any, the earliest one, or a later one."""
        if which == EARLIEST:
            return self.first, self.first
        return (self.second if which == LATER else self.first), self.last


class _Days:
    """The days on which one step was done in the current round.

    Attributes:
        sure: days on which it surely was.
        doubtful: the first and the last day of each time within which it may have been done once more.
    """

    __slots__ = ("_first", "_last", "_on", "doubtful", "sure")

    def __init__(self, starts: tuple[date, date], on: date) -> None:
        """The round begins on one of the days between ``starts``; ``on`` is the day of decision."""
        self._first, self._last = starts
        self._on = on
        self.sure: list[date] = []
        self.doubtful: list[tuple[date, date]] = []

    def add(self, day: date | None, surely: bool) -> None:
        """Something that was, ``surely`` or perhaps, this step, on ``day`` or (None) on a day that is not known."""
        if day is None:
            self.add_between(None, None)
        elif surely and self._last <= day <= self._on:
            self.sure.append(day)
        else:
            self.add_between(day, day)

    def add_between(self, low: date | None, high: date | None) -> None:
        """Something that may have been this step, on a day from ``low`` to ``high``; None is no bound."""
        first, last = max(low or self._first, self._first), min(high or self._on, self._on)
        if first <= last:
            self.doubtful.append((first, last))

    def unlisted(self, last: date | None) -> None:
        """A list may lack items up to the day ``last``; None: it lacks none."""
        if last is not None:
            self.add_between(None, last)
