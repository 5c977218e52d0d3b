"""Totals, counts, first and last days, existence, peaks and gaps over the lists of a record.

Every answer is exact where the record settles it, an Interval where rows cross an edge or lack a
field, and UNKNOWN where the list itself is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from . import calendar_days as days
from .evaluation import Reader, Scope, Tester, reader, tester
from .expression import TRUE
from .parts import Derivation, Window
from .values import FIRST_DAY, LAST_DAY, NONE, UNKNOWN, Interval, interval

if TYPE_CHECKING:
    from .facts import Facts

ONE_DAY = timedelta(days=1)
Aggregate = Callable[[Scope], Any]


def aggregate(derivation: Derivation) -> Aggregate:
    """The closure that computes one derivation; its scope has the item, if the fact is an item's."""
    return _BUILDERS[derivation.kind](derivation)


def _field(item: Any, name: str) -> Any:
    return item.__dict__[name]


class _Rows:
    """The rows of one list with the state of their `where`: True, or None where it is unknown."""

    def __init__(self, derivation: Derivation) -> None:
        self.list_name = derivation.over
        self.test: Tester = tester(derivation.where or TRUE)

    def complete_since(self, facts: Facts) -> date | None:
        """The day from which the list is complete; None if nothing of it is known."""
        if getattr(facts.record, self.list_name) is None:
            return None
        since: date = facts.record.complete_from.get(self.list_name, FIRST_DAY)
        return since

    def matching(self, scope: Scope) -> Iterator[tuple[Any, bool | None]]:
        row = Scope(scope.facts, scope.judged, self.list_name)
        for item in getattr(scope.facts.record, self.list_name) or ():
            row.item = item
            state = self.test(row)
            if state is not False:
                yield item, state


def _total(derivation: Derivation) -> Aggregate:
    rows = _Rows(derivation)
    window = _window(derivation.within)
    field = derivation.field
    zones = [(zone.start, zone.until + ONE_DAY, zone.possibly) for zone in derivation.outside]

    def compute(scope: Scope) -> Any:
        complete = rows.complete_since(scope.facts)
        if complete is None:
            return UNKNOWN
        surely, possibly = window(scope)
        low = high = 0
        for item, state in rows.matching(scope):
            least, most = _days_within(item, field, surely, possibly, zones)
            low += least if state else 0
            high += most
        return interval(low, None if complete > possibly[0] else high)

    return compute


def spread_of_rows(derivation: Derivation, scope: Scope, item: Any) -> tuple[int, int]:
    """The least and the most days of one row that a total can have counted."""
    surely, possibly = _window(derivation.within)(scope)
    zones = [(zone.start, zone.until + ONE_DAY, zone.possibly) for zone in derivation.outside]
    return _days_within(item, derivation.field, surely, possibly, zones)


_Span = tuple[date, date]
_NO_DAYS: _Span = (LAST_DAY, FIRST_DAY)


def _window(window: Window | None) -> Callable[[Scope], tuple[_Span, _Span]]:
    """The days that surely lie in the window and those that may; of each span the last day is not in it.

    Days after the day of decision are never counted, so every window ends there at the latest.
    """
    if window is None:
        return lambda scope: ((FIRST_DAY, scope.facts.on + ONE_DAY),) * 2
    read_end = reader(window.end) if window.end is not None else None
    read_start = reader(window.start) if window.start is not None else None
    months = window.months

    def compute(scope: Scope) -> tuple[_Span, _Span]:
        latest = scope.facts.on + ONE_DAY
        end = _days_of_value(latest if read_end is None else read_end(scope), latest)
        if months is not None:
            length = _months(months, scope)
            if length is None or end[0] != end[1]:
                return _NO_DAYS, (FIRST_DAY, min(end[1], latest))
            begin = days.add_months(end[0], -length)
            return ((begin, min(end[0], latest)),) * 2
        first: Any = FIRST_DAY if read_start is None else read_start(scope)
        if first is NONE:
            return _NO_DAYS, _NO_DAYS  # nothing lies after what never happened
        start = _days_of_value(first, LAST_DAY)
        return (start[1], min(end[0], latest)), (start[0], min(end[1], latest))

    return compute


