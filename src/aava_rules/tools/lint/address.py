"""Whom texts speak to: what names the client is for workers, what speaks to the client stands under ``client``.

A report is told to one of the two. A title stands in both kinds of reports, so it names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from aava_rules.rulebook.loader.documents import Document
from aava_rules.rulebook.loader.schema_types import CLIENT
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar
from aava_rules.tools.lint.files import Files, rule_nodes

OF_THE_CLIENT: Final = {
    "fi": re.compile(r"\basiak(?:as|asta|kaa\w*)\b", re.I),
    "sv": re.compile(r"\bklient(?:en|ens|er|erna|ernas)?\b(?! i\b)", re.I),
    "en": re.compile(r"\bclients?\b(?! (?:plan|path|relationship|of|in)\b)", re.I),
}
"""How texts name the client in the third person. Compounds such as asiakassuunnitelma and client plan are terms."""
TO_THE_CLIENT: Final = {
    "fi": re.compile(r"\b(?:sin(?:ä|un|ua|ulle|ulla|ulta|uun|ussa|usta)|kanssasi|olet|et|voit|saat|kuulut)\b", re.I),
    "sv": re.compile(r"\b(?:du|dig|din|ditt|dina)\b", re.I),
    "en": re.compile(r"\b(?:you|your|yours|yourself)\b", re.I),
}
"""Words that speak to somebody."""
_SECTIONS: Final = ("facts", "outcomes", "requirements", "steps", "words", "fields")


def check_address(files: Files) -> None:
    """Report each text that names or speaks to the client where the other audience would read it (AR214).

    Args:
        files: the rulebook's own files, and where remarks go.
    """
    for folder in files.rulesets:
        root = folder.rules.file.root
        if isinstance(root, Mapping):
            _title(files, folder.rules, root, "the ruleset")
        for rule in rule_nodes(folder.rules):
            _title(files, folder.rules, rule, f"the rule {_word(rule.get('id'))}")
        if folder.messages is not None:
            for message, states in _pairs(folder.messages.file.root):
                for state, text in _pairs(states):
                    _message(files, folder.messages, state, text, f"the message {message.text} ({state.text})")
    for section in _SECTIONS:
        for name in files.keys("vocabulary.yaml", section):
            position = files.declared("vocabulary.yaml", section, name)
            assert position is not None
            document, key = position
            node = next(value for name_node, value in _pairs(_section(document, section)) if name_node is key)
            if section == "words":
                _message(files, document, key, node, f"the word {name}")
            elif section == "fields":
                _text(files, document, key, node, f"the label of {name}")
            else:
                _title(files, document, node, name)


def _section(document: Document, section: str) -> Node | None:
    root = document.file.root
    return root.get(section) if isinstance(root, Mapping) else None


def _title(files: Files, document: Document, node: Node, of: str) -> None:
    for key, title in _pairs(node):
        if key.text == "title":
            _text(files, document, key, title, f"the title of {of}")


def _text(files: Files, document: Document, key: Node, node: Node, what: str) -> None:
    """Report a text that both audiences read and that names or speaks to the client."""
    if _languages(node, OF_THE_CLIENT) or _languages(node, TO_THE_CLIENT):
        why = "It is shown to workers and to clients alike."
        files.report((document, key), "AR214", f"{what} names the client", why, "Say it so that it names nobody.")


def _message(files: Files, document: Document, key: Node, node: Node, what: str) -> None:
    """Report a text that may have another one for the client beside it."""
    for_client = node.get(CLIENT) if isinstance(node, Mapping) else None
    if languages := _languages(node, TO_THE_CLIENT):
        why = f"Workers read it, too ({languages})."
        files.report((document, key), "AR214", f"{what} speaks to the client", why, "That stands under `client:`.")
    if for_client is None and (languages := _languages(node, OF_THE_CLIENT)):
        why = f"A report to the client would mix two forms of address ({languages})."
        hint = "Write `client: {fi: ..., sv: ..., en: ...}` beside its languages."
        files.report((document, key), "AR214", f"{what} names the client and has no text for the client", why, hint)
    if for_client is not None and (languages := _languages(for_client, OF_THE_CLIENT)):
        why = f"There it should speak to the client ({languages})."
        files.report((document, key), "AR214", f"{what} names the client under `client:`", why)


def _languages(node: Node, patterns: dict[str, re.Pattern[str]]) -> str:
    """The languages in which a text has something of ``patterns``."""
    texts = ((key.text, _word(value)) for key, value in _pairs(node))
    return ", ".join(language for language, text in texts if language in patterns and patterns[language].search(text))


def _word(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _pairs(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    yield from node.pairs if isinstance(node, Mapping) else ()
