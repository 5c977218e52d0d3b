"""Every mutant of one rulebook: its linked parts with one change, and where in its files the change stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from aava_rules.decision.service import Rulebook
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.syntax import TRUE, Condition, Const, Expr
from aava_rules.language.values import NUMERIC, plain
from aava_rules.rulebook.dependencies import reads_of
from aava_rules.rulebook.loader.documents import Document, Faults
from aava_rules.rulebook.loader.folders import LayerFolder, LayerStack
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence
from aava_rules.rulebook.locate import find
from aava_rules.rulebook.model import Derivation, FactDef, Parameter, ParamValue, Parts, Proof, Rule, Ruleset
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

KINDS: Final = {
    "threshold": "a limit one more or one less",
    "comparison": "another comparison, or the opposite of a test",
    "and_or": "all in place of any, or any in place of all",
    "test": "a test dropped",
    "exception": "an exception dropped",
    "override": "an override dropped",
    "judgement": "an official's assessment no longer asked",
    "rule": "a rule dropped",
    "day": "a day of law one earlier or one later",
    "due": "a due day one earlier or one later, or dropped",
    "value": "another value of an outcome, or a default dropped",
    "parameter": "another value of a parameter, or one value dropped",
    "proof": "what shows a step done dropped",
}
"""What a mutant changes."""

Key = tuple[str, str]
"""A part of a rulebook that a case may rest on: ``rule``, ``fact``, ``parameter``, ``outcome`` or ``step``, and its
name."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a rulebook.

    Attributes:
        number: its place among all mutants of the rulebook, from 0.
        kind: what is changed, a key of `KINDS`.
        file: the file in which the change stands, relative to the rulebook.
        line: its line, from 1.
        before: the part as it reads.
        after: the part as it then reads; empty where it is dropped.
        keys: the parts of the rulebook that it changes.
        make: gives the parts of the changed rulebook, of those of the rulebook.
    """

    number: int
    kind: str
    file: str
    line: int
    before: str
    after: str
    keys: frozenset[Key]
    make: Callable[[Parts], Parts]

    @property
    def rules(self) -> list[str]:
        """The ids of the rules that it changes, sorted."""
        return sorted(name for kind, name in self.keys if kind == "rule")


def mutants_of(rulebook: Rulebook, folder: Path | None = None) -> list[Mutant]:
    """Every mutant of a rulebook's own files, in the order of files and lines; those below it are not changed.

    Args:
        rulebook: the rulebook.
        folder: its folder; None to look it up.

    Raises:
        RulebookNotFound: its files are not there.
    """
    of_plugins = rulebook.plugins.rulebooks() if rulebook.plugins is not None else {}
    folder = folder or rulebook.folder or find(rulebook.name, of_plugins)
    stack = LayerStack(Faults(), lambda name: find(name.partition("==")[0], of_plugins, folder.parent))
    stack.read(folder)
    maker = _Maker(rulebook.parts, stack.layers[-1])
    found = sorted(maker.run(), key=lambda mutant: (mutant.file, mutant.line))
    return [replace(mutant, number=number) for number, mutant in enumerate(found)]


class _Maker:
    def __init__(self, whole: Parts, layer: LayerFolder) -> None:
        self.parts, self.layer, self.name = whole, layer, layer.info.name

    def run(self) -> Iterator[Mutant]:
        """The mutants, without their numbers."""
        for folder in self.layer.rulesets:
            root = folder.rules.file.root
            ruleset = next(one for one in self.parts.rulesets if (one.rulebook, one.name) == (self.name, folder.name))
            assert isinstance(root, Mapping)
            yield from _OfRuleset(self.parts, folder.rules, root, ruleset).run()
        yield from self._parameters()
        yield from self._facts()
        yield from self._steps()

    def _section(self, file: str, *path: str) -> tuple[Document, list[tuple[Scalar, Node]]] | None:
        document = self.layer.top.get(file)
        node: Node | None = None if document is None else document.file.root
        for name in path:
            node = node.get(name) if isinstance(node, Mapping) else None
        return (document, node.pairs) if document is not None and isinstance(node, Mapping) else None

    # -- parameters

    def _parameters(self) -> Iterator[Mutant]:
        section = self._section("parameters.yaml")
        for key, node in section[1] if section else ():
            parameter = self.parts.parameters[key.text]
            given = node.get("values") if isinstance(node, Mapping) else None
            assert section is not None
            assert isinstance(given, Mapping)
            by_start = {None if pair.text == "always" else pair.text: pair for pair, _ in given.pairs}
            for place, value in enumerate(parameter.values):
                at = by_start[None if value.start is None else value.start.isoformat()]
                for kind, before, after, changed in _changed_values(parameter, place):
                    yield self._of_parameter(section[0], at, kind, f"{key.text}: {before}", after, changed)

    def _of_parameter(
        self, document: Document, at: Node, kind: str, before: str, after: str, changed: Parameter
    ) -> Mutant:
        name = changed.name
        return _mutant(
            document, at, kind, before, after, {("parameter", name)},
            lambda whole: replace(whole, parameters=whole.parameters | {name: changed}),
        )  # fmt: skip

    # -- derived facts

    def _facts(self) -> Iterator[Mutant]:
        section = self._section("vocabulary.yaml", "facts")
        for key, node in section[1] if section else ():
            assert section is not None
            assert isinstance(node, Mapping)
            definition = self.parts.facts[key.text]
            for at, kind, before, after, changed in _changed_facts(key, node, definition):
                yield self._of_fact(section[0], at, kind, f"{key.text}: {before}", after, changed)

    def _of_fact(
        self, document: Document, at: Node, kind: str, before: str, after: str, changed: FactDef
    ) -> Mutant:
        name = changed.name

        def make(whole: Parts) -> Parts:
            facts = whole.facts | {name: changed}
            rules = (rule for ruleset in whole.rulesets for rule in ruleset.rules)
            return replace(whole, facts=facts, reads={rule.id: reads_of(rule, facts) for rule in rules})

        return _mutant(document, at, kind, before, after, {("fact", name)}, make)

    # -- proofs of steps

    def _steps(self) -> Iterator[Mutant]:
        section = self._section("vocabulary.yaml", "steps")
        for key, node in section[1] if section else ():
            assert section is not None
            step = self.parts.steps[key.text]
            listed = node.get("proof") if isinstance(node, Mapping) else None
            for place, item in enumerate(listed.items if isinstance(listed, Sequence) else ()):
                proof = step.proof[place]
                rest = step.proof[:place] + step.proof[place + 1 :]
                field = f"{proof.over}.{proof.field}"
                yield self._of_step(section[0], item, "proof", key.text, f"proof {field}", "", rest)
                where = item.get("where") if isinstance(item, Mapping) else None
                for at, variant, tree in _changed_condition(where, proof.where, {}):
                    other = Proof(proof.over, proof.field, None if tree == TRUE else tree)
                    proofs = (*step.proof[:place], other, *step.proof[place + 1 :])
                    yield self._of_step(
                        section[0], at, variant.kind, key.text, variant.before, variant.after, proofs
                    )

    def _of_step(
        self, document: Document, at: Node, kind: str, name: str, before: str, after: str, proofs: tuple[Proof, ...]
    ) -> Mutant:
        changed = replace(self.parts.steps[name], proof=proofs)
        return _mutant(
            document, at, kind, f"{name}: {before}", after, {("step", name)},
            lambda whole: replace(whole, steps=whole.steps | {name: changed}),
        )  # fmt: skip


def _mutant(
    document: Document, at: Node, kind: str, before: str, after: str, keys: set[Key], make: Callable[[Parts], Parts]
) -> Mutant:
    file = document.name
    return Mutant(0, kind, file, at.line, before, after, frozenset(keys), make)


# -- rules


class _OfRuleset:
    """The mutants of one file of rules."""

    def __init__(self, whole: Parts, document: Document, root: Mapping, ruleset: Ruleset) -> None:
        self.parts, self.document, self.root, self.ruleset = whole, document, root, ruleset
        conditions = root.get("conditions")
        self.conditions = conditions.pairs if isinstance(conditions, Mapping) else []
        self.named: Named = {key.text: node for key, node in self.conditions}
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
        yield from self._head()

    # -- conditions

    def _condition(self, node: Node, tree: Condition) -> Iterator[Mutant]:
        """The mutants of a condition as it is written, in every rule that reads it."""
        for at, part in parts(node, tree, self.named):
            for number, variant in enumerate(variants(part)):
                yield from self._tree_mutant(at, variant, lambda old, n=number: variants(old)[n].tree)
        for at, part in droppable(node, tree, self.named):
            before = at.text.strip() if isinstance(at, Scalar) else str(part)
            yield from self._tree_mutant(at, Variant("test", before, "", None), lambda _: None)

    def _tree_mutant(self, at: Node, variant: Variant, change: Change) -> Iterator[Mutant]:
        changed = {}
        for node, rule in self.rules:
            other = _with_changed(rule, node, at, change, self.named)
            if other is not rule:
                changed[rule.id] = other
        if changed:  # a condition that no rule reads changes nothing
            yield self._mutant(at, variant.kind, variant.before, variant.after, changed)

    def _mutant(
        self, at: Node, kind: str, before: str, after: str, changed: dict[str, Rule | None]
    ) -> Mutant:
        keys: set[Key] = {("rule", rule_id) for rule_id in changed}
        place = (self.ruleset.rulebook, self.ruleset.name)
        return _mutant(
            self.document, at, kind, before, after, keys, lambda whole: with_rules(whole, place, changed)
        )

    # -- rules

    def _rule(self, node: Mapping, rule: Rule) -> Iterator[Mutant]:
        conditions = {"when": rule.when, "unless": rule.unless, "require": rule.require,
                      "in_doubt_where": rule.doubt_where}  # fmt: skip
        for part, tree in conditions.items():
            if (written := node.get(part)) is not None and tree is not None:
                yield from self._condition(written, tree)
        at = node.get("id") or node

        def one(kind: str, key: str, before: str, after: str, other: Rule | None) -> Mutant:
            position = next((name for name, _ in node.pairs if name.text == key), at)
            return self._mutant(position, kind, f"{rule.id}: {before}", after, {rule.id: other})

        yield one("rule", "id", "the rule", "", None)
        if rule.unless is not None:
            yield one("exception", "unless", f"unless {rule.unless}", "", replace(rule, unless=None))
        for overridden in rule.overrides:
            rest = tuple(other for other in rule.overrides if other != overridden)
            yield one("override", "overrides", f"overrides {overridden}", "", replace(rule, overrides=rest))
        if rule.needs_judgement:
            before = f"needs_judgement: {rule.needs_judgement}"
            yield one("judgement", "needs_judgement", before, "", replace(rule, needs_judgement=""))
        for kind, key, field in (("from", "in_force", "start"), ("until", "in_force", "until"),
                                 ("in_doubt_from", "in_doubt_from", "in_doubt_from")):  # fmt: skip
            day = getattr(rule, field)
            for other in _days_beside(day):
                yield one("day", key, f"{kind}: {day}", f"{kind}: {other}", replace(rule, **{field: other}))
        if rule.judged_on is not None and node.get("judged_on") is not None:
            yield from (
                one("day", "judged_on", f"judged_on: {rule.judged_on}", f"judged_on: {day}",
                    replace(rule, judged_on=day))
                for day in (shifted(rule.judged_on, 1), shifted(rule.judged_on, -1))
            )  # fmt: skip
        if rule.due is not None:
            for due in (shifted(rule.due, 1), shifted(rule.due, -1)):
                yield one("due", "due", f"due: {rule.due}", f"due: {due}", replace(rule, due=due))
            yield one("due", "due", f"due: {rule.due}", "", replace(rule, due=None))
        for outcome, value in rule.then.items():
            definition = self.outcomes[outcome]
            for changed in values(value, definition.type, definition.words):
                before, after = f"{outcome}: {text_of(value)}", f"{outcome}: {text_of(changed)}"
                yield one("value", "then", before, after, replace(rule, then=rule.then | {outcome: changed}))

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
            rest = {name: kept for name, kept in ruleset.otherwise.items() if name != outcome}
            other = replace(ruleset, otherwise=rest)
            yield self._of_head("otherwise", "value", before, "", other, {("outcome", outcome)})
        every: set[Key] = {("rule", rule.id) for rule in ruleset.rules}
        for day in _days_beside(ruleset.in_doubt_from):
            before, after = f"in_doubt_from: {ruleset.in_doubt_from}", f"in_doubt_from: {day}"
            yield self._of_head("in_doubt_from", "day", before, after, replace(ruleset, in_doubt_from=day), every)
        for outcome, since in ruleset.doubted.items():
            for day in _days_beside(since):
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
            changed = [other if (one.rulebook, one.name) == place else one for one in whole.rulesets]
            return replace(whole, rulesets=tuple(changed))

        return _mutant(self.document, at, kind, before, after, keys, make)


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
            replace(one, rules=tuple([_without_overrides(rule, dropped) for rule in one.rules])) for one in rulesets
        ]
    return replace(whole, rulesets=tuple(rulesets), reads=reads)


def _without_overrides(rule: Rule, dropped: set[str]) -> Rule:
    if dropped.isdisjoint(rule.overrides):
        return rule
    return replace(rule, overrides=tuple([name for name in rule.overrides if name not in dropped]))


def _days_beside(day: date | None) -> list[date]:
    if day is None:
        return []
    return [other for other in (_moved(day, 1), _moved(day, -1)) if other is not None]


def _moved(day: date, by: int) -> date | None:
    try:
        return day + by * ONE_DAY
    except OverflowError:
        return None


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


# -- parameters


def _changed_values(parameter: Parameter, place: int) -> Iterator[tuple[str, str, str, Parameter]]:
    """The ways in which one value of a parameter is changed: kind, before, after, and the parameter."""
    value = parameter.values[place]
    others = (*parameter.values[:place], *parameter.values[place + 1 :])
    since = "always" if value.start is None else str(value.start)

    def with_value(other: ParamValue) -> Parameter:
        return replace(parameter, values=(*parameter.values[:place], other, *parameter.values[place + 1 :]))

    for before, after, changed in _other_values(value.value):
        yield "parameter", f"{since}: {before}", f"{since}: {after}", with_value(replace(value, value=changed))
    for day in _days_beside(value.start):
        starts = [other.start for other in others]
        beside = [parameter.values[n].start for n in (place - 1, place + 1) if 0 <= n < len(parameter.values)]
        if day not in starts and all(other is None or (other < day) == (other < value.start) for other in beside):
            yield "day", since, str(day), with_value(replace(value, start=day))
    if len(parameter.values) > 1:
        yield "parameter", f"{since}: {_shown(value.value)}", "", replace(parameter, values=others)


def _other_values(value: Any) -> Iterator[tuple[str, str, Any]]:
    if isinstance(value, dict):
        for row, columns in value.items():
            for column, cell in columns.items():
                if isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
                    for by in (1, -1):
                        changed = value | {row: columns | {column: cell + by}}
                        yield f"{row} {column} {cell}", f"{row} {column} {cell + by}", changed
            if len(value) > 1:
                yield f"row {row}", "", {key: kept for key, kept in value.items() if key != row}
            for by in (1, -1):
                if row + by not in value:
                    rows = {key + by if key == row else key: kept for key, kept in value.items()}
                    yield f"row {row}", f"row {row + by}", rows
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        for by in (1, -1):
            yield _shown(value), _shown(value + by), value + by


def _shown(value: Any) -> str:
    return "a table" if isinstance(value, dict) else "none" if value is None else str(plain(value))


# -- derived facts

_Changed = tuple[Node, str, str, str, FactDef]


def _changed_condition(
    written: Node | None, tree: Condition | None, named: Named
) -> Iterator[tuple[Node, Variant, Condition]]:
    """The ways in which a condition as written is changed, each with its place and the whole tree."""
    if written is None or tree is None:
        return
    for at, part in parts(written, tree, named):
        for variant in variants(part):
            yield at, variant, rebuilt(written, tree, at, lambda _, v=variant: v.tree, named) or TRUE
    for at, part in droppable(written, tree, named):
        yield at, Variant("test", str(part), "", None), rebuilt(written, tree, at, lambda _: None, named) or TRUE


def _changed_facts(key: Scalar, node: Mapping, definition: FactDef) -> Iterator[_Changed]:
    """The ways in which the derivation and default of a fact are changed."""
    derivation = definition.derivation
    if definition.default is not None:
        at = node.get("default") or key
        before = f"default {definition.default}"
        for value in values(definition.default, definition.type, definition.words):
            yield at, "value", before, f"default {text_of(value)}", replace(definition, default=value)
        yield at, "value", before, "", replace(definition, default=None)
    if derivation is None:
        return
    written = node.get("where") if node.get("where") is not None else node.get("value")
    for at, variant, tree in _changed_condition(written, derivation.where, {}):
        changed = replace(derivation, where=tree)
        yield at, variant.kind, variant.before, variant.after, replace(definition, derivation=changed)
    if derivation.value is not None and definition.type in (*NUMERIC, "date"):
        for value in (shifted(derivation.value, 1), shifted(derivation.value, -1)):
            at = node.get("value") or key
            changed = replace(derivation, value=value)
            yield at, "value", str(derivation.value), str(value), replace(definition, derivation=changed)
    for at, kind, before, after, changed in _changed_derivation(key, node, derivation):
        yield at, kind, before, after, replace(definition, derivation=changed)


def _changed_derivation(
    key: Scalar, node: Mapping, derivation: Derivation
) -> Iterator[tuple[Node, str, str, str, Derivation]]:
    """The ways in which the days that an aggregate counts are changed."""
    window = derivation.within
    written = node.get("within") or node.get(derivation.kind) or key
    if window is not None:
        for field in ("start", "end", "months"):
            term: Expr | int | None = getattr(window, field)
            if term is None:
                continue
            for by in (1, -1):
                other: Any = term + by if isinstance(term, int) else shifted(term, by)
                if isinstance(other, int) and other < 1:
                    continue
                kind = "threshold" if field == "months" else "day"
                changed = replace(derivation, within=replace(window, **{field: other}))
                yield written, kind, f"{field} {term}", f"{field} {other}", changed
    listed = node.get("outside")
    for place, zone in enumerate(derivation.outside):
        at = listed.items[place] if isinstance(listed, Sequence) else key
        rest = (derivation.outside[:place], derivation.outside[place + 1 :])
        for field in ("start", "until"):
            for day in _days_beside(getattr(zone, field)):
                zones = (*rest[0], replace(zone, **{field: day}), *rest[1])
                before, after = f"outside {field} {getattr(zone, field)}", f"outside {field} {day}"
                yield at, "day", before, after, replace(derivation, outside=zones)
        before = f"outside {zone.start} to {zone.until}"
        yield at, "test", before, "", replace(derivation, outside=(*rest[0], *rest[1]))
        zones = (*rest[0], replace(zone, possibly=not zone.possibly), *rest[1])
        surely = "surely" if zone.possibly else "possibly"
        yield at, "comparison", before, f"{before}, {surely}", replace(derivation, outside=zones)
    for place, limit in enumerate(derivation.limits):
        others = (derivation.limits[:place], derivation.limits[place + 1 :])
        for by in (1, -1):
            amount = shifted(limit.amount, by)
            limits = (*others[0], replace(limit, amount=amount), *others[1])
            yield written, "threshold", str(limit.amount), str(amount), replace(derivation, limits=limits)
            if limit.start is not None:
                start = shifted(limit.start, by)
                limits = (*others[0], replace(limit, start=start), *others[1])
                yield written, "day", str(limit.start), str(start), replace(derivation, limits=limits)



