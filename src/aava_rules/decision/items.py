"""What names an item of a record: a key that survives sorting, and the path at which the record has it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from decimal import Decimal
from typing import Any

from aava_rules.language.values import plain, without_zeros


def item_keys(list_name: str, items: tuple[Any, ...]) -> list[str]:
    """The key of every item of the list ``list_name``, in the order of ``items``.

    A key is the item's id, or a hash of its contents where it has no id of its own; equal items are told
    apart by a number alone. Keys do not depend on the order of the list.
    """
    times = Counter(item.id for item in items)
    twins: Counter[str] = Counter()
    keys: list[str] = []
    for item in items:
        unique = item.id is not None and times[item.id] == 1
        key = f"{list_name}:{item.id if unique else _item_hash(item)}"
        twins[key] += 1
        keys.append(f"{key}~{twins[key]}" if twins[key] > 1 else key)
    return keys


def _item_hash(item: Any) -> str:
    """Twelve hexadecimal digits of the SHA-256 of an item's contents; values that are equal hash alike.

    An agreed last day that is the last day adds nothing, whether it was given or follows from it.
    """
    contents = {key: _canonical(value) for key, value in item if value is not None}
    if contents.get("agreed_end") == contents.get("end"):
        contents.pop("agreed_end", None)
    text = json.dumps(contents, sort_keys=True, default=_texts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _canonical(value: Any) -> Any:
    """A value as the hash reads it: 4, 4.0 and 4.00 hours are the same."""
    if isinstance(value, Decimal) or type(value) is int:
        return format(without_zeros(value), "f")
    return plain(value)


def _texts(value: Any) -> Any:
    return [plain(element) for element in value] if isinstance(value, (tuple, list)) else str(value)


def item_path(list_name: str, item: Any, position: int) -> str:
    """The path of ``item`` in the list ``list_name``: ``plans[id=p1]``; empty for the client, whose item is None.

    An item without an id is named by its ``position``, from 0.
    """
    if item is None:
        return ""
    return f"{list_name}[id={item.id}]" if item.id is not None else f"{list_name}[{position}]"
