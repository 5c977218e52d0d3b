"""Days as spans: the same as the days themselves, one by one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aava_rules.engine.reference.aggregates import DaySpan, merged, most_in_window, of_days
from aava_rules.language.dates import add_months

FIRST = date(2003, 11, 20).toordinal()
# a leap day lies among them, and ends of months of every length
SPANS = st.lists(st.tuples(st.integers(FIRST, FIRST + 900), st.integers(-2, 500)).map(lambda s: (s[0], s[0] + s[1])))


def days_of(spans: list[DaySpan]) -> list[date]:
    return [date.fromordinal(day) for day in sorted({day for first, stop in spans for day in range(first, stop)})]


def most_by_days(days: list[date], months: int) -> int:
    return max((sum(day <= other < add_months(day, months) for other in days) for day in days), default=0)


@given(SPANS)
def test_merged_spans_have_the_same_days(spans: list[DaySpan]) -> None:
    """In order, and none twice."""
    found = merged(spans)
    assert days_of(found) == days_of(spans)
    assert sum(stop - first for first, stop in found) == len(days_of(spans))
    assert found == sorted(found)


@given(SPANS.filter(lambda spans: len(days_of(spans)) < 700), st.integers(0, 26))
def test_the_fullest_window_of_spans_is_that_of_their_days(spans: list[DaySpan], months: int) -> None:
    assert most_in_window(merged(spans), months) == most_by_days(days_of(spans), months)


@given(st.lists(st.integers(0, 1200), max_size=60), st.integers(0, 26))
def test_the_fullest_window_of_single_days(days: list[int], months: int) -> None:
    chosen = sorted({date(2010, 1, 30) + timedelta(days=day) for day in days})
    assert most_in_window(merged(of_days(chosen)), months) == most_by_days(chosen, months)


@given(st.integers(1, 60), st.dates(date(1900, 1, 1), date(2150, 1, 1)))
def test_no_window_is_longer_than_the_longest(months: int, day: date) -> None:
    """Of all the days there are, the fullest window is as long as one can be."""
    every = [(date(1900, 1, 1).toordinal(), date(2200, 12, 31).toordinal())]
    assert most_in_window(every, months) >= (add_months(day, months) - day).days


@pytest.mark.parametrize("months", [*range(1, 1201, 97), 1100, 1101, 1166, 1175, 1199, 1200])
def test_windows_of_a_century(months: int) -> None:
    """The year 2000 is a leap year, 1900 and 2100 are none: windows that miss these two are the longest."""
    begin, end = date(1900, 1, 1), date(2026, 6, 1)
    firsts = [date(1900 + month // 12, month % 12 + 1, 1) for month in range(12 * 126 + 5)]
    longest = max((min(add_months(day, months), end) - day).days for day in firsts)
    assert most_in_window([(begin.toordinal(), end.toordinal())], months) == longest


def test_a_year_of_every_day() -> None:
    """A window of twelve months has 366 days if a leap day lies in it, else 365."""
    first, last = date(2011, 3, 1).toordinal(), date(2012, 2, 28).toordinal()
    assert most_in_window([(first, last + 1)], 12) == 365
    assert most_in_window([(first, last + 2)], 12) == 366
    assert most_in_window([(first, last + 400)], 12) == 366
    assert most_in_window([], 12) == 0
