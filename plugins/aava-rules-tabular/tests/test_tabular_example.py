"""The export of a municipality: connected by a mapping alone, it gives the answers of the hand-made records."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from aava_rules_tabular import Tabular

import aava_rules
from aava_rules.adapters import BadRow
from aava_rules.mapping import read_mapped

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "kunta"
DAYS = ("2014-05-05", "2014-12-31", "2026-06-01")


@pytest.fixture(scope="module")
def book() -> Any:
    return aava_rules.load("finland", plugins=False)


def by_hand() -> list[Any]:
    return [json.loads(line) for line in (EXAMPLE / "tietueet.jsonl").read_text(encoding="utf-8").splitlines()]


def exported(book: Any) -> list[Any]:
    mapping = aava_rules.load_mapping(EXAMPLE / "kartoitus.yaml", book)
    rows = list(read_mapped(Tabular(), EXAMPLE / "vienti", mapping))
    assert not [row for row in rows if isinstance(row, BadRow)]
    return [row.record for row in rows if not isinstance(row, BadRow)]


@pytest.mark.parametrize("on", DAYS)
def test_the_export_gives_the_answers_of_the_hand_made_records(book: Any, on: str) -> None:
    """Every answer, finding, step, notice and missing fact is the same, byte by byte, on days of three laws."""
    records = exported(book)
    assert len(records) == 4
    for record, expected in zip(records, by_hand(), strict=True):
        assert book.decide(record, on=on).to_json() == book.decide(expected, on=on).to_json()


def test_no_identity_code_and_no_name_leaves_the_adapter(book: Any) -> None:
    """What may never be read is in no record."""
    text = str(exported(book))
    for secret in ("010594Y9032", "020594X903P", "Esimerkki", "Väinö"):
        assert secret not in text


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from aava_rules.tools.cli import main; main()"
    environment = os.environ | {"AAVA_RULES_DISABLE_PLUGINS": "example", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=environment,
        encoding="utf-8",
    )  # fmt: skip


def test_the_program_and_the_command_of_the_example() -> None:
    """The example program runs, and the command finds what it finds and tells how the files were read."""
    done = subprocess.run([sys.executable, EXAMPLE / "paatokset.py"], capture_output=True, text=True, check=True,
                          env=os.environ | {"PYTHONUTF8": "1"}, encoding="utf-8")  # fmt: skip
    lines = done.stdout.splitlines()
    assert [line[:4] for line in lines] == ["1001", "1002", "1003", "1004"]
    assert "kaikki osapuolet allekirjoittaneet" in lines[1]
    checked = run("check", str(EXAMPLE / "vienti"), "--mapping", str(EXAMPLE / "kartoitus.yaml"), "--rulebook",
                  "finland", "--on", "2014-05-05", "--format", "csv-excel")  # fmt: skip
    assert checked.returncode == 1, checked.stderr
    assert checked.stdout.startswith("\ufeffTietue;Ratkaisupäivä;Tila")
    assert "1002;5.5.2014;ei täyty;laki;" in checked.stdout
    assert [line.rpartition(": ")[2] for line in checked.stderr.splitlines()] == [
        "Windows-1252, separator semicolon.", "UTF-8 with a byte order mark, separator semicolon.",
    ]  # fmt: skip


def leaves(value: Any, codes: Any, path: str = "") -> dict[str, Any]:
    """Every statement of a mapping by its path: tables of codes stand where they are used, and lists of one as the one."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, part in value.items():
            if key == "codes" and isinstance(part, str):
                part = codes[part]
            found |= leaves(part, codes, f"{path}/{key}".removesuffix("/column"))
        return found
    return {path: sorted(map(str, value)) if isinstance(value, list) else value}


def test_four_fifths_of_the_mapping_are_proposed_rightly() -> None:
    """Counted: of the statements of the mapping that is used, so many are in the proposal; and it is a right mapping."""
    proposed = run("map", str(EXAMPLE / "vienti"), "--rulebook", "finland")
    assert proposed.returncode == 0, proposed.stderr
    assert aava_rules.load_mapping(proposed.stdout.encode(), aava_rules.load("finland", plugins=False))
    used, other = (
        yaml.load(text, yaml.BaseLoader)
        for text in ((EXAMPLE / "kartoitus.yaml").read_text(encoding="utf-8"), proposed.stdout)
    )
    wanted, given = (
        leaves({key: part for key, part in document.items() if key not in ("mapping", "codes")}, document["codes"])
        for document in (used, other)
    )
    for statements in (wanted, given):
        for path in [path for path in statements if path.startswith("/truth/")]:
            statements[path] = sorted(map(str.lower, statements[path]))
    right = [path for path, value in wanted.items() if given.get(path) == value]
    wrong = [path for path, value in given.items() if path in wanted and wanted[path] != value]
    print(f"{len(right)} of {len(wanted)} statements are proposed rightly; otherwise: {wrong}")
    assert len(right) >= 0.8 * len(wanted), sorted(set(wanted) - set(right))
    marked = [line for line in proposed.stdout.splitlines() if "# ?" in line]
    assert any("empty" in line for line in marked), "what absence means is asked, never decided"
    assert any("Tila" in line for line in marked)
