"""An open answer asked again through all strata, where an outcome that it reads is open as well.

Stratum by stratum an outcome is an input like any other; see `compiler.composition` for what is lost by that. Most
answers are known without, so only those that are open are asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, Protocol

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.composition import FEWEST_STEPS, Part, compose, may_turn, outcomes_read, steps_read
from aava_rules.compiler.joint import JointStates, joint_diagram
from aava_rules.compiler.program import Program
from aava_rules.engine.alike import ClientsAlike
from aava_rules.engine.reference.engine import KnownCells
from aava_rules.engine.reference.features import known_cells
from aava_rules.engine.reference.scope import OpenDay, Scope
from aava_rules.engine.states import Reading, State, States
from aava_rules.language.values import FIRST_DAY

MOST_KEPT: Final = 256
"""Questions through all strata that are kept of one program: records state unlike outcomes, few of them often."""

_PROGRAMS: Final = "through all strata"


class Outcomes(Protocol):
    """What answers the outcomes that a question reads.

    Attributes:
        book: the rulebook.
        on: the day of decision.
        clients: what is kept for all of whom the same is known.
    """

    book: CompiledRulebook
    on: date
    clients: ClientsAlike

    def outcome(self, name: str) -> State:
        """The state of the outcome ``name``."""


class _Days:
    """The judged days of a question and of all outcomes below it, each once."""

    def __init__(self) -> None:
        self.scopes: dict[Any, Scope] = {}
        self._numbers: dict[Any, int] = {}

    def numbers(self, scopes: tuple[Scope, ...]) -> tuple[int, ...]:
        """The number of each of these judged days."""
        for scope in scopes:
            self.scopes.setdefault(scope.judged, scope)
            self._numbers.setdefault(scope.judged, len(self._numbers))
        return tuple([self._numbers[scope.judged] for scope in scopes])

    def of(self, day: date) -> int | None:
        """The number of ``day``; None if nothing is judged on it."""
        return self._numbers.get(day)


class Through:
    """A question through all strata, which is read when it is called.

    Attributes:
        layered: its reading stratum by stratum.
        program: its program.
        scopes: what is read on each judged day of the program.
        clients: what is kept for all of whom the same is known.
    """

    __slots__ = ("clients", "layered", "program", "scopes")

    def __init__(self, layered: Reading, program: Program, scopes: tuple[Scope, ...], clients: ClientsAlike) -> None:
        self.layered, self.program, self.scopes, self.clients = layered, program, scopes, clients

    def __call__(self) -> Reading:
        """The reading."""
        program, known = self.program, known_cells(self.program, self.scopes)
        alike = self.clients.of(program, known, _states)
        return Reading(program.questions[0], program, known, self.scopes, alike.states, self.layered, alike.memo)


def _states(program: Program, known: int) -> States:
    joint = joint_diagram(program)
    return KnownCells(known) if joint is None else JointStates(joint, known)


def through_outcomes(reading: Reading, outcomes: Outcomes) -> Through | None:
    """The question of ``reading`` through all strata; None if no outcome that it reads is open, or can be replaced.

    Steps that it reads, and that may turn together, are put as tests of either round: see `compiler.rounds`.

    Args:
        reading: the question, stratum by stratum.
        outcomes: what answers the outcomes.
    """
    if reading.question.in_doubt:
        return None
    needed, open_outcome = _steps_needed(reading, outcomes), _reads_open_outcome(reading, outcomes)
    if needed is None and not open_outcome:
        return None
    days = _Days()
    target = Part(reading.program, reading.question, days.numbers(reading.scopes))
    lower = _below(reading, outcomes, days)
    today = days.of(outcomes.on)
    steps = needed is not None and needed <= _steps_below(lower.values(), outcomes)
    if not steps and not (open_outcome and lower and today is not None):
        return None
    program = composed(target, lower, -1 if today is None else today, outcomes.book, steps)
    return None if program is None else Through(reading, program, tuple(days.scopes.values()), outcomes.clients)


def _reads_open_outcome(reading: Reading, outcomes: Outcomes) -> bool:
    for read in outcomes_read(reading.program, reading.question, outcomes.book.vocabulary):
        if reading.scopes[read.scope].judged == outcomes.on and outcomes.outcome(read.name).open:
            return True
    return False


def _steps_needed(reading: Reading, outcomes: Outcomes) -> int | None:
    """How many features of outcomes below must ask for steps, that steps may turn together; None: they do not.

    They do where several open features ask for steps and the round may be another one, or one row may prove two.
    """
    vocabulary = outcomes.book.vocabulary
    if not may_turn(reading.program, reading.question, vocabulary):
        return None
    read = steps_read(reading.program, reading.question, vocabulary)
    features, known = reading.program.features, reading.known

    def still_open(numbers: tuple[int, ...]) -> int:
        return sum((known & features[number].bits).bit_count() > 1 for number in numbers)

    own = still_open(read.features)
    if own < FEWEST_STEPS and not (
        vocabulary.outcomes_turn and outcomes_read(reading.program, reading.question, vocabulary)
    ):
        return None
    facts = reading.scopes[0].facts
    if facts.steps.round_open:
        return max(FEWEST_STEPS - own, 0)
    # of events that are not listed each of two steps may have been done, whatever proves both
    listed = facts.record.events is not None and facts.record.complete_from.get("events", FIRST_DAY) == FIRST_DAY
    return 0 if listed and any(still_open(numbers) >= FEWEST_STEPS for numbers in read.proven) else None


def _steps_below(lower: Iterable[Part], outcomes: Outcomes) -> int:
    """How many features of the outcomes ``lower`` ask for steps, and values that they may have."""
    vocabulary = outcomes.book.vocabulary
    return sum(steps_read(part.program, part.question, vocabulary).count for part in lower)


def _below(reading: Reading, outcomes: Outcomes, days: _Days) -> dict[str, Part]:
    """The outcomes that are read, directly or not, and follow from rules on known days; by name."""
    vocabulary = outcomes.book.vocabulary
    lower: dict[str, Part] = {}
    pending = [reading]
    while pending:
        reader = pending.pop()
        for read in outcomes_read(reader.program, reader.question, vocabulary):
            if read.name in lower or reader.scopes[read.scope].judged != outcomes.on:
                continue
            state = outcomes.outcome(read.name)
            if state.stated or state.day_open or not state.asked:
                continue
            below = state.asked[0].layered or state.asked[0]
            undated = any(scope.judged.__class__ is OpenDay for scope in below.scopes)
            if undated or below.question.in_doubt or not below.question.rules:
                continue
            lower[read.name] = Part(below.program, below.question, days.numbers(below.scopes))
            pending.append(below)
    return lower


def composed(
    target: Part, lower: Mapping[str, Part], today: int, book: CompiledRulebook, steps: bool = False
) -> Program | None:
    """The program of a question through all strata, kept with the program of the question itself.

    Args:
        target: the question.
        lower: the outcomes that are put into it, by name.
        today: the number of the judged day that is the day of decision; -1 if none is.
        book: the rulebook.
        steps: whether tests of steps are put as tests of either round.

    Returns: None where they do not fit together.
    """
    programs = target.program.compiled.setdefault(_PROGRAMS, {})
    parts = [part for _, part in sorted(lower.items())]
    key = (
        target.question.kind, target.question.name, today, steps, target.scopes,
        *((part.question.name, part.program, part.scopes) for part in parts),
    )  # fmt: skip
    if key not in programs:
        if len(programs) >= MOST_KEPT:
            programs.clear()
        programs[key] = compose(target, lower, today, book.vocabulary, steps)
    program: Program | None = programs[key]
    return program
