"""What names an item of a record, whatever the order of its list."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

from aava_rules.language.values import plain


def item_keys(list_name: str, items: tuple[Any, ...]) -> list[str]:
    """The key of every item of a list: its id, or a hash of it; equal items are told apart by number alone."""
    ids = [item.id for item in items]
    keys: list[str] = []
    for item in items:
        unique = item.id is not None and ids.count(item.id) == 1
        key = f"{list_name}:{item.id if unique else _item_hash(item)}"
        twins = sum(1 for other in keys if other.partition("~")[0] == key)
        keys.append(f"{key}~{twins + 1}" if twins else key)
    return keys


def _item_hash(item: Any) -> str:
    text = json.dumps({key: _told(value) for key, value in item if value is not None}, sort_keys=True, default=_texts)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _told(value: Any) -> Any:
    """A value as the hash reads it: 4, 4.0 and 4.00 hours are the same."""
    if isinstance(value, Decimal) or type(value) is int:
        return format(Decimal(value).normalize(), "f")
    return plain(value)


def _texts(value: Any) -> Any:
    return [plain(one) for one in value] if isinstance(value, (tuple, list)) else str(value)
