"""A comparison as hosts get it: what differs in the rules, whose answers differ, and how many clients that concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aava_rules.decision.compare.books import BooksDiff
from aava_rules.decision.compare.changes import ClientChanges, changes_between
from aava_rules.decision.compare.counts import Counts
from aava_rules.decision.compare.days import RulesDiff
from aava_rules.decision.compare.sides import Sides
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.structs import cached_property_unlocked

if TYPE_CHECKING:
    from aava_rules.decision.compare.columns import ComparedTable

Failure = TypeVar("Failure")


class Comparison(Generic[Failure]):
    """What differs between two rulebooks, or two days, and in the answers to records.

    Iterating gives a `ClientChanges` for each record of which an answer differs, in their order, and for each that a
    rulebook refuses a `RecordFailure`; of the others nothing. The records are read as it goes on, once.
    """

    def __init__(
        self, sides: Sides, records: Iterable[Any], fails: Callable[[int, Any, AavaRulesError], Failure]
    ) -> None:
        """A comparison.

        Args:
            sides: what is compared.
            records: the records, read once.
            fails: makes of a record's number, the record and its error what is told of it.
        """
        self.sides = sides
        """What is compared, as hosts seldom need it."""
        self._records = enumerate(records)
        self._fails = fails
        self._wording = sides.wording
        self.counts = Counts(self._wording)
        """How many clients were compared so far, and how many have each change."""

    @property
    def on(self) -> date:
        """The day of decision of the answers before."""
        return self.sides.before.on

    @property
    def until(self) -> date:
        """The day of decision of the answers after."""
        return self.sides.after.on

    @cached_property_unlocked
    def law(self) -> RulesDiff | BooksDiff:
        """What differs in the rules: a `RulesDiff` between two days of one rulebook, a `BooksDiff` between two."""
        return self.sides.law()

    def __iter__(self) -> Iterator[ClientChanges | Failure]:
        for position, record in self._records:
            try:
                before, after, *time = [side.decide(record) for side in self.sides.all]
            except AavaRulesError as error:
                yield self._fails(position, record, error)
                continue
            changes = changes_between(before, after, time[0] if time else None, self._wording)
            self.counts.add(changes)
            if changes:
                yield ClientChanges(before.record_id, changes)

    def to_dict(self) -> dict[str, Any]:
        """The whole comparison as JSON has it; it reads the records that have not been read."""
        clients: list[dict[str, Any]] = []
        failed = 0
        for entry in self:
            if isinstance(entry, ClientChanges):
                clients.append(entry.to_dict())
            else:
                failed += 1
        return self.sides.to_dict() | {
            "law": self.law.to_dict(), "records": clients, "failed": failed, "counts": self.counts.to_dict(),
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"<Comparison {self.sides.before!r} {self.sides.after!r}>"


class TableComparison:
    """What differs between two rulebooks, or two days, and in the answers to every client of a table."""

    def __init__(self, sides: Sides, compared: ComparedTable) -> None:
        """A comparison.

        Args:
            sides: what is compared.
            compared: the clients.
        """
        self.sides, self._compared = sides, compared

    @property
    def on(self) -> date:
        """The day of decision of the answers before."""
        return self.sides.before.on

    @property
    def until(self) -> date:
        """The day of decision of the answers after."""
        return self.sides.after.on

    @cached_property_unlocked
    def law(self) -> RulesDiff | BooksDiff:
        """What differs in the rules: a `RulesDiff` between two days of one rulebook, a `BooksDiff` between two."""
        return self.sides.law()

    @property
    def clients(self) -> Iterator[ClientChanges]:
        """The clients of whom an answer differs, in the order of the table."""
        return self._compared.clients

    @cached_property_unlocked
    def counts(self) -> Counts:
        """How many clients were compared, and how many have each change."""
        counts = Counts(self._compared.wording)
        self._compared.count(counts)
        return counts

    @cached_property_unlocked
    def changes(self) -> Any:
        """A row for each answer that differs, as a polars data frame.

        Columns: ``id``, ``kind``, ``name``, ``key``, ``where``, ``cause``; ``from`` and ``to``, the answers as texts
        without words (a status, a value, ``a, b`` of a set); ``due_from`` and ``due_to`` of steps; ``by_from`` and
        ``by_to``, the ids of the deciding rules; and ``by_time``, between two days what time alone would have led to.
        """
        from aava_rules.decision.compare.frames import changes_frame

        return changes_frame(self._compared)

    @property
    def invalid(self) -> Any:
        """A row for each fault of the clients that could not be compared; as that of `decide_table`."""
        from aava_rules.decision.compare.frames import with_refused

        return with_refused(self._compared)

    def to_dict(self) -> dict[str, Any]:
        """The whole comparison as JSON has it."""
        return self.sides.to_dict() | {
            "law": self.law.to_dict(), "records": [client.to_dict() for client in self.clients],
            "failed": len(set(self.invalid["id"].to_list())), "counts": self.counts.to_dict(),
        }  # fmt: skip
