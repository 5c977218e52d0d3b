"""What a look ahead of a year costs beside one decision: every example record, processor time, the best of some runs.

python benchmarks/ahead.py [RULEBOOK]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import process_time

import aava_rules
from aava_rules.decision.decision import inside

RECORDS = sorted((Path(__file__).parents[1] / "examples" / "records").glob("*.json"))
DAYS = (date(2014, 3, 1), date(2015, 9, 15), date(2025, 6, 2))
RUNS = 5


def best(work: Callable[[], object], times: int) -> float:
    """The least processor time of one of some runs, in seconds; each run does it so many times."""
    work()
    seconds = []
    for _ in range(RUNS):
        begin = process_time()
        for _ in range(times):
            work()
        seconds.append((process_time() - begin) / times)
    return min(seconds)


def main() -> None:
    """Print a line for each record and day, and the medians."""
    rulebook = aava_rules.load(sys.argv[1] if len(sys.argv) > 1 else "aava", plugins=False)
    answered, written = [], []
    for path in RECORDS:
        for on in DAYS:
            record = rulebook.decide(path.read_bytes(), on=on, engine="reference").record
            states = best(
                lambda record=record, on=on: inside(rulebook.decide(record, on=on, engine="reference")).states, 20
            )
            text = best(lambda record=record, on=on: rulebook.decide(record, on=on, engine="reference").to_json(), 3)
            year = best(lambda record=record, on=on: rulebook.look_ahead(record, on=on), 1)
            answered.append(year / states)
            written.append(year / text)
            print(
                f"{path.stem:32} {on}  answers {states * 1e3:5.2f} ms  as JSON {text * 1e3:6.2f} ms  "
                f"a year ahead {year * 1e3:6.1f} ms = {year / states:5.1f} answers, {year / text:5.1f} as JSON"
            )
    print(
        f"median: {median(answered):.1f} times one decision whose answers are asked, {median(written):.1f} times one "
        f"that is written as JSON; most: {max(answered):.1f} and {max(written):.1f}"
    )


if __name__ == "__main__":
    main()
