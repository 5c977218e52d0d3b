"""Hostile values, records and rule files; all of them follow from a seeded random source."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from aava_rules.testing import as_json
from aava_rules.testing.rulebook_maker import as_yaml

CANARY = "Kanarialintu 020579"
"""Stands in hostile values; no message, traceback or log may ever repeat it."""
NUMBER = 90817263547
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
    """A value of some wrong or extreme kind."""
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
    """Lists and mappings of hostile values, at times very deep."""
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
    """The path of everything inside a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*at, key)
        if len(at) < 8:
            yield from places(item, (*at, key))


def mutated(random: Random, record: dict[str, Any]) -> Any:
    """A record in which a few things are replaced, left out, doubled or added."""
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
    """A record as JSON that has been damaged."""
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


def record(random: Random, valid: dict[str, Any]) -> Any:
    """Something to decide on, made from a valid record or from nothing."""
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


# -- rule files

_WORDS = (
    "!!python/object/apply:os.system [id]", "&a [*a]", "*a", "<<: {}", "1e999", ".inf", "9" * 400, "- " * 60, "{" * 50,
    "[" * 50, "\x00", "\u202e",
    "null", "true", "~", "2020-02-30", "2015-01-01", "0", "-1", "1.5", "x" * 2000, "param.p0", "n0 >= param.p0",
    "done(first_meeting)", "o0", "o1 == low",
    "b0", "(" * 30, "rule.from", "decision_date", "lambda: 0", "__import__('os')", "n0 * n1", "add_days(d0, n0)",
    "add_months(d0, n1)", "d0", "always",
    "high", "all", "client", "period", "plan", "value_on(param.p0, d0)", "row(param.t, n0, amount)", "day_in(period)",
    "period.start", "é", "n0 + n0 * n0",
    "working_days_after(d0, n0)", "x is none", "n0 is known", "[low, high]", "R-1",
)  # fmt: skip


def mutated_content(random: Random, files: dict[str, Any]) -> dict[str, Any]:
    """Rule files whose nodes are deleted, doubled, swapped or replaced."""
    damaged = copy.deepcopy(files)
    for _ in range(random.choice([1, 1, 2, 4])):
        content = damaged[random.choice(sorted(damaged))]
        every_place = list(places(content))
        if not every_place:
            continue
        *path, last = random.choice(every_place)
        owner = content
        for key in path:
            owner = owner[key]
        kind = random.randrange(5)
        if kind == 0:
            del owner[last]
        elif kind == 1 and isinstance(owner, list):
            owner.insert(random.randrange(len(owner) + 1), copy.deepcopy(owner[last]))
        elif kind == 2 and isinstance(owner, list):
            random.shuffle(owner)
        elif kind == 3:
            other = content
            for key in random.choice(every_place):
                other = other[key] if isinstance(other, (dict, list)) and _has(other, key) else other
            owner[last] = copy.deepcopy(other)
        else:
            owner[last] = random.choice(
                [*_WORDS, 0, 1, 5, True, False, None, [], {}, ["b0"], {"not": "b0"}, {"any": ["b0", "b1"]}]
            )
    return damaged


def _has(owner: Any, key: Any) -> bool:
    return key in owner if isinstance(owner, dict) else isinstance(key, int) and key < len(owner)


def mutated_text(random: Random, text: str) -> bytes:
    """A rule file with lines or bytes changed."""
    lines = text.split("\n")
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    kind = random.randrange(8)
    if kind == 0:
        del lines[first]
    elif kind == 1:
        lines.insert(second, lines[first])
    elif kind == 2:
        lines[first], lines[second] = lines[second], lines[first]
    elif kind == 3:
        lines[first] = random.choice([" ", "  ", "\t", "- "]) + lines[first]
    elif kind == 4:
        lines[first] += random.choice(_WORDS)
    elif kind == 5:
        key, colon, _ = lines[first].partition(": ")
        lines[first] = key + colon + random.choice(_WORDS)
    data = bytearray("\n".join(lines).encode())
    if kind > 5:
        for _ in range(random.choice([1, 5, 50])):
            at = random.randrange(len(data) + 1)
            data[at : at + random.randrange(3)] = random.randbytes(random.randrange(3))
    return bytes(data)


def rule_files(random: Random, files: dict[str, Any]) -> dict[str, bytes]:
    """The bytes of a rulebook's files, a few of which have been changed."""
    if random.randrange(5) < 3:
        return {path: _yaml(content) for path, content in mutated_content(random, files).items()}
    texts = {path: _yaml(content) for path, content in files.items()}
    for path in random.sample(sorted(texts), random.choice([1, 1, 2])):
        texts[path] = mutated_text(random, texts[path].decode())
    return texts


def _yaml(content: Any) -> bytes:
    if not isinstance(content, (dict, list)) or not content:
        return json.dumps(content).encode()
    return as_yaml(content).encode("utf-8", "surrogatepass")
