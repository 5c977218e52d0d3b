"""The strategies of the kit for others' tests: thresholds are met on every side, what is drawn is small and readable."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from brute import shipped
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules import AavaRulesError
from aava_rules.language.syntax import Const
from aava_rules.language.values import UNKNOWN
from aava_rules.testing import RecordMaker, as_json, random_rulebook, reduced, strategies
from aava_rules.testing.boundaries import Boundaries, Threshold
from aava_rules.testing.local_rulebooks import local_rulebook

DAY = date(2014, 5, 5)
FEW = settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
ROOT = Path(__file__).resolve().parents[2]


@cache
def boundaries() -> Boundaries:
    return Boundaries(shipped("finland"))


def threshold(record: dict[str, Any], on: date, text: str) -> Threshold:
    return next(each for each in boundaries().thresholds(record, on) if str(each) == text)


CLIENT = {"id": "a", "client": {"birth_date": date(1970, 1, 1)}, "facts": {"subsidy_days": 3}}
PERIOD = {
    "id": "a",
    "periods": [
        {"kind": "rehabilitative_work", "start": date(2014, 3, 3), "agreed_end": date(2014, 12, 1), "days_per_week": 1}
    ],
}


@pytest.mark.parametrize(
    ("record", "text", "values"),
    [
        (CLIENT, "age at 25", [date(1989, 5, 6), date(1989, 5, 5), date(1988, 5, 5)]),
        (CLIENT, "subsidy_days at 500", [499, 500, 501]),
        (PERIOD, "periods[0]: add_days(period.agreed_end, 1) at add_months(period.start, 3)", [date(2014, 6, 1), date(2014, 6, 2), date(2014, 6, 3)]),
        (PERIOD, "periods[0]: period.most_days_per_week at 5", [4, 5, 6]),
    ],
)  # fmt: skip
def test_a_record_is_moved_onto_a_threshold_and_beside_it(record: dict[str, Any], text: str, values: list[Any]) -> None:
    """Under, on and over: the day before somebody is 25, the last day that is too early for three months, 499 days."""
    moved = [boundaries().moved_to(record, DAY, threshold(record, DAY, text), side) for side in (-1, 0, 1)]
    read = [
        client["birth_date"]
        if "age" in text
        else each["facts"]["subsidy_days"]
        if client
        else each["periods"][0][field]
        for each in moved
        for client in [each.get("client")]
        for field in ["days_per_week" if "per_week" in text else "agreed_end"]
    ]
    assert read == values
    for each in moved:
        shipped("finland").decide(each, DAY)


def test_what_is_judged_of_another_day_has_the_thresholds_of_that_day() -> None:
    """A period that ended before July 2015 is held to five days a week, one that runs on after it to four."""
    later = {"id": "a", "periods": [PERIOD["periods"][0] | {"start": date(2015, 8, 3), "agreed_end": date(2016, 2, 1)}]}
    limits = [
        {str(each) for each in boundaries().thresholds(record, day) if "most_days_per_week at" in str(each)}
        for record, day in ((PERIOD, DAY), (later, date(2016, 2, 1)))
    ]
    assert limits == [{"periods[0]: period.most_days_per_week at 5"}, {"periods[0]: period.most_days_per_week at 4"}]


def test_most_numbers_of_the_law_are_met_on_each_side() -> None:
    """Of the numbers to which any record is held, more than three in five are met exactly, just under and just over; the
    rest are those of outcomes, and those under which no number lies."""
    maker, tries, hits = RecordMaker(shipped("finland")), 0, 0
    for seed in range(24):
        random = Random(seed)
        record = maker.record(random, DAY)
        thresholds = [each for each in boundaries().thresholds(record, DAY) if isinstance(each.limit, Const)]
        for each in random.sample(thresholds, min(8, len(thresholds))):
            for side in (-1, 0, 1):
                moved = boundaries().moved_to(record, DAY, each, side)
                alike = [other for other in boundaries().thresholds(moved, DAY) if str(other) == str(each)]
                tries += 1
                hits += any(_side(*other.values) == side for other in alike)
    assert hits > tries * 0.6


def _side(term: Any, limit: Any) -> int | None:
    if term is UNKNOWN or type(term) is not type(limit):
        return None
    difference = (term - limit).days if isinstance(term, date) else term - limit
    return int(difference > 0) - int(difference < 0) if abs(difference) <= 1 else None


def test_a_record_without_thresholds_stays_as_it_is() -> None:
    """Where nothing is compared, there is nothing to move to."""
    rulebook = random_rulebook(3, aava_rules.testing.PLAIN).load()
    moved = Boundaries(rulebook).moved(Random(1), {"id": "a"}, DAY)
    assert rulebook.decide(moved, DAY).record_id == "a"


@FEW
@given(st.deferred(lambda: strategies.boundary_records(shipped("finland"), DAY)))
def test_records_on_boundaries_are_right_in_form(record: dict[str, Any]) -> None:
    """Each is read without a fault, as Python's values and as JSON."""
    assert shipped("finland").decide(record, DAY).record_id == record["id"]
    shipped("finland").decide(as_json(record), DAY)


