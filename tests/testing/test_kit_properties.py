"""The ready-made properties find what they are there for, say it with a record that can be read, and pass what is right."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from brute import shipped
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from aava_rules import AavaRulesError, UnknownName
from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.values import LAST_DAY
from aava_rules.testing import (
    CANARY,
    breaks_no_limit,
    hostile_input_is_refused,
    more_facts_turn_no_answer,
    random_rulebook,
    readable,
)
from aava_rules.testing.edges import Edges

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = runpy.run_path(str(ROOT / "examples" / "scheduler" / "scheduler.py"))
REPEATABLE = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
FEW = settings(REPEATABLE, max_examples=8)
UNSHRUNK = settings(REPEATABLE, max_examples=100, phases=[Phase.generate])
LENGTH = ["period_length_min"]


def test_the_planted_fault_of_the_example_is_found_and_shown_in_a_few_lines() -> None:
    """Ninety days for three months: the record that is shown has one plan, no period, and not a fact more."""
    with pytest.raises(AssertionError) as caught:
        breaks_no_limit(
            EXAMPLE["schedule"],
            shipped("finland"),
            settings=settings(REPEATABLE, max_examples=5000),
            requirements=LENGTH,
        )
    text = str(caught.value)
    assert text.startswith("A plan breaks the limit period_length_min of periods[id=planned].agreed_end on ")
    assert "rule: PL-10 (Act 189/2001 section 13" in text
    assert "says: The period agreed on is too short." in text
    record = text.partition("the record:\n")[2].partition("what the scheduler made of it:")[0]
    assert [line.split(":")[0].strip(" -") for line in record.splitlines()] == [
        "id",
        "plans",
        "kind",
        "made_on",
        "periods",
    ]
    assert "agreed_end" in text.partition("what the scheduler made of it:")[2]


def test_the_mended_scheduler_of_the_example_passes() -> None:
    """Three months by the calendar break no limit."""
    breaks_no_limit(
        EXAMPLE["schedule_by_calendar"], shipped("finland"), settings=settings(REPEATABLE, max_examples=150)
    )


def test_the_readme_of_the_example_shows_what_comes_out() -> None:
    """The message in its README is one that the property makes: the same lines, whatever the days."""
    text = (ROOT / "examples" / "scheduler" / "README.md").read_text(encoding="utf-8")
    for line in (
        "A plan breaks the limit period_length_min",
        "rule: PL-10",
        "the record:",
        "what the scheduler made of it:",
    ):
        assert line in text


def test_what_was_broken_before_is_no_breach_of_the_scheduler() -> None:
    """A client whose period is too short already is not held against who plans nothing."""
    start, end = date(2014, 5, 5), date(2014, 5, 9)
    short = {"id": "a", "periods": [{"id": "p", "kind": "rehabilitative_work", "start": start, "agreed_end": end}]}
    breaks_no_limit(lambda record, on: record, shipped("finland"), records=st.just((short, start)), settings=FEW)
    breaks_no_limit(lambda record, on: None, shipped("finland"), records=st.just((short, start)), settings=FEW)
    with pytest.raises(AssertionError, match="period_length_min of"):
        breaks_no_limit(
            lambda record, on: short, shipped("finland"), records=st.just(({"id": "a"}, start)), settings=FEW,
            requirements=["period_length_min"],
        )  # fmt: skip


def test_a_limit_that_is_not_there_is_told_before_anything_is_drawn() -> None:
    """A name that the rulebook lacks does not make a property that always passes."""
    with pytest.raises(UnknownName):
        breaks_no_limit(lambda record, on: record, shipped("finland"), requirements=["no_such_limit"])


def test_what_a_scheduler_raises_goes_on() -> None:
    """A scheduler that fails is not said to keep the limits."""

    def broken(record: Any, on: date) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks_no_limit(broken, shipped("finland"), settings=FEW)


def test_nothing_is_planned_past_the_calendar() -> None:
    """Of a client of the last days of the calendar no scheduler can plan anything; before them it is held to its limits."""
    asked: list[date] = []

    def watched(record: Any, on: date) -> Any:
        asked.append(on)
        return EXAMPLE["schedule_by_calendar"](record, on)

    for on in (LAST_DAY, add_months(LAST_DAY, -60) + ONE_DAY, add_months(LAST_DAY, -60)):
        client = {"id": "a", "plans": [{"kind": "activation_plan", "made_on": on}], "periods": []}
        breaks_no_limit(watched, shipped("finland"), records=st.just((client, on)), settings=FEW)
    assert set(asked) == {add_months(LAST_DAY, -60)}


def test_what_is_planned_and_is_no_record_is_told_with_its_faults() -> None:
    """A period that ends before it begins: the fault, and the smallest record with which the scheduler makes it."""

    def backwards(record: Any, on: date) -> Any:
        period = {"id": "p", "kind": "rehabilitative_work", "start": on, "end": on - ONE_DAY}
        return {**record, "periods": [period]}

    client = {
        "id": "a",
        "facts": {"age": 30},
        "plans": [{"kind": "activation_plan"}],
        "complete_from": {"plans": date(2014, 1, 1)},
    }
    with pytest.raises(AssertionError) as caught:
        breaks_no_limit(
            backwards,
            shipped("finland"),
            records=st.just((client, date(2014, 5, 5))),
            settings=FEW,
            requirements=LENGTH,
        )
    text = str(caught.value)
    assert text.startswith("What is planned on 2014-05-05 is no record.\n")
    assert "periods[0].end" in text.partition("the record:")[0]
    assert text.partition("the record:\n")[2].partition("what the scheduler made of it:")[0].split() == ["id:", "a"]


def test_a_scheduler_that_changes_the_record_in_place_is_compared_with_what_was_there() -> None:
    """The record that it is handed is a copy."""

    def inserts(record: Any, on: date) -> Any:
        record["periods"] = [{"id": "p", "kind": "rehabilitative_work", "start": on, "agreed_end": on}]
        return record

    with pytest.raises(AssertionError, match="period_length_min") as caught:
        breaks_no_limit(inserts, shipped("finland"), settings=FEW, requirements=["period_length_min"])
    assert "periods" in str(caught.value).partition("what the scheduler made of it:")[2]


def test_more_facts_turn_no_answer_of_a_shipped_rulebook() -> None:
    """What is known of the outcomes of the law stays, whatever else becomes known."""
    more_facts_turn_no_answer(shipped("finland"), settings=settings(REPEATABLE, max_examples=2))
    more_facts_turn_no_answer(random_rulebook(5).load(), settings=settings(REPEATABLE, max_examples=20))


def test_an_answer_that_takes_missing_for_no_is_found() -> None:
    """Whoever answers "not unemployed" where nothing is said has answers that turn, and sees the fact that turns them."""

    rulebook = random_rulebook(5).load()
    fact = next(name for name in Edges(rulebook).read if rulebook._parts.facts[name].type == "boolean")

    def guessing(record: Any, on: date) -> dict[str, Any]:
        return {"unemployed": record.get("facts", {}).get(fact, False)}

    with pytest.raises(AssertionError, match="More facts turn the answer unemployed") as caught:
        more_facts_turn_no_answer(rulebook, guessing, settings=UNSHRUNK)
    assert f"{fact}: true" in str(caught.value).partition("what was added:")[2]


def test_an_answer_that_is_taken_back_is_found() -> None:
    """To know no longer what was known is a turn too."""

    def forgets(record: Any, on: date) -> dict[str, Any]:
        return {} if len(record.get("facts", {})) > 3 else {"answer": True}

    with pytest.raises(AssertionError, match="becomes UNKNOWN"):
        more_facts_turn_no_answer(random_rulebook(5).load(), forgets, settings=UNSHRUNK)


def test_hostile_input_is_refused_by_the_library() -> None:
    """The library itself keeps the property."""
    hostile_input_is_refused(
        lambda record: shipped("finland").decide(record).outcomes, shipped("finland"), settings=FEW
    )


@pytest.mark.parametrize(
    ("take", "says"),
    [
        (lambda record: record["id"].lower(), "is raised"),
        (lambda record: _refuse(record), "RecordRefused shows what stands in the record"),
    ],
)
def test_what_lets_hostile_input_through_is_found(take: Any, says: str) -> None:
    """An exception that nobody meant, and one that quotes the record."""
    with pytest.raises(AssertionError, match=says):
        hostile_input_is_refused(take, shipped("finland"), errors=(AavaRulesError,), settings=UNSHRUNK)


class RecordRefused(AavaRulesError):
    pass


def _refuse(record: Any) -> None:
    raise RecordRefused(f"what is {CANARY}?")


def test_a_record_is_shown_as_it_is_written() -> None:
    """Days and texts on lines of their own, an empty list as such."""
    assert readable({"id": "a", "facts": {"age": 25}, "periods": []}) == "id: a\nfacts:\n  age: 25\nperiods: []"
    assert readable([]) == "[]"
