"""Values as hosts have them (scalars of numpy and pandas, subclasses, dataclasses, models) as plain values of Python.

Nothing here imports the libraries that such values come from: they are known by the module of their class, or by what
they can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_PLAIN = frozenset({str, int, float, bool, Decimal, date, datetime, dict, list, tuple, set, frozenset, type(None)})


def plain_value(value: Any) -> Any:
    """``value`` as the plain value of Python that it means, if it is a scalar of numpy or pandas, or of a subclass.

    Missing values of pandas (NaT and NA) are None. What is known to be none of these is returned as it is, NaN too.
    """
    if type(value) in _PLAIN:
        return value
    kind = type(value)
    family = kind.__module__.partition(".")[0]
    if family == "pandas" and kind.__name__ in ("NaTType", "NAType"):
        return None
    if family == "numpy" and hasattr(value, "item"):
        return _of_numpy(value)
    if family == "pandas" and hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    return value


def _of_numpy(value: Any) -> Any:
    if getattr(value, "ndim", 0):
        return value.tolist()
    if type(value).__name__ == "datetime64":
        # finer than microseconds numpy gives a count in place of a time
        item = value.item()
        return value.astype("datetime64[us]").item() if isinstance(item, int) else item
    return value.item()


def as_mapping(value: Any) -> Mapping[str, Any] | None:
    """The fields of ``value``, a mapping, a dataclass or a model of pydantic, by name; None of anything else.

    Fields that are None, and those of a model that were never given, are unknown, as null is.
    """
    if isinstance(value, Mapping):
        return value
    kind = type(value)
    names = getattr(kind, "__dataclass_fields__", None)
    if names is None:
        names = getattr(kind, "model_fields", None) if hasattr(kind, "__pydantic_validator__") else None
    if names is None:
        return None
    return {name: part for name in names if (part := getattr(value, name)) is not None}
