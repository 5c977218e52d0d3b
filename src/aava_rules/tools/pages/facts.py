"""Facts and values in words: how facts are derived, what rules conclude, and the values of parameters by date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.terms import Line, Phrases, lines
from aava_rules.decision.text.values import format_day
from aava_rules.language.functions import AGGREGATES
from aava_rules.language.syntax import Expr
from aava_rules.record.fields import ITEM_OF_LIST, lists
from aava_rules.rulebook.model import Cite, Derivation, FactDef, Parameter, Parts, Window


def derivation_lines(fact: FactDef, phrases: Phrases) -> tuple[Line, ...]:
    """How ``fact`` follows from a record, in the words of ``phrases``; nothing for a fact that is never derived."""
    result: list[Line] = []
    if fact.derivation is not None:
        result += _lines_of(fact.derivation, phrases)
    if fact.default is not None:
        result.append(Line(phrases.text("derivation.default", value=phrases.term(fact.default))))
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
        yield Line(phrases.text("derivation.where"), where)
    if derivation.within is not None and not AGGREGATES[derivation.kind].has_own_window:
        yield from (Line(text) for text in _window(derivation.within, phrases))
    for limit in derivation.limits:
        amount = phrases.term(limit.amount)
        yield Line(phrases.text("derivation.limit", amount=amount))
        if limit.start is not None:
            yield Line(phrases.text("derivation.from", start=phrases.term(limit.start)))
    if derivation.also:
        yield Line(phrases.text("derivation.also", names=", ".join(_shown_elsewhere(derivation, phrases))))
    if derivation.since:
        yield Line(phrases.text("derivation.since", name=phrases.name(derivation.since)))
    for zone in derivation.outside:
        key = "derivation.perhaps_not_counted" if zone.possibly else "derivation.not_counted"
        span = f"{format_day(zone.start, phrases.language)} – {format_day(zone.until, phrases.language)}"
        cites = "; ".join(citation(cite, phrases.parts.sources).text[phrases.language] for cite in zone.cite)
        yield Line(phrases.text(key, span=span, cite=cites))


def _shown_elsewhere(derivation: Derivation, phrases: Phrases) -> Iterator[str]:
    for list_name, name in derivation.also:
        if list_name == "events":
            yield phrases.parts.steps[name].title[phrases.language]
        else:
            yield phrases.name(f"{ITEM_OF_LIST[list_name]}.{name}")


def _kind(derivation: Derivation, phrases: Phrases) -> str:
    aggregate = AGGREGATES[derivation.kind]
    kind = "words" if derivation.kind == "count" and derivation.field else aggregate.phrase or aggregate.name
    if derivation.kind in ("latest", "earliest") and lists()[derivation.over].fields[derivation.field].type == "dates":
        kind = f"{kind}_of_item"
    singular = ITEM_OF_LIST.get(derivation.over, "")
    window = derivation.within
    if window is not None and window.weeks is not None:
        kind = f"{kind}_in_week"
    return phrases.text(
        f"derivation.kind.{kind}",
        count=window.months if window else None,
        list=phrases.text(f"derivation.list.{derivation.over}"),
        field=phrases.name(f"{singular}.{derivation.field}") if derivation.field else "",
        months=_months(window.months, phrases) if window else "",
        start=phrases.term(window.start) if window and window.start else "",
        end=phrases.term(window.end) if window and window.end else "",
    )


def _months(months: int | Expr | None, phrases: Phrases) -> str:
    if months is None:
        return ""
    return phrases.value(months, "months") if isinstance(months, int) else phrases.term(months, "months")


def _window(window: Window, phrases: Phrases) -> Iterator[str]:
    end = phrases.term(window.end) if window.end is not None else ""
    if window.months is not None:
        yield phrases.text("derivation.before", months=_months(window.months, phrases), end=end)
        return
    if window.start is not None:
        yield phrases.text("derivation.from", start=phrases.term(window.start))
    if end:
        yield phrases.text("derivation.to", end=end)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One value of a parameter in words: the day from which it holds (None: always), sources and verification."""

    start: date | None
    value: str
    citations: tuple[Citation, ...]
    status: str


@dataclass(frozen=True, slots=True)
class ValueTable:
    """The values of one parameter, earliest first."""

    title: str
    rows: tuple[ValueRow, ...]


def acts_text(acts: tuple[Citation, ...], language: str) -> str:
    """The acts that have to be read, ``acts``, in ``language``."""
    return ", ".join(act.text[language] for act in acts)


def verification(status: str, to_read: tuple[Cite, ...], parts: Parts, language: str) -> str:
    """How far a rule or value has been checked, in words.

    Args:
        status: its status.
        to_read: of what is presumed, the acts that have to be read.
        parts: the stack of rulebooks.
        language: the language of texts.
    """
    word = text(f"verification.{status}", language)
    if not to_read:
        return word
    acts = acts_text(tuple(citation(cite, parts.sources) for cite in to_read), language)
    return f"{word}; {text('page.to_read', language)}: {acts}"


def value_table(parameter: Parameter, phrases: Phrases) -> ValueTable:
    """The values of ``parameter`` with their sources, in the words of ``phrases``."""
    sources = phrases.parts.sources
    rows = tuple(
        ValueRow(
            value.start,
            value_text(parameter, value.value, phrases),
            tuple(citation(cite, sources) for cite in value.cite),
            verification(value.status, value.to_read, phrases.parts, phrases.language),
        )
        for value in parameter.values
    )
    return ValueTable(parameter.title[phrases.language], rows)


def value_text(parameter: Parameter, value: Any, phrases: Phrases) -> str:
    """One value of a parameter: a number with its unit, or the rows of a table.

    Args:
        parameter: the parameter, which has the unit or the columns.
        value: the value; None means that there is no such rule any more.
        phrases: the language and the rulebook's own words.
    """
    if value is None:
        return phrases.text("page.no_rule")
    if not isinstance(value, dict):
        return phrases.value(value, parameter.unit)
    return "; ".join(f"≥ {least}: {_row(parameter, row, phrases)}" for least, row in sorted(value.items()))


def _row(parameter: Parameter, row: dict[str, Any], phrases: Phrases) -> str:
    cells = []
    for column, value in row.items():
        unit = parameter.columns.get(column, ("", ""))[1]
        if isinstance(value, str):
            cells.append(phrases.word(value))
            continue
        cell = phrases.value(value, unit)
        cells.append(cell if unit else f"{phrases.word(column)} {cell}")
    return ", ".join(cells)


def conclusion(name: str, value: Expr | frozenset[str], phrases: Phrases) -> Line:
    """What a rule concludes of an outcome, in words.

    Args:
        name: the outcome.
        value: the term or the set of words that it comes to.
        phrases: the language and the rulebook's own words.
    """
    if isinstance(value, frozenset):
        text = ", ".join(phrases.word(member) for member in sorted(value))
    else:
        text = phrases.term(value)
    return Line(f"{phrases.name(name)}: {text}")
