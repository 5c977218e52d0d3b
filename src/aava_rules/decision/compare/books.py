"""What differs between two rulebooks: rules, values, derived facts, questions and texts, with their days and sources.

All of their time is compared, not one day, since plans and periods are judged by the law of days of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final, Literal

from aava_rules.decision.text.citations import Citation, citation
from aava_rules.decision.text.terms import Line, Phrases, lines
from aava_rules.decision.text.values import format_day
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Condition
from aava_rules.language.values import LANGUAGES, plain
from aava_rules.rulebook.model import Parameter, ParamValue, Parts, Rule, Ruleset, Text

How = Literal["added", "removed", "changed"]

_RULE_PARTS: Final = (
    "start", "until", "judged_on", "when", "unless", "require", "then", "due", "overrides", "needs_judgement",
    "in_doubt_from", "doubt_where", "cite", "status", "to_read", "weight", "each", "kind", "name", "title", "message",
)  # fmt: skip
"""What of a rule may differ, in the order in which it is told."""


def _how(before: object | None, after: object | None) -> How:
    return "added" if before is None else "removed" if after is None else "changed"


class RuleDifference(Struct):
    """A rule that only one of two rulebooks has, or that differs.

    Attributes:
        rule_id: its id.
        before, after: the rule in each; None where there is none.
        what: what differs of a rule that both have: ``start``, ``until``, ``when``, ``require``, ``cite``, ``title``...
        parts: the two rulebooks.
    """

    rule_id: str
    before: Rule | None
    after: Rule | None
    what: tuple[str, ...]
    parts: tuple[Parts, Parts]

    @property
    def how(self) -> How:
        """``added``, ``removed`` or ``changed``."""
        return _how(self.before, self.after)

    @property
    def rule(self) -> Rule:
        """The rule, as the later rulebook has it if it does."""
        rule = self.after or self.before
        assert rule is not None
        return rule

    def text(self, what: str, language: str) -> tuple[str, str]:
        """What differs, before and after, in words of ``language``; empty where there is none.

        Args:
            what: one of ``what``.
            language: ``fi``, ``sv`` or ``en``.
        """
        before, after = (
            "" if rule is None else _part_text(rule, what, parts, language)
            for rule, parts in zip((self.before, self.after), self.parts, strict=True)
        )
        return before, after

    def __repr__(self) -> str:
        return f"<RuleDifference {self.rule_id}: {self.how}>"

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON has it."""
        texts = {what: {language: self.text(what, language) for language in LANGUAGES} for what in self.what}
        return {
            "rule": self.rule_id,
            "how": self.how,
            "title": dict(self.rule.title),
            "from": _rule_dict(self.before),
            "to": _rule_dict(self.after),
            "differs": [
                {
                    "what": what,
                    "from": {language: pair[0] for language, pair in of_languages.items()},
                    "to": {language: pair[1] for language, pair in of_languages.items()},
                }
                for what, of_languages in texts.items()
            ],
        }


