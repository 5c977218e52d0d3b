"""The published JSON Schemas are those of the code, and what is shipped fits them."""

import json
import runpy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import aava_rules

ROOT = Path(__file__).parent.parent
WRITER = runpy.run_path(str(ROOT / "docs" / "write_schemas.py"))
RECORDS = sorted((ROOT / "examples" / "records").glob("*.json"))


def published(name: str) -> dict[str, Any]:
    """A schema as it is published."""
    found: dict[str, Any] = json.loads((ROOT / "docs" / "schema" / name).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", sorted(WRITER["schemas"]()))
def test_a_published_schema_is_the_one_that_the_code_makes(name: str) -> None:
    """`make docs` has been run since the models last changed."""
    assert (ROOT / "docs" / "schema" / name).read_text(encoding="utf-8") == WRITER["text"](WRITER["schemas"]()[name])


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_example_records_and_their_decisions_fit_the_schemas(path: Path) -> None:
    """A host can validate what it sends and what it gets."""
    record = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(record, published("record.json"))
    for day in ("2001-08-31", "2015-09-15", "2026-02-02"):
        decision = aava_rules.load("aava", plugins=False).decide(record, on=day)
        jsonschema.validate(json.loads(decision.to_json()), published("decision.json"))


@pytest.mark.parametrize("name", ["record.json", "decision.json", "rulebook.json"])
def test_a_published_schema_is_itself_right(name: str) -> None:
    """Each schema fits the draft that it names."""
    schema = published(name)
    jsonschema.validators.validator_for(schema).check_schema(schema)


def test_the_page_on_the_status_of_the_law_is_the_one_that_the_rulebook_makes() -> None:
    """`make docs` has been run since the rules last changed, and the page has a line for every answer of the law."""
    writer = runpy.run_path(str(ROOT / "docs" / "write_law_status.py"))
    text = (ROOT / "docs" / "law_status.md").read_text(encoding="utf-8")
    assert text == writer["page"]()
    parts = aava_rules.load("finland", plugins=False).book.parts
    assert all(f"| `{name}` |" in text for name in (*parts.outcomes, *parts.requirements))
