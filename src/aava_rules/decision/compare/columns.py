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
from aava_rules.decision.compare.counts import Counts
from aava_rules.decision.compare.differences import BlockChanges, Gathered, Refused, Way, distinct
from aava_rules.decision.compare.sides import Side, Sides
from aava_rules.decision.compare.unmoved import Unmoved
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.items import item_keys, path_of
from aava_rules.decision.table import MOST_TOGETHER, TableBlock, TableDecisions
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
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.values import UNKNOWN, Interval, without_zeros
from aava_rules.rulebook.model import Parts

Rows = NDArray[np.intp]
Question = tuple[Kind, str, str]
"""A question of a block: its kind, its name, and the list of the items that it is about (empty: the client)."""
_KINDS: Final[dict[str, Kind]] = {"outcome": "outcome", "requirement": "finding", "step": "step"}


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
        self._together = MOST_TOGETHER // len(self.sides)  # a block is answered on all sides at once
        self._later = [tables_of(tables, side.on, side.book.vocabulary) for side in self.sides[1:]]
        self.wording = wording
        self._unmoved: Unmoved | None = None
        if sides.by_time is not None and sides.before.book is sides.after.book:
            standing = sides.by_time.book.parts
            self._unmoved = Unmoved(sides.before.book, standing, sides.before.on, sides.after.on)
        self._latest_keys: tuple[tuple[int, str], list[str]] = ((-1, ""), [])

    @cached_property_unlocked
    def blocks(self) -> list[BlockChanges]:
        """The answers that differ, block by block in the order of the table."""
        return self._in_blocks(self._compare, lambda client: [self._alone(Gathered().block(), [client])])

    @property
    def refused(self) -> list[Refused]:
        """The clients whose records are right in the table, and that one of the rulebooks refuses."""
        return [entry for block in self.blocks for entry in block.refused]

    @property
    def clients(self) -> Iterator[ClientChanges]:
        """The clients of whom an answer differs, in the order of the table."""
        for block in self.blocks:
            alone = iter([*block.alone, (self._tables.size, ())])
            next_alone = next(alone)
            for client, rows in block.of_clients():
                while next_alone[0] < client:
                    yield self._named(*next_alone)
                    next_alone = next(alone)
                yield self._named(client, self._changes_of_client(block, client, rows))
            while next_alone[0] < self._tables.size:
                yield self._named(*next_alone)
                next_alone = next(alone)

    def _named(self, client: int, changes: tuple[AnswerChange, ...]) -> ClientChanges:
        return ClientChanges(str(self._tables.ids[client]), changes)

    def _changes_of_client(self, block: BlockChanges, client: int, rows: slice) -> tuple[AnswerChange, ...]:
        changes = []
        of_items = False
        for number, item in zip(block.numbers[rows].tolist(), block.items[rows].tolist(), strict=True):
            way, key, where = block.ways[number], block.ways[number].name, ""
            if way.list_name:
                of_items = True
                item_key, where = self.item(client, way.list_name, item)
                key = key_of(way.name, item_key)
                where += f".{way.field}" if way.field else ""
            changes.append(way.change(key, where, self.wording))
        return tuple(sorted(changes, key=_order) if of_items else changes)

    @property
    def compared(self) -> int:
        """How many clients were compared."""
        return int(self._tables.valid.sum()) - len(self.refused)

    def count(self, counts: Counts) -> None:
        """Add all clients to ``counts``."""
        for block in self.blocks:
            block.count(counts, self.wording)
        counts.compared += self.compared

    # -- one by one

    def _alone(self, block: BlockChanges, clients: Iterable[int]) -> BlockChanges:
        """The block with the clients besides whose numbers columns cannot hold, by their rows in the table."""
        for client in clients:
            record = self._tables.record(client)
            try:
                before, after, *time = [side.decide(record) for side in self.sides]
            except AavaRulesError as error:
                block.refused.append(Refused(client, error))
                continue
            changes = changes_between(before, after, time[0] if time else None, self.wording)
            if changes:
                block.alone.append((client, changes))
        return block

    # -- columns

    def _compare(self, first: int, items: dict[str, int], block: Block) -> list[BlockChanges]:
        size = block.size
        blocks = [block, *(tables.block(first, first + size) for tables in self._later)]
        with ExitStack() as stack:
            runs: list[BlockSession] = []
            for side, part in zip(self.sides, blocks, strict=True):
                run = BlockSession(side.book, part) if side.law is None else StandingBlock(side.book, part, runs[0])
                runs.append(stack.enter_context(closing(run)))
            answered: list[dict[Question, QuestionAnswers]] = []
            for side, run in zip(self.sides, runs, strict=True):
                if self._unmoved is not None and isinstance(run, StandingBlock):
                    answered.append(self._asked_again(side, run, runs, answered[1]))
                else:
                    answered.append(_asked(side, run, side.outcomes, side.names))
            held = self._tables.valid[first : first + size].copy()
            for part in blocks:
                if part.overflow is not None:
                    held &= ~part.overflow
            gathered = Gathered()
            for question in sorted({question for answers in answered for question in answers}, key=order):
                asked = [
                    _Asked(question, answers.get(question), run, self.sides[number].book)
                    for number, (answers, run) in enumerate(zip(answered, runs, strict=True))
                ]
                _gather(question, asked, held, (first, items), gathered)
            alone = np.flatnonzero(self._tables.valid[first : first + size] & ~held) + first
            for side, answers, part in zip(self.sides, answered, blocks, strict=True):
                if side.note is not None:
                    side.note(self._noted(side, answers, part, held, first, items))
        return [self._alone(gathered.block(), alone.tolist())]

    def _asked_again(
        self, side: Side, run: StandingBlock, runs: list[BlockSession], after: dict[Question, QuestionAnswers]
    ) -> dict[Question, QuestionAnswers]:
        """The answers by the law of the earlier day; where no law changes, they are those ``after``."""
        assert self._unmoved is not None
        moved = self._unmoved.moved(runs[0], runs[1], run)
        outcomes = tuple(name for name in side.outcomes if f"outcome:{name}" in moved)
        names = frozenset(_full_name(question) for question in after if question[0] != "outcome") & moved
        again = _asked(side, run, outcomes, names)
        return {question: again.get(question, answers) for question, answers in after.items()}

    def _noted(
        self, side: Side, answers: dict[Question, QuestionAnswers], block: Block, held: Bools, first: int,
        items: dict[str, int],
    ) -> TableBlock:  # fmt: skip
        """What plugins are told of the answers of one side to a block."""
        outcomes = {name: answers["outcome", name, ""] for name in side.outcomes}
        others = [asked for (kind, _, _), asked in answers.items() if kind != "outcome"]
        return self._block_told(part_of(block, outcomes, others, held, first, items, side.book), side.on, side.rulebook)

    # -- items

    def ids_of_items(self, list_name: str) -> Any:
        """The ids of all items of the list ``list_name``, as a polars series; null where one has none."""
        return self._item_ids[list_name]

    def item(self, client: int, list_name: str, item: int) -> tuple[str, str]:
        """What names an item, and its path.

        Args:
            client: the row of its client.
            list_name: the list that it is in.
            item: its number in the whole table.
        """
        begin = int(self._tables.starts_of(list_name)[client])
        end = int(self._tables.starts_of(list_name)[client + 1])
        ids = self._item_ids[list_name].slice(begin, end - begin).to_list()
        item_id, position = ids[item - begin], item - begin
        if item_id is not None and ids.count(item_id) == 1:
            key = f"{list_name}:{item_id}"
        else:
            key = self._keys_in_record(client, list_name)[position]
        return key, path_of(list_name, item_id, position)

    def _keys_in_record(self, client: int, list_name: str) -> list[str]:
        """The keys of the items of a client that have no ids of their own."""
        place, keys = self._latest_keys
        if place != (client, list_name):
            decision: Decision = self.sides[0].decide(self._tables.record(client))
            items = getattr(decision.record, list_name)
            keys = item_keys(list_name, items, inside(decision).inquiry.secret, decision.protected)
            self._latest_keys = ((client, list_name), keys)
        return keys


