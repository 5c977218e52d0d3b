"""Days by the client, item or kind to which they belong, as one sorted array: searched without a loop over either.

A day and its group are one number, the group in the high bits.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Ints

_BITS_OF_DAY: Final = 20
_LATEST: Final = (1 << _BITS_OF_DAY) - 1
"""No ordinal of a day of a record is greater."""


def grouped(groups: Ints, days: Ints) -> Ints:
    """Days sorted by their groups: shape (n,), int64, each behind the number of its group.

    Args:
        groups: shape (n,), whole numbers from 0, the group of each day.
        days: shape (n,), int64, ordinals.
    """
    return np.sort((groups.astype(np.int64) << _BITS_OF_DAY) | days)


def first_after(days: Ints, groups: Ints, after: Ints) -> Ints:
    """The first day of each group that lies after another: shape (n,), int64; `NO_HIGH` where there is none.

    Args:
        days: what `grouped` made.
        groups: shape (n,), the groups that are searched.
        after: shape (n,), int64, ordinals; 0 for any day.
    """
    return _days_at(days, groups, np.searchsorted(days, _behind(groups, after), "right"), NO_HIGH)


def last_until(days: Ints, groups: Ints, until: Ints) -> Ints:
    """The last day of each group that does not lie after another: shape (n,), int64; `NO_LOW` where there is none.

    Args:
        days: what `grouped` made.
        groups: shape (n,), the groups that are searched.
        until: shape (n,), int64, ordinals.
    """
    return _days_at(days, groups, np.searchsorted(days, _behind(groups, until), "right") - 1, NO_LOW)


def _behind(groups: Ints, days: Ints) -> Ints:
    return (groups.astype(np.int64) << _BITS_OF_DAY) | np.minimum(days, _LATEST)


def _days_at(days: Ints, groups: Ints, places: Ints, none: int) -> Ints:
    if not len(days):
        return np.full(len(groups), none, np.int64)
    there = (places >= 0) & (places < len(days))
    candidates = days[np.clip(places, 0, len(days) - 1)]
    return np.where(there & (candidates >> _BITS_OF_DAY == groups), candidates & _LATEST, none)
