"""What names an item of a record: a key that survives sorting, and the path at which the record has it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from decimal import Decimal
from typing import Any

from aava_rules.language.values import plain, without_zeros


def item_keys(
    list_name: str, items: tuple[Any, ...], secret: bytes | None = None, protected: bool = False
) -> list[str]:
    """The key of every item of the list ``list_name``, in the order of ``items``.

    A key is the item's id, or a hash of its contents where it has no id of its own; equal items are told
    apart by a number alone. Keys do not depend on the order of the list.

    Who knows little less than an item could try what its hash is of. With a ``secret`` of the host nobody can who does
    not have it; without one, the items of a ``protected`` client are numbered instead, in the order of their contents.
    """
    times = Counter(item.id for item in items)
    named = {item.id for item in items if item.id is not None and times[item.id] == 1}
    contents = {number: _contents(item) for number, item in enumerate(items) if item.id not in named}
    hashes = _hashes(contents, secret, protected)
    twins: Counter[str] = Counter()
    keys: list[str] = []
    for number, item in enumerate(items):
        key = f"{list_name}:{hashes.get(number, item.id)}"
        twins[key] += 1
        keys.append(f"{key}~{twins[key]}" if twins[key] > 1 else key)
    return keys


def _hashes(contents: dict[int, str], secret: bytes | None, protected: bool) -> dict[int, str]:
    """Twelve hexadecimal digits for the contents of each item: of their HMAC-SHA256, or of their SHA-256; or a number.

    A number comes after a sign that no hash has: ``#2``.
    """
    if secret is None and protected:
        ranks = {text: rank for rank, text in enumerate(sorted(set(contents.values())), 1)}
        return {number: f"#{ranks[text]}" for number, text in contents.items()}
    if secret is None:
        return {number: hashlib.sha256(text.encode()).hexdigest()[:12] for number, text in contents.items()}
    return {number: hmac.new(secret, text.encode(), "sha256").hexdigest()[:12] for number, text in contents.items()}


def _contents(item: Any) -> str:
    """An item's contents as a text; items whose values are equal have the same.

    An agreed last day that is the last day adds nothing, whether it was given or follows from it.
    """
    contents = {key: _canonical(value) for key, value in item if value is not None}
    if contents.get("agreed_end") == contents.get("end"):
        contents.pop("agreed_end", None)
    return json.dumps(contents, sort_keys=True, default=_texts)


def _canonical(value: Any) -> Any:
    """A value as the hash reads it: 4, 4.0 and 4.00 hours are the same."""
    if isinstance(value, Decimal) or type(value) is int:
        return format(without_zeros(value), "f")
    return plain(value)


def _texts(value: Any) -> Any:
    return [plain(element) for element in value] if isinstance(value, (tuple, list)) else str(value)


def path_of(list_name: str, item_id: str | None, position: int | None) -> str:
    """The path of an item, by its id, or by its position where it has none.

    Args:
        list_name: the list; empty for the client, whose path is empty.
        item_id: the id of the item.
        position: its number in the list, from 0.
    """
    if not list_name:
        return ""
    return f"{list_name}[id={item_id}]" if item_id is not None else f"{list_name}[{position}]"


def item_path(list_name: str, item: Any, position: int) -> str:
    """The path of ``item`` in the list ``list_name``: ``plans[id=p1]``; empty for the client, whose item is None.

    An item without an id is named by its ``position``, from 0.
    """
    return "" if item is None else path_of(list_name, item.id, position)
