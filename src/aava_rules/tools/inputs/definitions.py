"""The tables of a SQLite file, or of a file with CREATE TABLE statements, for a first mapping."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from aava_rules.adapters import unreadable
from aava_rules.language.errors import AdapterError
from aava_rules.mapping.plan import SourceRow
from aava_rules.mapping.tables import SourceTable

SQLITE: Final = b"SQLite format 3\x00"
"""The first bytes of a SQLite file."""
DDL_MAX: Final = 4 * 2**20
"""Most bytes of a file of definitions."""
ROWS_MAX: Final = 1_000
"""Rows of a table that are looked at."""
_NAME: Final = r'(?:"(?:[^"]|"")+"|\[[^\]]+\]|`[^`]+`|[\w$#]+)'
_CREATE: Final = re.compile(
    rf"\bCREATE\s+(?:\w+\s+){{0,3}}?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?((?:{_NAME}\s*\.\s*)*{_NAME})\s*\(", re.IGNORECASE
)
_COLUMN: Final = re.compile(rf"\s*({_NAME})\s+(\w+(?:\s*\([\d,\s]*\))?)", re.ASCII | re.IGNORECASE)
_CONSTRAINTS: Final = frozenset(
    {"primary", "foreign", "unique", "check", "constraint", "key", "index", "exclude", "like", "period"}
)
_COMMENT: Final = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def is_sqlite(path: Path) -> bool:
    """Whether the file at ``path`` is a SQLite database."""
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError:
        return False


def tables_of_sqlite(path: Path) -> list[SourceTable]:
    """The tables of the SQLite file at ``path``, which is opened for reading only. Raises AdapterError."""
    problem = ""
    try:
        with closing(_connected(path)) as connection:
            listed = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            names = [name for (name,) in connection.execute(listed) if not name.startswith("sqlite_")]
            tables = []
            for name in names:
                columns = [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")]
                kinds = tuple(kind for _, kind in columns)
                tables.append(SourceTable(name, tuple(c for c, _ in columns), partial(_rows, path, name), kinds))
            return tables
    except sqlite3.Error as error:
        problem = type(error).__name__
    raise AdapterError(f"{path}: cannot be read as a SQLite database ({problem}).")


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _rows(path: Path, table: str) -> Iterator[SourceRow]:
    with closing(_connected(path)) as connection:
        connection.row_factory = sqlite3.Row
        for number, row in enumerate(connection.execute(f"SELECT * FROM {_quoted(table)} LIMIT {ROWS_MAX}"), start=1):
            yield SourceRow(f"{table} row {number}", dict(zip(row.keys(), tuple(row), strict=True)))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def tables_of_ddl(path: Path) -> list[SourceTable]:
    """The tables that the CREATE TABLE statements in the file at ``path`` make, without rows. Raises AdapterError."""
    try:
        data = path.read_bytes()[: DDL_MAX + 1]
    except OSError as error:
        raise unreadable(path, error) from None
    if len(data) > DDL_MAX:
        raise AdapterError(f"{path}: is over {DDL_MAX // 2**20} MB. Give the definitions of tables only.")
    text = _COMMENT.sub(" ", data.decode("utf-8-sig", "replace"))
    tables = []
    for statement in _CREATE.finditer(text):
        columns = [match for part in _parts(text, statement.end()) if (match := _column(part)) is not None]
        name = re.findall(_NAME, statement[1])[-1]
        tables.append(SourceTable(_bare(name), tuple(c for c, _ in columns), lambda: (), tuple(k for _, k in columns)))
    if not tables:
        raise AdapterError(f"{path}: has no CREATE TABLE statement.")
    return tables


def _parts(text: str, start: int) -> list[str]:
    """What stands between the commas inside the brackets that open before ``start``."""
    depth, at, quote = 1, start, ""
    parts: list[str] = []
    for position in range(start, len(text)):
        sign = text[position]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"`":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
            if not depth:
                return [*parts, text[at:position]]
        elif sign == "," and depth == 1:
            parts.append(text[at:position])
            at = position + 1
    return parts


def _column(part: str) -> tuple[str, str] | None:
    match = _COLUMN.match(part)
    if match is None or match[1].lower() in _CONSTRAINTS:
        return None
    return _bare(match[1]), match[2]


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name[0] in '"[`' else name
