"""A record or source that could not be answered or read, as reports that show such records are given it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from aava_rules.language.errors import AavaRulesError, RecordError
from aava_rules.language.structs import Struct
from aava_rules.tools.protocol.errors import UnreadFile, error_dict, sentence

ERROR: Final = "error"
UNREAD: Final = "unread"

_PLACES: Final = re.compile(r"\b(line|column|item|row|byte|key) (\d+)")
_WORDS: Final = {
    "fi": {
        "line": "rivi",
        "column": "sarake",
        "item": "kohta",
        "row": "rivi",
        "byte": "tavu",
        "key": "avain",
        "record": "tietue",
    },
    "sv": {
        "line": "rad",
        "column": "kolumn",
        "item": "objekt",
        "row": "rad",
        "byte": "byte",
        "key": "nyckel",
        "record": "post",
    },
}
"""How the places of adapters are called in Finnish and Swedish."""


def place_in(place: str, language: str) -> str:
    """A place in a source as adapters name it (``line 3``), in ``language``.

    Args:
        place: The place; what is not known stays as it is.
        language: ``fi``, ``sv`` or ``en``.
    """
    return _PLACES.sub(lambda match: f"{word_in(match[1], language)} {match[2]}", place)


def word_in(word: str, language: str) -> str:
    """How a part of a place is called in ``language``.

    Args:
        word: ``line``, ``column``, ``item``, ``row``, ``byte``, ``key`` or ``record``.
        language: ``fi``, ``sv`` or ``en``.
    """
    return _WORDS.get(language, {}).get(word, word)


def lines_of(error: AavaRulesError, language: str) -> list[str]:
    """A line for each thing that is wrong with a record or a source, in ``language``; never contents of the record.

    Args:
        error: what is wrong.
        language: ``fi``, ``sv`` or ``en``. A text without a translation stays English.
    """
    if language == "en":
        faults = error.faults if isinstance(error, RecordError) else ()
        return [sentence(fault) for fault in faults] or str(error).splitlines()
    from aava_rules.tools.lint.translated import translated

    if isinstance(error, RecordError):
        faults = tuple(translated(fault, language) for fault in error.faults)
        return [sentence(replace(fault, place=place_in(fault.place, language))) for fault in faults]
    return [_line_in(line, language) for line in str(error).splitlines()]


_CODED: Final = re.compile(r"(.+?) (\[AR\d{3}\]\.)(?: (.+))?")


def _line_in(line: str, language: str) -> str:
    """A line of an adapter, in which a code may stand between what is wrong and what to do.

    It may be of anybody's plugin, so that it stays English as a whole where a sentence of it has no translation.
    """
    from aava_rules.tools.lint.translated import is_translated, translated_text

    match = _CODED.fullmatch(line)
    if match is None:
        return translated_text(line, language) if is_translated(line, language) else line
    what, hint = match[1], match[3] or ""
    stop = "" if is_translated(what, language) else "."
    if not is_translated(what + stop, language) or not is_translated(hint, language):
        return line
    what = translated_text(what + stop, language)
    return " ".join(filter(None, (what.removesuffix(stop), match[2], translated_text(hint, language))))


class Unanswered(Struct):
    """A record that could not be answered, or a file that is not read, and why; nothing of the record but its id.

    Attributes:
        place: its place in its source; empty if it is the whole source.
        record_id: its id; None if that is not known.
        error: why there is no answer.
        source: the name of its source, as messages name it.
    """

    place: str
    record_id: str | None
    error: AavaRulesError
    source: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether something is wrong with it; a file of a folder that nothing reads is only left out."""
        return not isinstance(self.error, UnreadFile)

    @property
    def status(self) -> str:
        """What stands for it where each line of a format has a status: ``error``, or ``unread`` of a file left out."""
        return ERROR if self.is_fault else UNREAD

    @property
    def where(self) -> str:
        """Its source and its place in it."""
        return ", ".join(filter(None, (self.source, self.place)))

    def where_in(self, language: str) -> str:
        """Its source and its place in it, in ``language``."""
        return ", ".join(filter(None, (self.source, place_in(self.place, language))))

    @property
    def lines(self) -> list[str]:
        """A line for each thing that is wrong: where in the record, what, why, and what to do; in English."""
        return self.lines_in("en")

    def lines_in(self, language: str) -> list[str]:
        """The same in ``language``; what an adapter of others says stays as it is."""
        return lines_of(self.error, language)

    def to_dict(self) -> dict[str, Any]:
        """What is told of it, as JSON has it."""
        place = {"record_id": self.record_id, "source": self.source, "place": self.place}
        return place | {"error": error_dict(self.error)}
