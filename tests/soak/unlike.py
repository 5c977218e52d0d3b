"""Unlike questions by many threads for a while: none ends in an error, and memory stays flat. See soak.py."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
from soak import GROWTH_MB, GROWTH_SHARE, megabytes

import aava_rules
from aava_rules.decision.decision import Decision
from aava_rules.engine.choice import NAMES as ENGINES
from aava_rules.testing import RecordMaker

RULEBOOKS = ("finland", "aava", "hartola_sysma")
MOST_NAMES = 8
"""Names in a choice, at most; of the names of a rulebook there are more choices than can be asked."""
DAYS = (date(2001, 9, 1), date(2028, 1, 1))
TABLE_EVERY = 300
"""One question of so many is asked of a table."""
CLIENTS = 300
"""Clients of a table."""
CHECKED = 3
"""Clients of a table who are decided by themselves as well, to compare."""
READ_EVERY = 5.0
"""Seconds between readings of the memory."""


class DifferenceError(Exception):
    """Two roads to one answer did not lead to the same."""


@dataclass
class Asked:
    """What was asked, and what came of it.

    Attributes:
        counts: how often each kind of question was asked.
        errors: what went wrong, each once, without anything of a record.
        memory: megabytes of the process by second.
    """

    counts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def thirds(self, seconds: float) -> list[tuple[float, float, float]]:
        """Of each third of the time: megabytes at its end, on average, and at the most."""
        found = []
        for third in range(3):
            readings = [mb for at, mb in self.memory if seconds * third / 3 <= at < seconds * (third + 1) / 3]
            readings = readings or [self.memory[-1][1]]
            found.append((readings[-1], sum(readings) / len(readings), max(readings)))
        return found


def is_flat(thirds: list[tuple[float, float, float]]) -> bool:
    """Whether memory did not grow after the first third: by its averages and by its peaks, within either bound."""
    first, *_, last = thirds[1:]
    return all(
        after - before < max(GROWTH_MB, before * GROWTH_SHARE)
        for before, after in zip(first[1:], last[1:], strict=True)
    )


class Questioner:
    """Asks one question after another, hardly any of them twice; each thread has its own."""

    def __init__(self, rulebooks: list[aava_rules.Rulebook], makers: list[RecordMaker], random: Random) -> None:
        self._rulebooks, self._makers, self._random = rulebooks, makers, random

    def ask(self, counts: Counter[str]) -> None:
        """Ask one question, and read what it answers. Raises DifferenceError."""
        random = self._random
        number = random.randrange(len(self._rulebooks))
        rulebook, maker = self._rulebooks[number], self._makers[number]
        names = sorted(rulebook._book.answer_names)
        only = random.sample(names, random.randint(1, MOST_NAMES)) if random.random() < 0.9 else None
        on = DAYS[0] + timedelta(random.randrange((DAYS[1] - DAYS[0]).days))
        if random.randrange(TABLE_EVERY) == 0:
            self._table(rulebook, maker, only, on)
            counts["tables"] += 1
            return
        engine = random.choice([*ENGINES]) if sys.version_info < (3, 13) else "reference"
        decision = rulebook.decide(maker.record(random, on), on, only, engine)
        kind = random.choice(["answers", "missing", "explain", "to_json", "all"])
        counts[kind] += 1
        if kind in ("answers", "all"):
            assert len([*decision.outcomes.values(), *decision.findings, *decision.next_steps]) >= 0
        if kind in ("missing", "all"):
            assert all(fact.affects for fact in decision.missing)
        if kind in ("explain", "all"):
            self._explain(decision)
        if kind in ("to_json", "all"):
            assert decision.to_json().startswith("{")
        assert isinstance(decision.notices, tuple)

    def _explain(self, decision: Decision) -> None:
        keys = [*decision.outcomes, *(finding.key for finding in decision.findings[:20])]
        for key in self._random.sample(keys, min(len(keys), 2)):
            assert decision.explain(key).text(self._random.choice(["fi", "sv", "en"]))

    def _table(self, rulebook: aava_rules.Rulebook, maker: RecordMaker, only: list[str] | None, on: date) -> None:
        from aava_rules.engine.table.input.from_records import tables_of

        records = [maker.record(self._random, on) | {"id": str(number)} for number in range(CLIENTS)]
        frames = tables_of(records, rulebook._book.vocabulary)
        frames.pop("invalid", None)
        answers = rulebook.decide_table(**frames, on=on, only=only)
        outcomes = answers.outcomes
        assert len(answers.findings) >= 0 and len(answers.next_steps) >= 0
        refused = set(answers.invalid["id"])
        for client in self._random.sample(range(CLIENTS), CHECKED):
            row = (
                outcomes.row(by_predicate=pl.col("id") == str(client), named=True)
                if str(client) not in refused
                else None
            )
            if row is None:
                continue
            alone: Any = rulebook.decide(records[client], on, only, "reference")
            for name, outcome in alone.outcomes.items():
                if row[f"{name}_status"] != outcome.status:
                    raise DifferenceError(name)


def ask_unlike_questions(seconds: float, threads: int, seed: int) -> int:
    """Ask for so many seconds by so many threads, and tell what came of it; 1 after an error or if memory grew."""
    rulebooks = [aava_rules.load(name, plugins=False) for name in RULEBOOKS]
    makers = [RecordMaker(rulebook) for rulebook in rulebooks]
    asked = [Asked() for _ in range(threads)]
    begun = time.monotonic()

    def work(number: int) -> None:
        questioner = Questioner(rulebooks, makers, Random(seed * 1_000 + number))
        while time.monotonic() - begun < seconds:
            with told(asked[number].errors):
                questioner.ask(asked[number].counts)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    whole = Asked()
    shown = 0
    while any(worker.is_alive() for worker in workers):
        time.sleep(min(READ_EVERY, seconds / 60))
        at = time.monotonic() - begun
        whole.memory.append((at, megabytes()))
        if at >= (shown + 1) * seconds / 30:
            shown += 1
            count = sum(sum(one.counts.values()) for one in asked)
            errors = sum(sum(one.errors.values()) for one in asked)
            print(f"{at:7.0f} s {count:>9} questions {whole.memory[-1][1]:7.1f} MB {errors} errors", flush=True)
    for one in asked:
        whole.counts += one.counts
        whole.errors += one.errors
    thirds = whole.thirds(seconds)
    for name, (end, average, most) in zip(("first", "second", "last"), thirds, strict=True):
        print(f"{name:>6} third: {average:7.1f} MB on average, {most:7.1f} at most, {end:7.1f} at its end")
    for error, count in whole.errors.most_common(10):
        print(f"{count:>6} {error}")
    no_growth = is_flat(thirds)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(whole.counts.items()))
    print(f"{sum(whole.counts.values())} questions by {threads} threads in {seconds / 60:.1f} minutes ({kinds}): "
          f"{sum(whole.errors.values())} errors, {'flat' if no_growth else 'NOT FLAT'}")  # fmt: skip
    return 1 if whole.errors or not no_growth else 0


@contextmanager
def told(errors: Counter[str]) -> Iterator[None]:
    """Count an error by its kind and by where it was raised."""
    try:
        yield
    except Exception as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
        errors[f"{type(error).__name__} at {where}"] += 1
