"""How the values of a fact fall into cells, told by looking at a value: what a place of a diagram asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aava_rules.compiler.compile import Book
from aava_rules.compiler.partition import Variable, constants_of, is_whole, next_whole
from aava_rules.engine.diagram.sources import sources_of
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Fact


class Split(Struct):
    """How the values of a fact fall into cells: by limits between them, or (None) value by value."""

    fact: str
    given_only: bool
    """Whether it is given or unknown: nothing else tells of it."""
    sources: frozenset[str]
    """The other facts and outcomes from which it could follow."""
    limits: list[Any] | None
    cells: Any
    """The bit of each cell, by the number of limits that are reached, or by value; 0 where no value can lie."""


def split_of(variable: Variable, book: Book) -> Split | None:
    """How a fact is asked; None for what is no fact, or has no values that can be told apart by looking."""
    term = variable.terms[0] if variable.kind == "term" else None
    if not isinstance(term, Fact):
        return None
    limits, cells = _cut(variable, term)
    if cells is None:
        return None
    definition = book.parts.facts.get(term.name)
    given_only = definition is not None and definition.derivation is None and definition.default is None
    return Split(term.name, given_only, sources_of(term.name, book), limits, cells)


def _cut(variable: Variable, term: Fact) -> tuple[list[Any] | None, Any]:
    """The limits between the cells of a fact, and the cells; None for what cannot be told apart by looking."""
    cells, constants = variable.cells, constants_of(variable)
    if term.type == "boolean":
        return None, {True: cells[True], False: cells[False]}
    if term.type == "choice" and variable.words:
        return None, {word: cells[word] if word in cells else cells["…"] for word in variable.words}
    if term.type not in ("integer", "date") or variable.cell_of is None or not constants:
        return None, None
    # between two limits all values lie in one cell, that of the first of them
    limits: list[Any] = sorted({*map(next_whole, constants), *filter(is_whole, constants)})
    firsts = [limits[0] - (timedelta(days=1) if term.type == "date" else 1), *limits]
    return limits, [variable.cell_of(first) for first in firsts]
