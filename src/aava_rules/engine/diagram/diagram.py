"""Decision diagrams: the answer to a record of nothing but ready-made facts, by one look-up a fact.

A diagram tests one fact after the other, each time the one of which most is left to know, until nothing that is not yet
tested can change the answer or the rules behind it. A fact that is unknown leads on too; where such facts matter, the
pending leaf at the end keeps what was answered to the first record that came there, which is true of every record
that comes there. It is made of the same prime implicants that the reference engine evaluates, and grows as records are
decided: of those that come where nobody has been one in so many adds a place, and the others are answered without; see
`unseen`. Paths that are often taken are compiled to one Python function; see `codegen`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, Protocol

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.implicants import CompiledFormula, absorbed
from aava_rules.compiler.program import Program, Question
from aava_rules.engine.conclude import conclude
from aava_rules.engine.diagram.codegen import CompiledPaths, compile_paths
from aava_rules.engine.diagram.leaves import Leaf, PendingLeaf
from aava_rules.engine.diagram.thresholds import Thresholds, thresholds_of
from aava_rules.engine.diagram.unseen import OpenAnswer, Unseen, may_answer
from aava_rules.engine.reference.engine import KnownCells
from aava_rules.engine.session import Session
from aava_rules.engine.states import Reading
from aava_rules.language.syntax import Const
from aava_rules.language.values import UNKNOWN


class AskedRecord(Protocol):
    """The record that is led through a diagram.

    Attributes:
        on: the day of decision.
    """

    on: date

    @property
    def of_facts_alone(self) -> bool:
        """Whether the record gives nothing of its client but ready-made facts."""

    @property
    def session(self) -> Session:
        """The record as the rules read it."""


MOST_VALUES: Final = 5_000
"""Values of facts that follow from a day alone, at most."""
MOST_RESTS: Final = 50_000
"""What is left of formulas, at most; beyond that the rules answer."""
MOST_PLACES: Final = 20_000
"""Places of one diagram, at most; beyond them the rules answer."""
PLACE_KB: Final = 5
"""What a place takes: kilobytes, as measured."""
FIRST_ASKED: Final = 1
"""Records of ready-made facts that are decided by the rules before a diagram is made, as there may be no more."""
FIRST_COMPILED: Final = 2_000
"""Records that are led through a diagram before its paths are compiled; then after twice as many, and so on. It takes
as long as compiled paths save in some thousand records."""
ONE_IN: Final = 32
"""Of so many records that come where nobody has been, one adds a place to the diagram: that costs the others little,
and the ways that many go are soon there."""

_NAME: Final = "reference diagram"


class _DeadEnd:
    """Sentinel: the diagram cannot decide; the rules do."""


DEAD_END: Final = _DeadEnd()


class Place:
    """Where a diagram tests a fact.

    Attributes:
        fact: the fact.
        limits: the limits between its cells; None: its values are looked up.
        branches: what follows each cell: a place, a leaf, a pending leaf or the dead end; None until a record comes.
        unknown: what follows where the fact is unknown, with the day of decision on which that was worked out; None
            instead of a day: on every day.
        basis: what the following places are made of.
    """

    __slots__ = ("basis", "branches", "fact", "limits", "unknown")

    def __init__(self, fact: str, limits: list[Any] | None, branches: Any, basis: _Basis) -> None:
        self.fact, self.limits, self.branches, self.basis = fact, limits, branches, basis
        self.unknown: tuple[date | None, Any] = (None, None)


class Diagram:
    """The diagram of one outcome in one program.

    Attributes:
        first: the place where it begins.
        paths: from facts by name to the place to which they lead, where all that is tested is known, as far as paths
            have been compiled. Raises KeyError or TypeError where a fact is not known.
        unseen: what answers records where it does not lead on yet; None if nothing does.
    """

    __slots__ = ("_compiled", "_count", "_maker", "_next", "_strayed", "first", "paths", "unseen")

    def __init__(self, first: Any, maker: _Maker | None) -> None:
        self.first = first
        self.paths: CompiledPaths = lambda facts: first
        self._maker = maker
        self.unseen: Unseen | None = None if maker is None else maker.unseen()
        self._count, self._next, self._compiled, self._strayed = 0, FIRST_COMPILED, 0, 0

    @property
    def size(self) -> int:
        """How many places it has by now."""
        return 0 if self._maker is None else self._maker.size

    def follow(
        self, place: Any, facts: Mapping[str, Any], record: AskedRecord, to_leaf: bool = False
    ) -> Leaf | PendingLeaf | OpenAnswer | None:
        """The leaf to which ready-made facts lead, or the answer where nobody has been; None if they do not suffice.

        Args:
            place: the place, or leaf, from which they lead on.
            facts: the typed facts, by name.
            record: the record that gives them.
            to_leaf: whether places are made up to the leaf, where nobody has been.
        """
        if place.__class__ is Place:
            self._compile_paths()
            unseen = None if to_leaf else self.unseen
            place = self._walk(place, facts, record, unseen)
            if place is DEAD_END and unseen is not None and record.of_facts_alone:
                return unseen.answer(facts, record)  # it has grown as far as it may
        return None if place is DEAD_END else place

    def _compile_paths(self) -> None:
        """Compile the paths if many records have been led, and new branches made since the last time."""
        self._count += 1
        if self._count >= self._next:
            assert self._maker is not None
            self._count, self._next = 0, 2 * self._next
            branches = self._maker.branches
            if branches > self._compiled:
                self.paths, self._compiled = compile_paths(self.first), branches

    def _walk(self, place: Any, facts: Mapping[str, Any], record: AskedRecord, unseen: Unseen | None) -> Any:
        """What facts lead to from a place, over unknown ones and to places that are not there yet.

        Most records that come where nobody has been are answered by ``unseen``; by None: all are led on.
        """
        get = facts.get
        alone = None
        while place.__class__ is Place:
            value = get(place.fact)
            if value is None:
                if alone is None:
                    alone = record.of_facts_alone
                if not alone:
                    return DEAD_END
                at, (day, following) = None, place.unknown
                # what is not given is the same in all records only if nothing is given on which it depends
                if not facts.keys().isdisjoint(place.basis.thresholds.sources):
                    if unseen is not None:
                        return unseen.answer(facts, record) or DEAD_END
                    following = self._of_sources(place, record)
                elif day is not None and day != record.on:
                    following = None
            else:
                try:
                    at = value if place.limits is None else bisect_right(place.limits, value)
                    following = place.branches[at]
                except (KeyError, TypeError):
                    return DEAD_END  # the fact is known between bounds only
            if following is None:
                if unseen is not None:
                    if alone is None:
                        alone = record.of_facts_alone
                    self._strayed += 1
                    if alone and self._strayed % ONE_IN:
                        return unseen.answer(facts, record) or DEAD_END
                    if not alone:
                        unseen = None
                assert self._maker is not None
                following = self._maker.after(place, at, record)
            place = following
        return place

    def _of_sources(self, place: Place, record: AskedRecord) -> Any:
        """What follows a place whose fact follows from given ones; the dead end where they leave it open."""
        value = record.session.facts.value(place.fact, record.on)
        assert self._maker is not None
        return DEAD_END if value is UNKNOWN else self._maker.after_value(place, value, record)


EMPTY: Final = Diagram(DEAD_END, None)
"""A diagram that decides nothing."""


def diagram_of(program: Program, book: CompiledRulebook, counts: bool = True) -> Diagram | None:
    """The diagram of a program of one outcome; None while few records have been decided by it.

    Threads that decide at the same time may miscount, or make the diagram twice; neither does harm.

    Args:
        program: the program.
        book: the rulebook of which it is.
        counts: whether the record that is decided is one that a diagram may lead.
    """
    diagram = program.compiled.get(_NAME, 0)
    if isinstance(diagram, Diagram):
        return diagram
    if diagram < FIRST_ASKED:
        program.compiled[_NAME] = diagram + counts
        return None
    diagram = program.compiled[_NAME] = make_diagram(program, book)
    return diagram


def make_diagram(program: Program, book: CompiledRulebook) -> Diagram:
    """A diagram with its first place alone, of the one outcome of ``program`` in the rulebook ``book``.

    It is empty where the answers are computed, or a formula has too many prime implicants.
    """
    (question,) = program.questions
    if question.in_doubt or not question.rules or not all(expr.__class__ is Const for expr in question.values):
        return EMPTY
    maker = _Maker(program, question, book)
    try:
        return Diagram(maker.first(), maker)
    except _TooManyError:
        return EMPTY


class _TooManyError(Exception):
    """A formula of the outcome has no prime implicants that are worth having."""


_Left = tuple["_Rest", ...]
"""What is left of each formula."""


class _Rest:
    """What is left of a formula: its prime implicants; none if it fails, one that allows everything if it holds.

    Each is there once in a diagram, so that equal ones are the same.

    Attributes:
        primes: the prime implicants.
        often: of each feature that matters, how many of them do not allow everything of it.
        after: what is left once a feature is known to lie in a cell, by the bit of the cell.
    """

    __slots__ = ("after", "often", "primes")

    def __init__(self, primes: tuple[int, ...], fields: Iterable[int]) -> None:
        self.primes = primes
        outside = [~prime for prime in primes]
        limited = 0
        for bits in outside:
            limited |= bits
        self.often = [(field, len([1 for bits in outside if field & bits])) for field in fields if field & limited]
        self.after: dict[int, _Rest] = {}


class _Basis:
    """What the places after a place are made of: what is possible, what is left, and which facts are unknown."""

    __slots__ = ("cube", "field", "left", "thresholds", "unknown")

    def __init__(self, cube: int, left: _Left, unknown: int, field: int, thresholds: Thresholds) -> None:
        self.cube, self.left, self.unknown, self.field = cube, left, unknown, field
        self.thresholds = thresholds


class _Maker:
    """Makes the places of one diagram as they are needed, equal ones once."""

    def __init__(self, program: Program, question: Question, book: CompiledRulebook) -> None:
        self._program, self._question, self._book = program, question, book
        self._thresholds = {feature.bits: thresholds_of(feature, book) for feature in program.features}
        self._judgement = sum(feature.bits for feature in program.features if feature.kind == "judgement")
        self._places: dict[tuple[_Left, int], Any] = {}
        self._values_alone: dict[tuple[str, date], Any] = {}
        self._rests: dict[tuple[int, ...], _Rest] = {}
        self.branches = 0
        """Branches that lead on by now."""

    def unseen(self) -> Unseen | None:
        """What answers records where the diagram does not lead on yet; None if the outcome has none."""
        program, question, book = self._program, self._question, self._book
        if not may_answer(program, question, book, self._thresholds):
            return None
        return Unseen(program, question, book, self._thresholds)

    @property
    def size(self) -> int:
        """How many places there are."""
        return len(self._places)

    def first(self) -> Any:
        """The place where the diagram begins."""
        question = self._question
        forms = [case.form for case in question.cases if not case.default and case.expr is not None]
        forms += [*question.members.values(), *(rule.active for rule in question.rules)]
        forms += [case.form for case in question.cases if case.default or case.expr is None]
        forms += [question.conflict] if question.groups else []
        left = tuple([self._rest(_primes(form), self._thresholds) for form in forms])
        # what is left to an official no record makes known
        return self._place(self._program.full, left, self._judgement)

    def after(self, place: Place, at: Any, record: AskedRecord) -> Any:
        """What follows ``place`` where the fact of ``record`` is ``at`` (None: unknown); put there for the next one."""
        basis = place.basis
        if at is None:
            return self._after_unknown(place, record)
        bit = basis.thresholds.cells[at]
        if not bit:
            return DEAD_END  # no value can lie in a cell without a bit
        if len(self._rests) > MOST_RESTS:
            return DEAD_END
        # a bit is of one feature alone
        left = tuple([rest.after.get(bit) or self._after(rest, basis.field, bit) for rest in basis.left])
        following = place.branches[at] = self._place(basis.cube & ~basis.field | bit, left, basis.unknown)
        self.branches += 1
        return following

    def _after_unknown(self, place: Place, record: AskedRecord) -> Any:
        basis = place.basis
        # without its sources a fact that is derived is unknown, unless it has a default, or the day alone decides it
        value = self._value_alone(basis.thresholds.fact, record)
        if value is UNKNOWN:
            following = self._place(basis.cube, basis.left, basis.unknown | basis.field)
        else:
            following = self.after_value(place, value, record)
        place.unknown = (None if basis.thresholds.given_only else record.on, following)
        return following

    def after_value(self, place: Place, value: Any, record: AskedRecord) -> Any:
        """What follows ``place`` where its fact has a value that is not given: as if it were."""
        try:
            at = value if place.limits is None else bisect_right(place.limits, value)
            following = place.branches[at]
        except (KeyError, TypeError):
            return DEAD_END  # it is known between bounds only, or does not exist
        return self.after(place, at, record) if following is None else following

    def _value_alone(self, fact: str, record: AskedRecord) -> Any:
        """The value of a fact in a record that gives neither it nor what it depends on: the same in all such."""
        key = fact, record.on
        value = self._values_alone.get(key)
        if value is None:
            if len(self._values_alone) >= MOST_VALUES:
                self._values_alone.clear()
            value = self._values_alone[key] = record.session.facts.value(fact, record.on)
        return value

    def _rest(self, primes: tuple[int, ...], fields: Iterable[int]) -> _Rest:
        """What is left of a formula; ``fields`` are the features that may matter."""
        rest = self._rests.get(primes)
        if rest is None:
            rest = self._rests[primes] = _Rest(primes, fields)
        return rest

    def _after(self, rest: _Rest, field: int, bit: int) -> _Rest:
        """What is left of a formula once one feature is known to lie in one cell."""
        fields = [other for other, _ in rest.often]
        after = rest if field not in fields else self._rest(_after(rest.primes, field, bit), fields)
        rest.after[bit] = after
        return after

    def _place(self, cube: int, left: _Left, unknown: int) -> Any:
        """Where to go on when ``cube`` is possible: the same for all cubes that leave the same."""
        often: dict[int, int] = {}
        for rest in left:
            for field, count in rest.often:
                often[field] = often.get(field, 0) + count
        still = sum(field for field in often if field & unknown)
        place = self._places.get((left, still))
        if place is None:
            if len(self._places) >= MOST_PLACES:
                return DEAD_END
            self._book.count_kept(PLACE_KB)
            untested = [field for field in often if not field & unknown]
            if untested:
                place = self._fact(cube, left, still, max(untested, key=often.__getitem__))
            else:
                place = PendingLeaf(cube) if still else self._leaf(cube)
            self._places[left, still] = place
        return place

    def _fact(self, cube: int, left: _Left, unknown: int, field: int) -> Any:
        thresholds = self._thresholds[field]
        if thresholds is None:
            return DEAD_END
        limits, cells = thresholds.limits, thresholds.cells
        branches = dict.fromkeys(cells) if limits is None else [None] * len(cells)
        return Place(thresholds.fact, limits, branches, _Basis(cube, left, unknown, field, thresholds))

    def _leaf(self, cube: int) -> Leaf:
        """The answer where nothing that is still open could change it."""
        question = self._question
        status, value = conclude(Reading(question, self._program, cube, _NO_SCOPES, KnownCells(cube)))
        held = [rule.bound for rule in question.rules if rule.active.surely(cube)]
        if status == "known":
            held = [bound for bound in held if _says(bound.then[question.name], value)]
        by = tuple(bound.rule.id for bound in held)
        return Leaf(question.name, status, value if status == "known" else UNKNOWN, by)


_NO_SCOPES: Any = (None,)
"""What constants are read in, which read nothing."""


def _says(concluded: Any, value: Any) -> bool:
    """Whether a rule concludes a value, or of a set some of its words."""
    return not concluded.isdisjoint(value) if isinstance(concluded, frozenset) else bool(concluded.value == value)


def _primes(form: CompiledFormula) -> tuple[int, ...]:
    primes = form.primes()
    # of records of which not all is known, a leaf depends on what surely fails as well
    if primes is None or not form.exact:
        raise _TooManyError
    return primes


def _after(primes: tuple[int, ...], field: int, bit: int) -> tuple[int, ...]:
    """What is left of prime implicants, some of which tell of a feature, once that is known to lie in one cell."""
    return tuple(sorted(absorbed({prime | field for prime in primes if prime & bit})))
