"""The columns of tables: what they may be called, what they hold, and the faults of a whole table.

Tables of clients and items are opened here too, as polars data frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import polars as pl

from aava_rules.engine.table.input.json_lines import SUFFIXES, JsonTable, column_of, json_table
from aava_rules.language.errors import AdapterError, Fault, RecordError, nearest
from aava_rules.record.facts import is_name
from aava_rules.record.fields import client_fields, lists
from aava_rules.record.items import MODELS
from aava_rules.rulebook.model import FactDef, OutcomeDef, Parts
from aava_rules.rulebook.titles import hint_of, titles_of_facts, titles_of_fields


class ArrowStream(Protocol):
    """A table of Arrow: whatever offers Arrow's C stream interface, such as a table of pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The capsule of the stream."""


Source = pl.DataFrame | pl.LazyFrame | ArrowStream | str | Path
"""A table as `Rulebook.decide_table` takes it: a data frame, a table of Arrow, or the path of a file."""


def opened(name: str, source: Source) -> tuple[pl.DataFrame, bool]:
    """The data frame of the table ``source``, and whether all its cells are texts, as those of CSV are.

    ``name`` is what the table is called in errors. Raises AdapterError, without contents, if it cannot be read, and
    TypeError if it is no table.
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
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # a panic of polars is no Exception; and its message may quote a cell, so it is dropped
        reason = type(error).__name__
    raise AdapterError(f"{name}: the table cannot be read ({reason}).")


def _csv(path: Path) -> pl.DataFrame:
    """The cells as texts, empty ones null whether quoted or not, without the lines of which every cell is blank."""
    frame = pl.read_csv(path, infer_schema=False, glob=False)
    is_blank = pl.all_horizontal(pl.all().fill_null("").str.strip_chars() == "")
    return frame.filter(~is_blank).with_columns(pl.all().replace({"": None}))


def _parquet(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False)


_READERS: Final[dict[str, Callable[[Path], pl.DataFrame]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".arrow": pl.read_ipc,
    ".ipc": pl.read_ipc,
    ".feather": pl.read_ipc,
}


def _file(name: str, path: Path) -> tuple[pl.DataFrame, bool]:
    suffix = path.suffix.lower()
    read = _READERS.get(suffix)
    if read is None:
        raise AdapterError(f"{name}: {path} is no file of a table. Known are {', '.join((*_READERS, *SUFFIXES))}.")
    _require(name, path)
    try:
        return read(path), suffix == ".csv"
    except pl.exceptions.NoDataError:
        reason = "it is empty; a table without rows still has its first line"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic of polars is no Exception
        reason = _REASONS.get(suffix, f"it is no {suffix[1:]} file, or a damaged one")
        reason = (error.strerror or reason) if isinstance(error, OSError) else reason
    raise AdapterError(f"{name}: {path} cannot be read: {reason}.")


_REASONS: Final[dict[str, Any]] = {
    ".csv": "it is not UTF-8, or a line has more cells than the first one",
}


def _require(name: str, path: Path) -> None:
    if not path.is_file():
        raise AdapterError(f"{name}: {path}: there is no such file.")


def _json_lines(name: str, source: Source) -> JsonTable | None:
    """The table ``source`` if it is a file of JSON Lines."""
    if not isinstance(source, (str, Path)) or Path(source).suffix.lower() not in SUFFIXES:
        return None
    _require(name, Path(source))
    return json_table(name, Path(source))


UNKNOWN_COLUMN: Final = "AR130"
WRONG_TYPE: Final = "AR131"
MISSING: Final = "AR132"
TWICE: Final = "AR133"

TABLE_CODES: Final = {
    UNKNOWN_COLUMN: "a column that does not exist here",
    WRONG_TYPE: "a column of the wrong type",
    MISSING: "a column or table that must be given is missing",
    TWICE: "two columns give the same fact",
}
"""The codes of what is wrong with a whole table. Those of single rows are in `validity`."""

_GIVEN_TYPES = ("boolean", "integer", "decimal", "money", "date", "choice", "text", "set")


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """What a column holds.

    Attributes:
        type: a type of the vocabulary.
        words: the words that may be in it.
        low, high: the least and greatest number that a record may have; None: any.
    """

    type: str
    words: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None


@dataclass(slots=True, eq=False)
class TypedTable:
    """A table whose columns are all known and of right types.

    Attributes:
        frame: its columns are called as the parts of a record: ``id``, ``client.birth_date``, ``facts.age``,
            ``facts.age.at_least``, ``known.benefits``, ``from.benefits``, ``complete``; those of items as their fields.
        specs: what each column holds.
        text: whether every cell is a text, as in CSV.
        others: by row and column, the cells that the column does not hold and has null for, as JSON has them.
        wrong: by row, the faults of lines of JSON that are no row of cells.
    """

    frame: pl.DataFrame
    specs: dict[str, ColumnSpec]
    text: bool
    others: dict[int, dict[str, Any]] = field(default_factory=dict)
    wrong: dict[int, tuple[Fault, ...]] = field(default_factory=dict)


TRUTHS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
"""How true and false are written in CSV, by those who write such files."""
_TEXT: Final = ColumnSpec("text")
_DATE: Final = ColumnSpec("date")
_BOOLEAN: Final = ColumnSpec("boolean")
_COUNT: Final = ColumnSpec("integer", (), 0, 10**9)
CLIENT_ROW: Final = "client_row"
"""The column of items that names their client by its row, from 0, instead of by its id."""


@lru_cache(maxsize=1)
def _bounds() -> dict[tuple[str, str], tuple[int | None, int | None]]:
    """The bounds of the numbers in items, by list and field, as the record's models have them."""
    bounds: dict[tuple[str, str], tuple[int | None, int | None]] = {}
    for name, model in MODELS.items():
        for key, shape in model.model_json_schema()["properties"].items():
            kinds = [shape, *shape.get("anyOf", ())]
            numbers = [kind for kind in kinds if "minimum" in kind or "maximum" in kind]
            if numbers:
                bounds[name, key] = (numbers[0].get("minimum"), numbers[0].get("maximum"))
    return bounds


