"""All that the naive judge knows of the library: rulebooks as they are parsed, and what a decision says.

The judge shares no meaning with the library: of a rulebook it reads the parsed trees, and of a record what the caller
of the library reads too. What is imported is named here and nowhere else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from aava_rules.decision.answers import state_of
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import RecordError
from aava_rules.language.syntax import (
    All,
    Always,
    Any_,
    Arith,
    Call,
    Compare,
    Const,
    DecisionDate,
    Fact,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Param,
    RuleDate,
    Truth,
    walk,
)
from aava_rules.language.values import UNKNOWN, Interval
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import FactDef, Parts, Rule, Ruleset
from aava_rules.testing import EVERYTHING, PLAIN, Features, RandomRulebook, RecordMaker, change_days
from aava_rules.testing.completing import assumed_facts, with_assumptions
from aava_rules.testing.conditions import titled
from aava_rules.testing.rulebook_maker import RuleWriter, as_yaml

__all__ = [
    "EVERYTHING",
    "PLAIN",
    "UNKNOWN",
    "All",
    "Always",
    "Any_",
    "Arith",
    "Call",
    "Compare",
    "Const",
    "Decision",
    "DecisionDate",
    "Fact",
    "FactDef",
    "Features",
    "Has",
    "Interval",
    "IsKnown",
    "IsNone",
    "ItemField",
    "Not",
    "OneOf",
    "Param",
    "Parts",
    "Place",
    "RandomRulebook",
    "RecordError",
    "RecordMaker",
    "Reply",
    "Rule",
    "RuleDate",
    "Rulebook",
    "Ruleset",
    "Truth",
    "answers",
    "assumed_facts",
    "change_days",
    "derived_first",
    "lists",
    "on_top_of",
    "shipped",
    "small",
    "titled",
    "walk",
    "with_assumptions",
    "written",
]

derived_first = frozenset({"age"})
"""Facts that follow from others even where they are given ready-made, if these are known (docs/record.md)."""


@cache
def shipped(name: str) -> Rulebook:
    """A shipped rulebook, loaded once."""
    return load(name, plugins=False)


def written(random: Random, features: Features, extend: Callable[[dict[str, Any]], None]) -> Rulebook:
    """A random rulebook, to the files of which ``extend`` adds before it is loaded."""
    content = RuleWriter(random, features).write()
    extend(content)
    return small(content)


def small(content: dict[str, Any]) -> Rulebook:
    """A rulebook of these files, with the two that every one has."""
    head = {"rulebook": "random", "version": "1", "title": titled("x"), "weight": "law"}
    sources = {"act-1-2000": {"title": titled("act"), "number": "1/2000"}}
    files = {path: as_yaml(part) for path, part in ({"rulebook.yaml": head, "sources.yaml": sources} | content).items()}
    return RandomRulebook("random", files).load()


def on_top_of(name: str, content: dict[str, Any]) -> Rulebook:
    """A rulebook of these files on top of a shipped one."""
    head = {"rulebook": "local", "version": "1", "title": titled("x"), "weight": "local", "extends": name}
    files = {path: as_yaml(part) for path, part in ({"rulebook.yaml": head} | content).items()}
    with tempfile.TemporaryDirectory(prefix="aava-rules-") as folder:
        return load(RandomRulebook("local", files).write(Path(folder)), plugins=False)


@dataclass(frozen=True)
class Place:
    """What an answer is about: the kind and name of a question, and the item."""

    kind: str
    name: str
    list_name: str = ""
    position: int = -1

    def __str__(self) -> str:
        return f"{self.name}@{self.list_name}[{self.position}]" if self.list_name else self.name


@dataclass(frozen=True)
class Reply:
    """What the library says of a place: the status, the value or its bounds; the due day of a step, and by which rules."""

    status: str
    value: Any = None
    due: Any = None
    by: frozenset[str] = frozenset()


def answers(decision: Decision) -> dict[Place, Reply]:
    """All that a decision says of outcomes, requirements and steps."""
    steps = {id(state_of(step)): (step.due, frozenset(step.by)) for step in decision.next_steps}
    return {
        Place(state.kind, state.name, state.list_name, state.position): Reply(
            state.status, state.value, *steps.get(id(state), ())
        )
        for state in inside(decision).states
    }
