"""Days on columns are those of the scalar calendar: every day of the records' years, and the edges of the calendar."""

from calendar import isleap
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.engine.table import dates as calendar
from aava_rules.language import dates as calendar_days
from aava_rules.language.values import FIRST_DAY, LAST_DAY

RECORD_DAYS = np.arange(FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1)
EDGES = [
    date.min, date(1, 1, 31), date(1, 2, 28), date(4, 2, 29), date(1899, 12, 31), FIRST_DAY, date(1900, 2, 28),
    date(2000, 2, 29), date(2100, 2, 28), LAST_DAY, date(2201, 1, 1), date(9996, 2, 29), date(9999, 1, 31), date.max,
]  # fmt: skip
LEAP_YEARS = [year for year in range(1904, 2197) if isleap(year)]
any_day = st.one_of(
    st.dates(FIRST_DAY, LAST_DAY),
    st.dates(),
    st.sampled_from(EDGES),
    st.builds(lambda year, day: date(year, *day), st.sampled_from(LEAP_YEARS),
              st.sampled_from([(2, 28), (2, 29), (3, 1), (1, 31), (12, 31)])),
)  # fmt: skip
days = st.lists(any_day, max_size=30)
few = st.integers(-40, 40)
any_count = st.one_of(few, st.integers(-13, 13).map(lambda n: 12 * n), st.integers(-(10**9), 10**9))


def ordinals(days: list[date]) -> np.ndarray:
    return np.array([day.toordinal() for day in days], np.int64)


def as_dates(numbers: np.ndarray) -> list[date]:
    return [date.fromordinal(int(number)) for number in numbers]


@given(days, any_count)
def test_months_are_added_to_all_days_alike(days, n):
    assert as_dates(calendar.add_months(ordinals(days), n)) == [calendar_days.add_months(day, n) for day in days]


@given(st.lists(st.tuples(any_day, any_count), max_size=30))
def test_months_are_added_to_each_day(pairs):
    moved = calendar.add_months(ordinals([day for day, _ in pairs]), np.array([n for _, n in pairs], np.int64))
    assert as_dates(moved) == [calendar_days.add_months(day, n) for day, n in pairs]


@pytest.mark.parametrize("n", [-1200, -12, -1, 0, 1, 3, 12, 24, 1200])
def test_months_are_added_to_every_day_of_the_records_years(n):
    every = RECORD_DAYS if abs(n) == 1 else RECORD_DAYS[:: 7 if n % 12 else 1]
    expected = [calendar_days.add_months(date.fromordinal(int(day)), n).toordinal() for day in every]
    assert calendar.add_months(every, n).tolist() == expected


@given(st.lists(st.tuples(any_day, any_day), max_size=30))
def test_years_months_and_days_between(pairs):
    start, end = ordinals([a for a, _ in pairs]), ordinals([b for _, b in pairs])
    months = [calendar_days.months_between(a, b) for a, b in pairs]
    assert calendar.months_between(start, end).tolist() == months
    assert calendar.years_between(start, end).tolist() == [calendar_days.years_between(a, b) for a, b in pairs]
    assert calendar.days_between(start, end).tolist() == [calendar_days.days_between(a, b) for a, b in pairs]


@pytest.mark.parametrize("born", [date(1980, 2, 29), date(1980, 3, 1), date(1999, 12, 31)])
def test_ages_on_every_day_of_the_records_years(born):
    ages = calendar.years_between(np.broadcast_to(np.int64(born.toordinal()), len(RECORD_DAYS)), RECORD_DAYS)
    assert ages.tolist() == [
        calendar_days.years_between(born, date.fromordinal(int(day))) for day in RECORD_DAYS
    ]  # fmt: skip


@given(st.lists(st.tuples(any_day, any_count), max_size=30))
def test_days_are_added_within_the_calendar(pairs):
    moved, inside = calendar.add_days(ordinals([a for a, _ in pairs]), np.array([n for _, n in pairs], np.int64))
    for (day, n), number, is_day in zip(pairs, moved, inside, strict=True):
        try:
            expected = day + timedelta(days=n)
        except OverflowError:
            assert not is_day
        else:
            assert is_day and date.fromordinal(int(number)) == expected
        assert date.min.toordinal() <= number <= date.max.toordinal()


def test_the_end_of_the_month_of_every_day():
    edges = ordinals(EDGES)
    for every in (RECORD_DAYS, edges):
        expected = [calendar_days.end_of_month(date.fromordinal(int(day))).toordinal() for day in every]
        assert calendar.end_of_month(every).tolist() == expected


@given(st.lists(st.tuples(any_day, any_day), max_size=30))
def test_weekdays(pairs):
    start, end = ordinals([a for a, _ in pairs]), ordinals([b for _, b in pairs])
    assert calendar.weekdays(start, end).tolist() == [calendar_days.weekdays(a, b) for a, b in pairs]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.sampled_from(EDGES[3:])),
            st.one_of(st.integers(-2, 30), st.sampled_from([0, 250, 2500, 10**9])),
        ),
        max_size=20,
    )
)
@settings(max_examples=60)
def test_working_days(pairs):
    moved = calendar.working_days_after(ordinals([day for day, _ in pairs]), np.array([n for _, n in pairs], np.int64))
    assert as_dates(moved) == [calendar_days.working_days_after(day, n) for day, n in pairs]


@pytest.mark.parametrize("n", [1, 7, 30])
def test_working_days_of_every_day_of_a_decade(n):
    every = np.arange(date(2019, 12, 1).toordinal(), date(2030, 2, 1).toordinal())
    moved = calendar.working_days_after(every, np.broadcast_to(np.int64(n), len(every)))
    assert as_dates(moved) == [calendar_days.working_days_after(date.fromordinal(int(day)), n) for day in every]


def test_no_days_at_all():
    none = np.zeros(0, np.int64)
    assert calendar.add_months(none, 3).shape == (0,)
    assert calendar.years_between(none, none).shape == (0,)
    assert calendar.end_of_month(none).shape == (0,)
    assert calendar.weekdays(none, none).shape == (0,)
    assert calendar.working_days_after(none, none).shape == (0,)
    assert [part.shape for part in calendar.add_days(none, 1)] == [(0,), (0,)]
