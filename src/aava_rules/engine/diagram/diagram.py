"""Decision diagrams: the answer to whoever has nothing but ready-made facts, one look-up a fact.

A diagram asks for one fact after the other, each time the one of which most is left to know, until
nothing that is not asked yet can change the answer or the rules behind it. A fact that is unknown
leads on too, and where such facts matter the place at the end keeps what was said, by the usual
way, of the first record that came there: of all others that come there the same is true. It is made
of the same prime implicants that the reference engine asks, and grows with what is asked. Ways that
are often gone are written out as a function.

How the values of a fact fall into cells, told by looking at a value: what a place of a diagram asks.

What has a say in a fact that is not given.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Protocol, final

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.features import is_whole, next_whole
from aava_rules.compiler.implicants import CompiledFormula, absorbed
from aava_rules.compiler.program import Feature, Program, Question
from aava_rules.engine.conclude import conclude
from aava_rules.engine.diagram.codegen import Ways, written
from aava_rules.engine.reference.engine import KnownCells
from aava_rules.engine.session import Session
from aava_rules.engine.states import Reading
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Const, Fact, Node, walk
from aava_rules.language.values import UNKNOWN


def sources_of(name: str, book: CompiledRulebook) -> frozenset[str]:
    """All other facts and outcomes that have a say in a fact that is not given, or in what would make it known."""
    found: set[str] = set()
    pending = [name]
    while pending:
        one = pending.pop()
        trees = [*_of_definition(one, book), *_of_rules(one, book)]
        read = {node.name for tree in trees for node in walk(tree) if isinstance(node, Fact)}
        pending += read - found
        found |= read
    return frozenset(found - {name})


def _of_definition(name: str, book: CompiledRulebook) -> list[Any]:
    definition = book.parts.facts.get(name)
    if definition is None:
        return []
    trees: list[Any] = [definition.default]
    if (derivation := definition.derivation) is not None:
        trees += [derivation.value, derivation.where]
        if (within := derivation.within) is not None:
            trees += [within.start, within.end, within.months]
    return _trees(trees)


def _of_rules(outcome: str, book: CompiledRulebook) -> list[Any]:
    if outcome not in book.questions:
        return []
    trees: list[Any] = [book.otherwise.get(outcome)]
    for rule, _ in book.outcome_group(outcome).rules:
        trees += [rule.when, rule.unless, rule.require, rule.judged_on, *rule.then.values()]
    return _trees(trees)


def _trees(found: list[Any]) -> list[Any]:
    """Those that are trees: a set of words, a number of months, or nothing at all reads no fact."""
    return [one for one in found if isinstance(one, Node)]


class Split(Struct):
    """How the values of a fact fall into cells: by limits between them, or (None) value by value."""

    fact: str
    given_only: bool
    """Whether it is given or unknown: nothing else tells of it."""
    sources: frozenset[str]
    """The other facts and outcomes from which it could follow."""
    limits: list[Any] | None
    cells: Any
    """The bit of each cell, by the number of limits that are reached, or by value; 0 where no value can lie."""


def split_of(feature: Feature, book: CompiledRulebook) -> Split | None:
    """How a fact is asked; None for what is no fact, or has no values that can be told apart by looking."""
    term = feature.terms[0] if feature.kind == "term" else None
    if not isinstance(term, Fact):
        return None
    limits, cells = _cut(feature, term)
    if cells is None:
        return None
    definition = book.parts.facts.get(term.name)
    given_only = definition is not None and definition.derivation is None and definition.default is None
    return Split(term.name, given_only, sources_of(term.name, book), limits, cells)


def _cut(feature: Feature, term: Fact) -> tuple[list[Any] | None, Any]:
    """The limits between the cells of a fact, and the cells; None for what cannot be told apart by looking."""
    partition = feature.partition
    if term.type == "boolean":
        return None, dict(partition.of)
    if term.type == "choice" and feature.words:
        return None, {word: partition.of.get(word, partition.other) for word in feature.words}
    if term.type not in ("integer", "date") or not partition.cuts:
        return None, None
    # between two limits all values lie in one cell, that of the first of them
    limits: list[Any] = sorted({*map(next_whole, partition.cuts), *filter(is_whole, partition.cuts)})
    firsts = [limits[0] - (ONE_DAY if term.type == "date" else 1), *limits]
    return limits, [partition.at[partition.place(first)] for first in firsts]


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
    def run(self) -> Session:
        """The record as the rules read it."""


MOST_PLACES: Final = 20_000
"""A diagram does not grow beyond so many places; whoever leads on from there is answered without it."""
FIRST_ASKED: Final = 8
"""So many clients are answered without a diagram first: making one takes longer than answering them."""
FIRST_WRITTEN: Final = 250
"""When so many clients were led through a diagram, its ways are written out; then after twice as many, and so on."""

_NAME: Final = "reference diagram"


@final
class Verdict(Struct):
    """What is said of an outcome: its value as a host reads it, and the ids of the deciding rules.

    ``open`` tells whether more facts could change it; ``missing`` has these facts.
    """

    name: str
    status: str
    answer: Any
    by: tuple[str, ...]
    open: bool = False
    missing: tuple[Any, ...] = ()


class Waiting:
    """A place where a diagram ends for lack of facts: what was said there of a record, and on which day.

    On another day a fact that is lacking could follow from others than on that one.
    """

    __slots__ = ("said",)

    def __init__(self) -> None:
        self.said: tuple[date, Verdict] | None = None


class _End:
    """Where a diagram cannot tell any more."""


_END: Final = _End()


class Diagram:
    """The diagram of one outcome in one program.

    It goes from place to place: a fact to ask next, a verdict, a place where it waits for what is
    said there, or its end. A place that asks is a list of the fact, the limits between its cells
    (None: its values are looked up), the place after each cell, the place after the fact is unknown
    (with the day of which that was found out, or None: every day), and what the places after it are
    made of. A place is None until somebody comes there.
    """

    __slots__ = ("_asked", "_maker", "_next", "_written", "first", "ways")

    def __init__(self, first: Any, maker: _Maker | None) -> None:
        self.first = first
        """The place where it begins."""
        self.ways: Ways = lambda facts: first
        """Where it leads whoever knows all that it asks, as far as its ways have been written out."""
        self._maker = maker
        self._asked, self._next, self._written = 0, FIRST_WRITTEN, 0

    @property
    def size(self) -> int:
        """How many places it has by now."""
        return 0 if self._maker is None else self._maker.size

    def led(self, place: Any, facts: Mapping[str, Any], record: AskedRecord) -> Verdict | Waiting | None:
        """Where the ready-made facts of ``record`` lead from a place; None where they do not suffice to tell."""
        if place.__class__ is list:
            self._count()
            place = self._walked(place, facts, record)
        return None if place is _END else place

    def _count(self) -> None:
        """Write the ways out if many clients have been led, and new places found since the last time."""
        self._asked += 1
        if self._asked >= self._next:
            assert self._maker is not None
            self._asked, self._next = 0, 2 * self._next
            branches = self._maker.branches
            if branches > self._written:
                self.ways, self._written = written(self.first), branches

    def _walked(self, place: Any, facts: Mapping[str, Any], record: AskedRecord) -> Any:
        """The place to which facts lead from another, over unknown ones and to places that are not there yet."""
        get = facts.get
        alone = None
        while place.__class__ is list:
            value = get(place[0])
            if value is None:
                if alone is None:
                    alone = record.of_facts_alone
                # what is not said is unknown only if nothing is said from which it could follow
                if not alone or not facts.keys().isdisjoint(place[4].split.sources):
                    return _END
                at, (day, following) = None, place[3]
                if day is not None and day != record.on:
                    following = None
            else:
                try:
                    at = value if place[1] is None else bisect_right(place[1], value)
                    following = place[2][at]
                except (KeyError, TypeError):
                    return _END  # the fact is known between bounds only
            if following is None:
                assert self._maker is not None
                following = self._maker.after(place, at, record)
            place = following
        return place


NOWHERE: Final = Diagram(_END, None)
"""A diagram that ends before it begins: it never tells anything."""


def diagram_of(program: Program, book: CompiledRulebook) -> Diagram | None:
    """The diagram of a program of one outcome; None while that has hardly been asked.

    Threads that ask at the same time may miscount, or make the diagram twice; neither does harm.
    """
    found = program.compiled.get(_NAME, 0)
    if isinstance(found, Diagram):
        return found
    if found < FIRST_ASKED:
        program.compiled[_NAME] = found + 1
        return None
    made = program.compiled[_NAME] = make_diagram(program, book)
    return made


def make_diagram(program: Program, book: CompiledRulebook) -> Diagram:
    """A diagram of a program of one outcome, with its first place alone; an empty one if its answers are computed."""
    (question,) = program.questions
    if question.in_doubt or not question.rules or not all(expr.__class__ is Const for expr in question.values):
        return NOWHERE
    maker = _Maker(program, question, book)
    try:
        return Diagram(maker.first(), maker)
    except _TooManyError:
        return NOWHERE


class _TooManyError(Exception):
    """A formula of the outcome has no prime implicants that are worth having."""


_Left = tuple[tuple[int, ...], ...]
"""What is left of each formula: its prime implicants; none if it fails, one that allows everything if it holds."""


class _Made:
    """What the places after one are made of: what is possible, what is left, and which facts are unknown."""

    __slots__ = ("cube", "field", "left", "split", "unknown")

    def __init__(self, cube: int, left: _Left, unknown: int, field: int, split: Split) -> None:
        self.cube, self.left, self.unknown, self.field, self.split = cube, left, unknown, field, split


class _Maker:
    """Makes the places of one diagram as they are needed, equal ones once."""

    def __init__(self, program: Program, question: Question, book: CompiledRulebook) -> None:
        self._program, self._question = program, question
        self._splits = {feature.bits: split_of(feature, book) for feature in program.features}
        self._places: dict[tuple[_Left, int], Any] = {}
        self.branches = 0
        """How many branches lead on by now."""

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
        return self._place(self._program.full, tuple(map(_primes, forms)), 0)

    def after(self, place: list[Any], at: Any, record: AskedRecord) -> Any:
        """The place that follows, put where it is found the next time. ``at`` None: the fact is unknown."""
        made: _Made = place[4]
        if at is None:
            return self._after_unknown(place, record)
        bit = made.split.cells[at]
        if not bit:
            return _END  # no value can lie in a cell without a bit
        left = tuple(_after(primes, made.field, bit) for primes in made.left)
        found = place[2][at] = self._place(made.cube & ~made.field | bit, left, made.unknown)
        self.branches += 1
        return found

    def _after_unknown(self, place: list[Any], record: AskedRecord) -> Any:
        made: _Made = place[4]
        found = _END
        # without its sources a fact that is derived is unknown, unless it has a default, or the day alone decides it
        if record.run.facts.value(made.split.fact, record.on) is UNKNOWN:
            found = self._place(made.cube, made.left, made.unknown | made.field)
        place[3] = (None if made.split.given_only else record.on, found)
        return found

    def _place(self, cube: int, left: _Left, unknown: int) -> Any:
        """Where to go on when ``cube`` is possible: the same for all cubes that leave the same."""
        often = Counter(field for primes in left for prime in primes for field in self._splits if field & ~prime)
        still = sum(field for field in often if field & unknown)
        found = self._places.get((left, still))
        if found is None:
            if len(self._places) >= MOST_PLACES:
                return _END
            asked = [field for field in often if not field & unknown]
            if asked:
                found = self._fact(cube, left, still, max(asked, key=often.__getitem__))
            else:
                found = Waiting() if still else self._verdict(cube)
            self._places[left, still] = found
        return found

    def _fact(self, cube: int, left: _Left, unknown: int, field: int) -> Any:
        split = self._splits[field]
        if split is None:
            return _END
        made = _Made(cube, left, unknown, field, split)
        places = dict.fromkeys(split.cells) if split.limits is None else [None] * len(split.cells)
        return [split.fact, split.limits, places, (None, None), made]

    def _verdict(self, cube: int) -> Verdict:
        """The answer where nothing that is still open could change it."""
        question = self._question
        status, value = conclude(Reading(question, self._program, cube, _NO_SCOPES, KnownCells(cube)))
        held = [rule.bound for rule in question.rules if rule.active.surely(cube)]
        if status == "known":
            held = [bound for bound in held if _says(bound.then[question.name], value)]
        by = tuple(bound.rule.id for bound in held)
        return Verdict(question.name, status, value if status == "known" else UNKNOWN, by)


_NO_SCOPES: Any = (None,)
"""What constants are read in, which read nothing."""


def _says(concluded: Any, value: Any) -> bool:
    """Whether a rule concludes a value, or of a set some of its words."""
    return not concluded.isdisjoint(value) if isinstance(concluded, frozenset) else bool(concluded.value == value)


def _primes(form: CompiledFormula) -> tuple[int, ...]:
    found = form.primes()
    # a verdict asks what surely fails as well, of clients of whom not all is known
    if found is None or not form.exact:
        raise _TooManyError
    return found


def _after(primes: tuple[int, ...], field: int, bit: int) -> tuple[int, ...]:
    """What is left of prime implicants once one variable is known to lie in one cell."""
    if all(prime & field == field for prime in primes):
        return primes
    return tuple(sorted(absorbed({prime | field for prime in primes if prime & bit})))
