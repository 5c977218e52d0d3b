"""The values that facts take, how they are compared, and how they are reckoned with.

A value is exactly known (a truth value, an integer, a decimal, a date, a word, a set of words), or one of three others:
`UNKNOWN`; `NONE`, which is known not to exist; and an `Interval`, a number or date that lies between bounds. A test
of values is True, False or None, which is unknown. Source: ADR 1 (three values), ADR 5 (counts as intervals).
"""

from __future__ import annotations

from datetime import date
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from enum import Enum
from typing import Any, Final, final

from aava_rules.language.structs import FrozenDict, Struct, public


@public
class Unknown(Enum):
    """The type of `UNKNOWN`, the value of what is not known.

    It is neither true nor false, so it refuses to be tested. An enumeration of one member: type checkers narrow a value
    by ``is UNKNOWN``.
    """

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __str__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("UNKNOWN is neither true nor false; compare with `is UNKNOWN` first")

    __hash__ = object.__hash__  # that of Enum is a method in Python, and values are hashed often


@public
@final
class Absent:
    """The value of what is known not to exist: a notice that was never given has no date."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NONE"

    def __reduce__(self) -> str:
        return "NONE"


UNKNOWN: Final = Unknown.UNKNOWN
NONE: Final = Absent()


class Interval(Struct):
    """A number or date that is known only to lie between two bounds, or an outcome's set between two sets.

    Attributes:
        low: the least value, inclusive; None if there is no bound. Of a set, the words that it has.
        high: the greatest value, inclusive; None if there is no bound. Of a set, the words that it may have.
        absent: whether it may also turn out not to exist.
    """

    low: Any
    high: Any
    absent: bool = False


def interval(low: Any, high: Any) -> Any:
    """The value between ``low`` and ``high``: exact if they meet, UNKNOWN if both are None, else an Interval."""
    if low is None and high is None:
        return UNKNOWN
    if low is not None and low == high:
        return low
    return Interval(low, high, False)


class Table(FrozenDict[int, dict[str, Any]]):
    """The rows of a table parameter, by the least number of each; a row has its value by column.

    It is never changed, so it is hashable.
    """

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self)))


def may_be_absent(value: Any) -> bool:
    """Whether a ``value`` that is not exactly known may also turn out not to exist."""
    return value.__class__ is Interval and value.absent


def or_absent(value: Any) -> Any:
    """The ``value``, which may also turn out not to exist; UNKNOWN and NONE stay what they are."""
    if value is UNKNOWN or value is NONE:
        return value
    low, high = (value.low, value.high) if value.__class__ is Interval else (value, value)
    return Interval(low, high, absent=True)


UNITS: Final = frozenset(
    {
        "",
        "count",
        "days",
        "benefit days",
        "working days",
        "weeks",
        "months",
        "years",
        "hours",
        "hours/day",
        "hours/week",
        "days/week",
        "times",
        "percent",
        "EUR",
        "EUR/day",
    }
)
"""Every unit that a fact, a field or a parameter may have. The list is closed."""

TYPES: Final = frozenset({"boolean", "integer", "decimal", "money", "date", "dates", "choice", "set", "text", "table"})
"""Every type that a fact, a field, a parameter or an outcome may have. The list is closed."""

NUMERIC: Final = frozenset({"integer", "decimal", "money"})
"""The types whose values are numbers."""
LANGUAGES: Final = ("fi", "sv", "en")
"""The languages of every text, in the order in which texts are written."""
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
"""Days outside these bounds are refused in records, so that date arithmetic never overflows."""


_CENTS: Final = Decimal("0.01")


def amount(value: Decimal) -> Decimal:
    """An amount of money in its one spelling: ``value`` with two decimals, or as many more as it needs.

    >>> amount(Decimal("9")), amount(Decimal("1E+1")), amount(Decimal("9.1250"))
    (Decimal('9.00'), Decimal('10.00'), Decimal('9.125'))
    """
    short = without_zeros(value)
    exponent = short.as_tuple().exponent
    return EXACT.quantize(short, _CENTS) if isinstance(exponent, int) and exponent > -2 else short


def plain(value: Any) -> Any:
    """The ``value`` as JSON has it: dates and money as text, sets as sorted lists, UNKNOWN as a word, NONE as null.

    An Interval is an object with ``at_least`` and ``at_most``, each only if there is that bound.
    """
    if value is UNKNOWN:
        return "unknown"
    if value is NONE:
        return None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")  # never with an exponent
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    if isinstance(value, Interval):
        bounds = {"at_least": plain(value.low), "at_most": plain(value.high)}
        return {key: bound for key, bound in bounds.items() if bound is not None}
    return value


PLAIN = frozenset({date, int, Decimal})
"""Values of these classes are exactly known and have an order."""


def bounds(value: Any) -> tuple[Any, Any]:
    """The least and the greatest that ``value``, a number or day, can be; None is no bound; an exact value is both."""
    return (value.low, value.high) if value.__class__ is Interval else (value, value)


def meet(first: Any, second: Any) -> Any:
    """What is known of one value by two ways at once; None where the two exclude one another.

    Args:
        first: a number or day, an Interval of them, UNKNOWN or NONE.
        second: the same of the other way.
    """
    if first is UNKNOWN or second is UNKNOWN:
        return second if first is UNKNOWN else first
    if first is NONE or second is NONE:
        other = second if first is NONE else first
        return NONE if other is NONE or may_be_absent(other) else None
    (low, high), (other_low, other_high) = bounds(first), bounds(second)
    if low is None or (other_low is not None and other_low > low):
        low = other_low
    if high is None or (other_high is not None and other_high < high):
        high = other_high
    if low is not None and high is not None and low > high:
        return NONE if may_be_absent(first) and may_be_absent(second) else None
    met = interval(low, high)
    return or_absent(met) if may_be_absent(first) and may_be_absent(second) else met


EXACT: Final = Context(
    prec=100,
    Emin=-999_999,
    Emax=999_999,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[
        Inexact,
        InvalidOperation,
        Overflow,
    ],
)
"""The context of every calculation with decimals: the host's own, which it may have set to few digits, counts for
nothing here. What is not exact in so many digits raises."""

COMPUTED_MAX: Final = 10**30
"""No number that is computed is greater, nor its negative: far beyond what law counts, and never long to work out."""

_OPERATIONS: Final = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}


def calculated(op: str, a: Any, b: Any) -> Any:
    """The exact sum, difference or product of two numbers, in whatever decimal context the host works.

    Args:
        op: ``+``, ``-`` or ``*``.
        a: an int or Decimal.
        b: an int or Decimal.

    Returns:
        An int, a Decimal, or UNKNOWN if the result lies beyond COMPUTED_MAX or has more digits than `EXACT`: no
        number is rounded.
    """
    number: Any
    if a.__class__ is int and b.__class__ is int:
        number = a + b if op == "+" else a - b if op == "-" else a * b
    else:
        try:
            number = _OPERATIONS[op](a, b)
        except DecimalException:
            return UNKNOWN
    return number if -COMPUTED_MAX <= number <= COMPUTED_MAX else UNKNOWN


def without_zeros(number: Decimal | int) -> Decimal:
    """The same ``number`` without zeros at the end of its digits: 4 for 4.00, 4E+1 for 40."""
    return EXACT.normalize(Decimal(number))


def _bound(op: str, a: Any, b: Any) -> Any:
    """A bound of what is computed; None if it has none, or one that is too long to tell."""
    if a is None or b is None or (bound := calculated(op, a, b)) is UNKNOWN:
        return None
    return bound


def interval_arithmetic(op: str, a: tuple[Any, Any], b: tuple[Any, Any]) -> Any:
    """What a sum, difference or product can be, from the bounds of both sides: exactly the values between.

    Args:
        op: ``+``, ``-`` or ``*``.
        a: least and greatest value of the left side, both inclusive; None is no bound.
        b: the same of the right side.

    Returns:
        The exact value, an Interval, or UNKNOWN if neither bound is certain.
    """
    if op == "+":
        return interval(_bound(op, a[0], b[0]), _bound(op, a[1], b[1]))
    if op == "-":
        return interval(_bound(op, a[0], b[1]), _bound(op, a[1], b[0]))
    corners = [_times(x, x_sign, y, y_sign) for x, x_sign in _ends(*a) for y, y_sign in _ends(*b)]
    closed = [corner for corner, _ in corners if corner is not None]
    return interval(
        None if (None, -1) in corners else min(closed, default=None),
        None if (None, 1) in corners else max(closed, default=None),
    )


def _ends(low: Any, high: Any) -> tuple[tuple[Any, int], tuple[Any, int]]:
    """Both bounds with their signs; an open one is as far as can be on its side."""
    return (low, -1 if low is None else _sign(low)), (high, 1 if high is None else _sign(high))


def _sign(number: Any) -> int:
    return int(number > 0) - int(number < 0)


def _times(x: Any, x_sign: int, y: Any, y_sign: int) -> tuple[Any, int]:
    """A product of two bounds with its sign; None is a bound as far as can be, but 0 times anything is 0."""
    sign = x_sign * y_sign
    if x is not None and y is not None:
        product = calculated("*", x, y)
        return (None if product is UNKNOWN else product), sign
    if not sign:
        return calculated("*", x if y is None else y, 0), 0
    return None, sign


def has(value: Any, word: str) -> bool | None:
    """Whether the set ``value`` has ``word``; None while an outcome's set may still gain it, or is not known."""
    if value is UNKNOWN:
        return None
    if value is NONE:
        return False
    if value.__class__ is Interval:
        return True if word in value.low else (None if word in value.high else False)
    return word in value


