"""The tiny rulebooks of tests/language, for tests of what the case format does not show."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from aava_rules.decision.answers import Finding, NextStep
from aava_rules.decision.decision import Decision
from aava_rules.decision.loading import load
from aava_rules.decision.missing import Missing
from aava_rules.decision.service import Rulebook

FOLDER = Path(__file__).parent.parent / "language"


@cache
def rulebook_of(construct: str) -> Rulebook:
    """The rulebook of one construct."""
    return load(FOLDER / construct, plugins=False)


def decide(construct: str, on: str, only: list[str] | None = None, **record: Any) -> Decision:
    """The decision of that rulebook on a record with these parts."""
    return rulebook_of(construct).decide({"id": "r", **record}, on=on, only=only)


def finding(decision: Decision, requirement: str) -> Finding:
    """The one finding of a requirement."""
    (result,) = [candidate for candidate in decision.findings if candidate.requirement == requirement]
    return result


def step(decision: Decision, name: str) -> NextStep:
    """The one next step of a name."""
    (suggestion,) = [candidate for candidate in decision.next_steps if candidate.step == name]
    return suggestion


def missing(decision: Decision, fact: str, where: str = "") -> Missing:
    """The one entry of a missing fact."""
    (entry,) = [candidate for candidate in decision.missing if (candidate.fact, candidate.where) == (fact, where)]
    return entry
