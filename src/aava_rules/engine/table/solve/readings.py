"""What was asked of the rows of a block, and by which programs: the answers of a question with their readings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aava_rules.engine.table.block import Rows
from aava_rules.engine.table.columns import Bools, Ints
from aava_rules.engine.table.solve.answers import Answers
from aava_rules.engine.table.solve.formulas import Formulas


@dataclass(slots=True, eq=False)
class QuestionAnswers:
    """One question with its answers in every row of the block: of each client, or of each item of a list.

    Attributes:
        kind, name: the question.
        list_name: the list that the rows are items of; empty for clients.
        answers: the answers.
        readings: the formulas from which they were read.
    """

    kind: str
    name: str
    list_name: str
    answers: Answers
    readings: list[FrameRows]


@dataclass(slots=True, eq=False)
class FrameRows:
    """The formulas of one program in some rows, and which of its questions was asked.

    Attributes:
        rows: shape (m,), intp, the rows; None: all of them.
        formulas: the formulas.
        index: the number of the question in the program.
        first: false of all but the first program of rows whose judged day may lie in several segments.
        through: whether it is the question through all strata, which replaces the readings of its rows stratum by
            stratum.
        replaced: shape (m,), bool, the rows that were read again in this way; None: none of them.
    """

    rows: Rows | None
    formulas: Formulas
    index: int
    first: bool = True
    through: bool = False
    replaced: Bools | None = None


@dataclass(slots=True, eq=False)
class Layers:
    """How an outcome was read for each client, as far as its rules can be put into the questions that read it.

    Attributes:
        frames: its readings, stratum by stratum.
        frame: shape (n,), int64, the number of the reading of each client; -1 where the record states the outcome, the
            law is not verified, or a judged day is not known.
        place: shape (n,), int64, which row of that reading the client is.
        open: shape (n,), bool, where it is not decided; None: nowhere.
    """

    frames: list[FrameRows]
    frame: Ints
    place: Ints
    open: Bools | None


def layers_of(answered: QuestionAnswers, stated: Bools | None) -> Layers:
    """How an outcome was read for each client.

    Args:
        answered: the outcome.
        stated: shape (n,), bool, for which clients the record states it; None: for none.
    """
    size = len(answered.answers.status)
    frames = [read for read in answered.readings if not read.through]
    frame, place, times = np.full(size, -1, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)
    for number, read in enumerate(frames):
        rows = np.arange(size) if read.rows is None else read.rows
        times[rows] += 1
        question = read.formulas.program.questions[read.index]
        dated = all(view.judged is not None for view in read.formulas.views)
        frame[rows] = number if dated and question.rules and not question.in_doubt else -1
        place[rows] = np.arange(len(rows))
    frame[times != 1] = -1
    if stated is not None:
        frame[stated] = -1
    return Layers(frames, frame, place, answered.answers.undecided())
