"""Makes a record that shows a fault as small as it can be while it still shows it: fact by fact, item by item.

Whatever is left of a record is a record, so this goes in big steps where Hypothesis has to go choice by choice.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Record = dict[str, Any]
_MOST = 2000
"""How many smaller records are tried at most."""


def reduced(record: Record, fails: Callable[[Record], bool]) -> Record:
    """The record with all left out that can be, so that it fails as before.

    Args:
        record: a record that fails; it stays as it is.
        fails: whether a record fails. What it raises counts as no failure.
    """
    smallest, tries = record, 0
    progress = True
    while progress and tries < _MOST:
        progress = False
        for path in list(_paths(smallest)):
            candidate = _without(smallest, path)
            if candidate is None or tries >= _MOST:
                continue  # what is below it has gone with it
            tries += 1
            if _fails(fails, candidate):
                smallest, progress = candidate, True
    return smallest


def _fails(fails: Callable[[Record], bool], record: Record) -> bool:
    try:
        return fails(copy.deepcopy(record))
    except Exception:
        return False


Path = tuple[Any, ...]


def _paths(record: Record) -> Iterator[tuple[Path, ...]]:
    """Groups of paths that may be left out together, the largest groups first; the id of the record stays."""
    yield from (((key,),) for key in record if key != "id")
    facts = [("facts", name) for name in record.get("facts", {})]
    size = len(facts) // 2
    while size > 1:
        yield from (tuple(facts[start : start + size]) for start in range(0, len(facts), size))
        size //= 2
    yield from ((path,) for path in facts)
    for key, part in record.items():
        if isinstance(part, dict) and key != "facts":
            yield from (((key, name),) for name in part)
        if isinstance(part, list):
            yield from (((key, number),) for number in reversed(range(len(part))))
            for number, item in enumerate(part):
                if isinstance(item, dict):
                    yield from (((key, number, field),) for field in item)


def _without(record: Record, paths: tuple[Path, ...]) -> Record | None:
    """A copy of ``record`` without what stands at these paths; None if one of them is not there."""
    smaller = copy.deepcopy(record)
    for *owners, last in paths:
        owner: Any = smaller
        for key in owners:
            try:
                owner = owner[key]
            except (KeyError, IndexError):
                return None
        if isinstance(owner, list) if isinstance(last, int) else isinstance(owner, dict):
            try:
                del owner[last]
            except (KeyError, IndexError):
                return None
        else:
            return None
    return smaller
