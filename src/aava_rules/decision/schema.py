"""The JSON Schemas of a decision, as ``Decision.to_dict`` writes it: of its full and of its short form."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final, get_args

from aava_rules.decision.reasons import CODES
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.model import WEIGHTS, AmendmentStatus

_TEXT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A text in Finnish, Swedish and English.",
    "properties": {language: {"type": "string"} for language in LANGUAGES},
    "required": list(LANGUAGES),
    "additionalProperties": False,
}
_STRINGS: Final[dict[str, Any]] = {"type": "array", "items": {"type": "string"}}
_WEIGHT: Final[dict[str, Any]] = {
    "enum": list(WEIGHTS),
    "description": "On whose authority the rule stands.",
}
_REASONS: Final[dict[str, Any]] = {
    "type": "array",
    "items": {"enum": ["conflict", "facts_missing", "law_not_verified", "needs_judgement", "not_applicable"]},
    "description": "Why the answer is unknown. Only there if it is.",
}
_WHERE: Final[dict[str, Any]] = {
    "type": "string",
    "description": "The item and field that is meant, such as periods[id=p1].days_per_week; empty for the client.",
}
_GROUNDS: Final[dict[str, Any]] = {
    "by": {**_STRINGS, "description": "The ids of the deciding rules."},
    "title": {"$ref": "#/$defs/text"},
    "text": {"$ref": "#/$defs/text"},
    "citations": {"type": "array", "items": {"$ref": "#/$defs/citation"}},
    "cautions": {
        "type": "array",
        "items": {"enum": list(CODES)},
        "description": "The codes of the cautions that concern the answer, the most serious first. Show their texts, "
        "which are under cautions of the decision, wherever the answer is shown.",
    },
}


def _object(description: str, properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _described(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}


_NUMBER: Final[dict[str, Any]] = {
    "type": ["integer", "number", "string", "object"],
    "properties": {name: {"type": ["integer", "number", "string"]} for name in ("at_least", "at_most")},
}
_MEASURE: Final[dict[str, Any]] = {
    "measured": _described(
        _NUMBER, "The one number that the deciding rules hold against a limit; money as text; bounds; the word unknown."
    ),
    "limit": _described({"type": ["integer", "number", "string"]}, "The most, or the least, that it may be."),
    "unit": _described({"type": "string"}, "The unit of both, or empty."),
    "left": _described(
        _NUMBER,
        "The limit less what is measured: what is left of a most, or lacks of a least; below zero what is over.",
    ),
}


def _list_of(name: str, description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, "description": description}


_DEFINITIONS: Final[dict[str, Any]] = {
    "text": _TEXT,
    "citation": _object(
        "A place in an act, decree or book.",
        {
            "cite": _described({"type": "string"}, "The key of the source and the place in it: act-189-2001.3.2.2."),
            "text": {"$ref": "#/$defs/text"},
            "title": {"$ref": "#/$defs/text"},
            "link": _described({"type": "string"}, "The address of the source, or empty."),
        },
    ),
    "rulebook": _object(
        "The rulebook that answered.",
        {
            "name": {"type": "string"},
            "version": {"type": "string"},
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "layers": {
                "type": "array",
                "description": "The rulebooks that it is made of, the lowest first.",
                "items": _object(
                    "One rulebook of the stack.",
                    {
                        "name": {"type": "string"},
                        "version": {"type": "string"},
                        "weight": _WEIGHT,
                        "changed": _described(
                            {"const": True}, "It has the name and version of a shipped rulebook, and other rules."
                        ),
                        "amends": _described({"type": "string"}, "Of an amendment: the rulebook that it changes."),
                        "status": _described({"enum": list(get_args(AmendmentStatus))}, "Of an amendment: its worth."),
                        "from": _described(
                            {"type": "string", "format": "date"}, "Of an amendment: the first day that it changes."
                        ),
                    },
                    ("changed", "amends", "status", "from"),
                ),
            },
        },
    ),
    "outcome": _object(
        "The answer to one question about the client.",
        {
            "status": {"enum": ["known", "unknown", "not_applicable", "conflict"]},
            "value": _described(
                {"type": ["boolean", "integer", "number", "string", "array", "null"], "items": {"type": "string"}},
                "The answer; days and money as text; of a set the sure members; the word unknown if it is not known; "
                "null if it does not apply, or if rules contradict one another.",
            ),
            "possible": {**_STRINGS, "description": "Of a set, the members that it may still gain."},
            "reasons": _REASONS,
            "successor": {"$ref": "#/$defs/text"},
            "last_known": _object(
                "Where the law of the day was not verified: what the law read last gives, with the facts of the day.",
                {
                    "value": _described(
                        {"type": ["boolean", "integer", "number", "string", "array"], "items": {"type": "string"}},
                        "The answer; days and money as text.",
                    ),
                    "day": {"type": "string", "format": "date", "description": "The last day whose law was read."},
                    "by": {**_STRINGS, "description": "The ids of the deciding rules."},
                },
            ),
            "given": _described({"type": "boolean"}, "Whether the record gives the answer, so that no rule was asked."),
            **_MEASURE,
            **_GROUNDS,
        },
        ("possible", "reasons", "successor", "last_known", *_MEASURE),
    ),
    "finding": _object(
        "Whether one item, or the client's case, keeps one requirement.",
        {
            "key": _described({"type": "string"}, "Stable when lists are sorted anew: the requirement, and its item."),
            "requirement": {"type": "string"},
            "status": {"enum": ["met", "broken", "unknown", "not_applicable"]},
            "weight": _WEIGHT,
            "rulebook": {"type": "string"},
            "where": _WHERE,
            "reasons": _REASONS,
            **_MEASURE,
            **_GROUNDS,
        },
        ("reasons", *_MEASURE),
    ),
    "next_step": _object(
        "A step to take next.",
        {
            "step": {"type": "string"},
            "due": {
                "anyOf": [{"type": "string", "format": "date"}, {"const": "unknown"}, {"type": "null"}],
                "description": "The last day; null if no source names one; the word unknown if it is not known.",
            },
            "overdue": {"type": "boolean"},
            "weight": _WEIGHT,
            "rulebook": {"type": "string"},
            "where": _WHERE,
            **_GROUNDS,
        },
    ),
    "missing": _object(
        "A fact whose value could change an answer.",
        {
            "fact": _described({"type": "string"}, "The fact, or the field of an item (period.start), to ask for."),
            "where": _WHERE,
            "fields": {**_STRINGS, "description": "The fields of the record that it would come from."},
            "settles": {**_STRINGS, "description": "The answers that it would settle alone, whatever its value."},
            "affects": {**_STRINGS, "description": "The answers that it could change."},
            "text": {"$ref": "#/$defs/text"},
        },
    ),
    "notice": _object(
        "What does not fit together in the record.",
        {"code": {"type": "string"}, "text": {"$ref": "#/$defs/text"}, "fields": _STRINGS},
    ),
    "caution": _object(
        "What some answers rest on that has not been verified.",
        {
            "code": {"enum": list(CODES)},
            "text": {"$ref": "#/$defs/text"},
            "affects": _STRINGS,
            "citations": {"type": "array", "items": {"$ref": "#/$defs/citation"}},
        },
    ),
}


def decision_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a decision in the full form."""
    properties = {
        "record_id": _described({"type": "string"}, "The caller's own key of the record."),
        "on": {"type": "string", "format": "date", "description": "The day of decision."},
        "rulebook": {"$ref": "#/$defs/rulebook"},
        "engine": {"type": "string"},
        "outcomes": {
            "type": "object",
            "description": "The answers by name.",
            "additionalProperties": {"$ref": "#/$defs/outcome"},
        },
        "findings": _list_of("finding", "Every requirement of every item."),
        "next_steps": _list_of("next_step", "The steps to take next, the earliest due first."),
        "missing": _list_of("missing", "What to ask next, the most useful first."),
        "notices": _list_of("notice", "What does not fit together in the record."),
        "cautions": _list_of("caution", "What answers rest on that has not been verified."),
    }
    schema = _object("The answers of one rulebook to one record on one day.", properties)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Decision of aava-rules",
        **schema,
        "$defs": deepcopy(_DEFINITIONS),
    }


