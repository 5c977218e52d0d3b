"""What in a record does not fit together: facts that contradict other data, and rows that cannot all be meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.facts import CLIENT_FACTS, PREFER_DERIVED
from aava_rules.compiler.plausible import LONGEST_LIFE
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.text.catalogue import text, texts
from aava_rules.decision.text.values import label
from aava_rules.engine.diagram.thresholds import upstream_inputs
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.engine.session import Session
from aava_rules.language.dates import ONE_DAY, add_months, parse_day, weekdays
from aava_rules.language.structs import public
from aava_rules.language.texts import Texts, require_language, texts_of
from aava_rules.language.values import LANGUAGES, UNKNOWN, Interval, is_known, orders
from aava_rules.record import Record
from aava_rules.record.items import MODELS
from aava_rules.rulebook.dependencies import upstream_facts
from aava_rules.rulebook.model import Text


@public
@dataclass(frozen=True, slots=True)
class Notice:
    """Something in the record that does not fit together.

    Attributes:
        code: ``facts_differ``, ``more_days_than_the_time_has``, ``number_out_of_reason``, ``more_than_in_all``,
            ``birth_date_to_come``, ``birth_date_long_ago``, ``more_days_than_weekdays``,
            ``more_days_than_weekdays_together``, ``periods_overlap``, ``attended_outside_period``, ``rows_alike`` or
            ``id_twice``.
        texts: what it says, by language.
        fields: the paths of the fields or rows in the record.
    """

    code: str
    texts: Text
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", Texts(self.texts))

    def text(self, language: str = "fi") -> str:
        """What it says in ``language``: ``fi``, ``sv`` or ``en``. Raises ValueError of another one."""
        require_language(language)
        return self.texts[language]

    def to_dict(self) -> dict[str, Any]:
        """The notice as JSON has it: ``code``, ``text`` and ``fields``."""
        return {"code": self.code, "text": dict(self.texts), "fields": list(self.fields)}

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Notice:
        """The notice that `to_dict` gave as ``form``.

        Raises:
            KeyError: a part is lacking.
            ValueError: the text is not in all languages.
        """
        return cls(form["code"], texts_of(form["text"]), tuple(form["fields"]))


def find_notices(context: DecisionContext) -> tuple[Notice, ...]:
    """Whatever does not fit together in the record of ``context``.

    Answers take all of the record into account nevertheless; notices are there so that it can be mended.
    """
    record = context.session.facts.record
    of_facts = (
        *_facts_that_differ(context), *_too_great(context), *_more_than_in_all(context), *_birth_dates(context),
    )  # fmt: skip
    if not any(getattr(record, name) for name in MODELS):
        return of_facts
    return (
        *of_facts,
        *_overfull_rows(record),
        *_overlapping_periods(record, context.on),
        *_attended_outside(record),
        *_doubled_rows(record),
    )


# -- facts


def _facts_that_differ(context: DecisionContext) -> Iterator[Notice]:
    """Facts that are given and follow from the record too, with another value."""
    facts = context.session.facts
    names = facts.inputs.keys()
    alone = context.kept_of_facts_alone("notices of facts alone", _Alone)
    for name in sorted(names):
        if alone is not None and alone.is_unknown(name, names):
            continue
        ready_made = facts.inputs[name]
        if not facts.counts_on(name, context.on) or not _has_origin(name, context):
            continue
        derived = _client_value(name, context) if name in CLIENT_FACTS else facts.follows(name, context.on)
        if derived is UNKNOWN or not _differ(ready_made, derived) or _is_assumed(name, context):
            continue
        kind = "derived_differs" if name in PREFER_DERIVED else "given_differs"
        yield Notice("facts_differ", _about(kind, name, context), (f"facts.{name}", *_origins(name, context)))


class _Alone:
    """What follows of facts on one day from a record of nothing but other ready-made facts: of most, nothing.

    A fact follows from some other facts and outcomes alone. Where the record gives none of these either, it follows, or
    is unknown, for every such record, which is worked out once.
    """

    def __init__(self, book: CompiledRulebook, on: date) -> None:
        self._book, self._on = book, on
        self._facts = Session(book, Record(id="-"), on, REFERENCE, {}).facts
        self._sources: dict[str, frozenset[str] | None] = {}

    def is_unknown(self, name: str, names: Collection[str]) -> bool:
        """Whether nothing else in a record that gives the facts ``names``, ``name`` among them, gives it a value."""
        sources = self._sources.get(name, _NOT_YET)
        if sources is _NOT_YET:
            follows = name in self._book.parts.facts and name not in CLIENT_FACTS
            unknown = not follows or self._facts.follows(name, self._on) is UNKNOWN
            sources = self._sources[name] = upstream_inputs(name, self._book) if unknown else None
        return sources is not None and sources.isdisjoint(names)


_NOT_YET: Final[frozenset[str]] = frozenset({"not looked for yet"})


def _about(kind: str, name: str, context: DecisionContext) -> Text:
    """The text ``notice.fact.KIND`` of the catalogue about a fact, which is called as people call it."""
    called = label(context.parts, name)
    return {language: text(f"notice.fact.{kind}", language, fact=called[language]) for language in LANGUAGES}


def _has_origin(name: str, context: DecisionContext) -> bool:
    definition = context.parts.facts.get(name)
    return name in CLIENT_FACTS or (definition is not None and definition.derivation is not None)


def _is_assumed(name: str, context: DecisionContext) -> bool:
    """Whether what follows of a fact rests on the default of another one, which is no part of the record."""
    definition = context.parts.facts.get(name)
    if definition is None or name in CLIENT_FACTS:
        return False
    facts = context.session.facts
    return any(
        other.default is not None
        and not other.item
        and upstream not in facts.inputs
        and facts.follows(upstream, context.on) is UNKNOWN
        for upstream, other in upstream_facts(definition.trees(), context.parts.facts).items()
    )


def _client_value(name: str, context: DecisionContext) -> Any:
    client = context.session.facts.record.client
    value = getattr(client, name, None)
    return UNKNOWN if value is None else value


def _origins(name: str, context: DecisionContext) -> tuple[str, ...]:
    if name in CLIENT_FACTS:
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


def _least(ready_made: Any) -> Any:
    """The least that a given number can be; None: no number, or one without a least."""
    least = ready_made.low if ready_made.__class__ is Interval else ready_made
    return least if isinstance(least, (int, Decimal)) else None


def _too_great(context: DecisionContext) -> Iterator[Notice]:
    """Given numbers that are greater than they can be: of days, than the time has over which they are counted; of all,
    than a week, a day or a life has."""
    plausible = context.session.facts.vocabulary.plausible
    inputs = context.session.facts.inputs
    limited = [name for name in inputs if name in plausible.most_in_time or name in plausible.most]
    for name in sorted(limited):
        least = _least(inputs[name])
        for code, most in (
            ("more_days_than_the_time_has", plausible.most_in_time.get(name)),
            ("number_out_of_reason", plausible.most.get(name)),
        ):
            if most is not None and least is not None and least > most:
                yield Notice(code, _about(code, name, context), (f"facts.{name}",))
                break


def _more_than_in_all(context: DecisionContext) -> Iterator[Notice]:
    """Given totals that are greater than another given one, which counts all that they count and more."""
    inputs, wholes = context.session.facts.inputs, context.session.facts.vocabulary.plausible.wholes
    for name in sorted(inputs.keys() & wholes.keys()):
        for whole in wholes[name]:
            most = inputs.get(whole)
            most = most.high if most.__class__ is Interval else most
            least = _least(inputs[name])
            if most is not None and least is not None and least > most:
                part, total = label(context.parts, name), label(context.parts, whole)
                line = {
                    language: text("notice.more_than_in_all", language, fact=part[language], whole=total[language])
                    for language in LANGUAGES
                }
                yield Notice("more_than_in_all", line, (f"facts.{name}", f"facts.{whole}"))


def _birth_dates(context: DecisionContext) -> Iterator[Notice]:
    """A birth date after the day of decision, which counts as not known, or longer ago than anybody has lived."""
    record = context.session.facts.record
    days = {
        "client.birth_date": getattr(record.client, "birth_date", None),
        "facts.birth_date": record.facts.get("birth_date"),  # as it was written: what is to come is no fact
    }
    for path, written in days.items():
        day = parse_day(written) if isinstance(written, str) else written
        if not isinstance(day, date):
            continue
        if day > context.on:
            yield Notice("birth_date_to_come", texts("notice.birth_date_to_come"), (path,))
        elif add_months(day, (LONGEST_LIFE + 1) * 12) <= context.on:
            yield Notice("birth_date_long_ago", texts("notice.birth_date_long_ago", years=LONGEST_LIFE), (path,))


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
        if len(rows) < 2:
            continue
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


_MOST_IN_A_CHAIN: Final = 400
"""Rows of one benefit that follow one another without a day between them: of more only the whole is checked."""
_MOST_SHOWN: Final = 20
"""Most rows that a text names; ``fields`` of the notice has all of them."""
