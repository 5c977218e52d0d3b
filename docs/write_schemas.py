"""Writes the published JSON Schemas into docs/schema; a test holds them equal to the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aava_rules.decision.schema import decision_schema, short_schema
from aava_rules.mapping.file_schema import mapping_schema
from aava_rules.record.fields import record_schema
from aava_rules.tools.protocol.schema import answer_schema, request_schema
from aava_rules.tools.scaffold import file_schemas

FOLDER = Path(__file__).parent / "schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by the name of its file."""
    found = {
        "record.json": record_schema(),
        "decision.json": decision_schema(),
        "decision.short.json": short_schema(),
        "mapping.json": mapping_schema(),
        "request.json": request_schema(),
        "answer.json": answer_schema(),
    }
    found |= file_schemas()
    return found


def text(schema: dict[str, Any]) -> str:
    """The schema as it is written."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for name, schema in schemas().items():
        (FOLDER / name).write_text(text(schema), encoding="utf-8")
        print(f"docs/schema/{name}")
