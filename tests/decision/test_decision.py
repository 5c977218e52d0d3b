"""What a decision says beside its answers: reasons, possible members, due days, weights, cautions, notices."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tiny_rulebooks import decide, finding, rulebook_of, step

import aava_rules
from aava_rules.language.errors import RecordError, UnknownName
from aava_rules.language.values import UNKNOWN
from aava_rules.tools.reports.shown import caution_numbers

TWENTY_DAYS = [{"start": "2020-01-06", "end": "2020-01-31", "days": 20}]
MORNING = "2020-01-20"


# -- outcomes


def test_a_conflict_names_the_rules_that_contradict_one_another() -> None:
    """An outcome in conflict has no value and the ids of every rule that gives one."""
    facts = {"left_sign": True, "second_left_sign": False, "right_sign": True}
    outcome = decide("conflict", "2020-01-01", facts=facts).outcomes["direction"]
    assert (outcome.status, outcome.by, outcome.reasons) == ("conflict", ("SI-1", "SI-3"), ())
    assert outcome.value is UNKNOWN
    assert outcome.to_dict()["value"] is None


@pytest.mark.parametrize(
    ("construct", "on", "facts", "outcome", "reasons"),
    [
        ("kleene", "2020-01-01", {}, "both", ("facts_missing",)),
        ("conflict", "2020-01-01", {"left_sign": True, "right_sign": True}, "turns_left", ("conflict",)),
        ("otherwise", "2020-01-01", {"a": False, "b": False}, "reads_bare", ("not_applicable",)),
        ("doubt", "2021-01-01", {"a": True, "b": False}, "whole", ("law_not_verified",)),
        ("doubt", "2021-01-01", {"a": True, "b": False}, "by_rule", ("law_not_verified",)),
        ("doubt", "2021-01-01", {"a": True}, "by_rule", ("facts_missing", "law_not_verified")),
        ("doubt", "2021-01-01", {"a": True, "b": False}, "reader", ("law_not_verified",)),
        ("doubt", "2021-06-01", {"a": True}, "judged", ("facts_missing", "law_not_verified")),
        ("judgement", "2020-01-01", {"age": 24}, "early_start", ("needs_judgement",)),
        ("judgement", "2020-01-01", {"needy": True}, "special_help", ("needs_judgement",)),
        ("judgement", "2020-01-01", {}, "special_help", ("facts_missing", "needs_judgement")),
        ("chaining", "2020-01-01", {"b": True, "c": True}, "top", ("facts_missing",)),
        ("computed", "2020-01-01", {}, "amount", ("facts_missing",)),
    ],
)
def test_an_unknown_answer_says_why(
    construct: str, on: str, facts: dict[str, Any], outcome: str, reasons: tuple[str, ...]
) -> None:
    """Missing facts, law that nobody has read, an official's judgement and a conflict below are told apart."""
    answer = decide(construct, on, facts=facts).outcomes[outcome]
    assert (answer.status, answer.reasons) == ("unknown", reasons)


def test_a_known_answer_has_no_reasons() -> None:
    """Reasons are those of an unknown answer only."""
    assert decide("kleene", "2020-01-01", facts={"sun": True, "rain": True}).outcomes["both"].reasons == ()


def test_a_set_has_its_sure_members_and_those_that_are_possible() -> None:
    """Sure members are the value and the possible ones stand beside it, so that neither is lost."""
    outcome = decide("sets", "2020-01-01", facts={"a": True, "age": 20}).outcomes["grounds"]
    assert (outcome.status, outcome.value, outcome.possible) == ("known", frozenset("xz"), frozenset("y"))
    assert outcome.by == ("ME-1", "ME-3")
    answer = outcome.to_dict()
    assert (answer["value"], answer["possible"]) == (["x", "z"], ["y"])


def test_a_set_of_possible_members_only_is_unknown() -> None:
    """A set is unknown when it is empty so far and could gain a word."""
    outcome = decide("sets", "2020-01-01", facts={"a": False, "age": 40}).outcomes["grounds"]
    assert (outcome.status, outcome.possible, outcome.reasons) == ("unknown", frozenset("y"), ("facts_missing",))
    assert outcome.value is UNKNOWN


