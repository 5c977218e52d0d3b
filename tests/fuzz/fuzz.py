"""Hostile records and broken rule files: every result is an answer or an AavaRulesError, soon, and tells no contents.

    python tests/fuzz/fuzz.py --records 100000 --mutations 10000 --seed 1

The same seed gives the same inputs. It exits with 1 on any violation and names the file in which its
input is kept.
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
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import hostile

from aava_rules.decision.decision import Decision
from aava_rules.decision.service import Rulebook, load
from aava_rules.language.errors import AavaRulesError, RulebookError
from aava_rules.rulebook.loader import load_parts
from aava_rules.testing import EVERYTHING, RecordMaker
from aava_rules.testing.rule_writer import RuleWriter

MOST_SECONDS = 1.0
"""No example may take longer. One that does is run again, since the first may have compiled the rules of its day."""
WRITTEN = 8
"""Of so many records that are decided, one is written out and explained as well."""


class Violation(Exception):
    """Something happened that never may."""


class _Log(logging.Handler):
    """Keeps whatever is logged, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


class Fuzzer:
    """Runs examples, counts what came of them, and keeps the inputs of violations."""

    def __init__(self, seed: int, folder: Path | None = None) -> None:
        self.seed = seed
        self.folder = folder
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.slowest = (0.0, "")
        self.violations: list[str] = []
        self.log = _Log()
        self.unraised: list[str] = []
        self.rulebooks = {name: load(name, plugins=False) for name in ("finland", "aava")}
        self.makers = {name: RecordMaker(rulebook) for name, rulebook in self.rulebooks.items()}

    def run(self, records: int, mutations: int) -> bool:
        """Run so many examples of each kind; whether there was no violation."""
        root = logging.getLogger()
        level, hook = root.level, sys.unraisablehook
        sys.unraisablehook = lambda raised: self.unraised.append(raised.exc_type.__name__)
        root.addHandler(self.log)
        root.setLevel(logging.NOTSET)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                for number in range(records):
                    self._example(f"record-{number}", self._record(number))
                for number in range(mutations):
                    self._example(f"rulebook-{number}", self._mutation(number))
        finally:
            root.removeHandler(self.log)
            root.setLevel(level)
            sys.unraisablehook = hook
        return not self.violations

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
        start = time.monotonic()
        kind = example()
        return kind, time.monotonic() - start

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
        source = hostile.record(random, maker.record(random, on))
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
        names = sorted({state.name for state in decision.states})
        for name in names[int(picks * len(names)) :][:2]:
            explanation = decision.explain(name)
            json.dumps(explanation.to_dict()).encode("utf-8")
            for language in ("fi", "sv", "en"):
                explanation.text(language).encode("utf-8")

    def _tells_nothing(self, error: BaseException) -> None:
        text = "".join(traceback.format_exception(error)) + str(error) + repr(error)
        if hostile.CANARY in text or str(hostile.NUMBER) in text:
            raise Violation("an error tells contents of the record") from error
        for fault in getattr(error, "faults", ()):
            self.errors[fault.code] += 1
        self._logged_nothing()

    def _logged_nothing(self) -> None:
        if any(hostile.CANARY in text or str(hostile.NUMBER) in text for text in self.log.texts):
            raise Violation("a log tells contents of the record")

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

    def report(self) -> str:
        """What was run and what came of it."""
        lines = [f"seed {self.seed}", *(f"{kind}: {count}" for kind, count in sorted(self.counts.items()))]
        lines.append("faults: " + ", ".join(f"{code} {count}" for code, count in sorted(self.errors.items())))
        lines.append(f"slowest: {self.slowest[0]:.3f} s ({self.slowest[1]})")
        return "\n".join([*lines, f"violations: {len(self.violations)}", *self.violations])


def main() -> int:
    """Run the examples that the command line asks for."""
    parser = argparse.ArgumentParser(description="Fuzz the library with hostile records and broken rule files.")
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--mutations", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None, help="the folder for inputs of violations")
    options = parser.parse_args()
    fuzzer = Fuzzer(options.seed, options.keep)
    start = time.monotonic()
    sound = fuzzer.run(options.records, options.mutations)
    print(fuzzer.report())
    print(f"{time.monotonic() - start:.0f} s in all")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
