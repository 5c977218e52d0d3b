"""Which values count as changed: those that are unlike, and those that are equal numbers and told in other words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from aava_rules.engine.keys import unlike
from aava_rules.language.values import Interval


@pytest.mark.parametrize(
    ("value", "other", "differ"),
    [
        (Decimal("0.00"), Decimal("0.00"), False),
        (Decimal("0.00"), Decimal("0"), True),
        (0, Decimal("0"), True),
        (("known", Decimal("9.0")), ("known", Decimal("9.00")), True),
        (("known", 9), ("known", 9), False),
        (Interval(Decimal("1.0"), None), Interval(Decimal("1"), None), True),
        (Interval(1, 2), Interval(1, 2), False),
    ],
)
def test_numbers_that_are_written_otherwise_are_other_answers(value: Any, other: Any, differ: bool) -> None:
    """An amount of 0.00 euros that becomes one of 0 is told on that day, as deciding on each day would show it."""
    assert unlike(value, other) is differ
    assert unlike(other, value) is differ
