"""What a record leaves open, chosen in every way, one after the other: each row of choices is one completion.

Nothing is chosen before it is asked for, so what does not matter to an answer does not multiply its completions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Contradiction(Exception):
    """What has been chosen contradicts what the record says: there is no such completion."""


class Choices:
    """One completion: what has been chosen for what, the first options being those of a script."""

    def __init__(self, script: Sequence[int] = (), random: Random | None = None) -> None:
        self.script, self.random = script, random
        self.chosen: dict[Any, Any] = {}
        self.trail: list[tuple[int, int]] = []
        """Of every choice which option was taken, and of how many."""
        self.whole = True
        """Whether the options were all that there are, or stand for all."""

    def choose(self, key: Any, options: Callable[[], Sequence[Any]], whole: bool = True) -> Any:
        """What was chosen for a key; the same whenever it is asked again."""
        if key in self.chosen:
            return self.chosen[key]
        alternatives = options()
        if self.random is not None:
            index = self.random.randrange(len(alternatives))
        else:
            index = self.script[len(self.trail)] if len(self.trail) < len(self.script) else 0
        self.trail.append((index, len(alternatives)))
        self.whole = self.whole and whole
        self.chosen[key] = alternatives[index]
        return alternatives[index]


class Completions(Generic[T]):
    """What a judgement comes to in the completions of one record.

    ``all``: whether these are all completions there are, as far as they can matter. ``filled``: in how many of them
    anything was chosen.
    """

    def __init__(self, judge: Callable[[Choices], T], most: int, seed: int) -> None:
        self.results: list[T] = []
        self.filled = 0
        self.all = self._every(judge, most)
        if not self.all:
            random = Random(seed)
            for _ in range(most):
                self._judge(judge, Choices(random=random))

    def _every(self, judge: Callable[[Choices], T], most: int) -> bool:
        """Go through the completions in order; whether none was left out."""
        script: list[int] = []
        whole = True
        for _ in range(most):
            choices = Choices(script)
            self._judge(judge, choices)
            whole = whole and choices.whole
            trail = choices.trail
            while trail and trail[-1][0] == trail[-1][1] - 1:
                trail.pop()
            if not trail:
                return whole
            script = [index for index, _ in trail]
            script[-1] += 1
        return False

    def _judge(self, judge: Callable[[Choices], T], choices: Choices) -> None:
        with suppress(Contradiction):
            self.results.append(judge(choices))
            self.filled += bool(choices.chosen)