@FEW
@given(st.deferred(lambda: strategies.hostile_records(shipped("finland"), DAY)))
def test_hostile_records_are_answered_or_refused(record: Any) -> None:
    """Nothing but an error of the library comes of them, and it tells nothing of what stands in them."""
    try:
        shipped("finland").decide(record, DAY).outcomes["target_group"]
    except AavaRulesError as error:
        assert aava_rules.testing.CANARY not in str(error)


@settings(FEW, max_examples=4)
@given(st.deferred(lambda: strategies.gaps_filled(shipped("finland"))))
def test_what_fills_gaps_keeps_what_was_known(drawn: tuple[dict[str, Any], dict[str, Any], date]) -> None:
    """The fuller record has every exact fact of the other, and both are right in form."""
    record, fuller, on = drawn
    exact = {name: value for name, value in record.get("facts", {}).items() if not isinstance(value, dict)}
    assert exact.items() <= fuller.get("facts", {}).items()
    shipped("finland").decide(fuller, on)


@FEW
@given(st.deferred(lambda: strategies.situations(shipped("finland"), strategies.boundary_records)))
def test_situations_of_any_kind_of_record_fit_their_day(drawn: tuple[Any, date]) -> None:
    """The day is drawn first, and the records for it."""
    record, on = drawn
    shipped("finland").decide(record, on)


@pytest.mark.parametrize("name", ["finland", "aava", "own_rulebook"])
def test_local_rulebooks_load_on_top_of_any(name: str) -> None:
    """They extend a shipped rulebook and one in a folder, ask what they declare, and leave what lies below as it is."""
    below = shipped(name) if name != "own_rulebook" else aava_rules.load(ROOT / "examples" / name, plugins=False)
    for seed in range(2):
        rulebook = local_rulebook(Random(seed), below).load()
        assert [layer.name for layer in rulebook._parts.layers][-2:] == [below.name, "drawn_rules"]
        added = set(rulebook._parts.requirements) | set(rulebook._parts.steps)
        added -= set(below._parts.requirements) | set(below._parts.steps)
        assert added
        assert all(each.startswith("drawn_") for each in added)
        assert set(rulebook._parts.outcomes) == set(below._parts.outcomes)
        rulebook.decide({"id": "a", "periods": [{"kind": "rehabilitative_work"}], "plans": []}, DAY)


def test_local_rulebooks_are_drawn() -> None:
    """The strategy gives limits of each kind of item."""
    drawn = find(
        strategies.local_rulebooks(shipped("finland")), lambda each: "each: plan" in str(each),
        settings=settings(FEW, max_examples=500),
    )  # fmt: skip
    assert drawn.below is shipped("finland")


@cache
def small() -> Any:
    """A rulebook of few facts, for which Hypothesis shrinks fast."""
    return random_rulebook(5).load()


def test_a_planted_fault_shrinks_to_few_facts_and_is_reduced_to_those_it_needs() -> None:
    """Of a fault in two facts Hypothesis shows at most two more and no list; `reduced` leaves the two."""

    def fails(record: dict[str, Any]) -> bool:
        facts = record.get("facts", {})
        return facts.get("n0", 0) not in (0, 1) and facts.get("b1") is True

    smallest = find(strategies.records(small(), DAY), fails, settings=settings(FEW, max_examples=2000))
    assert set(smallest) <= {"id", "facts"}
    assert {"n0", "b1"} <= set(smallest["facts"])
    assert len(smallest["facts"]) <= 4
    assert set(reduced(smallest, fails)["facts"]) == {"n0", "b1"}


def test_a_record_is_reduced_to_what_a_failure_needs() -> None:
    """Facts, items and fields go, the failure stays; a record that raises something else does not count."""
    record = RecordMaker(shipped("finland")).record(Random(4), DAY)
    record["facts"] = {**record.get("facts", {}), "age": 40}
    record["periods"] = [{"start": DAY}, {"kind": "rehabilitative_work", "start": DAY, "days_per_week": 9}]

    def fails(candidate: dict[str, Any]) -> bool:
        return candidate["facts"]["age"] == 40 and any(each["days_per_week"] == 9 for each in candidate["periods"])

    with pytest.raises(KeyError):
        fails(record)  # an item has no such field: only when it has gone does the rest fail
    smaller = reduced(record, lambda each: each.get("facts", {}).get("age") == 40 and len(each.get("periods", ())) > 1)
    assert smaller == {"id": record["id"], "facts": {"age": 40}, "periods": [{}, {}]}
    assert reduced(smaller, fails) == smaller


def test_a_threshold_says_what_it_is() -> None:
    """A constant is named by its value, an item by its place."""
    each = threshold(PERIOD, DAY, "periods[0]: period.most_days_per_week at 5")
    assert isinstance(each.limit, Const)
    assert each.values == (1, 5)