def is_known(value: Any) -> bool:
    """Whether ``value`` is exactly known; NONE, a known absence, is."""
    return value is not UNKNOWN and value.__class__ is not Interval


LESS, EQUAL, GREATER = frozenset("<"), frozenset("="), frozenset(">")
EVERY = frozenset("<=>")
ACCEPTED: Final = {
    "==": EQUAL,
    "!=": LESS | GREATER,
    "<": LESS,
    "<=": LESS | EQUAL,
    ">": GREATER,
    ">=": GREATER | EQUAL,
}
"""The orders of two values that make a comparison true, by its sign."""


def orders(a: Any, b: Any) -> frozenset[str]:
    """How ``a`` may compare to ``b``: those of ``<``, ``=`` and ``>`` that are possible.

    Values without an order (words, truth values) are equal or, as a stand-in for unequal, greater.
    """
    if a.__class__ is b.__class__ and a.__class__ in PLAIN:
        return EQUAL if a == b else LESS if a < b else GREATER
    if a is UNKNOWN or b is UNKNOWN:
        return EVERY
    if a.__class__ is not Interval and b.__class__ is not Interval:
        if a == b:
            return EQUAL
        if isinstance(a, (int, Decimal, date)) and not isinstance(a, bool):
            return LESS if a < b else GREATER
        return GREATER  # words and truth values: unequal is all that is asked
    (a_low, a_high), (b_low, b_high) = bounds(a), bounds(b)
    possible = set()
    if a_low is None or b_high is None or a_low < b_high:
        possible.add("<")
    if a_high is None or b_low is None or a_high > b_low:
        possible.add(">")
    if (a_low is None or b_high is None or a_low <= b_high) and (a_high is None or b_low is None or b_low <= a_high):
        possible.add("=")
    return frozenset(possible)
