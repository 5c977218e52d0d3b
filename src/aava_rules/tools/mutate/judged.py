"""Formulas of rules by what surely holds of them, whatever stays open for good: judgements, and law not read."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from aava_rules.compiler.diagrams import Diagrams, Vertex
from aava_rules.compiler.formula import Formula, neg
from aava_rules.compiler.program import Feature
from aava_rules.language.syntax import Fact, walk

OPEN_FOR_GOOD: Final = ("judgement", "doubt")
"""The kinds of the features that no fact makes known."""


class Judged:
    """Formulas over one table of features, by what surely holds of them whatever stays open for good."""

    def __init__(self, features: tuple[Feature, ...], diagrams: Diagrams) -> None:
        self.diagrams, self._features = diagrams, features
        self.levels = {
            kind: [level for level, feature in enumerate(features) if feature.kind == kind] for kind in OPEN_FOR_GOOD
        }
        self._every = frozenset(level for levels in self.levels.values() for level in levels)

    @property
    def waiting(self) -> list[tuple[int, Feature]]:
        """The features that stay open for good, each with its number."""
        return [(level, self._features[level]) for level in sorted(self._every)]

    def levels_of(self, names: Container[str]) -> list[int]:
        """The numbers of the features that read a fact, or outcome, of these ``names``."""
        return [
            level
            for level, feature in enumerate(self._features)
            if any(isinstance(n, Fact) and n.name in names for term in feature.terms for n in walk(term))
        ]

    def sure(self, formula: Formula) -> Vertex:
        """Where a ``formula`` holds, whatever stays open for good."""
        return self.diagrams.for_all(self.diagrams.of(formula), self._every)

    def possible(self, formula: Formula) -> Vertex:
        """Where a ``formula`` may hold."""
        diagrams = self.diagrams
        return diagrams.of_not(diagrams.for_all(diagrams.of(neg(formula)), self._every))

    def undecided(self, formula: Formula) -> Vertex:
        """Where a ``formula`` may hold, and does not surely."""
        return self.diagrams.both(self.possible(formula), self.diagrams.of_not(self.sure(formula)))

    def waits(self, formulas: Iterable[Formula], kind: str) -> Vertex:
        """Where one of ``formulas`` depends on a feature of the ``kind`` that stays open for good."""
        diagrams = self.diagrams
        collected: Vertex = False
        for formula in formulas:
            vertex = diagrams.of(formula)
            for level in self.levels[kind]:
                first, *others = diagrams.parts(vertex, level)
                for other in others:
                    alike = diagrams.both(first, other, alike=True)
                    changes = diagrams.of_not(diagrams.for_all(alike, self._every))
                    collected = diagrams.either(collected, changes)
        return collected

    def never(self, *vertices: Vertex) -> bool:
        """Whether the diagrams of ``vertices`` never hold together."""
        joined: Vertex = True
        for vertex in vertices:
            joined = self.diagrams.both(joined, vertex)
        return joined is False
