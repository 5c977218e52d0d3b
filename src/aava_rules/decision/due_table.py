"""What is to be done for every client of a table within a time.

It is the same as `aava_rules.decision.worklist` tells of one.

Only what falls into the time becomes rows, so that the worklist of a register is as long as the work is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.table import Decide, TableBlock, TableDecisions
from aava_rules.decision.text.citations import in_force
from aava_rules.decision.worklist import (
    DAY,
    LIMIT,
    STEP,
    DueItem,
    due_items,
    falls_on,
    is_open_ended,
    told_by_steps,
    unsettled_steps,
)
from aava_rules.engine.table.block import Block, Rows
from aava_rules.engine.table.columns import Bools, Code, Codes
from aava_rules.engine.table.input.tables import Tables
from aava_rules.engine.table.output.gather import part_of, weights_of
from aava_rules.engine.table.output.grounds import Ground, day_is_open, grounds_of, may_be_due
from aava_rules.engine.table.solve.answers import BROKEN, SUGGESTED
from aava_rules.engine.table.solve.readings import QuestionAnswers
from aava_rules.engine.table.solve.session import BlockSession
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.values import NONE, UNKNOWN
from aava_rules.rulebook.model import WEIGHTS

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision

_TEXTS: Final = pl.List(pl.String)
WORKLIST: Final[dict[str, Any]] = {
    "id": pl.String, "kind": pl.Enum([STEP, LIMIT]), "name": pl.String, "list": pl.String, "position": pl.Int64,
    "item": pl.String, "due": pl.Date, "open_ended": pl.Boolean, "overdue_since": pl.Date,
    "weight": pl.Enum(WEIGHTS), "rules": _TEXTS, "cites": _TEXTS, "falls_on": _TEXTS,
}  # fmt: skip
"""The columns of a worklist, which are the attributes of `DueItem`."""
PERHAPS: Final[dict[str, Any]] = {"id": pl.String, "step": pl.String}

_Place = tuple[str, str]
"""A requirement, and the list of whose items it is asked."""

DecideOn = Callable[[Mapping[str, Any], date, frozenset[str] | None], "Decision"]
"""The decision on a record on a day, about some names; None: all that were asked."""


@dataclass(slots=True, eq=False)
class _BlockWork:
    """What a block gives: lines, and the pairs of client (its id) and step of which it is open whether it is to be
    taken."""

    lines: list[DueItem] = field(default_factory=list)
    perhaps: list[tuple[str, str]] = field(default_factory=list)


class DueTable(TableDecisions):
    """A worklist of every client of a table, as polars data frames: ``lines``, ``perhaps`` and ``invalid``."""

    def __init__(
        self, tables: Tables, book: CompiledRulebook, names: frozenset[str] | None, decide: Decide,
        decide_on: DecideOn, until: date, rulebook: Mapping[str, Any] | None = None,
        note: Callable[[TableBlock], None] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(tables, book, names, decide, rulebook, note)
        self.until = until
        self._decide_on = decide_on
        self._list_ids: dict[str, pl.Series] = {}

    @cached_property_unlocked
    def items(self) -> tuple[DueItem, ...]:
        """Every line, the most pressing first."""
        lines = [line for part in self._blocks_work for line in part.lines]
        return tuple(sorted(lines, key=lambda line: line.pressing))

    @cached_property_unlocked
    def lines(self) -> pl.DataFrame:
        """A row for each line, the most pressing first; the columns are the attributes of a `DueItem`."""
        columns = ("record_id", *list(WORKLIST)[1:])
        data = {name: [getattr(line, key) for line in self.items] for name, key in zip(WORKLIST, columns, strict=True)}
        return pl.DataFrame(data, schema=WORKLIST)

    @cached_property_unlocked
    def perhaps(self) -> pl.DataFrame:
        """A row for each client and step that may be due in time, which is not known: facts are missing."""
        rows = sorted({pair for part in self._blocks_work for pair in part.perhaps})
        return pl.DataFrame(rows, schema=PERHAPS, orient="row")

    @cached_property_unlocked
    def _blocks_work(self) -> list[_BlockWork]:
        self._list_ids = {name: self._tables.ids_of_items(name) for name in ("benefits", "plans", "periods", "events")}
        return self._in_blocks(self._of_block, lambda client: [self._of_record(client)])

    def _of_record(self, client: int) -> _BlockWork:
        """A client whose numbers columns cannot hold."""
        record = self._tables.record(client)
        now = self._decide(record)

        def decide(day: date, names: frozenset[str] | None) -> Decision:
            return now if day == self._tables.on and names is None else self._decide_on(record, day, names)

        waiting = [(now.record_id, step) for step in unsettled_steps(now, self.until)]
        return _BlockWork(list(due_items(decide, self._tables.on, self.until)), waiting)

    def _of_block(self, first: int, items: dict[str, int], block: Block) -> list[_BlockWork]:
        with closing(BlockSession(self._book, block)) as run:
            answered = list(run.requirements_and_steps(self._names))
            held = self._held(first, block)
            if self._note is not None:
                self._note(self._block_of(part_of(block, {}, answered, held, first, items, self._book)))
            steps = _Lines(self, block, first, items, held)
            for question in answered:
                if question.kind == "step":
                    steps.add_steps(question)
            before = {(q.name, q.list_name): q.answers.status for q in answered if q.kind == "requirement"}
        limits = _Lines(self, block, first, items, held)
        overflow = block.overflow_mask
        if self.until > self._tables.on and before:
            overflow = overflow | self._add_limits(limits, first, block.size, before)
        days_of_steps = steps.by_client()
        lines = [
            *steps.placed(),
            *(
                (line, client)
                for line, client in limits.placed()
                if not told_by_steps(line.list, line.position, line.due, days_of_steps.get(client, ()))
            ),
        ]
        work = _BlockWork(
            [line for line, client in lines if not overflow[client]],
            [(str(self._tables.ids[first + client]), step) for client, step in steps.perhaps if not overflow[client]],
        )
        one_by_one = np.flatnonzero(self._tables.valid[first : first + block.size] & overflow)
        return [work, *(self._of_record(first + row) for row in one_by_one.tolist())]

    def _block_on(self, first: int, size: int, day: date) -> Block:
        """The same clients on another day."""
        tables = copy(self._tables)
        tables.on = day
        return tables.block(first, first + size)

    def _add_limits(self, limits: _Lines, first: int, size: int, before: dict[_Place, Codes]) -> Bools:
        """Add the requirements that are broken on the last day and not on the first, by the last day in between on
        which they are not.

        Returns: shape (size,), bool, the clients whose numbers columns cannot hold on one of these days.
        """
        passed: dict[_Place, tuple[Rows, dict[int, list[Ground]], dict[int, int]]] = {}
        wanted = frozenset(name for name, _ in before)
        block = self._block_on(first, size, self.until)
        with closing(BlockSession(self._book, block)) as run:
            for question in run.requirements_and_steps(wanted):
                place = (question.name, question.list_name)
                if place not in before:
                    continue
                rows = np.flatnonzero((question.answers.status == BROKEN) & (before[place] != BROKEN))
                if len(rows):
                    numbers = rows.tolist()
                    grounds = dict(zip(numbers, grounds_of(question, rows), strict=True))
                    weights = dict(zip(numbers, weights_of(question, rows, self._book).tolist(), strict=True))
                    passed[place] = (rows, grounds, weights)
        overflow = block.overflow_mask
        day = self.until
        while passed:
            day -= DAY
            statuses = before
            if day > self._tables.on:
                block = self._block_on(first, size, day)
                statuses = self._statuses(block, frozenset(name for name, _ in passed))
                overflow = overflow | block.overflow_mask
            for place in list(passed):
                rows, grounds, weights = passed[place]
                status = statuses[place][rows]
                is_kept = status != BROKEN
                for row in rows[is_kept].tolist():
                    limits.add(LIMIT, *place, row, day, weights[row], grounds[row])
                if is_kept.all():
                    del passed[place]
                else:
                    passed[place] = (rows[~is_kept], grounds, weights)
        return overflow

    def _statuses(self, block: Block, names: frozenset[str]) -> dict[_Place, Codes]:
        """The status of some requirements in every row of a block."""
        with closing(BlockSession(self._book, block)) as run:
            asked = run.requirements_and_steps(names)
            return {(q.name, q.list_name): q.answers.status for q in asked if q.kind == "requirement"}


class _Lines:
    """The lines of a block, gathered row by row.

    ``perhaps`` has the client (its row in the block) and the step of what may be to be taken.
    """

    def __init__(self, table: DueTable, block: Block, first: int, items: dict[str, int], held: Bools | None) -> None:
        self._table, self._block, self._first, self._items, self._held = table, block, first, items, held
        self._lines: list[tuple[DueItem, int]] = []
        self._cites: dict[tuple[str, date | None], tuple[str, ...]] = {}
        self.perhaps: list[tuple[int, str]] = []

    def by_client(self) -> dict[int, set[tuple[str, int | None, date | None]]]:
        """By client (its row in the block), the list, position and day of each line that has a day."""
        days: dict[int, set[tuple[str, int | None, date | None]]] = {}
        for line, client in self._lines:
            if line.due is not None:
                days.setdefault(client, set()).add((line.list, line.position, line.due))
        return days

    def placed(self) -> Iterator[tuple[DueItem, int]]:
        """The lines, each with its client (row in the block)."""
        return iter(self._lines)

    def _owner(self, list_name: str, row: int) -> int:
        return int(self._block.items[list_name].client[row]) if list_name else row

    def add_steps(self, question: QuestionAnswers) -> None:
        """Add a step in the rows in which it is suggested, for each day in time or unknown that rules name for it."""
        until = self._table.until
        rows = np.flatnonzero(question.answers.status == SUGGESTED)
        several_days = day_is_open(question)[rows].tolist()
        for row, grounds, is_open in zip(rows.tolist(), grounds_of(question, rows), several_days, strict=True):
            by_day: dict[Any, list[Ground]] = {}
            if is_open:
                by_day[self._merged_day(question, row)] = grounds
            else:
                for ground in grounds:
                    by_day.setdefault(ground[2], []).append(ground)
            for due, named in by_day.items():
                open_ended = len(by_day) == 1 and is_open_ended([rule for rule, _, _ in named])
                if open_ended or due is UNKNOWN or (due is not NONE and due <= until):
                    weight = min(WEIGHTS.index(rule.weight) for rule, _, _ in named)
                    day = None if due is UNKNOWN or open_ended else due
                    self.add(STEP, question.name, question.list_name, row, day, weight, named, open_ended=open_ended)
        for row in np.flatnonzero(may_be_due(question, until.toordinal(), is_open_ended)).tolist():
            client = self._owner(question.list_name, row)
            if self._held is None or self._held[client]:
                self.perhaps.append((client, question.name))

    def _merged_day(self, question: QuestionAnswers, row: int) -> Any:
        due = question.answers.value
        assert due is not None
        code = due.codes()[row]
        if code == Code.ABSENT:
            return NONE
        known = code == Code.PRESENT and due.low[row] == due.high[row]
        return date.fromordinal(int(due.low[row])) if known else UNKNOWN

    def add(
        self, kind: str, name: str, list_name: str, row: int, day: date | None, weight: int, grounds: list[Ground],
        *, open_ended: bool = False,
    ) -> None:  # fmt: skip
        """Add a line, unless its client is none of those that the columns hold."""
        table, client = self._table, self._owner(list_name, row)
        if self._held is not None and not self._held[client]:
            return
        item = position = None
        if list_name:
            position = row - int(self._block.items[list_name].starts[client])
            item = table._list_ids[list_name][self._items[list_name] + row]
        rules = [rule for rule, _, _ in grounds]
        cites = dict.fromkeys(cite for ground in grounds for cite in self._cited(ground))
        late = kind == STEP and day is not None and day < table._tables.on
        line = DueItem(
            str(table._tables.ids[self._first + client]), kind, name, list_name, position, item, day,
            open_ended, day + DAY if late and day is not None else None, WEIGHTS[weight],
            tuple(rule.id for rule in rules), tuple(cites), falls_on(rules),
        )  # fmt: skip
        self._lines.append((line, client))

    def _cited(self, ground: Ground) -> tuple[str, ...]:
        rule, judged, _ = ground
        key = (rule.id, judged)
        cites = self._cites.get(key)
        if cites is None:
            cites = self._cites[key] = tuple(map(str, in_force(rule.cite, judged)))
        return cites
