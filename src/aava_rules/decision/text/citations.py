"""Citations as people read them: ``act-189-2001.3.2.2`` -> "Act 189/2001 3 § 2 mom. 2 k"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

from aava_rules.decision.text.catalogue import text
from aava_rules.language.structs import Struct, public
from aava_rules.language.texts import Texts, texts_of
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.model import Cite, DatedCites, Source

_LAW = re.compile(
    r"(?:(?P<chapter>\d+[a-z]?)-)?(?P<section>\d+[a-z]?)(?:\.(?P<subsection>\d+))?(?:\.(?P<item>\d+[a-z]?))?\Z"
)
_ACT = re.compile(r"\d+/\d{4}\Z")
"""The number of an act; bills and books are named by their titles."""
_LETTER = re.compile(r"(\d)([a-z])")
_PARTS: Final = ("transition", "commencement")
"""Parts of an act that are named, not numbered."""
_STEP = re.compile(r"(step|chapter|appendix)-([\w.]+)\Z")


@public
class Citation(Struct):
    """A place in a source.

    Attributes:
        cite: its key, such as ``act-189-2001.3.2.2``.
        text: the reference as it is written, by language: ``text("fi")``.
        title: of the source, by language.
        link: address of the source; empty if it has none.
    """

    cite: str
    text: Texts
    title: Texts
    link: str

    def to_dict(self) -> dict[str, Any]:
        """The citation as JSON has it."""
        return {"cite": self.cite, "text": dict(self.text), "title": dict(self.title), "link": self.link}

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Citation:
        """The citation that `to_dict` gave as ``form``.

        Raises:
            KeyError: a part is lacking.
            ValueError: a text is not in all languages.
        """
        return cls(form["cite"], texts_of(form["text"]), texts_of(form["title"]), form["link"])


def in_force(cites: DatedCites, day: date | None) -> tuple[Cite, ...]:
    """The citations of ``cites`` that hold on ``day``; of an unknown day (None), the latest."""
    return cites[number_in_force(cites, day)][1] if cites else ()


def number_in_force(cites: DatedCites, day: date | None) -> int:
    """The place among ``cites`` of those that hold on ``day``; of an unknown day (None), of the latest."""
    holding = 0
    for number, (start, _) in enumerate(cites):
        if start is None or day is None or start <= day:
            holding = number
    return holding


def citation(cite: Cite, sources: dict[str, Source]) -> Citation:
    """``cite`` as people read it; its source is among ``sources``, which are by their keys."""
    source = sources[cite.source]
    words = {
        language: f"{_name(source, language)} {_locator(cite.locator, language)}".strip() for language in LANGUAGES
    }
    return Citation(str(cite), Texts(words), Texts(source.title), source.link)


def _name(source: Source, language: str) -> str:
    if not _ACT.match(source.number):
        return source.title[language]
    return text("citation.act", language, number=source.number)


@lru_cache(maxsize=4096)
def _locator(locator: str, language: str) -> str:
    if not locator:
        return ""
    if place := _STEP.match(locator):
        return text(f"citation.place.{place[1]}", language, number=place[2])
    head, _, rest = locator.partition(".")
    if head in _PARTS:
        return text(f"citation.part.{head}", language) + (f" {rest}" if rest else "")
    law = _LAW.match(locator)
    if not law:
        return locator
    levels = law.groupdict()
    if language != "en":  # Finnish and Swedish set a letter apart: 13 b §
        for level in ("chapter", "section", "item"):
            levels[level] = levels[level] and _LETTER.sub(r"\1 \2", levels[level])
    return "".join(
        text(f"citation.level.{level}", language, number=number) for level, number in levels.items() if number
    )
