"""What differs in a rulebook between two days: the rules in force, values, citations, and what is in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from aava_rules.compiler.bind import bind, boundaries
from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.text.citations import Citation, citation, in_force
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.values import plain
from aava_rules.rulebook.model import Cite, Parameter, ParamValue, Rule, Ruleset


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that is in force on only one of two days, or only in between.

    Attributes:
        rule: the rule.
        first: its first day after the earlier of the two; None if it was in force then.
        last: its last day before the later one; None if it is still in force then.
    """

    rule: Rule
    first: date | None
    last: date | None

    @property
    def kind(self) -> str:
        """``begins``, ``ends``, or ``between`` for a rule in force on neither day."""
        if self.last is None:
            return "begins"
        return "ends" if self.first is None else "between"

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON has it."""
        return {
            "rule": self.rule.id,
            "title": dict(self.rule.title),
            "change": self.kind,
            "first": plain(self.first),
            "last": plain(self.last),
        }


@dataclass(frozen=True, slots=True)
class Doubt:
    """Law that has not been read: from ``start`` on, a ruleset, one of its outcomes or one rule gives no answer.

    Attributes:
        ruleset: the ruleset.
        name: the outcome, or the id of the rule; empty for the whole ruleset.
        start: the first day without an answer.
    """

    ruleset: Ruleset
    name: str
    start: date

    def to_dict(self) -> dict[str, Any]:
        """The doubt as JSON has it."""
        return {"ruleset": self.ruleset.name, "name": self.name or None, "from": plain(self.start)}


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A parameter whose value differs, or the source or status of the value.

    Attributes:
        parameter: the parameter.
        before: its value on the earlier day; None if it had none yet.
        after: its value on the later day; None if it has none yet.
    """

    parameter: Parameter
    before: ParamValue | None
    after: ParamValue | None

    @property
    def same(self) -> bool:
        """Whether the value is the same, and only its source or status has changed."""
        return self.before is not None and self.after is not None and self.before.value == self.after.value

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON has it."""
        return {
            "parameter": self.parameter.name,
            "title": dict(self.parameter.title),
            "unit": self.parameter.unit,
            "from": self._dict(self.before),
            "to": self._dict(self.after),
        }

    def since(self, value: ParamValue) -> date | None:
        """The day since which the parameter has had the value of ``value``, whatever its source; None for always."""
        values = self.parameter.values
        position = values.index(value)
        while position > 0 and values[position - 1].value == value.value:
            position -= 1
        return values[position].start

    def _dict(self, value: ParamValue | None) -> dict[str, Any] | None:
        if value is None:
            return None
        shown_value = value.value
        if isinstance(shown_value, dict):
            shown_value = {
                str(key): {column: plain(cell) for column, cell in row.items()} for key, row in shown_value.items()
            }
        since = self.since(value)
        cites = [str(cite) for cite in value.cite]
        return {"value": plain(shown_value), "since": since and plain(since), "cite": cites, "status": value.status}


@dataclass(frozen=True, slots=True)
class CiteChange:
    """A rule in force on both days that rests on other provisions on the later one."""

    rule: Rule
    before: tuple[Citation, ...]
    after: tuple[Citation, ...]

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON has it."""
        cites = {"from": [cite.to_dict() for cite in self.before], "to": [cite.to_dict() for cite in self.after]}
        return {"rule": self.rule.id, "title": dict(self.rule.title)} | cites


@dataclass(frozen=True, slots=True, repr=False)
class RulesDiff:
    """What differs in a rulebook between two days, each taken as the judged day of all rules."""

    book: CompiledRulebook
    since: date
    until: date
    rules: tuple[RuleChange, ...]
    doubts: tuple[Doubt, ...]
    values: tuple[ValueChange, ...]
    citations: tuple[CiteChange, ...]

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.rules or self.doubts or self.values or self.citations)

    def to_dict(self) -> dict[str, Any]:
        """The differences as JSON has them."""
        return {
            "from": plain(self.since),
            "to": plain(self.until),
            "rules": [change.to_dict() for change in self.rules],
            "in_doubt": [doubt.to_dict() for doubt in self.doubts],
            "parameters": [change.to_dict() for change in self.values],
            "citations": [change.to_dict() for change in self.citations],
        }


