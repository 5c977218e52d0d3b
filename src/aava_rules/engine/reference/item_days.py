"""What is known of a day of an item that the record does not give: the other days of the item bound it.

The order of the days of an item is that of ``record.items``, which refuses an item that breaks it. A period without any
last day, length or reason for its end goes on, so that its last day is no earlier than the day of decision. The twin
for many items is ``engine.table.evaluate.item_days``. Source: docs/record.md (what absence means).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from aava_rules.language.values import UNKNOWN, Interval

DayBounds = tuple[date | None, date | None]
"""The earliest and the latest day that may be; None is no bound."""


def open_day(list_name: str, field: str, item: Any, on: date) -> DayBounds:
    """Between which days a field of days that ``item`` lacks may lie.

    Args:
        list_name: the list of the item.
        field: the field, of one day.
        item: the item.
        on: the day of decision.
    """
    bounds = _BOUNDS.get((list_name, field))
    return (None, None) if bounds is None else bounds(item, on)


def open_value(list_name: str, field: str, item: Any, on: date) -> Any:
    """What is known of a field of days that an item lacks: an Interval, which may also not exist, or UNKNOWN.

    Args:
        list_name: the list of the item.
        field: the field, of one day.
        item: the item.
        on: the day of decision.
    """
    low, high = open_day(list_name, field, item, on)
    return UNKNOWN if low is None and high is None else Interval(low, high, absent=True)


def follows_from_length(list_name: str, field: str, item: Any) -> bool:
    """Whether a last day that an item lacks does exist, since the length of the period is known and its start is not.

    That a record is complete in such a field says nothing then; see `record.items.settled_days`.

    Args:
        list_name: the list of the item.
        field: the field, of one day.
        item: the item.
    """
    if list_name != "periods" or item.length_months is None:
        return False
    return field == "agreed_end" or (field == "end" and item.ended_because in (None, "completed"))


def goes_on(period: Any) -> bool:
    """Whether nothing is said of the end of ``period``, so that it is still running."""
    return (period.end, period.length_months, period.ended_because) == (None, None, None)


def _last_of_period(period: Any, on: date) -> DayBounds:
    start: date | None = period.start
    return (max(start or on, on) if goes_on(period) else start), None


def _first_of_period(period: Any, on: date) -> DayBounds:
    return None, min((day for day in (period.end, period.agreed_end) if day is not None), default=None)


_BOUNDS: Final[dict[tuple[str, str], Callable[[Any, date], DayBounds]]] = {
    ("benefits", "start"): lambda row, on: (None, row.end),
    ("benefits", "end"): lambda row, on: (row.start, None),
    ("plans", "made_on"): lambda plan, on: (None, plan.ends_on),
    ("plans", "ends_on"): lambda plan, on: (plan.made_on, None),
    ("periods", "start"): _first_of_period,
    ("periods", "agreed_end"): lambda period, on: (period.start, None),
    ("periods", "end"): _last_of_period,
}
"""By list and field."""
