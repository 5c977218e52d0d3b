"""One block on one day: every question in every row, by programs; the same as the session of one record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product

import numpy as np

from aava_rules.compiler.compile import CompiledRulebook, QueryGroup
from aava_rules.compiler.program import Program
from aava_rules.engine.states import MOST_CANDIDATES
from aava_rules.engine.table.block import Block, Judged, Rows, RowView
from aava_rules.engine.table.columns import Bools, Code, Column, Ints, choose, unknown_where
from aava_rules.engine.table.evaluate.facts import TableFacts, ready_made_fact
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.engine.table.solve.answers import KNOWN, UNSURE, Answers, unanswered
from aava_rules.engine.table.solve.conclude import conclude, merge_over_days, value_type
from aava_rules.engine.table.solve.features import TooManyCells
from aava_rules.engine.table.solve.formulas import Formulas
from aava_rules.engine.table.solve.readings import FrameRows, Layers, QuestionAnswers, layers_of
from aava_rules.engine.table.solve.through import through_outcomes
from aava_rules.language.syntax import Expr


class BlockSession:
    """The questions of a rulebook to one block.

    Attributes:
        book: the rulebook.
        block: the clients.
    """

    def __init__(self, book: CompiledRulebook, block: Block) -> None:
        self.book, self.block = book, block
        block.outcome, block.fact_reader = self.fact, TableFacts()
        self._outcomes: dict[str, QuestionAnswers] = {}
        self._layers: dict[str, Layers] = {}

    def close(self) -> None:
        """Release all computed values, which refer to one another in circles.

        A block is large, and garbage collection goes by the number of objects, not by their size.
        """
        self.block.forget()
        self._outcomes.clear()
        self._layers.clear()

    def fact(self, name: str) -> Column:
        """The outcome ``name`` as rules of a higher stratum read it."""
        value = self.outcome(name).answers.value
        assert value is not None
        # an outcome that its rules may give no value is no fact: bounds of it would be taken for a value or none
        perhaps = value.codes() == Code.MAYBE
        return unknown_where(perhaps, value) if perhaps.any() else value

    def outcome(self, name: str) -> QuestionAnswers:
        """The outcome ``name`` for every client: decided by an official as the record has it, or by the rules."""
        answered = self._outcomes.get(name)
        if answered is None:
            answered = self._ask(self.book.outcome_group(name))[0]
            ready_made = ready_made_fact(RowView(self.block, self.block.on), name)
            if ready_made is not None:
                answered.answers = _prefer_ready_made(ready_made, answered.answers)
            self._outcomes[name] = answered
        return answered

    def layers_of(self, name: str) -> Layers:
        """How the outcome ``name`` was read for each client; worked out once."""
        layers = self._layers.get(name)
        if layers is None:
            answered = self.outcome(name)
            stated = ready_made_fact(RowView(self.block, self.block.on), name)
            layers = self._layers[name] = layers_of(
                answered, None if stated is None else stated.codes() != Code.UNKNOWN
            )
        return layers

    def requirements_and_steps(self, names: frozenset[str] | None) -> Iterator[QuestionAnswers]:
        """Requirements and steps, of clients and of the items of each list; ``names`` are those that are asked, None:
        all.
        """
        for group in self.book.other_groups(names):
            yield from self._ask(group)

    def _ask(self, group: QueryGroup) -> list[QuestionAnswers]:
        block = self.block
        items = np.arange(len(block.items[group.list_name])) if group.list_name else None
        base = RowView(block, block.on, None, group.list_name, items)
        parts = self.book.parts
        answered = [
            QuestionAnswers(q.kind, q.name, group.list_name,
                  unanswered(q.kind, value_type(q.kind, q.name, parts), base.size), [])
            for q in group.questions
        ]  # fmt: skip
        if not base.size:
            return answered
        try:
            self._ask_days(group, base, [self._day(group, expr, base) for expr in group.judged], answered)
        except TooManyCells:
            base.mark_overflow(np.ones(base.size, np.bool_))
        return answered

    def _day(self, group: QueryGroup, expr: Expr | None, base: RowView) -> _Day:
        """What is known of one of the judged days of a group."""
        return _Day(group, expr, base)

    def _ask_days(self, group: QueryGroup, base: RowView, days: list[_Day], answered: list[QuestionAnswers]) -> None:
        if all(day.decision_day is not None for day in days):
            segments = tuple(int(day.low) if isinstance(day.low, int) else 0 for day in days)
            self._ask_frame(group.program(segments), tuple(base for _ in days), None, answered)
            return
        # one number for the segments in which each row's judged days may lie, and whether the days are known
        radix = len(group.bounds) + 1
        key = np.zeros(base.size, np.int64)
        for day in days:
            key = ((key * radix + day.low) * radix + day.high) * 2 + day.sure
        alike, first, which = np.unique(key, return_index=True, return_inverse=True)
        rows_of = np.argsort(which, kind="stable")
        ends = np.cumsum(np.bincount(which, minlength=len(alike)))
        for row, rows in zip(first, np.split(rows_of, ends[:-1]), strict=True):
            self._ask_alike(group, base, days, rows, [day.at(int(row)) for day in days], answered)

    def _ask_alike(
        self, group: QueryGroup, base: RowView, days: list[_Day], rows: Rows, key: list[tuple[int, int, bool]],
        answered: list[QuestionAnswers],
    ) -> None:  # fmt: skip
        """Ask the rows whose judged days lie in the same segments, or are as unknown."""
        views = tuple(
            _part(base, rows, day.judged(rows) if sure else None) for day, (_, _, sure) in zip(days, key, strict=True)
        )
        choices = [range(low, high + 1) for low, high, _ in key]
        if all(sure for _, _, sure in key):
            self._ask_frame(group.program(tuple(choice.start for choice in choices)), views, rows, answered)
            return
        combinations = 1
        for choice in choices:
            combinations *= len(choice)
        if combinations > MOST_CANDIDATES:
            return
        # frames in which the rules of a question stand alike give it one and the same answer
        chosen = [
            set(product(*(group.alike(index, scope, choice) for scope, choice in enumerate(choices))))
            for index in range(len(answered))
        ]
        by_days: list[list[Answers]] = [[] for _ in answered]
        in_segment: dict[tuple[int, int], RowView] = {}
        for segments in product(*choices):
            asked = [index for index, of_question in enumerate(chosen) if segments in of_question]
            if not asked:
                continue
            for scope, (view, segment) in enumerate(zip(views, segments, strict=True)):
                if (scope, segment) not in in_segment:
                    law = group.day_of(segment) if view.judged is None else None
                    in_segment[scope, segment] = view if law is None else _part(base, rows, None, law)
            here = tuple(in_segment[place] for place in enumerate(segments))
            formulas = Formulas(group.program(segments), here)
            for index in asked:
                answered[index].readings.append(FrameRows(rows, formulas, index, first=not by_days[index]))
                question = formulas.program.questions[index]
                by_days[index].append(conclude(question, formulas, self.book.parts))
        for answers_of, daily in zip(answered, by_days, strict=True):
            kind = value_type(answers_of.kind, answers_of.name, self.book.parts)
            answers_of.answers.put(rows, merge_over_days(answers_of.kind, daily, kind))

    def _ask_frame(
        self, program: Program, views: tuple[RowView, ...], rows: Rows | None, answered: list[QuestionAnswers]
    ) -> None:
        formulas = Formulas(program, views)
        for index, (question_answers, question) in enumerate(zip(answered, program.questions, strict=True)):
            answers = conclude(question, formulas, self.book.parts)
            read = FrameRows(rows, formulas, index)
            question_answers.readings.append(read)
            if rows is None:
                question_answers.answers = answers
            else:
                question_answers.answers.put(rows, answers)
            self._ask_through(read, question_answers, answers)

    def _ask_through(self, read: FrameRows, answered: QuestionAnswers, answers: Answers) -> None:
        """Ask the open rows of a reading again through all strata, where an outcome that they read is open."""
        for places, formulas in through_outcomes(read, answers, self):
            every = places if read.rows is None else read.rows[places]
            answered.answers.put(every, conclude(formulas.program.questions[0], formulas, self.book.parts))
            answered.readings.append(FrameRows(every, formulas, 0, through=True))
            read.replaced = np.zeros(read.formulas.rows, np.bool_) if read.replaced is None else read.replaced
            read.replaced[places] = True


class StandingBlock(BlockSession):
    """The questions to one block by the law of an earlier day of decision; the same as `StandingLaw` of one record.

    Attributes:
        earlier: the session of the same clients on the earlier day; it is open as long as this one.
    """

    def __init__(self, book: CompiledRulebook, block: Block, earlier: BlockSession) -> None:
        super().__init__(book, block)
        self.earlier = earlier

    def _day(self, group: QueryGroup, expr: Expr | None, base: RowView) -> _Day:
        block = self.earlier.block
        return _StandingDay(group, expr, base, RowView(block, block.on, None, base.list_name, base.items))

    def segments_apart(
        self, group: QueryGroup, expr: Expr, earlier: BlockSession, later: BlockSession
    ) -> set[tuple[int, int]] | None:
        """In which segments a judged day lies by the earlier law, and in which by that of the day of decision.

        Args:
            group: the questions that are judged on it.
            expr: the term of the judged day.
            earlier: the clients on the earlier day of decision.
            later: the same clients on the day of decision, by its own law.

        Returns:
            The pairs of different segments; None if the day itself, or what is known of it, is not the same.
        """
        views = []
        for run in (self, earlier, later):
            items = np.arange(len(run.block.items[group.list_name])) if group.list_name else None
            views.append(RowView(run.block, run.block.on, None, group.list_name, items))
        standing, own = _StandingDay(group, expr, views[0], views[1]), _Day(group, expr, views[2])
        column, same = standing.column, own.column
        if not (
            np.array_equal(column.codes(), same.codes())
            and np.array_equal(column.low, same.low)
            and np.array_equal(column.high, same.high)
            and np.array_equal(standing.sure, own.sure)
        ):
            return None
        apart = (standing.low != own.low) | (standing.high != own.high)
        if (apart & ~np.asarray(own.sure)).any():
            return None
        return set(zip(np.asarray(standing.low)[apart].tolist(), np.asarray(own.low)[apart].tolist(), strict=True))


class _Day:
    """One judged day in every row: the segments in which it may lie, and the day itself where it is known."""

    def __init__(self, group: QueryGroup, expr: Expr | None, base: RowView) -> None:
        self.decision_day: date | None = base.block.on if expr is None else None
        self.low: int | Ints
        self.high: int | Ints
        self.sure: bool | Bools
        if expr is None:
            self.low = self.high = group.segment(base.block.on)
            self.sure = True
            return
        self.column = compiled(expr)(base)
        bounds = np.array([day.toordinal() for day in group.bounds], np.int64)
        there = self.column.codes()
        # a day that may be absent may still be any day between its bounds; of one that is absent nothing is known
        dated = (there == Code.PRESENT) | (there == Code.MAYBE)
        self.sure = (there == Code.PRESENT) & (self.column.low == self.column.high)
        self.low = np.where(dated, np.searchsorted(bounds, self.column.low, "right"), 0)
        self.high = np.where(dated, np.searchsorted(bounds, self.column.high, "right"), len(bounds))

    def at(self, row: int) -> tuple[int, int, bool]:
        """The first and the last segment in which the day of a row may lie, and whether it is known."""
        if isinstance(self.low, int) or isinstance(self.high, int) or isinstance(self.sure, bool):
            return int(self.low), int(self.high), bool(self.sure)
        return int(self.low[row]), int(self.high[row]), bool(self.sure[row])

    def judged(self, rows: Rows) -> Judged:
        """The day on which some rows are judged, known in all of them."""
        return self.decision_day if self.decision_day is not None else self.column.low[rows]


class _StandingDay(_Day):
    """A judged day whose law is that of the day on which the rule was judged on an earlier day of decision."""

    def __init__(self, group: QueryGroup, expr: Expr | None, base: RowView, earlier: RowView) -> None:
        super().__init__(group, expr, base)
        law = _Day(group, expr, earlier)
        self.low, self.high = law.low, law.high
        self.sure = self.sure & law.sure


def _part(base: RowView, rows: Rows, judged: Judged, law: date | None = None) -> RowView:
    if base.items is None:
        return RowView(base.block, judged, rows, law=law)
    return RowView(base.block, judged, None, base.list_name, base.items[rows], law)


def _prefer_ready_made(ready_made: Column, decided: Answers) -> Answers:
    """The official's decision, and where there is none, that of the rules."""
    is_known = ready_made.codes() != Code.UNKNOWN
    # bounds of a number are given, not the number: the answer is open between them
    status = np.where(ready_made.low == ready_made.high, KNOWN, UNSURE)
    assert decided.value is not None
    return Answers(
        np.where(is_known, status, decided.status).astype(np.uint8), choose(is_known, ready_made, decided.value)
    )
