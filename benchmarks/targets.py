"""What the library is to reach, from a record to JSON and from a register to findings: before, now, and beside others.

Each figure is taken in turn with the same job of an earlier commit (`BEFORE`), which lies as a wheel in the environment
of the benchmarks, or with a peer. It is processor time unless it says otherwise: other work on the machine matters less.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import facts
import national
import report
import starts
import workers
from contestants import BY_KEY
from run import BEFORE
from settings import Settings
from workers import HERE, Failed

from aava_rules.decision.service import book_of

RECORD = HERE.parent / "examples" / "records" / "a-17.json"
ON = "2024-06-03"
CONTACTS = 500
"""Clients with facts missing whom nobody like them came before."""
STARTS = 5
"""Rounds of commands that take a moment."""
PROGRAM = (
    "try:\n    from aava_rules.tools.cli import main\nexcept ImportError:\n    from aava_rules.cli import main\nmain()"
)


@dataclass
class Side:
    """One library: the variables of the environment in which it is imported, and what has been measured of it."""

    environment: dict[str, str]
    figures: dict[str, list[float]] = field(default_factory=dict)

    def note(self, job: str, figure: float) -> None:
        """Take in a figure."""
        self.figures.setdefault(job, []).append(figure)

    def of(self, job: str) -> float | None:
        """The median of a job."""
        figures = self.figures.get(job)
        return statistics.median(figures) if figures else None


@dataclass(frozen=True)
class Target:
    """A line of the table: ``job`` is to be at least so many ``times`` less than before, or than another job now.

    With ``to`` it is the quotient of the two jobs now, which is to be at most ``most``.
    """

    title: str
    job: str
    times: float = 0
    to: str = ""
    most: float = 0


TARGETS = (
    Target("a-17.json to JSON, one language with texts", "one language", times=5),
    Target("  its bytes", "one language, bytes", times=4),
    Target("a-17.json to JSON, for machines", "machines", times=8),
    Target("  its bytes", "machines, bytes", times=12),
    Target("a-17.json to JSON, three languages, all of it", "full", times=3),
    Target("`missing` of a whole decision", "missing", times=3),
    Target("`explain` of one outcome", "explain", times=3),
    Target("100 clients of the register to JSON, for machines", "a hundred clients for machines", times=8),
    Target("decide, JSON Lines for machines, a client", "decide jsonl", times=8),
    Target("  wall time, one process and as many as there are cores", "decide jsonl, wall", to="decide jsonl, one process, wall", most=1 / 1.7),
    Target("  wall time to the first line, seconds", "decide jsonl, first line", most=0.3),
    Target("check, JSON Lines, a client", "check jsonl", times=8),
    Target("check, CSV, a client", "check csv", times=5),
    Target("1,000 plans to JSON, to 100", "1000 plans", to="100 plans", most=12),
    Target("5,000 benefits to JSON, to 500", "5000 benefits", to="500 benefits", most=12),
    Target("10,000 events to JSON, to 1,000", "10000 events", to="1000 events", most=12),
    Target("a client with facts missing, nobody answered before, to Python by hand", "first contact", to="first contact by hand", most=6),
    Target("the national load, Parquet to findings", "national", times=2),
    Target("  its peak memory, GB", "national, GB", most=1.0),
    Target("decide_table of 1,000,000 clients, to DuckDB, three-valued", "ours-table", to="duckdb-three", most=1),
    Target("  to OpenFisca, arrays, which check nothing", "ours-table", to="openfisca", most=1),
    Target("import, load, first decision, to pydantic with one model", "first decision", to="pydantic", most=1.25),
    Target("aava-rules --help", "help", times=3),
    Target("aava-rules --version", "version", times=3),
    Target("aava-rules check of one record", "check one", times=3),
    Target("aava-rules test aava", "test aava", times=5),
    Target("aava-rules lint aava", "lint aava", times=5),
)  # fmt: skip


class Taken(NamedTuple):
    """What a command took: seconds of the processor and by the clock, those to its first answer, and the most memory."""

    processor: float
    wall: float
    first: float
    gigabytes: float


def measure(settings: Settings, folder: Path, absent: dict[str, str], before: str) -> None:
    """Measure all of it, and print the table.

    Args:
        settings: sizes and rounds.
        folder: where files may be written.
        absent: the peers that are not installed.
        before: the folder in which the library of the earlier commit lies; empty if it could not be built.
    """
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    now, earlier = Side(clean), Side({**clean, "PYTHONPATH": before})
    sides = [now, earlier] if before else [now]
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import targets; targets.write_register"
    arguments = f"({str(folder)!r}, {settings.national}, {settings.lines}, {settings.seed})"
    subprocess.run([sys.executable, "-c", code + arguments], check=True, env=clean)
    for part in (_in_processes, _commands, _registers, _national):
        part(sides, folder, settings)
        print(_table(now, earlier, settings, part.__name__), flush=True)
    _beside_others(now, folder, settings, absent)
    print(_table(now, earlier, settings), flush=True)


def write_register(folder: str, national_size: int, lines: int, seed: int) -> None:
    """A register as tables in ``national``, and a smaller one as tables and as JSON Lines, also a tenth and one of it."""
    from national_data import Register

    import aava_rules
    from aava_rules.tools.inputs.parquet import Parquet

    place = Path(folder)
    Register(national_size, seed).write(place / "national", national_size)
    Register(lines, seed + 1).write(place / "some", lines)
    rows = Parquet().read(place / "some", book_of(aava_rules.load("aava")).vocabulary)
    texts = [json.dumps(row.record, default=_plain, ensure_ascii=False) + "\n" for row in rows]
    for name, part in (("register", texts), ("few", texts[: lines // 10]), ("one", texts[:1])):
        (place / f"{name}.jsonl").write_text("".join(part), encoding="utf-8")


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value)
    return float(value)


# -- what a process does that has loaded the rulebook


def _in_processes(sides: Sequence[Side], folder: Path, settings: Settings) -> None:
    command = [sys.executable, str(HERE / "targets_worker.py"), str(folder), str(RECORD)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, env=side.environment, cwd=folder, **pipes) for side in sides]
    for process in processes:
        assert process.stdout is not None
        names = json.loads(process.stdout.readline())["ready"]
    # clients with very many items come last: what is kept of others makes room for them
    turns = [(turn, name) for turn in range(settings.rounds + 1) for name in names if not name[0].isdigit()]
    turns += [(1, name) for name in names if name[0].isdigit()]
    for turn, name in turns:
        for side, process in zip(sides, processes, strict=True):
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(f"{name}\n")
            process.stdin.flush()
            taken = json.loads(process.stdout.readline())
            if turn:  # the first turn warms up
                side.note(name, taken["seconds"])
                side.note(f"{name}, bytes", taken["bytes"])
    for process in processes:
        process.communicate()


# -- commands


def _command(side: Side, arguments: Sequence[str], folder: Path, answers_after: int = 1) -> Taken:
    """What a command takes that writes so many lines until the first answer. Raises Failed if it fails."""
    command = [sys.executable, "-c", PROGRAM, *arguments]
    with tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=side.environment, cwd=folder, stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout is not None
        for _ in range(answers_after):
            process.stdout.readline()
        first = time.perf_counter() - begun
        while process.stdout.read(2**20):
            pass
        _, status, used = os.wait4(process.pid, 0)  # with the processes that it started
        wall = time.perf_counter() - begun
        code = process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if code not in (0, 1):  # 1: there are findings
            raise Failed(f"aava-rules {' '.join(arguments)}: {workers.reason(errors.read().decode(), code)}")
    return Taken(used.ru_utime + used.ru_stime, wall, first, used.ru_maxrss * 1024 / 1e9)


def _commands(sides: Sequence[Side], folder: Path, settings: Settings) -> None:
    one = ("check", "one.jsonl", "--rulebook", "aava", "--on", ON)
    commands = {
        "help": ("--help",),
        "version": ("--version",),
        "check one": one,
        "test aava": ("test", "aava"),
        "lint aava": ("lint", "aava"),
    }
    for turn in range(min(settings.rounds, STARTS) + 1):
        for name, arguments in commands.items():
            for side in sides:
                try:
                    taken = _command(side, arguments, folder)
                except Failed:
                    if side is sides[0]:
                        raise
                    continue  # the earlier library has no such command
                if turn:  # the first turn writes the bytecode
                    side.note(name, taken.processor)


def _registers(sides: Sequence[Side], folder: Path, settings: Settings) -> None:
    now = sides[0]
    decide = ("--rulebook", "aava", "--on", ON, "--format", "jsonl", "--detail", "short", "--no-texts")
    jobs: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "decide jsonl": (("decide", *decide), ("decide", "--rulebook", "aava", "--on", ON, "--format", "json")),
        "check jsonl": (("check", *decide), ("check", "--rulebook", "aava", "--on", ON, "--format", "jsonl")),
        "check csv": (("check", "--rulebook", "aava", "--on", ON, "--format", "csv"),) * 2,
    }
    for _ in range(settings.table_rounds):
        for name, commands in jobs.items():
            for side, (command, *options) in zip(sides, commands, strict=False):
                whole, few = (
                    _command(side, (command, f"{source}.jsonl", *options), folder, 2) for source in ("register", "few")
                )
                clients = settings.lines - settings.lines // 10
                side.note(name, (whole.processor - few.processor) / clients)
                if side is now:
                    alone = _command(side, (command, "register.jsonl", *options, "--processes", "1"), folder, 2)
                    side.note(f"{name}, wall", whole.wall)
                    side.note(f"{name}, one process, wall", alone.wall)
                    side.note(f"{name}, first line", whole.first)


def _national(sides: Sequence[Side], folder: Path, settings: Settings) -> None:
    for _ in range(settings.national_rounds):
        for side in sides:
            answered = national.ask(folder / "national", side.environment)
            side.note("national", answered["cpu"])
            side.note("national, GB", answered["gb"])


# -- beside others


def _beside_others(now: Side, folder: Path, settings: Settings, absent: dict[str, str]) -> None:
    path = facts.write(facts.clients(CONTACTS, settings.seed + 9, gaps=True), folder, "contacts")
    for _ in range(settings.rounds):
        for name, key in (("first contact", "ours"), ("first contact by hand", "explained")):
            now.note(name, workers.run("contact", key, str(path))["seconds"])
    path = facts.write(facts.clients(settings.many, settings.seed + 4), folder, "many")
    keys = [key for key in ("ours-table", "duckdb-three", "openfisca") if BY_KEY[key].package not in absent]
    for key, seconds in workers.alternate("many", keys, path, settings.table_rounds)[0].items():
        now.note(key, seconds)
    cold = {name: starts.COLD[name] for name in ("import pydantic, one model", "aava, reference")}
    for name, seconds in workers.starts(cold, settings.rounds).items():
        now.note("pydantic" if "pydantic" in name else "first decision", seconds)


# -- the table


def _table(now: Side, earlier: Side, settings: Settings, part: str = "") -> str:
    rows = []
    for target in TARGETS:
        ours, other = now.of(target.job), now.of(target.to) if target.to else earlier.of(target.job)
        if ours is None or (other is None and target.to):
            continue
        shown = _shown(target.job)
        if other is None and target.times:
            cells, reached = ("not there", shown(ours), "", f"{target.times:g} times"), True
        elif target.times:
            assert other is not None
            cells = (shown(other), shown(ours), f"{other / ours:.2f} times less", f"{target.times:g} times")
            reached = other / ours >= target.times
        else:
            figure = ours if other is None else ours / other
            cells = ("" if other is None else shown(other), shown(ours), f"{figure:.2f}", f"at most {target.most:.2f}")
            reached = figure <= target.most
        rows.append((target.title, *cells, "yes" if reached else "no"))
    title = f"Targets, beside {BEFORE} or what stands in the line; processor time, {settings.lines:,} JSON Lines{part and f' (so far: {part})'}"
    return report.table(title, ("", "before, or beside", "now", "ratio", "target", "reached"), rows)


def _shown(job: str) -> Any:
    if job.endswith(", bytes"):
        return lambda figure: f"{figure:,.0f} B"
    return (lambda figure: f"{figure:.2f} GB") if job.endswith("GB") else report.seconds
