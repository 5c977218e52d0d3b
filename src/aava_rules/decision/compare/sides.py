"""What is asked on each side of a comparison: of which rulebook, on which day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.compare.books import BooksDiff, books_between
from aava_rules.decision.compare.changes import Wording
from aava_rules.decision.compare.days import RulesDiff, rules_between
from aava_rules.decision.decision import Decision
from aava_rules.language.structs import Struct


class Side(Struct):
    """What is asked on one side.

    Attributes:
        book: the rulebook.
        rulebook: its name, version, sha256 and layers, as decisions tell them.
        on: the day of decision.
        outcomes: the outcomes that are asked.
        names: what is asked, outcomes included; None: all.
        decide: the decision on one record by that rulebook, on that day.
        law: the earlier day of decision by whose law is judged; None: that of ``on``.
        note: tells plugins of the answers to a block; None where none is to be told.
    """

    book: CompiledRulebook
    rulebook: dict[str, Any]
    on: date
    outcomes: tuple[str, ...]
    names: frozenset[str] | None
    decide: Callable[[Any], Decision]
    law: date | None = None
    note: Callable[[Any], None] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The rulebook and the day, as JSON has them."""
        return {"rulebook": self.rulebook, "on": self.on.isoformat()}

    def __repr__(self) -> str:
        return f"<Side {self.rulebook['name']} {self.rulebook['version']} on {self.on}>"


class Sides(Struct):
    """Before, after and, between two days, the later day by the law of the earlier (None of one day)."""

    before: Side
    after: Side
    by_time: Side | None = None

    @property
    def all(self) -> tuple[Side, ...]:
        """Those that are asked, in this order."""
        return (self.before, self.after) if self.by_time is None else (self.before, self.after, self.by_time)

    @property
    def wording(self) -> Wording:
        """The words of the two rulebooks."""
        return Wording(self.before.book.parts, self.after.book.parts)

    def law(self) -> RulesDiff | BooksDiff:
        """What differs in the rules: between two days of one rulebook, or between two rulebooks."""
        if self.before.book is self.after.book:
            return rules_between(self.before.book, self.before.on, self.after.on)
        return books_between(self.before.book.parts, self.after.book.parts)

    def to_dict(self) -> dict[str, Any]:
        """What is compared, as JSON has it: each rulebook with its day."""
        return {"from": self.before.to_dict(), "to": self.after.to_dict()}
