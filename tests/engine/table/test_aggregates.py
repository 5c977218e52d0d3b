"""Totals, counts and first and last days on columns are those that the record path gives."""

from __future__ import annotations

from datetime import date
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
from aava_rules.language.syntax import Call, Const, DecisionDate, Expr, Fact
from aava_rules.language.values import NONE, UNKNOWN, Interval
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import Derivation, Excluded, Limit, Window

seeds = st.integers(0, 2**32)
ON = date(2014, 5, 5)


def check(clients: Clients, derivation: Derivation, list_name: str = "") -> list[Any]:
    view = clients.view(list_name)
    return clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation)


def own_list(derivation: Derivation) -> str:
    """The list of the items whose own words or days a derivation counts; empty where it is of the client."""
    own = derivation.field and lists()[derivation.over].fields[derivation.field].type in ("set", "dates")
    return derivation.over if own and derivation.kind in ("count", "latest", "earliest") else ""


def draw(seed: int) -> tuple[Clients, Derivations]:
    random = Random(seed)
    clients = some_clients(random.choice([book(), random_book(seed % 10)]), random)
    return clients, Derivations(clients, random)


@given(seeds)
@settings(max_examples=30)
def test_random_totals(seed):
    clients, derivations = draw(seed)
    for _ in range(12):
        check(clients, derivations.total())


@given(seeds)
@settings(max_examples=20)
def test_random_counts(seed):
    clients, derivations = draw(seed)
    for _ in range(8):
        check(clients, derivations.counted())


@given(seeds)
@settings(max_examples=20)
def test_random_first_and_last_days(seed):
    clients, derivations = draw(seed)
    for _ in range(8):
        check(clients, derivations.day())


@given(seeds)
@settings(max_examples=20)
def test_random_times_without_a_gap(seed):
    clients, derivations = draw(seed)
    for _ in range(8):
        check(clients, derivations.unbroken())


@given(seeds)
@settings(max_examples=20)
def test_random_days_on_which_limits_are_reached(seed):
    clients, derivations = draw(seed)
    for _ in range(4):
        check(clients, derivations.reached())


@given(seeds)
@settings(max_examples=15)
def test_derivations_of_rulebooks(seed):
    random = Random(seed)
    clients = some_clients(random.choice([book(), book("hartola_sysma"), random_book(seed % 10)]), random)
    for derivation in shipped(clients, "total", "count", "any", "latest", "earliest", "unbroken", "reached"):
        check(clients, derivation, own_list(derivation))


def test_days_of_one_item():
    """The first and last of the days that an item lists, none after the day of decision."""
    plans = [
        {"reviewed_on": [date(2014, 1, 7), date(2014, 3, 4), date(2014, 5, 6)]},
        {"reviewed_on": [date(2014, 5, 6)]},
        {"reviewed_on": []},
        {},
    ]
    clients = Clients(book(), Random(1), ON, [{"id": "A", "plans": plans}])
    view = RowView(clients.block, ON, None, "plans", np.arange(4))
    days = {}
    for kind in ("latest", "earliest"):
        derivation = Derivation(kind, over="plans", field="reviewed_on")
        days[kind] = clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation)
    assert days == {
        "latest": [date(2014, 3, 4), NONE, NONE, UNKNOWN],
        "earliest": [date(2014, 1, 7), NONE, NONE, UNKNOWN],
    }


# -- times without a gap, and days on which limits are reached


def answer(derivation: Derivation, benefits: list[dict[str, Any]], on: date = ON, **record: Any) -> Any:
    """What columns, and the record path, say of a derivation over some benefits."""
    clients = Clients(book(), Random(1), on, [{"id": "A", "benefits": benefits} | record])
    view = RowView(clients.block, on)
    (value,) = clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation)
    return value


def without_a_gap(*rows: tuple[date | None, date | None], on: date = ON, **record: Any) -> Any:
    """The completed months up to the day of decision that reach its month."""
    first = Const(on.replace(day=1), "date")
    derivation = Derivation("unbroken", over="benefits", within=Window(first, DecisionDate()))
    benefits = [{name: day for name, day in zip(("start", "end"), row, strict=True) if day is not None} for row in rows]
    return answer(derivation, benefits, on, **record)


def test_months_without_a_gap():
    """Rows that touch are one time; it ends where they do, and must reach the month of the day."""
    months = [
        (date(2014, 1, 1), date(2014, 1, 31)), (date(2014, 2, 1), date(2014, 2, 28)),
        (date(2014, 3, 1), date(2014, 3, 31)), (date(2014, 4, 1), date(2014, 4, 30)),
    ]  # fmt: skip
    assert without_a_gap(*months) == 4
    assert without_a_gap(*months[1:]) == 3
    assert without_a_gap(*months[:3]) == 0  # April was not covered
    assert without_a_gap(*months[:2], months[3]) == 1
    assert without_a_gap((date(2013, 12, 5), date(2014, 12, 31))) == 5  # to the day of decision
    assert without_a_gap((date(2013, 12, 6), date(2014, 12, 31))) == 4
    assert without_a_gap() == 0


