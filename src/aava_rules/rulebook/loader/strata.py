"""Which outcomes read which: their strata, lowest first, and the circles that there must not be."""

from __future__ import annotations

from collections.abc import Iterable

from aava_rules.language.syntax import Call, Condition, Expr, Fact, ItemField, walk
from aava_rules.rulebook.loader.rulesets import Rulesets
from aava_rules.rulebook.loader.symbols import Names
from aava_rules.rulebook.model import FactDef, Rule, Ruleset, StepDef

MAX_CIRCLES = 100


class Strata:
    """The graph from outcomes, facts and steps to what they read."""

    def __init__(self, facts: dict[str, FactDef], steps: dict[str, StepDef], rulesets: tuple[Ruleset, ...]) -> None:
        self.reads: dict[str, set[str]] = {}
        for name, fact in facts.items():
            self.reads[f"fact {name}"] = _reads(fact.trees())
        for name, step in steps.items():
            self.reads[f"step {name}"] = _reads(proof.where for proof in step.proof if proof.where is not None)
        rules = [rule for ruleset in rulesets for rule in ruleset.rules]
        overriding: dict[str, list[Rule]] = {}
        for rule in rules:
            for id in rule.overrides:
                overriding.setdefault(id, []).append(rule)
        self.deciders: dict[str, list[str]] = {}
        for rule in rules:
            read = set().union(*(_rule_reads(one) for one in (rule, *overriding.get(rule.id, ()))))
            for name in rule.then:
                self.reads.setdefault(f"fact {name}", set()).update(read)
                self.deciders.setdefault(name, []).append(rule.id)
        for ruleset in rulesets:
            for name, value in ruleset.otherwise.items():
                if not isinstance(value, frozenset):
                    self.reads.setdefault(f"fact {name}", set()).update(_reads([value]))

    def of(self, outcomes: Iterable[str]) -> tuple[dict[str, int], list[list[str]]]:
        """The stratum of each outcome, and the circles that were found, each from its first name on."""
        depth: dict[str, int] = {}
        circles: list[list[str]] = []
        names = set(outcomes)
        for first in sorted(f"fact {name}" for name in names):
            self._descend(first, names, depth, circles)
        return {name: depth.get(f"fact {name}", 0) for name in sorted(names)}, circles

    def _descend(self, first: str, names: set[str], depth: dict[str, int], circles: list[list[str]]) -> None:
        # Iterative, since a long chain must not exhaust Python's own stack.
        if first in depth:
            return
        path, on_path = [first], {first}
        stack = [iter(sorted(self.reads.get(first, ())))]
        while stack:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
                node = path.pop()
                on_path.discard(node)
                below = (self._height(read, names, depth) for read in self.reads.get(node, ()))
                depth[node] = max(below, default=0)
            elif following in on_path:
                if len(circles) < MAX_CIRCLES:
                    circles.append(_from_first(path[path.index(following) :]))
            elif following not in depth:
                path.append(following)
                on_path.add(following)
                stack.append(iter(sorted(self.reads.get(following, ()))))

    def _height(self, node: str, names: set[str], depth: dict[str, int]) -> int:
        return depth.get(node, 0) + (node.removeprefix("fact ") in names and node.startswith("fact "))


def tell_circles(names: Names, rulesets: Rulesets, strata: Strata, circles: list[list[str]]) -> None:
    """Tell each circle at the first outcome in it, or at the fact if there is none."""
    for circle in circles:
        plain = [node.partition(" ")[2] for node in circle]
        why = f"{' reads '.join([*plain, plain[0]])}."
        outcome = next((name for name in plain if name in strata.deciders), None)
        if outcome is not None:
            rule = rulesets.by_id[strata.deciders[outcome][0]]
            what = f"the answer {outcome} depends on itself"
            rule.ruleset.document.fault(rule.key("then"), "AR073", what, why)
        else:
            entry = next(e for name in plain for kind in (names.facts, names.steps) if (e := kind.get(name)))
            entry.document.fault(entry.key, "AR071", "facts are derived from one another in a circle", why)


def _from_first(circle: list[str]) -> list[str]:
    start = circle.index(min(circle))
    return circle[start:] + circle[:start]


def _reads(trees: Iterable[Expr | Condition]) -> set[str]:
    found = set()
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Fact):
                found.add(f"fact {node.name}")
            elif isinstance(node, ItemField) and node.derived:
                found.add(f"fact {node.singular}.{node.field}")
            elif isinstance(node, Call) and node.name in ("done", "date_of"):
                found.add(f"step {node.args[0]}")
    return found


def _rule_reads(rule: Rule) -> set[str]:
    trees = [rule.when, rule.unless, rule.require, rule.due, rule.judged_on]
    trees += [value for value in rule.then.values() if not isinstance(value, frozenset)]
    found = _reads(tree for tree in trees if tree is not None)
    if rule.needs_judgement not in ("", "true"):
        found.add(f"fact {rule.needs_judgement}")
    return found
