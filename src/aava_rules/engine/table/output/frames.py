"""The answers of blocks gathered into data frames."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.engine.table.columns import Code, Column, Ints, unpacked
from aava_rules.engine.table.input.tables import Tables
from aava_rules.engine.table.output.decimals import AMOUNTS, amounts_type, of_column, of_decisions
from aava_rules.engine.table.output.gather import AnswerRows, OutcomeRows, Part, list_number
from aava_rules.engine.table.solve.answers import KNOWN, STATUSES, Answers
from aava_rules.language.values import NONE, UNKNOWN, Interval
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.rulebook.model import WEIGHTS, OutcomeDef

OUTCOME_STATUS: Final = pl.Enum(["unknown", "known", "not_applicable", "conflict"])
FINDING_STATUS: Final = pl.Enum(["unknown", "met", "broken"])
WEIGHT: Final = pl.Enum(WEIGHTS)
LIST: Final = pl.Enum(["", *LIST_OF_ITEM.values()])
_EPOCH: Final = date(1970, 1, 1).toordinal()

_FINDING_NUMBER: Final = np.zeros(len(STATUSES), np.uint8)
for _number, _name in enumerate(FINDING_STATUS.categories):
    _FINDING_NUMBER[STATUSES.index(_name)] = _number


def outcomes_frame(parts: list[Part], tables: Tables, names: Iterable[str], book: CompiledRulebook) -> pl.DataFrame:
    """A row for each client: every outcome's value (null unless it is known) and status.

    Of a set, ``<name>`` has its sure words and ``<name>_possible`` those that it may still gain.

    Args:
        parts: the answers by block.
        tables: the clients.
        names: the outcomes.
        book: the rulebook.
    """
    in_order = not any(part.through_records for part in parts)
    every = in_order and sum(len(part.clients) for part in parts) == tables.size
    clients = None if every else _joined([np.asarray(part.clients, np.uint32) for part in parts], np.uint32)
    columns: list[pl.Series] = [(tables.ids if clients is None else tables.ids.gather(clients)).alias("id")]
    for name in names:
        definition = book.parts.outcomes[name]
        answers = [part.outcomes[name] for part in parts]
        if definition.type == "set":
            both = [_set(answer, sorted(definition.words)) for answer in answers]
            columns.append(_concatenated([sure for sure, _ in both], pl.List(pl.String)).alias(name))
            columns.append(
                _concatenated([possible for _, possible in both], pl.List(pl.String)).alias(f"{name}_possible")
            )
        else:
            dtype = _dtype(definition, answers, book)
            several = [_values(answer, dtype, tables.words.words) for answer in answers]
            columns.append(_concatenated(several, dtype).alias(name))
        columns.append(_concatenated([_statuses(answer) for answer in answers], OUTCOME_STATUS).alias(f"{name}_status"))
    frame = pl.DataFrame(columns)
    # those who were answered one by one come last in their block, and go where they stand in the table
    return frame if in_order or clients is None else frame[np.argsort(clients)]


_DTYPES: Final[dict[str, pl.DataType]] = {
    "boolean": pl.Boolean(), "integer": pl.Int64(), "date": pl.Date(), "choice": pl.String(), "text": pl.String()
}  # fmt: skip


def _dtype(definition: OutcomeDef, answers: list[Answers | OutcomeRows], book: CompiledRulebook) -> pl.DataType:
    if definition.type not in AMOUNTS:
        return _DTYPES[definition.type]
    exact_values = [
        value for answer in answers if isinstance(answer, OutcomeRows) for value in answer.values if _is_exact(value)
    ]
    columns = [answer.value for answer in answers if isinstance(answer, Answers) and answer.value is not None]
    return amounts_type(definition.name, book.parts, columns, exact_values)


def _is_exact(value: Any) -> bool:
    # the value of an outcome that does not apply is None in a decision
    return value is not None and value is not NONE and value is not UNKNOWN and not isinstance(value, Interval)


def _values(answer: Answers | OutcomeRows, dtype: pl.DataType, words: tuple[str, ...]) -> pl.Series:
    """The known values of an outcome, null elsewhere: those of a column, or those of decisions."""
    if isinstance(answer, OutcomeRows):
        sure = (answer.status == KNOWN).tolist()
        exact_values = [
            value if known and _is_exact(value) else None for value, known in zip(answer.values, sure, strict=True)
        ]
        return of_decisions(exact_values, dtype) if dtype.is_numeric() else pl.Series(exact_values, dtype=dtype)
    truths = answer.truths
    if truths is None:
        assert answer.value is not None
        return values(answer.value, answer.status == KNOWN, words, dtype)
    series = pl.Series(unpacked(truths.true, truths.rows))
    return series if truths.all_known else series.set(pl.Series(~truths.known()), None)


def _statuses(answer: Answers | OutcomeRows) -> pl.Series:
    if isinstance(answer, Answers) and answer.truths is not None and answer.truths.all_known:
        return pl.Series([STATUSES[KNOWN]], dtype=OUTCOME_STATUS).new_from_index(0, answer.truths.rows)
    return pl.Series(answer.status).cat.to(OUTCOME_STATUS)


def _set(answer: Answers | OutcomeRows, members: list[str]) -> tuple[pl.Series, pl.Series]:
    """The sure words of a set where it is known, and those that it may still gain."""
    status = answer.status
    if isinstance(answer, Answers):
        value = answer.value
        assert value is not None
        possible = (value.codes() != Code.UNKNOWN) & (status <= KNOWN)
        return _sets(value.low, status == KNOWN, members), _sets(value.high & ~value.low, possible, members)
    sure, more = [], []
    for number, set_value in zip(status.tolist(), answer.values, strict=True):
        low, high = (set_value.low, set_value.high) if isinstance(set_value, Interval) else (set_value, set_value)
        is_listed = isinstance(low, frozenset) and isinstance(high, frozenset) and number <= KNOWN
        sure.append(sorted(low) if is_listed and number == KNOWN else None)
        more.append(sorted(high - low) if is_listed else None)
    return pl.Series(sure, dtype=pl.List(pl.String)), pl.Series(more, dtype=pl.List(pl.String))


def _concatenated(several: list[pl.Series], dtype: pl.DataType) -> pl.Series:
    return pl.concat(several) if several else pl.Series([], dtype=dtype)


def _joined(arrays: list[Any], dtype: Any) -> Any:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype)


def joined_columns(kind: str, columns: list[Column]) -> Column:
    """``columns`` of the same term and type ``kind`` below one another, in the finest of their units."""
    scale = max((column.scale for column in columns), default=0)
    columns = [column.rescaled(scale) for column in columns]
    low: Ints = _joined([column.low for column in columns], np.int64)
    exact = all(column.exact for column in columns)
    high: Ints = low if exact else _joined([column.high for column in columns], np.int64)
    code = (
        None
        if all(column.code is None for column in columns)
        else _joined([column.codes() for column in columns], np.uint8)
    )
    return Column(kind, low, high, code, scale)


def values(column: Column, known: NDArray[np.bool_], words: tuple[str, ...], dtype: pl.DataType) -> pl.Series:
    """The known values of a column as polars has them; null elsewhere.

    Args:
        column: the values.
        known: shape (n,), bool, the rows to show.
        words: the words by their number.
        dtype: the type of the result.
    """
    if column.code is not None:
        known = known & (column.code == Code.PRESENT)
    if isinstance(dtype, pl.Decimal):
        return of_column(column, known, dtype)
    low = np.where(known, column.low, 0)
    if column.type == "boolean":
        series = pl.Series(low.astype(np.bool_))
    elif column.type == "date":
        series = pl.Series((low - _EPOCH).astype(np.int32)).cast(pl.Date)
    elif column.type in ("choice", "text"):
        series = pl.Series(words, dtype=pl.String).gather(low) if words else pl.Series(low, dtype=pl.String)
    else:
        series = pl.Series(low)
    return series if known.all() else series.set(~pl.Series(known), None)


def _sets(masks: Ints, known: NDArray[np.bool_], words: list[str]) -> pl.Series:
    kinds, which = np.unique(np.where(known, masks, -1), return_inverse=True)
    lists = [
        None if kind < 0 else [word for bit, word in enumerate(words) if kind >> bit & 1] for kind in kinds.tolist()
    ]
    return pl.Series(lists, dtype=pl.List(pl.String)).gather(which)


def findings_frame(parts: list[Part], tables: Tables) -> pl.DataFrame:
    """A row for each requirement that applies: of which client and item, and whether it is met.

    ``parts`` are the answers by block, ``tables`` the clients.
    """
    entries = [entry for part in parts for entry in part.findings]
    status = _FINDING_NUMBER[_joined([entry.status for entry in entries], np.uint8)]
    return pl.DataFrame(
        [
            *_places(entries, tables, "requirement"),
            pl.Series("status", status).cat.to(FINDING_STATUS),
            pl.Series("weight", _joined([entry.weights for entry in entries], np.uint8)).cat.to(WEIGHT),
        ]
    )


def steps_frame(parts: list[Part], tables: Tables) -> pl.DataFrame:
    """A row for each step that is suggested; ``due`` is null where no day is named, or where it is not known.

    ``parts`` are the answers by block, ``tables`` the clients.
    """
    entries = [entry for part in parts for entry in part.steps]
    due = joined_columns("date", [entry.due for entry in entries if entry.due is not None])
    return pl.DataFrame(
        [
            *_places(entries, tables, "step"),
            values(due, np.ones(len(due), np.bool_), (), pl.Date()).alias("due"),
            pl.Series("due_known", due.codes() != Code.UNKNOWN),
            pl.Series("weight", _joined([entry.weights for entry in entries], np.uint8)).cat.to(WEIGHT),
        ]
    )


def _places(entries: list[AnswerRows], tables: Tables, what: str) -> list[pl.Series]:
    """The columns that name the client, the item and the question of each row."""
    names = sorted({entry.name for entry in entries})
    counts = [len(entry.clients) for entry in entries]
    numbers = np.array([names.index(entry.name) for entry in entries], np.uint16)
    lists = np.array([list_number(entry.list_name) for entry in entries], np.uint8)
    named = {entry.list_name for entry in entries if entry.items is not None}
    positions = {name: pl.Series(tables.position_of(name), dtype=pl.UInt32) for name in named}
    ids = {name: tables.ids_of_items(name) for name in named}
    return [
        tables.ids.gather(_joined([entry.clients for entry in entries], np.uint32)).alias("id"),
        pl.Series(what, np.repeat(numbers, counts)).cat.to(pl.Enum(names)),
        pl.Series("list", np.repeat(lists, counts)).cat.to(LIST),
        _of_items(entries, positions, pl.UInt32()).alias("position"),
        _of_items(entries, ids, pl.String()).alias("item"),
    ]


def _of_items(entries: list[AnswerRows], values_by_list: dict[str, pl.Series], dtype: pl.DataType) -> pl.Series:
    """What is known of the items that rows are about; null in rows that are about the client's case."""
    nothing = pl.Series([None], dtype=dtype)
    several = [
        nothing.new_from_index(0, len(entry.clients))
        if entry.items is None
        else values_by_list[entry.list_name].gather(entry.items)
        for entry in entries
    ]
    return pl.concat(several) if several else nothing.clear()
