"""Values, units, tests and messages in Finnish, Swedish and English.

The standing phrases of explanations, in Finnish, Swedish and English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from aava_rules.language.values import NONE, UNKNOWN, Interval
from aava_rules.rulebook.model import Parts, Text

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

SAYINGS: Final[dict[str, Text]] = {
    "true": {"fi": "kyllä", "sv": "ja", "en": "yes"},
    "false": {"fi": "ei", "sv": "nej", "en": "no"},
    "unknown": {"fi": "ei tiedossa", "sv": "inte känt", "en": "not known"},
    "none": {"fi": "ei ole", "sv": "finns inte", "en": "none"},
    "not_applicable": {"fi": "ei sovelleta", "sv": "tillämpas inte", "en": "does not apply"},
    "conflict": {"fi": "säännöt ovat ristiriidassa", "sv": "reglerna är motstridiga", "en": "the rules contradict one another"},
    "met": {"fi": "täyttyy", "sv": "uppfylls", "en": "met"},
    "broken": {"fi": "ei täyty", "sv": "uppfylls inte", "en": "broken"},
    "suggested": {"fi": "seuraava askel", "sv": "nästa steg", "en": "a next step"},
    "not suggested": {"fi": "ei seuraava askel", "sv": "inte nästa steg", "en": "not a next step"},
    "open": {"fi": "ei tiedossa", "sv": "inte känt", "en": "not known"},
    "at least": {"fi": "vähintään", "sv": "minst", "en": "at least"},
    "at most": {"fi": "enintään", "sv": "högst", "en": "at most"},
    "empty": {"fi": "ei yhtään", "sv": "inget", "en": "none"},
}  # fmt: skip
"""Words for answers and bounds."""

_UNITS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "days": {"fi": ("päivä", "päivää"), "sv": ("dag", "dagar"), "en": ("day", "days")},
    "benefit days": {
        "fi": ("etuuspäivä", "etuuspäivää"), "sv": ("ersättningsdag", "ersättningsdagar"), "en": ("benefit day", "benefit days"),
    },
    "working days": {"fi": ("työpäivä", "työpäivää"), "sv": ("arbetsdag", "arbetsdagar"), "en": ("working day", "working days")},
    "weeks": {"fi": ("viikko", "viikkoa"), "sv": ("vecka", "veckor"), "en": ("week", "weeks")},
    "months": {"fi": ("kuukausi", "kuukautta"), "sv": ("månad", "månader"), "en": ("month", "months")},
    "years": {"fi": ("vuosi", "vuotta"), "sv": ("år", "år"), "en": ("year", "years")},
    "hours": {"fi": ("tunti", "tuntia"), "sv": ("timme", "timmar"), "en": ("hour", "hours")},
    "hours/day": {
        "fi": ("tunti päivässä", "tuntia päivässä"), "sv": ("timme om dagen", "timmar om dagen"), "en": ("hour a day", "hours a day"),
    },
    "hours/week": {
        "fi": ("tunti viikossa", "tuntia viikossa"), "sv": ("timme i veckan", "timmar i veckan"), "en": ("hour a week", "hours a week"),
    },
    "days/week": {
        "fi": ("päivä viikossa", "päivää viikossa"), "sv": ("dag i veckan", "dagar i veckan"), "en": ("day a week", "days a week"),
    },
    "times": {"fi": ("kerta", "kertaa"), "sv": ("gång", "gånger"), "en": ("time", "times")},
    "percent": {"fi": ("prosentti", "prosenttia"), "sv": ("procent", "procent"), "en": ("per cent", "per cent")},
    "EUR": {"fi": ("euro", "euroa"), "sv": ("euro", "euro"), "en": ("euro", "euros")},
    "EUR/day": {"fi": ("euro päivässä", "euroa päivässä"), "sv": ("euro per dag", "euro per dag"), "en": ("euro a day", "euros a day")},
}  # fmt: skip

OPERATORS: Final[dict[str, Text]] = {
    "==": {"fi": "", "sv": "", "en": ""},
    "!=": {"fi": "ei ole", "sv": "är inte", "en": "is not"},
    "<": {"fi": "alle", "sv": "under", "en": "under"},
    "<=": {"fi": "enintään", "sv": "högst", "en": "at most"},
    ">": {"fi": "yli", "sv": "över", "en": "over"},
    ">=": {"fi": "vähintään", "sv": "minst", "en": "at least"},
}
"""What a comparison of numbers asks."""

DAY_OPERATORS: Final[dict[str, Text]] = {
    "==": OPERATORS["=="],
    "!=": OPERATORS["!="],
    "<": {"fi": "ennen", "sv": "före", "en": "before"},
    "<=": {"fi": "viimeistään", "sv": "senast", "en": "not after"},
    ">": {"fi": "jälkeen:", "sv": "efter", "en": "after"},
    ">=": {"fi": "aikaisintaan", "sv": "tidigast", "en": "not before"},
}
"""What a comparison of days asks."""


def day(value: date, language: str) -> str:
    """A day as it is written: 5.5.2014, in English 5 May 2014."""
    if language == "en":
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    return f"{value.day}.{value.month}.{value.year}"


def number(value: Any, language: str) -> str:
    """A number with the decimal sign of the language, no exponent and no needless zeros."""
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return text if language == "en" else text.replace(".", ",")


def with_unit(value: Any, unit: str, language: str) -> str:
    """A number with its unit: "1 päivä", "180 benefit days"."""
    text = number(value, language)
    forms = _UNITS.get(unit)
    return f"{text} {forms[language][0 if value == 1 else 1]}" if forms else text


def said(value: Any, unit: str, language: str, words: dict[str, Text]) -> str:
    """Any value of a fact as a person reads it."""
    if value is UNKNOWN:
        return SAYINGS["unknown"][language]
    if value is NONE or value is None:
        return SAYINGS["none"][language]
    if isinstance(value, bool):
        return SAYINGS["true" if value else "false"][language]
    if isinstance(value, Interval):
        return _bounds(value, unit, language, words)
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, (int, Decimal)):
        return with_unit(value, unit, language)
    if isinstance(value, (frozenset, tuple)):
        parts = [said(one, unit, language, words) for one in sorted(value)]
        return ", ".join(parts) if parts else SAYINGS["empty"][language]
    if isinstance(value, str):
        return words[value][language] if value in words else value
    return ""


def _bounds(value: Interval, unit: str, language: str, words: dict[str, Text]) -> str:
    if isinstance(value.low, frozenset):
        return said(value.low, unit, language, words)
    if value.low is None or value.high is None:
        key, bound = ("at most", value.high) if value.low is None else ("at least", value.low)
        return f"{SAYINGS[key][language]} {said(bound, unit, language, words)}"
    low = number(value.low, language) if not isinstance(value.low, date) else day(value.low, language)
    return f"{low}–{said(value.high, unit, language, words)}"


_PLACEHOLDER = re.compile(r"\{([a-z][a-z_0-9]*(?:\.[a-z][a-z_0-9]*)?)\}")


def filled(text: str, value_of: Callable[[str], str]) -> str:
    """A message with its placeholders filled in."""
    return _PLACEHOLDER.sub(lambda found: value_of(found[1]), text)


def label(parts: Parts, name: str) -> Text:
    """What a fact, outcome, requirement, step, parameter or field is called."""
    for table in (parts.facts, parts.outcomes, parts.requirements, parts.steps, parts.parameters):
        found = table.get(name)
        if found is not None:
            return found.title
    return parts.fields.get(name) or dict.fromkeys(("fi", "sv", "en"), name.rpartition(".")[2].replace("_", " "))


NO_ITEMS: Text = {
    "fi": "tietueessa ei ole näitä ({})", "sv": "posten har inga sådana ({})", "en": "the record has none of these ({})"
}  # fmt: skip
UNKNOWN_ITEMS: Text = {
    "fi": "tietueesta ei selviä, onko näitä ({})", "sv": "det framgår inte av posten om sådana finns ({})",
    "en": "the record does not say whether there are any ({})",
}  # fmt: skip
ENOUGH: Text = {"fi": "Tämä riittää:", "sv": "Detta räcker:", "en": "This alone settles it:"}
EITHER_WAY: Text = {
    "fi": "Vastaus on sama, olivatpa puuttuvat tiedot mitä tahansa:",
    "sv": "Svaret är detsamma oavsett vad de saknade uppgifterna är:",
    "en": "The answer is the same whatever the missing facts are:",
}
KEPT_EITHER_WAY: Text = {
    "fi": "Vaatimus täyttyy tai ei koske, olivatpa puuttuvat tiedot mitä tahansa:",
    "sv": "Kravet uppfylls eller gäller inte, oavsett vad de saknade uppgifterna är:",
    "en": "What is required is kept or does not apply, whatever the missing facts are:",
}
GIVEN: Text = {
    "fi": "Vastaus on annettu valmiina (viranomaisen päätös).",
    "sv": "Svaret har angetts färdigt (myndighetens beslut).",
    "en": "The answer was given ready-made (an official's decision).",
}
NOT_OVERRIDDEN: Text = {
    "fi": "Poikkeus ei koske:",
    "sv": "Undantaget gäller inte:",
    "en": "This exception does not apply:",
}
PERHAPS_EXCEPTED: Text = {
    "fi": "Ei ole tiedossa, koskeeko tämä poikkeus:",
    "sv": "Det är inte känt om detta undantag gäller:",
    "en": "It is not known whether this exception applies:",
}
OVERRIDES: Text = {"fi": "Syrjäyttää säännön:", "sv": "Åsidosätter regeln:", "en": "It takes precedence over:"}
FAILS: Text = {"fi": "Ei täyty:", "sv": "Uppfylls inte:", "en": "Not met:"}
OPEN: Text = {"fi": "Avoinna:", "sv": "Öppet:", "en": "Open:"}
REQUIRED: Text = {"fi": "Vaatimus täyttyy:", "sv": "Kravet uppfylls:", "en": "What is required is kept:"}
BREACH: Text = {"fi": "Vaatimus ei täyty:", "sv": "Kravet uppfylls inte:", "en": "What is required is not kept:"}
JUDGEMENT: Text = {
    "fi": "Vaatii viranomaisen harkintaa.", "sv": "Kräver myndighetens prövning.",
    "en": "It calls for an official's judgement.",
}  # fmt: skip
NO_VALUE: Text = {"fi": "ei arvoa päivänä", "sv": "saknar värde den", "en": "has no value on"}
NONE_HOLDS: Text = {"fi": "Mikään näistä ei toteudu:", "sv": "Inget av dessa stämmer:", "en": "None of these holds:"}
EXCEPTION: Text = {"fi": "Poikkeus koskee:", "sv": "Undantaget gäller:", "en": "An exception applies:"}
ASK: Text = {"fi": "Kysyttävä", "sv": "Fråga", "en": "To be asked"}
