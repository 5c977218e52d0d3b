"""A look ahead beside deciding on every single day: random records, days and horizons, of shipped and random rulebooks.

``python days_ahead.py NUMBER SEED PROCESSES`` compares so many; the test beside it does some each time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, reduce
from multiprocessing import Pool
from random import Random
from time import monotonic
from typing import Any, NamedTuple

import aava_rules
from aava_rules.decision.answers import state_of
from aava_rules.decision.assumptions import lasting
from aava_rules.decision.decision import inside
from aava_rules.language.values import LAST_DAY, plain
from aava_rules.testing.record_maker import RecordMaker
from aava_rules.testing.rulebook_maker import random_rulebook

SHIPPED = ("finland", "aava", "hartola_sysma")
RANDOM_RULEBOOKS = 40
"""So many random rulebooks take turns; each is loaded once."""
HORIZONS = {1: 400, 3: 400, 20: 130, 40: 60, 90: 8, 366: 2}
"""How many days are looked ahead at most, and how often of a thousand times. The first day is mostly one of a change of
law, or beside one (`RecordMaker.day`), and those of records lie around it, so that most changes come within few days;
deciding on each day of a long time is what takes long."""
WHOLE = 12
"""In one of so many trials everything is asked; else a few names, so that there is time for more trials."""
ASSUMED = 0.5
"""In so many trials facts of the day are assumed to stay; else few of the answers of a record outlive its day."""
TOLD_AFTER = 1000
"""After so many seeds it is printed how far it is."""
EVERY_DAY = timedelta(days=1)

Told = dict[str, dict[str, Any]]


class Compared(NamedTuple):
    """What was compared: trials, those of more than 90 days, the days that were decided on, and the changes of answers."""

    trials: int = 0
    long: int = 0
    days: int = 0
    changes: int = 0

    def plus(self, other: Compared) -> Compared:
        """Both together."""
        return Compared(*map(sum, zip(self, other, strict=True)))


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
    for state in inside(decision).states:
        if state.kind == "step":
            told[f"step:{inside(decision).key_of(state)}"] = {"status": "unknown" if state.status == "open" else "none"}
    for step in decision.next_steps:
        key = f"step:{inside(decision).key_of(state_of(step))}"
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


def compare(seed: int) -> Compared:
    """Compare one random trial; no trial if its record was not right. Raises AssertionError where the two differ."""
    random = Random(seed)
    shipped = random.random() < 0.6
    number = random.randrange(len(SHIPPED)) if shipped else len(SHIPPED) + random.randrange(RANDOM_RULEBOOKS)
    rulebook, maker = rulebook_of(number)
    on = maker.day(random)
    (longest,) = random.choices(list(HORIZONS), list(HORIZONS.values()))
    until = min(on + EVERY_DAY * random.randint(1, longest), LAST_DAY)
    names = sorted([*rulebook.outcomes, *rulebook.requirements])
    only = None if random.randrange(WHOLE) == 0 else random.sample(names, min(len(names), random.randint(1, 4)))
    try:
        record = rulebook.decide(maker.record(random, on), on=on, engine="reference").record
    except aava_rules.RecordError:
        return Compared()
    of_the_day = record.model_copy(update={"facts_on": record.facts_on or on}) if record.facts else record
    assume, later = {}, of_the_day
    if random.random() < ASSUMED and record.facts_on in (None, on):
        assume, later = {"facts": "continue"}, lasting(record, on, rulebook._book.vocabulary)
    expected = sorted(day_by_day(rulebook, of_the_day, later, on, until, only), key=lambda change: change[:2])
    changes = rulebook.look_ahead(record, on=on, until=until, only=only, assume=assume)
    found = sorted(looked_ahead(changes), key=lambda change: change[:2])
    assert found == expected, f"seed {seed}: {rulebook.name} from {on} to {until}, {only}"
    days = (until - on).days + 1
    return Compared(1, days > 90, days, len(expected))


def share(wanted: int, first: int) -> Compared:
    """Compare so many trials, from the seed ``first`` on, and print now and then how far it is."""
    compared, number, begin = Compared(), 0, monotonic()
    while compared.trials < wanted:
        compared = compared.plus(compare(first + number))
        number += 1
        if number % TOLD_AFTER == 0:
            print(f"from seed {first}: {number} seeds in {monotonic() - begin:.0f} s, {compared}", flush=True)
    return compared


def main() -> None:
    """Compare as many trials as the command line says, from a seed on, in so many processes."""
    wanted, seed, processes = (int(argument) for argument in [*sys.argv[1:], "1", "1"][:3])
    begin = monotonic()
    shares = [(-(-wanted // processes), (seed * processes + number) * 10_000_000) for number in range(processes)]
    with Pool(processes) as pool:
        compared = reduce(Compared.plus, pool.starmap(share, shares))
    print(
        f"{compared.trials} looks ahead are as deciding on each of {compared.days} days, with {compared.changes} changes "
        f"of answers; {compared.long} of more than 90 days ({monotonic() - begin:.0f} s)"
    )


if __name__ == "__main__":
    main()
