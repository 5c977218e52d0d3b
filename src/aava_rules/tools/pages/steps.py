"""The steps of the client path with what each leads to, and the rules that suggest it."""

from __future__ import annotations

from dataclasses import dataclass

from aava_rules.decision.path_graph import path_order, successors
from aava_rules.rulebook.model import Parts


@dataclass(frozen=True, slots=True)
class StepName:
    """What a step is called, and its number on the path."""

    name: str
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class StepView(StepName):
    """A step with the steps that follow it, and the rules (id and title) that suggest it."""

    leads_to: tuple[StepName, ...]
    rules: tuple[tuple[str, str], ...]


def step_views(parts: Parts, language: str) -> tuple[StepView, ...]:
    """The steps in the order of the path."""
    names = {
        step.name: StepName(step.name, number, step.title[language]) for number, step in enumerate(path_order(parts), 1)
    }
    after = successors(parts)
    rules: dict[str, list[tuple[str, str]]] = {}
    for ruleset in parts.rulesets:
        for rule in ruleset.rules:
            if rule.kind == "suggest":
                rules.setdefault(rule.name, []).append((rule.id, rule.title[language]))
    return tuple(
        StepView(
            one.name,
            one.number,
            one.title,
            tuple(names[name] for name in after.get(one.name, ())),
            tuple(rules.get(one.name, ())),
        )
        for one in names.values()
    )
