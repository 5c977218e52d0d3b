"""A small register that the tests change as they need: clients with benefits."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from aava_rules_sql import SqlRegister

from aava_rules.adapters import BadRow, Row
from aava_rules.mapping import SourceMapping, load

SCHEMA = (
    "create table asiakas (nro integer primary key, synt date, nimi varchar(40))",
    "create table etuus (rivi integer primary key, nro integer, laji integer, alku date, loppu date, "
    "paivat numeric(5, 1))",
)
ROWS = (
    "insert into asiakas values (1, '1990-02-01', 'Kanarialintu'), (2, null, 'Kanarialintu'), (3, '1980-12-31', null)",
    "insert into etuus values (10, 1, 20, '2014-01-01', '2014-03-31', 60.0), (11, 1, 10, '2013-01-01', null, null), "
    "(12, 3, 20, '2013-06-03', '2014-05-02', 180)",
)
MAPPING = """
mapping: 1
codes: {laji: {10: unemployment_allowance, 20: labour_market_subsidy}}
never_read: {asiakas: [nimi]}
clients: {table: asiakas, id: nro, client: {birth_date: synt}}
benefits:
  table: etuus
  client: nro
  id: rivi
  no_rows: none
  fields: {kind: {column: laji, codes: laji}, start: alku, end: loppu, days: paivat}
"""
RECORDS = [
    {"id": "1", "client": {"birth_date": "1990-02-01"}, "benefits": [
        {"id": "10", "kind": "labour_market_subsidy", "start": "2014-01-01", "end": "2014-03-31", "days": 60},
        {"id": "11", "kind": "unemployment_allowance", "start": "2013-01-01"}]},
    {"id": "2", "benefits": []},
    {"id": "3", "client": {"birth_date": "1980-12-31"}, "benefits": [
        {"id": "12", "kind": "labour_market_subsidy", "start": "2013-06-03", "end": "2014-05-02", "days": 180}]},
]  # fmt: skip
"""What the small register says, by hand."""


def mapping(text: str = MAPPING, key: bytes | None = None) -> SourceMapping:
    """The mapping of a text."""
    return load(text.encode(), key=key)


def sqlite(path: Path, *statements: str) -> Path:
    """An SQLite file in which the statements have been executed."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return path


def read(source: Any, text: str = MAPPING, **options: Any) -> list[Row | BadRow]:
    """All rows of a register, read one by one."""
    return list(SqlRegister(source, mapping(text)).rows(**options))


def ids(rows: list[Row | BadRow]) -> list[str]:
    """The ids of the records, and the places of bad rows."""
    return [row.record["id"] if isinstance(row, Row) else row.place for row in rows]
