"""Formulas over features: literals, conjunctions, disjunctions and negations, and their truth by Kleene's tables."""

from __future__ import annotations

from collections.abc import Callable

from aava_rules.language.structs import Struct


class Lit(Struct):
    """One feature lies in some of its cells.

    Attributes:
        cube: the mask of those cells, and of all cells of the other features.
        field: the mask of all cells of the feature.
    """

    cube: int
    field: int


class Conj(Struct):
    """All of the items hold; of none, it is true."""

    items: tuple[Formula, ...]


class Disj(Struct):
    """One of the items at least holds; of none, it is false."""

    items: tuple[Formula, ...]


class Neg(Struct):
    """The item does not hold."""

    item: Formula


Formula = Lit | Conj | Disj | Neg
TRUE: Formula = Conj(())
FALSE: Formula = Disj(())


def kleene(formula: Formula, known: int) -> bool | None:
    """Whether ``formula`` holds by Kleene's tables where the mask of the possible cells is ``known``; None: unknown."""
    match formula:
        case Lit(cube, field):
            possible = known & field
            if not possible & ~cube:
                return True
            return None if possible & cube else False
        case Neg(item):
            state = kleene(item, known)
            return None if state is None else not state
        case Conj(items):
            wanted = False
        case Disj(items):
            wanted = True
    unknown = False
    for item in items:
        state = kleene(item, known)
        if state is wanted:
            return wanted
        unknown = unknown or state is None
    return None if unknown else not wanted


def _joined(kind: Callable[[tuple[Formula, ...]], Formula], neutral: Formula, stop: Formula) -> Callable[..., Formula]:
    def join(*items: Formula) -> Formula:
        parts = tuple([item for item in items if item is not neutral])
        if len(parts) < 2:
            return parts[0] if parts else neutral
        for item in parts:
            if item is stop:
                return stop
        return kind(parts)

    return join


conj: Callable[..., Formula] = _joined(Conj, TRUE, FALSE)
"""The conjunction of formulas; what always holds is left out, and with what never holds it never holds."""
disj: Callable[..., Formula] = _joined(Disj, FALSE, TRUE)
"""The disjunction of formulas; what never holds is left out, and with what always holds it always holds."""


def neg(item: Formula) -> Formula:
    """The opposite of the formula ``item``; that of a negation is what it negates."""
    if item is TRUE:
        return FALSE
    if item is FALSE:
        return TRUE
    return item.item if isinstance(item, Neg) else Neg(item)
