"""The truth of tests on columns: where each surely holds and where it surely fails.

The same as the tests of `aava_rules.engine.reference.evaluate`, a column at a time. Constructs are told apart
in `compiler.terms`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.columns import Bools, Code, Column
from aava_rules.engine.table.evaluate.compare import UNORDERED, in_like_units, orders
from aava_rules.language.values import ACCEPTED, EQUAL, GREATER, LESS


class Truth(NamedTuple):
    """Where a condition surely holds and where it surely fails; in all other rows it is unknown.

    Attributes:
        holds, fails: shape (n,), bool; no row is in both.
    """

    holds: Bools
    fails: Bools


Test = Callable[[RowView], Truth]
"""What gives the truth of a condition in the rows of a view."""


def everywhere(holds: bool, rows: int) -> Truth:
    """The truth ``holds`` in so many ``rows``."""
    return Truth(np.full(rows, holds), np.full(rows, not holds))


def negated(truth: Truth) -> Truth:
    """Where ``truth`` fails and where it holds."""
    return Truth(truth.fails, truth.holds)


def conjunction(tests: Sequence[Test]) -> Test:
    """Where all of ``tests`` hold, by Kleene's tables. There must be one at least."""

    def test(view: RowView) -> Truth:
        holds, fails = tests[0](view)
        for part in tests[1:]:
            truth = part(view)
            holds, fails = holds & truth.holds, fails | truth.fails
        return Truth(holds, fails)

    return test


def disjunction(tests: Sequence[Test]) -> Test:
    """Where any of ``tests`` holds, by Kleene's tables. There must be one at least."""

    def test(view: RowView) -> Truth:
        holds, fails = tests[0](view)
        for part in tests[1:]:
            truth = part(view)
            holds, fails = holds | truth.holds, fails & truth.fails
        return Truth(holds, fails)

    return test


def of_values(column: Column, holds: Bools) -> Truth:
    """What holds of the values of ``column`` that exist; of one that does not exist nothing holds.

    ``holds`` has shape (n,), bool: where it holds of the value in the column.
    """
    if column.code is None:
        return Truth(holds, ~holds)
    holds = holds & (column.code == Code.PRESENT)
    return Truth(holds, (column.code != Code.UNKNOWN) & ~holds)


def one_of(column: Column, numbers: Sequence[int]) -> Truth:
    """Where a value of ``column`` is one of the ``numbers``, which are those of words."""
    equal = np.zeros(len(column), np.bool_)
    for number in numbers:
        equal |= column.low == number
    return of_values(column, equal)


def has_bit(column: Column, number: int) -> Truth:
    """Where a set of ``column`` has the word of the bit ``number``."""
    bit = np.int64(1 << number)
    surely = column.low & bit != 0
    possibly = surely if column.exact else column.high & bit != 0
    if column.code is None:
        return Truth(surely, ~possibly)
    closed = column.code != Code.UNKNOWN
    present = closed & (column.code != Code.ABSENT)
    return Truth(surely & present, closed & ~(possibly & present))


def is_absent(column: Column) -> Truth:
    """Where a value of ``column`` is known not to exist; of one that may not exist it is unknown."""
    if column.code is None:
        return everywhere(False, len(column))
    return Truth(column.code == Code.ABSENT, column.code == Code.PRESENT)


def is_known(column: Column, wanted: bool) -> Truth:
    """Where a value of ``column`` is exactly known, or (not ``wanted``) is not; never unknown itself."""
    known = column.known()
    return Truth(known, ~known) if wanted else Truth(~known, known)


def compared(op: str, kind: str, a: Column, b: Column) -> Truth:
    """Where ``a`` and ``b`` are in an order; a comparison with what does not exist is false.

    Args:
        op: ``==``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``.
        kind: the type of both terms.
        a: the left column, made comparable with ``b``.
        b: the right column.
    """
    holds, fails = (_by_orders if kind in UNORDERED or kind == "set" else _by_bounds)(op, a, b)
    for column in (a, b):
        if column.code is None:
            continue
        absent = column.code == Code.ABSENT
        holds = holds & ~absent & (column.code != Code.MAYBE)
        fails = fails | absent
    return Truth(holds, fails)


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
    return negated(equal) if op == "!=" else equal
