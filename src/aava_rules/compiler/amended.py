"""Which amendments an answer may rest on: those that change something that its rules read, at any depth."""

from __future__ import annotations

from aava_rules.language.syntax import Condition, Expr, Fact, walk
from aava_rules.rulebook.dependencies import parameters_of, trees_of, upstream_facts
from aava_rules.rulebook.model import Layer, Parts, Rule, Ruleset


def is_no_law(layer: Layer) -> bool:
    """Whether ``layer`` is an amendment that is not enacted."""
    return layer.amendment is not None and layer.amendment.status != "enacted"


def amendments_of(parts: Parts, kind: str, name: str) -> tuple[Layer, ...]:
    """The amendments that may make an answer another one: they have a rule of it, or change something that it reads.

    Args:
        parts: the rulebook.
        kind: the kind of the question: ``outcome``, ``requirement`` or ``step``.
        name: the outcome, requirement or step.
    """
    amending = [layer for layer in parts.layers if layer.amendment is not None]
    if not amending:
        return ()
    things, rulebooks = _read_by(parts, kind, name)
    return tuple(
        layer
        for layer in amending
        if layer.name in rulebooks or (layer.amendment is not None and not things.isdisjoint(layer.amendment.touched))
    )


def _read_by(parts: Parts, kind: str, name: str) -> tuple[set[str], set[str]]:
    """What a question reads, named as ``Amendment.touched`` names it, and the rulebooks that have rules of it."""
    things: set[str] = set()
    rulebooks: set[str] = set()
    pending, done = [(kind, name)], set()
    while pending:
        question = pending.pop()
        if question in done:
            continue
        done.add(question)
        things.add(" ".join(question))
        trees: list[Expr | Condition] = []
        for rule, ruleset in _rules(parts, *question):
            things |= {f"rule {rule.id}", f"ruleset {ruleset.name}"}
            things.update(f"parameter {parameter}" for parameter in parts.reads[rule.id].parameters)
            rulebooks.add(rule.rulebook)
            trees += trees_of(rule)
            trees += [value for value in ruleset.otherwise.values() if not isinstance(value, frozenset)]
        facts = upstream_facts(trees, parts.facts)
        things.update(f"fact {fact}" for fact in facts)
        trees += [tree for fact in facts.values() for tree in fact.trees()]
        things.update(f"parameter {parameter}" for parameter in parameters_of(trees))
        pending += [
            ("outcome", node.name)
            for tree in trees
            for node in walk(tree)
            if isinstance(node, Fact) and node.name in parts.outcomes
        ]
    return things, rulebooks


def _rules(parts: Parts, kind: str, name: str) -> list[tuple[Rule, Ruleset]]:
    """The rules that answer a question, and those that override them, at any depth."""
    kinds = {"outcome": "decide", "requirement": "require", "step": "suggest"}
    every = [(rule, ruleset) for ruleset in parts.rulesets for rule in ruleset.rules]
    asked = {rule.id for rule, _ in every if rule.kind == kinds[kind] and (name in rule.then or rule.name == name)}
    while more := {rule.id for rule, _ in every if rule.id not in asked and not asked.isdisjoint(rule.overrides)}:
        asked |= more
    return [(rule, ruleset) for rule, ruleset in every if rule.id in asked]
