"""Arithmetic of calendar days as Finnish statutes count them.

A term of months or years ends on the day with the same number, or on the last day of a month that has no such day
(Act 150/1930 on the computation of time). Whole days only: there are no times of day. Nothing here overflows except
`add_days`; the twins of these functions on arrays are in ``engine.table.dates``.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from aava_rules.language.values import FIRST_DAY, LAST_DAY

ONE_DAY: Final = timedelta(days=1)
"""The step from a day to the next one."""
FIRST_ORDINAL: Final = FIRST_DAY.toordinal()
LAST_ORDINAL: Final = LAST_DAY.toordinal()
"""The ordinals (``date.toordinal``) of the first and the last day that records may name."""
_MONTHS_WITHOUT_A_GAP: Final = 1_100
"""So many months after the years about 2000 every fourth year is a leap year; 2100 is none."""

_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def parse_day(text: str) -> date | None:
    """The day that ``text`` names as ``YYYY-MM-DD``; None if it has another form or the calendar has no such day.

    Any day of the years 1 to 9999: whoever reads a record also holds it against FIRST_DAY and LAST_DAY.
    """
    # fromisoformat also reads week dates and dates without hyphens: the format here is one
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _month_length(year: int, month: int) -> int:
    if month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        return 29
    return _MONTH_LENGTHS[month - 1]


def add_months(day: date, n: int) -> date:
    """The day that is ``n`` months after ``day`` (before it if negative): the same number, or the month's last day.

    A result outside the years 1 to 9999 is held at ``date.min`` or ``date.max``; nothing is raised.
    Source: Act 150/1930 on the computation of time.

    >>> add_months(date(2014, 1, 31), 1)
    datetime.date(2014, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    if year < 1:
        return date.min
    if year > 9999:
        return date.max
    month += 1
    number = day.day
    if number > 28:
        number = min(number, _month_length(year, month))
    return date(year, month, number)


def add_days(day: date, n: int) -> date:
    """The day ``n`` days after ``day`` (before it if negative). Raises OverflowError outside the years 1 to 9999."""
    return day + timedelta(days=n)


def years_between(start: date, end: date) -> int:
    """Completed years from ``start`` to ``end``: the greatest n with ``start`` + n years <= ``end``.

    Of 29 February, a year is completed on 28 February when there is no 29th. Negative if ``end`` is before ``start``.
    """
    years = end.year - start.year
    return years if add_months(start, 12 * years) <= end else years - 1


def months_between(start: date, end: date) -> int:
    """Completed months from ``start`` to ``end``: the greatest n with ``start`` + n months <= ``end``.

    The twin of `years_between`, and of one convention with `add_months`: what begins on the 31st completes a month on
    the last day of a shorter one. From 31 January 2014 to 28 February is one month, from there to 31 March is one, and
    from 31 January to 31 March are two. Negative if ``end`` is before ``start``. For all days a and b

    - ``years_between(a, b) == months_between(a, b) // 12``;
    - ``add_months(a, n) <= b < add_months(a, n + 1)`` with n = ``months_between(a, b)``; only for b = ``date.max`` the
      second half fails, as `add_months` holds there what lies past the calendar.

    >>> months_between(date(2014, 1, 31), date(2014, 2, 28))
    1
    """
    months = 12 * (end.year - start.year) + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def days_between(start: date, end: date) -> int:
    """Days from ``start`` to ``end``: 1 for the next day, negative if ``end`` is before ``start``."""
    return (end - start).days


def end_of_month(day: date) -> date:
    """The last day of the month in which ``day`` lies."""
    return date(day.year, day.month, _month_length(day.year, day.month))


def _weekdays_before(ordinal: int) -> int:
    # Ordinal 1 is Monday 1 January of the year 1, so whole weeks begin there.
    weeks, rest = divmod(ordinal - 1, 7)
    return 5 * weeks + min(rest, 5)


def weekdays(start: date, end_exclusive: date) -> int:
    """How many days from Monday to Friday lie from ``start`` to before ``end_exclusive``, holidays included.

    0 if ``end_exclusive`` is not after ``start``.
    """
    return max(_weekdays_before(end_exclusive.toordinal()) - _weekdays_before(start.toordinal()), 0)


@lru_cache(maxsize=4096)
def weekday_holidays(year: int) -> frozenset[date]:
    """The Finnish public holidays of ``year`` that are no Saturday or Sunday; none beyond the ``holidays`` package."""
    # Imported here: the package takes longer to import than this whole library, and few rules need it.
    from holidays import country_holidays

    return frozenset(
        day
        for day, name in country_holidays("FI", years=year, language="fi").items()
        # The package lists the two eves as public holidays; the statutes do not.
        if day.weekday() < 5 and not name.endswith("aatto")
    )


def working_days_after(day: date, n: int) -> date:
    """The ``n``-th working day after ``day``; ``day`` itself is never counted.

    Working days are Monday to Friday without the official Finnish public holidays: New Year's Day,
    Epiphany, Good Friday, Easter Monday, May Day, Ascension Day, All Saints' Day (a Saturday since
    1955), Independence Day, Christmas Day and Boxing Day. Midsummer Eve and Christmas Eve are
    working days: offices are often closed on them, but they are no public holidays by law.

    For ``n`` <= 0 the day itself. The result is never moved past LAST_DAY; never an error. Years
    that the ``holidays`` package does not cover (it ends at 2100) have weekends only.
    """
    if n <= 0 or day >= LAST_DAY:
        return day
    while day < LAST_DAY:
        holidays = weekday_holidays(day.year)
        last = date(day.year, 12, 31)
        left = weekdays(day + ONE_DAY, last + ONE_DAY) - sum(1 for holiday in holidays if holiday > day)
        if left < n:
            # A whole year is skipped at a time, so that a huge n costs no more than some 300 steps.
            n -= left
            day = last
            if day < LAST_DAY:
                day += ONE_DAY
                if day.weekday() < 5 and day not in weekday_holidays(day.year):
                    n -= 1
            continue
        while n:
            day += ONE_DAY
            if day.weekday() < 5 and day not in holidays:
                n -= 1
        return day
    return LAST_DAY


@lru_cache(maxsize=64)
def longest(months: int) -> int:
    """The most days that so many months can have, or somewhat more; ``months`` is at least 1."""
    if months > _MONTHS_WITHOUT_A_GAP:
        return 31 * months
    # these four years have every row of months that there is, and no window that begins late in a month is longer
    starts = [date(2000 + month // 12, month % 12 + 1, 1) for month in range(48)]
    return max((add_months(start, months) - start).days for start in starts)
