"""The clients of a whole table, counted by their answers on several days, one block after another.

What each client is counted by is the same as of the records one by one; clients whose numbers columns cannot hold are
counted so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from copy import copy
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.compare.counts import code_of
from aava_rules.decision.counts.codes import RANKED, UNKNOWN_RANK, Question, answers_by, words_of
from aava_rules.decision.counts.counts import Tally
from aava_rules.decision.decision import Decision
from aava_rules.decision.table import TableBlock, TableDecisions
from aava_rules.engine.table.block import Block
from aava_rules.engine.table.columns import Code, Column
from aava_rules.engine.table.input.tables import Tables
from aava_rules.engine.table.output.gather import part_of
from aava_rules.engine.table.solve.answers import BROKEN, KNOWN, MET, STATUSES, STEP_OPEN, SUGGESTED, UNSURE
from aava_rules.engine.table.solve.readings import QuestionAnswers
from aava_rules.engine.table.solve.session import BlockSession

Ranks = NDArray[np.int64]
Counts = dict[tuple[str | None, str], int]
"""How many clients have an answer, by municipality and answer."""
_RANK_OF: Final = {
    "requirement": {UNSURE: "unknown", MET: "met", BROKEN: "broken"},
    "step": {STEP_OPEN: "unknown", SUGGESTED: "suggested"},
}

DecideOn = Callable[[Mapping[str, Any], date], Decision]
"""The decision on a record on a day."""


class CountedTable(TableDecisions):
    """The clients of a table, counted."""

    def __init__(
        self, tables: Tables, book: CompiledRulebook, names: frozenset[str], questions: Sequence[Question],
        days: Sequence[date], decide: DecideOn, rulebook: Mapping[str, Any] | None = None,
        note: Callable[[TableBlock], None] | None = None,
    ) -> None:  # fmt: skip
        """Args:
        tables: the tables.
        book: the rulebook.
        names: the names that are asked.
        questions: what these are.
        days: the days of decision.
        decide: decides on a client whose numbers columns cannot hold.
        rulebook: what plugins are told of the rulebook.
        note: tells them of a block; None where nobody is to be told.
        """
        super().__init__(tables, book, names, lambda record: decide(record, tables.on), rulebook, note)
        self.questions, self.days = tuple(questions), tuple(days)
        self._decide_on = decide
        frame = tables.sources.clients.frame
        column = "client.municipality"
        named = frame[column].to_list() if column in frame.columns else [None] * tables.size
        self._municipalities: list[str | None] = sorted(set(named), key=lambda name: (name is not None, name or ""))
        number = {name: place for place, name in enumerate(self._municipalities)}
        self._area_of = np.array([number[name] for name in named], np.int64)

    def count(self, tally: Tally) -> None:
        """Count all clients in ``tally``, which is of the same questions and days."""
        for clients, answers in self._in_blocks(self._of_block, lambda client: [self._of_record(client)]):
            tally.add_block(clients, answers)

    def _of_record(self, client: int) -> tuple[dict[str | None, int], list[Counts]]:
        """A client whose numbers columns cannot hold, by its row."""
        record = self._tables.record(client)
        area = self._municipalities[self._area_of[client]]
        codes = (code for day in self.days for code in answers_by(self._decide_on(record, day), self.questions))
        return {area: 1}, [{(area, code): 1} for code in codes]

    def _of_block(
        self, first: int, items: dict[str, int], block: Block
    ) -> list[tuple[dict[str | None, int], list[Counts]]]:
        last = first + block.size
        blocks = [block if day == self._tables.on else self._tables_on(day).block(first, last) for day in self.days]
        answered = [self._codes_of(part, first, items) for part in blocks]
        held = self._tables.valid[first:last].copy()
        for part in blocks:
            if part.overflow is not None:
                held &= ~part.overflow
        areas = self._area_of[first:last][held]
        clients = np.bincount(areas, minlength=len(self._municipalities))
        counts = [self._counts(areas, numbers[held], codes) for of_day in answered for numbers, codes in of_day]
        alone = np.flatnonzero(self._tables.valid[first:last] & ~held) + first
        by_area = {self._municipalities[area]: int(clients[area]) for area in np.flatnonzero(clients)}
        return [(by_area, counts), *(self._of_record(client) for client in alone.tolist())]

    def _tables_on(self, day: date) -> Tables:
        tables = copy(self._tables)
        tables.on = day
        return tables

    def _counts(self, areas: Ranks, numbers: Ranks, codes: Sequence[str]) -> Counts:
        """How many clients have each of ``codes``, of which ``numbers`` has the place for each client."""
        cells = np.bincount(areas * len(codes) + numbers)
        counts: Counts = {}
        for cell in np.flatnonzero(cells).tolist():
            place = self._municipalities[cell // len(codes)], codes[cell % len(codes)]
            counts[place] = counts.get(place, 0) + int(cells[cell])
        return counts

    # -- the answers of a block

    def _codes_of(self, block: Block, first: int, items: dict[str, int]) -> list[tuple[Ranks, Sequence[str]]]:
        """The answers of a block's clients to each question: shape (n,), int64, their places in the codes beside."""
        with closing(BlockSession(self._book, block)) as run:
            others: dict[tuple[str, str], list[QuestionAnswers]] = {}
            for question in run.requirements_and_steps(self._names):
                others.setdefault((question.kind, question.name), []).append(question)
            outcomes = {q.name: run.outcome(q.name) for q in self.questions if q.kind == "outcome"}
            numbers: list[tuple[Ranks, Sequence[str]]] = [
                self._of_outcome(question.name, outcomes[question.name], block) if question.kind == "outcome"
                else (self._ranks(question, others[question.kind, question.name], block), RANKED[question.kind])
                for question in self.questions
            ]  # fmt: skip
            if self._note is not None:
                applying = [answers for several in others.values() for answers in several]
                part = part_of(block, outcomes, applying, self._held(first, block), first, items, self._book)
                self._note(self._block_told(part, block.on, self._rulebook))
            return numbers

    def _ranks(self, question: Question, answered: list[QuestionAnswers], block: Block) -> Ranks:
        """How serious the answer of each client is: the most serious of its items."""
        ranked = RANKED[question.kind]
        rank_of = np.zeros(len(STATUSES), np.int64)
        for number, code in _RANK_OF[question.kind].items():
            rank_of[number] = ranked.index(code)
        ranks = np.zeros(block.size, np.int64)
        for answers in answered:
            status = answers.answers.status
            of_rows = rank_of[status]
            if question.kind == "step":
                due = answers.answers.value
                assert due is not None
                late = (status == SUGGESTED) & _is_before(due, block.today)
                of_rows = np.where(late, ranked.index("overdue"), of_rows)
            if not answers.list_name:
                ranks = np.maximum(ranks, of_rows)
                continue
            rows = block.items[answers.list_name]
            np.maximum.at(ranks, rows.client, of_rows)
            # of a list that is not known, there may be items that nobody knows of
            np.maximum(ranks, UNKNOWN_RANK[question.kind], out=ranks, where=~rows.known)
        return ranks

    def _of_outcome(self, name: str, answered: QuestionAnswers, block: Block) -> tuple[Ranks, list[str]]:
        definition = self._book.parts.outcomes[name]
        words, closed = sorted(definition.words), words_of(self._book.parts, name)
        status, value = answered.answers.status, answered.answers.value
        assert value is not None
        tells = definition.type in ("boolean", "set") or (definition.type == "choice" and closed)
        low = np.where(status == KNOWN, value.low, 0) if tells else np.zeros(block.size, np.int64)
        pairs, numbers = np.unique(np.stack([status.astype(np.int64), low]), axis=1, return_inverse=True)
        codes = []
        for status_number, bits in pairs.T.tolist():
            known: Any = None
            if definition.type == "boolean":
                known = bool(bits)
            elif definition.type == "set":
                known = frozenset(word for number, word in enumerate(words) if bits >> number & 1)
            elif tells and STATUSES[status_number] == "known":
                known = block.words.word(bits)
            codes.append(code_of(STATUSES[status_number], known, closed))
        return numbers.reshape(-1), codes


def _is_before(due: Column, today: int) -> NDArray[np.bool_]:
    """Where a due day is known and is before the ordinal ``today``."""
    is_known = (due.codes() == Code.PRESENT) & (due.low == due.high)
    return np.asarray(is_known & (due.low < today))
