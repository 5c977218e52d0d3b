"""Dependencies inside a rulebook: the facts that a rule reads, what these are derived from, and the parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

from aava_rules.language.functions import reads_on_own_day
from aava_rules.language.syntax import Condition, Expr, Fact, ItemField, Param, walk
from aava_rules.rulebook.model import FactDef, Reads, Rule


def trees_of(rule: Rule) -> list[Expr | Condition]:
    """Every tree in ``rule``: conditions, the assessment that it needs, what it concludes, due day and judged day."""
    trees: list[Expr | Condition | None] = [
        rule.when, rule.unless, rule.require, rule.due, rule.judged_on, rule.doubt_where,
    ]  # fmt: skip
    trees += [value for value in rule.then.values() if not isinstance(value, frozenset)]
    if rule.needs_judgement not in ("", "true"):
        trees.append(Fact(rule.needs_judgement, "boolean"))
    return [tree for tree in trees if tree is not None]


def upstream_facts(trees: Iterable[Expr | Condition], facts: Mapping[str, FactDef]) -> dict[str, FactDef]:
    """The facts that trees read, and those that these are derived from, by name.

    Args:
        trees: terms and conditions.
        facts: the definitions of all facts of the rulebook, by name.
    """
    upstream: dict[str, FactDef] = {}
    pending = list(trees)
    while pending:
        for node in walk(pending.pop()):
            name = str(node) if isinstance(node, (Fact, ItemField)) else ""
            if name in facts and name not in upstream:
                upstream[name] = facts[name]
                pending += upstream[name].trees()
    return upstream


def parameters_of(trees: Iterable[Expr | Condition]) -> set[str]:
    """The names of the parameters that ``trees`` read."""
    return {node.name for tree in trees for node in walk(tree) if isinstance(node, Param)}


def parameters_on_the_day(trees: Iterable[Expr | Condition]) -> set[str]:
    """The parameters that ``trees`` read on the judged day; ``value_on(param.x, day)`` reads its own on another day."""
    count: Counter[str] = Counter()
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Param):
                count[node.name] += 1
            elif reads_on_own_day(node) and isinstance(node.args[0], Param):
                count[node.args[0].name] -= 1
    return {name for name, times in count.items() if times > 0}


def depends_on_the_day(definition: FactDef, depends: Callable[[str], bool]) -> bool:
    """Whether a fact can have different values on different judged days.

    Args:
        definition: the definition of the fact.
        depends: the same for the names that it is derived from.
    """
    if definition.of_the_day or (definition.derivation is not None and definition.derivation.since):
        return True
    return any(
        isinstance(node, Param) or (isinstance(node, (Fact, ItemField)) and depends(str(node)))
        for tree in definition.trees()
        for node in walk(tree)
    )


def required_parameters(derived: Collection[FactDef]) -> set[str]:
    """The parameters without whose value on the judged day some of the facts ``derived`` have no value."""
    derivations = [fact.derivation for fact in derived if fact.derivation is not None]
    counted = {derivation.since for derivation in derivations if derivation.since}
    return counted | parameters_on_the_day(tree for fact in derived for tree in fact.trees())


def reads_of(rule: Rule, facts: Mapping[str, FactDef]) -> Reads:
    """The parameters that a rule reads, also those through the facts that it reads.

    Args:
        rule: the rule.
        facts: the definitions of all facts of the rulebook, by name.
    """
    derived = upstream_facts(trees_of(rule), facts).values()
    needed = required_parameters(derived)
    trees = [*trees_of(rule), *(tree for fact in derived for tree in fact.trees())]
    every = parameters_of(trees) | needed
    return Reads(tuple(sorted(every)), tuple(sorted(needed)))
