"""Table 3: the national load, from Parquet files to findings."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import textwrap
from pathlib import Path

from national_data import ON, TABLES, Register
from report import seconds, table
from settings import Settings
from workers import HERE, reason

TARGET_SECONDS = 5
TARGET_GB = 4

_RUN = """
import sys, time
start = time.perf_counter()
import aava_rules
import numpy, polars, pyarrow
from datetime import date
book = aava_rules.load("aava")
loaded, used = time.perf_counter(), time.process_time()
answers = book.decide_table(**{files!r}, on=date.fromisoformat({on!r}))
read = time.perf_counter()
findings = answers.findings
done, used = time.perf_counter(), time.process_time() - used
import json
sys.path.insert(0, {here!r})
from worker import peak_mb
mb = peak_mb()
print(json.dumps({{
    "start": loaded - start, "tables": read - loaded, "findings": done - read, "wall": done - loaded, "cpu": used,
    "gb": mb / 1000, "rows": findings.height, "invalid": answers.invalid.height, "one_by_one": answers.one_by_one,
}}))
"""


def measure(settings: Settings, folder: Path) -> None:
    """Make the register, ask it in new processes, whole and in parts, and print what it took."""
    register = Register(settings.national, settings.seed)
    sizes = [register.size // 4, register.size // 2, register.size]
    rows = {size: register.write(folder / f"national-{size}", size) for size in sizes}
    coverage = register.coverage()
    del register
    found: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    for _ in range(settings.national_rounds):
        for size in sizes:
            found[size].append(ask(folder / f"national-{size}"))
    medians = {
        size: {key: statistics.median(one[key] for one in runs) for key in runs[0]} for size, runs in found.items()
    }
    print(_table(rows, medians), flush=True)
    whole = medians[sizes[-1]]
    print(
        f"Target for 350,000 clients: at most {TARGET_SECONDS} s and {TARGET_GB} GB; measured with {sizes[-1]:,}: "
        f"{whole['wall']:.1f} s and {whole['gb']:.1f} GB"
    )
    print(f"Rulebook aava on {ON}, seed {settings.seed}. The share of each column that is known:")
    for line in coverage:
        print(textwrap.fill(line, 120, subsequent_indent="    "), flush=True)


def ask(folder: Path, environment: dict[str, str] | None = None) -> dict[str, float]:
    """What a new process takes from the tables in ``folder`` to findings, in which the library is that of ``environment``."""
    files = {name: str(folder / f"{name}.parquet") for name in TABLES}
    code = _RUN.format(files=files, on=ON.isoformat(), here=str(HERE))
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"The national load failed: {reason(done.stderr, done.returncode)}")
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def _table(rows: dict[int, dict[str, int]], medians: dict[int, dict[str, float]]) -> str:
    header = ("clients", *(name for name in TABLES if name != "clients"), "start", "tables read", "findings made", "Parquet to findings",
              "processor", "a client", "peak memory", "findings", "invalid", "one by one")  # fmt: skip
    lines = []
    for size, one in medians.items():
        lines.append(
            (
                f"{size:,}",
                *(f"{rows[size][name]:,}" for name in TABLES if name != "clients"),
                seconds(one["start"]),
                seconds(one["tables"]),
                seconds(one["findings"]),
                seconds(one["wall"]),
                seconds(one["cpu"]),
                seconds(one["wall"] / size),
                f"{one['gb']:.2f} GB",
                f"{one['rows']:,.0f}",
                f"{one['invalid']:,.0f}",
                f"{one['one_by_one']:,.0f}",
            )
        )
    return table("Table 3. The national load: Parquet files to findings, each in a new process", header, lines)
