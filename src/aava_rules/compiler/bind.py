"""A rule on one segment of its timeline: parameters and the rule's own days become constants.

Between two dated changes nothing that a rule reads from the rulebook changes, so a rule is bound
once per segment and not once per day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from operator import is_
from typing import Any

from aava_rules.compiler.facts import Vocabulary
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.functions import FUNCTIONS, reads_on_own_day
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import (
    All,
    Always,
    Any_,
    Arith,
    Call,
    Compare,
    Condition,
    Const,
    Expr,
    Not,
    Param,
    RuleDate,
)
from aava_rules.language.values import NONE, UNKNOWN, Table, calculated
from aava_rules.rulebook.dependencies import parameters_of
from aava_rules.rulebook.model import Parts, Rule, Ruleset


class NotInForce(Exception):
    """The rule reads a parameter that has no value on that day."""


class BoundRule(Struct):
    """A rule in force on a segment, with its constants filled in.

    Attributes:
        rule: the rule as it is written.
        ruleset: its ruleset.
        scope: the number of the judged day on which it is judged.
        when, unless, require: its conditions; None where it has none.
        then: what it concludes, by outcome: a term, or a set of words.
        due: the term of the day by which a suggested step is due; None if it has none.
        in_doubt: whether the law that it states is not verified on that day.
        doubt_where: whom the doubt concerns; None: everybody.
    """

    rule: Rule
    ruleset: Ruleset
    scope: int
    when: Condition
    unless: Condition | None
    require: Condition | None
    then: dict[str, Any]
    due: Expr | None
    in_doubt: bool
    doubt_where: Condition | None = None


def boundaries(rules: list[tuple[Rule, Ruleset]], parts: Parts) -> list[date]:
    """The days on which anything changes that some rules read from the rulebook, sorted.

    Args:
        rules: the rules with their rulesets.
        parts: what the rulebook is made of.
    """
    changes: set[date] = set()
    for rule, ruleset in rules:
        doubts = (ruleset.in_doubt_from, *ruleset.doubted.values(), *ruleset.doubt_ends.values())
        for day in (rule.start, rule.in_doubt_from, *doubts):
            if day is not None:
                changes.add(day)
        if rule.until is not None:
            changes.add(rule.until + ONE_DAY)
        otherwise = [value for value in ruleset.otherwise.values() if not isinstance(value, frozenset)]
        for name in parameters_of(otherwise).union(parts.reads[rule.id].parameters):
            changes.update(value.start for value in parts.parameters[name].values if value.start is not None)
    return sorted(changes)


def bind(rule: Rule, ruleset: Ruleset, day: date, scope: int, vocabulary: Vocabulary) -> BoundRule | None:
    """The rule on a segment; None if it is not in force then.

    Args:
        rule: the rule.
        ruleset: its ruleset.
        day: the first day of the segment.
        scope: the number of the judged day on which it is judged.
        vocabulary: the names of the rulebook.
    """
    if (rule.start is not None and day < rule.start) or (rule.until is not None and day > rule.until):
        return None
    # a fact that it reads may be derived with a parameter that has no value on that day
    if any(vocabulary.parameter(name, day) is NONE for name in vocabulary.parts.reads[rule.id].needed):
        return None
    binder = _Binder(rule, day, vocabulary)
    try:
        return BoundRule(
            rule,
            ruleset,
            scope,
            binder.condition(rule.when),
            None if rule.unless is None else binder.condition(rule.unless),
            None if rule.require is None else binder.condition(rule.require),
            {k: v if isinstance(v, frozenset) else binder.expr(v) for k, v in rule.then.items()},
            None if rule.due is None else binder.expr(rule.due),
            rule.in_doubt_from is not None and day >= rule.in_doubt_from,
            None if rule.doubt_where is None else binder.condition(rule.doubt_where),
        )
    except NotInForce:
        return None


def bind_value(value: Expr, day: date, vocabulary: Vocabulary) -> Expr:
    """A term that belongs to no rule, with its constants filled in; NONE where a parameter of it has no value.

    Args:
        value: the term.
        day: the first day of the segment.
        vocabulary: the names of the rulebook.
    """
    try:
        return _ValueBinder(day, vocabulary).expr(value)
    except NotInForce:
        return Const(NONE, value.type, value.unit)


def with_rule_dates(rule: Rule) -> Rule:
    """The ``rule`` with its own days filled in but its parameters left, as an explanation shows it."""
    binder = _DateBinder(rule)
    return replace(
        rule,
        when=binder.condition(rule.when),
        unless=None if rule.unless is None else binder.condition(rule.unless),
        require=None if rule.require is None else binder.condition(rule.require),
        then={k: v if isinstance(v, frozenset) else binder.expr(v) for k, v in rule.then.items()},
        doubt_where=None if rule.doubt_where is None else binder.condition(rule.doubt_where),
    )


class _Binder:
    """Fills constants in. What has none stays the same tree, which days and rules then share."""

    def __init__(self, rule: Rule, day: date, vocabulary: Vocabulary) -> None:
        self.rule, self.day, self.vocabulary = rule, day, vocabulary

    def condition(self, node: Condition) -> Condition:
        match node:
            case Always():
                return node
            case All(items) | Any_(items):
                bound = tuple(map(self.condition, items))
                return node if all(map(is_, bound, items)) else type(node)(bound)
            case Not(item):
                opposite = self.condition(item)
                return node if opposite is item else Not(opposite)
            case Compare(op, left, right):
                first, second = self.expr(left), self.expr(right)
                return node if first is left and second is right else Compare(op, first, second)
            case _:
                term = self.expr(node.term)
                return node if term is node.term else replace(node, term=term)

    def expr(self, node: Expr) -> Expr:
        match node:
            case Param(name, kind, unit):
                value = self.vocabulary.parameter(name, self.day)
                if value is NONE:
                    raise NotInForce(name)
                return Const(Table(value) if kind == "table" else value, kind, unit)
            case RuleDate(which):
                day = self.rule.start if which == "from" else self.rule.until
                return Const(NONE if day is None else day, "date")
            case Arith(op, left, right, kind, unit):
                first, second = self.expr(left), self.expr(right)
                return fold_constants(
                    node if first is left and second is right else Arith(op, first, second, kind, unit)
                )
            case Call(_, (table, day)) if reads_on_own_day(node):
                assert not isinstance(day, str)
                at = self.expr(day)
                return node if at is day else replace(node, args=(table, at))
            case Call(_, args):
                return fold_constants(self._with(node, args))
            case _:
                return node

    def _with(self, node: Call, args: tuple[Expr | str, ...]) -> Call:
        """A call whose arguments have their constants."""
        bound = tuple(arg if isinstance(arg, str) else self.expr(arg) for arg in args)
        return node if all(map(is_, bound, args)) else replace(node, args=bound)


class _ValueBinder(_Binder):
    def __init__(self, day: date, vocabulary: Vocabulary) -> None:
        self.day, self.vocabulary = day, vocabulary


class _DateBinder(_Binder):
    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def expr(self, node: Expr) -> Expr:
        match node:
            case Param():
                return node
            case Arith(_, left, right):
                return replace(node, left=self.expr(left), right=self.expr(right))
            case Call(_, args):
                return self._with(node, args)
            case _:
                return super().expr(node)


def fold_constants(node: Arith | Call) -> Expr:
    """The constant that an operation of constants is; ``node`` itself if an argument is none, or it reads a record."""
    parts = (node.left, node.right) if isinstance(node, Arith) else node.args
    if isinstance(node, Call) and not FUNCTIONS[node.name].constant:
        return node
    values = [part if isinstance(part, str) else part.value for part in parts if isinstance(part, (Const, str))]
    if len(values) < len(parts):
        return node
    return Const(_value(node, values), node.type, node.unit)


def _value(node: Arith | Call, values: list[Any]) -> Any:
    """The value of an operation of constants: absent if one of them is, else unknown if one of them is."""
    for special in (NONE, UNKNOWN):
        if any(value is special for value in values):
            return special
    if isinstance(node, Arith):
        return calculated(node.op, *values)
    compute = FUNCTIONS[node.name].value
    assert compute is not None
    try:
        return compute(*values)
    except (OverflowError, ValueError):
        return UNKNOWN  # a day past the calendar's end is no day that law could mean
