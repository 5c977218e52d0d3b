"""What is written of single decisions, each by itself, so that several processes may write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from aava_rules.language.structs import Struct

if TYPE_CHECKING:
    from aava_rules.decision.decision import Decision


class Written(Struct):
    """What is written of one decision.

    Attributes:
        text: its text.
        counts: how many findings of the decision are broken or unknown, by weight and status.
        cautioned: whether the decision has a caution; False where nobody asks.
    """

    text: str
    counts: tuple[tuple[tuple[str, str], int], ...] = ()
    cautioned: bool = False


Writer = Callable[["Decision"], Written]
"""Writes one decision; it can be sent to other processes."""


class EachByItself(Protocol):
    """A report that writes each decision without regard to the others."""

    def text_of(self, decision: Decision, language: str) -> str:
        """What is written of a decision.

        Args:
            decision: the decision.
            language: the language of texts.
        """
