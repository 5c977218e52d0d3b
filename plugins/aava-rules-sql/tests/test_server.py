"""The two ways in which the tests start a PostgreSQL: each gives the small register."""

from __future__ import annotations

import glob
import shutil
import tempfile
from pathlib import Path

import conftest
import psycopg
import pytest
from aava_rules_sql import SqlRegister
from small import ROWS, SCHEMA, ids, mapping

INSTALLED = shutil.which("initdb") or glob.glob("/usr/lib/postgresql/*/bin/initdb")


@pytest.mark.skipif(not INSTALLED, reason="the system has no PostgreSQL")
def test_the_servers_of_the_system() -> None:
    """A PostgreSQL that the system has installed is started in a temporary folder, read from, and ended."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        address, stop = conftest._from_system(folder)
        try:
            with psycopg.connect(address, autocommit=True) as admin:
                for statement in (*SCHEMA, *ROWS):
                    admin.execute(statement)
            url = f"postgresql://postgres@/postgres?host={folder}"
            assert ids(list(SqlRegister(url, mapping()).rows())) == ["1", "2", "3"]
        finally:
            stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(address)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
