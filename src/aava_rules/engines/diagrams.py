"""Decision diagrams: the answer to whoever has every fact that matters ready-made, one look-up a fact.

A diagram asks for one fact after the other, each time the one of which most is left to know, until
nothing that is not asked yet can change the answer or the rules behind it. It is made of the same
prime implicants that the reference engine asks. Where a fact is not exactly known it tells nothing,
and the answer comes from all that is possible, as always.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import timedelta
from typing import Any, Final, final

from ..asking import Cube, Reading
from ..canonical import Form, absorbed
from ..expression import Const, Fact, Struct
from ..folding import FoldedQuestion
from ..frames import Frame
from ..settling import settle
from ..values import UNKNOWN
from ..variables import Variable, constants_of

MOST_PLACES: Final = 1_000
"""A question whose diagram would have more places than this has none."""
FIRST_ASKED: Final = 8
"""So many clients are answered without a diagram first: making one takes longer than answering them."""

_NAME: Final = "reference diagram"


@final
class Verdict(Struct):
    """A settled outcome: its value as a host reads it, and the ids of the deciding rules."""

    name: str
    status: str
    answer: Any
    by: tuple[str, ...]


class Diagram:
    """The diagram of one outcome in one frame.

    It goes from place to place: a fact to ask next, a verdict, or None where the diagram ends. A
    fact stands with the limits between its cells (None: its values are looked up), and the place
    after each cell.
    """

    __slots__ = ("_first", "size")

    def __init__(self, first: Any, size: int) -> None:
        self._first = first
        self.size = size

    def verdict(self, facts: dict[str, Any]) -> Verdict | None:
        """The answer to ready-made facts; None where one that matters is not exactly known."""
        place = self._first
        try:
            while place.__class__ is tuple:
                name, limits, after = place
                place = after[facts[name]] if limits is None else after[bisect_right(limits, facts[name])]
        except (KeyError, TypeError):
            return None  # a fact is missing, or known between bounds only
        return place  # type: ignore[no-any-return]


NOWHERE: Final = Diagram(None, 0)
"""A diagram that ends before it begins: it never tells anything."""


def diagram_of(frame: Frame) -> Diagram | None:
    """The diagram of a frame of one outcome; None while that has hardly been asked.

    Threads that ask at the same time may miscount, or make the diagram twice; neither does harm.
    """
    found = frame.compiled.get(_NAME, 0)
    if found.__class__ is int:
        if found < FIRST_ASKED:
            frame.compiled[_NAME] = found + 1
            return None
        found = frame.compiled[_NAME] = make_diagram(frame)
    return found  # type: ignore[no-any-return]


def make_diagram(frame: Frame) -> Diagram:
    """A diagram of a frame of one outcome; one without places if its answers are computed, or need too many."""
    (question,) = frame.questions
    values = [*(group.expr for group in question.groups), question.otherwise_expr]
    if question.in_doubt or not question.rules or not all(one is None or one.__class__ is Const for one in values):
        return NOWHERE
    maker = _Maker(frame, question)
    try:
        return Diagram(maker.first(), maker.size)
    except _TooManyError:
        return NOWHERE


class _TooManyError(Exception):
    """A diagram would have too many places."""


_Left = tuple[tuple[int, ...], ...]
"""What is left of each formula: its prime implicants; none if it fails, one that allows everything if it holds."""


class _Maker:
    """Makes the places of one diagram, equal ones once."""

    def __init__(self, frame: Frame, question: FoldedQuestion) -> None:
        self._frame, self._question = frame, question
        self._splits = {variable.bits: _split(variable) for variable in frame.variables}
        self._made: dict[_Left, Any] = {}
        self.size = 0

    def first(self) -> Any:
        """The place where the diagram begins."""
        question = self._question
        forms = [*question.only, *question.members.values(), *(rule.active for rule in question.rules)]
        forms += [one for one in (question.otherwise_form, question.not_applicable, question.conflict) if one]
        return self._place(self._frame.full, tuple(map(_primes, forms)))

    def _place(self, cube: int, left: _Left) -> Any:
        """Where to go on when ``cube`` is possible: the same for all cubes that leave the same."""
        found = self._made.get(left)
        if found is None:
            self.size += 1
            if self.size > MOST_PLACES:
                raise _TooManyError
            often = Counter(field for primes in left for prime in primes for field in self._splits if field & ~prime)
            found = self._fact(cube, left, max(often, key=often.__getitem__)) if often else self._verdict(cube)
            self._made[left] = found
        return found

    def _fact(self, cube: int, left: _Left, field: int) -> Any:
        split = self._splits[field]
        if split is None:
            return None
        after: dict[int, Any] = {0: None}  # no value can lie in a cell without a bit
        for bit in split.cells:
            if bit not in after:
                after[bit] = self._place(cube & ~field | bit, tuple(_after(primes, field, bit) for primes in left))
        places = [after[bit] for bit in split.cells]
        return split.fact, split.limits, places if split.words is None else dict(zip(split.words, places, strict=True))

    def _verdict(self, cube: int) -> Verdict:
        """The answer where nothing that is still open could change it."""
        question = self._question
        status, value = settle(Reading(question, self._frame, cube, _NO_SCOPES, Cube(cube)))
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


def _primes(form: Form) -> tuple[int, ...]:
    found = form.primes()
    if found is None:
        raise _TooManyError
    return found


def _after(primes: tuple[int, ...], field: int, bit: int) -> tuple[int, ...]:
    """What is left of prime implicants once one variable is known to lie in one cell."""
    if all(prime & field == field for prime in primes):
        return primes
    return tuple(sorted(absorbed({prime | field for prime in primes if prime & bit})))


class _Split(Struct):
    """How the values of a fact fall into cells: by limits between them, or word by word."""

    fact: str
    limits: list[Any] | None
    words: list[Any] | None
    cells: list[int]


def _split(variable: Variable) -> _Split | None:
    """How a fact is asked; None for what is no fact, or has no values that can be told apart by looking."""
    term = variable.terms[0] if variable.kind == "term" else None
    if not isinstance(term, Fact):
        return None
    cells = variable.cells
    if term.type == "boolean":
        return _Split(term.name, None, [True, False], [cells[True], cells[False]])
    if term.type == "choice" and variable.words:
        words = list(variable.words)
        return _Split(term.name, None, words, [cells[word] if word in cells else cells["…"] for word in words])
    if term.type not in ("integer", "date") or variable.cell_of is None or not constants_of(variable):
        return None
    one = 1 if term.type == "integer" else timedelta(days=1)
    # between two limits all values lie in one cell, that of the first of them
    limits = sorted({limit for constant in constants_of(variable) for limit in (constant, constant + one)})
    firsts = [limits[0] - one, *limits]
    return _Split(term.name, limits, None, [variable.cell_of(first) for first in firsts])