def _rule_dict(rule: Rule | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    cites = [{"from": start and plain(start), "cite": [str(cite) for cite in cites]} for start, cites in rule.cite]
    return {
        "rulebook": rule.rulebook, "weight": rule.weight, "first": plain(rule.start), "last": plain(rule.until),
        "status": rule.status, "citations": cites,
    }  # fmt: skip


def _part_text(rule: Rule, what: str, parts: Parts, language: str) -> str:
    phrases, value = Phrases(parts, language), getattr(rule, what)
    if value is None or value == "" or value == ():
        return ""
    if what in ("when", "unless", "require", "doubt_where"):
        return condition_text(value, phrases)
    if what in ("judged_on", "due"):
        return phrases.term(value)
    if what == "then":
        return "; ".join(f"{phrases.name(name)}: {_concluded(entry, phrases)}" for name, entry in value.items())
    if what == "cite":
        return "; ".join(
            ", ".join(citation(cite, parts.sources).text[language] for cite in cites)
            + (f" ({format_day(start, language)})" if start else "")
            for start, cites in value
        )
    if what == "to_read":
        return ", ".join(citation(cite, parts.sources).text[language] for cite in value)
    if what == "title":
        return str(value[language])
    if isinstance(value, date):
        return format_day(value, language)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _concluded(value: Any, phrases: Phrases) -> str:
    if isinstance(value, frozenset):
        return phrases.words(tuple(sorted(value)))
    return phrases.term(value)


def condition_text(condition: Condition, phrases: Phrases) -> str:
    """A whole ``condition`` on one line, in the language of ``phrases``."""
    return "; ".join(_line_text(line) for line in lines(condition, phrases)) or phrases.text("condition.always")


def _line_text(line: Line) -> str:
    below = "; ".join(_line_text(child) for child in line.children)
    return f"{line.text} ({below})" if below else line.text


class ValueDifference(Struct):
    """A parameter whose values differ.

    Attributes:
        name: the parameter.
        before, after: the parameter in each rulebook; None where there is none.
        gone, new: the values that only the first has, and only the second.
        parts: the two rulebooks.
    """

    name: str
    before: Parameter | None
    after: Parameter | None
    gone: tuple[ParamValue, ...]
    new: tuple[ParamValue, ...]
    parts: tuple[Parts, Parts]

    @property
    def how(self) -> How:
        """``added``, ``removed`` or ``changed``."""
        return _how(self.before, self.after)

    @property
    def parameter(self) -> Parameter:
        """The parameter, as the later rulebook has it if it does."""
        parameter = self.after or self.before
        assert parameter is not None
        return parameter

    def __repr__(self) -> str:
        return f"<ValueDifference {self.name}: {self.how}>"

    def cited(self, value: ParamValue, *, later: bool) -> tuple[Citation, ...]:
        """The sources of a value.

        Args:
            value: one of the values.
            later: whether it is one of the later rulebook.
        """
        return tuple(citation(cite, self.parts[later].sources) for cite in value.cite)

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON has it."""
        return {
            "parameter": self.name,
            "how": self.how,
            "title": dict(self.parameter.title),
            "unit": self.parameter.unit,
            "from": [_value_dict(value) for value in self.gone],
            "to": [_value_dict(value) for value in self.new],
        }


def _value_dict(value: ParamValue) -> dict[str, Any]:
    shown_value = value.value
    if isinstance(shown_value, dict):
        rows = {str(key): {name: plain(cell) for name, cell in row.items()} for key, row in shown_value.items()}
        shown_value = rows
    return {
        "since": value.start and plain(value.start), "value": plain(shown_value),
        "cite": [str(cite) for cite in value.cite], "status": value.status,
    }  # fmt: skip


class TextDifference(Struct):
    """A text that differs; of what only one rulebook has, the texts are not told besides.

    Attributes:
        kind: ``message`` or ``word``; ``title`` of a ruleset, fact, outcome, requirement, step or parameter.
        name: what it is the text of: of a message its key and the answer that it is told with.
        before, after: the texts by language; empty where there is none.
    """

    kind: str
    name: str
    before: Text
    after: Text

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON has it."""
        return {"kind": self.kind, "name": self.name, "from": dict(self.before), "to": dict(self.after)}


class OtherDifference(Struct):
    """Something else that decides answers and differs: what is asked, how a fact follows, what is in doubt.

    Attributes:
        kind: ``fact``, ``outcome``, ``requirement``, ``step``; ``otherwise`` (what holds where no rule does), ``doubt``
            (from which day no answer is given), ``read_until`` of a ruleset.
        name: the fact, outcome, requirement or step, or the ruleset.
        how: ``added``, ``removed`` or ``changed``.
        titles: what it is called, by language.
    """

    kind: str
    name: str
    how: How
    titles: Text

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON has it."""
        return {"kind": self.kind, "name": self.name, "how": self.how, "title": dict(self.titles)}


class BooksDiff(Struct):
    """What differs between two rulebooks.

    Attributes:
        parts: the two rulebooks.
        rules, values, others, texts: the differences.
    """

    parts: tuple[Parts, Parts]
    rules: tuple[RuleDifference, ...]
    values: tuple[ValueDifference, ...]
    others: tuple[OtherDifference, ...]
    texts: tuple[TextDifference, ...]

    def __repr__(self) -> str:
        return f"<BooksDiff: {len(self.rules)} rules, {len(self.values)} values, {len(self.texts)} texts>"

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.rules or self.values or self.others or self.texts)

    def to_dict(self) -> dict[str, Any]:
        """The differences as JSON has them."""
        return {
            "rules": [difference.to_dict() for difference in self.rules],
            "parameters": [difference.to_dict() for difference in self.values],
            "others": [difference.to_dict() for difference in self.others],
            "texts": [difference.to_dict() for difference in self.texts],
        }


def books_between(before: Parts, after: Parts) -> BooksDiff:
    """What differs between the rulebooks ``before`` and ``after``."""
    both = (before, after)
    return BooksDiff(
        both,
        tuple(_rules(both)),
        tuple(_values(both)),
        tuple(_others(both)),
        tuple(_texts(both)),
    )


def _names(before: Iterable[str], after: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*before, *after]))


def _rules(parts: tuple[Parts, Parts]) -> Iterator[RuleDifference]:
    first, second = ({rule.id: rule for ruleset in book.rulesets for rule in ruleset.rules} for book in parts)
    for rule_id in _names(first, second):
        before, after = first.get(rule_id), second.get(rule_id)
        what: tuple[str, ...] = ()
        if before is not None and after is not None:
            what = tuple(name for name in _RULE_PARTS if getattr(before, name) != getattr(after, name))
            if not what:
                continue
        yield RuleDifference(rule_id, before, after, what, parts)


def _values(parts: tuple[Parts, Parts]) -> Iterator[ValueDifference]:
    first, second = (book.parameters for book in parts)
    for name in _names(first, second):
        before, after = first.get(name), second.get(name)
        old, new = (() if parameter is None else parameter.values for parameter in (before, after))
        gone = tuple(value for value in old if value not in new)
        come = tuple(value for value in new if value not in old)
        if gone or come or (before is None) is not (after is None):
            yield ValueDifference(name, before, after, gone, come, parts)


def _others(parts: tuple[Parts, Parts]) -> Iterator[OtherDifference]:
    tables = {"fact": "facts", "outcome": "outcomes", "requirement": "requirements", "step": "steps"}
    for kind, table in tables.items():
        first, second = (getattr(book, table) for book in parts)
        for name in _names(first, second):
            before, after = first.get(name), second.get(name)
            if before is None or after is None or _meaning(kind, before) != _meaning(kind, after):
                titles = (after or before).title
                yield OtherDifference(kind, name, _how(before, after), titles)
    sets = [{ruleset.name: ruleset for ruleset in book.rulesets} for book in parts]
    for name in _names(*sets):
        yield from _of_ruleset(name, sets[0].get(name), sets[1].get(name))


def _meaning(kind: str, definition: Any) -> tuple[Any, ...]:
    """What of a definition decides answers: all but its title and where it is declared."""
    if kind == "fact":
        return (
            definition.type, definition.unit, definition.words, definition.of_the_day, definition.derivation,
            definition.default,
        )  # fmt: skip
    if kind == "outcome":
        return definition.type, definition.unit, definition.words
    return (definition.each,) if kind == "requirement" else (definition.proof,)


def _of_ruleset(name: str, before: Ruleset | None, after: Ruleset | None) -> Iterator[OtherDifference]:
    ruleset = after or before
    assert ruleset is not None
    pairs: dict[str, list[Any]] = {
        "otherwise": [{} if one_side is None else one_side.otherwise for one_side in (before, after)],
        "doubt": [
            None
            if one_side is None
            else (one_side.in_doubt_from, dict(one_side.doubted), one_side.may_end, one_side.doubt_ends)
            for one_side in (before, after)
        ],
        "read_until": [
            None if one_side is None else (one_side.read_until, one_side.to_read) for one_side in (before, after)
        ],
    }
    for kind, (first, second) in pairs.items():
        if first != second and ((before is not None and after is not None) or kind == "otherwise"):
            yield OtherDifference(kind, name, _how(before, after), ruleset.title)


def _texts(parts: tuple[Parts, Parts]) -> Iterator[TextDifference]:
    tables: tuple[tuple[str, Mapping[str, Text], Mapping[str, Text]], ...] = (
        ("message", _messages(parts[0].messages), _messages(parts[1].messages)),
        ("client_message", _messages(parts[0].client_messages), _messages(parts[1].client_messages)),
        ("word", parts[0].words, parts[1].words),
        ("client_word", parts[0].client_words, parts[1].client_words),
        ("title", _titles(parts[0]), _titles(parts[1])),
    )
    for kind, first, second in tables:
        for name in _names(first, second):
            before, after = first.get(name, {}), second.get(name, {})
            if dict(before) != dict(after) and ((before and after) or _is_of_both(kind, name, parts)):
                yield TextDifference(kind, name, before, after)


def _is_of_both(kind: str, name: str, parts: tuple[Parts, Parts]) -> bool:
    """Whether a text that only one rulebook has is a message of a ruleset of both; else it comes with what is new."""
    of_message = kind in ("message", "client_message")
    return of_message and all(name.partition("/")[0] in {part.name for part in book.rulesets} for book in parts)


def _messages(messages: Mapping[str, Mapping[str, Text]]) -> dict[str, Text]:
    return {f"{key}.{state}": texts for key, by_state in messages.items() for state, texts in by_state.items()}


def _titles(parts: Parts) -> dict[str, Text]:
    titles = {ruleset.name: ruleset.title for ruleset in parts.rulesets}
    for table in (parts.parameters, parts.facts, parts.outcomes, parts.requirements, parts.steps):
        titles |= {name: definition.title for name, definition in table.items()}
    return titles
