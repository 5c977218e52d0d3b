"""The types that the fields of rule files have: texts in three languages, days, names, lines."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from aava_rules.language.dates import parse_day
from aava_rules.language.errors import nearest
from aava_rules.language.values import FIRST_DAY, LANGUAGES, LAST_DAY, UNITS
from aava_rules.record.checks import DAY_HINT, DAY_SCHEMA

NAME = r"^[a-z][a-z0-9_]*$"
"""What is declared, such as an outcome or a parameter, is named so."""
FACT_NAME = r"^([a-z][a-z0-9_]*\.)?[a-z][a-z0-9_]*$"
"""Facts are named so; those of items begin with the singular of their list."""
CLIENT = "client"
"""The key of a text under which stands what is said to the client instead."""
SOURCE_KEY = r"^[a-z0-9][a-z0-9-]*$"
"""Sources are cited by keys of this form."""


def shape_error(code: str, what: str, why: str = "", hint: str = "", key: str = "") -> PydanticCustomError:
    """The error of a check of this library, which ``Document`` turns into a fault.

    Args:
        code: the stable code, such as AR008.
        what: what is wrong.
        why: why it is wrong.
        hint: what to do about it.
        key: the key of the mapping that is wrong; empty for the value itself.
    """
    return PydanticCustomError(
        "rule_file", "{what}", {"code": code, "what": what, "why": why, "hint": hint, "key": key}
    )


def read_day(value: Any) -> Any:
    """The day that ``value``, a date or a text ``YYYY-MM-DD``, means. Raises what ``shape_error`` makes."""
    if type(value) is date:
        return value
    text = value if isinstance(value, str) else ""
    day = parse_day(text)
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise shape_error("AR008", f"{text[:40] or 'this'} is not a day", hint=DAY_HINT)
    return day


def _read_text(value: Any, key: str = "") -> Any:
    """``value``, if it is a text in all languages; ``key`` is that of a text which stands inside another."""
    if not isinstance(value, dict):
        raise shape_error("AR043", "a text needs three languages", "", "Write {fi: ..., sv: ..., en: ...}.", key)
    for language in value:
        if language not in LANGUAGES:
            why = "Texts are in fi, sv and en. In { } a comma ends a text."
            at = key or language
            raise shape_error("AR043", f"{language} is not a language of the texts", why, "Put it in quotes.", at)
    missing = [language for language in LANGUAGES if language not in value]
    if missing:
        what = f"the text{f' for the {key}' if key else ''} lacks {' and '.join(missing)}"
        raise shape_error("AR043", what, "Every text has fi, sv and en.", "", key)
    for language, text in value.items():
        if not isinstance(text, str) or not text.strip():
            hint = "Put it in quotes." if text not in (None, "") else ""
            raise shape_error("AR043", f"{language} is not a text", "", hint, key or language)
    return value


def _read_told_text(value: Any) -> Any:
    """``value``, if it is a text, and what it has for the client is one too."""
    if isinstance(value, dict) and CLIENT in value:
        _read_text({key: text for key, text in value.items() if key != CLIENT})
        _read_text(value[CLIENT], CLIENT)
        return value
    return _read_text(value)


def split_told(text: dict[str, Any]) -> tuple[dict[str, str], dict[str, str] | None]:
    """What ``text``, which may differ by audience, says to a worker and to the client; None: the same."""
    return {language: text[language] for language in LANGUAGES}, text.get(CLIENT)


def _read_unit(value: str) -> str:
    if value not in UNITS:
        hint = nearest(value, UNITS) or f"There are {', '.join(sorted(UNITS - {''}))}."
        raise shape_error("AR042", f"{value[:60]} is not a unit", "", hint)
    return value


_LINE: dict[str, Any] = {"type": ["string", "integer", "boolean"]}
TESTS_SCHEMA = {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/Group"}, {"type": "array", "minItems": 1}]}
GROUP_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "properties": {name: {"$ref": "#/definitions/Tests"} for name in ("all", "any", "not")},
}
_CITE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
_DATED_CITE = {
    "anyOf": [
        *_CITE["anyOf"],
        {
            "type": "object",
            "patternProperties": {DAY_SCHEMA["pattern"]: _CITE},
            "additionalProperties": False,
            "minProperties": 1,
        },
    ]
}

_TEXT: dict[str, Any] = {
    "type": "object",
    "properties": {language: {"type": "string", "minLength": 1} for language in LANGUAGES},
    "required": list(LANGUAGES),
    "additionalProperties": False,
}
_FOR_CLIENT = {"description": "What is said to the client instead, in the second person."} | _TEXT

Text = Annotated[dict[str, str], BeforeValidator(_read_text), WithJsonSchema(_TEXT)]
ToldText = Annotated[
    dict[str, Any],
    BeforeValidator(_read_told_text),
    WithJsonSchema(_TEXT | {"properties": _TEXT["properties"] | {CLIENT: _FOR_CLIENT}}),
]
"""A text to a worker, and under ``client`` what is said to the client instead, where that differs."""
Day = Annotated[date, BeforeValidator(read_day), WithJsonSchema(DAY_SCHEMA)]
Line = Annotated[Any, WithJsonSchema(_LINE)]
Tests = Annotated[Any, WithJsonSchema({"$ref": "#/definitions/Tests"})]
CiteText = Annotated[Any, WithJsonSchema(_CITE)]
DatedCite = Annotated[Any, WithJsonSchema(_DATED_CITE)]
Number = Annotated[Any, WithJsonSchema({"type": ["number", "null"]})]
Constant = Annotated[Any, WithJsonSchema({"type": ["string", "boolean", "number"]})]
Conclusion = Annotated[Any, WithJsonSchema({"type": ["string", "boolean", "number", "array"]})]
DoubtDay = Annotated[
    Any, WithJsonSchema({"anyOf": [DAY_SCHEMA, {"type": "object", "additionalProperties": DAY_SCHEMA}]})
]
_DAY_OR_NONE: dict[str, Any] = {"anyOf": [DAY_SCHEMA, {"const": "none"}]}
AmendedDoubt = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                *_DAY_OR_NONE["anyOf"],
                {"type": "object", "minProperties": 1, "additionalProperties": _DAY_OR_NONE},
            ]
        }
    ),
]
Judgement = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string", "pattern": NAME}, {"const": True}]})]
Overrides = Annotated[
    Any, WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "array", "items": {"type": "string"}}]})
]
Name = Annotated[str, Field(pattern=NAME)]
Each = Literal["client", "period", "plan"]
Unit = Annotated[str, AfterValidator(_read_unit), WithJsonSchema({"enum": sorted(UNITS)})]


class FileModel(BaseModel):
    """A mapping of a rule file. Unknown keys are refused, with the nearest right one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: Any) -> Any:
        if isinstance(value, dict):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            for key in value:
                if key not in known:
                    hint = nearest(key, known) or f"It can have {', '.join(known)}."
                    raise shape_error("AR007", f"there is no {key} here", "", hint, key)
        return value
