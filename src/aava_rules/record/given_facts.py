"""The ready-made facts of a record as they were read: nobody changes them, and what they look like is known."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn

from pydantic_core import core_schema

MOST: Final = 10**9
"""The greatest number that a fact may have; it is far beyond anything that law counts."""


class GivenFacts(dict[str, Any]):
    """Ready-made facts by name. A dict that refuses to be changed: its record is immutable.

    What lies in a list or in bounds among them can still be changed, so these are read anew by each
    decision. ``shape`` is the same text for all facts with the same names, in the same order, whose
    values are each a truth value, or each a whole number that a fact may have; it is None where a
    value is anything else.
    """

    __slots__ = ("shape",)

    shape: str | None

    def __init__(self, facts: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__(facts)
        kinds = []
        for value in self.values():
            if value.__class__ is bool:
                kinds.append("b")
            elif value.__class__ is int and 0 <= value <= MOST:
                kinds.append("i")
            else:
                self.shape = None
                return
        try:
            # a text keeps its hash; names are told apart by what no name of a fact has in it
            self.shape = "\n".join(["".join(kinds), *self])
        except TypeError:
            self.shape = None  # a name that is no text

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        hint = 'make another record of it, with record.model_copy(update={"facts": {...}})'
        raise TypeError(f"The facts of a record never change; {hint}.")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        """For the default of a field: a dict to whoever writes it down."""
        return core_schema.dict_schema()

    def __reduce__(self) -> tuple[type[GivenFacts], tuple[dict[str, Any]]]:
        return GivenFacts, (dict(self),)