def test_a_set_that_can_gain_nothing_has_no_possible_members() -> None:
    """An empty set is a value like any other."""
    outcome = decide("sets", "2020-01-01", facts={"a": False, "b": False, "age": 40}).outcomes["grounds"]
    assert (outcome.status, outcome.value, outcome.possible) == ("known", frozenset(), frozenset())
    assert "possible" not in outcome.to_dict()


def test_money_keeps_its_cents() -> None:
    """An amount is an exact decimal in the answer and text in JSON."""
    outcome = decide("computed", "2019-12-31", facts={"worked_days": 3}).outcomes["amount"]
    assert isinstance(outcome.value, Decimal)
    assert str(outcome.value) == "27.00"
    assert outcome.to_dict()["value"] == "27.00"


def test_an_amount_within_bounds_is_no_answer() -> None:
    """Bounds settle what reads the amount, but they are not the amount."""
    decision = decide("computed", "2015-01-01", facts={"worked_days": {"at_least": 10}})
    assert decision.outcomes["amount"].value is UNKNOWN
    assert decision.outcomes["large"].value is True


def test_a_given_outcome_is_marked_as_given() -> None:
    """An official's decision is told apart from what rules conclude."""
    outcomes = decide("conflict", "2020-01-01", facts={"direction": "left"}).outcomes
    assert (outcomes["direction"].given, outcomes["direction"].by) == (True, ())
    assert (outcomes["turns_left"].given, outcomes["turns_left"].by) == (False, ("TU-1",))


@pytest.mark.parametrize(
    ("on", "outcome", "successor"),
    [
        ("2021-01-01", "whole", "A new act"),
        ("2021-01-01", "doubted", "A partial reform"),
        ("2021-01-01", "by_rule", "A partial reform"),
        ("2021-01-01", "sure", None),
        ("2020-12-31", "whole", None),
        ("2020-12-31", "by_rule", None),
    ],
)
def test_what_is_in_doubt_names_its_successor(on: str, outcome: str, successor: str | None) -> None:
    """The text that names the expected change stands on the answers that it puts in doubt, and on no others."""
    text = decide("doubt", on, facts={"a": True, "b": False}).outcomes[outcome].successor
    assert (text and text["en"]) == successor


# -- findings


def test_findings_tell_their_rulebook_and_weight() -> None:
    """Law, model, local rules and advice are told apart, and each finding names the rulebook it comes from."""
    decision = decide("upper_layer", "2020-01-01", facts={"a": True, "b": False, "local_fact": False}, events=[])
    by_requirement = {finding.requirement: (finding.rulebook, finding.weight) for finding in decision.findings}
    assert by_requirement == {
        "advised": ("base_layer", "advice"), "agreed": ("base_layer", "model"),
        "locally_kept": ("upper_layer", "local"),
    }  # fmt: skip
    assert finding(decide("requirements", "2020-01-01", facts={}), "tidy").weight == "law"


def test_the_rule_that_breaks_a_requirement_gives_its_weight() -> None:
    """Where a local rule breaks a requirement of the model, the finding is the local rulebook's."""
    facts = {"a": True, "b": False, "local_fact": True}
    answer = finding(decide("upper_layer", "2020-01-01", facts=facts, events=[]), "agreed")
    assert (answer.status, answer.by, answer.rulebook, answer.weight) == ("broken", ("LO-6",), "upper_layer", "local")


def test_a_broken_pair_names_the_rule_that_is_broken() -> None:
    """Of two rules of one requirement the finding cites the one that is not kept."""
    facts = {"applies": True, "exempt": False, "kept": True, "other_kept": False}
    answer = finding(decide("requirements", "2020-01-01", facts=facts), "pair")
    assert (answer.by, [str(citation.text["en"]) for citation in answer.citations]) == (
        ("KE-3",),
        ["An example section 3"],
    )


def test_findings_of_items_say_where() -> None:
    """A finding of an item names the item, by its id or position, and the field that is limited."""
    periods = [{"id": "p1", "kind": "rehabilitative_work", "days_per_week": 4}, {"kind": "introductory"}]
    answers = [finding for finding in decide("requirements", "2020-01-01", periods=periods).findings if finding.where]
    assert [answer.where for answer in answers] == ["periods[id=p1].days_per_week", "periods[1].days_per_week"]
    assert answers[0].key == "short_week@periods:p1"
    assert [answer.reasons for answer in answers] == [("facts_missing",), ()]


