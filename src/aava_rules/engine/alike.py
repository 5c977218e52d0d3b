"""What is worked out for one client, kept for all of whom the same is known.

The mask of the possible cells is all that the states of formulas depend on, and so does every answer whose value is a
constant. Registers hold many clients who are alike in this, and a client is asked about again and again: the engine is
asked once for all of them. A mask names no client, and says of one only in which cells of the tests his facts may lie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.program import Program
from aava_rules.engine.states import States

MOST_ANSWERS: Final = 30_000
"""Answers of a rulebook that are kept, by each engine; beyond that all are worked out anew as they are needed."""


class Alike:
    """What is worked out of a program for all of whom the same is known.

    Attributes:
        states: the states of the formulas.
        memo: what is worked out once, by what it is; `Reading.memo` of all of them.
    """

    __slots__ = ("memo", "states")

    def __init__(self, states: States) -> None:
        self.states = states
        self.memo: dict[Any, Any] = {}


class ClientsAlike:
    """What is kept of the programs of one rulebook by one engine.

    Attributes:
        answers: for how many answers something is kept.
    """

    __slots__ = ("_alike", "answers")

    def __init__(self) -> None:
        self._alike: dict[tuple[Program, int], Alike] = {}
        self.answers = 0

    def of(self, program: Program, known: int, states: Callable[[Program, int], States]) -> Alike:
        """What is kept of ``program`` for all of whom no more is known than ``known``; ``states`` begins it."""
        key = program, known
        alike = self._alike.get(key)
        if alike is None:
            self.answers += len(program.questions)
            if self.answers > MOST_ANSWERS:
                self._alike.clear()
                self.answers = len(program.questions)
            alike = self._alike[key] = Alike(states(program, known))
        return alike


def clients_alike(book: CompiledRulebook, engine: str) -> ClientsAlike:
    """What is kept of ``book`` by an ``engine``."""
    key = f"clients alike {engine}"
    clients: ClientsAlike | None = book.compiled.get(key)
    if clients is None:
        clients = book.compiled.setdefault(key, ClientsAlike())
    return clients
