"""What differs between two days, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.terms import Phrases
from aava_rules.decision.text.values import SAYINGS, day
from aava_rules.rulebook.model import ParamValue
from aava_rules.tools.diff import RecordDiff, RuleChange, RulesDiff, ValueChange
from aava_rules.tools.pages.facts import value_text
from aava_rules.tools.pages.text import heading, wrapped
from aava_rules.tools.pages.words import STATUSES, word


def write_diff(found: RulesDiff, records: Iterable[RecordDiff] | None, out: TextIO, language: str) -> None:
    """Write the differences; ``records`` is None where no records were named."""
    lines = [*_rules(found, language)]
    if records is not None:
        lines += ["", *heading(word("answers", language), "-"), *_answers(records, language)]
    out.write("\n".join(lines) + "\n")


def _rules(found: RulesDiff, language: str) -> Iterator[str]:
    days = day(found.since, language), day(found.until, language)
    yield from heading(word("differences", language).format(*days), "=")
    if not (found.rules or found.doubts or found.values or found.citations):
        yield word("no_differences", language)
        return
    yield from wrapped(word("judged_note", language))
    for kind in ("begins", "ends", "between"):
        changes = [one for one in found.rules if one.kind == kind]
        if changes:
            yield ""
            yield from heading(word(kind, language), "-")
            for one in changes:
                yield from wrapped(f"{one.rule.id}  {one.rule.title[language]} ({_days(one, language)})", 2, 2)
    if found.doubts:
        yield ""
        yield from heading(word("doubts", language), "-")
        yield from _doubts(found, language)
    if values := [one for one in found.values if not one.same]:
        yield ""
        yield from heading(word("parameters", language), "-")
        for change in values:
            yield from _value(change, found, language)
    sources = [one for one in found.values if one.same]
    if found.citations or sources:
        yield ""
        yield from heading(word("citations", language), "-")
        for change in sources:
            yield from _value(change, found, language)
        for cited in found.citations:
            yield from wrapped(f"{cited.rule.id}  {cited.rule.title[language]}", 2, 2)
            yield from wrapped(f"{_texts(cited.before, language)} → {_texts(cited.after, language)}", 6, 2)


def _days(change: RuleChange, language: str) -> str:
    told = [word("from_day", language).format(day(change.first, language))] if change.first else []
    told += [word("last_day", language).format(day(change.last, language))] if change.last else []
    return ", ".join(told)


def _doubts(found: RulesDiff, language: str) -> Iterator[str]:
    phrases = Phrases(found.book.parts, language)
    rules = {rule.id: rule for ruleset in found.book.parts.rulesets for rule in ruleset.rules}
    for one in found.doubts:
        name = f"{one.name} {rules[one.name].title[language]}" if one.name in rules else phrases.name(one.name)
        about = f"{one.ruleset.title[language]}: {name}" if one.name else one.ruleset.title[language]
        since = word("from_day", language).format(day(one.start, language))
        expected = one.ruleset.successor.get(language)
        tail = f"; {word('successor', language)}: {expected}" if expected else ""
        yield from wrapped(f"{about} ({since}{tail})", 2, 2)


def _value(change: ValueChange, found: RulesDiff, language: str) -> Iterator[str]:
    phrases = Phrases(found.book.parts, language)
    yield from wrapped(change.parameter.title[language], 2, 2)

    def text(value: ParamValue | None) -> str:
        if value is None:
            return SAYINGS["none"][language]
        cites = tuple(citation(one, found.book.parts.sources) for one in value.cite)
        start = change.since(value)
        since = f"{word('from_day', language).format(day(start, language))}; " if start else ""
        status = "" if value.status == "verified" else f"; {STATUSES[value.status][language]}"
        return f"{value_text(change.parameter, value.value, phrases)} ({since}{_texts(cites, language)}{status})"

    yield from wrapped(f"{text(change.before)} → {text(change.after)}", 6, 2)


def _answers(records: Iterable[RecordDiff], language: str) -> Iterator[str]:
    none = True
    for record in records:
        if not record.changes:
            continue
        none = False
        yield from wrapped(record.record_id)
        for one in record.changes:
            at = f" ({one.where})" if one.where else ""
            yield from wrapped(f"{one.titles[language]}{at}: {one.before[language]} → {one.after[language]}", 2, 2)
    if none:
        yield word("no_answers", language)


def _texts(cites: tuple[Citation, ...], language: str) -> str:
    return "; ".join(one.text[language] for one in cites)
