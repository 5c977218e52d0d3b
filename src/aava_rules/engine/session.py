"""One record on one day of decision: what is known is read into cells, an engine answers the states of formulas.

Outcomes are answered on demand, so that rules of a higher stratum may read those of a lower one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any

from aava_rules.compiler.compile import CompiledRulebook, QueryGroup
from aava_rules.compiler.composition import outcomes_read, shares
from aava_rules.compiler.program import CONFLICT, NOT_APPLICABLE, Program
from aava_rules.engine.alike import Alike, clients_alike
from aava_rules.engine.conclude import Answer, conclude, merge_over_days
from aava_rules.engine.reference.engine import KnownCells
from aava_rules.engine.reference.facts import Facts
from aava_rules.engine.reference.features import judged_readers, known_cells
from aava_rules.engine.reference.scope import OpenDay, Scope
from aava_rules.engine.states import MOST_CANDIDATES, OPEN, Engine, Reading, State
from aava_rules.engine.through import through_outcomes
from aava_rules.language.values import UNKNOWN, Interval
from aava_rules.record import Record


class Session:
    """One record on one day of decision, answered by one engine.

    Attributes:
        book: the rulebook.
        engine: the engine.
        on: the day of decision.
        facts: the facts of the record.
        clients: what is kept for all of whom the same is known.
    """

    def __init__(
        self, book: CompiledRulebook, record: Record, on: date, engine: Engine, inputs: Mapping[str, Any] | None = None
    ) -> None:
        """Raises RecordError if ``inputs`` is None and the record's ready-made facts are not of their types.

        Args:
            book: the rulebook.
            record: the record.
            on: the day of decision.
            engine: the engine.
            inputs: the ready-made facts, if they have been typed already.
        """
        self.book = book
        self.engine = engine
        self.on = on
        self.facts = Facts(book.vocabulary, record, on, self._as_fact, inputs, self._without_value)
        self._outcomes: dict[str, State] = {}
        self.clients = clients_alike(book, engine.name)

    def outcome(self, name: str) -> State:
        """The state of the outcome ``name``: stated by an official, or decided by the rules."""
        state = self._outcomes.get(name)
        if state is None:
            value = self.facts.ready_made(name, self.on)
            if value is not UNKNOWN:
                # bounds of a number are stated, not the number: the answer is open between them
                exact = value.__class__ is not Interval
                state = State("outcome", name, "known" if exact else "unknown", value, (), stated=True)
            else:
                state = self.ask(self.book.outcome_group(name), "", None, -1)[0]
            self._outcomes[name] = state
        return state

    def outcome_where(self, name: str, known: int) -> State | None:
        """The state of an outcome of the day of decision where some cells are possible, as its diagram knows them.

        It has all that follows from the formulas. None where the rules read other outcomes, through which an open
        answer is asked again.

        Args:
            name: the outcome.
            known: the mask of the cells.
        """
        group = self.book.outcome_group(name)
        program = group.program((group.segment(self.on),))
        (question,) = program.questions
        if outcomes_read(program, question, self.book.vocabulary):
            return None
        reading = Reading(question, program, known, (Scope(self.facts, self.on),), KnownCells(known))
        status, value = conclude(reading)
        return State("outcome", name, status, value, (reading,))

    def _as_fact(self, name: str) -> Any:
        return as_fact(self.outcome(name))

    def _without_value(self, name: str) -> bool:
        """Whether ``name`` is an outcome that its rules, or law that is not verified, leave without a value."""
        if name not in self.book.vocabulary.parts.outcomes:
            return False
        state = self.outcome(name)
        in_doubt = bool(state.asked) and all(reading.question.in_doubt for reading in state.asked)
        return state.status in (NOT_APPLICABLE, CONFLICT) or in_doubt

    def others(self, names: frozenset[str] | None) -> Iterator[State]:
        """The states of requirements and suggested steps, item by item; of ``names`` only, unless it is None."""
        return self.ask_all(self.book.other_groups(names))

    def ask_all(self, groups: Iterable[QueryGroup]) -> Iterator[State]:
        """The states of every question of ``groups``, item by item."""
        for group in groups:
            if not group.list_name:
                yield from self.ask(group, "", None, -1)
                continue
            for position, item in enumerate(getattr(self.facts.record, group.list_name) or ()):
                yield from self.ask(group, group.list_name, item, position)

    def ask(self, group: QueryGroup, list_name: str, item: Any, position: int) -> list[State]:
        """The states of every question of ``group`` about one item.

        Args:
            group: the questions.
            list_name: the list of the item; empty for the client.
            item: the item; None for the client.
            position: its place in the list; -1 for the client.
        """
        if group.undated:
            seen: tuple[Scope, ...] = (Scope(self.facts, self.on, list_name, item),)
            return self._read(group, seen, (bisect_right(group.bounds, self.on),), list_name, item, position)
        scopes: list[Scope] = []
        segments: list[Any] = []  # a number where the judged day is known, else what is known of the day
        sure = True
        for read in judged_readers(group):
            day = self.on if read is None else read(Scope(self.facts, self.on, list_name, item))
            if day.__class__ is date:
                scopes.append(Scope(self.facts, day, list_name, item))
                segments.append(bisect_right(group.bounds, day))
            else:
                scopes.append(Scope(self.facts, OpenDay(), list_name, item))
                segments.append(day)
                sure = False
        seen = tuple(scopes)
        if not sure:
            return self._read_all(
                group, seen, [self._segments(group, day) for day in segments], list_name, item, position
            )
        return self._read(group, seen, tuple(segments), list_name, item, position)

    def _read(
        self, group: QueryGroup, seen: tuple[Scope, ...], segments: tuple[int, ...],
        list_name: str, item: Any, position: int,
    ) -> list[State]:  # fmt: skip
        """The states where every judged day is known."""
        program = group.program(segments)
        known = known_cells(program, seen)
        alike = self.clients.of(program, known, self.engine.states)
        states = []
        for question in program.questions:
            reading = Reading(question, program, known, seen, alike.states, memo=alike.memo)
            status, value = _concluded(reading)
            later = None
            if status in OPEN or value.__class__ is Interval:
                whole = through_outcomes(reading, self)
                if whole is not None and shares(whole.program):
                    reading = whole()
                    status, value = _concluded(reading)
                else:
                    later = whole
            state = State(question.kind, question.name, status, value, (reading,), list_name, item, position)
            state.through = later
            states.append(state)
        return states

    def _segments(self, group: QueryGroup, day: Any) -> range:
        """The segments in which a judged day may lie: its number where the day is known."""
        if day.__class__ is int:
            return range(day, day + 1)
        last = len(group.bounds)
        if day.__class__ is Interval:
            low = 0 if day.low is None else group.segment(day.low)
            return range(low, (last if day.high is None else group.segment(day.high)) + 1)
        return range(last + 1)

    def _read_all(
        self, group: QueryGroup, scopes: tuple[Scope, ...], choices: list[range],
        list_name: str, item: Any, position: int,
    ) -> list[State]:  # fmt: skip
        """The states where a judged day is not known: the answers of every segment it may lie in.

        A question is read once for each way in which its rules stand: programs that differ in nothing of these give
        it one and the same answer.
        """
        many = 1
        for choice in choices:
            many *= len(choice)
        answered: dict[tuple[int, ...], tuple[Program, int, tuple[Scope, ...], Alike]] = {}
        states = []
        for index, question in enumerate(group.questions):
            readings: list[Reading] = []
            ways = [group.alike(index, scope, choice) for scope, choice in enumerate(choices)]
            for segments in product(*ways) if many <= MOST_CANDIDATES else ():
                if segments not in answered:
                    program = group.program(segments)
                    here = tuple(
                        self._in_segment(group, scope, part) for scope, part in zip(scopes, segments, strict=True)
                    )
                    known = known_cells(program, here)
                    answered[segments] = program, known, here, self.clients.of(program, known, self.engine.states)
                program, known, here, alike = answered[segments]
                readings.append(Reading(program.questions[index], program, known, here, alike.states, memo=alike.memo))
            answers = [_concluded(reading) for reading in readings]
            whole = bool(readings) and readings[0].question.whole
            status, value = merge_over_days(question.kind, answers, whole)
            state = State(question.kind, question.name, status, value, tuple(readings), list_name, item, position)
            state.day_open = many > 1
            states.append(state)
        return states

    def _in_segment(self, group: QueryGroup, scope: Scope, segment: int) -> Scope:
        """The scope on a judged day of ``segment``: where the day is not known, its law is that of the segment."""
        if scope.judged.__class__ is date:
            return scope
        return Scope(scope.facts, OpenDay(group.day_of(segment)), scope.list_name, scope.item)


def _concluded(reading: Reading) -> Answer:
    """The answer of ``reading``, worked out once for all of whom the same is known unless its value is computed."""
    question, memo = reading.question, reading.memo
    answer: Answer | None = memo.get(question)
    if answer is None:
        answer = conclude(reading)
        if question.constant:
            memo[question] = answer
    return answer


def as_fact(state: State) -> Any:
    """The value of the outcome ``state``, as rules of a higher stratum read it."""
    if isinstance(state.value, Interval):
        # an outcome that its rules may give no value is no fact: bounds of it would be taken for a value or none
        return UNKNOWN if state.value.absent else state.value
    return state.value if state.status == "known" else UNKNOWN


class StandingLaw(Session):
    """A session that judges by the law of an earlier day of decision, everything else being as on its own day.

    A rule is read as it stands on the day on which it was judged on the earlier day of decision. So what is judged on
    the day of decision keeps the law of the earlier one, and a plan or period that is judged on a day of its own is
    judged by the law of that day, now as then.

    Attributes:
        earlier: the same record on the earlier day.
    """

    def __init__(self, earlier: Session, inputs: Mapping[str, Any], on: date) -> None:
        """The record of ``earlier``, whose ready-made facts are ``inputs``, on the day of decision ``on``."""
        super().__init__(earlier.book, earlier.facts.record, on, earlier.engine, inputs)
        self.earlier = earlier

    def ask(self, group: QueryGroup, list_name: str, item: Any, position: int) -> list[State]:
        """As `Session.ask`, by the law of the earlier day of decision.

        Args:
            group: the questions.
            list_name: the list of the item; empty for the client.
            item: the item; None for the client.
            position: its place in the list; -1 for the client.
        """
        scopes: list[Scope] = []
        segments: list[Any] = []
        sure = True
        for read in judged_readers(group):
            day, law = self.on, self.earlier.on
            if read is not None:
                day = read(Scope(self.facts, self.on, list_name, item))
                law = read(Scope(self.earlier.facts, self.earlier.on, list_name, item))
            known = day.__class__ is date and law.__class__ is date
            scopes.append(Scope(self.facts, day if known else OpenDay(), list_name, item))
            segments.append(group.segment(law) if law.__class__ is date else law)
            sure = sure and known
        seen = tuple(scopes)
        if sure:
            return self._read(group, seen, tuple(segments), list_name, item, position)
        choices = [self._segments(group, segment) for segment in segments]
        return self._read_all(group, seen, choices, list_name, item, position)


class EarlierLaw(Session):
    """A session that judges by the law of an earlier day, with the facts of the day of decision.

    Rules judged on a later day are those in force on ``law``; all that a record says counts as on the day itself.

    Attributes:
        law: the day whose rules and values count at the latest.
    """

    def __init__(self, session: Session, inputs: Mapping[str, Any], law: date) -> None:
        """The record of ``session``, whose ready-made facts are ``inputs``, by the law of ``law`` at the latest."""
        super().__init__(session.book, session.facts.record, session.on, session.engine, inputs)
        self.facts.twin = session.facts
        self.law = law

    def _read(
        self, group: QueryGroup, seen: tuple[Scope, ...], segments: tuple[int, ...],
        list_name: str, item: Any, position: int,
    ) -> list[State]:  # fmt: skip
        last = group.segment(self.law)
        return super()._read(group, seen, tuple(min(part, last) for part in segments), list_name, item, position)

    def _in_segment(self, group: QueryGroup, scope: Scope, segment: int) -> Scope:
        return scope  # a later day is judged by the law of this segment, but its facts are not

    def _segments(self, group: QueryGroup, day: Any) -> range:
        last, parts = group.segment(self.law), super()._segments(group, day)
        return range(min(parts.start, last), min(parts.stop, last + 1))
