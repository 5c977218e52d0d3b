"""Table 2: how cost grows with clients, with rules, and with the benefit rows of a client."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import facts
import numpy as np
import polars as pl
from report import seconds, table
from settings import Settings

import aava_rules

DAY = date(2014, 5, 5)
COPIES = (1, 4, 16, 64)
ROWS = (1, 4, 16, 64)
Timed = tuple[Callable[[], object], int]
"""What is run, and by how many clients its time is divided."""


def measure(settings: Settings, folder: Path) -> None:
    """Print the three parts."""
    _clients(settings)
    _rules(settings, folder)
    _benefit_rows(settings)


def alternate(runs: dict[Any, Timed], rounds: int) -> dict[Any, float]:
    """Median seconds of each run for one client, run in turn."""
    times: dict[Any, list[float]] = {key: [] for key in runs}
    for turn in range(rounds + 1):
        for key, (run, count) in runs.items():
            start = time.perf_counter()
            run()
            if turn:  # the first turn compiles
                times[key].append((time.perf_counter() - start) / count)
    return {key: statistics.median(found) for key, found in times.items()}


# -- clients


def _clients(settings: Settings) -> None:
    book = aava_rules.load("finland")
    runs: dict[Any, Timed] = {}
    for count in settings.growing:
        frame = facts.clients(count, settings.seed)
        runs[count] = (_whole(book, {"clients": frame}, DAY, ["target_group"]), count)
    found = alternate(runs, settings.table_rounds)
    first = found[settings.growing[0]]
    rows = [(f"{count:,}", seconds(one * count), seconds(one), f"{one / first:.2f}×") for count, one in found.items()]
    title = "Table 2a. Clients: decide_table of the target group on ready-made facts, a frame in memory to outcomes"
    print(table(title, ("clients", "in all", "a client", "ratio"), rows), flush=True)


def _whole(book: aava_rules.Rulebook, tables: dict[str, pl.DataFrame], on: date, only: list[str] | None) -> Any:
    return lambda: book.decide_table(**tables, on=on, only=only).outcomes


# -- rules


def _rules(settings: Settings, folder: Path) -> None:
    """Rulebooks with copies of the target-group ruleset, each with an outcome of its own."""
    count = settings.few
    frame = facts.clients(count, settings.seed)
    records = _records(facts.clients(100, settings.seed))
    paths = {copies: _copied(copies, folder) for copies in COPIES}
    loads: dict[Any, Timed] = {copies: (_loading(path), 1) for copies, path in paths.items()}
    loading = alternate(loads, 3)
    one: dict[Any, Timed] = {}
    many: dict[Any, Timed] = {}
    for copies, path in paths.items():
        book = aava_rules.load(path)
        names = [f"copy_{number}" for number in range(copies)]
        one[copies] = (_one_by_one(book, records, names), len(records))
        many[copies] = (_whole(book, {"clients": frame}, DAY, names), count)
    by_one, by_many = alternate(one, settings.rounds), alternate(many, settings.table_rounds)
    rows = [
        (
            f"{copies * 8}",
            seconds(loading[copies]),
            seconds(by_one[copies]),
            f"{by_one[copies] / by_one[COPIES[0]]:.1f}×",
            seconds(by_many[copies]),
            f"{by_many[copies] / by_many[COPIES[0]]:.1f}×",
        )
        for copies in COPIES
    ]
    title = (
        "Table 2b. Rules: copies of the target-group ruleset, 8 rules and an outcome each, on top of finland\n"
        f"load: both rulebooks from their files. decide: all copies' outcomes of a Record asked before. decide_table: {count:,} clients"
    )
    header = ("rules", "load", "decide", "ratio", "decide_table, a client", "ratio")
    print(table(title, header, rows), flush=True)


def _loading(path: Path) -> Callable[[], object]:
    return lambda: aava_rules.load(path)


def _records(frame: pl.DataFrame) -> list[aava_rules.Record]:
    return [aava_rules.Record(id=row.pop("id"), facts=row) for row in frame.iter_rows(named=True)]


def _one_by_one(book: aava_rules.Rulebook, records: list[aava_rules.Record], names: list[str]) -> Callable[[], object]:
    def run() -> object:
        decisions = [book.decide(record, on=DAY, only=names, engine="reference") for record in records]
        return [one.value for decision in decisions for one in decision.outcomes.values()]

    return run


def _copied(copies: int, folder: Path) -> Path:
    """A local rulebook of so many copies, written into the folder."""
    import aava_rules.rulebook.locate

    source = aava_rules.locating.find("finland", {})
    rules = (source / "target_group" / "rules.yaml").read_text(encoding="utf-8")
    title = "{fi: kopio, sv: kopia, en: copy}"
    root = folder / f"copies_{copies}"
    root.mkdir()
    (root / "rulebook.yaml").write_text(
        f'rulebook: copies_{copies}\nversion: "1"\ntitle: {title}\nweight: local\nextends: finland\n', encoding="utf-8"
    )
    names = "".join(f"  copy_{number}: {{type: boolean, title: {title}}}\n" for number in range(copies))
    (root / "vocabulary.yaml").write_text(f"outcomes:\n{names}", encoding="utf-8")
    for number in range(copies):
        text = re.sub(r"then: \{target_group: (\w+).*\}", rf"then: {{copy_{number}: \1}}", rules)
        text = re.sub(r"message: \w+\n", "", text)
        for old, new in (
            ("ruleset: target_group", f"ruleset: copy_{number}"),
            ("weight: law", "weight: local"),
            ("decides: [target_group, target_group_grounds]", f"decides: [copy_{number}]"),
            ("otherwise: {target_group: false}", f"otherwise: {{copy_{number}: false}}"),
            ("id: TG-", f"id: C{number}-"),
        ):
            text = text.replace(old, new)
        (root / f"copy_{number}").mkdir()
        (root / f"copy_{number}" / "rules.yaml").write_text(text, encoding="utf-8")
    return root


# -- benefit rows


def _benefit_rows(settings: Settings) -> None:
    clients = settings.few // 5
    book = aava_rules.load("finland")
    one: dict[Any, Timed] = {}
    many: dict[Any, Timed] = {}
    for rows in ROWS:
        tables = _with_benefits(clients, rows, settings.seed)
        many[rows] = (_whole(book, tables, DAY, ["target_group"]), clients)
        records = _with_lists(tables, 100)
        one[rows] = (_one_by_one(book, records, ["target_group"]), len(records))
    by_one, by_many = alternate(one, settings.rounds), alternate(many, settings.table_rounds)
    lines = [
        (
            f"{rows}",
            seconds(by_one[rows]),
            f"{by_one[rows] / by_one[ROWS[0]]:.1f}×",
            seconds(by_many[rows]),
            f"{by_many[rows] / by_many[ROWS[0]]:.1f}×",
        )
        for rows in ROWS
    ]
    title = (
        "Table 2c. Benefit rows: the target group, its days counted from the rows\n"
        f"decide: a Record asked before. decide_table: {clients:,} clients, frames in memory to outcomes"
    )
    print(table(title, ("rows a client", "decide", "ratio", "decide_table, a client", "ratio"), lines), flush=True)


def _with_benefits(clients: int, rows: int, seed: int) -> dict[str, pl.DataFrame]:
    """Clients whose benefit days are rows of four weeks each, one after the other up to the day of decision."""
    random = np.random.default_rng(seed)
    frame = facts.clients(clients, seed).drop(
        "subsidy_days", "subsidy_days_last_12_months", "subsidy_days_after_allowance", "allowance_exhausted"
    )
    counted = {"allowance_period_start": [DAY - timedelta(days=28 * rows)] * clients}
    number = np.tile(np.arange(rows, 0, -1), clients)
    start = np.datetime64(DAY, "D") - (28 * number).astype("timedelta64[D]")
    benefits = pl.DataFrame(
        {
            "client": np.repeat(frame["id"].to_numpy(), rows),
            "kind": random.choice(["unemployment_allowance", "labour_market_subsidy"], clients * rows),
            "start": start,
            "end": start + np.timedelta64(25, "D"),
            "days": random.integers(0, 21, clients * rows),
            "because_of_unemployment": random.random(clients * rows) < 0.95,
        }
    )
    return {"clients": frame.with_columns(**{name: pl.Series(values) for name, values in counted.items()}),
            "benefits": benefits}  # fmt: skip


def _with_lists(tables: dict[str, pl.DataFrame], count: int) -> list[aava_rules.Record]:
    """The first clients of tables as records."""
    records = []
    clients = tables["clients"].head(count)
    rows = tables["benefits"].join(clients.select(client="id"), on="client", how="semi").partition_by(
        "client", as_dict=True, include_key=False
    )  # fmt: skip
    for row in clients.iter_rows(named=True):
        name = row.pop("id")
        records.append(aava_rules.Record(id=name, facts=row, benefits=rows[(name,)].to_dicts()))
    return records
