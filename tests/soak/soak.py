"""Many decisions through durable-rules by many threads: none wrong, and memory stays flat.

    python tests/soak/soak.py --decisions 1000000 --threads 8

Records, days and names asked are seeded; the answers that are right are those of the reference
engine, worked out beforehand. ``--forks`` makes the main thread fork meanwhile, and each child decides
as well; ``--locale`` runs everything under a locale, such as one that writes decimals with a comma.
It exits with 1 if an answer is wrong, or if memory grew after the warm-up: every record of the pool
decided once, and a twentieth of all decisions.

    python tests/soak/soak.py --minutes 30 --threads 8

asks unlike questions for so long instead (``unlike.py``): records, days, engines and choices of names that hardly come
twice, explanations, what is missing, and tables. It exits with 1 after an error, or if memory is not flat after the
first third.
"""

from __future__ import annotations

import argparse
import locale
import os
import resource
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from aava_rules.compiler.program import RuleForms
from aava_rules.decision.answers import state_of
from aava_rules.decision.decision import inside
from aava_rules.decision.grounds import deciding_rules, due_day
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.engine.states import State
from aava_rules.record import Record, read
from aava_rules.testing import RecordMaker, random_rulebook

SHIPPED = ("aava", "hartola_sysma")
RANDOM_RULEBOOKS = 6
MOST_NAMES = 3
"""Of so many answers of a rulebook a decision is asked at the most."""
ALL_NAMES = 20
"""One decision of so many is asked for everything."""
GROWTH_MB = 20.0
GROWTH_SHARE = 0.05
"""Memory is flat if it grew by less than either."""
WARM_UP_SHARE = 20
"""One in so many decisions belongs to the warm-up, in which each thread comes to the memory that it works in."""
CHILD_DECISIONS = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One record on one day, what is asked of it, and the right answers."""

    rulebook: Rulebook
    record: Record
    on: date
    names: tuple[str, ...] | None
    right: tuple[Any, ...]

    def answers(self, engine: str) -> tuple[Any, ...]:
        """Outcomes, findings and next steps, each with the rules that decide."""
        return answers_of(self.rulebook, self.record, self.on, self.names, engine)


def answers_of(
    rulebook: Rulebook, record: Record, on: date, names: tuple[str, ...] | None, engine: str
) -> tuple[Any, ...]:
    """What a decision answers, in a form that can be compared."""
    decision = rulebook.decide(record, on, names, engine)
    assert decision.engine == engine
    outcomes = [
        (outcome.name, outcome.status, state_of(outcome).value, outcome.by) for outcome in decision.outcomes.values()
    ]
    # asked of the run itself, so that threads do not wait for one another where a decision keeps what it found
    states = [
        _state_key(state) for state in inside(decision).session.others(None if names is None else frozenset(names))
    ]
    return (*outcomes, *states)


def _state_key(state: State) -> tuple[Any, ...]:
    due = due_day(state) if state.status == "suggested" else None
    return (state.name, state.list_name, state.position, state.status, due, ids(deciding_rules(state)))


def ids(rules: tuple[RuleForms, ...]) -> tuple[str, ...]:
    """The ids of rules."""
    return tuple(rule.bound.rule.id for rule in rules)


def pool(size: int, seed: int) -> list[Item]:
    """So many seeded records, over the days on which something changes, of shipped and random rulebooks."""
    rulebooks = [load(name, plugins=False) for name in SHIPPED]
    rulebooks += [random_rulebook(seed * 1000 + number).load() for number in range(RANDOM_RULEBOOKS)]
    makers = [RecordMaker(rulebook) for rulebook in rulebooks]
    return [_item(Random(seed * 1_000_000 + number), rulebooks, makers) for number in range(size)]


def _item(random: Random, rulebooks: list[Rulebook], makers: list[RecordMaker]) -> Item:
    # half of the records are for the shipped rulebooks
    number = random.randrange(len(SHIPPED)) if random.random() < 0.5 else random.randrange(len(SHIPPED), len(rulebooks))
    rulebook, maker = rulebooks[number], makers[number]
    on = maker.day(random)
    record = read(maker.record(random, on), steps=rulebook.steps)
    every = sorted(rulebook._book.answer_names)
    few = tuple(random.sample(every, min(len(every), random.randint(1, MOST_NAMES))))
    names = None if random.randrange(ALL_NAMES) == 0 else few
    return Item(rulebook, record, on, names, answers_of(rulebook, record, on, names, "reference"))


def megabytes() -> float:
    """The memory that the process has now; where the system does not tell it, the most that it had."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


