"""The answer to a record of ready-made facts at whose cells nobody has been, from prime implicants as sets of bits.

A place of a diagram costs as much as fifty answers and pays once others come there, so most who come first are answered
here. Every prime implicant of the question's formulas has a number. Each fact rules some of them out by the cell in
which it lies, or leaves some open, if it is unknown, and what facts say is put together by ``|``. A formula surely
holds if one of its implicants is neither ruled out nor open, and may hold if one is not ruled out. What facts could
still turn an open answer is read off the implicants that are left, as `decision.essential` does of a whole reading.

It answers outcomes with one of several constants, of which no two can be concluded at once, from rules that read no
outcome; all others the diagram leads on its own, as it does what is given between bounds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol, final

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.composition import may_turn, outcomes_read
from aava_rules.compiler.implicants import CompiledFormula, absorbed
from aava_rules.compiler.program import Case, Program, Question
from aava_rules.engine.diagram.leaves import Passing
from aava_rules.engine.diagram.thresholds import Thresholds, upstream_inputs
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.engine.session import Session
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Const, Expr
from aava_rules.language.values import NONE, UNKNOWN
from aava_rules.record import Record

MOST_DAYS: Final = 64
"""Days of decision for which it is kept what facts are where a record does not give them, at most."""
MOST_KEPT: Final = 5_000
"""Answers that are kept of one question, at most."""
OPEN_KB: Final = 1
"""What an open answer takes: kilobytes, about."""


class ReadRecord(Protocol):
    """The record that is answered.

    Attributes:
        on: the day of decision.
    """

    on: date

    @property
    def session(self) -> Session:
        """The record as the rules read it."""


class Asked:
    """A feature that could turn answers: a fact that is not known.

    Attributes:
        term: the fact as rules read it.
        sources: the facts on which it depends where it is not given, in order.
        answers: what was told of it, by what else that depends on.
    """

    __slots__ = ("answers", "sources", "term")

    def __init__(self, term: Expr, sources: tuple[str, ...]) -> None:
        self.term, self.sources = term, sources
        self.answers: dict[Any, Any] = {}


class OpenAnswer:
    """An open answer, and what could turn it: one object for all records of which that is the same.

    Attributes:
        asked: what could turn it, in the order of names.
        settles: whether it would be known whatever the only one of them turned out to be.
        in_part: those of them of which something is given from which they could follow.
        sources: the facts on which these depend.
        answers: what was told of it, by what else that depends on.
    """

    __slots__ = ("answers", "asked", "in_part", "settles", "sources")

    def __init__(self, asked: tuple[Asked, ...], settles: bool, in_part: tuple[Asked, ...]) -> None:
        self.asked, self.settles, self.in_part = asked, settles, in_part
        self.sources = tuple(sorted({source for feature in in_part for source in feature.sources})) if in_part else ()
        self.answers: dict[Any, Passing] = {}


class _Rows(Struct):
    """How facts are read on one day of decision, each into one number: what it rules out, leaves open and unknown.

    Attributes:
        looked_up: facts whose cells are looked up, and that depend on no others, with the number of each value; that of
            None where the fact is not given.
        measured: facts that lie between limits, and depend on no others: the limits, the number of each cell, and that
            of a fact that is not given.
        derived: all others: the limits (None: cells are looked up), the number of each cell, the facts on which it
            depends where it is not given, the number if none of these is given either, that of one that is unknown,
            and the bits of its cells.
    """

    looked_up: tuple[tuple[str, dict[Any, int | None]], ...]
    measured: tuple[tuple[str, list[Any], list[int | None], int], ...]
    derived: tuple[tuple[str, list[Any] | None, Any, frozenset[str], int, int, int], ...]


def may_answer(
    program: Program, question: Question, book: CompiledRulebook, thresholds: Mapping[int, Thresholds | None]
) -> bool:
    """Whether a question of a diagram can be answered from its implicants alone.

    Args:
        program: its program.
        question: the question.
        book: the rulebook.
        thresholds: how the values of each feature fall into its cells, by the bits of the feature.
    """
    if question.is_set or question.whole or not question.constant or question.conflict.primes() != ():
        return False
    exprs = [case.expr for case in question.cases]
    if any(isinstance(expr, Const) and expr.value is NONE for expr in exprs):
        return False  # what has no value does not apply
    of_facts = all(feature.kind == "judgement" or thresholds[feature.bits] is not None for feature in program.features)
    answers = [(case.status, str(case.expr)) for case in question.cases if not case.implied]
    told_apart = len(set(answers)) == len(answers) > 0
    if not of_facts or not told_apart or outcomes_read(program, question, book.vocabulary):
        return False
    return not may_turn(program, question, book.vocabulary)


@final
class Unseen:
    """The prime implicants of one question of one program, by number, and how facts rule them out."""

    def __init__(
        self, program: Program, question: Question, book: CompiledRulebook, thresholds: Mapping[int, Thresholds | None]
    ) -> None:
        """For a question that `may_answer`; ``thresholds`` are those of the features, by their bits."""
        self._question, self._book = question, book
        self._thresholds = {field: of for field, of in thresholds.items() if of is not None}
        self._primes: list[int] = []
        self._cases = [(self._add(case.form), case) for case in question.cases if not case.implied]
        self._rules = [(self._add(rule.active), rule) for rule in question.rules]
        self._of_rules = sum(bits for bits, _ in self._rules)
        self._says = [self._saying(case) for _, case in self._cases]
        default = question.default
        self._default = 0 if default is None else self._add(default.form)
        self._all = (1 << len(self._primes)) - 1
        self._judged = sum(feature.bits for feature in program.features if feature.kind == "judgement")
        self._left_to_official = self._limited_by(self._judged)
        self._count, self._full = len(self._primes), program.full
        self._width = program.full.bit_length()
        self._always_open = self._left_to_official << self._count + self._width
        *shorter, longest = sorted([bits for bits, _ in self._cases], key=int.bit_count)
        self._of_cases = sum(shorter) + longest
        self._turning_all = tuple(shorter)
        self._turning_some = tuple([bits & ~self._left_to_official for bits in (*shorter, longest)])
        self._fields_of: dict[int, int] = {}
        self._limited = {field: self._limited_by(field) for field in self._thresholds}
        self._cells = {field: self._cells_of(field, of) for field, of in self._thresholds.items()}
        terms = {feature.bits: feature.terms[0] for feature in program.features if feature.terms}
        asked = [(f, Asked(terms[f], tuple(sorted(of.sources)))) for f, of in self._thresholds.items()]
        self._asked = sorted(asked, key=lambda pair: str(pair[1].term))
        self._sources = {of.fact: tuple(sorted(of.sources)) for of in self._thresholds.values()}
        self._others: dict[tuple[Any, ...], dict[Any, Any]] = {}
        self._rows: dict[date, _Rows | None] = {}
        self._known: dict[tuple[Any, ...], Passing] = {}
        self._open: dict[tuple[int, bool, int], OpenAnswer] = {}

    def _add(self, form: CompiledFormula) -> int:
        """The numbers of the prime implicants of a formula, as bits."""
        primes = form.primes()
        assert primes is not None
        first = len(self._primes)
        self._primes += primes
        return ((1 << len(primes)) - 1) << first

    def _limited_by(self, field: int) -> int:
        """The implicants that do not allow everything of some features."""
        return sum(1 << number for number, prime in enumerate(self._primes) if field & ~prime)

    def _cells_of(self, field: int, thresholds: Thresholds) -> Any:
        """What a feature rules out in each of its cells, as its thresholds name them; None where no value can be."""

        def ruled_out(bit: int) -> int | None:
            return sum(1 << number for number, prime in enumerate(self._primes) if not bit & prime) if bit else None

        by_bit = {bit: ruled_out(bit) for bit in {0, *_bits(field)}}
        cells = thresholds.cells
        if thresholds.limits is None:
            return {value: by_bit[bit] for value, bit in cells.items()}
        return [by_bit[bit] for bit in cells]

    def _rows_of(self, on: date) -> _Rows | None:
        """How facts are read on a day of decision; None where one that is not given is known between bounds."""
        if len(self._rows) >= MOST_DAYS:
            self._rows.clear()
        try:
            rows: _Rows | None = self._rows_on(on)
        except (KeyError, TypeError):
            rows = None
        self._rows[on] = rows
        return rows

    def _rows_on(self, on: date) -> _Rows:
        """As `_rows_of`. Raises KeyError or TypeError in place of None."""
        facts = Session(self._book, Record(id="nobody"), on, REFERENCE, {}).facts
        looked_up, measured, derived = [], [], []
        for field, of in self._thresholds.items():
            cells, unknown = (
                self._cells[field],
                field << self._count | self._limited[field] << self._count + self._width,
            )
            value = UNKNOWN if of.given_only else facts.value(of.fact, on)
            # without a default, or a day alone that decides it, what is not given is unknown
            alone = unknown if value is UNKNOWN else self._cell(field, value)
            if of.sources:
                derived.append((of.fact, of.limits, cells, of.sources, alone, unknown, field))
            elif of.limits is None:
                looked_up.append((of.fact, {**cells, None: alone}))
            else:
                measured.append((of.fact, of.limits, cells, alone))
        return _Rows(tuple(looked_up), tuple(measured), tuple(derived))

    def _cell(self, field: int, value: Any) -> int:
        """What a feature rules out where it has a value. Raises KeyError or TypeError where that is between bounds."""
        limits, cells = self._thresholds[field].limits, self._cells[field]
        ruled_out: int = cells[value] if limits is None else cells[bisect_right(limits, value)]
        return ruled_out

    def answer(self, facts: Mapping[str, Any], record: ReadRecord) -> Passing | OpenAnswer | None:
        """The answer to a record of ready-made facts alone; None where it has to be found in another way.

        Args:
            facts: its typed facts, all of which count.
            record: the record.
        """
        get, in_part, read = facts.get, 0, self._always_open
        rows = self._rows.get(record.on, self)
        if rows is self:
            rows = self._rows_of(record.on)
        if rows is None:
            return None
        assert isinstance(rows, _Rows)
        try:
            for name, by_value in rows.looked_up:
                read |= by_value[get(name)]  # type: ignore[operator]  # caught below, as a value without a cell
            for name, limits, cells, alone in rows.measured:
                value = get(name)
                read |= alone if value is None else cells[bisect_right(limits, value)]  # type: ignore[operator]
            for name, limits_or_none, cells, sources, alone, unknown_alone, field in rows.derived:
                value = get(name)
                if value is not None:
                    read |= cells[value] if limits_or_none is None else cells[bisect_right(limits_or_none, value)]
                elif facts.keys().isdisjoint(sources):
                    read |= alone
                else:
                    # it may follow from what is given; found out below if it matters, as that takes longer
                    read |= unknown_alone
                    in_part |= field
            possible, unknown = self._all & ~read, read >> self._count & self._full
            left_open = read >> self._count + self._width
            answered, turning = self._outlook(possible, left_open, unknown)
            if in_part and (following := in_part & (turning or self._deciding(answered, possible, left_open))):
                for field in [field for field in self._thresholds if field & following]:
                    value = self._value_of(self._thresholds[field], facts, record)
                    if value is not UNKNOWN:
                        possible &= ~self._cell(field, value)
                        unknown ^= field
                left_open = self._open_in(unknown)
                answered, turning = self._outlook(possible, left_open, unknown)
        except (KeyError, TypeError):
            return None  # a fact is known between bounds only, or does not exist
        if answered < 0:
            return self._open_answer(turning, possible, unknown, in_part & turning)
        return self._known_answer(answered, possible, possible & ~left_open)

    def _outlook(self, possible: int, left_open: int, unknown: int) -> tuple[int, int]:
        """The number of the case that surely holds; -1 if there is none, and the features that could turn that."""
        sure = possible & ~left_open
        if sure & self._of_cases:
            for number, (bits, _) in enumerate(self._cases):
                if sure & bits:
                    return number, 0
        return -1, self._turning(possible, unknown)

    def _deciding(self, answered: int, possible: int, left_open: int) -> int:
        """The features that could tell more of which rules decide a known answer."""
        if answered < 0:
            return 0
        deciding = possible & (self._of_rules | self._default)
        if deciding & ~left_open & self._of_rules:
            # beside rules that surely hold others count only if they do too
            deciding &= self._of_rules & ~self._left_to_official
        return sum([field for field, limited in self._limited.items() if deciding & limited])

    def _open_in(self, unknown: int) -> int:
        """The implicants that unknown features, and what is left to an official, leave open."""
        left_open = self._left_to_official
        for field, limited in self._limited.items():
            if field & unknown:
                left_open |= limited
        return left_open

    def _value_of(self, of: Thresholds, facts: Mapping[str, Any], record: ReadRecord) -> Any:
        """The value of a fact that is not given, but may follow from given ones."""
        on, of_record = record.on, record.session.facts
        key = (of.fact, on, *[source for source in self._sources[of.fact] if source in facts])
        others = self._others.get(key)
        if others is None:
            if len(self._others) >= MOST_KEPT:
                self._others.clear()
            others = self._others[key] = self._values_alone(of.sources - facts.keys(), facts, on)
        # what follows from nothing that is given is the same for all
        of_record.memo.update(others)
        return of_record.value(of.fact, on)

    def _values_alone(self, sources: frozenset[str], facts: Mapping[str, Any], on: date) -> dict[Any, Any]:
        """What facts are that follow from nothing that is given, by the names under which `Facts` keeps them."""
        alone = Session(self._book, Record(id="nobody"), on, REFERENCE, {}).facts
        vocabulary = self._book.vocabulary
        return {
            (source, on) if vocabulary.plan(source).sensitive else source: alone.value(source, on)
            for source in sorted(sources)
            if upstream_inputs(source, self._book).isdisjoint(facts)
        }

    # -- what is known

    def _known_answer(self, number: int, possible: int, sure: int) -> Passing:
        """The answer of a case, with the rules that decide it, as `decision.grounds` tells them."""
        says = self._says[number]
        by = [rule for bits, rule in says if bits & sure]
        if not by and not possible & self._default:
            by = [rule for bits, rule in says if bits & possible]
        key = (number, *by)
        answer = self._known.get(key)
        if answer is None:
            _, case = self._cases[number]
            value = case.expr.value if isinstance(case.expr, Const) else UNKNOWN
            answer = self._known[key] = Passing(self._question.name, case.status, value, tuple(by))
        return answer

    def _saying(self, case: Case) -> list[tuple[int, str]]:
        """The implicants and ids of the rules that may decide a case."""
        name = self._question.name
        return [
            (bits, rule.bound.rule.id)
            for bits, rule in self._rules
            if not isinstance(case.expr, Const) or rule.bound.then[name].value == case.expr.value
        ]

    # -- what is open

    def _open_answer(self, turning: int, possible: int, unknown: int, following: int) -> OpenAnswer:
        """The open answer that features could turn, some of them following from given facts in part."""
        settles = turning in self._thresholds and self._settled_by(turning, possible, unknown)
        key = (turning, settles, following)
        answer = self._open.get(key)
        if answer is None:
            if len(self._open) >= MOST_KEPT:
                self._open.clear()
            self._book.count_kept(OPEN_KB)
            asked = tuple([asked for field, asked in self._asked if field & turning])
            in_part = tuple([asked for field, asked in self._asked if field & following])
            answer = self._open[key] = OpenAnswer(asked, settles, in_part)
        return answer

    def _turning(self, possible: int, unknown: int) -> int:
        """The bits of the unknown features that could turn the answer.

        What is left to an official stays open, so that an answer surely holds where an implicant allows it whatever
        is judged: those that do, and are left in no other, say what could turn it.
        """
        primes, turning = self._primes, 0
        # of the answers exactly one holds, so what turns one of them turns another, if none is left to an official
        for bits in self._turning_some if possible & self._left_to_official else self._turning_all:
            left = possible & bits
            cubes: set[int] = set()
            while left:
                lowest = left & -left
                left ^= lowest
                cubes.add(primes[lowest.bit_length() - 1] & unknown)
            for cube in absorbed(cubes):
                turning |= unknown & ~cube
        fields = self._fields_of.get(turning)
        if fields is None:
            if len(self._fields_of) >= MOST_KEPT:
                self._fields_of.clear()
            fields = self._fields_of[turning] = sum([field for field in self._thresholds if field & turning])
        return fields

    def _settled_by(self, field: int, possible: int, unknown: int) -> bool:
        """Whether the answer is known in every cell of one unknown feature, all else being unknown as it is."""
        sure = possible & self._of_cases & ~self._open_in(unknown & ~field)
        cells = 0
        for prime in _of_bits(self._primes, sure):
            cells |= prime & field
        return cells == field


def _bits(field: int) -> list[int]:
    return [1 << position for position in range(field.bit_length()) if field >> position & 1]


def _of_bits(primes: Sequence[int], bits: int) -> Iterator[int]:
    """The prime implicants with these numbers."""
    while bits:
        lowest = bits & -bits
        bits ^= lowest
        yield primes[lowest.bit_length() - 1]
