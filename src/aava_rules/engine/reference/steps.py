"""Which steps of the client path are done in the current round, and on which day.

A round begins with the start of the client relationship, or with a follow-up contact that finds a
need of services. A step is done by an event of its name or by a list item that proves it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from aava_rules.engine.reference.evaluate import tester
from aava_rules.engine.reference.scope import FactValues, Scope
from aava_rules.language.syntax import TRUE
from aava_rules.language.values import FIRST_DAY, NONE, UNKNOWN, interval
from aava_rules.rulebook.model import StepDef

FIRST_STEP = "client_relationship_starts"
RETURN_STEP = "follow_up_contact"


class Steps:
    """The steps of one record on one day. Events after the day of decision are not counted."""

    def __init__(self, facts: FactValues, definitions: dict[str, StepDef]) -> None:
        self._facts = facts
        self._definitions = definitions
        self._days_of: dict[str, tuple[list[date], bool]] = {}
        self._round: Any = None

    def round_start(self) -> Any:
        """The first day of the current round; FIRST_DAY if no round has begun, or UNKNOWN."""
        if self._round is None:
            self._round = self._begin()
        return self._round

    def _begin(self) -> Any:
        record, on = self._facts.record, self._facts.on
        if record.events is None:
            return UNKNOWN
        begun = [FIRST_DAY]
        doubtful: list[date | None] = []
        for event in record.events:
            if event.on is not None and event.on > on:
                continue
            opens = self._opens_round(event)
            if opens is False:
                continue
            if opens and event.on is not None:
                begun.append(event.on)
            else:
                doubtful.append(event.on)
        start = max(begun)
        if any(day is None or day > start for day in doubtful):
            return UNKNOWN
        complete = record.complete_from.get("events", FIRST_DAY)
        return UNKNOWN if complete > start else start

    def _opens_round(self, event: Any) -> bool | None:
        """Whether an event begins a round, whenever it took place; None if that is not known."""
        if event.step != RETURN_STEP:
            return None if event.step is None else event.step == FIRST_STEP
        if event.needs_services is None:
            return False if ("events", "needs_services") in self._facts.record.complete_fields else None
        return bool(event.needs_services)

    def done(self, step: str) -> Any:
        """Whether ``step`` is done in the current round: True, False or UNKNOWN."""
        days, doubtful = self._days(step)
        if days:
            return True
        return UNKNOWN if doubtful else False

    def date_of(self, step: str) -> Any:
        """The day on which ``step`` was last done in this round: a day, bounds, UNKNOWN, or NONE if it was not."""
        days, doubtful = self._days(step)
        if doubtful:
            return interval(max(days), self._facts.on) if days else UNKNOWN
        return max(days) if days else NONE

    def _days(self, step: str) -> tuple[list[date], bool]:
        """The days on which the step was surely done, and whether there may be others."""
        if step not in self._days_of:
            self._days_of[step] = self._search(step)
        return self._days_of[step]

    def _search(self, step: str) -> tuple[list[date], bool]:
        facts, start = self._facts, self.round_start()
        if start is UNKNOWN:
            return [], True
        days: list[date] = []
        doubtful = False
        for event in facts.record.events or ():
            if event.step not in (step, None) or (event.on is not None and not start <= event.on <= facts.on):
                continue
            opened = step == RETURN_STEP and event.on == start and self._opens_round(event)
            if opened:
                continue  # the contact that opened this round closed the one before
            if event.on is None or event.step is None or opened is None:
                doubtful = True
            else:
                days.append(event.on)
        definition = self._definitions.get(step)
        for proof in definition.proof if definition else ():
            sure, more = self._proved(proof.over, proof.field, tester(proof.where or TRUE), start)
            days += sure
            doubtful = doubtful or more
        return days, doubtful

    def _proved(self, list_name: str, field: str, test: Any, start: date) -> tuple[list[date], bool]:
        facts = self._facts
        items = getattr(facts.record, list_name)
        doubtful = items is None or facts.record.complete_from.get(list_name, FIRST_DAY) > start
        days = []
        for item in items or ():
            day = item.__dict__[field]
            if day is None and (list_name, field) in facts.record.complete_fields:
                continue
            if day is not None and not start <= day <= facts.on:
                continue
            state = test(Scope(facts, facts.on, list_name, item))
            if state is False:
                continue
            if state is None or day is None:
                doubtful = True
            else:
                days.append(day)
        return days, doubtful
