"""The jobs of the table of targets in a process of its own, round by round. Started by `targets`.

Each line on the standard input names a job; its processor time a run, and the bytes of what it made, come back as JSON.
The public interface alone is used, so that the library of an earlier commit can do the same jobs; where that knows no
short form of a decision, it writes the only one that it has.
"""

from __future__ import annotations

import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SHORTEST = 0.25
"""Seconds of the processor; a job is done again and again until a round has taken them."""
DAY = "2014-05-05"
LONG_AGO = date(2005, 1, 3)


def work(folder: Path, record: Path) -> None:
    """Do the jobs that are asked for, until nothing more is."""
    ready = dict(jobs(folder, record.read_bytes()))
    print(json.dumps({"ready": list(ready)}), flush=True)
    warm: set[str] = set()
    for line in sys.stdin:
        name = line.strip()
        job = ready[name]
        if name not in warm:
            warm.add(name)
            job()
        times, begun, made = 0, time.process_time(), 0
        while (used := time.process_time() - begun) < SHORTEST or not times:
            made = job()
            times += 1
        print(json.dumps({"seconds": used / times, "bytes": made}), flush=True)


def jobs(folder: Path, data: bytes) -> Iterator[tuple[str, Callable[[], int]]]:
    """Each job by its name; what it returns are the bytes of what it made, if that is told."""
    import aava_rules

    has_short = "detail" in inspect.signature(aava_rules.Decision.to_json).parameters
    limits = getattr(aava_rules, "Limits", None)
    many = {} if limits is None else {"limits": limits(items=100_000, items_in_all=400_000, answers=10**9)}
    book = aava_rules.load("aava", **many)

    def decide(source: Any = data, day: str = DAY) -> Any:
        return book.decide(source, on=day, engine="reference")

    def written(**form: Any) -> Callable[[], int]:
        form = form if has_short else {}
        return lambda: len(decide().to_json(**form).encode())

    yield "full", written()
    yield "one language", written(detail="short", languages=["fi"])
    yield "machines", written(detail="short", languages=[], tables=False)
    yield "missing", lambda: len(decide().missing)
    yield "explain", lambda: len(decide().explain("target_group").text("fi"))
    yield "statuses", lambda: len([finding.status for finding in decide().findings])

    lines = (folder / "register.jsonl").read_bytes().splitlines()
    short: dict[str, Any] = {"detail": "short", "languages": [], "tables": False} if has_short else {}

    def register() -> int:
        return sum(len(decide(line, "2024-06-03").to_json(**short).encode()) for line in lines[:100])

    yield "a hundred clients for machines", register
    for name, item, sizes in (
        ("plans", lambda i: {"kind": "activation_plan", "made_on": _day(i)}, (100, 1000)),
        ("benefits", lambda i: {"kind": "labour_market_subsidy", "start": _day(i), "end": _day(i)}, (500, 5000)),
        ("events", lambda i: {"step": "first_meeting", "on": _day(i)}, (1000, 10_000)),
    ):
        for size in sizes:
            record = {"id": "a", name: [item(i) for i in range(size)]}
            yield f"{size} {name}", lambda record=record: len(decide(record, "2015-09-15").to_json().encode())


def _day(number: int) -> str:
    return (LONG_AGO + timedelta(days=number % 3900)).isoformat()


if __name__ == "__main__":
    work(Path(sys.argv[1]), Path(sys.argv[2]))
