"""Tables of clients and items as hosts have them, opened as polars data frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import polars as pl

from aava_rules.language.errors import AdapterError


class ArrowStream(Protocol):
    """A table of Arrow: whatever offers Arrow's C stream interface, such as a table of pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The capsule of the stream."""


Source = pl.DataFrame | pl.LazyFrame | ArrowStream | str | Path
"""A table as `Rulebook.decide_table` takes it: a data frame, a table of Arrow, or the path of a file."""


def opened(name: str, source: Source) -> tuple[pl.DataFrame, bool]:
    """The data frame of a table, and whether all its cells are texts, as those of CSV are.

    Raises AdapterError, without contents, if it cannot be read, and TypeError if it is no table.
    """
    if isinstance(source, pl.DataFrame):
        return source, False
    if isinstance(source, (str, Path)):
        return _file(name, Path(source))
    if not isinstance(source, pl.LazyFrame) and not hasattr(source, "__arrow_c_stream__"):
        hint = "Give a data frame of polars, a table of Arrow, or the path of a file."
        raise TypeError(f"{name}: {type(source).__name__} is no table. {hint}")
    try:
        return (source.collect() if isinstance(source, pl.LazyFrame) else pl.DataFrame(source)), False
    except Exception as error:
        # what polars says may quote a cell, so it is dropped
        told = type(error).__name__
    raise AdapterError(f"{name}: the table cannot be read ({told}).")


def _csv(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False, glob=False)


def _ndjson(path: Path) -> pl.DataFrame:
    # types are found out of all rows: with fewer, keys that come later would be dropped
    return pl.read_ndjson(path, infer_schema_length=None)


def _parquet(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False)


_READERS: Final[dict[str, Callable[[Path], pl.DataFrame]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".ndjson": _ndjson,
    ".jsonl": _ndjson,
    ".arrow": pl.read_ipc,
    ".ipc": pl.read_ipc,
    ".feather": pl.read_ipc,
}


def _file(name: str, path: Path) -> tuple[pl.DataFrame, bool]:
    suffix = path.suffix.lower()
    read = _READERS.get(suffix)
    if read is None:
        raise AdapterError(f"{name}: {path} is no file of a table. Known are {', '.join(_READERS)}.")
    if not path.is_file():
        raise AdapterError(f"{name}: {path}: there is no such file.")
    try:
        return read(path), suffix == ".csv"
    except pl.exceptions.NoDataError:
        told = "it is empty; a table without rows still has its first line"
    except Exception as error:
        told = _REASONS.get(suffix, f"it is no {suffix[1:]} file, or a damaged one")
        told = (error.strerror or told) if isinstance(error, OSError) else told
    raise AdapterError(f"{name}: {path} cannot be read: {told}.")


_REASONS: Final[dict[str, Any]] = {
    ".csv": "it is not UTF-8, or a line has more cells than the first one",
    ".ndjson": "a line is not JSON, or a key has values of unlike types",
    ".jsonl": "a line is not JSON, or a key has values of unlike types",
}
