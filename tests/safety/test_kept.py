"""What is kept for later decisions is bounded by what it takes, however unlike the questions are."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest

import aava_rules
from aava_rules.compiler import compile as compiling
from aava_rules.engine.diagram import codegen, unseen
from aava_rules.engine.diagram import diagram as diagrams
from aava_rules.engine.diagram.codegen import compile_paths
from aava_rules.engine.diagram.diagram import Place

RECORD = {"id": "x", "plans": [{}], "periods": [{"start": "2015-01-01"}]}
DAYS = ("2003-01-01", "2010-06-30", "2015-09-15", "2027-01-01")


def told(rulebook: aava_rules.Rulebook, seed: int) -> list[str]:
    """What is answered to questions that are hardly ever the same."""
    random = Random(seed)
    names = sorted(rulebook._book.answer_names)
    texts = []
    for _ in range(12):
        only = random.sample(names, 8) if random.random() < 0.8 else None
        decision = rulebook.decide(RECORD, random.choice(DAYS), only, "reference")
        texts.append(decision.to_json())
    return texts


def kept(rulebook: aava_rules.Rulebook) -> int:
    """How many answers all programs have that are kept."""
    book = rulebook._book
    groups = [group for groups in book._groups.values() for group in groups] + [*book._of_outcomes.values()]
    return sum(len(program.questions) for group in groups for program in group._programs.values())


def test_programs_are_dropped_when_they_take_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are the same as where nothing is dropped, and never more is kept than the bound."""
    free = aava_rules.load("finland", plugins=False)
    right = told(free, 1)
    assert kept(free) > 300
    monkeypatch.setattr(compiling, "MOST_KB", 100 * compiling.ANSWER_KB)
    bounded = aava_rules.load("finland", plugins=False)
    assert told(bounded, 1) == right
    # one group with all its questions may go beyond
    most = max(len(group.questions) for groups in bounded._book._groups.values() for group in groups)
    assert kept(bounded) <= 100 + most


def test_a_choice_of_any_length_is_not_kept() -> None:
    """Names that are said again and again are no other choice; one of each is kept, and is answered the same."""
    rulebook = aava_rules.load("finland", plugins=False)
    names = sorted(rulebook._book.answer_names)
    for only in (names, names * 100, ["target_group"], ["target_group"] * 10_000):
        decision = rulebook.decide(RECORD, DAYS[2], only, "reference")
        assert decision.to_json() == rulebook.decide(RECORD, DAYS[2], sorted(set(only)), "reference").to_json()
    assert max(len(only or ()) for only, _ in rulebook._inquiries) == len(names)
    assert len(rulebook._inquiries) == 2


def test_places_of_diagrams_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are dropped with the programs, and made anew; so are open answers that are kept without a place."""
    monkeypatch.setattr(compiling, "MOST_KB", 400)
    monkeypatch.setattr(diagrams, "ONE_IN", 2)
    rulebook = aava_rules.load("finland", plugins=False)
    counted: list[int] = []
    count = rulebook._book.count_kept
    monkeypatch.setattr(rulebook._book, "count_kept", lambda kilobytes: (counted.append(kilobytes), count(kilobytes)))
    free = aava_rules.load("finland", plugins=False)
    for number in range(300):
        facts = {"age": 17 + number % 50, "unemployed": number % 2 == 0, "subsidy_days": number * 7 % 900}
        record = {"id": "a", "facts": facts}
        answers = [
            one.decide(record, "2014-05-05", ["target_group"], "reference").outcomes["target_group"].to_dict()
            for one in (rulebook, free)
        ]
        assert answers[0] == answers[1]
    assert len([kilobytes for kilobytes in counted if kilobytes == diagrams.PLACE_KB]) > 20
    assert unseen.OPEN_KB in counted


def test_nothing_that_a_rulebook_says_is_in_the_code_of_a_diagram(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its names are made up, and facts, words and limits are values that they stand for."""
    texts: list[str] = []

    def compiled(text: str, *rest: Any) -> Any:
        texts.append(text)
        return compile(text, *rest)

    monkeypatch.setattr(codegen, "compile", compiled, raising=False)
    nasty = '"] or __import__("os").abort() or facts["'
    nothing: Any = None
    inner = Place(nasty + "2", ["2015-01-01", "2016-01-01"], ["low", None, "high"], nothing)
    truth = Place("fact", None, {True: inner, False: "no"}, nothing)
    paths = compile_paths(Place(nasty, None, {nasty: truth, "other\n  import os": "end"}, nothing))
    assert paths({nasty: "other\n  import os"}) == "end"
    assert paths({nasty: nasty, "fact": True, nasty + "2": "2014"}) == "low"
    assert paths({nasty: nasty, "fact": False}) == "no"
    (text,) = texts
    words = set(re.findall(r"[A-Za-z]\w*", text))
    assert words <= {"def", "paths", "facts", "value", "if", "is", "True", "False", "return"}
    assert re.fullmatch(r"[\w\s()\[\]:=<]*", text)
