"""A whole table at once: its blocks in threads, and one by one the clients that columns cannot hold.

What to ask next and what is not verified is answered through the record path, what does not fit together where arrays
say that it may not, and so are the answers of clients whose numbers columns cannot hold; these become rows like all
others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.answers import Finding, NextStep, state_of
from aava_rules.engine.table.block import Block
from aava_rules.engine.table.columns import Bools, Code, Column, ScaleOverflow
from aava_rules.engine.table.forks import refuse_after_fork
from aava_rules.engine.table.input.tables import Tables
from aava_rules.engine.table.input.validate import InvalidRow, invalid_frame, shown_id
from aava_rules.engine.table.output.frames import findings_frame, outcomes_frame, steps_frame
from aava_rules.engine.table.output.gather import AnswerRows, Numbers, OutcomeRows, Part, part_of
from aava_rules.engine.table.output.overlong import fault_of, overlong, without
from aava_rules.engine.table.solve.answers import STATUSES
from aava_rules.engine.table.solve.notices import with_notices
from aava_rules.engine.table.solve.session import BlockSession
from aava_rules.language.structs import Struct, cached_property_unlocked, public
from aava_rules.language.values import NUMERIC
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import WEIGHTS

if TYPE_CHECKING:
    from aava_rules.decision.cautions import Caution
    from aava_rules.decision.decision import Decision
    from aava_rules.decision.notices import Notice
    from aava_rules.engine.states import State

T = TypeVar("T")
_TEXTS = pl.List(pl.String)
MISSING: Final[dict[str, Any]] = {
    "id": pl.String, "fact": pl.String, "where": pl.String, "fields": _TEXTS, "settles": _TEXTS, "affects": _TEXTS
}  # fmt: skip
_TEXT_COLUMNS: Final[dict[str, Any]] = {"text_fi": pl.String, "text_sv": pl.String, "text_en": pl.String}
CAUTIONS: Final[dict[str, Any]] = {"id": pl.String, "code": pl.String, "affects": _TEXTS} | _TEXT_COLUMNS
NOTICES: Final[dict[str, Any]] = {"id": pl.String, "code": pl.String, "fields": _TEXTS} | _TEXT_COLUMNS


def missing_frame(decisions: Iterable[Decision]) -> pl.DataFrame:
    """The facts to ask for in ``decisions``, client by client, the most useful first; columns as in `MISSING`."""
    rows = [
        {
            "id": decision.record_id, "fact": fact.fact, "where": fact.where, "fields": list(fact.fields),
            "settles": list(fact.settles), "affects": list(fact.affects),
        }
        for decision in decisions
        for fact in decision.missing
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=MISSING)


def cautions_frame(decisions: Iterable[Decision]) -> pl.DataFrame:
    """The cautions of ``decisions``, client by client; columns as in `CAUTIONS`."""
    rows = [
        _row_with_texts(decision, caution) | {"affects": list(caution.affects)}
        for decision in decisions
        for caution in decision.cautions
    ]
    return pl.DataFrame(rows, schema=CAUTIONS)


def notices_frame(decisions: Iterable[Decision]) -> pl.DataFrame:
    """The notices of ``decisions``, client by client; columns as in `NOTICES`."""
    rows = [
        _row_with_texts(decision, notice) | {"fields": list(notice.fields)}
        for decision in decisions
        for notice in decision.notices
    ]
    return pl.DataFrame(rows, schema=NOTICES)


def _row_with_texts(decision: Decision, remark: Caution | Notice) -> dict[str, Any]:
    texts = {f"text_{language}": text for language, text in remark.texts.items()}
    return {"id": decision.record_id, "code": remark.code, **texts}


def part_of_decisions(
    decisions: Iterable[tuple[int, Decision]], outcome_names: tuple[str, ...], tables: Tables
) -> Part:
    """The answers of decisions, as rows like those of columns.

    Args:
        decisions: each with the row of its client in the whole table.
        outcome_names: the outcomes that the part has.
        tables: the tables that the clients are in.
    """
    rows: list[int] = []
    states: dict[str, list[State]] = {name: [] for name in outcome_names}
    part = Part(np.zeros(0, np.uint32), np.zeros(0, np.uint32), through_records=True)
    for row, decision in decisions:
        rows.append(row)
        for name in outcome_names:
            states[name].append(state_of(decision.outcomes[name]))
        for finding in decision.findings:
            if finding.status != "not_applicable":
                part.findings.append(_answer_rows(state_of(finding), row, tables, finding))
        for step in decision.next_steps:
            entry = _answer_rows(state_of(step), row, tables, step)
            entry.due = _due(step.due)
            part.steps.append(entry)
    part.clients = part.open = np.array(rows, np.uint32)
    for name, name_states in states.items():
        status = np.array([STATUSES.index(state.status) for state in name_states], np.uint8)
        part.outcomes[name] = OutcomeRows(status, [state.value for state in name_states])
    return part


def _answer_rows(state: State, row: int, tables: Tables, answer: Finding | NextStep) -> AnswerRows:
    items = None
    if state.list_name:
        items = np.array([tables.starts_of(state.list_name)[row] + state.position], np.uint32)
    return AnswerRows(
        state.name, state.list_name, np.array([row], np.uint32), items,
        np.array([STATUSES.index(state.status)], np.uint8), np.array([WEIGHTS.index(answer.weight)], np.uint8),
    )  # fmt: skip


def _due(due: Any) -> Column:
    code = Code.PRESENT if isinstance(due, date) else Code.ABSENT if due is None else Code.UNKNOWN
    day = np.array([due.toordinal() if isinstance(due, date) else 0], np.int64)
    return Column("date", day, day, np.array([code], np.uint8))


MOST_TOGETHER = 100_000
"""Clients that are answered together: enough to spread thin what each array operation costs by itself, and few
enough for one block to use again what the one before it gave back."""
MOST_WITHOUT_ITEMS = 1_000_000
"""The same where no client has lists, so that little is held of each and threads gain nothing."""
FEWEST_TOGETHER = 10_000
"""With fewer clients than this, a thread of their own gains nothing."""

AskBlock = Callable[[int, dict[str, int], Block], list[T]]
"""What tells something of a block, given the numbers of its first client and its first items in the whole table."""

Decide = Callable[[dict[str, Any]], "Decision"]
"""The decision on one record, through the record path."""


class TableBlock(Struct):
    """What plugins are told of a block that was answered on columns; see `aava_rules.hookspecs.TableView`."""

    on: date
    rulebook: dict[str, Any]
    engine: str
    ids: Sequence[str]
    outcomes: Mapping[str, Mapping[str, int]]
    findings: Mapping[str, Mapping[str, int]]
    next_steps: Mapping[str, int]


def _counts(statuses: Iterable[NDArray[np.uint8]]) -> dict[str, int]:
    """How often each status stands in arrays of their numbers; those that do not occur are left out."""
    total = np.zeros(len(STATUSES), np.int64)
    for status in statuses:
        total += np.bincount(status, minlength=len(STATUSES))
    return {STATUSES[number]: int(total[number]) for number in np.flatnonzero(total)}


class _Ids(Sequence[str]):
    """The ids of clients that were answered together, read when they are looked at."""

    def __init__(self, ids: pl.Series, clients: NDArray[np.uint32] | range) -> None:
        self._ids, self._clients = ids, clients

    def __len__(self) -> int:
        return len(self._clients)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [str(self._ids[int(client)]) for client in self._clients[index]]
        return str(self._ids[int(self._clients[index])])


@public
class TableDecisions:
    """The answers of a rulebook to every client of a table on one day, as polars data frames.

    ``outcomes`` has a row a client, ``findings`` a row for each requirement that applies to a client
    or an item, ``next_steps`` a row for each suggested step, and ``invalid`` what is wrong with the
    clients that could not be answered; all the others leave these out.
    """

    _together = MOST_TOGETHER
    """The clients that are answered together at most."""

    def __init__(
        self, tables: Tables, book: CompiledRulebook, names: frozenset[str] | None, decide: Decide,
        rulebook: Mapping[str, Any] | None = None, note: Callable[[TableBlock], None] | None = None,
    ) -> None:  # fmt: skip
        self._tables, self._book = tables, book
        self._rulebook, self._note = rulebook or {}, note
        self._names = names
        self._decide = decide
        every = sorted(question.name for question in book.questions.values() if question.kind == "outcome")
        self._outcome_names = tuple(name for name in every if names is None or name in names)

    def __repr__(self) -> str:
        return (
            f"<TableDecisions of {self._tables.size} clients on {self._tables.on}: {len(self._outcome_names)} outcomes>"
        )

    # -- frames

    @cached_property_unlocked
    def outcomes(self) -> pl.DataFrame:
        """A row for each client, in the order of the table: every outcome's value and status.

        ``<name>`` is null unless ``<name>_status`` is ``known``. Of a set it has the sure words, and
        ``<name>_possible`` those that the set may still gain.
        """
        return outcomes_frame(self._parts, self._tables, self._outcome_names, self._book)

    @cached_property_unlocked
    def findings(self) -> pl.DataFrame:
        """A row for each requirement that applies to a client or an item, and whether it is kept.

        Columns: ``id``, ``requirement``, ``list``, ``position``, ``item``, ``status``, ``weight``.
        ``position`` is the number of the item in the client's list, from 0, and ``item`` its id; of
        requirements of the client's case both are null. The rows come requirement by requirement.
        """
        return findings_frame(self._answered_findings[0], self._tables)

    @cached_property_unlocked
    def next_steps(self) -> pl.DataFrame:
        """A row for each suggested step; ``due`` is null if no source names a day, and if ``due_known`` is false."""
        return steps_frame(self._parts, self._tables)

    @property
    def invalid(self) -> pl.DataFrame:
        """A row for each fault of the clients that could not be answered: its path and the reason, never contents.

        Whose answers have more digits than a column can hold is known once numbers that were asked are answered.
        """
        if not any(self._book.parts.outcomes[name].type in NUMERIC for name in self._outcome_names):
            return self._tables.invalid
        ids = self._tables.ids
        rows = [
            InvalidRow(shown_id(ids[client]), "clients", client, fault_of(name))
            for client, names in sorted(self._answered_findings[1].items())
            for name in names
        ]
        return pl.concat([self._tables.invalid, invalid_frame(rows)]) if rows else self._tables.invalid

    @cached_property_unlocked
    def missing(self) -> pl.DataFrame:
        """A row for each fact that could change an answer of a client; see `Missing` for the columns.

        What to ask next is worked out through the record path, client by client, about a millisecond
        each: ask few clients at once, or one with `decision`.
        """
        return missing_frame(self._of_open_clients())

    @cached_property_unlocked
    def cautions(self) -> pl.DataFrame:
        """A row for each caution of a client: what its answers rest on that is not verified.

        Worked out through the record path, as ``missing`` is.
        """
        return cautions_frame(self._decide(self._tables.record(row)) for row in self._valid_rows())

    @cached_property_unlocked
    def notices(self) -> pl.DataFrame:
        """A row for each thing that does not fit together in a client's record, such as a row that is there twice.

        Arrays tell whose records may hold such a thing; these alone are looked at one by one.
        """
        return notices_frame(self._decide(self._tables.record(row)) for row in self._perhaps_noticed.tolist())

    @cached_property_unlocked
    def _perhaps_noticed(self) -> Numbers:
        """The valid clients whose records may have a notice: shape (k,), uint32, their rows."""
        rows = self._in_blocks(
            lambda *placed: [self._noticed_in(*placed)], lambda client: [np.array([client], np.uint32)]
        )
        return np.unique(np.concatenate(rows)) if rows else np.zeros(0, np.uint32)

    def _noticed_in(self, first: int, items: dict[str, int], block: Block) -> Numbers:
        with closing(BlockSession(self._book, block)):
            return self._noticed(first, items, block)

    def _noticed(self, first: int, items: dict[str, int], block: Block) -> Numbers:
        """The same of one block, while a session answers it."""
        ids = {name: self._item_ids[name].slice(at, len(block.items[name])) for name, at in items.items()}
        named = with_notices(block, {name: series for name, series in ids.items() if series.null_count() < len(series)})
        named &= self._tables.valid[first : first + block.size]
        return (np.flatnonzero(named) + first).astype(np.uint32)

    @cached_property_unlocked
    def _item_ids(self) -> dict[str, pl.Series]:
        """By list, the ids of all items."""
        return {name: self._tables.ids_of_items(name) for name in lists()}

    def _valid_rows(self) -> list[int]:
        rows: list[int] = np.flatnonzero(self._tables.valid).tolist()
        return rows

    def _of_open_clients(self) -> Iterator[Decision]:
        for row in np.unique(np.concatenate([part.open for part in self._parts])).tolist() if self._parts else ():
            yield self._decide(self._tables.record(row))

    @property
    def one_by_one(self) -> int:
        """How many clients have numbers that columns cannot hold exactly, and were answered through their records."""
        return sum(len(part.clients) for part in self._parts if part.through_records)

    def decision(self, client: str) -> Decision:
        """The whole decision on the client with the id ``client``, with what is missing, explanations and texts.

        Raises KeyError if no client of the table has that id, or several have.
        """
        refuse_after_fork()
        rows = (self._tables.ids == client).arg_true()
        if len(rows) != 1:
            raise KeyError("There is no client of that id in the table, or there are several.")
        return self._decide(self._tables.record(int(rows[0])))

    # -- work

    @property
    def _parts(self) -> list[Part]:
        return self._answered_clients[0]

    @cached_property_unlocked
    def _answered_clients(self) -> tuple[list[Part], dict[int, list[str]]]:
        """The answers, and the clients who are left out of them: whose outcomes have more digits than columns hold."""
        parts, left_out = self._asked(self._outcome_names, self._answer)
        if self._note is not None:
            for part in parts:
                if not part.through_records:  # of these clients a decision each was made, and noted
                    self._note(self._block_of(part))
        return parts, left_out

    @property
    def _answered_findings(self) -> tuple[list[Part], dict[int, list[str]]]:
        """The same of findings, for which nothing else is worked out, unless all is there or has to be noted."""
        all_is_there = "_answered_clients" in self.__dict__ or self._note is not None
        return self._answered_clients if all_is_there else self._findings_alone

    @cached_property_unlocked
    def _findings_alone(self) -> tuple[list[Part], dict[int, list[str]]]:
        """The findings, without steps and without outcomes that they do not read.

        Outcomes that are numbers are asked all the same: whose numbers are too long is left out of findings too.
        """
        numbers = tuple(n for n in self._outcome_names if self._book.parts.outcomes[n].type in NUMERIC)
        requirements = frozenset(
            question.full_name
            for question in self._book.questions.values()
            if question.kind == "requirement"
            and (self._names is None or question.name in self._names or question.full_name in self._names)
        )
        return self._asked(numbers, lambda *placed: self._answer_asking(numbers, requirements, *placed))

    def _asked(self, names: tuple[str, ...], ask: AskBlock[Part]) -> tuple[list[Part], dict[int, list[str]]]:
        """The answers that ``ask`` tells of blocks, the outcomes ``names`` among them, and who is left out."""
        parts = self._in_blocks(ask, lambda client: [self._through_records([client])])
        left_out = overlong(parts, names, self._book)
        return [without(part, left_out) for part in parts] if left_out else parts, left_out

    def _in_blocks(self, ask: AskBlock[T], ask_alone: Callable[[int], list[T]]) -> list[T]:
        """What is told of all clients, block by block in threads.

        Args:
            ask: tells it of a block, of which it gets the numbers of the first client and the first items.
            ask_alone: tells it of a valid client (by its row) whose numbers columns cannot hold.
        """

        workers = os.cpu_count() or 1
        refuse_after_fork()
        # as many blocks as keep all threads at work to the end
        blocks = workers * max(1, -(-self._tables.size // (self._together * workers)))
        size = max(FEWEST_TOGETHER, -(-self._tables.size // blocks))
        if not any(self._tables.starts_of(name)[-1] for name in lists()):
            size = MOST_WITHOUT_ITEMS
        starts = range(0, self._tables.size, size)
        if len(starts) <= 1 or workers == 1:
            several = [self._answered(first, size, ask, ask_alone) for first in starts]
        else:
            with ThreadPoolExecutor(workers) as pool:
                several = list(pool.map(lambda first: self._answered(first, size, ask, ask_alone), starts))
        return [part for parts in several for part in parts]

    def _block_of(self, part: Part) -> TableBlock:
        """What plugins are told of the answers of a block."""
        return self._block_told(part, self._tables.on, self._rulebook)

    def _block_told(self, part: Part, on: date, rulebook: Mapping[str, Any]) -> TableBlock:
        """The same of ``part``, the answers on the day ``on`` by ``rulebook``."""
        findings: dict[str, list[NDArray[np.uint8]]] = {}
        for rows in part.findings:
            findings.setdefault(rows.name, []).append(rows.status)
        steps: dict[str, int] = {}
        for rows in part.steps:
            steps[rows.name] = steps.get(rows.name, 0) + len(rows.status)
        return TableBlock(
            on,
            {**rulebook, "layers": [dict(layer) for layer in rulebook.get("layers", ())]},
            "columnar",
            _Ids(self._tables.ids, part.clients),
            {name: _counts([answers.status]) for name, answers in part.outcomes.items()},
            {name: _counts(statuses) for name, statuses in findings.items()},
            steps,
        )

    def _answered(self, first: int, size: int, ask: AskBlock[T], ask_alone: Callable[[int], list[T]]) -> list[T]:
        """The answers of a block; where its numbers cannot stand together, of ever smaller ones."""
        size = min(size, self._tables.size - first)
        try:
            return ask(*self._placed(first, size))
        except ScaleOverflow:
            if size > 1:
                half = size // 2
                later = self._answered(first + half, size - half, ask, ask_alone)
                return self._answered(first, half, ask, ask_alone) + later
            return ask_alone(first) if self._tables.valid[first] else []

    def _through_records(self, clients: list[int]) -> Part:
        """The answers of clients (numbers in the whole table) that columns cannot hold."""
        decisions = ((client, self._decide(self._tables.record(client))) for client in clients)
        return part_of_decisions(decisions, self._outcome_names, self._tables)

    def _placed(self, first: int, size: int) -> tuple[int, dict[str, int], Block]:
        """A block with the numbers that its first client and its first items have in the whole table."""
        block = self._tables.block(first, min(first + size, self._tables.size))
        return first, {name: int(self._tables.starts_of(name)[first]) for name in block.items}, block

    def _answer(self, first: int, items: dict[str, int], block: Block) -> list[Part]:
        """The answers of one block; a second part has the clients that columns cannot hold."""
        return self._answer_asking(self._outcome_names, self._names, first, items, block)

    def _answer_asking(
        self, outcome_names: tuple[str, ...], others: frozenset[str] | None, first: int, items: dict[str, int],
        block: Block,
    ) -> list[Part]:  # fmt: skip
        """The same of some outcomes, and of ``others``, requirements and steps; None: all of them."""
        with closing(BlockSession(self._book, block)) as run:
            outcomes = {name: run.outcome(name) for name in outcome_names}
            requirements_and_steps = list(run.requirements_and_steps(others))
            part = part_of(block, outcomes, requirements_and_steps, self._held(first, block), first, items, self._book)
            return [part, *self._overflow_parts(first, block)]

    def _held(self, first: int, block: Block) -> Bools | None:
        """The valid clients of a block whose numbers columns hold; None: all of them."""
        valid = self._tables.valid[first : first + block.size]
        if block.overflow is not None:
            return valid & ~block.overflow
        return None if valid.all() else valid

    def _overflow_parts(self, first: int, block: Block) -> list[Part]:
        """The answers of the valid clients of a block whose numbers columns cannot hold, if there are any."""
        if block.overflow is None:
            return []
        clients = np.flatnonzero(self._tables.valid[first : first + block.size] & block.overflow) + first
        return [self._through_records(clients.tolist())] if len(clients) else []
