"""What in a record does not fit together: facts told twice, and rows that cannot all be meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from .calendar_days import weekdays
from .comparing import is_known, orders
from .parts import Text
from .record.items import MODELS
from .values import LANGUAGES, UNKNOWN
from .vocabulary import DERIVED_FIRST
from .wording import label

if TYPE_CHECKING:
    from .decision import Decision
    from .record import Record


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in the record that does not fit together, in three languages."""

    code: str
    texts: Text
    fields: tuple[str, ...] = ()

    def text(self, language: str = "fi") -> str:
        """What it says, in one language."""
        return self.texts[language]

    def to_dict(self) -> dict[str, Any]:
        """It as JSON has it."""
        return {"code": self.code, "text": self.texts, "fields": list(self.fields)}


def find_notices(decision: Decision) -> tuple[Notice, ...]:
    """Whatever does not fit together. Nothing is left out of account for it: it is told, so that it can be mended."""
    record = decision.run.facts.record
    return (*_facts_that_differ(decision), *_overfull_rows(record), *_doubled_rows(record))


# -- facts


def _facts_that_differ(decision: Decision) -> Iterator[Notice]:
    """Facts that are given and follow from the record too, with another value."""
    facts, parts = decision.run.facts, decision.parts
    for name, given in sorted(facts.given.items()):
        if not facts.counts_on(name, decision.on) or not _has_origin(name, decision):
            continue
        derived = (
            _client_value(name, decision)
            if name in ("birth_date", "municipality")
            else facts.derived(name, decision.on)
        )
        if derived is UNKNOWN or not _differ(given, derived):
            continue
        texts = {
            language: _DIFFERS[name in DERIVED_FIRST][language].format(label(parts, name)[language])
            for language in LANGUAGES
        }
        yield Notice("facts_differ", texts, (f"facts.{name}", *_origins(name, decision)))


_DIFFERS = {
    False: {
        "fi": "Valmiina annettu tieto ({}) poikkeaa siitä, mitä tietueen muista tiedoista seuraa. Annettua tietoa käytettiin.",
        "sv": "Den färdigt angivna uppgiften ({}) avviker från det som följer av postens övriga uppgifter. Den angivna uppgiften användes.",
        "en": "The ready-made fact ({}) differs from what the rest of the record says. The given one was used.",
    },
    True: {
        "fi": "Valmiina annettu tieto ({}) poikkeaa siitä, mitä tietueen muista tiedoista seuraa. Johdettua tietoa käytettiin.",
        "sv": "Den färdigt angivna uppgiften ({}) avviker från det som följer av postens övriga uppgifter. Den härledda uppgiften användes.",
        "en": "The ready-made fact ({}) differs from what the rest of the record says. The derived one was used.",
    },
}


def _has_origin(name: str, decision: Decision) -> bool:
    definition = decision.parts.facts.get(name)
    return name in ("birth_date", "municipality") or (definition is not None and definition.derivation is not None)


def _client_value(name: str, decision: Decision) -> Any:
    client = decision.run.facts.record.client
    value = getattr(client, name, None)
    return UNKNOWN if value is None else value


def _origins(name: str, decision: Decision) -> tuple[str, ...]:
    if name in ("birth_date", "municipality"):
        return (f"client.{name}",)
    if name == "age":
        return ("client.birth_date",)
    derivation = decision.parts.facts[name].derivation
    return (derivation.over,) if derivation is not None and derivation.over else ()


def _differ(given: Any, derived: Any) -> bool:
    """Whether two values exclude one another; bounds do not exclude what lies within them."""
    if not is_known(given) or not is_known(derived):
        return "=" not in orders(given, derived) if derived.__class__ is not frozenset else False
    return bool(given != derived)


# -- rows


def _told(code: str, paths: list[str]) -> Notice:
    shown = ", ".join(paths[:_MOST_SHOWN]) + (" …" if len(paths) > _MOST_SHOWN else "")
    return Notice(code, {language: text.format(shown) for language, text in _ROWS[code].items()}, tuple(paths))


def _path(name: str, position: int, row: Any, ids: Counter[Any]) -> str:
    unique = row.id is not None and ids[row.id] == 1
    return f"{name}[id={row.id}]" if unique else f"{name}[{position}]"


