"""By which day a suggested step is due, and the rules on which that depends where it is not known."""

from __future__ import annotations

from typing import Any

from aava_rules.compiler.program import RuleForms
from aava_rules.engine.conclude import due_in
from aava_rules.engine.states import Reading, State
from aava_rules.language.values import UNKNOWN


def due_day(state: State) -> Any:
    """The earliest day by which the suggested step ``state`` is due.

    None if no source names a day, UNKNOWN if it depends on what is not known: on the day that a rule names, or on
    whether a rule suggests the step that would name an earlier one.
    """
    first, *more = [due_in(reading) for reading in state.readings]
    return UNKNOWN if first[1] or any(due != first for due in more) else first[0]


def due_is_open(state: State) -> bool:
    """Whether ``state`` is a suggested step of which it is not known by which day it is due."""
    return state.status == "suggested" and due_day(state) is UNKNOWN


def rules_of_due(reading: Reading) -> tuple[RuleForms, ...]:
    """The rules on which it depends in ``reading`` by which day a suggested step is due; none if that is known."""
    return due_in(reading)[1]
