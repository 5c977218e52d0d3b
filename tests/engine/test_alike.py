"""What is kept for all clients of whom the same is known: it is asked once, and changes no answer."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_rulebooks import FOLDER

import aava_rules
from aava_rules.compiler.program import Program
from aava_rules.decision.decision import inside
from aava_rules.engine import alike
from aava_rules.engine.reference.engine import Reference
from aava_rules.testing import RecordMaker, as_json

DAYS = ("2014-05-05", "2021-03-01", "2026-12-31")


@cache
def used(name: str, keeps: bool = True) -> aava_rules.Rulebook:
    """A shipped rulebook that goes on answering; of one that ``keeps`` nothing all is dropped for each client."""
    return aava_rules.load(name, plugins=False)


def fresh(name: str) -> aava_rules.Rulebook:
    """A shipped rulebook that has answered nobody."""
    rulebook = used(name, keeps=False)
    rulebook._book.compiled.clear()
    return rulebook


def drawn(rulebook: aava_rules.Rulebook, seed: int) -> tuple[Any, str]:
    """A drawn record, and a day of decision."""
    on = DAYS[seed % len(DAYS)]
    return as_json(RecordMaker(rulebook).record(Random(seed), date.fromisoformat(on))), on


def told(rulebook: aava_rules.Rulebook, record: Any, on: str, engine: str | None = None) -> str:
    """All that a decision says, and some explanations."""
    decision = rulebook.decide(record, on, engine=engine)
    names = sorted({state.name for state in inside(decision).states})
    explained = [decision.explain(name).to_dict() for name in names[:: len(names) // 5]]
    return decision.to_json() + json.dumps(explained)


@pytest.mark.parametrize("name", ["finland", "aava"])
@settings(max_examples=3)
@given(st.integers(0, 2**32))
def test_those_who_came_before_change_nothing(name: str, seed: int) -> None:
    """A client is told the same, to the last byte, by a rulebook that has answered many and by one that has not."""
    record, on = drawn(used(name), seed)
    for day in (DAYS[0], on):
        before = told(used(name), record, day)
    assert before == told(fresh(name), record, on)


def test_the_engine_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two clients of whom the same is known the second is answered without the engine, and a third is not."""
    asked: list[Program] = []
    states = Reference.states

    def noting(self: Reference, program: Program, known: int) -> Any:
        asked.append(program)
        return states(self, program, known)

    monkeypatch.setattr(Reference, "states", noting)
    rulebook = aava_rules.load("aava", plugins=False)
    record: dict[str, Any] = {"id": "first", "client": {"birth_date": "1990-01-01"}, "plans": [{"id": "p"}]}
    texts = []
    for birth in ("1990-01-01", "1990-01-02", "2010-01-02"):
        record["client"]["birth_date"] = birth
        asked.clear()
        texts.append((rulebook.decide(record, "2021-03-01", engine="reference").to_json(), len(asked)))
    assert texts[0][0] == texts[1][0]
    assert [number > 0 for _, number in texts] == [True, False, True]


def test_values_that_are_computed_are_each_client_s_own() -> None:
    """Clients who are alike in the cells of every test may differ in what a rule computes."""
    rulebook = aava_rules.load(FOLDER / "computed", plugins=False)
    answers = []
    for days in (7, 8, 9):
        record = {"id": "r", "facts": {"worked_days": days, "more_days": 0}}
        answers.append(rulebook.decide(record, "2021-03-01", ["days_left"], "reference").outcomes["days_left"].value)
    assert answers == [13, 12, 11]


@pytest.mark.parametrize("first", DAYS)
def test_cautions_are_those_of_the_day(first: str) -> None:
    """What has not been read to the judged day is told of each day, whichever was asked first."""
    record = {"id": "r", "client": {"birth_date": "1990-01-01"}}
    asked = used("finland")
    asked._book.compiled.clear()
    asked.decide(record, first).to_json()
    for on in DAYS:
        assert asked.decide(record, on).to_json() == fresh("finland").decide(record, on).to_json()


def test_what_is_kept_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many answers all are worked out anew; they stay the same."""
    rulebook = aava_rules.load("aava", plugins=False)
    records = [drawn(rulebook, seed)[0] for seed in range(3)]
    before = [told(rulebook, record, "2021-03-01", "reference") for record in records]
    monkeypatch.setattr(alike, "MOST_ANSWERS", 20)
    limited = aava_rules.load("aava", plugins=False)
    clients = alike.clients_alike(limited._book, "reference")
    for record, text in zip(records, before, strict=True):
        assert told(limited, record, "2021-03-01", "reference") == text
        assert clients.answers <= 20
