"""The facts of many clients: ready-made, derived from the lists, or concluded by rules of a lower stratum.

The same as `aava_rules.facts`, a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np

from ...expression import TRUE
from ...facts import CLIENT_FACTS, Origin
from ...parts import FactDef
from .aggregates import aggregate
from .block import Sheet
from .columns import OPEN, THERE, Bools, Column, choose, unknown
from .conditions import compiled_test
from .terms import compiled

Read = Callable[[Sheet], Column]


def fact(sheet: Sheet, name: str) -> Column:
    """The value of a fact in every row, as it counts on the judged day."""
    block = sheet.block
    origin = block.vocabulary.origin(name)
    for_all = not origin.sensitive or (isinstance(sheet.judged, date) and sheet.judged == block.on)
    memo = block.memo if for_all else sheet.memo
    found: Column | None = memo.get(("fact", name))
    if found is None:
        found = memo["fact", name] = _find(Sheet(block, block.on) if for_all else sheet, name, origin)
    return sheet.of_clients(found) if for_all else found


def item_fact(sheet: Sheet, name: str) -> Column:
    """The value of a derived fact of the item in every row, such as ``plan.option_count``."""
    found: Column | None = sheet.memo.get(("fact", name))
    if found is None:
        definition = sheet.block.parts.facts[name]
        read = _derived(sheet, definition)
        found = sheet.memo["fact", name] = sheet.empty(definition.type) if read is None else read(sheet)
    return found


def _find(sheet: Sheet, name: str, origin: Origin) -> Column:
    ready = _ready_made(sheet, name, origin)
    if ready is not None and not origin.derived_first and _all_there(ready):
        return ready
    derived = _derive(sheet, name, origin)
    if ready is None:
        return derived
    if derived.void:
        return ready
    first, second = (derived, ready) if origin.derived_first else (ready, derived)
    return choose(first.codes() != OPEN, first, second)


def _all_there(column: Column) -> bool:
    return column.code is None or not (column.code == OPEN).any()


def given_facts(sheet: Sheet, name: str) -> Column | None:
    """What the records give of a fact or outcome, where it counts on the judged day; None if nothing at all."""
    return _ready_made(sheet, name, sheet.block.vocabulary.origin(name))


def _ready_made(sheet: Sheet, name: str, origin: Origin) -> Column | None:
    block = sheet.block
    given = block.given.get(name)
    of_client = block.client.get(name) if name in CLIENT_FACTS else None
    if given is None:
        return None if of_client is None else sheet.of_clients(of_client)
    given = sheet.of_clients(given)
    is_given = given.codes() != OPEN
    if origin.outcome or origin.of_the_day:
        counts = _on(sheet, block.stated_on)
        if not counts.all():
            given = choose(counts, given, unknown(given.type, sheet.size))
    return given if of_client is None else choose(is_given, given, sheet.of_clients(of_client))


def _on(sheet: Sheet, stated: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Bools:
    """Where the judged day is the day of the facts of the day."""
    if sheet.judged is None:
        return np.zeros(sheet.size, np.bool_)
    judged = sheet.judged.toordinal() if isinstance(sheet.judged, date) else sheet.judged
    found: Bools = np.equal(judged, stated if sheet.clients is None else stated[sheet.clients])
    return found


def _today(sheet: Sheet) -> Bools:
    """Where the judged day is the day of decision."""
    if sheet.judged is None:
        return np.zeros(sheet.size, np.bool_)
    if isinstance(sheet.judged, date):
        return np.full(sheet.size, sheet.judged == sheet.block.on)
    found: Bools = np.equal(sheet.judged, sheet.block.today)
    return found


def _derive(sheet: Sheet, name: str, origin: Origin) -> Column:
    block = sheet.block
    if origin.outcome:
        definition = block.parts.outcomes[name]
        today = _today(sheet)
        if not today.any():
            return unknown(definition.type, sheet.size)
        found = sheet.of_clients(block.outcome(name))
        return found if today.all() else choose(today, found, unknown(found.type, sheet.size))
    fact_definition = block.parts.facts[name]
    read = _derived(sheet, fact_definition)
    if read is None:
        return unknown(fact_definition.type, sheet.size)
    today = _today(sheet) if origin.of_the_day else np.ones(sheet.size, np.bool_)
    if not today.any():
        return unknown(fact_definition.type, sheet.size)
    found = read(sheet)
    # nothing that is counted is below zero: a birth date after the day of decision gives no age
    known = today if found.type != "integer" else today & ~((found.codes() == THERE) & (found.high < 0) & found.known())
    return found if known.all() else choose(known, found, unknown(found.type, sheet.size))


def _derived(sheet: Sheet, definition: FactDef) -> Read | None:
    """The function of a fact's derivation, its default where that leaves it unknown; made once a block."""
    key = ("derived", definition.name)
    memo = sheet.block.memo
    if key not in memo:
        memo[key] = _derived_reader(definition)
    found: Read | None = memo[key]
    return found


def _derived_reader(definition: FactDef) -> Read | None:
    derivation = definition.derivation
    first: Read | None = None
    if derivation is not None:
        if derivation.kind == "test":
            first = _tested(compiled_test(derivation.where or TRUE))
        else:
            first = compiled(derivation.value) if derivation.value is not None else aggregate(derivation)
    if definition.default is None:
        return first
    otherwise = compiled(definition.default)
    if first is None:
        return otherwise
    read = first

    def with_default(sheet: Sheet) -> Column:
        found = read(sheet)
        return found if _all_there(found) else choose(found.codes() != OPEN, found, otherwise(sheet))

    return with_default


def _tested(test: Callable[[Sheet], object]) -> Read:
    def read(sheet: Sheet) -> Column:
        truth = test(sheet)
        holds, fails = truth.holds, truth.fails  # type: ignore[attr-defined]
        value = holds.astype(np.int64)
        return Column("boolean", value, value, np.where(holds | fails, THERE, OPEN).astype(np.uint8))

    return read
