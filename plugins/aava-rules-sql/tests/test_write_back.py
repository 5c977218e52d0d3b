"""The command line writes findings into a table: all of a run or none, with the exit codes of ``check``."""

from __future__ import annotations

import re
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import aava_rules_sql.register as pages
import pytest
from aava_rules_sql import write_findings
from conftest import EXAMPLES, Postgres
from small import MAPPING, ROWS, SCHEMA, sqlite
from typer.testing import CliRunner

import aava_rules
from aava_rules.tools.cli import build

README = Path(__file__).parents[1] / "README.md"
REGISTER = EXAMPLES / "register"
EVERYTHING = "select * from aava_findings order by run_id, record_id, position"
PASSWORD = "Salaisuus-5317"


def run(*arguments: str) -> Any:
    """A call of the command line."""
    return CliRunner().invoke(build(), list(arguments))


@pytest.fixture
def register(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Postgres:
    """The database of the example, which is also that of the findings."""
    postgres.run(*((REGISTER / name).read_text(encoding="utf-8") for name in ("schema.sql", "data.sql")))
    monkeypatch.setenv("REGISTER_URL", postgres.url)
    monkeypatch.setenv("FINDINGS_URL", postgres.url)
    monkeypatch.chdir(REGISTER)
    return postgres


def documented() -> list[str]:
    """The command of the README."""
    (command,) = re.findall(r"^aava-rules (write-findings .*)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    return shlex.split(command, comments=True)


def test_the_documented_command(register: Postgres, rulebook: aava_rules.Rulebook, tmp_path: Path) -> None:
    """The command of the README writes what Python writes, says how much, and does the same when it is called again."""
    command = documented()
    told = run(*command)
    assert told.exit_code == 1, told.stderr  # the register has findings, as check says of it
    checked = run("check", *command[1:6], "--on", "2014-05-05", "--rulebook", "aava")
    assert checked.exit_code == 1
    rows = register.admin.execute(EVERYTHING).fetchall()
    lines = (REGISTER / "records.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = sqlite(tmp_path / "w.sqlite")
    write_findings(
        wanted, "2014-05-05 nightly", [rulebook.decide(line, on="2014-05-05") for line in lines], create=True
    )
    with sqlite3.connect(wanted) as connection:
        by_hand = connection.execute(EVERYTHING).fetchall()
    connection.close()
    assert [(*map(str, row),) for row in rows] == [(*map(str, row),) for row in by_hand]
    assert len(rows) > 50
    assert told.stdout.strip().endswith(
        f"aava_findings, run 2014-05-05 nightly: {len(rows)} findings of {len(lines)} records"
    )
    assert run(*command).exit_code == 1
    assert register.admin.execute(EVERYTHING).fetchall() == rows


def small(path: Path, *statements: str) -> tuple[str, ...]:
    """The arguments that read a small SQLite register."""
    (path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    register = sqlite(path / "r.sqlite", *SCHEMA, *ROWS, *statements)
    return ("write-findings", str(register), "--mapping", str(path / "m.yaml"), "--rulebook", "finland")


def test_exit_codes(tmp_path: Path) -> None:
    """0 where no finding counts, 2 with a bad row, which is told and left out while the rest is written."""
    command = (*small(tmp_path), "--to", str(sqlite(tmp_path / "f.sqlite")), "--run", "a", "--on", "2014-05-05")
    missing = run(*command)
    assert missing.exit_code == 2
    assert "aava_findings: there is no such table. Say that it is to be created" in missing.stderr
    clean = run(*command, "--create")
    assert (clean.exit_code, clean.stderr) == (0, "")
    assert "findings of 3 records" in clean.stdout
    sqlite(tmp_path / "r.sqlite", "update etuus set laji = 77 where rivi = 12")
    bad = run(*command)
    assert bad.exit_code == 2
    assert "findings of 2 records; 1 could not be answered and are not in it" in bad.stdout
    assert "asiakas nro 3: etuus rivi 12, column laji: is a code that the mapping does not have" in bad.stderr
    nameless = run(*command, "--run", "")
    assert nameless.exit_code == 2
    assert "1 to 100 printable characters" in nameless.stderr


def test_a_source_that_breaks_off(register: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the register goes away in the middle, the table is as it was; the same command then writes the whole run."""
    command = documented()
    run(*command)
    before = register.admin.execute(EVERYTHING).fetchall()
    monkeypatch.setattr(pages, "CLIENTS_AT_ONCE", 1)
    page, calls = pages.Pages._page, [0]

    def ending(self: Any, low: Any, high: Any) -> Any:
        calls[0] += 1
        if calls[0] == 3:
            register.run("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                         "and datname = current_database() and query not like '%aava_findings%'")  # fmt: skip
        yield from page(self, low, high)

    monkeypatch.setattr(pages.Pages, "_page", ending)
    register.run("insert into aava_findings select 'other', record_id, position, decided_on, requirement, finding_key, "
                 "place, status, weight, reasons, citations, rulebook, rulebook_version, rulebook_sha256 "
                 "from aava_findings limit 1")  # fmt: skip
    broken = run(*command)
    assert broken.exit_code == 2
    assert "closed the connection. Try again when the server is up." in broken.stderr
    assert "Nothing is written, since not everything was read. The table is as it was." in broken.stderr
    assert broken.stdout == ""
    assert len(register.admin.execute(EVERYTHING).fetchall()) == len(before) + 1
    again = run(*command)
    assert again.exit_code == 1
    run_id = "2014-05-05 nightly"
    query = "select * from aava_findings where run_id = %s order by record_id, position"
    assert register.admin.execute(query, [run_id]).fetchall() == before


def test_a_database_that_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error without the password, and exit code 2; a source that no adapter reads ends it too."""
    monkeypatch.setenv("FINDINGS_URL", f"postgresql://u:{PASSWORD}@127.0.0.1:1/f")
    command = (*small(tmp_path), "--run", "a", "--on", "2014-05-05")
    gone = run(*command, "--to", "env:FINDINGS_URL")
    assert gone.exit_code == 2
    assert "postgresql://127.0.0.1/f: cannot be reached" in gone.stderr
    assert PASSWORD not in gone.stdout + gone.stderr
    target = sqlite(tmp_path / "f.sqlite")
    empty = run("write-findings", str(tmp_path / "no.csv.nothing"), "--run", "a", "--to", str(target), "--create")
    assert empty.exit_code == 2
    assert "Nothing is written" in empty.stderr
