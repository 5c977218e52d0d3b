"""Truths of many rows as bits, 64 rows to a machine word."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .columns import Bools

Bits = NDArray[np.uint64]
"""A truth for each row: bit i of the i-th row; the bits past the last row mean nothing."""


def packed(truths: Bools) -> Bits:
    """The bits of a column of truths."""
    words = -(-len(truths) // 64)
    found = np.zeros(words * 8, np.uint8)
    found[: -(-len(truths) // 8)] = np.packbits(truths, bitorder="little")
    return found.view(np.uint64)


def unpacked(bits: Bits, rows: int) -> Bools:
    """The column of truths that bits are."""
    return np.unpackbits(bits.view(np.uint8), count=rows, bitorder="little").view(np.bool_)
