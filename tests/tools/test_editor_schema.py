"""The schema that an editor is given: it accepts all right files, offers the names of a rulebook, and finds slips."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

import aava_rules
from aava_rules.decision.entry_points import DISABLE
from aava_rules.language.errors import UnknownName
from aava_rules.rulebook.loader.file_schema import FILES
from aava_rules.rulebook.loader.yaml_nodes import plain, read_yaml
from aava_rules.tools.cli import build
from aava_rules.tools.editor_schema import editor_schema

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = [ROOT / "rulesets" / name for name in ("finland", "aava", "hartola_sysma")]
BOOKS = [*SHIPPED, ROOT / "examples" / "own_rulebook"]
RIGHT = [
    (book, file)
    for book in BOOKS
    for file in sorted([*book.glob("*.yaml"), *book.glob("*/*.yaml")])
    if file.name in FILES
]


def contents(data: bytes) -> Any:
    """A file as an editor sees it: keys are texts, also true and false."""

    def as_json(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: as_json(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [as_json(inner) for inner in value]
        return float(value) if isinstance(value, Decimal) else value

    root = read_yaml(data).root
    assert root is not None
    return as_json(plain(root))


@cache
def validator(book: Path, file: str) -> jsonschema.Draft7Validator:
    schema = json.loads(json.dumps(editor_schema(aava_rules.load(book, plugins=False), file)))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize(("book", "file"), RIGHT, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_shipped_file_is_right(book: Path, file: Path) -> None:
    """The schema with the names of a rulebook accepts every file of it."""
    validator(book, file.name).validate(contents(file.read_bytes()))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("rules.yaml", b"ruleset: r\ntitle: {fi: x, sv: x, en: x}\nrules:\n  - {idd: R-1}\n"),
        ("cases.yaml", b"- {case: x, date: 2020-01-01, ground: OWN, ref: x}\n"),
        ("cases.yaml", b"- {case: x, date: 2020-01-01, ground: SOURCE, ref: x, checks: {days_per_week_max: brokn}}\n"),
        ("messages.yaml", b"m: {true: {fi: x}}\n"),
        ("rulebook.yaml", b"- x\n"),
    ],
)
def test_slips_are_found(file: str, content: bytes) -> None:
    """A wrong key, word or shape is no right file."""
    assert not validator(ROOT / "rulesets" / "finland", file).is_valid(contents(content))


def test_names_are_offered() -> None:
    """Facts, outcomes, requirements, steps, sources and rules stand where they may be typed, with titles and words."""
    book = aava_rules.load("aava", plugins=False)
    of = editor_schema(book)["definitions"]
    assert {"age", "target_group", "unemployed"} <= set(of["Tests"]["anyOf"][0]["enum"])
    rule = of["Rule"]["properties"]
    assert set(rule["then"]["anyOf"][0]["properties"]) == set(book._parts.outcomes)
    assert "days_per_week_max" in rule["requirement"]["anyOf"][0]["enum"]
    assert "first_activation_plan" in rule["suggest"]["anyOf"][0]["enum"]
    assert "act-189-2001" in rule["cite"]["anyOf"][0]["enum"]
    case = of["Case"]["properties"]
    assert "työt" in case["given"]["properties"]["unemployed"]["description"]
    assert "TG-22" in case["by"]["items"]["anyOf"][0]["enum"]
    assert set(case["expect"]["properties"]) == set(book._parts.outcomes)


def test_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """``schema --for`` prints it, of one file or of any, and tells what it cannot do."""
    monkeypatch.setenv(DISABLE, "1")

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(build(), ["schema", *arguments])

    book = aava_rules.load("finland", plugins=False)
    assert json.loads(run("--for", "finland").stdout) == json.loads(json.dumps(editor_schema(book)))
    one = json.loads(run("--for", "finland", "--file", "rules.yaml").stdout)
    assert one["allOf"] == [{"$ref": "#/definitions/RulesFile"}]
    assert json.loads(run("rulebook", "--file", "cases.yaml").stdout)["allOf"] == [{"$ref": "#/definitions/CasesFile"}]
    assert run().exit_code == run("record", "--for", "finland").exit_code == run("--for", "nowhere").exit_code == 2
    wrong = run("--for", "finland", "--file", "rule.yaml")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "Did you mean rules.yaml?" in wrong.stderr


def test_no_such_file() -> None:
    """A file that no rulebook has is told with the nearest."""
    with pytest.raises(UnknownName, match=r"Did you mean cases\.yaml\?"):
        editor_schema(None, "case.yaml")
