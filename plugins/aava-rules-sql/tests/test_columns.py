"""A register read as columns is the register read row by row: the same records, and the same bad rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import aava_rules_sql.columns as columns
import aava_rules_sql.copies as copies
import polars as pl
import psycopg
import pytest
from aava_rules_sql import SqlRegister
from conftest import Postgres
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules import AdapterError
from aava_rules.adapters import BadRow, Row
from aava_rules.engine.table.input.from_mapping import MappedTables
from aava_rules.engine.table.input.tables import load as load_tables
from aava_rules.mapping import SourceMapping, load

ON = date(2014, 5, 5)
MAPPING = """
mapping: 1
dates: [yyyy-MM-dd, d.M.yyyy]
truth: {"true": [K], "false": [E]}
unknown: ["-"]
codes: {laji: {1: unemployment_allowance, 2: labour_market_subsidy, 9: unknown}, kuka: {A: client, S: social_services}}
clients:
  table: asiakas
  id: nro
  where_not: {tila: [P]}
  client: {birth_date: synt, municipality: {column: kunta, lookup: {table: kunta, key: koodi, value: nimi}}}
  facts:
    unemployed: tyoton
    subsidy_days: {column: pv, empty: 0}
    work_history_years: {column: kunta, lookup: {table: kunta, key: koodi, value: vuodet}, other: unknown}
  facts_on: {column: poimittu}
benefits:
  - table: etuus
    client: nro
    where: {tila: [V]}
    fields: {kind: {column: laji, codes: laji, other: unknown}, start: alku, end: loppu, days: pv}
  - {no_rows: none, repeat: 2, fields: {kind: {value: social_assistance}, start: "tt{n}"}}
plans:
  table: suunnitelma
  client: nro
  id: rivi
  no_rows: none
  fields:
    kind: {value: activation_plan}
    made_on: tehty
    present: {columns: {client: oli_a, social_services: oli_s}}
    signed_by: {column: allekirj, split: ",", codes: kuka}
    reviewed_on: {rows: {table: tarkistus, item: rivi, column: pvm, where: {tila: [V]}}, no_rows: none}
    entries: {rows: {table: kirjaus, item: rivi, column: kohta}, codes: {1: education, 2: goal, 3: unknown}}
complete: [plans.ends_on]
complete_from: {benefits: 2010-01-01}
"""
TABLES = {
    "asiakas": ("nro", "tila", "synt", "kunta", "tyoton", "pv", "poimittu", "tt1", "tt2"),
    "kunta": ("koodi", "nimi", "vuodet"),
    "etuus": ("nro", "tila", "laji", "alku", "loppu", "pv"),
    "suunnitelma": ("nro", "rivi", "tehty", "oli_a", "oli_s", "allekirj"),
    "tarkistus": ("rivi", "pvm", "tila"),
    "kirjaus": ("rivi", "kohta"),
}
DAY = st.sampled_from(["2014-01-07", "1.2.2014", "2013-12-31", None, "-", "", "2014-02-30", "infinity", 41000])
NUMBER = st.sampled_from([0, 1, 5, 5.0, "5", 2.5, None, -1, "x", 10**12])
TRUTH = st.sampled_from(["K", "E", 1, 0, None, "?"])
STATE = st.sampled_from(["V", "V", "V", "P", None, " V "])
KEY = st.sampled_from([1, 2, 3, "K 4", " K 5", None])
ROW = {
    "asiakas": st.tuples(KEY, STATE, DAY, st.sampled_from(["081", "111", None, "999"]), TRUTH, NUMBER, DAY, DAY, DAY),
    "etuus": st.tuples(KEY, STATE, st.sampled_from([1, "2", 9, 7, None]), DAY, DAY, NUMBER),
    "suunnitelma": st.tuples(KEY, st.sampled_from([10, 11, 12, None]), DAY, TRUTH, TRUTH,
                             st.sampled_from(["A", "A,S", "A, S", "", None, "A,-", "Q"])),
    "tarkistus": st.tuples(st.sampled_from([10, 11, 99, None]), DAY, STATE),
    "kirjaus": st.tuples(st.sampled_from([10, 11, 12, None]), st.sampled_from([1, 2, "2", 3, 4, None])),
}  # fmt: skip
REGISTERS = st.fixed_dictionaries({name: st.lists(rows, max_size=6) for name, rows in ROW.items()})


def written(path: Path, register: dict[str, list[tuple[Any, ...]]]) -> Path:
    """The register as an SQLite file."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        for name, names in TABLES.items():
            connection.execute(f"create table {name} ({', '.join(names)})")
        connection.execute("insert into kunta values ('081', 'Hartola', 4.5), ('111', null, null)")
        for name, rows in register.items():
            marks = ", ".join("?" * len(TABLES[name]))
            connection.executemany(f"insert into {name} values ({marks})", rows)
    return path