def item_specs(list_name: str, parts: Parts) -> dict[str, ColumnSpec]:
    """The columns that a table of items of ``list_name`` may have in the rulebook ``parts``, besides that of the
    client.
    """
    specs = {"id": _TEXT}
    for name, info in lists()[list_name].fields.items():
        words = info.words
        if name == "step":
            words = (*words, *sorted(set(parts.steps) - set(words)))
        specs[name] = ColumnSpec(info.type, words, *_bounds().get((list_name, name), (None, None)))
    return specs


def fact_specs(parts: Parts) -> dict[str, ColumnSpec]:
    """What each fact or outcome of the rulebook ``parts`` holds that may be ready-made."""
    specs: dict[str, ColumnSpec] = {}
    of_items = {name for name, definition in parts.facts.items() if definition.item}
    definitions: list[FactDef | OutcomeDef] = [*parts.outcomes.values(), *parts.facts.values()]
    for definition in definitions:
        name = definition.name
        if name in of_items or definition.type not in _GIVEN_TYPES or not is_name(name):
            continue
        low = {"integer": 0, "decimal": 0, "money": -(10**9)}.get(definition.type)
        specs[name] = ColumnSpec(definition.type, definition.words, low, None if low is None else 10**9)
    return specs


def client_specs(parts: Parts) -> dict[str, tuple[str, ColumnSpec]]:
    """The columns that the table of clients may have in the rulebook ``parts``: by name, what it means and what it
    holds.
    """
    columns: dict[str, tuple[str, ColumnSpec]] = {"id": ("id", _TEXT)}
    for name, info in client_fields().items():
        columns[name] = (f"client.{name}", ColumnSpec(info.type, info.words))
    columns["facts_on"] = ("facts_on", _DATE)
    for name in lists():
        columns[f"{name}_known"] = (f"known.{name}", _BOOLEAN)
        columns[f"{name}_complete_from"] = (f"from.{name}", _DATE)
    columns["complete"] = ("complete", ColumnSpec("texts"))
    facts = fact_specs(parts)
    for name, spec in facts.items():
        columns[f"facts.{name}"] = (f"facts.{name}", spec)
        columns.setdefault(name, (f"facts.{name}", spec))
    for name, spec in facts.items():
        if spec.type == "integer":
            for side in ("at_least", "at_most"):
                columns[f"facts.{name}.{side}"] = (f"facts.{name}.{side}", _COUNT)
                columns.setdefault(f"{name}_{side}", (f"facts.{name}.{side}", _COUNT))
    return columns


