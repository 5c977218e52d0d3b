"""The published JSON Schemas are those of the code, and what is shipped fits them."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import aava_rules
from aava_rules.decision.reasons import CODES

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
    book = aava_rules.load("aava", plugins=False)._book
    names = {*book.parts.outcomes, *book.parts.requirements, *(question.name for question in book.questions.values())}
    assert {name for name in names if f"| `{name}` |" not in text} == set()


def test_the_page_on_the_status_of_the_law_says_what_decisions_say() -> None:
    """No record gets an answer where the page says unknown, nor one with a graver caution than the page names."""
    writer = runpy.run_path(str(ROOT / "docs" / "write_law_status.py"))
    status = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", writer["page"](), re.MULTILINE))
    compared = 0
    for path in RECORDS:
        decision = aava_rules.load("aava", plugins=False).decide(path.read_bytes(), on=writer["DAY"])
        answers = [(outcome.name, outcome) for outcome in decision.outcomes.values() if outcome.status == "known"]
        answers += [(finding.requirement, finding) for finding in decision.findings]
        for name, answer in answers:
            codes = [caution.code for caution in answer.cautions]
            if getattr(answer, "given", False) or answer.status not in ("known", "met", "broken"):
                continue
            compared += 1
            assert status[name] not in ("unknown", "no rule in force"), (path.stem, name)
            if status[name] == "verified":
                assert codes == [], (path.stem, name)
            elif status[name] != "unknown in part":
                gravest = CODES.index(status[name].replace(" ", "_"))
                assert all(CODES.index(code) >= gravest for code in codes), (path.stem, name, codes)
    assert compared > 100
