"""What the fields of a record are called, hold and mean: for the loader of rules, and as JSON Schema."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel

from aava_rules.language.structs import Struct
from aava_rules.record.checks import LIST_MAX, Shape, words_of
from aava_rules.record.items import MODELS, STEPS, Client
from aava_rules.record.model import Record


class FieldInfo(Struct):
    """One field: its type and unit as in a vocabulary, its words if they are closed, its meaning."""

    type: str
    unit: str = ""
    words: tuple[str, ...] = ()
    meaning: str = ""


class ListInfo(Struct):
    """One list of a record: what an item of it is called, its model, and its fields without ``id``."""

    singular: str
    model: type[BaseModel]
    fields: dict[str, FieldInfo]


LIST_OF_ITEM: Final = {"period": "periods", "plan": "plans", "benefit": "benefits", "event": "events"}
"""The list of a record that holds items called so. The order is that of the categories of lists in table frames."""
ITEM_OF_LIST: Final = {list_name: item for item, list_name in LIST_OF_ITEM.items()}
"""What one item of each list is called."""

_DAYS_PAID = "paid days, at most 5 a calendar week"

MEANINGS: Final[dict[str, dict[str, str]]] = {
    "client": {
        "birth_date": "day of birth, for age",
        "municipality": "municipality of residence; selects a local rulebook",
        "language": "language of the client",
        "protected": "personal data under special protection (turvakielto); hosts and reports mask",
    },
    "benefits": {
        "kind": "general_support (yleistuki, from 1.5.2026) counts as labour market subsidy",
        "start": "first day",
        "end": "last day; absent: unknown",
        "days": _DAYS_PAID,
        "because_of_unemployment": "paid on the basis of unemployment (not, e.g., for the time of a service)",
        "main_livelihood": "of social assistance: it was the main livelihood",
    },
    "plans": {
        "kind": "kind of plan",
        "made_on": "day on which the plan was made",
        "ends_on": "last day; absent: in force until the next plan of its kind",
        "includes_rehabilitative_work": "rehabilitative work is agreed in the plan",
        "situation_surveyed_on": "day on which the client's situation was surveyed",
        "notice_given_on": "day on which the client was told of the plan, orally or in writing",
        "present": "who were present when the plan was made",
        "signed_by": "who have signed the plan",
        "entries": "what the plan records",
        "job_search_exempt": "the client is exempt from the duty to seek work",
        "options": "options offered to the client",
        "options_decided_by": "the client considers the options until this day",
        "chosen_option": "the option that the client chose",
        "refused_all": "the client refused every option",
        "consequences_told": "the client was told what refusing leads to",
        "reviewed_on": "days on which the plan was reviewed",
    },
    "periods": {
        "kind": "kind of period",
        "start": "first day",
        "end": "last day; absent, without length_months: still running",
        "length_months": "instead of end; turned into end when the record is read",
        "days_per_week": "days in a calendar week",
        "hours_per_day": "hours in a day",
        "plan_made_on": "day of the plan in which the period was agreed",
        "place_kind": "kind of workplace",
        "producer": "who produces the service",
        "bought_part": "which part of the service is bought",
        "outside_commuting_area": "the place is outside the commuting area",
        "client_consents": "the client consents to a place outside the commuting area",
        "replaces_employee": "the work would replace someone in an employment relationship",
        "decision_on": "day of the decision of social services",
        "shop_steward_told_on": "day on which the shop steward was told",
        "visit_on": "day of the getting-to-know visit",
        "place_informed_on": "day on which the place was informed",
        "info_package_on": "day on which the client got the information package",
        "evaluated_on": "days on which the period was evaluated",
        "attended_on": "days of participation",
    },
    "events": {
        "step": "step of the client path; a rulebook may add its own",
        "on": "day of the event",
        "origin": "of client_relationship_starts: who made the contact",
        "direction": "of first_meeting: which way the client goes on",
        "reason": "of client_relationship_ends: why",
        "needs_services": "of follow_up_contact: the client needs adult social work again",
    },
}
"""What each field means, in English, by list and field."""

_RECORD_MEANINGS: Final = {
    "id": "The caller's own opaque key: no name and no identity code.",
    "client": "The client.",
    "facts": "Ready-made facts by name; absent or null: unknown. Whole numbers may be bounds.",
    "facts_on": "The day of which the facts of the day are; absent: the day of decision.",
    "benefits": "Benefits paid. Absent: unknown. []: none.",
    "plans": "Plans made. Absent: unknown. []: none.",
    "periods": "Periods of work. Absent: unknown. []: none.",
    "events": "Steps of the client path that were taken. Absent: unknown. []: none.",
    "complete": "Fields such as periods.decision_on: where an item lacks one, there is none.",
    "complete_from": "The day from which a list is complete, if it is not so from the beginning.",
}


def _field_info(owner: str, model: type[BaseModel], name: str) -> FieldInfo:
    info = model.model_fields[name]
    shape = next(part for part in info.metadata if isinstance(part, Shape))
    words: tuple[str, ...] = ()
    if name == "step":
        words = STEPS
    elif shape.type in ("choice", "set"):
        words = words_of(info.annotation)
    return FieldInfo(shape.type, shape.unit, words, MEANINGS[owner][name])


@lru_cache(maxsize=1)
def lists() -> dict[str, ListInfo]:
    """The lists of a record by name, in order; found out on first use. The caller must not change it."""
    return {
        name: ListInfo(
            ITEM_OF_LIST[name], model, {key: _field_info(name, model, key) for key in model.model_fields if key != "id"}
        )
        for name, model in MODELS.items()
    }


@lru_cache(maxsize=1)
def client_fields() -> dict[str, FieldInfo]:
    """The fields of ``client`` by name, in order. The caller must not change it."""
    return {key: _field_info("client", Client, key) for key in Client.model_fields}


def record_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a record, with a title and description of every field.

    What a schema cannot say is checked by ``read`` only: contradictions, days outside the calendar,
    and whether a rulebook has the facts and steps that are named.
    """
    schema = Record.model_json_schema()
    definitions = schema.pop("$defs")
    _describe(schema, _RECORD_MEANINGS)
    schema["description"] = "What a host knows of one client. Everything but id is optional; absent or null is unknown."
    _describe(definitions["Client"], MEANINGS["client"])
    for name, info in lists().items():
        units = {key: f" ({field.unit})" if field.unit else "" for key, field in info.fields.items()}
        texts = {key: text + units[key] for key, text in MEANINGS[name].items()}
        _describe(definitions[info.model.__name__], {"id": "the caller's own opaque key of the item", **texts})
        schema["properties"][name]["anyOf"][0]["maxItems"] = LIST_MAX
    _or_null(schema["properties"], "client")
    schema["properties"]["complete"]["items"] = {
        "enum": [f"{name}.{key}" for name, info in lists().items() for key in info.fields]
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "$defs": {key: definitions[key] for key in sorted(definitions)},
    }


def _describe(schema: dict[str, Any], texts: dict[str, str]) -> None:
    for name, part in schema["properties"].items():
        part.pop("default", None)
        part["title"] = name.replace("_", " ").capitalize()
        part["description"] = texts[name]


def _or_null(properties: dict[str, Any], name: str) -> None:
    reference = properties[name].pop("$ref")
    properties[name] = {"anyOf": [{"$ref": reference}, {"type": "null"}], **properties[name]}
