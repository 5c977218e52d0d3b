"""Faults and remarks as other tools read them: JSON, SARIF 2.1.0, and annotations of GitHub Actions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from aava_rules.language.errors import Fault
from aava_rules.tools.lint.codes import Code, codes

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""The address of the schema of SARIF 2.1.0, which its files name."""
NOT_SETTLED: Final = "AR230"
"""The code of what the checker could not settle: told, and no fault of the rulebook."""
NOTES: Final = (NOT_SETTLED, "AR231")
"""The codes of what is told and is no fault of the rulebook."""
_ELSEWHERE: Final = "RULEBOOKS"
"""What SARIF calls the folder of rulebooks that lie outside the folder that is worked in."""


def level(code: str) -> str:
    """How grave a fault is, in the words of SARIF.

    Args:
        code: its code. Rulebooks with faults up to AR199 do not load (``error``); of those that load, something is
            lacking or wrong (``warning``), or could not be settled or is only told (``note``).
    """
    return "note" if code in NOTES else "warning" if code.startswith("AR2") else "error"


class Place:
    """Where a fault is, as numbers, and its file as a path.

    Attributes:
        path: the file, relative to the folder that is worked in if it lies in it, else as faults name it.
        here: whether it lies in that folder.
        line, column: both from 1.
    """

    def __init__(self, fault: Fault, rulebooks: Path | None) -> None:
        """Read the place of ``fault``; ``rulebooks`` is the folder that holds the rulebook's, None if there is none."""
        file, _, numbers = fault.place.partition(":")
        line, _, column = numbers.partition(":")
        self.line = int(line) if line.isdecimal() else 1
        self.column = int(column) if column.isdecimal() else 1
        self.path, self.here = file, False
        if rulebooks is not None:
            whole = (rulebooks / file).resolve()
            if whole.is_relative_to(Path.cwd()):
                self.path, self.here = whole.relative_to(Path.cwd()).as_posix(), True


def as_json(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """The ``faults`` as JSON has them: each with its place, code, level, texts and example."""
    return [
        {
            "place": fault.place, "code": fault.code, "level": level(fault.code), "what": fault.what,
            "why": fault.why, "hint": fault.hint, "source": fault.source,
            **({"example": json.loads(fault.example)} if fault.example else {}),
        }
        for fault in faults
    ]  # fmt: skip


def as_github(faults: Iterable[Fault], rulebooks: Path | None) -> Iterator[str]:
    """The ``faults`` as lines that GitHub Actions shows beside the files.

    Args:
        faults: the faults.
        rulebooks: the folder that holds the rulebook's folder; None if it has none.
    """
    commands = {"error": "error", "warning": "warning", "note": "notice"}
    for fault in faults:
        place = Place(fault, rulebooks)
        fields = {
            "file": place.path, "line": place.line, "col": place.column,
            "endColumn": place.column + max(fault.width, 1), "title": f"{fault.code} {fault.what}",
        }  # fmt: skip
        properties = ",".join(f"{key}={_escaped(str(value), in_property=True)}" for key, value in fields.items())
        yield f"::{commands[level(fault.code)]} {properties}::{_escaped(_text(fault))}"


def _escaped(text: str, in_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def _text(fault: Fault) -> str:
    """What is wrong, why, what to do, and the example, as one text."""
    parts = [f"{fault.what}.", fault.why, fault.hint, fault.example and f"{fault.label}: {fault.example}"]
    return " ".join(part for part in parts if part)


def as_sarif(faults: Iterable[Fault], rulebooks: Path | None, version: str) -> dict[str, Any]:
    """The ``faults`` as a log of SARIF 2.1.0.

    Args:
        faults: the faults.
        rulebooks: the folder that holds the rulebook's folder; None if it has none.
        version: the version of this library.
    """
    every = list(faults)
    known = codes()
    used = [known[code] for code in sorted({fault.code for fault in every})]
    index = {code.code: number for number, code in enumerate(used)}
    results = [_result(fault, Place(fault, rulebooks), index[fault.code]) for fault in every]
    driver = {"name": "aava-rules", "version": version, "rules": [_rule(code) for code in used]}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            "%SRCROOT%": {"description": {"text": "The folder in which the checker was called."}},
            _ELSEWHERE: {"description": {"text": "The folder that holds the folders of the rulebooks."}},
        },
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.code,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": f"{code.what} {code.why}"},
        "help": {"text": code.text(), "markdown": code.markdown()},
        "defaultConfiguration": {"level": level(code.code)},
    }


def _result(fault: Fault, place: Place, rule_index: int) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": place.line, "startColumn": place.column}
    if fault.column:
        region["endColumn"] = place.column + max(fault.width, 1)
    if fault.source:
        region["snippet"] = {"text": fault.source}
    location = {"uri": quote(place.path), "uriBaseId": "%SRCROOT%" if place.here else _ELSEWHERE}
    fingerprint = hashlib.sha256(f"{fault.code}\n{fault.place.partition(':')[0]}\n{fault.what}".encode()).hexdigest()
    result: dict[str, Any] = {
        "ruleId": fault.code,
        "ruleIndex": rule_index,
        "level": level(fault.code),
        "message": {"text": _text(fault)},
        "locations": [{"physicalLocation": {"artifactLocation": location, "region": region}}],
        "partialFingerprints": {"codeFileAndText/v1": fingerprint[:32]},
    }
    if fault.example:
        result["properties"] = {"example": json.loads(fault.example)}
    return result
