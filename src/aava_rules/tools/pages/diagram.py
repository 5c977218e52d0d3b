"""The decision diagram of a rule, and the table of what rules answer one question, as plain data.

A rule is a chain of checks: each asks one thing, and one of its two answers leaves the chain. The table has a row for
each rule. `mermaid` and `svg` draw both; what they say is the same as on the page of the rulebook (`page`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.terms import Line
from aava_rules.decision.text.values import format_day, label
from aava_rules.rulebook.model import Parts, Rule
from aava_rules.tools.pages.page import RuleView, in_force, rule_view

EndKind = Literal["met", "broken", "outside", "result"]


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain ends: what is so, and of what kind it is, which colours it."""

    lines: tuple[str, ...]
    kind: EndKind


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is asked.

    Attributes:
        heading: what kind of thing it is, such as a condition; empty where it needs none.
        lines: what is asked; lines below a line begin with a dash.
        leaves_on: which answer leaves the chain; None for a remark, which nothing leaves.
        leads_to: where that answer leads.
    """

    heading: str
    lines: tuple[str, ...]
    leaves_on: bool | None = None
    leads_to: End | None = None


@dataclass(frozen=True, slots=True)
class Diagram:
    """The chain of a rule.

    Attributes:
        title: id and title of the rule.
        checks: what is asked, in order.
        end: where the chain ends if nothing leaves it.
        note: what holds of all checks.
        sources: the citations, in words.
    """

    title: str
    checks: tuple[Check, ...]
    end: End
    note: str
    sources: str


@dataclass(frozen=True, slots=True)
class RuleTable:
    """The rules of one question, a row each.

    Attributes:
        title: what the question is called.
        heads: the heads of the columns.
        rows: the cells of each rule, each a list of lines.
        ids: the id of the rule of each row.
        overrides: pairs of ids: the first takes precedence over the second.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]
    ids: tuple[str, ...]
    overrides: tuple[tuple[str, str], ...]


def drawable_names(parts: Parts) -> list[str]:
    """What of ``parts`` can be drawn: the ids of rules, and the requirements, outcomes and steps that rules answer."""
    rules = [rule for ruleset in parts.rulesets for rule in ruleset.rules]
    return [*(rule.id for rule in rules), *dict.fromkeys(name for rule in rules for name in _answered(rule))]


def picture_of(parts: Parts, name: str, language: str) -> Diagram | RuleTable:
    """The diagram of a rule, or the table of a requirement, outcome or step.

    Args:
        parts: the stack of rulebooks.
        name: one of ``drawable_names``.
        language: the language of texts.
    """
    rules = [rule for ruleset in parts.rulesets for rule in ruleset.rules]
    rule = next((rule for rule in rules if rule.id == name), None)
    if rule is not None:
        return rule_diagram(rule, parts, language)
    return rule_table(name, [rule for rule in rules if name in _answered(rule)], parts, language)


def _answered(rule: Rule) -> Iterable[str]:
    return rule.then if rule.kind == "decide" else [rule.name]


def rule_diagram(rule: Rule, parts: Parts, language: str) -> Diagram:
    """The chain of ``rule``, a rule of ``parts``, in ``language``."""
    view = rule_view(rule, parts, language, ())
    none = End((text("answer.not_applicable", language),), "outside")
    checks = [
        Check(text("diagram.in_question", language), _days(view, language), False, none),
        *(Check(text("page.in_doubt_from", language), texts) for texts in _doubts(rule, view, parts, language)),
        *(Check(text("page.conditions", language), texts, False, none) for texts in _each(view.when)),
        *(Check(text("page.unless", language), texts, True, none) for texts in _each(view.unless)),
    ]
    for rule_id, title in view.overridden_by:
        other = End((text("diagram.other_rule", language),), "outside")
        checks.append(Check(text("page.overridden_by", language), (f"{title} ({rule_id})",), True, other))
    if view.judgement:
        checks.append(Check(text("page.judgement", language), (view.judgement,)))
    if rule.kind == "require":
        broken = End((text("answer.broken", language),), "broken")
        checks += [Check(text("page.requires", language), texts, False, broken) for texts in _each(view.requires)]
        end = End((text("answer.met", language),), "met")
    elif rule.kind == "suggest":
        due = view.due or text("page.no_due", language)
        end = End((*_flat(view.concludes), f"{text('page.due', language)}: {due}"), "result")
    else:
        end = End(tuple(_flat(view.concludes)), "result")
    note = text("diagram.unknown", language)
    return Diagram(f"{view.id}: {view.title}", tuple(checks), end, note, "; ".join(_sources(view, language)))


