"""Structs: what never changes, is equal by its content, and says what is wrong with how it is made."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, asdict, fields, is_dataclass, replace
from typing import Any

import pytest

from aava_rules import Fault
from aava_rules.adapters import BadRow, Row
from aava_rules.decision.plugins import Plugin
from aava_rules.language.structs import Struct


class Two(Struct):
    """With a default."""

    first: int
    second: str = "x"


class Three(Two):
    """With a field of its own."""

    third: tuple[int, ...] = ()


class Renamed(Row):
    """An adapter's own kind of row, with nothing of its own."""


def test_fields_are_given_in_order_or_by_name() -> None:
    assert Two(1) == Two(first=1) == Two(1, "x") == Two(second="x", first=1)
    assert Two(1) != Two(2)
    assert hash(Two(1)) == hash(Two(1, "x"))
    assert repr(Two(1)) == "Two(first=1, second='x')"


@pytest.mark.parametrize(
    ("values", "named", "message"),
    [
        ((), {}, "Two lacks first"),
        ((), {"second": "y"}, "Two lacks first"),
        ((1, "y", 2), {}, "Two takes each of first, second once, and nothing else"),
        ((1,), {"first": 2}, "Two takes each of first, second once, and nothing else"),
        ((1,), {"third": 2}, "Two takes each of first, second once, and nothing else"),
    ],
)
def test_what_is_wrong_is_said(values: tuple[int, ...], named: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        Two(*values, **named)


def test_it_never_changes() -> None:
    one = Two(1)
    with pytest.raises(FrozenInstanceError):
        one.first = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del one.first
    assert replace(one, first=2) == Two(2)
    assert one == Two(1)


def test_a_class_below_has_the_fields_of_those_above() -> None:
    """Hosts and plugins may derive classes of their own."""
    assert Three(1) == Three(1, "x", ())
    assert Three(1, third=(2,)) == Three(1, "x", (2,))
    assert Three(1) != Two(1)
    assert [field.name for field in fields(Three(1))] == ["first", "second", "third"]  # type: ignore[arg-type]
    assert Renamed("line 3", {"id": "a"}).place == "line 3"
    assert isinstance(Renamed("line 3", {}), Row)


@pytest.mark.parametrize(
    "one",
    [
        Two(1), Three(1, "y", (2, 3)), Renamed("line 1", {"id": "a"}), Row("", {}), BadRow("line 2", "is wrong"),
        Fault("facts.x", "AR100", "is not a fact"), Plugin("a", "b", "1"),
    ],
)  # fmt: skip
def test_it_can_be_copied_and_stored(one: Any) -> None:
    assert is_dataclass(one)
    assert copy.deepcopy(one) == one
    assert copy.copy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one
    assert list(asdict(one)) == [field.name for field in fields(one)]
