"""Small rulebooks of an office's own, on top of a given one: limits, reminders, numbers and steps that it adds.

They go through the real loader, so what comes out is what a folder of YAML files gives that says ``extends:``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.hookspecs import hookimpl
from aava_rules.language.errors import RulebookNotFound
from aava_rules.record.fields import ITEM_OF_LIST, lists
from aava_rules.rulebook.locate import find
from aava_rules.rulebook.model import FactDef, OutcomeDef
from aava_rules.testing.conditions import titled
from aava_rules.testing.edges import change_days
from aava_rules.testing.rulebook_maker import RandomRulebook, as_yaml

_ORDERED: Final = {"integer": (0, 1, 2, 3, 5, 12, 100), "decimal": (0, 0.5, 4, 7.5), "money": (0, 9.3, 54)}
_ORDER: Final = (">=", "<=", ">", "<")
_NAME: Final = "drawn_rules"
_SOURCE: Final = "drawn-decision.1"
_DAY: Final = "2015-07-01"
"""The day from which own rules are asked where the rulebook below has no day of change."""


class _Below:
    """Tells the loader where the rulebook lies that is extended."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    @hookimpl
    def register_rulebooks(self) -> Mapping[str, Path]:
        assert self._rulebook.folder is not None
        return {self._rulebook.name: self._rulebook.folder}


@dataclass(frozen=True, slots=True)
class LocalRulebook(RandomRulebook):
    """A rulebook as text files that extends another one.

    Attributes:
        below: the rulebook that it extends.
    """

    below: Rulebook | None = None

    def load(self) -> Rulebook:
        """The rulebook, with what it extends, through the real loader. Raises RulebookError if a file is wrong."""
        assert self.below is not None
        with TemporaryDirectory(prefix="aava-rules-") as folder:
            root = self.write(Path(folder))
            return Rulebook(parts_of(load(root, plugins=False if _is_shipped(self.below) else [_Below(self.below)])))


def _is_shipped(rulebook: Rulebook) -> bool:
    try:
        return rulebook.folder is None or find(rulebook.name, {}) == rulebook.folder
    except RulebookNotFound:
        return False


def local_rulebook(random: Random, rulebook: Rulebook) -> LocalRulebook:
    """A rulebook of one to three rules on top of another one, which loads without faults.

    Args:
        random: the source of randomness.
        rulebook: the rulebook that it extends.
    """
    return LocalRulebook(_NAME, _Writer(random, rulebook).write(), rulebook)


class _Writer:
    """Writes the files of one local rulebook; what it names begins with ``drawn_`` and a number."""

    def __init__(self, random: Random, rulebook: Rulebook) -> None:
        self.random, self.rulebook, self.parts = random, rulebook, parts_of(rulebook)
        self.facts = {name: fact for name, fact in self.parts.facts.items() if "." not in name and fact.type != "text"}
        self.days = [day.isoformat() for day in change_days(rulebook)] or [_DAY]
        self.start = self.days[random.randrange(len(self.days))]
        self.parameters: dict[str, Any] = {}
        self.requirements: dict[str, Any] = {}
        self.steps: dict[str, Any] = {}

    def write(self) -> dict[str, str]:
        """The text of every file by its path."""
        rules = [self._rule(number) for number in range(1 + self.random.randrange(3))]
        vocabulary = {"requirements": self.requirements, "steps": self.steps}
        texts = dict.fromkeys(("broken", "unknown", "met", "suggested"), titled("drawn"))
        head = {"rulebook": _NAME, "version": "1", "title": titled("drawn rules"), "weight": "local"}
        files: dict[str, Any] = {
            "rulebook.yaml": head | {"extends": self.rulebook.name},
            "sources.yaml": {"drawn-decision": {"title": titled("drawn decision")}},
            "drawn/rules.yaml": {"ruleset": "drawn", "title": titled("drawn"), "rules": rules},
            "drawn/messages.yaml": {"drawn_message": texts},
        }
        if self.parameters:
            files["parameters.yaml"] = self.parameters
        if named := {kind: names for kind, names in vocabulary.items() if names}:
            files["vocabulary.yaml"] = named
        return {path: as_yaml(content) for path, content in files.items()}

    def _rule(self, number: int) -> dict[str, Any]:
        random = self.random
        rule: dict[str, Any] = {"id": f"DRAWN-{number}", "title": titled(f"drawn rule {number}")}
        name = f"drawn_{number}"
        if random.randrange(3) == 2:
            self.steps[name] = {"title": titled(name)}
            rule |= {"suggest": name, "when": [self._test(""), {"not": f"done({name})"}]}
        else:
            each = ("client", "period", "plan")[random.randrange(3)]
            singular = "" if each == "client" else each
            self.requirements[name] = {"each": each, "title": titled(name)}
            rule |= {"requirement": name, "each": each}
            if random.randrange(2):
                rule["when"] = [self._test(singular) for _ in range(1 + random.randrange(2))]
            rule["require"] = [self._test(singular)]
            if random.randrange(4) == 3:
                rule["unless"] = [self._test(singular)]
        rule["in_force"] = {"from": self.start}
        return rule | {"cite": _SOURCE, "message": "drawn_message"}

    def _test(self, singular: str) -> str:
        random = self.random
        if singular and random.randrange(3):
            fields = lists()[next(name for name, item in ITEM_OF_LIST.items() if item == singular)].fields
            field = random.choice([name for name, info in fields.items() if info.type != "text" and name != "kind"])
            info = fields[field]
            return self._of(f"{singular}.{field}", info.type, info.unit, info.words)
        names: dict[str, FactDef | OutcomeDef] = {**self.facts, **self.parts.outcomes}
        name = random.choice(list(names))
        return self._of(name, names[name].type, names[name].unit, names[name].words)

    def _of(self, name: str, kind: str, unit: str, words: tuple[str, ...]) -> str:
        random = self.random
        if kind == "boolean":
            return name
        if kind in ("choice", "text") and words:
            return f"{name} == {random.choice(words)}"
        if kind == "set" and words:
            return f"{random.choice(words)} in {name}"
        if kind == "date":
            return f"{name} {random.choice(_ORDER)} {random.choice(['decision_date', 'rule.from'])}"
        if kind in _ORDERED:
            return f"{name} {random.choice(_ORDER)} {self._parameter(kind, unit)}"
        return f"{name} is none"

    def _parameter(self, kind: str, unit: str) -> str:
        name = f"drawn_limit_{len(self.parameters)}"
        days = [self.start, *(day for day in self.days if day > self.start)][: 1 + self.random.randrange(2)]
        status = {"cite": _SOURCE, "status": "verified"}
        values = {day: {"value": self.random.choice(_ORDERED[kind])} | status for day in days}
        self.parameters[name] = {"title": titled(name), "type": kind, "values": values} | (
            {"unit": unit} if unit else {}
        )
        return f"param.{name}"
