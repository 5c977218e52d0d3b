"""The intermediate representation: rules lowered to formulas, as every engine reads them.

A question is an outcome, a requirement of an item, or a suggested step. What it can be answered
is an ordered tuple of cases, each with its formula: the first case that surely holds is the answer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any, Final

from aava_rules.compiler.bind import BoundRule
from aava_rules.compiler.formula import FALSE
from aava_rules.compiler.implicants import Canonizer, CompiledFormula
from aava_rules.language.syntax import Const, Expr

KNOWN: Final = "known"
MET: Final = "met"
BROKEN: Final = "broken"
NOT_APPLICABLE: Final = "not_applicable"
CONFLICT: Final = "conflict"

NEVER: Final = CompiledFormula(FALSE, Canonizer(()))
"""The formula that never holds: of the values of a question that has none."""


# Written out, as dataclasses are compiled when a program starts.


class Partition:
    """The cells into which the tests of a feature cut its values, each a bit of a program's integer.

    A mask has the bits of the cells that are possible. Of ordered values the mask is taken by place: place 2i lies
    before the i-th cut (and after the one before), place 2i + 1 is the cut itself, and the last place lies after all
    cuts. A place of which no value can be has no bit. Of other values the mask is taken by value.

    Attributes:
        bits: the bits of all cells: what is possible where nothing is known.
        shift: the number of the lowest bit.
        cuts: the constants that the tests compare the value with, sorted; of ordered values.
        at: the mask of each place, ``2 * len(cuts) + 1`` of them; empty for values without an order.
        of: the mask of each named value: a truth value, a word, or the order of two terms (``<``, ``=``, ``>``).
        other: the mask of a word that is not named.
        absent: the mask of a value that is known not to exist.
    """

    __slots__ = ("absent", "at", "bits", "cuts", "of", "other", "shift")

    def __init__(
        self, bits: int, shift: int, cuts: tuple[Any, ...], at: tuple[int, ...], of: Mapping[Any, int], other: int,
        absent: int,
    ) -> None:  # fmt: skip
        self.bits, self.shift, self.cuts, self.at, self.of = bits, shift, cuts, at, of
        self.other, self.absent = other, absent

    def place(self, value: Any) -> int:
        """The place of a known ``value`` among the cuts."""
        at = bisect_left(self.cuts, value)
        return 2 * at + (at < len(self.cuts) and self.cuts[at] == value)

    def shifted(self) -> Partition:
        """The same cells with the lowest bit first."""
        by = self.shift
        of = {value: mask >> by for value, mask in self.of.items()}
        at = tuple([mask >> by for mask in self.at])
        return Partition(self.bits >> by, 0, self.cuts, at, of, self.other >> by, self.absent >> by)


_EMPTY: Final = Partition(0, 0, (), (), {}, 0, 0)


class Feature:
    """A term, or two that are set against each other, with the tests that are made of it.

    Attributes:
        kind: ``term``, ``pair`` (two terms against each other), ``has`` (a word in a set), ``known`` (whether it is
            known), ``judgement`` and ``doubt`` (unknown for ever: left to an official, or to law that is not verified),
            ``lower`` (an outcome to which its own rules, put in the place of tests of it, give no value).
        terms: the term, or both.
        word: of ``has`` the word; of ``judgement`` and ``doubt`` the id of the rule.
        scope: the number of the judged day on which its facts are read.
        words: every word that a choice can be, if its words are closed.
        never_negative: whether a number is never below zero, whatever the record.
        tests: the tests, each a tuple of its name and its constant.
        judgement: whether an official judges it, by stating the fact.
        partition: how the tests cut its values; without cells before the features are laid out.
        masks: the mask of the cells whose values pass, by test.
    """

    __slots__ = (
        "judgement",
        "kind",
        "masks",
        "never_negative",
        "partition",
        "scope",
        "terms",
        "tests",
        "word",
        "words",
    )

    def __init__(self, kind: str, terms: tuple[Expr, ...], word: str, scope: int) -> None:
        self.kind, self.terms, self.word, self.scope = kind, terms, word, scope
        self.words: tuple[str, ...] = ()
        self.never_negative = False
        self.tests: list[tuple[Any, ...]] = []
        self.judgement = False
        self.partition = _EMPTY
        self.masks: dict[tuple[Any, ...], int] = {}

    @property
    def bits(self) -> int:
        """The bits of all its cells."""
        return self.partition.bits

    @property
    def ordered(self) -> bool:
        """Whether its values are numbers or days that tests compare with constants."""
        return bool(self.partition.at)


class RuleForms:
    """One rule of a question, lowered.

    Attributes:
        bound: the rule with its constants filled in.
        holds: whether its conditions hold; for a suggested step, with or without its exception.
        active: whether it counts: it holds and no other rule overrides it. For a suggested step,
            whether it does not suggest it: its conditions do not hold, or its exception does.
        requires: whether what it requires is kept; None if it requires nothing.
    """

    __slots__ = ("active", "bound", "holds", "requires")

    def __init__(
        self, bound: BoundRule, holds: CompiledFormula, active: CompiledFormula, requires: CompiledFormula | None
    ) -> None:
        self.bound, self.holds, self.active, self.requires = bound, holds, active, requires


class ValueGroup:
    """The rules that conclude one and the same value of an outcome, constant or computed.

    Attributes:
        expr: the term of the value.
        scope: the number of the judged day on which the term is read.
        form: whether one of the rules counts.
        rules: the ids of the rules.
    """

    __slots__ = ("expr", "form", "rules", "scope")

    def __init__(self, expr: Expr, scope: int, form: CompiledFormula, rules: tuple[str, ...]) -> None:
        self.expr, self.scope, self.form, self.rules = expr, scope, form, rules


class Case:
    """One answer that a question can have.

    Attributes:
        status: the status of the answer: ``known``, ``not_applicable``, ``met`` or ``broken``.
        form: whether it is the answer, unless an earlier case is.
        expr: the term of the value; None for a case without one.
        scope: the number of the judged day on which the term is read.
        default: whether it is the answer of ``otherwise``, where no rule holds.
        implied: whether an earlier case has the same value and holds wherever this one does.
    """

    __slots__ = ("default", "expr", "form", "implied", "scope", "status")

    def __init__(
        self, status: str, form: CompiledFormula, expr: Expr | None = None, scope: int = 0, default: bool = False,
        implied: bool = False,
    ) -> None:  # fmt: skip
        self.status, self.form, self.expr, self.scope = status, form, expr, scope
        self.default, self.implied = default, implied


class Question:
    """A question on one tuple of segments, with the formulas of its answers.

    Attributes:
        kind: ``outcome``, ``requirement`` or ``step``.
        name: the outcome, requirement or step.
        rules: the rules in force, lowered; of a step they alone decide.
        cases: the answers, in order: the first that surely holds is the answer. Of a set and of a step none.
        is_set: whether it is an outcome that is a set of words.
        members: of a set, the formula of each word.
        groups: of an outcome of one value, its values by the rules that conclude them.
        any_value: whether any of the groups counts.
        conflict: whether two of the groups count at once.
        whole: whether it is an outcome of whole numbers, which has bounds while several are possible.
        constant: whether no value is computed, so that the answer follows from the states of the formulas alone.
        in_doubt: whether the law of that day is not verified, so that the answer is unknown.
        otherwise: of an outcome, its value where no rule holds: a term, or a set of words; None if it has none.
    """

    __slots__ = (
        "any_value", "cases", "conflict", "constant", "groups", "in_doubt", "is_set", "kind", "members", "name",
        "otherwise", "rules", "whole",
    )  # fmt: skip

    def __init__(
        self, kind: str, name: str, rules: tuple[RuleForms, ...] = (), *, cases: tuple[Case, ...] = (),
        is_set: bool = False, members: Mapping[str, CompiledFormula] | None = None, groups: tuple[ValueGroup, ...] = (),
        any_value: CompiledFormula = NEVER, conflict: CompiledFormula = NEVER,
    ) -> None:  # fmt: skip
        self.kind, self.name, self.rules, self.cases = kind, name, rules, cases
        self.is_set, self.members = is_set, members or {}
        self.groups, self.any_value, self.conflict = groups, any_value, conflict
        self.constant = all(isinstance(expr, Const) for expr in (*self.values, *(group.expr for group in groups)))
        self.whole = self.in_doubt = False
        self.otherwise: Any = None

    @property
    def default(self) -> Case | None:
        """The case of ``otherwise``; None if the outcome has none."""
        for case in self.cases:
            if case.default:
                return case
        return None

    def form_of(self, status: str) -> CompiledFormula | None:
        """The formula of the first case of a ``status``; None if no case has it."""
        for case in self.cases:
            if case.status == status:
                return case.form
        return None

    @property
    def values(self) -> Iterator[Expr]:
        """The terms of the values that it can have."""
        return (case.expr for case in self.cases if case.expr is not None)

    @property
    def forms(self) -> Iterator[CompiledFormula]:
        """Every formula on which its answer depends but those of single rules."""
        yield from (case.form for case in self.cases)
        yield from self.members.values()
        if self.groups:
            yield self.any_value
            yield self.conflict


class Program:
    """Questions on one tuple of segments: the features to read, and the formulas to ask of them.

    Attributes:
        features: what is read of a record, in the order of their bits.
        questions: the questions.
        rules: every rule in force, by id, those included that only override others.
        full: the mask of all cells: what is possible where nothing is known.
        canonizer: what works out prime implicants over these features.
        compiled: what each engine has made of the program, by a key of its own.
    """

    __slots__ = ("canonizer", "compiled", "features", "full", "questions", "rules")

    def __init__(
        self, features: tuple[Feature, ...], questions: tuple[Question, ...], rules: Mapping[str, RuleForms], full: int,
        canonizer: Canonizer,
    ) -> None:  # fmt: skip
        self.features, self.questions, self.rules = features, questions, rules
        self.full, self.canonizer = full, canonizer
        self.compiled: dict[str, Any] = {}
