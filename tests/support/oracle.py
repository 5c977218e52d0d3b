"""What rules mean where everything is known: two truth values, no compiling, no thresholds, no frames.

It is written from the description of the rule format, shares no code with the engines, and says
nothing (`Unknowable`) of what it cannot know: item aggregates, judged days, doubtful law.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from aava_rules.language.syntax import (
    All,
    Always,
    Any_,
    Arith,
    Call,
    Compare,
    Const,
    DecisionDate,
    Fact,
    Has,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Param,
    RuleDate,
    Truth,
    walk,
)
from aava_rules.rulebook.model import Parts, Rule, Ruleset

ABSENT = object()
"""What is known not to exist."""


class Unknowable(Exception):
    """The oracle does not say."""


class NoSuchRule(Exception):
    """A parameter has no value on that day, so the rule that reads it is not in force."""


class Oracle:
    """The answers of one rulebook to complete data: facts by name, and the fields of one item."""

    def __init__(self, parts: Parts, on: date, facts: dict[str, Any], item: dict[str, Any] | None = None) -> None:
        self.parts, self.on, self.facts, self.item = parts, on, facts, item

    # -- values

    def parameter(self, name: str) -> Any:
        held = [value for value in self.parts.parameters[name].values if value.start is None or value.start <= self.on]
        if not held or held[-1].value is None:
            raise NoSuchRule
        return held[-1].value

    def value(self, term: Any, rule: Rule | None) -> Any:
        match term:
            case Const(value):
                return value
            case Param(name):
                return self.parameter(name)
            case DecisionDate():
                return self.on
            case RuleDate(which):
                assert rule is not None
                return rule.start if which == "from" else rule.until
            case Fact(name):
                return self.fact(name)
            case ItemField(_, field, derived=False) if self.item is not None:
                if field not in self.item:
                    raise Unknowable
                return self.item[field]
            case Arith(op, left, right):
                a, b = self.value(left, rule), self.value(right, rule)
                return ABSENT if ABSENT in (a, b) else a + b if op == "+" else a - b if op == "-" else a * b
            case Call("max" | "min" as name, args):
                values = [self.value(arg, rule) for arg in args]
                return ABSENT if ABSENT in values else (max if name == "max" else min)(values)
            case Call("row", (table, key, column)):
                rows, key = self.value(table, rule), self.value(key, rule)
                below = [] if key is ABSENT else [one for one in rows if one <= key]
                return rows[max(below)][column] if below else ABSENT
        raise Unknowable

    def fact(self, name: str) -> Any:
        if name in self.facts:
            return self.facts[name]
        if name in self.parts.outcomes:
            status, value = self.outcome(name)
            if status == "known":
                return value
        definition = self.parts.facts.get(name)
        if definition is not None and definition.derivation is not None and definition.derivation.kind == "test":
            return self.holds(definition.derivation.where, None)
        if definition is not None and isinstance(definition.default, DecisionDate):
            return self.on
        raise Unknowable

    # -- tests

    def holds(self, test: Any, rule: Rule | None) -> bool:
        match test:
            case Always(holds):
                return bool(holds)
            case All(items):
                return all(self.holds(item, rule) for item in items)
            case Any_(items):
                return any(self.holds(item, rule) for item in items)
            case Not(item):
                return not self.holds(item, rule)
            case Truth(term):
                return self.value(term, rule) is True
            case IsNone(term):
                return self.value(term, rule) is ABSENT
            case OneOf(term, words):
                return self.value(term, rule) in words
            case Has(term, word):
                found = self.value(term, rule)
                return found is not ABSENT and word in found
            case Compare(op, left, right):
                a, b = self.value(left, rule), self.value(right, rule)
                if ABSENT in (a, b):
                    return False
                if op in ("==", "!="):
                    return (a == b) is (op == "==")
                return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op])
        raise Unknowable

    # -- rules

    def in_force(self, rule: Rule, ruleset: Ruleset) -> bool:
        if rule.judged_on is not None or self._doubted(rule, ruleset):
            raise Unknowable
        if (rule.start is not None and rule.start > self.on) or (rule.until is not None and rule.until < self.on):
            return False
        try:
            for tree in (rule.when, rule.unless, rule.require, *rule.then.values()):
                if tree is not None and not isinstance(tree, frozenset):
                    self.check_parameters(tree)
        except NoSuchRule:
            return False
        return True

    def check_parameters(self, tree: Any) -> None:
        """Raise NoSuchRule if a parameter, or one that a fact is derived with, has no value on the day."""
        for node in walk(tree):
            if isinstance(node, Param):
                self.parameter(node.name)
            elif isinstance(node, Fact) and (definition := self.parts.facts.get(node.name)) is not None:
                derivation = definition.derivation
                if derivation is not None and derivation.where is not None:
                    self.check_parameters(derivation.where)

    def _doubted(self, rule: Rule, ruleset: Ruleset) -> bool:
        days = [rule.in_doubt_from, ruleset.in_doubt_from, *ruleset.doubted.values()]
        return rule.needs_judgement == "true" or any(day is not None and day <= self.on for day in days)

    def applies(self, rule: Rule) -> bool:
        if rule.needs_judgement and self.fact(rule.needs_judgement) is not True:
            return False
        return self.holds(rule.when, rule) and not (rule.unless is not None and self.holds(rule.unless, rule))

    def standing(self) -> list[tuple[Rule, Ruleset]]:
        """The rules of any kind that are in force and read nothing that is not known."""
        return [(rule, ruleset) for ruleset in self.parts.rulesets for rule in ruleset.rules]

    def overridden(self, rule: Rule) -> bool:
        rivals = [(one, ruleset) for one, ruleset in self.standing() if rule.id in one.overrides]
        return any(self.in_force(one, ruleset) and self.applies(one) for one, ruleset in rivals)

    def outcome(self, name: str) -> tuple[str, Any]:
        """The status and value of an outcome."""
        mine = [(rule, ruleset) for rule, ruleset in self.standing() if name in rule.then]
        rules = [rule for rule, ruleset in mine if self.in_force(rule, ruleset)]
        otherwise = [ruleset.otherwise[name] for ruleset in self.parts.rulesets if name in ruleset.otherwise]
        if not rules:
            return "not_applicable", None
        holding = [rule for rule in rules if self.applies(rule)]
        counting = [rule for rule in holding if not self.overridden(rule)]
        if self.parts.outcomes[name].type == "set":
            words = frozenset().union(*(rule.then[name] for rule in counting))
            return "known", words if holding or not otherwise else words | otherwise[0]
        values = [self.value(rule.then[name], rule) for rule in counting]
        if not holding and otherwise:
            try:
                values = [self.value(otherwise[0], None)]
            except NoSuchRule:
                values = [ABSENT]
        if not values:
            return "not_applicable", None
        if any(value != values[0] for value in values):
            return "conflict", None
        return ("not_applicable", None) if values[0] is ABSENT else ("known", values[0])

    def requirement(self, name: str) -> tuple[str, bool]:
        """The status of a requirement, and whether only an exception keeps a rule of it from applying that is kept."""
        mine = [(rule, ruleset) for rule, ruleset in self.standing() if rule.kind == "require" and rule.name == name]
        rules = [rule for rule, ruleset in mine if self.in_force(rule, ruleset)]
        standing = [rule for rule in rules if not self.overridden(rule)]
        applying = [rule for rule in standing if self.applies(rule)]
        excepted = any(
            self.holds(rule.when, rule) and not self.applies(rule) and self.holds(rule.require, rule)
            for rule in standing
        )
        if not applying:
            return "not_applicable", excepted
        kept = all(self.holds(rule.require, rule) for rule in applying)
        return ("met" if kept else "broken"), excepted
