"""The forms in which a source writes days: ``d.M.yyyy``, ``yyyy-MM-dd HH:mm:ss``, or Excel's serial numbers.

A form is read exactly: two-digit years are never read, since they do not say the century, and of a time of day only
midnight is a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

EXCEL: Final = "excel"
"""The name of the form of serial numbers: days since 30 December 1899, as Excel counts them from 1 March 1900 on."""
ISO: Final = "yyyy-MM-dd"
_FIRST_SERIAL: Final = 61
_EPOCH: Final = date(1899, 12, 30)
_TOKENS: Final = {
    "yyyy": r"(?P<year>\d{4})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{2})",
    "d": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{2})",
    "H": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2}(?:\.\d{1,9})?)",
}
_PIECE = re.compile(r"yyyy|yy|MM|M|dd|d|HH|H|mm|ss|T|[^A-Za-z]")


def form_fault(form: str) -> str:
    """What is wrong with ``form`` as the form of a day; empty if nothing is."""
    if form == EXCEL:
        return ""
    pieces = _PIECE.findall(form)
    if "".join(pieces) != form:
        return "it has a letter that stands for nothing"
    if "yy" in pieces:
        return "two-digit years do not say the century, so they are not read"
    parts = [_TOKENS[piece].partition(">")[0] for piece in pieces if piece in _TOKENS]
    if len(set(parts)) < len(parts):
        return "it has a part twice"
    if not {"(?P<year", "(?P<month", "(?P<day"} <= set(parts):
        return "it has no year, month and day"
    return ""


@lru_cache(maxsize=256)
def _pattern(form: str) -> re.Pattern[str]:
    pieces = (_TOKENS.get(piece) or re.escape(piece) for piece in _PIECE.findall(form))
    return re.compile("".join(pieces), re.ASCII)


@lru_cache(maxsize=8192)
def day_in(text: str, form: str) -> date | None:
    """The day that ``text`` names in ``form``; None if it is written otherwise, is no day, or is not at midnight.

    The days of a register are few beside its rows, so that some thousands are remembered.
    """
    match = _pattern(form).fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    if any(float(parts.get(name) or 0) for name in ("hour", "minute", "second")):
        return None
    try:
        return date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None


def day_of_serial(number: float) -> date | None:
    """The day of Excel's serial ``number``; None of a time of day, and of what lies before 1 March 1900.

    Excel counts a 29 February 1900 that never was, so that the serials before it name other days in other programs.
    """
    if number != int(number) or not _FIRST_SERIAL <= number < 200_000:
        return None
    return _EPOCH + timedelta(days=int(number))


def rival(forms: Iterable[str]) -> tuple[str, str] | None:
    """Two of ``forms`` that read a text as different days, such as ``d.M.yyyy`` and ``M.d.yyyy``; None if none do."""
    # the parts of this day are told apart, and it is right with day and month in either order
    sample = date(2011, 5, 3)
    read = [form for form in forms if form != EXCEL]
    for form in read:
        written = (
            form.replace("yyyy", "2011").replace("MM", "05").replace("dd", "03").replace("HH", "00")
            .replace("mm", "00").replace("ss", "00").replace("M", "5").replace("d", "3").replace("H", "0")
        )  # fmt: skip
        for other in read:
            if (day := day_in(written, other)) is not None and day != sample:
                return form, other
    return None
