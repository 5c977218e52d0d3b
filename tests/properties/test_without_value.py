"""An outcome to which its rules give no value is unknown to the rules above it: one of its values, whichever it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from library import Rulebook, small, titled
from test_exact_in_time import said

ON = date(2014, 5, 5)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """Rules on the size of something, which is small, large, both (a contradiction), or not told at all."""
    head = {"title": titled("x"), "cite": "act-1-2000"}
    rules: list[dict[str, Any]] = [
        {"when": ["low"], "then": {"size": "small"}},
        {"when": ["high"], "then": {"size": "large"}},
        {"when": ["size in [small, middle, large]"], "then": {"price": 1}},
        {"when": ["size in [small, large]"], "then": {"fee": 1}},
        {"when": ["size != middle"], "then": {"fee": 0}},
        {"when": ["extra"], "then": {"price": 0}},
    ]
    words = ["small", "middle", "large"]
    number = {"type": "integer", "unit": "days", "title": titled("x")}
    return small({
        "vocabulary.yaml": {
            "facts": {name: {"type": "boolean", "title": titled("x")} for name in ("low", "high", "extra")},
            "outcomes": {"size": {"type": "choice", "words": words, "title": titled("x")}, "price": number, "fee": number},
        },
        "sizes/rules.yaml": {
            "ruleset": "sizes", "title": titled("x"), "decides": ["size"],
            "rules": [{"id": f"S-{at}"} | head | rule for at, rule in enumerate(rules[:2])],
        },
        "prices/rules.yaml": {
            "ruleset": "prices", "title": titled("x"), "decides": ["price", "fee"],
            "rules": [{"id": f"P-{at}"} | head | rule for at, rule in enumerate(rules[2:])],
        },
    })  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "size"),
    [(True, True, "conflict"), (False, False, "not_applicable"), (True, False, "small"), (False, True, "large")],
)
def test_whichever_of_its_words_it_is(rulebook: Rulebook, low: bool, high: bool, size: str) -> None:
    """What holds of every word holds of an outcome that has no value; what holds of some of them is open."""
    record = {"id": "x", "facts": {"low": low, "high": high, "extra": False}}
    assert said(rulebook, record, ON, "size", "outcome") == size
    assert said(rulebook, record, ON, "price", "outcome") == 1
    assert said(rulebook, record, ON, "fee", "outcome") == ("conflict" if size in ("small", "large") else "unknown")
    open_ = {"id": "x", "facts": {"extra": False}}
    assert said(rulebook, open_, ON, "price", "outcome") == 1


def test_a_contradiction_that_every_word_leads_to_is_told(rulebook: Rulebook) -> None:
    """Rules that contradict one another whatever an outcome without a value is do so when everything else is known."""
    for facts in ({"low": True, "high": True, "extra": True}, {"extra": True}):
        assert said(rulebook, {"id": "x", "facts": facts}, ON, "price", "outcome") == "conflict"
    assert said(rulebook, {"id": "x", "facts": {"low": True}}, ON, "price", "outcome") == "unknown"
