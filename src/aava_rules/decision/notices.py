"""What in a record does not fit together: facts that contradict other data, and rows that cannot all be meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from aava_rules.compiler.facts import PREFER_DERIVED
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.text.catalogue import text, texts
from aava_rules.decision.text.values import label
from aava_rules.language.dates import ONE_DAY, longest, parse_day, weekdays
from aava_rules.language.values import LANGUAGES, UNKNOWN, Interval, is_known, orders
from aava_rules.record import Record
from aava_rules.record.items import MODELS
from aava_rules.rulebook.dependencies import upstream_facts
from aava_rules.rulebook.model import Text


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in the record that does not fit together.

    Attributes:
        code: ``facts_differ``, ``more_days_than_the_time_has``, ``number_out_of_reason``, ``birth_date_to_come``,
            ``more_days_than_weekdays``, ``more_days_than_weekdays_together``, ``periods_overlap``,
            ``attended_outside_period``, ``rows_alike`` or ``id_twice``.
        texts: what it says, by language.
        fields: the paths of the fields or rows in the record.
    """

    code: str
    texts: Text
    fields: tuple[str, ...] = ()

    def text(self, language: str = "fi") -> str:
        """What it says in ``language``: ``fi``, ``sv`` or ``en``."""
        return self.texts[language]

    def to_dict(self) -> dict[str, Any]:
        """The notice as JSON has it: ``code``, ``text`` and ``fields``."""
        return {"code": self.code, "text": dict(self.texts), "fields": list(self.fields)}


def find_notices(context: DecisionContext) -> tuple[Notice, ...]:
    """Whatever does not fit together in the record of ``context``.

    Answers take all of the record into account nevertheless; notices are there so that it can be mended.
    """
    record = context.session.facts.record
    return (
        *_facts_that_differ(context),
        *_too_many_for_their_time(context),
        *_out_of_reason(context),
        *_born_later(context),
        *_overfull_rows(record),
        *_overlapping_periods(record, context.on),
        *_attended_outside(record),
        *_doubled_rows(record),
    )


# -- facts


def _facts_that_differ(context: DecisionContext) -> Iterator[Notice]:
    """Facts that are given and follow from the record too, with another value."""
    facts, parts = context.session.facts, context.parts
    for name, ready_made in sorted(facts.inputs.items()):
        if not facts.counts_on(name, context.on) or not _has_origin(name, context):
            continue
        derived = (
            _client_value(name, context) if name in ("birth_date", "municipality") else facts.derived(name, context.on)
        )
        if derived is UNKNOWN or not _differ(ready_made, derived):
            continue
        key = "notice.derived_fact_differs" if name in PREFER_DERIVED else "notice.given_fact_differs"
        line = {language: text(key, language, fact=label(parts, name)[language]) for language in LANGUAGES}
        yield Notice("facts_differ", line, (f"facts.{name}", *_origins(name, context)))


def _has_origin(name: str, context: DecisionContext) -> bool:
    definition = context.parts.facts.get(name)
    return name in ("birth_date", "municipality") or (definition is not None and definition.derivation is not None)


def _client_value(name: str, context: DecisionContext) -> Any:
    client = context.session.facts.record.client
    value = getattr(client, name, None)
    return UNKNOWN if value is None else value


def _origins(name: str, context: DecisionContext) -> tuple[str, ...]:
    if name in ("birth_date", "municipality"):
        return (f"client.{name}",)
    if name == "age":
        return ("client.birth_date",)
    derivation = context.parts.facts[name].derivation
    return (derivation.over,) if derivation is not None and derivation.over else ()


def _differ(ready_made: Any, derived: Any) -> bool:
    """Whether two values exclude one another; bounds do not exclude what lies within them."""
    if not is_known(ready_made) or not is_known(derived):
        return "=" not in orders(ready_made, derived) if derived.__class__ is not frozenset else False
    return bool(ready_made != derived)


