"""A mutant: one change of a rulebook, where it stands, and what it makes of the linked parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from aava_rules.language.dates import ONE_DAY
from aava_rules.rulebook.loader.documents import Document
from aava_rules.rulebook.loader.yaml_nodes import Node
from aava_rules.rulebook.model import Parts

KINDS: Final = {
    "threshold": "a limit one more or one less",
    "comparison": "another comparison, or the opposite of a test",
    "and_or": "all in place of any, or any in place of all",
    "test": "a test dropped",
    "exception": "an exception dropped",
    "override": "an override dropped",
    "judgement": "an official's assessment no longer asked",
    "rule": "a rule dropped",
    "day": "a day of law one earlier or one later",
    "due": "a due day one earlier or one later, or dropped",
    "value": "another value of an outcome, or a default dropped",
    "parameter": "another value of a parameter, or one value dropped",
    "proof": "what shows a step done dropped",
}
"""What a mutant changes."""

Key = tuple[str, str]
"""A part of a rulebook that a case may rest on: ``rule``, ``fact``, ``parameter``, ``outcome`` or ``step``, and its
name."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a rulebook.

    Attributes:
        number: its place among all mutants of the rulebook, from 0.
        kind: what is changed, a key of `KINDS`.
        file: the file in which the change stands, relative to the rulebook.
        line: its line, from 1.
        before: the part as it reads.
        after: the part as it then reads; empty where it is dropped.
        keys: the parts of the rulebook that it changes.
        make: gives the parts of the changed rulebook, of those of the rulebook.
    """

    number: int
    kind: str
    file: str
    line: int
    before: str
    after: str
    keys: frozenset[Key]
    make: Callable[[Parts], Parts]

    @property
    def rules(self) -> list[str]:
        """The ids of the rules that it changes, sorted."""
        return sorted(name for kind, name in self.keys if kind == "rule")


def new_mutant(
    document: Document, at: Node, kind: str, before: str, after: str, keys: set[Key], make: Callable[[Parts], Parts]
) -> Mutant:
    """A mutant that has no number yet.

    Args:
        document: the file in which the change stands.
        at: the node that is changed.
        kind: what is changed.
        before: the part as it reads.
        after: the part as it then reads.
        keys: the parts of the rulebook that it changes.
        make: gives the parts of the changed rulebook.
    """
    return Mutant(0, kind, document.name, at.line, before, after, frozenset(keys), make)


def days_beside(day: date | None) -> list[date]:
    """The day after ``day`` and the day before it; none of None, or past the ends of the calendar."""
    if day is None:
        return []
    return [other for other in (_moved(day, 1), _moved(day, -1)) if other is not None]


def _moved(day: date, by: int) -> date | None:
    try:
        return day + by * ONE_DAY
    except OverflowError:
        return None
