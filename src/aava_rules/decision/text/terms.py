"""Conditions in words: a line for each test, and headings over those of which all, any or none must hold.

The terms of rules in words: what is compared, without any client's values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from aava_rules.decision.text.values import DAY_OPERATORS, OPERATORS, SAYINGS, label, number, said
from aava_rules.language.syntax import (
    FLIPPED,
    All,
    Always,
    Any_,
    Arith,
    Call,
    Compare,
    Condition,
    Const,
    DecisionDate,
    Expr,
    Fact,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Param,
    RuleDate,
    Test,
    Truth,
)
from aava_rules.rulebook.model import Parts, Text

_DECISION_DATE: Final[Text] = {"fi": "päätöspäivä", "sv": "beslutsdagen", "en": "the day of decision"}
_RULE_DATES: Final[dict[str, Text]] = {
    "from": {
        "fi": "säännön voimaantulopäivä",
        "sv": "dagen då regeln träder i kraft",
        "en": "the day the rule comes into force",
    },
    "until": {
        "fi": "säännön viimeinen voimassaolopäivä",
        "sv": "regelns sista giltighetsdag",
        "en": "the last day the rule is in force",
    },
}
_CALLS: Final[dict[str, Text]] = {
    "years_between": {
        "fi": "täydet vuodet välillä {0} – {1}",
        "sv": "hela år mellan {0} och {1}",
        "en": "full years from {0} to {1}",
    },
    "days_between": {"fi": "päivät välillä {0} – {1}", "sv": "dagar mellan {0} och {1}", "en": "days from {0} to {1}"},
    "add_days": {"fi": "{0} + {1}", "sv": "{0} + {1}", "en": "{0} + {1}"},
    "add_months": {"fi": "{0} + {1}", "sv": "{0} + {1}", "en": "{0} + {1}"},
    "working_days_after": {"fi": "{0} + {1}", "sv": "{0} + {1}", "en": "{0} + {1}"},
    "end_of_month": {
        "fi": "kuukauden viimeinen päivä ({0})",
        "sv": "månadens sista dag ({0})",
        "en": "the last day of the month ({0})",
    },
    "day_in": {
        "fi": "päätöspäivä, kuitenkin sen voimassaolon ajalta",
        "sv": "beslutsdagen, dock inom dess giltighetstid",
        "en": "the day of decision, but within the time it runs",
    },
    "value_on": {
        "fi": "”{0}” sellaisena kuin se oli: {1}",
        "sv": "”{0}” sådant värdet var: {1}",
        "en": "“{0}” as it was on: {1}",
    },
    "row": {"fi": "{0}: {2} ({1})", "sv": "{0}: {2} ({1})", "en": "{0}: {2} ({1})"},
    "min": {"fi": "pienempi näistä: {0}; {1}", "sv": "det mindre av: {0}; {1}", "en": "the lesser of: {0}; {1}"},
    "max": {"fi": "suurempi näistä: {0}; {1}", "sv": "det större av: {0}; {1}", "en": "the greater of: {0}; {1}"},
    "done": {"fi": "tehty: {0}", "sv": "gjort: {0}", "en": "done: {0}"},
    "date_of": {
        "fi": "päivä, jona tehty: {0}",
        "sv": "dagen då detta gjordes: {0}",
        "en": "the day on which this was done: {0}",
    },
}
"""What each function says; {0} is its first argument."""
_WITHIN: Final[dict[str, Text]] = {
    "period": {
        "fi": "päätöspäivä, kuitenkin jakson ajalta",
        "sv": "beslutsdagen, dock inom perioden",
        "en": "the day of decision, but within the period",
    },
    "plan": {
        "fi": "päätöspäivä, kuitenkin suunnitelman voimassaolon ajalta",
        "sv": "beslutsdagen, dock inom planens giltighetstid",
        "en": "the day of decision, but within the time the plan is in force",
    },
}
_UNIT_OF: Final = {"add_days": "days", "add_months": "months", "working_days_after": "working days"}
_SIGNS: Final = {"+": "+", "-": "−", "*": "×"}
_BY_DATE: Final[Text] = {"fi": "ajankohdan mukaan", "sv": "beroende på tidpunkten", "en": "depending on the date"}
_SEE: Final[Text] = {"fi": "ks. arvot", "sv": "se värdena", "en": "see the values"}
MOST_VALUES: Final = 4
"""Values of one parameter that stand in a line; more are left to the table below it."""


class Phrases:
    """Terms in one language, with the values that parameters have within ``span`` (both days included)."""

    def __init__(self, parts: Parts, language: str, span: tuple[date | None, date | None] = (None, None)) -> None:
        self.parts, self.language, self.span = parts, language, span

    def pick(self, text: Text) -> str:
        """A text in this language."""
        return text[self.language]

    def name(self, name: str) -> str:
        """What a fact, outcome, field, step or parameter is called."""
        return self.pick(label(self.parts, name))

    def word(self, word: str) -> str:
        """A coded word, or a step where events are named by theirs."""
        if word in self.parts.words:
            return self.pick(self.parts.words[word])
        return self._argument(word) if word in self.parts.steps else word.replace("_", " ")

    def term(self, term: Expr | str, unit: str = "") -> str:
        """A term; ``unit`` is that of what a bare number is compared with or added to."""
        match term:
            case str():
                return self._argument(term)
            case Fact() | ItemField():
                return self.name(str(term))
            case Param():
                return self._parameter(term)
            case DecisionDate():
                return self.pick(_DECISION_DATE)
            case RuleDate(which):
                return self.pick(_RULE_DATES[which])
            case Const(value):
                if isinstance(value, str):
                    return self.word(value)
                return said(value, term.unit or unit, self.language, self.parts.words)
            case Arith(op, left, right):
                return f"{self._nested(left)} {_SIGNS[op]} {self._nested(right)}"
            case Call():
                return self._call(term)

    def _nested(self, term: Expr) -> str:
        text = self.term(term)
        return f"({text})" if isinstance(term, Arith) else text

    def _argument(self, word: str) -> str:
        """A word among the arguments of a function: a step in quotes, or a column of a table."""
        if word in self.parts.steps:
            return quoted(self.name(word), self.language)
        return self.word(word)

    def _call(self, call: Call) -> str:
        if call.name == "day_in":
            return self.pick(_WITHIN.get(str(call.args[0]), _CALLS["day_in"]))
        if call.name == "value_on":
            return self.pick(_CALLS[call.name]).format(self.name(call.args[0].name), self.term(call.args[1]))  # type: ignore[union-attr]
        unit = _UNIT_OF.get(call.name, "")
        return self.pick(_CALLS[call.name]).format(*(self.term(arg, unit) for arg in call.args))

    def _parameter(self, term: Param) -> str:
        """The number first, as law has it, and then what it is."""
        title = self.name(term.name)
        values = values_within(self.parts, term.name, self.span)
        if term.type == "table" or not values:
            return title
        if len(values) > MOST_VALUES:
            return f"{title} ({self.pick(_SEE)})"
        *others, last = values
        numbers = [number(one, self.language) for one in others]
        listed = " / ".join([*numbers, said(last, term.unit, self.language, self.parts.words)])
        return f"{listed} ({self.pick(_BY_DATE)}: {title})" if others else f"{listed} ({title})"


def quoted(text: str, language: str) -> str:
    """A name in the quotes of the language."""
    return f"“{text}”" if language == "en" else f"”{text}”"


def values_within(parts: Parts, name: str, span: tuple[date | None, date | None]) -> list[object]:
    """The different values that a parameter has in a span of days (both inclusive); of an open end, all."""
    first, last = span
    found: list[object] = []
    values = parts.parameters[name].values
    for one, following in zip(values, [*values[1:], None], strict=True):
        ended = following is not None and first is not None and following.start is not None and following.start <= first
        begins_after = last is not None and one.start is not None and one.start > last
        if not ended and not begins_after and one.value is not None and one.value not in found:
            found.append(one.value)
    return found


ALL: Final[Text] = {"fi": "kaikki seuraavat:", "sv": "alla följande:", "en": "all of the following:"}
ANY: Final[Text] = {"fi": "jokin seuraavista:", "sv": "någon av följande:", "en": "any of the following:"}
NONE_OF: Final[Text] = {"fi": "ei mikään seuraavista:", "sv": "ingen av följande:", "en": "none of the following:"}
NOT_ALL: Final[Text] = {
    "fi": "eivät kaikki seuraavat yhtä aikaa:",
    "sv": "inte alla följande samtidigt:",
    "en": "not all of the following at once:",
}
NOT: Final[Text] = {"fi": "ei: {}", "sv": "inte: {}", "en": "not: {}"}
NOT_DONE: Final[Text] = {"fi": "tekemättä: {}", "sv": "inte gjort: {}", "en": "not done: {}"}
NEVER: Final[Text] = {"fi": "ei koskaan", "sv": "aldrig", "en": "never"}
ALWAYS: Final[Text] = {"fi": "aina", "sv": "alltid", "en": "always"}
ONE_OF: Final[Text] = {"fi": "jokin näistä", "sv": "något av dessa", "en": "one of"}
INCLUDES: Final[Text] = {"fi": "sisältää", "sv": "innehåller", "en": "includes"}
KNOWN: Final[Text] = {"fi": "tiedossa", "sv": "känt", "en": "known"}
THERE_IS: Final[Text] = {"fi": "on olemassa", "sv": "finns", "en": "there is one"}
IS_NOT: Final[Text] = {"fi": "ei ole", "sv": "är inte", "en": "is not"}
NO_ONE_OF: Final[Text] = {"fi": "ei mikään näistä", "sv": "inget av dessa", "en": "none of"}
_DAYS: Final = DAY_OPERATORS | {">": {"fi": "myöhemmin kuin", "sv": "efter", "en": "after"}}


@dataclass(frozen=True, slots=True)
class Line:
    """A test in words, or a heading over the lines below it."""

    text: str
    children: tuple[Line, ...] = ()


def lines(condition: Condition, phrases: Phrases) -> tuple[Line, ...]:
    """The lines of a condition, all of which must hold; none if it always holds."""
    if condition == Always(True):
        return ()
    if isinstance(condition, All):
        return tuple(line for item in condition.items for line in lines(item, phrases))
    return (_line(condition, phrases),)


def _line(condition: Condition, phrases: Phrases) -> Line:
    match condition:
        case Always(holds):
            return Line(phrases.pick(ALWAYS if holds else NEVER))
        case All(items):
            return _group(ALL, items, phrases)
        case Any_(items):
            return _group(ANY, items, phrases)
        case Not(Not(item)):
            return _line(item, phrases)
        case Not(Any_(items)):
            return _group(NONE_OF, items, phrases)
        case Not(All(items)):
            return _group(NOT_ALL, items, phrases)
        case Not(Truth(Call("done", (step,)))):
            return Line(phrases.pick(NOT_DONE).format(phrases.term(step)))
        case Not(OneOf(term, words)):
            return Line(_listed(term, words, IS_NOT, NO_ONE_OF, phrases))
        case Not(IsNone(term)):
            return Line(f"{phrases.term(term)}: {phrases.pick(THERE_IS)}")
        case Not(IsKnown(term, known)):
            return Line(test_text(IsKnown(term, not known), phrases))
        case Not(item):
            line = _line(item, phrases)
            return Line(phrases.pick(NOT).format(line.text), line.children)
    return Line(test_text(condition, phrases))


def _group(heading: Text, items: tuple[Condition, ...], phrases: Phrases) -> Line:
    if len(items) == 1 and heading in (ALL, ANY):
        return _line(items[0], phrases)
    return Line(phrases.pick(heading), tuple(_line(item, phrases) for item in items))


def test_text(test: Test, phrases: Phrases) -> str:
    """One test in words."""
    match test:
        case Compare(op, left, right):
            if isinstance(left, (Param, Const)) and not isinstance(right, (Param, Const)):
                op, left, right = FLIPPED[op], right, left
            asked = phrases.pick((_DAYS if left.type == "date" else OPERATORS)[op])
            said = " ".join(filter(None, (asked, phrases.term(right, left.unit))))
            return f"{phrases.term(left)}: {said}"
        case OneOf(term, words):
            return _listed(term, words, OPERATORS["=="], ONE_OF, phrases)
        case Has(term, word):
            return f"{phrases.term(term)}: {phrases.pick(INCLUDES)} {phrases.word(word)}"
        case IsNone(term):
            return f"{phrases.term(term)}: {phrases.pick(SAYINGS['none'])}"
        case IsKnown(term, known):
            return f"{phrases.term(term)}: {phrases.pick(KNOWN if known else SAYINGS['unknown'])}"
        case Truth(term):
            return phrases.term(term)


def _listed(term: Expr, words: tuple[str, ...], one: Text, several: Text, phrases: Phrases) -> str:
    """A term and the words that it may (or may not) be."""
    listed = ", ".join(phrases.word(word) for word in words)
    if len(words) > 1:
        return f"{phrases.term(term)}: {phrases.pick(several)}: {listed}"
    return f"{phrases.term(term)}: " + " ".join(filter(None, (phrases.pick(one), listed)))
