"""Random records of several clients, once as the record path reads them and once in arrays, and what both say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import numpy as np
from columnar_values import column_of
from frames_maker import maker_of

from aava_rules.compiler.inputs import typed_value
from aava_rules.decision.service import Rulebook
from aava_rules.engine.reference.facts import Facts
from aava_rules.engine.reference.scope import OpenDay, Scope
from aava_rules.engine.table.block import Block, RowView
from aava_rules.engine.table.columns import Column
from aava_rules.engine.table.evaluate.facts import TableFacts
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.engine.table.input.tables import load
from aava_rules.language.values import UNKNOWN
from aava_rules.record import read
from aava_rules.record.fields import lists

READY_MADE_DAYS = ("allowance_period_start", "joint_service_started", "threshold_met_on", "conduct_on", "d0", "d1")
"""Facts of the shipped and of the random rulebooks that windows begin or end with."""


class Clients:
    """Some clients of one rulebook on one day: a record, its facts and a row of one block for each.

    What rules of a lower stratum conclude is drawn at random, and is the same for both.
    """

    def __init__(self, rulebook: Rulebook, random: Random, on: date, records: list[dict[str, Any]]) -> None:
        self.rulebook, self.random, self.on = rulebook, random, on
        vocabulary = rulebook._book.vocabulary
        tables = load(tables_of(records, vocabulary), on, vocabulary)
        assert tables.invalid.is_empty()
        self.block: Block = tables.block(0, len(records))
        self.block.outcome, self.block.fact_reader = self._outcome, TableFacts()
        self._concluded: dict[str, list[Any]] = {}
        steps = sorted(rulebook._parts.steps)
        self.facts = [
            Facts(vocabulary, read(record, steps=steps), on, lambda name, row=row: self._values(name)[row])
            for row, record in enumerate(records)
        ]

    def _values(self, name: str) -> list[Any]:
        if name not in self._concluded:
            outcome, edges = self.rulebook._parts.outcomes[name], maker_of(self.rulebook).edges
            self._concluded[name] = [
                UNKNOWN
                if self.random.random() < 0.3
                else typed_value(edges.fact(self.random, name, self.on), outcome.type, outcome.words)
                for _ in range(self.block.size)
            ]
        return self._concluded[name]

    def _outcome(self, name: str) -> Column:
        outcome = self.rulebook._parts.outcomes[name]
        return column_of(outcome.type, self._values(name), self.block.words, outcome.words)

    def day(self) -> date:
        """A day near which answers turn, or near the day of decision."""
        return maker_of(self.rulebook).edges.day(self.random, self.on)

    # -- rows

    def view(self, list_name: str = "") -> RowView:
        """All rows or some of them, judged on one day, on a day of each, or on a day that is not known."""
        random, clients, items = self.random, None, None
        count = size = len(self.block.items[list_name]) if list_name else self.block.size
        if list_name:
            items = np.arange(count)
        if count and random.random() < 0.5:
            chosen = np.array(random.choices(range(count), k=random.randrange(2 * count)), np.intp)
            clients, items = (None, chosen) if list_name else (chosen, None)
            size = len(chosen)
        judged: Any = random.choice([self.on, self.on, self.day(), None, "each"])
        if judged == "each":
            judged = np.array([self.day().toordinal() for _ in range(size)], np.int64)
        return RowView(self.block, judged, clients, list_name, items)

    def scope(self, view: RowView, row: int) -> tuple[int, Scope]:
        """The client of a row, and what the record path reads of it."""
        client = row if view.clients is None else int(view.clients[row])
        judged: Any = OpenDay(view.law) if view.judged is None else view.judged
        item = None
        if isinstance(judged, np.ndarray):
            judged = date.fromordinal(int(judged[row]))
        if view.items is not None:
            position = int(view.items[row] - self.block.items[view.list_name].starts[client])
            item = getattr(self.facts[client].record, view.list_name)[position]
        return client, Scope(self.facts[client], judged, view.list_name, item)

    def check(self, view: RowView, column: Column, expected: Callable[[Scope], Any], what: object) -> list[Any]:
        """Require that a column has in every row what the record path says; all that it said."""
        assert len(column) == view.size
        values = []
        for row in range(view.size):
            client, scope = self.scope(view, row)
            if self.block.overflow_mask[client]:
                continue
            wanted, actual = expected(scope), column.value(row)
            assert actual == wanted and type(actual) is type(wanted), (str(what), row, actual, wanted)
            values.append(wanted)
        return values


def some_clients(rulebook: Rulebook, random: Random, count: int = 10, on: date | None = None) -> Clients:
    """Clients of whom many have long lists, and rows with more paid days than there can be."""
    maker = maker_of(rulebook)
    on = maker.day(random) if on is None else on
    records = []
    for _ in range(count):
        record = maker.record(random, on)
        for list_name in lists():
            if list_name in record and random.random() < 0.5:
                missing = random.choice([0, 1, 4])
                record[list_name] += [maker.item(random, list_name, on, missing) for _ in range(random.randrange(6))]
        for row in record.get("benefits", ()):
            if "days" in row and random.random() < 0.3:
                row["days"] = random.choice([0, 1, row["days"] + 1, random.randrange(300)])
        for name in random.sample(READY_MADE_DAYS, 3):
            if name in rulebook._parts.facts:
                record.setdefault("facts", {})[name] = maker.edges.day(random, on)
        records.append(record)
    return Clients(rulebook, random, on, records)
