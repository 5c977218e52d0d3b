"""Where a record lacks something or contradicts itself, no answer and no text says more than is known."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import aava_rules
from aava_rules.decision.decision import Decision

ROOT = Path(__file__).parent.parent.parent
FACTS = {"unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "integration_plan_entitled": False}


def decided(on: str, rulebook: str = "finland", **record: Any) -> Decision:
    return aava_rules.load(rulebook, plugins=False).decide({"id": "x", **record}, on=on)


def test_a_copied_stack_uses_its_own_law_and_says_which(tmp_path: Path) -> None:
    """A rulebook that extends finland uses the copy that lies beside it; that its files are not those shipped, every decision says."""
    shutil.copytree(ROOT / "examples" / "own_rulebook", tmp_path / "own")
    period = {"kind": "rehabilitative_work", "start": "2015-09-01", "days_per_week": 5, "plan_made_on": "2015-08-01"}

    def answered(plugins: bool) -> tuple[str, bool]:
        rulebook = aava_rules.load(tmp_path / "own", plugins=plugins)
        decision = rulebook.decide({"id": "x", "periods": [period]}, on="2015-10-01")
        (finding,) = [one for one in decision.findings if one.requirement == "days_per_week_max"]
        (law,) = [layer for layer in decision.rulebook["layers"] if layer["name"] == "finland"]
        return finding.status, law.get("changed", False)

    assert answered(False) == ("broken", False)
    shutil.copytree(ROOT / "rulesets" / "finland", tmp_path / "finland")
    assert answered(False) == ("broken", False)  # an unchanged copy is the same law
    parameters = tmp_path / "finland" / "parameters.yaml"
    text = parameters.read_text(encoding="utf-8")
    parameters.write_text(text.replace("2015-07-01: {value: 4", "2015-07-01: {value: 7"), encoding="utf-8")
    for plugins in (True, False):
        assert answered(plugins) == ("met", True)


def test_a_requirement_is_not_met_because_it_may_be_excepted() -> None:
    """With the exception and the thing itself unknown, the status is unknown, and the thing is asked for."""
    period = {"kind": "rehabilitative_work", "id": "p", "start": "2015-12-01", "place_kind": "company"}
    decision = decided("2015-10-01", "aava", periods=[period])
    (finding,) = [f for f in decision.findings if f.requirement == "place_informed"]
    assert finding.status == "unknown"
    assert "period.place_informed_on" in {fact.fact for fact in decision.missing}


def test_alternatives_that_agree_do_not_both_speak() -> None:
    """An amount that is the same for either of two compensations is not announced twice."""
    outcome = decided("2014-05-05", facts={"raised_compensation_grounds": False}).outcomes["daily_compensation"]
    assert str(outcome.value) == "9.00"
    for language in ("fi", "sv", "en"):
        assert outcome.text(language).count("9") == 1, outcome.text(language)


def test_a_message_never_quotes_what_is_not_known() -> None:
    """A limit of a day that is not known is not quoted, though it is surely broken."""
    decision = decided("2016-05-05", periods=[{"kind": "rehabilitative_work", "id": "p", "days_per_week": 6}])
    (finding,) = [f for f in decision.findings if f.requirement == "days_per_week_max"]
    assert finding.status == "broken"
    assert "not known" not in finding.text("en")
    assert "ei tiedossa" not in finding.text("fi")
    assert "inte känt" not in finding.text("sv")


def test_a_row_with_more_days_than_weekdays_is_uncertain_and_told() -> None:
    """Two hundred days in a week are no ground for anything, and the decision says which row it is."""
    row = {"kind": "labour_market_subsidy", "start": "2014-04-05", "end": "2014-04-10", "days": 200}
    benefits = [row | {"because_of_unemployment": True}]
    decision = decided("2014-05-05", client={"birth_date": "1995-02-28"}, facts=FACTS, benefits=benefits)
    assert decision.outcomes["target_group"].value is aava_rules.UNKNOWN
    assert [(notice.code, notice.fields) for notice in decision.notices] == [
        ("more_days_than_weekdays", ("benefits[0]",))
    ]


def test_a_client_who_is_not_born_yet_has_no_age() -> None:
    """A birth date after the day of decision is a mistake, not an age below the limit."""
    facts = FACTS | {"subsidy_days_last_12_months": 190}
    decision = decided("2014-05-05", client={"birth_date": "2020-02-28"}, facts=facts)
    assert decision.outcomes["target_group"].value is aava_rules.UNKNOWN
    assert "age" in {fact.fact for fact in decision.missing}


def test_a_record_and_its_parts_do_not_show_what_they_hold() -> None:
    """What lands in a log by mistake is the kind of a thing, not its contents."""
    record = aava_rules.Record(id="SECRET", client={"birth_date": "1979-05-02"}, periods=[{"id": "HIDDEN"}])
    shown = repr(record) + str(record) + repr(record.client) + repr(record.periods) + repr([record])
    assert not any(secret in shown for secret in ("SECRET", "1979", "HIDDEN"))


def test_wrong_arguments_are_told_in_words() -> None:
    """A single record is not taken for many, a moment not for a day, a number not for a name."""
    finland = aava_rules.load("finland", plugins=False)
    with pytest.raises(TypeError, match="many records"):
        finland.decide_many({"id": "x"})
    with pytest.raises(ValueError, match="without a time"):
        finland.decide({"id": "x"}, on=datetime(2014, 5, 5))
    with pytest.raises(aava_rules.UnknownName):
        finland.decide({"id": "x"}, only=[1])  # type: ignore[list-item]
    decision = finland.decide({"id": "x"}, on="2014-05-05")
    with pytest.raises(aava_rules.UnknownName):
        decision.explain(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="fi, sv, en"):
        decision.explain("target_group", language="de")
