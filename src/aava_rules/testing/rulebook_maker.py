"""Small random rulebooks, the same from the same seed: for what must hold for every rulebook.

They go through the real loader, so what comes out is what a folder of YAML files gives.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.testing.conditions import titled
from aava_rules.testing.features import EVERYTHING, Features
from aava_rules.testing.rule_writer import RuleWriter

_PLAIN = re.compile(r"[a-z][a-z0-9_.]*\Z|[0-9]+(\.[0-9]+)?\Z")
_NOT_TEXT = frozenset({"true", "false", "null", "none", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True)
class RandomRulebook:
    """A rulebook as text files.

    Attributes:
        name: the name of the rulebook and of its folder.
        files: the text of each file, by its path in that folder.
    """

    name: str
    files: dict[str, str]

    def write(self, folder: Path) -> Path:
        """Write the files into a new folder of the rulebook's name inside ``folder``; returns that new folder."""
        root = folder / self.name
        for path, text in self.files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return root

    def load(self) -> Rulebook:
        """The rulebook, loaded through the real loader. Raises RulebookError if a file is wrong."""
        with tempfile.TemporaryDirectory(prefix="aava-rules-") as folder:
            root = self.write(Path(folder))
            return Rulebook(parts_of(load(root, plugins=False)))

    def __str__(self) -> str:
        return "\n".join(f"# {path}\n{text}" for path, text in self.files.items())


def random_rulebook(seed: int | Random, features: Features = EVERYTHING) -> RandomRulebook:
    """A rulebook of one to three rulesets that loads without faults.

    >>> random_rulebook(7) == random_rulebook(7)
    True

    Args:
        seed: a number, or a source of randomness, which is then used up further.
        features: what it may contain.
    """
    random = seed if isinstance(seed, Random) else Random(seed)
    written = RuleWriter(random, features).write()
    files = {path: as_yaml(content) for path, content in written.items()}
    return RandomRulebook("random", files)


def random_rulebooks(seed: int, count: int, features: Features = EVERYTHING) -> Iterator[RandomRulebook]:
    """Rulebooks from consecutive seeds.

    Args:
        seed: the first seed.
        count: how many rulebooks.
        features: what they may contain.
    """
    for number in range(seed, seed + count):
        yield random_rulebook(number, features)


def as_yaml(content: Any) -> str:
    """``content``, mappings, lists and scalars, as block YAML that the strict reader takes."""
    return "\n".join(_lines(content, 0)) + "\n"


def _lines(content: Any, depth: int) -> Iterable[str]:
    indent = "  " * depth
    if isinstance(content, dict):
        for key, value in content.items():
            if isinstance(value, (dict, list)) and value and not _is_text(value):
                yield f"{indent}{_scalar(key)}:"
                yield from _lines(value, depth + 1)
            else:
                yield f"{indent}{_scalar(key)}: {_inline(value)}"
    else:
        for item in content:
            if isinstance(item, dict) and item and not _is_text(item):
                inner = list(_lines(item, depth + 1))
                yield f"{indent}- {inner[0].lstrip()}"
                yield from inner[1:]
            else:
                yield f"{indent}- {_inline(item)}"


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == set(titled(""))


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value if _PLAIN.match(value) and value not in _NOT_TEXT and not value[0].isdigit() else json.dumps(value)
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)
