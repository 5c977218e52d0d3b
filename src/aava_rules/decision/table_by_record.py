"""The answers of clients whose numbers columns cannot hold: made from their decisions, as rows like all others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from aava_rules.engine.table.columns import ABSENT, OPEN, THERE, Column
from aava_rules.engine.table.input.tables import Tables
from aava_rules.engine.table.output.gather import WEIGHTS, Chunk, Part, Told
from aava_rules.engine.table.solve.answers import STATUSES

if TYPE_CHECKING:
    from aava_rules.decision.answers import Finding, NextStep
    from aava_rules.decision.decision import Decision
    from aava_rules.engine.session import State


def part_of_decisions(decisions: Iterable[tuple[int, Decision]], asked: tuple[str, ...], tables: Tables) -> Part:
    """The answers of decisions, each with the number of its client in the whole table."""
    rows: list[int] = []
    states: dict[str, list[State]] = {name: [] for name in asked}
    part = Part(np.zeros(0, np.uint32), np.zeros(0, np.uint32), one_by_one=True)
    for row, decision in decisions:
        rows.append(row)
        for name in asked:
            states[name].append(decision.outcomes[name].state)
        for finding in decision.findings:
            if finding.status != "not_applicable":
                part.findings.append(_chunk(finding.state, row, tables, finding))
        for step in decision.next_steps:
            chunk = _chunk(step.state, row, tables, step)
            chunk.due = _due(step.due)
            part.steps.append(chunk)
    part.clients = part.open = np.array(rows, np.uint32)
    for name, found in states.items():
        status = np.array([STATUSES.index(state.status) for state in found], np.uint8)
        part.outcomes[name] = Told(status, [state.value for state in found])
    return part


def _chunk(state: State, row: int, tables: Tables, answer: Finding | NextStep) -> Chunk:
    items = None
    if state.list_name:
        items = np.array([tables.starts_of(state.list_name)[row] + state.position], np.uint32)
    return Chunk(
        state.name, state.list_name, np.array([row], np.uint32), items,
        np.array([STATUSES.index(state.status)], np.uint8), np.array([WEIGHTS.index(answer.weight)], np.uint8),
    )  # fmt: skip


def _due(due: Any) -> Column:
    code = THERE if isinstance(due, date) else ABSENT if due is None else OPEN
    day = np.array([due.toordinal() if isinstance(due, date) else 0], np.int64)
    return Column("date", day, day, np.array([code], np.uint8))
