"""The days within which rows are counted, and how many of a row's paid days can lie in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.scope import Scope
from aava_rules.language import dates as days
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.values import FIRST_DAY, LAST_DAY, NONE, Interval, may_be_absent
from aava_rules.rulebook.model import Derivation, Window

Span = tuple[date, date]
NO_DAYS: Span = (LAST_DAY, FIRST_DAY)


def window_of(window: Window | None) -> Callable[[Scope], tuple[Span, Span]]:
    """The days that surely lie in a window and those that may; each span is half-open, so its last day is not in it.

    Days after the day of decision are never counted, so every window ends there at the latest. Nothing surely lies in
    a window of which a bound may turn out not to exist, whatever day it would be.

    Args:
        window: the window; None: all days up to the day of decision.
    """
    if window is None:
        return lambda scope: ((FIRST_DAY, scope.facts.on + ONE_DAY),) * 2
    read_end = reader(window.end) if window.end is not None else None
    read_start = reader(window.start) if window.start is not None else None
    read_months = None if window.months is None else months_reader(window.months)

    def compute(scope: Scope) -> tuple[Span, Span]:
        latest = scope.facts.on + ONE_DAY
        last: Any = latest if read_end is None else read_end(scope)
        end = _days_of_value(last, latest)
        if read_months is not None:
            length = read_months(scope)
            if length is None or end[0] != end[1] or may_be_absent(last):
                return NO_DAYS, (FIRST_DAY, min(end[1], latest))
            begin = days.add_months(end[0], -length)
            return ((begin, min(end[0], latest)),) * 2
        first: Any = FIRST_DAY if read_start is None else read_start(scope)
        if first is NONE:
            return NO_DAYS, NO_DAYS  # nothing lies after what never happened
        start = _days_of_value(first, LAST_DAY)
        surely = NO_DAYS if may_be_absent(first) or may_be_absent(last) else (start[1], min(end[0], latest))
        return surely, (start[0], min(end[1], latest))

    return compute


def _days_of_value(value: Any, last: date) -> Span:
    """The earliest and the latest day that a day may be; any up to ``last`` if nothing is known of it."""
    if isinstance(value, date):
        return value, value
    low, high = (value.low, value.high) if value.__class__ is Interval else (None, None)
    return low or FIRST_DAY, high or last


def months_reader(months: Any) -> Callable[[Scope], int | None]:
    """What gives the number of ``months``, which may be a parameter; None where that has no value."""
    if isinstance(months, int):
        return lambda scope: months
    read = reader(months)

    def length(scope: Scope) -> int | None:
        value = read(scope)
        return value if isinstance(value, int) else None

    return length


def days_within(
    item: Any, field: str, surely: Span, possibly: Span, zones: list[tuple[date, date, bool]]
) -> tuple[int, int]:
    """The least and the most of a row's paid days that can lie in a window.

    Paid days are weekdays (Mon-Fri): what does not fit outside must lie inside, and the reverse. More days than
    weekdays are an error of the record, of their number or of the days of the row: the surplus may lie anywhere, or
    not be at all.

    Args:
        item: the row: a benefit with its first and last day.
        field: the field of its paid days.
        surely: the days that surely lie in the window, half-open.
        possibly: the days that may lie in it, half-open.
        zones: stretches of time that do not count: first day, day after the last, and whether they only may not count.
    """
    start, end, paid = item.start, item.end, item.__dict__[field]
    begin, stop = start or FIRST_DAY, (end or LAST_DAY) + ONE_DAY
    if stop <= possibly[0] or begin >= possibly[1]:
        return 0, 0
    clear = not any(zone_start < stop and begin < zone_end for zone_start, zone_end, _ in zones)
    inside = clear and surely[0] <= begin and stop <= surely[1]
    if paid is not None and inside and paid <= days.weekdays(begin, stop):
        return paid, paid
    inside_most = _weekdays(begin, stop, possibly) - sum(
        _weekdays(max(begin, zone_start), min(stop, zone_end), possibly)
        for zone_start, zone_end, maybe in zones
        if not maybe
    )
    if paid is None:
        return 0, inside_most
    inside_least = _weekdays(begin, stop, surely) - sum(
        _weekdays(max(begin, zone_start), min(stop, zone_end), surely) for zone_start, zone_end, _ in zones
    )
    weekdays = days.weekdays(begin, stop)
    surplus = max(0, paid - weekdays)
    return max(0, paid - surplus - (weekdays - inside_least)), min(paid, inside_most + surplus)


def _weekdays(begin: date, stop: date, span: Span) -> int:
    begin, stop = max(begin, span[0]), min(stop, span[1])
    return days.weekdays(begin, stop) if begin < stop else 0


def spread_of_rows(derivation: Derivation, scope: Scope, item: Any) -> tuple[int, int]:
    """The least and the most paid days of one row that a total can have counted.

    Args:
        derivation: the total.
        scope: the record on the judged day.
        item: the row.
    """
    surely, possibly = window_of(derivation.within)(scope)
    zones = [(zone.start, zone.until + ONE_DAY, zone.possibly) for zone in derivation.outside]
    return days_within(item, derivation.field, surely, possibly, zones)
