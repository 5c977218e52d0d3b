"""This checkout beside another commit of it: the same jobs in turn, and the ratio of each pair of rounds.

    python benchmarks/against.py REVISION [--rounds 9]

Both are installed from their sources into folders of their own, with the packages of the interpreter that runs this
(`make bench-against BASE=REVISION` takes the one of .venv). Jobs use the public interface alone, so that commits with
other insides can be compared. A ratio over 1 says that this checkout is slower.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from report import seconds, table

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2014, 5, 5)
FACTS = ("unemployed", "subsidy_entitled", "employment_plan_made", "integration_plan_entitled", "allowance_exhausted")


def client(random: Random, lacking: int) -> dict[str, Any]:
    """A client with ready-made facts, each of them lacking in so many of ten clients."""
    values: dict[str, Any] = {name: random.random() < 0.9 for name in FACTS} | {"integration_plan_entitled": False}
    values |= {"age": random.randint(17, 64), "subsidy_days": random.randint(0, 900)}
    values |= {"subsidy_days_last_12_months": random.randint(0, 250), "social_assistance_months": random.randint(0, 24)}
    values |= {"receives_social_assistance": random.random() < 0.3, "subsidy_days_after_allowance": 170}
    return {name: value for name, value in values.items() if random.randrange(10) >= lacking}


def jobs() -> Iterator[tuple[str, Callable[[], object], int]]:
    """Each job by its name, with how often one round does it."""
    import polars as pl

    import aava_rules
    from aava_rules.record import read

    finland, aava = aava_rules.load("finland", plugins=False), aava_rules.load("aava", plugins=False)
    data = (ROOT / "examples" / "records" / "a-17.json").read_bytes()
    story = min((ROOT / "examples" / "stories").glob("*.json")).read_bytes()
    random = Random(1)
    known = [{"id": str(n), "facts": client(random, 0)} for n in range(2000)]
    lacking = [{"id": str(n), "facts": client(random, 2)} for n in range(2000)]

    def each(records: list[Any]) -> Callable[[], object]:
        def run() -> object:
            for record in records:
                decision = finland.decide(record, on=DAY, only=["target_group"], engine="reference")
                outcome = decision.outcomes["target_group"]
                outcome.value, outcome.by, decision.missing  # noqa: B018
            return None

        return run

    def whole(text: bool) -> Callable[[], object]:
        def run() -> object:
            decision = aava.decide(data, on=DAY, engine="reference")
            if text:
                return decision.to_json()
            return [finding.status for finding in decision.findings], [o.value for o in decision.outcomes.values()]

        return run

    yield "2,000 decisions on Records, facts known", each([read(record) for record in known]), 5
    yield "2,000 decisions on dicts, facts known", each(known), 3
    yield "2,000 decisions on dicts, facts lacking", each(lacking), 3
    yield "a whole record: findings and outcomes", whole(False), 50
    yield "a whole record to JSON", whole(True), 10
    yield "an explanation", lambda: aava.decide(data, on=DAY, engine="reference").explain("target_group"), 10
    yield "a story to JSON", lambda: aava.decide(story, on=date(2016, 3, 1)).to_json(), 3
    clients = pl.DataFrame([{"id": str(n), **client(random, 1)} for n in range(100_000)], infer_schema_length=None)
    yield "100,000 clients, facts, outcomes", lambda: finland.decide_table(clients, on=DAY).outcomes, 1
    rows = [
        {"client": str(n), "kind": "labour_market_subsidy", "start": day, "end": day + timedelta(days=27), "days": 20}
        for n in range(20_000)
        for day in (date(2013, 1, 7) + timedelta(days=28 * k) for k in range(random.randrange(12)))
    ]
    ids = pl.DataFrame({"id": [str(n) for n in range(20_000)]})
    benefits = pl.DataFrame(rows)
    yield "20,000 clients with benefit rows, findings", lambda: aava.decide_table(ids, benefits, on=DAY).findings, 1


def work() -> None:
    """Do a round of all jobs for each line on standard input, and tell the seconds of each."""
    ready = [(name, job, times) for name, job, times in jobs()]
    for _, job, _ in ready:
        job()
    print("ready", flush=True)
    for _ in sys.stdin:
        figures = {}
        for name, job, times in ready:
            start = time.perf_counter()
            for _ in range(times):
                job()
            figures[name] = (time.perf_counter() - start) / times
        print(json.dumps(figures), flush=True)


COLD = (
    "import time; start = time.perf_counter()\n"
    "import aava_rules\n"
    f"d = aava_rules.load('aava').decide(open({str(ROOT / 'examples/records/a-17.json')!r}, 'rb').read(), "
    "on='2014-05-05', engine='reference')\n"
    "[f.status for f in d.findings], d.outcomes['target_group'].value\n"
    "print(time.perf_counter() - start)"
)


def installed(source: Path, target: Path) -> dict[str, str]:
    """Install a source tree without its dependencies into a folder; the environment in which it is imported."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(source)]
    subprocess.run([*command, "--disable-pip-version-check", "--no-build-isolation"], check=True)
    return {**os.environ, "PYTHONPATH": str(target), "AAVA_RULES_DISABLE_PLUGINS": "1"}


def checked_out(revision: str, folder: Path) -> Path:
    """The files of a commit in a folder."""
    packed = subprocess.run(["git", "-C", str(ROOT), "archive", revision], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def main() -> int:
    """Compare, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision", nargs="?", default="HEAD~1")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        work()
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        environments = {
            "before": installed(checked_out(chosen.revision, folder / "source"), folder / "before"),
            "now": installed(ROOT, folder / "now"),
        }
        figures = compare(environments, chosen.rounds)
    rows = [
        (name, seconds(statistics.median(before)), seconds(statistics.median(now)), f"{ratio(before, now):.2f}")
        for name, (before, now) in figures.items()
    ]
    print(table(f"This checkout beside {chosen.revision}", ("job", "before", "now", "now/before"), rows))
    return 0


def ratio(before: list[float], now: list[float]) -> float:
    """The median of the ratios of the rounds, each of which took both in turn."""
    return statistics.median(b / a for a, b in zip(before, now, strict=True))


def compare(environments: dict[str, dict[str, str]], rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """The seconds of each job of every round, before and now."""
    workers = {}
    for name, environment in environments.items():
        command = [sys.executable, str(Path(__file__).resolve()), "--worker"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        workers[name] = subprocess.Popen(command, env=environment, cwd="/", **pipes)  # type: ignore[call-overload]
        workers[name].stdout.readline()
    times: dict[str, dict[str, list[float]]] = {name: {} for name in environments}
    for turn in range(rounds + 1):
        for name in environments if turn % 2 else reversed(environments):
            workers[name].stdin.write("\n")
            workers[name].stdin.flush()
            measured = json.loads(workers[name].stdout.readline())
            done = subprocess.run(
                [sys.executable, "-c", COLD], env=environments[name], capture_output=True, check=True, cwd="/"
            )
            measured["import, load, first decision"] = float(done.stdout)
            if turn:  # the first turn warms up
                for job, taken in measured.items():
                    times[name].setdefault(job, []).append(taken)
    for worker in workers.values():
        worker.communicate()
    return {job: (times["before"][job], times["now"][job]) for job in times["before"]}


if __name__ == "__main__":
    sys.exit(main())
