"""The clients of whom an answer has more digits than a column can hold, so that the others get theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import numpy as np

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.engine.table.columns import Code, Column, as_number
from aava_rules.engine.table.output.decimals import AMOUNTS, DIGITS, decimals, needed_by, needed_decimals
from aava_rules.engine.table.output.gather import AnswerRows, OutcomeRows, Part
from aava_rules.engine.table.solve.answers import KNOWN, Answers
from aava_rules.language.errors import Fault
from aava_rules.language.values import EXACT, NUMERIC

WHOLE: Final = 2**63
"""No whole number of a column is as great, nor its negative."""


def fault_of(name: str) -> Fault:
    """The fault of a client whose outcome ``name`` no column can hold."""
    what = f"has more digits than the {DIGITS} (whole numbers: 18) that a column can hold beside those of other clients"
    hint = "Ask for this client alone, with decide, or see whether its numbers can be right."
    return Fault(f"outcomes.{name}", "AR138", what, "No amount is rounded.", hint)


def overlong(parts: list[Part], names: Iterable[str], book: CompiledRulebook) -> dict[int, list[str]]:
    """The clients whose answers do not fit, as rows of the whole table, each with the outcomes that do not.

    Those with the fewest digits fit first, so that one very long number takes no room from others.

    Args:
        parts: the answers by block.
        names: the outcomes.
        book: the rulebook.
    """
    clients: dict[int, list[str]] = {}
    for name in names:
        kind = book.parts.outcomes[name].type
        if kind in NUMERIC:
            scale = decimals(name, book.parts) if kind in AMOUNTS else None
            for client in _overlong(parts, name, scale):
                clients.setdefault(client, []).append(name)
    return clients


def _overlong(parts: list[Part], name: str, scale: int | None) -> Iterator[int]:
    """The clients whose value of one outcome does not fit; ``scale`` are its decimals, None of a whole number."""
    decided = [(part, part.outcomes[name]) for part in parts]
    values = [pair for part, answer in decided if isinstance(answer, OutcomeRows) for pair in _decided(part, answer)]
    if scale is None:
        yield from (client for client, value in values if abs(value) >= WHOLE)
        return
    columns = [(part, answer.value, answer) for part, answer in decided if isinstance(answer, Answers) and answer.value]
    longest = max((_most_digits(column) for _, column, _ in columns), default=0)
    finest = max([scale, *(needed_by(column, scale) for _, column, _ in columns)])
    if longest + finest > DIGITS:  # columns themselves have no room beside one another
        values += [pair for part, column, answer in columns for pair in _in_column(part, column, answer)]
        longest, finest = 0, scale
    for places, digits, client in sorted((*_size(value), client) for client, value in values):
        if max(finest, places) + max(longest, digits) > DIGITS:
            yield client
        else:
            finest, longest = max(finest, places), max(longest, digits)


def _decided(part: Part, answer: OutcomeRows) -> Iterator[tuple[int, Any]]:
    for client, status, value in zip(np.asarray(part.clients).tolist(), answer.status, answer.values, strict=True):
        if status == KNOWN and isinstance(value, (int, Decimal)):
            yield client, value


def _in_column(part: Part, column: Column, answer: Answers) -> Iterator[tuple[int, Decimal]]:
    rows = np.flatnonzero((answer.status == KNOWN) & (column.codes() == Code.PRESENT))
    for client, number in zip(np.asarray(part.clients)[rows].tolist(), column.low[rows].tolist(), strict=True):
        yield client, EXACT.scaleb(Decimal(number), -column.scale)


def _most_digits(column: Column) -> int:
    """The digits before the decimal mark of the longest number of a column."""
    numbers = column.low[column.codes() == Code.PRESENT]
    return len(str(int(np.abs(numbers).max()) // 10**column.scale)) if len(numbers) else 0


def _size(value: Decimal | int) -> tuple[int, int]:
    """The decimals of a number, without the zeros at its end, and its digits before the decimal mark."""
    number, places = as_number(value)
    return needed_decimals(value), len(str(abs(number) // 10**places))


def without(part: Part, clients: Collection[int]) -> Part:
    """The answers of ``part`` without those of some ``clients``, rows of the whole table."""
    left_out = np.array(sorted(clients), np.uint32)
    stays = ~np.isin(np.asarray(part.clients, np.uint32), left_out)
    if stays.all():
        return part
    rows = np.flatnonzero(stays)
    outcomes: dict[str, Answers | OutcomeRows] = {}
    for name, answer in part.outcomes.items():
        if isinstance(answer, OutcomeRows):
            outcomes[name] = OutcomeRows(answer.status[stays], [answer.values[row] for row in rows])
        else:
            assert answer.value is not None
            outcomes[name] = Answers(answer.status[stays], answer.value.take(rows))
    return replace(
        part,
        clients=np.asarray(part.clients, np.uint32)[stays],
        open=part.open[~np.isin(part.open, left_out)],
        outcomes=outcomes,
        findings=[_rows_without(entry, left_out) for entry in part.findings],
        steps=[_rows_without(entry, left_out) for entry in part.steps],
    )


def _rows_without(entry: AnswerRows, left_out: Any) -> AnswerRows:
    rows = np.flatnonzero(~np.isin(entry.clients, left_out))
    return replace(
        entry,
        clients=entry.clients[rows],
        items=None if entry.items is None else entry.items[rows],
        status=entry.status[rows],
        weights=entry.weights[rows],
        due=None if entry.due is None else entry.due.take(rows),
    )
