"""The ready-made facts of a record: nobody changes them, and what is found out of their shape is not of another."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

import aava_rules
from aava_rules import Record, RecordError
from aava_rules.decision.decision import inside
from aava_rules.record import read
from aava_rules.record.facts import FACT_NUMBER_MAX, ReadyMadeFacts

ON = date(2014, 5, 5)
FACTS: dict[str, Any] = {"unemployed": True, "subsidy_days": 500, "social_assistance_months": {"at_least": 3}}

CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "set": lambda facts: facts.__setitem__("age", 30),
    "delete": lambda facts: facts.__delitem__("unemployed"),
    "update": lambda facts: facts.update(age=30),
    "or": lambda facts: facts.__ior__({"age": 30}),
    "pop": lambda facts: facts.pop("unemployed"),
    "popitem": lambda facts: facts.popitem(),
    "setdefault": lambda facts: facts.setdefault("age", 30),
    "clear": lambda facts: facts.clear(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_facts_refuse_to_be_changed(change: str) -> None:
    """Since their record is immutable; the message says how to get another one."""
    record = read({"id": "r", "facts": FACTS})
    with pytest.raises(TypeError, match="model_copy"):
        CHANGES[change](record.facts)
    assert record.facts == FACTS


def test_facts_are_a_dict_to_whoever_reads_them() -> None:
    """Equal to one, printed as one, and written as one, to JSON and to Python."""
    record = read({"id": "r", "facts": FACTS})
    assert isinstance(record.facts, dict)
    assert json.loads(json.dumps(record.facts)) == FACTS
    assert type(record.model_dump()["facts"]) is dict
    assert json.loads(record.model_dump_json())["facts"] == FACTS
    assert record.facts | {"age": 30} == FACTS | {"age": 30}
    assert type(record.facts.copy()) is dict
    assert read(record.model_dump()) == record


@pytest.mark.parametrize(
    "copied",
    [
        lambda record: pickle.loads(pickle.dumps(record)),
        copy.copy,
        copy.deepcopy,
        lambda record: record.model_copy(),
        lambda record: record.model_copy(deep=True),
        lambda record: Record(id="r", facts=record.facts),
    ],
)
def test_copies_keep_their_facts(copied: Callable[[Record], Record]) -> None:
    """Before and after the record has been asked, which leaves nothing in a copy that could not be pickled."""
    rulebook = aava_rules.load("finland")
    record = read({"id": "r", "facts": FACTS})
    for _ in range(2):
        other = copied(record)
        assert other == record
        assert type(other.facts) is ReadyMadeFacts
        for one in (record, other):
            assert inside(rulebook.decide(one, ON)).session.facts.inputs["subsidy_days"] == 500


def test_two_rulebooks_read_the_same_record() -> None:
    """What the one found out of a record's facts is not taken for what the other would, in any order of asking."""
    finland, local = aava_rules.load("finland"), aava_rules.load("hartola_sysma")
    facts = {"unemployed": True, "subsidy_days": 500}
    record, apart = read({"id": "r", "facts": facts}), [read({"id": "r", "facts": facts}) for _ in range(2)]
    for rulebook in (finland, local, finland, local):
        alone = rulebook.decide(apart[rulebook is local], ON).to_json()
        assert rulebook.decide(record, ON).to_json() == alone


@pytest.mark.parametrize(
    ("days", "fault"), [(0, False), (FACT_NUMBER_MAX, False), (FACT_NUMBER_MAX + 1, True), (-1, True)]
)
def test_numbers_of_facts_have_bounds(days: int, fault: bool) -> None:
    """On both sides of each, whatever was read before in the same shape."""
    rulebook = aava_rules.load("finland")
    rulebook.decide({"id": "before", "facts": {"subsidy_days": 7}}, ON)
    record = read({"id": "r", "facts": {"subsidy_days": days}})
    assert (record.facts.signature is None) is fault
    if fault:
        with pytest.raises(RecordError, match=r"facts\.subsidy_days"):
            rulebook.decide(record, ON)
    else:
        assert inside(rulebook.decide(record, ON)).session.facts.inputs == {"subsidy_days": days}


@pytest.mark.parametrize(("name", "right", "wrong"), [("unemployed", True, 1), ("subsidy_days", 1, True)])
def test_equal_values_of_other_types_are_of_another_shape(name: str, right: Any, wrong: Any) -> None:
    """True is equal to 1, but no number of days."""
    rulebook = aava_rules.load("finland")
    for _ in range(2):
        rulebook.decide({"id": "r", "facts": {name: right}}, ON)
        with pytest.raises(RecordError, match=rf"facts\.{name}"):
            rulebook.decide({"id": "r", "facts": {name: wrong}}, ON)


def test_what_lies_in_facts_is_shared_by_no_other_record() -> None:
    """A list or bounds among the facts of one record are copied when another is made of them."""
    first = read({"id": "a", "facts": {"words": ["x"], "subsidy_days": {"at_least": 300}}})
    second = Record(id="b", facts=first.facts)
    first.facts["words"].remove("x")
    first.facts["subsidy_days"]["at_least"] = 0
    assert second.facts == {"words": ["x"], "subsidy_days": {"at_least": 300}}


@pytest.mark.parametrize("wrong", [{"text": "x\x00y"}, {"Maija Meikäläinen": True}, {"days": 10**13}])
def test_facts_that_were_not_read_are_checked_like_any_others(wrong: dict[str, Any]) -> None:
    """That they are of the class of facts which were read says nothing of them."""
    with pytest.raises(RecordError) as error:
        read({"id": "a", "facts": ReadyMadeFacts(wrong)})
    assert "Maija" not in str(error.value)
    assert read({"id": "a", "facts": ReadyMadeFacts({"unemployed": None})}).facts == {}


def test_a_record_that_was_made_without_being_read() -> None:
    """Its facts are a plain dict; they are typed all the same, and what is wrong is told."""
    rulebook = aava_rules.load("finland")
    record = read({"id": "r"})
    right = record.model_copy(update={"facts": {"unemployed": True}})
    assert inside(rulebook.decide(right, ON)).session.facts.inputs == {"unemployed": True}
    with pytest.raises(RecordError, match=r"facts\.unemployed"):
        rulebook.decide(record.model_copy(update={"facts": {"unemployed": 1}}), ON)


def test_a_name_that_is_no_text_is_told() -> None:
    """No way of making a record takes it; one whose insides a host has changed is told of when it is decided on."""
    record = read({"id": "r"})
    with pytest.raises(RecordError, match="AR113"):
        Record.model_construct(**{**dict(record), "facts": {1: True}})
    record.__dict__["facts"] = {1: True}
    with pytest.raises(RecordError, match="AR100"):
        aava_rules.load("finland").decide(record, ON)
