"""How many clients a change concerns, by answer; groups so small that a person could be known in them stay closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from aava_rules.decision.compare.changes import MOST_WORDS, Answer, AnswerChange, Cause, Kind, Wording
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_value
from aava_rules.language.structs import Struct
from aava_rules.language.values import UNKNOWN
from aava_rules.rulebook.model import Text

FEWEST: Final = 10
"""The smallest number of clients that is told."""
MOST_GROUPS: Final = 100_000
"""Different sets of changes that clients have together; with more of them the number of changed clients is not told."""
CLOSED: Final = "<10"
"""What stands in place of a number that is not told."""


def hides(clients: int, cells: int) -> bool:
    """Whether the sum of closed cells tells nothing of a single one: whether it may be told, or follow from others.

    They are of ten clients together at least, and two at least, of which not all can only be as full or as empty as a
    closed cell may be.

    Args:
        clients: the sum.
        cells: how many closed cells there are, each of one client at least.
    """
    return clients >= FEWEST and cells >= 2 and cells < clients != (FEWEST - 1) * cells


class Cell(Struct):
    """A change by which clients are counted.

    Attributes:
        kind: ``outcome``, ``finding`` or ``step``.
        name: the outcome, requirement or step.
        before, after: the answers as codes: a status, ``true``, a word, words joined by ``+``. Of numbers and days,
            which would tell clients apart, and of due days: ``known``, ``suggested`` or ``overdue``, and then
            ``less``, ``greater``, ``earlier`` or ``later``.
        cause: ``law``, ``time`` or ``both``.
    """

    kind: Kind
    name: str
    before: str
    after: str
    cause: Cause


class CellCount(Struct):
    """A cell, and how many clients are in it; None: fewer than 10."""

    cell: Cell
    clients: int | None

    def to_dict(self) -> dict[str, Any]:
        """The count as JSON has it; ``clients`` is null where it is not told."""
        cell = self.cell
        return {
            "kind": cell.kind, "name": cell.name, "from": cell.before, "to": cell.after, "cause": cell.cause,
            "clients": self.clients,
        }  # fmt: skip


class Counts:
    """How many clients were compared, how many have changes, and how many have each.

    A cell of fewer than 10 clients is closed. The number of changed clients is told only where no closed cell can be
    worked out from it: if nobody is in closed cells alone, or ten are or more, in two cells or more, of which not all
    can only be as full or as empty as a closed cell may be. No other sums are told, so that nothing can be taken from
    one another.

    Attributes:
        compared: how many records were compared.
        wording: the words of the two rulebooks.
    """

    def __init__(self, wording: Wording) -> None:
        """Nothing counted yet; ``wording`` has the words of the two rulebooks."""
        self.wording = wording
        self.compared = 0
        self._cells: dict[Cell, int] = {}
        self._known: dict[Any, tuple[int, AnswerChange]] = {}
        self._groups: Counter[frozenset[int]] = Counter()
        self._beyond: Counter[int] = Counter()
        self._overflow = 0

    def add(self, changes: Iterable[AnswerChange]) -> None:
        """Count a client with the answers that differ, ``changes``, which may be none."""
        self.compared += 1
        self.add_changed(changes)

    def add_changed(self, changes: Iterable[AnswerChange]) -> None:
        """Count the ``changes`` of a client that is counted in ``compared`` already."""
        numbers = frozenset([self._number(change) for change in changes])
        if numbers:
            self.add_group(numbers, 1)

    def add_group(self, cells: frozenset[int], clients: int) -> None:
        """Count ``clients`` who are in just these ``cells`` together, and in ``compared`` already."""
        if cells in self._groups or len(self._groups) < MOST_GROUPS:
            self._groups[cells] += clients
        else:
            self._overflow += clients
            for number in cells:
                self._beyond[number] += clients

    @property
    def _clients(self) -> Counter[int]:
        """How many clients are in each cell, by the number of the cell."""
        clients = Counter(self._beyond)
        for group, count in self._groups.items():
            for number in group:
                clients[number] += count
        return clients

    def _number(self, change: AnswerChange) -> int:
        # clients of a table share their answers; the change is held, so that these numbers stay those of its answers
        key = (change.kind, change.name, id(change.before), id(change.after), id(change.by_time))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST_WORDS:
                self._known.clear()
            known = self._known[key] = self.cell(change), change
        return known[0]

    def cell(self, change: AnswerChange) -> int:
        """The number of the cell in which clients with a ``change`` are counted."""
        before, after = _codes(change.before, change.after, _closed_words(change.name, self.wording))
        cell = Cell(change.kind, change.name, before, after, change.cause)
        return self._cells.setdefault(cell, len(self._cells))

    @property
    def cells(self) -> tuple[CellCount, ...]:
        """The cells, by kind and name, the largest first; closed ones last, in no order of size."""
        clients = self._clients
        counts = [CellCount(cell, self._open(clients[number])) for cell, number in self._cells.items()]
        kinds = ("outcome", "finding", "step")
        return tuple(
            sorted(
                counts,
                key=lambda count: (
                    kinds.index(count.cell.kind), count.cell.name, -(count.clients or 0),
                    count.cell.before, count.cell.after, count.cell.cause,
                ),
            )
        )  # fmt: skip

    def _open(self, clients: int) -> int | None:
        return clients if clients >= FEWEST else None

    @property
    def changed(self) -> int | None:
        """How many clients have a change; None where that is not told."""
        closed = {number for number, clients in self._clients.items() if clients < FEWEST}
        changed = self._groups.total() + self._overflow
        hidden = [group for group in self._groups if group <= closed]
        alone = sum(self._groups[group] for group in hidden)
        if not changed or (not closed and changed >= FEWEST):
            return changed
        safe = alone == 0 or hides(alone, len(frozenset().union(*hidden)))
        return changed if safe and changed >= FEWEST and not self._overflow else None

    @property
    def changed_at_least(self) -> int:
        """How many clients have a change that is told; it says nothing of closed cells."""
        open_cells = {number for number, clients in self._clients.items() if clients >= FEWEST}
        return sum(count for group, count in self._groups.items() if group & open_cells)

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON has them; what is not told is null."""
        return {
            "compared": self.compared, "changed": self.changed, "changed_at_least": self.changed_at_least,
            "cells": [count.to_dict() for count in self.cells],
        }  # fmt: skip


