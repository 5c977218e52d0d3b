"""Days in other forms than ``YYYY-MM-DD``: never read, but told how they are to be written."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from aava_rules.language.values import FIRST_DAY, LAST_DAY

_YEAR_FIRST: Final = re.compile(r"([0-9]{4})([-./]?)([0-9]{1,2})\2([0-9]{1,2})\Z")
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})([./])([0-9]{1,2})\2([0-9]{4})\Z")


def how_to_write(text: str) -> str:
    """The order of the parts of a day, and how the day is written that ``text`` plainly means, if it means one."""
    day = day_meant(text)
    return "year, month, day" if day is None else f"year, month, day; write {day}"


def day_meant(text: str) -> date | None:
    """The day that ``text`` plainly means in another form than ``YYYY-MM-DD``; None if it means none, or may mean two.

    What begins with the year is year, month, day; ``1.3.2015`` is day, month, year; ``13/3/2015`` is the one of the two
    orders that gives a day, and ``1/3/2015`` may be either.
    """
    text = text.strip()
    if (match := _YEAR_FIRST.match(text)) is not None and (match[2] or len(text) == len("YYYYMMDD")):
        orders = {(match[1], match[3], match[4])}
    elif (match := _YEAR_LAST.match(text)) is not None:
        orders = {(match[4], match[3], match[1])}
        if match[2] == "/":
            orders.add((match[4], match[1], match[3]))
    else:
        return None
    days = {day for order in orders if (day := _day(*map(int, order))) is not None}
    return days.pop() if len(days) == 1 else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        meant = date(year, month, day)
    except ValueError:
        return None
    return meant if FIRST_DAY <= meant <= LAST_DAY else None
