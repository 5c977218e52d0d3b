"""What random rulebooks may contain."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Features:
    """What random rulebooks may contain, besides plain facts, thresholds, overrides and dated values.

    Attributes:
        items: requirements of periods and plans.
        steps: suggested steps, for which the record has events.
        judged: rules that are judged on another day than that of decision.
        computed: comparisons of facts with one another, and conclusions that are computed from facts.
        lists: facts that are derived from the lists of a record.
        doubt: law that has not been read.
    """

    items: bool = True
    steps: bool = True
    judged: bool = True
    computed: bool = True
    lists: bool = True
    doubt: bool = True


EVERYTHING = Features()
PLAIN = Features(items=False, steps=False, judged=False, computed=False, lists=False, doubt=False)
"""Only what makes every test of a fact one that compares it with constants."""
