"""The walk over terms: every function of the registry has its place in it."""

from __future__ import annotations

import pytest

from aava_rules.compiler import terms
from aava_rules.engine.reference.evaluate import reader
from aava_rules.language.functions import FUNCTIONS
from aava_rules.language.syntax import RuleDate


def test_every_function_is_strict_or_told_apart() -> None:
    """A function that is not strict is named once, and no strict one is."""
    assert set(terms._NOT_STRICT) == {name for name, function in FUNCTIONS.items() if not function.strict}


def test_a_day_of_a_rule_is_bound_before_it_is_read() -> None:
    """A term that is not bound to a stretch of time is refused."""
    with pytest.raises(TypeError, match="bound before"):
        reader(RuleDate("from"))