def _order(change: AnswerChange) -> tuple[int, str, str]:
    return order((change.kind, change.name, change.key))


def _full_name(question: Question) -> str:
    kind, name, _ = question
    return f"{'requirement' if kind == 'finding' else kind}:{name}"


def _asked(
    side: Side, run: BlockSession, outcomes: Iterable[str], names: frozenset[str] | None
) -> dict[Question, QuestionAnswers]:
    """The answers of a block on one side to some outcomes, requirements and steps, by question."""
    answered: dict[Question, QuestionAnswers] = {("outcome", name, ""): run.outcome(name) for name in outcomes}
    for answers in run.requirements_and_steps(names):
        answered[_KINDS[answers.kind], answers.name, answers.list_name] = answers
    return answered


def _gather(
    question: Question, asked: list[_Asked], held: Bools, at: tuple[int, dict[str, int]], gathered: Gathered
) -> None:
    """Add what differs in the answers to one question to what is ``gathered``."""
    kind, name, list_name = question
    first, first_items = at
    block = asked[0].run.block
    owners: Any = block.items[list_name].client if list_name else np.arange(block.size)
    rows = np.flatnonzero(_perhaps_differs(asked) & held[owners])
    if not len(rows):
        return
    coded: list[tuple[list[Answer], Rows]] = []
    for number, side in enumerate(asked):
        shared = number == 2 and side.answered is asked[1].answered
        coded.append(coded[1] if shared else side.answers(rows))
    kinds, which = distinct(*(numbers for _, numbers in coded))
    ways: list[Way] = []
    number_of = np.full(len(kinds), -1, np.int64)
    for number, place in enumerate(kinds.tolist()):
        answers = tuple(of_side[numbers[place]] for of_side, numbers in coded)
        if any(answer.tells != answers[0].tells for answer in answers):
            own = next((side for side, answer in zip(asked, answers, strict=True) if answer is not NOTHING[kind]), None)
            field = own.book.field_of("requirement", name) if own is not None and kind == "finding" else ""
            number_of[number] = len(ways)
            ways.append(Way(kind, name, list_name, field, answers))
    numbers = number_of[which]
    differs = numbers >= 0
    rows = rows[differs]
    items = rows + first_items[list_name] if list_name else np.full(len(rows), -1, np.int64)
    gathered.add(ways, (owners[rows] + first).astype(np.uint32), items, numbers[differs])


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

    def answers(self, rows: Rows) -> tuple[list[Answer], Rows]:
        """The different answers in some rows, and which of them each row has."""
        nothing = NOTHING[self.kind]
        if self.answered is None:
            return [nothing], np.zeros(len(rows), np.intp)
        answered = self.answered.answers
        status = answered.status[rows]
        none = status != SUGGESTED if self.kind == "step" else status == NOT_APPLICABLE
        decided, ways = self._by(rows, ~none)
        columns = [np.asarray(column) for column in self.tells()]
        first, which = distinct(*(column[rows] for column in columns if column.ndim), decided, none)
        value = answered.value.take(rows[first]) if answered.value is not None else None
        answers = [
            nothing if none[place] else self._answer(STATUSES[status[place]], value, number, ways[decided[place]])
            for number, place in enumerate(first.tolist())
        ]
        return answers, which

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

    def _by(self, rows: Rows, wanted: Bools) -> tuple[Ints, list[tuple[str, ...]]]:
        """Which rules decide in some rows, by the number of their ids; none where the record states the answer."""
        assert self.answered is not None
        status, value = self.answered.answers.status, self.answered.answers.value
        decided = np.zeros(len(rows), np.int64)
        ways: list[tuple[str, ...]] = [()]
        if self.kind == "outcome":
            block = self.run.block
            stated = ready_made_fact(RowView(block, block.on), self.name)
            if stated is not None:
                wanted = wanted & (stated.codes()[rows] == Code.UNKNOWN)
        places = np.full(len(status), -1, np.int64)
        places[rows[wanted]] = np.flatnonzero(wanted)
        for read in self.answered.readings:
            if read.first:
                self._by_reading(read, status, value, places, decided, ways)
        return decided, ways

    def _by_reading(
        self, read: FrameRows, status: Any, value: Column | None, places: Ints, decided: Ints,
        ways: list[tuple[str, ...]],
    ) -> None:  # fmt: skip
        every: Any = np.arange(read.formulas.rows) if read.rows is None else read.rows
        here = np.flatnonzero(places[every] >= 0)
        if not len(here):
            return
        of_outcome = value.take(every) if value is not None and self.kind == "outcome" else None
        question = read.formulas.program.questions[read.index]
        answers = Answers(status[every], of_outcome)
        rules = list(deciding_rules(question, read.formulas, answers, self.words))
        if not rules:
            return
        masks = [mask[here] for _, mask in rules]
        first, which = distinct(*masks)
        for place in first.tolist():
            ways.append(tuple(rule.bound.rule.id for (rule, _), mask in zip(rules, masks, strict=True) if mask[place]))
        decided[places[every[here]]] = which + (len(ways) - len(first))


def _perhaps_differs(asked: list[_Asked]) -> Bools:
    """Where the answers of the sides may differ: all rows where they do, and perhaps some where they do not."""
    first, *others = asked
    rows = next(len(side.answered.answers.status) for side in asked if side.answered is not None)
    differs = np.zeros(rows, np.bool_)
    mine = first.tells()
    for number, side in enumerate(others):
        if number and side.answered is others[0].answered:
            continue  # what differs from the first is told by the one before
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
