"""Reading a record, from a mapping or from JSON, with every fault at once."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from aava_rules.language.errors import Fault, RecordError
from aava_rules.record.host_values import as_mapping
from aava_rules.record.items import UNREADABLE
from aava_rules.record.model import Record, faults_or_unreadable

_VALIDATOR: Final = Record.__pydantic_validator__


def read(
    source: Mapping[str, Any] | bytes | str | os.PathLike[str] | Record,
    *,
    steps: Iterable[str] = (),
    facts: Collection[str] = (),
) -> Record:
    """The record in a mapping, in JSON as bytes (UTF-8) or text, or in a file of JSON; a Record is returned as it is.

    Args:
        source: the record, which is never changed. In place of mappings there may be dataclasses and models of
            pydantic, at any depth, and in place of plain values scalars of numpy and pandas.
        steps: the steps that a rulebook adds to the client path, which events may name as well.
        facts: the names of a rulebook's facts. What is wrong with these is told by their names; a key that nobody
            knows may be anything, and is told by its place (``facts key 2``).

    Raises:
        RecordError: something is wrong with it; every fault has its path (``periods[0].start``), none a value.
    """
    if isinstance(source, Record):
        return source
    faults: tuple[Fault, ...]
    try:
        if isinstance(source, (str, bytes, bytearray)):
            # Imported here: hosts that give mappings do without it.
            from aava_rules.record.json_text import parse

            data: Any = parse(source)
        elif type(source) is dict:
            data = source
        elif isinstance(source, os.PathLike):
            from aava_rules.record.json_text import parse

            data = parse(content(source))
        elif (fields := as_mapping(source)) is not None:
            data = dict(fields)
        else:
            hint = "Give a mapping, JSON as bytes or text, the Path of a file of JSON, or a Record."
            raise RecordError("record", (Fault("record", "AR115", "is not a record", hint=hint),))
        context = frozenset(steps) if steps else None
        try:
            return _VALIDATOR.validate_python(data, context=context)  # type: ignore[no-any-return]
        except Exception:
            pass  # a value whose own code fails is told below, with all else that is wrong
        # Imported here: plain values, which most hosts give, do without it.
        from aava_rules.record.normalise import normalised

        data = normalised(data)
        return _VALIDATOR.validate_python(data, context=context)  # type: ignore[no-any-return]
    except ValidationError as error:
        faults = faults_or_unreadable(error, data, facts=facts)
    except RecordError as error:
        faults = error.faults
    except Exception:
        # a mapping or value whose own code fails
        faults = UNREADABLE
    raise RecordError("record", faults)


def content(path: os.PathLike[str]) -> bytes:
    """The bytes of a file of one record, at most one more than a record may have.

    Args:
        path: the file.

    Raises:
        RecordError: it cannot be read; the error tells why, and not its name, which may be that of a person.
    """
    from aava_rules.record.json_text import SIZE_MAX

    try:
        with open(path, "rb") as stream:
            return stream.read(SIZE_MAX + 1)
    except OSError as error:
        why = f"{error.strerror}." if error.strerror else ""
        fault = Fault("record", "AR115", "is in a file that cannot be read", why, "Give the path of a file of JSON.")
    raise RecordError("record", [fault])
