"""Rows held by key: in memory, and in a temporary database once there are many, so that memory does not grow with them.

The database is SQLite's own temporary one: it has no name, only this process can open it, and it is gone with it.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from aava_rules.mapping.plan import SourceRow

ROWS_IN_MEMORY: Final = 10_000
"""Rows of one source that are held in memory; if it has more, all of them go into the database."""
_AT_ONCE: Final = 5_000


class GroupedRows:
    """Rows by the group (a section or child) and key that they belong to, in the order in which they were added.

    Args:
        limit: how many rows are held in memory.
    """

    def __init__(self, limit: int = ROWS_IN_MEMORY) -> None:
        self._limit = limit
        self._memory: dict[tuple[str, str], list[SourceRow]] = {}
        self._held = 0
        self._database: Any = None

    def add(self, group: str, key: str, row: SourceRow) -> None:
        """Add ``row`` to those of ``group`` that have ``key``."""
        self._memory.setdefault((group, key), []).append(row)
        self._held += 1
        if self._held >= (self._limit if self._database is None else _AT_ONCE):
            self._spill()

    def take(self, group: str, key: str) -> list[SourceRow]:
        """The rows of ``group`` that have ``key``, in order, held no longer. All are added before any is taken."""
        if self._database is None:
            return self._memory.pop((group, key), [])
        if self._memory:
            self._spill()
        return [SourceRow(place, pickle.loads(cells)) for place, cells in self._taken(group, key)]

    def _taken(self, group: str, key: str) -> list[tuple[str, bytes]]:
        rows: list[tuple[str, bytes]] = self._database.execute(
            "SELECT place, cells FROM rows WHERE part = ? AND key = ? ORDER BY number", (group, key)
        ).fetchall()
        if rows:
            self._database.execute("INSERT OR IGNORE INTO taken VALUES (?, ?)", (group, key))
        return rows

    def rest(self, group: str) -> Iterator[tuple[str, SourceRow]]:
        """What nobody has taken of ``group``, each with its key, in order."""
        if self._database is None:
            for (part, key), rows in self._memory.items():
                if part == group:
                    yield from ((key, row) for row in rows)
            return
        for key, place, cells in self._database.execute(
            "SELECT key, place, cells FROM rows WHERE part = ? AND NOT EXISTS "
            "(SELECT 1 FROM taken WHERE taken.part = rows.part AND taken.key = rows.key) ORDER BY number",
            (group,),
        ):
            yield key, SourceRow(place, pickle.loads(cells))

    def close(self) -> None:
        """Let go of everything."""
        self._memory.clear()
        if self._database is not None:
            self._database.close()

    def _spill(self) -> None:
        if self._database is None:
            # an empty name is a temporary database on disk, which SQLite removes by itself
            self._database = sqlite3.connect("", isolation_level=None)
            self._database.execute("PRAGMA journal_mode = OFF")
            self._database.execute("PRAGMA synchronous = OFF")
            self._database.execute(
                "CREATE TABLE rows (number INTEGER PRIMARY KEY, part TEXT, key TEXT, place TEXT, cells BLOB)"
            )
            self._database.execute("CREATE INDEX by_key ON rows (part, key)")
            self._database.execute("CREATE TABLE taken (part TEXT, key TEXT, PRIMARY KEY (part, key)) WITHOUT ROWID")
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO rows (part, key, place, cells) VALUES (?, ?, ?, ?)",
            (
                (group, key, row.place, pickle.dumps(dict(row.cells), protocol=5))
                for (group, key), rows in self._memory.items()
                for row in rows
            ),
        )
        self._database.execute("COMMIT")
        self._memory.clear()
        self._held = 0
