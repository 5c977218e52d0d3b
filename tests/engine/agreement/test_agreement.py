"""The three engines have one meaning: on random rulebooks and on those that are shipped.

An example is a rulebook, a record and a day. The days lie on, before and after those on which
something changes; the records lack much, and lie at the edges of the tests.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from agreement import COMPLETE_EVERY, Tally, disagreements
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules.testing import RecordMaker, change_days, random_rulebook

SHARDS = 8
DAYS_EACH = 2
"""Days of decision for each random rulebook; its records are spread over them."""
NUMBERS = st.integers(0, 2**63 - 1)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_rulebooks(shard: int, wanted: dict[str, int], tally: Tally) -> None:
    """Reference, durable and columnar agree on random rulebooks."""
    share = -(-wanted["rulebooks"] // SHARDS)
    mine: set[str] = set()

    # some numbers are drawn twice, so more are drawn than there shall be rulebooks
    @seed(wanted["first"] * SHARDS + shard)
    @settings(
        max_examples=share * 2, deadline=None, database=None, derandomize=False,
        phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(NUMBERS, NUMBERS)
    def compare(number: int, of_records: int) -> None:
        if len(mine) >= share:
            return
        made = random_rulebook(number * SHARDS + shard)
        digest = hashlib.sha256(str(made).encode()).hexdigest()
        if digest in mine:
            return
        random = Random(of_records)
        rulebook = made.load()
        maker = RecordMaker(rulebook)
        count = -(-wanted["records"] // DAYS_EACH)
        for _ in range(DAYS_EACH):
            on = maker.day(random)
            records = [_record(maker, random, on, i) for i in range(count)]
            assert not list(disagreements(rulebook, on, records, tally)), (
                f"rulebook {number}, records {of_records}, {on}"
            )
        mine.add(digest)

    compare()
    assert len(mine) == share
    tally.rulebooks |= mine


def _record(maker: RecordMaker, random: Random, on: date, number: int) -> dict[str, Any]:
    """A random record; some have all the facts that their rulebook reads."""
    record = maker.record(random, on) | {"id": f"R-{number}"}
    if number % COMPLETE_EVERY == 0:
        facts = {name: maker.edges.fact(random, name, on) for name in maker.edges.read}
        record["facts"] = facts | record.get("facts", {})
    return record


@pytest.mark.parametrize("name", ["finland", "aava", "hartola_sysma"])
def test_shipped_rulebooks(name: str, wanted: dict[str, int], tally: Tally) -> None:
    """They agree on the shipped rulebooks, on the days around every dated change."""
    rulebook = aava_rules.load(name)
    maker = RecordMaker(rulebook)
    random = Random(wanted["first"])
    changes = change_days(rulebook)
    days = sorted({*changes, *(day - timedelta(days=1) for day in changes)})
    # a short comparison takes some of the days only
    for on in days[:: max(1, 640 // wanted["rulebooks"])]:
        records = [_record(maker, random, on, i) for i in range(8)]
        assert not list(disagreements(rulebook, on, records, tally)), on


def test_leap_days(tally: Tally) -> None:
    """They agree on the last days of February, where terms of months end early."""
    rulebook = aava_rules.load("aava")
    maker = RecordMaker(rulebook)
    for on in (date(2012, 2, 29), date(2016, 2, 28), date(2016, 2, 29), date(2024, 2, 29), date(2025, 2, 28)):
        random = Random(on.toordinal())
        records = [_record(maker, random, on, i) for i in range(20)]
        assert not list(disagreements(rulebook, on, records, tally)), on
