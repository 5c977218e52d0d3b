"""On which day `otherwise` is judged: on that of the outcome's rules, which must then be one and the same."""

from __future__ import annotations

from collections.abc import Iterable

from ..dependencies import of_a_day
from ..parts import Rule, Ruleset
from .rulesets import RulesetEntry
from .yamlio import Mapping


def check_otherwise(linked: Iterable[tuple[RulesetEntry, Ruleset]]) -> None:
    """Tell each answer by default that changes with the judged day, of an outcome whose rules are judged on several."""
    found = list(linked)
    rules = [rule for _, ruleset in found for rule in ruleset.rules]
    for entry, ruleset in found:
        node = entry.node.get("otherwise")
        for key, value in node.pairs if isinstance(node, Mapping) else []:
            given = ruleset.otherwise.get(key.text)
            if given is None or isinstance(given, frozenset) or not of_a_day(given):
                continue
            days = {"decision_date" if rule.judged_on is None else str(rule.judged_on) for rule in _of(key.text, rules)}
            if len(days) > 1:
                what = f"{key.text} depends on the judged day, and its rules are judged on several"
                why = f"They are judged on {' and '.join(sorted(days))}."
                entry.document.fault(
                    value, "AR035", what, why, "Give a value that no day changes, or judge all on one day."
                )


def _of(outcome: str, rules: list[Rule]) -> list[Rule]:
    """The rules that have a say in an outcome: those that conclude it, and those that override them."""
    found = {rule.id: rule for rule in rules if outcome in rule.then}
    pending = list(found)
    while pending:
        below = pending.pop()
        for rule in rules:
            if below in rule.overrides and rule.id not in found:
                found[rule.id] = rule
                pending.append(rule.id)
    return list(found.values())
