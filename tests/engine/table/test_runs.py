"""The most days in any window, counted in runs of days, are those that the record path counts day by day."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.engine.reference.aggregates import merged, most_in_window, of_days
from aava_rules.engine.table.evaluate import attendance as runs
from aava_rules.engine.table.evaluate.attendance import Runs, most_days, runs_of_days, spans, united
from aava_rules.language.dates import add_months

MONTHS = (1, 1, 2, 3, 6, 11, 12, 13, 24, 48, 1200)


def draw(random: Random) -> tuple[list[set[int]], Runs]:
    """Days of some rows, single ones and long spans that may overlap, as sets and as runs."""
    size = random.randint(1, 4)
    first = date(random.choice([1900, 1999, 2000, 2015, 2096, 2100]), random.randint(1, 12), random.randint(1, 28))
    start, width = first.toordinal(), random.choice([5, 40, 400, 3000])
    single = [(random.randrange(size), start + random.randrange(width)) for _ in range(random.choice([0, 1, 5, 60]))]
    long = []
    for _ in range(random.choice([0, 1, 3])):
        begin = start + random.randrange(width)
        long.append((random.randrange(size), begin, begin + random.randrange(-2, width)))
    days: list[set[int]] = [set() for _ in range(size)]
    for row, day in single:
        days[row].add(day)
    for row, begin, last in long:
        days[row].update(range(begin, last + 1))
    if random.random() < 0.5:
        single.sort()
    listed, filled = runs_of_days(*_arrays(single, 2)), spans(*_arrays(long, 3))
    return days, united(listed, filled)


def _arrays(rows: list[Any], width: int) -> list[Any]:
    return [np.array([row[at] for row in rows], np.int64) for at in range(width)]


def check(days: list[set[int]], runs: Runs, months: list[int]) -> None:
    most = most_days(runs, np.array(months), len(days))
    dated = [sorted(map(date.fromordinal, some)) for some in days]
    assert [_highest(some, n) for some, n in zip(dated, months, strict=True)] == [*most]
    assert [most_in_window(merged(of_days(some)), n) for some, n in zip(dated, months, strict=True)] == [*most]


def _highest(days: list[date], months: int) -> int:
    return max((bisect_left(days, add_months(day, months)) - at for at, day in enumerate(days)), default=0)


@given(st.integers(0, 2**32))
@settings(max_examples=200)
def test_most_days(seed):
    random = Random(seed)
    days, runs = draw(random)
    check(days, runs, [random.choice(MONTHS) for _ in days])


def test_most_days_counted_piece_by_piece(monkeypatch: pytest.MonkeyPatch):
    for together in (1, 2, 7):
        monkeypatch.setattr(runs, "_TOGETHER", together)
        for seed in range(20):
            random = Random(seed)
            days, day_runs = draw(random)
            check(days, day_runs, [random.choice(MONTHS) for _ in days])


@given(st.integers(0, 2**32))
@settings(max_examples=100)
def test_runs_have_all_days_once(seed):
    random = Random(seed)
    days, runs = draw(random)
    rows = [runs.where(np.arange(len(days)) == row) for row in range(len(days))]
    for row, (some, of_row) in enumerate(zip(days, rows, strict=True)):
        assert sum((of_row.stop - of_row.begin).tolist()) == len(some)
        assert set(of_row.rows.tolist()) <= {row}
    assert (runs.begin[1:] > runs.stop[:-1]).all()


def test_a_window_that_begins_on_the_last_day_of_a_run():
    # from 1 March a month ends with the 31st, from the days before it with the 27th
    first, later = (date(2015, 2, 27).toordinal(), date(2015, 3, 1).toordinal()), date(2015, 3, 28).toordinal()
    days = [*range(first[0], first[1] + 1), *range(later, later + 4)]
    runs = runs_of_days(np.zeros(len(days), np.int64), np.array(days))
    assert most_days(runs, np.array([1]), 1).tolist() == [5]
    check([set(days)], runs, [1])
