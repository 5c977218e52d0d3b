"""Names by their titles: ``ikä`` and ``ålder`` are what ``age`` is called.

A record or a table may have a title where a name should stand. Telling the name that has this very title repeats
nothing of the record: all that shows is a title of the rulebook, which everybody may read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from aava_rules.record.fields import LIST_OF_ITEM, client_fields, lists
from aava_rules.rulebook.model import Parts


def plain_text(text: str) -> str:
    """``text`` as it is compared: without capitals and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


_plain_title = lru_cache(maxsize=16384)(plain_text)
"""Of titles of rulebooks alone: what stands in a record is never held."""


def named_by(title: str, titles: Mapping[str, Mapping[str, str]]) -> str:
    """The name of which ``title`` is a title; empty if there is none, or several have it.

    Args:
        title: what stands where a name should. Capitals and accents make no difference, and ``_`` is a space.
        titles: the titles of each name, by language.
    """
    wanted = plain_text(title[:200]).replace("_", " ").strip()
    names = [name for name, known in titles.items() if wanted in map(_plain_title, known.values())] if wanted else []
    return names[0] if len(names) == 1 else ""


def titles_of_facts(parts: Parts) -> dict[str, Mapping[str, str]]:
    """The titles of all that ``facts`` of a record may give in the rulebook ``parts``: facts and outcomes, by name."""
    facts: dict[str, Mapping[str, str]] = {
        name: fact.title for name, fact in parts.facts.items() if not fact.item and "." not in name
    }
    return facts | {name: outcome.title for name, outcome in parts.outcomes.items()}


def titles_of_fields(owner: str, parts: Parts) -> dict[str, Mapping[str, str]]:
    """The titles that ``parts`` gives the fields of an ``owner``, the client or the items of a list, by name.

    Args:
        owner: ``client``, or the list: ``periods``.
        parts: the rulebook.
    """
    fields = client_fields() if owner == "client" else lists()[owner].fields
    singular = owner if owner == "client" else next(item for item, listing in LIST_OF_ITEM.items() if listing == owner)
    return {name: parts.fields[f"{singular}.{name}"] for name in fields if f"{singular}.{name}" in parts.fields}


def hint_of(title: str, titles: Mapping[str, Mapping[str, str]]) -> str:
    """The sentence ``Did you mean x?`` of the name that has ``title`` among its ``titles``; empty if none has."""
    name = named_by(title, titles)
    return f"Did you mean {name}?" if name else ""
