"""A register read as columns is the register read row by row: the same records, and the same bad rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import aava_rules_sql.columns as columns
import pytest
from aava_rules_sql import SqlRegister
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import aava_rules
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


def through_columns(path: Path, mapping: SourceMapping, rulebook: aava_rules.Rulebook) -> list[Row | BadRow]:
    """The rows of a register through columns: those that columns hold as records again, and the others."""
    rows: list[Row | BadRow] = []
    tables_of = MappedTables(mapping, rulebook.book.vocabulary)
    for batch in SqlRegister(path, mapping).batches():
        frames, held = tables_of.frames(batch.clients, batch.rows)
        tables = load_tables(frames, ON, rulebook.book.vocabulary)
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
    frames, held = MappedTables(read_by, rulebook.book.vocabulary).frames(batch.clients, batch.rows)
    assert held.all()
    assert load_tables(frames, ON, rulebook.book.vocabulary).valid.all()
    assert frames["plans"].select("present", "signed_by", "reviewed_on", "entries").rows() == [
        (["client"], ["client", "social_services"], [date(2014, 3, 1)], ["education", "goal"]),
        (None, None, [], None),
    ]
    assert frames["clients"]["benefits_known"].to_list() == [True, True, False]
