"""The register of nine tables, whose schema knew nothing of the adapter, connected by a mapping file alone."""

from __future__ import annotations

import ast
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aava_rules_sql import SqlRegister
from conftest import EXAMPLES, Postgres
from typer.testing import CliRunner

import aava_rules
from aava_rules.adapters import Row
from aava_rules.engine.table.input.from_mapping import MappedTables
from aava_rules.engine.table.input.tables import load as load_tables
from aava_rules.mapping import load
from aava_rules.tools.cli import build

REGISTER = EXAMPLES / "register"
ON = "2014-05-05"


@pytest.fixture
def register(postgres: Postgres) -> Postgres:
    """The database of the example."""
    postgres.run(*((REGISTER / name).read_text(encoding="utf-8") for name in ("schema.sql", "data.sql")))
    return postgres


def by_hand() -> list[dict[str, Any]]:
    """The records made by hand."""
    return [json.loads(line) for line in (REGISTER / "records.jsonl").read_text(encoding="utf-8").splitlines()]


def test_it_has_nine_tables(register: Postgres) -> None:
    """The schema has nine tables, and the mapping reads all of them."""
    tables = register.admin.execute("select table_name from information_schema.tables where table_schema = 'public'")
    names = {name for (name,) in tables}
    assert len(names) == 9
    assert names == set(load(REGISTER / "mapping.yaml", aava_rules.load("aava", plugins=False)).tables)


def test_records_give_the_answers_of_hand_made_ones(register: Postgres, rulebook: aava_rules.Rulebook) -> None:
    """Every client's whole decision is that of the record made by hand, byte by byte."""
    mapping = load(REGISTER / "mapping.yaml", rulebook)
    rows = list(SqlRegister(register.url, mapping).rows())
    assert all(isinstance(row, Row) for row in rows)
    found = [rulebook.decide(row.record, on=ON).to_json() for row in rows if isinstance(row, Row)]
    assert found == [rulebook.decide(record, on=ON).to_json() for record in by_hand()]


def test_columns_give_the_same_answers(register: Postgres, rulebook: aava_rules.Rulebook) -> None:
    """Read as columns, every client is the one of the record made by hand too."""
    mapping = load(REGISTER / "mapping.yaml", rulebook)
    (batch,) = SqlRegister(register.url, mapping).batches()
    frames, held = MappedTables(mapping, rulebook._book.vocabulary).frames(batch.clients, batch.rows)
    tables = load_tables(frames, date.fromisoformat(ON), rulebook._book.vocabulary)
    assert held.all()
    assert tables.valid.all()
    found = [rulebook.decide(tables.record(row), on=ON).to_json() for row in range(tables.size)]
    assert found == [rulebook.decide(record, on=ON).to_json() for record in by_hand()]


@pytest.mark.parametrize("columns", [True, False])
def test_the_command_line_reports_the_same(
    register: Postgres, monkeypatch: pytest.MonkeyPatch, columns: bool, tmp_path: Path
) -> None:
    """``check`` of the database prints what ``check`` of the records prints, through columns and record by record."""
    monkeypatch.setenv("REGISTER_URL", register.url)
    options = ["--on", ON, "--language", "en", "--rulebook", "aava", *([] if columns else ["--engine", "reference"])]
    mapped = ["env:REGISTER_URL", "--input", "sql", "--mapping", str(REGISTER / "mapping.yaml")]
    found = CliRunner().invoke(build(), ["check", *mapped, *options])
    wanted = CliRunner().invoke(build(), ["check", str(REGISTER / "records.jsonl"), *options])
    assert found.stdout == wanted.stdout
    assert "8 records" in found.stdout
    assert found.exit_code == wanted.exit_code == 1
    assert found.stderr == ""


def test_columns_that_may_never_be_read_are_not_asked_for(register: Postgres, rulebook: aava_rules.Rulebook) -> None:
    """A user who may not select names and identity codes reads the whole register: no query names them."""
    columns = "asiakas_nro, syntyma_pvm, kotikunta, asiointikieli, turvakielto"
    others = "tilannearvio, etuusjakso, suunnitelma, suunnitelma_lasna, suunnitelma_kirjaus, tyojakso"
    register.run(
        "create role lukija login",
        f"grant select ({columns}) on asiakas to lukija",
        f"grant select on {others}, tyojakso_lasnaolo, tapahtuma to lukija",
    )
    try:
        mapping = load(REGISTER / "mapping.yaml", rulebook)
        url = register.url.replace("postgres@", "lukija@")
        assert len(list(SqlRegister(url, mapping).rows())) == 8
        register.run("revoke select on tapahtuma from lukija")
        with pytest.raises(aava_rules.AdapterError, match=r"tapahtuma: does not let this user do that\. Grant select"):
            list(SqlRegister(url, mapping).rows())
    finally:
        register.run("drop owned by lukija", "drop role lukija")


def test_the_first_answer_takes_five_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The example of an SQLite register is a mapping file and five lines of Python, and prints its answers."""
    program = EXAMPLES / "first_answer.py"
    tree = ast.parse(program.read_text(encoding="utf-8"))
    assert (
        sum(isinstance(node, ast.stmt) and not isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))
        <= 5
    )
    shutil.copy(EXAMPLES / "clients.yaml", tmp_path)
    with closing(sqlite3.connect(tmp_path / "clients.sqlite")) as connection:
        connection.executescript((EXAMPLES / "clients.sql").read_text(encoding="utf-8"))
    monkeypatch.chdir(tmp_path)
    exec(compile(program.read_text(encoding="utf-8"), str(program), "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.splitlines() == ["A-17 True", "A-18 UNKNOWN", "A-19 False"]