def test_keys_of_findings_do_not_depend_on_the_order_of_a_list() -> None:
    """A host that sorts its list anew finds each item under the key that it had."""
    items = [{"kind": "introductory", "days_per_week": days} for days in (1, 2, 3)]
    first = decide("requirements", "2020-01-01", periods=items)
    other = decide("requirements", "2020-01-01", periods=items[::-1])
    keys = [[answer.key for answer in decision.findings if answer.where] for decision in (first, other)]
    assert keys[0] == keys[1][::-1]
    assert len(set(keys[0])) == 3


def test_items_that_are_alike_have_keys_of_their_own() -> None:
    """Two items with the same contents are two findings."""
    items = [{"kind": "introductory", "days_per_week": 1}] * 2
    keys = [answer.key for answer in decide("requirements", "2020-01-01", periods=items).findings if answer.where]
    assert len(set(keys)) == 2


# -- next steps


def test_several_reasons_for_one_step_are_told_together() -> None:
    """Rules that suggest one step give one step, with the texts and citations of all of them."""
    facts = {"wanted": True, "busy": False, "urgent": True, "asked_on": "2020-01-01", "alarm_on": "2020-01-20"}
    visit = step(decide("suggestions", MORNING, facts=facts), "visit")
    assert (visit.due, visit.by) == (date(2020, 1, 15), ("VI-1", "VI-2"))
    assert visit.text("en") == "A visit by 15 January 2020. It is urgent."
    assert visit.text("fi") == "Käynti viimeistään 15.1.2020. Kiireellinen."
    assert visit.text("sv") == "Besök senast 15.1.2020. Brådskande."
    assert [citation.text["en"] for citation in visit.citations] == ["An example section 1", "An example section 2"]


@pytest.mark.parametrize(("on", "overdue"), [("2020-01-14", False), ("2020-01-15", False), ("2020-01-16", True)])
def test_a_step_is_overdue_the_day_after_its_due_day(on: str, overdue: bool) -> None:
    """On the due day itself there is still time."""
    facts = {"wanted": True, "busy": False, "urgent": False, "asked_on": "2020-01-01"}
    visit = step(decide("suggestions", on, facts=facts), "visit")
    assert (visit.due, visit.overdue) == (date(2020, 1, 15), overdue)


def test_no_due_day_and_an_unknown_one_are_told_apart() -> None:
    """Where no source names a day there is none; where it cannot be worked out it is unknown."""
    facts = {"wanted": True, "busy": False, "urgent": False}
    decision = decide("suggestions", MORNING, facts=facts)
    asked, visit = step(decision, "ask_age"), step(decision, "visit")
    assert (asked.due, asked.overdue, asked.to_dict()["due"]) == (None, False, None)
    assert visit.due is UNKNOWN
    assert (visit.overdue, visit.to_dict()["due"]) == (False, "unknown")


def test_next_steps_begin_with_the_earliest_due_day() -> None:
    """Steps are a set; they are listed by due day, those without one last."""
    periods = [{"kind": "rehabilitative_work", "end": end} for end in ("2020-03-01", "2020-02-01")]
    facts = {"wanted": True, "busy": False, "urgent": False, "asked_on": "2020-01-20"}
    steps = decide("suggestions", MORNING, facts=facts, periods=periods).next_steps
    suggested = [(step.step, str(step.due), step.where) for step in steps]
    assert suggested == [
        ("end_period", "2020-02-01", "periods[1]"), ("visit", "2020-02-03", ""),
        ("end_period", "2020-03-01", "periods[0]"), ("ask_age", "None", ""),
    ]  # fmt: skip


def test_a_step_that_several_rulebooks_suggest_has_the_strongest_weight() -> None:
    """A step of the model that a local rule brings forward by overriding is the local rule's."""
    facts = {"a": True, "b": True, "local_fact": True}
    call = step(decide("upper_layer", "2020-01-01", facts=facts, events=[]), "call")
    assert (call.by, call.weight, call.rulebook) == (("LO-5",), "local", "upper_layer")


# -- cautions and notices


def _cautions(decision: Any) -> list[tuple[str, tuple[str, ...]]]:
    return [(caution.code, caution.affects) for caution in decision.cautions]


