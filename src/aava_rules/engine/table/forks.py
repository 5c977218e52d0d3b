"""A process that was forked after its parent had used tables: refused, since polars would wait there for ever."""

from __future__ import annotations

import os

from aava_rules.language.errors import AavaRulesError


class _Process:
    """Whether tables were used here, and whether that was before a fork."""

    used = False
    lost = False


def refuse_after_fork() -> None:
    """Raises AavaRulesError in a child that was forked after its parent had used tables; else notes that they are.

    The threads of polars live on in the parent alone, so that in the child every call waits for them.
    """
    if _Process.lost:
        raise AavaRulesError(
            "This process was forked after tables had been used, and polars, whose threads are lost in a fork, would "
            'wait for ever. Start processes with multiprocessing.get_context("spawn") or "forkserver", or decide the '
            "table before you fork; decide, of single records, works in both."
        )
    _Process.used = True


def _after_fork() -> None:
    _Process.lost = _Process.used


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
