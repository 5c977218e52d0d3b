"""The facts of many clients: ready-made, derived from the lists, or concluded by rules of a lower stratum.

The same as `aava_rules.engine.reference.facts`, a column at a time: which source of a fact comes first, on which day it
counts and what replaced in for it is read off its `FactPlan`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np

from aava_rules.compiler.facts import FactPlan
from aava_rules.compiler.inputs import PAST_DAYS
from aava_rules.engine.table.arrays import Values
from aava_rules.engine.table.block import Block, RowView
from aava_rules.engine.table.columns import Bools, Code, Column, Ints, choose, code_where, unknown, unknown_where
from aava_rules.engine.table.evaluate import steps
from aava_rules.engine.table.evaluate.aggregates import aggregate
from aava_rules.engine.table.evaluate.compare import set_words, translated
from aava_rules.engine.table.evaluate.terms import compiled, compiled_test
from aava_rules.engine.table.evaluate.tests import Test
from aava_rules.language.syntax import TRUE, Expr
from aava_rules.rulebook.model import FactDef

ColumnReader = Callable[[RowView], Column]


class TableFacts:
    """The facts, steps and days held in items that the terms of a block read (a `FactReader`). It has no state."""

    def fact(self, view: RowView, name: str) -> Column:
        """The fact or outcome ``name`` as it counts on the judged day of each row of ``view``."""
        return fact(view, name)

    def fact_in_round(self, view: RowView, name: str, which: str) -> Column:
        """The fact ``name``, of the client or item of each row of ``view``, where the current round is ``which``.

        See `aava_rules.compiler.rounds`.
        """
        return fact_in_round(view, name, which)

    def item_fact(self, view: RowView, name: str) -> Column:
        """The derived fact ``name`` (such as ``plan.option_count``) of the item of each row of ``view``."""
        return item_fact(view, name)

    def done(self, view: RowView, step: str, which: str, by: str) -> Column:
        """Whether ``step`` is done in the current round of the client of each row of ``view`` (boolean).

        ``which`` round it is asked of, and ``by`` what: see `aava_rules.compiler.rounds`.
        """
        return view.of_clients(steps.done(view.block, step, which, by))

    def date_of(self, view: RowView, step: str, which: str) -> Column:
        """The day on which ``step`` was last done in the current round of the client of each row of ``view``.

        ``which`` round it is asked of: see `aava_rules.compiler.rounds`.
        """
        return view.of_clients(steps.date_of(view.block, step, which))

    def day_in(self, view: RowView) -> Column:
        """The day of decision, moved inside the item of each row of ``view``."""
        return steps.day_in(view)


def fact(view: RowView, name: str) -> Column:
    """The fact or outcome ``name`` in every row of ``view``, as it counts on the judged day."""
    block = view.block
    plan = block.vocabulary.plan(name)
    for_all = _for_all(view, plan)
    memo = block.memo if for_all else view.memo
    column: Column | None = memo.get(("fact", name))
    if column is None:
        column = memo["fact", name] = _by_plan(RowView(block, block.on) if for_all else view, plan)
    return view.of_clients(column) if for_all else column


def fact_in_round(view: RowView, name: str, which: str) -> Column:
    """The fact ``name`` in every row of ``view`` where the current round is ``which`` of those that it may be."""
    block, read = view.block, item_fact if "." in name else fact
    of_round = steps.block_in(block, which)
    if of_round is block:
        return read(view, name)
    column = read(RowView(of_round, view.judged, view.clients, view.list_name, view.items, view.law), name)
    if of_round.overflow is not None:
        block.overflow = block.overflow_mask | of_round.overflow
    return column


def _for_all(view: RowView, plan: FactPlan) -> bool:
    """Whether a fact is the same for every view of the clients, so that it is computed once a block."""
    return not plan.sensitive or (isinstance(view.judged, date) and view.judged == view.block.on)


def item_fact(view: RowView, name: str) -> Column:
    """The derived fact ``name`` (such as ``plan.option_count``) of the item of every row of ``view``."""
    column: Column | None = view.memo.get(("fact", name))
    if column is None:
        definition = view.block.parts.facts[name]
        read = _derivation(view, view.block.vocabulary.plan(name), definition)
        column = view.memo["fact", name] = view.empty(definition.type) if read is None else read(view)
    return column


def _by_plan(view: RowView, plan: FactPlan) -> Column:
    """The value by the sources of a plan, each where those before it leave the value unknown.

    Bounds that are given are met with what follows.
    """
    ready = _ready_made_column(view, plan)
    bounded = None if ready is None or not plan.derived or plan.concluded else _bounded(ready)
    if ready is not None and not ready.void and not plan.prefer_derived and bounded is None and _none_unknown(ready):
        return ready
    derived = derived_fact(view, plan)
    if ready is None:
        return derived
    if derived.void:
        return ready
    first, second = (derived, ready) if plan.prefer_derived else (ready, derived)
    column = choose(first.codes() != Code.UNKNOWN, first, second)
    return column if bounded is None else _met(bounded, ready, derived, column)


def _bounded(column: Column) -> Bools | None:
    """Where a value is known between bounds only: shape (n,), bool; None: nowhere."""
    if column.exact:
        return None
    bounded: Bools = (column.codes() == Code.PRESENT) & (column.low != column.high)
    return bounded if bounded.any() else None


def _met(bounded: Bools, ready: Column, derived: Column, otherwise: Column) -> Column:
    """What bounds that are given and what follows say together, where ``bounded``; ``otherwise`` where they do not
    agree, and in the other rows.
    """
    low, high = np.maximum(ready.low, derived.low), np.minimum(ready.high, derived.high)
    there = bounded & (derived.codes() != Code.ABSENT) & (derived.codes() != Code.UNKNOWN) & (low <= high)
    met = Column(ready.type, low, high, None, ready.scale)
    return choose(there, met, otherwise)


def _none_unknown(column: Column) -> bool:
    return column.code is None or not (column.code == Code.UNKNOWN).any()


def ready_made_fact(view: RowView, name: str) -> Column | None:
    """What the records give of the fact or outcome ``name`` in the rows of ``view``, where it counts on the judged day.

    None if no record gives it.
    """
    return _ready_made_column(view, view.block.vocabulary.plan(name))


def _ready_made_column(view: RowView, plan: FactPlan) -> Column | None:
    block = view.block
    column = _past(view, plan, block.ready_made.get(plan.name))
    of_client = _past(view, plan, block.client.get(plan.name)) if plan.client else None
    if column is None:
        return None if of_client is None else view.of_clients(of_client)
    column = view.of_clients(column)
    is_known = column.codes() != Code.UNKNOWN
    if plan.dated:
        counts = _on(view, block.stated_on)
        if not np.all(counts):
            column = choose(np.broadcast_to(counts, view.size), column, unknown(column.type, view.size))
    return column if of_client is None else choose(is_known, column, view.of_clients(of_client))


def _past(view: RowView, plan: FactPlan, column: Column | None) -> Column | None:
    """The column of every client, in which days that cannot lie after the day of decision are not known where they do.

    Days of birth are such days; see `compiler.inputs.PAST_DAYS`.
    """
    if column is None or plan.name not in PAST_DAYS:
        return column
    to_come = (column.codes() == Code.PRESENT) & (column.low > view.block.today)
    return unknown_where(to_come, column) if to_come.any() else column


def exact_fact(view: RowView, name: str) -> Values | None:
    """The fact ``name`` as the table has it, if that is all that is known of it in every row of ``view``; else None."""
    if view.clients is not None:
        return None
    key = ("exact", name)
    if key not in view.memo:
        view.memo[key] = _exact_values(view, view.block.vocabulary.plan(name))
    values: Values | None = view.memo[key]
    return values


def _exact_values(view: RowView, plan: FactPlan) -> Values | None:
    block = view.block
    values = None if plan.client else block.exact_facts.get(plan.name)
    if values is None:
        return None
    if plan.dated and not np.all(_on(view, block.stated_on)):
        return None
    if (plan.prefer_derived or values.present is not None) and not derived_fact(view, plan).void:
        return None
    return values


def _on(view: RowView, stated: Ints | int) -> Bools | bool:
    """Where the judged day is the day of the facts of the day; one truth if it is the same in every row."""
    if view.judged is None:
        return False
    judged = view.judged.toordinal() if isinstance(view.judged, date) else view.judged
    if isinstance(judged, int) and isinstance(stated, int):
        return judged == stated
    if not isinstance(stated, int) and view.clients is not None:
        stated = stated[view.clients]
    same_day: Bools = np.equal(judged, stated)
    return same_day


def _today(view: RowView) -> Bools | bool:
    """Where the judged day is the day of decision; one truth if it is the same in every row."""
    return _on(view, view.block.today)


def stated_today(block: Block, plan: FactPlan) -> Bools | bool:
    """Which clients of ``block`` give a fact (``plan``) for the day of decision: shape (n,), bool, or one truth."""
    return not plan.dated or _on(RowView(block, block.on), block.stated_on)


def derived_fact(view: RowView, plan: FactPlan) -> Column:
    """What follows of a fact in every row of ``view``, whatever is given; ``plan`` says from what."""
    memo = view.block.memo if view.clients is None and _for_all(view, plan) else view.memo
    column: Column | None = memo.get(("derived value", plan.name))
    if column is None:
        column = memo["derived value", plan.name] = _derived_column(view, plan)
    return column


def _derived_column(view: RowView, plan: FactPlan) -> Column:
    block = view.block
    if plan.concluded:
        kind = block.parts.outcomes[plan.name].type
        today = _today(view)
        if not np.any(today):
            return unknown(kind, view.size)
        column = view.of_clients(block.outcome(plan.name))
        return column if today is True else choose(np.asarray(today), column, unknown(column.type, view.size))
    definition = block.parts.facts.get(plan.name)
    if definition is None:  # a field of the client that the vocabulary does not declare
        return unknown(block.client[plan.name].type, view.size)
    read = _derivation(view, plan, definition)
    today = _today(view) if plan.of_the_day else True
    if read is None or not np.any(today):
        return unknown(definition.type, view.size)
    column = read(view)
    if column.void:
        return column
    return column if np.all(today) else choose(np.asarray(today), column, unknown(column.type, view.size))


def _derivation(view: RowView, plan: FactPlan, definition: FactDef) -> ColumnReader | None:
    """The function of a fact's derivation, its default where that leaves it unknown; built once a block.

    The default stands in for a term that does not exist, too, and of one that may not nothing is known. A default that
    does not exist, or may not, is no value for what is unknown.
    """
    key = ("derivation", plan.name)
    memo = view.block.memo
    if key not in memo:
        memo[key] = _derivation_reader(plan, definition)
    read: ColumnReader | None = memo[key]
    return read


def _derivation_reader(plan: FactPlan, definition: FactDef) -> ColumnReader | None:
    derivation = plan.derivation
    first: ColumnReader | None = None
    if derivation is not None:
        if derivation.kind == "test":
            first = _truth_column(compiled_test(derivation.where or TRUE))
        else:
            first = aggregate(derivation) if derivation.value is None else _valued(derivation.value, definition)
    if plan.default is None:
        return first
    otherwise = _valued(plan.default, definition)
    if first is None or derivation is None:
        return otherwise
    read, of_term = first, derivation.value is not None

    def with_default(view: RowView) -> Column:
        column = read(view)
        if column.code is None:
            return column
        codes = column.codes()
        waits = (codes != Code.PRESENT) if of_term else codes == Code.UNKNOWN
        if not waits.any():
            return column
        assumed = otherwise(view)
        replaced: Bools = (codes == Code.ABSENT) | ((codes == Code.UNKNOWN) & (assumed.codes() == Code.PRESENT))
        nothing = unknown(column.type, view.size)
        return choose(~waits, column, choose(replaced, assumed, nothing))

    return with_default


def _valued(value: Expr, definition: FactDef) -> ColumnReader:
    """The function of a term whose value a fact takes; a set has a bit for each word of the fact."""
    read = compiled(value)
    if definition.type != "set":
        return read
    words = tuple(sorted(definition.words))
    return lambda view: translated(read(view), set_words(value, view.block.parts), words)


def _truth_column(test: Test) -> ColumnReader:
    def read(view: RowView) -> Column:
        holds, fails = test(view)
        value = holds.astype(np.int64)
        return Column("boolean", value, value, code_where(holds | fails, Code.PRESENT, Code.UNKNOWN))

    return read
