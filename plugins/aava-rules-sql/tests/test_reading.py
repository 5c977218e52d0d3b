"""What is read of a database: exact values, pages, clients who are there twice, and what belongs to nobody."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import aava_rules_sql.database as databases
import aava_rules_sql.register as pages
import pytest
from aava_rules_sql import Sql, SqlRegister
from conftest import Postgres
from small import MAPPING, RECORDS, ROWS, SCHEMA, ids, mapping, read, sqlite

from aava_rules import AdapterError
from aava_rules.adapters import BadRow, Row
from aava_rules.language.errors import MappingError


@pytest.fixture(params=["postgresql", "sqlite"])
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """What makes a small register of statements, in PostgreSQL and in SQLite, and gives its source."""
    if request.param == "sqlite":
        return lambda *statements: sqlite(tmp_path / "small.sqlite", *statements)
    postgres = request.getfixturevalue("postgres")

    def made(*statements: str) -> str:
        postgres.run(*statements)
        return str(postgres.url)

    return made


def records(rows: list[Row | BadRow]) -> list[Any]:
    """The records of rows, none of which is bad."""
    assert all(isinstance(row, Row) for row in rows), rows
    return [row.record for row in rows if isinstance(row, Row)]


def as_texts(value: Any) -> Any:
    """A record with its days as texts."""
    if isinstance(value, dict):
        return {key: as_texts(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_texts(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def test_records_are_those_made_by_hand(small: Any) -> None:
    """Clients come in the order of their keys with all their rows; NULL is left out; 60.0 days are 60."""
    assert as_texts(records(read(small(*SCHEMA, *ROWS)))) == RECORDS


@pytest.mark.parametrize("together", [1, 2, 3, 4])
def test_pages_leave_out_nobody(small: Any, monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    """However many clients are read at once, all come, once each and with their own rows."""
    monkeypatch.setattr(pages, "CLIENTS_AT_ONCE", together)
    monkeypatch.setattr(databases, "ROWS_AT_ONCE", 2)
    assert as_texts(records(read(small(*SCHEMA, *ROWS)))) == RECORDS


def test_reading_goes_on_after_a_client(small: Any) -> None:
    """``after`` is a key as the database has it, or its text; who comes after it is read, and nobody else."""
    source = small(*SCHEMA, *ROWS)
    assert ids(read(source, after=1)) == ["2", "3"]
    assert ids(read(source, after="2")) == ["3"]
    assert read(source, after=3) == []
    with pytest.raises(AdapterError, match=r"after is no key: nro is a number"):
        read(source, after="Kanarialintu")


def test_the_last_client_is_kept(small: Any) -> None:
    """``last`` is the key of the client before the one that is being worked on."""
    register = SqlRegister(small(*SCHEMA, *ROWS), mapping())
    found = [(row.record["id"], register.last) for row in register.rows() if isinstance(row, Row)]
    assert found == [("1", None), ("2", 1), ("3", 2)]
    assert register.last == 3


def test_a_client_who_is_there_twice(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first row is the client and the second a bad one, though a page ends between them; the rest goes on."""
    monkeypatch.setattr(pages, "CLIENTS_AT_ONCE", 2)
    twice = [statement.replace(" primary key", "") for statement in SCHEMA]
    rows = read(small(*twice, *ROWS, "insert into asiakas values (2, '1970-01-01', null), (4, null, null)"))
    assert ids(rows) == ["1", "2", "asiakas nro 2", "3", "4"]
    assert isinstance(rows[2], BadRow)
    assert rows[2].reason == "column nro: is the key of an earlier row [AR166]."


@pytest.mark.parametrize("key", [" B", "B\u00a0"])
def test_keys_that_differ_in_spaces(small: Any, key: str) -> None:
    """A mapping takes spaces off, so that it would not be told whose rows are whose: such a register is not read."""
    source = small(*(statement.replace("nro integer", "nro varchar(9)") for statement in SCHEMA),
                   f"insert into asiakas values ('{key}', null, null), ('A', null, null)")  # fmt: skip
    assert sorted(ids(read(source))) == ["A", "B"]
    small("insert into asiakas values ('B', null, null)")
    with pytest.raises(AdapterError, match="two values of nro differ only in spaces"):
        read(source)


