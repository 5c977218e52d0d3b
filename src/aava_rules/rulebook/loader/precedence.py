"""The two orders in which there must be no circle: which rule overrides which, and which outcome reads which."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from aava_rules.language.functions import reads_step
from aava_rules.language.syntax import Condition, Expr, Fact, ItemField, walk
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.loader.documents import nearest
from aava_rules.rulebook.loader.rulesets import RuleEntry, Rulesets
from aava_rules.rulebook.loader.symbols import Names
from aava_rules.rulebook.loader.yaml_nodes import Node, Scalar, Sequence
from aava_rules.rulebook.model import FactDef, Rule, Ruleset, StepDef

MAX_OVERRIDE_CIRCLES = 20
"""Circles of overriding rules that are reported."""
MAX_READING_CIRCLES = 100
"""Circles of outcomes and facts that are reported."""
_SHOWN = 6
"""Rules of a circle that are written out."""


class Overrides:
    """The ``overrides`` of all rules, resolved."""

    def __init__(self, rulesets: Rulesets) -> None:
        self.rulesets = rulesets
        self._reported = 0
        self._of = {id: self._resolve(rule) for id, rule in rulesets.by_id.items()}

    def of(self, rule: RuleEntry) -> tuple[str, ...]:
        """The ids of the rules that conclude nothing when ``rule`` holds."""
        return self._of[rule.id]

    def _resolve(self, rule: RuleEntry) -> tuple[str, ...]:
        node = rule.node.get("overrides")
        if node is None:
            return ()
        if isinstance(node, Scalar) and node.text == "all":
            return tuple(other.id for other in rule.ruleset.all_rules if other is not rule and _alike(rule, other))
        if not isinstance(node, Sequence):
            rule.ruleset.document.fault(node, "AR056", "overrides is all or a list of ids", "", "Write [TG-22].")
            return ()
        named = [id for item in node.items if (id := self._target(rule, item))]
        for id in named:  # which grows meanwhile: what stands in the place of an overridden rule is overridden too
            named += [new for new in self.rulesets.by_id[id].replaced_by if new not in named and new != rule.id]
        return tuple(named)

    def _target(self, rule: RuleEntry, node: Node) -> str:
        text = node.text if isinstance(node, Scalar) else ""
        document = rule.ruleset.document
        other = self.rulesets.by_id.get(text)
        if text in self.rulesets.broken_ids and text:
            return ""
        if other is None or other.ruleset.layer.rank > rule.ruleset.layer.rank:
            hint = nearest(text, self.rulesets.by_id)
            document.fault(node, "AR056", f"no rule has the id {text[:60] or 'that stands here'}", "", hint)
            return ""
        if not rule.ruleset.layer.may_change(other.ruleset.layer) and other.weight == "law":
            why = f"{text} is law; a rulebook on top of {other.ruleset.layer.name} overrides weaker rules only."
            document.fault(node, "AR065", f"{rule.id} overrides {text}", why)
            return ""
        return text

    def check_circles(self) -> None:
        """Report the rules that override one another in a circle while all are in force."""
        done: set[str] = set()
        for first in self.rulesets.by_id:
            if first not in done and self._reported < MAX_OVERRIDE_CIRCLES:
                self._search(first, done)

    def _search(self, first: str, done: set[str]) -> None:
        # Iterative, since a long chain of overrides must not exhaust Python's own stack.
        path, on_path = [first], {first}
        stack = [self._edges(first)]
        while stack:
            if not stack[-1]:
                stack.pop()
                done.add(path[-1])
                on_path.discard(path.pop())
                continue
            following = stack[-1].pop()
            if following in on_path:
                self._report(path[path.index(following) :])
                if self._reported >= MAX_OVERRIDE_CIRCLES:
                    return
            elif following not in done:
                path.append(following)
                on_path.add(following)
                stack.append(self._edges(following))

    def _edges(self, id: str) -> list[str]:
        rule = self.rulesets.by_id[id]
        return [other for other in self._of[id] if _overlap(rule, self.rulesets.by_id[other])]

    def _report(self, circle: list[str]) -> None:
        self._reported += 1
        circle = _from_first(circle)
        rule = self.rulesets.by_id[circle[0]]
        shown = circle if len(circle) <= _SHOWN else [*circle[:_SHOWN], "..."]
        why = f"{' overrides '.join([*shown, circle[0]])}; when both held, neither would conclude anything."
        rule.ruleset.document.fault(rule.node.get("overrides"), "AR057", "rules override one another in a circle", why)


def _alike(rule: RuleEntry, other: RuleEntry) -> bool:
    if rule.kind != other.kind:
        return False
    if rule.kind == "require":
        return rule.model.requirement == other.model.requirement
    return rule.kind == "decide" or rule.model.suggest == other.model.suggest


def _overlap(rule: RuleEntry, other: RuleEntry) -> bool:
    (a, b), (c, d) = _days(rule), _days(other)
    return a <= d and c <= b


def _days(rule: RuleEntry) -> tuple[date, date]:
    return rule.start or date.min, rule.until or date.max


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
            read = set().union(*(_rule_reads(reader) for reader in (rule, *overriding.get(rule.id, ()))))
            for name in rule.then:
                self.reads.setdefault(f"fact {name}", set()).update(read)
                self.deciders.setdefault(name, []).append(rule.id)
        for ruleset in rulesets:
            for name, value in ruleset.otherwise.items():
                if not isinstance(value, frozenset):
                    self.reads.setdefault(f"fact {name}", set()).update(_reads([value]))

    def of(self, outcomes: Iterable[str]) -> tuple[dict[str, int], list[list[str]]]:
        """The stratum of each outcome, and the circles, each from its first name on.

        Args:
            outcomes: the names of the outcomes. The stratum of one is the greatest number of outcomes along a chain of
                what it reads, at any depth; 0 if it reads none.
        """
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
                if len(circles) < MAX_READING_CIRCLES:
                    circles.append(_from_first(path[path.index(following) :]))
            elif following not in depth:
                path.append(following)
                on_path.add(following)
                stack.append(iter(sorted(self.reads.get(following, ()))))

    def _height(self, node: str, names: set[str], depth: dict[str, int]) -> int:
        return depth.get(node, 0) + (node.removeprefix("fact ") in names and node.startswith("fact "))


def report_circles(names: Names, rulesets: Rulesets, strata: Strata, circles: list[list[str]]) -> None:
    """Report each circle at the first outcome in it, or at the fact if there is none.

    Args:
        names: the names of the rulebook.
        rulesets: its rules as written.
        strata: the graph that the circles are in.
        circles: names of nodes, as ``Strata.of`` returns them.
    """
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
    names = set()
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Fact):
                names.add(f"fact {node.name}")
            elif isinstance(node, ItemField) and node.derived:
                names.add(f"fact {node.singular}.{node.field}")
            elif reads_step(node):
                names.add(f"step {node.args[0]}")
    return names


def _rule_reads(rule: Rule) -> set[str]:
    return _reads(trees_of(rule))
