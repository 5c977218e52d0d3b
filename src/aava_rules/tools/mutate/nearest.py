"""How far a record is from a cell of a diagram, and what of it lies elsewhere."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any, Final

from aava_rules.compiler.diagrams import Node, Vertex
from aava_rules.compiler.program import Feature
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.features import known_cells
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.session import Session
from aava_rules.language.errors import AavaRulesError
from aava_rules.tools.mutate.cells import Contrast
from aava_rules.tools.mutate.trial import Subject

Situation = tuple[dict[str, Any], date]
"""A record as a case has it, and the day of decision."""

FAR: Final = 1000
"""The cost of a way that leads to no difference."""
_FREE: Final = frozenset({"judgement", "doubt", "lower"})
"""Kinds of features that no record states: they stay open, and what rests on them is then unknown."""


class Reader:
    """Reads situations in the cells of one contrast."""

    def __init__(self, subject: Subject, contrast: Contrast) -> None:
        self.subject, self.contrast = subject, contrast
        self._judged = [None if term is None else reader(term) for term in contrast.judged]

    def read(self, situation: Situation) -> tuple[int, list[int], Session, tuple[Scope, ...]] | None:
        """What is known of a situation: the cells of features, the judged days that lie elsewhere, and what read it.

        None of what is no record.

        Args:
            situation: the record and the day of decision.
        """
        record, on = situation
        book = self.subject.book
        try:
            whole = self.subject.read(record)
            facts, _ = book.vocabulary.inputs.read(whole, on)
        except AavaRulesError:
            return None
        session = Session(book, whole, on, REFERENCE, facts)
        list_name = self.contrast.list_name
        items = getattr(whole, list_name) if list_name else None
        if list_name and not items:
            return 0, list(range(len(self._judged))), session, ()
        item = items[0] if items else None
        scopes, elsewhere = [], []
        for number, (read, spans) in enumerate(zip(self._judged, self.contrast.days, strict=True)):
            day = on if read is None else read(Scope(session.facts, on, list_name, item))
            if day.__class__ is not date:
                elsewhere.append(number)
                day = on
            elif not any(first <= day <= last for first, last in spans):
                elsewhere.append(number)
            scopes.append(Scope(session.facts, day, list_name, item))
        return known_cells(self.contrast.program, tuple(scopes)), elsewhere, session, tuple(scopes)


class Way:
    """The way through a diagram with the fewest features that lie elsewhere.

    Attributes:
        cost: how many lie elsewhere.
        wrong: these features, each with the mask of the cells in which it should lie.
    """

    __slots__ = ("cost", "wrong")

    def __init__(self, cost: int, wrong: list[tuple[Feature, int]]) -> None:
        self.cost, self.wrong = cost, wrong


def nearest_way(contrast: Contrast, known: int, random: Random) -> Way:
    """The nearest way to a difference from what is known, one of several by chance.

    Args:
        contrast: where the answers differ.
        known: the mask of the possible cells.
        random: the source of randomness.
    """
    features = contrast.program.features
    costs: dict[int, tuple[int, int, Vertex]] = {}

    def cost(vertex: Vertex) -> int:
        if isinstance(vertex, bool):
            return 0 if vertex else FAR
        entry = costs.get(id(vertex))
        if entry is None:
            feature = features[vertex.level]
            options = [
                (cost(child) + _wrong(feature, mask, known), mask, child) for mask, child in _ways_on(vertex, feature)
            ]
            least = min(option[0] for option in options)
            entry = costs[id(vertex)] = random.choice([option for option in options if option[0] == least])
        return entry[0]

    total, at, wrong = cost(contrast.vertex), contrast.vertex, []
    while isinstance(at, Node):
        _, mask, child = costs[id(at)]
        feature = features[at.level]
        if _wrong(feature, mask, known):
            wrong.append((feature, mask))
        at = child
    return Way(total, wrong)


def _ways_on(node: Node, feature: Feature) -> list[tuple[int, Vertex]]:
    masks: dict[int, tuple[int, Vertex]] = {}
    shift = (feature.bits & -feature.bits).bit_length() - 1
    for cell, child in enumerate(node.children):
        key = id(child) if isinstance(child, Node) else int(child)
        masks[key] = (masks.get(key, (0, child))[0] | 1 << (shift + cell), child)
    return list(masks.values())


def _wrong(feature: Feature, mask: int, known: int) -> int:
    return 0 if feature.kind in _FREE or not known & feature.bits & ~mask else 1
