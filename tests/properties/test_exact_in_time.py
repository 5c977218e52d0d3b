"""What excludes one another within an item, and in time, is not asked for: each answer by every engine and the judge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from agreement import ENGINES
from library import Place, Rulebook, answers, shipped
from naive_compare import Comparison, Tally

from aava_rules.engine.reference.item_days import open_day
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.record import read

ON = date(2014, 5, 5)
LISTS = ("benefits", "plans", "periods", "events")
TARGET_FACTS = {
    "unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "integration_plan_entitled": False,
}  # fmt: skip
ALLOWANCE = {"kind": "unemployment_allowance", "start": "2011-09-05", "end": "2013-08-02", "days": 500}
SUBSIDY = {"kind": "labour_market_subsidy", "because_of_unemployment": True}


def said(rulebook: Rulebook, record: dict[str, Any], on: date, name: str, kind: str, position: int = -1) -> Any:
    """The status and value of one answer, the same by every engine that is there and in tables; the judge agrees."""
    by_engine = []
    for engine in ENGINES:
        decision = rulebook.decide(record, on, engine=engine)
        (reply,) = [r for p, r in answers(decision).items() if (p.kind, p.name, p.position) == (kind, name, position)]
        by_engine.append((reply.status, reply.value if reply.status == "known" else None))
    assert all(reply == by_engine[0] for reply in by_engine)
    status, value = by_engine[0]
    frames = tables_of([record], rulebook._book.vocabulary)
    table = rulebook.decide_table(frames["clients"], *map(frames.get, LISTS), on=on)
    if kind == "outcome":
        assert table.outcomes[f"{name}_status"].to_list() == [status]
        assert table.outcomes[name].to_list() == [value]
    elif kind == "requirement":
        rows = table.findings.filter(table.findings["requirement"] == name)
        # a requirement that does not apply has no row
        assert rows.is_empty() if status == "not_applicable" else rows["status"][max(position, 0)] == status
    else:
        assert (name in table.next_steps["step"].to_list()) is (status == "suggested")
    Comparison(rulebook, Tally()).check(record, on, {})
    return value if kind == "outcome" and status == "known" else status


def target_record(benefits: Iterable[dict[str, Any]], **facts: Any) -> dict[str, Any]:
    """A client of 35 years who draws benefits."""
    return {"id": "x", "client": {"birth_date": "1979-05-02"}, "facts": TARGET_FACTS | facts, "benefits": [*benefits]}


@pytest.mark.parametrize("bounds", [None, {"at_least": 0}, {"at_least": 300}, {"at_most": 600}, {"at_least": 550}])
def test_bounds_do_not_hide_what_the_rows_tell(bounds: dict[str, int] | None) -> None:
    """A bound beside rows is met with them: a true fact more leaves the answer as it was."""
    rows = [SUBSIDY | {"start": "2010-01-04", "end": "2012-06-01", "days": 550}]
    record = target_record(rows, **({"subsidy_days": bounds} if bounds else {}))
    assert said(shipped("finland"), record, ON, "target_group", "outcome") is True
    assert not shipped("finland").decide(record, ON).notices


def test_bounds_that_the_rows_contradict_count_alone_and_are_told() -> None:
    """What is given goes before what follows where the two exclude one another; the decision has a notice."""
    rows = [SUBSIDY | {"start": "2010-01-04", "end": "2012-06-01", "days": 550}]
    record = target_record(rows, subsidy_days={"at_most": 100}, subsidy_days_last_12_months=0)
    decision = shipped("finland").decide(record, ON)
    assert [(notice.code, notice.fields) for notice in decision.notices] == [
        ("facts_differ", ("facts.subsidy_days", "benefits"))
    ]


@pytest.mark.parametrize("end", [None, "2014-06-27", "2014-07-31", "2030-01-01"])
def test_a_row_that_begins_later_is_not_asked_when_it_ends(end: str | None) -> None:
    """A benefit row after the day of decision ends after it too, so that its end is no last day of allowance yet."""
    rows = [
        ALLOWANCE,
        SUBSIDY | {"start": "2013-08-05", "end": "2014-04-11", "days": 180},
        {"kind": "unemployment_allowance", "start": "2014-06-02", "days": 20} | ({"end": end} if end else {}),
    ]
    record = target_record(rows, allowance_period_start="2011-09-05", social_assistance_months=0)
    assert said(shipped("finland"), record, ON, "target_group", "outcome") is True


@pytest.mark.parametrize("kind", [None, "unemployment_allowance", "labour_market_subsidy", "social_assistance"])
def test_a_window_from_a_day_between_two_counts_what_lies_after_both(kind: str | None) -> None:
    """Where it is not known which row was the last of a benefit, days after every such row surely count."""
    rows = [
        ALLOWANCE,
        {"start": "2013-08-05", "end": "2013-08-09", "days": 5, "because_of_unemployment": True}
        | ({"kind": kind} if kind else {}),
        SUBSIDY | {"start": "2013-08-12", "end": "2014-04-18", "days": 180},
    ]
    record = target_record(rows, allowance_period_start="2011-09-05", social_assistance_months=0)
    assert said(shipped("finland"), record, ON, "target_group", "outcome") is True


@pytest.mark.parametrize("on", [None, "1900-01-01", "2014-05-04", "2014-05-05", "2014-05-06", "2200-12-31"])
def test_a_step_of_no_round_is_not_done_in_any(on: str | None) -> None:
    """Where the day of the first event is not known, a step of which there is no event was not taken all the same."""
    first = {"step": "client_relationship_starts"} | ({"on": on} if on else {})
    record: dict[str, Any] = {"id": "x", "events": [first], "plans": [], "periods": []}
    assert said(shipped("aava"), record, ON, "responsible_worker_named", "requirement") == "not_applicable"


@pytest.mark.parametrize("complete", [["events.needs_services"], []])
def test_what_is_complete_is_heeded_in_events(complete: list[str]) -> None:
    """A contact of which the record says that there is no need of services opened no round."""
    contact = {"step": "follow_up_contact", "on": "2015-03-01"} | ({} if complete else {"needs_services": False})
    events = [
        {"step": "client_relationship_starts", "on": "2015-01-05"},
        {"step": "responsible_worker_named", "on": "2015-01-10"},
        contact,
    ]
    record = {"id": "x", "events": events, "complete": complete}
    assert said(shipped("aava"), record, date(2015, 6, 1), "responsible_worker_named", "requirement") == "met"
    assert said(shipped("aava"), record, date(2015, 6, 1), "first_meeting", "step") == "suggested"


@pytest.mark.parametrize("field", ["on", "step"])
def test_an_event_that_has_no_day_or_no_step_did_not_take_place(field: str) -> None:
    """An event of which the record says that there is no such day, or no step, opens no round and shows no step."""
    event = {"step": "client_relationship_starts", "on": "2014-05-01"}
    record: dict[str, Any] = {"id": "x", "events": [event], "plans": [], "periods": []}
    del event[field]
    for complete, status in (([f"events.{field}"], "none"), ([], "open")):
        decision = shipped("aava").decide(record | {"complete": complete}, ON)
        reply = answers(decision)[Place("step", "responsible_worker_named")]
        assert reply.status == status


@pytest.mark.parametrize("kind", [None, "activation_plan", "joint_plan", "client_plan", "employment_plan"])
def test_an_item_that_is_surely_earlier_is_not_the_latest(kind: str | None) -> None:
    """An old plan of unknown kind does not hide which plan is the latest one."""
    old = {"made_on": "2013-01-10"} | ({"kind": kind} if kind else {})
    new = {"kind": "activation_plan", "made_on": "2014-04-22", "options": ["rehabilitative_work"],
           "options_decided_by": "2014-05-26"}  # fmt: skip
    record = {"id": "x", "events": [{"step": "client_relationship_starts", "on": "2012-01-02"}], "periods": [],
              "plans": [new, old], "complete": ["plans.chosen_option", "plans.refused_all"]}  # fmt: skip
    assert said(shipped("aava"), record, ON, "consideration", "step", 0) == "suggested"


@pytest.mark.parametrize("kind", [None, "activation_plan", "joint_plan", "client_plan", "employment_plan"])
def test_a_judged_day_within_one_stretch_of_law_needs_no_day(kind: str | None) -> None:
    """A plan that may have ended on one of several days is judged by the law that they have in common."""
    newer = {"made_on": "2026-04-19", "reviewed_on": []} | ({"kind": kind} if kind else {})
    record = {"id": "x", "plans": [{"kind": "activation_plan", "made_on": "2025-03-06", "reviewed_on": []}, newer]}
    assert said(shipped("finland"), record, date(2026, 4, 30), "plan_reviewed_in_time", "requirement", 0) == "broken"


@pytest.mark.parametrize(
    ("facts", "on"),
    [
        ({"compensated_benefit": "unemployment_benefit", "receives_subsidy": False}, date(2005, 5, 5)),
        ({"compensated_benefit": "unemployment_benefit", "receives_subsidy": False}, date(2009, 3, 2)),
        ({"compensated_benefit": "social_assistance", "attended_days": 0}, date(2005, 5, 5)),
    ],
)
def test_nothing_times_an_unknown_is_nothing(facts: dict[str, Any], on: date) -> None:
    """A product with 0 is 0, whatever the other side is, so that it is not asked for."""
    assert said(shipped("finland"), {"id": "x", "facts": facts}, on, "compensation", "outcome") == Decimal(0)


@pytest.mark.parametrize("end", [None, "2014-05-05", "2014-05-06", "2200-01-01"])
def test_a_period_that_goes_on_has_not_ended(end: str | None) -> None:
    """A running period ends on the day of decision at the earliest, and it is not asked when."""
    period = {"kind": "introductory", "start": "2014-04-28"} | ({"end": end} if end else {})
    events = [{"step": "client_relationship_starts", "on": "2014-01-01"}, {"step": "consideration", "on": "2014-04-27"},
              {"step": "second_activation_plan", "on": "2014-04-25"}]  # fmt: skip
    plan = {"kind": "activation_plan", "made_on": "2014-04-22", "options": ["rehabilitative_work"]}
    record = {"id": "x", "events": events, "plans": [plan], "periods": [period],
              "complete": ["plans.chosen_option", "plans.refused_all", "plans.options_decided_by"]}  # fmt: skip
    assert said(shipped("aava"), record, ON, "consideration", "step", 0) == "none"


@pytest.mark.parametrize("start", [None, "2014-01-01", "2014-03-15"])
def test_an_agreed_length_has_an_end_though_nobody_says_when_it_began(start: str | None) -> None:
    """`complete` says nothing of an agreed end that follows from the length: there is one."""
    period = {"kind": "rehabilitative_work", "length_months": 3} | ({"start": start} if start else {})
    record = {"id": "x", "periods": [period], "complete": ["periods.agreed_end"]}
    status = said(shipped("finland"), record, ON, "period_length_min", "requirement", 0)
    assert status == ("met" if start else "unknown")


def test_days_of_one_item_bound_one_another() -> None:
    """Of each field of days that an item lacks it is known how it lies to the other days of the item."""
    record = read({
        "id": "x",
        "benefits": [{"end": "2014-02-01"}, {"start": "2014-01-01"}, {}],
        "plans": [{"ends_on": "2014-02-01"}, {"made_on": "2014-01-01"}, {}],
        "periods": [
            {"end": "2014-02-01"}, {"start": "2014-01-01"}, {"start": "2014-06-01"}, {},
            {"start": "2014-01-01", "ended_because": "work"}, {"length_months": 3},
        ],
    })  # fmt: skip
    new_year, february, june = date(2014, 1, 1), date(2014, 2, 1), date(2014, 6, 1)
    nothing = (None, None)
    for name, field, expected in (
        ("benefits", "start", [(None, february), nothing, nothing]),
        ("benefits", "end", [None, (new_year, None), nothing]),
        ("plans", "made_on", [(None, february), None, nothing]),
        ("plans", "ends_on", [None, (new_year, None), nothing]),
        ("periods", "start", [(None, february), None, None, nothing, None, nothing]),
        ("periods", "end", [None, (ON, None), (june, None), (ON, None), (new_year, None), nothing]),
        ("periods", "agreed_end", [None, (new_year, None), (june, None), nothing, (new_year, None), nothing]),
    ):
        items = getattr(record, name)
        bounds = [open_day(name, field, item, ON) for item in items]
        assert [of for of, wanted in zip(bounds, expected, strict=True) if wanted] == [e for e in expected if e], field
