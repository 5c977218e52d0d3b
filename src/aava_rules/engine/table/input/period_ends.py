"""The last days of periods that are given by their length in months, as `aava_rules.record` finds them."""

from __future__ import annotations

import numpy as np

from aava_rules.engine.table.arrays import FIRST, LAST, Values
from aava_rules.engine.table.columns import Bools
from aava_rules.engine.table.dates import add_months


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
    starts = np.clip(start.data[found].astype(np.int64), FIRST, LAST)
    last = add_months(starts, np.clip(length.data[found].astype(np.int64), 0, 1_200)) - 1
    doubtful = np.zeros(rows, np.bool_)
    doubtful[found] = last > LAST
    data, there = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
    if end is not None:
        data[:], there[:] = end.data, True if end.there is None else end.there
        doubtful[found] |= there[found] & (data[found] != last)
    data[found], there[found] = last, True
    fields["end"] = Values("date", data, None if there.all() else there)
    return doubtful if doubtful.any() else None
