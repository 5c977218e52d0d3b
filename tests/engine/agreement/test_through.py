"""Answers that rest on other outcomes are decided as soon as the facts of the record decide them, in every engine."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from agreement import Tally, disagreements
from test_hard_cases import ENGINES, made

import aava_rules
from aava_rules import Decision, Rulebook
from aava_rules.compiler import composition
from aava_rules.compiler import diagrams as decision_diagrams

ON = date(2020, 1, 1)

VOCABULARY = """
facts:
  age: {type: integer, unit: years, TITLE}
  days: {type: integer, unit: days, TITLE}
  told: {type: boolean, TITLE}
  other: {type: boolean, TITLE}
  then: {type: date, TITLE}
outcomes:
  grounds: {type: set, words: [young, old], TITLE}
  who: {type: choice, words: [office, town], TITLE}
  entitled: {type: boolean, TITLE}
  limit: {type: integer, unit: days, TITLE}
  later: {type: boolean, TITLE}
  beginner: {type: choice, words: [office, town], TITLE}
  grown: {type: boolean, TITLE}
  over: {type: boolean, TITLE}
  named: {type: boolean, TITLE}
  top: {type: boolean, TITLE}
  old_day: {type: boolean, TITLE}
requirements:
  kept: {each: client, TITLE}
"""
PARAMETERS = {f"p{years}": (str(years), "integer, unit: years") for years in (18, 25, 63)} | {
    f"p{days}": (str(days), "integer, unit: days") for days in (300, 350, 400)
}

RULES = """
decides: [grounds, who, entitled, limit, later, beginner, grown, over, named, top, old_day]
otherwise: {entitled: false, later: false, grown: false, over: false, named: false, top: false, old_day: false}
rules:
  - {id: R-1, TITLE, when: [age < param.p25], then: {grounds: [young]}}
  - {id: R-2, TITLE, when: [age >= param.p25], then: {grounds: [old]}}
  - {id: R-3, TITLE, when: [age < param.p25], then: {entitled: true}}
  - {id: R-4, TITLE, when: [age < param.p18], then: {who: town}}
  - {id: R-5, TITLE, when: [age >= param.p63], then: {who: office}}
  - {id: R-6, TITLE, when: [age < param.p25], then: {limit: param.p300}}
  - {id: R-7, TITLE, when: [age >= param.p25], then: {limit: param.p400}}
  - {id: R-8, TITLE, judged_on: then, when: [age < param.p25], then: {later: true}}
  - {id: R-10, TITLE, when: [{any: [young in grounds, old in grounds]}], then: {beginner: office}}
  - {id: R-11, TITLE, when: [entitled, age >= param.p25], then: {grown: true}}
  - {id: R-12, TITLE, when: [days > limit], then: {over: true}}
  - {id: R-13, TITLE, when: [{any: [who == town, who == office]}], then: {named: true}}
  - {id: R-14, TITLE, when: [beginner == office, {any: [told, {not: grown}]}], then: {top: true}}
  - {id: R-15, TITLE, when: [later, {not: entitled}], then: {old_day: true}}
  - {id: R-16, TITLE, when: [entitled], requirement: kept, require: [limit < param.p350]}
