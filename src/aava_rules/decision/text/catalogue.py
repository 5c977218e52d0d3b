"""The catalogue of texts: every text of the library that people read, in Finnish, Swedish and English.

The texts are data, in ``catalogue.json`` beside this module: a key, and under it a text for each language. A text may
hold placeholders in braces, the same ones in every language. Where a text depends on a number it is a pair: the form
that goes with exactly 1, and the form that goes with every other number (in Finnish the partitive).

Texts of a rulebook (titles, labels of words, messages of rules) are not here; they come with the rulebook.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from aava_rules.language.structs import FrozenDict
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.model import Text

FILE: Final = Path(__file__).with_name("catalogue.json")

Entry = dict[str, str] | dict[str, list[str]]
"""A text in each language; of a text that depends on a number, the form for 1 and the form for all other numbers."""


@cache
def entries() -> dict[str, Entry]:
    """Every entry of the catalogue by its key. The file is read when the first text is asked for."""
    read: dict[str, Entry] = json.loads(FILE.read_bytes())
    return read


def text(key: str, language: str, **values: object) -> str:
    """A text of the catalogue in one language.

    Args:
        key: key of the entry, such as ``"answer.true"``.
        language: ``"fi"``, ``"sv"`` or ``"en"``.
        values: what stands for the placeholders, by their names. ``count`` also chooses between the two forms of a
            text that depends on a number: the first goes with exactly 1, the second with every other number.

    Returns:
        The text, placeholders filled in.

    Raises:
        KeyError: no such key or language, or a placeholder without a value.
    """
    entry = entries()[key][language]
    template = entry if isinstance(entry, str) else entry[0 if values.get("count") == 1 else 1]
    return template.format(**values) if values else template


def texts(key: str, **values: object) -> Text:
    """A text of the catalogue in all languages; every language gets the same ``values`` for its placeholders.

    Args:
        key: key of the entry.
        values: what stands for the placeholders, by their names.

    Returns:
        The text by language, which nobody can change.

    Raises:
        KeyError: no such key, or a placeholder without a value.
    """
    return FrozenDict({language: text(key, language, **values) for language in LANGUAGES})


def number_forms(key: str, language: str) -> tuple[str, str] | None:
    """The two forms of a text that depends on a number; None if there is no such text.

    Args:
        key: key of the entry, such as ``"unit.days"``.
        language: ``"fi"``, ``"sv"`` or ``"en"``.

    Returns:
        The form for exactly 1, and the form for every other number.
    """
    entry = entries().get(key)
    if entry is None or isinstance(forms := entry[language], str):
        return None
    return forms[0], forms[1]
