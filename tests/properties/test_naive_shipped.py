"""The shipped rulebooks against the naive judge, on records as they come from systems."""

from __future__ import annotations

from random import Random

import pytest
from library import RecordError, shipped
from naive_compare import Comparison, Tally
from naive_records import SystemRecords, mirrored

SEED_OF = {"finland": 10_000_000, "aava": 20_000_000, "hartola_sysma": 30_000_000}


@pytest.mark.parametrize("name", SEED_OF)
def test_no_completion_contradicts_a_shipped_rulebook(
    name: str, completions: int, first_record: int, tally: Tally
) -> None:
    """What a shipped rulebook answers for sure is what a plain reading of its rules answers, however gaps are filled."""
    comparison, maker = Comparison(mirrored(name), tally), SystemRecords(mirrored(name))
    seed = SEED_OF[name] + first_record
    while tally.completions < 2 * completions:
        random = Random(seed)
        on = maker.day(random)
        comparison.check_random(maker, random, on)
        seed += 1
    assert tally.definite > tally.answers / 2
    assert tally.undetermined < tally.answers / 20
    assert tally.refused < tally.records / 20


def test_a_record_that_is_refused_is_not_judged() -> None:
    """What the library refuses to read is told apart from what it answers wrongly."""
    with pytest.raises(RecordError):
        shipped("finland").decide(
            {"id": "x", "plans": [{"made_on": "2015-02-02", "ends_on": "2015-02-01"}]}, "2015-07-01"
        )
