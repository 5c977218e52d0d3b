"""How long the first and the next decision take, beside what any host that uses pydantic pays."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import timeit
from collections.abc import Callable
from pathlib import Path

import report
import workers
from settings import Settings

RECORD = Path(__file__).resolve().parent.parent / "examples" / "records" / "a-17.json"
TARGET_MS = 150

_DECIDE = (
    "import aava_rules\n"
    "d = aava_rules.load({name!r}).decide(open({record!r}, 'rb').read(), on='2014-05-05'{engine})\n"
    "x = [(f.key, f.status) for f in d.findings], d.outcomes['target_group'].value"
)
COLD = {
    "import pydantic, one model": "from pydantic import BaseModel\nclass A(BaseModel):\n    a: int | None = None",
    "finland, reference": _DECIDE.format(name="finland", record=str(RECORD), engine=", engine='reference'"),
    "aava, reference": _DECIDE.format(name="aava", record=str(RECORD), engine=", engine='reference'"),
    "aava, the engine chosen by default": _DECIDE.format(name="aava", record=str(RECORD), engine=""),
}
"""Whole starts (import, load, decide), each in a new process; the first is the part that pydantic itself costs."""


def measure(settings: Settings) -> None:
    """Print both tables."""
    cold = workers.starts(COLD, settings.rounds)
    print(_table("Cold start: import, load, first decision", cold), flush=True)
    print(
        f"target: aava, reference at most {TARGET_MS} ms; measured {cold['aava, reference'] * 1e3:.0f} ms", flush=True
    )
    code = f"import sys; sys.path.insert(0, {str(workers.HERE)!r}); import starts; starts.warm({settings.rounds})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    print(
        _table("Warm decision of a whole record (a-17.json as bytes), reference", json.loads(done.stdout)), flush=True
    )


def warm(rounds: int) -> None:
    """Print, as JSON, the median seconds of each warm run."""
    found: dict[str, list[float]] = {}
    runs = _runs()
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            found.setdefault(name, []).append(statistics.median(timeit.repeat(run, number=5, repeat=40)) / 5)
    print(json.dumps({name: statistics.median(times) for name, times in found.items()}))


def _runs() -> dict[str, Callable[[], object]]:
    import aava_rules
    from aava_rules.record import read

    data = RECORD.read_bytes()
    books = {name: aava_rules.load(name) for name in ("finland", "aava")}

    def decide(name: str, only: list[str] | None = None, outcomes: bool = False) -> object:
        decision = books[name].decide(data, on="2014-05-05", only=only, engine="reference")
        answers: list[object] = [(finding.key, finding.status) for finding in decision.findings]
        return answers + [one.value for one in decision.outcomes.values()] if outcomes else answers

    return {
        "json.loads of the record": lambda: json.loads(data),
        "reading the record": lambda: read(data),
        "finland: target_group alone": lambda: decide("finland", ["target_group"], outcomes=True),
        "finland: all findings": lambda: decide("finland"),
        "finland: all findings and outcomes": lambda: decide("finland", outcomes=True),
        "aava: all findings": lambda: decide("aava"),
        "aava: all findings and outcomes": lambda: decide("aava", outcomes=True),
    }


def _table(title: str, figures: dict[str, float]) -> str:
    base = next(iter(figures.values()))
    rows = [(name, report.seconds(figure), report.ratio(figure, base)) for name, figure in figures.items()]
    return report.table(title, ("", "time", "ratio"), rows)
