"""When the next plan of the same kind was made, of every client's plans at once, by search in sorted days.

The same as ``aava_rules.engine.reference.later_plans``. Time and memory grow with the plans, not with their pairs.
"""

from __future__ import annotations

import numpy as np

from aava_rules.engine.table.block import Items, Rows
from aava_rules.engine.table.columns import NO_HIGH, Bools, Code, Ints
from aava_rules.engine.table.evaluate.grouped_days import first_after, grouped


class LaterPlans:
    """The plans of all clients of a block, in order of client, kind and day.

    Attributes:
        made_on: shape (m,), int64, the ordinal of the day on which each plan was made.
        dated: shape (m,), bool, whether that day is known.
    """

    def __init__(self, items: Items) -> None:
        """Those of ``items``, the plans of the block."""
        made_on, kind = items.column("made_on"), items.column("kind")
        self.made_on: Ints = made_on.low
        self.dated: Bools = made_on.codes() == Code.PRESENT
        self._has_kind: Bools = kind.codes() == Code.PRESENT
        kinds, numbers = np.unique(np.where(self._has_kind, kind.low, -1), return_inverse=True)
        client = items.client.astype(np.int64)
        # of each client one group of plans for every kind, one without a kind, and one of all
        first = client * (len(kinds) + 2)
        self._all: Ints = first
        self._none: Ints = first + 1
        self._group: Ints = np.where(self._has_kind, first + 2 + numbers.reshape(-1), self._none)
        self._days_of_group = grouped(self._group[self.dated], self.made_on[self.dated])
        self._days_of_client = grouped(self._all[self.dated], self.made_on[self.dated])
        undated = ~self.dated
        self._undated_groups = np.sort(self._group[undated])
        self._undated_clients = np.sort(self._all[undated])

    def may_follow(self, plans: Rows) -> Ints:
        """The first day on which a plan with a day was made that may be a later one of the same kind.

        Args:
            plans: shape (n,), intp, the plans that it follows.

        Returns:
            Shape (n,), int64: ordinals, `NO_HIGH` where there is no such plan.
        """
        after = np.where(self.dated[plans], self.made_on[plans], 0)
        like = first_after(self._days_of_group, self._group[plans], after)
        without_kind = first_after(self._days_of_group, self._none[plans], after)
        of_any = first_after(self._days_of_client, self._all[plans], after)
        return np.where(self._has_kind[plans], np.minimum(like, without_kind), of_any)

    def surely_follow(self, plans: Rows) -> Ints:
        """The first day on which surely a later plan of the same kind was made.

        Args:
            plans: shape (n,), intp, the plans that it follows.

        Returns:
            Shape (n,), int64: ordinals, `NO_HIGH` where there is no such plan.
        """
        like = first_after(self._days_of_group, self._group[plans], np.where(self.dated[plans], self.made_on[plans], 0))
        return np.where(self.dated[plans] & self._has_kind[plans], like, NO_HIGH)

    def undated(self, plans: Rows) -> Bools:
        """Whether another plan without a day may be a later one of the same kind.

        Args:
            plans: shape (n,), intp, the plans that it follows.

        Returns:
            Shape (n,), bool.
        """
        like = _count(self._undated_groups, self._group[plans]) + _count(self._undated_groups, self._none[plans])
        others = np.where(self._has_kind[plans], like, _count(self._undated_clients, self._all[plans]))
        return others > ~self.dated[plans]


def _count(numbers: Ints, wanted: Ints) -> Ints:
    """How often each of ``wanted`` is among sorted ``numbers``: shape (n,), int64."""
    return np.searchsorted(numbers, wanted, "right") - np.searchsorted(numbers, wanted, "left")