def _closed_words(name: str, wording: Wording) -> frozenset[str]:
    """The words that the outcome ``name`` may be, or have, by either rulebook."""
    definitions = (wording.before.outcomes.get(name), wording.after.outcomes.get(name))
    return frozenset(word for definition in definitions if definition is not None for word in definition.words)


def _codes(before: Answer, after: Answer, closed: frozenset[str]) -> tuple[str, str]:
    """The codes of two answers; of numbers and days the second says how it differs."""
    first, second = _code(before, closed), _code(after, closed)
    if first == second == "known" and not isinstance(before.value, str):
        return first, "less" if after.value < before.value else "greater" if after.value > before.value else "known"
    if first == second and first in ("suggested", "overdue"):
        return first, _due_code(before.due, after.due)
    return first, second


def _due_code(before: Any, after: Any) -> str:
    if isinstance(before, date) and isinstance(after, date):
        return "earlier" if after < before else "later" if after > before else "suggested"
    return "due_unknown" if after is UNKNOWN else "no_due" if after is None else "due"


def _code(answer: Answer, closed: frozenset[str]) -> str:
    return "overdue" if answer.overdue else code_of(answer.status, answer.value, closed)


def code_of(status: str, value: Any, closed: frozenset[str]) -> str:
    """An answer as a code by which clients can be counted; of numbers and days, which would tell them apart, ``known``.

    Args:
        status: the status of the answer.
        value: its value, where it is known.
        closed: the words that the outcome may be or have, if it is of words.
    """
    if status != "known":
        return status
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return "+".join(sorted(value)) or "empty"
    return value if isinstance(value, str) and value in closed else "known"


_OF_CHANGES: Final = frozenset(
    {"less", "greater", "overdue", "earlier", "later", "due_unknown", "no_due", "due", "known"}
)


def _words(cell: Cell, code: str, wording: Wording, language: str) -> str:
    closed = _closed_words(cell.name, wording) if cell.kind == "outcome" else frozenset()
    return code_text(code, closed, wording.before.words | wording.after.words, language)


def code_text(code: str, closed: frozenset[str], words: Mapping[str, Text], language: str) -> str:
    """What a ``code`` of clients means, in ``language``; ``closed`` as of `code_of`, ``words`` with their labels."""
    if code in closed:
        return format_value(code, "", language, words)
    if closed.issuperset(code.split("+")):
        return format_value(frozenset(code.split("+")), "", language, words)
    return text(f"change.{code}" if code in _OF_CHANGES else f"answer.{code}", language)


def rows(counts: Counts, language: str) -> Iterator[tuple[str, str, str, str, str]]:
    """The cells of ``counts`` as rows of texts in ``language``: title, before, after, cause, clients."""
    for count in counts.cells:
        cell, wording = count.cell, counts.wording
        yield (
            wording.title(cell.kind, cell.name)[language],
            _words(cell, cell.before, wording, language),
            _words(cell, cell.after, wording, language),
            text(f"cause.{cell.cause}", language),
            CLOSED if count.clients is None else str(count.clients),
        )