@dataclass
class Soak:
    """A run over one pool."""

    items: list[Item]
    seed: int
    done: int = 0
    wrong: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def check(self, number: int) -> None:
        """Decide one record, and keep what was wrong."""
        item = self.items[number]
        try:
            answers = item.answers("durable")
        except Exception as error:
            self.wrong.append(f"record {number}: {type(error).__name__}: {error}")
            return
        if answers != item.right:
            self.wrong.append(f"record {number}: {answers} is not {item.right}")

    def _numbers(self, seed: int, count: int) -> Iterator[int]:
        random = Random(seed)
        return (random.randrange(len(self.items)) for _ in range(count))

    def run(self, decisions: int, threads: int, seconds: float = 60.0, forks: int = 0) -> None:
        """So many decisions by so many threads; memory is read every so many seconds.

        Before that the threads decide every record once, so that everything is compiled that will be.
        """
        counts = [0] * threads
        ready = threading.Barrier(threads + 1)
        go, forked = threading.Event(), threading.Event()

        def work(thread: int) -> None:
            for number in range(thread, len(self.items), threads):
                self.check(number)
            ready.wait()
            go.wait()
            share = decisions // threads + (thread < decisions % threads)
            for number in self._numbers(self.seed * 100 + thread, share):
                self.check(number)
                counts[thread] += 1
            while not forked.is_set():
                self.check(thread % len(self.items))

        workers = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
        for worker in workers:
            worker.start()
        ready.wait()
        print(f"{len(self.items)} records decided once, {megabytes():.1f} MB", flush=True)
        started = told_at = time.monotonic()
        go.set()
        for number in range(forks):
            self._fork(number)
        forked.set()
        while any(worker.is_alive() for worker in workers):
            time.sleep(0.05)
            if not self.memory and sum(counts) >= decisions / WARM_UP_SHARE:
                self._tell(sum(counts), time.monotonic() - started)
            elif self.memory and time.monotonic() - told_at >= seconds:
                told_at = time.monotonic()
                self._tell(sum(counts), told_at - started)
        self.done = sum(counts)
        self._tell(self.done, time.monotonic() - started)

    def _tell(self, done: int, seconds: float) -> None:
        self.memory.append(megabytes())
        rate = done / seconds if seconds else 0.0
        sofar = f"{done:>9} decisions {seconds:7.0f} s {rate:6.0f}/s"
        print(f"{sofar} {self.memory[-1]:7.1f} MB {len(self.wrong)} wrong", flush=True)

    def _fork(self, number: int) -> None:
        """A child that decides some records of its own, while the threads of the parent go on."""
        with warnings.catch_warnings():
            # newer Pythons warn of forks beside threads, which is what is tried here
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            self.wrong.clear()
            try:
                for chosen in self._numbers(self.seed * 10_000 + number, CHILD_DECISIONS):
                    self.check(chosen)
            finally:
                os._exit(1 if self.wrong else 0)
        _, status = os.waitpid(child, 0)
        if status:
            self.wrong.append(f"child {number}: status {status}")

    @property
    def flat(self) -> bool:
        """Whether memory did not grow after the warm-up."""
        base, most = self.memory[0], max(self.memory)
        return most - base < GROWTH_MB or most < base * (1 + GROWTH_SHARE)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--pool", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--forks", type=int, default=0)
    parser.add_argument("--locale", default="")
    parser.add_argument("--minutes", type=float, default=0.0, help="ask unlike questions for so long")
    options = parser.parse_args(arguments)
    if options.locale:
        locale.setlocale(locale.LC_ALL, options.locale)
        print(f"locale {options.locale}: decimals are written as {locale.str(3.5)}")
    if options.forks:
        sys.setswitchinterval(1e-5)  # so that forks fall into the midst of evaluations
    if options.minutes:
        from unlike import ask_unlike_questions

        return ask_unlike_questions(options.minutes * 60, options.threads, options.seed)
    soak = Soak(pool(options.pool, options.seed), options.seed)
    soak.run(options.decisions, options.threads, forks=options.forks)
    for wrong in soak.wrong[:5]:
        print(wrong[:400])
    growth = max(soak.memory) - soak.memory[0]
    print(f"{soak.done} decisions by {options.threads} threads, {options.forks} forks: {len(soak.wrong)} wrong, "
          f"memory grew by {growth:.1f} MB: {'flat' if soak.flat else 'NOT FLAT'}")  # fmt: skip
    return 1 if soak.wrong or not soak.flat else 0


if __name__ == "__main__":
    sys.exit(main())
