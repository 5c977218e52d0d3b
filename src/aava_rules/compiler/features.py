"""Tests -> features: how each value of a term falls among the tests that are made of it.

A feature is a term (a fact, a field, a comparison of two terms). Its tests cut its values into
cells: with ``age < 25`` and ``age >= 63`` there are three. Tests of one term are thereby related,
which plain Kleene logic cannot see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from math import floor
from typing import Any, Final

from aava_rules.compiler.formula import FALSE, TRUE, Formula, Lit
from aava_rules.compiler.program import Feature, Partition
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
    orders,
)

OTHER: Final = "…"
"""The cell of the words that no test names."""


def partition(feature: Feature, shift: int) -> int:
    """Cut the values of ``feature`` into cells from bit ``shift`` on; how many there are."""
    cells = _CELLS[feature.kind](feature)
    signatures: dict[tuple[bool, ...], int] = {}
    masks: dict[Any, int] = {}
    for cell in cells:
        signature = tuple(_accepts(feature, test, cell) for test in feature.tests)
        masks[cell] = signatures.setdefault(signature, 1 << (shift + len(signatures)))
    width = len(signatures)
    bits = ((1 << width) - 1) << shift
    for position, test in enumerate(feature.tests):
        feature.masks[test] = sum(bit for signature, bit in signatures.items() if signature[position])
    cuts = tuple(constants_of(feature)) if _is_ordered(feature) else ()
    at = tuple([masks.get((i // 2, bool(i % 2)), 0) for i in range(2 * len(cuts) + 1)]) if _is_ordered(feature) else ()
    named = {value: mask for value, mask in masks.items() if value.__class__ in (bool, str) and value != OTHER}
    feature.partition = Partition(bits, shift, cuts, at, named, masks.get(OTHER, bits), masks.get(NONE, bits))
    return width


def _is_ordered(feature: Feature) -> bool:
    return feature.kind in ("term", "lower") and feature.terms[0].type not in ("boolean", "choice", "text")


def _accepts(feature: Feature, test: tuple[Any, ...], cell: Any) -> bool:
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
    if feature.kind == "pair":
        return cell in accepted
    (position, exactly), constant = cell, test[1]
    constants = constants_of(feature)
    at = constants.index(constant)
    order = "=" if exactly and position == at else ("<" if position <= at else ">")
    return order in accepted


def constants_of(feature: Feature) -> list[Any]:
    """The constants with which the tests of ``feature`` compare it, sorted."""
    return sorted({test[1] for test in feature.tests if test[0] in ACCEPTED})


def _cells_of_term(feature: Feature) -> Sequence[Any]:
    (term,) = feature.terms
    absent = [NONE] if nullable(term) else []
    if term.type == "boolean":
        return [True, False, *absent]
    if term.type in ("choice", "text"):
        named = sorted({word for test in feature.tests if test[0] in ("in", "not in") for word in test[1]})
        # with every word tested there is no other one that the value could be
        other = [] if feature.words and set(feature.words) <= set(named) else [OTHER]
        return [*named, *other, *absent]
    return [*_ordered_cells(term, constants_of(feature), feature.never_negative), *absent]


def _ordered_cells(term: Expr, constants: list[Any], never_negative: bool) -> list[tuple[int, bool]]:
    """``(i, True)`` is the i-th constant itself, ``(i, False)`` what lies before it and after the last one."""
    cells: list[tuple[int, bool]] = []
    whole = term.type in ("integer", "date")
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
    """The first whole number, or day, over ``constant``."""
    return constant + ONE_DAY if isinstance(constant, date) else floor(constant) + 1


def is_whole(constant: Any) -> bool:
    """Whether a whole number, or a day, can be equal to ``constant``."""
    return isinstance(constant, date) or constant == floor(constant)


def _cells_of_pair(feature: Feature) -> Sequence[Any]:
    return ["<", "=", ">", *([NONE] if any(map(nullable, feature.terms)) else [])]


def _cells_of_truth(feature: Feature) -> Sequence[Any]:
    return [True, False]


_CELLS: dict[str, Callable[[Feature], Sequence[Any]]] = {
    "term": _cells_of_term,
    "pair": _cells_of_pair,
    "has": _cells_of_truth,
    "known": _cells_of_truth,
    "judgement": _cells_of_truth,
    "doubt": _cells_of_truth,
    "lower": _cells_of_term,
}


class Literal:
    """A test of a feature, before the feature is laid out.

    Attributes:
        feature: what is tested.
        test: the name of the test and its constant.
    """

    __slots__ = ("feature", "test")

    def __init__(self, feature: Feature, test: Any) -> None:
        self.feature, self.test = feature, test
        if test not in feature.tests:
            feature.tests.append(test)

    def formula(self, full: int) -> Formula:
        """The formula of the test, once the feature is laid out; ``full`` is the mask of all cells."""
        feature = self.feature
        cells = feature.masks[self.test]
        if cells == feature.bits:
            return TRUE
        return Lit(full & ~feature.bits | cells, feature.bits) if cells else FALSE


def is_of_a_day(term: Expr) -> bool:
    """Whether the value of ``term`` depends on the judged day."""
    for node in walk(term):
        if (
            isinstance(node, Param)
            or (isinstance(node, Fact) and node.sensitive)
            or (isinstance(node, ItemField) and node.derived)
        ):
            return True
    return False


class FeatureTable:
    """The features of one program, each once, until they are laid out.

    Attributes:
        words_of: every word that a fact or field can be; none if its words are not closed.
        never_negative: whether the number that a fact or field is is never below zero.
        features: the features by kind, terms, word and judged day.
        full: the mask of all cells, once the features are laid out.
    """

    def __init__(self, words_of: Callable[[str], tuple[str, ...]], never_negative: Callable[[Expr], bool]) -> None:
        self.words_of, self.never_negative = words_of, never_negative
        self.features: dict[tuple[Any, ...], Feature] = {}
        self.full = 0

    def feature(self, kind: str, terms: tuple[Expr, ...], word: str, scope: int) -> Feature:
        """The feature of these terms, made if it is new.

        Args:
            kind: the kind of a Feature.
            terms: its term, or both.
            word: its word.
            scope: the number of the judged day on which it is read.
        """
        if scope and terms and not any(map(is_of_a_day, terms)):
            scope = 0  # the same on every judged day, so rules that are judged on unlike days share it
        key = (kind, terms, word, scope)
        feature = self.features.get(key)
        if feature is None:
            feature = self.features[key] = Feature(kind, terms, word, scope)
            if kind in ("term", "lower") and isinstance(terms[0], (Fact, ItemField)):
                feature.words = self.words_of(str(terms[0]))
                feature.never_negative = self.never_negative(terms[0])
        return feature

    def literal(self, test: Test, scope: int) -> Literal | bool:
        """The literal that ``test`` is on the judged day number ``scope``; its truth if that depends on nothing."""
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
                return Literal(self.feature("known", (term,), "", scope), ("is", known))
            case Has(term, word):
                return Literal(self.feature("has", (term,), word, scope), ("true",))
            case OneOf(Const(value), words):
                return value in words
            case OneOf(term, words):
                return self._term(term, scope, ("in", frozenset(words)))
            case Compare():
                return self._compare(test, scope)

    def _term(self, term: Expr, scope: int, test: tuple[Any, ...]) -> Literal:
        return Literal(self.feature("term", (term,), "", scope), test)

    def _compare(self, test: Compare, scope: int) -> Literal | bool:
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
        return Literal(self.feature("pair", (left, right), "", scope), (op,))

    def lay_out(self) -> None:
        """Cut the values of every feature into cells; the table is then complete."""
        shift = 0
        for feature in self.features.values():
            shift += partition(feature, shift) + 1  # a free bit above each feature; see Canonizer
            self.full |= feature.bits
