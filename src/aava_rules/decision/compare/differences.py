"""The answers that differ in a block of a table, as columns: whose, of which item, and in which way they differ.

Many clients have answers that differ in the same way, so that each way is told once, and a client's answers are a few
numbers until they are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aava_rules.decision.compare.changes import Answer, AnswerChange, Kind, Wording
from aava_rules.decision.compare.counts import Counts
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.structs import Struct


class Refused(Struct):
    """A client whose record one of the rulebooks refuses: its row in the table, and why, without contents."""

    row: int
    error: AavaRulesError


class Way(Struct):
    """A way in which the answers to one question differ.

    Attributes:
        kind, name, list_name: the question; the list is empty where it is asked of the client.
        field: the field of an item that a requirement limits; empty where there is none.
        answers: the answers before and after, and between two days what time alone would have led to.
    """

    kind: Kind
    name: str
    list_name: str
    field: str
    answers: tuple[Answer, ...]

    def change(self, key: str, where: str, wording: Wording) -> AnswerChange:
        """The change of one client or item.

        Args:
            key: what names the answer.
            where: the path of the item; empty for the client.
            wording: the words of the rulebooks.
        """
        before, after, *time = self.answers
        return AnswerChange(self.kind, self.name, key, where, before, after, time[0] if time else None, wording)


@dataclass(slots=True, eq=False)
class BlockChanges:
    """The answers that differ in a block.

    Attributes:
        clients: shape (m,), uint32, the client of each, as its row in the table, in that order; those of one client
            question by question.
        items: shape (m,), int64, the item that each is about, as its number in the whole table; -1 for the client.
        numbers: shape (m,), int32, the way of each, as its number in ``ways``.
        ways: the ways in which answers differ.
        alone: of clients who were compared one by one, the row and the changes of each.
        refused: the clients whom a rulebook refuses.
    """

    clients: NDArray[np.uint32]
    items: NDArray[np.int64]
    numbers: NDArray[np.int32]
    ways: list[Way]
    alone: list[tuple[int, tuple[AnswerChange, ...]]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def of_clients(self) -> Iterator[tuple[int, slice]]:
        """The row of each client who has changes in the columns, and where they are."""
        if len(self.clients):
            ends = [0, *(np.flatnonzero(np.diff(self.clients)) + 1).tolist(), len(self.clients)]
            owners = self.clients[ends[:-1]].tolist()
            for owner, (begin, end) in zip(owners, pairwise(ends), strict=True):
                yield owner, slice(begin, end)

    def count(self, counts: Counts, wording: Wording) -> None:
        """Add the clients of whom an answer differs to ``counts``; ``wording`` has the words of the rulebooks."""
        if len(self.clients):
            of_way = np.array([counts.cell(way.change(way.name, "", wording)) for way in self.ways], np.int64)
            width = int(of_way.max()) + 1
            # each client's cells, each of them once
            pairs = np.unique(self.clients.astype(np.int64) * width + of_way[self.numbers])
            owners, cells = np.divmod(pairs, width)
            ends = [0, *(np.flatnonzero(np.diff(owners)) + 1).tolist(), len(owners)]
            packed = cells.astype(np.int32).tobytes()
            groups = Counter([packed[4 * begin : 4 * end] for begin, end in pairwise(ends)])
            for group, clients in groups.items():
                counts.add_group(frozenset(np.frombuffer(group, np.int32).tolist()), clients)
        for _, changes in self.alone:
            counts.add_changed(changes)


@dataclass(slots=True, eq=False)
class Gathered:
    """The answers of a block that differ, as they are gathered question by question."""

    ways: list[Way] = field(default_factory=list)
    _parts: list[tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int32]]] = field(default_factory=list)

    def add(
        self, ways: list[Way], clients: NDArray[np.uint32], items: NDArray[np.int64], numbers: NDArray[np.int64]
    ) -> None:
        """Add the answers to one question.

        Args:
            ways: in which ways they differ.
            clients: shape (k,), uint32, whose they are, by rows in the table.
            items: shape (k,), int64, of which items, by numbers in the table; -1 for the client.
            numbers: shape (k,), int64, the way of each, as its number in ``ways``.
        """
        self._parts.append((clients, items, (numbers + len(self.ways)).astype(np.int32)))
        self.ways += ways

    def block(self) -> BlockChanges:
        """All of them, client by client."""
        if not self._parts:
            return BlockChanges(np.zeros(0, np.uint32), np.zeros(0, np.int64), np.zeros(0, np.int32), [])
        clients, items, numbers = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        in_order = np.argsort(clients, kind="stable")
        return BlockChanges(clients[in_order], items[in_order], numbers[in_order], self.ways)


def distinct(*columns: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which rows are alike in all ``columns``.

    Args:
        columns: one or more, each of shape (n,), of whole numbers or truths.

    Returns: the first row of each kind of rows, shape (k,), and the kind of each row, shape (n,).
    """
    key = np.zeros(len(columns[0]), np.int64)
    width = 1
    for column in columns:
        if column.dtype == np.bool_:
            which, values = column.astype(np.int64), 2
        else:
            kinds, which = np.unique(_narrow(column), return_inverse=True)
            values = len(kinds)
        if values > 1:
            key = key * values + which
            width *= values
        if width > _MOST_KINDS:
            kinds, key = np.unique(key, return_inverse=True)
            width = len(kinds)
    _, first, which = np.unique(_narrow(key), return_index=True, return_inverse=True)
    return first, which


_MOST_KINDS: Final = 1 << 30
"""With more kinds of rows than this they are numbered anew, so that another column fits into the same number."""


def _narrow(column: NDArray[Any]) -> NDArray[Any]:
    """The column in two bytes a row where its values are so near to one another: these are sorted much faster."""
    if column.dtype.itemsize > 2 and len(column):
        low = int(column.min())
        if int(column.max()) - low < 1 << 16:
            return (column - low).astype(np.uint16)
    return column
