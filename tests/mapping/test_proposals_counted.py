"""How much of the mappings that are used is proposed rightly, counted on systems whose schemas were written before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

import aava_rules
from aava_rules import load_mapping
from aava_rules.mapping import SourceTable
from aava_rules.mapping.propose import propose
from aava_rules.tools.inputs.definitions import tables_of_ddl, tables_of_sqlite

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
EXPORT = PLUGINS / "aava-rules-tabular" / "examples" / "kunta"
SQL = PLUGINS / "aava-rules-sql" / "examples"


@pytest.fixture(scope="module")
def finland() -> Any:
    return aava_rules.load("finland", plugins=False)


def statements(text: str) -> dict[str, Any]:
    """Every statement of a mapping by its path: tables of codes where they are used, lists of one as the one."""
    document = yaml.load(text, yaml.BaseLoader)
    codes = document.pop("codes", {})
    del document["mapping"]
    found: dict[str, Any] = {}

    def gather(value: Any, path: str) -> None:
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            value = value[0]
        if isinstance(value, dict):
            for key, part in value.items():
                whole = codes[part] if key == "codes" and isinstance(part, str) else part
                gather(whole, f"{path}/{key}".removesuffix("/column"))
        else:
            # truth words are the same in small and capital letters
            words = [str(word).lower() if path.startswith("/truth") else str(word) for word in value]
            found[path] = sorted(words) if isinstance(value, list) else value

    gather(document, "")
    return found


def share(
    used: Path, tables: list[SourceTable], finland: Any, without: tuple[str, ...] = ()
) -> tuple[int, int, set[str]]:
    """How many statements of a mapping are proposed, how many it has, and which are not proposed so."""
    text = propose(tables, finland._parts)
    load_mapping(text.encode(), finland)
    wanted, proposed = statements(used.read_text(encoding="utf-8")), statements(text)
    wanted = {path: value for path, value in wanted.items() if not any(part in path for part in without)}
    right = [path for path, value in wanted.items() if proposed.get(path) == value]
    print(f"{used.name}: {len(right)} of {len(wanted)} statements are proposed rightly")
    return len(right), len(wanted), set(wanted) - set(right)


def test_an_export_of_csv_and_excel(finland: Any) -> None:
    """A municipality's export, with its own codes and names of columns in Finnish."""
    tabular = pytest.importorskip("aava_rules_tabular", reason="the plugin aava-rules-tabular is not installed")
    right, wanted, missing = share(EXPORT / "kartoitus.yaml", tabular.Tabular().tables(EXPORT / "vienti"), finland)
    assert right >= 0.8 * wanted, missing


def test_a_register_in_sqlite(tmp_path: Path, finland: Any) -> None:
    """A small register with names of columns in English, and rows."""
    with closing(sqlite3.connect(tmp_path / "clients.sqlite")) as connection:
        connection.executescript((SQL / "clients.sql").read_text(encoding="utf-8"))
    right, wanted, missing = share(SQL / "clients.yaml", tables_of_sqlite(tmp_path / "clients.sqlite"), finland)
    assert right >= 0.8 * wanted, missing


def test_nine_tables_by_their_definitions_alone(finland: Any) -> None:
    """A register of nine tables: without rows no code can be known, and the columns are."""
    tables = tables_of_ddl(SQL / "register" / "schema.sql")
    assert len(tables) == 9
    without = ("/codes/", "/truth", "/unknown", "no_rows", "where")
    right, wanted, missing = share(SQL / "register" / "mapping.yaml", tables, finland, without)
    assert right >= 0.8 * wanted, missing
