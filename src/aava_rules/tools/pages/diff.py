"""What differs in the rules, as sections of lines: for a terminal as text, for a page as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from aava_rules.decision.compare.books import BooksDiff, RuleDifference, TextDifference, ValueDifference
from aava_rules.decision.compare.days import RuleChange, RulesDiff, ValueChange
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation, citation, in_force
from aava_rules.decision.text.terms import Phrases
from aava_rules.decision.text.values import format_day
from aava_rules.rulebook.model import ParamValue, Parts, Rule
from aava_rules.tools.pages.facts import value_text
from aava_rules.tools.pages.page import in_force as days_in_force


class Entry(NamedTuple):
    """Something that differs: what it is, and below it how."""

    title: str
    lines: tuple[str, ...] = ()


class Section(NamedTuple):
    """What differs of one kind, under its heading."""

    title: str
    entries: tuple[Entry, ...]


def title_of(difference: RulesDiff | BooksDiff, language: str) -> str:
    """What is compared in ``difference``, as a heading in ``language``."""
    if isinstance(difference, RulesDiff):
        days = format_day(difference.since, language), format_day(difference.until, language)
        return text("page.differences", language, first=days[0], last=days[1])
    first, second = (_book_name(parts) for parts in difference.parts)
    return text("comparison.books", language, first=first, second=second)


def _book_name(parts: Parts) -> str:
    top = next((layer for layer in reversed(parts.layers) if layer.amendment is None), parts.layers[-1])
    amendments = [f"{layer.name} {layer.version}" for layer in parts.layers if layer.amendment is not None]
    return " + ".join([f"{top.name} {top.version}", *amendments])


def sections_of(difference: RulesDiff | BooksDiff, language: str) -> Iterator[Section]:
    """What differs in the rules: a section of each kind, those that have nothing left out.

    Args:
        difference: what differs.
        language: the language of texts.
    """
    pairs = _of_days(difference, language) if isinstance(difference, RulesDiff) else _of_books(difference, language)
    for title, entries in pairs:
        found_entries = tuple(entries)
        if found_entries:
            yield Section(title, found_entries)


# -- two days of one rulebook


def _of_days(difference: RulesDiff, language: str) -> Iterator[tuple[str, Iterator[Entry]]]:
    for kind in ("begins", "ends", "between"):
        changes = (change for change in difference.rules if change.kind == kind)
        yield text(f"page.change.{kind}", language), (_rule_entry(change, language) for change in changes)
    yield text("page.doubts", language), _doubts(difference, language)
    values = (change for change in difference.values if not change.same)
    yield text("page.parameters", language), (_value_entry(change, difference, language) for change in values)
    yield text("page.citations", language), _citations(difference, language)


def _rule_entry(change: RuleChange, language: str) -> Entry:
    days = [text("page.from_day", language, day=format_day(change.first, language))] if change.first else []
    days += [text("page.last_day", language, day=format_day(change.last, language))] if change.last else []
    return Entry(f"{change.rule.id}  {change.rule.title[language]} ({', '.join(days)})")


def _doubts(difference: RulesDiff, language: str) -> Iterator[Entry]:
    phrases = Phrases(difference.book.parts, language)
    rules = {rule.id: rule for ruleset in difference.book.parts.rulesets for rule in ruleset.rules}
    for doubt in difference.doubts:
        name = f"{doubt.name} {rules[doubt.name].title[language]}" if doubt.name in rules else phrases.name(doubt.name)
        about = f"{doubt.ruleset.title[language]}: {name}" if doubt.name else doubt.ruleset.title[language]
        since = text("page.from_day", language, day=format_day(doubt.start, language))
        expected = doubt.ruleset.successor.get(language)
        tail = f"; {text('page.successor', language)}: {expected}" if expected else ""
        yield Entry(f"{about} ({since}{tail})")


def _value_entry(change: ValueChange, difference: RulesDiff, language: str) -> Entry:
    phrases = Phrases(difference.book.parts, language)

    def value_and_source(value: ParamValue | None) -> str:
        if value is None:
            return text("answer.none", language)
        cites = tuple(citation(cite, difference.book.parts.sources) for cite in value.cite)
        start = change.since(value)
        since = f"{text('page.from_day', language, day=format_day(start, language))}; " if start else ""
        shown = value_text(change.parameter, value.value, phrases)
        return f"{shown} ({since}{_cites_text(cites, language)}{_status(value.status, language)})"

    both = f"{value_and_source(change.before)} → {value_and_source(change.after)}"
    return Entry(change.parameter.title[language], (both,))


def _status(status: str, language: str) -> str:
    return "" if status == "verified" else f"; {text(f'verification.{status}', language)}"


def _citations(difference: RulesDiff, language: str) -> Iterator[Entry]:
    for change in difference.values:
        if change.same:
            yield _value_entry(change, difference, language)
    for cited in difference.citations:
        both = f"{_cites_text(cited.before, language)} → {_cites_text(cited.after, language)}"
        yield Entry(f"{cited.rule.id}  {cited.rule.title[language]}", (both,))


def _cites_text(cites: tuple[Citation, ...], language: str) -> str:
    return "; ".join(cite.text[language] for cite in cites)


# -- two rulebooks


def _of_books(difference: BooksDiff, language: str) -> Iterator[tuple[str, Iterator[Entry]]]:
    for how in ("added", "changed", "removed"):
        changes = (change for change in difference.rules if change.how == how)
        yield text(f"diff.{how}", language), (_rule_difference(change, language) for change in changes)
    yield text("page.parameters", language), (_value_difference(change, language) for change in difference.values)
    others = (
        Entry(
            f"{text(f'part.{other.kind}', language)}: {other.titles[language]} ({text(f'how.{other.how}', language)})"
        )
        for other in difference.others
    )
    yield text("diff.others", language), others
    yield text("diff.texts", language), (_text_difference(change, language) for change in difference.texts)


def _rule_difference(change: RuleDifference, language: str) -> Entry:
    title = f"{change.rule_id}  {change.rule.title[language]}"
    if change.how != "changed":
        parts = change.parts[change.after is not None]
        return Entry(f"{title} ({_rule_note(change.rule, parts, language)})")
    nothing = text("diff.none", language)
    lines = []
    for what in change.what:
        before, after = change.text(what, language)
        lines.append(f"{text(f'differs.{what}', language)}: {before or nothing} → {after or nothing}")
    return Entry(title, tuple(lines))


def _rule_note(rule: Rule, parts: Parts, language: str) -> str:
    cites = _cites_text(tuple(citation(cite, parts.sources) for cite in in_force(rule.cite, None)), language)
    days = days_in_force(rule.start, rule.until, language)
    return "; ".join(part for part in (days, cites) if part) + _status(rule.status, language)


def _value_difference(change: ValueDifference, language: str) -> Entry:
    def shown(value: ParamValue, *, later: bool) -> str:
        phrases = Phrases(change.parts[later], language)
        since = text("page.from_day", language, day=format_day(value.start, language)) if value.start else ""
        cites = _cites_text(change.cited(value, later=later), language)
        note = "; ".join(part for part in (since, cites) if part) + _status(value.status, language)
        return f"{value_text(change.parameter, value.value, phrases)} ({note})"

    lines = [f"− {shown(value, later=False)}" for value in change.gone]
    lines += [f"+ {shown(value, later=True)}" for value in change.new]
    return Entry(f"{change.parameter.title[language]} ({text(f'how.{change.how}', language)})", tuple(lines))


def _text_difference(change: TextDifference, language: str) -> Entry:
    nothing = text("diff.none", language)
    before, after = change.before.get(language, nothing), change.after.get(language, nothing)
    return Entry(change.name, (f"{before} → {after}",) if before != after else ())