def test_numbers_and_texts_as_keys_of_one_column(tmp_path: Path) -> None:
    """SQLite lets a column have the number 4 and the text "4", which a mapping does not tell apart."""
    source = sqlite(tmp_path / "k.sqlite", SCHEMA[0].replace("integer primary key", ""), SCHEMA[1],
                    "insert into asiakas values (4, null, null), ('4', null, null)")  # fmt: skip
    with pytest.raises(AdapterError, match="as number and text"):
        read(source)


def test_keys_of_the_type_char(postgres: Postgres) -> None:
    """PostgreSQL fills up keys of the type char with spaces; they are the keys without them, in both tables."""
    postgres.run(SCHEMA[0].replace("nro integer", "nro char(6)"), SCHEMA[1].replace("nro integer", "nro varchar(9)"),
                 "insert into asiakas values ('A', null, null)", "insert into etuus values (1, 'A', 20)")  # fmt: skip
    assert as_texts(records(read(postgres.url))) == [
        {"id": "A", "benefits": [{"id": "1", "kind": "labour_market_subsidy"}]}
    ]


def test_rows_without_a_client(small: Any) -> None:
    """Rows that name no client, or one who is not there, are told by their own keys, and the clients are read."""
    rows = read(
        small(
            *SCHEMA, *ROWS, "insert into etuus values (20, null, 20, null, null, null), (21, 99, 20, null, null, null)"
        )
    )
    assert ids(rows) == ["etuus rivi 20", "1", "2", "3", "etuus rivi 21"]
    assert [row.reason for row in rows if isinstance(row, BadRow)] == [
        "column nro: says of no client whose row this is [AR165].",
        "column nro: is of a client that asiakas does not have [AR168].",
    ]


def test_a_client_without_a_key(postgres: Postgres) -> None:
    """A row of clients with no key is a bad row at its number, and the others are read."""
    without = SCHEMA[0].replace("integer primary key", "integer")
    postgres.run(without, SCHEMA[1], ROWS[0], "insert into asiakas values (null, null, 'Kanarialintu')")
    rows = read(postgres.url)
    assert ids(rows) == ["asiakas, row 1", "1", "2", "3"]


def test_a_wrong_cell_is_one_bad_row(small: Any) -> None:
    """A code that the mapping does not have refuses its client, by table, key and column; the others are delivered."""
    rows = read(small(*SCHEMA, *ROWS, "update etuus set laji = 77 where rivi = 11"))
    assert ids(rows) == ["asiakas nro 1", "2", "3"]
    assert isinstance(rows[0], BadRow)
    assert "etuus rivi 11, column laji: is a code that the mapping does not have [AR163]." in rows[0].reason
    assert "77" not in rows[0].reason


# -- values


def test_numbers_are_exact(postgres: Postgres) -> None:
    """A numeric of 38 digits, one that a float cannot hold, and one that comes after whole ones keep every digit."""
    text = """
mapping: 1
clients: {table: t, id: id, facts: {a: {column: a, type: decimal}, b: {column: b, type: money}}}
"""
    postgres.run(
        "create table t (id bigint primary key, a numeric, b numeric(12, 4))",
        "insert into t select n, 4, 1 from generate_series(1, 200) n",
        "update t set a = 4.5, b = 0.1 where id = 101",
        "update t set a = 123456789.123456789, b = 1234567.0001 where id = 200",
        "insert into t values (9007199254740993, 1, null)",
    )
    found = {record["id"]: record["facts"] for record in records(read(postgres.url, text))}
    assert found["1"] == {"a": Decimal(4), "b": Decimal(1)}
    assert found["101"] == {"a": Decimal("4.5"), "b": Decimal("0.1000")}
    assert found["200"] == {"a": Decimal("123456789.123456789"), "b": Decimal("1234567.0001")}
    assert found["9007199254740993"] == {"a": Decimal(1)}


DAYS = """
mapping: 1
{extra}
clients: {{table: t, id: id, client: {{birth_date: d}}}}
"""


