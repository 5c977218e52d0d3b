"""The shape of a mapping file, as pydantic models; from them comes the JSON Schema for editors.

The docstrings of the models are the descriptions in the JSON Schema. What a shape cannot say (whether there is such a
field, word or table of codes) is checked by ``link``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from pydantic.json_schema import models_json_schema

from aava_rules.record.checks import DAY_SCHEMA
from aava_rules.record.items import MODELS
from aava_rules.rulebook.loader.schema_types import FileModel, read_day, shape_error

# ruff: noqa: RUF012 - pydantic copies the default values of its models

LISTS = tuple(MODELS)
"""The lists of a record, each of which a mapping may give."""

_CODES_JSON: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": ["string", "boolean", "number", "null"]},
}


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _as_column(value: Any) -> Any:
    """A column may be written as its name alone."""
    return {"column": value} if isinstance(value, str) else value


def _as_texts(value: Any) -> Any:
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        raise shape_error("AR008", "this should be a text or a list of texts")
    return str(value)


def _codes(value: Any) -> Any:
    if not isinstance(value, dict) or not value:
        raise shape_error("AR008", "a table of codes has each code with what it means", "", "Write {01: ..., 02: ...}.")
    return value


def _version(value: Any) -> Any:
    if value != 1 or isinstance(value, bool):
        raise shape_error("AR008", "this is no version of mapping files that is read", "", "Write mapping: 1.")
    return value


_TEXTS_JSON = {"anyOf": [{"type": ["string", "number", "boolean", "null"]}, {"type": "array"}]}
Texts = Annotated[list[str], BeforeValidator(_as_texts), WithJsonSchema(_TEXTS_JSON)]
Codes = Annotated[dict[str, Any], BeforeValidator(_codes), WithJsonSchema(_CODES_JSON)]
CodesOrName = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, _CODES_JSON]})]
Where = dict[str, Texts]
Day = Annotated[date, BeforeValidator(read_day), WithJsonSchema(DAY_SCHEMA)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


Version = Annotated[int, BeforeValidator(_version), WithJsonSchema({"const": 1})]


class LookupEntry(FileModel):
    """What a key of another table stands for: in the row of ``table`` whose ``key`` is the cell, the cell ``value``."""

    table: Name
    key: Name
    value: Name


_LOOKUP_JSON = {"$ref": "#/definitions/LookupEntry"}
Lookups = Annotated[
    list[LookupEntry],
    BeforeValidator(_as_list),
    WithJsonSchema({"anyOf": [_LOOKUP_JSON, {"type": "array", "items": _LOOKUP_JSON}]}),
]


class KeyEntry(FileModel):
    """The column of a key. ``hash``: an opaque key is made of it with the host's own secret (HMAC-SHA256)."""

    column: Name
    lookup: Lookups = []
    hash: bool = False


class ChildEntry(FileModel):
    """Rows of another table that fill one field of an item: its days, or its words."""

    table: Name
    item: Name
    column: Name
    key: Name | None = None
    where: Where = {}
    where_not: Where = {}


class FieldEntry(FileModel):
    """Where a field or fact comes from, and how it is written there.

    Exactly one of ``column``, ``value`` (the same for all), ``columns`` (a set: a truth column for each word) and
    ``rows`` (a list of days or words: rows of another table).
    """

    column: Name | None = None
    value: Annotated[Any, WithJsonSchema({})] = None
    columns: dict[str, Name] | None = None
    rows: ChildEntry | None = None
    type: Literal["boolean", "integer", "decimal", "money", "date", "choice", "set", "text"] | None = None
    lookup: Lookups = []
    codes: CodesOrName | None = None
    other: Literal["fault", "unknown"] = "fault"
    empty: Annotated[Any, WithJsonSchema({})] = None
    no_rows: Literal["unknown", "none"] = "unknown"
    split: Name | None = None
    unit: Literal["minutes", "hours", "cents", "euros", "years", "months"] | None = None
    dates: Texts = []
    truth: dict[Literal["true", "false"], Texts] = {}


_COLUMN_JSON = {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/FieldEntry"}]}
_KEY_JSON = {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/KeyEntry"}]}
Column = Annotated[FieldEntry, BeforeValidator(_as_column), WithJsonSchema(_COLUMN_JSON)]
Key = Annotated[KeyEntry, BeforeValidator(_as_column), WithJsonSchema(_KEY_JSON)]


class ClientsEntry(FileModel):
    """The table with a row for each client, the key of the client, its fields and its ready-made facts."""

    table: Name
    id: Key
    where: Where = {}
    where_not: Where = {}
    client: dict[str, Column] = {}
    facts: dict[str, Column] = {}
    facts_on: Column | None = None


class ListEntry(FileModel):
    """Rows that are the items of a list. Without ``table`` they stand in the client's own row.

    ``repeat``: how many items one row holds; ``{n}`` in the names of columns is 1 and so on. ``inside``: the list of a
    JSON document that holds the items. ``no_rows``: what it means that a client has no rows: ``none`` that there are
    no such items, ``unknown`` that nothing is known of them.
    """

    table: Name | None = None
    client: Key | None = None
    inside: Name | None = None
    repeat: Annotated[int, Field(ge=1, le=100)] = 1
    where: Where = {}
    where_not: Where = {}
    no_rows: Literal["unknown", "none"] = "unknown"
    id: Key | None = None
    fields: dict[str, Column]


class TableEntry(FileModel):
    """Where and how a table lies in its source. An adapter reads what it understands of it."""

    file: Name | None = None
    sheet: Name | None = None
    header: list[Name] | None = None
    encoding: Literal["utf-8", "cp1252", "utf-16"] | None = None
    separator: Literal[";", ",", "\t", "|"] | None = None
    schema_: Annotated[Name | None, Field(alias="schema")] = None


class MappingFile(FileModel):
    """A mapping: the tables, columns, codes and units of a system in terms of the record format."""

    mapping: Version
    dates: Texts = []
    decimals: Texts = []
    truth: dict[Literal["true", "false"], Texts] = {}
    unknown: Texts = []
    codes: dict[str, Codes] = {}
    tables: dict[str, TableEntry] = {}
    never_read: dict[str, Texts] = {}
    clients: ClientsEntry
    benefits: Annotated[list[ListEntry], BeforeValidator(_as_list)] = []
    plans: Annotated[list[ListEntry], BeforeValidator(_as_list)] = []
    periods: Annotated[list[ListEntry], BeforeValidator(_as_list)] = []
    events: Annotated[list[ListEntry], BeforeValidator(_as_list)] = []
    complete: list[str] = []
    complete_from: dict[str, Day] = {}


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema (draft-07) of a mapping file, for editors."""
    models: list[type[BaseModel]] = [MappingFile, ListEntry, FieldEntry, KeyEntry, LookupEntry, ChildEntry]
    _, schema = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, ref_template="#/definitions/{model}"
    )
    definitions: dict[str, Any] = dict(schema["$defs"])
    file = definitions.pop("MappingFile")
    one_or_more = [{"$ref": "#/definitions/ListEntry"}, {"type": "array", "items": {"$ref": "#/definitions/ListEntry"}}]
    for name in LISTS:
        file["properties"][name] = {"title": name.capitalize(), "anyOf": one_or_more}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **file,
        "title": "A mapping file of aava-rules",
        "definitions": {name: definitions[name] for name in sorted(definitions)},
    }
