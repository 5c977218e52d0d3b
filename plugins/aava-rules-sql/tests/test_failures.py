"""What goes wrong with databases: told with its place and what to do, nothing leaked, and all before it delivered."""

from __future__ import annotations

import logging
import sqlite3
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aava_rules_sql.database as databases
import aava_rules_sql.register as pages
import pytest
from aava_rules_sql import SqlRegister
from conftest import Postgres
from small import MAPPING, ROWS, SCHEMA, ids, mapping, read, sqlite
from typer.testing import CliRunner

from aava_rules import AdapterError
from aava_rules.adapters import BadRow, Row
from aava_rules.tools.cli import build

PASSWORD = "Salaisuus-5317"
CANARY = "Kanarialintu"


@pytest.fixture(autouse=True)
def _one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """One client a page, and short waiting."""
    monkeypatch.setattr(pages, "CLIENTS_AT_ONCE", 1)
    monkeypatch.setattr(databases, "PATIENCE", 1)


def delivered(rows: Iterator[Row | BadRow]) -> tuple[list[Row | BadRow], AdapterError]:
    """What was delivered before the error, and the error."""
    found: list[Row | BadRow] = []
    with pytest.raises(AdapterError) as caught:
        found.extend(_one_after_the_other(rows, found))
    return found, caught.value


def _one_after_the_other(rows: Iterator[Row | BadRow], found: list[Row | BadRow]) -> Iterator[Row | BadRow]:
    for row in rows:
        found.append(row)
    yield from ()


def tells_nothing(error: BaseException, *secrets: str) -> None:
    """The error has no other in its chain, and no secret in it, in its traceback or its frames' text."""
    assert error.__cause__ is None
    assert error.__context__ is None
    written = "".join(traceback.format_exception(error))
    for secret in secrets:
        assert secret not in written
        assert secret not in repr(error)