def short_names(parts: Parts) -> dict[str, str]:
    """The shortest name of each column of clients in the rulebook ``parts``.

    Such as ``age_at_least`` for ``facts.age.at_least``, unless another column is called so.
    """
    shortest: dict[str, str] = {}
    for name, (key, _) in client_specs(parts).items():
        if len(name) < len(shortest.get(key, name + " ")):
            shortest[key] = name
    return shortest


def read_tables(tables: Mapping[str, Source | None], parts: Parts) -> dict[str, TypedTable]:
    """The tables ``tables`` by name, with columns as the rulebook ``parts`` has them.

    Raises RecordError with every fault of a table as a whole, TypeError for a name that is none or without ``clients``,
    and AdapterError for a table that cannot be read.
    """
    known = ("clients", *lists())
    faults: list[Fault] = []
    for name in tables:
        if name not in known:
            raise TypeError(f"There is no table {str(name)[:40]!r}. {nearest(str(name), known)}".strip())
    if tables.get("clients") is None:
        raise TypeError("The table clients must be given: a row for each client, with its id.")
    typed_tables: dict[str, TypedTable] = {}
    for name in known:
        source = tables.get(name)
        if source is None:
            continue
        json_lines = _json_lines(name, source)
        frame, text = (json_lines, False) if json_lines is not None else opened(name, source)
        if name == "clients":
            names = client_specs(parts)
        else:
            names = {key: (key, spec) for key, spec in item_specs(name, parts).items()}
            names["client"] = ("client", _TEXT)
            names[CLIENT_ROW] = (CLIENT_ROW, _COUNT)
        typed_tables[name] = _read(name, frame, text, names, faults, bool(parts.layers), _titles(name, parts))
    if faults:
        raise RecordError("tables", faults)
    return typed_tables


def _read(
    table: str, source: pl.DataFrame | JsonTable, text: bool, names: Mapping[str, tuple[str, ColumnSpec]],
    faults: list[Fault], named: bool, titles: Mapping[str, Mapping[str, str]],
) -> TypedTable:  # fmt: skip
    """The table ``source`` called ``table``.

    ``named`` says whether a rulebook has given its facts their names; ``titles`` are what it calls its columns.
    """
    columns: dict[str, pl.Series] = {}
    specs: dict[str, ColumnSpec] = {}
    called: dict[str, str] = {}
    others: dict[int, dict[str, Any]] = {}
    is_json = isinstance(source, JsonTable)
    # the rows of nested items name their client in a column that the source does not have
    before = int(list(source.columns)[:1] == [CLIENT_ROW])
    for number, name in enumerate(source.columns, 1 - before):
        if name not in names:
            faults.append(_unknown(f"{table} column {number}", name, names, titles))
            continue
        key, spec = names[name]
        place = f"{table}.{name}" if named or not key.startswith("facts.") else f"{table} column {number}"
        if key in called:
            hint = f"It is given as {called[key]} too. Keep one of the two." if named else "Keep one of the two."
            faults.append(Fault(place, TWICE, "gives what another column gives", hint=hint))
            continue
        called[key] = name
        if isinstance(source, JsonTable):
            series, not_held = column_of(source.columns[name], spec.type)
            for row, value in not_held.items():
                others.setdefault(row, {})[key] = value
        else:
            series = source[name]
        if not text and not is_json and (wanted := _unfit(series.dtype, spec.type)):
            what = f"holds {type_name(series.dtype)}"
            faults.append(Fault(place, WRONG_TYPE, what, f"It must hold {wanted}."))
            continue
        specs[key] = spec
        columns[key] = _plain(series, spec.type).alias(key)
    keys = {"clients": ("id",)}.get(table, ("client", CLIENT_ROW))
    key_columns = [key for key in keys if key in called]
    if not key_columns:
        hint = "Give each row the client's id." if table != "clients" else "Give each client a key of your own."
        faults.append(Fault(f"{table}.{keys[0]}", MISSING, "is missing", hint=hint))
    if len(key_columns) > 1:
        faults.append(Fault(f"{table}.{CLIENT_ROW}", TWICE, "stands beside client", hint="Keep one of the two."))
    wrong = source.wrong if isinstance(source, JsonTable) else {}
    return TypedTable(pl.DataFrame(list(columns.values())), specs, text, others, wrong)


