"""Calendar arithmetic: months, completed years, weekdays, working days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aava_rules.language.dates import (
    add_months,
    days_between,
    end_of_month,
    months_between,
    parse_day,
    weekdays,
    working_days_after,
    years_between,
)
from aava_rules.language.values import FIRST_DAY, LAST_DAY

DAYS = st.dates()
RECORD_DAYS = st.dates(FIRST_DAY, LAST_DAY)


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2014, 1, 31), 1, date(2014, 2, 28)),
        (date(2016, 1, 31), 1, date(2016, 2, 29)),
        (date(2014, 3, 31), -1, date(2014, 2, 28)),
        (date(2014, 12, 15), 1, date(2015, 1, 15)),
        (date(2016, 2, 29), 12, date(2017, 2, 28)),
        (date(2000, 2, 29), 1200, date(2100, 2, 28)),
        (date(2014, 5, 5), 0, date(2014, 5, 5)),
    ],
)
def test_months_keep_the_day_number_or_end_with_the_month(day: date, months: int, result: date) -> None:
    """A term of months ends on the same day number, or on the last day of a shorter month."""
    assert add_months(day, months) == result


@given(DAYS, st.integers())
def test_months_never_overflow(day: date, months: int) -> None:
    """Any number of months from any day gives a day; too far is held at the first or last of all days."""
    later = add_months(day, months)
    assert (later >= day) == (months >= 0) or later in (date.min, date.max) or later == day


@given(RECORD_DAYS, st.integers(-1000, 1000))
def test_months_land_in_the_right_month(day: date, months: int) -> None:
    """The result lies exactly that many months away, on the same number or on the month's last day."""
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and later == end_of_month(later))


@given(RECORD_DAYS, RECORD_DAYS, st.integers(0, 600))
def test_months_keep_the_order_of_days(one: date, other: date, months: int) -> None:
    """Of two days the earlier never becomes the later one by adding the same months to both."""
    first, last = sorted((one, other))
    assert add_months(first, months) <= add_months(last, months)


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [
        (date(1979, 5, 2), date(2004, 5, 1), 24),
        (date(1979, 5, 2), date(2004, 5, 2), 25),
        (date(1996, 2, 29), date(2021, 2, 27), 24),
        (date(1996, 2, 29), date(2021, 2, 28), 25),
        (date(2014, 5, 5), date(2014, 5, 4), -1),
        (date(2014, 5, 5), date(2014, 5, 5), 0),
    ],
)
def test_years_are_completed_on_the_anniversary(start: date, end: date, years: int) -> None:
    """A year is completed on the day itself, and for 29 February on the 28th of other years."""
    assert years_between(start, end) == years


@given(RECORD_DAYS, RECORD_DAYS)
def test_years_are_the_greatest_number_that_fits(start: date, end: date) -> None:
    """So many years after the start are not past the end, and one more would be."""
    years = years_between(start, end)
    assert add_months(start, 12 * years) <= end < add_months(start, 12 * (years + 1))


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2014, 5, 15), date(2014, 6, 14), 0),
        (date(2014, 5, 15), date(2014, 6, 15), 1),
        (date(2014, 1, 31), date(2014, 2, 27), 0),
        (date(2014, 1, 31), date(2014, 2, 28), 1),
        (date(2016, 1, 31), date(2016, 2, 28), 0),
        (date(2016, 1, 31), date(2016, 2, 29), 1),
        (date(2014, 2, 28), date(2014, 3, 28), 1),
        (date(2014, 2, 28), date(2014, 3, 31), 1),
        (date(2014, 1, 31), date(2014, 3, 30), 1),
        (date(2014, 1, 31), date(2014, 3, 31), 2),
        (date(2014, 5, 31), date(2014, 6, 30), 1),
        (date(2016, 2, 29), date(2017, 2, 27), 11),
        (date(2016, 2, 29), date(2017, 2, 28), 12),
        (date(2014, 5, 5), date(2014, 5, 5), 0),
        (date(2014, 5, 5), date(2014, 5, 4), -1),
        (date(2014, 3, 31), date(2014, 2, 28), -1),
        (date(2014, 3, 31), date(2014, 2, 27), -2),
    ],
)
def test_months_are_completed_on_the_same_number_or_with_the_month(start: date, end: date, months: int) -> None:
    """A month is completed on the day of the same number, or on the last day of a month that has no such day."""
    assert months_between(start, end) == months


