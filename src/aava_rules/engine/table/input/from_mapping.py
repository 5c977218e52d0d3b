"""Rows of another system's tables, as columns of cells, into tables of clients and items, as a mapping says.

What a cell means is worked out once for each distinct one (``aava_rules.mapping.distinct``). A client with a wrong
cell, or with what columns do not tell apart, is left out and named, so that its record is made row by row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.input.from_records import series
from aava_rules.engine.table.input.schema import CLIENT_ROW, ColumnSpec, client_specs, item_specs
from aava_rules.mapping import NOT_FOUND, Child, Column, Columns, ListText, Section, SourceMapping
from aava_rules.mapping.columns import PLAIN_LIST
from aava_rules.mapping.distinct import (
    WRONG,
    Meanings,
    field_meanings,
    filter_meanings,
    item_meanings,
    key_meaning,
    list_member_meanings,
    member_meanings,
)
from aava_rules.mapping.plan import FieldPlan, Filter

MOST_DISTINCT: Final = 500_000
"""Distinct cells of a column whose meanings are kept for the next rows."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Rows of a table: see `aava_rules.mapping.Columns`; ``owners`` has shape (m,), int64."""

    columns: Columns
    rows: int
    owners: Numbers

    @classmethod
    def from_columns(cls, columns: Columns) -> _Rows:
        return cls(columns, columns.rows, np.asarray(columns.owners, np.int64))

    def of(self, name: str) -> Sequence[Any]:
        """The cells of a column."""
        return self.columns.of(name)

    def raw(self, name: str) -> Sequence[Any]:
        """The cells of a column as they are, before its reader."""
        return self.columns.raw(name)

    def where(self, selected: Bools) -> _Rows:
        """The rows of the mask ``selected``, shape (m,)."""
        if selected.all():
            return self
        numbers, owners = np.flatnonzero(selected).tolist(), self.owners[selected]
        cells = {name: _picked(column, numbers) for name, column in self.columns.cells.items()}
        return _Rows(Columns(len(numbers), owners, cells, self.columns.readers), len(numbers), owners)


