"""What comes out of the rules in every row: statuses and values, or bits where an outcome is true or false."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from aava_rules.engine.table.block import Rows
from aava_rules.engine.table.columns import (
    Bits,
    Bools,
    Code,
    Codes,
    Column,
    code_where,
    codes_of_bits,
    unknown,
    unpacked,
)

STATUSES: Final = (
    "unknown", "known", "not_applicable", "conflict", "met", "broken", "open", "suggested", "none"
)  # fmt: skip
"""Every status that an answer has, by its number in columns."""
UNSURE, KNOWN, NOT_APPLICABLE, CONFLICT, MET, BROKEN, STEP_OPEN, SUGGESTED, NOT_SUGGESTED = range(9)
OPEN_STATUS: Final = {"outcome": UNSURE, "requirement": UNSURE, "step": STEP_OPEN}


@dataclass(slots=True, eq=False)
class Truths:
    """A truth that is decided in every row but those that are open.

    Attributes:
        rows: how many rows there are.
        true: the rows in which it is true.
        not_applicable: the rows in which it does not apply; None: no row.
        open: the rows that are not decided; None: no row.
    """

    rows: int
    true: Bits
    not_applicable: Bits | None
    open: Bits | None
    """The rows that are not decided. None: there is no such row, as with ``not_applicable``."""

    @property
    def all_known(self) -> bool:
        """Whether it is true or false in every row."""
        return self.open is None and self.not_applicable is None

    def known(self) -> Bools:
        """Where it is true or false: shape (n,), bool."""
        return unpacked(self._known(), self.rows)

    def _known(self) -> Bits:
        neither = np.zeros_like(self.true)
        for bits in (self.not_applicable, self.open):
            if bits is not None:
                neither |= bits
        return ~neither

    def status(self) -> Codes:
        """The status in every row: shape (n,), uint8, numbers of `STATUSES`."""
        outside = () if self.not_applicable is None else ((NOT_APPLICABLE, self.not_applicable),)
        return codes_of_bits(self.rows, (KNOWN, self._known()), *outside)

    def value(self) -> Column:
        """The truth in every row; open where it is not known."""
        low = unpacked(self.true, self.rows).astype(np.int64)
        code = None if self.all_known else code_where(self.known(), Code.PRESENT, Code.UNKNOWN)
        return Column("boolean", low, low, code)


class Answers:
    """One question in every row: the status, and an outcome's value or the due day of a step that is suggested.

    A value is `Code.UNKNOWN` where it is not known; bounds and possible words stay. A due day is `Code.ABSENT` where no
    source names one. An outcome that is true, false or open everywhere is held as ``truths``, and its arrays are made
    when they are first read.
    """

    __slots__ = ("_own", "_status", "_value", "truths")

    def __init__(self, status: Codes | None, value: Column | None = None, truths: Truths | None = None) -> None:
        """``status`` is given unless there are ``truths``."""
        self._status, self._value, self.truths = status, value, truths
        self._own = False
        """Whether the arrays of the value are its own, so that answers may be put into them."""

    @property
    def status(self) -> Codes:
        """The status in every row: shape (n,), uint8, numbers of `STATUSES`."""
        if self._status is None:
            assert self.truths is not None
            self._status = self.truths.status()
        return self._status

    @property
    def value(self) -> Column | None:
        """The value in every row; None of requirements."""
        if self._value is None and self.truths is not None:
            self._value = self.truths.value()
        return self._value

    def undecided(self) -> Bools | None:
        """Where an outcome is open, or has bounds only: shape (n,), bool; None: nowhere."""
        truths = self.truths
        if truths is not None:
            return None if truths.open is None else unpacked(truths.open, truths.rows)
        value = self.value
        assert value is not None
        undecided: Bools = (self.status == UNSURE) | (value.low != value.high) & (value.codes() < Code.ABSENT)
        return undecided

    def put(self, rows: Rows, answers: Answers) -> None:
        """Take over ``answers`` for the rows ``rows``: shape (m,), intp."""
        if not self.status.flags.writeable:
            self._status = self.status.copy()
        self.status[rows] = answers.status
        own, new = self.value, answers.value
        self.truths = None
        if new is None:
            return
        assert own is not None
        scale = max(own.scale, new.scale)
        if own.void or own.exact or own.code is None or own.scale != scale or not self._own:
            own = own.rescaled(scale)
            own = Column(own.type, own.low.copy(), own.high.copy(), own.codes().copy(), scale)
            self._value, self._own = own, True
        new = new.rescaled(scale)
        assert own.code is not None
        own.low[rows], own.high[rows], own.code[rows] = new.low, new.high, new.codes()


def unanswered(question_kind: str, value_type: str, rows: int) -> Answers:
    """Answers that are open in every row.

    Args:
        question_kind: ``outcome``, ``requirement`` or ``step``.
        value_type: the type of the value.
        rows: how many rows there are.
    """
    value = unknown(value_type, rows) if question_kind != "requirement" else None
    # one status seen from every row, which is copied where answers are put in
    return Answers(np.broadcast_to(np.uint8(OPEN_STATUS[question_kind]), rows), value)
