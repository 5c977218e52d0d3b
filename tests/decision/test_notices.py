"""Rows that cannot all be meant are told, each by its place, and whatever may well be meant is not."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aava_rules
from aava_rules.decision.context import DecisionContext
from aava_rules.language.values import LANGUAGES
from aava_rules.testing import RecordMaker

FINLAND = aava_rules.load("finland")
JANUARY = {"kind": "labour_market_subsidy", "start": "2014-01-01", "end": "2014-01-31", "days": 12}
"""Twelve paid days in a month of 23 weekdays."""


def notices(**lists: list[dict[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    decision = FINLAND.decide({"id": "R", **lists}, on="2014-05-05", only=["target_group"])
    assert all(len({one.text(language) for language in LANGUAGES}) == 3 for one in decision.notices)
    return [(one.code, one.fields) for one in decision.notices]


def test_a_row_that_stands_twice_is_told() -> None:
    assert notices(benefits=[JANUARY | {"days": 5}, JANUARY, JANUARY | {"days": 5}]) == [
        ("rows_alike", ("benefits[0]", "benefits[2]"))
    ]
    assert notices(benefits=[JANUARY | {"id": "a", "days": 5}, JANUARY | {"days": 5}]) == [
        ("rows_alike", ("benefits[id=a]", "benefits[1]"))
    ]


def test_rows_with_ids_of_their_own_are_two_rows() -> None:
    """Two payments for the same days may both be meant, if the host tells them apart."""
    assert notices(benefits=[JANUARY | {"id": "a", "days": 5}, JANUARY | {"id": "b", "days": 5}]) == []


def test_rows_without_any_day_may_well_be_there_twice() -> None:
    assert notices(plans=[{"kind": "activation_plan"}, {"kind": "activation_plan"}]) == []
    assert notices(events=[{"step": "first_meeting"}, {"step": "first_meeting"}]) == []
    assert notices(events=[{"step": "first_meeting", "on": "2014-02-03"}] * 2) == [
        ("rows_alike", ("events[0]", "events[1]"))
    ]


def test_a_period_told_by_its_length_and_by_its_last_day_is_one() -> None:
    one, other = {"start": "2014-01-01", "length_months": 1}, {"start": "2014-01-01", "end": "2014-01-31"}
    assert notices(periods=[one, other]) == [("rows_alike", ("periods[0]", "periods[1]"))]
    assert notices(periods=[one, other | {"end": "2014-01-30"}]) == []
    assert notices(periods=[{"length_months": 1, "visit_on": "2014-01-01"}, {"visit_on": "2014-01-01"}]) == []


def test_one_id_for_two_things_is_told() -> None:
    one = {"kind": "activation_plan", "made_on": "2014-02-03", "id": "p"}
    assert notices(plans=[one, one | {"made_on": "2014-03-03"}]) == [("id_twice", ("plans[0]", "plans[1]"))]
    assert notices(plans=[one, one]) == [("rows_alike", ("plans[0]", "plans[1]"))]
    assert notices(plans=[one, one, one | {"made_on": "2014-03-03"}]) == [
        ("rows_alike", ("plans[0]", "plans[1]")),
        ("id_twice", ("plans[0]", "plans[1]", "plans[2]")),
    ]
    # an id names an item of one list
    assert notices(plans=[one], periods=[{"kind": "rehabilitative_work", "start": "2014-02-03", "id": "p"}]) == []


@pytest.mark.parametrize(("more", "told"), [(11, False), (12, True)])
def test_rows_that_overlap_with_more_days_than_there_are_weekdays(more: int, told: bool) -> None:
    """Together 23 paid days fit into January 2014, and 24 do not."""
    other = {"kind": "labour_market_subsidy", "start": "2014-01-10", "end": "2014-01-31", "days": more}
    found = notices(benefits=[JANUARY, other])
    assert found == ([("more_days_than_weekdays_together", ("benefits[0]", "benefits[1]"))] if told else [])


def test_rows_that_do_not_overlap_or_are_of_two_benefits_are_not_added_up() -> None:
    full = JANUARY | {"days": 23}
    february = JANUARY | {"start": "2014-02-01", "end": "2014-02-28", "days": 20}
    assert notices(benefits=[full, february]) == []
    assert notices(benefits=[full, full | {"kind": "social_assistance"}]) == []
    # the last day of one is the first day of the other
    touching = february | {"start": "2014-01-31"}
    assert notices(benefits=[full, touching]) == []
    assert notices(benefits=[full, touching | {"days": 21}]) == [
        ("more_days_than_weekdays_together", ("benefits[0]", "benefits[1]"))
    ]


def test_the_shortest_time_with_too_many_days_is_told() -> None:
    """A long row that joins them does not hide two rows for one month, and is not told with them."""
    rows = [JANUARY | {"days": 23, "id": "a"}, JANUARY | {"days": 22, "id": "b"}]
    long = JANUARY | {"start": "2014-01-31", "end": "2014-12-31", "days": 1, "id": "c"}
    told = [("more_days_than_weekdays_together", ("benefits[id=a]", "benefits[id=b]"))]
    assert notices(benefits=rows) == told
    assert notices(benefits=[*rows, long]) == told
    assert notices(benefits=[*rows, long | {"start": "2013-02-01", "end": "2014-01-01"}]) == told


def test_all_rows_of_such_a_time_are_told() -> None:
    rows = [JANUARY | {"days": 12, "id": one} for one in "abc"]
    (told,) = notices(benefits=rows)
    assert told == ("more_days_than_weekdays_together", ("benefits[id=a]", "benefits[id=b]", "benefits[id=c]"))


def test_a_month_twice_in_a_year_of_rows_that_share_days() -> None:
    days = ["2013-12-31", *(f"2014-{month:02}-28" for month in range(1, 13))]
    year = [
        {"kind": "labour_market_subsidy", "start": first, "end": last, "days": 15, "id": f"m{number}"}
        for number, (first, last) in enumerate(pairwise(days))
    ]
    assert notices(benefits=year) == []
    again = year[4] | {"id": "again"}
    assert notices(benefits=[*year, again]) == [
        ("more_days_than_weekdays_together", ("benefits[id=m4]", "benefits[id=again]"))
    ]
    # two months in which it happens are told one by one
    found = notices(benefits=[*year, again, year[8] | {"id": "too"}])
    assert [fields for _, fields in found] == [
        ("benefits[id=m4]", "benefits[id=again]"),
        ("benefits[id=m8]", "benefits[id=too]"),
    ]


SPANS = st.tuples(st.integers(1, 28), st.integers(0, 9), st.integers(0, 8))


@given(st.lists(SPANS, min_size=1, max_size=6))
def test_rows_are_told_if_and_only_if_some_time_has_too_many_days(spans: list[tuple[int, int, int]]) -> None:
    rows = [
        {"kind": "labour_market_subsidy", "id": str(n), "start": f"2014-01-{first:02}", "days": days,
         "end": f"2014-01-{min(first + length, 31):02}"}
        for n, (first, length, days) in enumerate(spans)
    ]  # fmt: skip
    found = notices(benefits=rows)
    alone = {fields[0] for code, fields in found if code == "more_days_than_weekdays"}
    others = [row for row in rows if f"benefits[id={row['id']}]" not in alone]
    times = {
        (first["start"], last["end"])
        for first in others
        for last in others
        if _paid_within(others, first["start"], last["end"]) > _weekdays_within(first["start"], last["end"])
    }
    together = [set(fields) for code, fields in found if code == "more_days_than_weekdays_together"]
    assert bool(together) == bool(times)
    for fields in together:
        meant = [row for row in others if f"benefits[id={row['id']}]" in fields]
        first, last = min(row["start"] for row in meant), max(row["end"] for row in meant)
        assert sum(row["days"] for row in meant) > _weekdays_within(first, last)


def _paid_within(rows: list[dict[str, Any]], first: str, last: str) -> int:
    return sum(row["days"] for row in rows if row["start"] >= first and row["end"] <= last)


def _weekdays_within(first: str, last: str) -> int:
    days = range(date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1)
    return sum(date.fromordinal(day).weekday() < 5 for day in days)


def test_a_long_chain_of_rows() -> None:
    """Hundreds of rows that all share days are not looked at pair by pair, but as a whole."""
    rows = [JANUARY | {"days": 1, "id": str(number)} for number in range(500)]
    assert [(code, len(fields)) for code, fields in notices(benefits=rows)] == [
        ("more_days_than_weekdays_together", 500)
    ]
    assert notices(benefits=[row | {"days": 0} for row in rows]) == []


def test_copies_of_records_with_lists_in_them() -> None:
    """Whatever a copy was given, notices are told and nothing fails."""
    record = aava_rules.Record(id="R", periods=[{"start": "2014-01-02"}, {"start": "2014-01-02"}])
    copies = [one.model_copy(update={"attended_on": [date(2014, 1, 2)]}) for one in record.periods or ()]
    decision = FINLAND.decide(record.model_copy(update={"periods": tuple(copies)}), on="2014-05-05")
    assert [one.code for one in decision.notices] == ["rows_alike"]
    assert decision.to_json()


@pytest.mark.parametrize("field", ["start", "end", "days", "kind"])
def test_rows_of_which_something_is_not_known_are_not_added_up(field: str) -> None:
    assert notices(benefits=[JANUARY | {"days": 20}, JANUARY | {"days": 21, field: None}]) == []


def test_many_rows_are_named_in_the_fields_and_not_all_in_the_text() -> None:
    decision = FINLAND.decide({"id": "R", "benefits": [JANUARY | {"days": 1}] * 30}, on="2014-05-05")
    (alike,) = [one for one in decision.notices if one.code == "rows_alike"]
    assert len(alike.fields) == 30
    assert "benefits[19] …" in alike.text("en")
    assert "benefits[20]" not in alike.text("en")


DAYS = st.sampled_from(["2014-01-01", "2014-01-02", "2014-01-06"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from(["social_assistance", "labour_market_subsidy"]),
            "start": st.just("2014-01-01"),
            "end": DAYS,
            "days": st.integers(0, 2),
            "id": st.sampled_from(["a", "b", "c"]),
        },
    ),
    max_size=5,
)


@given(ROWS)
def test_a_record_without_notices_has_no_row_twice(rows: list[dict[str, Any]]) -> None:
    found = dict(notices(benefits=rows))
    seen: list[dict[str, Any]] = []
    doubled = False
    for row in rows:
        same = [other for other in seen if {**other, "id": 0} == {**row, "id": 0}]
        told_apart = row.get("id") is not None and all(other.get("id") not in (None, row["id"]) for other in same)
        doubled |= bool(same) and not told_apart and ("start" in row or "end" in row)
        seen.append(row)
    assert ("rows_alike" in found) == doubled


# -- what cannot be as it stands


def notices_of(**record: Any) -> list[tuple[str, tuple[str, ...]]]:
    decision = FINLAND.decide({"id": "R", **record}, on="2016-04-01", only=["target_group"])
    assert all(len({one.text(language) for language in LANGUAGES}) == 3 for one in decision.notices)
    return [(one.code, one.fields) for one in decision.notices]


WORK = {"kind": "rehabilitative_work", "start": "2016-01-04"}


def test_attendance_outside_its_period_is_told() -> None:
    """A day before the first or after the last one; the first and the last day themselves belong to it."""
    outside = [("attended_outside_period", ("periods[0].attended_on",))]
    assert notices_of(periods=[WORK | {"attended_on": ["2016-01-03"]}]) == outside
    assert notices_of(periods=[WORK | {"end": "2016-03-31", "attended_on": ["2016-04-01"]}]) == outside
    assert notices_of(periods=[WORK | {"end": "2016-03-31", "attended_on": ["2016-01-04", "2016-03-31"]}]) == []
    assert notices_of(periods=[WORK | {"attended_on": ["2016-12-31"]}]) == []
    with_id = [WORK | {"id": "p", "attended_on": ["2016-01-03"]}]
    assert notices_of(periods=with_id) == [("attended_outside_period", ("periods[id=p].attended_on",))]


def test_periods_with_days_in_common_are_told() -> None:
    one = WORK | {"id": "a", "agreed_end": "2016-06-30"}
    other = WORK | {"id": "b", "start": "2016-06-30", "agreed_end": "2016-12-31"}
    assert notices_of(periods=[one, other]) == [("periods_overlap", ("periods[id=a]", "periods[id=b]"))]
    assert notices_of(periods=[one, other | {"start": "2016-07-01"}]) == []
    assert notices_of(periods=[one, other | {"kind": "introductory"}]) == []
    running, later = WORK | {"id": "a"}, WORK | {"id": "b", "start": "2016-04-01"}
    assert notices_of(periods=[running, later]) == [("periods_overlap", ("periods[id=a]", "periods[id=b]"))]
    assert notices_of(periods=[running, later | {"start": "2016-04-02"}]) == []


def test_a_birth_date_to_come_is_told() -> None:
    """Whether it stands under client or facts; somebody born on the day itself may be in the record."""
    assert notices_of(client={"birth_date": "2016-04-02"}) == [("birth_date_to_come", ("client.birth_date",))]
    assert notices_of(facts={"birth_date": "2080-05-05"}) == [("birth_date_to_come", ("facts.birth_date",))]
    assert notices_of(client={"birth_date": "2016-04-01"}) == []


@pytest.mark.parametrize(
    ("fact", "most"), [("subsidy_days_last_12_months", 262), ("attended_days_last_12_months", 366)]
)
def test_more_days_than_their_time_has_are_told(fact: str, most: int) -> None:
    """Paid days are weekdays, days of attendance any days; a year has so many of them at most."""
    assert notices_of(facts={fact: most}) == []
    told = [("more_days_than_the_time_has", (f"facts.{fact}",))]
    assert notices_of(facts={fact: most + 1}) == told
    assert notices_of(facts={fact: {"at_least": most + 1}}) == told
    assert notices_of(facts={fact: {"at_most": most + 1}}) == []


def test_days_without_a_time_may_be_any_number() -> None:
    assert notices_of(facts={"subsidy_days": 4000}) == []


def test_an_agreed_end_before_the_start_is_a_fault() -> None:
    with pytest.raises(aava_rules.RecordError) as caught:
        notices_of(periods=[WORK | {"agreed_end": "2016-01-03"}])
    assert [(fault.place, fault.code) for fault in caught.value.faults] == [("periods[0].agreed_end", "AR119")]


@pytest.mark.parametrize(
    ("days", "place"),
    [
        ({"days_per_week": 3, "days_per_week_most": 4}, "days_per_week_most"),
        ({"days_per_week": 3, "days_per_week_least": 2}, "days_per_week_least"),
        ({"days_per_week_least": 3, "days_per_week_most": 2}, "days_per_week_most"),
    ],
)
def test_days_a_week_that_contradict_one_another_are_a_fault(days: dict[str, int], place: str) -> None:
    with pytest.raises(aava_rules.RecordError) as caught:
        notices_of(periods=[WORK | days])
    assert [(fault.place, fault.code) for fault in caught.value.faults] == [(f"periods[0].{place}", "AR119")]
    assert notices_of(periods=[WORK | {"days_per_week": 3, "days_per_week_least": 3, "days_per_week_most": 3}]) == []


@pytest.mark.parametrize(
    ("name", "most"), [("age", 130), ("daily_travel_hours", 24), ("employment_hours_per_week", 168)]
)
def test_a_number_that_cannot_be_is_told(name: str, most: int) -> None:
    """As much as there can be is not told; one more is."""
    for value, told in ((most, False), (most + 1, True)):
        decision = FINLAND.decide({"id": "R", "facts": {name: value}}, on="2014-05-05", only=["target_group"])
        expected = [("number_out_of_reason", (f"facts.{name}",))] * told
        assert [(one.code, one.fields) for one in decision.notices] == expected


def test_bounds_that_cannot_be_are_told() -> None:
    """The least that a number can be is what counts."""
    for bounds, told in (({"at_least": 131}, True), ({"at_least": 130}, False), ({"at_most": 1000}, False)):
        decision = FINLAND.decide({"id": "R", "facts": {"age": bounds}}, on="2014-05-05", only=["target_group"])
        assert [one.code for one in decision.notices] == ["number_out_of_reason"] * told


def test_texts_name_the_fact_in_their_language() -> None:
    """A notice about a fact calls it as people call it, in each language, and shows no code of it."""
    facts = {"age": 200, "subsidy_days": 100, "subsidy_days_last_12_months": 300}
    decision = FINLAND.decide({"id": "R", "facts": facts}, on="2014-05-05", only=["target_group"])
    assert [one.code for one in decision.notices] == [
        "number_out_of_reason",
        "more_days_than_the_time_has",
        "more_than_in_all",
    ]
    for one in decision.notices:
        for language in LANGUAGES:
            assert "{" not in one.text(language)
            assert FINLAND._parts.facts[one.fields[0].removeprefix("facts.")].title[language] in one.text(language)
    assert FINLAND._parts.facts["subsidy_days"].title["sv"] in decision.notices[2].text("sv")


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("social_assistance_months", 1_560),
        ("subsidy_days", 34_450),
        ("attended_days", 47_580),
        ("absence_days_in_row", 34_450),
        ("work_history_years", 130),
    ],
)
def test_what_no_life_has_is_told(name: str, most: int) -> None:
    """Years, months and days that nobody lives, and weekdays of so many weeks."""
    assert notices_of(facts={name: most}) == []
    assert notices_of(facts={name: most + 1}) == [("number_out_of_reason", (f"facts.{name}",))]


def test_a_week_has_seven_days() -> None:
    """A peak over calendar weeks is counted in a time as well."""
    assert notices_of(facts={"attended_days_in_a_week": 7}) == []
    told = [("more_days_than_the_time_has", ("facts.attended_days_in_a_week",))]
    assert notices_of(facts={"attended_days_in_a_week": 8}) == told


@pytest.mark.parametrize("part", ["subsidy_days_last_12_months", "subsidy_days_after_allowance"])
def test_a_part_that_is_more_than_the_whole_is_told(part: str) -> None:
    """Days of the last year, and those after another benefit, are among the days in all."""
    told = [("more_than_in_all", (f"facts.{part}", "facts.subsidy_days"))]
    assert notices_of(facts={part: 200, "subsidy_days": 200}) == []
    assert notices_of(facts={part: 201, "subsidy_days": 200}) == told
    assert notices_of(facts={part: {"at_least": 201}, "subsidy_days": {"at_most": 200}}) == told
    assert notices_of(facts={part: {"at_most": 201}, "subsidy_days": 200}) == []
    assert notices_of(facts={part: 201, "subsidy_days": {"at_least": 100}}) == []
    assert notices_of(facts={part: 201, "allowance_days": 200}) == []


def test_a_birth_date_longer_ago_than_any_life_is_told() -> None:
    """Such as the day that systems put where they know none."""
    for on, told in (("2031-01-01", True), ("2030-12-31", False)):
        for record in ({"client": {"birth_date": "1900-01-01"}}, {"facts": {"birth_date": "1900-01-01"}}):
            decision = FINLAND.decide({"id": "R", **record}, on=on, only=["target_group"])
            place = f"{next(iter(record))}.birth_date"
            assert [(one.code, one.fields) for one in decision.notices] == [("birth_date_long_ago", (place,))] * told


def test_what_is_assumed_contradicts_nothing() -> None:
    """A fact that has a value by its default, or by that of another one, is not told to differ from a given one."""
    for name, stated in (("enough_subsidy_days_by_a_reading", False), ("subsidy_days_differ_by_reading", False)):
        assert notices_of(facts={name: stated}) == []
        assert notices_of(facts={name: stated, "subsidy_days_last_12_months": 10}) == []
    rows = [JANUARY | {"because_of_unemployment": True}]
    assert notices_of(facts={"subsidy_days_differ_by_reading": True}, benefits=rows) == [
        ("facts_differ", ("facts.subsidy_days_differ_by_reading",))
    ]


def test_facts_alone_are_told_of_as_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nothing else in a record could contradict is not looked at, and no notice is lost by that."""
    rulebook, random = aava_rules.load("aava", plugins=False), Random(5)
    maker, codes = RecordMaker(rulebook), Counter[str]()
    for number in range(150):
        on = maker.day(random)
        share = random.choice([1.0, 0.6, 0.2])
        facts = {name: maker.edges.fact(random, name, on) for name in maker.edges.read if random.random() < share}
        record: dict[str, Any] = {"id": str(number), "facts": facts}
        if number % 5 == 0:
            record["client"] = {"birth_date": "1980-02-28"}
        told = rulebook.decide(record, on=on, only=["target_group"]).notices
        with monkeypatch.context() as patch:
            patch.setattr(DecisionContext, "of_facts_alone", False)
            assert told == rulebook.decide(record, on=on, only=["target_group"]).notices
        codes.update(notice.code for notice in told)
    assert codes["facts_differ"] > 10
