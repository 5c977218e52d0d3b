"""The answers of one block as rows of the whole table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.engine.table.block import Block, Rows
from aava_rules.engine.table.columns import Bools, Code, Codes, Column
from aava_rules.engine.table.solve.answers import NOT_APPLICABLE, STEP_OPEN, SUGGESTED, UNSURE, Answers
from aava_rules.engine.table.solve.deciding_rules import deciding_rules
from aava_rules.engine.table.solve.readings import FrameRows, QuestionAnswers
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.rulebook.model import WEIGHTS

Numbers = NDArray[np.uint32]
"""Clients or items, as numbers in the whole table."""


@dataclass(slots=True, eq=False)
class AnswerRows:
    """The answers to one question in some rows.

    Attributes:
        name: the requirement or step.
        list_name: the list that the rows are items of; empty for rows that are clients.
        clients, items: shape (m,), uint32, the client and the item of each row, as numbers in the whole table.
        status: shape (m,), uint8, numbers of `STATUSES`.
        weights: shape (m,), uint8, numbers of `WEIGHTS`.
        due: of steps, the day until which each is due.
    """

    name: str
    list_name: str
    clients: Numbers
    items: Numbers | None
    status: Codes
    weights: Codes
    due: Column | None = None


@dataclass(slots=True, eq=False)
class OutcomeRows:
    """An outcome as decisions give it, client by client.

    Attributes:
        status: shape (m,), uint8, numbers of `STATUSES`.
        values: the value of each.
    """

    status: Codes
    values: list[Any]


@dataclass(slots=True, eq=False)
class Part:
    """The answers to some clients, as numbers in the whole table.

    Attributes:
        clients: shape (m,), uint32, or a range.
        open: shape (k,), uint32, the clients of which some answer is open, so that more facts could change it.
        outcomes, findings, steps: the answers.
        through_records: whether the clients were answered one by one through their records.
        noticed: shape (k,), uint32, the clients whose records may have a notice, where that was asked.
    """

    clients: Numbers | range
    open: Numbers
    """The clients of which some answer is open, so that more facts could change it."""
    outcomes: dict[str, Answers | OutcomeRows] = field(default_factory=dict)
    findings: list[AnswerRows] = field(default_factory=list)
    steps: list[AnswerRows] = field(default_factory=list)
    through_records: bool = False
    noticed: Numbers = field(default_factory=lambda: np.zeros(0, np.uint32))


def part_of(
    block: Block, outcomes: dict[str, QuestionAnswers], applying: Iterable[QuestionAnswers], selected: Bools | None,
    first: int, first_items: dict[str, int], book: CompiledRulebook,
) -> Part:  # fmt: skip
    """The answers of some clients of a block, in their order.

    Args:
        block: the clients.
        outcomes: the answers by outcome.
        applying: the answers to requirements and steps.
        selected: shape (n,), bool, the clients that the part has; None: all.
        first: the number of the block's first client in the whole table.
        first_items: by list, the number of the block's first item in the whole table.
        book: the rulebook.
    """
    undecided: Bools | None = None
    clients = range(first, first + block.size) if selected is None else _numbers(np.flatnonzero(selected) + first)
    part = Part(clients, np.zeros(0, np.uint32))
    for name, question in outcomes.items():
        answers = question.answers
        if (waiting := answers.undecided()) is not None:
            undecided = waiting if undecided is None else undecided | waiting
        if selected is not None:
            assert answers.value is not None
            answers = Answers(answers.status[selected], answers.value.take(np.flatnonzero(selected)))
        part.outcomes[name] = answers
    for question in applying:
        status = question.answers.status
        wanted = status != NOT_APPLICABLE if question.kind == "requirement" else status == SUGGESTED
        owners = block.items[question.list_name].client if question.list_name else None
        if question.kind == "requirement":
            waiting = status == UNSURE
        else:
            assert question.answers.value is not None
            # also a step of which it is not known by which day it is due
            due_open = question.answers.value.codes() == Code.UNKNOWN
            waiting = (status == STEP_OPEN) | ((status == SUGGESTED) & due_open)
        if undecided is None:
            undecided = np.zeros(block.size, np.bool_)
        if owners is None:
            undecided |= waiting
        else:
            undecided[owners[waiting]] = True
        if selected is not None:
            wanted &= selected if owners is None else selected[owners]
        rows = np.flatnonzero(wanted)
        if not len(rows):
            continue
        entry = AnswerRows(
            question.name,
            question.list_name,
            ((rows if owners is None else owners[rows]) + first).astype(np.uint32),
            None if owners is None else (rows + first_items[question.list_name]).astype(np.uint32),
            status[rows],
            weights_of(question, rows, book),
        )
        if question.kind == "requirement":
            part.findings.append(entry)
        else:
            assert question.answers.value is not None
            entry.due = question.answers.value.take(rows)
            part.steps.append(entry)
    if undecided is not None:
        part.open = _numbers(first + np.flatnonzero(undecided if selected is None else undecided & selected))
    return part


def _numbers(clients: Rows) -> Numbers:
    return clients.astype(np.uint32)


def weights_of(question: QuestionAnswers, rows: Rows, book: CompiledRulebook) -> Codes:
    """The weight of each answer: of a finding that of its first deciding rule, of a step the strongest.

    Args:
        question: the answers.
        rows: shape (m,), intp, the rows that are asked.
        book: the rulebook.

    Returns: shape (m,), uint8, numbers of `WEIGHTS`.
    """
    rules = book.rules_of(question.kind, question.name)
    first = WEIGHTS.index(rules[0][0].weight)
    if all(rule.weight == rules[0][0].weight for rule, _ in rules):
        return np.full(len(rows), first, np.uint8)
    weights = np.full(len(question.answers.status), first, np.uint8)
    for read in question.readings:
        if read.first:
            _weigh(question, read, weights, first)
    return weights[rows]


def _weigh(question: QuestionAnswers, read: FrameRows, weights: Codes, first: int) -> None:
    formulas, index = read.formulas, read.index
    every = np.arange(formulas.rows) if read.rows is None else read.rows
    answers = Answers(question.answers.status[every])
    weighed = np.zeros(formulas.rows, np.bool_)
    strongest = np.full(formulas.rows, first, np.uint8)
    for rule, decides in deciding_rules(formulas.program.questions[index], formulas, answers, []):
        weight = WEIGHTS.index(rule.bound.rule.weight)
        if question.kind == "step":
            strongest = np.where(decides & (~weighed | (strongest > weight)), weight, strongest).astype(np.uint8)
        else:
            strongest = np.where(decides & ~weighed, weight, strongest).astype(np.uint8)
        weighed |= decides
    weights[every] = strongest


def list_number(name: str) -> int:
    """The number of the list ``name`` in the columns of places; 0 is the client's case as a whole."""
    return ("", *LIST_OF_ITEM.values()).index(name)
