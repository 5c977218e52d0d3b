"""Whether types, units, words and record fields fit together, told as faults."""

from __future__ import annotations

import keyword
import re

from aava_rules.language.values import NUMERIC
from aava_rules.record.fields import FieldInfo
from aava_rules.rulebook.loader.documents import Document, nearest
from aava_rules.rulebook.loader.schema_types import NAME
from aava_rules.rulebook.loader.symbols import fields_of, singulars, text_of
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Sequence


def check_words(document: Document, node: Node, kind: str, unit: str, words: list[str]) -> None:
    """Choices and sets have words and nothing else has; numbers may have a unit and nothing else may."""
    assert isinstance(node, Mapping)
    words_node, unit_node = node.get("words"), node.get("unit")
    if kind in ("choice", "set") and not words:
        document.fault(words_node or node, "AR042", f"a {kind} needs its words", "", "Write words: [one, other].")
    if kind not in ("choice", "set") and words:
        document.fault(words_node, "AR042", f"a {kind} has no words", "Choices and sets have.")
    if unit and kind not in NUMERIC:
        document.fault(unit_node, "AR042", f"a {kind} has no unit", "Numbers have.")
    items = words_node.items if isinstance(words_node, Sequence) else []
    seen: set[str] = set()
    for item, word in zip(items, words, strict=False):
        if not re.fullmatch(NAME[1:-1], word, re.ASCII) or keyword.iskeyword(word):
            document.fault(item, "AR042", f"{word[:60]} cannot be a word", "Words are a-z, digits and underscores.")
        if word in seen:
            document.fault(item, "AR042", f"the word {word} stands twice")
        seen.add(word)


def record_field(document: Document, node: Node, kind: str) -> tuple[str, str, FieldInfo] | None:
    """The field of an item that a text such as ``benefit.days`` names, if it is of the type; else a fault."""
    text = text_of(node) or ""
    singular, _, field = text.partition(".")
    if singular not in singulars():
        hint = nearest(singular, singulars()) or f"There are {', '.join(singulars())}."
        document.fault(node, "AR011", f"no items are called {singular[:60] or 'so'}", "", hint)
        return None
    known = fields_of(singular)
    info = known.get(field)
    if info is None:
        fit = [f"{singular}.{name}" for name, other in known.items() if other.type == kind]
        hint = nearest(text, fit) or f"It could be {', '.join(fit)}." if fit else ""
        document.fault(node, "AR011", f"{singular} has no field {field[:60]}", "", hint)
        return None
    if info.type != kind:
        document.fault(node, "AR072", f"{text} is of type {info.type}, not {kind}")
        return None
    return singular, field, info
