"""Arithmetic of calendar days on arrays of ordinals; the same as `aava_rules.language.dates`, day by day.

Every function takes and gives ordinals (``date.toordinal``) as int64, which must be days of the calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aava_rules.engine.table.columns import Bools, Ints
from aava_rules.language.dates import FIRST_ORDINAL, LAST_ORDINAL, weekday_holidays
from aava_rules.language.dates import working_days_after as one_working_days_after
from aava_rules.language.values import FIRST_DAY, LAST_DAY

_FIRST_EVER: Final = date.min.toordinal()
_LAST_EVER: Final = date.max.toordinal()

_EPOCH: Final = date(1970, 1, 1).toordinal()
_MONTHS: Final = 12 * date.max.year
_MONTH_STARTS: Final[Ints] = (np.arange(_MONTHS + 1) - 12 * (1970 - date.min.year)).astype("M8[M]").astype(
    "M8[D]"
).astype(np.int64) + _EPOCH
"""The first day of every month, counted from January of the year 1, and the day after the last one."""

# Looking a month up takes a tenth of the time that reckoning it does, so the days of records have a table.
_TABLE_STARTS: Final = 12 * (FIRST_DAY.year - date.min.year)
_TABLE_ENDS: Final = 12 * (LAST_DAY.year + 1 - date.min.year)
_MONTH_OF: Final[NDArray[np.int32]] = np.repeat(
    np.arange(_TABLE_STARTS, _TABLE_ENDS, dtype=np.int32),
    np.diff(_MONTH_STARTS[_TABLE_STARTS : _TABLE_ENDS + 1]),
)
"""The number of the month of every day from FIRST_DAY to LAST_DAY."""

_LEAST_WORKING_DAYS: Final = 240
"""Every year has more working days than this."""


def _month_of(days: Ints) -> Ints:
    month: Ints
    if len(days) and days.min() >= FIRST_ORDINAL and days.max() <= LAST_ORDINAL:
        month = _MONTH_OF[days - FIRST_ORDINAL].astype(np.int64)
        return month
    # 4800 months have 146097 days, so this is at most one month off
    month = (days - 1) * 4800 // 146097
    month += _MONTH_STARTS[np.minimum(month + 1, _MONTHS)] <= days
    month -= _MONTH_STARTS[month] > days
    return month


def _day_in_month(month: Ints, offset: Ints) -> Ints:
    """The day so many days after the first one of a month of the calendar, or the month's last day."""
    day: Ints = np.minimum(_MONTH_STARTS[month] + offset, _MONTH_STARTS[month + 1] - 1)
    return day


def add_months(days: Ints, n: int | Ints) -> Ints:
    """The days ``n`` months after ``days`` (before, if negative): the same number, or the month's last day.

    Both have shape (n,) or are scalar, int64. A result outside the years 1 to 9999 is held at ``date.min`` or
    ``date.max``. Source: Act 150/1930 on the computation of time.
    """
    month = _month_of(days)
    offset = days - _MONTH_STARTS[month]
    # a term as long as the whole calendar is as good as any longer one, and cannot overflow
    month = month + np.clip(n, -_MONTHS, _MONTHS)
    inside = np.clip(month, 0, _MONTHS - 1)
    moved = _day_in_month(inside, offset)
    if np.array_equal(inside, month):
        return moved
    return np.where(month < 0, _FIRST_EVER, np.where(month >= _MONTHS, _LAST_EVER, moved))


def years_between(start: Ints, end: Ints) -> Ints:
    """Completed years from ``start`` to ``end``, shape (n,), int64; negative if ``end`` is before ``start``."""
    month = _month_of(start)
    years = _month_of(end) // 12 - month // 12
    anniversary = _day_in_month(month + 12 * years, start - _MONTH_STARTS[month])
    return years - (anniversary > end)


def months_between(start: Ints, end: Ints) -> Ints:
    """Completed months from ``start`` to ``end``; negative if ``end`` is before ``start``.

    Args:
        start: shape (n,), int64, ordinals of days of the calendar.
        end: shape (n,), int64, ordinals of days of the calendar.

    Returns:
        Shape (n,), int64, months.
    """
    month, until = _month_of(start), _month_of(end)
    return until - month - (_day_in_month(until, start - _MONTH_STARTS[month]) > end)


