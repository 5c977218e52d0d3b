"""Mappings: the tables, columns, codes and units of a host's system in terms of the record format, in a file.

A mapping file says where each field of a record stands in a source, how it is written there, which absence means that
something did not happen, and what may never be read. It is checked as rule files are: every fault at once, with its
line. The same file serves CSV, Excel, SQL and JSON documents: an adapter gives the rows of its tables, and the mapping
makes records of them. What the source does not say stays unknown.

``file_schema`` is the shape of the file and ``link`` ties it to the record format, into the parts in ``plan``.
``cells`` and ``day_forms`` read single cells, ``identity`` knows identity codes, ``assemble`` makes a record of rows,
``source_mapping`` joins tables with ``grouping``; ``columns`` is how whole registers come, and ``distinct`` reads each
cell of theirs once; ``recognise`` and ``propose`` write a first mapping file for a source. To begin, read ``loading``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aava_rules.mapping.cells import ErrorCell
    from aava_rules.mapping.columns import NOT_FOUND, ColumnBatch, Columns, ListText, ReadsColumns
    from aava_rules.mapping.loading import load
    from aava_rules.mapping.plan import Child, Column, Lookup, Section, SourceRow, TableUse
    from aava_rules.mapping.source_mapping import SourceMapping, duplicate
    from aava_rules.mapping.tables import SourceTable, read_mapped

__all__ = [
    "NOT_FOUND",
    "Child",
    "Column",
    "ColumnBatch",
    "Columns",
    "ErrorCell",
    "ListText",
    "Lookup",
    "ReadsColumns",
    "Section",
    "SourceMapping",
    "SourceRow",
    "SourceTable",
    "TableUse",
    "duplicate",
    "load",
    "read_mapped",
]

# whoever decides records without a mapping waits for none of its modules
_MODULES = {
    "Child": "plan",
    "Column": "plan",
    "ColumnBatch": "columns",
    "Columns": "columns",
    "ErrorCell": "cells",
    "ListText": "columns",
    "Lookup": "plan",
    "NOT_FOUND": "columns",
    "ReadsColumns": "columns",
    "Section": "plan",
    "SourceMapping": "source_mapping",
    "SourceRow": "plan",
    "SourceTable": "tables",
    "TableUse": "plan",
    "duplicate": "source_mapping",
    "load": "loading",
    "read_mapped": "tables",
}


if not TYPE_CHECKING:  # a checker that saw it would believe in every name

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
