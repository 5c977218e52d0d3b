"""How much one client may have: both sides of each limit, as a fault of that client and of nobody else."""

from __future__ import annotations

from typing import Any

import pytest

import aava_rules
from aava_rules import Limits, RecordError, RecordFailure
from aava_rules.decision.decision import inside
from aava_rules.record import Record

DAY = "2015-09-15"
FEW = Limits(items=3, items_in_all=5, answers=100)


def record(**counts: int) -> dict[str, Any]:
    return {"id": "a", **{name: [{}] * count for name, count in counts.items()}}


def faults(source: Any, limits: Limits, only: list[str] | None = None) -> list[tuple[str, str]]:
    rulebook = aava_rules.load("finland", plugins=False, limits=limits)
    try:
        rulebook.decide(source, DAY, only)
    except RecordError as error:
        return [(fault.place, fault.code) for fault in error.faults]
    return []


CASES = [
    ({"benefits": 3}, []),
    ({"benefits": 4}, [("benefits", "AR120")]),
    ({"benefits": 4, "events": 4}, [("benefits", "AR120"), ("events", "AR120")]),
    ({"benefits": 3, "events": 2}, []),
    ({"benefits": 3, "events": 3}, [("record", "AR120")]),
]


@pytest.mark.parametrize(("counts", "told"), CASES)
def test_both_sides_of_each_limit(counts: dict[str, int], told: list[tuple[str, str]]) -> None:
    """Of a list, and of all lists; in dicts and in records that were read before."""
    source = record(**counts)
    assert faults(source, FEW) == told
    assert faults(Record(**source), FEW) == told


def test_the_limit_of_answers_counts_what_is_asked() -> None:
    """As many as there are requirements and steps for each plan, and one fewer; asking less is allowed."""
    rulebook = aava_rules.load("finland", plugins=False)
    names = {finding.requirement for finding in rulebook.decide(record(plans=1), DAY).findings if finding.where}
    questions = inside(rulebook.decide(record(plans=1), DAY)).inquiry.questions["plans"]
    assert questions >= len(names) > 1
    assert faults(record(plans=2), Limits(answers=2 * questions)) == []
    assert faults(record(plans=2), Limits(answers=2 * questions - 1)) == [("record", "AR120")]
    assert faults(record(plans=2), Limits(answers=2), only=[sorted(names)[0]]) == []


def test_a_client_with_too_much_is_a_failure_among_others() -> None:
    """The next client is answered."""
    rulebook = aava_rules.load("finland", plugins=False, limits=FEW)
    first, second = rulebook.decide_many([record(plans=4), record(plans=1)], DAY)
    assert isinstance(first, RecordFailure)
    assert not isinstance(second, RecordFailure)


def test_tables_tell_it_of_that_client_alone() -> None:
    """With the code that decide has, and the other client's answers."""
    polars = pytest.importorskip("polars")
    rulebook = aava_rules.load("finland", plugins=False, limits=FEW)
    clients = polars.DataFrame({"id": ["a", "b", "c"]})
    benefits = polars.DataFrame({"client": ["a"] * 4 + ["b"] * 3 + ["c"] * 3})
    events = polars.DataFrame({"client": ["c"] * 3, "step": ["first_meeting"] * 3})
    table = rulebook.decide_table(clients, benefits=benefits, events=events, on=DAY)
    told = [(row["id"], row["code"]) for row in table.invalid.iter_rows(named=True)]
    assert told == [("a", "AR120"), ("c", "AR120")]
    assert table.outcomes["id"].to_list() == ["b"]


def test_the_limits_that_nobody_raised() -> None:
    """10,000 items of a list are read, and one more is not."""
    assert Limits() == Limits(items=10_000, items_in_all=20_000, answers=500_000)
    assert faults(record(benefits=10_000), Limits(), ["target_group"]) == []
    assert faults(record(benefits=10_001), Limits(), ["target_group"]) == [("benefits", "AR120")]
