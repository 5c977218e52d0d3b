"""A rulebook as a page for people: rulesets, rules, values, cases and notes in one language.

Each rule reads as law reads: what it says, when it is in force, on what conditions, with which exceptions and on
what ground. The page is plain data; ``text`` and ``html`` write it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from aava_rules.compiler.bind import with_rule_dates
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.terms import Line, Phrases, lines
from aava_rules.decision.text.values import format_day
from aava_rules.language.dates import ONE_DAY
from aava_rules.rulebook.dependencies import trees_of, upstream_facts
from aava_rules.rulebook.model import Layer, Parts, Rule, Ruleset
from aava_rules.tools.pages import markdown
from aava_rules.tools.pages.cases import CaseRow, CaseRows, Supplements
from aava_rules.tools.pages.facts import (
    ValueTable,
    acts_text,
    conclusion,
    derivation_lines,
    value_table,
    verification,
)
from aava_rules.tools.reports.shown import weight_word

if TYPE_CHECKING:
    from aava_rules.decision.client_path import ClientPath
    from aava_rules.decision.decision import Decision


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule in words. Dates are days; None is an open end.

    Attributes:
        concludes: what an outcome is, or which requirement or step the rule is about.
        requires: what a requirement asks for.
        due: the day of a step in words; empty where no source names one.
        overrides, overridden_by: ids and titles of rules.
        citations: by the day from which each set of them holds (None: always).
        in_doubt_where: whom the doubt concerns; none: everybody.
        values: the values of the parameters that it reads.
        facts: names and titles of the derived facts that it reads.
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
    in_doubt_where: tuple[Line, ...]
    values: tuple[ValueTable, ...]
    facts: tuple[tuple[str, str], ...]
    cases: tuple[CaseRow, ...]


def rule_view(rule: Rule, parts: Parts, language: str, cases: Iterable[CaseRow]) -> RuleView:
    """A rule in one language.

    Args:
        rule: the rule.
        parts: the stack of rulebooks, for its names, values and other rules.
        language: the language of texts.
        cases: the worked cases that show the rule.
    """
    phrases = Phrases(parts, language, (rule.start, rule.until))
    dated = with_rule_dates(rule)
    parameters_read = parts.reads[rule.id].parameters
    all_rules = [other for any_ruleset in parts.rulesets for other in any_ruleset.rules]
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
        tuple((other.id, other.title[language]) for other in all_rules if other.id in rule.overrides),
        tuple((other.id, other.title[language]) for other in all_rules if rule.id in other.overrides),
        tuple((day, tuple(citation(cite, parts.sources) for cite in cites)) for day, cites in rule.cite),
        verification(rule.status, rule.to_read, parts, language),
        rule.in_doubt_from,
        () if dated.doubt_where is None else lines(dated.doubt_where, phrases),
        tuple(
            value_table(parameter, phrases) for name, parameter in parts.parameters.items() if name in parameters_read
        ),
        tuple((name, phrases.name(name)) for name in _derived_facts(rule, parts)),
        tuple(cases),
    )


def _concludes(rule: Rule, phrases: Phrases) -> tuple[Line, ...]:
    if rule.kind == "decide":
        return tuple(conclusion(name, value, phrases) for name, value in rule.then.items())
    return (Line(phrases.name(rule.name)),)


def _judgement(rule: Rule, phrases: Phrases) -> str:
    if rule.needs_judgement == "true":
        return text("page.discretion", phrases.language)
    return phrases.name(rule.needs_judgement) if rule.needs_judgement else ""


def _derived_facts(rule: Rule, parts: Parts) -> list[str]:
    """The derived facts that a rule reads, in the order of the vocabulary."""
    facts = upstream_facts(trees_of(rule), parts.facts)
    derived = (fact.name for fact in parts.facts.values() if fact.derivation is not None or fact.default is not None)
    return [name for name in derived if name in facts]


@dataclass(frozen=True, slots=True)
class RulesetView:
    """The rules of one folder, the day up to which the law was read, and the notes and cases in the same folder."""

    name: str
    title: str
    rulebook: str
    weight: str
    each: str
    read_until: date | None
    in_doubt: tuple[tuple[date, str, date | None], ...]
    """Days from which no answer is given, the outcome for which that is so (empty: all), and where it ends, if it does.
    """
    successor: str
    to_read: tuple[Citation, ...]
    """Acts that amended the law later and that the authors have not seen."""
    otherwise: tuple[Line, ...]
    rules: tuple[RuleView, ...]
    cases: tuple[CaseRow, ...]
    notes: str


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact and how it is derived."""

    name: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LayerView:
    """A rulebook of the stack; ``amends`` says of an amendment what it changes, from when, and who has read it."""

    name: str
    version: str
    title: str
    weight: str
    amends: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A rulebook in one language; with ``path``, also a client's place on the client path."""

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
        return next((layer for layer in reversed(self.layers) if not layer.amends), self.layers[-1])


def selectable_names(parts: Parts) -> list[str]:
    """The rulesets and ids of rules in ``parts`` to which a page can be limited."""
    return [name for ruleset in parts.rulesets for name in (ruleset.name, *(rule.id for rule in ruleset.rules))]


