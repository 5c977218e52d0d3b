"""Tests that no value of a parameter passes, whatever the day on which it is read."""

from __future__ import annotations

from dataclasses import replace

from aava_rules.compiler.bind import BoundRule
from aava_rules.language.functions import reads_on_own_day
from aava_rules.language.syntax import All, Always, Any_, Call, Compare, Condition, Const, Expr, Not, Param
from aava_rules.language.values import ACCEPTED, orders
from aava_rules.rulebook.model import Parts


def without_tests_never_true(bound: BoundRule, parts: Parts) -> BoundRule:
    """The rule with *false* in the place of each test of a parameter's value on a day of the record that none passes.

    A value that does not exist passes no test either, and where the day is not known the value is one of them all.

    Args:
        bound: the rule, its constants filled in.
        parts: the rulebook.
    """

    def of(tree: Condition | None) -> Condition | None:
        return None if tree is None else _without(tree, parts)

    when = of(bound.when)
    assert when is not None
    return replace(
        bound, when=when, unless=of(bound.unless), require=of(bound.require), doubt_where=of(bound.doubt_where)
    )


def _without(tree: Condition, parts: Parts) -> Condition:
    match tree:
        case All(items) | Any_(items):
            return type(tree)(tuple([_without(item, parts) for item in items]))
        case Not(item):
            return Not(_without(item, parts))
        case Compare(op, left, Const(limit)) if _is_never(left, op, limit, parts):
            return Always(False)
    return tree


def _is_never(term: Expr, op: str, limit: object, parts: Parts) -> bool:
    if not (isinstance(term, Call) and reads_on_own_day(term) and isinstance(term.args[0], Param)):
        return False
    values = [value.value for value in parts.parameters[term.args[0].name].values if value.value is not None]
    return isinstance(limit, int) and all(
        isinstance(value, int) and not orders(value, limit) <= ACCEPTED[op] for value in values
    )
