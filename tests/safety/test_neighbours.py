"""What one host, client or thread is given is its own: changing it changes nothing for anybody else."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

import aava_rules
from aava_rules.decision.client_path import client_path
from aava_rules.decision.decision import Decision
from aava_rules.language.structs import FrozenDict, Struct
from aava_rules.record import Record
from aava_rules.record.facts import ReadyMadeFacts

RECORD = {
    "id": "a",
    "client": {"municipality": "Hartola"},
    "facts": {"age": 30, "unemployed": True},
    "plans": [{"kind": "activation_plan", "made_on": "2015-01-05"}, {}],
    "periods": [{"start": "2015-01-07", "length_months": 30, "days_per_week": 7}],
    "benefits": [{"start": "2015-01-01"}, {"start": "2015-01-01"}],
    "events": [{"step": "first_meeting", "on": "2015-01-02"}],
}
DAYS = ("2015-02-02", "2027-01-01")


def parts_of(value: Any, seen: set[int]) -> Iterator[Any]:
    """Every dict and list that can be reached from what a decision hands out."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, (dict, list)):
        yield value
        inner: Any = [*value, *value.values()] if isinstance(value, dict) else value
    elif isinstance(value, (tuple, frozenset)):
        inner = value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = [getattr(value, field.name) for field in dataclasses.fields(value)]
    elif isinstance(value, Struct):
        inner = [getattr(value, name) for name in type(value)._names]
    else:
        return
    for part in inner:
        yield from parts_of(part, seen)


def handed_out(rulebook: aava_rules.Rulebook, day: str) -> Iterator[Any]:
    """All that a host gets of one decision."""
    decision = rulebook.decide(RECORD, day)
    yield rulebook.title
    yield decision.to_dict()
    yield decision.rulebook
    yield from (decision.missing, decision.notices, decision.cautions)
    for answer in (*decision.outcomes.values(), *decision.findings, *decision.next_steps):
        yield (answer.to_dict(), answer.citations, answer.cautions)
        yield getattr(answer, "successor", None)
    for name in {**decision.outcomes, **{finding.key: None for finding in decision.findings}}:
        explanation = decision.explain(name)
        yield (explanation.to_dict(), explanation)
    path = client_path(decision)
    yield (path.to_dict(), path)


def spoil(part: Any) -> None:
    """Change it, or find that it refuses."""
    if isinstance(part, FrozenDict):
        for change in (part.clear, lambda: part.update(fi="spoilt"), lambda: part.__setitem__("fi", "spoilt")):
            with pytest.raises(TypeError, match="never changes"):
                change()
        return
    if isinstance(part, dict):
        for key in list(part):
            part[key] = "spoilt"
        part["spoilt"] = "spoilt"
    else:
        part[:] = ["spoilt"]


def told(rulebook: aava_rules.Rulebook, day: str) -> list[str]:
    decision: Decision = rulebook.decide(RECORD | {"id": "b"}, day)
    explained = [decision.explain(name).text("fi") for name in decision.outcomes]
    return [decision.to_json(), *explained, str(rulebook.title), str(client_path(decision).to_dict())]


@pytest.mark.parametrize("name", ["finland", "aava"])
@pytest.mark.parametrize("day", DAYS)
def test_changing_what_one_client_was_given_changes_nothing_for_the_next(name: str, day: str) -> None:
    """Every dict and list that can be reached is changed, or refuses to be; the next client is told the same."""
    before = told(aava_rules.load(name, plugins=False), day)
    rulebook = aava_rules.load(name, plugins=False)
    parts = [part for given in handed_out(rulebook, day) for part in parts_of(given, set())]
    assert len(parts) > 100
    for part in parts:
        spoil(part)
    assert told(rulebook, day) == before


def test_the_facts_that_are_missing_of_a_diagram_are_those_of_all_records() -> None:
    """The leaf of a diagram keeps them for whoever comes there next."""
    rulebook = aava_rules.load("finland", plugins=False)

    def missing() -> Any:
        decision = rulebook.decide({"id": "a", "facts": {"age": 30}}, "2015-01-01", ["target_group"], "reference")
        assert decision.outcomes["target_group"].status == "unknown"
        return decision.missing

    first = [fact.to_dict() for fact in missing()]
    for _ in range(20):
        for fact in missing():
            fact.to_dict()["text"]["fi"] = "spoilt"
            with pytest.raises(TypeError, match="never changes"):
                fact.titles["fi"] = "spoilt"
    assert [fact.to_dict() for fact in missing()] == first


def changeable(value: Any, seen: set[int], path: str) -> Iterator[str]:
    """The paths at which what can be reached from a value may be changed."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, (list, set, bytearray)) or (
        isinstance(value, dict) and not isinstance(value, (FrozenDict, ReadyMadeFacts))
    ):
        yield path
    inner: dict[Any, Any] = {}
    if isinstance(value, dict):
        inner = dict(value)
    elif isinstance(value, (tuple, frozenset, list)):
        inner = dict(enumerate(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif isinstance(value, Struct):
        inner = {name: getattr(value, name) for name in type(value)._names}
    elif isinstance(value, BaseModel):
        inner = dict(value)
    for name, part in inner.items():
        yield from changeable(part, seen, f"{path}.{name}")


@pytest.mark.parametrize("name", ["finland", "aava"])
def test_nothing_of_a_rulebook_can_be_changed(name: str) -> None:
    """Whether it comes from a pack or from files, and as it speaks to the client."""
    from aava_rules.decision.loading import _parts_of
    from aava_rules.rulebook.locate import Places

    rulebook = aava_rules.load(name, plugins=False)
    assert rulebook.folder is not None
    for parts in (rulebook._parts, rulebook._book.client_parts, _parts_of(rulebook.folder, Places({}))):
        assert list(changeable(parts, set(), "parts")) == []
        with pytest.raises(TypeError, match="never changes"):
            parts.facts["age"] = None
    for given in (rulebook.limits, rulebook.title, rulebook._identities["reference"]):
        assert list(changeable(given, set(), "rulebook")) == []


def test_nothing_of_a_record_can_be_changed() -> None:
    """Neither its lists nor what of them is complete; a copy of it and one that was pickled are such records too."""
    record = Record(**RECORD, complete=["periods.decision_on"], complete_from={"benefits": "2013-01-01"})
    for one in (record, Record(id="a"), record.model_copy(deep=True), pickle.loads(pickle.dumps(record))):
        assert list(changeable(one, set(), "record")) == []
        with pytest.raises(TypeError, match="never changes"):
            one.complete_from["plans"] = None  # type: ignore[index]
    assert record.model_dump()["complete_from"] == {"benefits": date(2013, 1, 1)}
    assert record == Record.model_validate_json(record.model_dump_json())


def test_nothing_of_an_answer_can_be_changed() -> None:
    """What a decision hands out besides `to_dict`, which is a copy."""
    rulebook = aava_rules.load("aava", plugins=False)
    decision = rulebook.decide(RECORD, DAYS[0])
    answers = [*decision.outcomes.values(), *decision.findings, *decision.next_steps]
    given = [*decision.missing, *decision.notices, *decision.cautions, *answers, client_path(decision)]
    given += [
        part for answer in answers for part in (answer.citations, answer.cautions, getattr(answer, "value", None))
    ]
    given += [decision.explain(outcome) for outcome in decision.outcomes]
    assert [path for one in given for path in changeable(one, set(), type(one).__name__)] == []
