"""The rulebooks of a service: loaded once, replaced as a whole, and described."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import aava_rules
from aava_rules.decision.text.catalogue import number_forms
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.model import FactDef, OutcomeDef
from aava_rules.tools.cli.options import id_key
from aava_rules.tools.protocol.answer import Rulebooks, parted
from aava_rules_http.logs import LOGGER
from aava_rules_http.settings import Settings


class Books:
    """The rulebooks that answer. A request goes on with those that it began with, whatever is loaded meanwhile.

    Attributes:
        current: the rulebooks; None until they are loaded.
    """

    def __init__(self, settings: Settings, load: Callable[..., Any] = aava_rules.load) -> None:
        """Args:
        settings: names the rulebooks.
        load: what loads one.
        """
        self._settings, self._load = settings, load
        self._loading = threading.Lock()
        self.current: Rulebooks | None = None

    def load(self) -> None:
        """Load the rulebooks, anew if there are some.

        Raises:
            AavaRulesError: one of them cannot be loaded; those that there were go on answering.
        """
        with self._loading:
            loaded = Rulebooks(
                self._load(name, audit=self._settings.audit, key=id_key(), **({"amend": amend} if amend else {}))
                for name, amend in map(parted, self._settings.rulebooks)
            )
            self.current = loaded
        for book in loaded.by_name.values():
            fields = {"rulebook": book.name, "version": book.version, "sha256": book.sha256}
            LOGGER.info("rulebook loaded", extra={"fields": fields})
            plugins = book.plugins
            for broken in plugins.broken if plugins is not None else ():
                LOGGER.error("plugin left out", extra={"fields": {"plugin": broken.name, "reason": broken.reason}})


def summary(book: aava_rules.Rulebook) -> dict[str, Any]:
    """What a list of rulebooks says of ``book``."""
    layers = [{"name": layer.name, "version": layer.version, "weight": layer.weight} for layer in book._parts.layers]
    return {
        "name": book.name, "version": book.version, "sha256": book.sha256, "title": dict(book.title),
        "weight": book.weight, "layers": layers,
    }  # fmt: skip


def description(book: aava_rules.Rulebook) -> dict[str, Any]:
    """The names that ``book`` knows: what can be asked, and the facts that a record may give."""
    parts = book._parts
    requirements = [
        {"name": item.name, "title": dict(item.title), "each": item.each or None}
        for item in parts.requirements.values()
    ]
    return {
        **summary(book),
        "outcomes": [_typed(definition, book) for definition in parts.outcomes.values()],
        "requirements": requirements,
        "steps": [{"name": step.name, "title": dict(step.title)} for step in parts.steps.values()],
        "facts": [_typed(definition, book) for definition in parts.facts.values() if not definition.item],
    }


def _typed(definition: FactDef | OutcomeDef, book: aava_rules.Rulebook) -> dict[str, Any]:
    forms = {language: number_forms(f"unit.{definition.unit}", language) for language in LANGUAGES}
    unit_title = {language: pair[1] for language, pair in forms.items() if pair is not None}
    return {
        "name": definition.name, "title": dict(definition.title), "type": definition.type,
        "unit": definition.unit or None, "unit_title": unit_title or None, "words": list(definition.words),
        "word_titles": {word: dict(book._parts.words[word]) for word in definition.words if word in book._parts.words},
    }  # fmt: skip
