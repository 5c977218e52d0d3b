"""The differences between two days, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.terms import Phrases
from aava_rules.decision.text.values import format_day
from aava_rules.rulebook.model import ParamValue
from aava_rules.tools.diff import RecordDiff, RuleChange, RulesDiff, ValueChange
from aava_rules.tools.pages.facts import value_text
from aava_rules.tools.pages.text import heading, wrapped


def write_diff(difference: RulesDiff, records: Iterable[RecordDiff] | None, out: TextIO, language: str) -> None:
    """Write the differences in the rules and, if records were named, in the answers to them.

    Args:
        difference: what differs in the rulebook.
        records: what differs in the answers, by record; None where no records were named.
        out: the text stream to write to.
        language: the language of texts.
    """
    lines = [*_rule_lines(difference, language)]
    if records is not None:
        lines += ["", *heading(text("page.answers", language), "-"), *_answer_lines(records, language)]
    out.write("\n".join(lines) + "\n")


def _rule_lines(difference: RulesDiff, language: str) -> Iterator[str]:
    days = format_day(difference.since, language), format_day(difference.until, language)
    yield from heading(text("page.differences", language, first=days[0], last=days[1]), "=")
    if not (difference.rules or difference.doubts or difference.values or difference.citations):
        yield text("page.no_differences", language)
        return
    yield from wrapped(text("page.judged_note", language))
    for kind in ("begins", "ends", "between"):
        changes = [change for change in difference.rules if change.kind == kind]
        if changes:
            yield ""
            yield from heading(text(f"page.change.{kind}", language), "-")
            for change in changes:
                yield from wrapped(
                    f"{change.rule.id}  {change.rule.title[language]} ({_days_text(change, language)})", 2, 2
                )
    if difference.doubts:
        yield ""
        yield from heading(text("page.doubts", language), "-")
        yield from _doubt_lines(difference, language)
    if values := [change for change in difference.values if not change.same]:
        yield ""
        yield from heading(text("page.parameters", language), "-")
        for value_change in values:
            yield from _value_lines(value_change, difference, language)
    sources = [change for change in difference.values if change.same]
    if difference.citations or sources:
        yield ""
        yield from heading(text("page.citations", language), "-")
        for value_change in sources:
            yield from _value_lines(value_change, difference, language)
        for cited in difference.citations:
            yield from wrapped(f"{cited.rule.id}  {cited.rule.title[language]}", 2, 2)
            yield from wrapped(f"{_cites_text(cited.before, language)} → {_cites_text(cited.after, language)}", 6, 2)


def _days_text(change: RuleChange, language: str) -> str:
    days = [text("page.from_day", language, day=format_day(change.first, language))] if change.first else []
    days += [text("page.last_day", language, day=format_day(change.last, language))] if change.last else []
    return ", ".join(days)


def _doubt_lines(difference: RulesDiff, language: str) -> Iterator[str]:
    phrases = Phrases(difference.book.parts, language)
    rules = {rule.id: rule for ruleset in difference.book.parts.rulesets for rule in ruleset.rules}
    for doubt in difference.doubts:
        name = f"{doubt.name} {rules[doubt.name].title[language]}" if doubt.name in rules else phrases.name(doubt.name)
        about = f"{doubt.ruleset.title[language]}: {name}" if doubt.name else doubt.ruleset.title[language]
        since = text("page.from_day", language, day=format_day(doubt.start, language))
        expected = doubt.ruleset.successor.get(language)
        tail = f"; {text('page.successor', language)}: {expected}" if expected else ""
        yield from wrapped(f"{about} ({since}{tail})", 2, 2)


def _value_lines(change: ValueChange, difference: RulesDiff, language: str) -> Iterator[str]:
    phrases = Phrases(difference.book.parts, language)
    yield from wrapped(change.parameter.title[language], 2, 2)

    def value_and_source(value: ParamValue | None) -> str:
        if value is None:
            return text("answer.none", language)
        cites = tuple(citation(cite, difference.book.parts.sources) for cite in value.cite)
        start = change.since(value)
        since = f"{text('page.from_day', language, day=format_day(start, language))}; " if start else ""
        status = "" if value.status == "verified" else f"; {text(f'verification.{value.status}', language)}"
        return f"{value_text(change.parameter, value.value, phrases)} ({since}{_cites_text(cites, language)}{status})"

    yield from wrapped(f"{value_and_source(change.before)} → {value_and_source(change.after)}", 6, 2)


def _answer_lines(records: Iterable[RecordDiff], language: str) -> Iterator[str]:
    none = True
    for record in records:
        if not record.changes:
            continue
        none = False
        yield from wrapped(record.record_id)
        for change in record.changes:
            at = f" ({change.where})" if change.where else ""
            yield from wrapped(
                f"{change.titles[language]}{at}: {change.before[language]} → {change.after[language]}", 2, 2
            )
    if none:
        yield text("page.no_answers", language)


def _cites_text(cites: tuple[Citation, ...], language: str) -> str:
    return "; ".join(cite.text[language] for cite in cites)
