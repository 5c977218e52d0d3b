"""Hypothesis strategies: days, records of several kinds, completions of records, and whole rulebooks.

Hypothesis is needed for these alone: the extra ``testing``. What is drawn shrinks: to few facts and
items, the first word of each choice, and no more changes than a failure needs. docs/testing.md shows what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from aava_rules.decision.service import Rulebook
from aava_rules.testing.boundaries import Boundaries
from aava_rules.testing.completing import Completer
from aava_rules.testing.features import EVERYTHING, Features
from aava_rules.testing.hostile import hostile_record
from aava_rules.testing.local_rulebooks import LocalRulebook, local_rulebook
from aava_rules.testing.record_maker import RecordMaker
from aava_rules.testing.rulebook_maker import RandomRulebook, random_rulebook

_EXTRAS = ("client", "facts_on", "complete", "complete_from")
"""Parts of a record that are left out where a failure does not need them."""
_EXTRA = st.integers(0, 9)
_RANDOM = st.randoms(use_true_random=False, note_method_calls=False)


@lru_cache(maxsize=32)
def _maker(rulebook: Rulebook) -> RecordMaker:
    return RecordMaker(rulebook)


@lru_cache(maxsize=32)
def _boundaries(rulebook: Rulebook) -> Boundaries:
    return Boundaries(rulebook)


def _record(draw: st.DrawFn, maker: RecordMaker, random: Random, on: date) -> dict[str, Any]:
    """A record each part of which is drawn by itself, so that a failure keeps the parts alone that it needs."""
    waiting: list[Callable[[Random], Any]] = []
    # one strategy for all parts of a record: to make one takes longer than to draw from it
    parts = _RANDOM.map(lambda source: waiting.pop()(source))

    def part(make: Callable[[Random], Any]) -> Any:
        waiting.append(make)
        return draw(parts)

    record = maker.record(random, on, part)
    for name in _EXTRAS:
        if name in record and draw(_EXTRA) == 0:
            del record[name]
    return record


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
    return _record(draw, maker, random, maker.day(random) if on is None else on)


@st.composite
def boundary_records(draw: st.DrawFn, rulebook: Rulebook, on: date | None = None) -> dict[str, Any]:
    """Records moved to the thresholds of the rules that judge them: on one, just under it or just over it.

    The thresholds are those that the compiled rules have on that day, each for the item that it judges: the day on
    which a client is 25, the last day of a period of three months, the day on which the law of a plan changed. Up to
    three of them are met at once.

    Args:
        draw: comes from Hypothesis.
        rulebook: the rulebook that is to decide on them.
        on: the day of decision on which their values lie on thresholds; None for any.
    """
    random = draw(_RANDOM)
    maker = _maker(rulebook)
    day = maker.day(random) if on is None else on
    record = _record(draw, maker, random, day)
    for _ in range(random.choice([1, 2, 3])):
        record = _boundaries(rulebook).moved(random, record, day)
    return record


@st.composite
def hostile_records(draw: st.DrawFn, rulebook: Rulebook, on: date | None = None) -> Any:
    """What no system should hand in, but some will: whatever comes, the library answers it or raises AavaRulesError.

    Records with parts replaced, doubled or left out, wrong types, NaN, days that are none, odd text, nesting thousands
    deep, JSON that is cut off or damaged, and objects whose own code fails. Hostile text is, or has in it,
    `aava_rules.testing.CANARY`, which no message, log or page may show.

    Args:
        draw: comes from Hypothesis.
        rulebook: the rulebook for which most of them were right in form before they were damaged.
        on: the day of decision around which their days are; None for any.
    """
    random = draw(_RANDOM)
    maker = _maker(rulebook)
    return hostile_record(random, _record(draw, maker, random, maker.day(random) if on is None else on))


@st.composite
def gaps_filled(
    draw: st.DrawFn, rulebook: Rulebook, on: date | None = None
) -> tuple[dict[str, Any], dict[str, Any], date]:
    """Records with gaps, each with what it becomes when some or all of them are filled in, and the day of decision.

    Args:
        draw: comes from Hypothesis.
        rulebook: the rulebook that is to decide on them.
        on: the day of decision; None for any.
    """
    random = draw(_RANDOM)
    maker = _maker(rulebook)
    day = maker.day(random) if on is None else on
    record = _record(draw, maker, random, day)
    return record, Completer(maker).complete(random, record, day, random.choice([1, 2, 5, 1000])), day


@st.composite
def situations(
    draw: st.DrawFn, rulebook: Rulebook, of: Callable[..., st.SearchStrategy[Any]] | None = None
) -> tuple[Any, date]:
    """Records with a day of decision that fits them.

    Args:
        draw: comes from Hypothesis.
        rulebook: the rulebook that is to decide on them.
        of: the strategy of the records, given the rulebook and the day, such as ``boundary_records``; None for
            ``records``.
    """
    if of is not None:
        on = draw(days(rulebook))
        return draw(of(rulebook, on)), on
    random = draw(_RANDOM)
    maker = _maker(rulebook)
    on = maker.day(random)
    return _record(draw, maker, random, on), on


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


@st.composite
def local_rulebooks(draw: st.DrawFn, rulebook: Rulebook) -> LocalRulebook:
    """Small rulebooks of an office's own that extend a given one, and load without faults.

    Loading one takes as long as loading the given one from its files.

    Args:
        draw: comes from Hypothesis.
        rulebook: the rulebook that they extend: a shipped one, or one that was loaded from a folder.
    """
    return local_rulebook(draw(_RANDOM), rulebook)
