"""Table 5: a register compared by two rulebooks, and on two days, beside one decision on it; each in a new process."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

from national_data import ON, TABLES, Register
from report import ratio, seconds, table
from settings import Settings
from workers import HERE, Failed, reason

TARGET_RATIO = 3
LATER = ON.replace(year=ON.year + 1)
AMENDMENT = {
    "rulebook.yaml": "rulebook: lower_limits\namends: finland\nstatus: assumed\nfrom: 2024-01-01\n"
    "read: {by: Benchmark, on: 2024-01-01}\ncite: supposition\n",
    "sources.yaml": "supposition: {title: {fi: oletus, sv: antagande, en: supposition}}\n",
    "parameters.yaml": "days_per_week_max: {values: {2024-01-01: {value: 3, cite: supposition, status: unverified}}}\n"
    "subsidy_days_min: {values: {2024-01-01: {value: 400, cite: supposition, status: unverified}}}\n",
}
"""An amendment that concerns many: three days a week, and 400 days of subsidy in place of 500."""
WAYS = {
    "decide_table": "answers = book.decide_table(**files, on=on); answers.outcomes, answers.findings, answers.next_steps",
    "two rulebooks": "answers = book.compare_table(amended, **files, on=on); answers.counts",
    "two rulebooks, as a frame": "answers = book.compare_table(amended, **files, on=on); answers.changes",
    "two days, a year apart": "answers = book.compare_table(None, **files, on=on, until=later); answers.counts",
}
"""What is asked, and how."""

_RUN = """
import json, sys, time
sys.path.insert(0, {here!r})
from datetime import date
from worker import peak_mb
import aava_rules
import aava_rules.decision.table
files, on, later = {files!r}, date.fromisoformat({on!r}), date.fromisoformat({later!r})
book = aava_rules.load("aava", plugins=False)
amended = aava_rules.load("aava", plugins=False, amend=[{amendment!r}])
start, used = time.perf_counter(), time.process_time()
{way}
wall, cpu = time.perf_counter() - start, time.process_time() - used
gb = peak_mb() / 1000
counts = getattr(answers, "counts", None)
changed = 0 if counts is None else sum(len(client.changes) > 0 for client in answers.clients)
print(json.dumps({{"wall": wall, "cpu": cpu, "gb": gb, "changed": changed}}))
"""


def measure(settings: Settings, folder: Path) -> None:
    """Make the register, compare it in turn, and print what that took beside one decision on it."""
    register = Register(settings.compared, settings.seed)
    register.write(folder / "compared", register.size)
    size = register.size
    amendment = folder / "lower_limits"
    amendment.mkdir()
    for name, text in AMENDMENT.items():
        (amendment / name).write_text(text, encoding="utf-8")
    del register
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(settings.national_rounds):
        for way in WAYS:
            runs[way].append(_ask(folder, WAYS[way]))
    medians = {
        way: {key: statistics.median(run[key] for run in of_way) for key in of_way[0]} for way, of_way in runs.items()
    }
    first = medians["decide_table"]
    header = (f"{size:,} clients", "time", "ratio", "processor", "ratio", "peak", "clients that differ")
    lines = [
        (
            way,
            seconds(run["wall"]),
            ratio(run["wall"], first["wall"]),
            seconds(run["cpu"]),
            ratio(run["cpu"], first["cpu"]),
            f"{run['gb']:.2f} GB",
            f"{run['changed']:,.0f}" if way != "decide_table" else "",
        )
        for way, run in medians.items()
    ]
    print(table("Table 5. A register compared: all of aava, from Parquet files", header, lines), flush=True)
    print(f"Target: at most {TARGET_RATIO} times decide_table. Seed {settings.seed}.")


def _ask(folder: Path, way: str) -> dict[str, float]:
    files = {name: str(folder / "compared" / f"{name}.parquet") for name in TABLES}
    code = _RUN.format(
        files=files,
        on=ON.isoformat(),
        later=LATER.isoformat(),
        amendment=str(folder / "lower_limits"),
        here=str(HERE),
        way=way,
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"The comparison failed: {reason(done.stderr, done.returncode)}")
    return json.loads(done.stdout)  # type: ignore[no-any-return]
