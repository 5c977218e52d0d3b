"""The conformance kit, on registers in SQLite and in PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from copy import deepcopy
from functools import cache
from itertools import count, islice
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import pytest
from aava_rules_sql import Sql
from conftest import Postgres

import aava_rules
from aava_rules.adapters import Adapter, BadRow, Row
from aava_rules.mapping import SourceMapping, load
from aava_rules.testing import AdapterConformance

MAPPING = """
mapping: 1
never_read: {clients: [hetu]}
clients:
  table: clients
  id: id
  client: {birth_date: born, municipality: town, language: language, protected: protected}
  facts:
    unemployed: unemployed
    subsidy_days: subsidy_days
    daily_compensation: compensation
    joint_service_started: joint_from
benefits:
  table: benefits
  client: client
  id: id
  no_rows: none
  fields: {kind: kind, start: first, end: last, days: days, because_of_unemployment: jobless}
plans:
  table: plans
  client: client
  id: id
  no_rows: none
  fields:
    kind: kind
    made_on: made
    ends_on: ends
    includes_rehabilitative_work: work
    refused_all: refused
    signed_by: {columns: {client: by_client, social_services: by_social}}
periods:
  table: periods
  client: client
  id: id
  fields:
    kind: kind
    start: first
    end: last
    days_per_week: days
    hours_per_day: hours
    client_consents: consents
    plan_made_on: planned
    attended_on: {rows: {table: attendance, item: period, column: day}}
events:
  table: events
  client: client
  id: id
  fields: {step: step, "on": day}
"""
TABLES = {
    "clients": "id text, hetu text, born date, town text, language text, protected boolean, unemployed boolean, "
    "subsidy_days integer, compensation decimal_text, joint_from date",
    "benefits": "client text, id text, kind text, first date, last date, days integer, jobless boolean",
    "plans": "client text, id text, kind text, made date, ends date, work boolean, refused boolean, "
    "by_client boolean, by_social boolean",
    "periods": "client text, id text, kind text, first date, last date, days integer, hours decimal_text, "
    "consents boolean, planned date",
    "attendance": "period text, day date",
    "events": "client text, id text, step text, day date",
}


@cache
def mapping() -> SourceMapping:
    """The mapping of the tables."""
    return load(MAPPING.encode(), aava_rules.load("finland", plugins=False))


def rows_of(records: Iterable[Mapping[str, Any]], codes: Iterator[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows of records, each with its table."""
    for record in records:
        client, facts, key = record.get("client", {}), record.get("facts", {}), record["id"]
        yield "clients", (
            key, next(codes, None), client.get("birth_date"), client.get("municipality"), client.get("language"),
            client.get("protected"), facts.get("unemployed"), facts.get("subsidy_days"),
            facts.get("daily_compensation"), facts.get("joint_service_started"),
        )  # fmt: skip
        for item in record.get("benefits", ()):
            names = ("id", "kind", "start", "end", "days", "because_of_unemployment")
            yield "benefits", (key, *map(item.get, names))
        for item in record.get("plans", ()):
            names = ("id", "kind", "made_on", "ends_on", "includes_rehabilitative_work", "refused_all")
            signed = item.get("signed_by")
            by = [None if signed is None else word in signed for word in ("client", "social_services")]
            yield "plans", (key, *map(item.get, names), *by)
        for item in record.get("periods", ()):
            names = ("id", "kind", "start", "end", "days_per_week", "hours_per_day", "client_consents", "plan_made_on")
            yield "periods", (key, *map(item.get, names))
            for day in item.get("attended_on", ()):
                yield "attendance", (item["id"], day)
        for item in record.get("events", ()):
            yield "events", (key, *map(item.get, ("id", "step", "on")))


