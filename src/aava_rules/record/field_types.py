"""The shapes of a record's fields: type and unit as in the vocabulary, and the check of each."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from aava_rules.record.checks import (
    LIST_MAX,
    TEXT_MAX,
    read_day,
    read_days,
    read_id,
    read_text,
    reader_of_numbers,
    reader_of_words,
    words_of,
)

# No `from __future__ import annotations` here and in the modules of models: pydantic would have to
# evaluate every annotation from text, which doubles the time to import.


def as_json(value: Any) -> Any:
    """A value in JSON that reads back as the same: exact numbers, and sets in one order."""
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, dict):
        return {key: as_json(part) for key, part in value.items()}
    return value


AS_JSON: Final = core_schema.plain_serializer_function_ser_schema(as_json, when_used="json")


class Shape:
    """What one field holds: its type and unit in the vocabulary, and the core schema that checks it.

    Written as core schemas because pydantic's own way from annotations takes several times longer
    at import, for the same validator.
    """

    __slots__ = ("core", "json", "type", "unit")

    def __init__(
        self, type: str, unit: str, core: Callable[[Any], core_schema.CoreSchema], json: dict[str, Any] | None = None
    ) -> None:
        self.type = type
        self.unit = unit
        self.core = core
        self.json = json

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return self.core(source)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        if self.type == "set":
            words = {"enum": list(schema["metadata"]["words"])}
            return _or_null({"type": "array", "items": words})
        return dict(self.json) if self.json is not None else handler(schema)


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _checked(read: Callable[[Any], Any]) -> Callable[[Any], core_schema.CoreSchema]:
    schema = core_schema.no_info_plain_validator_function(read, serialization=AS_JSON)
    return lambda source: schema


def _choice(source: Any) -> core_schema.CoreSchema:
    return core_schema.nullable_schema(core_schema.literal_schema(list(words_of(source))))


def _set(source: Any) -> core_schema.CoreSchema:
    words = words_of(source)
    return core_schema.no_info_plain_validator_function(
        reader_of_words(words), serialization=AS_JSON, metadata={"words": words}
    )


def _integer(unit: str, low: int, high: int) -> Shape:
    schema = core_schema.nullable_schema(core_schema.int_schema(strict=True, ge=low, le=high))
    return Shape("integer", unit, lambda source: schema)


_BOOLEAN_SCHEMA = core_schema.nullable_schema(core_schema.bool_schema(strict=True))
_DAY_JSON = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_TEXT_JSON = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}

CHOICE: Final = Shape("choice", "", _choice)
SET: Final = Shape("set", "", _set)

Day = Annotated[date | None, Shape("date", "", _checked(read_day), _or_null(_DAY_JSON))]
Days = Annotated[
    tuple[date, ...] | None,
    Shape("dates", "", _checked(read_days), _or_null({"type": "array", "items": _DAY_JSON, "maxItems": LIST_MAX})),
]
Boolean = Annotated[bool | None, Shape("boolean", "", lambda source: _BOOLEAN_SCHEMA)]
Text = Annotated[str | None, Shape("text", "", _checked(read_text), _or_null(_TEXT_JSON))]
Id = Annotated[str, Shape("text", "", _checked(read_id), _TEXT_JSON)]
BenefitDays = Annotated[int | None, _integer("benefit days", 0, 100_000)]
Months = Annotated[int | None, _integer("months", 1, 1_200)]
DaysPerWeek = Annotated[int | None, _integer("days/week", 0, 7)]
HoursPerDay = Annotated[
    Decimal | None,
    Shape(
        "decimal",
        "hours/day",
        _checked(reader_of_numbers(0, 24)),
        _or_null({"type": "number", "minimum": 0, "maximum": 24}),
    ),
]
