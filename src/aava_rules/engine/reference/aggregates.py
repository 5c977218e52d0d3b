"""Totals, counts, first and last days, existence, peaks and gaps over the lists of a record.

Every answer is exact where the record settles it, an Interval where rows cross an edge or lack a field, and UNKNOWN
where the list itself is not known.

Days that may be any from one to another are spans, of which only the ends are stored: the ordinal of the first day and
that of the day after the last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Final

from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.reference.item_days import follows_from_length, open_day
from aava_rules.engine.reference.scope import FactValues, Reader, Scope, Tester
from aava_rules.engine.reference.windows import Span, days_within, months_reader, window_of
from aava_rules.language import dates as days
from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.syntax import TRUE
from aava_rules.language.values import FIRST_DAY, LAST_DAY, NONE, UNKNOWN, Interval, interval
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import Derivation, Window

DaySpan = tuple[int, int]

_WEEK: Final = 7


def of_days(days: Iterable[date]) -> list[DaySpan]:
    """A span for each of ``days``."""
    return [(day.toordinal(), day.toordinal() + 1) for day in days]


def merged(spans: Iterable[DaySpan]) -> list[DaySpan]:
    """Disjoint spans, sorted, with the days of ``spans`` and no others."""
    spans_apart: list[DaySpan] = []
    for first, stop in sorted(spans):
        if spans_apart and first <= spans_apart[-1][1]:
            spans_apart[-1] = spans_apart[-1][0], max(stop, spans_apart[-1][1])
        elif first < stop:
            spans_apart.append((first, stop))
    return spans_apart


def most_in_window(spans: list[DaySpan], months: int) -> int:
    """The most days in any window of a length; a window that begins on a day of a span has no rival.

    Args:
        spans: disjoint spans, sorted.
        months: the length of the window.
    """
    before = [0]
    for first, stop in spans:
        before.append(before[-1] + stop - first)
    best = at = 0
    longest = days.longest(months)
    for number, (first, stop) in enumerate(spans):
        for day in range(first, stop):
            passed = before[number] + day - first
            if before[-1] - passed <= best:
                return best  # so few days are left
            end = add_months(date.fromordinal(day), months).toordinal()
            while at < len(spans) and spans[at][1] <= end:
                at += 1
            reached = before[at] + (max(end - spans[at][0], 0) if at < len(spans) else 0)
            best = max(best, reached - passed)
            if best >= longest:
                return best
    return best


def most_in_week(spans: list[DaySpan]) -> int:
    """The most days of the disjoint ``spans``, sorted, in any calendar week, Monday to Sunday."""
    best = count = 0
    week = -1
    for first, stop in spans:
        if stop - first >= 2 * _WEEK:
            return _WEEK  # a whole week lies in it
        for day in range(first, stop):
            # the ordinal of a Monday is one more than a multiple of seven
            count = count + 1 if (day - 1) // _WEEK == week else 1
            week = (day - 1) // _WEEK
            best = max(best, count)
    return best


Aggregate = Callable[[Scope], Any]


def aggregate(derivation: Derivation) -> Aggregate:
    """The closure that computes ``derivation``; its scope has the item, if the fact is an item's."""
    return _BUILDERS[derivation.kind](derivation)


def _field(item: Any, name: str) -> Any:
    return item.__dict__[name]


class _Rows:
    """The rows of one list with the state of their `where`: True, or None where it is unknown.

    Events after the day of decision are none of them, nor are those that are known to have no day; of an event without
    a day it is unknown.
    """

    def __init__(self, derivation: Derivation) -> None:
        self.list_name = derivation.over
        self.test: Tester = tester(derivation.where or TRUE)

    def complete_since(self, facts: FactValues) -> date | None:
        """The day from which the list is complete; None if nothing of it is known."""
        if getattr(facts.record, self.list_name) is None:
            return None
        since: date = facts.record.complete_from.get(self.list_name, FIRST_DAY)
        return since

    def matching(self, scope: Scope) -> Iterator[tuple[Any, bool | None]]:
        row = Scope(scope.facts, scope.judged, self.list_name)
        of_events, on = self.list_name == "events", scope.facts.on
        no_day = of_events and ("events", "on") in scope.facts.record.complete_fields
        for item in getattr(scope.facts.record, self.list_name) or ():
            if of_events and (no_day if item.on is None else item.on > on):
                continue
            row.item = item
            state = self.test(row)
            if state is not False:
                yield item, None if of_events and item.on is None else state


