"""Records as they stood in reports of users, with the right answer: by every engine, and the judge agrees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from agreement import ENGINES
from library import Rulebook, answers, on_top_of, shipped, titled
from naive_compare import Comparison, Tally
from test_exact_in_time import LISTS, said

from aava_rules.decision.decision import inside
from aava_rules.engine.table.input.from_records import tables_of

SUBSIDY_600 = {
    "unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "integration_plan_entitled": False,
    "subsidy_days": 600, "subsidy_days_last_12_months": 190,
}  # fmt: skip
EDGE = {
    "age": 30, "unemployed": True, "subsidy_entitled": True, "receives_social_assistance": True,
    "employment_plan_made": True, "integration_plan_entitled": False, "subsidy_days": 0,
    "subsidy_days_after_allowance": 180, "social_assistance_months": 500,
}  # fmt: skip


def frame_of(rulebook: Rulebook, record: dict[str, Any], on: str, only: list[str]) -> Any:
    """What tables answer of one record."""
    frames = tables_of([record], rulebook._book.vocabulary)
    return rulebook.decide_table(frames["clients"], *map(frames.get, LISTS), on=on, only=only)


def edges(rulebook: Rulebook, record: dict[str, Any], on: str, name: str) -> Iterator[str]:
    """The sentences on other counts in the explanation of an answer, by every engine of single records."""
    for engine in ENGINES:
        pending = list(rulebook.decide(record, on, engine=engine).explain(name).trees)
        for node in pending:
            pending += node.children
            if node.kind == "edge":
                yield node.texts["en"]


@pytest.mark.parametrize(
    "facts", [{"joint_service_client": False}, {"social_assistance_months": 0, "allowance_exhausted": False}]
)
def test_who_begins_the_plan_at_any_age(facts: dict[str, Any]) -> None:
    """What settles it by one ground or another, whichever the age makes it, leaves nothing to ask."""
    record = {"id": "x", "facts": SUBSIDY_600 | facts}
    rulebook, on = shipped("finland"), date(2014, 3, 1)
    assert said(rulebook, record, on, "plan_initiator", "outcome") == "employment_authority"
    assert not rulebook.decide(record, on, only=["plan_initiator"]).missing


@pytest.mark.parametrize("needs", [None, True, False])
def test_what_is_next_in_either_round_is_not_asked_for(needs: bool | None) -> None:
    """Who has a responsible worker meets them first, whether the contact opened another round or not."""
    contact = {"step": "follow_up_contact", "on": "2014-04-01"} | ({} if needs is None else {"needs_services": needs})
    events = [{"step": "client_relationship_starts", "on": "2014-01-01"},
              {"step": "responsible_worker_named", "on": "2014-01-02"}, contact]  # fmt: skip
    record = {"id": "x", "events": events, "plans": [], "periods": [], "facts": {"target_group": True}}
    on = date(2014, 5, 5)
    assert said(shipped("aava"), record, on, "first_meeting", "step") == "suggested"
    assert not shipped("aava").decide(record, on).missing_for("step:first_meeting")


def test_days_before_the_first_one_are_below_zero() -> None:
    """A fact of an item that is a difference of days may be below zero, and is then not from zero on."""
    days = {"type": "integer", "unit": "days", "title": titled("x")}
    rulebook = on_top_of("finland", {
        "vocabulary.yaml": {
            "facts": {"plan.lead": days | {"value": "days_between(plan.notice_given_on, plan.made_on)"}},
            "requirements": {"told_before": {"each": "plan", "title": titled("x")}},
        },
        "extra/rules.yaml": {
            "ruleset": "extra", "title": titled("x"),
            "rules": [{"id": "X-1", "title": titled("x"), "each": "plan", "requirement": "told_before",
                       "in_force": {"from": "2010-01-01"}, "cite": "act-189-2001.1", "require": ["plan.lead >= 0"]}],
        },
    })  # fmt: skip
    for notice, status in (("2014-04-11", "broken"), ("2014-04-01", "met"), ("2014-03-22", "met"), (None, "unknown")):
        plan = {"kind": "activation_plan", "made_on": "2014-04-01"} | ({"notice_given_on": notice} if notice else {})
        record = {"id": "x", "plans": [plan]}
        assert said(rulebook, record, date(2014, 5, 5), "told_before", "requirement", 0) == status


@pytest.mark.parametrize(
    ("start", "dues"),
    [
        (None, set()),
        ("2025-06-10", {date(2025, 9, 10), None}),
        ("2026-02-01", {date(2026, 5, 1), None}),
        ("2026-02-03", set()),
    ],
)
def test_no_due_day_is_told_that_an_open_rule_may_forestall(start: str | None, dues: set[date | None]) -> None:
    """While it is not known when a period began, nothing is said of when its plan is to be updated; that is asked."""
    last: dict[str, Any] = {"kind": "rehabilitative_work", "end": "2026-07-16"} | ({"start": start} if start else {})
    record = {
        "id": "x", "plans": [], "events": [{"step": "client_relationship_starts", "on": "2025-06-02"}],
        "periods": [{"kind": "rehabilitative_work", "start": "2025-09-01", "end": "2025-10-31"}, last],
    }  # fmt: skip
    rulebook, on = shipped("hartola_sysma"), date(2026, 2, 2)
    for engine in ENGINES:
        decision = rulebook.decide(record, on, only=["plans_updated"], engine=engine)
        assert {step.due for step in decision.next_steps} == dues
        status = "open" if start is None else "suggested"
        assert {state.status for state in inside(decision).states} == {"none"} | (
            {status} if dues or start is None else set()
        )
        assert any("periods[1].start" in fact.fields for fact in decision.missing) is (start is None)
    rows = frame_of(rulebook, record, str(on), ["plans_updated"]).next_steps
    assert set(rows["due"].to_list()) == dues
    Comparison(rulebook, Tally()).check(record, on, {})


@pytest.mark.parametrize("needs", [True, False])
def test_a_step_of_either_round_is_judged_the_same(needs: bool) -> None:
    """Whether the contact opened a round or belongs to the one before, the first meeting comes next."""
    contact = {"step": "follow_up_contact", "on": "2014-04-01", "needs_services": needs}
    events = [
        {"step": "client_relationship_starts", "on": "2014-01-01"},
        {"step": "responsible_worker_named", "on": "2014-01-02"},
        contact,
    ]
    record = {"id": "x", "events": events, "plans": [], "periods": [], "facts": {"target_group": True}}
    assert said(shipped("aava"), record, date(2014, 5, 5), "first_meeting", "step") == "suggested"


@pytest.mark.parametrize(
    ("facts", "on", "name"),
    [
        ({"age": 25, "subsidy_days_last_12_months": 0, "allowance_exhausted": False, "social_assistance_months": 0,
          "refuses_plan": False}, "2007-02-19", "benefit_consequence"),
        (EDGE, "2017-05-26", "target_group_grounds"),
        (EDGE | {"subsidy_days_after_allowance": 179}, "2017-05-26", "target_group_grounds"),
    ],
)  # fmt: skip
def test_no_other_count_is_told_with_which_the_answer_is_the_same(facts: dict[str, Any], on: str, name: str) -> None:
    """A count that is read in two ways is changed in both; of a set only what is surely in it counts."""
    rulebook, record = shipped("finland"), {"id": "x", "facts": facts}
    told = list(edges(rulebook, record, on, name))
    for fact in facts:
        title = rulebook._parts.facts[fact].title["en"]
        for number in (-1, 1):
            if type(facts[fact]) is int and facts[fact] + number >= 0:
                other = rulebook.decide({"id": "x", "facts": facts | {fact: facts[fact] + number}}, on).outcomes[name]
                here = rulebook.decide(record, on).outcomes[name]
                if (other.status, other.value) == (here.status, here.value):
                    assert not [line for line in told if f"{title}: {facts[fact] + number}" in line]


def test_a_set_that_may_gain_words_says_so_everywhere() -> None:
    """The text, the explanation and the report of such a set tell what may be added."""
    rulebook = shipped("finland")
    for engine in ENGINES:
        decision = rulebook.decide({"id": "x", "facts": EDGE}, "2017-05-26", engine=engine)
        outcome = decision.outcomes["target_group_grounds"]
        assert outcome.status == "known" and outcome.possible - outcome.value
        for text in (outcome.text("en"), decision.explain("target_group_grounds", "en").text()):
            assert "possibly" in text.lower()
    row = frame_of(rulebook, {"id": "x", "facts": EDGE}, "2017-05-26", ["target_group_grounds"]).outcomes
    assert row["target_group_grounds"][0].to_list() == sorted(outcome.value)


@pytest.mark.parametrize("name", ["allowance_max_days"])
def test_what_an_answer_rests_on_is_named_with_its_days(name: str) -> None:
    """The limit follows from the day on which the period of the allowance began, which the explanation names."""
    record = {"id": "x", "facts": {"allowance_period_start": "2005-01-03", "age": 30}}
    rulebook, on = shipped("finland"), date(2009, 12, 31)
    assert said(rulebook, record, on, name, "outcome") == 500
    for engine in ENGINES:
        (tree,) = rulebook.decide(record, on, engine=engine).explain(name).trees
        named = {read["fact"] for leaf in tree.leaves() for read in leaf.reads}
        assert "allowance_period_start" in named


def test_periods_in_one_week_are_told() -> None:
    """Two periods of three days a week each in the same weeks are more than a person may be asked for."""
    period = {"kind": "rehabilitative_work", "start": "2016-01-04", "end": "2016-06-30", "days_per_week": 3}
    record = {"id": "x", "periods": [period, period]}
    for engine in ENGINES:
        decision = shipped("finland").decide(record, "2016-04-01", engine=engine)
        assert "periods_overlap" in {notice.code for notice in decision.notices}
    assert answers(decision)


def test_an_endless_period_is_not_too_short() -> None:
    """Of a period that is known to have no end neither the least nor the greatest length is kept or broken at once."""
    period = {"kind": "rehabilitative_work", "start": "2014-01-06"}
    record = {"id": "x", "periods": [period], "complete": ["periods.end", "periods.agreed_end"]}
    statuses = [
        said(shipped("finland"), record, date(2015, 5, 5), name, "requirement", 0)
        for name in ("period_length_min", "period_length_max")
    ]
    assert statuses != ["broken", "broken"]


def test_work_may_go_on_from_before_a_list_is_complete() -> None:
    """Of a list that is complete from a day on it is not known whether a period begun before still runs."""
    record = {"id": "x", "complete_from": {"periods": "2013-01-01"}, "periods": [], "plans": [], "events": []}
    Comparison(shipped("aava"), Tally()).check(record, date(2014, 5, 5), {})
