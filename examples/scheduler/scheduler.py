"""A vendor's scheduler: it plans the first period of rehabilitative work that follows from a client's plan."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

Record = dict[str, Any]


def schedule(record: Record, on: date) -> Record | None:
    """The record with a period of three months from next week on; None for who has no plan, or a period already."""
    start = on + timedelta(days=7)
    return _planned(record, start, start + timedelta(days=90))


def schedule_by_calendar(record: Record, on: date) -> Record | None:
    """The same, mended: three months are counted by the calendar, as the law counts them."""
    start = on + timedelta(days=7)
    month = start.month + 2  # from 0, three months later
    year, month = start.year + month // 12, month % 12 + 1
    next_month = date(year + month // 12, month % 12 + 1, 1)
    length = (next_month - date(year, month, 1)).days
    return _planned(record, start, date(year, month, min(start.day, length)) - timedelta(days=1))


def _planned(record: Record, start: date, agreed_end: date) -> Record | None:
    plans = [plan for plan in record.get("plans", ()) if plan.get("kind") == "activation_plan" and "made_on" in plan]
    if not plans or record.get("periods") != []:
        return None
    period = {"id": "planned", "kind": "rehabilitative_work", "start": start, "agreed_end": agreed_end}
    return record | {"periods": [period | {"days_per_week": 4, "hours_per_day": 4}]}
