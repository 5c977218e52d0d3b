"""Which step of the client path leads to which, as far as the rules that suggest steps say so."""

from __future__ import annotations

from collections.abc import Iterator

from aava_rules.compiler.rounds import RETURN_STEP
from aava_rules.engine.reference.steps import FIRST_STEP
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
"""A step, and one that follows it."""
Way = frozenset[str]
"""The steps that are done when a condition holds in one of the ways in which it can."""
MOST_WAYS = 256
"""Ways of one condition that are looked at; more than a person could read."""


def path_order(parts: Parts) -> list[StepDef]:
    """The steps of the client path in ``parts``: the model's in their order, whichever layer has them, then others."""
    known = [parts.steps[name] for name in STEPS if name in parts.steps]
    return known + [step for name, step in parts.steps.items() if name not in STEPS]


def edges(parts: Parts) -> tuple[Edge, ...]:
    """The pairs of a step and one that follows it, in the order of the path, of the rules in ``parts``.

    A rule that suggests a step presupposes others: those that its conditions require to be done (also
    through facts derived of events), and the step that its item proves. An edge comes from each of
    these that leads to no other of them: the path is shown, and not every condition on the way.
    """
    order = {step.name: number for number, step in enumerate(path_order(parts))}
    # a follow-up contact from which something follows is the one that began the round
    rank = order | ({RETURN_STEP: -1} if RETURN_STEP in order else {})
    graph = _Graph(parts)
    presupposed = [
        (rule.name, frozenset(step for step in way if step in order and step != rule.name))
        for ruleset in parts.rulesets
        for rule in ruleset.rules
        if rule.kind == "suggest" and rule.name in order
        for way in graph.ways_to(rule)
    ]
    forward: dict[str, set[str]] = {}
    for after, steps in presupposed:
        for before in steps:
            if rank[before] < order[after]:
                forward.setdefault(before, set()).add(after)
    pairs = {(before, after) for after, steps in presupposed for before in _latest(steps, rank, forward)}
    return tuple(_without_shortcuts(sorted(pairs, key=lambda edge: (order[edge[0]], order[edge[1]]))))


def successors(parts: Parts) -> dict[str, tuple[str, ...]]:
    """The steps that follow each step of the path in ``parts``; steps that none follows are left out."""
    following: dict[str, list[str]] = {}
    for before, after in edges(parts):
        following.setdefault(before, []).append(after)
    return {before: tuple(steps) for before, steps in following.items()}


def _latest(steps: Way, rank: dict[str, int], forward: dict[str, set[str]]) -> Iterator[str]:
    """The steps that lead to no later one of them."""
    for step in steps:
        if not any(rank[other] > rank[step] for other in steps & _reached(step, forward)):
            yield step


def _without_shortcuts(all_edges: list[Edge]) -> list[Edge]:
    """The edges without those that say only that a round runs: everything on the path presupposes that.

    A follow-up contact opens another round, so no step is reached through it.
    """
    edges = list(all_edges)
    for edge in all_edges:
        if edge[0] not in (FIRST_STEP, RETURN_STEP):
            continue
        without_edge: dict[str, set[str]] = {}
        for before, after in edges:
            if (before, after) != edge and (before != RETURN_STEP or before == edge[0]):
                without_edge.setdefault(before, set()).add(after)
        if edge[1] in _reached(edge[0], without_edge):
            edges.remove(edge)
    return edges


def _reached(step: str, forward: dict[str, set[str]]) -> set[str]:
    """The steps to which a step leads, also through others."""
    reached: set[str] = set()
    pending = [step]
    while pending:
        for after in forward.get(pending.pop(), ()):
            if after not in reached:
                reached.add(after)
                pending.append(after)
    return reached


class _Graph:
    """What the rules of a rulebook presuppose."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def ways_to(self, rule: Rule) -> list[Way]:
        """The sets of steps that must be done for a rule to suggest its own, a set for each way."""
        item = self._proved_by_item(rule)
        return [way | item for way in self._ways(rule.when)]

    def _proved_by_item(self, rule: Rule) -> Way:
        """The steps that the item of a rule proves done; none where it is the item of the step itself."""
        proved = self._proved(LIST_OF_ITEM.get(rule.each, ""), rule.when)
        return frozenset() if rule.name in proved else proved

    def _proved(self, list_name: str, condition: Condition) -> Way:
        """The steps that items of a list prove done if a condition on them requires all that the proof does."""
        required = set(_flat(condition))
        return frozenset(
            step.name
            for step in self.parts.steps.values()
            for proof in step.proof
            if proof.over == list_name and set(_flat(proof.where or TRUE)) <= required | {TRUE}
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
        steps: set[str] = set()
        seen: set[str] = set()
        pending = list(trees_read)
        while pending:
            for node in walk(pending.pop()):
                match node:
                    case Call(_, (str(step),)) if reads_step(node):
                        steps.add(step)
                    case Compare("==", ItemField("event", "step"), Const(str(step))):
                        steps.add(step)
                    case OneOf(ItemField("event", "step"), (step,)):
                        steps.add(step)
                    case Fact(name) if name in self.parts.facts and name not in seen:
                        seen.add(name)
                        pending += self.parts.facts[name].trees()
                        derivation = self.parts.facts[name].derivation
                        if derivation is not None and derivation.over:
                            steps |= self._proved(derivation.over, derivation.where or TRUE)
        return frozenset(steps)


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
