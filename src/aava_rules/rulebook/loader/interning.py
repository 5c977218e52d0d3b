"""Equal parts of a rulebook become one object: terms, conditions, citations, texts and days.

Rules read much the same facts in much the same way. With one object for what they have in common, a rulebook is smaller
to keep and to read, and what has been worked out about a term is there for every rule that has it.
"""

from __future__ import annotations

from collections.abc import Hashable
from operator import is_
from typing import Any, TypeVar

from aava_rules.language.structs import FrozenDict, Struct
from aava_rules.language.values import Table

T = TypeVar("T")


def interned(whole: T) -> T:
    """``whole`` with one object for all parts that are equal, and its dicts such that nobody can change them.

    Numbers are equal only if they are written alike.
    """
    copy: T = _Interner().of(whole)
    return copy


class _Interner:
    def __init__(self) -> None:
        self._by_content: dict[Hashable, Any] = {}
        self._by_id: dict[int, Any] = {}
        """The object for each part that was met before, by its ``id``: the rulebook keeps the parts alive meanwhile."""

    def of(self, part: Any) -> Any:
        """The object for all parts equal to ``part``. Its own parts are interned first, so identity compares them."""
        known = self._by_id.get(id(part))
        if known is not None:
            return known
        kind = part.__class__
        if isinstance(part, Struct):
            old = [getattr(part, name) for name in kind._names]
        elif kind is tuple:
            old = part
        elif isinstance(part, dict):
            kind = Table if kind is Table else FrozenDict
            old = [*part, *part.values()]
        elif kind is frozenset:
            return self._by_content.setdefault((kind, tuple(sorted(map(_written, part)))), part)
        else:
            return self._by_content.setdefault((kind, _written(part)), part)
        new = tuple(map(self.of, old))
        key = (kind, tuple(map(id, new)))
        canonical = self._by_content.get(key)
        if canonical is None:
            canonical = self._by_content[key] = (
                part if kind is part.__class__ and all(map(is_, new, old)) else _rebuilt(kind, new)
            )
        self._by_id[id(part)] = canonical
        return canonical


def _rebuilt(kind: type, new: tuple[Any, ...]) -> Any:
    if issubclass(kind, dict):
        half = len(new) // 2
        return kind(zip(new[:half], new[half:], strict=True))
    return new if kind is tuple else kind(*new)


def _written(value: Any) -> str:
    # 1, True and 1.0 are equal, and so are 1.0 and 1.00: they differ in how they are written
    return f"{value.__class__.__name__} {value!r}"
