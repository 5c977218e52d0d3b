"""The texts of the shipped rulebooks: to a worker they speak of the client, to the client they speak to the client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from aava_rules.decision.loading import load
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.model import Parts, Text
from aava_rules.tools.lint.address import OF_THE_CLIENT, TO_THE_CLIENT

ROOT = Path(__file__).parent.parent
RULEBOOKS = ("finland", "aava", "hartola_sysma", str(ROOT / "examples" / "own_rulebook"))
NO_ENDING = {"kausi", "kuusi", "lapsi", "täysi", "uusi", "viisi", "vuosi"}
"""Finnish words that end like one of yours and are none; so do all that end in -ksi (into what) and -isi (would)."""
FORMS_OF_YOU = re.compile(
    r"\b(?:\w+(?<![ki])si|etkä|jottet|oletko|olit|pyydät|siirrytkö|tarvitsetko|täytät|arvioit|käyt|aloitat|tutustut|asioit|"
    r"kirjatkaa|lisätkää|tarkistakaa)\b",
    re.I,
)
"""What speaks to somebody in Finnish, besides pronouns: endings of what is yours, and the verbs that the texts use."""


@cache
def parts_of(rulebook: str) -> Parts:
    return load(rulebook, plugins=False)._parts


def titles(parts: Parts) -> Iterator[tuple[str, Text]]:
    """What workers and clients read alike."""
    for kind in ("facts", "outcomes", "requirements", "steps", "parameters"):
        yield from ((f"{kind} {name}", definition.title) for name, definition in getattr(parts, kind).items())
    yield from ((f"field {name}", label) for name, label in parts.fields.items())
    for ruleset in parts.rulesets:
        yield f"ruleset {ruleset.name}", ruleset.title
        yield from ((f"rule {rule.id}", rule.title) for rule in ruleset.rules)


def messages(parts: Parts) -> Iterator[tuple[str, Text, Text | None]]:
    """What is said to a worker, and what to the client instead."""
    for name, states in parts.messages.items():
        for state, text in states.items():
            yield f"{name} {state}", text, parts.client_messages.get(name, {}).get(state)
    for word, label in parts.words.items():
        yield f"word {word}", label, parts.client_words.get(word)


def speaks_to_somebody(text: str, language: str) -> bool:
    if TO_THE_CLIENT[language].search(text):
        return True
    words = FORMS_OF_YOU.findall(text) if language == "fi" else []
    return any(word.lower() not in NO_ENDING for word in words)


@pytest.mark.parametrize("rulebook", RULEBOOKS, ids=lambda name: Path(name).name)
def test_what_both_read_names_nobody(rulebook: str) -> None:
    """A title or label, and a message without one for the client, neither names the client nor speaks to anybody."""
    parts = parts_of(rulebook)
    for_both = [*titles(parts), *((name, text) for name, text, client in messages(parts) if client is None)]
    assert len(for_both) > 100
    for language in LANGUAGES:
        assert [name for name, text in for_both if OF_THE_CLIENT[language].search(text[language])] == []
        assert [name for name, text in for_both if speaks_to_somebody(text[language], language)] == []


@pytest.mark.parametrize("rulebook", RULEBOOKS, ids=lambda name: Path(name).name)
def test_a_worker_is_told_of_the_client_and_the_client_is_spoken_to(rulebook: str) -> None:
    """Of a message with both forms, no worker's speaks to anybody; each of the client's does, and names no client."""
    both = [(name, text, client) for name, text, client in messages(parts_of(rulebook)) if client is not None]
    assert len(both) > 40
    for language in LANGUAGES:
        assert [name for name, text, _ in both if speaks_to_somebody(text[language], language)] == []
        assert [name for name, _, client in both if OF_THE_CLIENT[language].search(client[language])] == []
        assert [name for name, _, client in both if not speaks_to_somebody(client[language], language)] == []


@pytest.mark.parametrize("rulebook", RULEBOOKS, ids=lambda name: Path(name).name)
def test_every_form_of_a_message_quotes_the_same(rulebook: str) -> None:
    """In each language, to the worker and to the client, a message has the same placeholders."""
    for name, text, client in messages(parts_of(rulebook)):
        forms = [*text.values(), *(client or {}).values()]
        quoted = {frozenset(re.findall(r"\{([^{}]*)\}", form)) for form in forms}
        assert len(quoted) == 1, name


@pytest.mark.parametrize(
    ("text", "language", "speaks"),
    [
        ("Saat kulukorvausta.", "fi", True), ("Tilanteesi on kartoitettu.", "fi", True),
        ("Ei tiedetä, siirrytkö muualle.", "fi", True), ("Viisi vuotta, toiseksi uusi jakso.", "fi", False),
        ("Asiakas saa kulukorvausta.", "fi", False), ("Din plan.", "sv", True), ("Klientens plan.", "sv", False),
        ("Your plan.", "en", True), ("The client's plan.", "en", False),
    ],
)  # fmt: skip
def test_the_forms_are_told_apart(text: str, language: str, speaks: bool) -> None:
    """The search finds what speaks to somebody, and not what only looks like it."""
    assert speaks_to_somebody(text, language) is speaks