@pytest.fixture(scope="module")
def read_by(rulebook: aava_rules.Rulebook) -> SourceMapping:
    """The mapping."""
    return load(MAPPING.encode(), rulebook)


def answers(rulebook: aava_rules.Rulebook, rows: list[Row | BadRow]) -> list[Any]:
    """What is told of each row: the whole decision, the faults of its record, or what is wrong with it."""
    told: list[Any] = []
    for row in rows:
        if isinstance(row, BadRow):
            told.append(("bad", row.place, row.reason))
            continue
        try:
            told.append((row.record["id"], rulebook.decide(row.record, on=ON).to_json()))
        except aava_rules.RecordError as error:
            told.append((row.record["id"], [str(fault) for fault in error.faults]))
    return told


def through_columns(path: Path | str, mapping: SourceMapping, rulebook: aava_rules.Rulebook) -> list[Row | BadRow]:
    """The rows of a register through columns: those that columns hold as records again, and the others."""
    rows: list[Row | BadRow] = []
    tables_of = MappedTables(mapping, rulebook._book.vocabulary)
    for batch in SqlRegister(path, mapping).batches():
        frames, held = tables_of.frames(batch.clients, batch.rows)
        tables = load_tables(frames, ON, rulebook._book.vocabulary)
        number = iter(range(tables.size))
        rows += batch.others
        for client in range(batch.clients.rows):
            row = next(number) if held[client] else None
            if row is not None and tables.valid[row]:
                rows.append(Row("", tables.record(row)))
            else:
                rows.append(batch.record(client))
    return rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(register={"asiakas": [(1, "V", None, None, "K", None, None, None, None)], "etuus": [],
                   "suunnitelma": [(1, 10, None, "K", None, "A", )], "tarkistus": [], "kirjaus": []})  # fmt: skip
