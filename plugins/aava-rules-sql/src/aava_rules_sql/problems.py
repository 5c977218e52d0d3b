"""What a database could not do, in words: where, what, why and what to do, and nothing that it holds.

Messages of drivers quote values, and those of connections passwords. So only the class of an error, its SQLSTATE and
the names of tables and columns are looked at, and the error that is raised has no other in its chain.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError

from aava_rules.language.errors import AdapterError

T = TypeVar("T")

_BY_STATE: Final = {
    "28": ("refuses this user or password", "Check the user, the password and the rights that the server gives."),
    "3D": ("has no database of this name", "Check the name at the end of the URL."),
    "42501": ("does not let this user do that", "Grant select on the tables that the mapping reads."),
    "42P01": ("lacks a table that the mapping names", "The schema has changed: mend the mapping, then read again."),
    "42703": ("lacks a column that the mapping names", "The schema has changed: mend the mapping, then read again."),
    "42883": (
        "cannot compare two columns that the mapping joins, since their types differ",
        "Give a view in which both have one type.",
    ),
    "22021": ("has a text that is not UTF-8", "Give a view that reads such columns with convert_from."),
    "21000": ("has several rows where a lookup needs one", "Give a view in which the key of the lookup is unique."),
    "53": ("has no connections or memory left", "Try again later."),
    "55P03": ("keeps a table locked for another session", "Try again when that session has ended."),
    "57014": ("ended a query that took longer than it allows", "Raise statement_timeout for this user, or try later."),
    "57": ("closed the connection", "Try again when the server is up."),
    "08": ("cannot be reached", "Check host and port, and that the server is up."),
    "40": ("broke off the transaction for another one", "Try again."),
}
"""What is wrong and what to do, by SQLSTATE or by the beginning of one; the longest that fits says it."""

_SQLITE: Final = {
    "SQLITE_BUSY": ("keeps the file locked for another program", "Try again when that program has finished writing."),
    "SQLITE_LOCKED": ("keeps a table locked for another program", "Try again when that program has finished writing."),
    "SQLITE_NOTADB": ("is no SQLite file, or an encrypted one", "Give the path of the database file."),
    "SQLITE_CORRUPT": ("is damaged", "Run PRAGMA integrity_check, or take the file from a backup."),
    "SQLITE_CANTOPEN": ("cannot be opened", "Check the path and the rights of the file and its folder."),
    "SQLITE_READONLY": ("cannot be written to", "Check the rights of the file and its folder."),
    "SQLITE_FULL": ("has no room left on its disk", "Make room, then try again."),
    "SQLITE_IOERR": ("cannot be read from its disk", "Check the disk, then try again."),
}


def attempt(where: str, work: Callable[[], T]) -> T:
    """What ``work`` returns.

    Args:
        where: what the database, and the table if one is read, are called in messages.
        work: a call that may raise errors of SQLAlchemy or of a driver.

    Raises:
        AdapterError: the database could not do it. The error has no other in its chain.
    """
    try:
        return work()
    except AdapterError as error:
        problem = AdapterError(str(error))
    except Exception as error:
        problem = told(where, error)
    # raised out here, for an error that is raised in a handler carries the handled one with it
    raise problem


def told(where: str, error: Exception) -> AdapterError:
    """The error to raise for an ``error`` of SQLAlchemy or of a driver; ``where`` names database and table."""
    original: Any = error.orig if isinstance(error, DBAPIError) else error
    what, hint = _of_sqlite(original) if isinstance(original, sqlite3.Error) else _of_server(error, original)
    named = _named(original)
    return AdapterError(f"{where}: {what}{f' ({named})' if named else ''}. {hint}".strip())


def _of_sqlite(error: sqlite3.Error) -> tuple[str, str]:
    name = getattr(error, "sqlite_errorname", "") or ""
    for known, words in _SQLITE.items():
        if name.startswith(known):
            return words
    return f"fails with {name or type(error).__name__}", ""


def _of_server(error: Exception, original: Any) -> tuple[str, str]:
    state = getattr(original, "sqlstate", None) or ""
    for length in (5, 3, 2):
        if len(state) >= length and state[:length] in _BY_STATE:
            return _BY_STATE[state[:length]]
    if state:
        return f"fails with SQLSTATE {state}", ""
    if type(original).__name__ == "OperationalError" or getattr(error, "connection_invalidated", False):
        return "cannot be reached, or closed the connection", "Check host and port, and that the server is up."
    return f"fails with {type(original or error).__name__}", ""


def _named(original: Any) -> str:
    """The table and column that a server names in an error; these are names of the schema and no contents."""
    about = getattr(original, "diag", None)
    names = [getattr(about, key, None) for key in ("table_name", "column_name")]
    return ".".join(name for name in names if name)
