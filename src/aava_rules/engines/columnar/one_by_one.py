"""The answers of clients whose numbers columns cannot hold: made from their decisions, as rows like all others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from ...values import UNKNOWN, Interval
from .block import Block
from .columns import ABSENT, OPEN, THERE, Column, Words, as_number
from .gathering import WEIGHTS, Chunk, Part
from .results import joined_columns
from .settling import STATUSES
from .tables import Tables

if TYPE_CHECKING:
    from ...answers import Finding, NextStep
    from ...asking import State
    from ...decision import Decision


def part_of_decisions(
    decisions: Iterable[tuple[int, Decision]], asked: tuple[str, ...], block: Block, tables: Tables
) -> Part:
    """The answers of decisions, each with the number of its client in the whole table."""
    rows: list[int] = []
    outcomes: dict[str, list[tuple[int, Column]]] = {name: [] for name in asked}
    part = Part(np.zeros(0, np.uint32), np.zeros(0, np.uint32), one_by_one=True)
    for row, decision in decisions:
        rows.append(row)
        for name in asked:
            outcomes[name].append(_outcome(decision.outcomes[name].state, block))
        for finding in decision.findings:
            if finding.status != "not_applicable":
                part.findings.append(_chunk(finding.state, row, tables, finding))
        for step in decision.next_steps:
            chunk = _chunk(step.state, row, tables, step)
            chunk.due = _due(step.due)
            part.steps.append(chunk)
    part.clients = part.open = np.array(rows, np.uint32)
    for name, found in outcomes.items():
        status = np.array([number for number, _ in found], np.uint8)
        part.outcomes[name] = status, joined_columns(block.parts.outcomes[name].type, [value for _, value in found])
    return part


def _chunk(state: State, row: int, tables: Tables, answer: Finding | NextStep) -> Chunk:
    items = None
    if state.list_name:
        items = np.array([tables.starts_of(state.list_name)[row] + state.position], np.uint32)
    return Chunk(
        state.name, state.list_name, np.array([row], np.uint32), items,
        np.array([STATUSES.index(state.status)], np.uint8), np.array([WEIGHTS.index(answer.weight)], np.uint8),
    )  # fmt: skip


def _outcome(state: State, block: Block) -> tuple[int, Column]:
    definition = block.parts.outcomes[state.name]
    return STATUSES.index(state.status), _column(definition.type, state.value, sorted(definition.words), block.words)


def _column(kind: str, value: Any, members: list[str], words: Words) -> Column:
    """One value of a decision as a column of one row."""
    low, high = (value.low, value.high) if isinstance(value, Interval) else (value, value)
    if value is UNKNOWN or low is None or high is None:
        nothing = np.zeros(1, np.int64)
        return Column(kind, nothing, nothing, np.array([OPEN], np.uint8))
    if kind == "set":
        masks = [sum(1 << members.index(word) for word in side) for side in (low, high)]
        return Column(kind, np.array(masks[:1], np.int64), np.array(masks[1:], np.int64))
    if isinstance(low, str):
        number = np.array([words.number(low)], np.int64)
        return Column(kind, number, number)
    (first, scale), (last, other) = as_number(low), as_number(high)
    a = Column(kind, np.array([first], np.int64), np.array([first], np.int64), None, scale)
    b = Column(kind, np.array([last], np.int64), np.array([last], np.int64), None, other)
    both = joined_columns(kind, [a, b])
    return Column(kind, both.low[:1], both.low[1:], None, both.scale)


def _due(due: Any) -> Column:
    code = THERE if isinstance(due, date) else ABSENT if due is None else OPEN
    day = np.array([due.toordinal() if isinstance(due, date) else 0], np.int64)
    return Column("date", day, day, np.array([code], np.uint8))
