"""How facts are worked out of a record, in words.

Values in words: what rules conclude, and the values that parameters have had, by date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.terms import Line, Phrases, lines
from aava_rules.decision.text.values import day, said, with_unit
from aava_rules.language.functions import AGGREGATES
from aava_rules.language.syntax import Expr
from aava_rules.record.fields import ITEM_OF_LIST
from aava_rules.rulebook.model import Derivation, FactDef, Parameter, Text, Window
from aava_rules.tools.pages.words import STATUSES, word

_LISTS: Final[dict[str, Text]] = {
    "benefits": {"fi": "etuudet", "sv": "förmåner", "en": "benefits"},
    "plans": {"fi": "suunnitelmat", "sv": "planer", "en": "plans"},
    "periods": {"fi": "jaksot", "sv": "perioder", "en": "periods"},
    "events": {"fi": "tapahtumat", "sv": "händelser", "en": "events"},
}
_KINDS: Final[dict[str, Text]] = {
    "total": {
        "fi": "yhteensä ({list}): {field}",
        "sv": "sammanlagt ({list}): {field}",
        "en": "in all ({list}): {field}",
    },
    "count": {"fi": "lukumäärä: {list}", "sv": "antal: {list}", "en": "number of {list}"},
    "words": {"fi": "lukumäärä: {field}", "sv": "antal: {field}", "en": "number of: {field}"},
    "latest": {
        "fi": "viimeisin ({list}): {field}",
        "sv": "den senaste ({list}): {field}",
        "en": "the latest ({list}): {field}",
    },
    "earliest": {
        "fi": "ensimmäinen ({list}): {field}",
        "sv": "den första ({list}): {field}",
        "en": "the first ({list}): {field}",
    },
    "any": {"fi": "ainakin yksi: {list}", "sv": "åtminstone en: {list}", "en": "at least one of: {list}"},
    "peak": {
        "fi": "suurin määrä eri päiviä ({list}: {field}), aikaväli mistä päivästä tahansa: {months}",
        "sv": "det största antalet olika dagar ({list}: {field}) under vilka {months} som helst",
        "en": "the highest number of different days ({list}: {field}) in any {months}",
    },
    "gaps_at_most": {
        "fi": "väliä enintään {months}: {field}; {start} – {end}",
        "sv": "högst {months} emellan: {field}; {start} – {end}",
        "en": "at most {months} between: {field}; from {start} to {end}",
    },
}
_WHERE: Final[Text] = {"fi": "kun:", "sv": "när:", "en": "where:"}
_BEFORE: Final[Text] = {
    "fi": "{months} ennen: {end}",
    "sv": "{months} före: {end}",
    "en": "in the {months} before: {end}",
}
_FROM: Final[Text] = {"fi": "alkaen: {start}", "sv": "från och med: {start}", "en": "from: {start}"}
_TO: Final[Text] = {"fi": "ennen: {end}", "sv": "före: {end}", "en": "before: {end}"}
_SINCE: Final[Text] = {
    "fi": "vain voimassa olevan arvon aikana alkavat ajat: {name}",
    "sv": "bara tider som börjar medan det gällande värdet gäller: {name}",
    "en": "only times that begin while the value in force applies: {name}",
}
_OUTSIDE: Final[dict[bool, Text]] = {
    False: {
        "fi": "ei lasketa: {span} ({cite})",
        "sv": "räknas inte: {span} ({cite})",
        "en": "not counted: {span} ({cite})",
    },
    True: {
        "fi": "ei ehkä lasketa: {span} ({cite})",
        "sv": "räknas eventuellt inte: {span} ({cite})",
        "en": "possibly not counted: {span} ({cite})",
    },
}
_DEFAULT: Final[Text] = {
    "fi": "ellei muuta tiedetä: {value}",
    "sv": "om inget annat är känt: {value}",
    "en": "unless something else is known: {value}",
}


def derivation_lines(fact: FactDef, phrases: Phrases) -> tuple[Line, ...]:
    """How a fact follows from the record; nothing for one that is only given."""
    result: list[Line] = []
    if fact.derivation is not None:
        result += _lines_of(fact.derivation, phrases)
    if fact.default is not None:
        result.append(Line(phrases.pick(_DEFAULT).format(value=phrases.term(fact.default))))
    return tuple(result)


def _lines_of(derivation: Derivation, phrases: Phrases) -> Iterator[Line]:
    if derivation.kind == "test" and derivation.where is not None:
        yield from lines(derivation.where, phrases)
        return
    if derivation.value is not None:
        yield Line(phrases.term(derivation.value))
        return
    yield Line(_kind(derivation, phrases))
    if derivation.where is not None and (where := lines(derivation.where, phrases)):
        yield Line(phrases.pick(_WHERE), where)
    if derivation.within is not None and not AGGREGATES[derivation.kind].has_own_window:
        yield from (Line(text) for text in _window(derivation.within, phrases))
    if derivation.since:
        yield Line(phrases.pick(_SINCE).format(name=phrases.name(derivation.since)))
    for zone in derivation.outside:
        span = f"{day(zone.start, phrases.language)} – {day(zone.until, phrases.language)}"
        cites = "; ".join(phrases.pick(citation(cite, phrases.parts.sources).text) for cite in zone.cite)
        yield Line(phrases.pick(_OUTSIDE[zone.possibly]).format(span=span, cite=cites))


def _kind(derivation: Derivation, phrases: Phrases) -> str:
    kind = "words" if derivation.kind == "count" and derivation.field else derivation.kind
    singular = ITEM_OF_LIST.get(derivation.over, "")
    window = derivation.within
    return phrases.pick(_KINDS[kind]).format(
        list=phrases.pick(_LISTS[derivation.over]),
        field=phrases.name(f"{singular}.{derivation.field}") if derivation.field else "",
        months=_months(window.months, phrases) if window else "",
        start=phrases.term(window.start) if window and window.start else "",
        end=phrases.term(window.end) if window and window.end else "",
    )


def _months(months: int | Expr | None, phrases: Phrases) -> str:
    if months is None:
        return ""
    return with_unit(months, "months", phrases.language) if isinstance(months, int) else phrases.term(months, "months")


def _window(window: Window, phrases: Phrases) -> Iterator[str]:
    end = phrases.term(window.end) if window.end is not None else ""
    if window.months is not None:
        yield phrases.pick(_BEFORE).format(months=_months(window.months, phrases), end=end)
        return
    if window.start is not None:
        yield phrases.pick(_FROM).format(start=phrases.term(window.start))
    if end:
        yield phrases.pick(_TO).format(end=end)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One value of a parameter: the day from which it holds (None: always), its source and status."""

    start: date | None
    value: str
    citations: tuple[Citation, ...]
    status: str


