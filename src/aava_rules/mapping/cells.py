"""Cells of a source as values of a record: days, numbers, truth words and codes, as a mapping says they are written.

A cell is a text or a value of Python, numpy or pandas; an empty one is unknown. What is written in no form that the
mapping names is a `CellFault`, which says the form that was expected and never what stands in the cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from aava_rules.mapping.day_forms import EXCEL, day_in, day_of_serial
from aava_rules.mapping.identity import is_identity_code
from aava_rules.record.host_values import plain_value

UNIT_FACTORS: Final[dict[str, tuple[Decimal, Decimal]]] = {
    "minutes": (Decimal(1), Decimal(60)),
    "hours": (Decimal(1), Decimal(1)),
    "cents": (Decimal(1), Decimal(100)),
    "euros": (Decimal(1), Decimal(1)),
    "years": (Decimal(12), Decimal(1)),
    "months": (Decimal(1), Decimal(1)),
}
"""By what numbers of a unit are multiplied and divided: minutes become hours, cents euros, years months."""
TRUTH: Final[dict[str, bool]] = {
    "true": True, "tosi": True, "kyllä": True, "ja": True, "yes": True, "1": True,
    "false": False, "epätosi": False, "ei": False, "nej": False, "no": False, "0": False,
}  # fmt: skip
"""The words that are always read as true or false, in small letters."""

_SPACES: Final = " \t\r\n\u00a0\u2007\u2009\u202f\ufeff"
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u2007\u2009\u202f]\d{3})+(?!\d)")
_SPACE: Final = re.compile(r"[ \u00a0\u2007\u2009\u202f]")
_WHOLE: Final = re.compile(r"([+-]?\d{1,15})(?:\.(?:0|00|0{4,12}))?", re.ASCII)
_PLAIN: Final = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,12})?", re.ASCII)
_KEY_MAX: Final = 10**15
_ERRORS: Final = frozenset(
    {"#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#DIV/0!", "#PUUTTUU!", "#NIMI?", "#TYHJÄ!", "#LUKU!",
     "#VIITTAUS!", "#ARVO!", "#JAKO/0!", "#GETTING_DATA", "#SPILL!", "#CALC!"}
)  # fmt: skip


class CellFault(Exception):
    """What is wrong with a cell: a code, what it is not, and what to do. It never holds what stands in the cell."""

    def __init__(self, code: str, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.hint = code, what, hint


class ErrorCell:
    """A cell in which a spreadsheet shows an error in place of a value: it is no empty cell."""


@dataclass(frozen=True, slots=True)
class Forms:
    """How a source writes its values.

    Attributes:
        days: the forms of days, in the order in which they are tried.
        decimals: the characters that are decimal marks.
        truth: the words for true and false, in small letters.
        unknown: the texts that mean unknown, besides empty ones.
    """

    days: tuple[str, ...] = ("yyyy-MM-dd",)
    decimals: str = "."
    truth: Mapping[str, bool] = None  # type: ignore[assignment]
    unknown: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.truth is None:
            object.__setattr__(self, "truth", TRUTH)

    @property
    def day_names(self) -> str:
        """The forms of days as people read them."""
        names = ["a serial number of Excel" if form == EXCEL else form for form in self.days]
        return " or ".join(names)


def known(cell: Any, forms: Forms) -> Any:
    """The ``cell`` as a plain value of Python, a text without the spaces around it; None if it is unknown.

    Args:
        cell: what a source has: a text, a value, a scalar of numpy or pandas. NaN, NaT and NA are unknown.
        forms: how the source writes unknown values.

    Raises:
        CellFault: it is an error cell of a spreadsheet.
    """
    if type(cell) is not str:
        if cell is None:
            return None
        cell = plain_value(cell)
        if (isinstance(cell, float) and cell != cell) or (isinstance(cell, Decimal) and cell.is_nan()):
            return None
        if isinstance(cell, ErrorCell):
            raise CellFault("AR169", "shows an error of the spreadsheet", "Mend the formula, or empty the cell.")
        if not isinstance(cell, str):
            return cell
    text = cell.strip(_SPACES)
    if not text or text in forms.unknown:
        return None
    if text in _ERRORS:
        raise CellFault("AR169", "shows an error of the spreadsheet", "Mend the formula, or empty the cell.")
    return text


def text_of(value: Any) -> str:
    """The plain ``value`` as the text by which keys and codes compare: 5, 5.0 and " 5 " are ``5``; None is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip(_SPACES)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, Decimal)):
        is_whole = -_KEY_MAX <= value <= _KEY_MAX and value == int(value)
        return str(int(value)) if is_whole else str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value)


Reader = Callable[[Any], Any]
"""Makes the value of a record of a plain value that is not None. Raises CellFault."""


