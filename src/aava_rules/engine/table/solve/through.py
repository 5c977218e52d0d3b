"""Open answers asked again through all strata, in every row where an outcome that they read is open as well.

The same as `aava_rules.engine.through` does for one record. Rows of which the same is known are asked once; many of
them go through a diagram together, from its root down, each along all branches that its cells allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.composition import FEWEST_STEPS, Part, may_turn, outcomes_read, shares, steps_read
from aava_rules.compiler.diagrams import DiagramFormula, Diagrams, Node
from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import Program, Question
from aava_rules.engine.table.block import Block, Judged, Rows, RowView
from aava_rules.engine.table.columns import Bits, Bools, Ints, packed
from aava_rules.engine.table.evaluate.steps import round_open
from aava_rules.engine.table.solve.answers import OPEN_STATUS, Answers
from aava_rules.engine.table.solve.features import TooManyCells
from aava_rules.engine.table.solve.formulas import Formulas
from aava_rules.engine.table.solve.readings import FrameRows, Layers
from aava_rules.engine.through import composed
from aava_rules.language.dates import FIRST_ORDINAL

FEWEST_TOGETHER: Final = 16
"""Rows that go through a diagram together; of fewer each goes by itself, and stops where the answer is open."""


class OutcomeRows(Protocol):
    """What answers the outcomes of a block.

    Attributes:
        book: the rulebook.
        block: the clients.
    """

    book: CompiledRulebook
    block: Block

    def layers_of(self, name: str) -> Layers:
        """How the outcome ``name`` was read for each client."""


class ThroughFormulas(Formulas):
    """The states of formulas through all strata, by their decision diagrams; rows that are alike are asked once."""

    def __init__(self, program: Program, views: tuple[RowView, ...]) -> None:
        """Raises TooManyCells for a feature of more cells than a machine word has bits."""
        super().__init__(program, views)
        cells = np.column_stack([self.cells(number).astype(np.uint64) for number in range(len(program.features))])
        alike, which = np.unique(cells, axis=0, return_inverse=True)
        shifts = [feature.partition.shift for feature in program.features]
        self._which = which.reshape(-1)
        self._alike, self._shifts = alike, shifts
        self._cubes: list[int] = []
        self._allowed: dict[tuple[int, int], Bools] = {}
        self._states: dict[int, tuple[Bits, Bits]] = {}

    def _surely(self, form: CompiledFormula, holds: bool) -> Bits:
        states = self._states.get(id(form))
        if states is None:
            vertex = form.vertex if isinstance(form, DiagramFormula) else None
            if isinstance(vertex, Node) and isinstance(form, DiagramFormula) and len(self._alike) >= FEWEST_TOGETHER:
                true, false = self._ends(vertex, form.diagrams)
            else:
                true, false = self._one_by_one(form)
            states = self._states[id(form)] = packed(true[self._which]), packed(false[self._which])
        return states[not holds]

    def _one_by_one(self, form: CompiledFormula) -> tuple[Bools, Bools]:
        """Where a formula surely holds, and where it surely fails, of the rows that are alike."""
        if not self._cubes:
            self._cubes = [
                sum(cell << shift for cell, shift in zip(row.tolist(), self._shifts, strict=True))
                for row in self._alike
            ]
        truths = [form.state(cube) for cube in self._cubes]
        return np.array([truth is True for truth in truths]), np.array([truth is False for truth in truths])

    def _ends(self, root: Node, diagrams: Diagrams) -> tuple[Bools, Bools]:
        """The same of the diagram from ``root`` on, all rows at once: a node is passed by those that can reach it."""
        ends = {end: np.zeros(len(self._alike), np.bool_) for end in (True, False)}
        reached: list[dict[int, tuple[Node, Bools]]] = [{} for _ in diagrams.shifts]
        reached[root.level][id(root)] = root, np.ones(len(self._alike), np.bool_)
        for level, nodes in enumerate(reached):  # a node leads to features that are asked later
            for node, here in nodes.values():
                for cell, child in enumerate(node.children):
                    ways = here & self._may_be(diagrams.shifts[level], cell)
                    if not isinstance(child, Node):
                        ends[child] |= ways
                    elif id(child) in reached[child.level]:
                        reached[child.level][id(child)][1][:] |= ways
                    else:
                        reached[child.level][id(child)] = child, ways
        return ends[True] & ~ends[False], ends[False] & ~ends[True]

    def _may_be(self, shift: int, cell: int) -> Bools:
        """Which rows may lie in a cell of the feature whose cells begin with the bit ``shift``."""
        allowed = self._allowed.get((shift, cell))
        if allowed is None:
            cells = self._alike[:, self._shifts.index(shift)]
            allowed = self._allowed[shift, cell] = (cells >> np.uint64(cell)) & np.uint64(1) == 1
        return allowed


def through_outcomes(read: FrameRows, answers: Answers, outcomes: OutcomeRows) -> Iterator[tuple[Rows, Formulas]]:
    """The open rows of a question in which an outcome that it reads is open, with its formulas through all strata.

    Args:
        read: the question, stratum by stratum.
        answers: what it was answered in the rows of ``read``.
        outcomes: what answers the outcomes.

    Yields rows of ``read`` that go together, shape (k,), intp, with the formulas of one question.
    """
    program = read.formulas.program
    question = program.questions[read.index]
    outcomes_of = outcomes_read(program, question, outcomes.book.vocabulary)
    asks_steps = may_turn(program, question, outcomes.book.vocabulary)
    if not (outcomes_of or asks_steps) or question.in_doubt:
        return
    undecided = answers.undecided() if question.kind == "outcome" else answers.status == OPEN_STATUS[question.kind]
    if undecided is None:
        return
    places = np.flatnonzero(undecided)
    clients = _clients(read, places)
    worth = np.zeros(len(places), np.bool_)
    for outcome in outcomes_of:
        open_ = outcomes.layers_of(outcome.name).open
        if open_ is not None:
            today = _ordinals(read.formulas.views[outcome.scope].judged, places) == outcomes.block.today
            worth |= open_[clients] & today
    needed = _steps_needed(read, places, clients, outcomes) if asks_steps else np.full(len(places), _NO_STEPS)
    for steps in np.unique(needed).tolist():
        for open_outcome in (False, True):
            here = (needed == steps) & (worth == open_outcome)
            if here.any() and (open_outcome or steps != _NO_STEPS):
                yield from _Strata(read, places[here], outcomes, steps, open_outcome).parts()


_NO_STEPS: Final = 1 << 30
"""More features than any outcomes have: steps do not turn together."""


def _steps_needed(read: FrameRows, places: Rows, clients: Rows, outcomes: OutcomeRows) -> Ints:
    """How many features of outcomes below must ask for steps, that steps may turn together, as for one record."""
    formulas, program, vocabulary = read.formulas, read.formulas.program, outcomes.book.vocabulary
    question = program.questions[read.index]
    steps = steps_read(program, question, vocabulary)
    through_others = vocabulary.outcomes_turn and bool(outcomes_read(program, question, vocabulary))
    still_open: dict[int, Ints] = {}
    for number in steps.features:
        if number not in still_open:
            cells = formulas.cells(number)[places].astype(np.uint64)
            still_open[number] = ((cells & (cells - np.uint64(1))) != 0).astype(np.int64)

    def count_open(numbers: tuple[int, ...]) -> Ints:
        return sum((still_open[number] for number in numbers), np.zeros(len(places), np.int64))

    own = count_open(steps.features)
    events = outcomes.block.items["events"]
    # of events that are not listed each of two steps may have been done, whatever proves both
    listed = (events.known & (events.complete_from == FIRST_ORDINAL))[clients]
    proven = np.zeros(len(places), np.bool_)
    for numbers in steps.proven:
        proven |= listed & (count_open(numbers) >= FEWEST_STEPS)
    needed = np.where(round_open(outcomes.block)[clients], np.maximum(FEWEST_STEPS - own, 0), _NO_STEPS)
    needed = np.where(~round_open(outcomes.block)[clients] & proven, 0, needed)
    worth: Ints = np.where((own >= FEWEST_STEPS) | through_others, needed, _NO_STEPS)
    return worth


def _clients(read: FrameRows, places: Rows) -> Rows:
    """The client of each of these rows of a reading."""
    clients = read.formulas.views[0].clients
    return places if clients is None else clients[places]


class _Strata:
    """Rows of one question, grouped by how the outcomes below it were read."""

    def __init__(
        self, read: FrameRows, places: Rows, outcomes: OutcomeRows, steps_needed: int, open_outcome: bool
    ) -> None:
        """Rows in which steps turn together if outcomes below have so many features that ask for some.

        ``open_outcome``: whether an outcome that they read is open.
        """
        self.read, self.places, self.outcomes = read, places, outcomes
        self.steps_needed, self.open_outcome = steps_needed, open_outcome
        self.clients = _clients(read, places)
        self.program = read.formulas.program
        self.question = self.program.questions[read.index]
        self.layers: dict[str, Layers] = {}
        self._find(self.program, self.question)

    def _find(self, program: Program, question: Question) -> None:
        """The outcomes that these rows read, directly or not."""
        for outcome in outcomes_read(program, question, self.outcomes.book.vocabulary):
            if outcome.name not in self.layers:
                layers = self.layers[outcome.name] = self.outcomes.layers_of(outcome.name)
                for number in np.unique(layers.frame[self.clients]).tolist():
                    if number >= 0:
                        frame = layers.frames[number]
                        self._find(frame.formulas.program, frame.formulas.program.questions[frame.index])

    def parts(self) -> Iterator[tuple[Rows, Formulas]]:
        """The rows that go together, with their formulas."""
        today = np.full(len(self.places), self.outcomes.block.today, np.int64)
        days = [today, *(_ordinals(view.judged, self.places) for view in self.read.formulas.views)]
        frames: list[Ints] = []
        for layers in self.layers.values():
            frames.append(layers.frame[self.clients])
            days += self._days_of(layers, today)
        # rows are alike where the same readings are put together, and the same days coincide
        first_equal = [
            np.argmax([day == other for other in days[: number + 1]], axis=0) for number, day in enumerate(days)
        ]
        key = np.column_stack([*frames, *first_equal])
        _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
        for number, row in enumerate(first.tolist()):
            here = np.flatnonzero(which.reshape(-1) == number)
            formulas = self._formulas(row, here)
            if formulas is not None:
                yield self.places[here], formulas

    def _days_of(self, layers: Layers, today: Ints) -> list[Ints]:
        """The judged days of an outcome in each row; the day of decision where it stays an input."""
        frame, place = layers.frame[self.clients], layers.place[self.clients]
        scopes = max((len(read.formulas.views) for read in layers.frames), default=0)
        days = [today.copy() for _ in range(scopes)]
        for number, read in enumerate(layers.frames):
            here = np.flatnonzero(frame == number)
            for scope, view in enumerate(read.formulas.views if len(here) else ()):
                days[scope][here] = _ordinals(view.judged, place[here])
        return days

    def _formulas(self, row: int, here: Rows) -> Formulas | None:
        """The formulas through all strata of rows that are alike, ``row`` being one of them."""
        days: dict[int, Judged] = {}

        def numbers(views: tuple[RowView, ...], at: int, rows: Rows) -> tuple[int, ...]:
            own = [int(_ordinals(view.judged, np.array([at]))[0]) for view in views]
            for day, view in zip(own, views, strict=True):
                days.setdefault(day, _judged(view.judged, rows))
            order = list(days)
            return tuple([order.index(day) for day in own])

        today, client = self.outcomes.block.today, int(self.clients[row])
        views = self.read.formulas.views
        target = Part(self.program, self.question, numbers(views, int(self.places[row]), self.places[here]))
        lower: dict[str, Part] = {}
        pending = [(self.program, self.question, target.scopes)]
        while pending:
            program, question, scopes = pending.pop()
            for outcome in outcomes_read(program, question, self.outcomes.book.vocabulary):
                layers = self.layers[outcome.name]
                frame = int(layers.frame[client])
                if outcome.name in lower or frame < 0 or list(days)[scopes[outcome.scope]] != today:
                    continue
                read = layers.frames[frame]
                places = layers.place[self.clients[here]]
                below = Part(
                    read.formulas.program,
                    read.formulas.program.questions[read.index],
                    numbers(read.formulas.views, int(layers.place[client]), places),
                )
                lower[outcome.name] = below
                pending.append((below.program, below.question, below.scopes))
        vocabulary = self.outcomes.book.vocabulary
        counts = [steps_read(part.program, part.question, vocabulary).count for part in lower.values()]
        steps = sum(counts) >= self.steps_needed
        if not steps and not (self.open_outcome and lower and today in days):
            return None
        day = list(days).index(today) if today in days else -1
        program_through = composed(target, lower, day, self.outcomes.book, steps)
        if program_through is None or not shares(program_through):
            return None
        try:
            return ThroughFormulas(program_through, tuple([self._view(judged, here) for judged in days.values()]))
        except TooManyCells:
            mask: Bools = np.zeros(views[0].size, np.bool_)
            mask[self.places[here]] = True
            views[0].mark_overflow(mask)
            return None

    def _view(self, judged: Judged, here: Rows) -> RowView:
        base = self.read.formulas.views[0]
        if base.items is None:
            return RowView(base.block, judged, self.clients[here])
        return RowView(base.block, judged, None, base.list_name, base.items[self.places[here]])


def _ordinals(judged: Judged, rows: NDArray[Any]) -> Ints:
    """The judged day of some rows, as ordinals."""
    assert judged is not None
    if isinstance(judged, date):
        return np.full(len(rows), judged.toordinal(), np.int64)
    days: Ints = judged[rows]
    return days


def _judged(judged: Judged, rows: NDArray[Any]) -> Judged:
    return judged if judged is None or isinstance(judged, date) else judged[rows]
