"""The mutants of one file of rules: of its conditions, its rules and its head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aava_rules.language.syntax import TRUE, Condition
from aava_rules.rulebook.dependencies import reads_of
from aava_rules.rulebook.loader.documents import Document
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence
from aava_rules.rulebook.model import Parts, Rule, Ruleset
from aava_rules.tools.mutate.mutant import Key, Mutant, days_beside, new_mutant
from aava_rules.tools.mutate.trees import (
    Change,
    Named,
    Variant,
    droppable,
    parts,
    rebuilt,
    shifted,
    text_of,
    values,
    variants,
)

_Entry = tuple[str, str, str, str, Rule | None]
"""A change of a rule: the key under which it stands, its kind, the part before and after, and the changed rule."""


class RuleMutants:
    """The mutants of one file of rules."""

    def __init__(
        self, whole: Parts, document: Document, root: Mapping, ruleset: Ruleset, below: Named | None = None
    ) -> None:
        """The mutants of ``document``.

        Args:
            whole: the rulebook.
            document: the file.
            root: its root.
            ruleset: the ruleset, as it is amended.
            below: of an amendment the named conditions of the ruleset that it amends; None if it is none.
        """
        self.of_amendment = below is not None
        self.parts, self.document, self.root, self.ruleset = whole, document, root, ruleset
        conditions = root.get("conditions")
        self.conditions = conditions.pairs if isinstance(conditions, Mapping) else []
        self.named: Named = {**(below or {}), **{key.text: node for key, node in self.conditions}}
        listed = root.get("rules")
        nodes = [node for node in (listed.items if isinstance(listed, Sequence) else ()) if isinstance(node, Mapping)]
        rules = {rule.id: rule for rule in ruleset.rules}
        self.rules: list[tuple[Mapping, Rule]] = [(node, rules[_text(node.get("id"))]) for node in nodes]
        self.outcomes = whole.outcomes

    def run(self) -> Iterator[Mutant]:
        """The mutants, without their numbers."""
        for key, node in self.conditions:
            if key.text in self.ruleset.conditions:
                yield from self._condition(node, self.ruleset.conditions[key.text])
        for node, rule in self.rules:
            yield from self._rule(node, rule)
        if not self.of_amendment:
            yield from self._head()

    # -- conditions

    def _condition(self, node: Node, tree: Condition) -> Iterator[Mutant]:
        """The mutants of a condition as it is written, in every rule that reads it."""
        for at, part in parts(node, tree, self.named):
            for number, variant in enumerate(variants(part)):
                yield from self._tree_mutant(at, variant, _variant(number))
        for at, part in droppable(node, tree, self.named):
            before = at.text.strip() if isinstance(at, Scalar) else str(part)
            yield from self._tree_mutant(at, Variant("test", before, "", None), lambda _: None)

    def _tree_mutant(self, at: Node, variant: Variant, change: Change) -> Iterator[Mutant]:
        changed: dict[str, Rule | None] = {}
        for node, rule in self.rules:
            other = _with_changed(rule, node, at, change, self.named)
            if other is not rule:
                changed[rule.id] = other
        if changed:  # a condition that no rule reads changes nothing
            yield self._mutant(at, variant.kind, variant.before, variant.after, changed)

    def _mutant(self, at: Node, kind: str, before: str, after: str, changed: dict[str, Rule | None]) -> Mutant:
        keys: set[Key] = {("rule", rule_id) for rule_id in changed}
        place = (self.ruleset.rulebook, self.ruleset.name)
        return new_mutant(self.document, at, kind, before, after, keys, lambda whole: with_rules(whole, place, changed))

    # -- rules

    def _rule(self, node: Mapping, rule: Rule) -> Iterator[Mutant]:
        conditions = {"when": rule.when, "unless": rule.unless, "require": rule.require,
                      "in_doubt_where": rule.doubt_where}  # fmt: skip
        for part, tree in conditions.items():
            if (written := node.get(part)) is not None and tree is not None:
                yield from self._condition(written, tree)
        at = node.get("id") or node

        for key, kind, before, after, other in self._changed(node, rule):
            position = next((name for name, _ in node.pairs if name.text == key), None)
            # what a rule of an amendment takes over is no part of the amendment, but the day from which it holds is
            if position is not None or not self.of_amendment or key == "in_force":
                yield self._mutant(position or at, kind, f"{rule.id}: {before}", after, {rule.id: other})

    @staticmethod
    def _entry(kind: str, key: str, before: str, after: str, other: Rule | None) -> _Entry:
        return key, kind, before, after, other

    def _changed(self, node: Mapping, rule: Rule) -> Iterator[_Entry]:
        """What becomes of a rule that is changed in one part other than its conditions."""
        entry = self._entry
        yield entry("rule", "id", "the rule", "", None)
        if rule.unless is not None:
            yield entry("exception", "unless", f"unless {rule.unless}", "", replace(rule, unless=None))
        for overridden in rule.overrides:
            rest = tuple(other for other in rule.overrides if other != overridden)
            yield entry("override", "overrides", f"overrides {overridden}", "", replace(rule, overrides=rest))
        if rule.needs_judgement:
            before = f"needs_judgement: {rule.needs_judgement}"
            yield entry("judgement", "needs_judgement", before, "", replace(rule, needs_judgement=""))
        for kind, key, field in (("from", "in_force", "start"), ("until", "in_force", "until"),
                                 ("in_doubt_from", "in_doubt_from", "in_doubt_from")):  # fmt: skip
            day = getattr(rule, field)
            for other in days_beside(day):
                changed: Any = {field: other}
                yield entry("day", key, f"{kind}: {day}", f"{kind}: {other}", replace(rule, **changed))
        if rule.judged_on is not None and node.get("judged_on") is not None:
            yield from (
                entry("day", "judged_on", f"judged_on: {rule.judged_on}", f"judged_on: {day}",
                    replace(rule, judged_on=day))
                for day in (shifted(rule.judged_on, 1), shifted(rule.judged_on, -1))
            )  # fmt: skip
        if rule.due is not None:
            for due in (shifted(rule.due, 1), shifted(rule.due, -1)):
                yield entry("due", "due", f"due: {rule.due}", f"due: {due}", replace(rule, due=due))
            yield entry("due", "due", f"due: {rule.due}", "", replace(rule, due=None))
        for outcome, value in rule.then.items():
            definition = self.outcomes[outcome]
            for conclusion in values(value, definition.type, definition.words):
                before, after = f"{outcome}: {text_of(value)}", f"{outcome}: {text_of(conclusion)}"
                yield entry("value", "then", before, after, replace(rule, then=rule.then | {outcome: conclusion}))

    # -- the head of the file

    def _head(self) -> Iterator[Mutant]:
        ruleset = self.ruleset
        for outcome, value in ruleset.otherwise.items():
            definition = self.outcomes[outcome]
            before = f"otherwise {outcome}: {text_of(value)}"
            for changed in values(value, definition.type, definition.words):
                after = f"otherwise {outcome}: {text_of(changed)}"
                other = replace(ruleset, otherwise=ruleset.otherwise | {outcome: changed})
                yield self._of_head("otherwise", "value", before, after, other, {("outcome", outcome)})
            rest = {name: remaining for name, remaining in ruleset.otherwise.items() if name != outcome}
            other = replace(ruleset, otherwise=rest)
            yield self._of_head("otherwise", "value", before, "", other, {("outcome", outcome)})
        every: set[Key] = {("rule", rule.id) for rule in ruleset.rules}
        for day in days_beside(ruleset.in_doubt_from):
            before, after = f"in_doubt_from: {ruleset.in_doubt_from}", f"in_doubt_from: {day}"
            yield self._of_head("in_doubt_from", "day", before, after, replace(ruleset, in_doubt_from=day), every)
        for outcome, since in ruleset.doubted.items():
            for day in days_beside(since):
                doubted = ruleset.doubted | {outcome: day}
                before, after = f"in_doubt_from {outcome}: {since}", f"in_doubt_from {outcome}: {day}"
                other = replace(ruleset, doubted=doubted)
                yield self._of_head("in_doubt_from", "day", before, after, other, {("outcome", outcome)})
        if (judged_on := self.root.get("judged_on")) is not None:
            yield from self._judged_on(judged_on)

    def _judged_on(self, written: Node) -> Iterator[Mutant]:
        follow = [rule for node, rule in self.rules if node.get("judged_on") is None and rule.judged_on is not None]
        for by in (1, -1) if follow else ():
            changed: dict[str, Rule | None] = {
                rule.id: replace(rule, judged_on=shifted(rule.judged_on, by))
                for rule in follow if rule.judged_on is not None
            }  # fmt: skip
            term = follow[0].judged_on
            assert term is not None
            after = f"judged_on: {shifted(term, by)}"
            yield self._mutant(written, "day", f"judged_on: {term}", after, changed)

    def _of_head(self, key: str, kind: str, before: str, after: str, other: Ruleset, keys: set[Key]) -> Mutant:
        at = next((name for name, _ in self.root.pairs if name.text == key), self.root)
        place = (other.rulebook, other.name)

        def make(whole: Parts) -> Parts:
            changed = [other if (entry.rulebook, entry.name) == place else entry for entry in whole.rulesets]
            return replace(whole, rulesets=tuple(changed))

        return new_mutant(self.document, at, kind, before, after, keys, make)


def _with_changed(rule: Rule, node: Mapping, at: Node, change: Change, named: Named) -> Rule:
    """The rule with the part at a place changed; the rule itself if it does not read it."""
    changed: dict[str, Any] = {}
    for part, field in (("when", "when"), ("unless", "unless"), ("require", "require"),
                        ("in_doubt_where", "doubt_where")):  # fmt: skip
        written, tree = node.get(part), getattr(rule, field)
        if written is None or tree is None:
            continue
        other = rebuilt(written, tree, at, change, named)
        if other is not tree:
            changed[field] = (TRUE if field in ("when", "require") else None) if other is None else other
    return replace(rule, **changed) if changed else rule


def with_rules(whole: Parts, place: tuple[str, str], changed: dict[str, Any]) -> Parts:
    """The parts with some rules of a ruleset changed.

    Args:
        whole: the parts.
        place: the rulebook and the name of the ruleset.
        changed: the changed rules by id; None for one that is dropped.
    """
    rulesets = []
    for ruleset in whole.rulesets:
        if (ruleset.rulebook, ruleset.name) == place:
            rules = [changed.get(rule.id, rule) for rule in ruleset.rules]
            ruleset = replace(ruleset, rules=tuple([rule for rule in rules if rule is not None]))
        rulesets.append(ruleset)
    reads = dict(whole.reads)
    for rule_id, rule in changed.items():
        if rule is not None:
            reads[rule_id] = reads_of(rule, whole.facts)
    dropped = {rule_id for rule_id, rule in changed.items() if rule is None}
    if dropped:  # what a rule overrides must be there
        rulesets = [
            replace(entry, rules=tuple([_without_overrides(rule, dropped) for rule in entry.rules]))
            for entry in rulesets
        ]
    return replace(whole, rulesets=tuple(rulesets), reads=reads)


def _without_overrides(rule: Rule, dropped: set[str]) -> Rule:
    if dropped.isdisjoint(rule.overrides):
        return rule
    return replace(rule, overrides=tuple([name for name in rule.overrides if name not in dropped]))


def _variant(number: int) -> Change:
    return lambda tree: variants(tree)[number].tree


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
