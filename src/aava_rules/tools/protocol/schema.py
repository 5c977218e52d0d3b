"""The JSON Schemas of requests and answers."""

from __future__ import annotations

from typing import Any, Final, get_args

from aava_rules.decision.client_path import StepState
from aava_rules.decision.schema import decision_schema, short_schema
from aava_rules.language.values import LANGUAGES
from aava_rules.record.checks import DAY_OR_NULL_SCHEMA
from aava_rules.record.fields import record_schema
from aava_rules.tools.protocol.errors import KINDS
from aava_rules.tools.protocol.request import ID_MAX, Request

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ID: Final[dict[str, Any]] = {
    "type": ["string", "integer", "null"],
    "description": "The id of the request; null if it has none, or none that could be read.",
}


def request_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a request."""
    schema = Request.model_json_schema()
    properties = {name: _plain(member) for name, member in schema["properties"].items()}
    properties["id"]["anyOf"][0]["maxLength"] = ID_MAX
    properties["on"] = {**properties["on"], **DAY_OR_NULL_SCHEMA}
    record = record_schema()
    definitions = record.pop("$defs", {})
    properties["record"] = {"$ref": "#/$defs/record"}
    return {
        "$schema": DIALECT,
        "title": "Request to aava-rules",
        "type": "object",
        "description": "One question about one record, as one line of `aava-rules serve`.",
        "properties": properties,
        "required": schema["required"],
        "additionalProperties": False,
        "if": {"properties": {"do": {"const": "explain"}}, "required": ["do"]},
        "then": {"required": ["name"], "properties": {"name": {"type": "string"}}},
        "else": {"properties": {"name": {"type": "null"}}},
        "allOf": [
            {
                "if": {"properties": {"do": {"enum": ["explain", "next"]}}, "required": ["do"]},
                "then": {"properties": {"detail": {"const": "full"}}},
            }
        ],
        "$defs": definitions | {"record": _without_dialect(record)},
    }


def answer_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of an answer: what was asked for, or an error."""
    decision = decision_schema()
    definitions: dict[str, Any] = decision.pop("$defs")
    definitions["text"] = _text(definitions["text"])
    definitions["decision"] = _without_dialect(decision)
    head = {name: decision["properties"][name] for name in ("record_id", "on", "rulebook", "engine")}
    definitions["line"] = _object(
        "A line of an explanation, with the lines below it.",
        {
            "kind": {"type": "string", "description": "Of line: answer, rule, require, exception, test, value, edge …"},
            "text": {"$ref": "#/$defs/text"},
            "citations": {"type": "array", "items": {"$ref": "#/$defs/citation"}},
            "reads": {"type": "array", "items": {"type": "object"}, "description": "The facts that it read."},
            "children": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        },
    )
    definitions["explanation"] = _object(
        "Why an answer is as it is.",
        {
            **head,
            "name": {"type": "string", "description": "The answer that is explained."},
            "text": {"$ref": "#/$defs/text"},
            "trees": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        },
    )
    definitions["path"] = _object(
        "The client path with the client's place on it, and the steps to take next.",
        {
            **head,
            "round": _object(
                "The round of the path that the client is on.",
                {
                    "since": {"description": "Its first day; null if it began with the client relationship."},
                    "begun_by": {"type": ["string", "null"], "description": "The step that began it."},
                },
            ),
            "next": {"type": "array", "items": {"$ref": "#/$defs/next_step"}, "description": "The steps to take next."},
            "steps": {"type": "array", "items": {"$ref": "#/$defs/path_step"}, "description": "Every step in order."},
            "missing": decision["properties"]["missing"],
            "cautions": decision["properties"]["cautions"],
        },
    )
    definitions["path_step"] = _object(
        "A step of the client path.",
        {
            "step": {"type": "string"},
            "number": {"type": "integer"},
            "title": {"$ref": "#/$defs/text"},
            "state": {"enum": list(get_args(StepState))},
            "done_on": {"description": "The day on which it was last done in the round; bounds if that may be later."},
            "earlier_on": {"type": ["string", "null"], "description": "The last day of it before the round."},
            "next": {"type": "array", "items": {"$ref": "#/$defs/next_step"}},
            "missing": {
                "type": "array",
                "items": _object(
                    "A fact about the step that is not known.",
                    {"title": {"$ref": "#/$defs/text"}, "fields": {"type": "array", "items": {"type": "string"}}},
                ),
            },
        },
    )
    definitions["error"] = _object(
        "Why there is no answer. It holds nothing of the record.",
        {
            "kind": {"enum": list(KINDS), "description": " ".join(f"{kind}: {what}" for kind, what in KINDS.items())},
            "text": {"type": "string", "description": "The whole of it in English, a line a fault."},
            "faults": {
                "type": "array",
                "items": _object(
                    "One thing that is wrong; docs/errors.md lists the codes.",
                    {name: {"type": "string"} for name in ("place", "code", "what", "why", "hint")},
                ),
            },
        },
    )
    short = short_schema()
    for name, definition in short.pop("$defs").items():
        definitions[f"short_{name}"] = _renamed(definition, "short_")
    definitions["short_decision"] = _renamed(_without_dialect(short), "short_")
    definitions["full_decision"] = definitions["decision"]
    definitions["decision"] = {
        "description": "A decision in the full form, or in the short one if the request asks for that.",
        "oneOf": [{"$ref": "#/$defs/full_decision"}, {"$ref": "#/$defs/short_decision"}],
    }
    members = ("decision", "explanation", "path", "error")
    line = {"type": "integer", "minimum": 1, "description": "The number of the request line, from 1."}
    return {
        "$schema": DIALECT,
        "title": "Answer of aava-rules",
        "type": "object",
        "description": "What was asked for, or an error.",
        "properties": {"id": _ID, "line": line, **{name: {"$ref": f"#/$defs/{name}"} for name in members}},
        "required": ["id", "line"],
        "oneOf": [{"required": [name]} for name in members],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _plain(member: dict[str, Any]) -> dict[str, Any]:
    """A member of the model as the schema has it: without the title, which only repeats its name."""
    return {key: value for key, value in member.items() if key != "title"}


def _without_dialect(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("$schema", "$id")}


def _renamed(value: Any, prefix: str) -> Any:
    """A schema whose references lead to definitions with a prefix."""
    if isinstance(value, dict):
        return {
            key: item.replace("#/$defs/", f"#/$defs/{prefix}") if key == "$ref" else _renamed(item, prefix)
            for key, item in value.items()
        }
    return [_renamed(item, prefix) for item in value] if isinstance(value, list) else value


def _text(text: dict[str, Any]) -> dict[str, Any]:
    """A text, which has one language where the request names one."""
    return {
        **{key: value for key, value in text.items() if key != "required"},
        "description": "A text in all three languages, or in the one that the request names.",
        "anyOf": [{"required": list(LANGUAGES)}, *({"required": [name], "maxProperties": 1} for name in LANGUAGES)],
    }


def _object(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
