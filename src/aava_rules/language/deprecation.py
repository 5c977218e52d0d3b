"""Warnings of what goes away: told at the line of the host, with what takes its place and until when it stays."""

from __future__ import annotations

import sys
import warnings


def warn_deprecated(what: str, until: str, instead: str) -> None:
    """Warn that something goes away, at the line outside the library that uses it.

    Args:
        what: what goes away, as the beginning of a sentence: ``The outcome x of finland``.
        until: until when it stays: a version, or a day such as 2027-12-31.
        instead: what to do, as a whole sentence.
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "aava_rules":
        frame = frame.f_back
        level += 1
    warnings.warn(f"{what} stays until {until} and goes away then. {instead}", DeprecationWarning, stacklevel=level)
