"""Which step of the client path leads to which, as far as the rules that suggest steps say so."""

from __future__ import annotations

from collections.abc import Iterator

from aava_rules.engine.reference.steps import FIRST_STEP, RETURN_STEP
from aava_rules.language.functions import reads_step
from aava_rules.language.syntax import (
    TRUE,
    All,
    Always,
    Any_,
    Call,
    Compare,
    Condition,
    Const,
    Expr,
    Fact,
    IsKnown,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Truth,
    walk,
)
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.record.items import STEPS
from aava_rules.rulebook.model import Parts, Rule, StepDef

Edge = tuple[str, str]
Way = frozenset[str]
MOST_WAYS = 256
"""Ways of one condition that are looked at; more than a person could read."""


def path_order(parts: Parts) -> list[StepDef]:
    """The steps of the client path: those of the model's path in its order, whichever layer names them, then others."""
    known = [parts.steps[name] for name in STEPS if name in parts.steps]
    return known + [step for name, step in parts.steps.items() if name not in STEPS]


def edges(parts: Parts) -> tuple[Edge, ...]:
    """The pairs of a step and one that follows it, in the order of the path.

    A rule that suggests a step presupposes others: those that its conditions ask to be done (also
    through facts derived of events), and the one that its item proves. An edge comes from each of
    them that leads to no other one of them: the path is shown, and not every condition on the way.
    """
    order = {step.name: number for number, step in enumerate(path_order(parts))}
    # a follow-up contact from which something follows is the one that began the round
    rank = order | ({RETURN_STEP: -1} if RETURN_STEP in order else {})
    graph = _Graph(parts)
    asked = [
        (rule.name, frozenset(one for one in way if one in order and one != rule.name))
        for ruleset in parts.rulesets
        for rule in ruleset.rules
        if rule.kind == "suggest" and rule.name in order
        for way in graph.ways_to(rule)
    ]
    forward: dict[str, set[str]] = {}
    for step, before in asked:
        for one in before:
            if rank[one] < order[step]:
                forward.setdefault(one, set()).add(step)
    found = {(one, step) for step, before in asked for one in _latest(before, rank, forward)}
    return tuple(_without_shortcuts(sorted(found, key=lambda edge: (order[edge[0]], order[edge[1]]))))


def successors(parts: Parts) -> dict[str, tuple[str, ...]]:
    """The steps that follow each step; those that have none are left out."""
    found: dict[str, list[str]] = {}
    for before, after in edges(parts):
        found.setdefault(before, []).append(after)
    return {name: tuple(after) for name, after in found.items()}


def _latest(steps: Way, rank: dict[str, int], forward: dict[str, set[str]]) -> Iterator[str]:
    """The steps that lead to no later one of them."""
    for step in steps:
        if not any(rank[other] > rank[step] for other in steps & _reached(step, forward)):
            yield step


def _without_shortcuts(found: list[Edge]) -> list[Edge]:
    """The edges without those that say only that a round runs: everything on the path presupposes that.

    A follow-up contact opens another round, so no step is reached through it.
    """
    for edge in [one for one in found if one[0] in (FIRST_STEP, RETURN_STEP)]:
        others: dict[str, set[str]] = {}
        for before, after in found:
            if (before, after) != edge and (before != RETURN_STEP or before == edge[0]):
                others.setdefault(before, set()).add(after)
        if edge[1] in _reached(edge[0], others):
            found.remove(edge)
    return found


def _reached(step: str, forward: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    pending = [step]
    while pending:
        for after in forward.get(pending.pop(), ()):
            if after not in found:
                found.add(after)
                pending.append(after)
    return found


class _Graph:
    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def ways_to(self, rule: Rule) -> list[Way]:
        """The sets of steps that must be done for a rule to suggest its own, a set for each way."""
        item = self._proved_by_item(rule)
        return [way | item for way in self._ways(rule.when)]

    def _proved_by_item(self, rule: Rule) -> Way:
        """The steps that the item of a rule proves done; none where it is the item of the step itself."""
        found = self._proved(LIST_OF_ITEM.get(rule.each, ""), rule.when)
        return frozenset() if rule.name in found else found

    def _proved(self, list_name: str, condition: Condition) -> Way:
        """The steps that items of a list prove done if a condition on them asks all that the proof does."""
        asked = set(_flat(condition))
        return frozenset(
            step.name
            for step in self.parts.steps.values()
            for proof in step.proof
            if proof.over == list_name and set(_flat(proof.where or TRUE)) <= asked | {TRUE}
        )

    def _ways(self, condition: Condition) -> list[Way]:
        match condition:
            case All(items):
                ways: list[Way] = [frozenset()]
                for item in items:
                    ways = [way | more for way in ways for more in self._ways(item)][:MOST_WAYS]
                return ways
            case Any_(items):
                # "not done, or done before a day" asks for nothing to be done
                undone = frozenset(name for item in items for name in _undone(item))
                return [way - undone for item in items for way in self._ways(item)][:MOST_WAYS]
            case Not(IsNone(term)):
                return [self._named(term)]
            case Always() | Not() | IsKnown() | IsNone():
                return [frozenset()]
            case Compare(_, left, right):
                return [self._named(left) | self._named(right)]
        return [self._named(condition.term)]

    def _named(self, *trees_read: Expr | Condition) -> Way:
        """The steps that terms name: as done, or as events and items of which facts are derived."""
        found: set[str] = set()
        seen: set[str] = set()
        pending = list(trees_read)
        while pending:
            for node in walk(pending.pop()):
                match node:
                    case Call(_, (str(step),)) if reads_step(node):
                        found.add(step)
                    case Compare("==", ItemField("event", "step"), Const(str(step))):
                        found.add(step)
                    case OneOf(ItemField("event", "step"), (step,)):
                        found.add(step)
                    case Fact(name) if name in self.parts.facts and name not in seen:
                        seen.add(name)
                        pending += self.parts.facts[name].trees()
                        derivation = self.parts.facts[name].derivation
                        if derivation is not None and derivation.over:
                            found |= self._proved(derivation.over, derivation.where or TRUE)
        return frozenset(found)


def _flat(condition: Condition) -> Iterator[Condition]:
    """The conditions that must all hold."""
    if isinstance(condition, All):
        for item in condition.items:
            yield from _flat(item)
    else:
        yield condition


def _undone(condition: Condition) -> Iterator[str]:
    match condition:
        case Not(Truth(Call(_, (str(step),)) as call)) if reads_step(call):
            yield step
