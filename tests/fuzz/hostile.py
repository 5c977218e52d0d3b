"""Hostile rule files; all of them follow from a seeded random source."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from aava_rules.testing.hostile import places
from aava_rules.testing.rulebook_maker import as_yaml

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
