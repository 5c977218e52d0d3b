"""Two rulebooks, or two days, compared on a whole table: both are asked of one block after another, and only of clients
whose answers differ more is worked out than arrays.

What differs is the same as of the records one by one; clients whose numbers columns cannot hold are compared so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from copy import copy
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.facts import Vocabulary
from aava_rules.decision.compare.changes import (
    AMOUNTS,
    NO_WORDS,
    NOTHING,
    Answer,
    AnswerChange,
    ClientChanges,
    Kind,
    Wording,
    changes_between,
    key_of,
    order,
)
from aava_rules.decision.compare.sides import Side, Sides
from aava_rules.decision.decision import Decision
from aava_rules.decision.items import item_keys, path_of
from aava_rules.decision.table import TableBlock, TableDecisions
from aava_rules.engine.table.block import Block, RowView
from aava_rules.engine.table.columns import Bools, Code, Column, Ints
from aava_rules.engine.table.evaluate.facts import ready_made_fact
from aava_rules.engine.table.input.tables import Tables
from aava_rules.engine.table.output.gather import part_of
from aava_rules.engine.table.solve.answers import KNOWN, NOT_APPLICABLE, STATUSES, SUGGESTED, Answers
from aava_rules.engine.table.solve.deciding_rules import deciding_rules
from aava_rules.engine.table.solve.readings import FrameRows, QuestionAnswers
from aava_rules.engine.table.solve.session import BlockSession, StandingBlock
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.structs import Struct, cached_property_unlocked
from aava_rules.language.values import UNKNOWN, Interval, without_zeros
from aava_rules.rulebook.model import Parts

Rows = NDArray[np.intp]
Question = tuple[Kind, str, str]
"""A question of a block: its kind, its name, and the list of the items that it is about (empty: the client)."""
_KINDS: Final[dict[str, Kind]] = {"outcome": "outcome", "requirement": "finding", "step": "step"}


class Refused(Struct):
    """A client whose record one of the rulebooks refuses: its row in the table, and why, without contents."""

    row: int
    error: AavaRulesError


def narrower(books: Sequence[CompiledRulebook]) -> CompiledRulebook | None:
    """The rulebook of whose facts tables are to be read so that all ``books`` can answer them.

    That is one all of whose facts, outcomes and steps the others know too, and read alike; None if none is so.
    """
    for book in books:
        if all(_reads_alike(book.parts, other.parts) for other in books):
            return book
    return None


def _reads_alike(parts: Parts, wider: Parts) -> bool:
    """Whether each fact, outcome and step of ``parts`` is one of ``wider``, of the same type, unit and words."""
    facts = all(
        (other := wider.facts.get(name)) is not None
        and (fact.type, fact.unit, fact.words, fact.of_the_day)
        == (other.type, other.unit, other.words, other.of_the_day)
        for name, fact in parts.facts.items()
    )
    outcomes = all(
        (answer := wider.outcomes.get(name)) is not None
        and (outcome.type, outcome.unit, outcome.words) == (answer.type, answer.unit, answer.words)
        for name, outcome in parts.outcomes.items()
    )
    return facts and outcomes and set(parts.steps) <= set(wider.steps)


def tables_of(tables: Tables, on: date, vocabulary: Vocabulary) -> Tables:
    """The same tables for a decision on another day or by another rulebook, which reads their columns alike.

    Args:
        tables: the tables.
        on: the day of decision.
        vocabulary: the facts of the rulebook.
    """
    other = copy(tables)
    other.on, other.vocabulary = on, vocabulary
    return other


def questions_of(sides: Sides) -> dict[str, int]:
    """How many requirements and steps are asked of each item, by list: on that of ``sides`` that asks most."""
    questions: dict[str, int] = {}
    for side in sides.all:
        for group in side.book.other_groups(side.names):
            if group.list_name:
                questions[group.list_name] = max(len(group.questions), questions.get(group.list_name, 0))
    return questions


class ComparedTable(TableDecisions):
    """The answers that differ of every client of a table."""

    def __init__(self, tables: Tables, sides: Sides, wording: Wording) -> None:
        """A comparison of ``tables``.

        Args:
            tables: the tables, read by the facts of a rulebook that is `narrower` than all of the sides.
            sides: what is compared.
            wording: the words of the rulebooks.
        """
        first = sides.before
        super().__init__(tables_of(tables, first.on, first.book.vocabulary), first.book, first.names, first.decide)
        self.sides = sides.all
        self._later = [tables_of(tables, side.on, side.book.vocabulary) for side in self.sides[1:]]
        self.wording = wording

    @cached_property_unlocked
    def _differing(self) -> list[tuple[int, tuple[AnswerChange, ...]] | Refused]:
        """The clients of whom an answer differs, as their rows, and those whom a rulebook refuses."""
        entries = self._in_blocks(self._compare, lambda client: list(self._alone([client])))
        return sorted(entries, key=lambda entry: entry.row if isinstance(entry, Refused) else entry[0])

    @property
    def refused(self) -> list[Refused]:
        """The clients whose records are right in the table, and that one of the rulebooks refuses."""
        return [entry for entry in self._differing if isinstance(entry, Refused)]

    @property
    def clients(self) -> Iterator[ClientChanges]:
        """The clients of whom an answer differs, in the order of the table."""
        for entry in self._differing:
            if not isinstance(entry, Refused):
                yield ClientChanges(str(self.tables.ids[entry[0]]), entry[1])

    @property
    def compared(self) -> int:
        """How many clients were compared."""
        return int(self.tables.valid.sum()) - len(self.refused)

    # -- one by one

    def _alone(self, clients: Iterable[int]) -> Iterator[tuple[int, tuple[AnswerChange, ...]] | Refused]:
        """What differs of clients whose numbers columns cannot hold, by their rows in the table."""
        for client in clients:
            record = self.tables.record(client)
            try:
                before, after, *time = [side.decide(record) for side in self.sides]
            except AavaRulesError as error:
                yield Refused(client, error)
                continue
            changes = changes_between(before, after, time[0] if time else None, self.wording)
            if changes:
                yield client, changes

    # -- columns

    def _compare(
        self, first: int, items: dict[str, int], block: Block
    ) -> list[tuple[int, tuple[AnswerChange, ...]] | Refused]:
        size = block.size
        blocks = [block, *(tables.block(first, first + size) for tables in self._later)]
        with ExitStack() as stack:
            runs: list[BlockSession] = []
            for side, part in zip(self.sides, blocks, strict=True):
                run = BlockSession(side.book, part) if side.law is None else StandingBlock(side.book, part, runs[0])
                runs.append(stack.enter_context(closing(run)))
            answered = [_asked(side, run) for side, run in zip(self.sides, runs, strict=True)]
            held = self.tables.valid[first : first + size].copy()
            for part in blocks:
                if part.overflow is not None:
                    held &= ~part.overflow
            changes: dict[int, list[AnswerChange]] = {}
            questions = sorted({question for answers in answered for question in answers}, key=order)
            for question in questions:
                asked = [
                    _Asked(question, answers.get(question), run, self.sides[number].book)
                    for number, (answers, run) in enumerate(zip(answered, runs, strict=True))
                ]
                self._changes_of(question, asked, block, held, (first, items), changes)
            alone = np.flatnonzero(self.tables.valid[first : first + size] & ~held) + first
            for side, answers, part in zip(self.sides, answered, blocks, strict=True):
                if side.note is not None:
                    side.note(self._noted(side, answers, part, held, first, items))
        # questions were asked in order, and so were their items, unless one name is asked of several lists
        several = len({question[:2] for question in questions}) < len(questions)
        in_order = [
            (client, tuple(sorted(of_client, key=_order) if several else of_client))
            for client, of_client in changes.items()
        ]
        return [*in_order, *self._alone(alone.tolist())]

    def _noted(
        self, side: Side, answers: dict[Question, QuestionAnswers], block: Block, held: Bools, first: int,
        items: dict[str, int],
    ) -> TableBlock:  # fmt: skip
        """What plugins are told of the answers of one side to a block."""
        outcomes = {name: answers["outcome", name, ""] for name in side.outcomes}
        others = [asked for (kind, _, _), asked in answers.items() if kind != "outcome"]
        return self._block_told(part_of(block, outcomes, others, held, first, items, side.book), side.on, side.rulebook)

    def _changes_of(
        self, question: Question, asked: list[_Asked], block: Block, held: Bools, at: tuple[int, dict[str, int]],
        changes: dict[int, list[AnswerChange]],
    ) -> None:  # fmt: skip
        """Add what differs in the answers to one question to the ``changes`` of its clients."""
        kind, name, list_name = question
        first, first_items = at
        owners: Any = block.items[list_name].client if list_name else np.arange(block.size)
        rows = np.flatnonzero(_perhaps_differs(asked) & held[owners])
        if not len(rows):
            return
        answers = [side.answers(rows) for side in asked]
        clients = (owners[rows] + first).tolist()
        fields = [side.book.field_of("requirement", name) if kind == "finding" else "" for side in asked]
        differs: dict[tuple[int, ...], bool] = {}  # rows share their answers, which live as long as this
        of_items: dict[int, list[AnswerChange]] = {}
        of_question = of_items if list_name else changes
        for place, (row, of_row) in enumerate(zip(rows.tolist(), zip(*answers, strict=True), strict=True)):
            shared = tuple(map(id, of_row))
            if shared not in differs:
                differs[shared] = any(answer.tells != of_row[0].tells for answer in of_row)
            if not differs[shared]:
                continue
            client, key, where = clients[place], name, ""
            if list_name:
                item, where = self._item(client, list_name, row + first_items[list_name])
                key = key_of(name, item)
                field = next(fields[number] for number, answer in enumerate(of_row) if answer is not NOTHING[kind])
                where += f".{field}" if field else ""
            time = of_row[2] if len(of_row) > 2 else None
            change = AnswerChange(kind, name, key, where, of_row[0], of_row[1], time, self.wording)
            of_question.setdefault(client, []).append(change)
        for client, of_client in of_items.items():
            of_client.sort(key=_key_of)
            changes.setdefault(client, []).extend(of_client)

    def _item(self, client: int, list_name: str, item: int) -> tuple[str, str]:
        """What names an item, and its path, of a client by its row and an item by its number in the whole table."""
        begin = int(self.tables.starts_of(list_name)[client])
        end = int(self.tables.starts_of(list_name)[client + 1])
        ids = self._item_ids[list_name].slice(begin, end - begin).to_list()
        item_id, position = ids[item - begin], item - begin
        if item_id is not None and ids.count(item_id) == 1:
            key = f"{list_name}:{item_id}"
        else:
            key = self._keys_in_record(client, list_name)[position]
        return key, path_of(list_name, item_id, position)

    def _keys_in_record(self, client: int, list_name: str) -> list[str]:
        """The keys of the items of a client that have no ids of their own."""
        decision: Decision = self.sides[0].decide(self.tables.record(client))
        items = getattr(decision.record, list_name)
        return item_keys(list_name, items, decision.inquiry.secret, decision.protected)


def _key_of(change: AnswerChange) -> str:
    return change.key


def _order(change: AnswerChange) -> tuple[int, str, str]:
    return order((change.kind, change.name, change.key))


def _asked(side: Side, run: BlockSession) -> dict[Question, QuestionAnswers]:
    """The answers of a block on one side, by question."""
    answered: dict[Question, QuestionAnswers] = {("outcome", name, ""): run.outcome(name) for name in side.outcomes}
    for answers in run.requirements_and_steps(side.names):
        answered[_KINDS[answers.kind], answers.name, answers.list_name] = answers
    return answered


class _Asked:
    """The answers to one question on one side; a question that the side does not ask has none."""

    def __init__(
        self, question: Question, answered: QuestionAnswers | None, run: BlockSession, book: CompiledRulebook
    ) -> None:
        self.kind, self.name, self.list_name = question
        self.answered, self.run, self.book = answered, run, book
        definition = book.parts.outcomes.get(self.name) if self.kind == "outcome" else None
        self.type = definition.type if definition is not None else ""
        self.words: list[str] = sorted(definition.words) if definition is not None else []

    def tells(self) -> tuple[Any, Any, Any]:
        """What tells the answers in every row apart: the status, and two numbers whose meaning depends on the type."""
        if self.answered is None:
            return (NOT_APPLICABLE if self.kind != "step" else 0), 0, 0
        answers = self.answered.answers
        status, value = answers.status, answers.value
        if self.kind == "finding":
            return status, 0, 0
        assert value is not None
        if self.kind == "step":
            suggested = status == SUGGESTED
            days = np.where(suggested, _known_day(value), 0)
            return suggested, days, (days > 0) & (days < self.run.block.today)
        known = status == KNOWN
        if self.type == "set":
            open_ = (value.codes() != Code.UNKNOWN) & (status <= KNOWN)
            return status, np.where(known, value.low, 0), np.where(open_, value.high & ~value.low, 0)
        return status, np.where(known, value.low, 0), np.where(known, value.codes(), 0)

    @property
    def scale(self) -> int:
        """The decimals of its numbers."""
        value = None if self.answered is None else self.answered.answers.value
        return 0 if value is None else value.scale

    def answers(self, rows: Rows) -> list[Answer]:
        """The answers in some rows."""
        nothing = NOTHING[self.kind]
        if self.answered is None:
            return [nothing] * len(rows)
        answered = self.answered.answers
        status = answered.status[rows]
        value = answered.value.take(rows) if answered.value is not None else None
        none = status != SUGGESTED if self.kind == "step" else status == NOT_APPLICABLE
        by = self._by(rows, ~none)
        memo: dict[Any, Answer] = {}
        result = []
        low = value.low.tolist() if value is not None else [0] * len(rows)
        high = value.high.tolist() if value is not None else low
        codes = value.codes().tolist() if value is not None else low
        for place, key in enumerate(zip(status.tolist(), low, high, codes, by, strict=True)):
            if none[place]:
                result.append(nothing)
                continue
            answer = memo.get(key)
            if answer is None:
                answer = memo[key] = self._answer(STATUSES[key[0]], value, place, by[place])
            result.append(answer)
        return result

    def _answer(self, status: str, value: Column | None, place: int, by: tuple[str, ...]) -> Answer:
        if self.kind == "finding" or value is None:
            return Answer(status, None, NO_WORDS, None, False, by)
        if self.kind == "step":
            due = None if _is_none(value, place) else _day(value.value(place))
            overdue = isinstance(due, date) and due < self.run.block.on
            return Answer("suggested", None, NO_WORDS, due, overdue, by)
        if self.type == "set":
            low, high = int(value.low[place]), int(value.high[place])
            open_ = int(value.codes()[place]) != Code.UNKNOWN
            possible = frozenset(self._set(high & ~low)) if open_ and status in ("known", "unknown") else NO_WORDS
            return Answer(status, frozenset(self._set(low)) if status == "known" else None, possible, None, False, by)
        if status != "known":
            return Answer(status, None, NO_WORDS, None, False, by)
        if self.type in ("choice", "text"):
            return Answer(status, self.run.block.words.word(int(value.low[place])), NO_WORDS, None, False, by)
        number = value.value(place)
        return Answer(status, without_zeros(number) if self.type in AMOUNTS else number, NO_WORDS, None, False, by)

    def _set(self, bits: int) -> list[str]:
        return [word for number, word in enumerate(self.words) if bits >> number & 1]

    def _by(self, rows: Rows, wanted: Bools) -> list[tuple[str, ...]]:
        """The ids of the rules that decide in some rows; none where the record states the answer."""
        assert self.answered is not None
        status, value = self.answered.answers.status, self.answered.answers.value
        by: list[tuple[str, ...]] = [()] * len(rows)
        if self.kind == "outcome":
            block = self.run.block
            stated = ready_made_fact(RowView(block, block.on), self.name)
            if stated is not None:
                wanted = wanted & (stated.codes()[rows] == Code.UNKNOWN)
        places = np.full(len(status), -1, np.int64)
        places[rows[wanted]] = np.flatnonzero(wanted)
        for read in self.answered.readings:
            if read.first:
                self._by_reading(read, status, value, places, by)
        return by

    def _by_reading(
        self, read: FrameRows, status: Any, value: Column | None, places: Ints, by: list[tuple[str, ...]]
    ) -> None:
        every: Any = np.arange(read.formulas.rows) if read.rows is None else read.rows
        here = np.flatnonzero(places[every] >= 0)
        if not len(here):
            return
        of_outcome = value.take(every) if value is not None and self.kind == "outcome" else None
        question = read.formulas.program.questions[read.index]
        answers = Answers(status[every], of_outcome)
        rules = list(deciding_rules(question, read.formulas, answers, self.words))
        ids = [rule.bound.rule.id for rule, _ in rules]
        if not ids:
            return
        decides = np.stack([mask[here] for _, mask in rules], axis=1)
        ways, which = np.unique(np.packbits(decides, axis=1), axis=0, return_inverse=True)
        named = [
            tuple(rule_id for rule_id, holds in zip(ids, np.unpackbits(way, count=len(ids)), strict=True) if holds)
            for way in ways
        ]
        for place, way in zip(places[every[here]].tolist(), which.reshape(-1).tolist(), strict=True):
            by[place] = named[way]


def _perhaps_differs(asked: list[_Asked]) -> Bools:
    """Where the answers of the sides may differ: all rows where they do, and perhaps some where they do not."""
    first, *others = asked
    rows = next(len(side.answered.answers.status) for side in asked if side.answered is not None)
    differs = np.zeros(rows, np.bool_)
    mine = first.tells()
    for side in others:
        theirs = side.tells()
        differs |= np.asarray(mine[0]) != np.asarray(theirs[0])
        if (first.type, first.scale, first.words) == (side.type, side.scale, side.words) or first.kind != "outcome":
            differs |= (np.asarray(mine[1]) != np.asarray(theirs[1])) | (np.asarray(mine[2]) != np.asarray(theirs[2]))
        else:  # numbers that mean different things: the answers themselves tell
            differs |= np.ones(rows, np.bool_)
    return differs


def _known_day(column: Column) -> Ints:
    """The days of a column as ordinals: 0 where there is none, -1 where it is not known."""
    code = column.codes()
    open_ = (code == Code.UNKNOWN) | (code == Code.MAYBE) | ((code == Code.PRESENT) & (column.low != column.high))
    days: Ints = np.where(open_, -1, np.where(code == Code.ABSENT, 0, column.low))
    return days


def _is_none(column: Column, place: int) -> bool:
    return int(column.codes()[place]) == Code.ABSENT


def _day(due: Any) -> Any:
    return UNKNOWN if isinstance(due, Interval) or not isinstance(due, date) else due
