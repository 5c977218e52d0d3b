"""What is asked of a rulebook: made once for each choice of names, then asked of any record."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from aava_rules.engine.diagram.diagram import NOWHERE, Diagram, diagram_of
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.engine.session import Engine
from aava_rules.language.kept import kept

if TYPE_CHECKING:
    from aava_rules.compiler.compile import Book, QuestionGroup


class Inquiry:
    """What is asked of a rulebook by one engine.

    ``names`` are those that were asked for (None: all), ``outcomes`` the outcomes among them.
    """

    def __init__(
        self, book: Book, names: frozenset[str] | None, outcomes: tuple[str, ...], engine: Engine,
        identity: dict[str, Any],
    ) -> None:  # fmt: skip
        self.book = book
        self.names = names
        self.outcomes = outcomes
        self.engine = engine
        self.identity = identity
        self.alone = names is not None and len(names) == len(outcomes) == 1 and not book.other_groups(names)
        """Whether one outcome is all that is asked."""
        self.latest: dict[str, tuple[date, Diagram]] = {}
        """Of each outcome the day of decision that was asked last, with its diagram, if there is one."""

    @kept
    def groups(self) -> tuple[QuestionGroup, ...]:
        """The requirements and steps that are asked."""
        return self.book.other_groups(self.names)

    def diagram(self, name: str, on: date) -> Diagram:
        """The diagram of an outcome on a day of decision; one that tells nothing, where there is none."""
        # diagrams are part of the reference engine; and on another day than that of decision, not every fact counts
        if self.engine is not REFERENCE or not (group := self.book.outcome_group(name)).undated:
            return NOWHERE
        found = diagram_of(group.frame((group.segment(on),)), self.book)
        if found is None:
            return NOWHERE
        self.latest[name] = (on, found)
        return found
