"""A look ahead is what deciding on every single day shows, on records, days, horizons and rulebooks drawn at random."""

from __future__ import annotations

from days_ahead import compare
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 10**12))
def test_a_look_ahead_is_deciding_on_every_day(seed: int) -> None:
    """Each change that deciding day by day shows is told, on its day, and nothing else is."""
    compare(seed)


def test_a_day_on_which_either_answer_is_the_same_is_told() -> None:
    """A value is known on the one day on which it is the same, whether a rule answers or what stands for otherwise."""
    assert compare(20_004_649).changes


def test_a_total_is_read_by_a_day_that_is_judged_within_an_item() -> None:
    """The rows that a total counts are no items of the rule: the day is that of the item at hand, not one of the row."""
    assert compare(20_000_609).trials == 1