@dataclass(frozen=True, slots=True)
class ValueTable:
    """The values of one parameter, earliest first."""

    title: str
    rows: tuple[ValueRow, ...]


def value_table(parameter: Parameter, phrases: Phrases) -> ValueTable:
    """The values of a parameter with their sources."""
    sources = phrases.parts.sources
    rows = tuple(
        ValueRow(
            value.start,
            value_text(parameter, value.value, phrases),
            tuple(citation(cite, sources) for cite in value.cite),
            phrases.pick(STATUSES[value.status]),
        )
        for value in parameter.values
    )
    return ValueTable(phrases.pick(parameter.title), rows)


def value_text(parameter: Parameter, value: Any, phrases: Phrases) -> str:
    """One value of a parameter: a number with its unit, or the rows of a table."""
    if value is None:
        return word("no_rule", phrases.language)
    if not isinstance(value, dict):
        return said(value, parameter.unit, phrases.language, phrases.parts.words)
    return "; ".join(f"≥ {least}: {_row(parameter, row, phrases)}" for least, row in sorted(value.items()))


def _row(parameter: Parameter, row: dict[str, Any], phrases: Phrases) -> str:
    cells = []
    for column, value in row.items():
        unit = parameter.columns.get(column, ("", ""))[1]
        if isinstance(value, str):
            cells.append(phrases.word(value))
            continue
        text = said(value, unit, phrases.language, phrases.parts.words)
        cells.append(text if unit else f"{phrases.word(column)} {text}")
    return ", ".join(cells)


def conclusion(name: str, value: Expr | frozenset[str], phrases: Phrases) -> Line:
    """What a rule concludes of an outcome."""
    if isinstance(value, frozenset):
        text = ", ".join(phrases.word(member) for member in sorted(value))
    else:
        text = phrases.term(value)
    return Line(f"{phrases.name(name)}: {text}")
