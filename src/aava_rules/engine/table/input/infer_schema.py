"""A vocabulary for tables that are read for no rulebook: each column of no other name is a fact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.table.input.schema import client_specs
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import FactDef, Parts

_BOUNDS = {"at_least", "at_most"}


def any_facts(schema: Iterable[tuple[str, Any]]) -> Vocabulary:
    """The vocabulary of the facts that columns of clients seem to hold, from their names and types."""
    known = {*client_specs(_parts({})), *lists()}
    facts: dict[str, FactDef] = {}
    for column, dtype in schema:
        if column in known:
            continue
        name, bounded = _fact(column.removeprefix("facts."), dtype)
        if bounded or name not in facts:
            facts[name] = FactDef(name, "integer" if bounded else _type(dtype), "", {})
    return Vocabulary(_parts(facts))


def _fact(name: str, dtype: Any) -> tuple[str, bool]:
    """The fact of a column, and whether the column is a bound of it."""
    for separator in (".", "_"):
        for side in _BOUNDS:
            if name.endswith(separator + side) and dtype.is_numeric():
                return name.removesuffix(separator + side), True
    return name, False


def _type(dtype: Any) -> str:
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_decimal():
        return "decimal"
    if dtype.is_numeric():
        return "integer"  # of floats, those that are whole become whole numbers
    if dtype.is_temporal():
        return "date"
    return "set" if isinstance(dtype, (pl.List, pl.Array)) else "text"


def _parts(facts: dict[str, FactDef]) -> Parts:
    return Parts((), "", facts, {}, {}, {}, {}, {}, {}, {}, {}, (), {}, {})