def days_between(start: Ints, end: Ints) -> Ints:
    """Days from ``start`` to ``end``, shape (n,), int64: 1 for the next day, negative if ``end`` is the earlier."""
    return end - start


def add_days(days: Ints, n: int | Ints) -> tuple[Ints, Bools]:
    """The days ``n`` days after ``days``, shape (n,), int64, and where that is a day of the calendar (bool).

    Elsewhere the day is held at ``date.min`` or ``date.max``.
    """
    moved = days + np.clip(n, -_LAST_EVER, _LAST_EVER)
    inside = (moved >= _FIRST_EVER) & (moved <= _LAST_EVER)
    return np.clip(moved, _FIRST_EVER, _LAST_EVER), inside


def end_of_month(days: Ints) -> Ints:
    """The last day of the month of each of ``days``, shape (n,), int64."""
    last_day: Ints = _MONTH_STARTS[_month_of(days) + 1] - 1
    return last_day


def _weekdays_before(days: Ints) -> Ints:
    # ordinal 1 is Monday 1 January of the year 1, so whole weeks begin there
    weeks = (days - 1) // 7
    count: Ints = 5 * weeks + np.minimum(days - 1 - 7 * weeks, 5)
    return count


def weekdays(start: Ints, end_exclusive: Ints) -> Ints:
    """How many days from Monday to Friday lie from ``start`` to ``end_exclusive``; 0 if that is not after ``start``.

    Both have shape (n,) or broadcast to it, int64. Public holidays count.
    """
    count: Ints = np.maximum(_weekdays_before(end_exclusive) - _weekdays_before(start), 0)
    return count


def working_days_after(days: Ints, n: Ints) -> Ints:
    """The ``n``-th working day after each of ``days``, shape (n,), int64, as the scalar function has it; never past
    LAST_DAY.
    """
    days, n = np.broadcast_arrays(days, n)
    moved = (n > 0) & (days < LAST_ORDINAL)
    usual = moved & (days >= FIRST_ORDINAL)
    result = days.copy()
    if usual.any():
        result[usual] = _by_table(days[usual], n[usual])
    early = moved & ~usual
    if early.any():  # days that no record has: whichever they are, they are few
        pairs, which = np.unique(np.stack((days[early], n[early]), axis=1), axis=0, return_inverse=True)
        moved_to = [one_working_days_after(date.fromordinal(int(day)), int(count)).toordinal() for day, count in pairs]
        result[early] = np.array(moved_to, np.int64)[which]
    return result


def _by_table(days: Ints, n: Ints) -> Ints:
    first = date.fromordinal(int(days.min())).year
    last = date.fromordinal(int(days.max())).year + int(n.max()) // _LEAST_WORKING_DAYS + 1
    # whole decades, so that blocks of like days share a table
    begin, before, working = _working_days(first // 10 * 10, min(last // 10 * 10 + 9, LAST_DAY.year))
    at = before[days - begin] + np.minimum(n, len(working) + 1) - 1
    past = at >= len(working)
    return np.where(past, LAST_ORDINAL, working[np.where(past, 0, at)])


@lru_cache(maxsize=16)
def _working_days(first_year: int, last_year: int) -> tuple[int, Ints, Ints]:
    """The first day of some years, how many working days lie up to each day (included), and which they are."""
    days = np.arange(date(first_year, 1, 1).toordinal(), date(last_year, 12, 31).toordinal() + 1)
    works = (days - 1) % 7 < 5
    for year in range(first_year, last_year + 1):
        for holiday in weekday_holidays(year):
            works[holiday.toordinal() - days[0]] = False
    return int(days[0]), np.cumsum(works), days[works]


ArrayFunction = Callable[..., "Ints | tuple[Ints, Bools]"]
"""A strict function on arrays. In a pair the second array is true where the first has a day of the calendar."""

ARRAY_TWINS: Final[dict[str, ArrayFunction]] = {
    "years_between": years_between,
    "months_between": months_between,
    "days_between": days_between,
    "add_days": add_days,
    "add_months": add_months,
    "end_of_month": end_of_month,
    "working_days_after": working_days_after,
}
"""The twin of each strict function of `aava_rules.language.functions`, by its name."""
