"""Engines answer what state each formula is in; `reference` is the definition of the meaning."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from aava_rules.engine.reference.engine import REFERENCE

if TYPE_CHECKING:
    from aava_rules.engine.states import Engine

NAMES: Final = (REFERENCE.name, "durable")
"""The engines that answer single records, whether they are there or not."""


def engine(name: str | None = None) -> Engine:
    """The engine of a name; without one, durable where it is installed and reference elsewhere.

    Raises ValueError for a name that is none, and for an engine that is not there.
    """
    if name == REFERENCE.name:
        return REFERENCE
    if name is not None and name not in NAMES:
        raise ValueError(f"There is no engine {str(name)[:40]!r}; there is {', '.join(NAMES)}.")
    found = _durable()
    if not isinstance(found, str):
        return found
    if name is None:
        return REFERENCE
    raise ValueError(
        f"The engine durable is not there: {found}. Install aava-rules[durable] "
        "(Python 3.11 or 3.12, and a C compiler), or use the engine reference, which gives the same answers."
    )


@cache
def _durable() -> Engine | str:
    """The engine on durable-rules, or why it is not there. Found out when the first decision is made."""
    from aava_rules.engine.durable.engine import Durable

    try:
        return Durable()
    except ImportError as error:
        return str(error)
