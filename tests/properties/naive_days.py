"""Days as a person counts them on a calendar, one after the other; nothing of it comes from the library."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

ONE_DAY = timedelta(days=1)


class NotOnThisCalendar(Exception):
    """A day that this calendar does not reach, or holidays of years whose law it does not know."""


def add_months(day: date, months: int) -> date:
    """The day of the same number so many months later, or the last one of a month that has none."""
    count = day.year * 12 + day.month - 1 + months
    for number in range(day.day, 27, -1) if day.day > 28 else (day.day,):
        try:
            return date(count // 12, count % 12 + 1, number)
        except ValueError:
            if number <= 28:
                raise NotOnThisCalendar from None
    raise AssertionError("every month has a day of number 28")


def add_days(day: date, days: int) -> date:
    """The day so many days later."""
    try:
        return day + days * ONE_DAY
    except OverflowError:
        raise NotOnThisCalendar from None


def years_between(start: date, end: date) -> int:
    """The greatest number of years which, counted from the first day, have passed on the last one."""
    years = end.year - start.year + 1
    while add_months(start, 12 * years) > end:
        years -= 1
    return years


def months_between(start: date, end: date) -> int:
    """The greatest number of months which, counted from the first day, have passed on the last one."""
    months = 12 * (end.year - start.year) + 12
    while add_months(start, months) > end:
        months -= 1
    return months


def end_of_month(day: date) -> date:
    """The last day of the month."""
    while (day + ONE_DAY).month == day.month:
        day += ONE_DAY
    return day


@lru_cache(maxsize=4096)
def weekdays(first: date, last: date) -> tuple[date, ...]:
    """The days from Monday to Friday, both ends included."""
    days = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
    return tuple(day for day in days if day.weekday() < 5)


def working_days_after(day: date, count: int) -> date:
    """The so-manieth working day after a day."""
    while count > 0:
        day += ONE_DAY
        if day.weekday() < 5 and day not in _holidays(day.year):
            count -= 1
    return day


@lru_cache(maxsize=512)
def _holidays(year: int) -> frozenset[date]:
    """Finnish public holidays that may fall on weekdays, as they have been since 1991."""
    if not 1991 <= year <= 2100:
        raise NotOnThisCalendar
    easter = _easter_sunday(year)
    fixed = {date(year, *day) for day in ((1, 1), (1, 6), (5, 1), (12, 6), (12, 25), (12, 26))}
    return frozenset(fixed | {easter - 2 * ONE_DAY, easter + ONE_DAY, easter + 39 * ONE_DAY})


def _easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar: the Sunday after the first full moon of the church's spring."""
    golden, century = year % 19, year // 100
    moon = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon -= (moon // 28) * (1 - (29 // (moon + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    number = moon - weekday
    month = 3 + (number + 40) // 44
    return date(year, month, number + 28 - 31 * (month // 4))
