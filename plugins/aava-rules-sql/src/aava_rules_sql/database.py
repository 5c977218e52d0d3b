"""Databases: how one is named, and a connection that reads everything as it stood at one moment and can change nothing.

PostgreSQL is read in a transaction that is REPEATABLE READ and READ ONLY, SQLite in one read transaction of a file that
is opened for reading. Days and times come as the server writes them and are read here, since 'infinity' and years
before Christ are no days of Python: they stay texts, which a mapping may call unknown and else refuses.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from aava_rules.adapters import unreadable
from aava_rules.language.errors import AdapterError
from aava_rules.language.extras import how_to_install
from aava_rules.mapping import ListText
from aava_rules_sql.problems import attempt

SQLITE_SUFFIXES: Final = (".sqlite", ".sqlite3", ".db")
"""Suffixes of SQLite files."""
URL_SUFFIX: Final = ".dburl"
"""The suffix of a text file that holds nothing but the URL of a database."""
ENVIRONMENT: Final = "env:"
"""What stands before the name of an environment variable that holds the URL of a database."""
PATIENCE: Final = 10
"""Seconds for which a lock is waited for."""

_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite"}
_READ_ONLY: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Database:
    """A database that can be read.

    Attributes:
        name: what it is called in messages: host and database, or the path; never a password.
        dialect: ``postgresql`` or ``sqlite``.
    """

    def __init__(self, source: Path | str) -> None:
        """The database of a source.

        Args:
            source: the path of an SQLite file, or of a text file ``.dburl`` with a URL in it; ``env:NAME`` for the URL
                in an environment variable; or a URL.

        Raises:
            AdapterError: the source names no database that can be read.
        """
        self._file: Path | None = None
        self._url = (
            self._of_file(Path(source)) if isinstance(source, Path) or _is_file(source) else self._of_text(source)
        )
        self.dialect = self._url.get_backend_name()
        self.name = str(self._file) if self._file else _shown(self._url)

    def _of_file(self, path: Path) -> URL:
        if path.suffix == URL_SUFFIX:
            try:
                text = path.read_text(encoding="utf-8")
            except OSError as error:
                problem = unreadable(path, error)
            except UnicodeDecodeError:
                problem = AdapterError(
                    f"{path}: is not UTF-8. Write the URL of the database into it, and nothing else."
                )
            else:
                return _url(text.strip(), str(path))
            raise problem
        if not path.is_file():
            raise AdapterError(f"{path}: there is no such file.")
        self._file = path
        return URL.create("sqlite", database=str(path))

    def _of_text(self, text: str) -> URL:
        if not text.startswith(ENVIRONMENT):
            return self._with_file(_url(text, "the URL"))
        name = text.removeprefix(ENVIRONMENT)
        value = os.environ.get(name, "")
        if not value.strip():
            raise AdapterError(
                f"{text}: the environment variable {name} is not set. Put the URL of the database into it."
            )
        return self._with_file(_url(value.strip(), text))

    def _with_file(self, url: URL) -> URL:
        if url.get_backend_name() == "sqlite":
            if not url.database or url.database == ":memory:":
                raise AdapterError("sqlite: names no file. Write sqlite:///folder/register.sqlite, or the path itself.")
            return self._of_file(Path(url.database))
        return url

    def __repr__(self) -> str:
        return f"<Database {self.name}>"

    def engine(self, *, writing: bool = False) -> Engine:
        """An engine of SQLAlchemy that keeps no connections.

        Args:
            writing: whether an SQLite file may be written to.

        Raises:
            AdapterError: the driver is not installed.
        """
        if self._file is not None:
            return sa.create_engine("sqlite://", creator=_opener(self._file, writing=writing), poolclass=sa.NullPool)
        try:
            # texts of a database without an encoding are taken to be UTF-8 too
            options = {"connect_timeout": PATIENCE, "client_encoding": "UTF8"}
            return sa.create_engine(self._url, poolclass=sa.NullPool, hide_parameters=True, connect_args=options)
        except ModuleNotFoundError as error:
            missing = error.name
        how = how_to_install("postgresql", "plugins/aava-rules-sql")
        raise AdapterError(f"{self.name}: PostgreSQL needs {missing}: {how}")

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees the database as it is at its first query, and can change nothing.

        Raises:
            AdapterError: the database cannot be reached, or does not let this user in.
        """
        engine = self.engine()
        connection = attempt(self.name, engine.connect)
        try:
            attempt(self.name, lambda: self._begin(connection))
            yield connection
        finally:
            self.close(connection)
            engine.dispose()

    def close(self, connection: Connection) -> None:
        """Close a ``connection``, undoing what was not committed; a server that is gone is no further error."""
        with suppress(Exception):
            if self.dialect == "sqlite":
                driver: Any = connection.connection.driver_connection
                driver.rollback()
            connection.close()
            return
        with suppress(Exception):
            connection.invalidate()

    def _begin(self, connection: Connection) -> None:
        if self.dialect == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.isolation_level = None  # else the driver begins no transaction for a query
            connection.exec_driver_sql("BEGIN")
            return
        connection.execution_options(**_READ_ONLY)
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
        connection.exec_driver_sql("SET LOCAL DateStyle = ISO")
        # else a query is planned as though only its first rows were wanted: in the order of the primary key, through
        # the whole table for each page of clients
        connection.exec_driver_sql("SET LOCAL cursor_tuple_fraction = 1")


