"""The rules with what yes-or-no facts follow from in the place of these facts.

``adult`` and ``age < 18`` are two things to a formula, though the one says what the other denies. Where ``adult`` is
worked out from the age, its tests stand here for it, so that a proof over the cells of facts sees that both cannot
hold. Only a record that states such a fact against what it follows from is left out by that.
"""

from __future__ import annotations

from dataclasses import replace

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.language.syntax import All, Any_, Condition, Fact, ItemField, Not, Truth
from aava_rules.rulebook.model import Parts, Rule


def expanded_book(parts: Parts) -> CompiledRulebook:
    """The rulebook ``parts`` as compiled, with every derived yes-or-no fact in conditions replaced by its tests.

    Parts that have none are compiled as they are. Derivations cannot go in a circle (AR071).
    """
    expansion = _Expansion(parts)
    rulesets = tuple([
        replace(ruleset, rules=tuple([expansion.rule(rule) for rule in ruleset.rules])) for ruleset in parts.rulesets
    ])  # fmt: skip
    return CompiledRulebook(replace(parts, rulesets=rulesets))


class _Expansion:
    def __init__(self, parts: Parts) -> None:
        self._tests: dict[str, Condition] = {}
        for name, fact in parts.facts.items():
            derivation = fact.derivation
            if derivation is not None and derivation.kind == "test" and derivation.where is not None:
                self._tests[name] = derivation.where

    def rule(self, rule: Rule) -> Rule:
        return replace(
            rule,
            when=self._condition(rule.when),
            unless=None if rule.unless is None else self._condition(rule.unless),
            require=None if rule.require is None else self._condition(rule.require),
            doubt_where=None if rule.doubt_where is None else self._condition(rule.doubt_where),
        )

    def _condition(self, node: Condition) -> Condition:
        match node:
            case All(items):
                return All(tuple(map(self._condition, items)))
            case Any_(items):
                return Any_(tuple(map(self._condition, items)))
            case Not(item):
                return Not(self._condition(item))
            case Truth(Fact() | ItemField() as term) if str(term) in self._tests:
                return self._condition(self._tests[str(term)])
            case _:
                return node
