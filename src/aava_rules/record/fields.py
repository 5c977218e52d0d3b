"""What the fields of a record are called, hold and mean: for the other rooms, and as JSON Schema.

Everything here is read off the models in ``record.items``, on first use, since introspection takes its time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo as PydanticField

from aava_rules.language.structs import Struct
from aava_rules.record.checks import LIST_MAX, FieldType, words_of
from aava_rules.record.items import MODELS, STEPS, Client
from aava_rules.record.model import Record


class FieldInfo(Struct):
    """One field of a record.

    Attributes:
        type: its type as in a vocabulary (``date``, ``boolean``, ``set``...).
        unit: the unit of its numbers, or empty.
        words: its words, if they are closed; of ``event.step`` those that every rulebook has.
        meaning: what it means, in English.
    """

    type: str
    unit: str = ""
    words: tuple[str, ...] = ()
    meaning: str = ""


class ListInfo(Struct):
    """One list of a record.

    Attributes:
        singular: what an item of it is called in rules.
        model: the model of an item.
        fields: its fields by name, without ``id``, in order.
    """

    singular: str
    model: type[BaseModel]
    fields: dict[str, FieldInfo]


LIST_OF_ITEM: Final = {"period": "periods", "plan": "plans", "benefit": "benefits", "event": "events"}
"""The list of a record that holds items called so. The order is that of the categories of lists in table frames."""
ITEM_OF_LIST: Final = {list_name: item for item, list_name in LIST_OF_ITEM.items()}
"""What one item of each list is called."""


def _field_info(model: type[BaseModel], name: str) -> FieldInfo:
    info = model.model_fields[name]
    shape = next(part for part in info.metadata if isinstance(part, FieldType))
    words: tuple[str, ...] = ()
    if name == "step":
        words = STEPS
    elif shape.type in ("choice", "set"):
        words = words_of(info.annotation)
    return FieldInfo(shape.type, shape.unit, words, _meaning(info))


def _meaning(info: PydanticField) -> str:
    return next((part for part in info.metadata if isinstance(part, str)), "")


@lru_cache(maxsize=1)
def lists() -> dict[str, ListInfo]:
    """The lists of a record by name, in order. The dict is shared: it must not be changed."""
    return {
        name: ListInfo(
            ITEM_OF_LIST[name], model, {key: _field_info(model, key) for key in model.model_fields if key != "id"}
        )
        for name, model in MODELS.items()
    }


@lru_cache(maxsize=1)
def client_fields() -> dict[str, FieldInfo]:
    """The fields of ``client`` by name, in order. The dict is shared: it must not be changed."""
    return {key: _field_info(Client, key) for key in Client.model_fields}


def record_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a record, with a title and a description of every field.

    What a schema cannot say is checked by ``read`` only: contradictions, days outside the calendar, and whether a
    rulebook has the facts and steps that are named.
    """
    schema = Record.model_json_schema()
    definitions = schema.pop("$defs")
    _describe(schema, {name: _meaning(info) for name, info in Record.model_fields.items()})
    schema["description"] = "What a host knows of one client. Everything but id is optional; absent or null is unknown."
    _describe(definitions["Client"], {name: field.meaning for name, field in client_fields().items()})
    for name, info in lists().items():
        texts = {key: field.meaning + (field.unit and f" ({field.unit})") for key, field in info.fields.items()}
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
