"""What a decision says, in a form that can be compared; and how much an answer may gain by more data."""

from __future__ import annotations

from typing import Any

from aava_rules.decision.decision import Decision, inside
from aava_rules.engine.states import State
from aava_rules.language.values import UNKNOWN, Interval

Place = tuple[str, str, str, int]


def answers(decision: Decision) -> dict[Place, State]:
    """The states of outcomes and requirements, by what they are about."""
    states = inside(decision).states
    return {(s.kind, s.name, s.list_name, s.position): s for s in states if s.kind != "step"}


def by_key(decision: Decision) -> dict[str, Any]:
    """Everything that a decision says, with positions in lists left out, so that the order of lists means nothing."""
    document = decision.to_dict()
    for entry in (*document["findings"], *document["next_steps"], *document["missing"]):
        entry.pop("where", None)
        entry.pop("fields", None)
    for entry in document["outcomes"].values():
        entry.pop("text", None)  # a text may name rows in their order
    findings = {entry.pop("key"): {k: v for k, v in entry.items() if k != "text"} for entry in document["findings"]}
    steps = {entry["step"]: {k: v for k, v in entry.items() if k != "text"} for entry in document["next_steps"]}
    missing = sorted((entry["fact"], tuple(entry["settles"]), tuple(entry["affects"])) for entry in document["missing"])
    codes = sorted({(entry["code"], *entry["affects"]) for entry in document["cautions"]})
    return {
        "outcomes": document["outcomes"],
        "findings": findings,
        "steps": steps,
        "missing": missing,
        "cautions": codes,
    }


def bounds(value: Any) -> tuple[Any, Any]:
    return (value.low, value.high) if isinstance(value, Interval) else (value, value)


def agrees(before: State, after: State) -> bool:
    """Whether an answer to more data keeps what was said before: it may only say more."""
    if before.kind == "requirement":
        excepted = before.status == "met" and after.status == "not_applicable"
        return before.status in ("unknown", after.status) or excepted
    if isinstance(before.value, Interval):
        (low, high), (more_low, more_high) = bounds(before.value), bounds(after.value)
        if after.status == "not_applicable":
            return before.value.absent
        if after.value is UNKNOWN or after.status == "conflict":
            return False
        if isinstance(low, frozenset):
            return bool(low <= more_low and more_high <= high)
        return (low is None or more_low >= low) and (high is None or more_high <= high)
    return before.status == "unknown" or (before.status, before.value) == (after.status, after.value)