def _overfull_rows(record: Record) -> Iterator[Notice]:
    """Benefit rows with more paid days than there are weekdays from their first day to their last, and rows of one
    benefit that overlap and have so many together."""
    rows = record.benefits or ()
    ids = Counter(row.id for row in rows)
    dated: dict[Any, list[tuple[date, date, int, str]]] = {}
    for position, row in enumerate(rows):
        if row.start is None or row.end is None or row.days is None:
            continue
        path = _path("benefits", position, row, ids)
        if row.days > _weekdays(row.start, row.end):
            yield _told("more_days_than_weekdays", [path])
        elif row.kind is not None:
            dated.setdefault(row.kind, []).append((row.start, row.end, row.days, path))
    for several in dated.values():
        several.sort(key=lambda one: one[:2])
        for together in _overlapping(several):
            last = max(end for _, end, _, _ in together)
            if sum(days for _, _, days, _ in together) > _weekdays(together[0][0], last):
                yield _told("more_days_than_weekdays_together", [path for *_, path in together])


def _weekdays(first: date, last: date) -> int:
    return weekdays(first, last + timedelta(days=1))


def _overlapping(rows: list[tuple[date, date, int, str]]) -> Iterator[list[tuple[date, date, int, str]]]:
    """Rows, sorted by their first days, in groups that have no day in common; groups of one are left out."""
    group: list[tuple[date, date, int, str]] = []
    until = date.min
    for row in rows:
        if row[0] > until and group:
            if len(group) > 1:
                yield group
            group = []
        group.append(row)
        until = max(until, row[1])
    if len(group) > 1:
        yield group


def _doubled_rows(record: Record) -> Iterator[Notice]:
    """Rows that say the same and have no ids that tell them apart, and rows that have one id but say something else."""
    for name in MODELS:
        rows = getattr(record, name) or ()
        ids = Counter(row.id for row in rows)
        alike: dict[tuple[Any, ...], list[int]] = {}
        of_id: dict[str, list[int]] = {}
        for position, row in enumerate(rows):
            if row.id is not None:
                of_id.setdefault(row.id, []).append(position)
            contents = tuple(value for field, value in row if field != "id")
            if any(isinstance(value, date) for value in contents):  # what has no day may well be there more than once
                alike.setdefault(contents, []).append(position)
        doubled: set[int] = set()
        for positions in alike.values():
            own = {rows[position].id for position in positions} - {None}
            if len(own) < len(positions) and len(positions) > 1:
                doubled.update(positions)
                yield _told("rows_alike", [_path(name, one, rows[one], ids) for one in positions])
        for positions in of_id.values():
            if len(positions) > 1 and not doubled.issuperset(positions):
                yield _told("id_twice", [f"{name}[{one}]" for one in positions])


_MOST_SHOWN: Final = 20
"""So many rows are named in a text; ``fields`` of the notice has all of them."""

_ROWS: Final[dict[str, Text]] = {
    "more_days_than_weekdays": {
        "fi": "Rivillä {} on enemmän maksettuja päiviä kuin sen aikana on arkipäiviä. Päivien määrää pidetään epävarmana.",
        "sv": "Raden {} har fler betalda dagar än det finns vardagar under den. Antalet dagar betraktas som osäkert.",
        "en": "The row {} has more paid days than there are weekdays in it. Its number of days is taken as uncertain.",
    },
    "more_days_than_weekdays_together": {
        "fi": "Päällekkäisillä riveillä {} on yhteensä enemmän maksettuja päiviä kuin niiden aikana on arkipäiviä. Kaikki päivät laskettiin mukaan.",
        "sv": "De överlappande raderna {} har tillsammans fler betalda dagar än det finns vardagar under dem. Alla dagar räknades med.",
        "en": "The overlapping rows {} have more paid days together than there are weekdays in them. All their days were counted.",
    },
    "rows_alike": {
        "fi": "Rivit {} ovat samanlaiset. Jokainen niistä laskettiin mukaan.",
        "sv": "Raderna {} är likadana. Var och en av dem räknades med.",
        "en": "The rows {} say the same. Each of them was counted.",
    },
    "id_twice": {
        "fi": "Riveillä {} on sama tunniste. Jokainen niistä laskettiin mukaan.",
        "sv": "Raderna {} har samma identifierare. Var och en av dem räknades med.",
        "en": "The rows {} have the same id. Each of them was counted.",
    },
}
