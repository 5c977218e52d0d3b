"""The lesser and the greater of values that are known only between bounds."""

from __future__ import annotations

from typing import Any

import pytest

from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.scope import Scope
from aava_rules.language.syntax import Call, Const
from aava_rules.language.values import UNKNOWN, Interval


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("min", [Interval(3, None), Interval(5, None)], Interval(3, None)),
        ("max", [Interval(3, None), Interval(5, None)], Interval(5, None)),
        ("min", [Interval(None, 3), Interval(None, 5)], Interval(None, 3)),
        ("max", [Interval(None, 3), Interval(None, 5)], Interval(None, 5)),
        ("min", [Interval(3, None), Interval(None, 5)], Interval(None, 5)),
        ("max", [Interval(3, None), Interval(None, 5)], Interval(3, None)),
        ("min", [Interval(3, 4), 3], 3),
        ("max", [Interval(3, 4), UNKNOWN], UNKNOWN),
    ],
)
def test_values_between_bounds(name: str, values: list[Any], expected: Any) -> None:
    """A bound that all of them lack is lacking in the result too, and is no error."""
    call = Call(name, tuple(Const(value, "integer") for value in values), "integer", "")
    assert reader(call)(Scope(None, None)) == expected  # type: ignore[arg-type]