def test_what_is_not_verified_is_cautioned() -> None:
    """Rules and numbers of secondary or unverified sources are named, with the answers that rest on them."""
    decision = decide("cautions", "2020-06-01", facts={"a": True}, benefits=TWENTY_DAYS)
    assert _cautions(decision) == [
        ("unverified", ("kept",)), ("unverified", ("by_unverified_number", "kept")),
        ("secondary", ("by_secondary_rule",)), ("secondary", ("by_derived_fact",)),
    ]  # fmt: skip
    assert decision.cautions[2].text("en") == (
        "A secondary rule: this rests on a secondary source, not on the text of the act."
    )
    assert [citation.text["en"] for citation in decision.cautions[1].citations] == ["An example section 2"]


def test_a_number_that_was_verified_at_the_time_is_not_cautioned() -> None:
    """The value in force on the judged day counts, not a later one of the same parameter."""
    only = ["by_unverified_number"]
    on_time = {day: decide("cautions", day, only, benefits=TWENTY_DAYS) for day in ("2019-12-31", "2020-01-01")}
    assert _cautions(on_time["2019-12-31"]) == []
    assert _cautions(on_time["2020-01-01"]) == [("unverified", ("by_unverified_number",))]


def test_a_no_rests_on_every_rule_that_could_have_said_yes() -> None:
    """A no for which an unverified rule would have been needed is cautioned as well."""
    decision = decide("cautions", "2020-06-01", ["by_secondary_rule"], facts={"a": False})
    assert decision.outcomes["by_secondary_rule"].value is False
    assert _cautions(decision) == [("secondary", ("by_secondary_rule",))]


@pytest.mark.parametrize(("on", "codes"), [("2022-12-31", []), ("2023-01-01", ["law_read_until"])])
def test_past_the_last_day_that_was_read_answers_are_cautioned(on: str, codes: list[str]) -> None:
    """The caution begins on the day after the last one for which the authors have read the law."""
    decision = decide("cautions", on, ["verified"], facts={"a": True})
    assert decision.outcomes["verified"].value is True
    assert [caution.code for caution in decision.cautions] == codes


@pytest.mark.parametrize(("on", "codes"), [("2022-12-31", []), ("2023-01-01", ["presumed"])])
def test_acts_that_were_not_read_make_later_answers_presumed(on: str, codes: list[str]) -> None:
    """Past the last day that was read, where the acts that amended the law since are known, the caution names them."""
    decision = decide("cautions", on, ["past_reading"], facts={"a": True})
    assert decision.outcomes["past_reading"].value is True
    assert [one.code for one in decision.cautions] == codes
    for one in decision.cautions:
        assert one.text("en") == (
            "The answer follows the last text of the law that was verified (31 December 2022). The law has been amended "
            "since; no amendment is known to touch this. Not yet read: Act 5/2023."
        )
        assert [cite.cite for cite in one.citations] == ["amendment"]


@pytest.mark.parametrize(("on", "codes"), [("2023-12-31", ["presumed"]), ("2024-01-01", ["law_may_end", "presumed"])])
def test_law_that_may_have_been_repealed_is_cautioned(on: str, codes: list[str]) -> None:
    """From the day that the ruleset names, one line with its source; the answer stays."""
    decision = decide("cautions", on, ["past_reading"], facts={"a": True})
    assert decision.outcomes["past_reading"].value is True
    assert [one.code for one in decision.cautions] == codes
    for one in decision.cautions[: len(codes) - 1]:
        assert one.text("en").startswith("The law may have been repealed from 1 January 2024 on:")
        assert [cite.cite for cite in one.citations] == ["sample.9"]


def test_a_presumed_rule_names_the_acts_to_read() -> None:
    """The caution of a rule that is presumed has its paragraph and the acts that may have changed it."""
    decision = decide("cautions", "2022-12-31", ["by_presumed_rule"], facts={"a": True})
    (caution,) = decision.cautions
    assert caution.code == "presumed"
    assert [cite.cite for cite in caution.citations] == ["sample.7", "amendment.1"]
    assert "Not yet read: Act 5/2023 section 1" in caution.text("en")


def test_doubt_is_cautioned_with_the_successor() -> None:
    """Doubt about a ruleset, an outcome or a rule is told once for its ruleset, with every answer that it concerns."""
    decision = decide("doubt", "2021-01-01", facts={"a": False, "b": False, "begun_on": "2020-01-01"})
    texts = {caution.affects: caution.text("en") for caution in decision.cautions if caution.code == "law_not_verified"}
    assert set(texts) == {("by_rule", "doubted", "members", "partly_kept"), ("go", "kept", "whole")}
    assert "(A new act)" in texts["go", "kept", "whole"]


