"""Who asks, and for what purpose: what an audit log notes beside a decision. The rules know nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from aava_rules.language.structs import Struct, public

if TYPE_CHECKING:
    from aava_rules.hookspecs import Context


class Asking(Struct):
    """Who asks, by the host's own opaque key, and for what purpose; None where the host does not say."""

    actor: str | None = None
    purpose: str | None = None

    def context(self, rulebook: str, names: frozenset[str] | None) -> Context:
        """What hooks are told of a question: ``rulebook`` is its name, ``names`` what was asked for, None if all."""
        return {"rulebook": rulebook, "only": names, "actor": self.actor, "purpose": self.purpose}


_NOBODY: Final = Asking()
_ASKING: ContextVar[Asking] = ContextVar("aava_rules_asking", default=_NOBODY)


def asking() -> Asking:
    """Who asks in this thread or task."""
    return _ASKING.get()


@public
@contextmanager
def asked_by(actor: str | None, purpose: str | None = None) -> Iterator[None]:
    """Say who asks within a ``with`` block, and for what purpose; plugins that take note of decisions are told it.

    It holds in the thread or task of the block. What is asked in a block and worked out later (`decide_many`,
    `decide_table`) is told as it was asked.

    Args:
        actor: The official or system that asks, by the host's own opaque key.
        purpose: For what, in the host's own words.
    """
    token = _ASKING.set(Asking(actor, purpose))
    try:
        yield
    finally:
        _ASKING.reset(token)
