"""The answers to one record over a stretch of time, from one day on which any of them may change to the next.

A question is asked on the first day. What it read there, its judged days, the cells of its features, its values and the
outcomes that it rests on, says how long all of that stays as it is (`engine.courses`); on the first day on which
anything of it may be otherwise, it is asked anew. On the days between, it would be asked the same and would answer
the same, so that none of them is left out. Each question of the client, and those of each item, go their own way.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from aava_rules.compiler.compile import QueryGroup
from aava_rules.compiler.composition import may_turn, outcomes_read
from aava_rules.compiler.program import NOT_APPLICABLE
from aava_rules.engine.conclude import conclude, due_in, suggests
from aava_rules.engine.course import NO_DAYS, Days, Place
from aava_rules.engine.courses import Courses
from aava_rules.engine.keys import unlike
from aava_rules.engine.reference.scope import OpenDay, Scope
from aava_rules.engine.session import Session, as_fact
from aava_rules.engine.states import Reading, State
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Const, Expr


class Stretch(Struct):
    """The states of some questions, which are the same from one day to the day before the next stretch.

    Attributes:
        day: the first day.
        states: the states, in the order of the questions, as they are on the first day.
    """

    day: date
    states: tuple[State, ...]


class Timeline:
    """The answers to one record on each day from the first to the last."""

    def __init__(
        self, session_on: Callable[[date], Session], first: date, last: date, twin: Timeline | None = None
    ) -> None:
        """The answers to one record.

        Args:
            session_on: gives the record on a day of decision; each day is asked for once.
            first: the first day of decision.
            last: the last one.
            twin: the answers to the same record on the same days by another law; None.
        """
        self._make_session = session_on
        self._sessions: dict[date, Session] = {}
        self._first, self._last = first, last
        self._of_outcomes: dict[str, list[Stretch]] = {}
        self._book = self._session_on(first).book
        self._courses: Courses = Courses(
            self._session_on, first, last, self._leaps_of_outcome, None if twin is None else twin._courses
        )
        self._leaps: dict[str, Days] = {}
        self._places: dict[tuple[int, int], list[Place]] = {}
        self._terms: dict[Expr, Expr] = {}
        self._own_places: dict[tuple[int, int], Place] = {}
        self._open_places: dict[Any, Place] = {}
        self._bounds: dict[tuple[int, int], Days] = {}

    def _session_on(self, day: date) -> Session:
        session = self._sessions.get(day)
        if session is None:
            session = self._sessions[day] = self._make_session(day)
            # an outcome that is read as a fact is the one of its stretch, and is not decided anew on each day
            session.facts.outcome = lambda name: as_fact(self.state_on(name, day))
        return session

    def state_on(self, name: str, day: date) -> State:
        """The state of the outcome ``name`` on ``day``, as it was on the first day of its stretch."""
        stretches = self.outcome(name)
        return stretches[bisect_right(stretches, day, key=_first_day) - 1].states[0]

    def outcome(self, name: str) -> list[Stretch]:
        """The stretches of the outcome ``name``, earliest first."""
        stretches = self._of_outcomes.get(name)
        if stretches is None:
            group = self._book.outcome_group(name)
            stretches = self._of_outcomes[name] = list(
                self._stretches(lambda session: (session.outcome(name),), group, "", None)
            )
        return stretches

    def item(self, group: QueryGroup, item: Any, position: int) -> list[Stretch]:
        """The stretches of the questions of ``group``, earliest first.

        Args:
            group: the questions.
            item: the item that they are about; None for the client.
            position: its place in its list; -1 for the client.
        """
        list_name = group.list_name
        return list(
            self._stretches(
                lambda session: tuple(session.ask(group, list_name, item, position)), group, list_name, item
            )
        )

    def _stretches(
        self, states_in: Callable[[Session], tuple[State, ...]], group: QueryGroup, list_name: str, item: Any
    ) -> Iterator[Stretch]:
        day: date | None = self._first
        while day is not None:
            states = states_in(self._session_on(day))
            yield Stretch(day, states)
            changed = min(
                (
                    later
                    for changes in self._changes(states, group, list_name, item)
                    for later in changes
                    if later > day
                ),
                default=None,
            )
            for state in states:
                for reading in state.asked:
                    until = self._last if changed is None else changed - ONE_DAY
                    changed = self._value_changes(reading, day, until, group, list_name, item) or changed
            day = changed

    # -- the days on which what was read may be otherwise

    def _changes(self, states: tuple[State, ...], group: QueryGroup, list_name: str, item: Any) -> Iterator[Days]:
        yield self._courses.leaps_of_given
        yield self._changes_of_law(group, list_name, item)
        programs: dict[int, Reading] = {}
        for state in states:
            for reading in state.asked:
                programs.setdefault(id(reading), reading)
        seen: set[tuple[int, tuple[Scope, ...]]] = set()
        for reading in programs.values():
            yield from self._changes_of_outcomes(reading)
            below = reading.layered or reading
            if may_turn(below.program, below.question, self._book.vocabulary):
                yield self._courses.changes_of_round
            places = self._places_of(reading, group, list_name, item)
            key = (id(reading.program), reading.scopes)
            if key in seen:
                continue
            seen.add(key)
            for feature, read in self._courses.moving.of_program(reading.program):
                yield self._courses.changes_of_feature(feature, read, reading.program, places[feature.scope])

    def _changes_of_law(self, group: QueryGroup, list_name: str, item: Any) -> Days:
        """The days on which other rules or values may be in force on the judged days, or these may meet or part."""
        key = (id(group), id(item))
        days = self._bounds.get(key)
        if days is None:
            courses, places = self._courses, self._judged(group, list_name, item)
            days = NO_DAYS
            for number, place in enumerate(places):
                days |= courses.changes_of_judged(place, group.bounds)
                if place.judged is not None:
                    days |= courses.changes_of_meeting(place, Place())
                    for other in places[:number]:
                        days |= courses.changes_of_meeting(place, other)
            self._bounds[key] = days
        return days

    def _judged(self, group: QueryGroup, list_name: str, item: Any) -> list[Place]:
        key = (id(group), id(item))
        places = self._places.get(key)
        if places is None:
            places = self._places[key] = [self._judged_place(term, list_name, item) for term in group.judged]
        return places

    def _judged_place(self, term: Expr | None, list_name: str, item: Any) -> Place:
        """Where the judged day ``term`` of an item comes from: one place for all groups whose rules are judged on it.

        It is the day of decision itself where the term gives that one on every day.
        """
        own = term if term is None else self._terms.setdefault(term, term)
        key = (id(own), id(item))
        place = self._own_places.get(key)
        if place is None:
            place = Place(own, list_name, item)
            if own is not None and self._courses.is_today(place):
                place = Place(None, list_name, item)
            self._own_places[key] = place
        return place

    def _changes_of_outcomes(self, reading: Reading) -> Iterator[Days]:
        """The days on which an outcome that is read, or what it follows from, may change."""
        below = reading.layered or reading
        for read in outcomes_read(below.program, below.question, self._book.vocabulary):
            yield self._leaps_of_outcome(read.name)

    def _value_changes(
        self, reading: Reading, day: date, until: date, group: QueryGroup, list_name: str, item: Any
    ) -> date | None:
        """The first day after ``day``, up to ``until``, on which the answer is another as its values are others.

        Until then all that is known of the features stays as it is in ``reading``.
        """
        terms = _terms_read(reading)
        if not terms:
            return None
        courses, program = self._courses, reading.program
        places = self._places_of(reading, group, list_name, item)
        if all(isinstance(expr, Const) for expr, _ in terms):
            return None
        steady = all(courses.course(expr, places[scope]).direction == 0 for expr, scope in terms)
        if steady or (len(terms) == 1 and _is_answer(reading)):
            changes = [courses.changes_of_value(expr, program, places[scope]) for expr, scope in terms]
            return min((later for days in changes for later in days if day < later <= until), default=None)
        if _is_open_whatever(reading):
            changes = [courses.changes_of_existence(expr, program, places[scope]) for expr, scope in terms]
            return min((later for days in changes for later in days if day < later <= until), default=None)
        answer = _answer(reading)
        later = day
        while later < until:
            later += ONE_DAY
            scopes = tuple([courses.scope(later, place) for place in places])
            at = Reading(reading.question, program, reading.known, scopes, reading.states, reading.layered)
            if unlike(_answer(at), answer):
                return later
        return None

    def _places_of(self, reading: Reading, group: QueryGroup, list_name: str, item: Any) -> list[Place]:
        """Where each judged day of a reading comes from."""
        own = self._judged(group, list_name, item)
        if reading.layered is None:
            return [self._place(scope, place) for scope, place in zip(reading.scopes, own, strict=True)]
        below = [*own, *(place for name in self._of_outcomes_below(reading) for place in self._outcome_places(name))]
        day = reading.scopes[0].facts.on
        judged = [(self._courses.scope(day, place).judged, place) for place in below]
        return [next(place for known, place in judged if known == scope.judged) for scope in reading.scopes]

    def _place(self, scope: Scope, place: Place) -> Place:
        """``place``, or where its judged day is not known, the law by which ``scope`` is judged."""
        judged = scope.judged
        if not isinstance(judged, OpenDay):
            return place
        key = (judged.law, id(scope.item))
        open_place = self._open_places.get(key)
        if open_place is None:
            open_place = self._open_places[key] = Place(judged, scope.list_name, scope.item)
        return open_place

    def _of_outcomes_below(self, reading: Reading) -> Iterator[str]:
        """The outcomes that are read, directly or through others; each once."""
        below = reading.layered or reading
        pending = [read.name for read in outcomes_read(below.program, below.question, self._book.vocabulary)]
        seen: set[str] = set()
        session = self._session_on(reading.scopes[0].facts.on)
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            yield name
            pending += self._read_by(session.outcome(name))

    def _outcome_places(self, name: str) -> list[Place]:
        return self._judged(self._book.outcome_group(name), "", None)

    def _leaps_of_outcome(self, name: str) -> Days:
        """The days on which the outcome ``name`` is asked anew, and those of the outcomes that it rests on."""
        leaps = self._leaps.get(name)
        if leaps is None:
            stretches = self.outcome(name)
            leaps = frozenset(
                stretch.day
                for before, stretch in pairwise(stretches)
                if unlike(_structure(before.states[0]), _structure(stretch.states[0]))
            )
            leaps |= self._changes_of_law(self._book.outcome_group(name), "", None)
            for below in {name for stretch in stretches for name in self._read_by(stretch.states[0])}:
                leaps |= self._leaps_of_outcome(below)
            self._leaps[name] = leaps
        return leaps

    def _read_by(self, state: State) -> Iterator[str]:
        for reading in state.asked:
            below = reading.layered or reading
            for read in outcomes_read(below.program, below.question, self._book.vocabulary):
                yield read.name


def _first_day(stretch: Stretch) -> date:
    return stretch.day


def _terms_read(reading: Reading) -> list[tuple[Expr, int]]:
    """The terms whose values are the answer, with the numbers of the judged days on which they are read."""
    question = reading.question
    if question.kind == "step":
        rules = [rule for rule in question.rules if rule.bound.due is not None and suggests(rule, reading) is not False]
        return [(rule.bound.due, rule.bound.scope) for rule in rules if rule.bound.due is not None]
    if question.in_doubt or question.is_set:
        return []
    for case in question.cases:
        if reading.surely(case.form):
            return [] if case.expr is None else [(case.expr, case.scope)]
    terms = [(group.expr, group.scope) for group in question.groups if reading.state(group.form) is not False]
    default = question.default
    if default is not None and default.expr is not None and reading.state(default.form) is not False:
        terms.append((default.expr, default.scope))  # what is the same whichever of them answers is known
    return terms


def _is_answer(reading: Reading) -> bool:
    """Whether the value of the term that is read is what is answered, and not one of several that may be."""
    return any(reading.surely(case.form) for case in reading.question.cases)


def _is_open_whatever(reading: Reading) -> bool:
    """Whether the answer is open whatever the values of its terms are, and turns on no more than whether they exist.

    That is so where no rule surely names a day by which a step is due, and where several values may be the answer or
    none, so that neither do they come to one nor contradict each other. See `conclude`.
    """
    question = reading.question
    if question.kind == "step":
        return not any(rule.bound.due is not None and suggests(rule, reading) for rule in question.rules)
    if _is_answer(reading) or sum(reading.surely(group.form) for group in question.groups) > 1:
        return False
    outside = question.form_of(NOT_APPLICABLE)
    if (outside is not None and reading.state(outside) is False) or reading.surely(question.conflict):
        return False
    return not (question.whole and reading.surely(question.any_value) and reading.state(question.conflict) is False)


def _answer(reading: Reading) -> Any:
    """The answer of a reading, with the day by which a step is due."""
    if reading.question.kind != "step":
        return conclude(reading)
    due, rules = due_in(reading)
    return due, bool(rules)


def _structure(state: State) -> Any:
    """What others read of an outcome: its answer, and which programs gave it."""
    programs = tuple([id(reading.program) for reading in state.asked])
    return state.status, state.value, state.stated, state.day_open, programs
