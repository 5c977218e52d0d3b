"""What to ask next: which facts, from which record fields, which answers they settle, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_rulebooks import decide, missing

import aava_rules
from aava_rules.decision.decision import inside

ROW = {
    "id": "r", "kind": "labour_market_subsidy", "because_of_unemployment": True, "start": "2020-03-02",
    "end": "2020-03-06", "days": 5,
}  # fmt: skip
ACROSS = ROW | {"id": "across", "start": "2020-02-27", "end": "2020-03-04", "days": 4}
"""Two of its weekdays lie before the 12 months that end on 28 February 2021, and three in them."""


def _without(field: str, **changed: Any) -> dict[str, Any]:
    return {key: value for key, value in (ROW | changed).items() if key != field}


def _fields(benefits: Any, **record: Any) -> tuple[str, ...]:
    decision = decide("totals", "2021-03-01", ["enough"], benefits=benefits, **record)
    return missing(decision, "days_last_year").fields


# -- the fields that are named


def test_a_row_that_crosses_the_edge_of_a_window_is_named() -> None:
    """A row that may lie inside or outside is what a host must look at, not only the total that it leaves open."""
    inside = ROW | {"days": 0, "id": "inside"}
    assert _fields([inside, ACROSS]) == ("facts.days_last_year", "benefits[id=across]")


def test_a_row_without_an_id_is_named_by_its_position() -> None:
    """The position is the only name of a row that has no id."""
    across = {key: value for key, value in ACROSS.items() if key != "id"}
    assert _fields([ROW | {"days": 0}, across]) == ("facts.days_last_year", "benefits[1]")


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        (_without("kind"), ("benefits[id=r].kind",)),
        (_without("because_of_unemployment"), ("benefits[id=r].because_of_unemployment",)),
        (_without("days"), ("benefits[id=r].days",)),
        (_without("end"), ("benefits[id=r].end", "benefits[id=r]")),
        (_without("start"), ("benefits[id=r].start", "benefits[id=r]")),
    ],
)
def test_the_field_that_a_row_lacks_is_named(row: dict[str, Any], fields: tuple[str, ...]) -> None:
    """A total that a row leaves open names the row and the field that would close it."""
    assert _fields([row]) == ("facts.days_last_year", *fields)


def test_rows_that_settle_nothing_are_not_named() -> None:
    """A row that fails the test for sure, or is complete, has nothing to tell."""
    other = ROW | {"kind": "social_assistance", "id": "other", "days": None}
    assert _fields([other, ACROSS]) == ("facts.days_last_year", "benefits[id=across]")


def test_a_list_that_is_not_given_is_named() -> None:
    """Without a list, the list itself is what is asked for."""
    assert _fields(None) == ("facts.days_last_year", "benefits")


def test_a_list_that_is_complete_from_too_late_a_day_is_named() -> None:
    """Where only the earlier rows are missing, the day from which the list is complete is named."""
    assert _fields([], complete_from={"benefits": "2020-06-01"}) == ("facts.days_last_year", "complete_from.benefits")


def test_a_window_that_begins_on_an_unknown_day_names_that_day() -> None:
    """A total after a day that is not known waits for that day, and for no row on either side of it alone."""
    fact = missing(decide("totals", "2021-03-01", ["after"], benefits=[ROW]), "days_after")
    assert fact.fields == ("facts.days_after", "facts.exhausted_on", "benefits[id=r]")


def test_an_age_comes_from_the_day_of_birth() -> None:
    """A derived fact names what it would be derived from beside itself."""
    assert missing(decide("cautions", "2020-01-01", ["grown_up"]), "age").fields == ("facts.age", "client.birth_date")


def test_latest_and_peak_name_the_items_that_are_open() -> None:
    """Days and kinds that are not known are named item by item."""
    plans = [{"kind": "activation_plan"}, {"made_on": "2020-05-04"}, {"kind": "client_plan"}]
    fact = missing(decide("lists", "2020-06-01", ["last_on"], plans=plans), "last_plan_on")
    assert fact.fields == ("facts.last_plan_on", "plans[0].made_on", "plans[1].kind")
    periods = [{"id": "p", "kind": "rehabilitative_work"}, {"attended_on": ["2019-05-06"]}]
    fact = missing(decide("peak", "2019-06-01", ["year_peak"], periods=periods), "most_in_a_year")
    assert fact.fields == ("facts.most_in_a_year", "periods[id=p].attended_on", "periods[1].kind")


def test_facts_of_items_name_their_item() -> None:
    """A field of an item, and a fact that is derived from one, say which item is meant."""
    decision = decide("item_facts", "2020-01-01", facts={"urgent": False}, plans=[{"id": "a"}, {"options": ["other"]}])
    assert missing(decision, "plan.has_choice", "plans[id=a]").fields == ("plans[id=a].options",)
    assert missing(decision, "plan.ends_on", "plans[1]").fields == ("plans[1].ends_on",)


def test_a_step_names_events_and_the_lists_that_prove_it() -> None:
    """What is done is known from the events or from the items that prove it."""
    decision = decide("rounds", "2020-06-01", ["planned", "met"])
    assert missing(decision, "first_activation_plan").fields == ("events", "plans")
    assert missing(decision, "first_meeting").fields == ("events",)


def test_an_unknown_judged_day_is_asked_for() -> None:
    """Where days would answer differently the day is asked, and where they would not it is not."""
    periods = [{"id": "p", "days_per_week": days} for days in (5,)]
    decision = decide("judged_on", "2016-01-01", ["week_at_start"], periods=periods)
    assert [(fact.fact, fact.where, fact.settles) for fact in decision.missing] == [
        ("period.start", "periods[id=p]", ())
    ]
    assert decide("judged_on", "2015-06-01", ["week_now"], periods=[{"days_per_week": 4}]).missing == ()


def test_a_plan_that_may_have_ended_another_is_asked_for_its_kind() -> None:
    """It is not the plan at hand that lacks a field, but the one that may be the next of its kind."""
    plans = [
        {"id": "a", "kind": "activation_plan", "made_on": "2015-01-01", "options": ["training"]},
        {"id": "b", "made_on": "2015-06-01", "options": ["training", "other"]},
    ]
    decision = decide("judged_on", "2016-01-01", ["options_now"], plans=plans)
    assert [(fact.fact, fact.where) for fact in decision.missing] == [("plan.kind", "plans[id=b]")]


def test_a_fact_of_the_day_on_another_day_names_the_day_it_is_stated_for() -> None:
    """The fact alone would not do: it must be stated for the judged day."""
    decision = decide("judged_on", "2020-01-01", ["was_unemployed"], facts={"asked_on": "2019-01-01"})
    assert missing(decision, "unemployed").fields == ("facts.unemployed", "facts_on")


# -- what each fact settles


def test_a_fact_that_settles_an_answer_alone_is_told() -> None:
    """One fact that is left settles the answer, whatever its value."""
    decision = decide("kleene", "2020-01-01", ["both", "either"], facts={"sun": True})
    fact = missing(decision, "rain")
    assert (fact.settles, fact.affects) == (("both",), ("both",))


def test_a_fact_that_settles_an_answer_for_one_value_only_does_not_settle_it() -> None:
    """Of two facts that are both open, one could settle the answer or not."""
    fact = missing(decide("kleene", "2020-01-01", ["both"]), "rain")
    assert (fact.settles, fact.affects) == ((), ("both",))


@pytest.mark.parametrize(
    ("construct", "outcome", "facts"),
    [
        ("numbers", "exactly", {}),
        ("computed", "days_left", {}),
        ("dates", "due_day", {}),
        ("tables", "as_agreed", {}),
        ("rounds", "met_in_time", {}),
    ],
)
def test_one_of_two_operands_settles_nothing_alone(construct: str, outcome: str, facts: dict[str, Any]) -> None:
    """Of two operands that are both unknown neither is enough."""
    decision = decide(construct, "2020-01-01", [outcome], facts=facts)
    assert len(decision.missing) == 2
    assert [fact.settles for fact in decision.missing] == [(), ()]


def test_the_last_operand_settles_the_answer() -> None:
    """With the other one known, an operand is enough."""
    fact = missing(decide("computed", "2020-01-01", ["days_left"], facts={"worked_days": 3}), "more_days")
    assert fact.settles == ("days_left",)


def test_a_fact_behind_a_lower_answer_affects_what_reads_it() -> None:
    """The fact settles the lower answer, and through it the higher one."""
    decision = decide("sets", "2020-01-01", ["grounds", "has_y"], facts={"a": True, "age": 20})
    assert [(fact.fact, fact.settles, fact.affects) for fact in decision.missing] == [
        ("b", ("grounds", "has_y"), ("grounds", "has_y"))
    ]


def test_answers_about_items_are_named_with_their_key() -> None:
    """The same requirement of two items is two answers."""
    periods = [{"id": element, "kind": "rehabilitative_work", "client_consents": False} for element in ("p", "q")]
    decision = decide("requirements", "2020-01-01", ["short_week"], periods=periods)
    assert [(fact.where, fact.settles) for fact in decision.missing] == [
        ("periods[id=p]", ("short_week@periods:p",)), ("periods[id=q]", ("short_week@periods:q",)),
    ]  # fmt: skip


def test_what_an_official_must_judge_is_asked_only_where_a_fact_records_it() -> None:
    """Without such a fact nothing that could be asked would settle the answer."""
    decision = decide("judgement", "2020-01-01", facts={"age": 24, "needy": True})
    assert [fact.fact for fact in decision.missing] == ["support_early_start"]


def test_what_is_in_doubt_asks_for_nothing() -> None:
    """No fact can settle what nobody has read."""
    assert decide("doubt", "2021-01-01", ["whole", "kept", "go"]).missing == ()


def test_a_suggestion_that_is_unknown_asks_for_its_facts() -> None:
    """A step that may have to be taken is a reason to ask; one that is suggested already, only while its day is open."""
    facts = {"busy": False, "urgent": True, "asked_on": "2020-01-01"}
    decision = decide("suggestions", "2020-01-20", facts=facts)
    assert [(fact.fact, fact.affects) for fact in decision.missing] == [
        ("wanted", ("ask_age", "visit")),
        ("alarm_on", ("visit",)),
    ]
    decision = decide("suggestions", "2020-01-20", facts=facts | {"alarm_on": "2020-01-01"})
    assert [(fact.fact, fact.affects) for fact in decision.missing] == [("wanted", ("ask_age",))]


def test_nothing_is_missing_where_everything_is_known() -> None:
    """A full record leaves nothing to ask."""
    assert decide("kleene", "2020-01-01", facts={"sun": True, "rain": False, "wind": False}).missing == ()


# -- the order, and the texts


def test_the_most_useful_fact_comes_first() -> None:
    """First come facts that settle most answers, then those that affect most, then by name."""
    decision = decide("needless_questions", "2020-01-01", ["eligible", "enough", "three_tests", "hours_gap"])
    ranking = [(fact.fact, len(fact.settles), len(fact.affects)) for fact in decision.missing]
    assert ranking == [
        ("hours", 1, 1),
        ("age", 0, 2),
        ("months", 0, 2),
        ("a", 0, 1),
        ("b", 0, 1),
        ("subsidy_days", 0, 1),
    ]


def test_missing_facts_are_named_in_three_languages() -> None:
    """A host shows the question as it is."""
    fact = missing(decide("cautions", "2020-01-01", ["grown_up"]), "age")
    assert (fact.text("fi"), fact.text("sv"), fact.text("en")) == ("ikä", "ålder", "age")
    assert fact.to_dict() == {
        "fact": "age", "where": "", "fields": ["facts.age", "client.birth_date"], "settles": ["grown_up"],
        "affects": ["grown_up"], "text": {"fi": "ikä", "sv": "ålder", "en": "age"},
    }  # fmt: skip


def test_giving_what_is_missing_settles_the_answer() -> None:
    """What is said to settle an answer does settle it, for either value."""
    for value in (True, False):
        decision = decide("kleene", "2020-01-01", ["both"], facts={"sun": True, "rain": value})
        assert decision.outcomes["both"].value is value


# -- steps


def test_the_field_that_leaves_a_step_open_is_named() -> None:
    """Of a list of events that is given, the field of the event is named that lacks it, and never the list."""
    rulebook = aava_rules.load("aava", plugins=False)
    started = {"step": "client_relationship_starts", "on": "2014-01-01"}
    named = {"step": "responsible_worker_named", "on": "2014-01-02"}
    contact = {"id": "c", "step": "follow_up_contact", "on": "2014-03-01"}
    plans = [{"id": "now", "kind": "activation_plan", "made_on": "2014-04-22"}, {"id": "old", "made_on": "2014-05-01"}]

    def fields(*events: dict[str, Any], step: str = "responsible_worker_named") -> set[str]:
        record = {"id": "x", "events": list(events), "plans": plans, "periods": [], "facts": {"target_group": True}}
        decision = rulebook.decide(record, "2014-05-05")
        return {field for entry in decision.missing if entry.fact == step for field in entry.fields}

    # of the step itself nothing is open: it was taken before the contact, which is what is asked for
    assert fields(started, named, contact, step="follow_up_contact") == {"events[id=c].needs_services"}
    assert fields(started, named, contact) == set()
    assert fields(started, {"step": "responsible_worker_named"}) == {"events[1].on"}
    assert fields(started, {"on": "2014-01-02"}) == {"events[1].step"}
    assert fields(started, named) == set()
    assert fields(started, named, step="plan.current") == {"plans[id=old].kind"}


def test_a_step_is_told_apart_from_a_requirement_of_its_name() -> None:
    """What is missing names the kind of such a step, and `only` and `explain` take it."""
    rulebook = aava_rules.load("aava", plugins=False)
    record = {"id": "x", "events": [{"step": "client_relationship_starts", "on": "2014-01-01"}, {"on": "2014-01-02"}]}
    decision = rulebook.decide(record, "2014-05-05", only=["step:responsible_worker_named"])
    assert {state.kind for state in inside(decision).states} == {"step"}
    assert {name for entry in decision.missing for name in entry.affects} == {"step:responsible_worker_named"}
    both = rulebook.decide(record, "2014-05-05", only=["responsible_worker_named"])
    trees = {
        name: len(both.explain(name).trees)
        for name in (
            "responsible_worker_named",
            "step:responsible_worker_named",
            "requirement:responsible_worker_named",
        )
    }
    assert list(trees.values()) == [2, 1, 1]
