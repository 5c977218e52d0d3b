"""The client path: its steps with the place of one client on them, in the current round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from aava_rules.compiler.rounds import RETURN_STEP
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.missing import needs
from aava_rules.decision.path_graph import path_order
from aava_rules.decision.text.values import label
from aava_rules.engine.reference.evaluate import tester
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.reference.steps import FIRST_STEP
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.structs import FrozenDict
from aava_rules.language.syntax import TRUE
from aava_rules.language.values import FIRST_DAY, UNKNOWN, plain
from aava_rules.rulebook.model import StepDef, Text

if TYPE_CHECKING:
    from aava_rules.decision.answers import NextStep

StepState = Literal["done", "next", "open", "unknown"]


@dataclass(frozen=True, slots=True)
class Round:
    """The current round: ``since`` is its first day, None if none has begun, UNKNOWN if that is not known.

    ``begun_by`` is the step that began it: the start of the client relationship, or a follow-up contact.
    """

    since: Any
    begun_by: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The round as JSON has it."""
        return {"since": plain(self.since), "begun_by": self.begun_by or None}


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact about a step that is not known: what it is called, and the record fields that it would come from."""

    title: Text
    fields: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The gap as JSON has it."""
        return {"title": dict(self.title), "fields": list(self.fields)}


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of the path.

    ``state``: ``next`` (to be taken now, perhaps once more), ``done`` in the current round,
    ``unknown`` (whether it is done, or is to be taken, is not known), or ``open`` (not reached).
    ``done_on`` is the day on which it was last done in the round, an Interval where there may be a
    later one, None if it was not. ``earlier_on`` is the last day of it before the round.
    ``next`` has a suggestion for each item that asks for the step, ``gaps`` what is not known.
    """

    step: str
    number: int
    titles: Text
    state: StepState
    done_on: Any
    earlier_on: date | None
    next: tuple[NextStep, ...]
    gaps: tuple[Gap, ...]

    def title(self, language: str = "fi") -> str:
        """What the step is called, in ``language``: ``fi``, ``sv`` or ``en``."""
        return self.titles[language]

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON has it."""
        return {
            "step": self.step,
            "number": self.number,
            "title": dict(self.titles),
            "state": self.state,
            "done_on": plain(self.done_on),
            "earlier_on": plain(self.earlier_on),
            "next": [suggestion.to_dict() for suggestion in self.next],
            "missing": [gap.to_dict() for gap in self.gaps],
        }


@dataclass(frozen=True, slots=True)
class ClientPath:
    """The steps in their order on the path, and the round in which they are counted."""

    round: Round
    steps: tuple[PathStep, ...]

    @property
    def next(self) -> tuple[NextStep, ...]:
        """What is to be done now: by the day it is due, then what has an unknown day, then what has none."""
        numbered = [(step.number, suggestion) for step in self.steps for suggestion in step.next]
        numbered.sort(key=lambda pair: (_urgency(pair[1].due), pair[0], pair[1].where))
        return tuple(suggestion for _, suggestion in numbered)

    def to_dict(self) -> dict[str, Any]:
        """The path as JSON has it."""
        return {
            "round": self.round.to_dict(),
            "next": [suggestion.to_dict() for suggestion in self.next],
            "steps": [step.to_dict() for step in self.steps],
        }


def client_path(decision: Decision) -> ClientPath:
    """The place on the path of the client of ``decision``, on its day; suggestions are those that it was asked for."""
    path = _Path(decision)
    steps = enumerate(path_order(inside(decision).parts), 1)
    return ClientPath(path.round(), tuple(path.step(number, definition) for number, definition in steps))


def _urgency(due: Any) -> tuple[int, str]:
    return (0, due.isoformat()) if isinstance(due, date) else (1 if due is UNKNOWN else 2, "")


class _Path:
    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.facts = inside(decision).session.facts
        self.done = self.facts.steps
        self.start = self.done.round_start()

    def round(self) -> Round:
        if self.start is UNKNOWN:
            return Round(UNKNOWN)
        if self.start == FIRST_DAY:
            return Round(None)
        events = self.facts.record.events or ()
        began = any(event.step == FIRST_STEP and event.on == self.start for event in events)
        return Round(self.start, FIRST_STEP if began else RETURN_STEP)

    def step(self, number: int, definition: StepDef) -> PathStep:
        name = definition.name
        done = self.done.done(name)
        suggested = tuple(step for step in self.decision.next_steps if step.step == name)
        gaps = self._gaps(definition, done)
        state: StepState = "open"
        if suggested:
            state = "next"
        elif done is True:
            state = "done"
        elif gaps:
            state = "unknown"
        day = self.done.date_of(name) if done is True else None
        earlier = self._earlier(definition)
        return PathStep(name, number, FrozenDict(definition.title), state, day, earlier, suggested, gaps)

    def _gaps(self, definition: StepDef, done: Any) -> tuple[Gap, ...]:
        """What is not known: whether the step is done, and the facts that an open suggestion waits for."""
        gaps: dict[str, tuple[str, ...]] = {}
        if done is UNKNOWN:
            gaps[definition.name] = ("events", *(proof.over for proof in definition.proof))
        for state in inside(self.decision).states:
            if state.kind == "step" and state.name == definition.name and state.status == "open":
                for need in needs(state, inside(self.decision)):
                    gaps[need.fact] = tuple(dict.fromkeys([*gaps.get(need.fact, ()), *need.fields]))
        return tuple(Gap(FrozenDict(label(inside(self.decision).parts, fact)), fields) for fact, fields in gaps.items())

    def _earlier(self, definition: StepDef) -> date | None:
        """The last day on which the step was surely done before the current round."""
        if not isinstance(self.start, date) or self.start == FIRST_DAY:
            return None
        days = []
        for event in self.facts.record.events or ():
            # the contact that opened this round closed the one before
            last = self.start if event.needs_services is True and event.step == RETURN_STEP else self.start - ONE_DAY
            if event.step == definition.name and event.on is not None and event.on <= last:
                days.append(event.on)
        for proof in definition.proof:
            test = tester(proof.where or TRUE)
            for item in getattr(self.facts.record, proof.over) or ():
                day = getattr(item, proof.field)
                if isinstance(day, date) and day < self.start:
                    surely = test(Scope(self.facts, self.facts.on, proof.over, item))
                    days += [day] if surely else []
        return max(days, default=None)