def _days_of_value(value: Any, last: date) -> _Span:
    """The earliest and the latest day that a day may be; any up to ``last`` if nothing is known of it."""
    if isinstance(value, date):
        return value, value
    low, high = (value.low, value.high) if value.__class__ is Interval else (None, None)
    return low or FIRST_DAY, high or last


def _months(months: Any, scope: Scope) -> int | None:
    """So many months; None where a parameter says nothing of them on the judged day."""
    value = months if isinstance(months, int) else reader(months)(scope)
    return value if isinstance(value, int) else None


def _days_within(
    item: Any, field: str, surely: _Span, possibly: _Span, zones: list[tuple[date, date, bool]]
) -> tuple[int, int]:
    """The least and the most of a row's paid days that can lie in a window.

    Paid days are weekdays: what does not fit outside must lie inside, and the reverse.
    """
    start, end, paid = item.start, item.end, _field(item, field)
    begin, stop = start or FIRST_DAY, (end or LAST_DAY) + ONE_DAY
    if stop <= possibly[0] or begin >= possibly[1]:
        return 0, 0
    clear = not any(zone_start < stop and begin < zone_end for zone_start, zone_end, _ in zones)
    if paid is not None and clear and surely[0] <= begin and stop <= surely[1]:
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
    outside_most = days.weekdays(begin, stop) - inside_least
    least = max(0, paid - outside_most)
    most = min(paid, inside_most)
    # more days than weekdays is the record's mistake: the truth may lie at either count
    return min(least, most), max(least, most)


def _weekdays(begin: date, stop: date, span: _Span) -> int:
    begin, stop = max(begin, span[0]), min(stop, span[1])
    return days.weekdays(begin, stop) if begin < stop else 0


def _count(derivation: Derivation) -> Aggregate:
    if derivation.field:  # how many words a set of the item has
        field = derivation.field

        def size(scope: Scope) -> Any:
            value = _field(scope.item, field)
            if value is None:
                known_none = (scope.list_name, field) in scope.facts.record.complete_fields
                return 0 if known_none else UNKNOWN
            return len(value)

        return size
    rows = _Rows(derivation)

    def compute(scope: Scope) -> Any:
        complete = rows.complete_since(scope.facts)
        if complete is None:
            return UNKNOWN
        states = [state for _, state in rows.matching(scope)]
        sure = sum(1 for state in states if state)
        return interval(sure, len(states) if complete == FIRST_DAY else None)

    return compute


def _any(derivation: Derivation) -> Aggregate:
    count = _count(derivation)

    def compute(scope: Scope) -> Any:
        found = count(scope)
        if found is UNKNOWN:
            return UNKNOWN
        low, high = (found.low, found.high) if found.__class__ is Interval else (found, found)
        if low:
            return True
        return False if high == 0 else UNKNOWN

    return compute


def _extreme_day(latest: bool) -> Callable[[Derivation], Aggregate]:
    def build(derivation: Derivation) -> Aggregate:
        rows = _Rows(derivation)
        field = derivation.field

        def compute(scope: Scope) -> Any:
            complete = rows.complete_since(scope.facts)
            if complete is None:
                return UNKNOWN
            known_none = (rows.list_name, field) in scope.facts.record.complete_fields
            sure: list[date] = []
            doubtful: list[date] = []
            undated = False
            for item, state in rows.matching(scope):
                day = _field(item, field)
                if day is None:
                    undated = undated or not known_none
                elif day <= scope.facts.on:
                    (sure if state else doubtful).append(day)
            if not sure:
                return UNKNOWN if doubtful or undated or complete > FIRST_DAY else NONE
            if latest:
                unlisted = [complete - ONE_DAY] if complete > FIRST_DAY else []
                return interval(max(sure), max([*sure, *doubtful, *unlisted, *([scope.facts.on] if undated else [])]))
            return interval(None if undated or complete > FIRST_DAY else min([*sure, *doubtful]), min(sure))

        return compute

    return build


