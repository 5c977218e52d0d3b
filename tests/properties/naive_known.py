"""Whether a record tells a value, judged by hand: ``is known`` asks it of what follows from other things.

It does where nothing need be chosen to work the value out, and does not where two ways of choosing give two values.
Where all ways that were tried give one value, although something is chosen, the judge does not say: how much of what
facts have in common an engine must see is ADR 1's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from naive_choices import Choices, Contradiction

MOST_WAYS = 24
"""Ways of choosing that are tried before the judge does not say."""


class NoValue:
    """What an outcome has that its rules give no value: it does not apply, or they contradict one another."""


NO_VALUE = NoValue()


class Undetermined(Exception):
    """The judge does not say: nothing that is written settles what is meant."""


def is_told(value_by: Callable[[Choices], Any]) -> bool:
    """Whether a value is told, however what is open is chosen. Raises Undetermined."""
    values: list[Any] = []
    for choices in (Choices(), *(Choices(random=Random(seed)) for seed in range(MOST_WAYS))):
        with suppress(Contradiction):
            values.append(value_by(choices))
        if not choices.trail:
            return values != [NO_VALUE]
        if any(value != values[0] for value in values[-1:]):
            return False
    if values and values[0] is NO_VALUE:
        return False
    raise Undetermined("whether a value is known that all ways of choosing agree on")
