"""What has a say in a fact that is not given."""

from __future__ import annotations

from typing import Any

from aava_rules.compiler.compile import Book
from aava_rules.language.syntax import Fact, Node, walk


def sources_of(name: str, book: Book) -> frozenset[str]:
    """All other facts and outcomes that have a say in a fact that is not given, or in what would make it known."""
    found: set[str] = set()
    pending = [name]
    while pending:
        one = pending.pop()
        trees = [*_of_definition(one, book), *_of_rules(one, book)]
        read = {node.name for tree in trees for node in walk(tree) if isinstance(node, Fact)}
        pending += read - found
        found |= read
    return frozenset(found - {name})


def _of_definition(name: str, book: Book) -> list[Any]:
    definition = book.parts.facts.get(name)
    if definition is None:
        return []
    trees: list[Any] = [definition.default]
    if (derivation := definition.derivation) is not None:
        trees += [derivation.value, derivation.where]
        if (within := derivation.within) is not None:
            trees += [within.start, within.end, within.months]
    return _trees(trees)


def _of_rules(outcome: str, book: Book) -> list[Any]:
    if outcome not in book.questions:
        return []
    trees: list[Any] = [book.otherwise.get(outcome)]
    for rule, _ in book.outcome_group(outcome).rules:
        trees += [rule.when, rule.unless, rule.require, rule.judged_on, *rule.then.values()]
    return _trees(trees)


def _trees(found: list[Any]) -> list[Any]:
    """Those that are trees: a set of words, a number of months, or nothing at all reads no fact."""
    return [one for one in found if isinstance(one, Node)]