def test_before_the_doubt_there_is_no_caution() -> None:
    """The day before the expected change nothing is in doubt."""
    assert _cautions(decide("doubt", "2020-12-31", facts={"a": False, "b": False, "begun_on": "2020-01-01"})) == []


def test_a_given_answer_is_not_cautioned() -> None:
    """An official's decision does not rest on rules."""
    decision = decide("cautions", "2023-01-01", ["by_secondary_rule"], facts={"by_secondary_rule": True})
    assert decision.cautions == ()


def test_facts_that_differ_are_noticed() -> None:
    """A ready-made fact that differs from what follows from the lists is told, with both origins; it wins."""
    decision = decide("cautions", "2020-06-01", facts={"days_in_all": 10}, benefits=TWENTY_DAYS)
    assert [(notice.code, notice.fields) for notice in decision.notices] == [
        ("facts_differ", ("facts.days_in_all", "benefits"))
    ]
    assert decision.notices[0].text("en").endswith("The given one was used.")
    assert decision.outcomes["by_unverified_number"].value is False


def test_a_derived_age_wins_over_a_given_one() -> None:
    """The day of birth is surer than a ready-made age, and the notice says which one was used."""
    client = {"birth_date": "2002-06-02"}
    decision = decide("cautions", "2020-06-01", client=client, facts={"age": 18})
    assert [notice.fields for notice in decision.notices] == [("facts.age", "client.birth_date")]
    assert decision.notices[0].text("en").endswith("The derived one was used.")
    assert decision.outcomes["grown_up"].value is False


@pytest.mark.parametrize(
    ("facts", "noticed"),
    [
        ({"days_in_all": 20}, False),
        ({"days_in_all": {"at_least": 10}}, False),
        ({"days_in_all": {"at_least": 21}}, True),
        ({"days_in_all": {"at_most": 19}}, True),
        ({"over_limit": True}, False),
        ({"over_limit": False}, True),
        ({"a": True}, False),
    ],
)
def test_facts_that_agree_are_not_noticed(facts: dict[str, Any], noticed: bool) -> None:
    """Bounds differ from a number only if they exclude it, and what cannot be derived cannot differ."""
    assert bool(decide("cautions", "2020-06-01", facts=facts, benefits=TWENTY_DAYS).notices) is noticed


def test_a_fact_given_for_another_day_is_not_noticed() -> None:
    """A fact of the day that does not count on the day of decision contradicts nothing."""
    record = {"client": {"birth_date": "2002-06-02"}, "facts": {"age": 16}, "facts_on": "2019-06-02"}
    assert decide("cautions", "2020-06-01", **record).notices == ()


# -- the whole


def test_only_what_is_asked_is_answered() -> None:
    """``only`` names outcomes, requirements and steps; an unknown name gets the nearest right one."""
    facts = {"a": True, "local_fact": False}
    decision = decide("upper_layer", "2020-01-01", ["agreed", "call"], facts=facts, events=[])
    assert (list(decision.outcomes), [finding.requirement for finding in decision.findings]) == ([], ["agreed"])
    assert [step.step for step in decision.next_steps] == ["call"]
    with pytest.raises(UnknownName, match="agreed"):
        decide("upper_layer", "2020-01-01", ["agred"])


def test_the_same_record_gives_the_same_bytes() -> None:
    """Order of facts and repetition change nothing in the JSON of a decision."""
    facts = {"a": True, "b": True, "local_fact": True}
    texts = {
        decide("upper_layer", "2020-01-01", facts=dict(order), events=[]).to_json()
        for order in (list(facts.items()), list(facts.items())[::-1])
    }
    assert len(texts) == 1
    whole = json.loads(texts.pop())
    assert (whole["on"], whole["record_id"], whole["rulebook"]["name"]) == ("2020-01-01", "r", "upper_layer")
    assert [layer["name"] for layer in whole["rulebook"]["layers"]] == ["base_layer", "upper_layer"]


def test_a_fact_of_the_wrong_type_is_refused() -> None:
    """Every fault of the facts is told, by path and without their values."""
    with pytest.raises(RecordError) as raised:
        decide("sets", "2020-01-01", facts={"a": "yes", "age": -1, "wishes": ["wok"], "bb": True})
    places = [fault.place for fault in raised.value.faults]
    assert places == ["facts.a", "facts.age", "facts.wishes", "facts key 4"]
    assert "yes" not in str(raised.value)


