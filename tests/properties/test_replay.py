"""The trace of an answer is enough: a record that holds what was read, and no more, is answered the same."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from brute import BRUTE, rules_of, shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.explain.explanation import explain
from aava_rules.decision.service import Rulebook
from aava_rules.engine.states import State
from aava_rules.language.syntax import Fact, walk
from aava_rules.language.values import Interval
from aava_rules.record.fields import lists
from aava_rules.record.model import Record
from aava_rules.testing import PLAIN, Features, RecordMaker, random_rulebook, situations

DAYS = ("start", "end", "agreed_end", "ended_because", "length_months", "made_on", "ends_on")
ITEMS = Features(items=True, steps=False, judged=False, computed=False, lists=False, doubt=False)


def reads_of(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from node["reads"]
    for child in node["children"]:
        yield from reads_of(child)


def trace(decision: Decision, state: State) -> list[dict[str, Any]]:
    """Everything that the explanation of one state read; not what it supposes to tell what would be otherwise."""
    told = explain(inside(decision), [state], "en").to_dict()
    return [read for tree in told["trees"] for read in reads_of(tree) if read["origin"] != "supposed"]


def state_days(state: State, source: Record) -> Iterator[tuple[str, Any]]:
    """The facts of the record on which the judged days of a state rest."""
    for reading in state.readings:
        for rule in reading.question.rules:
            judged_on = rule.bound.rule.judged_on
            for node in walk(judged_on) if judged_on is not None else ():
                if isinstance(node, Fact) and node.name in source.facts:
                    yield node.name, source.facts[node.name]


def judged_days(state: State) -> list[date | None]:
    days = [scope.judged for reading in state.readings for scope in reading.scopes]
    return [day if isinstance(day, date) else None for day in days]


def record_of(reads: list[dict[str, Any]], state: State, source: Record) -> dict[str, Any]:
    """The record that says what was read: facts by name, and of the item only the fields that were read."""
    record: dict[str, Any] = {"id": "replay", "facts": dict(state_days(state, source))}
    judged = set(judged_days(state))
    if len(judged) == 1 and None not in judged:
        record["facts_on"] = judged.pop()  # what was read is what counted on that day, given or worked out
    elif source.facts_on is not None:
        record["facts_on"] = source.facts_on
    # the days of an item say on which day it is judged, which is no part of the trace
    days = {name: getattr(state.item, name, None) for name in DAYS}
    fields: dict[str, Any] = {"id": "item"} | {name: day for name, day in days.items() if day is not None}
    absent = []
    for read in reads:
        singular, dot, field = read["fact"].partition(".")
        if dot:
            if read["origin"] == "none":
                absent.append(f"{singular}s.{field}")
            elif read["origin"] == "record":
                fields[field] = getattr(state.item, field)
        elif read["value"] not in ("unknown", None) and read["origin"] != "unknown":
            record["facts"][read["fact"]] = number(read["value"])
    if state.list_name:
        record[state.list_name] = [fields]
        record["complete"] = sorted(set(absent))
    return record


def number(value: Any) -> Any:
    """The value as a record has it: an explanation has exact decimals as text."""
    return Decimal(value) if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value) else value


def can_be_given(reads: list[dict[str, Any]]) -> bool:
    """Whether a record can say all that was read: steps that are done, derived facts
    of items, facts that are known not to exist and open sets have no place in it."""
    for read in reads:
        singular, dot, field = read["fact"].partition(".")
        if "(" in read["fact"] or (dot and field not in lists()[f"{singular}s"].fields):
            return False
        if not dot and read["value"] is None:
            return False  # a fact cannot be given as known not to exist
        if isinstance(read["value"], dict) and any(isinstance(bound, list) for bound in read["value"].values()):
            return False
    return True


def sure(value: Any) -> Any:
    """The value; of a set the sure members, for an explanation tells why words are in it, not why others are out."""
    return value.low if isinstance(value, Interval) and isinstance(value.low, frozenset) else value


def check_replay(rulebook: Rulebook, record: dict[str, Any], on: date, most: int = 100) -> int:
    """Replay decided answers from what their traces read; how many."""
    decision, replayed = rulebook.decide(record, on), 0
    decided = [
        s for s in inside(decision).states if s.kind != "step" and s.status != "unknown" and len(s.readings) == 1
    ]
    for state in sorted(decided, key=lambda state: (state.status == "not_applicable", hash_of(state, record)))[:most]:
        if any(rule.bound.rule.unless is not None for rule in state.readings[0].question.rules):
            continue  # an explanation does not tell that an exception does not apply
        if state.kind == "outcome" and any(state.name not in rule.then for rule in rules_of(rulebook, state.name)):
            continue  # nor what a rule that says nothing of the outcome itself takes away from it
        reads = trace(decision, state)
        if not can_be_given(reads):
            continue
        again = rulebook.decide(record_of(reads, state, inside(decision).session.facts.record), on)
        found = next(one for one in inside(again).states if one.name == state.name)
        if judged_days(found) != judged_days(state):
            continue  # it rests on other plans, or on facts that follow from lists
        assert (found.status, sure(found.value)) == (state.status, sure(state.value)), state.name
        replayed += 1
    return replayed


def hash_of(state: State, record: dict[str, Any]) -> int:
    """Some order of answers that is another one for every record, the same on every run."""
    return zlib.crc32(f"{state.name}{record['id']}".encode())


@settings(BRUTE, max_examples=150)
@given(st.integers(0, 2**32), st.sampled_from([PLAIN, ITEMS]))
def test_traces_of_any_rulebook_replay(seed: int, features: Features) -> None:
    """What an explanation says was read settles the answer alone."""
    rulebook, random = random_rulebook(seed, features).load(), Random(seed)
    maker = RecordMaker(rulebook)
    for _ in range(4):
        on = maker.day(random)
        check_replay(rulebook, maker.record(random, on), on)


@settings(BRUTE, max_examples=80)
@given(st.deferred(lambda: situations(shipped("finland"))))
def test_traces_of_finnish_law_replay(situation: tuple[dict[str, Any], date]) -> None:
    """So for the answers of Finnish law: facts that follow from lists are replayed as ready-made ones."""
    check_replay(shipped("finland"), *situation, most=8)
