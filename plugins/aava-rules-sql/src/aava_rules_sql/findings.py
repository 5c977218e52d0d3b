"""Findings written back: into a table of their own, all those of a run in one transaction or none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aava_rules.language.errors import AdapterError
from aava_rules_sql.database import PATIENCE, Database
from aava_rules_sql.problems import attempt

if TYPE_CHECKING:
    from aava_rules import Decision

TABLE: Final = "aava_findings"
"""The name of the table, unless another is given."""
STATUSES: Final = ("broken", "unknown", "met")
"""The statuses of findings that are written: what does not apply is not."""

_AT_ONCE: Final = 5_000
_RUN_MAX: Final = 100


def findings_table(name: str = TABLE, schema: str | None = None) -> sa.Table:
    """The table of findings.

    ===================  ===========================================================================================
    ``run_id``           the run, as the host calls it; with the next two the primary key
    ``record_id``        the id of the record
    ``position``         the number of the finding in its decision, from 0
    ``decided_on``       the day of decision
    ``requirement``      the name of the requirement
    ``finding_key``      the requirement and the item, the same in every run
    ``place``            the path of the item and field, empty for the client
    ``status``           ``met``, ``broken`` or ``unknown``
    ``weight``           ``law``, ``model``, ``local`` or ``advice``
    ``reasons``          why it is unknown, parted by spaces; empty if it is not
    ``citations``        the paragraphs on which it rests, parted by ``; ``
    ``rulebook``         the rulebook that answered
    ``rulebook_version`` its version
    ``rulebook_sha256``  the hash of its contents
    ===================  ===========================================================================================

    No text of a finding is stored, for texts quote the record: ``decision.explain`` gives them.

    Args:
        name: the name of the table.
        schema: the schema in which it lies; None for the first one of the user's search path.
    """
    text, short = sa.Text, sa.String(200)
    return sa.Table(
        name, sa.MetaData(schema=schema),
        sa.Column("run_id", sa.String(_RUN_MAX), primary_key=True),
        sa.Column("record_id", short, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("requirement", short, nullable=False),
        sa.Column("finding_key", text, nullable=False),
        sa.Column("place", text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("weight", sa.String(20), nullable=False),
        sa.Column("reasons", text, nullable=False),
        sa.Column("citations", text, nullable=False),
        sa.Column("rulebook", short, nullable=False),
        sa.Column("rulebook_version", short, nullable=False),
        sa.Column("rulebook_sha256", sa.String(64), nullable=False),
    )  # fmt: skip


def write_findings(
    target: Path | str, run_id: str, decisions: Iterable[Decision], *, table: str = TABLE, schema: str | None = None,
    create: bool = False,
) -> int:  # fmt: skip
    """Write the findings of a run: all of them or, if anything fails, none. A run that is there already is replaced.

    Args:
        target: the database: what `SqlRegister` takes.
        run_id: the host's name of the run, at most 100 characters. Findings of another run are left alone.
        decisions: the decisions, read once; what they raise goes on to the caller, and nothing is written.
        table: the name of the table; its columns are those of `findings_table`.
        schema: the schema in which it lies; None for the first one of the user's search path.
        create: whether to create the table if it is not there.

    Returns: how many findings were written.

    Raises:
        ValueError: the run has no name, or too long a one.
        AdapterError: the database cannot be written to, or lacks the table or one of its columns.
    """
    if not (1 <= len(run_id) <= _RUN_MAX and run_id.isprintable()):
        raise ValueError(f"A run is called by 1 to {_RUN_MAX} printable characters.")
    database = Database(target)
    findings = findings_table(table, schema)
    where = f"{database.name}, {table}"
    engine = database.engine(writing=True)
    connection = attempt(database.name, engine.connect)
    try:
        attempt(where, lambda: _begin(connection, database))
        attempt(where, lambda: _prepare(connection, findings, where, create=create))
        attempt(where, lambda: connection.execute(sa.delete(findings).where(findings.c.run_id == run_id)))
        rows, written = _rows(run_id, decisions), 0
        while part := list(islice(rows, _AT_ONCE)):
            attempt(where, partial(connection.execute, sa.insert(findings), part))
            written += len(part)
        attempt(where, lambda: _commit(connection, database))
        return written
    finally:
        database.close(connection)  # what was not committed is undone
        engine.dispose()


def _begin(connection: Connection, database: Database) -> None:
    if database.dialect == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.isolation_level = None
        # what does not fit into the cache would be written before the end, and wait for whoever reads the register
        connection.exec_driver_sql("PRAGMA cache_spill = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")


def _commit(connection: Connection, database: Database) -> None:
    if database.dialect == "sqlite":
        connection.exec_driver_sql("COMMIT")
    connection.commit()


def _prepare(connection: Connection, findings: sa.Table, where: str, *, create: bool) -> None:
    inspector = sa.inspect(connection)
    if not inspector.has_table(findings.name, schema=findings.schema):
        if not create:
            raise AdapterError(f"{where}: there is no such table. Say that it is to be created, or create it.")
        findings.create(connection)
        return
    there = {column["name"] for column in inspector.get_columns(findings.name, schema=findings.schema)}
    missing = [column.name for column in findings.columns if column.name not in there]
    if missing:
        raise AdapterError(f"{where}: is no table of findings: it lacks {', '.join(missing)}. Give another table.")


def _rows(run_id: str, decisions: Iterable[Decision]) -> Iterator[dict[str, Any]]:
    for decision in decisions:
        rulebook = decision.rulebook
        about = {
            "run_id": run_id, "record_id": decision.record_id, "decided_on": decision.on,
            "rulebook": rulebook["name"], "rulebook_version": str(rulebook["version"]),
            "rulebook_sha256": rulebook["sha256"],
        }  # fmt: skip
        for position, finding in enumerate(finding for finding in decision.findings if finding.status in STATUSES):
            yield about | {
                "position": position, "requirement": finding.requirement, "finding_key": finding.key,
                "place": finding.where, "status": finding.status, "weight": finding.weight,
                "reasons": " ".join(finding.reasons),
                "citations": "; ".join(citation.cite for citation in finding.citations),
            }  # fmt: skip
