"""The findings of a table counted, as a check of a whole register wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.table import Decide, TableDecisions, part_of_decisions
from aava_rules.engine.table.block import Block
from aava_rules.engine.table.columns import Bools, Ints
from aava_rules.engine.table.input.tables import Tables
from aava_rules.engine.table.output.gather import Part, part_of
from aava_rules.engine.table.solve.answers import BROKEN, MET, STATUSES, UNSURE
from aava_rules.engine.table.solve.cautions import Cautions
from aava_rules.engine.table.solve.session import BlockSession
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.rulebook.model import WEIGHTS

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision


class CheckedTable(TableDecisions):
    """The findings of every client of a table, counted.

    ``names`` are the requirements that are asked. ``tell`` is called with decisions whose cautions,
    with those of all tables that were checked with the same ``cautions``, are all that there are;
    threads may call it at once. Without ``cautions`` none are looked for.
    """

    def __init__(
        self, tables: Tables, book: CompiledRulebook, names: frozenset[str], decide: Decide,
        cautions: Cautions | None, tell: Callable[[Decision], None],
    ) -> None:  # fmt: skip
        super().__init__(tables, book, names, decide)
        self._cautions, self._tell = cautions, tell

    @cached_property_unlocked
    def counts(self) -> Counter[tuple[str, str]]:
        """How many findings there are of each weight and status."""
        counts: Counter[tuple[str, str]] = Counter()
        for part in self._parts:
            for entry in part.findings:
                pairs = entry.weights.astype(np.int64) * len(STATUSES) + entry.status
                for pair, count in enumerate(np.bincount(pairs).tolist()):
                    if count:
                        weight, status = divmod(pair, len(STATUSES))
                        counts[WEIGHTS[weight], STATUSES[status]] += count
        return counts

    @cached_property_unlocked
    def _with(self) -> dict[str, Bools]:
        """By status (broken, unknown, met), the clients who have such a finding: shape (n,), bool."""
        clients = {STATUSES[status]: np.zeros(self._tables.size, np.bool_) for status in (BROKEN, UNSURE, MET)}
        for part in self._parts:
            for entry in part.findings:
                for status in (BROKEN, UNSURE, MET):
                    clients[STATUSES[status]][entry.clients[entry.status == status]] = True
        return clients

    @property
    def clients(self) -> dict[str, int]:
        """How many clients have findings of each status."""
        return {status: int(clients.sum()) for status, clients in self._with.items()}

    @property
    def loud(self) -> Ints:
        """The clients who have findings that are broken or not known: shape (k,), int64, their rows."""
        return np.flatnonzero(self._with[STATUSES[BROKEN]] | self._with[STATUSES[UNSURE]])

    @cached_property_unlocked
    def noticed(self) -> Ints:
        """The clients whose records may have a notice: shape (k,), int64, their rows."""
        rows = [part.noticed for part in self._parts]
        return np.unique(np.concatenate(rows)).astype(np.int64) if rows else np.zeros(0, np.int64)

    def _answer(self, first: int, items: dict[str, int], block: Block) -> list[Part]:
        with closing(BlockSession(self._book, block)) as run:
            answered = list(run.requirements_and_steps(self._names))
            held = self._held(first, block)
            new = {} if self._cautions is None else self._cautions.new_in(block, answered, held)
            for row in set(new.values()):
                self._tell(self._decide(self._tables.record(first + row)))
            part = part_of(block, {}, answered, held, first, items, self._book)
            part.noticed = self._noticed(first, items, block)
            return [part, *self._overflow_parts(first, block)]

    def _through_records(self, clients: list[int]) -> Part:
        decisions = [(client, self._decide(self._tables.record(client))) for client in clients]
        for _, decision in decisions:
            self._tell(decision)
        part = part_of_decisions(decisions, (), self._tables)
        part.noticed = part.open
        return part
