"""The answers to one record on the days to come, if nothing happens but time.

`engine.timeline` finds the days; here they are told of answers: the value of an outcome, or what the law read last
gives of it, the status of a requirement, the day by which a step is due, and that the day has passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, TypeVar

from aava_rules.compiler.compile import QueryGroup
from aava_rules.decision.assumptions import WEEK_MAX, assumed
from aava_rules.decision.context import DecisionContext, Inquiry
from aava_rules.decision.due import due_day
from aava_rules.decision.grounds import last_known_of
from aava_rules.decision.reasons import reasons_unknown
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.engine.states import State
from aava_rules.engine.timeline import Stretch, Timeline
from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.errors import AssumptionError
from aava_rules.language.structs import FrozenDict, Struct
from aava_rules.language.values import LAST_DAY, Interval, plain
from aava_rules.record import Record
from aava_rules.record.items import unchecked_copy

AnyContext = TypeVar("AnyContext", bound=DecisionContext)

LONGEST_MONTHS: Final = 120
"""So many months are looked ahead at most."""
RECHECK_MONTHS: Final = (12, 60)
"""So many months are searched for the first day on which a single answer may change: the nearer ones first."""


class Moment(Struct):
    """An answer from one day on.

    Attributes:
        day: the first day.
        state: the answer on that day.
        context: the record on that day.
        form: what is told of the answer, in plain values: ``status``, and of an outcome ``value``, ``possible`` and
            ``last_known``, of a step ``due`` and ``overdue``.
    """

    day: date
    state: State
    context: DecisionContext
    form: Mapping[str, Any]


def as_of(record: Record, on: date) -> Record:
    """``record``, whose ready-made facts of the day are those of ``on``, where it names no other day."""
    return unchecked_copy(record, {"facts_on": on}) if record.facts and record.facts_on is None else record


class Forecast:
    """The answers to one record from one day to another.

    Attributes:
        on: the first day.
        until: the last day.
    """

    def __init__(
        self, inquiry: Inquiry, record: Record, on: date, until: date, later: Record | None = None,
        keys: tuple[dict[str, list[str]], dict[str, list[str]]] | None = None,
    ) -> None:  # fmt: skip
        """The answers to one record.

        Args:
            inquiry: what is asked.
            record: the record.
            on: the first day.
            until: the last day.
            later: what takes the place of ``record`` from the day after ``on``; None: nothing does.
            keys: what names the items of each list, of ``record`` and of ``later``; None: what follows from them.
        """
        self._inquiry = inquiry
        self._record = as_of(record, on)
        self._later = later
        self._keys = keys
        self.on, self.until = on, until
        self._contexts: dict[date, DecisionContext] = {}
        self._first = on if later is None or on == until else on + ONE_DAY
        self._timeline = Timeline(lambda day: self.context(day).session, self._first, until)
        self._by_earlier_law: dict[date, Timeline] = {}

    def context(self, day: date) -> DecisionContext:
        """The record on ``day``."""
        context = self._contexts.get(day)
        if context is None:
            context = self._contexts[day] = self.context_of(DecisionContext, day)
        return context

    def context_of(self, kind: type[AnyContext], day: date) -> AnyContext:
        """A context of a ``kind`` of its own for the record on ``day``, with nothing worked out."""
        is_later = self._later is not None and day != self.on
        record = self._later if self._later is not None and is_later else self._record
        facts, all_count = self._inquiry.book.vocabulary.inputs.read(record, day)
        context = kind(self._inquiry, record, day, facts, all_count)
        if self._keys is not None:
            context._keys = dict(self._keys[is_later])
        return context

    @property
    def keys_of_items(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """What names the items of each list on the first day and on the last."""
        return self.context(self.on).keys_of_items, self.context(self.until).keys_of_items

    @property
    def question(self) -> tuple[Any, ...]:
        """What is asked, of which rules and by which engine, of which record, and on which days."""
        inquiry = self._inquiry
        asked = (inquiry.book.parts.sha256, inquiry.engine.name, inquiry.names, self.on, self.until)
        return (*asked, self._record, self._later, self.keys_of_items)

    def __reduce__(self) -> tuple[Any, ...]:
        # what was worked out is worked out again, with the keys of items, which may follow from a secret of the host
        return Forecast, (self._inquiry, self._record, self.on, self.until, self._later, self.keys_of_items)

    def answers(self) -> Iterator[list[Moment]]:
        """The moments of each answer that was asked, earliest first: the first day, and each on which it is another."""
        for name in self._inquiry.outcomes:
            yield list(self.outcome(name))
        for group in self._inquiry.groups:
            if not group.list_name:
                yield from map(list, self.item(group, None, -1))
                continue
            for position, item in enumerate(getattr(self._record, group.list_name) or ()):
                yield from map(list, self.item(group, item, position))

    def outcome(self, name: str) -> Iterator[Moment]:
        """The moments of the outcome ``name``."""
        states = {stretch.day: stretch.states[0] for stretch in self._timeline.outcome(name)}
        law = self._law_read_last(name)
        days = set(states)
        if law is not None and any(state.status == "unknown" for state in states.values()):
            days |= {stretch.day for stretch in self._earlier(law).outcome(name) if stretch.day > law}
        if self._first > self.on:
            days.add(self.on)
        moments = (
            self._moment(states.get(day) or self.context(day).session.outcome(name), self.context(day))
            for day in sorted(days)
        )
        return _changed(moments)

    def _law_read_last(self, name: str) -> date | None:
        """The day by whose law an outcome is told where that of the day is not verified; None if it never is."""
        read = [ruleset.read_until for _, ruleset in self._inquiry.book.rules_of("outcome", name)]
        last = min((day for day in read if day is not None), default=None)
        return last if last is not None and last < self.until else None

    def _earlier(self, law: date) -> Timeline:
        timeline = self._by_earlier_law.get(law)
        if timeline is None:
            timeline = self._by_earlier_law[law] = Timeline(
                lambda day: self.context(day).earlier_law(law), self._first, self.until, self._timeline
            )
        return timeline

    def item(self, group: QueryGroup, item: Any, position: int) -> Iterator[Iterator[Moment]]:
        """The moments of each question of ``group``.

        Args:
            group: the questions.
            item: the item that they are about; None for the client.
            position: its place in its list; -1 for the client.
        """
        stretches = self._timeline.item(group, item, position)
        ends = [*(stretch.day for stretch in stretches[1:]), self.until + ONE_DAY]
        if self._first > self.on:
            states = self.context(self.on).session.ask(group, group.list_name, item, position)
            stretches = [Stretch(self.on, tuple(states)), *stretches]
            ends = [self._first, *ends]
        for index in range(len(group.questions)):
            moments: list[Moment] = []
            for stretch, end in zip(stretches, ends, strict=True):
                moment = self._moment(stretch.states[index], self.context(stretch.day))
                moments.append(moment)
                passed = self._passed(moment, end)
                if passed is not None:
                    states = self.context(passed).session.ask(group, group.list_name, item, position)
                    moments.append(self._moment(states[index], self.context(passed)))
            yield _changed(iter(moments))

    def _passed(self, moment: Moment, end: date) -> date | None:
        """The day before ``end`` on which the day has passed by which a step was due; None if there is none."""
        due = due_day(moment.state) if moment.state.status == "suggested" else None
        return due + ONE_DAY if isinstance(due, date) and moment.day <= due < end - ONE_DAY else None

    def _moment(self, state: State, context: DecisionContext) -> Moment:
        return Moment(context.on, state, context, FrozenDict(form_of(state, context)))


def _changed(moments: Iterator[Moment]) -> Iterator[Moment]:
    """The first of ``moments``, and those of which something else is told than of the one before."""
    before = None
    for moment in moments:
        if before is None or moment.form != before:
            yield moment
        before = moment.form


def form_of(state: State, context: DecisionContext) -> dict[str, Any]:
    """What is told of the answer ``state`` of ``context``, in plain values: see `Moment`."""
    if state.kind == "requirement":
        return {"status": state.status}
    if state.kind == "step":
        if state.status != "suggested":
            return {"status": "unknown" if state.status == "open" else "none"}
        due = due_day(state)
        return {"status": "suggested", "due": plain(due), "overdue": isinstance(due, date) and due < context.on}
    settled = state.status in ("known", "unknown")
    answer: dict[str, Any] = {"status": state.status, "value": plain(state.answer) if settled else None}
    if isinstance(state.value, Interval) and isinstance(state.value.low, frozenset):
        answer["possible"] = sorted(state.value.high - state.value.low)
    if state.status == "unknown" and "law_not_verified" in reasons_unknown(state, context):
        known = last_known_of(state, context)
        if known is not None:
            answer["last_known"] = plain(known.value)
    return answer


def recheck_day(state: State, context: DecisionContext) -> date | None:
    """The first day after that of ``context`` on which the answer ``state`` may be another; None: not in five years."""
    inquiry = _inquiry_of(state, context)
    for months in RECHECK_MONTHS:
        until = min(add_months(context.on, months), LAST_DAY)
        if until <= context.on:
            return None
        forecast = Forecast(inquiry, context.record, context.on, until)
        day = _second_day(forecast, inquiry, state)
        if day is not None:
            return day
    return None


def _inquiry_of(state: State, context: DecisionContext) -> Inquiry:
    """What asks the question of ``state`` alone."""
    asked = context.inquiry
    names = frozenset({state.name if state.kind == "outcome" else f"{state.kind}:{state.name}"})
    outcomes = (state.name,) if state.kind == "outcome" else ()
    return Inquiry(asked.book, names, outcomes, REFERENCE, asked.identity, asked.secret)


def _second_day(forecast: Forecast, inquiry: Inquiry, state: State) -> date | None:
    if state.kind == "outcome":
        moments = forecast.outcome(state.name)
    else:
        group = next(group for group in inquiry.groups if group.list_name == state.list_name)
        moments = next(forecast.item(group, state.item, state.position))
    next(moments)
    return next((moment.day for moment in moments), None)


def last_day_met(state: State, context: DecisionContext) -> date | None:
    """The last day on which a requirement is still met if attendance goes on as agreed; see `Finding.last_day`.

    Args:
        state: the requirement.
        context: what was asked, and of which record.
    """
    if state.status != "met":
        return None
    record, on = context.record, context.on
    running = [
        period
        for period in record.periods or ()
        if period.start is not None and period.start <= on and (period.end is None or period.end >= on)
    ]
    agreed = running[0].days_per_week_most or running[0].days_per_week if len(running) == 1 else None
    if agreed is None or not 1 <= agreed <= WEEK_MAX:
        return None
    last = min(day for day in (running[0].end, add_months(on, RECHECK_MONTHS[0]), LAST_DAY) if day is not None)
    try:
        attended = assumed(record, on, last, {"attendance": agreed})
    except AssumptionError:
        return None
    inquiry = _inquiry_of(state, context)
    otherwise, broken = (_day_broken(Forecast(inquiry, of, on, last), inquiry, state) for of in (record, attended))
    return broken - ONE_DAY if broken is not None and broken != otherwise else None


def _day_broken(forecast: Forecast, inquiry: Inquiry, state: State) -> date | None:
    group = next(group for group in inquiry.groups if group.list_name == state.list_name)
    moments = next(forecast.item(group, state.item, state.position))
    return next((moment.day for moment in moments if moment.state.status == "broken"), None)
