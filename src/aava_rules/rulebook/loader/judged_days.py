"""On which day `otherwise` is judged: on that of the outcome's rules, which must then be one and the same."""

from __future__ import annotations

from aava_rules.language.syntax import Expr, Fact, walk
from aava_rules.rulebook.dependencies import parameters_on_the_day
from aava_rules.rulebook.loader.rulesets import RulesetEntry
from aava_rules.rulebook.loader.yaml_nodes import Mapping
from aava_rules.rulebook.model import Parameter, Rule, Ruleset


def check_otherwise(
    linked: list[tuple[RulesetEntry, Ruleset]], parameters: dict[str, Parameter], dayless: set[str]
) -> None:
    """Tell each answer by default that changes with the judged day, of an outcome whose rules are judged on several.

    ``dayless`` are rules whose judged day could not be read, which has been told.
    """
    rules = [rule for _, ruleset in linked for rule in ruleset.rules]
    for entry, ruleset in linked:
        node = entry.node.get("otherwise")
        for key, value in node.pairs if isinstance(node, Mapping) else []:
            given = ruleset.otherwise.get(key.text)
            if given is None or isinstance(given, frozenset) or not _changes(given, parameters):
                continue
            asked = _of(key.text, rules)
            days: dict[str, str] = {}
            for rule in sorted(asked, key=lambda one: one.id):
                days.setdefault("decision_date" if rule.judged_on is None else str(rule.judged_on), rule.id)
            if len(days) > 1 and not any(rule.id in dayless for rule in asked):
                what = f"{key.text} depends on the judged day, and its rules are judged on several"
                why = " and ".join(f"{rule_id} is judged on {day}" for day, rule_id in days.items())
                hint = "Give a value that no day changes, or judge all on one day."
                entry.document.fault(value, "AR035", what, f"{why}.", hint)


def _changes(value: Expr, parameters: dict[str, Parameter]) -> bool:
    """Whether a value may be another one on another judged day."""
    dated = (parameters[name] for name in parameters_on_the_day([value]) if name in parameters)
    if any(len(one.values) > 1 or one.values[0].start is not None for one in dated if one.values):
        return True
    return any(isinstance(node, Fact) and node.sensitive for node in walk(value))


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
