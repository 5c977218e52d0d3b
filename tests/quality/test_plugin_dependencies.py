"""The library never imports what only a plugin needs: neither in its source, nor when it is used."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = {"python-calamine": "python_calamine", "fhir.resources": "fhir", "pyjwt": "jwt"}
"""What distributions are imported as, where that is not their name."""


def distributions(projects: list[Path], *, extras: bool) -> set[str]:
    """The distributions that projects depend on, by their names without versions."""
    names: set[str] = set()
    for project in projects:
        table = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        wanted = list(table.get("dependencies", ()))
        if extras:
            wanted += [line for lines in table.get("optional-dependencies", {}).values() for line in lines]
        names |= {re.split(r"[\[<>=!~; ]", line)[0].lower() for line in wanted}
    return names


def of_plugins_alone() -> set[str]:
    """The modules that plugins need and the library does not."""
    plugins = distributions(sorted((ROOT / "plugins").glob("*/pyproject.toml")), extras=True)
    names = plugins - distributions([ROOT / "pyproject.toml"], extras=True)
    return {MODULES.get(name, name.replace("-", "_")) for name in names if not name.startswith("aava-rules")}


def test_each_plugin_names_what_it_needs() -> None:
    """A plugin depends on the library, and every dependency has a lower bound."""
    for project in sorted((ROOT / "plugins").glob("*/pyproject.toml")):
        wanted = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
        assert any(re.match(r"aava-rules\b", line) for line in wanted), project
        assert [line for line in wanted if not re.search(r">=|==|~=", line)] == [], project


@pytest.mark.parametrize("name", sorted(of_plugins_alone()))
def test_the_source_imports_nothing_of_a_plugin(name: str) -> None:
    """No module of the library imports it, lazily or for type hints either."""
    for file in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert name not in {module.partition(".")[0] for module in names}, file


def test_using_the_library_brings_in_nothing_of_a_plugin() -> None:
    """Loading a rulebook and a mapping, and deciding, import none of it, although the plugins are installed."""
    code = (
        "import sys, aava_rules; book = aava_rules.load('finland', plugins=False); book.decide({'id': 'x'});"
        "m = aava_rules.load_mapping(b'mapping: 1\\nclients: {table: a, id: b}', book); list(m.read({'a': [{'b': 1}]}));"
        f"print([m for m in {sorted(of_plugins_alone())!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