"""


@pytest.fixture(scope="module")
def rulebook(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return made(tmp_path_factory.mktemp("through"), VOCABULARY, RULES, PARAMETERS)


def answers(rulebook: Rulebook, **facts: Any) -> Decision:
    """The decision, once it is seen that the engines say the same."""
    record = {"id": "x", "facts": facts}
    assert not list(disagreements(rulebook, ON, [record], Tally()))
    return rulebook.decide(record, ON, engine=ENGINES[-1])


def value(decision: Decision, name: str) -> Any:
    return decision.outcomes[name].value


def test_what_two_outcomes_share_settles_the_answer(rulebook: Rulebook) -> None:
    """One of two words must stand in a set, an outcome contradicts the fact it follows from, at whatever age."""
    decision = answers(rulebook)
    assert value(decision, "beginner") == "office"
    assert value(decision, "grown") is False
    assert value(decision, "top") is True  # through two strata
    assert not any(name in fact.affects for fact in decision.missing for name in ("beginner", "grown", "top"))


def test_a_requirement_is_decided_through_outcomes(rulebook: Rulebook) -> None:
    """Where it applies, what it requires holds: met or not applicable, which the age tells; never broken."""
    decision = answers(rulebook)
    (finding,) = decision.findings
    assert finding.status == "unknown"
    assert [fact.fact for fact in decision.missing if "kept" in fact.affects] == ["age"]
    assert [answers(rulebook, age=age).findings[0].status for age in (24, 25)] == ["met", "not_applicable"]


def test_a_number_is_set_against_each_value_of_an_outcome(rulebook: Rulebook) -> None:
    """More days than the greatest limit are over it, as many as the least are not, and between them the age tells."""
    given = {days: value(answers(rulebook, days=days), "over") for days in (300, 301, 400, 401)}
    assert given[300] is False and given[401] is True
    for days in (301, 400):
        decision = answers(rulebook, days=days)
        assert decision.outcomes["over"].status == "unknown"
        (fact,) = [fact for fact in decision.missing if "over" in fact.affects]
        assert fact.fact == "age" and "over" in fact.settles
    assert [value(answers(rulebook, days=350, age=age), "over") for age in (24, 25)] == [True, False]


def test_an_outcome_that_does_not_apply_is_unknown_above(rulebook: Rulebook) -> None:
    """Between the ages that rules name nothing is concluded, which is not the same as another word."""
    assert [value(answers(rulebook, age=age), "named") for age in (17, 63)] == [True, True]
    decision = answers(rulebook, age=30)
    assert decision.outcomes["who"].status == "not_applicable"
    assert (decision.outcomes["named"].status, decision.outcomes["named"].reasons) == ("unknown", ("not_applicable",))
    decision = answers(rulebook)
    assert decision.outcomes["named"].status == "unknown"
    (fact,) = [fact for fact in decision.missing if "named" in fact.affects]
    assert fact.fact == "age" and "named" not in fact.settles


def test_what_an_official_states_stays_an_input(rulebook: Rulebook) -> None:
    """A stated outcome need not follow from the facts, so what it shares with them is not counted on."""
    assert value(answers(rulebook, entitled=True, age=30), "grown") is True
    decision = answers(rulebook, entitled=True)
    assert decision.outcomes["grown"].status == "unknown"
    assert [fact.fact for fact in decision.missing if "grown" in fact.affects] == ["age"]


def test_an_outcome_of_another_day_stays_unknown(rulebook: Rulebook) -> None:
    """What is judged on a day that is not known is not put into other questions."""
    decision = answers(rulebook)
    assert decision.outcomes["old_day"].status == "unknown"
    decision = answers(rulebook, then="2020-01-01")
    assert value(decision, "old_day") is False  # on the day of decision the two exclude one another


@pytest.mark.parametrize("limit", ["MOST_OUTCOMES", "MOST_FEATURES", "MOST_NODES"])
def test_beyond_its_limits_a_question_is_asked_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """A question of too many outcomes, features or nodes stays open: never wrong, perhaps without need."""
    monkeypatch.setattr(composition if limit == "MOST_OUTCOMES" else decision_diagrams, limit, 0)
    book = made(tmp_path, VOCABULARY, RULES, PARAMETERS)
    decision = answers(book)
    assert decision.outcomes["grown"].status == "unknown"
    assert value(answers(book, age=24), "grown") is False


def test_who_begins_the_plan_is_known_at_any_age() -> None:
    """600 days of subsidy, 190 of them in the last year, are enough on one ground or another: nothing is missing."""
    facts = {
        "unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "integration_plan_entitled": False,
        "subsidy_days": 600, "subsidy_days_last_12_months": 190, "joint_service_client": False,
    }  # fmt: skip
    rulebook = aava_rules.load("finland", plugins=False)
    record, on = {"id": "x", "facts": facts}, date(2014, 3, 1)
    for engine in ENGINES:
        decision = rulebook.decide(record, on, only=["plan_initiator"], engine=engine)
        assert (decision.outcomes["plan_initiator"].value, decision.missing) == ("employment_authority", ())
    assert not list(disagreements(rulebook, on, [record], Tally()))
