"""Days of decision by the names of quarters: the answers of a quarter are those on its last day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.values import FIRST_DAY, LAST_DAY

_QUARTER: Final = re.compile(r"(\d{4})(?:-Q([1-4]))?", re.ASCII)
_MONTHS: Final = 3


def days_named(name: str) -> tuple[date, ...] | None:
    """The last day of the quarter that ``name`` names (``2024-Q1``), or of each of a year (``2024``).

    None if it has another form, or is of no year from 1900 to 2200.
    """
    named = _QUARTER.fullmatch(name)
    if named is None or not FIRST_DAY.year <= int(named[1]) <= LAST_DAY.year:
        return None
    quarters = (int(named[2]),) if named[2] else (1, 2, 3, 4)
    return tuple(add_months(date(int(named[1]), 1, 1), _MONTHS * quarter) - ONE_DAY for quarter in quarters)


def spread(on: date | str | Iterable[date | str]) -> Iterator[date | str]:
    """Each of ``on``, which may be a single day or name; the names of quarters and years as days."""
    for day in (on,) if isinstance(on, (str, date)) else on:
        named = days_named(day) if isinstance(day, str) else None
        if named is None:
            yield day
        else:
            yield from named


def last_quarter(today: date) -> date:
    """The last day of the last quarter that is over on ``today``."""
    return add_months(date(today.year, 1, 1), (today.month - 1) // _MONTHS * _MONTHS) - ONE_DAY


def quarter_of(day: date) -> str | None:
    """The quarter whose last day is ``day``, such as ``2024-Q1``; None if it is another day."""
    later = day + ONE_DAY if day < date.max else day
    return f"{day.year}-Q{day.month // _MONTHS}" if later.day == 1 and later.month % _MONTHS == 1 else None
