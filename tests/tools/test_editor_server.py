"""What an editor makes of rule files: the schemas, as the YAML language server reads them, fit all shipped files.

`make test-editor` installs the server with npm; without it these tests are skipped, and say so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import aava_rules
from aava_rules.tools.editor_schema import editor_schema
from aava_rules.tools.scaffold import new_local
from tests.support.yaml_server import PROGRAM, YamlServer, program

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(program() is None, reason=f"{PROGRAM} is not installed: make test-editor (needs npm)")


@pytest.fixture(scope="module")
def server() -> Iterator[YamlServer]:
    command = program()
    assert command is not None
    with YamlServer(command, ROOT) as running:
        yield running


def test_shipped_files_have_no_faults(server: YamlServer) -> None:
    """Every rule file of the rulebooks and examples names its schema, and fits it."""
    files = [file for top in ("rulesets", "examples") for file in sorted((ROOT / top).rglob("*.yaml"))]
    files = [file for file in files if "$schema" in file.read_text(encoding="utf-8")]
    assert len(files) > 60
    assert server.faults(files) == {}


def test_a_new_rulebook_has_no_faults(server: YamlServer, tmp_path: Path) -> None:
    """What ``init`` writes fits the schemas that it writes beside."""
    new_local(tmp_path / "our_town", "aava")
    files = sorted((tmp_path / "our_town").rglob("*.yaml"))
    assert files and server.faults(files) == {}


def test_mistakes_are_told(server: YamlServer, tmp_path: Path) -> None:
    """A misspelt key, a wrong word and a missing language are told at their lines."""
    new_local(tmp_path / "our_town", "aava")
    wrong = tmp_path / "our_town" / "rulebook.yaml"
    text = wrong.read_text(encoding="utf-8")
    wrong.write_text(text.replace("weight: local", "wieght: lokal"), encoding="utf-8")
    (told,) = server.faults([wrong]).values()
    assert any("wieght" in fault for fault in told)


def test_the_names_of_a_rulebook_are_offered(server: YamlServer, tmp_path: Path) -> None:
    """With `schema --for`, an editor offers the requirements of the rulebook, and no others."""
    book = aava_rules.load("finland", plugins=False)
    (tmp_path / "rules.schema.json").write_text(json.dumps(editor_schema(book, "rules.yaml")), encoding="utf-8")
    head = "# yaml-language-server: $schema=rules.schema.json\nruleset: own\n"
    lines = f"{head}rules:\n  - id: OWN-1\n    requirement: \n"
    offered = server.completions(tmp_path / "rules.yaml", lines, 4, 17)
    assert "days_per_week_max" in offered
    assert "target_group" not in offered
