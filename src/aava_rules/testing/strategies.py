"""Hypothesis strategies: days, records, completions of records, and whole rulebooks.

Hypothesis is needed for these alone: ``pip install aava-rules[testing]``.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from aava_rules.decision.service import Rulebook
from aava_rules.testing.completing import Completer
from aava_rules.testing.features import EVERYTHING, Features
from aava_rules.testing.record_maker import RecordMaker
from aava_rules.testing.rulebook_maker import RandomRulebook, random_rulebook

_RANDOM = st.randoms(use_true_random=False, note_method_calls=False)


@lru_cache(maxsize=32)
def _maker(rulebook: Rulebook) -> RecordMaker:
    return RecordMaker(rulebook)


def days(rulebook: Rulebook) -> st.SearchStrategy[date]:
    """Days of decision: on, before and after every day from which ``rulebook`` answers otherwise, and others."""
    return _RANDOM.map(_maker(rulebook).day)


@st.composite
def records(draw: st.DrawFn, rulebook: Rulebook, on: date | None = None) -> dict[str, Any]:
    """Records for a rulebook, right in form, with much missing and much at the edges of the law.

    The values are Python's, with dates and Decimals; `aava_rules.testing.as_json` gives what JSON has.

    Args:
        draw: comes from Hypothesis.
        rulebook: the rulebook that is to decide on them.
        on: the day of decision around which their days are; None for any.
    """
    random = draw(_RANDOM)
    maker = _maker(rulebook)
    return maker.record(random, maker.day(random) if on is None else on)


@st.composite
def situations(draw: st.DrawFn, rulebook: Rulebook) -> tuple[dict[str, Any], date]:
    """Records with a day of decision that fits them.

    Args:
        draw: comes from Hypothesis.
        rulebook: the rulebook that is to decide on them.
    """
    random = draw(_RANDOM)
    maker = _maker(rulebook)
    on = maker.day(random)
    return maker.record(random, on), on


@st.composite
def completions(
    draw: st.DrawFn, rulebook: Rulebook, record: dict[str, Any], on: date, most: int = 1000
) -> dict[str, Any]:
    """The record with gaps filled in ways that agree with what it says.

    Args:
        draw: comes from Hypothesis.
        rulebook: the rulebook that is to decide on it.
        record: the record to fill in.
        on: the day of decision.
        most: how many gaps are filled at most.
    """
    random: Random = draw(_RANDOM)
    return Completer(_maker(rulebook)).complete(random, record, on, most)


@st.composite
def rulebooks(draw: st.DrawFn, features: Features = EVERYTHING) -> RandomRulebook:
    """Small random rulebooks that load without faults.

    Args:
        draw: comes from Hypothesis.
        features: what they may contain.
    """
    return random_rulebook(draw(_RANDOM), features)