def rules_between(book: CompiledRulebook, since: date, until: date) -> RulesDiff:
    """What differs in a rulebook between two days.

    Args:
        book: the compiled rulebook.
        since: the earlier day.
        until: the later day, not before ``since``.
    """
    pairs = [(rule, ruleset) for ruleset in book.parts.rulesets for rule in ruleset.rules]
    rule_changes = (_rule_change(rule, ruleset, book, since, until) for rule, ruleset in pairs)
    value_changes = (_value_change(parameter, since, until) for parameter in book.parts.parameters.values())
    cite_changes = (_cite_change(rule, ruleset, book, since, until) for rule, ruleset in pairs)
    return RulesDiff(
        book,
        since,
        until,
        tuple(change for change in rule_changes if change is not None),
        tuple(_doubts(book, since, until)),
        tuple(change for change in value_changes if change is not None),
        tuple(change for change in cite_changes if change is not None),
    )


def _is_in_force(rule: Rule, ruleset: Ruleset, day: date, book: CompiledRulebook) -> bool:
    """Whether a rule is in force on a day, and every value that it reads is there."""
    return bind(rule, ruleset, day, 0, book.vocabulary) is not None


def _rule_change(rule: Rule, ruleset: Ruleset, book: CompiledRulebook, since: date, until: date) -> RuleChange | None:
    in_force_before, first, last = _is_in_force(rule, ruleset, since, book), None, None
    is_in_force = in_force_before
    for day in boundaries([(rule, ruleset)], book.parts):
        if not since < day <= until or _is_in_force(rule, ruleset, day, book) is is_in_force:
            continue
        is_in_force = not is_in_force
        if is_in_force:
            first, last = first or day, None
        else:
            last = day - ONE_DAY
    if is_in_force is in_force_before and (is_in_force or first is None):
        return None
    return RuleChange(rule, None if in_force_before else first, last)


def _doubts(book: CompiledRulebook, since: date, until: date) -> Iterator[Doubt]:
    for ruleset in book.parts.rulesets:
        starts = [("", ruleset.in_doubt_from), *ruleset.doubted.items()]
        starts += [(rule.id, rule.in_doubt_from) for rule in ruleset.rules]
        for name, start in starts:
            if start is not None and since < start <= until:
                yield Doubt(ruleset, name, start)


def _value_change(parameter: Parameter, since: date, until: date) -> ValueChange | None:
    before, after = _value_on(parameter, since), _value_on(parameter, until)
    if before is after or (before is not None and after is not None and _same(before, after)):
        return None
    return ValueChange(parameter, before, after)


def _same(first: ParamValue, second: ParamValue) -> bool:
    return (first.value, first.cite, first.status) == (second.value, second.cite, second.status)


def _value_on(parameter: Parameter, day: date) -> ParamValue | None:
    latest = None
    for value in parameter.values:
        if value.start is None or value.start <= day:
            latest = value
    return latest


def _cite_change(rule: Rule, ruleset: Ruleset, book: CompiledRulebook, since: date, until: date) -> CiteChange | None:
    before, after = in_force(rule.cite, since), in_force(rule.cite, until)
    if before == after or not _is_in_force(rule, ruleset, since, book) or not _is_in_force(rule, ruleset, until, book):
        return None
    return CiteChange(rule, _citations(before, book), _citations(after, book))


def _citations(cites: tuple[Cite, ...], book: CompiledRulebook) -> tuple[Citation, ...]:
    return tuple(citation(cite, book.parts.sources) for cite in cites)
