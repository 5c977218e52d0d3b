"""Tests on columns: where a condition surely holds and where it surely fails.

The same as the testers of `aava_rules.engine.reference.evaluate`, a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.columns import Bools, Code, Column
from aava_rules.engine.table.evaluate.compare import UNORDERED, bit_of, compare_constants, in_like_units, orders, pair
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.language.syntax import All, Always, Any_, Compare, Condition, Expr, Has, IsKnown, IsNone, Not, OneOf
from aava_rules.language.syntax import Truth as Bare
from aava_rules.language.values import ACCEPTED, EQUAL, GREATER, LESS

__all__ = ["Truth", "bit_of", "compare_constants", "compiled_test", "orders", "pair"]


class Truth(NamedTuple):
    """Where a condition surely holds and where it surely fails; in all other rows it is unknown.

    Attributes:
        holds, fails: shape (n,), bool; no row is in both.
    """

    holds: Bools
    fails: Bools


Test = Callable[[RowView], Truth]

_CACHE_SIZE: Final = 4096
"""Conditions whose functions are kept; rulebooks have some hundreds."""


@lru_cache(maxsize=_CACHE_SIZE)
def compiled_test(condition: Condition) -> Test:
    """The function that gives the truth of ``condition`` for the rows of a view.

    It evaluates a condition once a view.
    """
    work_out = _tester(condition)

    def test(view: RowView) -> Truth:
        truth: Truth | None = view.memo.get(test)
        if truth is None:
            truth = view.memo[test] = work_out(view)
        return truth

    return test


def _tester(condition: Condition) -> Test:
    match condition:
        case Always(holds):
            return lambda view: Truth(np.full(view.size, holds), np.full(view.size, not holds))
        case All(items):
            return _all(tuple(map(compiled_test, items)))
        case Any_(items):
            return _any(tuple(map(compiled_test, items)))
        case Not(item):
            inner = compiled_test(item)
            return lambda view: _turned(inner(view))
        case Compare(op, left, right):
            return _compared(op, left, right)
        case Bare(term):
            read = compiled(term)
            return lambda view: _settled(column := read(view), column.low == 1)
        case OneOf(term, words):
            return _member_of(term, words)
        case Has(term, word):
            return _has(term, word)
        case IsNone(term):
            read = compiled(term)
            return lambda view: _is_none(read(view))
        case IsKnown(term, wanted):
            read = compiled(term)
            return lambda view: _is_known(read(view), wanted)


def _turned(truth: Truth) -> Truth:
    return Truth(truth.fails, truth.holds)


def _all(tests: tuple[Test, ...]) -> Test:
    def test(view: RowView) -> Truth:
        holds, fails = tests[0](view)
        for part in tests[1:]:
            truth = part(view)
            holds, fails = holds & truth.holds, fails | truth.fails
        return Truth(holds, fails)

    return test if tests else compiled_test(Always(True))


def _any(tests: tuple[Test, ...]) -> Test:
    def test(view: RowView) -> Truth:
        holds, fails = tests[0](view)
        for part in tests[1:]:
            truth = part(view)
            holds, fails = holds | truth.holds, fails & truth.fails
        return Truth(holds, fails)

    return test if tests else compiled_test(Always(False))


def _settled(column: Column, holds: Bools) -> Truth:
    """What holds of the values that are there; of one that does not exist nothing holds."""
    if column.code is None:
        return Truth(holds, ~holds)
    holds = holds & (column.code == Code.PRESENT)
    return Truth(holds, (column.code != Code.UNKNOWN) & ~holds)


def _member_of(term: Expr, words: tuple[str, ...]) -> Test:
    read = compiled(term)

    def test(view: RowView) -> Truth:
        column = read(view)
        equal = np.zeros(view.size, np.bool_)
        for word in words:
            equal |= column.low == view.block.words.number(word)
        return _settled(column, equal)

    return test


def _has(term: Expr, word: str) -> Test:
    read = compiled(term)

    def test(view: RowView) -> Truth:
        column = read(view)
        bit = np.int64(1 << bit_of(term, word, view))
        surely = column.low & bit != 0
        possibly = surely if column.exact else column.high & bit != 0
        if column.code is None:
            return Truth(surely, ~possibly)
        closed = column.code != Code.UNKNOWN
        there = closed & (column.code != Code.ABSENT)
        return Truth(surely & there, closed & ~(possibly & there))

    return test


def _is_none(column: Column) -> Truth:
    if column.code is None:
        return Truth(np.zeros(len(column), np.bool_), np.ones(len(column), np.bool_))
    holds = column.code == Code.ABSENT
    # what may be absent may turn out either way
    return Truth(holds, column.code == Code.PRESENT)


def _is_known(column: Column, wanted: bool) -> Truth:
    known = column.known()
    return Truth(known, ~known) if wanted else Truth(~known, known)


def _compared(op: str, left: Expr, right: Expr) -> Test:
    both = pair(left, right)
    compare = _by_orders if left.type in UNORDERED or left.type == "set" else _by_bounds

    def test(view: RowView) -> Truth:
        a, b = both(view)
        holds, fails = compare(op, a, b)
        for column in (a, b):
            if column.code is None:
                continue
            # a comparison with what does not exist is false
            absent = column.code == Code.ABSENT
            holds = holds & ~absent & (column.code != Code.MAYBE)
            fails = fails | absent
        return Truth(holds, fails)

    return test


def _by_orders(op: str, a: Column, b: Column) -> Truth:
    less, equal, greater = orders(a, b)
    possible = ((LESS, less), (EQUAL, equal), (GREATER, greater))
    refused = [rows for order, rows in possible if not order <= ACCEPTED[op]]
    allowed = [rows for order, rows in possible if order <= ACCEPTED[op]]
    may_fail, may_hold = np.logical_or.reduce(refused), np.logical_or.reduce(allowed)
    return Truth(~may_fail, may_fail & ~may_hold)


def _by_bounds(op: str, a: Column, b: Column) -> Truth:
    """A comparison of numbers or days, straight from their bounds."""
    if op in (">", ">="):
        a, b = b, a
        op = "<" if op == ">" else "<="
    (a_low, a_high), (b_low, b_high) = in_like_units(a, b)
    if a.exact and b.exact:
        holds = a_low < b_low if op == "<" else a_low <= b_low if op == "<=" else a_low == b_low
        return Truth(~holds, holds) if op == "!=" else Truth(holds, ~holds)
    if op == "<":
        return Truth(a_high < b_low, a_low >= b_high)
    if op == "<=":
        return Truth(a_high <= b_low, a_low > b_high)
    equal = Truth((a_low >= b_high) & (a_high <= b_low), (a_low > b_high) | (b_low > a_high))
    return _turned(equal) if op == "!=" else equal
