"""Changes of what is read that leave every reading as it is: of a parameter, and of the days that a total leaves out.

What a derived fact or a day of the record reads stands in no cell, so such a change is compared by what reads it: a
parameter by its values on every day, or, where it is only compared with itself on another day, by their order; a table
by the row of every number that can be asked for; days left out by the weekdays among them, as paid days are weekdays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

from aava_rules.compiler.ranges import Ranges
from aava_rules.language.dates import weekdays
from aava_rules.language.functions import reads_on_own_day
from aava_rules.language.syntax import Call, Compare, Condition, Expr, Param, walk
from aava_rules.language.values import FIRST_DAY
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import Excluded, FactDef, Parameter, Parts

Tree = Expr | Condition


def is_read_alike(before: Parts, after: Parts, kind: str, name: str, ranges: Ranges) -> bool:
    """Whether one changed part of a rulebook is read as before by all that reads it; False where that is not shown.

    Args:
        before: the rulebook.
        after: the rulebook with the part changed.
        kind: ``parameter`` or ``fact``; of other parts nothing is shown.
        name: its name.
        ranges: which numbers of the rulebook are never below zero.
    """
    if kind == "fact":
        return _leaves_out_the_same(before.facts[name], after.facts[name])
    if kind != "parameter":
        return False
    trees = list(_trees(before))
    old, new = before.parameters[name], after.parameters[name]
    if _rows_asked_are_never_negative(name, trees, ranges):
        old, new = _without_rows_below_zero(old), _without_rows_below_zero(new)
    days = _days(old, new)
    pairs = [(_value(old, day), _value(new, day)) for day in days]
    alike = all(first == second for first, second in pairs)
    if not alike and not (_is_compared_with_itself_alone(name, trees) and _has_one_order(pairs)):
        return False
    return all(
        _since(old, day, weekly) == _since(new, day, weekly) for weekly in since_when(name, before) for day in days
    )


def _trees(parts: Parts) -> Iterator[Tree]:
    for ruleset in parts.rulesets:
        for rule in ruleset.rules:
            yield from trees_of(rule)
        for value in ruleset.otherwise.values():
            if not isinstance(value, frozenset):
                yield value
    for fact in parts.facts.values():
        yield from fact.trees()
    for step in parts.steps.values():
        yield from (proof.where for proof in step.proof if proof.where is not None)


# -- parameters


def _days(*parameters: Parameter) -> list[date]:
    """The first day of every stretch in which the values of the parameters do not change, and a day before all."""
    starts = {value.start for parameter in parameters for value in parameter.values if value.start is not None}
    return [date.min, *sorted(starts)]


def _current(parameter: Parameter, day: date) -> Any:
    held = [value for value in parameter.values if value.start is None or value.start <= day]
    return max(held, key=lambda value: value.start or date.min) if held else None


def _value(parameter: Parameter, day: date) -> Any:
    current = _current(parameter, day)
    return None if current is None else current.value


def _since(parameter: Parameter, day: date, weekly: bool) -> Any:
    """Since when the value of a day has held; by weeks the first Monday from then on."""
    current = _current(parameter, day)
    if current is None:
        return None
    start = max(current.start or FIRST_DAY, FIRST_DAY)
    return first_monday(start) if weekly else start


def first_monday(day: date) -> date:
    """The first Monday from ``day`` on: a week that the beginning divides is left out of what is counted by weeks."""
    return day + timedelta(days=-day.weekday() % 7)


def since_when(name: str, parts: Parts) -> set[bool]:
    """By what the facts of ``parts`` read since when the parameter ``name`` has had its value: by weeks, or by days."""
    derivations = [fact.derivation for fact in parts.facts.values() if fact.derivation is not None]
    return {
        d.kind == "peak" and d.within is not None and d.within.weeks is not None for d in derivations if d.since == name
    }


def _is_compared_with_itself_alone(name: str, trees: list[Tree]) -> bool:
    """Whether a parameter is read only in comparisons of its value on one day with that on another."""
    for tree in trees:
        reads = sum(1 for node in walk(tree) if isinstance(node, Param) and node.name == name)
        for node in walk(tree):
            if isinstance(node, Compare) and all(_is_the_value(side, name) for side in (node.left, node.right)):
                reads -= 2
        if reads:
            return False
    return True


def _is_the_value(term: Expr, name: str) -> bool:
    read = term.args[0] if isinstance(term, Call) and reads_on_own_day(term) else term
    return isinstance(read, Param) and read.name == name


def _has_one_order(pairs: list[tuple[Any, Any]]) -> bool:
    """Whether the values before are to one another as those after are."""
    if any((first is None) is not (second is None) or isinstance(first, (dict, str)) for first, second in pairs):
        return False
    known = [pair for pair in pairs if pair[0] is not None]
    return all(((a < c) - (a > c)) == ((b < d) - (b > d)) for (a, b), (c, d) in product(known, known))


def _rows_asked_are_never_negative(name: str, trees: list[Tree], ranges: Ranges) -> bool:
    """Whether a parameter is read only for the rows of numbers that are never below zero."""
    read = False
    for tree in trees:
        reads = sum(1 for node in walk(tree) if isinstance(node, Param) and node.name == name)
        for node in walk(tree):
            if isinstance(node, Call) and node.name == "row" and _is_the_value(node.args[0], name):  # type: ignore[arg-type]
                if not ranges.never_negative(node.args[1]):  # type: ignore[arg-type]
                    return False
                reads -= 1
                read = True
        if reads:
            return False
    return read


def _without_rows_below_zero(parameter: Parameter) -> Parameter:
    """A table whose last row of at most zero is that of zero, and which has none before it."""
    return replace(
        parameter, values=tuple([replace(value, value=_from_zero(value.value)) for value in parameter.values])
    )


def _from_zero(rows: Any) -> Any:
    if not isinstance(rows, dict):
        return rows
    below = [key for key in rows if key <= 0]
    above = {key: row for key, row in rows.items() if key > 0}
    return above | {0: rows[max(below)]} if below else above


# -- days that a total leaves out


def _leaves_out_the_same(before: FactDef, after: FactDef) -> bool:
    """Whether a total of paid days leaves out the same weekdays, and nothing else of it is changed."""
    old, new = before.derivation, after.derivation
    if old is None or new is None or old.kind != "total" or len(old.outside) != len(new.outside):
        return False
    if replace(after, derivation=replace(new, outside=old.outside)) != before:
        return False
    return all(map(_same_weekdays, old.outside, new.outside))


def _same_weekdays(old: Excluded, new: Excluded) -> bool:
    if old.possibly is not new.possibly:
        return False
    days = (old.start, old.until, new.start, new.until)
    if date.max in days or date.min in days:
        return False
    after = timedelta(days=1)
    ends = ((old.start, new.start), (old.until + after, new.until + after))
    return all(weekdays(min(pair), max(pair)) == 0 for pair in ends)