_TEXTS: Final = {
    "type": "object",
    "description": "A text in each language that was asked for. Not there if none was.",
    "properties": {language: {"type": "string"} for language in LANGUAGES},
    "additionalProperties": False,
}
_RULES: Final = {
    "by": {**_STRINGS, "description": "The deciding rules, as they are named in the table of rules."},
    "asked": {
        **_STRINGS,
        "description": "In place of by, if no rule decides: the rules that may, else all in force.",
    },
    "text": {"$ref": "#/$defs/texts"},
    "cautions": {
        "type": "array",
        "items": {"type": "integer", "minimum": 0},
        "description": "The cautions that concern the answer, by their places under cautions, from 0. Show their "
        "texts wherever the answer is shown.",
    },
}
_RULES_OR_NONE: Final = tuple(_RULES)


def _of_full(name: str, *keys: str) -> dict[str, Any]:
    """Some properties of a definition of the full form."""
    return {key: _DEFINITIONS[name]["properties"][key] for key in keys}


def _table(description: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "description": description, "additionalProperties": entry}


_TABLES: Final[dict[str, Any]] = {
    "layers": _DEFINITIONS["rulebook"]["properties"]["layers"],
    "names": _table(
        "What is asked, by name.",
        _object(
            "An outcome, requirement or step; of a requirement the weight and rulebook of a rule of it.",
            {"title": {"$ref": "#/$defs/texts"}, "weight": _WEIGHT, "rulebook": {"type": "string"}},
            ("title", "weight", "rulebook"),
        ),
    ),
    "rules": _table(
        "Rules, by id; where a rule is judged on a day from which other citations hold, that day is behind the id: "
        "PE-3@2015-01-01.",
        _object("A rule.", {"weight": _WEIGHT, "rulebook": {"type": "string"}, "citations": _STRINGS}),
    ),
    "citations": _table(
        "Citations, by the key of the source and the place in it: act-189-2001.3.2.2.",
        _object("A place.", {"source": {"type": "string"}, "text": {"$ref": "#/$defs/texts"}}, ("text",)),
    ),
    "sources": _table(
        "Acts, decrees and books, by key.",
        _object(
            "A source.",
            {
                "title": {"$ref": "#/$defs/texts"},
                "link": _described({"type": "string"}, "Its address, or empty."),
            },
            ("title",),
        ),
    ),
}

