"""Tables tell the notices of their clients, and look at the records of few who have none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules import Rulebook
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.testing import RecordMaker

ON = date(2016, 4, 1)
FINLAND = aava_rules.load("finland", plugins=False)


def told(rulebook: Rulebook, records: list[dict[str, Any]], on: date = ON) -> list[tuple[Any, ...]]:
    """The notices of tables of these records, which are those of the records themselves."""
    tables = tables_of(records, rulebook._book.vocabulary)
    assert tables.pop("invalid").is_empty()
    notices = rulebook.decide_table(**tables, on=on).notices.select("id", "code", "fields", "text_fi").rows()
    decisions = [rulebook.decide(record, on=on) for record in records]
    one_by_one = [(d.record_id, one.code, list(one.fields), one.text("fi")) for d in decisions for one in d.notices]
    assert notices == one_by_one
    return notices


def looked_at(rulebook: Rulebook, records: list[dict[str, Any]], on: date = ON) -> list[int]:
    """The rows of the clients whose records were looked at."""
    tables = tables_of(records, rulebook._book.vocabulary)
    tables.pop("invalid")
    return [int(row) for row in rulebook.decide_table(**tables, on=on)._perhaps_noticed]


ROW = {"kind": "labour_market_subsidy", "start": "2014-01-01", "end": "2014-01-31", "days": 12}
FEBRUARY = ROW | {"start": "2014-02-01", "end": "2014-02-28", "days": 20}
WORK = {"kind": "rehabilitative_work", "start": "2016-01-04"}
PLAN = {"kind": "activation_plan", "made_on": "2014-02-03", "id": "p"}
WITH_NOTICES: list[dict[str, Any]] = [
    {"benefits": [ROW, ROW]},
    {"benefits": [ROW | {"days": 24}]},
    {"benefits": [ROW, ROW | {"start": "2014-01-10"}]},
    {"benefits": [ROW | {"days": 23}, FEBRUARY | {"start": "2014-01-31", "days": 21}]},
    {"plans": [PLAN, PLAN | {"made_on": "2014-03-03"}]},
    {"plans": [{"made_on": "2014-02-03"}, {"made_on": "2014-02-03"}]},
    {"events": [{"step": "first_meeting", "on": "2014-02-03"}] * 2},
    {"periods": [WORK, WORK | {"start": "2016-04-01"}]},
    {"periods": [WORK | {"agreed_end": "2016-06-30"}, WORK | {"start": "2016-06-30", "agreed_end": "2016-12-31"}]},
    {"periods": [WORK | {"attended_on": ["2016-01-03"]}]},
    {"periods": [{"start": "2014-01-01", "length_months": 1}, {"start": "2014-01-01", "end": "2014-01-31"}]},
    {"client": {"birth_date": "2016-04-02"}},
    {"facts": {"birth_date": "2080-05-05"}},
    {"facts": {"birth_date": "1980-05-05"}, "client": {"birth_date": "1980-05-06"}},
    {"facts": {"municipality": "Sysmä"}, "client": {"municipality": "Hartola"}},
    {"facts": {"age": 1000}},
    {"facts": {"age": 30}, "client": {"birth_date": "1980-05-06"}},
    {"facts": {"daily_travel_hours": 24.5}},
    {"facts": {"subsidy_days_last_12_months": {"at_least": 263}}},
    {"facts": {"subsidy_days_last_12_months": 201, "subsidy_days": 200}},
    {"facts": {"subsidy_days": {"at_least": 13}}, "benefits": [ROW | {"because_of_unemployment": True}]},
    {"facts": {"employment_hours_per_week": 1.23456789}},
]
WITHOUT: list[dict[str, Any]] = [
    {},
    {"benefits": [ROW, FEBRUARY], "plans": [PLAN], "periods": [WORK | {"end": "2016-03-31"}]},
    {"benefits": [ROW | {"id": "a"}, ROW | {"id": "b", "kind": "social_assistance"}]},
    {"benefits": [ROW | {"days": 23}, FEBRUARY | {"start": "2014-01-31"}]},
    {"periods": [WORK, WORK | {"start": "2016-04-02"}]},
    {"periods": [WORK | {"end": "2016-03-31", "attended_on": ["2016-01-04", "2016-03-31"]}]},
    {"events": [{"step": "first_meeting", "on": "2014-02-03"}, {"step": "consideration", "on": "2014-02-03"}]},
    {"client": {"birth_date": "2016-04-01"}},
    {"facts": {"age": 35, "daily_travel_hours": 24}, "client": {"birth_date": "1980-05-06"}},
    {"facts": {"subsidy_days": {"at_least": 12}}, "benefits": [ROW | {"because_of_unemployment": True}]},
    {"facts": {"subsidy_days_last_12_months": 200, "subsidy_days": 200}},
]


def numbered(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"R-{number}", **record} for number, record in enumerate(records)]


def test_every_kind_of_notice() -> None:
    """Each is told of a table as of a record; no record without one is looked at, but those beyond columns."""
    records = numbered([*WITHOUT, *WITH_NOTICES])
    codes = {code for _, code, _, _ in told(FINLAND, records)}
    assert codes >= {
        "attended_outside_period", "birth_date_to_come", "facts_differ", "id_twice", "more_days_than_the_time_has",
        "more_days_than_weekdays", "more_days_than_weekdays_together", "more_than_in_all", "number_out_of_reason",
        "periods_overlap", "rows_alike",
    }  # fmt: skip
    rows = looked_at(FINLAND, records)
    assert rows == list(range(len(WITHOUT), len(records)))


def test_birth_dates_long_ago() -> None:
    """The day on which it becomes too long ago is told of tables too."""
    records = numbered([{"client": {"birth_date": day}} for day in ("1900-01-01", "1900-01-02", "1970-01-01")])
    assert [row[:2] for row in told(FINLAND, records, date(2031, 1, 1))] == [("R-0", "birth_date_long_ago")]


def test_numbers_of_clients_and_words_do_not_make_up_for_one_another() -> None:
    """Rows that differ in their kind alone, of many clients one each, are alike with none of another client."""
    kinds = ("unemployment_allowance", "labour_market_subsidy", "social_assistance")
    records = numbered([{"benefits": [ROW | {"kind": kinds[number % 3]}]} for number in range(60)])
    assert looked_at(FINLAND, records) == []


def test_ids_need_not_differ_between_clients() -> None:
    """An id that items of two clients have is no id that stands twice, and neither are rows alike of two clients."""
    records = numbered([{"plans": [PLAN], "benefits": [ROW]}, {"plans": [PLAN], "benefits": [ROW]}])
    assert told(FINLAND, records) == []
    assert looked_at(FINLAND, records) == []


@pytest.mark.parametrize("name", ["finland", "aava", "hartola_sysma"])
def test_random_records(name: str) -> None:
    """Hundreds of random records, as they come from systems, have the notices that they have one by one."""
    rulebook = aava_rules.load(name, plugins=False)
    maker = RecordMaker(rulebook)
    random = Random(name)
    for on in (date(2009, 6, 1), date(2015, 9, 15), date(2026, 2, 2)):
        records = [maker.record(random, on) | {"id": f"R-{number}"} for number in range(120)]
        assert told(rulebook, records, on)


def _days() -> st.SearchStrategy[str]:
    return st.sampled_from(
        ["2016-01-01", "2016-01-02", "2016-01-04", "2016-02-29", "2016-03-31", "2016-04-01", "2016-05-02"]
    )


def _benefits() -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
    yield "kind", st.sampled_from(["labour_market_subsidy", "social_assistance"])
    yield "start", st.sampled_from(["2016-01-01", "2016-01-02"])
    yield "end", _days()
    yield "days", st.integers(0, 30)
    yield "because_of_unemployment", st.booleans()


def _periods() -> Iterator[tuple[str, st.SearchStrategy[Any]]]:
    yield "kind", st.sampled_from(["rehabilitative_work", "introductory"])
    yield "start", st.sampled_from(["2016-01-01", "2016-01-02"])
    yield "end", _days()
    yield "length_months", st.integers(1, 3)
    yield "attended_on", st.lists(_days(), max_size=2)


def _rows(fields: dict[str, Any]) -> st.SearchStrategy[Any]:
    ids = {"id": st.sampled_from(["a", "b"])}
    return st.lists(st.fixed_dictionaries({}, optional=fields | ids), max_size=4)


FACTS = {
    "age": st.integers(15, 40),
    "subsidy_days": st.one_of(st.integers(0, 60), st.just({"at_least": 20})),
    "subsidy_days_last_12_months": st.integers(0, 60),
    "subsidy_days_differ_by_reading": st.booleans(),
    "attended_days_last_12_months": st.integers(0, 3),
    "birth_date": st.just("1980-01-01"),
}
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "facts": st.fixed_dictionaries({}, optional=FACTS),
        "facts_on": st.sampled_from(["2016-04-01", "2016-03-31"]),
        "client": st.fixed_dictionaries({}, optional={"birth_date": st.sampled_from(["1980-01-01", "1985-04-01"])}),
        "benefits": _rows(dict(_benefits())),
        "periods": _rows(dict(_periods())),
        "complete": st.sampled_from([["periods.end"], ["benefits.end", "benefits.days"]]),
    },
)


def _right(record: dict[str, Any]) -> bool:
    try:
        FINLAND.decide({"id": "R", **record}, on=ON)
    except aava_rules.RecordError:
        return False
    return True


@settings(deadline=None, max_examples=100)
@given(st.lists(RECORDS.filter(_right), min_size=1, max_size=4))
@example([{"complete": ["periods.end"], "periods": [WORK, WORK | {"attended_on": []}]}])
def test_any_records(records: list[dict[str, Any]]) -> None:
    """Whatever is known and whatever is not, tables tell what records tell."""
    told(FINLAND, numbered(records))