@given(register=REGISTERS)
def test_columns_are_rows(
    register: dict[str, list[tuple[Any, ...]]], read_by: SourceMapping, rulebook: aava_rules.Rulebook,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whatever stands in a register, each client's decision or faults, and every bad row, are the same both ways."""
    monkeypatch.setattr(columns, "CLIENTS_TOGETHER", 2)
    path = written(tmp_path / "r.sqlite", register)
    by_rows = answers(rulebook, list(SqlRegister(path, read_by).rows()))
    by_columns = answers(rulebook, through_columns(path, read_by, rulebook))
    assert sorted(by_columns, key=str) == sorted(by_rows, key=str)


def test_most_clients_go_through_columns(read_by: SourceMapping, rulebook: aava_rules.Rulebook, tmp_path: Path) -> None:
    """Clients whose cells are right are held by columns: lookups, wide rows, children and sets included."""
    register = {
        "asiakas": [(n, "V", "2.1.1990", "081", "K", 5, "2014-05-05", "2014-01-07", None) for n in (1, 2, 3)],
        "etuus": [(1, "V", 1, "2013-01-07", "2013-02-01", 20), (2, "V", "2", None, None, None)],
        "suunnitelma": [(1, 10, "1.2.2014", "K", "E", "A,S"), (3, 11, None, None, None, None)],
        "tarkistus": [(10, "1.3.2014", "V")],
        "kirjaus": [(10, 1), (10, 2), (11, 3)],
    }
    path = written(tmp_path / "r.sqlite", register)
    (batch,) = SqlRegister(path, read_by).batches()
    frames, held = MappedTables(read_by, rulebook._book.vocabulary).frames(batch.clients, batch.rows)
    assert held.all()
    assert load_tables(frames, ON, rulebook._book.vocabulary).valid.all()
    assert frames["plans"].select("present", "signed_by", "reviewed_on", "entries").rows() == [
        (["client"], ["client", "social_services"], [date(2014, 3, 1)], ["education", "goal"]),
        (None, None, [], None),
    ]
    assert frames["clients"]["benefits_known"].to_list() == [True, True, False]


TEXTS = (
    "Hartola", "a\tb", "a\nb", "\r\n", "\\N", "\\", "\\\\N", "\\t", "", " ", "  a ", '"', '""', "a,b", "'", "#", "å\u00a0ö",
    "\x01", "\b\f\v", "-", "1", "true", None,
)  # fmt: skip
"""Texts that what parts rows and cells could take for something else."""
OTHERS = {
    "tyoton": ("true", "false", "null"),
    "pv": ("0", "5.0", "60.5", "'NaN'", "12345678901234567890.5", "null"),
    "synt": ("date '1990-02-01'", "date 'infinity'", "date '0044-03-15 BC'", "null"),
    "poimittu": ("timestamp '2014-05-05'", "timestamp '2014-05-05 12:00'", "null"),
    "tiedot": ("""'{"alku": "2014-01-07", "laji": "\\\\t\\"å"}'""", "'{}'", "'null'", "'[1]'", "null"),
    "hetki": ("timestamptz '2014-05-05 00:00+02'", "null"),
    "vali": ("interval '1 year'", "null"),
    "tavut": (r"'\\x5c4e'::bytea", "null"),
}
PG_MAPPING = """
mapping: 1
unknown: ["-"]
codes: {kuka: {A: client, 'S"\\': social_services}}
clients:
  table: asiakas
  id: nro
  where_not: {tila: [P]}
  client: {birth_date: synt, municipality: kunta}
  facts:
    unemployed: tyoton
    subsidy_days: {column: pv, empty: 0}
    allowance_period_start: tiedot.alku
    work_history_years: {column: kunta, lookup: {table: kunta, key: koodi, value: vuodet}, other: unknown}
    subsidy_entitled: hetki
    receives_subsidy: vali
    heard: tavut
  facts_on: {column: poimittu}
plans:
  table: suunnitelma
  client: nro
  id: rivi
  no_rows: none
  fields:
    kind: {value: activation_plan}
    present: {column: lasna, codes: kuka}
    reviewed_on: paivat
    entries: {rows: {table: kirjaus, item: rivi, column: kohta}, codes: {1: education, 2: goal, 3: unknown}}
"""


def in_postgresql(postgres: Postgres) -> None:
    """A register in which every kind of cell stands, one client for each, and some whose rows are nobody's."""
    postgres.run(
        "create table asiakas (nro varchar(20), tila text, kunta text, synt date, tyoton boolean, pv numeric, "
        "poimittu timestamp, tiedot jsonb, hetki timestamptz, vali interval, tavut bytea)",
        "create table kunta (koodi text primary key, vuodet numeric(4, 1))",
        "create table suunnitelma (rivi bigint primary key, nro char(8), lasna text[], paivat date[])",
        "create table kirjaus (rivi integer, kohta smallint)",
        "insert into kunta values ('Hartola', 4.5), ('a\tb', null)",
    )
    for number, text in enumerate(TEXTS):
        postgres.admin.execute("insert into asiakas (nro, kunta) values (%s, %s)", [f"t{number}", text])
    for column, cells in OTHERS.items():
        for number, cell in enumerate(cells):
            postgres.run(f"insert into asiakas (nro, {column}) values ('{column}{number}', {cell})")
    postgres.run(
        "insert into asiakas (nro, tila) values ('t0', null), ('t1', 'P'), ('x', 'P'), (' t\\N', 'V'), (null, 'V')",
        "insert into suunnitelma select 100 + n, 't' || n, case n % 4 when 0 then '{A}' when 1 then '{A,\"S\\\"\\\\\"}' "
        "when 2 then '{}' else '{A,null}' end::text[], case n % 3 when 0 then '{2014-01-07,2014-02-07}' when 1 then "
        "'{infinity}' end::date[] from generate_series(0, 12) n",
        "insert into suunnitelma values (7, 'nobody', null, null), (8, null, null, null), (9, 'x', null, null)",
        "insert into kirjaus values (100, 1), (100, 2), (101, 3), (102, 4), (999, 1), (null, 1)",
    )


def read_both_ways(url: str, rulebook: aava_rules.Rulebook) -> tuple[list[Any], list[Any]]:
    """What is told of a register that is read row by row, and of the same one through columns."""
    read_by = load(PG_MAPPING.encode(), rulebook)
    by_rows = answers(rulebook, list(SqlRegister(url, read_by).rows()))
    by_columns = answers(rulebook, through_columns(url, read_by, rulebook))
    return sorted(by_rows, key=str), sorted(by_columns, key=str)


@pytest.mark.parametrize("together", [1, 3, 1000])
def test_copied_columns_are_rows(
    postgres: Postgres, rulebook: aava_rules.Rulebook, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """What PostgreSQL copies out means what its driver fetches: every kind of cell, text, escape, NULL and key."""
    monkeypatch.setattr(columns, "CLIENTS_TOGETHER", together)
    in_postgresql(postgres)
    by_rows, by_columns = read_both_ways(postgres.url, rulebook)
    assert by_columns == by_rows
    answered = {entry[0] for entry in by_rows}
    assert answered >= {
        f"t{n}" for n, text in enumerate(TEXTS) if n > 12 and text in ('"', "#", "-", "1", "true", None)
    }
    assert answered >= {"t0", "t3", "t5", "t6", "t8", "t9", "t11", "t\\N", "synt0", "pv1", "tiedot0", "bad"}


def test_most_clients_are_copied(postgres: Postgres, rulebook: aava_rules.Rulebook) -> None:
    """Such columns hold texts of the server, and with them the clients whose cells are right."""
    in_postgresql(postgres)
    read_by = load(PG_MAPPING.encode(), rulebook)
    (batch,) = SqlRegister(postgres.url, read_by).batches()
    frames, held = MappedTables(read_by, rulebook._book.vocabulary).frames(batch.clients, batch.rows)
    assert isinstance(batch.clients.cells["kunta"], pl.Series)
    assert held.sum() > len(TEXTS)
    municipalities = dict(frames["clients"].select("id", "municipality").rows())
    for number, text in enumerate(TEXTS):
        if f"t{number}" in municipalities:
            stripped = (text or "").strip(" \t\r\n\u00a0")
            assert municipalities[f"t{number}"] == (None if stripped in ("", "-") else stripped)


def test_a_database_without_an_encoding(postgres: Postgres, rulebook: aava_rules.Rulebook) -> None:
    """Where the server does not know how texts are written, they are UTF-8 both ways, or that is what is wrong."""
    name = f"{postgres.admin.info.dbname}_ascii"
    postgres.run(f"create database {name} encoding 'SQL_ASCII' template template0 lc_collate 'C' lc_ctype 'C'")
    try:
        url = postgres.url.replace(postgres.admin.info.dbname, name, 1)
        options = "user=postgres client_encoding=UTF8"
        with psycopg.connect(f"host={postgres.admin.info.host} dbname={name} {options}", autocommit=True) as admin:
            in_postgresql(Postgres(url, admin))
            by_rows, by_columns = read_both_ways(url, rulebook)
            assert by_columns == by_rows
            admin.execute(rb"update asiakas set kunta = E'\xe5' where nro = 't1'")
        register = SqlRegister(url, load(PG_MAPPING.encode(), rulebook))
        for reading in (register.rows(), register.batches()):
            with pytest.raises(AdapterError, match=r"asiakas: has a text that is not UTF-8\. Give a view") as caught:
                list(reading)
            assert caught.value.__context__ is None
    finally:
        postgres.run(f"drop database {name} with (force)")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
         "and datname = current_database()", "closed the connection"),
        ("select pg_cancel_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
         "and datname = current_database()", "ended a query"),
    ],
)  # fmt: skip
def test_a_copy_that_breaks_off(
    postgres: Postgres, rulebook: aava_rules.Rulebook, monkeypatch: pytest.MonkeyPatch, statement: str, words: str
) -> None:
    """A server that ends a query or the connection while it copies rows out: an error that says so, without contents."""
    in_postgresql(postgres)
    postgres.run("insert into asiakas (nro, kunta) select 'z' || n, repeat('Kanarialintu', 20) "
                 "from generate_series(1, 100000) n")  # fmt: skip
    copied, calls = psycopg.pq.PGconn.get_copy_data, count()

    class Cut:
        """A connection whose server breaks off after the tenth row."""

        def __init__(self, server: Any) -> None:
            self._server = server

        def __getattr__(self, name: str) -> Any:
            return getattr(self._server, name)

        def get_copy_data(self, wait: int) -> Any:
            if next(calls) == 10:
                postgres.run(statement)
            return copied(self._server, wait)

    monkeypatch.setattr(copies, "server_of", lambda driver: Cut(driver.pgconn))
    with pytest.raises(AdapterError, match=words) as caught:
        list(SqlRegister(postgres.url, load(PG_MAPPING.encode(), rulebook)).batches())
    assert caught.value.__context__ is None
    assert "Kanarialintu" not in str(caught.value)


def test_another_type_in_row_100_001(rulebook: aava_rules.Rulebook, tmp_path: Path) -> None:
    """After a hundred thousand rows a cell of another kind is one bad row; all others are held by columns."""
    path = tmp_path / "r.sqlite"
    numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100002)"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table asiakas (nro integer primary key, pv)")
        connection.execute(f"insert into asiakas {numbers} select i, 300 from n")
        connection.execute("update asiakas set pv = 'Kanarialintu' where nro = 100001")
    read_by = load(b"mapping: 1\nclients: {table: asiakas, id: nro, facts: {subsidy_days: pv}}\n", rulebook)
    tables_of = MappedTables(read_by, rulebook._book.vocabulary)
    told, clients = [], 0
    for batch in SqlRegister(path, read_by).batches():
        frames, held = tables_of.frames(batch.clients, batch.rows)
        clients += frames["clients"].height
        told += [batch.record(int(number)) for number in (~held).nonzero()[0]]
        assert frames["clients"]["facts.subsidy_days"].unique().to_list() == [300]
    assert clients == 100_001
    assert [(row.place, "Kanarialintu" in str(row)) for row in told] == [("asiakas nro 100001", False)]
    assert all(isinstance(row, BadRow) for row in told)
