"""The choice of the engine that answers single records; ``reference`` is the definition of the meaning."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.language.extras import how_to_install

if TYPE_CHECKING:
    from aava_rules.engine.states import Engine

EngineName = Literal["reference", "durable"]
NAMES: Final[tuple[EngineName, ...]] = ("reference", "durable")
"""The engines that answer single records, whether they are there or not."""


def engine(name: str | None = None) -> Engine:
    """The engine called ``name``; of None, durable where it is installed and reference elsewhere.

    Raises:
        ValueError: no engine has the name, or it is not installed.
    """
    if name == REFERENCE.name:
        return REFERENCE
    if name is not None and name not in NAMES:
        raise ValueError(f"There is no engine {str(name)[:40]!r}; there is {', '.join(NAMES)}.")
    durable = _durable()
    if not isinstance(durable, str):
        return durable
    if name is None:
        return REFERENCE
    raise ValueError(
        f"The engine durable is not there: {durable}. It wants Python 3.11 or 3.12 and a C compiler: "
        f"{how_to_install('durable')}. Or use the engine reference, which gives the same answers."
    )


@cache
def _durable() -> Engine | str:
    """The engine on durable-rules, or why it is not there. Found out when the first decision is made."""
    from aava_rules.engine.durable.engine import Durable

    try:
        return Durable()
    except ImportError as error:
        return str(error)
