"""What rules read: facts, also through the facts that these are derived from, and parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aava_rules.language.functions import reads_step
from aava_rules.language.syntax import (
    All,
    Always,
    Any_,
    Condition,
    Expr,
    Fact,
    IsKnown,
    ItemField,
    Not,
    Test,
    walk,
)
from aava_rules.rulebook.dependencies import parameters_on_the_day, required_parameters, trees_of, upstream_facts
from aava_rules.rulebook.model import Parts, Rule

Tree = Expr | Condition


def tests_in(condition: Condition | None) -> Iterator[Test]:
    """The tests of ``condition``, at any depth; none if it is None."""
    match condition:
        case All(items) | Any_(items):
            for item in items:
                yield from tests_in(item)
        case Not(item):
            yield from tests_in(item)
        case None | Always():
            return
        case _:
            yield condition


def names_in(trees: Iterable[Tree]) -> set[str]:
    """The facts, outcomes, fields and steps in ``trees``; what a tree only tests for being known is left out."""
    names: set[str] = set()
    for tree in trees:
        tested_for_presence = {node.term for node in walk(tree) if isinstance(node, IsKnown)}
        for node in walk(tree):
            if node in tested_for_presence:
                continue
            if isinstance(node, (Fact, ItemField)):
                names.add(str(node))
            elif reads_step(node):
                names.add(str(node.args[0]))
    return names


def outcomes_behind(trees: Iterable[Tree], parts: Parts) -> set[str]:
    """The outcomes that ``trees`` read, also through derived facts; ``parts`` has the definitions of these."""
    start = list(trees)
    every = [*start, *(tree for fact in upstream_facts(start, parts.facts).values() for tree in fact.trees())]
    return {name for name in names_in(every) if name in parts.outcomes}


def judged_parameters(rule: Rule, parts: Parts) -> set[str]:
    """The parameters whose value on the judged day ``rule`` reads, also through the derived facts of ``parts``."""
    upstream = upstream_facts(trees_of(rule), parts.facts).values()
    return required_parameters(upstream) | parameters_on_the_day(trees_of(rule))