class MappedTables:
    """Makes the tables of a rulebook of the columns that a mapping reads, batch by batch."""

    def __init__(self, mapping: SourceMapping, vocabulary: Vocabulary) -> None:
        """Args:
        mapping: what the rows of the source mean.
        vocabulary: the facts of the rulebook.
        """
        self._mapping, self._parts = mapping, vocabulary.parts
        self._client_specs = client_specs(vocabulary.parts)
        self._meanings: dict[Any, Meanings] = {}
        self._series: dict[Any, tuple[int, pl.Series]] = {}

    def frames(self, clients_read: Columns, rows_read: Mapping[str, Columns]) -> tuple[dict[str, pl.DataFrame], Bools]:
        """The tables of some clients, and whom they hold.

        Args:
            clients_read: the rows of the clients, each its own owner.
            rows_read: by the names of sections and children, the rows that are theirs.

        Returns: the tables, without the clients that have to be read record by record; and shape (n,), bool, the
            clients that are in them.
        """
        clients = _Rows.from_columns(clients_read)
        rows = {name: _Rows.from_columns(columns) for name, columns in rows_read.items()}
        right = np.ones(clients.rows, np.bool_)
        section = self._mapping.clients
        assert section.key is not None
        keys, wrong = self._keys(clients, section.key, hash=section.key_hashed)
        right[wrong] = False
        right &= np.array([key is not None for key in keys], np.bool_)
        columns = [pl.Series("id", keys, dtype=pl.String)]
        named = [(f"facts.{plan.name}", plan) for group in section.items for plan in group]
        named += [(plan.name, plan) for plan in section.client]
        named += [("facts_on", section.facts_on)] if section.facts_on else []
        for name, plan in named:
            spec = self._client_specs.get(name, ("", ColumnSpec("text")))[1]
            columns.append(self._field(clients, plan, name, spec, right))
        frames: dict[str, pl.DataFrame] = {}
        for list_name in dict.fromkeys(part.list_name for part in self._mapping.all_sections):
            frames[list_name], known = self._list(list_name, clients, rows, right)
            columns += self._about_list(list_name, known)
        if self._mapping.complete:
            complete = pl.Series("complete", [list(self._mapping.complete)])
            columns.append(complete.new_from_index(0, clients.rows))
        frames["clients"] = pl.DataFrame(columns)
        self._forget()
        return _only(frames, right), right

    def _about_list(self, name: str, known: Bools) -> list[pl.Series]:
        columns = [pl.Series(f"{name}_known", known)]
        since = self._mapping.complete_from.get(name)
        if since is not None:
            days = [since if is_known else None for is_known in known]
            columns.append(pl.Series(f"{name}_complete_from", days, dtype=pl.Date))
        return columns

    # -- meanings, kept from batch to batch

    def _meanings_of(self, key: Any, make: Callable[[], Meanings]) -> Meanings:
        if key not in self._meanings:
            self._meanings[key] = make()
        return self._meanings[key]

    def _forget(self) -> None:
        """Forget the meanings of columns with too many distinct cells."""
        for key in [key for key, meanings in self._meanings.items() if len(meanings.by_number) > MOST_DISTINCT]:
            del self._meanings[key]
            self._series.pop(key, None)

    def _gathered(self, key: Any, name: str, spec: ColumnSpec, numbers: Numbers) -> pl.Series:
        """The values that cells mean, by their numbers; null where they are wrong."""
        values = self._meanings[key].by_number
        known = self._series.get(key)
        if known is None or known[0] != len(values):
            known = self._series[key] = len(values), series(name, [*values, None], spec)
        return known[1].gather(np.where(numbers == WRONG, len(values), numbers)).alias(name)

    # -- cells

    def _keys(self, columns: _Rows, column: Column, *, hash: bool) -> tuple[list[str | None], Numbers]:
        """The opaque keys in a column, and the rows in which there are wrong ones."""
        read = key_meaning(self._mapping, column, hash=hash)
        keys: list[str | None] = []
        wrong: list[int] = []
        for number, cell in enumerate(_listed(columns.of(column.alias if column.lookups else column.name))):
            try:
                keys.append(read(cell))
            except Exception:
                keys.append(None)
                wrong.append(number)
        return keys, np.array(wrong, np.int64)

    def _cells(self, columns: _Rows, plan: FieldPlan) -> Sequence[Any]:
        """The cells of a field: those of its column, or the tuples of those of its columns."""
        cells = [self._looked_up(columns, column, plan) for column in plan.columns]
        return cells[0] if len(cells) == 1 else list(zip(*map(_listed, cells), strict=True))

    def _looked_up(self, columns: _Rows, column: Column, plan: FieldPlan) -> Sequence[Any]:
        if not column.lookups:
            return columns.raw(column.name)
        looked_up = columns.raw(column.alias)
        if plan.others_unknown:
            return [None if cell is NOT_FOUND else cell for cell in looked_up]
        text = self._mapping.text
        pairs = zip(looked_up, _listed(columns.of(column.name)), strict=True)
        return [None if cell is NOT_FOUND and not text(key) else cell for cell, key in pairs]

    def _field(self, columns: _Rows, plan: FieldPlan, name: str, spec: ColumnSpec, right: Bools) -> pl.Series:
        """A field of each row. Clients with a wrong cell are taken out of the mask ``right``."""
        if not plan.columns:
            return series(name, [plan.read(None)], spec).new_from_index(0, columns.rows)
        lists = self._lists(columns, plan, name, spec)
        if lists is not None:
            return lists
        key = (id(plan), "field")
        meanings = self._meanings_of(key, lambda: field_meanings(self._mapping, plan, columns.columns))
        numbers = _numbers(meanings, self._cells(columns, plan))
        right[columns.owners[numbers == WRONG]] = False
        return self._gathered(key, name, spec, numbers)

    def _lists(self, columns: _Rows, plan: FieldPlan, name: str, spec: ColumnSpec) -> pl.Series | None:
        """A field of lists that are written as texts, if all of their members are right and known; else None."""
        column = plan.columns[0]
        reader = columns.columns.readers.get(column.name)
        if not plan.many or column.lookups or len(plan.columns) > 1 or not isinstance(reader, ListText):
            return None
        texts = pl.Series(name, columns.raw(column.name), dtype=pl.String)
        if not (texts.is_null() | texts.str.contains(PLAIN_LIST)).all():
            return None
        lists = texts.str.strip_chars("{}").replace("", None).str.split(",")
        words = lists.explode().unique().drop_nulls()
        key = (id(plan), "members")
        meanings = self._meanings_of(key, lambda: list_member_meanings(self._mapping, plan, reader.member))
        numbers = _numbers(meanings, words.to_list())
        if (numbers == WRONG).any():
            return None
        values = self._gathered(key, "member", ColumnSpec("date" if spec.type == "dates" else "choice"), numbers)
        member = pl.element().replace_strict(words, values, return_dtype=values.dtype)
        lists = lists.list.eval(member) if len(words) else lists.cast(pl.List(values.dtype))
        none = pl.Series(name, [[]], dtype=pl.List(values.dtype)).new_from_index(0, len(texts))
        empty = (texts == "{}").fill_null(False)
        return none.zip_with(empty, lists) if empty.any() else lists

    def _counting(self, key: Any, filter: Filter, columns: _Rows, right: Bools) -> Bools:
        """The rows that count. Clients of whom that cannot be told are taken out of the mask ``right``."""
        names = sorted(filter.columns)
        if not names:
            return np.ones(columns.rows, np.bool_)
        meanings = self._meanings_of((key, "filter"), lambda: filter_meanings(self._mapping, filter, names))
        return self._truths(meanings, names, columns, right)

    def _truths(self, meanings: Meanings, names: Sequence[str], columns: _Rows, right: Bools) -> Bools:
        cells = list(zip(*(_listed(columns.of(name)) for name in names), strict=True))
        numbers = _numbers(meanings, cells)
        right[columns.owners[numbers == WRONG]] = False
        truths = np.array([*meanings.by_number, False], np.bool_)
        return truths[np.where(numbers == WRONG, len(meanings.by_number), numbers)]

    # -- lists

    def _list(
        self, list_name: str, clients: _Rows, rows: Mapping[str, _Rows], right: Bools
    ) -> tuple[pl.DataFrame, Bools]:
        """The items of a list, and of which clients it is known: of those who have rows in every section that does
        not say that no rows are none.
        """
        known = np.ones(clients.rows, np.bool_)
        parts: list[pl.DataFrame] = []
        specs = item_specs(list_name, self._parts)
        for section in self._mapping.all_sections:
            if section.list_name == list_name:
                columns = clients if section.own_row else rows[section.name]
                frame = self._section(section, columns, rows, specs, right)
                if not section.no_rows:
                    known[np.setdiff1d(np.arange(clients.rows), frame[CLIENT_ROW].to_numpy())] = False
                parts.append(frame)
        frame = pl.concat(parts, how="diagonal_relaxed") if len(parts) > 1 else parts[0]
        if not known.all():
            frame = frame.filter(pl.Series(known[frame[CLIENT_ROW].to_numpy()]))
        return frame, known

    def _section(
        self, section: Section, columns: _Rows, rows: Mapping[str, _Rows], specs: Mapping[str, ColumnSpec],
        right: Bools,
    ) -> pl.DataFrame:  # fmt: skip
        columns = columns.where(self._counting(section.name, section.filter, columns, right))
        children = {child.name: _Children(self, child, columns, rows[child.name], right) for child in section.children}
        parts = []
        for number, plans in enumerate(section.items):
            fields = [pl.Series(CLIENT_ROW, columns.owners, dtype=pl.UInt32)]
            if section.id:
                keys, wrong = self._keys(columns, section.id[number], hash=section.id_hashed)
                right[columns.owners[wrong]] = False
                fields.append(pl.Series("id", keys, dtype=pl.String))
            for plan in plans:
                if plan.child is None:
                    fields.append(self._field(columns, plan, plan.name, specs[plan.name], right))
                else:
                    fields.append(children[plan.child.name].field(plan, specs[plan.name]))
            frame = pl.DataFrame(fields)
            if len(section.items) > 1:
                frame = frame.with_columns(pl.Series("#", np.arange(columns.rows) * len(section.items) + number))
            if section.own_row or len(section.items) > 1:
                frame = frame.filter(pl.Series(self._there(section, number, plans, columns, right)))
            parts.append(frame)
        return parts[0] if len(parts) == 1 else pl.concat(parts, how="diagonal_relaxed").sort("#").drop("#")

    def _there(self, section: Section, number: int, plans: Sequence[FieldPlan], columns: _Rows, right: Bools) -> Bools:
        """The rows that have an item at all."""
        names = list(dict.fromkeys(column.name for plan in plans for column in plan.columns))
        key = (section.name, number, "item")
        meanings = self._meanings_of(key, lambda: item_meanings(self._mapping, plans, names))
        return self._truths(meanings, names, columns, right)

    def text(self, cells: Iterable[Any]) -> list[str]:
        """The texts by which the keys in ``cells`` are compared; numbers are many, and quickly told."""
        text = self._mapping.text
        return [str(cell) if type(cell) is int else text(cell) for cell in _listed(cells)]


