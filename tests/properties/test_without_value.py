"""An outcome of words to which its rules give no value is unknown to the rules above it, and need be none of the words."""

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
@pytest.mark.parametrize("extra", [False, True])
def test_it_need_be_none_of_its_words(rulebook: Rulebook, low: bool, high: bool, size: str, extra: bool) -> None:
    """That it is one of all words there are is open, and so is a contradiction that rests on its being one."""
    has_value = size in ("small", "large")
    record = {"id": "x", "facts": {"low": low, "high": high, "extra": extra}}
    assert said(rulebook, record, ON, "size", "outcome") == size
    expected = ("conflict" if extra else 1) if has_value else "unknown"
    assert said(rulebook, record, ON, "price", "outcome") == expected
    assert said(rulebook, record, ON, "fee", "outcome") == ("conflict" if has_value else "unknown")
    reasons = rulebook.decide(record, ON).outcomes["price"].reasons
    assert reasons == (() if has_value else (size,))


def test_what_it_will_be_is_open_with_what_it_follows_from(rulebook: Rulebook) -> None:
    """As long as it is not known whether it has a value, what every word leads to is not known either."""
    for facts in ({"extra": True}, {"extra": True, "low": True}):
        assert said(rulebook, {"id": "x", "facts": facts}, ON, "price", "outcome") == "unknown"
