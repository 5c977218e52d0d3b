"""CDS Hooks in the OpenAPI document: what the service is called with, and the cards that it answers."""

from __future__ import annotations

from typing import Any, Final

from aava_rules.record.checks import DAY_OR_NULL_SCHEMA
from aava_rules_http.cds import EXTENSION, HOOK, MOMENT, OUTCOMES_MAX, SERVICE, SUMMARY_MAX, UUID, CdsService

_FILLED: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
_KEY: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 200}


def cds_schemas(service: CdsService) -> dict[str, Any]:
    """The schemas of discovery, calls, cards and feedback, by name.

    Args:
        service: says what has to be prefetched.
    """
    lists = service.lists
    patient = {
        "type": "object",
        "description": "A Patient of FHIR, the one that context.patientId names.",
        "properties": {"resourceType": {"const": "Patient"}, "id": _KEY},
        "required": ["resourceType", "id"],
    }
    prefetch = {"patient": patient, **{key: _bundle(kind) for key, kind in lists.items()}}
    needed = list(prefetch)
    if service.asks_answers:
        prefetch["answers"] = {"anyOf": [_bundle("QuestionnaireResponse"), {"type": "null"}]}
    call = {
        "type": "object",
        "description": "A call of the hook. Of FHIR resources aava-rules-fhir says what is read.",
        "properties": {
            "hook": {"const": HOOK},
            "hookInstance": {"type": "string", "pattern": UUID},
            "context": {
                "type": "object",
                "properties": {"userId": _KEY, "patientId": _KEY},
                "required": ["userId", "patientId"],
            },
            "prefetch": {
                "type": "object",
                "properties": prefetch,
                "required": needed,
                "additionalProperties": {"type": ["object", "null"]},
            },
            "extension": {
                "type": "object",
                "properties": {
                    EXTENSION: {
                        "type": "object",
                        "properties": {"on": DAY_OR_NULL_SCHEMA},
                        "additionalProperties": False,
                    }
                },
            },
        },
        "required": ["hook", "hookInstance", "context", "prefetch"],
    }
    return {
        "cds_services": _object({"services": _list(_service(service))}),
        "cds_call": call,
        "cds_cards": _object({"cards": {"type": "array", "items": {"$ref": "#/components/schemas/cds_card"}}}),
        "cds_card": _card(),
        "cds_noted": {"type": "object", "maxProperties": 0},
        "cds_feedback": {
            "type": "object",
            "properties": {"feedback": {"type": "array", "minItems": 1, "maxItems": OUTCOMES_MAX, "items": _outcome()}},
            "required": ["feedback"],
        },
    }


def cds_paths() -> dict[str, tuple[str, str, str, str | None]]:
    """The paths: method, name and summary of each, and the schema of its request; that of the answer has its name."""
    base = "/cds-services"
    return {
        base: ("get", "cds_services", "CDS Hooks: the services that there are, and what each wants prefetched.", None),
        f"{base}/{SERVICE}": ("post", "cds_cards", "CDS Hooks: cards for a client's record.", "cds_call"),
        f"{base}/{SERVICE}/feedback": ("post", "cds_noted", "CDS Hooks: what users did with cards.", "cds_feedback"),
    }


def _bundle(kind: str) -> dict[str, Any]:
    entry = {
        "type": "object",
        "properties": {
            "resource": {
                "type": "object",
                "properties": {"resourceType": {"const": kind}},
                "required": ["resourceType"],
            }
        },
        "required": ["resource"],
    }
    return {
        "type": "object",
        "description": f"A Bundle of all {kind} of the patient, on one page; without entries if there are none.",
        "properties": {
            "resourceType": {"const": "Bundle"},
            "entry": {"type": "array", "items": entry},
            "link": {
                "type": "array",
                "items": {"type": "object", "properties": {"relation": {"not": {"const": "next"}}}},
            },
        },
        "required": ["resourceType"],
    }


def _service(service: CdsService) -> dict[str, Any]:
    texts = dict.fromkeys(("hook", "id", "title", "description", "usageRequirements"), _FILLED)
    (described,) = service.discovery()["services"]
    return _object({**texts, "prefetch": _object(dict.fromkeys(described["prefetch"], _FILLED))})


def _card() -> dict[str, Any]:
    task = {"type": "object", "properties": {"resourceType": {"const": "Task"}}, "required": ["resourceType"]}
    action = _object({"type": {"const": "create"}, "description": _FILLED, "resource": task})
    suggestion = _object({"label": _FILLED, "uuid": _FILLED, "actions": _list(action)})
    source = {**_object({"label": _FILLED, "url": {**_FILLED, "format": "uri"}}), "required": ["label"]}
    card = _object(
        {
            "uuid": _FILLED,
            "summary": {**_FILLED, "maxLength": SUMMARY_MAX},
            "detail": _FILLED,
            "indicator": {"enum": ["info", "warning"]},
            "source": source,
            "suggestions": _list(suggestion),
            "selectionBehavior": {"const": "at-most-one"},
        }
    )
    needed = ["uuid", "summary", "indicator", "source"]
    return {**card, "required": needed, "dependentRequired": {"suggestions": ["selectionBehavior"]}}


def _outcome() -> dict[str, Any]:
    accepted = _list({"type": "object", "properties": {"id": _FILLED}, "required": ["id"]})
    common = {"card": _FILLED, "outcomeTimestamp": {"type": "string", "pattern": MOMENT}}
    reason = {"type": "object"}
    taken = {**common, "outcome": {"const": "accepted"}, "acceptedSuggestions": accepted, "overrideReason": reason}
    none = {**accepted, "minItems": 0}
    left = {
        **common, "outcome": {"const": "overridden"}, "overrideReason": reason, "acceptedSuggestions": none,
    }  # fmt: skip
    needed = ["card", "outcomeTimestamp", "outcome"]
    return {
        "oneOf": [
            {"type": "object", "properties": taken, "required": [*needed, "acceptedSuggestions"]},
            {"type": "object", "properties": left, "required": needed},
        ]
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": items}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
