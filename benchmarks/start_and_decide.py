"""How long the first and the next decision take, from the installed wheel, beside what any such host pays.

Builds the wheel, installs it in an environment of its own, and runs every variant in turn, again and
again, so that a slow moment of the machine hits all of them alike. Prints medians and ratios.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "examples" / "records" / "a-17.json"

_TIMER = "import time; t = time.perf_counter()\n"
_PRINT = "\nprint((time.perf_counter() - t) * 1000)"
_DECIDE = (
    "import aava_rules\n"
    "d = aava_rules.load({name!r}).decide(open({record!r}, 'rb').read(), on='2014-05-05')\n"
    "x = [(f.key, f.status) for f in d.findings], d.outcomes['target_group'].value"
)
COLD = {
    "import pydantic, one model": "from pydantic import BaseModel\nclass A(BaseModel):\n    a: int | None = None",
    "finland: import, load, decide": _DECIDE.format(name="finland", record=str(RECORD)),
    "aava: import, load, decide": _DECIDE.format(name="aava", record=str(RECORD)),
}
"""Whole starts, each in a new process; the first is the part that pydantic itself costs."""

WARM = """
import json, statistics, sys, timeit
import aava_rules
from aava_rules.record.model import read
data = open(sys.argv[1], "rb").read()
books = {{name: aava_rules.load(name) for name in ("finland", "aava")}}
def decide(name, only=None, outcomes=False):
    decision = books[name].decide(data, on="2014-05-05", only=only)
    read = [(f.key, f.status) for f in decision.findings]
    return read + [o.value for o in decision.outcomes.values()] if outcomes else read
runs = {{
    "json.loads of the record": lambda: json.loads(data),
    "reading the record": lambda: read(data),
    "finland: target_group alone": lambda: decide("finland", ["target_group"], outcomes=True),
    "finland: all findings": lambda: decide("finland"),
    "finland: all findings and outcomes": lambda: decide("finland", outcomes=True),
    "aava: all findings": lambda: decide("aava"),
    "aava: all findings and outcomes": lambda: decide("aava", outcomes=True),
}}
found = {{name: [] for name in runs}}
for name, run in runs.items():
    run()
for _ in range({rounds}):
    for name, run in runs.items():
        found[name].append(timeit.timeit(run, number=200) / 200 * 1e6)
print(json.dumps({{name: statistics.median(times) for name, times in found.items()}}))
"""


def installed(folder: Path) -> Path:
    """The interpreter of a new environment that has the wheel of this checkout."""
    wheels = folder / "wheels"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "-w",
            str(wheels),
            str(ROOT),
        ],
        check=True,
    )
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    wheel = next(wheels.glob("*.whl"))
    subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)], check=True
    )
    return python


def cold(python: Path, runs: int) -> dict[str, float]:
    """Median milliseconds of each start, interpreter start-up not included."""
    times: dict[str, list[float]] = {name: [] for name in COLD}
    for turn in range(runs + 1):
        for name, code in COLD.items():
            done = subprocess.run(
                [str(python), "-c", _TIMER + code + _PRINT], check=True, capture_output=True, text=True
            )
            if turn:  # the first turn writes the bytecode
                times[name].append(float(done.stdout))
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="starts of each variant, and rounds of warm decisions")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        python = installed(Path(folder))
        starts = cold(python, arguments.runs)
        code = WARM.format(rounds=arguments.runs)
        done = subprocess.run([str(python), "-c", code, str(RECORD)], check=True, capture_output=True, text=True)
        warm = json.loads(done.stdout)
    print(f"Python {platform.python_version()}, {arguments.runs} runs in turn, medians")
    table("cold start", starts, "ms", 1)
    table("warm decision", warm, "µs", 0)


def table(title: str, figures: dict[str, float], unit: str, digits: int) -> None:
    """Print figures with their ratio to the first one."""
    base = next(iter(figures.values()))
    print(f"\n{title:<38}{unit:>8}{'ratio':>8}")
    for name, figure in figures.items():
        print(f"{name:<38}{figure:>8.{digits}f}{figure / base:>8.1f}")


if __name__ == "__main__":
    main()
