"""Conditions in words: a line for each test, and headings over those of which all, any or none must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aava_rules.decision.text.values import DAY_OPERATORS, OPERATORS, SAYINGS
from aava_rules.language.syntax import (
    FLIPPED,
    All,
    Always,
    Any_,
    Call,
    Compare,
    Condition,
    Const,
    Expr,
    Has,
    IsKnown,
    IsNone,
    Not,
    OneOf,
    Param,
    Test,
    Truth,
)
from aava_rules.rulebook.model import Text
from aava_rules.tools.pages.phrases import Phrases

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
