"""A rulebook as a page for people: rulesets, rules, values, cases and notes in one language.

The page is plain parts; `text` and `html` write them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from aava_rules.decision.text.terms import Line
from aava_rules.rulebook.model import Parts, Ruleset
from aava_rules.tools.pages.beside import Beside
from aava_rules.tools.pages.cases import CaseRow, CaseRows
from aava_rules.tools.pages.facts import worked_out
from aava_rules.tools.pages.phrases import Phrases
from aava_rules.tools.pages.rules import RuleView, rule_view
from aava_rules.tools.pages.values import conclusion
from aava_rules.tools.reports.shown import weight_word

if TYPE_CHECKING:
    from aava_rules.decision.client_path import ClientPath
    from aava_rules.decision.decision import Decision


@dataclass(frozen=True, slots=True)
class RulesetView:
    """The rules of one folder, until when they were read, and what lies beside them."""

    name: str
    title: str
    rulebook: str
    weight: str
    each: str
    read_until: date | None
    in_doubt: tuple[tuple[date, str], ...]
    """Days from which no answer is given, and the outcome for which that is so (empty: all)."""
    successor: str
    otherwise: tuple[Line, ...]
    rules: tuple[RuleView, ...]
    cases: tuple[CaseRow, ...]
    notes: str


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact and how it is worked out."""

    name: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LayerView:
    """One rulebook of the stack."""

    name: str
    version: str
    title: str
    weight: str


@dataclass(frozen=True, slots=True)
class Page:
    """A rulebook in one language; with ``path``, a client's place on the client path."""

    language: str
    parts: Parts
    layers: tuple[LayerView, ...]
    rulesets: tuple[RulesetView, ...]
    facts: tuple[FactView, ...]
    path: ClientPath | None = None
    decision: Decision | None = None
    with_path: bool = True

    @property
    def top(self) -> LayerView:
        """The rulebook itself, on top of those that it extends."""
        return self.layers[-1]


def names(parts: Parts) -> list[str]:
    """What a page can be limited to: rulesets and ids of rules."""
    return [name for ruleset in parts.rulesets for name in (ruleset.name, *(rule.id for rule in ruleset.rules))]


def page(
    parts: Parts, language: str, lying: Beside, only: frozenset[str] | None = None,
    path: ClientPath | None = None, decision: Decision | None = None,
) -> Page:  # fmt: skip
    """The page of a rulebook; with ``only``, of some rulesets and rules."""
    phrases = Phrases(parts, language)
    rows = CaseRows(parts, lying, phrases)
    views = (_ruleset(one, parts, language, lying, rows, only) for one in parts.rulesets)
    rulesets = tuple(one for one in views if one is not None)
    layers = tuple(
        LayerView(one.name, one.version, one.title[language], weight_word(one.weight, language)) for one in parts.layers
    )
    used = {name for one in rulesets for rule in one.rules for name, _ in rule.facts}
    facts = tuple(
        FactView(name, fact.title[language], found)
        for name, fact in parts.facts.items()
        if name in used and (found := worked_out(fact, phrases))
    )
    return Page(language, parts, layers, rulesets, facts, path, decision, only is None or path is not None)


def _ruleset(
    ruleset: Ruleset, parts: Parts, language: str, lying: Beside, rows: CaseRows, only: frozenset[str] | None
) -> RulesetView | None:
    whole = only is None or ruleset.name in only
    chosen = [rule for rule in ruleset.rules if whole or (only is not None and rule.id in only)]
    if not chosen and not (whole and ruleset.name in lying.notes):
        return None
    phrases = Phrases(parts, language)
    doubt = [(day, phrases.name(name)) for name, day in ruleset.doubted.items()]
    if ruleset.in_doubt_from is not None:
        doubt.append((ruleset.in_doubt_from, ""))
    return RulesetView(
        ruleset.name,
        ruleset.title[language],
        next(one.title[language] for one in parts.layers if one.name == ruleset.rulebook),
        weight_word(ruleset.weight, language),
        ruleset.each,
        ruleset.read_until,
        tuple(sorted(doubt)),
        ruleset.successor.get(language, ""),
        tuple(conclusion(name, value, phrases) for name, value in ruleset.otherwise.items()),
        tuple(rule_view(rule, ruleset, parts, language, rows.of_rule(rule.id)) for rule in chosen),
        rows.of_ruleset(ruleset.name) if whole else (),
        lying.notes.get(ruleset.name, "") if whole else "",
    )
