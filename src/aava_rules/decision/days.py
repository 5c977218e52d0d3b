"""The days of which hosts ask: the day of decision, and the first and last of a worklist."""

from __future__ import annotations

from datetime import date, datetime

from aava_rules.language.dates import add_months, parse_day
from aava_rules.language.values import FIRST_DAY, LAST_DAY


def decision_day(on: date | str | None) -> date:
    """The day of decision that ``on`` names as a date or as text (``2014-05-05``); today if it is None.

    Raises:
        ValueError: It is no day of the years 1900-2200, or has a time of day.
    """
    if on is None:
        return date.today()
    if isinstance(on, str):
        day = parse_day(on)
        if day is None:
            from aava_rules.language.other_days import how_to_write

            raise ValueError(f"The day of decision is a date such as 2014-05-05: {how_to_write(on)}.")
    else:
        day = on
    if isinstance(day, datetime):
        raise ValueError("The day of decision is a date without a time; give moment.date().")
    if not isinstance(day, date) or not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"The day of decision is a date from {FIRST_DAY.year} to {LAST_DAY.year}.")
    return day if type(day) is date else date(day.year, day.month, day.day)


def worklist_days(on: date | str | None, until: date | str | None) -> tuple[date, date]:
    """The first and the last day of a worklist, as ``on`` and ``until`` name them. Raises ValueError."""
    first = decision_day(on)
    last = min(add_months(first, 1), LAST_DAY) if until is None else decision_day(until)
    if last < first:
        raise ValueError("The last day of a worklist is before its first. Give the days in order.")
    return first, last
