"""Where the paths of a diagram end: in an answer, or for lack of facts."""

from __future__ import annotations

from datetime import date
from typing import Any

from aava_rules.language.structs import Struct


class Leaf(Struct):
    """The answer to an outcome: its value as a host reads it, and the ids of the deciding rules.

    Attributes:
        name: the outcome.
        status: the status of the answer, as a `State` has it.
        answer: the value, or UNKNOWN.
        by: the ids of the deciding rules.
        open: whether more facts could change it.
        missing: those facts.
    """

    name: str
    status: str
    answer: Any
    by: tuple[str, ...]
    open: bool = False
    missing: tuple[Any, ...] = ()


class Passing(Leaf):
    """The answer to a record at whose cells nobody has been, found without a place of the diagram.

    Others have the same answer for other reasons, so it does not say what else holds of the record.
    """


class PendingLeaf:
    """Where a diagram ends for lack of facts.

    Attributes:
        answer: the day of decision and the answer of the rules for the first record that came here; None before it.
            On another day a fact that is lacking could follow from other facts than on that day.
        cube: the cells that are possible there, as far as they have been tested.
    """

    __slots__ = ("answer", "cube")

    def __init__(self, cube: int) -> None:
        self.answer: tuple[date, Leaf] | None = None
        self.cube = cube
