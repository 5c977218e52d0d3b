"""Answers that were once given for sure and were wrong: by every engine they are now open, or right."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from library import Rulebook, answers, on_top_of, shipped, titled
from naive_compare import Comparison, Tally

from aava_rules import UNKNOWN
from aava_rules.decision.decision import inside
from aava_rules.decision.table import TableDecisions
from aava_rules.engine.table.input.from_records import tables_of

ON = date(2014, 5, 5)
SUBSIDY = {
    "unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "integration_plan_entitled": False,
    "integration_plan_due": False, "integration_plan_valid": False, "allowance_exhausted": True,
    "allowance_period_start": "2010-01-01", "social_assistance_months": 0, "subsidy_days": 200,
    "subsidy_days_last_12_months": 0,
}  # fmt: skip


LISTS = ("benefits", "plans", "periods", "events")


def in_a_table(rulebook: Rulebook, record: dict[str, Any], on: date, only: Any = None) -> TableDecisions:
    """What tables answer of one record."""
    frames = tables_of([record], rulebook._book.vocabulary)
    return rulebook.decide_table(frames["clients"], *map(frames.get, LISTS), on=on, only=only)


def local(facts: dict[str, Any], outcomes: dict[str, Any], rules: list[dict[str, Any]]) -> Rulebook:
    """A rulebook of some rules on top of finland, all in force from 2010 on."""
    common = {"title": titled("x"), "in_force": {"from": "2010-01-01"}, "cite": "act-189-2001.1"}
    named = {name: part | {"title": titled("x")} for name, part in facts.items()}
    concluded = {name: part | {"title": titled("x")} for name, part in outcomes.items()}
    steps = {rule["suggest"]: {"title": titled("x")} for rule in rules if "suggest" in rule}
    return on_top_of("finland", {
        "vocabulary.yaml": {"facts": named, "outcomes": concluded, "steps": steps},
        "extra/rules.yaml": {
            "ruleset": "extra", "title": titled("x"), **({"decides": list(outcomes)} if outcomes else {}),
            "rules": [{"id": f"X-{number}"} | common | rule for number, rule in enumerate(rules)],
        },
    })  # fmt: skip


@pytest.mark.parametrize("end", [None, "2014-05-01"])
def test_surplus_paid_days_are_in_no_window_for_sure(end: str | None) -> None:
    """A row with more paid days than weekdays does not fill a window of which it is not known when it begins."""
    rows: list[dict[str, Any]] = [
        {"kind": "labour_market_subsidy", "start": "2011-01-01", "end": "2012-12-31", "days": 730,
         "because_of_unemployment": True},
        {"kind": "unemployment_allowance", "start": "2012-06-01", "days": 10} | ({"end": end} if end else {}),
    ]  # fmt: skip
    record = {"id": "x", "client": {"birth_date": "1979-05-02"}, "facts": SUBSIDY, "benefits": rows}
    decision = shipped("finland").decide(record, ON)
    assert decision.outcomes["target_group"].value is (UNKNOWN if end is None else False)
    assert in_a_table(shipped("finland"), record, ON).outcomes["target_group"].to_list() == [
        None if end is None else False
    ]


def test_the_due_day_is_open_where_an_open_rule_may_name_one() -> None:
    """A step that one rule surely suggests is due by a day that another rule may name, which is asked for."""
    rulebook = local(
        {"urgent": {"type": "boolean"}, "urgent_by": {"type": "date"}}, {},
        [{"suggest": "informed"}, {"suggest": "informed", "when": ["urgent"], "due": "urgent_by"},
         {"suggest": "informed", "due": "add_months(decision_date, 1)"}],
    )  # fmt: skip
    last, long_past = date(2014, 6, 5), date(2014, 1, 7)
    for facts, due, asked in (
        ({}, UNKNOWN, {"urgent", "urgent_by"}),
        ({"urgent": True}, UNKNOWN, {"urgent_by"}),
        ({"urgent": False}, last, set()),
        ({"urgent_by": str(long_past)}, UNKNOWN, {"urgent"}),
        ({"urgent": True, "urgent_by": str(long_past)}, long_past, set()),
        ({"urgent_by": "2014-06-06"}, last, set()),
    ):
        record = {"id": "x", "facts": facts}
        decision = rulebook.decide(record, ON, only=["informed"])
        (step,) = decision.next_steps
        assert (step.due, step.overdue, {fact.fact for fact in decision.missing}) == (due, due == long_past, asked)
        row = in_a_table(rulebook, record, ON, ["informed"]).next_steps
        assert row["due_known"].to_list() == [due is not UNKNOWN]
        Comparison(rulebook, Tally()).check(record, ON, {})


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("needs", [None, True, False])
def test_a_contact_on_the_first_day_of_a_round_may_have_begun_it(needs: bool | None, twice: bool) -> None:
    """Without `needs_services` it is not known whether it belongs to the round or to the one before."""
    contact = {"step": "follow_up_contact", "on": "2014-04-01"}
    first = contact | {"needs_services": True} if twice else {"step": "client_relationship_starts", "on": "2014-04-01"}
    events = [first, contact | {"needs_services": needs}, {"step": "client_relationship_ends", "on": "2014-04-02"}]
    record = {"id": "x", "events": events, "plans": [], "periods": []}
    decision = shipped("aava").decide(record, ON, only=["follow_up_contact"])
    (state,) = inside(decision).states
    assert state.status == {None: "open", True: "suggested", False: "none"}[needs]
    fields = {field for fact in decision.missing for field in fact.fields}
    assert ("events[1].needs_services" in fields) is (needs is None)
    table = in_a_table(shipped("aava"), record, ON, only=["follow_up_contact"])
    assert len(table.next_steps) == (needs is True)
    Comparison(shipped("aava"), Tally()).check(record, ON, {})


def test_events_to_come_are_not_counted() -> None:
    """Neither `count` nor `any` counts an event after the day of decision; one without a day leaves them open."""
    where = ["event.step == first_meeting"]
    rulebook = local(
        {"meetings": {"type": "integer", "unit": "count", "count": "event", "where": where},
         "met": {"type": "boolean", "any": "event", "where": where}},
        {"so_many": {"type": "integer", "unit": "count"}, "so": {"type": "boolean"}},
        [{"then": {"so_many": "meetings"}}, {"when": ["met"], "then": {"so": True}},
         {"when": [{"not": "met"}], "then": {"so": False}}],
    )  # fmt: skip
    for event, expected in (
        ({"on": "2014-06-01"}, [0, False]),
        ({}, [UNKNOWN, UNKNOWN]),
        ({"on": "2014-05-05"}, [1, True]),
    ):
        record = {"id": "x", "events": [{"step": "first_meeting"} | event]}
        outcomes = rulebook.decide(record, ON, only=["so_many", "so"]).outcomes
        assert [outcomes["so_many"].value, outcomes["so"].value] == expected
        frame = in_a_table(rulebook, record, ON, only=["so_many", "so"]).outcomes
        assert [frame["so_many"][0], frame["so"][0]] == [None if one is UNKNOWN else one for one in expected]
        Comparison(rulebook, Tally()).check(record, ON, {})


@pytest.mark.parametrize(("attended", "holds"), [(200, False), (178, True), (100, True)])
def test_numbers_below_zero_are_judged_as_such(attended: int, holds: bool) -> None:
    """Of an outcome, a derived fact and a derived fact of an item: below zero is neither from zero on, nor unknown."""
    left = "cap_of_days - attended_days_last_12_months"
    days = {"type": "integer", "unit": "days"}
    rulebook = local(
        {"cap_of_days": days, "days_left": days | {"value": left}, "in_hand": {"type": "money", "unit": "EUR"}},
        {
            "left": days,
            "enough": {"type": "boolean"},
            "enough_days": {"type": "boolean"},
            "solvent": {"type": "boolean"},
        },
        [{"then": {"left": left}}]
        + [
            {"when": [when], "then": {name: truth}}
            for name, term in (("enough", "left"), ("enough_days", "days_left"), ("solvent", "in_hand"))
            for when, truth in ((f"{term} >= 0", True), (f"{term} < 0", False))
        ],
    )
    money = "-5.00" if not holds else "0.00"
    facts = {"cap_of_days": 178, "attended_days_last_12_months": attended, "in_hand": money}
    record = {"id": "x", "facts": facts}
    outcomes = rulebook.decide(record, ON, only=["left", "enough", "enough_days", "solvent"]).outcomes
    assert [outcomes[name].value for name in ("left", "enough", "enough_days", "solvent")] == [178 - attended] + [
        holds
    ] * 3
    frame = in_a_table(rulebook, record, ON, only=["left", "enough", "enough_days", "solvent"]).outcomes
    assert [frame[name][0] for name in ("left", "enough", "enough_days", "solvent")] == [178 - attended] + [holds] * 3
    assert answers(rulebook.decide(record, ON))