class _Children:
    """The rows of a child, by the item that they belong to."""

    def __init__(self, tables: MappedTables, child: Child, items: _Rows, rows: _Rows, right: Bools) -> None:
        self._tables, self._child, self._right = tables, child, right
        rows = rows.where(tables._counting(child.name, child.filter, rows, right))
        texts = tables.text(items.of(child.parent_key))
        self._has_key = np.array([bool(text) for text in texts], np.bool_)
        keys = list(zip(items.owners.tolist(), texts, strict=True))
        numbers = {key: number for number, key in enumerate(keys)}
        if len(numbers) < len(keys):
            # rows with one key share their children, which is seen row by row
            twice = [key for key, count in Counter(keys).items() if count > 1 and key[1]]
            right[np.array([owner for owner, _ in twice], np.int64)] = False
        wanted = zip(rows.owners.tolist(), tables.text(rows.of(child.item)), strict=True)
        self._item = np.array([numbers.get(key, -1) if key[1] else -1 for key in wanted], np.int64)
        self._rows, self._size, self._owners = rows, items.rows, items.owners

    def field(self, plan: FieldPlan, spec: ColumnSpec) -> pl.Series:
        """A field that has the members that stand in the child's rows, of each item."""
        key = (id(plan), "member")
        mapping, columns = self._tables._mapping, self._rows.columns
        meanings = self._tables._meanings_of(key, lambda: member_meanings(mapping, plan, columns))
        numbers = _numbers(meanings, self._rows.raw(self._child.column))
        mine = self._item >= 0
        self._right[self._rows.owners[(numbers == WRONG) & mine]] = False
        inner = ColumnSpec("date") if spec.type == "dates" else ColumnSpec("choice")
        members = self._tables._gathered(key, "member", inner, numbers)
        frame = pl.DataFrame({"item": self._item, "member": members}).filter(pl.Series(mine))
        lists = frame.group_by("item", maintain_order=True).agg("member", unknown=pl.col("member").is_null().any())
        lists = lists.with_columns(pl.when(~pl.col("unknown")).then("member").alias("member"))
        every = pl.DataFrame({"item": np.arange(self._size), "key": self._has_key})
        joined = every.join(lists, on="item", how="left", maintain_order="left")
        if plan.no_rows:
            none = pl.lit([], dtype=pl.List(inner_type(inner)))
            empty = pl.col("unknown").is_null() & pl.col("key")
            joined = joined.with_columns(pl.when(empty).then(none).otherwise("member").alias("member"))
        if spec.type == "set":
            joined = joined.with_columns(pl.col("member").list.sort())
        return joined["member"].alias(plan.name)