@pytest.mark.parametrize(
    ("kind", "cell", "day"),
    [
        ("date", "2014-05-05", date(2014, 5, 5)),
        ("date", "1900-01-01", date(1900, 1, 1)),
        ("date", "infinity", None),
        ("date", "-infinity", None),
        ("date", "0044-03-15 BC", None),
        ("date", "12014-01-01", None),
        ("timestamp", "2014-05-05 00:00:00", date(2014, 5, 5)),
        ("timestamp", "2014-05-05 00:00:00.000001", None),
        ("timestamp", "2014-05-05 13:30:00", None),
        ("timestamp", "infinity", None),
        ("timestamptz", "2014-05-05 00:00:00+03", None),
        ("interval", "40 years", None),
        ("integer", "19790502", None),
        ("varchar", "5.5.14", None),
        ("bytea", "2014-05-05", None),
    ],
)
def test_days_of_postgresql(postgres: Postgres, kind: str, cell: str, day: date | None) -> None:
    """A day and a midnight are days; infinity, years before Christ, times of day, moments whose day depends on a time
    zone, and spans of time such as ``age()`` gives are bad rows, and the next client is read."""
    postgres.run(f"create table t (id int primary key, d {kind})", f"insert into t values (1, '{cell}'), (2, null)")
    first, second = read(postgres.url, DAYS.format(extra=""))
    assert isinstance(second, Row)
    assert second.record == {"id": "2"}
    if day is None:
        assert isinstance(first, BadRow)
        assert first.place == "t id 1"
        assert first.reason.startswith("column d: is")
        assert cell not in first.reason
    else:
        assert isinstance(first, Row)
        assert first.record["client"]["birth_date"] == day


def test_infinity_is_unknown_where_the_mapping_says_so(postgres: Postgres) -> None:
    """With ``unknown: [infinity]`` a day without an end is unknown; one without a beginning is still refused."""
    postgres.run(
        "create table t (id int primary key, d date)", "insert into t values (1, 'infinity'), (2, '-infinity')"
    )
    first, second = read(postgres.url, DAYS.format(extra="unknown: [infinity]"))
    assert isinstance(first, Row)
    assert first.record == {"id": "1"}
    assert isinstance(second, BadRow)


def test_domains_and_schemas(postgres: Postgres) -> None:
    """A domain over a date is a date; a table lies in the schema that the mapping names."""
    postgres.run(
        "create schema kanta", "create domain pvm as date check (value < 'infinity')",
        "create table kanta.t (id int primary key, d pvm)", "insert into kanta.t values (1, '2000-02-29')",
    )  # fmt: skip
    (row,) = read(postgres.url, DAYS.format(extra="tables: {t: {schema: kanta}}"))
    assert isinstance(row, Row)
    assert row.record["client"]["birth_date"] == date(2000, 2, 29)


ARRAYS = """
mapping: 1
clients: {table: t, id: id}
plans:
  table: p
  client: id
  no_rows: none
  fields: {reviewed_on: paivat, signed_by: {column: kuka, codes: {A S: client, "B,\\"": social_services}}}
"""


@pytest.mark.parametrize(
    ("days", "words", "plan"),
    [
        ("{2014-01-01,2014-02-01}", '{A S}', {"reviewed_on": ["2014-01-01", "2014-02-01"], "signed_by": ["client"]}),
        ("{}", "{}", {"reviewed_on": [], "signed_by": []}),
        ("[0:1]={2014-01-01,2014-01-02}", None, {"reviewed_on": ["2014-01-01", "2014-01-02"]}),
        (None, r'{"B,\"","A S"}', {"signed_by": ["social_services", "client"]}),
        (None, "{A S,NULL}", {"signed_by": ["client"]}),
        ("{{2014-01-01},{2014-01-02}}", None, None),
        (None, '{{"A S"},{"A S"}}', None),
        ("{2014-01-01,infinity}", None, None),
        (None, "{A S,C}", None),
    ],
)  # fmt: skip
def test_arrays(postgres: Postgres, days: str | None, words: str | None, plan: Any) -> None:
    """Arrays are lists of days and sets of words, member by member; an empty one says that there are none."""
    postgres.run("create table t (id int primary key)", "create table p (id int, paivat date[], kuka text[])")
    postgres.run("insert into t values (1)")
    postgres.admin.execute("insert into p values (1, %s::date[], %s::text[])", (days, words))
    (row,) = read(postgres.url, ARRAYS)
    if plan is None:
        assert isinstance(row, BadRow)
    else:
        assert isinstance(row, Row)
        assert as_texts(row.record["plans"]) == [plan]


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    """A text of SQLite in another encoding refuses its client only, and nothing of it is told."""
    source = sqlite(
        tmp_path / "t.sqlite", "create table t (id text primary key, d text)",
        "insert into t values ('1', cast(x'e4e4' as text)), ('2', 'Hartola')",
    )  # fmt: skip
    text = "mapping: 1\nclients: {table: t, id: id, client: {municipality: d}}"
    first, second = read(source, text)
    assert isinstance(first, BadRow)
    assert "xe4" not in first.reason
    assert isinstance(second, Row)