def test_a_server_that_goes_away(postgres: Postgres) -> None:
    """A connection that is ended in the middle: the clients before it are delivered, and reading goes on after them."""
    postgres.run(*SCHEMA, *ROWS)
    register = SqlRegister(postgres.url, mapping())
    rows = register.rows()
    first = next(rows)
    postgres.run("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                 "and datname = current_database()")  # fmt: skip
    found, error = delivered(rows)
    assert ids([first]) == ["1"]
    assert found == []
    assert str(error).endswith("closed the connection. Try again when the server is up.")
    tells_nothing(error, CANARY)
    assert register.last == 1
    assert ids(list(register.rows(after=register.last))) == ["2", "3"]


def test_a_server_that_goes_away_within_a_table(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where it happens between two parts of one result."""
    monkeypatch.setattr(pages, "CLIENTS_AT_ONCE", 1000)
    monkeypatch.setattr(databases, "ROWS_AT_ONCE", 10)
    postgres.run(*SCHEMA, "insert into asiakas select n, null, 'Kanarialintu' from generate_series(1, 500) n")
    register = SqlRegister(postgres.url, mapping())
    fetched = pages.Pages.stream

    def ended(self: pages.Pages, *arguments: Any) -> Iterator[Any]:
        for number, part in enumerate(fetched(self, *arguments)):
            yield part
            if number == 3:
                postgres.run("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                             "and datname = current_database()")  # fmt: skip

    monkeypatch.setattr(pages.Pages, "stream", ended)
    found, error = delivered(register.rows())
    assert found == []
    assert "asiakas: closed the connection" in str(error)
    tells_nothing(error, CANARY)


def test_a_locked_table(postgres: Postgres) -> None:
    """A table that another session has locked is waited for, but not for ever."""
    postgres.run(*SCHEMA, *ROWS)
    with postgres.connect() as other:
        other.execute("lock table etuus in access exclusive mode")
        found, error = delivered(SqlRegister(postgres.url, mapping()).rows())
        other.rollback()
    assert found == []
    assert "keeps a table locked for another session" in str(error)
    assert "Try again" in str(error)
    tells_nothing(error, CANARY)
    assert len(read(postgres.url)) == 3


def test_a_column_dropped_and_a_type_changed_before(postgres: Postgres) -> None:
    """A column that is gone is told at its line of the mapping; one of another type is read as what it is now."""
    postgres.run(*SCHEMA, *ROWS, "alter table etuus alter paivat type text using 'paljon'")
    rows = read(postgres.url)
    assert ids(rows) == ["asiakas nro 1", "2", "asiakas nro 3"]
    postgres.run("alter table etuus drop loppu")
    found, error = delivered(SqlRegister(postgres.url, mapping()).rows())
    assert found == []
    assert "AR161 the table etuus has no column loppu" in str(error)
    assert "mapping:11:65" in str(error)
    tells_nothing(error)


def test_a_schema_cannot_change_while_it_is_read(postgres: Postgres) -> None:
    """From the first row on, whoever wants to change a table that is read waits for the end of reading."""
    import psycopg

    postgres.run(*SCHEMA, *ROWS)
    rows = SqlRegister(postgres.url, mapping()).rows()
    found = [next(rows)]
    postgres.run("set lock_timeout = '200ms'")
    for statement in ("alter table etuus drop loppu", "alter table asiakas alter synt type text", "drop table etuus"):
        with pytest.raises(psycopg.errors.LockNotAvailable):
            postgres.run(statement)
    found += rows
    assert ids(found) == ["1", "2", "3"]
    postgres.run("alter table etuus drop loppu")


def test_a_query_that_takes_too_long(postgres: Postgres) -> None:
    """A statement_timeout of the server is told as such."""
    postgres.run(
        *SCHEMA, *ROWS, "alter table etuus rename to e",
        "create view etuus as select e.*, pg_sleep(2)::text as uni from e",
        "do $$ begin execute format('alter database %I set statement_timeout = 300', current_database()); end $$",
    )  # fmt: skip
    found, error = delivered(SqlRegister(postgres.url, mapping()).rows())
    assert found == []
    assert "ended a query that took longer than it allows" in str(error)
    tells_nothing(error, CANARY)


def test_types_that_cannot_be_compared(postgres: Postgres) -> None:
    """Keys of unlike types are told, with what to do."""
    postgres.run(SCHEMA[0], SCHEMA[1].replace("nro integer", "nro text"), ROWS[0], "insert into etuus values (1, '1')")
    found, error = delivered(SqlRegister(postgres.url, mapping()).rows())
    assert found == []
    assert "etuus: cannot compare two columns" in str(error)
    tells_nothing(error, CANARY)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (f"postgresql://u:{PASSWORD}@127.0.0.1:1/register", "cannot be reached, or closed the connection"),
        (f"postgresql://u:{PASSWORD}@no-such-host.invalid/register", "cannot be reached"),
        (f"postgresql:/u:{PASSWORD}@h/register", "is no URL of a database"),
        (f"postgresql://u:{PASSWORD}@h:port/register", "is no URL of a database"),
        (f"mysql://u:{PASSWORD}@h/register", "mysql is not read. Databases are postgresql and sqlite"),
        (f"{PASSWORD}", "is no URL of a database"),
        ("sqlite://", "names no file"),
        ("env:AAVA_RULES_TEST_NOWHERE", "the environment variable AAVA_RULES_TEST_NOWHERE is not set"),
    ],
)
def test_databases_that_cannot_be_reached(url: str, message: str, caplog: pytest.LogCaptureFixture) -> None:
    """A database that is not there, and what is no database, is told without the password."""
    with caplog.at_level(logging.DEBUG), pytest.raises(AdapterError) as caught:
        read(url)
    assert message in str(caught.value)
    tells_nothing(caught.value, PASSWORD)
    assert PASSWORD not in caplog.text


def test_a_wrong_password_and_database(postgres: Postgres) -> None:
    """A database that the server does not have is told by its name, and no password is."""
    wrong = postgres.url.replace("postgres@/t", f"postgres:{PASSWORD}@/nowhere_t")
    with pytest.raises(AdapterError) as caught:
        read(wrong)
    assert "/nowhere_t" in str(caught.value)
    tells_nothing(caught.value, PASSWORD)


def test_contents_never_come_out_of_errors(postgres: Postgres, caplog: pytest.LogCaptureFixture) -> None:
    """An error of the server that quotes a cell is told by its SQLSTATE, in its chain and in logs too."""
    postgres.run(
        *SCHEMA, *ROWS, "alter table etuus rename to e",
        "create view etuus as select rivi, nro, laji, alku, loppu, "
        "(select nimi from asiakas where nro = 1)::int as paivat from e",
    )  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        found, error = delivered(SqlRegister(postgres.url, mapping()).rows())
    assert found == []
    assert "etuus: fails with SQLSTATE 22P02" in str(error)
    tells_nothing(error, CANARY)
    assert CANARY not in caplog.text


def test_url_files(postgres: Postgres, tmp_path: Path) -> None:
    """The URL of a database may stand in a file, alone."""
    postgres.run(*SCHEMA, *ROWS)
    file = tmp_path / "register.dburl"
    file.write_text(f"{postgres.url}\n", encoding="utf-8")
    assert len(read(file)) == len(read(str(file))) == 3
    with pytest.raises(AdapterError, match="there is no such file"):
        read(tmp_path / "other.dburl")
    file.write_bytes(b"\xff")
    with pytest.raises(AdapterError, match="is not UTF-8"):
        read(file)


# -- SQLite


def test_sqlite_files_that_are_none(tmp_path: Path) -> None:
    """A file that is not there, is no database, or is damaged, and a folder, are told; none is made."""
    with pytest.raises(AdapterError, match=r"nowhere\.sqlite: there is no such file"):
        read(tmp_path / "nowhere.sqlite")
    assert not (tmp_path / "nowhere.sqlite").exists()
    (tmp_path / "text.sqlite").write_text(CANARY * 100, encoding="utf-8")
    with pytest.raises(AdapterError, match="is no SQLite file") as caught:
        read(tmp_path / "text.sqlite")
    tells_nothing(caught.value, CANARY)


def test_a_damaged_sqlite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose pages are cut off in the middle: the clients before are delivered, then it is told."""
    monkeypatch.setattr(pages, "CLIENTS_AT_ONCE", 50)
    names = ", ".join(f"({number}, null, '{CANARY * 3}')" for number in range(1, 2001))
    source = sqlite(tmp_path / "s.sqlite", *SCHEMA, f"insert into asiakas values {names}")
    data = bytearray(source.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 8192] = b"\xff" * 8192
    source.write_bytes(data)
    found, error = delivered(SqlRegister(source, mapping()).rows())
    assert "is damaged. Run PRAGMA integrity_check" in str(error)
    assert 0 < len(found) < 2000
    assert ids(found) == [str(number) for number in range(1, len(found) + 1)]
    tells_nothing(error, CANARY)


def test_a_locked_sqlite_file(tmp_path: Path) -> None:
    """A file that another program is writing to is waited for, but not for ever."""
    source = sqlite(tmp_path / "s.sqlite", *SCHEMA, *ROWS)
    with closing(sqlite3.connect(source, isolation_level=None)) as other:
        other.execute("begin exclusive")
        with pytest.raises(AdapterError, match=r"keeps the file locked for another program\. Try again") as caught:
            read(source)
        tells_nothing(caught.value, CANARY)
        other.execute("rollback")
    assert len(read(source)) == 3


# -- the command line


def check(*arguments: str) -> Any:
    """``check`` on the command line."""
    options = ["--rulebook", "finland", "--on", "2014-05-05", "--language", "en"]
    return CliRunner().invoke(build(), ["check", *arguments, *options])


def test_exit_codes(postgres: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """0 without findings, 2 with a bad row, a source that breaks off, or none; messages have no password."""
    postgres.run(*SCHEMA, *ROWS)
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    source = ("env:REGISTER_URL", "--input", "sql", "--mapping", str(tmp_path / "m.yaml"))
    monkeypatch.setenv("REGISTER_URL", postgres.url)
    clean = check(*source)
    assert (clean.exit_code, clean.stderr) == (0, "")
    postgres.run("update etuus set laji = 77 where rivi = 12")
    bad = check(*source)
    assert bad.exit_code == 2
    assert "2 records" in bad.stdout
    assert "asiakas nro 3: etuus rivi 12, column laji: is a code that the mapping does not have" in bad.stderr
    monkeypatch.setenv("REGISTER_URL", f"postgresql://u:{PASSWORD}@127.0.0.1:1/register")
    for arguments in (source, (*source, "--format", "json"), (*source, "--engine", "reference")):
        gone = check(*arguments)
        assert gone.exit_code == 2
        assert "postgresql://127.0.0.1/register: cannot be reached" in gone.stderr
        assert PASSWORD not in gone.stdout + gone.stderr
    without = check("env:REGISTER_URL", "--input", "sql")
    assert without.exit_code == 2
    assert "a database is read through a mapping. Give one with --mapping." in without.stderr


def test_threads_read_the_same_register(postgres: Postgres) -> None:
    """A register may be read by several threads at once, each in a snapshot of its own."""
    postgres.run(*SCHEMA, *ROWS)
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(ids(read(postgres.url)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["1", "2", "3"]] * 4


@pytest.mark.parametrize("failure", [SystemExit(CANARY), BaseException(CANARY), ValueError(CANARY)])
def test_whatever_ends_the_reading_of_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    """What fails while the next clients are read ahead is named at its place; those before it are in the report."""
    import aava_rules_sql.columns as columns

    batches = columns.ColumnPages.batches

    def ending(self: Any) -> Iterator[Any]:
        yield next(batches(self))
        raise failure

    monkeypatch.setattr(columns, "CLIENTS_TOGETHER", 2)
    monkeypatch.setattr(columns.ColumnPages, "batches", ending)
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    ended = check(str(sqlite(tmp_path / "r.sqlite", *SCHEMA, *ROWS)), "--mapping", str(tmp_path / "m.yaml"))
    assert ended.exit_code == 2
    assert f"the adapter failed with {type(failure).__name__}; the rest is not read." in ended.stderr
    assert "2 records" in ended.stdout
    assert CANARY not in ended.stdout + ended.stderr
    assert not [thread for thread in threading.enumerate() if thread.name == "aava-rules reads ahead"]