def _total(derivation: Derivation) -> Aggregate:
    rows = _Rows(derivation)
    window = window_of(derivation.within)
    field = derivation.field
    zones = [(zone.start, zone.until + ONE_DAY, zone.possibly) for zone in derivation.outside]

    def compute(scope: Scope) -> Any:
        complete = rows.complete_since(scope.facts)
        if complete is None:
            return UNKNOWN
        surely, possibly = window(scope)
        low = high = 0
        for item, state in rows.matching(scope):
            least, most = days_within(item, field, surely, possibly, zones)
            low += least if state else 0
            high += most
        return interval(low, None if complete > possibly[0] else high)

    return compute


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
        rows = count(scope)
        if rows is UNKNOWN:
            return UNKNOWN
        low, high = (rows.low, rows.high) if rows.__class__ is Interval else (rows, rows)
        if low:
            return True
        return False if high == 0 else UNKNOWN

    return compute


def _extreme_day(latest: bool) -> Callable[[Derivation], Aggregate]:
    def build(derivation: Derivation) -> Aggregate:
        field = derivation.field
        if lists()[derivation.over].fields[field].type == "dates":
            return _extreme_of_item(field, max if latest else min)
        rows = _Rows(derivation)

        def compute(scope: Scope) -> Any:
            complete = rows.complete_since(scope.facts)
            if complete is None:
                return UNKNOWN
            on = scope.facts.on
            known_none = (rows.list_name, field) in scope.facts.record.complete_fields
            sure: list[date] = []
            possible: list[tuple[date, date]] = []
            if complete > FIRST_DAY:
                possible.append((FIRST_DAY, min(complete - ONE_DAY, on)))
            for item, state in rows.matching(scope):
                day = _field(item, field)
                if day is None:
                    if not known_none or follows_from_length(rows.list_name, field, item):
                        low, high = open_day(rows.list_name, field, item, on)
                        possible.append((low or FIRST_DAY, min(high or on, on)))
                elif day <= on and state:
                    sure.append(day)
                elif day <= on:
                    possible.append((day, day))
            possible = [(low, high) for low, high in possible if low <= high]
            return _latest(sure, possible) if latest else _earliest(sure, possible)

        return compute

    return build


def _latest(sure: list[date], possible: list[tuple[date, date]]) -> Any:
    """The last of days that are sure, and of days that may be, each any from one to another."""
    last = max((high for _, high in possible), default=FIRST_DAY)
    if sure:
        return interval(max(sure), max(*sure, last))
    return _of_possible(possible, last)


def _earliest(sure: list[date], possible: list[tuple[date, date]]) -> Any:
    """The first of days that are sure, and of days that may be, each any from one to another."""
    if sure:
        first = min([*sure, *(low for low, _ in possible)])
        return interval(None if first == FIRST_DAY and FIRST_DAY not in sure else first, min(sure))
    return _of_possible(possible, max((high for _, high in possible), default=FIRST_DAY))


def _of_possible(possible: list[tuple[date, date]], last: date) -> Any:
    """A day of which it is not sure that there is one; it is no later than ``last``."""
    if not possible:
        return NONE
    first = min(low for low, _ in possible)
    return Interval(None if first == FIRST_DAY else first, last, absent=True)


def _extreme_of_item(field: str, pick: Callable[[list[date]], date]) -> Aggregate:
    """The first or last of the days that an item lists, up to the day of decision."""

    def compute(scope: Scope) -> Any:
        listed = _field(scope.item, field)
        if listed is None:
            known_none = (scope.list_name, field) in scope.facts.record.complete_fields
            return NONE if known_none else UNKNOWN
        until = [day for day in listed if day <= scope.facts.on]
        return pick(until) if until else NONE

    return compute


