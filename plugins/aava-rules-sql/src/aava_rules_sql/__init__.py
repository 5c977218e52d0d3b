"""Client registers in SQL databases for aava-rules: read in one snapshot through a mapping, findings written back.

>>> import aava_rules, aava_rules.mapping
>>> from aava_rules_sql import SqlRegister
>>> rulebook = aava_rules.load("finland")
>>> mapping = aava_rules.mapping.load("mapping.yaml", rulebook)  # doctest: +SKIP
>>> for row in SqlRegister("register.sqlite", mapping).rows():  # doctest: +SKIP
...     print(rulebook.decide(row.record, on="2014-05-05").outcomes["target_group"].value)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aava_rules import hookimpl
from aava_rules_sql.adapter import Sql
from aava_rules_sql.findings import findings_table, write_findings
from aava_rules_sql.register import SqlRegister

if TYPE_CHECKING:
    import typer

__all__ = ["Sql", "SqlRegister", "findings_table", "write_findings"]


@hookimpl
def register_adapters() -> list[Sql]:
    """Called once, when a rulebook is loaded with plugins."""
    return [Sql()]


@hookimpl
def register_commands(app: typer.Typer) -> None:
    """Called once, when ``aava-rules`` starts; ``app`` is its command line."""
    from aava_rules_sql.command import add_to

    add_to(app)
