"""The rows of a query of PostgreSQL as columns of texts: the server copies them out, and polars parts them.

Of a large register this takes a fraction of the time of rows of Python, most cells of which say what others say.
What a text means is what the driver would have made of it, and is asked once for each distinct one.
"""

from __future__ import annotations

import re
import selectors
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aava_rules.mapping import NOT_FOUND
from aava_rules_sql.database import Read, read_as_text
from aava_rules_sql.problems import attempt
from aava_rules_sql.queries import Query

_NULL: Final = "\\N"
"""NULL; a text that says so has its backslash doubled."""
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_END: Final = "1"
"""The last cell of each row, so that no row is an empty line, which would be left out."""


def copies(dialect: str) -> bool:
    """Whether rows can be copied out of a database of this ``dialect``, and what parts them is installed."""
    return dialect == "postgresql" and find_spec("polars") is not None and find_spec("numpy") is not None


class CopiedRows:
    """The rows of a query.

    Attributes:
        size: how many there are.
        parts: the cells by name: a Series of polars, of texts, or a list where a lookup gives them.
        readers: what makes cells of Python of those texts, by name, where they are not that already.
    """

    def __init__(self, connection: Connection, where: str, query: Query, statement: sa.Select[Any]) -> None:
        """Read the rows of ``statement``, which is ``query`` within a range.

        Args:
            connection: the connection; one query at a time is read on it.
            where: what the database and the table are called in messages.
            query: what the columns are.
            statement: what is read.

        Raises:
            AdapterError: the database did not send them all.
        """
        loaders = attempt(where, partial(_loaders, connection, statement))
        frame = attempt(where, partial(_frame, connection, statement, len(loaders)))
        self.size: int = frame.height
        self._owners = frame.to_series(0)
        self._key = _in_turn(loaders[0], query.key)
        self.parts: dict[str, Any] = {}
        self.readers: dict[str, Read] = {}
        for name, at, read in query.columns:
            self._take(name, frame.to_series(at), _in_turn(loaders[at], read))
        for name, at, there, read in query.found:
            pairs = zip(frame.to_series(at).to_list(), frame.to_series(there).to_list(), strict=True)
            cells = [cell if is_there == "t" else NOT_FOUND for cell, is_there in pairs]
            self._take(name, cells, _in_turn(loaders[at], read))

    def _take(self, name: str, cells: Any, read: Read | None) -> None:
        self.parts[name] = cells
        if read is not None:
            self.readers[name] = read

    def keys(self) -> list[Any]:
        """The client's key in each row."""
        return _read(self._key, self._owners.to_list())

    def owners(self, numbers: Mapping[Any, int], stranger: int) -> tuple[Any, bool]:
        """The number of each row's client, and whether any of them is negative.

        Args:
            numbers: the numbers by key.
            stranger: the number of clients who are not among them.

        Returns: an array of shape (size,), int64; and whether one is negative.
        """
        import polars as pl

        texts = self._owners.unique()
        of_texts = [numbers.get(key, stranger) for key in _read(self._key, texts.to_list())]
        by_text = pl.Series(of_texts, dtype=pl.Int64)
        if not self.size:
            return by_text.to_numpy(), False
        owners = self._owners.replace_strict(texts, by_text, return_dtype=pl.Int64).to_numpy()
        return owners, min(of_texts) < 0

    def keep(self, numbers: list[int]) -> None:
        """Keep the cells of the rows ``numbers`` and no others; keys and owners stay as they are."""
        self.parts = {name: picked(cells, numbers) for name, cells in self.parts.items()}


def picked(cells: Any, numbers: list[int]) -> Any:
    """Those of ``cells``, a list or a Series, that have the ``numbers``."""
    return [cells[number] for number in numbers] if isinstance(cells, list) else cells.gather(numbers)


def _read(read: Read | None, cells: list[Any]) -> list[Any]:
    return cells if read is None else list(map(read, cells))


