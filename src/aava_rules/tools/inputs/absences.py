"""Days of absence of many clients, in a file beside their records: CSV, or JSON Lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from aava_rules.language.errors import AdapterError

COLUMNS: Final = ("client", "on", "reason", "child_age", "days_in_row")
_NUMBERS: Final = ("child_age", "days_in_row")


def read_absence_file(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The absences of each client, by the client's id, as `Rulebook.month_of` takes them.

    Args:
        path: a CSV file with the heading ``client,on,reason,child_age,days_in_row`` (the last three may be left out),
            or a file of JSON Lines with these keys.

    Raises:
        AdapterError: the file cannot be read, or a line names no client; nothing of its contents is quoted.
    """
    absences: dict[str, list[dict[str, Any]]] = {}
    for number, line in _lines(path):
        client = line.pop("client", None)
        if not isinstance(client, str) or not client:
            raise AdapterError(f"{path}, line {number}: names no client. Give the id of its record as client.")
        absences.setdefault(client, []).append(line)
    return absences


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            if path.suffix.lower() == ".csv":
                yield from _csv(path, csv.DictReader(stream))
                return
            for number, text in enumerate(stream, 1):
                if text.strip():
                    line = json.loads(text)
                    if not isinstance(line, Mapping):
                        raise AdapterError(f"{path}, line {number}: is no object. Write one for each day of absence.")
                    yield number, dict(line)
    except OSError as error:
        raise AdapterError(f"{path}: cannot be read ({error.strerror}).") from None
    except (UnicodeDecodeError, csv.Error, json.JSONDecodeError, RecursionError):
        hint = "Give CSV in UTF-8 (.csv), or a JSON object on each line."
        raise AdapterError(f"{path}: cannot be read as absences. {hint}") from None


def _csv(path: Path, rows: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    heads = rows.fieldnames or ()
    if "client" not in heads or "on" not in heads or not set(heads) <= set(COLUMNS):
        raise AdapterError(f"{path}: its first line is not {','.join(COLUMNS)}; the last three may be left out.")
    for row in rows:
        if None in row or None in row.values():
            raise AdapterError(f"{path}, line {rows.line_num}: has more or fewer cells than the first line.")
        line: dict[str, Any] = {key: value for key, value in row.items() if value}
        line |= {key: int(line[key]) for key in _NUMBERS if line.get(key, "").isdecimal() and len(line[key]) < 6}
        yield rows.line_num, line
