"""`Rulebook.counts`: by which answer a client is counted, on which days, and the same through columns."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from random import Random
from typing import Any

import pytest

import aava_rules
from aava_rules import hookimpl
from aava_rules.decision.counts.codes import RANKED, answers_by
from aava_rules.decision.counts.counts import StatusCounts
from aava_rules.decision.counts.quarters import days_named, last_quarter, quarter_of
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.language.errors import UnknownName
from aava_rules.testing import RecordMaker

FINLAND = aava_rules.load("finland", plugins=False)
WORK = {"kind": "rehabilitative_work", "start": "2024-01-08", "plan_made_on": "2024-01-02"}
KEPT = WORK | {"id": "kept", "shop_steward_told_on": "2024-01-05"}
BROKEN = WORK | {"id": "broken", "shop_steward_told_on": "2024-01-09"}
OPEN = WORK | {"id": "open"}


def counted_by(record: dict[str, Any], name: str, on: str = "2024-03-31") -> str:
    """The answer by which one client is counted."""
    tally = FINLAND.tally(on, [name])
    return answers_by(FINLAND.decide(record, on=on, only=[name]), tally.questions)[0]


@pytest.mark.parametrize(
    ("periods", "answer"),
    [
        ([KEPT], "met"),
        ([KEPT, OPEN], "unknown"),
        ([KEPT, OPEN, BROKEN], "broken"),
        ([], "not_applicable"),
        (None, "unknown"),
    ],
)
def test_a_client_is_counted_once_by_the_most_serious_answer(periods: list[Any] | None, answer: str) -> None:
    """Over several periods broken goes before unknown, and unknown before met; of unknown periods nothing is known."""
    assert counted_by({"id": "a", "periods": periods}, "shop_steward_told_before_start") == answer


def test_what_is_surely_broken_stays_so_where_more_may_be_there() -> None:
    """A list that is complete from a day on is counted by the items that it has."""
    record = {"id": "a", "periods": [BROKEN], "complete_from": {"periods": "2024-01-01"}}
    assert counted_by(record, "shop_steward_told_before_start") == "broken"


@pytest.mark.parametrize(
    ("on", "answer"),
    [
        ("2024-04-03", "suggested"),
        ("2024-04-04", "suggested"),
        ("2024-04-05", "overdue"),
        ("2023-12-31", "not_suggested"),
    ],
)
def test_a_step_is_overdue_from_the_day_after_its_due_day(on: str, answer: str) -> None:
    """The review of a plan of 4 January is due by 4 April."""
    plan = {"kind": "activation_plan", "made_on": "2024-01-04", "reviewed_on": []}
    record = {"id": "a", "plans": [plan], "periods": [], "events": []}
    assert counted_by(record, "plans_updated", on) == answer


@pytest.mark.parametrize(
    ("facts", "name", "answer"),
    [
        ({"target_group": True}, "target_group", "true"),
        ({"target_group": False}, "target_group", "false"),
        ({}, "target_group", "unknown"),
        ({"organiser": "municipality"}, "organiser", "municipality"),
        ({"target_group_grounds": ["young_subsidy", "adult_subsidy"]}, "target_group_grounds", "adult_subsidy+young_subsidy"),
        ({"target_group_grounds": []}, "target_group_grounds", "empty"),
        ({"daily_compensation": "9.00"}, "daily_compensation", "known"),
        ({"benefit_loss_ends_on": "2024-05-05"}, "benefit_loss_ends_on", "known"),
    ],
)  # fmt: skip
def test_outcomes_are_counted_by_value_but_for_numbers_and_days(facts: dict[str, Any], name: str, answer: str) -> None:
    """Truths and words as they are; amounts and days, which would tell clients apart, as known."""
    assert counted_by({"id": "a", "facts": facts}, name) == answer
    frames = tables_of([{"id": "a", "facts": facts}], FINLAND._book.vocabulary)
    frames.pop("invalid")
    tally = FINLAND.tally("2024-03-31", [name])
    from aava_rules.engine.table.input.tables import load

    FINLAND.count_tables(tally, load(frames, date(2024, 3, 31), FINLAND._book.vocabulary))
    assert tally._counts == [Counter({(None, answer): 1})]


def test_columns_count_as_the_records_one_by_one() -> None:
    """All requirements, outcomes and steps on several days, also of clients whose numbers columns cannot hold."""
    book = aava_rules.load("aava", plugins=False)
    maker, random = RecordMaker(book), Random(11)
    records = []
    for number in range(12):
        record = maker.record(random, date(2023, 6, 1)) | {"id": f"R{number}"}
        place = random.choice(["Lahti", "Hollola", "Heinola", None])
        records.append(record | {"client": {**(record.get("client") or {}), "municipality": place}})
    frames = tables_of(records, book._book.vocabulary)
    assert not len(frames.pop("invalid"))
    asked = sorted({question.full_name if question.kind != "outcome" else question.name
                    for question in book._book.questions.values()} - {"assessment_start_working_days"})  # fmt: skip
    days = ["2023-Q2", "2015-06-30"]
    assert book.counts_table(**frames, on=days, only=asked) == book.counts(records, days, asked)


def test_whose_record_cannot_be_answered_is_counted_nowhere() -> None:
    """Neither on one day nor on another, so that all days have the same clients."""
    wrong = {"id": "wrong", "client": {"municipality": "Lahti"}, "periods": [{"kind": "?"}]}
    right = [{"id": f"{number}", "client": {"municipality": "Lahti"}} for number in range(12)]
    counts = FINLAND.counts([*right, wrong], ["2024"], ["participation_days_cap"])
    assert (counts.clients, counts.failed, len(counts.tables)) == (12, 1, 4)
    assert {row.clients for table in counts.tables for row in table.rows} == {12}
    assert "Not read: 1." in counts.text("en")


class _Listener:
    def __init__(self) -> None:
        self.days: list[date] = []
        self.records: list[tuple[str, date]] = []

    @hookimpl
    def decided_table(self, block: Any, context: Any) -> None:
        self.days.append(block.on)

    @hookimpl
    def decided(self, decision: Any, context: Any) -> None:
        self.records.append((decision.record_id, decision.on))


def test_plugins_take_note_of_what_is_counted() -> None:
    """Of each block on each day through columns, else of each decision."""
    listener = _Listener()
    book = aava_rules.load("finland", plugins=[listener])
    book.counts([{"id": "a"}], "2024-Q1", ["participation_days_cap"])
    assert listener.records == [("a", date(2024, 3, 31))]
    frames = tables_of([{"id": "a"}], book._book.vocabulary)
    frames.pop("invalid")
    book.counts_table(**frames, on="2024", only=["participation_days_cap"])
    assert sorted(listener.days) == list(days_named("2024") or ())


def test_counts_survive_json() -> None:
    """What `to_dict` writes as JSON, `from_dict` reads back equal."""
    records = [{"id": f"{number}", "client": {"municipality": "Lahti"}} for number in range(12)]
    counts = FINLAND.counts(records, "2024-Q1", ["participation_days_cap", "target_group"])
    form = json.loads(json.dumps(counts.to_dict()))
    again = StatusCounts.from_dict(form)
    assert again.to_dict() == form
    assert again.tables == counts.tables
    assert form["rulebook"]["sha256"] == FINLAND.sha256


def test_quarters_are_their_last_days() -> None:
    """A quarter is the day on which it ends, a year its four quarters; other texts are days, or nothing."""
    assert days_named("2024-Q1") == (date(2024, 3, 31),)
    assert days_named("2024") == (date(2024, 3, 31), date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31))
    assert days_named("2200-Q4") == (date(2200, 12, 31),)
    assert [days_named(name) for name in ("2024-Q5", "2024-03-31", "1899", "2201-Q1", "24-Q1")] == [None] * 5
    assert last_quarter(date(2024, 1, 1)) == last_quarter(date(2024, 3, 31)) == date(2023, 12, 31)
    assert last_quarter(date(2024, 4, 1)) == date(2024, 3, 31)
    assert (quarter_of(date(2024, 6, 30)), quarter_of(date(2024, 6, 29)), quarter_of(date(2024, 2, 29))) == (
        "2024-Q2", None, None,
    )  # fmt: skip


def test_days_may_be_named_in_any_way_and_order() -> None:
    """A single day, a quarter, a year, or several of them; each day once, the earliest first."""
    assert FINLAND.tally(["2024-Q2", date(2024, 3, 31), "2024-Q1"]).days == (date(2024, 3, 31), date(2024, 6, 30))
    assert FINLAND.tally("2024-02-29").days == (date(2024, 2, 29),)
    assert len(FINLAND.tally("2024").days) == 4
    assert FINLAND.tally().days == (last_quarter(date.today()),)


def test_what_cannot_be_counted_is_refused() -> None:
    """No day, what is no day, a name that nothing has, and one record in place of many."""
    with pytest.raises(ValueError, match="2024-Q1"):
        FINLAND.counts([], [])
    with pytest.raises(ValueError, match="2014-05-05"):
        FINLAND.counts([], "2024-Q7")
    with pytest.raises(UnknownName, match="plan_reviewed_in_time"):
        FINLAND.counts([], "2024", ["plan_reviewd_in_time"])
    with pytest.raises(TypeError, match="list"):
        FINLAND.counts({"id": "a"}, "2024")


def test_without_names_all_requirements_are_counted() -> None:
    """And nothing else; each has a table for each day."""
    tally = FINLAND.tally("2024")
    assert {question.kind for question in tally.questions} == {"requirement"}
    assert {question.name for question in tally.questions} == set(FINLAND.requirements)
    assert set(RANKED) == {"requirement", "step"}
