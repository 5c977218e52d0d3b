"""Which step of the client path leads to which, as far as the rules that suggest steps say so."""

from __future__ import annotations

from collections.abc import Iterator

from .expression import All, Always, Any_, Call, Compare, Condition, Expr, IsKnown, IsNone, Not, walk
from .parts import Parts

Edge = tuple[str, str]


def edges(parts: Parts) -> tuple[Edge, ...]:
    """The pairs of a step and one that follows it, in the order of the vocabulary.

    A rule that suggests a step and asks that others are done makes an edge from each of them. Where
    one of these already leads to another, only the later one is named: the path is shown, and not
    every condition on the way.
    """
    order = {name: number for number, name in enumerate(parts.steps)}
    asked = [
        (rule.name, frozenset(group) - {rule.name})
        for ruleset in parts.rulesets
        for rule in ruleset.rules
        if rule.kind == "suggest" and rule.name in order
        for group in _done(rule.when)
    ]
    forward: dict[str, set[str]] = {}
    for step, before in asked:
        for one in before:
            if order[one] < order[step]:
                forward.setdefault(one, set()).add(step)
    found = {(one, step) for step, before in asked for one in _latest(before, forward)}
    return tuple(sorted(found, key=lambda edge: (order[edge[0]], order[edge[1]])))


def successors(parts: Parts) -> dict[str, tuple[str, ...]]:
    """The steps that follow each step; those that have none are left out."""
    found: dict[str, list[str]] = {}
    for before, after in edges(parts):
        found.setdefault(before, []).append(after)
    return {name: tuple(after) for name, after in found.items()}


def _latest(steps: frozenset[str], forward: dict[str, set[str]]) -> Iterator[str]:
    """The steps that lead to no other one of them."""
    for step in steps:
        if not steps & _reached(step, forward):
            yield step


def _reached(step: str, forward: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    pending = [step]
    while pending:
        for after in forward.get(pending.pop(), ()):
            if after not in found:
                found.add(after)
                pending.append(after)
    return found


def _done(condition: Condition) -> list[set[str]]:
    """The steps that must be done for a condition to hold: a set for each way in which it can."""
    match condition:
        case All(items):
            ways: list[set[str]] = [set()]
            for item in items:
                ways = [way | more for way in ways for more in _done(item)][:MOST_WAYS]
            return ways
        case Any_(items):
            return [way for item in items for way in _done(item)][:MOST_WAYS]
        case Always() | Not() | IsKnown() | IsNone():
            return [set()]
        case Compare(_, left, right):
            return [_named(left) | _named(right)]
    return [_named(condition.term)]


MOST_WAYS = 256
"""Ways of one condition that are looked at; more than a person could read."""


def _named(term: Expr) -> set[str]:
    calls = (node for node in walk(term) if isinstance(node, Call) and node.name in ("done", "date_of"))
    return {str(call.args[0]) for call in calls}
