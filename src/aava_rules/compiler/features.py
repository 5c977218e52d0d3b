"""Tests -> variables with cells: how each value of a term falls among the tests that are made of it.

A variable is a term (a fact, a field, a comparison of two terms). Its tests cut its values into
cells: with ``age < 25`` and ``age >= 63`` there are three. Tests of one term are thereby related,
which plain Kleene logic cannot see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aava_rules.compiler.implicants import FALSE, TRUE, Formula, Lit
from aava_rules.compiler.partition import Variable, cut
from aava_rules.language.bounds import ACCEPTED, orders
from aava_rules.language.syntax import (
    FLIPPED,
    Compare,
    Const,
    Expr,
    Fact,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    OneOf,
    Param,
    Test,
    Truth,
    nullable,
    walk,
)
from aava_rules.language.values import NONE


class Atom:
    """A test of a variable, before its variable is laid out."""

    __slots__ = ("test", "variable")

    def __init__(self, variable: Variable, test: Any) -> None:
        self.variable, self.test = variable, test
        if test not in variable.tests:
            variable.tests.append(test)

    def formula(self, full: int) -> Formula:
        """The literal of the laid-out variable; ``full`` allows everything."""
        variable = self.variable
        cells = variable.cubes[self.test]
        if cells == variable.bits:
            return TRUE
        return Lit(full & ~variable.bits | cells, variable.bits) if cells else FALSE


def _is_of_a_day(term: Expr) -> bool:
    """Whether the value of a term depends on the judged day."""
    for node in walk(term):
        if (
            isinstance(node, Param)
            or (isinstance(node, Fact) and node.sensitive)
            or (isinstance(node, ItemField) and node.derived)
        ):
            return True
    return False


class Layout:
    """The variables of one frame, and how what is known becomes one cube."""

    def __init__(self, words_of: Callable[[str], tuple[str, ...]]) -> None:
        self.words_of = words_of
        self.variables: dict[tuple[Any, ...], Variable] = {}
        self.full = 0

    def variable(self, kind: str, terms: tuple[Expr, ...], word: str, scope: int) -> Variable:
        """The one variable of these terms; made if it is new."""
        if scope and terms and not any(map(_is_of_a_day, terms)):
            scope = 0  # the same on every judged day, so rules that are judged on unlike days share it
        key = (kind, terms, word, scope)
        found = self.variables.get(key)
        if found is None:
            closed = self.words_of(str(terms[0])) if kind == "term" and isinstance(terms[0], (Fact, ItemField)) else ()
            found = self.variables[key] = Variable(kind, terms, word, scope, closed)
        return found

    def atom(self, test: Test, scope: int) -> Atom | bool:
        """The atom that a test is, or its truth if that depends on nothing."""
        match test:
            case Truth(Const(value)):
                return value is True
            case Truth(term):
                return self._term(term, scope, ("true",))
            case IsNone(term):
                if isinstance(term, Const) or not nullable(term):
                    return isinstance(term, Const) and term.value is NONE
                return self._term(term, scope, ("none",))
            case IsKnown(term, known):
                return Atom(self.variable("known", (term,), "", scope), ("is", known))
            case Has(term, word):
                return Atom(self.variable("has", (term,), word, scope), ("true",))
            case OneOf(Const(value), words):
                return value in words
            case OneOf(term, words):
                return self._term(term, scope, ("in", frozenset(words)))
            case Compare():
                return self._compare(test, scope)

    def _term(self, term: Expr, scope: int, test: tuple[Any, ...]) -> Atom:
        return Atom(self.variable("term", (term,), "", scope), test)

    def _compare(self, test: Compare, scope: int) -> Atom | bool:
        op, left, right = test.op, test.left, test.right
        if isinstance(left, Const) and isinstance(right, Const):
            if left.value is NONE or right.value is NONE:
                return False
            return orders(left.value, right.value) <= ACCEPTED[op]
        if isinstance(left, Const):
            op, left, right = FLIPPED[op], right, left
        if isinstance(right, Const):
            if right.value is NONE:
                return False
            if left.type in ("choice", "text"):
                words = frozenset({right.value})
                return self._term(left, scope, ("in" if op == "==" else "not in", words))
            if left.type == "boolean":
                wanted = (op == "==") is (right.value is True)
                return self._term(left, scope, ("true",) if wanted else ("false",))
            return self._term(left, scope, (op, right.value))
        if str(left) > str(right):
            op, left, right = FLIPPED[op], right, left
        return Atom(self.variable("pair", (left, right), "", scope), (op,))

    def lay_out(self) -> None:
        """Give every variable its bits and its reader; the layout is then complete."""
        shift = 0
        for variable in self.variables.values():
            width = cut(variable, shift)
            variable.shift = shift
            shift += width + 1  # a free bit above each variable; see Canonizer
            self.full |= variable.bits
