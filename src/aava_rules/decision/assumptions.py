"""What a look ahead assumes beside the passing of time: that payments go on, that the client attends so often a week.

An assumption adds to a record what would be recorded if it came true, and nothing else: days after the day of decision.
One that the record contradicts, or that it gives nothing to go on from, is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from aava_rules.compiler.facts import Vocabulary
from aava_rules.language.dates import ONE_DAY, weekday_holidays, weekdays
from aava_rules.language.errors import AssumptionError, nearest
from aava_rules.record import Record
from aava_rules.record.facts import ReadyMadeFacts
from aava_rules.record.items import Benefit, Period, unchecked_copy

NAMES: Final = ("attendance", "benefits", "facts")
"""What can be assumed."""
CONTINUE: Final = "continue"
"""The word with which payments, and what is so, are assumed to go on."""
_GROWING: Final = frozenset({"integer", "decimal", "money", "date"})
"""The types of facts of the day that time itself changes, or may: none of them is assumed to stay."""
WEEK_MAX: Final = 5
"""Days of a week on which there is attendance, at most: Monday to Friday."""


def assumed(record: Record, on: date, until: date, assume: Mapping[str, Any]) -> Record:
    """``record`` with what would be recorded up to ``until`` if what is assumed comes true.

    Args:
        record: the record.
        on: the day of decision; nothing is added on it or before it.
        until: the last day.
        assume: ``benefits``: ``continue``; ``attendance``: days a week, 1 to 5; ``facts``: ``continue``, see `lasting`.

    Raises:
        AssumptionError: there is no such assumption, or the record contradicts it.
    """
    if not isinstance(assume, Mapping):
        raise AssumptionError('What is assumed is said by its name: {"benefits": "continue"}, {"attendance": 4}.')
    for name in sorted(map(str, assume.keys() - set(NAMES))):
        hint = " ".join(filter(None, [nearest(name, NAMES), f"There are {', '.join(NAMES)}."]))
        raise AssumptionError(f"Nothing can be assumed of {name[:40]!r}. {hint}")
    if assume.get("facts", CONTINUE) != CONTINUE:
        raise AssumptionError(
            'Of facts of the day it can be assumed that they stay as they are: {"facts": "continue"}.'
        )
    changed: dict[str, Any] = {}
    if "benefits" in assume:
        if assume["benefits"] != CONTINUE:
            raise AssumptionError('Of benefits it can be assumed that they go on: {"benefits": "continue"}.')
        changed["benefits"] = _benefits(record, on, until)
    if "attendance" in assume:
        changed["periods"] = _periods(record, on, until, assume["attendance"])
    return unchecked_copy(record, changed) if changed else record


def lasting(record: Record, on: date, vocabulary: Vocabulary) -> Record:
    """``record`` as it is on the days after ``on`` if what is so on that day stays so.

    Truth values, words and sets that are given as facts of the day count on each day. Numbers and days do not: a count
    of days or an age that was right on one day is not on the next. Nor do outcomes that an official has stated.

    Args:
        record: the record.
        on: the day of decision.
        vocabulary: the names of the rulebook.

    Raises:
        AssumptionError: the facts of the record are of another day than ``on``.
    """
    if record.facts_on is not None and record.facts_on != on:
        raise AssumptionError(f"The facts of the record are of {record.facts_on}. Look ahead from the day they are of.")
    facts = vocabulary.parts.facts
    dated = {name for name in record.facts if vocabulary.plan(name).dated}
    staying = {name for name in dated if name in facts and facts[name].type not in _GROWING}
    lasting_facts = {name: value for name, value in record.facts.items() if name not in dated or name in staying}
    return unchecked_copy(record, {"facts": ReadyMadeFacts(lasting_facts), "facts_on": None})


def _benefits(record: Record, on: date, until: date) -> tuple[Benefit, ...]:
    """The benefits of the record, and a row for each that was being paid on ``on``, from the day after its last one."""
    if record.benefits is None:
        raise AssumptionError(
            "The record does not say which benefits were paid, so that none can go on. Give benefits."
        )
    last: dict[str, Benefit] = {}
    for row in record.benefits:
        if row.kind is None or row.start is None or row.end is None or row.start > on:
            continue
        if row.kind not in last or (last[row.kind].end or row.end) < row.end:
            last[row.kind] = row
    going_on = [row for row in last.values() if row.end is not None and weekdays(row.end + ONE_DAY, on) == 0]
    if not going_on:
        raise AssumptionError(
            f"No benefit of the record was being paid on {on}: each row ended on an earlier day, or lacks its kind or "
            "a day. Look ahead from the last day up to which payments are recorded, or do not assume that they go on."
        )
    for number, row in enumerate(record.benefits):
        if row.start is not None and on < row.start <= until and row.kind in [other.kind for other in going_on]:
            raise AssumptionError(
                f"benefits[{number}] begins after {on} and is of a kind that is being paid: it is recorded "
                "what is paid later. Look ahead from the last day up to which payments are recorded."
            )
    return record.benefits + tuple(
        _continued(row, until) for row in going_on if row.end is not None and row.end < until
    )


def _continued(row: Benefit, until: date) -> Benefit:
    """The row that follows ``row`` up to ``until``: paid for every weekday, if that is how ``row`` was paid.

    Of one that was paid for fewer days it is not known for which it will be.
    """
    assert row.start is not None and row.end is not None
    start = row.end + ONE_DAY
    in_full = row.days is not None and row.days == weekdays(row.start, start)
    return Benefit(
        kind=row.kind, start=start, end=until, days=weekdays(start, until + ONE_DAY) if in_full else None,
        because_of_unemployment=row.because_of_unemployment, main_livelihood=row.main_livelihood,
    )  # fmt: skip


def _periods(record: Record, on: date, until: date, days: Any) -> tuple[Period, ...]:
    if type(days) is not int or not 1 <= days <= WEEK_MAX:
        raise AssumptionError(f'Attendance is assumed in days a week, 1 to {WEEK_MAX}: {{"attendance": 4}}.')
    if record.periods is None:
        raise AssumptionError("The record does not say which periods there are, so that none can be attended.")
    running = [
        number
        for number, period in enumerate(record.periods)
        if period.start is not None and period.start <= on and (period.end is None or period.end >= on)
    ]
    if len(running) != 1:
        count = "No period is" if not running else f"{len(running)} periods are"
        raise AssumptionError(f"{count} going on on {on}; attendance is assumed of the one that is.")
    place = running[0]
    period = record.periods[place]
    if period.attended_on is None:
        raise AssumptionError(
            f"periods[{place}].attended_on is not known, so that the days to come cannot be added to those that were. "
            "Give the days of participation."
        )
    agreed = period.days_per_week if period.days_per_week_most is None else period.days_per_week_most
    if agreed is not None and days > agreed:
        raise AssumptionError(
            f"At most so many days a week were agreed as periods[{place}] says, and more are assumed. "
            "Assume no more than the agreed days."
        )
    last = min(day for day in (period.end, until) if day is not None)
    to_come = {_monday_of(day) for day in period.attended_on if on < day <= last}
    for monday, times in sorted(Counter(map(_monday_of, set(period.attended_on))).items()):
        if times > days and monday in to_come:
            raise AssumptionError(
                f"periods[{place}].attended_on has more days in a week after {on} than the {days} that are assumed. "
                "Assume as many, or look ahead from the last day of participation that is recorded."
            )
    attended = (*period.attended_on, *_days_to_come(period.attended_on, on, last, days))
    return (
        *record.periods[:place], unchecked_copy(period, {"attended_on": attended}), *record.periods[place + 1 :],
    )  # fmt: skip


def _monday_of(day: date) -> date:
    return day - ONE_DAY * day.weekday()


def _days_to_come(attended: tuple[date, ...], on: date, last: date, a_week: int) -> Iterator[date]:
    """The first working days of each calendar week after ``on``, up to ``last``, until the week has ``a_week`` days."""
    taken = set(attended)
    monday = _monday_of(on)
    while monday <= last:
        week = [monday + ONE_DAY * number for number in range(7)]
        left = a_week - sum(day in taken for day in week)
        for day in week[:WEEK_MAX]:
            if left > 0 and on < day <= last and day not in taken and day not in weekday_holidays(day.year):
                left -= 1
                yield day
        monday += ONE_DAY * 7
