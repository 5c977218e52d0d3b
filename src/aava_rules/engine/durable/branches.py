"""Formulas as branches of flags, for an engine that knows nothing but conjunctions of yes and no.

A *branch* is one prime implicant: a formula holds (or fails) where all that is known lies within
one of its branches. A branch limits some variables, and each limit is a *flag*: the cells of one
variable that the branch does not allow, none of which may be possible. Formulas share branches, and
branches share flags, so each is asked once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import Program, Question

Way = tuple[CompiledFormula, bool]
"""A formula, and whether it is to hold or to fail."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Branches that are asked together, and their flags in the order of their numbers."""

    branches: tuple[int, ...]
    flags: tuple[int, ...]
    limits: tuple[tuple[int, ...], ...]
    """The numbers of the flags of each branch."""


class Source(Protocol):
    """A batch made ready to be asked."""

    def standing(self, known: int) -> Iterable[int]:
        """The branches of the batch within which all that is known lies."""


class Maker(Protocol):
    """Makes batches ready to be asked, within the limits of an engine."""

    most_branches: int
    most_flags: int

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """What is held while batches are made."""

    def source(self, batch: Batch, user: Branches) -> Source:
        """A batch made ready for one program. The lock is held."""


def stages(questions: Iterable[Question]) -> tuple[tuple[Way, ...], ...]:
    """The formulas that are asked together, in the order in which they are wanted.

    First each value of an outcome, since the first that stands is the answer; then what else
    settles answers; what is asked of open ones; and what is asked of single rules. Many records
    need the first stages only, and what is never needed is never compiled.
    """
    values: dict[Way, None] = {}
    settling: dict[Way, None] = {}
    opening: dict[Way, None] = {}
    grounding: dict[Way, None] = {}
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
    rest = tuple(way for way in grounding if way not in settling)
    return (*((way,) for way in values), tuple(settling), tuple(opening), rest)


def _both(forms: Iterable[CompiledFormula | None]) -> dict[Way, None]:
    return {(form, holds): None for form in forms if form is not None for holds in (True, False)}


def flags_of(branch: int, fields: Sequence[int]) -> list[int]:
    """The flags of a branch: of each variable that it limits, the cells that must not be possible."""
    return [outside for field in fields if (outside := field & ~branch)]


def batches(branches: Collection[int], fields: Sequence[int], most_branches: int, most_flags: int) -> Iterator[Batch]:
    """The branches in as many batches as the limits ask for; none may have more flags than ``most_flags``.

    Branches that begin alike lie side by side, with their most frequent flags first, so that an
    engine which shares beginnings has little to test. Batches of one pattern have the same
    ``limits``, whatever their variables are.
    """
    limits = {branch: flags_of(branch, fields) for branch in branches}
    often = Counter(flag for flags in limits.values() for flag in flags)
    for flags in limits.values():
        flags.sort(key=lambda flag: (-often[flag], flag))
    batch: list[int] = []
    numbers: dict[int, int] = {}
    for branch in sorted(limits, key=lambda one: [(-often[flag], flag) for flag in limits[one]]):
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
        tuple(branches), tuple(numbers), tuple(tuple(numbers[flag] for flag in limits[one]) for one in branches)
    )


Place = tuple[frozenset[int], tuple[Source, ...]]
"""The branches of which one must stand, and what is asked for them."""


class Branches:
    """Where each formula of one frame is asked. Each stage is compiled when the first of its formulas is."""

    def __init__(self, program: Program, maker: Maker) -> None:
        self.full = program.full
        self._maker = maker
        self._fields = tuple(feature.bits for feature in program.features)
        self._stages = stages(program.questions)
        self._stage_of = {way: stage for stage in self._stages for way in stage}
        self.forget()

    def forget(self) -> None:
        """Let go of what was made; answers that are being asked keep theirs. It is made again when needed."""
        self.places: dict[Way, Place | None] = {}
        self._sources: dict[int, Source] = {}

    def place(self, way: Way) -> Place | None:
        """Where a formula is asked; None if the kernel answers it.

        The kernel answers those with too many implicants or flags, and those that someone made
        after the frame was compiled.
        """
        if way not in self._stage_of:
            return None
        with self._maker.lock:
            places = self.places
            if way not in places:
                self._compile(self._stage_of[way], places)
            return places[way]

    def _compile(self, ways: Iterable[Way], places: dict[Way, Place | None]) -> None:
        found = {way: self._branches(way) for way in ways}
        always = [way for way, branches in found.items() if branches is not None and self.full in branches]
        found.update(dict.fromkeys(always, frozenset([self.full])))
        wanted = {branch for branches in found.values() for branch in branches or ()}
        wanted -= {self.full, *self._sources}
        for batch in batches(wanted, self._fields, self._maker.most_branches, self._maker.most_flags):
            self._sources.update(dict.fromkeys(batch.branches, self._maker.source(batch, self)))
        for way, branches in found.items():
            if branches is None:
                places[way] = None
            else:
                sources = dict.fromkeys(self._sources[one] for one in sorted(branches) if one != self.full)
                places[way] = (branches, tuple(sources))

    def _branches(self, way: Way) -> frozenset[int] | None:
        form, holds = way
        primes = form.primes(holds)
        if primes is None or any(len(flags_of(prime, self._fields)) > self._maker.most_flags for prime in primes):
            return None
        return frozenset(primes)


class Told:
    """The states of the formulas of one frame, for what is known of one record; asked when they are wanted."""

    __slots__ = ("_branches", "_known", "_seen", "_standing")

    def __init__(self, branches: Branches, known: int) -> None:
        self._branches = branches
        self._known = known
        self._standing = {branches.full}
        self._seen: set[Source] = set()

    def surely(self, form: CompiledFormula) -> bool:
        """Whether the formula holds for every completion of what is known."""
        return self._stands((form, True))

    def state(self, form: CompiledFormula) -> bool | None:
        """Whether the formula holds for every completion of what is known, for none, or for some."""
        if self._stands((form, True)):
            return True
        return False if self._stands((form, False)) else None

    def _stands(self, way: Way) -> bool:
        places = self._branches.places
        place = places[way] if way in places else self._branches.place(way)
        if place is None:
            return way[0].state(self._known) is way[1]
        branches, sources = place
        standing, seen = self._standing, self._seen
        if not standing.isdisjoint(branches):
            return True
        for source in sources:
            if source not in seen:
                standing.update(source.standing(self._known))
                # last, since another thread may be asking the same answer
                seen.add(source)
                if not standing.isdisjoint(branches):
                    return True
        return False