def _peak(derivation: Derivation) -> Aggregate:
    rows = _Rows(derivation)
    field, since = derivation.field, derivation.since
    window = derivation.within
    read_months = months_reader(window.months if window is not None and window.months is not None else 12)
    weekly = window is not None and window.weeks is not None

    def most(spans: list[DaySpan], length: int) -> int:
        return most_in_week(merged(spans)) if weekly else most_in_window(merged(spans), length)

    def compute(scope: Scope) -> Any:
        facts = scope.facts
        complete = rows.complete_since(facts)
        if complete is None:
            return UNKNOWN
        begin: Any = facts.parameter_since(since, scope.judged) if since else FIRST_DAY
        if begin is UNKNOWN:
            return UNKNOWN
        begin = max(begin, FIRST_DAY)  # a value that always held began before any record
        length = read_months(scope)
        if length is None:
            return UNKNOWN
        if weekly:
            begin += ONE_DAY * (-begin.weekday() % _WEEK)  # a week that the beginning divides is left out
        last = facts.on
        sure: list[DaySpan] = []
        possible: list[DaySpan] = []
        for item, state in rows.matching(scope):
            attended = _field(item, field)
            if attended is not None:
                (sure if state else possible).extend(of_days(day for day in attended if begin <= day <= last))
            elif (rows.list_name, field) not in facts.record.complete_fields:
                possible.append(_days_of(item, begin, last))
        low = most(sure, length)
        if complete > begin:
            return interval(low, None)
        return interval(low, most([*sure, *possible], length) if possible else low)

    return compute


def _days_of(item: Any, begin: date, last: date) -> DaySpan:
    """Every day on which there may have been attendance, for an item that does not list them."""
    start = max(_field(item, "start") or begin, begin)
    end = min(_field(item, "end") or last, last)
    return start.toordinal(), end.toordinal() + 1


def _unbroken(derivation: Derivation) -> Aggregate:
    rows = _Rows(derivation)
    window = window_of(derivation.within)

    def compute(scope: Scope) -> Any:
        complete = rows.complete_since(scope.facts)
        if complete is None:
            return UNKNOWN
        surely, possibly = window(scope)
        sure: list[DaySpan] = []
        possible = [(FIRST_DAY.toordinal(), complete.toordinal())]  # what came before may have been covered
        for item, state in rows.matching(scope):
            start, end = _field(item, "start"), _field(item, "end")
            span = (start or FIRST_DAY).toordinal(), (end or LAST_DAY).toordinal() + 1
            (sure if state and start is not None and end is not None else possible).append(span)
        high = _months_of_last(merged([*sure, *possible]), possibly)
        return interval(_months_of_last(merged(sure), surely) or 0, high)

    return compute


def _months_of_last(spans: list[DaySpan], within: tuple[date, date]) -> int | None:
    """The completed months of the last of the disjoint ``spans``, as far as the end of the window; None: no bound.

    0 if it ends before the window begins.
    """
    reach, stop = within[0].toordinal(), within[1].toordinal()
    before = [(first, min(last, stop)) for first, last in spans if first < stop]
    if not before or before[-1][1] < reach:
        return 0
    first, last = before[-1]
    if first == FIRST_DAY.toordinal():
        return None
    return days.months_between(date.fromordinal(first), date.fromordinal(last))


def _reached(derivation: Derivation) -> Aggregate:
    rows = _Rows(derivation)
    field = derivation.field
    limits = [
        (reader(limit.amount), window_of(Window(limit.start, None) if limit.start is not None else None))
        for limit in derivation.limits
    ]

    def compute(scope: Scope) -> Any:
        complete = rows.complete_since(scope.facts)
        if complete is None:
            return UNKNOWN
        matching = list(rows.matching(scope))
        reached: date | None = None  # the latest day on which it can have happened, if it surely has
        earliest: date | None = LAST_DAY  # the earliest day on which it can have; None: no bound
        for read_amount, window in limits:
            amount = read_amount(scope)
            if amount is NONE:
                continue
            if not isinstance(amount, int):
                return UNKNOWN
            surely, possibly = window(scope)
            first = _first_day(matching, field, (surely, possibly), amount, True)
            if complete > possibly[0]:
                earliest = None
            elif first is not None and earliest is not None:
                earliest = min(earliest, first)
            last = _first_day(matching, field, (surely, possibly), amount, False)
            if last is not None:
                reached = last if reached is None else min(reached, last)
        if reached is None:
            return NONE if earliest == LAST_DAY else UNKNOWN
        return interval(earliest, reached)

    return compute


