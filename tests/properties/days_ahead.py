"""A look ahead beside deciding on every single day: random records, days and horizons, of shipped and random rulebooks.

``python days_ahead.py NUMBER SEED PROCESSES`` compares so many; the test beside it does some each time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from multiprocessing import Pool
from random import Random
from time import monotonic
from typing import Any

import aava_rules
from aava_rules.decision.assumptions import lasting
from aava_rules.language.values import LAST_DAY, plain
from aava_rules.testing.record_maker import RecordMaker
from aava_rules.testing.rulebook_maker import random_rulebook

SHIPPED = ("finland", "aava", "hartola_sysma")
RANDOM_RULEBOOKS = 40
"""So many random rulebooks take turns; each is loaded once."""
HORIZONS = (1, 2, 7, 20, 20, 40, 40, 90)
"""How many days are looked ahead at most, the most frequent ones more often."""
WHOLE = 12
"""In one of so many trials everything is asked; else a few names, so that there is time for more trials."""
ASSUMED = 0.5
"""In so many trials facts of the day are assumed to stay; else few of the answers of a record outlive its day."""
EVERY_DAY = timedelta(days=1)

Told = dict[str, dict[str, Any]]


def told_on(decision: aava_rules.Decision) -> Told:
    """What a decision tells of each answer, by its key, worked out from what hosts read of it."""
    told: Told = {}
    for name, outcome in decision.outcomes.items():
        settled = outcome.status in ("known", "unknown")
        answer: dict[str, Any] = {"status": outcome.status, "value": plain(outcome.value) if settled else None}
        if outcome.possible:
            answer["possible"] = sorted(outcome.possible)
        if outcome.last_known is not None:
            answer["last_known"] = plain(outcome.last_known.value)
        told[name] = answer
    for finding in decision.findings:
        told[f"requirement:{finding.key}"] = {"status": finding.status}
    for state in decision.states:
        if state.kind == "step":
            told[f"step:{decision.key_of(state)}"] = {"status": "unknown" if state.status == "open" else "none"}
    for step in decision.next_steps:
        key = f"step:{decision.key_of(step.state)}"
        told[key] = {"status": "suggested", "due": plain(step.due), "overdue": step.overdue}
    return told


def day_by_day(
    rulebook: aava_rules.Rulebook,
    record: aava_rules.Record,
    later: aava_rules.Record,
    on: date,
    until: date,
    only: list[str] | None,
) -> Iterator[tuple[date, str, dict[str, Any], dict[str, Any]]]:
    """The changes that deciding on each day shows: day, key, what was told before, and what is told.

    ``record`` is that of the first day, ``later`` that of the days after it.
    """
    before: Told | None = None
    day = on
    while day <= until:
        told = told_on(rulebook.decide(record if day == on else later, on=day, only=only, engine="reference"))
        if before is not None:
            yield from ((day, key, before[key], told[key]) for key in told if told[key] != before[key])
        before = told
        day += EVERY_DAY


def looked_ahead(changes: Any) -> Iterator[tuple[date, str, dict[str, Any], dict[str, Any]]]:
    """The changes that a look ahead tells, in the same form."""
    for change in changes:
        prefix = {"outcome": "", "finding": "requirement:", "step": "step:"}[change.kind]
        yield change.day, prefix + change.key, dict(change.before), dict(change.after)


@cache
def rulebook_of(number: int) -> tuple[aava_rules.Rulebook, RecordMaker]:
    """The rulebook of a number, shipped or random, with what makes records for it."""
    if number < len(SHIPPED):
        rulebook = aava_rules.load(SHIPPED[number], plugins=False)
    else:
        rulebook = random_rulebook(number).load()
    return rulebook, RecordMaker(rulebook)


def compare(seed: int) -> bool:
    """Compare one random trial; False if its record was not right. Raises AssertionError where the two differ."""
    random = Random(seed)
    shipped = random.random() < 0.6
    number = random.randrange(len(SHIPPED)) if shipped else len(SHIPPED) + random.randrange(RANDOM_RULEBOOKS)
    rulebook, maker = rulebook_of(number)
    on = maker.day(random)
    until = min(on + EVERY_DAY * random.randint(1, random.choice(HORIZONS)), LAST_DAY)
    names = sorted([*rulebook.outcomes, *rulebook.requirements])
    only = None if random.randrange(WHOLE) == 0 else random.sample(names, min(len(names), random.randint(1, 4)))
    try:
        record = rulebook.decide(maker.record(random, on), on=on, engine="reference").record
    except aava_rules.RecordError:
        return False
    of_the_day = record.model_copy(update={"facts_on": record.facts_on or on}) if record.facts else record
    assume, later = {}, of_the_day
    if random.random() < ASSUMED and record.facts_on in (None, on):
        assume, later = {"facts": "continue"}, lasting(record, on, rulebook.book.vocabulary)
    expected = sorted(day_by_day(rulebook, of_the_day, later, on, until, only), key=lambda change: change[:2])
    changes = rulebook.look_ahead(record, on=on, until=until, only=only, assume=assume)
    found = sorted(looked_ahead(changes), key=lambda change: change[:2])
    assert found == expected, f"seed {seed}: {rulebook.name} from {on} to {until}, {only}"
    return True


def share(wanted: int, first: int) -> int:
    """Compare so many trials, from the seed ``first`` on; how many were compared."""
    compared = number = 0
    while compared < wanted:
        compared += compare(first + number)
        number += 1
    return compared


def main() -> None:
    """Compare as many trials as the command line says, from a seed on, in so many processes."""
    wanted, seed, processes = (int(argument) for argument in [*sys.argv[1:], "1", "1"][:3])
    begin = monotonic()
    shares = [(-(-wanted // processes), (seed * processes + number) * 10_000_000) for number in range(processes)]
    with Pool(processes) as pool:
        compared = sum(pool.starmap(share, shares))
    print(f"{compared} looks ahead are as deciding on every day ({monotonic() - begin:.0f} s)")


if __name__ == "__main__":
    main()
