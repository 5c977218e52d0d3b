"""Faults of rule files, and remarks, in Finnish and Swedish.

``translations.json`` has each English text with the same text in both languages. What differs from fault to fault
stands in slots, named alike in all three:

- ``{a}`` to ``{c}`` and ``{e}`` to ``{h}``: names, numbers and lines of the file, which stay as they are; ``{i}`` and
  ``{j}``: a name; ``{d}``: a day;
- ``{l}``: several of them, between which `and` or `or` stands;
- ``{r}``: a chain of them, as in `a reads b reads a`;
- ``{t}``, ``{u}``: a type; ``{k}``: a kind of thing; ``{m}``: beside a limit. Those that there are, are listed;
- ``{n}``: a unit; ``{o}``: where rulebooks lie;
- ``{s}``: what a remark is about, and ``{p}``: causes, which have texts of their own.

A text that is not there stays English. A test reads every text of the checkers, so that none is forgotten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, zip_longest
from typing import Final

from aava_rules.language.errors import Fault
from aava_rules.language.values import UNITS

SLOT: Final = re.compile(r"\{([a-z])\}")
"""A slot of a text."""
_DAY: Final = r"\d{4}-\d{2}-\d{2}"
_SENTENCES: Final = re.compile(r"(?<=[.?]) (?=[A-Z`])")
_ANY: Final = r"(?:(?![.?] [A-Z`]).)+?"
"""What stands in a slot is no sentence and a half."""
_FORMS: Final = {
    "d": _DAY,
    "i": r"\S+",
    "j": r"\S+",
    "n": "|".join(re.escape(unit) for unit in sorted(UNITS - {""}, reverse=True)),
    "o": rf"(?:beside it|on the search path|shipped|of a plugin) \({_ANY}",
    "r": rf"{_ANY} (?:reads|overrides|extends) {_ANY}",
    "p": rf"{_ANY} (?:begins on|ends with|from) {_DAY}(?:; {_ANY})?",
    "s": rf"the (?:title|message|word|label) {_ANY}",
}
_LISTED: Final = {"t": "types", "u": "types", "k": "kinds", "m": "sides"}
"""The slots that hold one of a list of texts, by the name of the list."""
_JOINED: Final = {"l": "joins", "r": "joins", "o": "origins"}
"""The slots in which texts of a list stand between others, by the name of the list."""


@dataclass(frozen=True, slots=True)
class _Template:
    """An English text with slots, what it begins and ends with, and the same text in the other languages."""

    pattern: re.Pattern[str]
    begin: str
    end: str
    translations: Mapping[str, str]


def translated(fault: Fault, language: str) -> Fault:
    """The same fault in a language; what has no translation stays English.

    Args:
        fault: the fault, in English.
        language: ``fi``, ``sv`` or ``en``.
    """
    if language == "en":
        return fault
    return replace(
        fault,
        what=_text(fault.what, language) or fault.what,
        why=translated_text(fault.why, language),
        hint=translated_text(fault.hint, language),
        label={"fi": "Esimerkki", "sv": "Exempel"}[language],
    )


def translated_text(text: str, language: str) -> str:
    """The same sentences in a language; what has no translation stays English.

    Args:
        text: the sentences, in English.
        language: ``fi``, ``sv`` or ``en``.
    """
    if language == "en":
        return text
    return " ".join(_text(part, language) or part for part in _parts(text, language))


def is_translated(text: str, language: str) -> bool:
    """Whether every sentence of a text has a translation.

    Args:
        text: the sentences, in English.
        language: ``fi`` or ``sv``.
    """
    return all(_text(part, language) for part in _parts(text, language) if part)


def untranslated(fault: Fault, language: str) -> list[str]:
    """The texts of a fault that stay English.

    Args:
        fault: the fault, in English.
        language: ``fi`` or ``sv``.
    """
    parts = [fault.what, *_parts(fault.why, language), *_parts(fault.hint, language)]
    return [part for part in parts if part and not _text(part, language)]


def _parts(text: str, language: str) -> Iterable[str]:
    """A text as a whole if it has a translation as such, else its sentences."""
    return [text] if not text or _text(text, language) else _SENTENCES.split(text)


@lru_cache(maxsize=4096)
def _text(text: str, language: str) -> str:
    """The translation of one text; empty if there is none."""
    for template in _templates():
        if not (text.startswith(template.begin) and text.endswith(template.end)):
            continue
        if match := template.pattern.fullmatch(text):
            parts = SLOT.split(template.translations[language])
            slots = [_filled(slot, match[slot], language) for slot in parts[1::2]]
            return "".join(chain.from_iterable(zip_longest(parts[::2], slots, fillvalue="")))
    return ""


def _filled(slot: str, value: str, language: str) -> str:
    """What stands in a slot, in the language."""
    if slot in _LISTED:
        return _words(_LISTED[slot])[value][language]
    if slot in ("s", "p"):
        return "; ".join(_text(part, language) or part for part in value.split("; "))
    if slot in _JOINED:
        for part, translations in _words(_JOINED[slot]).items():
            value = value.replace(part, translations[language])
        return value
    word = _words("words").get(value)
    return word[language] if word is not None else value


@cache
def _templates() -> list[_Template]:
    """All texts; of two that fit, the one comes first that says more itself."""
    texts = sorted(_file()["texts"], key=lambda text: (-len(SLOT.sub("", text["en"])), len(_open_slots(text["en"]))))
    templates = []
    for text in texts:
        literals = SLOT.split(text["en"])
        pattern = "".join(
            f"(?P<{part}>{_form(part)})" if number % 2 else re.escape(part) for number, part in enumerate(literals)
        )
        templates.append(_Template(re.compile(pattern), literals[0], literals[-1], text))
    return templates


def _open_slots(text: str) -> list[str]:
    return [slot for slot in SLOT.findall(text) if slot not in _LISTED]


def _form(slot: str) -> str:
    """The pattern of what may stand in a slot."""
    if slot in _LISTED:
        return "|".join(map(re.escape, sorted(_words(_LISTED[slot]), key=len, reverse=True)))
    return _FORMS.get(slot, _ANY)


@cache
def _words(name: str) -> dict[str, dict[str, str]]:
    return {word["en"]: word for word in _file()[name]}


@cache
def _file() -> dict[str, list[dict[str, str]]]:
    content: dict[str, list[dict[str, str]]] = json.loads(
        files("aava_rules.tools.lint").joinpath("translations.json").read_text(encoding="utf-8")
    )
    return content
