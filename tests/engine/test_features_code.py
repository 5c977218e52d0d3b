"""The function that reads all features of a program gives the cells that the closures of its features give."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import aava_rules
from aava_rules.engine import session, through
from aava_rules.engine.reference import features
from aava_rules.engine.reference.features_code import code_of
from aava_rules.testing import RecordMaker, change_days, random_rulebook


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of each program that a decision reads, the cells by its function, which are those by its closures."""
    cells: list[int] = []

    def read_twice(program: Any, scopes: Any) -> int:
        known = 0
        for read, scope in features.feature_readers(program):
            known |= read(scopes[scope])
        key = "read by a function"
        if key not in program.compiled:
            program.compiled[key] = code_of(program, features._MASKS)
        assert program.compiled[key](scopes) == known
        cells.append(known)
        return known

    monkeypatch.setattr(session, "known_cells", read_twice)
    monkeypatch.setattr(through, "known_cells", read_twice)
    return cells


@pytest.mark.parametrize("number", range(6))
def test_random_rulebooks(number: int, compared: list[int]) -> None:
    _compare(random_rulebook(number).load(), 12, number)
    assert len(set(compared)) > 12


def test_a_shipped_rulebook(compared: list[int]) -> None:
    _compare(aava_rules.load("finland"), 8, 1)
    assert len(set(compared)) > 100


def _compare(rulebook: aava_rules.Rulebook, records: int, seed: int) -> None:
    maker, random = RecordMaker(rulebook), Random(seed)
    days = [*change_days(rulebook), maker.day(random)]
    for number in range(records):
        on = random.choice(days)
        decision = rulebook.decide(maker.record(random, on) | {"id": str(number)}, on=on, engine="reference")
        assert len(decision.outcomes) == len([outcome.status for outcome in decision.outcomes.values()])
        assert len(decision.findings) == len([finding.status for finding in decision.findings])


def test_it_is_made_once_many_records_came_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "READ_BEFORE_WRITTEN", 2)
    written: list[Any] = []
    monkeypatch.setattr(features, "code_of", lambda program, masks: written.append(program) or code_of(program, masks))
    rulebook = random_rulebook(3).load()
    maker, random = RecordMaker(rulebook), Random(5)
    on = maker.day(random)
    made = []
    answers = []
    for number in range(6):
        record = maker.record(Random(7), on) | {"id": "same"}
        answers.append(rulebook.decide(record, on=on, engine="reference").to_json())
        made.append(len(written))
        assert number < 2 or made[-1] > 0
    assert made[:2] == [0, 0]
    assert made[-1] == len({id(program) for program in written})
    assert len(set(answers)) == 1
