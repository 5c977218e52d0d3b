"""The engine that defines the meaning: formulas are evaluated in plain Python, one ``&`` a prime implicant."""

from __future__ import annotations

from typing import Final

from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import Program

NAME: Final = "reference"


class KnownCells:
    """The states of formulas where some cells are possible, in plain Python: this defines what they mean.

    Attributes:
        known: the mask of the cells that are possible.
    """

    __slots__ = ("known",)

    def __init__(self, known: int) -> None:
        self.known = known

    def surely(self, form: CompiledFormula) -> bool:
        """Whether ``form`` holds for every completion of what is known."""
        return form.surely(self.known)

    def state(self, form: CompiledFormula) -> bool | None:
        """Whether ``form`` holds for every completion of what is known, for none (False), or for some (None)."""
        return form.state(self.known)


class Reference:
    """Works out the state of each formula when it is wanted."""

    name = NAME

    def states(self, program: Program, known: int) -> KnownCells:
        """The states of the formulas of ``program`` where the cells of the mask ``known`` are possible."""
        return KnownCells(known)


REFERENCE: Final = Reference()
"""The reference engine, which has no state."""
