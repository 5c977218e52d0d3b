"""What went wrong, as an answer tells it: its kind, a text, and the faults one by one; never contents of a record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final

from aava_rules.language.errors import AavaRulesError, AdapterError, AuditError, Fault, RecordError, UnknownName

KINDS: Final = {
    "request": "The request itself is wrong: no JSON, an unknown key, no day of the calendar, a rulebook not loaded.",
    "record": "The record is wrong; `faults` has every fault of it.",
    "name": "The rulebook answers nothing of a name in `only` or `name`.",
    "audit": "The answer is withheld, since the audit log did not take note of it.",
    "internal": "A fault of the library. The text names the kind of error and places in its code.",
}
"""The kinds of errors, with what each means."""


class RequestError(AavaRulesError):
    """A request that cannot be read or answered, with all its faults.

    Attributes:
        id: the id of the request, None if it has none that could be read.
        faults: what is wrong, by the place in the request.
    """

    def __init__(self, id: str | int | None, faults: Iterable[Fault]) -> None:
        self.id = id
        self.faults = tuple(faults)
        super().__init__("request")

    def __str__(self) -> str:
        return "\n".join(sentence(fault) for fault in self.faults)


class SourceError(AdapterError):
    """A row, file or folder that cannot be read as records.

    Attributes:
        faults: what is wrong, one by one; of a text without them, a fault for each of its lines.
    """

    kind = "record"

    def __init__(self, text: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(text)
        self.faults = tuple(faults) or tuple(map(_fault_of, text.splitlines()))


class UnreadFile(SourceError):
    """A file of a folder that is left out, since no adapter reads what has such a name: no fault, but to be known."""

    kind = "unread"


_CODE: Final = re.compile(r" \[(AR\d{3})\]")


def _fault_of(line: str) -> Fault:
    """The fault that a ``line`` tells: its code stands in brackets after what is wrong, and before what to do."""
    match = _CODE.search(line)
    if match is None:
        what, _, hint = line.partition(". ")
        return Fault("record", "AR111", what.removesuffix("."), hint=hint)
    return Fault("record", match[1], line[: match.start()], hint=line[match.end() :].removeprefix(".").strip())


def sentence(fault: Fault) -> str:
    """One line that tells ``fault``: place, what is wrong, why, and what to do."""
    advice = " ".join(part for part in (fault.why, fault.hint) if part)
    return f"{fault.place} {fault.what} [{fault.code}]. {advice}".strip()


def error_dict(error: BaseException) -> dict[str, Any]:
    """``error`` as the member ``error`` of an answer.

    Args:
        error: what was raised. Of one that the library does not raise on purpose only the type and places in the code
            are told, since its message may quote a record.
    """
    if isinstance(error, RequestError):
        return _error("request", str(error), error.faults)
    if isinstance(error, RecordError):
        return _error("record", "\n".join(map(sentence, error.faults)), error.faults)
    if isinstance(error, UnknownName):
        return _error("name", str(error))
    if isinstance(error, AuditError):
        return _error("audit", str(error))
    if isinstance(error, SourceError):
        return _error(error.kind, str(error), error.faults)
    if isinstance(error, AdapterError):
        return _error("record", str(error))  # a row that cannot be read as a record
    if isinstance(error, AavaRulesError):
        return _error("request", str(error))
    frames = reversed(extract_tb(error.__traceback__)[-4:])
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return _error("internal", f"failed with {type(error).__name__} ({places}). Please report it with this text.")


def _error(kind: str, text: str, faults: Iterable[Fault] = ()) -> dict[str, Any]:
    listed = [
        {"place": fault.place, "code": fault.code, "what": fault.what, "why": fault.why, "hint": fault.hint}
        for fault in faults
    ]
    return {"kind": kind, "text": text, "faults": listed}
