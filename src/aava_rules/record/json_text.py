"""JSON text into plain values, strictly: no duplicate keys, no NaN, exact decimals, bounded size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NoReturn

from aava_rules.language.errors import Fault, RecordError
from aava_rules.record.items import MODELS, Client
from aava_rules.record.model import Record

SIZE_MAX: Final = 16 * 2**20
"""Most bytes (of a text: characters) of one record."""

DENSE_FROM: Final = 2**20
"""Bytes from which on a text is looked at before it is read."""
DENSEST: Final = 8
"""Bytes that each value takes at least, on average, in a text of so many: a day takes 13, and `[],` three. Values of
Python take many times the bytes of values so short."""

_DEPTH_MAX: Final = 100


class _TwiceError(ValueError):
    """A key is given twice in one object."""


class _NotFiniteError(ValueError):
    """NaN or an infinity, which JSON does not have but Python's reader takes."""


class _Marked(dict[str, Any]):
    """An object with keys that are given twice, each with the place at which it is given last, from 1."""

    twice: Mapping[str, int] = MappingProxyType({})


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _TwiceError
    return fields


def _marked_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    marked = _Marked(fields)
    seen: set[str] = set()
    marked.twice = {key: number for number, (key, _) in enumerate(pairs, 1) if key in seen or seen.add(key)}  # type: ignore[func-returns-value]
    return marked


def _refuse(word: str) -> NoReturn:
    raise _NotFiniteError


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_pairs)
_SECOND_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_marked_pairs)


def _known_keys() -> frozenset[str]:
    fields = {*Record.model_fields, *Client.model_fields, "at_least", "at_most"}
    return frozenset(fields.union(*(model.model_fields for model in MODELS.values())))


def _twice_faults(text: str) -> list[Fault]:
    # The hook does not know where in the text it is, so the text is read again and then walked.
    known = _known_keys()
    faults: list[Fault] = []
    waiting: list[tuple[str, Any, int]] = [("", _SECOND_DECODER.decode(text), 0)]
    while waiting:
        place, value, depth = waiting.pop()
        if isinstance(value, dict):
            for key, number in value.twice.items() if isinstance(value, _Marked) else ():
                hint = "Keep one of the two."
                if key in known:
                    faults.append(Fault(place or "record", "AR112", f"gives the key {key} twice", hint=hint))
                else:  # it could be anything
                    faults.append(Fault(f"{place} key {number}".lstrip(), "AR112", "is a key given before", hint=hint))
            children = [
                (f"{place}.{key}" if place else key, item) if key in known else (place, item)
                for key, item in value.items()
            ]
        elif isinstance(value, list):
            children = [(f"{place}[{index}]", item) for index, item in enumerate(value)]
        else:
            continue
        if depth < _DEPTH_MAX:
            waiting.extend((at, item, depth + 1) for at, item in reversed(children))
    return faults


def _values(source: bytes | bytearray | str) -> int:
    """How many values a JSON text may have, counted by the signs that stand before or between them."""
    if isinstance(source, str):
        return sum(map(source.count, ",[{"))
    return sum(map(source.count, (b",", b"[", b"{")))


def parse(source: bytes | bytearray | str) -> dict[str, Any]:
    """The object in a JSON text: numbers with a decimal point as Decimal, days still as text.

    Args:
        source: at most SIZE_MAX bytes of UTF-8, or a text of as many characters; a byte order mark is skipped.

    Raises:
        RecordError: it is no JSON object, or has a key twice. The faults hold nothing of the text.
    """
    fault: Fault | None = None
    if len(source) > SIZE_MAX:
        fault = Fault("record", "AR120", f"is over {SIZE_MAX // 2**20} MB")
        raise RecordError("record", (fault,))
    if len(source) > DENSE_FROM and _values(source) * DENSEST > len(source):
        hint = "A record has days and words, which are longer; leave out what is empty."
        raise RecordError("record", (Fault("record", "AR120", "has too many values for its size", hint=hint),))
    try:
        text = source if isinstance(source, str) else source.decode("utf-8")
        if text.startswith("\ufeff"):
            text = text[1:]
        value = _DECODER.decode(text)
        if isinstance(value, dict):
            return value
        fault = Fault("record", "AR115", "is not an object", hint='A record begins with { and has an "id".')
    except UnicodeDecodeError as error:
        fault = Fault(f"byte {error.start}", "AR111", "is not UTF-8", hint="Give the record as UTF-8.")
    except json.JSONDecodeError as error:
        what = "is empty" if not text.strip() else "is not JSON"
        fault = Fault(f"line {error.lineno} column {error.colno}", "AR111", what)
    except _TwiceError:
        pass
    except _NotFiniteError:
        fault = Fault("record", "AR118", "holds NaN or an infinity", hint="Leave out what is not known.")
    except RecursionError:
        fault = Fault("record", "AR120", "is nested too deep")
    except (ValueError, ArithmeticError):
        # Python reads no whole number of over 4300 digits, and Decimal no exponent of over 18.
        fault = Fault("record", "AR118", "holds a number that is too large to read")
    # Raised here, outside the handlers: what Python raised holds the text, and must not be chained.
    raise RecordError("record", (fault,) if fault else _twice_faults(text))


def without_repeated_keys(source: bytes | str) -> dict[str, Any]:
    """The object of a JSON text that `parse` refused for keys that stand twice: without those of its own that do.

    Args:
        source: the text.
    """
    text = source if isinstance(source, str) else source.decode("utf-8")
    fields: dict[str, Any] = _SECOND_DECODER.decode(text.removeprefix("\ufeff"))
    repeated = fields.twice if isinstance(fields, _Marked) else ()
    return {key: value for key, value in fields.items() if key not in repeated}
