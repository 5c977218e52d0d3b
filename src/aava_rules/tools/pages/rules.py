"""One rule as law reads: what, when in force, on what conditions, with which exceptions, on what ground."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.terms import Line, lines
from aava_rules.rulebook.dependencies import facts_behind, trees_of
from aava_rules.rulebook.model import Parts, Rule, Ruleset
from aava_rules.tools.pages.cases import CaseRow
from aava_rules.tools.pages.phrases import Phrases
from aava_rules.tools.pages.values import ValueTable, conclusion, value_table
from aava_rules.tools.pages.words import STATUSES, word
from aava_rules.tools.reports.shown import weight_word


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule in words. Dates are days; None is an open end.

    ``concludes`` is what an outcome is or which step is next, ``requires`` what a requirement asks.
    ``due`` is the day of a step in words, empty where no source names one. ``citations`` are by the
    day from which each holds. ``facts`` are those worked out of the record, by name and title.
    """

    id: str
    kind: str
    title: str
    weight: str
    start: date | None
    until: date | None
    judged_on: str
    concludes: tuple[Line, ...]
    requires: tuple[Line, ...]
    due: str
    when: tuple[Line, ...]
    unless: tuple[Line, ...]
    judgement: str
    overrides: tuple[tuple[str, str], ...]
    overridden_by: tuple[tuple[str, str], ...]
    citations: tuple[tuple[date | None, tuple[Citation, ...]], ...]
    status: str
    in_doubt_from: date | None
    values: tuple[ValueTable, ...]
    facts: tuple[tuple[str, str], ...]
    cases: tuple[CaseRow, ...]


def rule_view(rule: Rule, ruleset: Ruleset, parts: Parts, language: str, cases: Iterable[CaseRow]) -> RuleView:
    """A rule in one language."""
    phrases = Phrases(parts, language, (rule.start, rule.until))
    dated = with_rule_dates(rule)
    behind = parts.reads[rule.id].parameters
    others = [one for other in parts.rulesets for one in other.rules]
    return RuleView(
        rule.id,
        rule.kind,
        rule.title[language],
        weight_word(rule.weight, language),
        rule.start,
        rule.until,
        "" if rule.judged_on is None else phrases.term(rule.judged_on),
        _concludes(rule, phrases),
        () if dated.require is None else lines(dated.require, phrases),
        "" if rule.due is None else phrases.term(rule.due),
        lines(dated.when, phrases),
        () if dated.unless is None else lines(dated.unless, phrases),
        _judgement(rule, phrases),
        tuple((one.id, one.title[language]) for one in others if one.id in rule.overrides),
        tuple((one.id, one.title[language]) for one in others if rule.id in one.overrides),
        tuple((day, tuple(citation(one, parts.sources) for one in cites)) for day, cites in rule.cite),
        STATUSES[rule.status][language],
        rule.in_doubt_from,
        tuple(value_table(one, phrases) for name, one in parts.parameters.items() if name in behind),
        tuple((name, phrases.name(name)) for name in _worked_out(rule, parts)),
        tuple(cases),
    )


def _concludes(rule: Rule, phrases: Phrases) -> tuple[Line, ...]:
    if rule.kind == "decide":
        return tuple(conclusion(name, value, phrases) for name, value in rule.then.items())
    return (Line(phrases.name(rule.name)),)


def _judgement(rule: Rule, phrases: Phrases) -> str:
    if rule.needs_judgement == "true":
        return word("discretion", phrases.language)
    return phrases.name(rule.needs_judgement) if rule.needs_judgement else ""


def _worked_out(rule: Rule, parts: Parts) -> list[str]:
    """The derived facts behind a rule, in the order of the vocabulary."""
    found = facts_behind(trees_of(rule), parts.facts)
    derived = (one.name for one in parts.facts.values() if one.derivation is not None or one.default is not None)
    return [name for name in derived if name in found]