def _in_turn(first: Read | None, second: Read | None) -> Read | None:
    """What reads with ``first``, and then with ``second``; None if both are None."""
    if first is None or second is None:
        return first or second
    return lambda cell: second(first(cell))


def _compiled(connection: Connection, statement: sa.Select[Any]) -> tuple[str, Any]:
    compiled = statement.compile(dialect=connection.dialect)
    return str(compiled), compiled.construct_params()


def _loaders(connection: Connection, statement: sa.Select[Any]) -> list[Read | None]:
    """What the driver makes of the text of each column; None of those that stay texts."""
    from psycopg.adapt import Transformer
    from psycopg.postgres import types
    from psycopg.pq import Format
    from psycopg.types.string import TextLoader

    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        read_as_text(cursor)
        cursor.execute(*_compiled(connection, statement.limit(0)))
        transformer = Transformer(cursor)
        loaders = [transformer.get_loader(column.type_code, Format.TEXT) for column in cursor.description]
        # the driver has quicker ones of the same meaning
        texts = (TextLoader, type(transformer.get_loader(types["text"].oid, Format.TEXT)))
    return [None if isinstance(loader, texts) else _of_text(loader.load) for loader in loaders]


def _of_text(load: Callable[[bytes], Any]) -> Read:
    return lambda cell: None if cell is None else load(cell.encode())


def _frame(connection: Connection, statement: sa.Select[Any], columns: int) -> Any:
    """The rows as a frame of texts."""
    import polars as pl

    data = _copied(connection, statement.add_columns(sa.literal_column(_END)))
    schema = {str(number): pl.String for number in range(columns + 1)}
    if not data:
        return pl.DataFrame(schema=schema)
    frame = pl.read_csv(
        data, has_header=False, separator="\t", quote_char=None, null_values=_NULL, empty_string_is_null=False,
        schema=schema,
    )  # fmt: skip
    null = _NULL.encode()
    return frame if data.count(b"\\") == data.count(null) else frame.with_columns(map(_plain, frame))


def _copied(connection: Connection, statement: sa.Select[Any]) -> bytes:
    """What the server writes of a query."""
    from psycopg import ClientCursor, errors, pq

    driver: Any = connection.connection.driver_connection
    query = ClientCursor(driver).mogrify(*_compiled(connection, statement))
    server = server_of(driver)
    begun = server.exec_(f"copy ({query}) to stdout (format text, encoding 'UTF8')".encode(driver.info.encoding))
    if begun.status != pq.ExecStatus.COPY_OUT:
        raise errors.error_from_result(begun, driver.info.encoding)
    data = bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(server.socket, selectors.EVENT_READ)
        while True:
            # the driver's own way takes several times as long, since it comes back for each row
            size, row = server.get_copy_data(1)
            if size > 0:
                data += row
            elif size == 0:
                waiting.select()
                server.consume_input()
            else:
                break
    while (ended := server.get_result()) is not None:
        if ended.status != pq.ExecStatus.COMMAND_OK:
            raise errors.error_from_result(ended, driver.info.encoding)
    return bytes(data)


def server_of(driver: Any) -> Any:
    """What libpq knows of a connection of the driver."""
    return driver.pgconn


def _plain(cells: Any) -> Any:
    """A column of texts without the escapes of the server."""
    if not cells.str.contains("\\", literal=True).any():
        return cells
    import polars as pl

    texts = [cell if cell is None or "\\" not in cell else _unescaped(cell) for cell in cells.to_list()]
    return pl.Series(cells.name, texts, dtype=pl.String)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text)


def lists_of(cells: Mapping[str, Sequence[Any]], names: list[str]) -> dict[str, Sequence[Any]]:
    """The columns ``names`` of ``cells``, as lists of Python, whose members are quickly taken one by one."""
    listed = {}
    for name in names:
        column: Any = cells[name]
        listed[name] = column if isinstance(column, list) else column.to_list()
    return listed