def build_page(
    parts: Parts, language: str, supplements: Supplements, only: frozenset[str] | None = None,
    path: ClientPath | None = None, decision: Decision | None = None,
) -> Page:  # fmt: skip
    """The page of a rulebook, or of a selection of it.

    Args:
        parts: the stack of rulebooks.
        language: the language of texts.
        supplements: the notes and worked cases.
        only: rulesets and ids of rules; None for all.
        path: a client's place on the client path; None for none.
        decision: the decision on that client.
    """
    phrases = Phrases(parts, language)
    rows = CaseRows(parts, supplements, phrases)
    views = (_ruleset(ruleset, parts, language, supplements, rows, only) for ruleset in parts.rulesets)
    rulesets = tuple(view for view in views if view is not None)
    layers = tuple(
        LayerView(
            layer.name,
            layer.version,
            layer.title[language],
            weight_word(layer.weight, language),
            _amends(layer, parts, language),
        )
        for layer in parts.layers
    )
    used = {name for view in rulesets for rule in view.rules for name, _ in rule.facts}
    facts = tuple(
        FactView(name, fact.title[language], derivation)
        for name, fact in parts.facts.items()
        if name in used and (derivation := derivation_lines(fact, phrases))
    )
    return Page(language, parts, layers, rulesets, facts, path, decision, only is None or path is not None)


def _amends(layer: Layer, parts: Parts, language: str) -> str:
    """What an amendment changes, from which day, its worth, who has read it, and its citations; else nothing."""
    amendment = layer.amendment
    if amendment is None:
        return ""
    base = next(other for other in parts.layers if other.name == amendment.amends)
    cites = ", ".join(citation(cite, parts.sources).text[language] for cite in amendment.cite)
    return text(
        f"page.amends.{amendment.status}", language, title=base.title[language],
        day=format_day(amendment.start, language), by=amendment.read_by, on=format_day(amendment.read_on, language),
        cites=cites,
    )  # fmt: skip


def _ruleset(
    ruleset: Ruleset, parts: Parts, language: str, supplements: Supplements, rows: CaseRows, only: frozenset[str] | None
) -> RulesetView | None:
    whole = only is None or ruleset.name in only
    notes = supplements.notes.get(ruleset.name, "")
    rules = [rule for rule in ruleset.rules if whole or (only is not None and rule.id in only)]
    if not rules and not (whole and notes):
        return None
    phrases = Phrases(parts, language)
    doubt = [(day, phrases.name(name), ruleset.doubt_ends.get(name)) for name, day in ruleset.doubted.items()]
    if ruleset.in_doubt_from is not None:
        doubt.append((ruleset.in_doubt_from, "", ruleset.doubt_ends.get("")))
    return RulesetView(
        ruleset.name,
        ruleset.title[language],
        next(layer.title[language] for layer in parts.layers if layer.name == ruleset.rulebook),
        weight_word(ruleset.weight, language),
        ruleset.each,
        ruleset.read_until,
        tuple(sorted(doubt, key=lambda entry: entry[:2])),
        ruleset.successor.get(language, ""),
        tuple(citation(cite, parts.sources) for cite in ruleset.to_read),
        tuple(conclusion(name, value, phrases) for name, value in ruleset.otherwise.items()),
        tuple(rule_view(rule, parts, language, rows.of_rule(rule.id)) for rule in rules),
        rows.of_ruleset(ruleset.name) if whole else (),
        notes if whole and markdown.in_language(notes, language) else "",
    )


def ruleset_facts(ruleset: RulesetView, language: str) -> list[str]:
    """What holds for the whole of ``ruleset``, in ``language``: for whose items it is, and how far the law was read."""
    texts = [text(f"page.each.{ruleset.each}", language)] if ruleset.each != "client" else []
    if ruleset.read_until:
        texts.append(f"{text('page.read_until', language)}: {format_day(ruleset.read_until, language)}")
    for since, name, ends in ruleset.in_doubt:
        outcome = f" ({name})" if name else ""
        days = format_day(since, language) if ends is None else in_force(since, ends - ONE_DAY, language)
        texts.append(f"{text('page.in_doubt_from', language)}: {days}{outcome}")
    if ruleset.successor:
        texts.append(f"{text('page.successor', language)}: {ruleset.successor}")
    if ruleset.to_read:
        texts.append(f"{text('page.to_read', language)}: {acts_text(ruleset.to_read, language)}")
    return texts


def sections(rule: RuleView, language: str) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """The parts of a rule in the order in which they are read, each as the key of its heading and its lines.

    Args:
        rule: the rule.
        language: the language of texts.
    """
    yield {"decide": "page.what", "require": "page.requirement", "suggest": "page.suggests"}[rule.kind], rule.concludes
    if rule.requires:
        yield "page.requires", rule.requires
    if rule.kind == "suggest":
        yield "page.due", (Line(rule.due or text("page.no_due", language)),)
    yield "page.in_force", (Line(in_force(rule.start, rule.until, language)),)
    if rule.judged_on:
        yield "page.judged_on", (Line(rule.judged_on),)
    yield "page.conditions", rule.when or (Line(text("page.no_conditions", language)),)
    if rule.judgement:
        yield "page.judgement", (Line(rule.judgement),)
    if rule.unless:
        yield "page.unless", rule.unless
    if rule.overridden_by:
        yield "page.overridden_by", tuple(Line(f"{title} ({rule_id})") for rule_id, title in rule.overridden_by)
    if rule.overrides:
        yield "page.overrides", tuple(Line(f"{title} ({rule_id})") for rule_id, title in rule.overrides)
    if rule.in_doubt_from:
        yield "page.in_doubt_from", (Line(format_day(rule.in_doubt_from, language), rule.in_doubt_where),)


def in_force(start: date | None, until: date | None, language: str) -> str:
    """From ``start`` to ``until`` in words of ``language``; None is an open end."""
    ends = [text("page.from_day", language, day=format_day(start, language))] if start else []
    ends += [text("page.until_day", language, day=format_day(until, language))] if until else []
    return ", ".join(ends) or text("page.undated", language)
