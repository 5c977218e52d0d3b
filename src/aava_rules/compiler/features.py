"""Tests -> variables with cells: how each value of a term falls among the tests that are made of it.

A variable is a term (a fact, a field, a comparison of two terms). Its tests cut its values into
cells: with ``age < 25`` and ``age >= 63`` there are three. Tests of one term are thereby related,
which plain Kleene logic cannot see.

A variable: a term with the cells into which its tests cut its values, and how they are read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date
from math import floor
from typing import Any

from aava_rules.compiler.implicants import FALSE, TRUE, Formula, Lit
from aava_rules.engine.reference.evaluate import Reader, Scope, reader
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.functions import nullable
from aava_rules.language.syntax import (
    FLIPPED,
    Compare,
    Const,
    Expr,
    Fact,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    OneOf,
    Param,
    Test,
    Truth,
    walk,
)
from aava_rules.language.values import (
    ACCEPTED,
    NONE,
    NUMERIC,
    PLAIN,
    UNKNOWN,
    Interval,
    has,
    is_known,
    may_be_absent,
    orders,
)

MaskReader = Callable[[Scope], int]


class Variable:
    """A term with its tests; once laid out, the bits of its cells and a closure that reads them.

    ``kind``: ``term``, ``pair`` (two terms against each other), ``has`` (a word in a set),
    ``known``, ``judgement`` and ``doubt`` (unknown for ever, by an official or the law itself).
    """

    __slots__ = (
        "bits", "cell_of", "cells", "cubes", "judgement", "kind", "read", "scope", "shift", "terms", "tests", "word",
        "words",
    )  # fmt: skip

    def __init__(self, kind: str, terms: tuple[Expr, ...], word: str, scope: int, words: tuple[str, ...] = ()) -> None:
        self.kind, self.terms, self.word = kind, terms, word
        self.scope = scope
        """Which of the judged days its facts are read on."""
        self.words = words
        """Every word that a choice can be, if its words are closed."""
        self.tests: list[Any] = []
        self.judgement = False
        self.bits = self.shift = 0
        self.read: MaskReader = _nothing_known
        self.cell_of: Callable[[Any], int] | None = None
        """The cell of a known number or day, for terms that have an order."""
        self.cubes: dict[Any, int] = {}
        self.cells: dict[Any, int] = {}
        """The bit of each raw cell: a truth value, a word, a place among the constants, an order, or NONE."""


def _nothing_known(scope: Scope) -> int:
    return 0


def cut(variable: Variable, shift: int) -> int:
    """Cut a variable into cells from bit ``shift`` on; how many there are."""
    raw, build = _RAW[variable.kind](variable)
    signatures: dict[tuple[bool, ...], int] = {}
    masks: dict[Any, int] = {}
    for cell in raw:
        signature = tuple(_accepts(variable, test, cell) for test in variable.tests)
        bit = signatures.setdefault(signature, 1 << (shift + len(signatures)))
        masks[cell] = bit
    width = len(signatures)
    variable.bits = ((1 << width) - 1) << shift
    variable.cells = masks
    for position, test in enumerate(variable.tests):
        variable.cubes[test] = sum(bit for signature, bit in signatures.items() if signature[position])
    variable.read = build(masks, variable.bits)
    return width


def _accepts(variable: Variable, test: tuple[Any, ...], cell: Any) -> bool:
    """Whether all values of a raw cell pass a test."""
    name = test[0]
    if name == "none":
        return cell is NONE
    if cell is NONE:
        return False
    if name in ("true", "false", "is"):
        return bool(cell is (test[1] if name == "is" else name == "true"))
    if name in ("in", "not in"):
        return (cell in test[1]) is (name == "in")
    accepted = ACCEPTED[name]
    if variable.kind == "pair":
        return cell in accepted
    (position, exactly), constant = cell, test[1]
    constants = constants_of(variable)
    at = constants.index(constant)
    order = "=" if exactly and position == at else ("<" if position <= at else ">")
    return order in accepted


def constants_of(variable: Variable) -> list[Any]:
    """The constants with which the tests of a variable compare it, in order."""
    return sorted({test[1] for test in variable.tests if test[0] in ACCEPTED})


_Raw = tuple[Sequence[Any], Callable[[dict[Any, int], int], MaskReader]]


def _raw_term(variable: Variable) -> _Raw:
    (term,) = variable.terms
    read = reader(term)
    absent = [NONE] if nullable(term) else []
    if term.type == "boolean":
        return [True, False, *absent], lambda masks, full: _by_table(read, masks, full)
    if term.type in ("choice", "text"):
        named = sorted({word for test in variable.tests if test[0] in ("in", "not in") for word in test[1]})
        # with every word tested there is no other one that the value could be
        other = [] if variable.words and set(variable.words) <= set(named) else ["…"]
        return [*named, *other, *absent], lambda masks, full: _by_word(read, masks, full)
    constants = constants_of(variable)
    cells: list[Any] = [*_ordered_cells(term, constants), *absent]
    return cells, lambda masks, full: _by_order(variable, read, constants, masks, full)


def _ordered_cells(term: Expr, constants: list[Any]) -> list[tuple[int, bool]]:
    """``(i, True)`` is the i-th constant itself, ``(i, False)`` what lies before it and after the last one."""
    cells: list[tuple[int, bool]] = []
    whole = term.type in ("integer", "date")
    never_negative = isinstance(term, (Fact, ItemField)) and term.type in NUMERIC
    for i, constant in enumerate(constants):
        between = True
        if i and whole:
            between = next_whole(constants[i - 1]) < constant
        if not i and never_negative:
            between = constant > 0
        if between:
            cells.append((i, False))
        if not (never_negative and constant < 0) and (not whole or is_whole(constant)):
            cells.append((i, True))
    cells.append((len(constants), False))
    return cells


def next_whole(constant: Any) -> Any:
    """The first whole number, or day, over a constant."""
    return constant + ONE_DAY if isinstance(constant, date) else floor(constant) + 1


def is_whole(constant: Any) -> bool:
    """Whether a whole number, or a day, can be as much as a constant."""
    return isinstance(constant, date) or constant == floor(constant)


def _by_table(read: Reader, masks: dict[Any, int], full: int) -> MaskReader:
    return lambda scope: masks.get(read(scope), full)  # what is not known is not in the table


def _by_word(read: Reader, masks: dict[Any, int], full: int) -> MaskReader:
    table = {**masks, UNKNOWN: full}
    other = masks.get("…", full)
    return lambda scope: table.get(read(scope), other)


def _by_order(variable: Variable, read: Reader, constants: list[Any], masks: dict[Any, int], full: int) -> MaskReader:
    count = len(constants)
    # position 2i: before constant i (or after the last one); 2i + 1: the constant itself
    table = [masks.get((i // 2, bool(i % 2)), 0) for i in range(2 * count + 1)]
    absent = masks.get(NONE, full)

    def position(value: Any) -> int:
        at = bisect_left(constants, value)
        return 2 * at + 1 if at < count and constants[at] == value else 2 * at

    variable.cell_of = lambda value: table[position(value)]

    def mask(scope: Scope) -> int:
        value = read(scope)
        if value.__class__ in PLAIN:
            at = bisect_left(constants, value)
            return table[2 * at + 1 if at < count and constants[at] == value else 2 * at] or full
        if value is UNKNOWN:
            return full
        if value is NONE:
            return absent
        if value.__class__ is not Interval:
            return table[position(value)] or full
        low = 0 if value.low is None else position(value.low)
        high = 2 * count if value.high is None else position(value.high)
        found = 0
        for at in range(low, high + 1):
            found |= table[at]
        return (found | absent if value.absent else found) or full

    return mask


def _raw_pair(variable: Variable) -> _Raw:
    left, right = variable.terms
    read_left, read_right = reader(left), reader(right)
    left_absent, right_absent = nullable(left), nullable(right)
    absent = [NONE] if left_absent or right_absent else []

    def build(masks: dict[Any, int], full: int) -> MaskReader:
        none = masks.get(NONE, full)
        by_orders = {
            frozenset(some): sum({masks[one] for one in some}) for some in ("<", "=", ">", "<=", "<>", "=>", "<=>")
        }

        def mask(scope: Scope) -> int:
            a, b = read_left(scope), read_right(scope)
            if a is NONE or b is NONE:
                return none
            found = by_orders[orders(a, b)]
            if (
                (a is UNKNOWN and left_absent)
                or (b is UNKNOWN and right_absent)
                or may_be_absent(a)
                or may_be_absent(b)
            ):
                return found | none
            return found

        return mask

    return ["<", "=", ">", *absent], build


def _raw_has(variable: Variable) -> _Raw:
    read, word = reader(variable.terms[0]), variable.word

    def build(masks: dict[Any, int], full: int) -> MaskReader:
        table = {True: masks[True], False: masks[False], None: full}
        return lambda scope: table[has(read(scope), word)]

    return [True, False], build


def _raw_known(variable: Variable) -> _Raw:
    read = reader(variable.terms[0])
    return [True, False], lambda masks, full: lambda scope: masks[is_known(read(scope))]


def _raw_never(variable: Variable) -> _Raw:
    return [True, False], lambda masks, full: lambda scope: full


_RAW: dict[str, Callable[[Variable], _Raw]] = {
    "term": _raw_term,
    "pair": _raw_pair,
    "has": _raw_has,
    "known": _raw_known,
    "judgement": _raw_never,
    "doubt": _raw_never,
}


class Atom:
    """A test of a variable, before its variable is laid out."""

    __slots__ = ("test", "variable")

    def __init__(self, variable: Variable, test: Any) -> None:
        self.variable, self.test = variable, test
        if test not in variable.tests:
            variable.tests.append(test)

    def formula(self, full: int) -> Formula:
        """The literal of the laid-out variable; ``full`` allows everything."""
        variable = self.variable
        cells = variable.cubes[self.test]
        if cells == variable.bits:
            return TRUE
        return Lit(full & ~variable.bits | cells, variable.bits) if cells else FALSE


def _is_of_a_day(term: Expr) -> bool:
    """Whether the value of a term depends on the judged day."""
    for node in walk(term):
        if (
            isinstance(node, Param)
            or (isinstance(node, Fact) and node.sensitive)
            or (isinstance(node, ItemField) and node.derived)
        ):
            return True
    return False


class Layout:
    """The variables of one frame, and how what is known becomes one cube."""

    def __init__(self, words_of: Callable[[str], tuple[str, ...]]) -> None:
        self.words_of = words_of
        self.variables: dict[tuple[Any, ...], Variable] = {}
        self.full = 0

    def variable(self, kind: str, terms: tuple[Expr, ...], word: str, scope: int) -> Variable:
        """The one variable of these terms; made if it is new."""
        if scope and terms and not any(map(_is_of_a_day, terms)):
            scope = 0  # the same on every judged day, so rules that are judged on unlike days share it
        key = (kind, terms, word, scope)
        found = self.variables.get(key)
        if found is None:
            closed = self.words_of(str(terms[0])) if kind == "term" and isinstance(terms[0], (Fact, ItemField)) else ()
            found = self.variables[key] = Variable(kind, terms, word, scope, closed)
        return found

    def atom(self, test: Test, scope: int) -> Atom | bool:
        """The atom that a test is, or its truth if that depends on nothing."""
        match test:
            case Truth(Const(value)):
                return value is True
            case Truth(term):
                return self._term(term, scope, ("true",))
            case IsNone(term):
                if isinstance(term, Const) or not nullable(term):
                    return isinstance(term, Const) and term.value is NONE
                return self._term(term, scope, ("none",))
            case IsKnown(term, known):
                return Atom(self.variable("known", (term,), "", scope), ("is", known))
            case Has(term, word):
                return Atom(self.variable("has", (term,), word, scope), ("true",))
            case OneOf(Const(value), words):
                return value in words
            case OneOf(term, words):
                return self._term(term, scope, ("in", frozenset(words)))
            case Compare():
                return self._compare(test, scope)

    def _term(self, term: Expr, scope: int, test: tuple[Any, ...]) -> Atom:
        return Atom(self.variable("term", (term,), "", scope), test)

    def _compare(self, test: Compare, scope: int) -> Atom | bool:
        op, left, right = test.op, test.left, test.right
        if isinstance(left, Const) and isinstance(right, Const):
            if left.value is NONE or right.value is NONE:
                return False
            return orders(left.value, right.value) <= ACCEPTED[op]
        if isinstance(left, Const):
            op, left, right = FLIPPED[op], right, left
        if isinstance(right, Const):
            if right.value is NONE:
                return False
            if left.type in ("choice", "text"):
                words = frozenset({right.value})
                return self._term(left, scope, ("in" if op == "==" else "not in", words))
            if left.type == "boolean":
                wanted = (op == "==") is (right.value is True)
                return self._term(left, scope, ("true",) if wanted else ("false",))
            return self._term(left, scope, (op, right.value))
        if str(left) > str(right):
            op, left, right = FLIPPED[op], right, left
        return Atom(self.variable("pair", (left, right), "", scope), (op,))

    def lay_out(self) -> None:
        """Give every variable its bits and its reader; the layout is then complete."""
        shift = 0
        for variable in self.variables.values():
            width = cut(variable, shift)
            variable.shift = shift
            shift += width + 1  # a free bit above each variable; see Canonizer
            self.full |= variable.bits
