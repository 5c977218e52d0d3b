"""What can be asked for by name: answers, the rulesets that answer several of them, and single rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from aava_rules.rulebook.model import Rule, Ruleset

KINDS: Final = {"decide": "outcome", "require": "requirement", "suggest": "step"}
"""What a rule of each kind answers."""


def answers_of(rule: Rule) -> tuple[str, ...]:
    """What ``rule`` answers: outcomes by name, a requirement or a step with its kind before it (``step:NAME``)."""
    return tuple(rule.then) if rule.kind == "decide" else (f"{KINDS[rule.kind]}:{rule.name}",)


def groups_of(rulesets: Iterable[Ruleset]) -> Mapping[str, frozenset[str]]:
    """The answers behind each name of one of ``rulesets`` or of their rules, as `answers_of` names them.

    Both have their kind before them (``ruleset:NAME``, ``rule:ID``), and stand alone too. Rulesets of one name, in
    several layers, are one group.
    """
    groups: dict[str, set[str]] = {}
    for ruleset in rulesets:
        for rule in ruleset.rules:
            for key in (ruleset.name, f"ruleset:{ruleset.name}", rule.id, f"rule:{rule.id}"):
                groups.setdefault(key, set()).update(answers_of(rule))
    return {key: frozenset(answers) for key, answers in groups.items()}