def _is_file(text: str) -> bool:
    return text.lower().endswith((*SQLITE_SUFFIXES, URL_SUFFIX)) and "://" not in text


def _url(text: str, place: str) -> URL:
    """The URL that is written at ``place``, with the driver that this package uses. Raises AdapterError."""
    backend, separator, rest = text.partition("://")
    known = backend.partition("+")[0]
    if not separator or not re.fullmatch(r"[a-z0-9]+(\+[a-z0-9_]+)?", backend):
        # what was written may hold a password, so that it is not shown
        raise AdapterError(f"{place}: is no URL of a database. Write postgresql://user@host/database or a file's path.")
    if known not in _DRIVERS:
        raise AdapterError(f"{place}: {known} is not read. Databases are postgresql and sqlite.")
    try:
        return sa.make_url(f"{_DRIVERS[known] if '+' not in backend else backend}://{rest}")
    except Exception:
        problem = AdapterError(f"{place}: is no URL of a database. Write postgresql://user@host/database.")
    raise problem


def _shown(url: URL) -> str:
    host = url.host or url.query.get("host", "")
    return f"{url.get_backend_name()}://{host if isinstance(host, str) else ''}/{url.database or ''}"


def _opener(file: Path, *, writing: bool) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        address = f"file:{quote(str(file.absolute()))}?mode={'rw' if writing else 'ro'}"
        connection = sqlite3.connect(address, uri=True, timeout=PATIENCE, check_same_thread=False)
        connection.text_factory = _text
        return connection

    return connect


def _text(data: bytes) -> str | bytes:
    """A text of SQLite; the bytes themselves where they are not UTF-8, which no field is."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def read_as_text(cursor: Any) -> None:
    """Let a ``cursor`` of psycopg hand over days, times and arrays as texts, as `cell_reader` reads them."""
    from psycopg.types.string import TextLoader

    for name in ("date", "timestamp", "timestamptz"):
        cursor.adapters.register_loader(name, TextLoader)
    for info in cursor.adapters.types:
        if info.array_oid:
            cursor.adapters.register_loader(info.array_oid, TextLoader)


ROWS_AT_ONCE: Final = 10_000
"""Rows that a server sends at once."""


def stream(connection: Connection, dialect: str, where: str, statement: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a query, some at a time as the server sends them; each part is a list of rows.

    Args:
        connection: the connection; one query at a time is read on it.
        dialect: that of the database.
        where: what the database and the table are called in messages.
        statement: the query.

    Raises:
        AdapterError: the database did not send them all.
    """
    cursor = attempt(where, partial(_opened, connection, dialect, statement))
    try:
        while part := attempt(where, partial(cursor.fetchmany, ROWS_AT_ONCE)):
            yield part
    finally:
        _close(cursor)


def _close(cursor: Any) -> None:
    """Close a cursor. Of a server that went away, the first try finds that out, and the second ends the cursor."""
    for _ in range(2):
        with suppress(Exception):
            cursor.close()
            return


def _opened(connection: Connection, dialect: str, statement: sa.Select[Any]) -> Any:
    """A cursor of the driver: of millions of rows, SQLAlchemy's own takes several times as long."""
    compiled = statement.compile(dialect=connection.dialect)
    values: Any = compiled.construct_params()
    if compiled.positiontup is not None:
        values = tuple(values[name] for name in compiled.positiontup)
    driver: Any = connection.connection.driver_connection
    if dialect == "postgresql":
        cursor = driver.cursor(name="aava_rules")
        read_as_text(cursor)
    else:
        cursor = driver.cursor()
    try:
        cursor.execute(str(compiled), values)
    except BaseException:
        _close(cursor)
        raise
    return cursor


Read = Callable[[Any], Any]


def cell_reader(kind: Any, dialect: str) -> Read | None:
    """What makes a cell of Python of a cell of the driver; None if it is right as it is.

    Args:
        kind: the type of the column in the schema.
        dialect: that of the database. SQLite has no types of days: what stands there is read by the mapping.
    """
    if dialect != "postgresql":
        return None
    if isinstance(kind, sa.ARRAY):
        return ListText(_member_reader(kind.item_type))
    if isinstance(kind, sa.DateTime):
        return None if kind.timezone else time_of
    return day_of if isinstance(kind, sa.Date) else None


def key_reader(kind: Any, dialect: str) -> Read | None:
    """Makes a key of a cell of the driver: PostgreSQL fills keys of the type char up, and compares them without."""
    if dialect != "postgresql" or not isinstance(kind, sa.CHAR):
        return None
    return lambda cell: cell.rstrip(" ") if isinstance(cell, str) else cell


def _member_reader(kind: Any) -> Callable[[str], Any] | None:
    """What makes a member of an array of the text that PostgreSQL writes."""
    if isinstance(kind, sa.Boolean):
        return {"t": True, "f": False}.get
    if isinstance(kind, sa.Integer):
        return int
    if isinstance(kind, sa.Numeric):
        return Decimal
    return cell_reader(kind, "postgresql")


def day_of(text: Any) -> Any:
    """The day of a text as PostgreSQL writes it; the text itself where Python has no such day, as with infinity."""
    try:
        return text if text is None else date.fromisoformat(text)
    except ValueError:
        return text


def time_of(text: Any) -> Any:
    """The time of a text as PostgreSQL writes it if it is a midnight; else the text, for the mapping to read."""
    if text is None or not text.endswith(" 00:00:00"):
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
