"""Mutation: a rulebook changed in one place at a time, and whether its worked cases notice.

What is true here: a mutant is the linked rulebook with one change, never a changed text, so that all else stays as it
was read; a case notices where it would fail. A mutant that no case notices is compared with the rulebook cell by cell:
equal on every one, it is no other rulebook; where a cell tells them apart, a record of that cell becomes a case. It may
import the rooms from ``language`` to ``decision`` and ``tools.cases``, and prints nothing. Begin with ``run``.
"""

from aava_rules.tools.mutate.run import Report, Survivor, run_mutants

__all__ = ["Report", "Survivor", "run_mutants"]
