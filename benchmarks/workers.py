"""Contestants in processes of their own, asked in turn so that a slow moment of the machine hits all alike."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


class Failed(Exception):
    """A contestant could not answer; the text says why."""


class Worker:
    """A contestant that waits for rounds."""

    def __init__(self, job: str, key: str, path: Path) -> None:
        self.load: float | None = None
        """Seconds from the file to the form that the contestant works on, if it takes tables."""
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), job, key, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while True:
            said = self._hear()
            self.load = said.get("load", self.load)
            if "ready" in said:
                break

    def round(self) -> float:
        """Seconds for one decision, or for one table."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed(self._why()) from None
        return float(self._hear()["seconds"])

    def close(self) -> None:
        """Let the process end."""
        self.process.communicate()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Failed(self._why())
        return json.loads(line)  # type: ignore[no-any-return]

    def _why(self) -> str:
        return reason(self.process.communicate()[1], self.process.returncode)


def reason(errors: str, code: int) -> str:
    """Why a process ended: the last line that it wrote, or the signal that ended it."""
    if code < 0:
        return f"ended by signal {-code}"
    return (errors.strip().splitlines() or [f"ended with {code}"])[-1]


def alternate(job: str, keys: list[str], path: Path, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """The median seconds of each contestant, and the seconds that each needed to load its table.

    A contestant that fails is told of, and has no figure.
    """
    workers: dict[str, Worker] = {}
    times: dict[str, list[float]] = {}
    for key in keys:
        with _telling(key, workers):
            workers[key] = Worker(job, key, path)
    for _ in range(rounds):
        for key, worker in list(workers.items()):
            with _telling(key, workers):
                times.setdefault(key, []).append(worker.round())
    for worker in workers.values():
        worker.close()
    medians = {key: statistics.median(times[key]) for key in workers}
    return medians, {key: worker.load for key, worker in workers.items() if worker.load is not None}


@contextmanager
def _telling(key: str, workers: dict[str, Worker]) -> Iterator[None]:
    """Tell of a contestant that fails, and go on without it."""
    try:
        yield
    except Failed as error:
        workers.pop(key, None)
        print(f"No figure for {key}: {error}", flush=True)


def run(*arguments: str) -> dict[str, Any]:
    """What a worker says that does its job and ends. Raises Failed."""
    done = subprocess.run(
        [sys.executable, str(HERE / "worker.py"), *arguments], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise Failed(reason(done.stderr, done.returncode))
    return json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else {}


def timed(code: str) -> float:
    """Seconds that some code says it needed, in a new process. Raises Failed."""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    if done.returncode:
        raise Failed(reason(done.stderr, done.returncode))
    return float(done.stdout)


def starts(codes: Mapping[str, str], runs: int) -> dict[str, float]:
    """Median seconds of each code in new processes, started in turn, without the start of the interpreter.

    Raises Failed.
    """
    clocked = {
        name: f"import sys, time\nsys.path.insert(0, {str(HERE)!r})\nstart = time.perf_counter()\n{code}\n"
        "print(time.perf_counter() - start)"
        for name, code in codes.items()
    }
    times: dict[str, list[float]] = {name: [] for name in codes}
    for turn in range(runs + 1):
        for name, code in clocked.items():
            found = timed(code)
            if turn:  # the first turn writes the bytecode
                times[name].append(found)
    return {name: statistics.median(found) for name, found in times.items()}