def rule_table(name: str, rules: list[Rule], parts: Parts, language: str) -> RuleTable:
    """The table of the rules that answer one question.

    Args:
        name: the requirement, outcome or step.
        rules: its rules.
        parts: the stack of rulebooks.
        language: the language of texts.
    """
    keys = ("diagram.rule", "page.in_force", "page.conditions", "page.requires", "page.source")
    heads = [text(key, language) for key in keys]
    if rules and rules[0].kind != "require":
        heads[3] = text("page.what" if rules[0].kind == "decide" else "page.due", language)
    rows = []
    for rule in rules:
        view = rule_view(rule, parts, language, ())
        conditions = [*_flat(view.when)] or [text("page.no_conditions", language)]
        if view.unless:
            conditions += [f"{text('page.unless', language)}:", *(f"– {line}" for line in _flat(view.unless))]
        for rule_id, _ in view.overridden_by:
            conditions.append(f"{text('page.overridden_by', language)}: {rule_id}")
        concluded = _flat(view.requires or view.concludes)
        if rule.kind == "suggest":
            concluded = [view.due or text("page.no_due", language)]
        cells = (
            [f"{view.id}: {view.title}"],
            [*_days(view, language)],
            conditions,
            concluded,
            _sources(view, language),
        )
        rows.append(tuple(map(tuple, cells)))
    ids = [rule.id for rule in rules]
    overrides = [(rule.id, other) for rule in rules for other in rule.overrides if other in ids]
    return RuleTable(label(parts, name)[language], tuple(heads), tuple(rows), tuple(ids), tuple(overrides))


def _days(view: RuleView, language: str) -> tuple[str, ...]:
    days = [in_force(view.start, view.until, language)]
    if view.judged_on:
        days.append(f"{text('page.judged_on', language)}: {view.judged_on}")
    return tuple(days)


def _doubts(rule: Rule, view: RuleView, parts: Parts, language: str) -> Iterator[tuple[str, ...]]:
    """The days from which no answer is given, by the rule itself and by its ruleset, each with whom it concerns."""
    if view.in_doubt_from is not None:
        yield (format_day(view.in_doubt_from, language), *_flat(view.in_doubt_where))
    ruleset = next(ruleset for ruleset in parts.rulesets if ruleset.name == rule.ruleset)
    if ruleset.in_doubt_from is not None:
        yield (format_day(ruleset.in_doubt_from, language), ruleset.title[language])
    for name in _answered(rule):
        if name in ruleset.doubted:
            yield format_day(ruleset.doubted[name], language), label(parts, name)[language]


def _sources(view: RuleView, language: str) -> list[str]:
    return list(dict.fromkeys(cite.text[language] for _, cites in view.citations for cite in cites))


def _each(lines: Iterable[Line]) -> Iterator[tuple[str, ...]]:
    """Each line with those below it, as the text of one check."""
    for line in lines:
        yield tuple(_flat((line,)))


def _flat(lines: Iterable[Line], dashes: str = "") -> list[str]:
    """Lines one after another, those below a line with a dash more than it has."""
    return [
        shown
        for line in lines
        for shown in (f"{dashes}{' ' if dashes else ''}{line.text}", *_flat(line.children, f"{dashes}–"))
    ]
