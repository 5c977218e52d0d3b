"""Proposals of mappings: what is recognised, what is marked, and that absence is never given a meaning."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules import AdapterError, load_mapping
from aava_rules.adapters import BadRow
from aava_rules.decision.entry_points import DISABLE
from aava_rules.mapping import SourceRow, SourceTable
from aava_rules.mapping.propose import propose
from aava_rules.tools.cli import build
from aava_rules.tools.inputs.definitions import tables_of_ddl, tables_of_sqlite


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="module")
def finland() -> Any:
    return aava_rules.load("finland", plugins=False)


def table(name: str, columns: Iterable[str], *rows: Iterable[Any]) -> SourceTable:
    names = tuple(columns)
    return SourceTable(
        name,
        names,
        lambda: [SourceRow(f"{name} row {n}", dict(zip(names, row, strict=True))) for n, row in enumerate(rows)],
    )


def proposed(finland: Any, *tables: SourceTable) -> str:
    """The proposal, which must be a mapping that loads."""
    text = propose(tables, finland._parts)
    load_mapping(text.encode(), finland)
    return text


CLIENTS = table("asiakkaat", ["asiakas_id", "hetu", "nimi", "syntPvm", "turvakielto"], ["1", "010594Y9032", "A", "1.2.1994", ""],
                ["2", "020594X903P", "B", "2.2.1994", "X"])  # fmt: skip


def test_identity_codes_and_names_are_never_read(finland: Any) -> None:
    """They are recognised by their names and by their cells, and proposed as never read."""
    odd = table(
        "asiakkaat", ["nro", "tunn", "synt_pvm"], ["1", "010594Y9032", "1.2.1994"], ["2", "020594X903P", "2.2.1994"]
    )
    assert "never_read:\n  asiakkaat: [hetu, nimi]\n" in proposed(finland, CLIENTS)
    assert "never_read:\n  asiakkaat: [tunn]\n" in proposed(finland, odd)
    for text in (proposed(finland, CLIENTS), proposed(finland, odd)):
        assert "010594Y9032" not in text


def test_an_identity_code_as_the_only_key_is_hashed(finland: Any) -> None:
    """It is proposed with the hash, and marked, since somebody has to decide that."""
    text = proposed(finland, table("asiakkaat", ["hetu"], ["010594Y9032"], ["020594X903P"]))
    assert "  id: {column: hetu, hash: true}  # ? an identity code, hashed with a key of yours\n" in text


def test_absence_is_given_no_meaning(finland: Any) -> None:
    """Empty cells, missing rows and missing fields are asked about, in comments: nothing is said to be none or false."""
    text = proposed(finland, CLIENTS, table("etuudet", ["asiakas_id", "laji", "alkaen"], ["1", "TMT", "1.1.2014"]))
    statements = "\n".join(line.partition("#")[0] for line in text.splitlines())
    assert "empty:" not in statements
    assert "none" not in statements
    assert "complete" not in statements
    assert "protected: turvakielto  # ? what does an empty cell mean? if false, add empty: false" in text
    assert "no_rows: unknown  # ? none, if a client without rows has no such items" in text


def test_codes_that_mean_nothing_known_stay_unknown(finland: Any) -> None:
    """A code is given the word that it is like; any other is unknown, and marked with the words that there are."""
    text = proposed(finland, CLIENTS, table("etuudet", ["asiakas_id", "etuuslaji", "alkaen"], ["1", "TMT", "1.1.2014"],
                                            ["1", "77", "1.1.2014"], ["1", "Toimeentulotuki", "1.1.2014"]))  # fmt: skip
    assert "    TMT: labour_market_subsidy\n" in text
    assert "    Toimeentulotuki: social_assistance\n" in text
    assert "    77: unknown  # ? one of unemployment_allowance, " in text


@pytest.mark.parametrize(
    ("cells", "forms"),
    [(["1.2.1994", "12.12.1994"], "[d.M.yyyy]"), (["1994-02-01"], "[yyyy-MM-dd]"), (["19940201"], "[yyyyMMdd]"),
     (["1994-02-01 00:00:00", "1.2.1994"], "[yyyy-MM-dd HH:mm:ss, d.M.yyyy]"),
     ([34366.0, 34367.0], "[excel]  # ? numbers that may be days")],
)  # fmt: skip
def test_forms_of_days_are_found(finland: Any, cells: list[Any], forms: str) -> None:
    """The forms that the cells have are proposed; two-digit years have none."""
    text = proposed(finland, table("asiakkaat", ["nro", "syntymäaika"], *([n, cell] for n, cell in enumerate(cells))))
    assert f"\ndates: {forms}\n" in text
    two_digits = proposed(finland, table("asiakkaat", ["nro", "syntymäaika"], [1, "1.2.94"]))
    assert "dates:" not in two_digits


def test_decimals_truth_words_and_unknown_texts_are_found(finland: Any) -> None:
    """A decimal comma, own truth words and texts that mean unknown are proposed; the last are marked."""
    text = proposed(
        finland, table("asiakkaat", ["nro", "työtön", "tmt_pv"], [1, "K", "30,0"], [2, "E", "-"], [3, "", "5"])
    )
    assert 'decimals: ","\n' in text
    assert "truth: {true: [k], false: [e]}\n" in text
    assert 'unknown: ["-"]  # ? texts that may mean unknown\n' in text


def test_nothing_that_is_recognised_is_told(finland: Any) -> None:
    """A table of which nothing is known is said to be unused; a source without tables is said to have none."""
    text = proposed(finland, CLIENTS, table("zzz", ["aaa"], ["1"]))
    assert "# ? the table zzz is not used" in text
    assert propose([], None).endswith("# ? no table was found\n")


def test_a_table_without_a_heading(finland: Any) -> None:
    """Its first row is of a client: nothing of it is shown, the columns are numbered, and somebody is to name them."""
    text = proposed(finland, table("asiakkaat", ["17", "010594Y9032", "Esimerkki", "1.5.1994"],
                                   ["18", "020594X903P", "Malli", "2.5.1994"]))  # fmt: skip
    header = "tables:\n  asiakkaat: {header: [sarake1, sarake2, sarake3, sarake4]}  # ? no heading was found"
    assert header in text
    assert "asiakkaat: [sarake2]\n" in text
    for secret in ("010594Y9032", "Esimerkki", "1.5.1994"):
        assert secret not in text


def test_names_that_yaml_reads_otherwise_are_quoted(finland: Any) -> None:
    """Names with signs of YAML, spaces, numbers and words like true come back as they are."""
    names = ["nro", "syntymäaika: pvm", "true", "1.5", "# kunta", "a'b\"c"]
    text = proposed(finland, table("asiakkaat: 2014", names, ["1", "1.1.1990", "x", "x", "Sysmä", "x"]))
    mapping = load_mapping(text.encode(), finland)
    assert mapping.clients.table == "asiakkaat: 2014"
    assert {"syntymäaika: pvm", "# kunta"} <= mapping.clients.columns


def test_items_beside_one_another_in_a_wide_row(finland: Any) -> None:
    """Columns that differ in a number alone are items of a list; what empty ones mean is asked."""
    columns = ["asiakasnro", "jakso1_alkaa", "jakso1_pv/vko", "jakso2_alkaa", "jakso2_pv/vko", "puh1", "puh2"]
    text = proposed(finland, table("asiakkaat", columns, ["1", "1.1.2014", "3", "", "", "", ""]))
    assert "periods:\n  - repeat: 2  # ? may a client have more" in text
    assert '      start: "jakso{n}_alkaa"\n' in text
    assert '      days_per_week: "jakso{n}_pv/vko"\n' in text
    assert "kind: {value: rehabilitative_work}  # ? one of" in text
    assert "puh{n}" not in text
    mapping = load_mapping(text.encode(), finland)
    (row,) = mapping.read(
        {"asiakkaat": [dict(zip(columns, ["1", "1.1.2014", "3", "5.5.2014", "", "", ""], strict=True))]}
    )
    assert not isinstance(row, BadRow)
    assert len(row.record["periods"]) == 2


def test_a_child_table_and_facts_in_a_table_beside_the_clients(finland: Any) -> None:
    """Rows that name an item and no client fill a field of it; facts of another table are looked up, and both are marked."""
    text = proposed(
        finland, table("asiakas", ["asiakas_nro", "synt_pvm"], ["1", "1.1.1990"], ["2", "2.1.1990"]),
        table("suunnitelma", ["suunnitelma_id", "asiakas_nro", "laadittu"], ["11", "1", "1.1.2014"]),
        table("suunnitelma_lasna", ["suunnitelma_id", "rooli", "huom"], ["11", "asiakas", "x"], ["11", "Kela", "x"]),
        table("tilanne", ["asiakas_nro", "tyoton"], ["1", "K"], ["2", "E"]),
    )  # fmt: skip
    child = "present: {rows: {table: suunnitelma_lasna, item: suunnitelma_id, column: rooli}, codes: plans_present}"
    assert f"      {child}  # ? do all rows count, whatever huom says? else add where:\n" in text
    lookup = "lookup: {table: tilanne, key: asiakas_nro, value: tyoton}, other: unknown}"
    assert f"    unemployed: {{column: asiakas_nro, {lookup}  # ? has the table one row for each client?\n" in text
    assert "    Kela: kela\n" in text


def test_hashed_keys_meet(finland: Any) -> None:
    """Where the key of the clients is hashed, so is that of their rows: the proposal loads."""
    text = proposed(finland, table("asiakkaat", ["hetu"], ["010594Y9032"], ["020594X903P"]),
                    table("etuudet", ["hetu", "alkaen"], ["010594Y9032", "1.1.2014"]))  # fmt: skip
    assert "    client: {column: hetu, hash: true}\n" in text


DDL = """
-- the register
CREATE TABLE IF NOT EXISTS kanta."asiakas" (
  asiakas_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "syntymä aika" date CHECK (extract(year from "syntymä aika") > 1900), kotikunta varchar(40) DEFAULT 'a,b (c)',
  CONSTRAINT x UNIQUE (asiakas_id, kotikunta)
);
/* CREATE TABLE gone (a int); */
create table [jaksot] ([jakso_id] int not null, asiakas_id int references asiakas(asiakas_id), alku date,
  tunteja_paivassa numeric(4, 2), primary key (jakso_id), foreign key (asiakas_id) references asiakas (asiakas_id));
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build(), [str(argument) for argument in arguments])


