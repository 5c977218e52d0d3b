"""A look ahead: the days, what is told of each change, what is assumed, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import aava_rules

RECORDS = Path(__file__).parents[2] / "examples" / "records"
FACTS = {
    "unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "integration_plan_entitled": False,
    "allowance_exhausted": False,
}  # fmt: skip
STAYS = {"facts": "continue"}


@pytest.fixture(scope="module")
def finland() -> aava_rules.Rulebook:
    """The rulebook of the statutes."""
    return aava_rules.load("finland", plugins=False)


def client(**parts: Any) -> dict[str, Any]:
    """A client of whom it is known on which day they are 25."""
    return {"id": "x", "client": {"birth_date": "1990-03-14"}, "facts": FACTS, **parts}


def subsidy(start: str, end: str, days: int | None) -> dict[str, Any]:
    """A row of labour market subsidy."""
    return {"kind": "labour_market_subsidy", "start": start, "end": end, "days": days, "because_of_unemployment": True}


def days_of(changes: Any, name: str) -> list[tuple[date, Any]]:
    """The day and the new value of each change of an outcome."""
    return [(change.day, change.after["value"]) for change in changes if change.name == name]


def test_the_day_on_which_a_client_is_too_old_for_a_ground(finland: aava_rules.Rulebook) -> None:
    """With 190 days of subsidy those under 25 belong to the target group; from the birthday on 500 are needed."""
    record = client(benefits=[subsidy("2014-04-01", "2015-03-12", 190)])
    changes = finland.look_ahead(record, on="2015-03-01", until="2015-04-01", only=["target_group"], assume=STAYS)
    assert days_of(changes, "target_group") == [(date(2015, 3, 14), False)]
    (change,) = changes
    assert change.kind == "outcome" and change.key == "target_group" and change.where == ""
    assert dict(change.before) == {"status": "known", "value": True}
    assert [cause.to_dict() for cause in change.causes] == [{"kind": "fact", "name": "age", "before": 24, "after": 25}]


def test_a_look_ahead_that_ends_the_day_before_says_nothing(finland: aava_rules.Rulebook) -> None:
    """The horizon is held to the day."""
    record = client(benefits=[subsidy("2014-04-01", "2015-03-12", 190)])
    assert not finland.look_ahead(record, on="2015-03-01", until="2015-03-13", only=["target_group"], assume=STAYS)


def test_payments_that_go_on_reach_a_threshold(finland: aava_rules.Rulebook) -> None:
    """590 days in all; under 25, 180 of the last 12 months are needed: by one way of counting, then by both."""
    rows = [subsidy("2010-01-04", "2011-12-30", 500), subsidy("2014-01-06", "2014-05-09", 90)]
    without = finland.look_ahead(
        client(benefits=rows), on="2014-05-09", until="2015-01-31", only=["target_group"], assume=STAYS
    )
    assert days_of(without, "target_group") == []
    assume = {"benefits": "continue", **STAYS}
    changes = finland.look_ahead(
        client(benefits=rows), on="2014-05-09", until="2015-01-31", only=["target_group"], assume=assume
    )
    assert days_of(changes, "target_group") == [(date(2014, 9, 13), "unknown"), (date(2014, 10, 1), True)]
    assert all(change.assumed == {"benefits": "continue", "facts": "continue"} for change in changes)
    # the same client with the days recorded, on those days and on the days before them
    recorded = client(benefits=[*rows, subsidy("2014-05-12", "2015-01-30", 190)])
    answers = [
        finland.decide(recorded, on=on).outcomes["target_group"].value
        for on in ("2014-09-12", "2014-09-13", "2014-09-30", "2014-10-01")
    ]
    assert answers == [False, aava_rules.UNKNOWN, aava_rules.UNKNOWN, True]


def test_a_row_that_was_not_paid_in_full_goes_on_with_days_that_are_not_known(finland: aava_rules.Rulebook) -> None:
    """What is not known stays unknown: the answer may change from a day on, and not before."""
    rows = [subsidy("2010-01-04", "2011-12-30", 500), subsidy("2014-01-06", "2014-05-09", 70)]
    assume = {"benefits": "continue", **STAYS}
    changes = finland.look_ahead(
        client(benefits=rows), on="2014-05-09", until="2015-01-31", only=["target_group"], assume=assume
    )
    assert changes[0].not_before and changes[0].after == {"status": "unknown", "value": "unknown"}
    assert "does not change before then" in changes[0].text("en")


def test_facts_of_the_day_are_not_carried_on_without_being_told_to(finland: aava_rules.Rulebook) -> None:
    """Whether somebody is unemployed tomorrow is not known; that it stays so is an assumption, told with the change."""
    record = client(benefits=[subsidy("2013-01-07", "2015-03-12", 569)])
    (change,) = finland.look_ahead(record, on="2015-03-20", until="2015-04-01", only=["target_group"])
    assert change.day == date(2015, 3, 21) and change.reasons == ("facts_missing",)
    assert not finland.look_ahead(record, on="2015-03-20", until="2015-04-01", only=["target_group"], assume=STAYS)


def test_numbers_given_for_one_day_are_never_carried_on(finland: aava_rules.Rulebook) -> None:
    """An age and a count of the last 12 months are of the day that they were given for."""
    facts = FACTS | {"age": 30, "subsidy_days": 600, "subsidy_days_last_12_months": 190}
    record = {"id": "x", "facts": facts}
    (change,) = finland.look_ahead(record, on="2014-03-01", until="2014-04-01", only=["target_group"], assume=STAYS)
    assert change.day == date(2014, 3, 2) and change.not_before


def test_a_change_of_law_names_the_rules_and_the_values(finland: aava_rules.Rulebook) -> None:
    """Five days a week are too many from 1 January 2016, where the plan was older than July 2015."""
    record = (RECORDS / "five-days-a-week-2015.json").read_bytes()
    changes = finland.look_ahead(record, on="2015-09-15", until="2016-02-01", only=["days_per_week_max"])
    (change,) = changes
    assert change.day == date(2016, 1, 1)
    assert change.before["status"] == "met" and change.after["status"] == "broken" and change.by == ("PL-40",)
    assert ("rule", "PL-41", True, False) in [(c.kind, c.name, c.before, c.after) for c in change.causes]
    assert change.key.startswith("days_per_week_max@") and change.where.endswith("days_per_week")
    assert "PL-40" in change.explain("en").text("en")


def test_a_step_becomes_due_and_overdue(finland: aava_rules.Rulebook) -> None:
    """The day by which a step is due is told from the day on which it is one, and the day after that it is overdue."""
    changes = finland.look_ahead(
        (RECORDS / "a-17.json").read_bytes(), on="2014-06-01", until="2014-12-01", only=["plans_updated"]
    )
    told = [(change.day, dict(change.after)) for change in changes if change.where == "plans[0]"]
    assert told == [
        (date(2014, 9, 30), {"status": "suggested", "due": "2014-09-30", "overdue": False}),
        (date(2014, 10, 1), {"status": "suggested", "due": "2014-09-30", "overdue": True}),
    ]


def test_attendance_that_goes_on_passes_the_cap(finland: aava_rules.Rulebook) -> None:
    """On four days a week the 179th day comes, and the assumption is told with it."""
    record = (RECORDS / "178-days-of-attendance.json").read_bytes()
    changes = finland.look_ahead(
        record, on="2021-10-01", until="2021-12-31", only=["participation_days_cap"], assume={"attendance": 4}
    )
    (change,) = changes
    assert change.after["status"] == "broken" and change.assumed == {"attendance": 4}
    assert [(c.name, c.before, c.after) for c in change.causes] == [("attended_days_last_12_months", 178, 179)]
    assert "4 days a week" in change.text("en")
    assert not finland.look_ahead(record, on="2021-10-01", until="2021-12-31", only=["participation_days_cap"])


def test_law_that_was_not_read_is_said_with_the_change(finland: aava_rules.Rulebook) -> None:
    """In 2026 the target group is not known; what the law read last gives of it changes all the same, and is told so."""
    facts = FACTS | {"integration_plan_valid": False, "integration_plan_due": False}
    record = client(
        client={"birth_date": "2001-12-10"}, facts=facts, benefits=[subsidy("2025-12-15", "2026-11-27", 200)]
    )
    changes = finland.look_ahead(record, on="2026-11-30", until="2027-01-01", only=["target_group"], assume=STAYS)
    (change,) = changes
    assert change.day == date(2026, 12, 10)
    assert change.before["last_known"] is True and change.after["last_known"] is False
    assert change.after["status"] == "unknown" and "law_not_verified" in change.cautions
    assert "31 December 2025" in change.text("en")


def test_the_first_day_on_which_an_answer_may_change(finland: aava_rules.Rulebook) -> None:
    """`recheck_on` of outcomes, findings and steps; None where nothing changes within five years."""
    record = json.loads((RECORDS / "five-days-a-week-2015.json").read_text(encoding="utf-8"))
    decision = finland.decide(record, on="2015-09-15")
    (finding,) = (finding for finding in decision.findings if finding.requirement == "days_per_week_max")
    assert finding.recheck_on == date(2016, 1, 1)
    alone = {
        "id": "x",
        "client": {"birth_date": "1990-03-14"},
        "benefits": [],
        "periods": [],
        "plans": [],
        "events": [],
    }
    decision = finland.decide(alone, on="2014-01-01", only=["days_per_week_together", "allowance_max_days"])
    assert decision.findings[0].recheck_on is None


@pytest.mark.parametrize(
    ("assume", "words"),
    [
        ({"benefit": "continue"}, "Did you mean benefits?"),
        ({"benefits": "stop"}, "continue"),
        ({"benefits": "continue"}, "was being paid"),
        ({"attendance": 6}, "1 to 5"),
        ({"attendance": True}, "1 to 5"),
        ({"attendance": 3}, "No period is going on"),
        ({"facts": 1}, "continue"),
    ],
)
def test_an_assumption_that_cannot_be_made_is_refused(
    finland: aava_rules.Rulebook, assume: dict[str, Any], words: str
) -> None:
    """An unknown one, a wrong value, and one that the record contradicts: each says what to do."""
    record = client(benefits=[subsidy("2013-01-07", "2013-12-31", 200)], periods=[])
    with pytest.raises(aava_rules.AssumptionError, match=words):
        finland.look_ahead(record, on="2014-05-01", assume=assume)


@pytest.mark.parametrize(
    ("periods", "words"),
    [
        (None, "which periods there are"),
        ([{"start": "2014-04-01", "end": "2014-08-01", "days_per_week": 3}], "attended_on is not known"),
        ([{"start": "2014-04-01", "end": "2014-08-01", "days_per_week": 3, "attended_on": []}], "were agreed"),
        ([{"start": "2014-04-01", "attended_on": []}] * 2, "2 periods are going on"),
    ],
)
def test_attendance_that_the_record_contradicts_is_refused(
    finland: aava_rules.Rulebook, periods: Any, words: str
) -> None:
    """Four days a week need one period that is going on, with its days, and no fewer days agreed."""
    record = {"id": "x", "periods": periods} if periods is not None else {"id": "x"}
    with pytest.raises(aava_rules.AssumptionError, match=words):
        finland.look_ahead(record, on="2014-05-01", assume={"attendance": 4})


@pytest.mark.parametrize("assume", ["benefits", ["benefits"]])
def test_what_is_assumed_has_a_name(finland: aava_rules.Rulebook, assume: Any) -> None:
    """What is no mapping is refused with what to write."""
    with pytest.raises(aava_rules.AssumptionError, match="said by its name"):
        finland.look_ahead({"id": "x"}, on="2014-05-01", assume=assume)


def test_an_unknown_assumption_is_told_without_a_gap(finland: aava_rules.Rulebook) -> None:
    """Where no name is near, the names alone are told."""
    with pytest.raises(aava_rules.AssumptionError, match=r"'q'\. There are attendance, benefits, facts\.$"):
        finland.look_ahead({"id": "x"}, on="2014-05-01", assume={"q": 1})


@pytest.mark.parametrize(
    ("later", "refused"),
    [
        (subsidy("2014-05-01", "2014-05-30", 22), False),  # on the first day itself
        (subsidy("2014-05-02", "2014-05-30", 20), True),
        (subsidy("2014-12-31", "2015-01-30", 20), True),  # on the last day
        (subsidy("2015-01-01", "2015-01-30", 20), False),
        (subsidy("2014-06-02", "2014-06-30", 20) | {"kind": "social_assistance"}, False),
    ],
)
def test_payments_that_are_recorded_do_not_go_on_beside(
    finland: aava_rules.Rulebook, later: dict[str, Any], refused: bool
) -> None:
    """A row of the same kind that begins in the time would be counted together with the payments that go on."""
    record = client(benefits=[subsidy("2013-12-02", "2014-05-01", 100), later])

    def look() -> Any:
        return finland.look_ahead(record, on="2014-05-01", until="2014-12-31", assume={"benefits": "continue"})

    if refused:
        with pytest.raises(aava_rules.AssumptionError, match=r"benefits\[1\] begins after 2014-05-01"):
            look()
    else:
        look()


@pytest.mark.parametrize(("days", "refused"), [(2, True), (3, False), (4, False)])
def test_attendance_that_is_recorded_is_no_other(finland: aava_rules.Rulebook, days: int, refused: bool) -> None:
    """A week to come in which more days are recorded than are assumed contradicts the assumption; one gone does not."""
    gone, to_come = ["2014-04-21", "2014-04-22", "2014-04-23", "2014-04-24"], ["2014-05-05", "2014-05-06", "2014-05-07"]
    period = {"start": "2014-04-01", "end": "2014-08-01", "days_per_week": 4, "attended_on": gone + to_come}
    record = {"id": "x", "periods": [period]}
    if refused:
        with pytest.raises(aava_rules.AssumptionError, match="more days in a week after 2014-05-01 than the 2"):
            finland.look_ahead(record, on="2014-05-01", until="2014-07-01", assume={"attendance": days})
    else:
        finland.look_ahead(record, on="2014-05-01", until="2014-07-01", assume={"attendance": days})


def test_facts_of_another_day_are_not_carried_on(finland: aava_rules.Rulebook) -> None:
    """What was so last year is not what is so now."""
    with pytest.raises(aava_rules.AssumptionError, match="2013-05-01"):
        finland.look_ahead(client(facts_on="2013-05-01"), on="2014-05-01", assume=STAYS)


@pytest.mark.parametrize(
    ("until", "words"), [("2014-04-30", "before the first"), ("2024-05-02", "10 years"), ("soon", "a date such as")]
)
def test_a_last_day_that_cannot_be_is_refused(finland: aava_rules.Rulebook, until: str, words: str) -> None:
    """It is a day, after the first one, and at most ten years away."""
    with pytest.raises(ValueError, match=words):
        finland.look_ahead(client(), on="2014-05-01", until=until)


def test_what_is_told_is_json_and_has_texts_in_three_languages(finland: aava_rules.Rulebook) -> None:
    """The form of a look ahead, whole."""
    record = client(benefits=[subsidy("2014-04-01", "2015-03-12", 190)])
    changes = finland.look_ahead(record, on="2015-03-01", until="2015-04-01", only=["target_group"], assume=STAYS)
    form = json.loads(changes.to_json())
    assert (form["record_id"], form["on"], form["until"]) == ("x", "2015-03-01", "2015-04-01")
    assert form["assumed"] == {"facts": "continue"} and form["rulebook"]["name"] == "finland"
    (change,) = form["changes"]
    assert change["day"] == "2015-03-14" and set(change["text"]) == {"fi", "sv", "en"}
    assert change["before"]["value"] is True and change["after"]["value"] is False
    assert changes.decision(date(2015, 3, 14)).outcomes["target_group"].value is False
    assert changes[0:1] == (changes[0],) and len(changes) == 1


class Noted:
    """A plugin that notes the days of decisions."""

    def __init__(self) -> None:
        self.days: list[date] = []

    @aava_rules.hookimpl
    def decided(self, decision: Any, context: Any) -> None:
        """Note the day."""
        self.days.append(decision.on)


def test_each_day_of_which_something_is_told_is_noted() -> None:
    """The audit gets a row for the day from which on, and for each day on which something changes."""
    noted = Noted()
    rulebook = aava_rules.load("finland", plugins=[noted], audit="strict")
    record = client(benefits=[subsidy("2014-04-01", "2015-03-12", 190)])
    rulebook.look_ahead(record, on="2015-03-01", until="2015-04-01", only=["target_group"], assume=STAYS)
    assert noted.days == [date(2015, 3, 1), date(2015, 3, 14)]
