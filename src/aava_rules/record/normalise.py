"""A record as a host's own objects have it, as the plain values that are checked.

Only a record that is refused as it is comes here, so that what is plain already pays nothing: mappings that are no
dicts, dataclasses and models of pydantic, scalars and arrays of numpy and pandas, and whole numbers that are written as
decimals. What is no such thing stays as it is, and is told as it would have been.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel

from aava_rules.record.checks import FieldType
from aava_rules.record.host_values import as_mapping, plain_value
from aava_rules.record.items import MODELS, Client, Quiet

_DEEPEST: Final = 4
"""Levels of values inside one another that a record can have; what lies deeper is wrong, and may never end."""
_BOUNDS: Final = frozenset({"at_least", "at_most"})


@lru_cache(maxsize=1)
def _whole_number_fields() -> dict[str, frozenset[str]]:
    """The fields of whole numbers, by list and ``client``."""
    models: dict[str, type[BaseModel]] = {**MODELS, "client": Client}
    return {
        name: frozenset(
            key
            for key, info in model.model_fields.items()
            if any(isinstance(part, FieldType) and part.type == "integer" for part in info.metadata)
        )
        for name, model in models.items()
    }


def normalised(record: Mapping[Any, Any]) -> dict[Any, Any]:
    """A copy of ``record``, which is not changed, in plain values of Python."""
    return {key: _part(key, value) for key, value in record.items()}


def _part(name: Any, value: Any) -> Any:
    whole = _whole_number_fields().get(name, frozenset()) if isinstance(name, str) else frozenset()
    value = _plain(value)
    if name == "facts" and isinstance(value, dict):
        return {
            key: _with_whole_numbers(fact, _BOUNDS) if isinstance(fact, dict) else fact for key, fact in value.items()
        }
    if isinstance(value, dict):
        return _with_whole_numbers(value, whole)
    if isinstance(value, (list, tuple)):
        return [_with_whole_numbers(item, whole) if isinstance(item, dict) else item for item in value]
    return value


def _with_whole_numbers(item: dict[Any, Any], fields: frozenset[str]) -> dict[Any, Any]:
    return {key: whole_number(value) if key in fields else value for key, value in item.items()}


def whole_number(value: Any) -> Any:
    """``value`` as an int if it is a Decimal or float that is whole, such as 600.0; else as it is."""
    if isinstance(value, (float, Decimal)) and -(10**15) <= value <= 10**15 and value == int(value):
        return int(value)
    return value


class Unreadable:
    """Takes the place of a value whose own code fails, so that the check of its field refuses it as no such value."""


def _plain(value: Any, depth: int = 0) -> Any:
    """``value`` in depth, as deep as records are. Records of this library inside stay as they are."""
    try:
        return value if depth > _DEEPEST else _plain_parts(value, depth + 1)
    except Exception:
        return Unreadable()  # what it raised may hold contents, so it is dropped


def _plain_parts(value: Any, depth: int) -> Any:
    value = plain_value(value)
    if isinstance(value, (Quiet, str, bytes)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(part, depth) for part in value]
    if isinstance(value, (set, frozenset)):
        return {_plain(part, depth) for part in value}
    fields = as_mapping(value)
    if fields is None:
        return value
    return {plain_value(key) if isinstance(key, str) else key: _plain(part, depth) for key, part in fields.items()}