def test_a_rulebook_keeps_nothing_of_a_record() -> None:
    """A decision on one record does not change the next one on another."""
    rulebook = rulebook_of("kleene")
    first = rulebook.decide({"id": "1", "facts": {"sun": True, "rain": True}}, on="2020-01-01").to_json()
    rulebook.decide({"id": "2", "facts": {"sun": False, "rain": False}}, on="2020-01-01").to_json()
    assert rulebook.decide({"id": "1", "facts": {"rain": True, "sun": True}}, on="2020-01-01").to_json() == first


def test_an_outcome_given_as_bounds_is_not_known() -> None:
    """An official's bounds of a number settle what lies outside them; the number itself stays unknown."""
    finland = aava_rules.load("finland", plugins=False)
    facts = {"allowance_max_days": {"at_least": 300}}
    outcome = finland.decide({"id": "b", "facts": facts}, on="2019-01-01").outcomes["allowance_max_days"]
    assert (outcome.status, outcome.value, outcome.given) == ("unknown", UNKNOWN, True)


def test_a_question_that_is_remembered_is_the_question_that_was_asked() -> None:
    """The list of names may be changed between two calls, and a wrong one, day or engine is told after a right one."""
    rulebook, day = rulebook_of("kleene"), date(2020, 1, 1)
    first, second = sorted(rulebook.decide({"id": "a"}, day).outcomes)[:2]
    names = [first]
    assert list(rulebook.decide({"id": "a"}, day, names, "reference").outcomes) == [first]
    names.append(second)
    assert list(rulebook.decide({"id": "a"}, day, names, "reference").outcomes) == [first, second]
    assert list(rulebook.decide({"id": "a"}, day, names[1:], "reference").outcomes) == [second]
    assert list(rulebook.decide({"id": "a"}, day, tuple(names), "reference").outcomes) == [first, second]
    assert rulebook.decide({"id": "a"}, date(2020, 1, 2), names, "reference").on == date(2020, 1, 2)
    assert rulebook.decide({"id": "a"}, "2020-01-01", names, "reference").on == day
    names[0] = "nothing_of_this_name"
    with pytest.raises(UnknownName):
        rulebook.decide({"id": "a"}, day, names, "reference")
    with pytest.raises(ValueError, match="engine"):
        rulebook.decide({"id": "a"}, day, [first], "no such engine")
    with pytest.raises(ValueError, match="1900 to 2200"):
        rulebook.decide({"id": "a"}, date(1899, 12, 31), [first], "reference")


def test_cautions_travel_with_the_answer() -> None:
    """What is shown of an answer ends with its cautions, a line each, the most serious first, and none of others."""
    decision = decide("cautions", "2023-01-01", facts={"a": True}, benefits=TWENTY_DAYS)
    outcome = decision.outcomes["by_unverified_number"]
    assert [one.code for one in outcome.cautions] == ["unverified", "law_read_until"]
    assert outcome.text("en").split("\n") == [
        outcome.message("en"),
        "Caution: unverified limit: this rests on a source that has not been verified.",
        "Caution: The law has been read up to 31 December 2022; later changes are not taken into account.",
    ]
    assert outcome.to_dict()["cautions"] == ["unverified", "law_read_until"]
    assert outcome.to_dict()["text"]["en"] == outcome.message("en")
    lines = decision.explain("by_unverified_number", "en").text().split("\n")
    assert [line.strip() for line in lines[-2:]] == outcome.text("en").split("\n")[1:]


def test_an_answer_of_verified_law_has_no_caution() -> None:
    """Where nothing is in doubt the text is the message alone."""
    outcome = decide("cautions", "2020-06-01", ["verified"], facts={"a": True}).outcomes["verified"]
    assert outcome.cautions == () and outcome.text("en") == outcome.message("en")


FACTS_2026 = {
    "age": 40, "unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "subsidy_days": 500,
    "integration_plan_valid": False, "integration_plan_due": False,
}  # fmt: skip


