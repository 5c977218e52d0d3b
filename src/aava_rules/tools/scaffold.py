"""New rulebooks to begin with: a local one, an amendment, or a copy of a whole stack, with schemas for editors."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any, Final

from aava_rules.decision.loading import load
from aava_rules.language.errors import AavaRulesError
from aava_rules.rulebook.loader.file_schema import AMENDED_FILES, FILES, rulebook_schema
from aava_rules.rulebook.loader.schema_types import NAME
from aava_rules.rulebook.pack import FILE as PACK
from aava_rules.tools.cases.run import layer_folders
from aava_rules.tools.reports.report import json_text

SCHEMAS: Final = "_schema"
"""The folder of the schemas in a new rulebook; names that begin with an underscore are no rule files."""
_TEMPLATES: Final = Path(__file__).parent / "templates"
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def new_local(folder: Path, of: str) -> None:
    """Write a local rulebook with one rule, made up, and its cases.

    Args:
        folder: the new folder; its name is that of the rulebook.
        of: the rulebook that it lies on.

    Raises:
        AavaRulesError: the folder is not empty, or its name can be none of a rulebook; or `of` cannot be loaded.
    """
    load(of, plugins=False)
    _write(folder, "local", {"NAME": _begin(folder), "BASE": of})


def new_amendment(folder: Path, of: str) -> None:
    """Write the head of an amendment, to which its changes are added.

    Args:
        folder: the new folder; its name is that of the amendment.
        of: the rulebook that it amends, with a version or without.

    Raises:
        AavaRulesError: the folder is not empty, or its name can be none of a rulebook; or `of` cannot be loaded.
    """
    base = load(of, plugins=False)
    today = date.today()
    words = {"NAME": _begin(folder), "BASE": f"{base.name}=={base.version}", "TODAY": today.isoformat()}
    _write(folder, "amendment", words | {"FROM": date(today.year + 1, 1, 1).isoformat()})


def new_copy(folder: Path, of: str) -> None:
    """Copy a rulebook and all below it, byte by byte, with schemas where their first lines look for them.

    Args:
        folder: the new folder; the rulebooks come into ``rulesets`` in it, the schemas into ``docs/schema``.
        of: the rulebook.

    Raises:
        AavaRulesError: the folder is not empty, or `of` cannot be loaded.
    """
    rulebook = load(of, plugins=False)
    _refuse_full(folder)
    for place in layer_folders(rulebook):
        ignored = shutil.ignore_patterns(PACK, ".*", "__pycache__")
        shutil.copytree(place, folder / "rulesets" / place.name, ignore=ignored)
    _write_schemas(folder / "docs" / "schema")


def _begin(folder: Path) -> str:
    """The name of a new rulebook in ``folder``. Raises AavaRulesError if it cannot be one, or the folder is full."""
    name = folder.resolve().name
    if not re.search(NAME, name, re.ASCII):
        raise AavaRulesError(f"{name[:60]} cannot be the name of a rulebook: a-z, digits and underscores, a-z first.")
    _refuse_full(folder)
    return name


def _refuse_full(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AavaRulesError(f"{folder} is there and not empty. Name a new folder, so that nothing is written over.")


def _write(folder: Path, kind: str, words: dict[str, str]) -> None:
    """Write the files of a kind, with ``words`` in the place of what stands between at signs."""
    for template in sorted(path for path in (_TEMPLATES / kind).rglob("*") if path.is_file()):
        path = folder / template.relative_to(_TEMPLATES / kind)
        text = template.read_text(encoding="utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        path.write_text(text, encoding="utf-8")
    _write_schemas(folder / SCHEMAS)


def file_schemas() -> dict[str, Any]:
    """The JSON Schemas of rule files, by the names of their files: one of all, and one that refers to it for each."""
    schemas: dict[str, Any] = {"rulebook.json": rulebook_schema()}
    for file, definition in (FILES | {f"amended_{name}": shape for name, shape in AMENDED_FILES.items()}).items():
        # an editor follows a reference to another file, but not every editor a fragment of a modeline
        reference = f"rulebook.json#/definitions/{definition}"
        schemas[file.replace(".yaml", ".file.json")] = {"$schema": _DRAFT, "$ref": reference}
    return schemas


def _write_schemas(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in file_schemas().items():
        (folder / name).write_text(json_text(schema) + "\n", encoding="utf-8")
