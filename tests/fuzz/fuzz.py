"""Hostile input of every kind: every result is an answer or an AavaRulesError, soon, and tells no contents.

    python tests/fuzz/fuzz.py --inputs 1000000 --processes 2 --seed 1
    python tests/fuzz/fuzz.py --inputs 10000 --only csv mapping

Inputs are records, rulebooks, YAML, expressions, mapping files and CSV, of each kind the share in `SHARES`. The same
seed gives the same inputs, however many processes there are. It exits with 1 on any violation and names the file in
which its input is kept.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import hostile
from texts import TextTarget, Violation, text_targets

from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import AavaRulesError, RulebookError
from aava_rules.rulebook.loader import load_parts
from aava_rules.testing import EVERYTHING, RecordMaker
from aava_rules.testing.hostile import CANARY, NUMBER, hostile_record
from aava_rules.testing.rule_writer import RuleWriter

SHARES = {"expression": 0.30, "yaml": 0.25, "mapping": 0.15, "csv": 0.15, "record": 0.14, "rulebook": 0.01}
"""The share of each kind: what is read in microseconds has more than what is compiled and explained."""
MOST_SECONDS = 1.0
"""No example may take longer of the processor. One that does is run again: the first may have compiled its day."""
WRITTEN = 8
"""Of so many records that are decided, one is written out and explained as well."""


class _Log(logging.Handler):
    """Keeps whatever is logged, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@dataclass
class Tally:
    """What came of the inputs of a seed: how many of each kind, the codes of faults, the slowest, and violations."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    violations: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count what ``other`` has as well."""
        self.counts += other.counts
        self.errors += other.errors
        self.slowest = max(self.slowest, other.slowest)
        self.violations += other.violations

    def report(self) -> str:
        """What was run and what came of it."""
        lines = [f"seed {self.seed}", *(f"{kind}: {count}" for kind, count in sorted(self.counts.items()))]
        lines.append("faults: " + ", ".join(f"{code} {count}" for code, count in sorted(self.errors.items())))
        lines.append(f"slowest: {self.slowest[0]:.3f} s ({self.slowest[1]})")
        return "\n".join([*lines, f"violations: {len(self.violations)}", *self.violations])