def test_in_doubt_the_law_read_last_gives_an_answer_beside_it() -> None:
    """The answer by the law of the last day read, with the facts of the day, in the text, as JSON and explained."""
    decision = aava_rules.load("finland", plugins=False).decide({"id": "a", "facts": FACTS_2026}, on="2026-11-29")
    outcome = decision.outcomes["target_group"]
    assert outcome.value is UNKNOWN
    assert (outcome.last_known.value, outcome.last_known.day, outcome.last_known.by) == (
        True,
        date(2025, 12, 31),
        ("TG-21",),
    )
    assert "by the law of 31 December 2025: yes" in outcome.text("en")
    assert outcome.to_dict()["last_known"] == {"value": True, "day": "2025-12-31", "by": ["TG-21"]}
    explanation = decision.explain("target_group", "en").text()
    assert explanation.count("by the law of 31 December 2025: yes  [Act 189/2001 section 3(2)") == 1
    initiator = decision.outcomes["plan_initiator"]
    assert initiator.last_known is None or initiator.last_known.value == "employment_authority"


def test_an_answer_that_is_not_given_has_cautions_of_what_may_count_only() -> None:
    """In doubt, the secondary rules that surely do not hold are not told of; those that may are."""
    rulebook = aava_rules.load("finland", plugins=False)
    sure = FACTS_2026 | {"receives_social_assistance": False}
    outcome = rulebook.decide({"id": "a", "facts": sure}, on="2026-11-29").outcomes["target_group"]
    assert [caution.code for caution in outcome.cautions] == ["law_not_verified"]
    perhaps = {name: value for name, value in FACTS_2026.items() if name not in ("unemployed", "subsidy_entitled")}
    outcome = rulebook.decide({"id": "a", "facts": perhaps}, on="2026-11-29").outcomes["target_group"]
    assert [caution.code for caution in outcome.cautions] == ["law_not_verified", "secondary", "secondary"]
    assert [caution.text("en").partition(":")[0] for caution in outcome.cautions[1:]] == [
        "25 or more, twelve months mainly on social assistance without a right to general support or subsidy, "
        "from 2026",
        "Whoever is not unemployed is outside the target group from 2026",
    ]


def test_a_caution_of_a_decision_is_told_once() -> None:
    """Answers that wait for other acts share one caution about the day up to which law was read, with all the acts."""
    record = (Path(__file__).parents[2] / "examples/stories/16-a-joint-plan-and-its-day.json").read_bytes()
    decision = aava_rules.load("aava", plugins=False).decide(record, on="2026-11-30")
    presumed = [caution for caution in decision.cautions if caution.until is not None]
    assert [(caution.code, caution.until) for caution in presumed] == [("presumed", date(2025, 12, 31))]
    of_answers = [caution for outcome in decision.outcomes.values() for caution in outcome.cautions if caution.until]
    acts = {frozenset(act.cite for act in caution.citations) for caution in of_answers}
    assert len(acts) > 1, "the answers wait for different acts"
    assert frozenset(act.cite for act in presumed[0].citations) >= frozenset.union(*acts)
    for language in ("fi", "sv", "en"):
        lines = [caution.text(language).partition("(")[0] for caution in decision.cautions if caution.until]
        assert len(lines) == len(set(lines))
    for outcome in decision.outcomes.values():
        assert len(caution_numbers(outcome, decision)) == len(outcome.cautions)


def test_what_counts_by_the_law_read_last_are_the_facts_of_the_day() -> None:
    """Who turned 25 in 2026 is judged as one of 25: the law is that of the last day read, the facts are not."""
    rulebook = aava_rules.load("finland", plugins=False)
    facts = {name: value for name, value in FACTS_2026.items() if name != "age"}
    record = {"id": "a", "client": {"birth_date": "2001-06-01"}, "facts": facts}
    assert rulebook.decide(record, on="2026-05-31").outcomes["target_group"].last_known is None
    assert rulebook.decide(record, on="2026-06-01").outcomes["target_group"].last_known.by == ("TG-21",)


def test_without_doubt_there_is_no_last_known_answer() -> None:
    """An answer that is known, or unknown since facts are missing, has none; nor has a ruleset of no last day read."""
    rulebook = aava_rules.load("finland", plugins=False)
    for facts in (FACTS_2026, {"age": 40}):
        outcome = rulebook.decide({"id": "a", "facts": facts}, on="2025-12-31").outcomes["target_group"]
        assert outcome.last_known is None and "last_known" not in outcome.to_dict()
    doubted = decide("doubt", "2021-01-01", facts={"a": False, "b": False, "begun_on": "2020-01-01"})
    assert doubted.outcomes["by_rule"].last_known is None
