"""One contestant in a process of its own. Started by `workers`; speaks JSON lines on its standard output.

``worker.py JOB CONTESTANT FILE [OUT]``, where JOB is ``one`` or ``many`` (rounds, one for each line of the
standard input), ``answers`` or ``answers-many`` (written to OUT), ``contact`` or ``memory``.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from contestants import BY_KEY

SHORTEST_ROUND = 0.1
"""Seconds; runs are repeated until a round lasts about this long."""
WARM_UP = 3.0
"""Seconds for which a contestant answers other clients before it is timed, as one that has been at work for a while."""
BATCH = 100
"""Clients decided one after the other in one run; files of clients have a multiple of it."""


def peer(key: str) -> Any:
    """The contestant, loaded and compiled."""
    module, _, name = BY_KEY[key].of.partition(":")
    return getattr(importlib.import_module(f"peers.{module}"), name)()


def clients(path: str) -> Iterator[dict[str, Any]]:
    """The clients of a file of JSON lines, one at a time."""
    with Path(path).with_suffix(".jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def peak_mb() -> float:
    """The most memory that this process has had, in MB."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, which has no /proc
        return most / 1e6
    # ru_maxrss of a new process begins with that of the one that started it; this figure does not
    return int(text.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def say(**what: Any) -> None:
    """Tell the process that asked."""
    print(json.dumps(what), flush=True)


def rounds(make: Callable[[], Any], run: Callable[[Any], object], decisions: int) -> None:
    """Time a run again and again, as often as asked; a run makes so many decisions on what is made for it.

    A round is as many runs as fill it, and its figure is their median: a run is short, so most of them
    are not cut in two by whatever else the machine does.
    """
    run(make())
    made = make()
    start = time.perf_counter()
    run(made)
    times = max(1, round(SHORTEST_ROUND / max(time.perf_counter() - start, 1e-9)))
    say(ready=True)
    for _ in sys.stdin:
        found = []
        for _ in range(times):
            made = make()
            start = time.perf_counter()
            run(made)
            found.append(time.perf_counter() - start)
        say(seconds=statistics.median(found) / decisions)


def do_one(key: str, path: str) -> None:
    """Rounds of one decision after the other, on what a host has at hand; run by run other clients."""
    asked = peer(key)
    rows = list(clients(path))
    batches = [rows[first : first + BATCH] for first in range(0, len(rows), BATCH)]
    if not BY_KEY[key].fresh:
        batches = [[asked.ready(facts) for facts in batch] for batch in batches]
    turn = cycle(batches)
    one = asked.one

    def make() -> list[Any]:
        batch = next(turn)
        return [asked.ready(facts) for facts in batch] if BY_KEY[key].fresh else batch

    def run(cases: list[Any]) -> None:
        for case in cases:
            one(case)

    end = time.perf_counter() + WARM_UP
    others = Path(path).with_name(f"{Path(path).stem}-before.parquet")
    for facts in clients(str(others)) if others.exists() else ():
        one(asked.ready(facts))
        if time.perf_counter() > end:
            break
    rounds(make, run, BATCH)


def do_many(key: str, path: str) -> None:
    """Rounds of all clients at once, on columns in memory."""
    asked = peer(key)
    start = time.perf_counter()
    table = asked.load(path)
    say(load=time.perf_counter() - start)
    rounds(lambda: asked.made(table), asked.many, 1)


def do_contact(key: str, path: str) -> None:
    """Processor time of a decision on clients when but one has been answered before."""
    asked = peer(key)
    first, *cases = [asked.ready(facts) for facts in clients(path)]
    asked.one(first)
    begun = time.process_time()
    for case in cases:
        asked.one(case)
    say(seconds=(time.process_time() - begun) / len(cases))


def do_answers(key: str, path: str, out: str) -> None:
    """What is answered to every client."""
    asked = peer(key)
    found = [asked.told(asked.one(asked.ready(facts))) for facts in clients(path)]
    Path(out).write_text(json.dumps(found), encoding="utf-8")


def do_answers_many(key: str, path: str, out: str) -> None:
    """What is answered to every client, asked at once."""
    asked = peer(key)
    Path(out).write_text(json.dumps(asked.listed(asked.many(asked.made(asked.load(path))))), encoding="utf-8")


def do_memory(key: str, path: str) -> None:
    """The most memory used from a file of clients to all answers in memory."""
    asked = peer(key)
    if BY_KEY[key].many:
        answers = asked.many(asked.made(asked.load(path)))
    else:
        answers = [asked.told(asked.one(asked.ready(facts))) for facts in clients(path)]
    say(mb=peak_mb(), answers=len(answers))


if __name__ == "__main__":
    jobs = {
        "one": do_one,
        "many": do_many,
        "answers": do_answers,
        "answers-many": do_answers_many,
        "contact": do_contact,
        "memory": do_memory,
    }
    jobs[sys.argv[1]](*sys.argv[2:])
