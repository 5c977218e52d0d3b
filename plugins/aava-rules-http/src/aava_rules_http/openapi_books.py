"""What the rulebooks of a service add to its OpenAPI document: the facts and steps that a record may name, by rulebook.

What no JSON Schema can say is left to the reader of records, and answered with 422: values that contradict one another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from aava_rules import Rulebook
from aava_rules.record.checks import DAY_OR_NULL_SCHEMA, LIST_MAX, TEXT_MAX
from aava_rules.record.facts import FACT_NUMBER_MAX
from aava_rules.record.items import STEPS
from aava_rules.rulebook.model import FactDef, OutcomeDef
from aava_rules.tools.protocol.answer import Rulebooks

_WHOLE: Final[dict[str, Any]] = {"type": "integer", "minimum": 0, "maximum": FACT_NUMBER_MAX}
_TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}
_BOUNDS: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Bounds of a number of which no more is known, in order.",
    "properties": {side: {"anyOf": [_WHOLE, {"type": "null"}]} for side in ("at_least", "at_most")},
    "anyOf": [{"required": [side], "properties": {side: _WHOLE}} for side in ("at_least", "at_most")],
    "additionalProperties": False,
}
_NUMBER: Final[dict[str, Any]] = {"type": "number", "minimum": 0, "maximum": FACT_NUMBER_MAX}
_MONEY: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "number", "minimum": -FACT_NUMBER_MAX, "maximum": FACT_NUMBER_MAX},
        {"type": "string", "pattern": r"^-?[0-9]{1,9}(\.[0-9]{1,4})?$"},
    ]
}
_BY_TYPE: Final[dict[str, list[dict[str, Any]]]] = {
    "boolean": [{"type": "boolean"}],
    "integer": [_WHOLE, _BOUNDS],
    "decimal": [_NUMBER],
    "money": [_MONEY],
    "text": [_TEXT],
}


def add_rulebooks(schemas: dict[str, Any], rulebooks: Rulebooks, verbs: Iterable[str]) -> None:
    """Put what each rulebook takes in place of what any may take.

    Args:
        schemas: the schemas of the document by name; those of requests, ``request_decide`` and so on, become a choice
            of one for each rulebook.
        rulebooks: those that answer.
        verbs: what can be asked.
    """
    for name, book in rulebooks.by_name.items():
        schemas[f"event_{_component(name)}"] = _event(schemas["request_Event"], book)
        schemas[f"record_{_component(name)}"] = _record(schemas["request_record"], book, name)
    for verb in verbs:
        whole = schemas[f"request_{verb}"]
        choice = [_request(whole, rulebooks, name) for name in rulebooks.by_name]
        schemas[f"request_{verb}"] = choice[0] if len(choice) == 1 else {"oneOf": choice}


def _component(name: str) -> str:
    """The ``name`` of a rulebook, with version and amendments if it has them, as names of components are written."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


def _request(whole: dict[str, Any], rulebooks: Rulebooks, name: str) -> dict[str, Any]:
    """A request to one rulebook: by its name, and what tells it from others; the default one need not be named."""
    book = rulebooks.by_name[name]
    is_default = book is rulebooks.default
    names: list[str | None] = [*rulebooks.names_of(book)]
    described = {"description": whole["properties"]["rulebook"]["description"]}
    named = {**described, "enum": [*names, None] if is_default else names}
    record = {"$ref": f"#/components/schemas/record_{_component(name)}"}
    return {
        **whole,
        "title": f"Asked of {name}",
        "properties": {**whole["properties"], "record": record, "rulebook": named},
        "required": [*whole["required"], *([] if is_default else ["rulebook"])],
    }


def _record(whole: dict[str, Any], book: Rulebook, name: str) -> dict[str, Any]:
    """A record as one rulebook reads it; an official's own decision may stand among the facts as an outcome."""
    typed = {name: _fact(item) for name, item in book._parts.outcomes.items()}
    typed |= {name: _fact(item) for name, item in book._parts.facts.items() if not item.item}
    facts = {
        "type": ["object", "null"],
        "description": whole["properties"]["facts"]["description"],
        "properties": typed,
        "additionalProperties": False,
    }
    events = {**whole["properties"]["events"]}
    item = {"type": "array", "items": {"$ref": f"#/components/schemas/event_{_component(name)}"}, "maxItems": LIST_MAX}
    events["anyOf"] = [item, {"type": "null"}]
    return {**whole, "properties": {**whole["properties"], "facts": facts, "events": events}}


def _event(whole: dict[str, Any], book: Rulebook) -> dict[str, Any]:
    """A step of the client path, of those that every record may name and those of the rulebook."""
    steps = [*STEPS, *sorted(set(book.steps) - set(STEPS)), None]
    step = {"description": whole["properties"]["step"]["description"], "enum": steps}
    return {**whole, "properties": {**whole["properties"], "step": step}}


def _fact(definition: FactDef | OutcomeDef) -> dict[str, Any]:
    """What may stand for one fact; null is unknown."""
    described = {"description": definition.title["en"]}
    if definition.type == "choice":
        return {**described, "enum": [*definition.words, None]}
    if definition.type == "set":
        words = {"type": "array", "items": {"enum": list(definition.words)}, "maxItems": LIST_MAX}
        return {**described, "anyOf": [words, {"type": "null"}]}
    if definition.type == "date":
        return {**described, **DAY_OR_NULL_SCHEMA}
    return {**described, "anyOf": [*_BY_TYPE[definition.type], {"type": "null"}]}
