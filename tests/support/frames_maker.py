"""Random tables, right and wrong ones, and what is in a block as plain values."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

import aava_rules
from aava_rules.decision.service import Rulebook
from aava_rules.engine.table.block import Block
from aava_rules.engine.table.columns import Code, Column
from aava_rules.engine.table.input.schema import ColumnSpec, client_specs, item_specs
from aava_rules.language.values import NONE, UNKNOWN
from aava_rules.record.fields import lists
from aava_rules.testing import RecordMaker, random_rulebook


@lru_cache(maxsize=8)
def book(name: str = "aava") -> Rulebook:
    return aava_rules.load(name)


@lru_cache(maxsize=64)
def random_book(seed: int) -> Rulebook:
    return random_rulebook(seed).load()


@lru_cache(maxsize=64)
def maker_of(rulebook: Rulebook) -> RecordMaker:
    return RecordMaker(rulebook)


def value_text(block: Block, column: Column, row: int, words: tuple[str, ...] = ()) -> Any:
    """The value of a row as facts have it, words and sets by their names."""
    if column.type not in ("choice", "text", "set"):
        return column.value(row)
    code = column.codes()[row]
    if code in (Code.UNKNOWN, Code.ABSENT):
        return UNKNOWN if code == Code.UNKNOWN else NONE
    assert column.low[row] == column.high[row]
    if column.type == "set":
        return frozenset(word for bit, word in enumerate(sorted(words)) if column.low[row] >> bit & 1)
    return block.words.word(int(column.low[row]))


TEXTS = [
    "",
    "a",
    "Åbo",
    "x" * 200,
    "x" * 201,
    "ä" * 200,
    "\u200b",
    "a\x00",
    "so\u00adft",
    "日本",
    " ",
    "a\nb",
    "\u024f",
    "\u0378",
]
DAYS = [
    date(1, 1, 1),
    date(1899, 12, 31),
    date(1900, 1, 1),
    date(2014, 5, 5),
    date(2200, 12, 31),
    date(2201, 1, 1),
    date(9999, 12, 31),
]
DAY_TEXTS = [
    "2014-05-05",
    "2014-5-5",
    "20140505",
    "2014-02-30",
    "2012-02-29",
    "1899-12-31",
    "2201-01-01",
    "",
    "x",
    " 2014-05-05",
    "2014-05-05 ",
    "２０１４-05-05",
    "+014-05-05",
]
COUNTS = [-1, 0, 1, 3, 7, 8, 24, 25, 1200, 1201, 100_000, 100_001, 10**9, 10**9 + 1, 10**12 + 1, 2**63 - 1]
FLOATS = [
    float("nan"),
    float("inf"),
    -0.5,
    0.0,
    1.0,
    1.5,
    7.1,
    24.0,
    24.0001,
    0.123456,
    1e-13,
    1e9,
    1e9 + 0.5,
    1e300,
    1 / 3,
]
DECIMALS = [
    Decimal(text) for text in ("-1", "0", "7.5", "7.123456", "24", "24.000001", "1000000000", "1000000000.5", "54.00")
]
MONEY = ["54.00", "54", "-3.1", "1.12345", "x", "", "1e3", "999999999999.9999", "1000000000000", "5٤.00", "54.00\n"]


class FramesMaker:
    """Makes tables of clients and items of which many cells are wrong."""

    def __init__(self, random: Random, rulebook: Rulebook, wrong: float) -> None:
        self.random, self.rulebook, self.wrong = random, rulebook, wrong

    def tables(self, clients: int) -> dict[str, pl.DataFrame]:
        random, parts = self.random, self.rulebook._parts
        ids = [f"c{number}" for number in range(clients)]
        names = client_specs(parts)
        wanted = ["facts_on", "birth_date", "municipality", "language", "protected", "complete"]
        wanted += [f"{name}{end}" for name in lists() for end in ("_known", "_complete_from")]
        facts = sorted({name for name, (key, _) in names.items() if key.startswith("facts.") and "." not in name})
        chosen = [name for name in wanted if random.random() < 0.5] + random.sample(facts, 12)
        frames = {"clients": pl.DataFrame([pl.Series("id", ids), *self._columns(chosen, names, clients)])}
        for name in lists():
            if random.random() < 0.3:
                continue
            specs = {key: (key, spec) for key, spec in item_specs(name, parts).items()}
            rows = random.randrange(clients * 2)
            owners = [random.choice(ids) for _ in range(rows)]
            if random.random() < 0.5:
                owners.sort(key=ids.index)
            fields = [key for key in specs if random.random() < 0.7]
            frames[name] = pl.DataFrame(
                [pl.Series("client", owners, dtype=pl.String), *self._columns(fields, specs, rows)]
            )
        for name in lists():
            if f"{name}_known" in frames["clients"].columns and name not in frames:
                frames["clients"] = frames["clients"].drop(f"{name}_known")
        return frames

    def _columns(self, names: list[str], specs: dict[str, tuple[str, ColumnSpec]], rows: int) -> list[pl.Series]:
        return [self.column(name, specs[name][1], rows).alias(name) for name in names]

    def column(self, name: str, spec: ColumnSpec, rows: int) -> pl.Series:
        random = self.random
        right, wrong, dtype = self._values(name, spec)
        values = []
        for _ in range(rows):
            pool = wrong if random.random() < self.wrong else right
            values.append(None if random.random() < 0.3 else random.choice(pool))
        return pl.Series(name, values, dtype=dtype, strict=True)

    def _values(self, name: str, spec: ColumnSpec) -> tuple[list[Any], list[Any], Any]:
        random = self.random
        day = date(2014, 5, 5) + timedelta(days=random.randrange(9))
        if spec.type == "boolean":
            return [True, False], [True], pl.Boolean
        if spec.type == "integer":
            if random.random() < 0.3:
                return [1.0, 2.0, 3.0], FLOATS, pl.Float64
            if random.random() < 0.2:
                return [Decimal(1), Decimal(3)], DECIMALS, pl.Decimal(38, 6)
            return [1, 2, 3], COUNTS, pl.Int64
        if spec.type == "decimal":
            return random.choice(
                [
                    ([1, 2], COUNTS, pl.Int64),
                    ([0.5, 2.0], FLOATS, pl.Float64),
                    ([Decimal("7.5")], DECIMALS, pl.Decimal(38, 6)),
                    ([Decimal("7.50")], DECIMALS[:3], pl.Decimal(10, 2)),
                ]
            )
        if spec.type == "money":
            return random.choice(
                [(["54.00", "3"], MONEY, pl.String), ([Decimal("54.00")], DECIMALS, pl.Decimal(38, 6))]
            )
        if spec.type == "date":
            return random.choice([([day, date(2014, 6, 1)], DAYS, pl.Date), (["2014-05-06"], DAY_TEXTS, pl.String)])
        if spec.type == "choice":
            return list(spec.words), [*TEXTS, *spec.words[:1], "nope"], random.choice([pl.String, pl.Categorical])
        if spec.type == "text":
            return ["a", "Hartola", "Åbo"], TEXTS, pl.String
        if spec.type == "dates":
            lists_of = [[], [day], [day, day - timedelta(days=3), day]]
            bad = [[text] for text in DAYS] + [[None], [day, None]]
            if random.random() < 0.5:
                return lists_of, bad, pl.List(pl.Date)
            texts = [["2014-05-06"], []]
            return texts, [[text] for text in DAY_TEXTS] + [[None, "2014-05-06"]], pl.List(pl.String)
        words = list(spec.words) if spec.words else ["periods.decision_on", "benefits.days", "plans.options"]
        sets = [[], random.sample(words, min(2, len(words))), [words[0], words[0]]]
        return sets, [["nope"], [None], [words[0], ""], [words[0]] * 1001], pl.List(pl.String)


def as_csv(frame: pl.DataFrame, path: Path) -> Path:
    """The table as CSV: lists with ``;`` between their parts, and ``;`` alone for an empty one."""
    columns = []
    for series in frame.get_columns():
        if isinstance(series.dtype, pl.List):
            values = [
                None if value is None else ";".join(str(part) for part in value) or ";" for value in series.to_list()
            ]
            series = pl.Series(series.name, values, dtype=pl.String)
        columns.append(series)
    pl.DataFrame(columns).write_csv(path)
    return path
