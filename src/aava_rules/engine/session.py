"""One record on one day: what is known is read into cubes, an engine tells the states of the formulas.

Outcomes are asked on demand, so that rules of a higher stratum may read those of a lower one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any, Protocol

from aava_rules.compiler.compile import Book, Frame, QuestionGroup
from aava_rules.compiler.implicants import Form
from aava_rules.compiler.program import Question
from aava_rules.engine.conclude import agreed, settle
from aava_rules.engine.reference.evaluate import Scope
from aava_rules.engine.reference.facts import Facts
from aava_rules.language.values import UNKNOWN, Interval
from aava_rules.record import Record

OPEN = frozenset({"unknown", "open"})
"""Where an answer stands that is not known."""
MOST_CANDIDATES = 512
"""With more combinations of segments than this on unknown judged days, the answer stays unknown."""


class States(Protocol):
    """What an engine says of the formulas of one frame, for what is known of one record."""

    def surely(self, form: Form) -> bool:
        """Whether the formula holds for every completion of what is known."""

    def state(self, form: Form) -> bool | None:
        """Whether the formula holds for every completion of what is known, for none, or for some."""


class Cube:
    """The states of formulas where a cube is possible, in plain Python: this defines what they mean."""

    __slots__ = ("known",)

    def __init__(self, known: int) -> None:
        self.known = known

    def surely(self, form: Form) -> bool:
        """Whether the formula holds for every completion of what is known."""
        return form.surely(self.known)

    def state(self, form: Form) -> bool | None:
        """Whether the formula holds for every completion of what is known, for none, or for some."""
        return form.state(self.known)


class Engine(Protocol):
    """Finds the states of formulas. What is known, and what the states mean, is the same for all engines."""

    @property
    def name(self) -> str:
        """The name under which it is chosen, and which a decision carries."""

    def states(self, frame: Frame, known: int) -> States:
        """The states of the formulas of a frame where ``known`` is possible."""


class Reading:
    """One question in one frame: the lowered question and what is known, as a cube of that frame.

    ``surely`` tells whether a formula of the frame surely holds, and ``state`` whether it surely
    holds, surely fails (False), or is open (None).
    """

    __slots__ = ("frame", "known", "question", "scopes", "state", "states", "surely")

    def __init__(self, question: Question, frame: Frame, known: int, scopes: tuple[Scope, ...], states: States) -> None:
        self.question = question
        self.frame = frame
        self.known = known
        self.scopes = scopes
        self.states = states
        self.surely = states.surely
        self.state = states.state

    def supposing(self, known: int) -> Reading:
        """The same question where something else is known."""
        return Reading(self.question, self.frame, known, self.scopes, Cube(known))


class State:
    """What an engine says of one question: its answer and the readings that it rests on.

    ``status`` of an outcome: ``known``, ``unknown``, ``not_applicable``, ``conflict``; of a
    requirement: ``met``, ``broken``, ``unknown``, ``not_applicable``; of a step: ``suggested``,
    ``open`` (unknown), ``none``. ``value`` is an outcome's value; of a set it is an Interval of
    sets while more words are possible. With an unknown judged day there are several readings.
    """

    __slots__ = ("given", "item", "kind", "list_name", "name", "position", "readings", "status", "value")

    def __init__(
        self, kind: str, name: str, status: str, value: Any, readings: tuple[Reading, ...], list_name: str = "",
        item: Any = None, position: int = -1, given: bool = False,
    ) -> None:  # fmt: skip
        self.kind, self.name, self.status, self.value, self.readings = kind, name, status, value, readings
        self.list_name, self.item, self.position, self.given = list_name, item, position, given

    @property
    def open(self) -> bool:
        """Whether more facts could change it: it is unknown, or a set that may still gain words."""
        return self.status in OPEN or self.value.__class__ is Interval

    @property
    def answer(self) -> Any:
        """The value of an outcome as a host reads it: UNKNOWN between bounds; of a set, its sure members."""
        value = self.value
        if value.__class__ is Interval:
            return value.low if self.status == "known" and isinstance(value.low, frozenset) else UNKNOWN
        return value if self.status in ("known", "unknown") else UNKNOWN


class Run:
    """One record on one day of decision, asked through one engine."""

    def __init__(
        self, book: Book, record: Record, on: date, engine: Engine, given: Mapping[str, Any] | None = None
    ) -> None:
        """``given``: the typed facts of the record, if they have been typed already."""
        self.book = book
        self.engine = engine
        self.on = on
        self.facts = Facts(book.vocabulary, record, on, self._as_fact, given)
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
        return self.ask_all(self.book.other_groups(names))

    def ask_all(self, groups: Iterable[QuestionGroup]) -> Iterator[State]:
        """The states of every question of some groups, item by item."""
        for group in groups:
            if not group.list_name:
                yield from self._ask(group, "", None, -1)
                continue
            for position, item in enumerate(getattr(self.facts.record, group.list_name) or ()):
                yield from self._ask(group, group.list_name, item, position)

    def _ask(self, group: QuestionGroup, list_name: str, item: Any, position: int) -> list[State]:
        if group.undated:
            seen: tuple[Scope, ...] = (Scope(self.facts, self.on, list_name, item),)
            return self._read(group, seen, (bisect_right(group.bounds, self.on),), list_name, item, position)
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
        return self._read(group, seen, tuple(segments), list_name, item, position)

    def _read(
        self, group: QuestionGroup, seen: tuple[Scope, ...], segments: tuple[int, ...],
        list_name: str, item: Any, position: int,
    ) -> list[State]:  # fmt: skip
        """The states where every judged day is known."""
        frame = group.frame(segments)
        cube = frame.known(seen)
        found = self.engine.states(frame, cube)
        states = []
        for question in frame.questions:
            reading = Reading(question, frame, cube, seen, found)
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
        found = [self.engine.states(frame, cube) for frame, cube in zip(frames, cubes, strict=True)]
        states = []
        for index, question in enumerate(group.questions):
            readings = tuple(
                Reading(frame.questions[index], frame, cube, scopes, told)
                for frame, cube, told in zip(frames, cubes, found, strict=True)
            )
            answers = [settle(reading) for reading in readings]
            whole = bool(frames) and frames[0].questions[index].whole
            status, value = agreed(question.kind, answers, whole)
            states.append(State(question.kind, question.name, status, value, readings, list_name, item, position))
        return states
