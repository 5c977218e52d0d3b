"""The strategies and generators that testers get: right in form, at the edges of law, and repeatable."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from brute import BRUTE, shipped
from hypothesis import find, given, settings
from hypothesis import strategies as st

from aava_rules.testing import (
    EVERYTHING,
    PLAIN,
    RandomRulebook,
    RecordMaker,
    change_days,
    completions,
    days,
    random_rulebook,
    random_rulebooks,
    records,
    rulebooks,
)

QUICK = settings(BRUTE, max_examples=3000)


def test_hypothesis_is_imported_for_strategies_only() -> None:
    """Neither the library nor the random rulebooks need Hypothesis; a strategy that is asked for does."""
    program = (
        "import sys, aava_rules, aava_rules.testing as testing; testing.random_rulebook(1); "
        "assert 'hypothesis' not in sys.modules; testing.records; assert 'hypothesis' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": ":".join(p for p in sys.path if p)})


def test_a_strategy_without_hypothesis_says_what_to_install() -> None:
    """Who lacks Hypothesis is told the extra that has it."""
    program = (
        "import sys; sys.modules['hypothesis'] = None\nfrom aava_rules import testing\ntry:\n    testing.records\n"
        "except ImportError as error:\n    assert '.[testing]' in str(error), error\nelse:\n    sys.exit(1)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": ":".join(p for p in sys.path if p)})


def test_an_unknown_name_is_an_error() -> None:
    """The package has no other names than those it lists."""
    import aava_rules.testing

    with pytest.raises(AttributeError):
        aava_rules.testing.nothing  # noqa: B018


@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_days_lie_on_and_beside_every_change(beside: int) -> None:
    """For a change of the law the day before it, the day itself and the day after it are drawn."""
    wanted = date(2015, 7, 1) + timedelta(days=beside)
    assert date(2015, 7, 1) in change_days(shipped("finland"))
    assert find(days(shipped("finland")), lambda day: day == wanted, settings=QUICK) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        lambda record: record.get("periods") == [],
        lambda record: "periods" not in record,
        lambda record: bool(record.get("complete")) and bool(record.get("complete_from")),
        lambda record: record.get("facts", {}).get("age") == 25,
        lambda record: isinstance(record.get("facts", {}).get("subsidy_days"), dict),
        lambda record: "facts_on" in record and record["facts_on"] != date(2014, 5, 5),
        lambda record: any("length_months" in period for period in record.get("periods", ())),
        lambda record: "birth_date" in record.get("client", {}),
    ],
)
def test_records_reach_every_corner(wanted: Any) -> None:
    """Lists absent and empty, completeness, bounds, limits exactly met and facts of another day are all drawn."""
    assert wanted(find(records(shipped("finland"), date(2014, 5, 5)), wanted, settings=QUICK))


@settings(BRUTE, max_examples=60)
@given(st.deferred(lambda: records(shipped("aava"), date(2020, 2, 29))))
def test_records_are_right_in_form(record: dict[str, Any]) -> None:
    """Every record that is drawn is read without a fault."""
    assert shipped("aava").decide(record, date(2020, 2, 29)).record_id == record["id"]


@settings(BRUTE, max_examples=10)
@given(st.data())
def test_completions_keep_what_is_said_and_leave_nothing_open(data: st.DataObject) -> None:
    """A completion keeps every given fact but those within bounds, and all lists are given."""
    rulebook, on = shipped("finland"), date(2014, 5, 5)
    record = data.draw(records(rulebook, on))
    completed = data.draw(completions(rulebook, record, on))
    exact = {name: value for name, value in record.get("facts", {}).items() if not isinstance(value, dict)}
    assert exact.items() <= completed.get("facts", {}).items()
    assert {"benefits", "plans", "periods", "events"} <= set(completed)


@settings(BRUTE, max_examples=60)
@given(rulebooks())
def test_random_rulebooks_load(rulebook: RandomRulebook) -> None:
    """Every random rulebook passes the real loader."""
    assert rulebook.load()._parts.outcomes


def test_random_rulebooks_follow_from_their_seed() -> None:
    """The same seed gives the same files and the same records; another seed others, and fewer features less."""
    assert list(random_rulebooks(5, 3)) == [random_rulebook(seed) for seed in (5, 6, 7)]
    assert len({str(rulebook) for rulebook in random_rulebooks(0, 40)}) == 40
    assert all("judged_on" not in str(rulebook) for rulebook in random_rulebooks(0, 40, PLAIN))
    assert any("judged_on" in str(rulebook) for rulebook in random_rulebooks(0, 40, EVERYTHING))
    maker = RecordMaker(random_rulebook(5).load())
    assert maker.record(Random(1), date(2015, 1, 1)) == maker.record(Random(1), date(2015, 1, 1))
