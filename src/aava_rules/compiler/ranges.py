"""Which numbers are never below zero: by what the record format refuses, and by how a number follows from others.

A test such as ``days >= 0`` is settled before anything is known of the days only where this says so.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from aava_rules.language.syntax import Arith, Call, Const, Expr, Fact, ItemField, Param, walk
from aava_rules.language.values import NUMERIC
from aava_rules.rulebook.model import Derivation, Parts

_REFUSED_BELOW_ZERO: Final = frozenset({"integer", "decimal"})
"""The numeric types of which a ready-made value below zero is refused; an amount of money may have a minus."""
_COUNTING: Final = frozenset({"total", "count", "peak", "unbroken"})
"""The aggregates that count days or items."""


class Ranges:
    """Tells of the numeric terms of one rulebook whether they may be below zero."""

    def __init__(self, parts: Parts) -> None:
        """``parts`` is what the rulebook is made of."""
        self._parts = parts
        self._names: dict[str, bool] = {}

    def never_negative(self, term: Expr) -> bool:
        """Whether the number ``term`` is never below zero, if it exists; False where it may be, or is no number."""
        match term:
            case Const(value):
                return _not_below_zero(value)
            case Param(name):
                return all(_not_below_zero(value.value) for value in self._parts.parameters[name].values)
            case Fact(name):
                return term.type in NUMERIC and self._name(name)
            case ItemField(derived=True):
                return term.type in NUMERIC and self._name(str(term))
            case ItemField():
                return term.type in NUMERIC  # the record format refuses every number of an item below zero
            case Arith(op, left, right):
                return op != "-" and self.never_negative(left) and self.never_negative(right)
            case Call():
                return self._call(term)
        return False

    def _call(self, call: Call) -> bool:
        terms = [arg for arg in call.args if not isinstance(arg, str)]
        match call.name:
            case "min":
                return all(map(self.never_negative, terms))
            case "max":
                return any(map(self.never_negative, terms))
            case "value_on":
                return self.never_negative(terms[0])
            case "row":
                return self._column(terms[0], str(call.args[-1]))
        return False

    def _column(self, table: Expr, column: str) -> bool:
        if isinstance(table, Param):
            tables = [value.value for value in self._parts.parameters[table.name].values]
        else:
            tables = [table.value] if isinstance(table, Const) else []
        rows = [row for each in tables if isinstance(each, dict) for row in each.values()]
        return bool(rows) and all(_not_below_zero(row.get(column)) for row in rows)

    def _name(self, name: str) -> bool:
        """Whether a fact, a derived fact of an item, or an outcome is never below zero, wherever its value is from.

        What it follows from is worked out first, without recursion: chains of derived facts may be long.
        """
        pending = [name]
        while name not in self._names:
            current = pending[-1]
            first = [part for part in self._parts_of(current) if part not in self._names]
            if first:
                pending += first
                continue
            pending.pop()
            self._names[current] = self._outcome(current) if current in self._parts.outcomes else self._fact(current)
        return self._names[name]

    def _parts_of(self, name: str) -> list[str]:
        """The numbers from which that of ``name`` may follow, by name; no name follows from itself (AR071, AR073)."""
        if name in self._parts.outcomes:
            terms = self._concluded(name)
        elif (definition := self._parts.facts.get(name)) is not None:
            terms = [] if definition.default is None else [definition.default]
            if definition.derivation is not None and definition.derivation.value is not None:
                terms.append(definition.derivation.value)
        else:
            return []
        return [
            str(node)
            for term in terms
            for node in walk(term)
            if isinstance(node, Fact) or (isinstance(node, ItemField) and node.derived)
        ]

    def _fact(self, name: str) -> bool:
        definition = self._parts.facts.get(name)
        if definition is None:
            return False
        if not definition.item and definition.type not in _REFUSED_BELOW_ZERO:
            return False
        derivation, default = definition.derivation, definition.default
        return (derivation is None or self._derivation(derivation)) and (
            default is None or self.never_negative(default)
        )

    def _derivation(self, derivation: Derivation) -> bool:
        if derivation.value is not None:
            return self.never_negative(derivation.value)
        return derivation.kind in _COUNTING

    def _outcome(self, name: str) -> bool:
        if self._parts.outcomes[name].type not in _REFUSED_BELOW_ZERO:
            return False
        return all(map(self.never_negative, self._concluded(name)))

    def _concluded(self, name: str) -> list[Expr]:
        """The terms that rules and ``otherwise`` give to a numeric outcome."""
        values: list[Any] = []
        for ruleset in self._parts.rulesets:
            values += [rule.then[name] for rule in ruleset.rules if name in rule.then]
            values += [ruleset.otherwise[name]] if name in ruleset.otherwise else []
        return [value for value in values if not isinstance(value, frozenset)]


def _not_below_zero(value: Any) -> bool:
    """Whether a value of the rulebook is a number from zero on, or none at all."""
    return value is None or (isinstance(value, (int, Decimal)) and value >= 0)
