"""The small rulebooks of tests/support/shown_rulebooks: a law and a town's model on top of it, with hostile names in them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from aava_rules.decision.client_path import client_path
from aava_rules.decision.decision import Decision
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.tools.pages.cases import Supplements, read_supplements
from aava_rules.tools.pages.page import Page, build_page

FOLDER = Path(__file__).parent / "shown_rulebooks"
TOWN = FOLDER / "town"
WORK = FOLDER / "work"
START = {"step": "client_relationship_starts", "on": "2015-01-01"}
MEETING = {"step": "first_meeting", "on": "2015-01-07"}
PLAN = {"id": "p", "kind": "activation_plan", "made_on": "2015-01-20", "options_decided_by": "2015-02-10"}
END = {"step": "client_relationship_ends", "on": "2015-01-31", "reason": "work"}


@cache
def town() -> Rulebook:
    """The model."""
    return load(TOWN)


@cache
def work() -> Rulebook:
    """The law below it."""
    return load(WORK)


def place(on: str, events: list[dict[str, Any]] | None, **record: Any) -> Decision:
    """The decision of the model on a client of these events."""
    record = {"plans": [], "facts": {"approved": False}, "complete": ["plans.chosen_option"], **record}
    return town().decide({"id": "c-1", "events": events, **record}, on=on)


def hostile(record_id: str) -> Decision:
    """The decision of the model on a client with this id."""
    return town().decide({"id": record_id, "events": [START], "plans": [PLAN]}, on="2015-02-01")


@cache
def _supplements() -> Supplements:
    return read_supplements(town())


def page_of(language: str = "en", only: frozenset[str] | None = None, decision: Decision | None = None) -> Page:
    """The page of the model, with the client of a decision placed on its path."""
    path = None if decision is None else client_path(decision)
    return build_page(town()._parts, language, _supplements(), only, path, decision)