class Fuzzer(Tally):
    """Runs examples, counts what came of them, and keeps the inputs of violations."""

    def __init__(self, seed: int, folder: Path | None = None) -> None:
        super().__init__(seed)
        self.folder = folder
        self.log = _Log()
        self.unraised: list[str] = []
        self.rulebooks = {name: load(name, plugins=False) for name in ("finland", "aava")}
        self.makers = {name: RecordMaker(rulebook) for name, rulebook in self.rulebooks.items()}
        self.texts = text_targets()

    def run(self, counts: Mapping[str, int], part: int = 0, parts: int = 1) -> bool:
        """Run examples; whether there was no violation.

        Args:
            counts: how many of each kind; kinds that it lacks are not run.
            part: the part of them to run, from 0.
            parts: into how many parts they are divided.
        """
        root = logging.getLogger()
        level, hook = root.level, sys.unraisablehook
        sys.unraisablehook = lambda raised: self.unraised.append(raised.exc_type.__name__)
        root.addHandler(self.log)
        root.setLevel(logging.NOTSET)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                for kind, count in counts.items():
                    for number in range(part, count, parts):
                        self._example(f"{kind}-{number}", self._made(kind, number))
        finally:
            root.removeHandler(self.log)
            root.setLevel(level)
            sys.unraisablehook = hook
        return not self.violations

    def _made(self, kind: str, number: int) -> tuple[Any, Callable[[], str]]:
        if kind == "record":
            return self._record(number)
        return self._mutation(number) if kind == "rulebook" else self._text(self.texts[kind], number)

    def _example(self, name: str, source_and_example: tuple[Any, Callable[[], str]]) -> None:
        source, example = source_and_example
        try:
            kind, seconds = self._timed(example)
            if seconds > MOST_SECONDS:
                _, seconds = self._timed(example)
            self.slowest = max(self.slowest, (seconds, name))
            self.counts[f"{name.partition('-')[0]}: {kind}"] += 1
            if self.unraised:
                raise Violation(f"raised where nobody hears it: {self.unraised[0]}")
            if seconds > MOST_SECONDS:
                raise Violation(f"took {seconds:.1f} seconds")
        except Exception as error:
            self._keep(name, source, error)
        self.log.texts.clear()
        self.unraised.clear()

    def _timed(self, example: Callable[[], str]) -> tuple[str, float]:
        start = time.process_time()
        kind = example()
        return kind, time.process_time() - start

    def _keep(self, name: str, source: Any, error: Exception) -> None:
        folder = self.folder or Path(tempfile.mkdtemp(prefix="aava-rules-fuzz-"))
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        file = folder / f"{self.seed}-{name}.txt"
        trace = "".join(traceback.format_exception(error))
        try:
            text = repr(source)
        except Exception:  # nested too deep, or a mapping that fails on purpose
            text = f"seed {self.seed}, {name}"
        file.write_text(f"{trace}\n{text}\n", encoding="utf-8", errors="backslashreplace")
        self.violations.append(f"{name}: {type(error).__name__}: {file}")

    # -- records

    def _record(self, number: int) -> tuple[Any, Callable[[], str]]:
        random = Random(f"{self.seed} record {number}")
        name = random.choice(["finland", "aava"])
        maker = self.makers[name]
        on = random.choice([maker.day(random), maker.day(random), date(1900, 1, 1), date(2200, 12, 31)])
        source = hostile_record(random, maker.record(random, on))
        picks, write = random.random(), number % WRITTEN == 0

        def example() -> str:
            try:
                decision = self.rulebooks[name].decide(source, on)
                decision.outcomes.keys()
                if write:
                    self._write_out(decision, picks)
            except AavaRulesError as error:
                self._tells_nothing(error)
                return "refused"
            self._logged_nothing()
            return "decided"

        return (name, on, source), example

    def _write_out(self, decision: Decision, picks: float) -> None:
        json.loads(decision.to_json().encode("utf-8"))
        names = sorted({state.name for state in inside(decision).states})
        for name in names[int(picks * len(names)) :][:2]:
            explanation = decision.explain(name)
            json.dumps(explanation.to_dict()).encode("utf-8")
            for language in ("fi", "sv", "en"):
                explanation.text(language).encode("utf-8")

    def _tells_nothing(self, error: BaseException) -> None:
        text = "".join(traceback.format_exception(error)) + str(error) + repr(error)
        if CANARY in text or str(NUMBER) in text:
            raise Violation("an error tells contents of the record") from error
        for fault in getattr(error, "faults", ()):
            self.errors[fault.code] += 1
        self._logged_nothing()

    def _logged_nothing(self) -> None:
        if any(CANARY in text or str(NUMBER) in text for text in self.log.texts):
            raise Violation("a log tells contents of the record")

    # -- texts

    def _text(self, target: TextTarget, number: int) -> tuple[Any, Callable[[], str]]:
        data = target.text(Random(f"{self.seed} {target.name} {number}"))

        def example() -> str:
            kind = target.run(data)
            self._logged_nothing()
            return kind

        return data, example

    # -- rulebooks

    def _mutation(self, number: int) -> tuple[Any, Callable[[], str]]:
        random = Random(f"{self.seed} rulebook {number}")
        files = hostile.rule_files(random, RuleWriter(Random(number % 200), EVERYTHING).write())
        seed = random.random()

        def example() -> str:
            with tempfile.TemporaryDirectory(prefix="aava-rules-fuzz-") as folder:
                root = Path(folder) / "random"
                for path, data in files.items():
                    file = root / path
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(data)
                try:
                    rulebook = Rulebook(load_parts(root, lambda name: root.parent / name))
                except RulebookError as error:
                    str(error).encode("utf-8")
                    self.errors.update({fault.code for fault in error.faults})
                    return "refused"
                except AavaRulesError:
                    return "refused"
            return self._decide(rulebook, Random(seed))

        return files, example

    def _decide(self, rulebook: Rulebook, random: Random) -> str:
        maker = RecordMaker(rulebook)
        for _ in range(2):
            on = maker.day(random)
            try:
                self._write_out(rulebook.decide(maker.record(random, on), on), random.random())
            except AavaRulesError as error:
                self._tells_nothing(error)
        return "decided"


def counts_of(inputs: int, only: list[str]) -> dict[str, int]:
    """How many of each kind ``inputs`` are; with ``only``, all of them are of these kinds, in equal parts."""
    if only:
        return dict.fromkeys(only, inputs // len(only))
    counts = {kind: round(inputs * share) for kind, share in SHARES.items()}
    return counts | {"expression": inputs - sum(counts.values()) + counts["expression"]}


def run_part(seed: int, folder: Path | None, counts: dict[str, int], part: int, parts: int) -> Tally:
    """What comes of one part of the examples: see `Fuzzer.run`."""
    fuzzer = Fuzzer(seed, folder)
    fuzzer.run(counts, part, parts)
    return Tally(seed, fuzzer.counts, fuzzer.errors, fuzzer.slowest, fuzzer.violations)


def main() -> int:
    """Run the examples that the command line asks for."""
    parser = argparse.ArgumentParser(description="Fuzz the library with hostile input of every kind.")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--only", nargs="+", choices=sorted(SHARES), default=[], help="only these kinds")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None, help="the folder for inputs of violations")
    options = parser.parse_args()
    counts, start, total = counts_of(options.inputs, options.only), time.monotonic(), Tally(options.seed)
    # many short parts, since the memory of a process is told by what it has read, and so that progress can be seen
    parts = max(options.processes, options.inputs // 20_000)
    # processes that end after some parts: an executor of concurrent.futures (CPython 3.11.7) then waits for ever
    with get_context("spawn").Pool(options.processes, maxtasksperchild=4) as pool:
        run = partial(run_part, options.seed, options.keep, counts, parts=parts)
        for number, part in enumerate(pool.imap(run, range(parts)), 1):
            total.add(part)
            done, seconds = sum(total.counts.values()), time.monotonic() - start
            print(f"{number}/{parts}: {done} inputs, {len(total.violations)} violations, {seconds:.0f} s", flush=True)
    print(total.report())
    print(f"{sum(total.counts.values())} inputs, {time.monotonic() - start:.0f} s in all")
    return 1 if total.violations else 0


if __name__ == "__main__":
    sys.exit(main())
