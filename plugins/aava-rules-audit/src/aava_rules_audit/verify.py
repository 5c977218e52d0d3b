"""Whether a log is as it was written: every row by its own code, and each tied to the one before."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from aava_rules_audit.rows import FORM, START, AuditLogError, code, row_bytes

ROW_MAX: Final = 16 * 2**20
"""Most bytes of a row that is read."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is true of a log.

    Attributes:
        rows: how many whole rows it has.
        last: the code of the last row, which is worth keeping elsewhere: it proves that none was taken away after it.
        faults: what is wrong, each with its line.
    """

    rows: int
    last: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    row: dict[str, Any] | None


def read_rows(path: Path) -> Iterator[_Line]:
    """The lines of a log, one at a time, each with its row, None if it is none.

    Args:
        path: the file.

    Raises:
        AuditLogError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield from _rows(file)
    except OSError as error:
        raise AuditLogError(f"{path}: the audit log cannot be read ({error.strerror}).") from None


def _rows(file: BinaryIO) -> Iterator[_Line]:
    number = 0
    while line := file.readline(ROW_MAX):
        number += 1
        try:
            row = json.loads(line) if line.endswith(b"\n") else None
        except (ValueError, RecursionError):
            row = None
        yield _Line(number, row if isinstance(row, dict) else None)


def verify(path: Path | str, key: bytes, *, last: str | None = None) -> Verdict:
    """Verify a log.

    Args:
        path: the file.
        key: the key of the host.
        last: the code of a row that was kept elsewhere, such as the last one when the log was verified before; it has
            to be in the log, so that a log from which the end was cut off is told.

    Raises:
        AuditLogError: the file cannot be read.
    """
    faults: list[str] = []
    previous, expected, rows, seen = START, 1, 0, last is None
    for line in read_rows(Path(path)):
        row = line.row
        if row is None:
            faults.append(f"line {line.number}: is no whole row.")
            previous, expected = "", expected + 1
            continue
        rows += 1
        faults.extend(f"line {line.number}: {fault}" for fault in _faults(row, key, previous, expected))
        number = row.get("number")
        expected = (number if type(number) is int else expected) + 1
        previous = str(row.get("code"))
        seen = seen or previous == last
    if not seen:
        faults.append("The row that was kept elsewhere is not in the log: rows were taken away at its end, or changed.")
    return Verdict(rows, previous if rows else START, tuple(faults))


def _faults(row: dict[str, Any], key: bytes, previous: str, expected: int) -> Iterator[str]:
    """What is wrong with a row, where ``previous`` is the code of the one before, and ``expected`` its number."""
    if row.get("form") != FORM:
        yield f"is of a form that this version does not know ({FORM} is known)."
        return
    if not hmac.compare_digest(str(row.get("code")).encode(), code(key, "row", row_bytes(row)).encode()):
        yield "was changed, or written under another key."
        return
    number = row["number"]
    if number > expected:
        yield (
            f"{number - expected} rows before it are missing."
            if number - expected > 1
            else "the row before it is missing."
        )
    elif number < expected:
        yield f"is row {number}, where row {expected} should be: rows stand twice or in another order."
    elif previous and row["previous"] != previous:
        yield "does not follow from the row before it, which was changed or put in another's place."