def _too_many_for_their_time(context: DecisionContext) -> Iterator[Notice]:
    """Given numbers of days that are counted over so many months, and exceed the days that these can have."""
    inputs, parts = context.session.facts.inputs, context.parts
    for name, ready_made in sorted(inputs.items()):
        definition = parts.facts.get(name)
        if definition is None or definition.unit not in ("days", "benefit days"):
            continue
        least = ready_made.low if ready_made.__class__ is Interval else ready_made
        read = [definition, *upstream_facts(definition.trees(), parts.facts).values()]
        windows = [fact.derivation.within for fact in read if fact.derivation is not None and fact.derivation.within]
        months = max((window.months for window in windows if isinstance(window.months, int)), default=None)
        if months is None or least is None or least <= _most_days(months, definition.unit):
            continue
        line = texts("notice.more_days_than_the_time_has", fact=label(parts, name))
        yield Notice("more_days_than_the_time_has", line, (f"facts.{name}",))


def _out_of_reason(context: DecisionContext) -> Iterator[Notice]:
    """Given numbers that are greater than they can be: days of a week, hours of a day or a week, years of a life."""
    for name, ready_made in sorted(context.session.facts.inputs.items()):
        definition = context.parts.facts.get(name)
        most = _MOST_OF_UNIT.get(definition.unit) if definition is not None else None
        least = ready_made.low if ready_made.__class__ is Interval else ready_made
        if most is not None and least is not None and least > most:
            line = texts("notice.number_out_of_reason", fact=label(context.parts, name))
            yield Notice("number_out_of_reason", line, (f"facts.{name}",))


def _most_days(months: int, unit: str) -> int:
    """The most days, or the most weekdays, that a time of so many months can have."""
    days = longest(months)
    return days if unit == "days" else days // 7 * 5 + min(days % 7, 5)


def _born_later(context: DecisionContext) -> Iterator[Notice]:
    """A birth date after the day of decision, which counts as not known."""
    record = context.session.facts.record
    days = {
        "client.birth_date": getattr(record.client, "birth_date", None),
        "facts.birth_date": record.facts.get("birth_date"),  # as it was written: what is to come is no fact
    }
    for path, written in days.items():
        day = parse_day(written) if isinstance(written, str) else written
        if isinstance(day, date) and day > context.on:
            yield Notice("birth_date_to_come", texts("notice.birth_date_to_come"), (path,))


# -- rows


def _notice_of_rows(code: str, paths: list[str]) -> Notice:
    shown = ", ".join(paths[:_MOST_SHOWN]) + (" …" if len(paths) > _MOST_SHOWN else "")
    return Notice(code, texts(f"notice.rows.{code}", rows=shown), tuple(paths))


def _path(name: str, position: int, row: Any, ids: Counter[Any]) -> str:
    unique = row.id is not None and ids[row.id] == 1
    return f"{name}[id={row.id}]" if unique else f"{name}[{position}]"


_Dated = tuple[date, date, int, int]
"""The first and the last day of a row, its paid days, and its place in the list."""


def _overfull_rows(record: Record) -> Iterator[Notice]:
    """Benefit rows with more paid days than there are weekdays from their first day to their last, and rows of one
    benefit that lie in fewer weekdays than they have days together."""
    rows = record.benefits or ()
    ids = Counter(row.id for row in rows)
    dated: dict[Any, list[_Dated]] = {}
    for position, row in enumerate(rows):
        if row.start is None or row.end is None or row.days is None:
            continue
        if row.days > _weekdays(row.start, row.end):
            yield _notice_of_rows("more_days_than_weekdays", [_path("benefits", position, row, ids)])
        elif row.kind is not None:
            dated.setdefault(row.kind, []).append((row.start, row.end, row.days, position))
    for of_kind in dated.values():
        of_kind.sort(key=lambda row: row[:2])
        for chain in _overlapping(of_kind):
            for overfull in _too_many(chain):
                places = sorted(position for *_, position in overfull)
                paths = [_path("benefits", position, rows[position], ids) for position in places]
                yield _notice_of_rows("more_days_than_weekdays_together", paths)


def _weekdays(first: date, last: date) -> int:
    return weekdays(first, last + ONE_DAY)


def _overlapping(rows: list[_Dated]) -> Iterator[list[_Dated]]:
    """Rows, sorted by their first days, in chains with no day in common; rows that overlap no other are left out."""
    chain: list[_Dated] = []
    until = date.min
    for row in rows:
        if row[0] > until and chain:
            if len(chain) > 1:
                yield chain
            chain = []
        chain.append(row)
        until = max(until, row[1])
    if len(chain) > 1:
        yield chain


