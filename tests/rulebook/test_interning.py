"""Parts that are alike are one object, and what is only equal stays apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import aava_rules
from aava_rules.language.syntax import All, Any_, Compare, Const, Fact, Not, Truth
from aava_rules.rulebook.loader.interning import interned
from aava_rules.rulebook.model import Cite
from aava_rules.testing import random_rulebook

VALUES = [1, True, 0, False, Decimal(1), Decimal("1.0"), Decimal("1.00"), "1", None, date(2024, 1, 1), frozenset("ab")]


def fact(name: str) -> Fact:
    return Fact("".join(name), "boolean")


def test_equal_terms_become_one_object() -> None:
    first = All((Truth(fact("a")), Not(Truth(fact("b")))))
    second = Any_((Not(Truth(fact("b"))), Truth(fact("a"))))
    whole = interned((first, second, Cite("act", "1"), Cite("act", "1")))
    assert whole == (first, second, Cite("act", "1"), Cite("act", "1"))
    assert whole[0].items[1] is whole[1].items[0]
    assert whole[0].items[0].term is whole[1].items[1].term
    assert whole[2] is whole[3]


def written(part: Any) -> str:
    """A part with its types, which == does not tell apart."""
    return f"{type(part).__name__} {part!r}"


@given(st.lists(st.builds(Const, st.sampled_from(VALUES), st.sampled_from(["integer", "money"])), max_size=12))
def test_only_what_is_written_alike_is_alike(consts: list[Const]) -> None:
    shared = interned(tuple(consts))
    assert [written(const) for const in shared] == [written(const) for const in consts]
    for a, const in zip(consts, shared, strict=True):
        for b, other in zip(consts, shared, strict=True):
            assert (const is other) == (written(a) == written(b))


def test_order_in_dicts_stays() -> None:
    a, b = {"x": Const(1, "integer"), "y": (1, 2)}, {"y": (1, 2), "x": Const(1, "integer")}
    first, second = interned((a, b))
    assert [list(first), list(second)] == [["x", "y"], ["y", "x"]]
    assert first == second
    assert first["x"] is second["x"]
    assert first["y"] is second["y"]


def test_nothing_is_lost_in_shipped_and_random_rulebooks() -> None:
    for book in (aava_rules.load("aava"), *(random_rulebook(seed).load() for seed in range(5))):
        parts = book._book.parts
        assert repr(interned(parts)) == repr(parts)
        assert interned(parts) is parts  # they are shared as they are loaded
        terms = [rule.when for ruleset in parts.rulesets for rule in ruleset.rules]
        copies = [replace(term) for term in terms]
        again = interned((*terms, *copies))
        assert all(a is b for a, b in zip(again[: len(terms)], again[len(terms) :], strict=True))


def test_long_chains_of_conditions() -> None:
    tree: Any = Compare("<", Fact("n", "integer"), Const(1, "integer"))
    for _ in range(300):
        tree = All((tree, Truth(fact("a"))))
    shared = interned(tree)
    for _ in range(300):
        tree, shared = tree.items[0], shared.items[0]
    assert shared == tree
