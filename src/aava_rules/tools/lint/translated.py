"""Faults of rule files in Finnish and Swedish.

The texts of the faults that writers meet most are in ``translations.json``, with ``{a}`` for what differs from fault to
fault. A text that is not there stays English. The codes in ``WHOLE`` have all that they say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Final

from aava_rules.language.errors import Fault

WHOLE: Final = frozenset({"AR001", "AR004", "AR006", "AR007", "AR008", "AR010", "AR011", "AR016", "AR020"})
"""The codes of faults whose texts are all in Finnish and Swedish, as far as tests/rulebook/bad shows them."""
_SENTENCES: Final = re.compile(r"(?<=[.?]) (?=[A-Z])")


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
        why=_texts(fault.why, language),
        hint=_texts(fault.hint, language),
    )


def untranslated(fault: Fault, language: str) -> list[str]:
    """The texts that stay English.

    Args:
        fault: the fault, in English.
        language: ``fi`` or ``sv``.
    """
    parts = [fault.what, *_parts(fault.why, language), *_parts(fault.hint, language)]
    return [part for part in parts if part and not _text(part, language)]


def _texts(text: str, language: str) -> str:
    return " ".join(_text(part, language) or part for part in _parts(text, language))


def _parts(text: str, language: str) -> Iterable[str]:
    """A text as a whole if it has a translation as such, else its sentences."""
    return [text] if not text or _text(text, language) else _SENTENCES.split(text)


def _text(text: str, language: str) -> str:
    """The translation of one text; empty if there is none."""
    for pattern, translations in _templates():
        if match := pattern.fullmatch(text):
            return translations[language].format_map(
                {name: _word(value, language) for name, value in match.groupdict().items()}
            )
    return ""


def _word(value: str, language: str) -> str:
    return _words().get(value, {}).get(language) or value


@cache
def _templates() -> list[tuple[re.Pattern[str], dict[str, str]]]:
    texts = _file()["texts"]
    # of two that fit, the one that says more itself
    ordered = sorted(texts, key=lambda text: -len(re.sub(r"\{[abc]\}", "", text["en"])))
    return [(re.compile(re.sub(r"\\\{([abc])\\\}", r"(?P<\1>.+?)", re.escape(text["en"]))), text) for text in ordered]


@cache
def _words() -> dict[str, dict[str, str]]:
    return {word["en"]: word for word in _file()["words"]}


@cache
def _file() -> dict[str, list[dict[str, str]]]:
    content: dict[str, list[dict[str, str]]] = json.loads(
        files("aava_rules.tools.lint").joinpath("translations.json").read_text(encoding="utf-8")
    )
    return content