def test_months_without_a_gap_that_are_not_known():
    assert without_a_gap((date(2014, 1, 1), None)) == Interval(0, 4)
    assert without_a_gap((None, date(2014, 4, 30))) == Interval(0, None)
    row = (date(2014, 3, 1), date(2014, 4, 30))
    assert without_a_gap(row, complete_from={"benefits": date(2014, 3, 2)}) == Interval(2, None)
    assert without_a_gap(row, complete_from={"benefits": date(2014, 2, 28)}) == 2
    assert without_a_gap(row, complete_from={"benefits": date(2014, 3, 1)}) == Interval(2, None)


def limit(amount: int, start: Expr | None = None) -> Limit:
    return Limit(Const(amount, "integer", "benefit days"), start)


def day_of(*rows: tuple[date, date, int], limits: tuple[Limit, ...], **record: Any) -> Any:
    """The day on which the paid days of some rows reach one of the limits."""
    derivation = Derivation("reached", over="benefits", field="days", limits=limits)
    return answer(derivation, [dict(zip(("start", "end", "days"), row, strict=True)) for row in rows], **record)


def test_the_day_on_which_a_limit_is_reached():
    """Known where every weekday of a row is paid, else between bounds; none where the days do not reach it."""
    week = date(2014, 3, 3), date(2014, 3, 7)
    assert day_of((*week, 5), limits=(limit(5),)) == date(2014, 3, 7)
    assert day_of((*week, 5), limits=(limit(1),)) == date(2014, 3, 3)
    assert day_of((*week, 5), limits=(limit(6),)) is NONE
    assert day_of((*week, 3), limits=(limit(3),)) == Interval(date(2014, 3, 5), date(2014, 3, 7))
    assert day_of((*week, 3), (date(2014, 3, 10), date(2014, 3, 14), 5), limits=(limit(4),)) == date(2014, 3, 10)
    later = Const(date(2014, 3, 6), "date")
    assert day_of((*week, 5), limits=(limit(2, later),)) == date(2014, 3, 7)
    assert day_of((*week, 5), limits=(limit(3, later),)) is NONE
    assert day_of((*week, 5), limits=(limit(3, later), limit(4))) == date(2014, 3, 6)
    assert day_of((*week, 5), limits=(limit(1), limit(4))) == date(2014, 3, 3)
    assert day_of((*week, 5), limits=(limit(6),), complete_from={"benefits": date(2014, 3, 3)}) is UNKNOWN
    assert day_of((*week, 5), limits=(limit(5),), complete_from={"benefits": date(2014, 3, 3)}) == Interval(
        None, date(2014, 3, 7)
    )


def test_values_of_every_kind_occur():
    values: list[Any] = []
    for seed in range(24):
        clients, derivations = draw(seed)
        for draw_kind in (derivations.total, derivations.counted, derivations.day):
            values += check(clients, draw_kind())
    assert UNKNOWN in values and NONE in values and True in values and False in values
    bounds = [value for value in values if isinstance(value, Interval)]
    for kind in (int, date):
        assert any(type(value) is kind for value in values)
        assert any(type(interval.low) is kind and type(interval.high) is kind for interval in bounds)
    assert any(type(interval.low) is int and interval.high is None for interval in bounds)
    assert any(interval.low is None and type(interval.high) is date for interval in bounds)


# -- cases that random ones seldom meet


def total(*rows: dict[str, Any], within: Window | None = None, zones: tuple[Excluded, ...] = (), **record: Any) -> Any:
    """What columns, and the record path, say of the days of some benefit rows."""
    derivation = Derivation("total", None, "benefits", "days", None, within, "", zones)
    client_record = {"id": "A", "benefits": list(rows)} | record
    clients = Clients(book(), Random(1), ON, [client_record])
    view = RowView(clients.block, ON)
    (value,) = clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation)
    return value


def row(start: str | None, end: str | None, days: int | None) -> dict[str, Any]:
    return {"kind": "labour_market_subsidy", "start": start, "end": end, "days": days}


YEAR = Window(end=Const(ON, "date"), months=12)


@pytest.mark.parametrize(
    ("rows", "paid_days"),
    [
        ([row("2013-05-05", "2013-05-31", 20)], 20),  # begins with the window
        ([row("2013-05-04", "2013-05-31", 20)], 20),  # 4 May 2013 is a Saturday
        ([row("2013-05-03", "2013-05-31", 20)], Interval(19, 20)),
        ([row("2013-04-30", "2013-05-05", 4)], 0),  # the 5th is a Sunday, and outside lie four weekdays
        ([row("2014-04-28", "2014-05-04", 5)], 5),  # ends on the day before the window's end
        ([row("2014-04-28", "2014-05-05", 6)], 5),  # the last day is not in it
        ([row("2014-05-05", "2014-05-09", 5)], 0),
        ([row(None, "2013-05-06", 1)], Interval(0, 1)),
        ([row("2014-05-01", None, 400)], Interval(0, 2)),
        ([row(None, None, 7)], Interval(0, 7)),
        ([row("2014-04-28", "2014-05-02", None)], Interval(0, 5)),
        ([row("2014-04-28", "2014-05-02", 9)], Interval(5, 9)),  # more than there are weekdays
        ([row("2014-04-28", "2014-05-02", 3), row("2014-04-21", "2014-04-25", 2), row("2010-01-04", None, 0)], 5),
        ([], 0),
    ],
)  # fmt: skip
def test_rows_at_the_edges_of_a_window(rows, paid_days):
    assert total(*rows, within=YEAR) == paid_days


