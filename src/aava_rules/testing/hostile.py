"""Hostile values and records: wrong types, extreme numbers, odd text, deep nesting, damaged JSON.

All of them follow from a source of randomness. Whatever is made here, the library answers it or raises an error of its
own (AavaRulesError), and neither that error nor a log tells what stands in it: hostile text is, or has in it, `CANARY`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from aava_rules.testing.record_maker import as_json

CANARY = "Kanarialintu 020579"
"""Stands in hostile values; no message, traceback or log may ever repeat it."""
NUMBER = 90817263547
"""Stands in hostile numbers, and is never repeated either."""
TEXTS = (
    CANARY, f"{CANARY}\ud800", "", " ", "\x00", "\u202e" + CANARY, "2014-02-30", "0001-01-01", "9999-12-31",
    "2014-W01-1", "٢٠١٤-٠١-٠١",
    "1e999", "NaN", "true", "rehabilitative_work", "𝟚𝟘𝟙𝟜", "x" * 201, CANARY * 2000, "é" * 200, "activation_plan ",
    "-0.00", "54.00", "..",
)  # fmt: skip
KEYS = (
    CANARY,
    "",
    "facts",
    "id",
    "periods",
    "kind",
    "start",
    "\ud800",
    "x" * 500,
    "at_least",
    "__class__",
    "unemployed",
    "a.b",
    "complete",
)


class Angry(Mapping[str, Any]):
    """A mapping whose own code fails, with contents in what it raises."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError(CANARY)

    def __iter__(self) -> Iterator[str]:
        raise ValueError(CANARY)

    def __len__(self) -> int:
        return 1


class Word(str):
    """A text that is not exactly a str."""


class Day(date):
    """A day that is not exactly a date."""


def scalar(random: Random) -> Any:
    """A value of some wrong or extreme kind; ``random`` is the source of randomness."""
    kind = random.randrange(10)
    if kind < 3:
        return random.choice(TEXTS)
    if kind < 5:
        return random.choice([0, -1, 1, 2**63, -(10**30), 10**400, NUMBER, True, False, 7, 500])
    if kind == 5:
        return random.choice([float("nan"), float("inf"), -0.0, 1e308, 0.1, NUMBER / 7, 1e-320])
    if kind == 6:
        return random.choice(
            [
                Decimal("NaN"),
                Decimal("sNaN"),
                Decimal("1E+999999"),
                Decimal("-Infinity"),
                Decimal("0.10"),
                Decimal(NUMBER),
            ]
        )
    if kind == 7:
        return random.choice(
            [
                date.min,
                date.max,
                date(1900, 1, 1),
                date(2200, 12, 31),
                datetime(2014, 1, 1),
                Day(2014, 1, 1),
                date(2016, 2, 29),
            ]
        )
    if kind == 8:
        return random.choice(
            [None, None, object(), b"bytes", Word(CANARY), Angry(), {1, 2}, range(3), lambda: CANARY, 1j]
        )
    return random.choice(
        [[], {}, (), [[]], {"at_least": NUMBER}, {"at_most": -1}, {"at_least": 9, "at_most": 1}, {"at_least": CANARY}]
    )


def nested(random: Random, depth: int = 3) -> Any:
    """Lists and mappings of hostile values, at times very deep.

    Args:
        random: the source of randomness.
        depth: how deep they are nested at most, but for some that are nested thousands deep.
    """
    kind = random.randrange(30)
    if kind == 0:
        value: Any = CANARY
        for _ in range(random.choice([50, 200, 3000])):
            value = [value] if random.randrange(2) else {"id": value}
        return value
    if depth == 0 or kind < 12:
        return scalar(random)
    if kind < 21:
        return [nested(random, depth - 1) for _ in range(random.randrange(5))]
    return {random.choice(KEYS): nested(random, depth - 1) for _ in range(random.randrange(5))}


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside a value, down to eight levels.

    Args:
        value: lists and mappings; of anything else there is no path.
        at: the path of the value itself.
    """
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*at, key)
        if len(at) < 8:
            yield from places(item, (*at, key))


def mutated(random: Random, record: dict[str, Any]) -> Any:
    """A record in which a few things are replaced, left out, doubled or added.

    Args:
        random: the source of randomness.
        record: a record, which stays as it is.
    """
    damaged = copy.deepcopy(record)
    for _ in range(random.choice([1, 1, 2, 5])):
        every_place = list(places(damaged))
        if not every_place:
            return nested(random)
        *path, last = random.choice(every_place)
        owner = damaged
        for key in path:
            owner = owner[key]
        kind = random.randrange(5)
        if kind == 0:
            del owner[last]
        elif kind == 1 and isinstance(owner, list):
            owner.extend([owner[last]] * random.choice([1, 50]))
        elif kind == 2 and isinstance(owner, dict):
            owner[random.choice(KEYS)] = nested(random, 1)
        elif kind == 3:
            owner[last] = nested(random, 2)
        else:
            owner[last] = scalar(random)
    return damaged


def as_bytes(random: Random, record: dict[str, Any]) -> bytes | str:
    """A record as JSON that has been damaged.

    Args:
        random: the source of randomness.
        record: a record that JSON can have.
    """
    text = json.dumps(as_json(record), ensure_ascii=random.randrange(2) == 0)
    kind = random.randrange(8)
    if kind == 0:
        at = random.randrange(len(text))
        tokens = [
            "NaN",
            "Infinity",
            "-",
            "{",
            "[" * 5000,
            "}",
            '"' + CANARY + '"',
            "1" * 5000,
            "1e99999999999",
            ",",
            "\\ud800",
            "\x00",
            "\ufeff",
        ]
        return text[:at] + random.choice(tokens) + text[at:]
    if kind == 1:
        return text[: random.randrange(len(text))]
    if kind == 2:
        return text.replace('": ', f'": "{CANARY}", "', random.randint(1, 3))
    if kind == 3:
        return text[:-1] + ', "facts": {"unemployed": true, "unemployed": false}}'
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(random.choice([1, 3, 30])):
        at = random.randrange(len(data))
        if random.randrange(2):
            data[at] = random.randrange(256)
        else:
            del data[at]
            data[at:at] = random.randbytes(random.randrange(3))
        data = data or bytearray(b"{}")
    return bytes(data)


def hostile_record(random: Random, valid: dict[str, Any]) -> Any:
    """Something to decide on, made from a valid record or from nothing: a mapping, JSON, or neither.

    Args:
        random: the source of randomness.
        valid: a record that is right in form, which stays as it is.
    """
    kind = random.randrange(20)
    if kind < 8:
        return mutated(random, valid)
    if kind < 14:
        return as_bytes(random, valid)
    if kind < 16:
        return valid
    if kind == 16:
        return json.dumps(as_json(valid)).encode()
    if kind == 17:
        return random.choice([None, 1, b"", "", b"\xff\xfe", "[]", CANARY, Angry(), [], random.randbytes(40)])
    return {"id": "x"} | {random.choice(KEYS): nested(random) for _ in range(random.randrange(4))}
