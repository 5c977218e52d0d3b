"""How the values of two columns, or of a column and constants, may be ordered.

The same as `aava_rules.language.values`, a column at a time.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.columns import MOST_WORDS, NO_HIGH, NO_LOW, Bools, Code, Column, Ints, as_number
from aava_rules.language.syntax import Expr, Fact, ItemField
from aava_rules.record.fields import LIST_OF_ITEM, lists
from aava_rules.rulebook.model import Parts

Positions = NDArray[np.signedinteger[Any]]
Bounds = tuple[Ints, Ints]

UNORDERED: Final = frozenset({"boolean", "choice", "text", "dates"})
"""Types of which it is only asked whether two values are equal."""
_FEW_CONSTANTS: Final = 64
"""Up to so many constants it is faster to compare with each than to search among them."""


def orders(a: Column, b: Column) -> tuple[Bools, Bools, Bools]:
    """Where ``a`` may be less than, equal to and greater than ``b``: three masks of shape (n,), bool.

    Whether the values exist is not asked. Of words and truth values that differ the third mask is true. Columns of sets
    must come from `pair`.
    """
    if a.type in UNORDERED:
        equal = a.low == b.low
        return _any_order(a, b, np.zeros(len(equal), np.bool_), equal, ~equal)
    if a.type == "set":
        return _set_orders(a, b)
    (a_low, a_high), (b_low, b_high) = in_like_units(a, b)
    if a.exact and b.exact:
        may_be_less, may_be_greater = a_low < b_low, a_low > b_low
        return may_be_less, ~(may_be_less | may_be_greater), may_be_greater
    return a_low < b_high, (a_low <= b_high) & (b_low <= a_high), a_high > b_low


def _any_order(a: Column, b: Column, *known_orders: Bools) -> tuple[Bools, Bools, Bools]:
    """The known orders, and each of them in the rows of which a value is unknown."""
    less, equal, greater = known_orders
    for column in (a, b):
        if column.code is not None:
            open_ = column.code == Code.UNKNOWN
            less, equal, greater = less | open_, equal | open_, greater | open_
    return less, equal, greater


def _set_orders(a: Column, b: Column) -> tuple[Bools, Bools, Bools]:
    # sets that are exactly known are equal or not; of others, one is less that lies within the other
    equal = a.low == b.low
    exact = (a.low == a.high) & (b.low == b.high)
    a_within, b_within = a.low & ~b.high == 0, b.low & ~a.high == 0
    return _any_order(
        a,
        b,
        ~exact & a_within & (a.low != b.high),
        np.where(exact, equal, a_within & b_within),
        np.where(exact, ~equal, b_within & (a.high != b.low)),
    )


def in_like_units(a: Column, b: Column) -> tuple[Bounds, Bounds]:
    """The bounds of ``a`` and ``b`` as whole numbers that are ordered as the values are, whatever their scales.

    Returns: for each column its least and greatest values, shape (n,), int64.
    """
    if a.scale == b.scale:
        return (a.low, a.high), (b.low, b.high)
    if a.scale < b.scale:
        second, first = in_like_units(b, a)
        return first, second
    factor = 10 ** (a.scale - b.scale)
    if b.exact and b.code is None and len(b) and max(int(b.low.max()), -int(b.low.min())) * factor < NO_HIGH:
        number = b.low * factor
        return (a.low, a.high), (number, number)
    # halves of the coarser unit: what lies between two of its numbers is the half between them
    factor = min(factor, 4 * NO_HIGH - 1)
    low = _halves(a.low, factor)
    number = b.low * 2
    return (low, low if a.exact else _halves(a.high, factor)), (number, number if b.exact else b.high * 2)


def _halves(bounds: Ints, factor: int) -> Ints:
    whole = bounds // factor
    halves = 2 * whole + (bounds > whole * factor)
    return np.where(bounds <= NO_LOW, 2 * NO_LOW, np.where(bounds >= NO_HIGH, 2 * NO_HIGH, halves))


def compare_constants(column: Column, constants: list[Any]) -> tuple[Positions, Positions]:
    """Where the least and the greatest value of each row of ``column`` lie among ``constants``.

    Args:
        column: numbers or days.
        constants: sorted and distinct numbers or days.

    Returns: two arrays of shape (n,), int8 or int16, of positions: 2i + 1 is the i-th constant itself, 2i what lies
    before
        it (and after the one before), and twice their number what lies after all. A bound that is none lies at the end.
    """
    # the last constant below which (and the first from which on) whole numbers of the column's unit lie
    below = [_in_units(constant, column.scale) for constant in constants]
    low = _positions(column.low, below)
    return low, low if column.exact else _positions(column.high, below)


def _in_units(constant: Any, scale: int) -> tuple[int, bool]:
    """The greatest whole number of a unit that is not over the constant, and whether it is the constant."""
    number, digits = as_number(constant)
    if digits <= scale:
        number, rest = number * 10 ** (scale - digits), 0
    else:
        number, rest = divmod(number, 10 ** (digits - scale))
    if abs(number) >= NO_HIGH:  # farther than any value, but not than a bound that is none
        return (NO_HIGH - 1 if number > 0 else NO_LOW), False
    return number, not rest


def _positions(bounds: Ints, constants: list[tuple[int, bool]]) -> Positions:
    kind = np.int8 if 2 * len(constants) <= np.iinfo(np.int8).max else np.int16
    if len(constants) > _FEW_CONSTANTS:
        over = np.array([number for number, _ in constants], np.int64)
        # a value is at a constant that is a whole number, and over one that is not
        reached = np.array([number if exact else number + 1 for number, exact in constants], np.int64)
        places = np.searchsorted(over, bounds, "left") + np.searchsorted(reached, bounds, "right")
        return places.astype(kind)
    positions: Positions = np.zeros(len(bounds), kind)
    for number, exact in constants:
        is_over = bounds > number
        positions += is_over
        positions += bounds >= number if exact else is_over
    return positions


def unlike_days(a: Column, b: Column, left: Expr, right: Expr, view: RowView) -> tuple[Column, Column]:
    """Two columns of fields of several days, as they are.

    Args:
        a: the column of ``left``.
        b: the column of ``right``.
        left: the left term.
        right: the right term.
        view: the rows; where both fields have days, and the terms differ, they are marked as overflow.
    """
    # columns hold no days of a field of several, so where both fields have days the record path compares them
    if left != right:
        view.mark_overflow((a.codes() == Code.PRESENT) & (b.codes() == Code.PRESENT))
    return a, b


def like_sets(a: Column, b: Column, left: Expr, right: Expr, view: RowView) -> tuple[Column, Column]:
    """Two columns of sets with the same words behind their bits.

    Args:
        a: the column of ``left``.
        b: the column of ``right``.
        left: the left term.
        right: the right term.
        view: the rows; all are marked as overflow if both have more words together than an integer has bits.
    """
    parts = view.block.parts
    first, second = set_words(left, parts), set_words(right, parts)
    if first == second:
        return a, b
    words = tuple(sorted({*first, *second}))
    if len(words) > MOST_WORDS:
        view.mark_overflow(np.ones(view.size, np.bool_))
        return a, b
    return translated(a, first, words), translated(b, second, words)


def translated(column: Column, words: tuple[str, ...], target_words: tuple[str, ...]) -> Column:
    """A column of sets with bits for other words; words that are not among these are left out.

    Args:
        column: the sets.
        words: the words that its bits stand for, sorted.
        target_words: the words that the bits of the result stand for, sorted.
    """
    bits = [(i, target_words.index(word)) for i, word in enumerate(words) if word in target_words]
    low = _moved(column.low, bits)
    return Column(column.type, low, low if column.exact else _moved(column.high, bits), column.code)


def _moved(mask: Ints, bits: list[tuple[int, int]]) -> Ints:
    moved = np.zeros(len(mask), np.int64)
    for source_bit, target_bit in bits:
        moved |= (mask >> source_bit & 1) << target_bit
    return moved


def set_words(term: Expr, parts: Parts) -> tuple[str, ...]:
    """The words that the bits of the sets of ``term`` stand for, sorted, as ``parts`` declare them.

    Raises TypeError for a term that has no sets.
    """
    if isinstance(term, ItemField) and not term.derived:
        return tuple(sorted(lists()[LIST_OF_ITEM[term.singular]].fields[term.field].words))
    if isinstance(term, (Fact, ItemField)):
        definition = parts.outcomes.get(str(term)) or parts.facts[str(term)]
        return tuple(sorted(definition.words))
    raise TypeError(f"{term} has no words")


def bit_of(term: Expr, word: str, view: RowView) -> int:
    """Which bit of the sets of ``term`` stands for ``word``, in the rulebook of ``view``."""
    return set_words(term, view.block.parts).index(word)
