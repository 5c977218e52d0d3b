"""Values, days, numbers and units in words, in Finnish, Swedish and English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from aava_rules.decision.text.catalogue import number_forms, text
from aava_rules.language.values import LANGUAGES, NONE, UNITS, UNKNOWN, Interval
from aava_rules.rulebook.model import Parts, Text

_ENGLISH_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def format_day(day: date, language: str) -> str:
    """``day`` as it is written in ``language``: 5.5.2014, in English 5 May 2014."""
    if language == "en":
        return f"{day.day} {_ENGLISH_MONTHS[day.month - 1]} {day.year}"
    return f"{day.day}.{day.month}.{day.year}"


def format_number(number: Any, language: str) -> str:
    """``number`` (int or Decimal) with the decimal sign of ``language`` and no exponent."""
    digits = format(number, "f") if isinstance(number, Decimal) else str(number)
    return digits if language == "en" else digits.replace(".", ",")


def format_quantity(number: Any, unit: str, language: str) -> str:
    """A number with its unit: "1 päivä", "180 benefit days".

    Args:
        number: the number, int or Decimal.
        unit: unit of the rule language, such as ``"days"``; with an empty one, or ``"count"``, the number stands alone.
        language: ``"fi"``, ``"sv"`` or ``"en"``.

    Returns:
        The number and the noun: the singular with a number that is written "1", else the plural, in Finnish the
        partitive ("0 tuntia", "1,5 tuntia", "21 tuntia").
    """
    return _with_unit(format_number(number, language), unit, language)


def _with_unit(digits: str, unit: str, language: str) -> str:
    forms = number_forms(f"unit.{unit}", language)
    return f"{digits} {forms[0 if digits == '1' else 1]}" if forms else digits


def format_value(value: Any, unit: str, language: str, words: Mapping[str, Text]) -> str:
    """Any value of a fact as people read it.

    Args:
        value: a boolean, number, day, coded word, set or tuple of these, bounds (``Interval``), ``UNKNOWN``, ``NONE``.
        unit: unit of a number; empty if it has none or if the surrounding sentence names it.
        language: ``"fi"``, ``"sv"`` or ``"en"``.
        words: labels of coded words by language; a word without a label is written as it is.

    Returns:
        The value in words; empty for a value of another type.
    """
    if value is UNKNOWN:
        return text("answer.unknown", language)
    if value is NONE or value is None:
        return text("answer.none", language)
    if isinstance(value, bool):
        return text("answer.true" if value else "answer.false", language)
    if isinstance(value, Interval):
        return _format_bounds(value, unit, language, words)
    if isinstance(value, date):
        return format_day(value, language)
    if isinstance(value, (int, Decimal)):
        return format_quantity(value, unit, language)
    if isinstance(value, (frozenset, tuple)):
        parts = [format_value(item, unit, language, words) for item in sorted(value)]
        return ", ".join(parts) if parts else text("answer.empty", language)
    if isinstance(value, str):
        return words[value][language] if value in words else value
    return ""


def _format_bounds(bounds: Interval, unit: str, language: str, words: Mapping[str, Text]) -> str:
    low, high = bounds.low, bounds.high
    if isinstance(low, frozenset):
        if not low:
            return text("answer.unknown", language)
        possible = format_value(high - low, unit, language, words)
        return f"{format_value(low, unit, language, words)}; {text('report.possibly', language)}: {possible}"
    if low is not None and low == high:  # which it has, or it has none
        return f"{text('report.possibly', language)} {format_value(low, unit, language, words)}"
    if low is None:
        return f"{text('bound.at_most', language)} {format_value(high, unit, language, words)}"
    if high is None:
        return f"{text('bound.at_least', language)} {format_value(low, unit, language, words)}"
    if isinstance(low, date):
        return f"{format_day(low, language)}–{format_value(high, unit, language, words)}"
    # a range is no single thing: "0–1 days"
    return _with_unit(f"{format_number(low, language)}–{format_number(high, language)}", unit, language)


_NAME: Final = r"\{([a-z][a-z_0-9]*(?:\.[a-z][a-z_0-9]*)?)\}"
_NEGATION: Final = {
    "fi": re.compile(
        r"\b(?:en|et|ei|emme|ette|eivät|älä|älköön|älkää|ettei|jottei|ellei|eikä|eivätkä)\b[^.,;:!?]*\Z", re.I
    )
}
"""Finnish keeps the partitive in a clause with a negation, also with 1: "ei ole kestänyt 1 tuntia"."""


@cache
def _singulars(language: str) -> dict[str, str]:
    """The singular of every noun of a unit, by its plural."""
    pairs = (number_forms(f"unit.{unit}", language) for unit in UNITS)
    return {pair[1]: pair[0] for pair in pairs if pair is not None}


@cache
def _placeholder(language: str) -> re.Pattern[str]:
    """A placeholder, with the noun of a unit after it, if there is one."""
    nouns = "|".join(map(re.escape, sorted(_singulars(language), key=len, reverse=True)))
    return re.compile(rf"{_NAME}(?:([ \u00a0])({nouns})(?!\w))?")


def fill_placeholders(message: str, value_of: Callable[[str], str], language: str) -> str:
    """A message of a rule with its placeholders filled in.

    Messages name the unit of a number themselves, in the plural ("{item.hours_per_day} hours", in Finnish in the
    partitive). After a number that is written "1" the noun takes the singular: "1 hour".

    Args:
        message: the message, with placeholders such as ``{item.days_per_week}``.
        value_of: gives the text of a placeholder by its name.
        language: of the message, ``"fi"``, ``"sv"`` or ``"en"``.

    Returns:
        The message; braces that are no placeholder stay as they are.
    """

    if "{" not in message:
        return message

    def fill(match: re.Match[str]) -> str:
        name, space, noun = match.groups()
        value = value_of(name)
        if noun is None:
            return value
        negated = language in _NEGATION and _NEGATION[language].search(message, 0, match.start())
        return f"{value}{space}{_singulars(language)[noun] if value == '1' and not negated else noun}"

    return _placeholder(language).sub(fill, message)


def label(parts: Parts, name: str) -> Text:
    """What the fact, outcome, requirement, step, parameter or field ``name`` of the rulebook ``parts`` is called."""
    for table in (parts.facts, parts.outcomes, parts.requirements, parts.steps, parts.parameters):
        definition = table.get(name)
        if definition is not None:
            return definition.title
    return parts.fields.get(name) or dict.fromkeys(LANGUAGES, name.rpartition(".")[2].replace("_", " "))
