"""What the folders of a rulebook hold besides rules: notes on how the law was read, and worked cases as table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import citation
from aava_rules.decision.text.terms import Phrases
from aava_rules.rulebook.model import Cite, Parts, Rule
from aava_rules.tools.cases.compare import STATUSES
from aava_rules.tools.cases.run import LoadedCase, layer_folders, rulebook_cases
from aava_rules.tools.pages.markdown import in_language

if TYPE_CHECKING:
    from aava_rules.decision.service import Rulebook
    from aava_rules.rulebook.loader.file_schema import Case


_SECTION: Final = re.compile(r"[\d/:. ]+(?:[a-z] )?§[\d :.]*(?:mom\.)?[\d ]*(?:k\.?)?(?: \([\d/]+\))?")
"""A section as acts are cited in every language: 9 § 3 mom. (1384/2021)."""
NOTES: Final = "NOTES.md"
MOST_BYTES: Final = 1_000_000
"""Notes are for people; a longer file is cut."""


@dataclass(frozen=True, slots=True)
class Supplements:
    """Notes and worked cases, by the name of the ruleset in whose folder they are."""

    notes: Mapping[str, str] = field(default_factory=dict)
    cases: Mapping[str, tuple[LoadedCase, ...]] = field(default_factory=dict)


def read_supplements(rulebook: Rulebook) -> Supplements:
    """The notes and worked cases of ``rulebook`` and of those that it extends.

    Notes are cut after ``MOST_BYTES``. Raises RulebookNotFound if the folder of a rulebook is not there.
    """
    cases: dict[str, list[LoadedCase]] = {}
    for loaded in rulebook_cases(rulebook):
        cases.setdefault(Path(loaded.place.rsplit(":", 2)[0]).parent.name, []).append(loaded)
    notes: dict[str, str] = {}
    for place in layer_folders(rulebook):
        for file in sorted(place.glob(f"*/{NOTES}")):
            with file.open("rb") as stream:
                more = stream.read(MOST_BYTES).decode("utf-8", "replace")
            # the folder of an amendment has the name of the ruleset that it amends
            above = notes.get(file.parent.name, "")
            notes[file.parent.name] = f"{more}\n\n{above}" if above else more
    return Supplements(notes, {name: tuple(loaded_cases) for name, loaded_cases in cases.items()})


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A worked case in words: its name, the day of decision, the answers that it expects, and its reference.

    Names are sentences of their authors; where these wrote in another language than the reader's, there is none.
    """

    name: str
    day: date
    expected: str
    reference: str


class CaseRows:
    """The rows of all cases. A case that shows no particular rule belongs to its ruleset."""

    def __init__(self, parts: Parts, supplements: Supplements, phrases: Phrases) -> None:
        self._rules: dict[str, list[CaseRow]] = {}
        self._rulesets: dict[str, list[CaseRow]] = {}
        known = {rule.id for ruleset in parts.rulesets for rule in ruleset.rules}
        for name, loaded_cases in supplements.cases.items():
            own = [rule for ruleset in parts.rulesets if ruleset.name == name for rule in ruleset.rules]
            readable = in_language(" ".join(loaded.name for loaded in loaded_cases), phrases.language)
            for loaded in loaded_cases:
                if loaded.case is None:
                    continue
                row = CaseRow(
                    loaded.name if readable else "",
                    loaded.case.date,
                    "; ".join(_expected(loaded.case, phrases)),
                    _reference(loaded.case.ref, phrases, as_written=readable),
                )
                rule_ids = [rule for rule in loaded.case.by if rule in known] or _rules_shown(loaded.case, own)
                for rule_id in rule_ids:
                    self._rules.setdefault(rule_id, []).append(row)
                if not rule_ids:
                    self._rulesets.setdefault(name, []).append(row)

    def of_rule(self, rule_id: str) -> tuple[CaseRow, ...]:
        """The cases that show the rule ``rule_id``."""
        return tuple(self._rules.get(rule_id, ()))

    def of_ruleset(self, name: str) -> tuple[CaseRow, ...]:
        """The cases of the ruleset ``name`` that show no particular rule."""
        return tuple(self._rulesets.get(name, ()))


def _rules_shown(case: Case, rules: list[Rule]) -> list[str]:
    """The rules that a case without ``by`` is about: those of its requirements and steps, in force on its day."""
    names = {*case.checks, *(_step(step)[0] for step in case.steps)} or set(case.no_steps)
    named = [rule for rule in rules if rule.name in names]
    in_force = [
        rule
        for rule in named
        if (rule.start is None or rule.start <= case.date) and (rule.until is None or case.date <= rule.until)
    ]
    return [rule.id for rule in in_force or named]


def _reference(text: str, phrases: Phrases, *, as_written: bool) -> str:
    """The reference of a case: a citation in words, or as its author wrote it, if that can be read or is a section."""
    key, _, locator = text.partition(".")
    if key not in phrases.parts.sources or " " in locator:
        return text if as_written or _SECTION.fullmatch(text) else ""
    return citation(Cite(key, locator), phrases.parts.sources).text[phrases.language]


def _expected(case: Case, phrases: Phrases) -> Iterator[str]:
    language = phrases.language
    for name, value in case.expect.items():
        yield f"{phrases.name(name)}: {_value(name, value, phrases)}"
    for name, status in case.checks.items():
        yield f"{phrases.name(name)}: {text(f'answer.{status}', language)}"
    for step in case.steps:
        name, due = _step(step)
        yield f"{phrases.name(name)}" + (f", {text('page.by_day', language, day=_due(due, phrases))}" if due else "")
    for name in case.no_steps:
        yield text("page.not_suggested", language, step=phrases.name(name))
    if case.missing:
        yield text("page.missing", language, facts=", ".join(map(phrases.name, case.missing)))


def _step(step: Any) -> tuple[str, Any]:
    return (str(step.get("step", "")), step.get("due")) if isinstance(step, dict) else (str(step), None)


def _value(name: str, value: Any, phrases: Phrases) -> str:
    if isinstance(value, dict):
        return phrases.text("answer.unknown")
    if isinstance(value, str) and value not in phrases.parts.words and value in (*STATUSES, "none"):
        return phrases.text(f"answer.{value}")
    if isinstance(value, list):
        return ", ".join(phrases.word(str(member)) for member in value) or phrases.text("answer.empty")
    outcome = phrases.parts.outcomes.get(name)
    if isinstance(value, (str, date)):
        return _due(value, phrases) if not isinstance(value, str) or value[:1].isdigit() else phrases.word(value)
    if not isinstance(value, (bool, int, Decimal)):
        return str(value)
    return phrases.value(value, outcome.unit if outcome else "")


def _due(value: Any, phrases: Phrases) -> str:
    """A day or an amount that a case gives as text, as a person reads it."""
    try:
        return phrases.value(date.fromisoformat(str(value)))
    except ValueError:
        return phrases.text("answer.unknown") if value == "unknown" else str(value)