def test_definitions_in_sql(tmp_path: Path) -> None:
    """CREATE TABLE statements of several dialects give tables and columns; comments and constraints give none."""
    path = tmp_path / "schema.sql"
    path.write_text(DDL, encoding="utf-8")
    assert [(table.name, table.columns) for table in tables_of_ddl(path)] == [
        ("asiakas", ("asiakas_id", "syntymä aika", "kotikunta")),
        ("jaksot", ("jakso_id", "asiakas_id", "alku", "tunteja_paivassa")),
    ]
    result = run("map", path, "--rulebook", "finland")
    assert (result.exit_code, result.stderr) == (0, "")
    for line in ("id: asiakas_id", "birth_date: syntymä aika", "client: asiakas_id", "hours_per_day: tunteja_paivassa"):
        assert line in result.stdout
    path.write_text("SELECT 1;", encoding="utf-8")
    assert "schema.sql: has no CREATE TABLE statement." in run("map", path).stderr


def test_a_sqlite_file(tmp_path: Path) -> None:
    """Tables, types and rows of a SQLite file are looked at; the file is opened for reading only."""
    path = tmp_path / "register.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE asiakas (asiakas_id INTEGER PRIMARY KEY, hetu TEXT, synt_pvm TEXT, tyoton TEXT);"
            "INSERT INTO asiakas VALUES (1, '010594Y9032', '1.5.1994', 'K'), (2, '020594X903P', '2.5.1994', 'E');"
        )
    before = path.read_bytes()
    (asiakas,) = tables_of_sqlite(path)
    assert (asiakas.columns, asiakas.types) == (
        ("asiakas_id", "hetu", "synt_pvm", "tyoton"), ("INTEGER", "TEXT", "TEXT", "TEXT"),
    )  # fmt: skip
    result = run("map", path, "--rulebook", "finland")
    assert result.exit_code == 0
    for line in ("dates: [d.M.yyyy]", "truth: {true: [k], false: [e]}", "asiakas: [hetu]", "birth_date: synt_pvm"):
        assert line in result.stdout
    assert path.read_bytes() == before
    path.write_bytes(before[:60])
    with pytest.raises(AdapterError, match="cannot be read as a SQLite database"):
        tables_of_sqlite(path)


def test_a_source_without_tables() -> None:
    """A source that is not there, and an adapter that has no tables, are told with what to do; exit code 2."""
    result = run("map", "nothing.jsonl")
    assert result.exit_code == 2
    assert "the adapter jsonl has no tables" in result.stderr
    assert run("map", "nothing.sql").exit_code == 2
    assert "no adapter reads .abc files" in run("map", "nothing.abc").stderr


def test_parquet_has_tables(tmp_path: Path) -> None:
    """A file of Parquet is proposed as its table."""
    import polars as pl

    pl.DataFrame({"asiakas_id": [1, 2], "kotikunta": ["Hartola", "Sysmä"]}).write_parquet(
        tmp_path / "asiakkaat.parquet"
    )
    result = run("map", tmp_path / "asiakkaat.parquet")
    assert "municipality: kotikunta" in result.stdout
    assert "table: asiakkaat" in result.stdout
