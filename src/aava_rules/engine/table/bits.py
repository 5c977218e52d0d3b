"""Truths of many rows as bits, 64 rows to a machine word."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aava_rules.engine.table.columns import Bools

Bits = NDArray[np.uint64]
"""A truth for each row: bit i of the i-th row; the bits past the last row mean nothing."""


def packed(truths: Bools | NDArray[np.unsignedinteger[Any]]) -> Bits:
    """The bits of a column of truths, or of numbers: whether each is not 0."""
    found = np.packbits(truths, bitorder="little")
    return (found if len(found) % 8 == 0 else _padded(found)).view(np.uint64)


def _padded(found: NDArray[np.uint8]) -> NDArray[np.uint8]:
    padded = np.zeros(-(-len(found) // 8) * 8, np.uint8)
    padded[: len(found)] = found
    return padded


def every(rows: int) -> Bits:
    """The bits of a column that is true in so many rows, with none past the last one."""
    found = np.full(-(-rows // 64), ~np.uint64(0))
    if rows % 64:
        found[-1] = ~(~np.uint64(0) << np.uint64(rows % 64))
    return found


def numbered(rows: int, *numbers: tuple[int, Bits]) -> NDArray[np.uint8]:
    """The number of the bits in which each row is, 0 of those in none. No row may be in several."""
    found = np.zeros(rows, np.uint8)
    for number, bits in numbers:
        if bits.any():
            here = unpacked(bits, rows).view(np.uint8)
            found += here if number == 1 else here * np.uint8(number)
    return found


def unpacked(bits: Bits, rows: int) -> Bools:
    """The column of truths that bits are."""
    return np.unpackbits(bits.view(np.uint8), count=rows, bitorder="little").view(np.bool_)