# -- keys, lookups and children


def test_hashed_ids_are_not_told(postgres: Postgres) -> None:
    """Where the mapping hashes ids, records have the hash, and bad rows name the number of the row and no key."""
    hashed = MAPPING.replace("id: nro,", "id: {column: nro, hash: true},").replace(
        "client: nro", "client: {column: nro, hash: true}"
    )
    postgres.run(*SCHEMA, *ROWS, "update asiakas set synt = 'infinity' where nro = 2", "alter table etuus drop rivi")
    text = hashed.replace("  id: rivi\n", "")
    rows = list(SqlRegister(postgres.url, mapping(text, key=b"0123456789abcdef")).rows())
    first, second, third = rows
    assert isinstance(first, Row)
    assert len(first.record["id"]) == 64
    assert len(first.record["benefits"]) == 2
    assert isinstance(second, BadRow)
    assert second.place == "asiakas, row 2"
    assert isinstance(third, Row)


def test_an_identity_code_never_stands_in_a_message(postgres: Postgres) -> None:
    """A register keyed by identity codes is refused row by row, and no place or reason has a code."""
    postgres.run("create table t (id char(11) primary key, d date)", "insert into t values ('010594Y9032', null)")
    (row,) = read(postgres.url, DAYS.format(extra=""))
    assert isinstance(row, BadRow)
    assert "010594" not in row.place + row.reason


LOOKUP = """
mapping: 1
clients: {table: t, id: id, client: {municipality: {column: k, lookup: {table: kunta, key: koodi, value: nimi}}}}
"""


def test_lookups(small: Any) -> None:
    """A key is looked up; an empty key, and a NULL that was found, are unknown; a key that is not there is a fault."""
    source = small(
        "create table kunta (koodi varchar(3) primary key, nimi varchar(60))",
        "create table t (id integer primary key, k varchar(3))",
        "insert into kunta values ('081', 'Hartola'), ('000', null)",
        "insert into t values (1, '081'), (2, null), (3, '000'), (4, '999')",
    )
    rows = read(source, LOOKUP)
    assert [row.record if isinstance(row, Row) else row.place for row in rows] == [
        {"id": "1", "client": {"municipality": "Hartola"}}, {"id": "2"}, {"id": "3"}, "t id 4",
    ]  # fmt: skip
    assert isinstance(rows[3], BadRow)
    assert "AR167" in rows[3].reason


def test_a_lookup_needs_one_row_for_a_key(small: Any) -> None:
    """Two rows for one key would double whoever is joined to them, so nothing is read."""
    source = small(
        "create table kunta (koodi varchar(3), nimi varchar(60))",
        "create table t (id integer primary key, k varchar(3))",
        "insert into kunta values ('081', 'Hartola'), ('081', 'Sysmä')", "insert into t values (1, '081')",
    )  # fmt: skip
    with pytest.raises(AdapterError, match=r"kunta: several rows have one koodi.* Give a view"):
        read(source, LOOKUP)


CHILDREN = """
mapping: 1
clients: {table: t, id: id}
periods:
  table: jakso
  client: {column: asia, lookup: {table: asia, key: id, value: asiakas}}
  id: id
  no_rows: none
  fields:
    start: alku
    attended_on: {rows: {table: paiva, item: jakso, column: pvm, where: {tila: L}}, no_rows: none}
"""


def test_children_and_keys_over_other_tables(small: Any) -> None:
    """A period finds its client over a case, and its days over their own table; days of no period are counted."""
    source = small(
        "create table t (id integer primary key)", "create table asia (id integer primary key, asiakas integer)",
        "create table jakso (id integer primary key, asia integer, alku date)",
        "create table paiva (jakso integer, pvm date, tila char(1))",
        "insert into t values (1), (2)", "insert into asia values (70, 1), (71, 2), (72, null)",
        "insert into jakso values (5, 70, '2014-01-07'), (6, 71, '2014-01-08'), (7, 72, '2014-01-09'), (8, null, null)",
        "insert into paiva values (5, '2014-01-09', 'L'), (5, '2014-01-07', 'L'), (5, '2014-01-08', 'P'), "
        "(99, '2014-01-07', 'L')",
    )  # fmt: skip
    rows = read(source, CHILDREN)
    assert ids(rows) == ["jakso id 7", "jakso id 8", "paiva", "1", "2"]
    assert as_texts([row.record["periods"] for row in rows if isinstance(row, Row)]) == [
        [{"id": "5", "start": "2014-01-07", "attended_on": ["2014-01-07", "2014-01-09"]}],
        [{"id": "6", "start": "2014-01-08", "attended_on": []}],
    ]


