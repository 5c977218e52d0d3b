"""What the closures of terms and tests read: a record's facts, the item at hand, and the judged day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.reference.later_plans import LaterPlans
from aava_rules.language.structs import Struct
from aava_rules.record import Record


class OpenDay(Struct):
    """A judged day that is not known.

    Attributes:
        law: a day by the law of which it is judged: between two changes of the law all days are alike. None: that is
            not known either.
    """

    law: date | None = None


Judged = date | OpenDay
"""A judged day, or what is known of it."""


class StepValues(Protocol):
    """The steps of the client path, as terms read them."""

    @property
    def round_open(self) -> bool:
        """Whether a listed event may have opened a later round than the earliest that may be the current one."""

    def done(self, step: str, which: str = "", by: str = "") -> Any:
        """Whether ``step`` is done in the current round: True, False or UNKNOWN.

        ``which`` and ``by`` ask of one round, and by what it is done: see `compiler.rounds`.
        """

    def date_of(self, step: str, which: str = "") -> Any:
        """The day on which ``step`` was last done in the current round; NONE, UNKNOWN or an Interval.

        ``which`` asks of one round: see `compiler.rounds`.
        """


class FactValues(Protocol):
    """The facts of one record on one day of decision, as terms read them; `facts.Facts` is what implements it.

    Attributes:
        vocabulary: the names of the rulebook.
        record: the record.
        on: the day of decision.
        memo: what is worked out: under the name alone what counts on every day, else under name and judged day.
    """

    vocabulary: Vocabulary
    record: Record
    on: date
    memo: dict[Any, Any]

    @property
    def steps(self) -> StepValues:
        """The steps of the client path that the record shows as done."""

    def in_round(self, which: str) -> FactValues:
        """The facts where the current round is ``which`` of those that it may be: see `compiler.rounds`."""

    def without_value(self, name: str) -> bool:
        """Whether ``name`` is an outcome that has no value on the day of decision, whatever else is found out."""

    def value(self, name: str, judged: Judged) -> Any:
        """The value of the fact ``name`` as it counts on the day ``judged``, which may not be known."""

    def ready_made(self, name: str, judged: Judged) -> Any:
        """The value of the fact ``name`` that the record gives, if it counts on the day ``judged``; else UNKNOWN."""

    def item_fact(self, name: str, scope: Scope) -> Any:
        """The value of the derived fact ``name`` (``plan.option_count``) of the item of ``scope``."""

    def parameter(self, name: str, day: Judged) -> Any:
        """The value of the parameter ``name`` on ``day``; NONE where it has none, UNKNOWN of a day of unknown law."""

    def parameter_since(self, name: str, day: Judged) -> Any:
        """The day since which the value of the parameter ``name`` in force on ``day`` has held."""

    @property
    def later_plans(self) -> LaterPlans:
        """The plans of the record, as they follow each other."""

    def may_precede_unlisted(self, item: Any) -> bool:
        """Whether a plan that the list may lack, made before the list was complete, may have followed ``item``."""

    def position(self, list_name: str, item: Any) -> int:
        """The place of ``item`` in the list ``list_name``, from 0."""

    def day_in(self, list_name: str, item: Any) -> Any:
        """The day of decision, moved inside ``item`` of the list ``list_name``."""


class Scope:
    """What a closure reads.

    Attributes:
        facts: the facts of the record.
        judged: the judged day, or of one that is not known what is.
        list_name: the list of the item; empty for the client.
        item: the item at hand; None for the client.
    """

    __slots__ = ("facts", "item", "judged", "list_name")

    def __init__(self, facts: FactValues, judged: Judged, list_name: str = "", item: Any = None) -> None:
        self.facts = facts
        self.judged = judged
        self.list_name = list_name
        self.item = item

    def in_round(self, which: str) -> Scope:
        """The same where the current round is ``which`` of those that it may be; the item is no event."""
        return Scope(self.facts.in_round(which), self.judged, self.list_name, self.item)


Reader = Callable[[Scope], Any]
"""Gives the value of a term: a known one, UNKNOWN, NONE (known not to exist), or an Interval."""
Tester = Callable[[Scope], "bool | None"]
"""Gives the truth of a test: True, False or None (unknown)."""
