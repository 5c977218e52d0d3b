"""Citations as people read them: ``act-189-2001.3.2.2`` -> "Act 189/2001 3 § 2 mom. 2 k"."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from aava_rules.language.structs import Struct
from aava_rules.rulebook.model import Cite, DatedCites, Source, Text

_LAW = re.compile(
    r"(?:(?P<chapter>\d+[a-z]?)-)?(?P<section>\d+[a-z]?)(?:\.(?P<subsection>\d+))?(?:\.(?P<item>\d+[a-z]?))?\Z"
)
_ACT = re.compile(r"\d+/\d{4}\Z")
"""The number of an act; bills and books are named by their titles."""
_LETTER = re.compile(r"(\d)([a-z])")
_WORDS = {
    "transition": {"fi": "siirtymäsäännös", "sv": "övergångsbestämmelsen", "en": "transitional provision"},
    "commencement": {"fi": "voimaantulo", "sv": "ikraftträdandet", "en": "commencement"},
}
_STEP = re.compile(r"(step|chapter|appendix)-([\w.]+)\Z")
_STEPS = {
    "step": {"fi": "vaihe", "sv": "steg", "en": "step"},
    "chapter": {"fi": "luku", "sv": "kapitel", "en": "chapter"},
    "appendix": {"fi": "liite", "sv": "bilaga", "en": "appendix"},
}


class Citation(Struct):
    """A place in a source: its key, the text of the reference in three languages, and the address."""

    cite: str
    text: Text
    title: Text
    link: str

    def to_dict(self) -> dict[str, Any]:
        """The citation as JSON has it."""
        return {"cite": self.cite, "text": self.text, "title": self.title, "link": self.link}


def in_force(cites: DatedCites, day: date | None) -> tuple[Cite, ...]:
    """The citations that hold on a day; of an unknown day, the latest."""
    found: tuple[Cite, ...] = ()
    for start, group in cites:
        if start is None or day is None or start <= day or not found:
            found = group
    return found


def citation(cite: Cite, sources: dict[str, Source]) -> Citation:
    """What a cite says to a person."""
    source = sources[cite.source]
    name = {language: _name(source, language) for language in ("fi", "sv", "en")}
    text = {language: f"{name[language]} {_locator(cite.locator, language)}".strip() for language in name}
    return Citation(str(cite), text, source.title, source.link)


def _name(source: Source, language: str) -> str:
    if not _ACT.match(source.number):
        return source.title[language]
    return {"fi": "laki", "sv": "lag", "en": "Act"}[language] + f" {source.number}"


def _locator(locator: str, language: str) -> str:
    if not locator:
        return ""
    if found := _STEP.match(locator):
        return f"{_STEPS[found[1]][language]} {found[2]}"
    head, _, rest = locator.partition(".")
    if head in _WORDS:
        return _WORDS[head][language] + (f" {rest}" if rest else "")
    law = _LAW.match(locator)
    if not law:
        return locator
    chapter, section, subsection, item = law.group("chapter", "section", "subsection", "item")
    if language == "en":
        text = (f"chapter {chapter} " if chapter else "") + f"section {section}"
        return text + (f"({subsection})" if subsection else "") + (f"({item})" if item else "")
    # Finnish and Swedish set a letter apart: 13 b §
    chapter, section, item = (part and _LETTER.sub(r"\1 \2", part) for part in (chapter, section, item))
    if language == "sv":
        text = (f"{chapter} kap. " if chapter else "") + f"{section} §"
        return text + (f" {subsection} mom." if subsection else "") + (f" {item} punkten" if item else "")
    text = (f"{chapter} luvun " if chapter else "") + f"{section} §"
    return text + (f" {subsection} mom." if subsection else "") + (f" {item} k." if item else "")
