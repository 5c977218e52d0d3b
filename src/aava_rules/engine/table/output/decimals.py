"""How many decimals the amounts of an outcome have: as many as its rules can make, so that none is ever rounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.engine.table.columns import Code, Column, as_number
from aava_rules.engine.table.input.encode import SCALE
from aava_rules.language.errors import Fault, RecordError
from aava_rules.language.syntax import Arith, Call, Const, Fact, ItemField, Param
from aava_rules.language.values import EXACT
from aava_rules.rulebook.model import Parts

AMOUNTS: Final = frozenset({"decimal", "money"})
"""The types of numbers that are not whole."""
DIGITS: Final = 38
"""The digits that an exact number of a table can have."""
_MOST_ZEROS: Final = 18
"""No number of a column has more zeros at its end, but 0."""
MOST_DECIMALS: Final = 18
"""Outcomes that multiply more decimals than this together have but so many, unless a value needs more."""


def decimals(name: str, parts: Parts) -> int:
    """The decimals of the column of the outcome ``name``: those that its rules in ``parts`` can make of facts with
    four.

    At least four, and at most `MOST_DECIMALS`.
    """
    return min(MOST_DECIMALS, _Decimals(parts).of_outcome(name))


class _Decimals:
    """The most decimals that terms can have, if the facts of a record have four at most."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._decimals: dict[str, int] = {}

    def of_outcome(self, name: str) -> int:
        """An outcome: of all that rules or `otherwise` may conclude, or that a record gives."""
        if name not in self._decimals:
            self._decimals[name] = SCALE  # outcomes never depend on themselves, so this value is not read
            self._decimals[name] = max([SCALE, *map(self.of, _conclusions(name, self._parts))])
        return self._decimals[name]

    def of(self, expr: Any) -> int:
        """A term."""
        match expr:
            case Const(value=value):
                return _written(value)
            case Param(name=name):
                return max(_written(dated_value.value) for dated_value in self._parts.parameters[name].values)
            case Arith(op="*", left=left, right=right):
                return self.of(left) + self.of(right)
            case Arith(left=left, right=right):
                return max(self.of(left), self.of(right))
            case Fact(name=name, type=kind) if kind in AMOUNTS:
                return self.of_outcome(name) if name in self._parts.outcomes else self._of_fact(name)
            case ItemField(type=kind):
                return SCALE if kind in AMOUNTS else 0
            case Call(args=args):
                return max(map(self.of, args), default=0)
            case _:
                return 0

    def _of_fact(self, name: str) -> int:
        if name not in self._decimals:
            self._decimals[name] = SCALE
            definition = self._parts.facts[name]
            value = definition.derivation.value if definition.derivation else None
            self._decimals[name] = max(SCALE, self.of(value), self.of(definition.default))
        return self._decimals[name]


def _conclusions(name: str, parts: Parts) -> Iterator[Any]:
    for ruleset in parts.rulesets:
        if name in ruleset.otherwise:
            yield ruleset.otherwise[name]
        for rule in ruleset.rules:
            if name in rule.then:
                yield rule.then[name]


def _written(value: Any) -> int:
    """The decimals of a number as a rulebook writes it; the most of any in a table."""
    if isinstance(value, dict):
        return max(map(_written, value.values()), default=0)
    return as_number(value)[1] if isinstance(value, Decimal) else 0


def amounts_type(name: str, parts: Parts, columns: Iterable[Column], decided: Iterable[Any]) -> pl.Decimal:
    """The type of an outcome's column, which must hold every amount without rounding.

    Args:
        name: the outcome.
        parts: the rulebook.
        columns: its values by block.
        decided: its values from decisions.
    """
    scale = decimals(name, parts)
    needed = max((*(needed_by(column, scale) for column in columns), *map(needed_decimals, decided)), default=0)
    return pl.Decimal(DIGITS, min(DIGITS, max(scale, needed)))


def needed_by(column: Column, scale: int) -> int:
    """The decimals of the numbers of ``column``, as far as they are more than so many (``scale``); else ``scale``."""
    needed, numbers = column.scale, column.low[column.codes() < Code.ABSENT] if column.scale > scale else ()
    while needed > scale:
        more = column.scale - needed + 1
        if np.any(numbers if more > _MOST_ZEROS else np.mod(numbers, 10**more)):
            break
        needed -= 1
    return needed


def needed_decimals(value: Decimal | int) -> int:
    """The decimals of ``value``, without the zeros at its end."""
    number, scale = as_number(value)
    while scale and number % 10 == 0:
        number, scale = number // 10, scale - 1
    return scale


def of_column(column: Column, known: NDArray[np.bool_], dtype: pl.Decimal) -> pl.Series:
    """The known amounts of ``column`` as the type ``dtype``; null elsewhere.

    ``known`` has shape (n,), bool. Raises RecordError if an amount does not fit the type.
    """
    whole = pl.Series(np.where(known, column.low, 0)).cast(pl.Decimal(DIGITS, 0))
    try:
        unit = pl.Series([Decimal((0, (1,), -column.scale))], dtype=pl.Decimal(DIGITS, column.scale))
        amounts = (whole * unit).cast(dtype)
    except pl.exceptions.InvalidOperationError:
        raise _too_long() from None
    return amounts if known.all() else amounts.set(~pl.Series(known), None)


def of_decisions(numbers: list[Any], dtype: pl.DataType) -> pl.Series:
    """``numbers`` that decisions give, None among them, as the type ``dtype``.

    Raises RecordError if one does not fit.
    """
    most = 10 ** (DIGITS - dtype.scale) if isinstance(dtype, pl.Decimal) else 2**63
    if any(value is not None and not -most < value < most for value in numbers):
        raise _too_long()
    if isinstance(dtype, pl.Decimal):
        unit = Decimal((0, (1,), -dtype.scale))
        # written with as many decimals as the column has, or polars makes room for zeros at the end
        numbers = [None if value is None else EXACT.quantize(Decimal(value), unit) for value in numbers]
    return pl.Series(numbers, dtype=dtype)


def _too_long() -> RecordError:
    what = f"an answer of some client has more digits than the {DIGITS} (whole numbers: 18) that a column can hold"
    hint = "Ask for these clients one by one, with decide, or see whether their numbers can be right."
    return RecordError("tables", [Fault("clients", "AR138", what, "No amount is rounded.", hint)])
