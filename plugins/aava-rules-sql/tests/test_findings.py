"""Findings written back: all of a run or none, again and again, into a table that is as it is documented."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import aava_rules_sql.findings as findings
import pytest
import sqlalchemy as sa
from aava_rules_sql import SqlRegister, findings_table, write_findings
from conftest import EXAMPLES, Postgres
from small import MAPPING, ROWS, SCHEMA, mapping, sqlite

import aava_rules
from aava_rules import AdapterError, Decision
from aava_rules.adapters import Row

RECORD = (EXAMPLES / "register" / "records.jsonl").read_text(encoding="utf-8").splitlines()
ON = "2014-05-05"


@pytest.fixture
def decisions(rulebook: aava_rules.Rulebook) -> list[Decision]:
    """The decisions on the clients of the example."""
    return [rulebook.decide(line, on=ON) for line in RECORD]


@pytest.fixture(params=["postgresql", "sqlite"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A database without tables: its source, and what gives the rows of a query."""
    if request.param == "sqlite":
        path = sqlite(tmp_path / "t.sqlite")

        def rows(query: str) -> list[Any]:
            with closing(sqlite3.connect(path)) as connection:
                return connection.execute(query).fetchall()

        return path, rows
    postgres = request.getfixturevalue("postgres")
    return postgres.url, lambda query: postgres.admin.execute(query).fetchall()


def test_findings_are_written(target: Any, decisions: list[Decision]) -> None:
    """Every finding that applies has a row, with the status, the place and the rulebook that the decision has."""
    source, rows = target
    written = write_findings(source, "2014-05", decisions, create=True)
    wanted = [
        (decision.record_id, finding.key, finding.where, finding.status, finding.weight, " ".join(finding.reasons))
        for decision in decisions
        for finding in decision.findings
        if finding.status != "not_applicable"
    ]
    columns = "record_id, finding_key, place, status, weight, reasons"
    found = rows(f"select {columns} from aava_findings where run_id = '2014-05' order by record_id, position")
    assert found == sorted(wanted, key=lambda row: row[0])
    assert len(wanted) == written > 50
    about = rows("select distinct rulebook, rulebook_version, rulebook_sha256, decided_on from aava_findings")
    name, version, digest, day = about[0]
    rulebook = decisions[0].rulebook
    assert (name, version, digest, str(day)) == (rulebook["name"], rulebook["version"], rulebook["sha256"], ON)
    assert len(about) == 1


def test_a_run_is_replaced_and_others_are_left(target: Any, decisions: list[Decision]) -> None:
    """The same run again gives the same rows; with fewer decisions, fewer; another run is not touched."""
    source, rows = target
    everything = "select * from aava_findings order by run_id, record_id, position"
    write_findings(source, "a", decisions, create=True)
    first = rows(everything)
    assert write_findings(source, "a", decisions, create=True) == len(first)
    assert rows(everything) == first
    write_findings(source, "b", decisions[:3])
    assert rows("select * from aava_findings where run_id = 'a' order by record_id, position") == first
    write_findings(source, "a", [])
    assert {row[0] for row in rows(everything)} == {"b"}


def test_nothing_is_half_written(target: Any, decisions: list[Decision], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where decisions break off, the run is as it was before: the table that was to be created is not there either."""
    monkeypatch.setattr(findings, "_AT_ONCE", 3)
    source, rows = target

    def broken() -> Iterator[Decision]:
        yield from decisions[:5]
        raise AdapterError("the source broke off")

    with pytest.raises(AdapterError, match="broke off"):
        write_findings(source, "a", broken(), create=True)
    with pytest.raises(AdapterError, match=r"aava_findings: there is no such table\. Say that it is to be created"):
        write_findings(source, "a", decisions)
    write_findings(source, "a", decisions, create=True)
    before = rows("select * from aava_findings order by record_id, position")
    with pytest.raises(AdapterError, match="broke off"):
        write_findings(source, "a", broken())
    assert rows("select * from aava_findings order by record_id, position") == before


def test_a_server_that_goes_away_while_writing(
    postgres: Postgres, decisions: list[Decision], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that ends in the middle leaves nothing of the run, and is told without contents."""
    monkeypatch.setattr(findings, "_AT_ONCE", 3)

    def ending() -> Iterator[Decision]:
        for number, decision in enumerate(decisions):
            if number == 4:
                postgres.run("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                             "and datname = current_database()")  # fmt: skip
            yield decision

    write_findings(postgres.url, "a", [], create=True)
    with pytest.raises(AdapterError, match=r"aava_findings: .*closed the connection") as caught:
        write_findings(postgres.url, "a", ending())
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert postgres.admin.execute("select count(*) from aava_findings").fetchone() == (0,)


def test_another_table(postgres: Postgres, decisions: list[Decision]) -> None:
    """The table may lie in another schema and be called otherwise; a table of something else is refused."""
    postgres.run("create schema tulokset", "create table asiakas (run_id text)")
    write_findings(postgres.url, "a", decisions, table="havainnot", schema="tulokset", create=True)
    assert postgres.admin.execute("select count(*) > 0 from tulokset.havainnot").fetchone() == (True,)
    with pytest.raises(AdapterError, match="asiakas: is no table of findings: it lacks record_id, position"):
        write_findings(postgres.url, "a", decisions, table="asiakas", create=True)
    assert postgres.admin.execute("select count(*) from asiakas").fetchone() == (0,)


@pytest.mark.parametrize("run", ["", "x" * 101, "a\nb"])
def test_a_run_has_a_name(tmp_path: Path, run: str) -> None:
    """A run is called by 1 to 100 printable characters."""
    with pytest.raises(ValueError, match="1 to 100 printable characters"):
        write_findings(sqlite(tmp_path / "t.sqlite"), run, [], create=True)


def test_the_table_is_the_documented_one(target: Any) -> None:
    """The columns in the database are those that the documentation of the table lists, in its order."""
    source, _ = target
    write_findings(source, "a", [], create=True)
    documented = [
        line.split("``")[1] for line in (findings_table.__doc__ or "").splitlines() if line.strip()[:2] == "``"
    ]
    assert [column.name for column in findings_table().columns] == documented
    engine = sa.create_engine(
        source.replace("postgresql:", "postgresql+psycopg:") if isinstance(source, str) else f"sqlite:///{source}"
    )
    assert [column["name"] for column in sa.inspect(engine).get_columns("aava_findings")] == documented
    engine.dispose()


def test_a_register_may_take_its_own_findings(tmp_path: Path, rulebook: aava_rules.Rulebook) -> None:
    """Findings go into the SQLite file that is being read, when reading has ended; no lock stops either."""
    many = ", ".join(f"({number}, '1990-01-01', null)" for number in range(1, 301))
    path = sqlite(tmp_path / "s.sqlite", *SCHEMA, f"insert into asiakas values {many}")
    text = MAPPING + "periods: {fields: {kind: {value: rehabilitative_work}, start: synt}}\n"
    rows = SqlRegister(path, mapping(text)).rows()
    decisions = (rulebook.decide(row.record, on=date(2014, 5, 5)) for row in rows if isinstance(row, Row))
    assert write_findings(path, "a", decisions, create=True) > 300
    assert ROWS
