"""Peaks and gaps on columns are those that the record path gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from columnar_derivations import Derivations, shipped
from columnar_records import Clients, some_clients
from frames_maker import book, random_book
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.engine.reference.aggregates import aggregate as one_by_one
from aava_rules.engine.table.block import RowView
from aava_rules.engine.table.evaluate.aggregates import aggregate
from aava_rules.language.syntax import Const, ItemField
from aava_rules.language.values import NONE, UNKNOWN, Interval
from aava_rules.rulebook.model import Derivation, Window

seeds = st.integers(0, 2**32)
ON = date(2016, 5, 5)


def check(clients: Clients, derivation: Derivation) -> list[Any]:
    view = clients.view(derivation.over if derivation.kind == "gaps_at_most" else "")
    return clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation)


def draw(seed: int) -> tuple[Clients, Derivations]:
    random = Random(seed)
    clients = some_clients(random.choice([book(), random_book(seed % 10)]), random)
    return clients, Derivations(clients, random)


@given(seeds)
@settings(max_examples=12)
def test_random_peaks(seed):
    clients, derivations = draw(seed)
    for _ in range(4):
        check(clients, derivations.peak())


@given(seeds)
@settings(max_examples=25)
def test_random_gaps(seed):
    clients, derivations = draw(seed)
    for _ in range(10):
        check(clients, derivations.gaps())


@given(seeds)
@settings(max_examples=12)
def test_derivations_of_rulebooks(seed):
    random = Random(seed)
    clients = some_clients(random.choice([book(), book("hartola_sysma"), random_book(seed % 10)]), random)
    for derivation in shipped(clients, "peak", "gaps_at_most"):
        check(clients, derivation)


def test_values_of_every_kind_occur():
    """Every version of Python draws its own records of a seed, so it is looked for in as many as it takes."""
    wanted: list[Callable[[Any], bool]] = [
        lambda value: value is UNKNOWN,
        lambda value: value is NONE,
        lambda value: value is True,
        lambda value: value is False,
        lambda value: isinstance(value, Interval) and value.high is None,
        lambda value: isinstance(value, Interval) and value.high is not None,
        lambda value: type(value) is int and value > 20,
    ]
    for seed in range(400):
        clients, derivations = draw(seed)
        values = check(clients, derivations.peak()) + check(clients, derivations.gaps())
        wanted = [kind for kind in wanted if not any(map(kind, values))]
        if not wanted:
            return
    assert not wanted


# -- peaks


def peak(
    periods: list[dict[str, Any]],
    months: int = 12,
    since: str = "",
    on: date = ON,
    weeks: int | None = None,
    **record: Any,
) -> Any:
    """What columns, and the record path, say of the days attended in some periods."""
    window = Window(months=months) if weeks is None else Window(weeks=weeks)
    derivation = Derivation("peak", None, "periods", "attended_on", None, window, since)
    clients = Clients(book(), Random(1), on, [{"id": "A", "periods": periods} | record])
    view = RowView(clients.block, on)
    (value,) = clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation)
    return value


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(i) for i in range((last - first).days + 1)]


def test_a_window_has_all_days_up_to_the_same_day_of_another_month():
    some = every_day(date(2014, 1, 30), date(2014, 4, 2))
    # the window that begins on the 1st of March is the longest, those of January end with February
    assert peak([{"attended_on": some}], months=1) == 31
    assert peak([{"attended_on": some[:32]}], months=1) == 29


@pytest.mark.parametrize("months", [1, 2, 3, 11, 12, 13, 48])
def test_days_that_are_not_known_fill_their_period(months):
    """In a leap year, over the ends of months, and next to days that are known."""
    first, last = date(2015, 1, 29), date(2016, 3, 31)
    assert type(peak([{"start": first, "end": last}], months)) is Interval
    known = {"attended_on": every_day(date(2014, 12, 1), first - timedelta(3))}
    later = {"start": last + timedelta(2), "end": last + timedelta(9), "kind": "introductory"}
    peak([{"start": first, "end": last}, known, later], months)
    peak([{"start": first, "end": last}, {"start": first + timedelta(9), "end": last + timedelta(5)}], months)


def test_periods_of_unknown_length_fill_all_days():
    assert peak([{}]) == Interval(0, 366)
    assert peak([{}], months=1200) == Interval(0, 36525)
    assert peak([{}], complete=["periods.attended_on"]) == 0
    assert peak([{"start": date(2017, 1, 1)}]) == 0
    assert peak([{"end": date(2015, 5, 5)}, {"start": date(2016, 5, 5)}]) == Interval(0, 366)


def test_days_before_the_duty_began_are_not_counted():
    days = every_day(date(2012, 1, 1), date(2012, 1, 20))
    name = "participation_days_max_12_months"
    first = book()._parts.parameters[name].values[0].start
    assert first is not None
    assert peak([{"attended_on": days}], since=name) == (20 if first <= days[0] else 0)
    around = every_day(first - timedelta(5), first + timedelta(4))
    assert peak([{"attended_on": around}], since=name, on=first + timedelta(100)) == 5


def test_a_week_is_a_calendar_week():
    """Monday to Sunday, not seven days in a row; a day that is there twice counts once."""
    friday, tuesday = date(2016, 4, 1), date(2016, 4, 5)
    assert peak([{"attended_on": every_day(friday, tuesday)}], weeks=1) == 3
    assert peak([{"attended_on": every_day(friday, tuesday + timedelta(1))}], weeks=1) == 3
    assert peak([{"attended_on": every_day(friday, tuesday + timedelta(2))}], weeks=1) == 4
    twice = [{"attended_on": every_day(tuesday, tuesday + timedelta(1))}, {"attended_on": [tuesday]}]
    assert peak(twice, weeks=1) == 2
    assert peak([{"attended_on": every_day(friday, friday + timedelta(20))}], weeks=1) == 7


def test_days_of_a_week_that_are_not_known():
    monday = date(2016, 4, 4)
    assert peak([{"start": monday, "end": monday + timedelta(2)}], weeks=1) == Interval(0, 3)
    known = {"attended_on": [monday + timedelta(3)]}
    assert peak([{"start": monday, "end": monday + timedelta(2)}, known], weeks=1) == Interval(1, 4)
    assert peak([{"start": monday, "end": monday + timedelta(6)}], weeks=1) == Interval(0, 7)
    assert peak([known], weeks=1, complete_from={"periods": monday}) == Interval(1, None)


def test_a_week_that_the_duty_divides_is_not_counted():
    """The first value of the parameter holds from a Saturday on, so the first week that counts begins two days later."""
    name = "participation_days_max_12_months"
    saturday = book()._parts.parameters[name].values[0].start
    assert saturday is not None and saturday.weekday() == 5
    on = saturday + timedelta(100)
    assert peak([{"attended_on": every_day(saturday, saturday + timedelta(1))}], since=name, on=on, weeks=1) == 0
    assert peak([{"attended_on": every_day(saturday, saturday + timedelta(4))}], since=name, on=on, weeks=1) == 3


def test_many_clients_without_days():
    """Each as a client alone."""
    random = Random(5)
    records = []
    for number in range(40):
        starts = [date(2008, 1, 1) + timedelta(random.randrange(3000)) for _ in range(number % 4)]
        periods = [
            {"start": start, "end": start + timedelta(random.randrange(900))}
            | ({"attended_on": [start + timedelta(i * 3) for i in range(200)]} if random.random() < 0.3 else {})
            for start in starts
        ]
        for period in periods:
            period["end"] = max([period["end"], *period.get("attended_on", [])])
        records.append({"id": str(number), "periods": periods})
    clients = Clients(book(), Random(1), ON, records)
    derivation = Derivation("peak", over="periods", field="attended_on", within=Window(months=12))
    view = RowView(clients.block, ON)
    assert clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation)
    assert not clients.block.overflow_mask.any()


# -- gaps


@pytest.mark.parametrize(
    ("reviewed", "end", "closed"),
    [
        ([date(2015, 4, 30), date(2015, 7, 30)], date(2015, 10, 30), True),
        ([date(2015, 4, 30), date(2015, 7, 31)], date(2015, 10, 30), False),
        ([date(2015, 4, 30), date(2015, 7, 30)], date(2015, 10, 31), False),
        ([date(2015, 5, 1)], date(2015, 5, 2), False),
        ([], date(2015, 4, 30), True),
        ([], date(2015, 5, 1), False),
        ([], date(2014, 1, 1), True),
        ([date(2014, 1, 1), date(2016, 6, 1)], date(2015, 4, 30), True),  # before the beginning, after the decision
        (None, date(2015, 4, 30), True),
        (None, date(2015, 5, 1), UNKNOWN),
    ],
)
def test_gaps(reviewed, end, closed):
    plan = {"made_on": date(2015, 1, 31), "reviewed_on": reviewed}
    clients = Clients(book(), Random(1), ON, [{"id": "A", "plans": [plan]}])
    window = Window(ItemField("plan", "made_on", "date"), Const(end, "date"), 3)
    derivation = Derivation("gaps_at_most", over="plans", field="reviewed_on", within=window)
    view = RowView(clients.block, ON, None, "plans", np.arange(1))
    assert clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation) == [closed]
