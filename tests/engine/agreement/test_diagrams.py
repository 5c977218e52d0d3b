"""Diagrams tell what is told without them: of the value, the rules behind it, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules import Rulebook
from aava_rules.compiler.program import Program
from aava_rules.decision.conclusions import Conclusions
from aava_rules.decision.context import Inquiry
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.json_frames import _Frame
from aava_rules.engine.diagram import diagram as diagrams
from aava_rules.engine.diagram.diagram import FIRST_ASKED, Diagram
from aava_rules.engine.diagram.leaves import Leaf, Passing, PendingLeaf
from aava_rules.engine.diagram.thresholds import upstream_inputs
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.engine.states import States
from aava_rules.record import read
from aava_rules.testing import RecordMaker, change_days, random_rulebook


class Plain:
    """The reference engine without its diagrams."""

    name = "reference"

    def states(self, frame: Program, known: int) -> States:
        return REFERENCE.states(frame, known)


def without_diagrams(rulebook: Rulebook, record: dict[str, Any], on: date, *names: str) -> Decision:
    identity = rulebook._identities["reference"]
    inquiry = Inquiry(rulebook._book, frozenset(names), names, Plain(), identity)
    made = read(record, steps=sorted(rulebook._parts.steps))
    return Decision(Conclusions(inquiry, made, on, *rulebook._inputs.read(made, on)))


def told(decision: Decision, name: str) -> tuple[Any, ...]:
    found = decision.outcomes[name]
    missing = [one.to_dict() for one in decision.missing]
    return found.status, found.value, found.by, found.possible, found.given, missing


WRITTEN: tuple[dict[str, Any], ...] = (
    {},
    {"detail": "short", "languages": ["sv"]},
    {"detail": "short", "languages": [], "not_applicable": True, "tables": False},
    {"audience": "client"},
)


def written(decision: Decision, form: dict[str, Any]) -> str:
    """What is written of a decision in a form, made of its dict."""
    separators = (",", ":") if "detail" in form else (", ", ": ")
    return json.dumps(decision.to_dict(**form), ensure_ascii=False, separators=separators)


def records(maker: RecordMaker, random: Random, on: date, count: int) -> Iterator[dict[str, Any]]:
    """Records of little but ready-made facts; some say a bit more, which diagrams must not overlook."""
    for number in range(count):
        share = random.choice([1.0, 0.9, 0.6, 0.3, 0.0])
        facts = {name: maker.edges.fact(random, name, on) for name in maker.edges.read if random.random() < share}
        record: dict[str, Any] = {"id": f"R-{number}", "facts": facts}
        more = random.randrange(12)
        if more == 0:
            record |= {random.choice(["benefits", "plans", "periods", "events"]): []}
        elif more == 1:
            record["client"] = {"birth_date": date(1990, 2, 28)}
        elif more == 2:
            record = maker.record(random, on) | {"id": record["id"]}
        elif more == 3:
            record["facts_on"] = random.choice([on, maker.day(random)])
        yield record


def check(rulebook: Rulebook, name: str, on: date, random: Random, count: int = 8) -> set[type]:
    """Each record is asked three times: again when the diagram has been that way, and when its ways are written out.

    Tells what answers were made of.
    """
    maker = RecordMaker(rulebook)
    made = list(records(maker, random, on, count))
    plain = [without_diagrams(rulebook, record, on, name) for record in made]
    expected = [told(decision, name) for decision in plain]
    texts = [written(decision, WRITTEN[number % 4]) for number, decision in enumerate(plain)]
    kinds: set[type] = set()
    for _ in range(3):
        for number, (record, answer, text) in enumerate(zip(made, expected, texts, strict=True)):
            decision = rulebook.decide(record, on, only=[name], engine="reference")
            kinds.add(type(decision.outcomes[name]._conclusion))
            assert told(decision, name) == answer
            # written when somebody came there for the first time, for the second, and when all was kept
            assert decision.to_json(**WRITTEN[number % 4]) == text
            # what is asked beside others says the same of itself
            beside = rulebook.decide(record, on, engine="reference")
            assert told(beside, name)[:5] == answer[:5]
    return kinds


@pytest.fixture(params=[1, 3, 10**9], ids=["all lead on", "one in three leads on", "none leads on"])
def one_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many of those who come where nobody has been are answered without a place for each that is made."""
    number = int(request.param)
    monkeypatch.setattr(diagrams, "ONE_IN", number)
    return number


@pytest.mark.parametrize("name", ["finland", "aava"])
def test_shipped_rulebooks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every outcome, on some of the days on which something changes and the days before."""
    monkeypatch.setattr(diagrams, "FIRST_ASKED", 0)
    monkeypatch.setattr(diagrams, "FIRST_COMPILED", 8)
    monkeypatch.setattr(diagrams, "ONE_IN", 3)
    rulebook = aava_rules.load(name)
    random = Random(name)
    days = change_days(rulebook)
    kinds: set[type] = set()
    for outcome in rulebook._parts.outcomes:
        for on in random.sample(days, 2):
            kinds |= check(rulebook, outcome, on, random)
    assert {Leaf, Passing} <= kinds


def test_who_comes_first_is_told_what_all_are(one_in: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the outcomes of constants, records of ready-made facts alone, most of which nobody was like before."""
    monkeypatch.setattr(diagrams, "FIRST_ASKED", 0)
    rulebook, random = aava_rules.load("finland"), Random(one_in)
    maker, days = RecordMaker(rulebook), change_days(rulebook)
    kinds: set[type] = set()
    for name in ("target_group", "early_start_allowed", "duty_to_organise", "work_required_in_plan"):
        read = sorted(upstream_inputs(name, rulebook._book).intersection(maker.edges.read))
        for number in range(60):
            on, share = random.choice(days), random.choice([0.9, 0.7, 0.4])
            facts = {fact: maker.edges.fact(random, fact, on) for fact in read if random.random() < share}
            record = {"id": str(number), "facts": facts}
            decision = rulebook.decide(record, on, only=[name], engine="reference")
            kinds.add(type(decision._context.conclusion(name)))
            assert told(decision, name) == told(without_diagrams(rulebook, record, on, name), name), record
    assert Passing in kinds


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
@example(2444481)  # of one of two outcomes that are unknown for lack of facts, another law is expected
def test_random_rulebooks(seed: int) -> None:
    """Of the outcomes of random rulebooks."""
    rulebook, random = random_rulebook(seed).load(), Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diagrams, "FIRST_ASKED", 0)
        patch.setattr(diagrams, "FIRST_COMPILED", 8)
        patch.setattr(diagrams, "ONE_IN", 1 + seed % 3)
        for outcome in rulebook._parts.outcomes:
            check(rulebook, outcome, RecordMaker(rulebook).day(random), random)