def test_a_window_that_ends_on_an_unknown_day_of_every_client():
    within = Window(end=Fact("joint_service_started", "date"), months=12)
    assert total(row("2014-04-28", "2014-05-02", 3), within=within) == Interval(0, 3)


@pytest.mark.parametrize(("days", "paid_days"), [(6, Interval(1, 6)), (5, Interval(0, 5)), (9, Interval(1, 9))])
def test_a_row_that_crosses_the_edge_of_the_days_that_are_surely_inside(days, paid_days):
    """Of more paid days than weekdays the surplus may lie anywhere, or not be at all."""
    events = [{"step": "first_meeting", "on": date(2014, 4, 28)}, {"step": "first_meeting"}]
    within = Window(start=Call("date_of", ("first_meeting",), "date", ""))  # from 28 April, or up to 5 May
    assert total(row("2014-04-28", "2014-05-05", days), within=within, events=events) == paid_days


def test_nothing_lies_after_what_never_happened():
    assert total(row("2014-04-28", "2014-05-02", 3), within=Window(start=Const(NONE, "date"))) == 0


def test_nothing_surely_lies_after_what_may_never_have_happened():
    """A day that may turn out not to exist begins no window surely, though it is known which day it would be."""
    within = Window(start=Call("date_of", ("kela_notice",), "date", ""))
    perhaps = [{"on": date(2014, 4, 28)}]  # of which step is not recorded
    assert total(row("2014-04-28", "2014-05-02", 5), within=within, events=perhaps) == Interval(0, 5)
    surely = [{"step": "kela_notice", "on": date(2014, 4, 28)}]
    assert total(row("2014-04-28", "2014-05-02", 5), within=within, events=surely) == 5


def test_a_limit_is_not_surely_reached_after_what_may_never_have_happened():
    """The days after it may be the first to reach a limit, so the day lies between that and the other limit's."""
    after = Call("date_of", ("kela_notice",), "date", "")
    rows = (date(2014, 3, 3), date(2014, 3, 7), 5), (date(2014, 3, 10), date(2014, 3, 14), 5)
    perhaps = [{"on": date(2014, 3, 7)}]
    assert day_of(*rows, limits=(limit(3, after),), events=perhaps) is UNKNOWN
    assert day_of(*rows, limits=(limit(3, after), limit(10)), events=perhaps) == Interval(
        date(2014, 3, 11), date(2014, 3, 14)
    )


def test_days_that_are_left_out_may_overlap():
    zone = Excluded(date(2014, 4, 28), date(2014, 5, 2), False, ())
    assert total(row("2014-04-28", "2014-05-02", 3), zones=(zone,)) == 0
    maybe = Excluded(date(2014, 4, 28), date(2014, 4, 29), True, ())
    assert total(row("2014-04-28", "2014-05-02", 3), zones=(maybe,)) == Interval(1, 3)
    # weekdays that are left out twice are taken from the most that can lie inside, as the record path does
    assert total(row("2014-04-28", "2014-05-02", None), zones=(zone, zone)) == Interval(0, -5)


def test_a_list_that_is_complete_from_a_day_on():
    days = row("2014-04-28", "2014-05-02", 5)
    assert total(days, within=YEAR, complete_from={"benefits": date(2013, 5, 5)}) == 5
    assert total(days, within=YEAR, complete_from={"benefits": date(2013, 5, 6)}) == Interval(5, None)
    assert total(days, complete_from={"benefits": date(2000, 1, 1)}) == Interval(5, None)


def test_rows_that_are_asked_twice_are_those_of_their_clients():
    records = [{"id": str(n), "benefits": [row("2014-04-28", "2014-05-02", n)] * n} for n in range(4)]
    clients = Clients(book(), Random(1), ON, records)
    derivation = Derivation("total", over="benefits", field="days")
    # as many items as the block has, but not the same
    view = RowView(clients.block, ON, np.array([3, 0, 3]))
    assert clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation) == [9, 0, 9]


def test_no_clients_and_no_items():
    clients = Clients(book(), Random(1), ON, [{"id": "A"}, {"id": "B", "benefits": [], "plans": [], "periods": []}])
    for derivation in shipped(clients, "total", "any", "latest", "peak"):
        own = own_list(derivation)
        for chosen in ([0, 1], [1], []):
            view = RowView(
                clients.block, ON, None if own else np.array(chosen, np.intp), own, np.arange(0) if own else None
            )
            clients.check(view, aggregate(derivation)(view), one_by_one(derivation), derivation)
    for derivation in shipped(clients, "gaps_at_most"):
        assert len(aggregate(derivation)(RowView(clients.block, ON, None, derivation.over, np.arange(0)))) == 0
