"""The facts of many clients: ready-made, derived from the lists, or concluded by rules of a lower stratum.

The same as `aava_rules.facts`, a column at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np

from aava_rules.compiler.facts import CLIENT_FACTS, Origin
from aava_rules.engine.table.arrays import Values
from aava_rules.engine.table.block import Sheet
from aava_rules.engine.table.columns import OPEN, THERE, Bools, Column, Ints, choose, unknown
from aava_rules.engine.table.evaluate import steps
from aava_rules.engine.table.evaluate.aggregates import aggregate
from aava_rules.engine.table.evaluate.compare import set_words, translated
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.engine.table.evaluate.tests import Test, compiled_test
from aava_rules.language.syntax import TRUE, Expr
from aava_rules.rulebook.model import FactDef

Read = Callable[[Sheet], Column]


class TableFacts:
    """The facts, steps and days held in items that the terms of a block read (a `FactReader`). It has no state."""

    def fact(self, view: Sheet, name: str) -> Column:
        """The fact or outcome ``name`` as it counts on the judged day of each row of ``view``."""
        return fact(view, name)

    def item_fact(self, view: Sheet, name: str) -> Column:
        """The derived fact ``name`` (such as ``plan.option_count``) of the item of each row of ``view``."""
        return item_fact(view, name)

    def done(self, view: Sheet, step: str) -> Column:
        """Whether ``step`` is done in the current round of the client of each row of ``view`` (boolean)."""
        return view.of_clients(steps.done(view.block, step))

    def date_of(self, view: Sheet, step: str) -> Column:
        """The day on which ``step`` was last done in the current round of the client of each row of ``view``."""
        return view.of_clients(steps.date_of(view.block, step))

    def day_in(self, view: Sheet) -> Column:
        """The day of decision, moved inside the item of each row of ``view``."""
        return steps.day_in(view)


def fact(sheet: Sheet, name: str) -> Column:
    """The value of a fact in every row, as it counts on the judged day."""
    block = sheet.block
    origin = block.vocabulary.origin(name)
    for_all = _for_all(sheet, origin)
    memo = block.memo if for_all else sheet.memo
    found: Column | None = memo.get(("fact", name))
    if found is None:
        found = memo["fact", name] = _find(Sheet(block, block.on) if for_all else sheet, name, origin)
    return sheet.of_clients(found) if for_all else found


def _for_all(sheet: Sheet, origin: Origin) -> bool:
    """Whether a fact is the same whatever rows are asked, and is worked out once for all clients."""
    return not origin.sensitive or (isinstance(sheet.judged, date) and sheet.judged == sheet.block.on)


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
    if ready is not None and not ready.void and not origin.derived_first and _all_there(ready):
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
        if not np.all(counts):
            given = choose(np.broadcast_to(counts, sheet.size), given, unknown(given.type, sheet.size))
    return given if of_client is None else choose(is_given, given, sheet.of_clients(of_client))


def raw_fact(sheet: Sheet, name: str) -> Values | None:
    """A fact as the table has it, if that is all that is known of it in every row; None if other things count."""
    if sheet.clients is not None or name in CLIENT_FACTS:
        return None
    key = ("raw", name)
    if key not in sheet.memo:
        sheet.memo[key] = _raw_fact(sheet, name)
    found: Values | None = sheet.memo[key]
    return found


def _raw_fact(sheet: Sheet, name: str) -> Values | None:
    block = sheet.block
    values = block.raw.get(name)
    if values is None:
        return None
    origin = block.vocabulary.origin(name)
    if (origin.outcome or origin.of_the_day) and not np.all(_on(sheet, block.stated_on)):
        return None
    if (origin.derived_first or values.there is not None) and not _derive(sheet, name, origin).void:
        return None
    return values


def _on(sheet: Sheet, stated: Ints | int) -> Bools | bool:
    """Where the judged day is the day of the facts of the day; one truth if it is the same in every row."""
    if sheet.judged is None:
        return False
    judged = sheet.judged.toordinal() if isinstance(sheet.judged, date) else sheet.judged
    if isinstance(judged, int) and isinstance(stated, int):
        return judged == stated
    found: Bools = np.equal(
        judged, stated if isinstance(stated, int) or sheet.clients is None else stated[sheet.clients]
    )
    return found


def _today(sheet: Sheet) -> Bools | bool:
    """Where the judged day is the day of decision; one truth if it is the same in every row."""
    return _on(sheet, sheet.block.today)


def _derive(sheet: Sheet, name: str, origin: Origin) -> Column:
    memo = sheet.block.memo if sheet.clients is None and _for_all(sheet, origin) else sheet.memo
    found: Column | None = memo.get(("derived value", name))
    if found is None:
        found = memo["derived value", name] = _derived_value(sheet, name, origin)
    return found


def _derived_value(sheet: Sheet, name: str, origin: Origin) -> Column:
    block = sheet.block
    if origin.outcome:
        definition = block.parts.outcomes[name]
        today = _today(sheet)
        if not np.any(today):
            return unknown(definition.type, sheet.size)
        found = sheet.of_clients(block.outcome(name))
        return found if today is True else choose(np.asarray(today), found, unknown(found.type, sheet.size))
    fact_definition = block.parts.facts.get(name)
    if fact_definition is None:  # a field of the client that the vocabulary does not declare
        return unknown(block.client[name].type, sheet.size)
    read = _derived(sheet, fact_definition)
    if read is None:
        return unknown(fact_definition.type, sheet.size)
    today = _today(sheet) if origin.of_the_day else True
    if not np.any(today):
        return unknown(fact_definition.type, sheet.size)
    found = read(sheet)
    if found.void:
        return found
    # nothing that is counted is below zero: a birth date after the day of decision gives no age
    known = today if found.type != "integer" else today & ~((found.codes() == THERE) & (found.high < 0) & found.known())
    return found if np.all(known) else choose(np.asarray(known), found, unknown(found.type, sheet.size))


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
            first = aggregate(derivation) if derivation.value is None else _valued(derivation.value, definition)
    if definition.default is None:
        return first
    otherwise = _valued(definition.default, definition)
    if first is None:
        return otherwise
    read = first

    def with_default(sheet: Sheet) -> Column:
        found = read(sheet)
        return found if _all_there(found) else choose(found.codes() != OPEN, found, otherwise(sheet))

    return with_default


def _valued(value: Expr, definition: FactDef) -> Read:
    """The function of a term whose value a fact takes; a set has a bit for each word of the fact."""
    read = compiled(value)
    if definition.type != "set":
        return read
    words = tuple(sorted(definition.words))
    return lambda sheet: translated(read(sheet), set_words(value, sheet.block.parts), words)


def _tested(test: Test) -> Read:
    def read(sheet: Sheet) -> Column:
        holds, fails = test(sheet)
        value = holds.astype(np.int64)
        return Column("boolean", value, value, np.where(holds | fails, THERE, OPEN).astype(np.uint8))

    return read