_SHORT_DEFINITIONS: Final[dict[str, Any]] = {
    "texts": _TEXTS,
    "outcome": _object(
        "The answer to one question about the client.",
        {
            **_of_full("outcome", "status"),
            "value": _described(
                {"type": ["boolean", "integer", "number", "string", "array"], "items": {"type": "string"}},
                "The answer if it is known; days and money as text; of a set the sure members.",
            ),
            **_of_full("outcome", "possible", "reasons"),
            "successor": {"$ref": "#/$defs/texts"},
            **_of_full("outcome", "last_known"),
            "given": {"const": True, "description": "There if the record gives the answer, so that no rule was asked."},
            **_MEASURE,
            **_RULES,
        },
        ("value", "possible", "reasons", "successor", "last_known", "given", *_MEASURE, *_RULES_OR_NONE),
    ),
    "finding": _object(
        "Whether one item, or the client's case, keeps one requirement.",
        {**_of_full("finding", "key", "status", "where", "reasons"), **_MEASURE, **_RULES},
        ("where", "reasons", *_MEASURE, *_RULES_OR_NONE),
    ),
    "next_step": _object(
        "A step to take next.",
        {**_of_full("next_step", "step", "due", "overdue", "where"), **_RULES},
        ("where", "asked", "text", "cautions"),
    ),
    "missing": _object(
        "A fact whose value could change an answer.",
        {**_of_full("missing", "fact", "where", "fields", "settles", "affects"), "text": {"$ref": "#/$defs/texts"}},
        ("where", "settles", "text"),
    ),
    "notice": _object(
        "What does not fit together in the record.",
        {"code": {"type": "string"}, "fields": _STRINGS, "text": {"$ref": "#/$defs/texts"}},
        ("text",),
    ),
    "caution": _object(
        "What some answers rest on that has not been verified.",
        {"code": {"enum": list(CODES)}, "citations": _STRINGS, "text": {"$ref": "#/$defs/texts"}},
        ("citations", "text"),
    ),
}


def short_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a decision in the short form, with its tables or without them."""
    full = decision_schema()["properties"]
    properties = {
        "record_id": full["record_id"],
        "on": full["on"],
        "detail": {"const": "short"},
        "rulebook": _object("The rulebook that answered.", _of_full("rulebook", "name", "version", "sha256")),
        "engine": full["engine"],
        "outcomes": full["outcomes"],
        "findings": full["findings"],
        "next_steps": full["next_steps"],
        "not_applicable": {**_STRINGS, "description": "Outcomes, by name, and findings, by key, that do not apply."},
        "missing": full["missing"],
        "notices": full["notices"],
        "cautions": full["cautions"],
        **_TABLES,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Decision of aava-rules, short",
        **_object("The answers of one rulebook to one record on one day.", properties, tuple(_TABLES)),
        "dependentRequired": {name: list(_TABLES) for name in _TABLES},
        "$defs": deepcopy(_SHORT_DEFINITIONS),
    }