class _Register(AdapterConformance):
    """What both databases have in common: tables without keys of their own, read in the order of the clients' ids."""

    keeps_order = False
    reads_streams = False

    def adapter(self) -> Adapter:
        """The adapter of databases."""
        return Sql()

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        """The rows that the mapping makes of a database."""
        return Sql().read_mapped(source, mapping())

    def says(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """No rows say that there are no benefits and plans, and nothing of periods, events and attendance."""
        told = deepcopy(dict(record))
        told["benefits"], told["plans"] = told.get("benefits", []), told.get("plans", [])
        for name in ("periods", "events"):
            if not told.get(name):
                told.pop(name, None)
        for period in told.get("periods", ()):
            if not period.get("attended_on"):
                period.pop("attended_on", None)
        return told

    def write(self, records: Iterable[Mapping[str, Any]], folder: Path) -> Path | None:
        """A database with the tables of records."""
        return self.made(rows_of(records, iter(())), folder)

    def write_with_codes(self, records: Sequence[Mapping[str, Any]], codes: Sequence[str], folder: Path) -> Path | None:
        """The same, with a column of identity codes."""
        return self.made(rows_of(records, iter(codes)), folder)

    def write_spoiled(self, records: Sequence[Mapping[str, Any]], folder: Path, canary: str) -> Path | None:
        """The same, with a client after the first one whose language is no language."""
        bad = ("clients", (f"{records[0]['id']}-", None, None, None, canary, *[None] * 5))
        return self.made([*rows_of(records, iter(())), bad], folder)

    def made(self, rows: Iterable[tuple[str, tuple[Any, ...]]], folder: Path) -> Path | None:
        """A database with the rows."""
        raise NotImplementedError


class TestSqlite(_Register):
    """Files of SQLite, which is told of no types: numbers with decimals are texts, days are ISO texts."""

    def made(self, rows: Iterable[tuple[str, tuple[Any, ...]]], folder: Path) -> Path | None:
        """An SQLite file with the rows."""
        path = folder / "register.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            for name, columns in TABLES.items():
                connection.execute(f"create table {name} ({columns.replace('decimal_text', 'text')})")
                key = {"clients": "id", "attendance": "period"}.get(name, "client")
                connection.execute(f"create index {name}_by_client on {name} ({key})")
            for number, (name, cells) in enumerate(rows):
                plain = [
                    cell if isinstance(cell, int) or cell is None else str(cell)  # a day is written as ISO has it
                    for cell in cells
                ]
                connection.execute(f"insert into {name} values ({', '.join('?' * len(plain))})", plain)
                if number % 10_000 == 0:
                    connection.commit()
            connection.execute("create index periods_by_id on periods (id)")
            connection.commit()
        return path


_SCHEMAS = count(1)


class TestPostgres(_Register):
    """Schemas of a PostgreSQL, with their types; the source is a file with the URL."""

    ids: ClassVar[Collection[str]] = _Register.ids
    source_mb = 4

    @pytest.fixture(autouse=True)
    def _database(self, postgres: Postgres) -> None:
        self.postgres = postgres

    def made(self, rows: Iterable[tuple[str, tuple[Any, ...]]], folder: Path) -> Path | None:
        """The rows in a schema of its own, with an index on the client of each table."""
        schema = f"s{next(_SCHEMAS)}"
        remaining = iter(rows)
        with self.postgres.connect() as connection:
            connection.execute(f"create schema {schema}")
            connection.execute(f"set search_path = {schema}")
            for name, columns in TABLES.items():
                connection.execute(f"create table {name} ({columns.replace('decimal_text', 'numeric')})")
            while some := list(islice(remaining, 10_000)):
                for name in TABLES:
                    with connection.cursor().copy(f"copy {name} from stdin") as copy:
                        for cells in (cells for table, cells in some if table == name):
                            copy.write_row(cells)
            for name in TABLES:
                key = {"clients": "id", "attendance": "period"}.get(name, "client")
                connection.execute(f"create index on {name} ({key})")
            connection.execute("create index on periods (id)")
        self.postgres.run(*(f"analyze {schema}.{name}" for name in TABLES))
        path = folder / "register.dburl"
        path.write_text(f"{self.postgres.url}&options=-csearch_path%3D{schema}", encoding="utf-8")
        return path

    def size(self, source: Path) -> int:
        """The bytes of the rows on the server, without indexes."""
        schema = source.read_text(encoding="utf-8").rpartition("%3D")[2]
        tables = " + ".join(f"pg_relation_size('{schema}.{name}')" for name in TABLES)
        (size,) = self.postgres.admin.execute(f"select {tables}").fetchone()
        return int(size)
