"""Formulas as branches of flags, for an engine that knows nothing but conjunctions of yes and no.

A *branch* is one prime implicant: a formula holds (or fails) where all that is known lies within one of its branches. A
branch limits some features, and each limit is a *flag*: the cells of one feature that the branch does not allow, none
of which may be possible. Formulas share branches, and branches share flags, so each is evaluated once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import Program, Question

Goal = tuple[CompiledFormula, bool]
"""A formula, and whether it is to hold or to fail."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Branches that are evaluated together.

    Attributes:
        branches: the branches.
        flags: their flags, in the order of their numbers.
        limits: the numbers of the flags of each branch.
    """

    branches: tuple[int, ...]
    flags: tuple[int, ...]
    limits: tuple[tuple[int, ...], ...]
    """The numbers of the flags of each branch."""


class Source(Protocol):
    """A batch that is ready to be evaluated."""

    def true_branches(self, known: int) -> Iterable[int]:
        """The branches of the batch within which all that is known lies: the mask ``known`` of the possible cells."""


class Maker(Protocol):
    """Makes batches ready to be evaluated, within the limits of an engine.

    Attributes:
        most_branches: branches of one batch, at most.
        most_flags: flags of one batch, at most.
    """

    most_branches: int
    most_flags: int

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """What is held while batches are made."""

    def source(self, batch: Batch, user: Branches) -> Source:
        """The ``batch`` made ready for the program of ``user``. The lock is held."""


def stages(questions: Iterable[Question]) -> tuple[tuple[Goal, ...], ...]:
    """The formulas of ``questions`` that are compiled together, in the order in which they are needed.

    First each value of an outcome, since the first case that holds is the answer; then what else settles answers; what
    open answers depend on; and what single rules need. Many records need the first stages only, and what is never
    needed is never compiled.
    """
    values: dict[Goal, None] = {}
    settling: dict[Goal, None] = {}
    opening: dict[Goal, None] = {}
    grounding: dict[Goal, None] = {}
    for question in questions:
        for case in question.cases:
            by_rules = case.expr is not None and not case.default
            (values if by_rules else settling)[case.form, True] = None
        settling.update(_both(question.members.values()))
        opening.update(_both(group.form for group in question.groups))
        if question.groups:
            opening.update(_both([question.any_value, question.conflict]))
        opening.update(dict.fromkeys((case.form, False) for case in question.cases))
        for rule in question.rules:
            if question.kind == "step":
                settling.update(_both([rule.holds]))
                settling[rule.active, True] = None
            grounding.update(_both([rule.active, rule.holds, rule.requires]))
    rest = tuple(goal for goal in grounding if goal not in settling)
    return (*((goal,) for goal in values), tuple(settling), tuple(opening), rest)


def _both(forms: Iterable[CompiledFormula | None]) -> dict[Goal, None]:
    return {(form, holds): None for form in forms if form is not None for holds in (True, False)}


def flags_of(branch: int, fields: Sequence[int]) -> list[int]:
    """The flags of a branch: of each feature that it limits, the cells that must not be possible.

    Args:
        branch: the prime implicant.
        fields: the mask of all cells of each feature.
    """
    return [outside for field in fields if (outside := field & ~branch)]


def batches(branches: Collection[int], fields: Sequence[int], most_branches: int, most_flags: int) -> Iterator[Batch]:
    """Branches in as few batches as the limits allow.

    Branches that begin alike are neighbours, with their most frequent flags first, so that an engine which shares
    beginnings has little to test. Batches of one pattern have the same ``limits``, whatever their features are.

    Args:
        branches: the branches; none may have more flags than ``most_flags``.
        fields: the mask of all cells of each feature.
        most_branches: branches of one batch, at most.
        most_flags: flags of one batch, at most.
    """
    limits = {branch: flags_of(branch, fields) for branch in branches}
    often = Counter(flag for flags in limits.values() for flag in flags)
    for flags in limits.values():
        flags.sort(key=lambda flag: (-often[flag], flag))
    batch: list[int] = []
    numbers: dict[int, int] = {}
    for branch in sorted(limits, key=lambda branch: [(-often[flag], flag) for flag in limits[branch]]):
        more = sum(1 for flag in limits[branch] if flag not in numbers)
        if batch and (len(batch) == most_branches or len(numbers) + more > most_flags):
            yield _batch(batch, numbers, limits)
            batch, numbers = [], {}
        batch.append(branch)
        for flag in limits[branch]:
            numbers.setdefault(flag, len(numbers))
    if batch:
        yield _batch(batch, numbers, limits)


def _batch(branches: list[int], numbers: dict[int, int], limits: dict[int, list[int]]) -> Batch:
    return Batch(
        tuple(branches), tuple(numbers), tuple(tuple(numbers[flag] for flag in limits[branch]) for branch in branches)
    )


Place = tuple[frozenset[int], tuple[Source, ...]]
"""The branches of which at least one must hold, and the sources that evaluate them."""


class Branches:
    """Where each formula of one program is evaluated. Each stage is compiled when the first of its formulas is needed.

    Attributes:
        full: the mask of all cells.
        places: where formulas are evaluated, as far as they have been compiled.
    """

    def __init__(self, program: Program, maker: Maker) -> None:
        self.full = program.full
        self._maker = maker
        self._fields = tuple(feature.bits for feature in program.features)
        self._stages = stages(program.questions)
        self._stage_of = {goal: stage for stage in self._stages for goal in stage}
        self.forget()

    def forget(self) -> None:
        """Let go of what was compiled; evaluations under way keep theirs. It is compiled again when needed."""
        self.places: dict[Goal, Place | None] = {}
        self._sources: dict[int, Source] = {}

    def place(self, goal: Goal) -> Place | None:
        """Where the formula of ``goal`` is evaluated; None if its own prime implicants answer it.

        So it is with those that have too many implicants or flags, and with those made after the program was compiled.
        """
        if goal not in self._stage_of:
            return None
        with self._maker.lock:
            places = self.places
            if goal not in places:
                self._compile(self._stage_of[goal], places)
            return places[goal]

    def _compile(self, goals: Iterable[Goal], places: dict[Goal, Place | None]) -> None:
        branches_of = {goal: self._branches(goal) for goal in goals}
        always = [goal for goal, branches in branches_of.items() if branches is not None and self.full in branches]
        branches_of.update(dict.fromkeys(always, frozenset([self.full])))
        wanted = {branch for branches in branches_of.values() for branch in branches or ()}
        wanted -= {self.full, *self._sources}
        for batch in batches(wanted, self._fields, self._maker.most_branches, self._maker.most_flags):
            self._sources.update(dict.fromkeys(batch.branches, self._maker.source(batch, self)))
        for goal, branches in branches_of.items():
            if branches is None:
                places[goal] = None
            else:
                sources = dict.fromkeys(self._sources[branch] for branch in sorted(branches) if branch != self.full)
                places[goal] = (branches, tuple(sources))

    def _branches(self, goal: Goal) -> frozenset[int] | None:
        form, holds = goal
        primes = form.primes(holds)
        if primes is None or any(len(flags_of(prime, self._fields)) > self._maker.most_flags for prime in primes):
            return None
        return frozenset(primes)


class BranchStates:
    """The states of the formulas of one program, for what is known of one record; evaluated when they are needed."""

    __slots__ = ("_branches", "_known", "_seen", "_true_branches")

    def __init__(self, branches: Branches, known: int) -> None:
        self._branches = branches
        self._known = known
        self._true_branches = {branches.full}
        self._seen: set[Source] = set()

    def surely(self, form: CompiledFormula) -> bool:
        """Whether ``form`` holds for every completion of what is known."""
        return self._holds((form, True))

    def state(self, form: CompiledFormula) -> bool | None:
        """Whether ``form`` holds for every completion of what is known, for none (False), or for some (None)."""
        if self._holds((form, True)):
            return True
        return False if self._holds((form, False)) else None

    def _holds(self, goal: Goal) -> bool:
        places = self._branches.places
        place = places[goal] if goal in places else self._branches.place(goal)
        if place is None:
            return goal[0].state(self._known) is goal[1]
        branches, sources = place
        true_branches, seen = self._true_branches, self._seen
        if not true_branches.isdisjoint(branches):
            return True
        for source in sources:
            if source not in seen:
                true_branches.update(source.true_branches(self._known))
                # last, since another thread may be asking the same answer
                seen.add(source)
                if not true_branches.isdisjoint(branches):
                    return True
        return False
