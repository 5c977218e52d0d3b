"""What the naive judge looks up in a parsed rulebook: rules by what they answer, parameters, values worth trying."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import combinations
from typing import Any

from library import (
    Arith,
    Call,
    Compare,
    Const,
    Fact,
    FactDef,
    ItemField,
    Param,
    Place,
    Rule,
    Rulebook,
    Ruleset,
    change_days,
    lists,
    walk,
)
from naive_days import ONE_DAY

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
"""Records have no days outside these (docs/record.md)."""
STEPS = {"integer": 1, "decimal": Decimal("0.5"), "money": Decimal("0.01"), "date": ONE_DAY}
"""By how much values of a type are apart that lie on both sides of a limit."""
PLURAL = {info.singular: name for name, info in lists().items()}
KINDS = {"decide": "outcome", "require": "requirement", "suggest": "step"}


class Absent:
    """The value of what is known not to exist."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


class Law:
    """One rulebook, read for judging by hand."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.parts = rulebook._parts
        self.rules: list[tuple[Rule, Ruleset]] = [
            (rule, ruleset) for ruleset in self.parts.rulesets for rule in ruleset.rules
        ]
        self.days = sorted(
            {day + shift * ONE_DAY for day in change_days(rulebook) for shift in (-1, 0, 1)}
            & {FIRST_DAY + number * ONE_DAY for number in range((LAST_DAY - FIRST_DAY).days)}
        )
        self._numbers: dict[str, set[Any]] = {}
        self._beside: dict[str, set[str]] = {}
        for tree in self._every_tree():
            for node in walk(tree):
                if isinstance(node, Compare):
                    self._compared(node)
                elif isinstance(node, (Arith, Call)):
                    for name in names_in(node):
                        self._beside.setdefault(name, set()).add("")
        self._needed: dict[str, frozenset[str]] = {}

    # -- rules

    def deciding(self, place: Place) -> list[tuple[Rule, Ruleset]]:
        """The rules that answer a question of some kind of item."""
        return [
            (rule, ruleset)
            for rule, ruleset in self.rules
            if KINDS[rule.kind] == place.kind
            and (place.name in rule.then if rule.kind == "decide" else rule.name == place.name)
            and (rule.kind == "decide" or PLURAL.get(rule.each, "") == place.list_name)
        ]

    def overriding(self, rule: Rule) -> list[tuple[Rule, Ruleset]]:
        """The rules that override a rule."""
        return [(other, ruleset) for other, ruleset in self.rules if rule.id in other.overrides]

    def behind(self, place: Place) -> list[Rule]:
        """The rules that answer a question, those that override them, and so on."""
        rules = [rule for rule, _ in self.deciding(place)]
        for rule in rules:
            rules += [other for other, _ in self.overriding(rule) if other not in rules]
        return rules

    @cached_property
    def otherwise(self) -> dict[str, Any]:
        """What each outcome is where no rule holds."""
        return {name: value for ruleset in self.parts.rulesets for name, value in ruleset.otherwise.items()}

    # -- parameters

    def parameter(self, name: str, day: date) -> Any:
        """The value of a parameter on a day; ABSENT where there is no such rule."""
        value = None
        for dated in self.parts.parameters[name].values:
            if dated.start is None or dated.start <= day:
                value = dated.value
        return ABSENT if value is None else value

    def held_since(self, name: str, day: date) -> date:
        """The day since which the value of that day has held without a change."""
        since = day
        for dated in reversed(self.parts.parameters[name].values):
            begin = dated.start or FIRST_DAY
            if begin <= day and (dated.value if dated.value is not None else ABSENT) == self.parameter(name, day):
                since = min(since, begin)
            elif begin <= day:
                break
        return since

    def needed(self, rule: Rule) -> frozenset[str]:
        """The parameters that a rule reads on its judged day, itself or through facts that follow from others."""
        if rule.id not in self._needed:
            names: set[str] = set()
            seen: set[str] = set()
            pending = list(trees_of(rule))
            while pending:
                tree = pending.pop()
                elsewhere = {id(node.args[0]) for node in walk(tree) if _is_value_on(node)}
                for node in walk(tree):
                    if isinstance(node, Param) and id(node) not in elsewhere:
                        names.add(node.name)
                    name = str(node) if isinstance(node, (Fact, ItemField)) else ""
                    definition = self.parts.facts.get(name)
                    if definition is not None and name not in seen:
                        seen.add(name)
                        pending += trees_of_fact(definition)
                        if definition.derivation is not None and definition.derivation.since:
                            names.add(definition.derivation.since)
            self._needed[rule.id] = frozenset(names)
        return self._needed[rule.id]

    # -- values worth trying

    def _every_tree(self) -> Iterator[Any]:
        for rule, _ in self.rules:
            yield from trees_of(rule)
        for fact in self.parts.facts.values():
            yield from trees_of_fact(fact)
        for step in self.parts.steps.values():
            yield from (proof.where for proof in step.proof if proof.where is not None)

    def _compared(self, test: Compare) -> None:
        nodes = list(walk(test))
        values: list[Any] = []
        for node in nodes:
            if isinstance(node, Param):
                for dated in self.parts.parameters[node.name].values:
                    values += list(dated.value) if isinstance(dated.value, dict) else [dated.value]
            elif isinstance(node, Const):
                values.append(node.value)
        numbers = [value for value in values if isinstance(value, (int, Decimal)) and not isinstance(value, bool)]
        names = names_in(test)
        for name in names:
            self._numbers.setdefault(name, {0}).update(numbers)
            self._beside.setdefault(name, set()).update(names - {name})

    def numbers(self, name: str, kind: str) -> list[Any]:
        """Numbers on both sides of each with which a name is compared; below zero only what may be."""
        numbers = self._numbers.get(name) or {0, 1}
        around = {value + shift * STEPS[kind] for value in numbers for shift in (-1, 0, 1)}
        if kind == "integer":
            around = {int(value) for value in around}
        return sorted(value for value in around if value >= 0 or self.may_be_below_zero(name, kind))

    def may_be_below_zero(self, name: str, kind: str, above: frozenset[str] = frozenset()) -> bool:
        """Whether a number may be negative: an amount of money, or what follows by a difference or from days.

        Records give no other numbers below zero (docs/record.md).
        """
        if kind == "money" or name in above:
            return kind == "money"
        definition = self.parts.facts.get(name)
        trees: list[Any] = []
        if definition is not None:  # what is counted in rows is not below zero, whatever the test of a row reads
            terms = [definition.default, definition.derivation.value if definition.derivation is not None else None]
            trees += [term for term in terms if term is not None]
        if name in self.parts.outcomes:
            values = [rule.then[name] for rule, _ in self.deciding(Place("outcome", name))]
            trees += [*values, *([self.otherwise[name]] if name in self.otherwise else [])]
        return any(
            (isinstance(node, Arith) and node.op == "-")
            or (isinstance(node, Call) and node.name.endswith("_between"))
            or (isinstance(node, Const) and node.type in ("integer", "decimal", "money") and node.value < 0)
            or (isinstance(node, (Fact, ItemField)) and self.may_be_below_zero(str(node), node.type, above | {name}))
            for tree in trees
            for node in walk(tree)
        )

    def options(self, name: str, kind: str, words: tuple[str, ...], days: list[date]) -> tuple[list[Any], bool]:
        """Values for what is not known, and whether they stand for all that are possible where it is tested alone."""
        if kind == "boolean":
            return [False, True], True
        if kind == "choice":
            return list(words), True
        if kind == "set":
            return _subsets(words)
        if kind == "date":
            return sorted({*self.days, *days}), True
        if kind == "dates":
            return [(), *((day,) for day in days), tuple(days)], False
        if kind == "text":
            return ["Hartola", "Sysmä"], False
        return self.numbers(name, kind), True

    def options_beside(
        self, name: str, kind: str, words: tuple[str, ...], days: list[date], given: Mapping[str, Any]
    ) -> tuple[list[Any], bool]:
        """As `options`, and on both sides of what is given of the names with which a name is compared.

        They do not stand for all where it is compared with what is open as well, or is computed with.
        """
        options, whole = self.options(name, kind, words, days)
        if kind not in STEPS:
            return options, whole
        around = set(options)
        for other in self._beside.get(name, ()):
            value = given.get(other)
            if value is None or isinstance(value, Mapping):
                whole = False
            else:
                around |= {value + shift * STEPS[kind] for shift in (-1, 0, 1)}
        if kind == "date":
            return sorted(day for day in around if FIRST_DAY <= day <= LAST_DAY), whole
        return sorted(number for number in around if number >= 0 or self.may_be_below_zero(name, kind)), whole


def _subsets(words: tuple[str, ...]) -> tuple[list[Any], bool]:
    if len(words) <= 4:
        sizes = range(len(words) + 1)
        return [frozenset(chosen) for size in sizes for chosen in combinations(words, size)], True
    every = frozenset(words)
    return [frozenset(), every, *(frozenset({w}) for w in words), *(every - {w} for w in words)], False


def names_in(tree: Any) -> set[str]:
    """The facts and fields that a tree reads."""
    return {str(node) for node in walk(tree) if isinstance(node, (Fact, ItemField))}


def _is_value_on(node: Any) -> bool:
    return isinstance(node, Call) and node.name == "value_on"


def trees_of(rule: Rule) -> list[Any]:
    """Every tree of a rule."""
    then = [value for value in rule.then.values() if not isinstance(value, frozenset)]
    trees = [rule.when, rule.unless, rule.require, rule.due, rule.judged_on, *then]
    return [tree for tree in trees if tree is not None]


def trees_of_fact(fact: FactDef) -> list[Any]:
    """Every tree of a fact."""
    trees: Iterable[Any] = [fact.default]
    if (derivation := fact.derivation) is not None:
        trees = [fact.default, derivation.value, derivation.where]
        if (window := derivation.within) is not None:
            trees = [*trees, window.start, window.end, window.months]
    return [tree for tree in trees if tree is not None and not isinstance(tree, int)]
