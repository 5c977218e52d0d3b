"""Values in words: what rules conclude, and the values that parameters have had, by date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.terms import Line
from aava_rules.decision.text.values import said
from aava_rules.language.syntax import Expr
from aava_rules.rulebook.model import Parameter
from aava_rules.tools.pages.phrases import Phrases
from aava_rules.tools.pages.words import STATUSES, word


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
            one.start,
            value_text(parameter, one.value, phrases),
            tuple(citation(cite, sources) for cite in one.cite),
            phrases.pick(STATUSES[one.status]),
        )
        for one in parameter.values
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
        text = ", ".join(phrases.word(one) for one in sorted(value))
    else:
        text = phrases.term(value)
    return Line(f"{phrases.name(name)}: {text}")
