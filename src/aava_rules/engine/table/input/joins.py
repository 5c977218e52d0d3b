"""The rows of an item table brought to their clients: whose each is, in the order of the clients."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.engine.table.arrays import starts_of
from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.input.schema import CLIENT_ROW, TypedTable

Rows = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Joined:
    """The items of one list, client by client and in their order.

    Attributes:
        read: the table of the items in this order, without the column that names their client.
        starts: shape (n + 1,), int64: the items of client i are the rows ``starts[i]`` to ``starts[i + 1]``.
        source: shape (m,), int64, the row that each had in its table; None: the same one.
        orphans: shape (k,), int64, the rows of the table that belong to no client.
    """

    read: TypedTable
    starts: Rows
    source: Rows | None
    orphans: Rows

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def counts(self) -> Rows:
        """How many items each client has: shape (n,), int64."""
        return np.diff(self.starts)

    def clients_of(self, items: Bools | None) -> Bools | None:
        """The clients that have an item of the mask ``items`` (shape (m,), bool): shape (n,), bool; None: no client."""
        if items is None or not items.any():
            return None
        clients = np.zeros(len(self.starts) - 1, np.bool_)
        clients[np.searchsorted(self.starts, np.flatnonzero(items), "right") - 1] = True
        return clients

    def items_of(self, rows: Collection[int]) -> Rows:
        """The items that were rows ``rows`` of their table, and belong to a client: shape (k,), int64."""
        if not rows:
            return np.zeros(0, np.int64)
        wanted = np.array(sorted(rows), np.int64)
        return wanted if self.source is None else np.flatnonzero(np.isin(self.source, wanted))

    def source_row(self, item: int) -> int:
        """The row that the item number ``item`` had in its table."""
        return item if self.source is None else int(self.source[item])


class Ids:
    """The ids of clients, hashed and sorted so that the ids of items can be looked up."""

    def __init__(self, ids: pl.Series) -> None:
        self.series = ids
        hashes = ids.hash().to_numpy()
        self._order = np.argsort(hashes)
        self._hashes = hashes[self._order]
        self._alike = bool((self._hashes[1:] == self._hashes[:-1]).any())
        """Whether ids have the same hash: equal ones, or, once in many thousand years, unequal ones."""

    def __len__(self) -> int:
        return len(self.series)

    def twice(self) -> Bools | None:
        """The clients whose id another client has too: shape (n,), bool; None: no client."""
        if not self._alike:
            return None
        duplicates = self.series.is_duplicated() & self.series.is_not_null()
        return duplicates.to_numpy() if duplicates.any() else None

    def rows(self, names: pl.Series) -> Rows:
        """The client of each of the ids ``names``: shape (m,), int64, the row, -1 where there is none.

        Where several clients have an id, the first of them.
        """
        if not len(self) or not len(names):
            return np.full(len(names), -1, np.int64)
        if self._alike:
            return self._joined(names)
        hashes = names.hash().to_numpy()
        # sorted hashes are looked up several times faster, as each lies close to the last
        order = np.argsort(hashes)
        places = np.empty(len(names), np.int64)
        places[order] = np.searchsorted(self._hashes, hashes[order])
        candidates = self._order[np.minimum(places, len(self) - 1)]
        same = (self.series.gather(candidates) == names).fill_null(False)
        return candidates if same.all() else np.where(same.to_numpy(), candidates, -1)

    def _joined(self, names: pl.Series) -> Rows:
        clients = pl.DataFrame({"id": self.series, "client": np.arange(len(self))}).unique("id", keep="first")
        joined = pl.DataFrame({"id": names}).join(clients, on="id", how="left", maintain_order="left")
        return joined["client"].fill_null(-1).to_numpy()


def join(read: TypedTable, ids: Ids) -> Joined:
    """The items of the table ``read`` brought to their clients, whose ids are ``ids``.

    The table names them by id in ``client``, or by row in `CLIENT_ROW`.
    """
    frame, size = read.frame, len(ids)
    if CLIENT_ROW in frame.columns:
        owners, lengths = _numbered(frame[CLIENT_ROW], size), None
        frame = frame.drop(CLIENT_ROW)
    else:
        owners, lengths = _owners(frame["client"], ids)
        frame = frame.drop("client")
    rows = frame.height
    source: Rows | None = None
    lost: Rows = np.zeros(0, np.int64)
    known = owners >= 0
    ordered = bool((owners[1:] >= owners[:-1]).all())
    if not known.all() or not ordered:
        by_row = owners if lengths is None else np.repeat(owners, lengths)
        known = by_row >= 0
        lost = np.flatnonzero(~known)
        order = np.flatnonzero(known)
        if not ordered:
            order = order[np.argsort(by_row[order], kind="stable")]
        owners, lengths = by_row[order], None
        if not ordered or len(order) < rows:
            source, frame = order, frame[order] if frame.width else frame
    counts = np.bincount(owners, weights=lengths, minlength=size).astype(np.int64)
    return Joined(replace(read, frame=frame), starts_of(counts), source, lost)


def _numbered(rows: pl.Series, size: int) -> Rows:
    """The clients that rows name by number, -1 where there is none."""
    owners = rows.cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
    return np.where(owners < size, owners, -1)


def _owners(names: pl.Series, ids: Ids) -> tuple[Rows, Rows]:
    """The client of each run of rows that name the same one (-1: none), and how long the runs are.

    Tables mostly come client by client, so that far fewer ids are looked up than there are rows.
    """
    begins = names.ne_missing(names.shift(1)).to_numpy(writable=True)
    begins[:1] = True
    heads = np.flatnonzero(begins)
    return ids.rows(names.gather(heads)), np.diff(heads, append=len(names))
