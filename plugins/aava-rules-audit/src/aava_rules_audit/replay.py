"""The proof that a log tells what was answered: its decisions are made again, and have to be the same bytes."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aava_rules import AavaRulesError, Record, Rulebook
from aava_rules.record import read
from aava_rules_audit.rows import code, record_bytes
from aava_rules_audit.verify import read_rows

Rows = dict[str, list[tuple[int, dict[str, Any]]]]
"""Lines of a log with their rows, by the code of the record."""

_RULEBOOK: Final = "another rulebook answered"


@dataclass(slots=True)
class Replay:
    """What came of deciding anew.

    Attributes:
        same: how many decisions gave the same bytes again.
        faults: those that did not, or could not be made, each with its line and why.
        tables: how many rows are of blocks of tables, which are not made again.
    """

    same: int = 0
    faults: list[str] = field(default_factory=list)
    tables: int = 0


def replay(
    path: Path | str, key: bytes, records: Iterable[Mapping[str, Any] | Record], rulebooks: Iterable[Rulebook]
) -> Replay:
    """Make every decision of a log again, from the records that the host has kept.

    Args:
        path: the log. Only that its rows fit the records is looked at; whether it was changed, `verify` tells.
        key: the key of the host.
        records: the records as they were then, in any order; others may be among them.
        rulebooks: those that may have answered; they are told apart by their hash.

    Raises:
        AuditLogError: the log cannot be read.
        RecordError: one of the records is wrong.
    """
    result = Replay()
    books = {book.sha256: book for book in rulebooks}
    waiting = _waiting(Path(path), result)
    for source in records:
        record = source if isinstance(source, Record) else read(source, steps=_steps(books.values()))
        for line, row in waiting.pop(code(key, "record", record_bytes(record)), ()):
            fault = _difference(row, key, record, books)
            if fault:
                result.faults.append(f"line {line}: {fault}")
            else:
                result.same += 1
    for rows in waiting.values():
        for line, row in rows:
            what = f"the record {str(row.get('record_id'))[:200]!r} was not given as it was when it was decided on."
            result.faults.append(f"line {line}: {what}")
    result.faults.sort(key=lambda fault: int(fault.split(":")[0].removeprefix("line ")))
    return result


def _waiting(path: Path, result: Replay) -> Rows:
    """The rows of decisions, by the code of their record."""
    waiting: Rows = {}
    for line in read_rows(path):
        row = line.row
        if row is None or row.get("kind") not in ("decision", "table"):
            result.faults.append(f"line {line.number}: is no row that can be read.")
        elif row["kind"] == "table":
            result.tables += 1
        else:
            waiting.setdefault(str(row.get("input")), []).append((line.number, row))
    return waiting


def _steps(books: Iterable[Rulebook]) -> tuple[str, ...]:
    """The steps of own rulebooks, which records may name."""
    return tuple(sorted({step for book in books for step in book.steps}))


def _difference(row: Mapping[str, Any], key: bytes, record: Record, books: Mapping[str, Rulebook]) -> str:
    """Why a decision is not the same again; empty if it is."""
    try:
        identity = row["rulebook"]
        book = books.get(identity["sha256"])
        if book is None:
            about = f"{identity['name']} {identity['version']}, sha256 {identity['sha256'][:12]}"
            there = ", ".join(f"{b.name} {b.version} {b.sha256[:12]}" for b in books.values())
            return f"{_RULEBOOK}: {about}. Here is {there}."
        only = row["only"]
        decision = book.decide(record, on=row["on"], only=only, engine=row["engine"])
        again = code(key, "decision", decision.to_json().encode("utf-8", "surrogatepass"))
        same = hmac.compare_digest(again.encode(), str(row["output"]).encode())
    except (KeyError, TypeError):
        return "lacks what a row has."
    except (AavaRulesError, ValueError) as error:
        return f"cannot be decided anew ({type(error).__name__})."
    return "" if same else f"gives another answer (then by version {row.get('library')} of the library)."
