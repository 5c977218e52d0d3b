"""On which days a client took part: surely, perhaps or surely not; and the days of absence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from aava_rules.decision.items import path_of
from aava_rules.language.dates import ONE_DAY, weekday_holidays
from aava_rules.language.errors import Fault, RecordError, nearest
from aava_rules.language.structs import Struct
from aava_rules.record import Record
from aava_rules.record.checks import day_or_flaw
from aava_rules.record.items import Period

KIND: Final = "rehabilitative_work"
"""The kind of periods whose days of participation are those of the act; an introductory period has none."""
_KEYS: Final = ("on", "reason", "child_age", "days_in_row")
_MOST: Final = {"child_age": (0, 130, "years"), "days_in_row": (1, 10_000, "working days")}
_LONGEST: Final = 60
"""Days that are looked back to where an absence may have begun: no rule asks for more than a few."""


class Absence(Struct):
    """A day on which the client was to take part and did not.

    Attributes:
        on: the day.
        reason: one of the words of the fact ``absence_reason``; None: not recorded.
        child_age: the age in years of the child that was ill; None: not recorded.
        days_in_row: the number of the working day, from 1, since the absence began; None: as the days given say.
    """

    on: date
    reason: str | None = None
    child_age: int | None = None
    days_in_row: int | None = None


def read_absences(source: Iterable[Any], words: Iterable[str]) -> tuple[Absence, ...]:
    """Absences as a host has them, by day.

    Args:
        source: `Absence` objects, or mappings with the same keys, of which ``on`` may be a text.
        words: the reasons that there are.

    Raises:
        RecordError: something is wrong with them; the error has every fault, by path and without contents.
    """
    reasons = tuple(words)
    faults: list[Fault] = []
    absences: list[Absence] = []
    for number, entry in enumerate(source):
        fields = entry if isinstance(entry, Mapping) else {key: getattr(entry, key, None) for key in _KEYS}
        wrong = list(_faults(f"absences[{number}]", fields, reasons))
        faults += wrong
        if not wrong:
            day: Any = day_or_flaw(fields["on"])
            absences.append(Absence(day, *(fields.get(key) for key in _KEYS[1:])))
    days = [absence.on for absence in absences]
    if not faults and len(days) > len(set(days)):
        hint = "Give one entry for each day."
        faults.append(Fault("absences", "AR119", "have a day twice, so that its reason is not known", hint=hint))
    if faults:
        raise RecordError("record", faults)
    return tuple(sorted(absences, key=lambda absence: absence.on))


def _faults(place: str, fields: Mapping[Any, Any], words: Sequence[str]) -> Iterator[Fault]:
    for key in fields:
        if key not in _KEYS:
            hint = f"Known are {', '.join(_KEYS)}. {nearest(key, _KEYS) if isinstance(key, str) else ''}".strip()
            yield Fault(place, "AR113", "has a key that nobody knows", hint=hint)
    if fields.get("on") is None:
        yield Fault(f"{place}.on", "AR114", "is missing", hint="Give the day of the absence, as YYYY-MM-DD.")
    elif type(day := day_or_flaw(fields["on"])) is tuple:
        yield Fault(f"{place}.on", day[1], day[2], hint="Give the day of the absence, as YYYY-MM-DD.")
    reason = fields.get("reason")
    if reason is not None and reason not in words:
        yield Fault(f"{place}.reason", "AR117", f"is not one of {', '.join(words)}")
    for key, (low, high, unit) in _MOST.items():
        number = fields.get(key)
        if number is not None and (type(number) is not int or not low <= number <= high):
            yield Fault(f"{place}.{key}", "AR118", f"is not a whole number of {unit} from {low} to {high}")


class Attendance:
    """On which days a client took part, as far as it is known.

    Attributes:
        absences: the days of absence, by day.
    """

    def __init__(self, record: Record, on: date, absences: Sequence[Absence] = ()) -> None:
        """What ``record`` and ``absences`` say up to the day ``on``; of later days nothing is known."""
        self._on = on
        self._record = record
        self.absences = {absence.on: absence for absence in absences}
        self._periods = [
            (number, period, frozenset(period.attended_on or ()))
            for number, period in enumerate(record.periods or ())
            if period.kind in (KIND, None)
        ]
        self._none_recorded = ("periods", "attended_on") in record.complete_fields
        self._from = (record.complete_from or {}).get("periods")

    def took_part(self, day: date) -> bool | None:
        """Whether the client took part on ``day``; None: it is not known."""
        answers = [self._in_period(period, days, day) for _, period, days in self._periods]
        attended = True if True in answers else None if None in answers or not self._list_known(day) else False
        if day not in self.absences:
            return attended
        return None if attended else False  # a day of both is a slip: nobody knows of which

    def contradicts(self, day: date) -> bool:
        """Whether ``day`` is one of participation and one of absence."""
        return day in self.absences and any(day in days for _, _, days in self._periods)

    def _list_known(self, day: date) -> bool:
        return self._record.periods is not None and (self._from is None or day >= self._from)

    def _in_period(self, period: Period, days: frozenset[date], day: date) -> bool | None:
        if day in days:
            return True if period.kind == KIND and day <= self._on else None
        is_outside = (period.start is not None and day < period.start) or (period.end is not None and day > period.end)
        if is_outside or (day <= self._on and (period.attended_on is not None or self._none_recorded)):
            return False
        return None

    def open_fields(self, days: Iterable[date]) -> tuple[tuple[str, str], ...]:
        """What the record would have to say so that it were known of ``days``: fields of items, each with its path.

        The path of the list itself is empty.
        """
        fields: dict[tuple[str, str], None] = {}
        for day in days:
            if day > self._on or self.took_part(day) is not None or self.contradicts(day):
                continue
            if not self._list_known(day):
                fields["periods", ""] = None
            for number, period, attended in self._periods:
                if self._in_period(period, attended, day) is None:
                    path = path_of("periods", period.id, number)
                    fields |= dict.fromkeys((f"period.{name}", path) for name in self._lacking(period))
        return tuple(fields)

    def _lacking(self, period: Period) -> Iterator[str]:
        if period.kind is None:
            yield "kind"
        if period.attended_on is None and not self._none_recorded:
            yield "attended_on"

    def days_in_row(self, day: date) -> tuple[int, int]:
        """How many working days the absence for one reason has lasted on ``day``: at least, and at most.

        It goes on over days on which the client was not to take part, if it did; it ends on a day of participation, and
        on one of absence for another reason.
        """
        reason, stated = self.absences[day].reason, self.absences[day].days_in_row
        if stated is not None:
            return stated, stated
        least, most, unbroken = 0, 0, True
        for number in range(_LONGEST):
            earlier = day - ONE_DAY * number
            absence = self.absences.get(earlier)
            is_same = absence is not None and absence.reason == reason
            if (absence is not None and absence.reason not in (reason, None)) or self.took_part(earlier) is True:
                break
            if earlier.weekday() < 5 and earlier not in weekday_holidays(earlier.year):
                unbroken = unbroken and is_same
                least += unbroken
                most += 1
        return max(least, 1), max(most, 1)