def type_name(dtype: Any) -> str:
    """What the type ``dtype`` is called, without the categories and fields that it may list."""
    inner = f" of {type_name(dtype.inner)}" if isinstance(dtype, (pl.List, pl.Array)) else ""
    return f"{dtype.base_type().__name__}{inner}"


def _titles(table: str, parts: Parts) -> dict[str, Mapping[str, str]]:
    """What the rulebook ``parts`` calls the columns of a table, by their names."""
    if table != "clients":
        return titles_of_fields(table, parts)
    return titles_of_fields("client", parts) | titles_of_facts(parts)


def _unknown(place: str, name: str, names: Iterable[str], titles: Mapping[str, Mapping[str, str]]) -> Fault:
    # The heading is not repeated: where a file has none, the values of its first client are taken for it.
    short = [key for key in names if "." not in key or name.startswith("facts.")]
    plain = all(is_name(part) for part in name.split("."))
    hint = hint_of(name, titles) or (nearest(name, short) if plain else "")
    rest = "The columns are those of the record and the facts of the rulebook."
    return Fault(place, UNKNOWN_COLUMN, "is an unknown column", hint=hint or rest)


def _is_text(kind: Any) -> bool:
    return bool(kind == pl.String) or isinstance(kind, (pl.Categorical, pl.Enum))


def _unfit(dtype: Any, kind: str) -> str:
    """What a column of this kind must hold, if it is not what it holds."""
    if dtype == pl.Null:
        return ""
    if kind in ("set", "dates", "texts"):
        wanted = "lists of days" if kind == "dates" else "lists of texts"
        if not isinstance(dtype, (pl.List, pl.Array)):
            return wanted
        inner = dtype.inner
        return "" if inner == pl.Null or _is_text(inner) or (kind == "dates" and inner == pl.Date) else wanted
    if kind == "boolean":
        return "" if dtype == pl.Boolean else "true and false"
    if kind in ("integer", "decimal"):
        return "" if dtype.is_numeric() else "numbers"
    if kind == "money":
        return "" if _is_text(dtype) or dtype.is_numeric() else 'amounts: numbers, or texts such as "54.00"'
    if kind == "date":
        return "" if dtype == pl.Date or _is_text(dtype) else "days without times"
    return "" if _is_text(dtype) else "texts"


_FIRST: Final = (date.min - date(1970, 1, 1)).days
_LAST: Final = (date.max - date(1970, 1, 1)).days


def _plain(series: pl.Series, kind: str) -> pl.Series:
    """The same column in one of few types, so that what reads it needs to know no others."""
    dtype = series.dtype
    if dtype == pl.Null:
        return series.cast(_EMPTY[kind])
    if isinstance(dtype, pl.Array):
        series = series.cast(pl.List(dtype.inner))
        dtype = series.dtype
    if isinstance(dtype, pl.List):
        inner = dtype.inner
        if inner == pl.Date:
            return series if _in_calendar(series.explode()) else series.list.eval(_held(pl.element()))
        return series if inner == pl.String else series.cast(pl.List(pl.String))
    if dtype in (pl.Float32, pl.Float16):
        return series.cast(pl.String).cast(pl.Float64)  # a float counts as what it is printed as
    if dtype == pl.Date and not _in_calendar(series):
        return series.to_frame().select(_held(pl.col(series.name))).to_series()
    return series.cast(pl.String) if _is_text(dtype) and kind in ("text", "money", "date") else series


def _in_calendar(days: pl.Series) -> bool:
    physical = days.to_physical()
    low, high = physical.min(), physical.max()
    return low is None or (int(low) >= _FIRST and int(high) <= _LAST)  # type: ignore[arg-type]


def _held(days: pl.Expr) -> pl.Expr:
    """Days that Python's calendar lacks, held at its ends: they are as wrong there, and can be reported."""
    return days.to_physical().clip(_FIRST, _LAST).cast(pl.Date)


_EMPTY: Final[dict[str, Any]] = {
    "boolean": pl.Boolean,
    "integer": pl.Int64,
    "decimal": pl.Int64,
    "money": pl.String,
    "date": pl.Date,
    "choice": pl.String,
    "text": pl.String,
    "set": pl.List(pl.String),
    "texts": pl.List(pl.String),
    "dates": pl.List(pl.Date),
}
