"""What lies beside the rules of a rulebook: notes on how they were read, and worked cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aava_rules.tools.cases.run import LoadedCase, layer_folders, rulebook_cases

if TYPE_CHECKING:
    from aava_rules.decision.service import Rulebook

NOTES: Final = "NOTES.md"
MOST_BYTES: Final = 1_000_000
"""Notes are for people; a longer file is cut."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Notes and cases by the name of the ruleset whose folder they lie in."""

    notes: Mapping[str, str] = field(default_factory=dict)
    cases: Mapping[str, tuple[LoadedCase, ...]] = field(default_factory=dict)


def beside(rulebook: Rulebook) -> Beside:
    """The notes and cases of a rulebook and of those below it."""
    cases: dict[str, list[LoadedCase]] = {}
    for case in rulebook_cases(rulebook):
        cases.setdefault(Path(case.place.rsplit(":", 2)[0]).parent.name, []).append(case)
    notes = {}
    for place in layer_folders(rulebook):
        for file in sorted(place.glob(f"*/{NOTES}")):
            with file.open("rb") as stream:
                notes[file.parent.name] = stream.read(MOST_BYTES).decode("utf-8", "replace")
    return Beside(notes, {name: tuple(found) for name, found in cases.items()})
