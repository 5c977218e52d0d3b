"""Rows that cannot all be meant are told, each by its place, and whatever may well be meant is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aava_rules
from aava_rules.values import LANGUAGES

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