def reader(kind: str, forms: Forms, words: Iterable[str] = (), unit: str = "") -> Reader:
    """What reads the cells of a field.

    Args:
        kind: the type of the field or fact, as in a vocabulary.
        forms: how the source writes its values.
        words: the words of a choice or set; none if any text will do.
        unit: the unit of numbers in the source, of UNIT_FACTORS; empty if it is that of the record.
    """
    match kind:
        case "boolean":
            return lambda value: truth(value, forms)
        case "date":
            return lambda value: day(value, forms)
        case "integer" | "decimal" | "money":
            return _reader_of_numbers(kind, forms, unit)
        case "choice" | "set":
            known_words = tuple(words)
            return lambda value: word(value, known_words)
    return opaque_text


def truth(value: Any, forms: Forms) -> bool:
    """The truth of ``value``: a bool, 0 or 1, or a truth word of ``forms``. Raises CellFault for any other value."""
    if isinstance(value, bool):
        return value
    answer = forms.truth.get(text_of(value).lower())
    if answer is None:
        raise CellFault("AR162", "is not true or false", f"Words are {', '.join(forms.truth)}.")
    return answer


def day(value: Any, forms: Forms) -> date:
    """The day of ``value``: a date, a datetime at midnight, a text or serial number in one of the forms of ``forms``.

    A datetime with a time zone counts by its own midnight. Raises CellFault for any other value, and for times of day.
    """
    if isinstance(value, datetime):
        if value.hour or value.minute or value.second or value.microsecond or getattr(value, "nanosecond", 0):
            raise CellFault("AR162", "is a time of day other than midnight, not a day")
        return date(value.year, value.month, value.day)
    if isinstance(value, date):
        return value
    serials = EXCEL in forms.days
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        found_day = day_of_serial(float(value)) if serials else None
        if found_day is None:
            raise CellFault("AR162", "is a number, not a day", _day_hint(forms))
        return found_day
    text = text_of(value)
    for form in forms.days:
        if form != EXCEL and (found_day := day_in(text, form)) is not None:
            return found_day
    if serials and _WHOLE.fullmatch(text) and (found_day := day_of_serial(float(text))) is not None:
        return found_day
    raise CellFault("AR162", f"is not a day as {forms.day_names}", _day_hint(forms))


def _day_hint(forms: Forms) -> str:
    return "Name its form under dates." if forms.days == ("yyyy-MM-dd",) else ""


def number(value: Any, forms: Forms) -> int | Decimal:
    """The exact number of ``value``: an int, float or Decimal, or a text with a decimal mark of ``forms``.

    Spaces, no-break ones too, may part thousands. A whole number may end in ``.0`` or ``.00``. Raises CellFault.
    """
    if isinstance(value, bool):
        raise CellFault("AR162", "is true or false, not a number")
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise CellFault("AR162", "is not a finite number")
        return value
    if not isinstance(value, str):
        raise CellFault("AR162", "is not a number")
    text = value.replace("\u2212", "-")
    whole = _WHOLE.fullmatch(text)
    if whole is not None:
        return int(whole[1])
    head = _THOUSANDS.match(text)
    if head is not None:
        text = _SPACE.sub("", head[0]) + text[head.end() :]
    for mark in forms.decimals:
        plain_text = text if mark == "." else text.replace(".", "?").replace(mark, ".", 1)
        if _PLAIN.fullmatch(plain_text):
            return Decimal(plain_text) if "." in plain_text else int(plain_text)
    raise CellFault("AR162", f"is not a number with the decimal mark {' or '.join(forms.decimals)}")


def _reader_of_numbers(kind: str, forms: Forms, unit: str) -> Reader:
    times, by = UNIT_FACTORS.get(unit, (Decimal(1), Decimal(1)))

    def read(value: Any) -> Any:
        amount = number(value, forms)
        if unit:
            amount = Decimal(amount) * times / by
            if -amount.as_tuple().exponent > 12:  # type: ignore[operator]
                amount = round(amount, 12)
        if kind != "integer":
            return amount
        if amount != int(amount):
            raise CellFault("AR162", "is not a whole number")
        return int(amount)

    return read


def word(value: Any, words: tuple[str, ...]) -> str:
    """The word of ``words`` that ``value`` is; any text if there are none. Raises CellFault."""
    text = text_of(value)
    if words and text not in words:
        raise CellFault("AR163", "is not one of the words", "Give the column a table of codes, under codes.")
    return text


def opaque_text(value: Any) -> str:
    """The ``value`` as a short text, such as a municipality or a key.

    Raises CellFault for an identity code, which no record holds.
    """
    if isinstance(value, (list, tuple, dict, set, bytes)):
        raise CellFault("AR162", "is not a text")
    text = text_of(value)
    if is_identity_code(text):
        hint = "Name another column, or write hash: true beside an id."
        raise CellFault("AR164", "is an identity code, which no record holds", hint)
    return text