def _overlapping_periods(record: Record, on: date) -> Iterator[Notice]:
    """Periods of rehabilitative work with days in common; one without an end goes on to the day of decision."""
    rows = record.periods or ()
    ids = Counter(row.id for row in rows)
    dated = [
        (row.start, max(row.start, on) if row.end is None else row.end, 0, position)
        for position, row in enumerate(rows)
        if row.kind == "rehabilitative_work" and row.start is not None
    ]
    for chain in _overlapping(sorted(dated)):
        places = sorted(position for *_, position in chain)
        yield _notice_of_rows("periods_overlap", [_path("periods", place, rows[place], ids) for place in places])


def _attended_outside(record: Record) -> Iterator[Notice]:
    """Periods with days of attendance before their first day or after their last one."""
    rows = record.periods or ()
    ids = Counter(row.id for row in rows)
    for position, row in enumerate(rows):
        days = row.attended_on or ()
        early = row.start is not None and any(day < row.start for day in days)
        if early or (row.end is not None and any(day > row.end for day in days)):
            path = f"{_path('periods', position, row, ids)}.attended_on"
            yield Notice("attended_outside_period", texts("notice.attended_outside_period", rows=path), (path,))


def _too_many(chain: list[_Dated]) -> Iterator[list[_Dated]]:
    """The rows within each time in which more days are paid than there are weekdays, unless a time within it has too
    many already. Of a chain too long to look at every time, only whether it has too many as a whole."""
    if len(chain) > _MOST_IN_A_CHAIN:
        if sum(days for _, _, days, _ in chain) > _weekdays(chain[0][0], max(end for _, end, _, _ in chain)):
            yield chain
        return
    by_end = sorted(chain, key=lambda row: row[1])
    shortest = date.max  # where the first such time ends that begins later
    groups: list[list[_Dated]] = []
    for first in sorted({start for start, _, _, _ in chain}, reverse=True):
        paid = 0
        for start, end, days, _ in by_end:
            if end >= shortest:
                break
            paid += days if start >= first else 0
            if start >= first and paid > _weekdays(first, end):
                shortest = end
                groups.append([row for row in by_end if row[0] >= first and row[1] <= end])
                break
    yield from reversed(groups)


def _doubled_rows(record: Record) -> Iterator[Notice]:
    """Rows with a day that have the same contents and no ids to tell them apart, and rows that share one id."""
    for name in MODELS:
        rows = getattr(record, name) or ()
        ids = Counter(row.id for row in rows)
        alike: dict[tuple[Any, ...], list[int]] = {}
        of_id: dict[str, list[int]] = {}
        for position, row in enumerate(rows):
            if row.id is not None:
                of_id.setdefault(row.id, []).append(position)
            contents = _contents(row)
            if any(map(_has_day, contents)):  # what has no day may well be there more than once
                alike.setdefault(contents, []).append(position)
        doubled: set[int] = set()
        for positions in alike.values():
            own = {rows[position].id for position in positions} - {None}
            if len(own) < len(positions) and len(positions) > 1:
                doubled.update(positions)
                yield _notice_of_rows(
                    "rows_alike", [_path(name, position, rows[position], ids) for position in positions]
                )
        for positions in of_id.values():
            if len(positions) > 1 and not doubled.issuperset(positions):
                yield _notice_of_rows("id_twice", [f"{name}[{position}]" for position in positions])


def _contents(row: Any) -> tuple[Any, ...]:
    """The values of a row without its id, and without its length where it has an agreed last day."""
    excluded = ("id",) if getattr(row, "agreed_end", None) is None else ("id", "length_months")
    return tuple(_hashable(value) for field, value in row if field not in excluded)


def _hashable(value: Any) -> Any:
    # a copy of a record may have been given lists and sets
    return tuple(value) if isinstance(value, list) else frozenset(value) if isinstance(value, set) else value


def _has_day(value: Any) -> bool:
    return isinstance(value, date) or (isinstance(value, tuple) and bool(value))


_MOST_OF_UNIT: Final = {"days/week": 7, "hours/day": 24, "hours/week": 168, "years": 130}
"""The most that there can be of a number, by its unit; nobody has been older than 130 years."""
_MOST_IN_A_CHAIN: Final = 400
"""Rows of one benefit that follow one another without a day between them: of more only the whole is checked."""
_MOST_SHOWN: Final = 20
"""Most rows that a text names; ``fields`` of the notice has all of them."""