def _listed(cells: Any) -> Any:
    """The ``cells`` of a column so that Python is quick to take them one by one."""
    return cells.to_list() if isinstance(cells, pl.Series) else cells


def _picked(cells: Any, numbers: list[int]) -> Any:
    return cells.gather(numbers) if isinstance(cells, pl.Series) else [cells[number] for number in numbers]


def _numbers(meanings: Meanings, cells: Sequence[Any] | pl.Series) -> Numbers:
    """The number of what each of ``cells`` means: shape (m,), int64."""
    if isinstance(cells, pl.Series):
        if not len(cells):
            return np.zeros(0, np.int64)
        distinct = cells.unique()
        of_distinct = pl.Series(meanings.numbers(distinct.to_list()), dtype=pl.Int64)
        return cells.replace_strict(distinct, of_distinct, return_dtype=pl.Int64).to_numpy()
    try:
        return np.fromiter(map(meanings.__getitem__, cells), np.int64, len(cells))
    except TypeError:  # lists and objects, as JSON has them, are no keys
        return np.array(meanings.numbers(cells), np.int64)


def inner_type(spec: ColumnSpec) -> Any:
    """The type of polars of the members of a list, whose ``spec`` is given."""
    return pl.Date if spec.type == "date" else pl.String


def _only(frames: dict[str, pl.DataFrame], right: Bools) -> dict[str, pl.DataFrame]:
    """The tables of the clients of the mask ``right``, who are numbered anew."""
    if right.all():
        return frames
    numbers = np.cumsum(right) - 1
    selected = {"clients": frames.pop("clients").filter(pl.Series(right))}
    for name, frame in frames.items():
        owners = frame[CLIENT_ROW].to_numpy()
        there = right[owners]
        rows = pl.Series(CLIENT_ROW, numbers[owners[there]], dtype=pl.UInt32)
        selected[name] = frame.filter(pl.Series(there)).with_columns(rows)
    return selected
