"""What an engine answers: the states of formulas, the reading of a question, and its state.

It is what conclusions and sessions share, and knows neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import Program, Question
from aava_rules.engine.reference.engine import KnownCells
from aava_rules.engine.reference.features import value_of
from aava_rules.engine.reference.scope import Scope
from aava_rules.language.syntax import Const, Expr
from aava_rules.language.values import UNKNOWN, Interval

OPEN: Final = frozenset({"unknown", "open"})
"""The statuses of an answer that is not known."""
MOST_CANDIDATES: Final = 512
"""With more combinations of segments than this on unknown judged days, the answer stays unknown."""


class States(Protocol):
    """What an engine answers of the formulas of one program, for what is known of one record."""

    def surely(self, form: CompiledFormula) -> bool:
        """Whether ``form`` holds for every completion of what is known."""

    def state(self, form: CompiledFormula) -> bool | None:
        """Whether ``form`` holds for every completion of what is known, for none (False), or for some (None)."""


class Engine(Protocol):
    """Finds the states of formulas. What is known, and what the states mean, is the same for all engines."""

    @property
    def name(self) -> str:
        """The name under which it is chosen, and which a decision carries."""

    def states(self, program: Program, known: int) -> States:
        """The states of the formulas of ``program`` where the cells of the mask ``known`` are possible."""


class Reading:
    """One question in one program, and what is known of a record.

    Attributes:
        question: the question.
        program: the program.
        known: the mask of the cells that are possible.
        scopes: what is read on each judged day of the program.
        states: what the engine answers of the formulas.
        surely: whether a formula of the program surely holds; that of ``states``.
        state: whether it surely holds, surely fails (False), or is open (None); that of ``states``.
        layered: of a question through all strata, its reading stratum by stratum; else None.
        memo: what is worked out once of all readings of the program in which the same is known, by what it is.
    """

    __slots__ = ("known", "layered", "memo", "program", "question", "scopes", "state", "states", "surely")

    def __init__(
        self, question: Question, program: Program, known: int, scopes: tuple[Scope, ...], states: States,
        layered: Reading | None = None, memo: dict[Any, Any] | None = None,
    ) -> None:  # fmt: skip
        self.question = question
        self.layered = layered
        self.memo = {} if memo is None else memo
        self.program = program
        self.known = known
        self.scopes = scopes
        self.states = states
        self.surely = states.surely
        self.state = states.state

    def value(self, expr: Expr, scope: int) -> Any:
        """The value of a term of a rule, ``expr``, on the judged day number ``scope``."""
        if isinstance(expr, Const):  # also in a reading of no record, which has no scopes
            return expr.value
        return value_of(expr, self.program, self.scopes[scope])

    def supposing(self, known: int) -> Reading:
        """The same question where the mask of the possible cells is ``known``."""
        return Reading(self.question, self.program, known, self.scopes, KnownCells(known), self.layered)


class State:
    """The answer of an engine to one question, and the readings on which it rests.

    Attributes:
        kind: ``outcome``, ``requirement`` or ``step``.
        name: the outcome, requirement or step.
        status: of an outcome ``known``, ``unknown``, ``not_applicable`` or ``conflict``; of a requirement ``met``,
            ``broken``, ``unknown`` or ``not_applicable``; of a step ``suggested``, ``open`` (unknown) or ``none``.
        value: the value of an outcome; of a set an Interval of sets while more words are possible.
        asked: the readings that gave the answer; several where the judged day is not known and the rules do not stand
            alike on all that it may be; none where these are too many, or the record states the answer.
        list_name: the list of the item that it is about; empty for the client.
        item: that item; None for the client.
        position: its place in the list; -1 for the client.
        stated: whether the record states it, so that its rules are not asked.
        through: makes the reading through all strata of an answer that it would not change; None if there is none.
        day_open: whether the law of more than one stretch of time may be what answers, as a judged day is not known.
        memo: what is worked out of it once, as texts, citations and cautions all ask for its grounds; by what it is.
    """

    __slots__ = (
        "asked", "day_open", "item", "kind", "list_name", "memo", "name", "position", "stated", "status", "through",
        "value",
    )  # fmt: skip

    def __init__(
        self, kind: str, name: str, status: str, value: Any, readings: tuple[Reading, ...], list_name: str = "",
        item: Any = None, position: int = -1, stated: bool = False,
    ) -> None:  # fmt: skip
        self.kind, self.name, self.status, self.value, self.asked = kind, name, status, value, readings
        self.through: Callable[[], Reading] | None = None
        self.list_name, self.item, self.position, self.stated = list_name, item, position, stated
        self.day_open = False
        self.memo: dict[str, Any] = {}

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The readings on which the answer rests; of an open answer through all strata, where that can be.

        They say what could still change it.
        """
        through = self.through
        if through is not None:
            self.asked = (through(),)
            self.through = None
        return self.asked

    @property
    def shared(self) -> Reading | None:
        """The one reading from which all of it follows, for all of whom the same is known; None if there is none."""
        readings = self.asked if self.through is None else self.readings
        return readings[0] if len(readings) == 1 and readings[0].question.constant else None

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