# -- one snapshot, and read only


def test_everything_is_read_as_it_was_at_one_moment(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another session deletes and adds while pages are read changes nothing of what is read."""
    monkeypatch.setattr(pages, "CLIENTS_AT_ONCE", 1)
    postgres.run(*SCHEMA, *ROWS)
    rows = SqlRegister(postgres.url, mapping()).rows()
    found = [next(rows)]
    postgres.run("delete from etuus", "delete from asiakas where nro = 3", "insert into asiakas values (4, null, null)")
    found += rows
    assert as_texts(records(found)) == RECORDS
    assert ids(read(postgres.url)) == ["1", "2", "4"]


def test_sqlite_is_read_as_it_was_at_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of SQLite that another program writes to meanwhile is read as it was when reading began."""
    monkeypatch.setattr(pages, "CLIENTS_AT_ONCE", 1)
    source = sqlite(tmp_path / "s.sqlite", "pragma journal_mode = wal", *SCHEMA, *ROWS)
    rows = SqlRegister(source, mapping()).rows()
    found = [next(rows)]
    with closing(sqlite3.connect(source)) as other, other:
        other.execute("delete from etuus")
        other.execute("delete from asiakas where nro = 3")
    found += rows
    assert as_texts(records(found)) == RECORDS


def test_a_page_is_found_by_its_clients(postgres: Postgres) -> None:
    """A page of a large table is read through the index on the client's key, and not by way of all other rows."""
    create = "create table etuus (rivi integer primary key, nro integer not null, sisalto text)"
    rows = "insert into etuus select n, n / 10, repeat('x', 60) from generate_series(1, 100000) n"
    postgres.run(create, rows, "create index on etuus (nro)", "vacuum analyze etuus")
    page = "select * from etuus where nro > 2000 and nro <= 4000 order by rivi"
    with databases.Database(postgres.url).snapshot() as connection:
        plan = "\n".join(connection.exec_driver_sql(f"explain declare page cursor for {page}").scalars())
    assert "etuus_nro_idx" in plan, plan
    assert "etuus_pkey" not in plan, plan


def test_nothing_can_be_changed(small: Any) -> None:
    """The connection that reads can write nothing, whatever it were told."""
    register = SqlRegister(small(*SCHEMA, *ROWS), mapping())
    with register.database.snapshot() as connection, pytest.raises(Exception, match=r"read-?only"):
        connection.exec_driver_sql("delete from etuus")
    assert len(list(register.rows())) == 3


def test_a_mapping_that_does_not_fit_is_told_whole(small: Any) -> None:
    """Tables and columns that are not there are told all at once, at their lines, with the nearest of the schema by name."""
    wrong = MAPPING.replace("table: etuus", "table: etuudet").replace("synt}", "syntynyt}")
    with pytest.raises(MappingError) as caught:
        read(small(*SCHEMA), wrong)
    assert [fault.code for fault in caught.value.faults] == ["AR161", "AR160"]
    hints = [fault.hint for fault in caught.value.faults]
    assert hints == ["Did you mean synt?", "Did you mean etuus?"]


def test_tables_are_told_with_their_types(small: Any) -> None:
    """What a mapping may be proposed from: tables, columns, types of the schema, and rows with cells of Python."""
    tables = {table.name: table for table in Sql().tables(small(*SCHEMA, *ROWS))}
    assert sorted(tables) == ["asiakas", "etuus"]
    etuus = tables["etuus"]
    assert etuus.columns == ("rivi", "nro", "laji", "alku", "loppu", "paivat")
    assert etuus.types == ("INTEGER", "INTEGER", "INTEGER", "DATE", "DATE", "NUMERIC(5, 1)")
    rows = [(row.place, row.cells["rivi"], str(row.cells["alku"])) for row in etuus.rows()]
    assert rows == [
        ("etuus row 1", 10, "2014-01-01"),
        ("etuus row 2", 11, "2013-01-01"),
        ("etuus row 3", 12, "2013-06-03"),
    ]
    with pytest.raises(AdapterError, match="by its path or its URL"):
        Sql().tables(io.BytesIO())