def _peak(derivation: Derivation) -> Aggregate:
    rows = _Rows(derivation)
    field, since = derivation.field, derivation.since
    window = derivation.within
    months = window.months if window is not None else None

    def compute(scope: Scope) -> Any:
        facts = scope.facts
        complete = rows.complete_since(facts)
        if complete is None:
            return UNKNOWN
        begin: Any = facts.parameter_since(since, scope.judged) if since else FIRST_DAY
        if begin is UNKNOWN:
            return UNKNOWN
        length = _months(months, scope) if months is not None else 12
        if length is None:
            return UNKNOWN
        sure: set[date] = set()
        possible: set[date] = set()
        for item, state in rows.matching(scope):
            attended = _field(item, field)
            if attended is None:
                known_none = (rows.list_name, field) in facts.record.complete_fields
                possible.update(() if known_none else _days_of(item, begin, facts.on))
            elif state:
                sure.update(attended)
            else:
                possible.update(attended)
        last = facts.on
        low = _highest(sorted(day for day in sure if begin <= day <= last), length)
        if complete > begin:
            return interval(low, None)
        every = (day for day in sure | possible if begin <= day <= last)
        return interval(low, _highest(sorted(every), length) if possible else low)

    return compute


def _days_of(item: Any, begin: date, last: date) -> Iterable[date]:
    """Every day on which there may have been attendance, for an item that does not list them."""
    start = max(_field(item, "start") or begin, begin)
    end = min(_field(item, "end") or last, last)
    return (start + timedelta(days=i) for i in range((end - start).days + 1))


def _highest(attended: list[date], months: int) -> int:
    """The most days in any window of so many months: one that begins on a day has no rival."""
    best = first = 0
    for last, day in enumerate(attended):
        while days.add_months(attended[first], months) <= day:
            first += 1
        best = max(best, last - first + 1)
    return best


def _gaps_at_most(derivation: Derivation) -> Aggregate:
    window = derivation.within
    assert window is not None and window.start is not None and window.end is not None and window.months is not None
    read_from, read_to = reader(window.start), reader(window.end)
    read_months: Reader = reader(window.months) if not isinstance(window.months, int) else _constant(window.months)
    field = derivation.field

    def compute(scope: Scope) -> Any:
        begin, end, months = read_from(scope), read_to(scope), read_months(scope)
        if any(value is NONE for value in (begin, end, months)):
            return NONE
        given = _field(scope.item, field)
        known_none = (scope.list_name, field) in scope.facts.record.complete_fields
        known = given is not None or known_none
        if not (isinstance(begin, date) and isinstance(months, int)):
            return UNKNOWN
        earliest, latest = (end.low, end.high) if end.__class__ is Interval else (end, end)
        reviewed = sorted(day for day in given or () if begin <= day <= scope.facts.on)
        # with a later end the gaps can only grow, so the ends of an interval settle all between
        answers = {
            _no_gap(begin, reviewed, stop, months) if isinstance(stop, date) else None for stop in (earliest, latest)
        }
        if not known:
            # reviews that are not known can only close gaps
            return True if answers == {True} else UNKNOWN
        return answers.pop() if len(answers) == 1 and None not in answers else UNKNOWN

    return compute


def _constant(value: int) -> Reader:
    return lambda scope: value


def _no_gap(begin: date, reviewed: list[date], end: date, months: int) -> bool:
    reached = begin
    for day in [*(day for day in reviewed if day < end), end]:
        if day > days.add_months(reached, months):
            return False
        reached = max(reached, day)
    return True


_BUILDERS: dict[str, Callable[[Derivation], Aggregate]] = {
    "total": _total,
    "count": _count,
    "any": _any,
    "latest": _extreme_day(latest=True),
    "earliest": _extreme_day(latest=False),
    "peak": _peak,
    "gaps_at_most": _gaps_at_most,
}