@pytest.mark.parametrize("form", WRITTEN)
def test_one_text_for_all_who_come_to_the_same_leaves(form: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Several outcomes at once, of clients of whom the same is known, whose messages quote other numbers."""
    monkeypatch.setattr(diagrams, "FIRST_ASKED", 0)
    rulebook, random, on = aava_rules.load("finland"), Random(7), date(2014, 5, 5)
    names = ("target_group", "target_group_grounds", "organiser")
    maker, filled, texts = RecordMaker(rulebook), [], set()
    fill = _Frame.filled
    monkeypatch.setattr(_Frame, "filled", lambda frame, decision: filled.append(frame) or fill(frame, decision))
    of_some = {
        name: maker.edges.fact(random, name, on) for name in sorted(rulebook._parts.facts) if name in maker.edges.read
    }
    for number in range(40):
        facts = {name: value for name, value in of_some.items() if number % 2 or random.random() < 0.5}
        facts |= {"age": 30 + number, "subsidy_days": number * 40}
        record = {"id": f'"{number}"', "facts": facts}
        for _ in range(3):
            decision = rulebook.decide(record, on, only=list(names), engine="reference")
            texts.add(decision.to_json(**form))
            assert decision.to_json(**form) == written(without_diagrams(rulebook, record, on, *names), form)
    assert len(filled) > 40
    assert len(texts) == 40


def test_defaults_and_what_is_left_to_an_official_do_not_end_a_diagram(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact that has a value though it is not given leads on by that value, one that given facts tell by theirs."""
    monkeypatch.setattr(diagrams, "FIRST_ASKED", 0)
    rulebook, on = aava_rules.load("finland"), date(2014, 5, 5)
    reasons: set[str] = set()
    for number in range(120):
        # whether two readings of the law differ has a default; whether one is enough follows from the days given
        facts = {"unemployed": True, "subsidy_entitled": True, "employment_plan_made": True, "age": 20 + number % 10}
        facts |= {"subsidy_days_last_12_months": 170 + number % 20} if number % 3 else {}
        facts |= {"jobseeker_interview_held": False, "receives_social_assistance": False} if number % 2 else {}
        facts |= {"allowance_exhausted": False, "subsidy_days": number * 5} if number % 5 else {}
        record = {"id": str(number), "facts": facts}
        decision = rulebook.decide(record, on, only=["target_group"], engine="reference")
        assert isinstance(decision._context.conclusion("target_group"), Leaf), facts
        plain = without_diagrams(rulebook, record, on, "target_group")
        assert told(decision, "target_group") == told(plain, "target_group")
        reasons.update(decision.outcomes["target_group"].reasons)
    assert reasons == {"facts_missing", "needs_judgement"}


def test_a_day_of_decision_of_its_own() -> None:
    """What follows from the day of decision alone is found out anew on each day."""
    rulebook = aava_rules.load("finland")
    days = [day for day in change_days(rulebook) if day.year > 2010]
    record = {"id": "a", "facts": {"unemployed": True, "subsidy_entitled": True, "employment_plan_made": True}}
    for on in [*days, *reversed(days)] * 2:
        decision = rulebook.decide(record, on, only=["target_group"], engine="reference")
        assert told(decision, "target_group") == told(
            without_diagrams(rulebook, record, on, "target_group"), "target_group"
        )


def test_a_diagram_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its bound records are answered the usual way."""
    monkeypatch.setattr(diagrams, "MOST_PLACES", 5)
    rulebook = aava_rules.load("finland")
    on = date(2014, 5, 5)
    maker, random = RecordMaker(rulebook), Random(1)
    for record in records(maker, random, on, 60 + FIRST_ASKED):
        decision = rulebook.decide(record, on, only=["target_group"], engine="reference")
        assert told(decision, "target_group") == told(
            without_diagrams(rulebook, record, on, "target_group"), "target_group"
        )
    (_, found) = inside(decision).inquiry.latest["target_group"]
    assert isinstance(found, Diagram)
    assert found.size <= 5


def test_what_another_thread_says_of_another_day_is_not_taken() -> None:
    """A place has one thing said of it; between two looks another thread may put there what is true on its day."""
    today, tomorrow = date(2014, 5, 5), date(2014, 5, 6)
    mine, theirs = (Leaf("x", "unknown", None, (who,), True, ()) for who in ("mine", "theirs"))

    class Changing:
        looks = 0

        @property
        def answer(self) -> tuple[date, Leaf]:
            self.looks += 1
            return (today, mine) if self.looks == 1 else (tomorrow, theirs)

    conclusions = Conclusions.__new__(Conclusions)
    conclusions.on = today
    assert conclusions._verdict_at(cast(PendingLeaf, Changing()), "x") is mine
