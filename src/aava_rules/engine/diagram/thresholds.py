"""How the raw values of facts fall into the cells of features, and what a fact depends on where it is not given."""

from __future__ import annotations

from typing import Any

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.features import is_whole, next_whole
from aava_rules.compiler.program import Feature
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Fact, Node, walk
from aava_rules.rulebook.dependencies import trees_of


def upstream_inputs(name: str, book: CompiledRulebook) -> frozenset[str]:
    """All other facts and outcomes on which a fact that is not given depends, directly or not.

    Args:
        name: the fact or outcome.
        book: the rulebook.
    """
    inputs: set[str] = set()
    pending = [name]
    while pending:
        reader = pending.pop()
        trees = [*_of_definition(reader, book), *_of_rules(reader, book)]
        read = {node.name for tree in trees for node in walk(tree) if isinstance(node, Fact)}
        pending += read - inputs
        inputs |= read
    return frozenset(inputs - {name})


def _of_definition(name: str, book: CompiledRulebook) -> list[Any]:
    definition = book.parts.facts.get(name)
    return [] if definition is None else [*definition.trees()]


def _of_rules(outcome: str, book: CompiledRulebook) -> list[Any]:
    if outcome not in book.questions:
        return []
    default = book.otherwise.get(outcome)
    trees: list[Any] = [default] if isinstance(default, Node) else []  # a set of words reads no fact
    for rule, _ in book.outcome_group(outcome).rules:
        trees += trees_of(rule)
    return trees


class Thresholds(Struct):
    """How the raw values of a fact fall into cells: by limits between them, or value by value.

    Attributes:
        fact: the fact.
        given_only: whether it is given or unknown: it has neither a derivation nor a default.
        sources: the other facts and outcomes on which it depends where it is not given.
        limits: the limits between the cells, sorted; None: cells are looked up by value.
        cells: the mask of each cell, by the number of limits that are reached, or by value; 0 where no value can be.
    """

    fact: str
    given_only: bool
    sources: frozenset[str]
    limits: list[Any] | None
    cells: Any


def thresholds_of(feature: Feature, book: CompiledRulebook) -> Thresholds | None:
    """How the fact of ``feature`` is tested by its raw value, in the rulebook ``book``.

    None for what is no fact, or has values whose cell the raw value does not show.
    """
    term = feature.terms[0] if feature.kind == "term" else None
    if not isinstance(term, Fact):
        return None
    limits, cells = _cut(feature, term)
    if cells is None:
        return None
    definition = book.parts.facts.get(term.name)
    given_only = definition is not None and definition.derivation is None and definition.default is None
    return Thresholds(term.name, given_only, upstream_inputs(term.name, book), limits, cells)


def _cut(feature: Feature, term: Fact) -> tuple[list[Any] | None, Any]:
    """The limits between the cells of a fact, and the cells; None where the raw value does not show the cell."""
    partition = feature.partition
    if term.type == "boolean":
        return None, dict(partition.of)
    if term.type == "choice" and feature.words:
        return None, {word: partition.of.get(word, partition.other) for word in feature.words}
    if term.type not in ("integer", "date") or not partition.cuts:
        return None, None
    # between two limits all values lie in one cell, that of the first of them
    limits: list[Any] = sorted({*map(next_whole, partition.cuts), *filter(is_whole, partition.cuts)})
    firsts = [limits[0] - (ONE_DAY if term.type == "date" else 1), *limits]
    return limits, [partition.at[partition.place(first)] for first in firsts]
