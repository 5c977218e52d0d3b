"""How the cost of one client grows with what the client has: n, 2n and 4n items, in decisions and in tables.

    python benchmarks/one_client.py           some minutes
    python benchmarks/one_client.py --quick   whether all works

Times are processor times, the best of three; memory is the most that was held at once (by Python and numpy). The last
line is one client with 20,000 plans beside others, with the most memory of the whole process.
"""

from __future__ import annotations

import argparse
import resource
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

import aava_rules

DAY = "2015-09-15"
FIRST = date(2005, 1, 3)


def day(number: int) -> date:
    """One of 3,900 days in turn."""
    return FIRST + timedelta(days=number % 3900)


ITEMS: dict[str, tuple[str, Callable[[int], dict[str, Any]]]] = {
    "plans": ("plans", lambda i: {"kind": "activation_plan", "made_on": day(i)}),
    "plans, nothing known": ("plans", lambda i: {"kind": None, "made_on": None}),
    "periods": ("periods", lambda i: {"kind": "rehabilitative_work", "start": day(i), "length_months": 3}),
    "periods, nothing known": ("periods", lambda i: {"kind": None, "start": None}),
    "events": ("events", lambda i: {"step": "first_meeting", "on": day(i)}),
    "benefits": ("benefits", lambda i: {"kind": "labour_market_subsidy", "start": day(i), "end": day(i)}),
}


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the best of three, and megabytes of another run."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return min(times), peak / 2**20


def line(title: str, sizes: list[int], values: list[tuple[float, float]]) -> None:
    """One line: seconds and megabytes of each size, and what each doubling multiplies."""
    cells = [
        f"{size:>6}: {seconds:7.3f} s {megabytes:6.1f} MB"
        for size, (seconds, megabytes) in zip(sizes, values, strict=True)
    ]
    grown = [f"{b[0] / a[0]:.2f}x {b[1] / a[1]:.2f}x" for a, b in pairwise(values)]
    print(f"{title:32}", *cells, "| twice:", *grown, flush=True)


def main() -> None:
    """Print every line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few items: a trial, not a measurement")
    quick = parser.parse_args().quick
    limits = aava_rules.Limits(items=100_000, items_in_all=400_000, answers=10**9)
    rulebook = aava_rules.load("aava", plugins=False, limits=limits)
    for title, (name, item) in ITEMS.items():
        # with 680 benefit days a client comes to have other answers, and beyond 3,900 rows days come twice: neither is growth
        n = 10 if quick else 900 if name in ("benefits", "events") else 250
        sizes, values = [n, 2 * n, 4 * n], []
        for size in sizes:
            record = aava_rules.Record(id="a", **{name: [item(i) for i in range(size)]})
            rulebook.decide(record, DAY, engine="reference").to_json()
            values.append(measured(lambda record=record: rulebook.decide(record, DAY, engine="reference").to_json()))
        line(f"decide to_json, {title}", sizes, values)
    n = 200 if quick else 10_000
    schema = {"kind": pl.String, "step": pl.String, "length_months": pl.Int64}
    for title, (name, item) in ITEMS.items():
        sizes, values = [n, 2 * n, 4 * n], []
        for size in sizes:
            rows = [{"client": "a", **item(i)} for i in range(size)]
            columns = {key: schema.get(key, pl.String if key == "client" else pl.Date) for key in rows[0]}
            frames = {name: pl.DataFrame(rows, schema=columns)}
            clients = pl.DataFrame({"id": ["a", "b"]})

            def work(frames: dict[str, pl.DataFrame] = frames, clients: pl.DataFrame = clients) -> None:
                table = rulebook.decide_table(clients, on=DAY, **frames)
                assert table.findings is not None and len(table.outcomes) == 2

            work()
            values.append(measured(work))
        line(f"decide_table, {title}", sizes, values)
    others = 1_000 if quick else 350_000
    clients = pl.DataFrame({"id": [str(number) for number in range(others + 1)]})
    plans = pl.DataFrame({"client": ["0"] * 20_000, "made_on": [day(i) for i in range(20_000)]})
    begun = time.process_time()
    table = rulebook.decide_table(clients, plans=plans, on=DAY, only=["target_group", "plan_signed_by_all"])
    rows = len(table.outcomes), len(table.findings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.process_time() - begun
    print(f"20,000 plans of one client beside {others:,} clients: {seconds:.1f} s, {peak:.0f} MB, rows {rows}")


if __name__ == "__main__":
    main()
