"""The command ``map``: a first mapping file for a source."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from aava_rules.decision.service import parts_of
from aava_rules.language.errors import AdapterError
from aava_rules.mapping.tables import MAPPED, ReadsTables, SourceTable
from aava_rules.tools.cli.ending import print_error
from aava_rules.tools.cli.options import InputName, RulebookName, load_rulebook, plugins_of
from aava_rules.tools.inputs.choose import ADDRESS, STDIN, adapter_for, named_adapter

SourcePath = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="File or folder of tables, SQLite file, or .sql file with CREATE TABLE; - for standard input.",
        show_default=False,
    ),
]


def map_source(source: SourcePath, rulebook: RulebookName = None, input: InputName = None) -> None:
    """Propose a mapping file for the tables of a system.

    From headings or table definitions, and some of the rows. What it is not sure of is marked with # ?. Read the whole
    proposal before you use it: it is made of names.

    \b
    Exit codes:
      0    it is proposed
      2    bad input or usage
      141  nobody reads the output any more

    \b
    Examples:
      aava-rules map export/ > register.yaml
      aava-rules map register.sqlite --rulebook finland
      aava-rules map tables.sql
    \f

    Args:
        source: a file, a folder, or ``-`` for standard input.
        rulebook: the rulebook whose facts and words are looked for.
        input: the name of the adapter; None to choose by suffix.

    Raises:
        AdapterError: the source cannot be read, or has no tables.
    """
    from aava_rules.mapping.propose import propose

    book = load_rulebook(rulebook)
    tables = _tables(source, input, plugins_of(book))
    for sentence in (sentence for table in tables for sentence in table.notes):
        print_error(sentence)
    sys.stdout.write(propose(tables, parts_of(book)))


def _tables(source: str, name: str | None, plugins: object) -> list[SourceTable]:
    from aava_rules.tools.inputs import definitions

    path = Path(source)
    if name is None and source != STDIN:
        if definitions.is_sqlite(path):
            return definitions.tables_of_sqlite(path)
        if path.suffix.lower() == ".sql":
            return definitions.tables_of_ddl(path)
    adapter = named_adapter(plugins, name) if name else adapter_for(plugins, source, mapped=True)  # type: ignore[arg-type]
    if not isinstance(adapter, ReadsTables) or MAPPED not in adapter.capabilities:
        raise AdapterError(f"the adapter {adapter.name} has no tables: a mapping of its sources is written by hand.")
    place = sys.stdin.buffer if source == STDIN else path
    is_address = ADDRESS in adapter.capabilities and not path.exists()
    return list(adapter.tables(source if is_address else place))