@given(DAYS, DAYS)
def test_months_are_the_greatest_number_that_fits(start: date, end: date) -> None:
    """So many months after the start are not past the end, and one more would be, to the last day but one of all."""
    months = months_between(start, end)
    assert add_months(start, months) <= end
    assert end < add_months(start, months + 1) or end == date.max == add_months(start, months + 1)


@given(RECORD_DAYS, st.integers(-3000, 3000))
def test_months_between_undo_months_added(start: date, months: int) -> None:
    """The months from a day to the day so many months later are so many, also where the number is negative."""
    assert months_between(start, add_months(start, months)) == months


@given(DAYS, DAYS)
def test_twelve_months_are_a_year(start: date, end: date) -> None:
    """Completed years are the completed months by twelve, rounded down, leap days included."""
    assert years_between(start, end) == months_between(start, end) // 12


@given(DAYS, DAYS)
def test_days_between_add_up(start: date, end: date) -> None:
    """The start and the days between give the end."""
    assert start + timedelta(days=days_between(start, end)) == end


@given(DAYS)
def test_the_end_of_a_month_is_in_the_month(day: date) -> None:
    """The last day is of the same month, and the day after it is not."""
    last = end_of_month(day)
    assert (last.year, last.month) == (day.year, day.month)
    assert last == date.max or (last + timedelta(days=1)).day == 1


@given(DAYS, st.integers(0, 800))
def test_weekdays_are_as_many_as_counting_finds(start: date, length: int) -> None:
    """The formula agrees with counting Mondays to Fridays one by one."""
    end = min(date.max.toordinal(), start.toordinal() + length)
    counted = sum(1 for ordinal in range(start.toordinal(), end) if date.fromordinal(ordinal).weekday() < 5)
    assert weekdays(start, date.fromordinal(end)) == counted


@given(DAYS, DAYS)
def test_no_weekdays_lie_between_an_end_and_an_earlier_day(one: date, other: date) -> None:
    """If the end is not after the start there are no days between."""
    first, last = sorted((one, other))
    assert weekdays(last, first) == 0


@pytest.mark.parametrize(
    ("day", "n", "result"),
    [
        (date(2014, 5, 5), 1, date(2014, 5, 6)),
        (date(2014, 5, 9), 1, date(2014, 5, 12)),
        (date(2014, 4, 17), 1, date(2014, 4, 22)),
        (date(2014, 4, 30), 1, date(2014, 5, 2)),
        (date(2014, 5, 28), 1, date(2014, 5, 30)),
        (date(2014, 12, 5), 1, date(2014, 12, 8)),
        (date(2014, 12, 31), 1, date(2015, 1, 2)),
        (date(2016, 5, 2), 7, date(2016, 5, 12)),
        (date(2014, 5, 5), 0, date(2014, 5, 5)),
    ],
)
def test_working_days_pass_over_weekends_and_public_holidays(day: date, n: int, result: date) -> None:
    """Easter, May Day, Ascension Day and the turn of the year are not working days."""
    assert working_days_after(day, n) == result


@pytest.mark.parametrize("eve", [date(2014, 6, 20), date(2014, 12, 24)])
def test_eves_are_working_days(eve: date) -> None:
    """Midsummer Eve and Christmas Eve are no public holidays by law, so they count."""
    assert working_days_after(eve - timedelta(days=1), 1) == eve


@given(RECORD_DAYS, st.integers(0, 400), st.integers(0, 400))
def test_working_days_add_up(day: date, first: int, second: int) -> None:
    """Going on from the first result is the same as going the whole way at once."""
    assert working_days_after(working_days_after(day, first), second) == working_days_after(day, first + second)


@given(DAYS, st.integers())
def test_working_days_never_overflow(day: date, n: int) -> None:
    """Any number of working days from any day gives a day, and never one past the last that is read."""
    later = working_days_after(day, n)
    assert later >= day
    assert later <= max(day, LAST_DAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2014-05-05", date(2014, 5, 5)),
        ("2016-02-29", date(2016, 2, 29)),
        ("0001-01-01", date.min),
        ("2015-02-29", None),
        ("20140505", None),
        ("2014-W19-1", None),
        ("2014-5-5", None),
        ("٢٠١٤-05-05", None),
        ("abcd-ef-gh", None),
        ("", None),
    ],
)
def test_a_day_is_read_in_one_form_only(text: str, day: date | None) -> None:
    """Days are written YYYY-MM-DD: no week dates, nothing shortened, and only digits of ASCII."""
    assert parse_day(text) == day
