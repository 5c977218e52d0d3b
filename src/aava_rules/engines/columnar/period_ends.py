"""The last days of periods that are given by their length in months, as `aava_rules.record` finds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...values import FIRST_DAY, LAST_DAY
from .columns import Bools, Ints
from .compact import EPOCH, Values

_FIRST, _LAST = FIRST_DAY.toordinal(), LAST_DAY.toordinal()


def end_periods(fields: dict[str, Values], rows: int) -> Bools | None:
    """Put ``end`` where ``start`` and ``length_months`` are known; the rows where that contradicts what is given."""
    start, length, end = (fields.get(name) for name in ("start", "length_months", "end"))
    if start is None or length is None:
        return None
    known = np.ones(rows, np.bool_)
    for one in (start, length):
        known = known if one.there is None else known & one.there
    found = np.flatnonzero(known)
    if not len(found):
        return None
    # numbers that are out of bounds are told elsewhere; here they only must not overflow
    last = months_later(np.clip(start.data[found], _FIRST, _LAST), np.clip(length.data[found], 0, 1_200)) - 1
    doubtful = np.zeros(rows, np.bool_)
    doubtful[found] = last > _LAST
    data, there = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
    if end is not None:
        data[:], there[:] = end.data, True if end.there is None else end.there
        doubtful[found] |= there[found] & (data[found] != last)
    data[found], there[found] = last, True
    fields["end"] = Values("date", data, None if there.all() else there)
    return doubtful if doubtful.any() else None


def months_later(days: NDArray[np.integer], months: NDArray[np.integer]) -> Ints:
    """The days so many months later: of the same number, or the last of a shorter month."""
    dates = (days.astype(np.int64) - EPOCH).astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    number = dates - month.astype("datetime64[D]")
    then = month + months.astype(np.int64)
    last = (then + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    found: Ints = np.minimum(then.astype("datetime64[D]") + number, last).astype(np.int64) + EPOCH
    return found
