"""The engine that defines the meaning: one record on one day, in plain Python.

It reads what is known into cubes, asks the folded formulas, and settles each question. Outcomes
are asked on demand, so that rules of a higher stratum may read those of a lower one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from ..comparing import is_known
from ..evaluation import Scope
from ..facts import Facts
from ..folding import CONFLICT, NOT_APPLICABLE, FoldedQuestion, RuleForms
from ..frames import Book, Frame, QuestionGroup
from ..record import Record
from ..values import NONE, UNKNOWN, Interval, interval

NAME = "reference"
MOST_CANDIDATES = 512
"""With more combinations of segments than this on unknown judged days, the answer stays unknown."""


# Readings and states are made by the dozen for every record, and frozen dataclasses are slow to make.


@dataclass(slots=True, eq=False)
class Reading:
    """One question in one frame: the folded question and what is known, as a cube of that frame."""

    question: FoldedQuestion
    frame: Frame
    known: int
    scopes: tuple[Scope, ...]


@dataclass(slots=True, eq=False)
class State:
    """What an engine says of one question: its answer and the readings that it rests on.

    ``status`` of an outcome: ``known``, ``unknown``, ``not_applicable``, ``conflict``; of a
    requirement: ``met``, ``broken``, ``unknown``, ``not_applicable``; of a step: ``suggested``,
    ``open`` (unknown), ``none``. ``value`` is an outcome's value; of a set it is an Interval of
    sets while more words are possible. With an unknown judged day there are several readings.
    """

    kind: str
    name: str
    status: str
    value: Any
    readings: tuple[Reading, ...]
    list_name: str = ""
    item: Any = None
    position: int = -1
    given: bool = False


class Run:
    """One record on one day of decision, asked through the reference engine."""

    def __init__(self, book: Book, record: Record, on: date) -> None:
        self.book = book
        self.on = on
        self.facts = Facts(book.vocabulary, record, on, self._as_fact)
        self._outcomes: dict[str, State] = {}

    def outcome(self, name: str) -> State:
        """The state of an outcome: given by an official, or decided by the rules."""
        found = self._outcomes.get(name)
        if found is None:
            given = self.facts.ready_made(name, self.on)
            if given is not UNKNOWN:
                # bounds of a number are given, not the number: the answer is open between them
                exact = given.__class__ is not Interval
                found = State("outcome", name, "known" if exact else "unknown", given, (), given=True)
            else:
                found = self._ask(self.book.outcome_group(name), "", None, -1)[0]
            self._outcomes[name] = found
        return found

    def _as_fact(self, name: str) -> Any:
        state = self.outcome(name)
        return state.value if state.status == "known" or isinstance(state.value, Interval) else UNKNOWN

    def others(self, names: frozenset[str] | None) -> Iterator[State]:
        """The states of requirements and suggested steps, item by item."""
        for group in self.book.other_groups(names):
            if not group.list_name:
                yield from self._ask(group, "", None, -1)
                continue
            for position, item in enumerate(getattr(self.facts.record, group.list_name) or ()):
                yield from self._ask(group, group.list_name, item, position)

    def _ask(self, group: QuestionGroup, list_name: str, item: Any, position: int) -> list[State]:
        scopes: list[Scope] = []
        segments: list[Any] = []  # a number where the judged day is known, else what is known of the day
        sure = True
        for read in group.judged_readers:
            day = self.on if read is None else read(Scope(self.facts, self.on, list_name, item))
            if day.__class__ is date:
                scopes.append(Scope(self.facts, day, list_name, item))
                segments.append(bisect_right(group.bounds, day))
            else:
                scopes.append(Scope(self.facts, None, list_name, item))
                segments.append(day)
                sure = False
        seen = tuple(scopes)
        if not sure:
            return self._read_all(
                group, seen, [self._segments(group, day) for day in segments], list_name, item, position
            )
        frame = group.frame(tuple(segments))
        cube = frame.known(seen)
        states = []
        for question in frame.questions:
            reading = Reading(question, frame, cube, seen)
            status, value = settle(reading)
            states.append(State(question.kind, question.name, status, value, (reading,), list_name, item, position))
        return states

    def _segments(self, group: QuestionGroup, day: Any) -> range:
        """The segments in which a judged day may lie: its number where the day is known."""
        if day.__class__ is int:
            return range(day, day + 1)
        last = len(group.bounds)
        if day.__class__ is Interval:
            low = 0 if day.low is None else group.segment(day.low)
            return range(low, (last if day.high is None else group.segment(day.high)) + 1)
        return range(last + 1)

    def _read_all(
        self, group: QuestionGroup, scopes: tuple[Scope, ...], choices: list[range],
        list_name: str, item: Any, position: int,
    ) -> list[State]:  # fmt: skip
        """The states where a judged day is not known: the answers of every segment it may lie in."""
        many = 1
        for choice in choices:
            many *= len(choice)
        frames = [] if many > MOST_CANDIDATES else [group.frame(segments) for segments in product(*choices)]
        cubes = [frame.known(scopes) for frame in frames]
        states = []
        for index, question in enumerate(group.questions):
            readings = tuple(
                Reading(frame.questions[index], frame, cube, scopes) for frame, cube in zip(frames, cubes, strict=True)
            )
            answers = [settle(reading) for reading in readings]
            status, value = agreed(question.kind, answers)
            states.append(State(question.kind, question.name, status, value, readings, list_name, item, position))
        return states


Answer = tuple[str, Any]
_OPEN: dict[str, Answer] = {
    "outcome": ("unknown", UNKNOWN), "requirement": ("unknown", None), "step": ("open", None)
}  # fmt: skip


def agreed(kind: str, answers: list[Answer]) -> Answer:
    """The one answer of every possible judged day, or unknown; of sets and numbers, what all of them allow."""
    if not answers:
        return _OPEN[kind]
    first = answers[0]
    if all(answer == first for answer in answers):
        return first
    return _hull([value for _, value in answers]) if kind == "outcome" else _OPEN[kind]


def _hull(values: list[Any]) -> Answer:
    """The least that covers the answers of several days, so that none of what they share is lost."""
    bounds = [(value.low, value.high) if value.__class__ is Interval else (value, value) for value in values]
    if all(isinstance(low, frozenset) for low, _ in bounds):
        sure = frozenset.intersection(*(low for low, _ in bounds))
        return ("known" if sure else "unknown"), Interval(sure, frozenset.union(*(high for _, high in bounds)))
    if all(type(one) is int for pair in bounds for one in pair):
        return "unknown", interval(min(low for low, _ in bounds), max(high for _, high in bounds))
    return _OPEN["outcome"]


def settle(reading: Reading) -> Answer:
    """The answer of a question to what is known."""
    question = reading.question
    if question.in_doubt:
        return _OPEN[question.kind]
    if question.kind == "requirement":
        return _requirement(question, reading.known), None
    if question.kind == "step":
        return _step(reading)
    if not question.rules:
        return NOT_APPLICABLE, None
    return _set(question, reading.known) if question.some is None else _scalar(reading)


def _requirement(question: FoldedQuestion, known: int) -> str:
    assert question.not_applicable and question.met and question.broken
    if question.not_applicable.surely(known):
        return NOT_APPLICABLE
    if question.met.surely(known):
        return "met"
    return "broken" if question.broken.surely(known) else "unknown"


def _set(question: FoldedQuestion, known: int) -> Answer:
    states = {word: form.state(known) for word, form in question.members.items()}
    sure = frozenset(word for word, state in states.items() if state)
    possible = frozenset(word for word, state in states.items() if state is None)
    if not possible:
        return "known", sure
    return ("known" if sure else "unknown"), Interval(sure, sure | possible)


def _scalar(reading: Reading) -> Answer:
    question, known = reading.question, reading.known
    for group, only in zip(question.groups, question.only, strict=True):
        if only.surely(known):
            return _computed(group.value(reading.scopes[group.scope]))
    if question.otherwise_form is not None and question.otherwise_form.surely(known):
        return _computed(question.otherwise(reading.scopes[0]))
    assert question.not_applicable and question.some and question.conflict
    if question.not_applicable.surely(known):
        return NOT_APPLICABLE, None
    return _several(reading)


def _several(reading: Reading) -> Answer:
    """Several values are open: they may still be one, since computed values can coincide."""
    question, known = reading.question, reading.known
    assert question.some and question.conflict
    possible = [group for group in question.groups if group.form.state(known) is not False]
    values = [group.value(reading.scopes[group.scope]) for group in possible]
    sure = {
        value for group, value in zip(possible, values, strict=True) if group.form.surely(known) and is_known(value)
    }
    if len(sure) > 1:
        return CONFLICT, None
    if any(value is UNKNOWN or value is NONE or value.__class__ is Interval for value in values):
        return "unknown", UNKNOWN
    distinct = set(values)
    if len(distinct) == 1 and question.some.surely(known):
        return "known", values[0]
    if question.conflict.surely(known) and len(distinct) == len(values):
        return CONFLICT, None
    numbers = len(distinct) > 1 and all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    if numbers and question.some.surely(known) and not _may_conflict(question, known):
        return "unknown", interval(min(values), max(values))
    return "unknown", UNKNOWN


def _may_conflict(question: FoldedQuestion, known: int) -> bool:
    assert question.conflict
    return question.conflict.state(known) is not False


def _computed(value: Any) -> Answer:
    if value is NONE:
        return NOT_APPLICABLE, None
    if value is UNKNOWN or value.__class__ is Interval:
        return "unknown", value
    return "known", value


def _step(reading: Reading) -> Answer:
    state = "none"
    for rule in reading.question.rules:
        held = suggests(rule, reading.known)
        if held:
            return "suggested", None
        if held is None:
            state = "open"
    return state, None


def suggests(rule: RuleForms, known: int) -> bool | None:
    """Whether a rule suggests its step: its conditions hold, and no exception surely does."""
    if rule.active.surely(known):
        return False
    return rule.holds.state(known)