def _first_day(
    matching: list[tuple[Any, bool | None]], field: str, window: tuple[Span, Span], amount: int, possibly: bool
) -> date | None:
    """The first day by whose end so many days surely (or ``possibly``) are paid; None: none in the window."""
    (sure_start, sure_stop), (start, stop) = window

    def enough(day: int) -> bool:
        end = date.fromordinal(day + 1)
        surely_until, possibly_until = (sure_start, min(sure_stop, end)), (start, min(stop, end))
        total = 0
        for item, state in matching:
            least, most = days_within(item, field, surely_until, possibly_until, [])
            total += most if possibly else least if state else 0
        return total >= amount

    low, high = max(start, FIRST_DAY).toordinal() - 1, (stop if possibly else sure_stop).toordinal() - 1
    if high <= low or not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return date.fromordinal(high)


def _gaps_at_most(derivation: Derivation) -> Aggregate:
    window = derivation.within
    assert window is not None and window.start is not None and window.end is not None and window.months is not None
    read_from, read_to = reader(window.start), reader(window.end)
    read_months: Reader = reader(window.months) if not isinstance(window.months, int) else _constant(window.months)
    field, since, also = derivation.field, derivation.since, derivation.also

    def compute(scope: Scope) -> Any:
        begin, end, months = read_from(scope), read_to(scope), read_months(scope)
        if any(value is NONE for value in (begin, end, months)):
            return NONE
        if since:
            # no gap before the duty began is a gap
            first = scope.facts.parameter_since(since, scope.judged)
            begin = max(begin, first) if isinstance(begin, date) and isinstance(first, date) else UNKNOWN
        reviews = _field(scope.item, field)
        known_none = (scope.list_name, field) in scope.facts.record.complete_fields
        known = reviews is not None or known_none
        if not (isinstance(begin, date) and isinstance(months, int)):
            return UNKNOWN
        earliest, latest = (end.low, end.high) if end.__class__ is Interval else (end, end)
        reviewed = [sorted(day for day in reviews or () if day <= scope.facts.on)]
        if also:
            reviewed.append(_shown_elsewhere(also, scope.facts))
        # with a later end the gaps can only grow, so the ends of an interval settle all between
        answers = {
            _no_gap(begin, reviewed, stop, months) if isinstance(stop, date) else None for stop in (earliest, latest)
        }
        if not known:
            # reviews that are not known can only close gaps
            return True if answers == {True} else UNKNOWN
        return answers.pop() if len(answers) == 1 and None not in answers else UNKNOWN

    return compute


def _shown_elsewhere(also: tuple[tuple[str, str], ...], facts: FactValues) -> list[date]:
    """The known days of fields of any item, and those on which steps were taken, to the day of decision, sorted."""
    shown: list[date] | None = facts.memo.get(("shown", also))
    if shown is None:
        days: list[date] = []
        for list_name, name in also:
            for item in getattr(facts.record, list_name) or ():
                if list_name != "events":
                    days += _field(item, name) or ()
                elif item.step == name and item.on is not None:
                    days.append(item.on)
        shown = facts.memo["shown", also] = sorted(day for day in days if day <= facts.on)
    return shown


def _constant(value: int) -> Reader:
    return lambda scope: value


def _no_gap(begin: date, reviewed: list[list[date]], end: date, months: int) -> bool:
    """Whether no two days of some sorted lists lie farther apart than so many months, from ``begin`` to ``end``."""
    reached = begin
    while (until := days.add_months(reached, months)) < end:
        # from the last day that is near enough, the next ones are nearer than from any before it
        last = max((of_list[at - 1] for of_list in reviewed if (at := bisect_right(of_list, until))), default=begin)
        if last <= reached:
            return False
        reached = last
    return True


_BUILDERS: dict[str, Callable[[Derivation], Aggregate]] = {
    "total": _total,
    "count": _count,
    "any": _any,
    "latest": _extreme_day(latest=True),
    "earliest": _extreme_day(latest=False),
    "peak": _peak,
    "unbroken": _unbroken,
    "reached": _reached,
    "gaps_at_most": _gaps_at_most,
}
