"""A value that is never told: of a rule that never surely holds, beside which the outcome may have no value at all.

Such a rule waits for law that has not been read, or for a judgement. Wherever it may hold, the outcome may also turn
out to have no value, so whatever the rule computes, no value is known; what other rules compute may be the same day,
or another, and that changes nothing. So far as the outcome goes, a day more or less is then no other rulebook.

A rule that reads the outcome is asked again with the rules of the outcome in the place of its test
(`compiler.composition`), where the test of the value stands beside one of no value. The latter may hold and may fail:

- Of a test against a constant it stays so whatever is found out, so the test of the value adds nothing to it.
- A test against another term is known once the outcome is. There the answer stays open as well; what is asked for
  follows from the facts behind the value, which the outcome waits for too, if nothing else of the reader stays open for
  good and no other value of the outcome may be what decides. So this is claimed of steps alone, of one such test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aava_rules.compiler.formula import neg
from aava_rules.compiler.lower import same_value
from aava_rules.compiler.program import NOT_APPLICABLE, Question, ValueGroup
from aava_rules.language.syntax import Call, Compare, Condition, Const, Expr, Fact, IsKnown, Param, RuleDate, walk
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import Parts, Rule
from aava_rules.tools.mutate.judged import Judged

_CONSTANT: Final = "constant"
_TERM: Final = "term"
_OTHERWISE: Final = "otherwise"


def is_never_told(before: Question, after: Question, judged: Judged, parts: Parts) -> bool:
    """Whether all that differs is a computed value, by days, that is never told; False where that is not shown.

    Args:
        before: the question of an outcome of one value in the one rulebook.
        after: the question in the other.
        judged: the formulas of both.
        parts: the rulebook, for what reads the outcome.

    Raises:
        TooManyNodes: there would be too many nodes.
    """
    if before.whole or before.default is not None or after.default is not None:
        return False
    if not _differ_in_values_alone(before, after, judged):
        return False
    pairs = [
        (old, new)
        for old, new in zip(before.groups, after.groups, strict=True)
        if same_value(old.expr, old.scope) != same_value(new.expr, new.scope)
    ]
    if len(pairs) != 1 or not _are_days_apart(*pairs[0]):
        return False
    group = pairs[0][0]
    outside = before.form_of(NOT_APPLICABLE)
    if outside is None or not _conclude_nothing_else(group, before):
        return False
    diagrams, of = judged.diagrams, judged.diagrams.of
    own = frozenset(level for level, feature in judged.waiting if feature.word in group.rules)
    if diagrams.for_all(of(group.form.formula), own) is not False:
        return False
    where = diagrams.of_not(diagrams.for_all(of(neg(group.form.formula)), own))
    valueless = diagrams.of_not(diagrams.for_all(of(neg(outside.formula)), own))
    if not judged.never(where, diagrams.of_not(valueless)):
        return False
    kinds = list(_readers(before.name, parts))
    if not kinds or all(kind == _CONSTANT for kind, _ in kinds):
        return True
    if len(kinds) > 1 or kinds[0][0] != _TERM or not _is_settled_by_facts(kinds[0][1], before.name, parts):
        return False
    others = [judged.possible(other.form.formula) for other in before.groups if other is not group]
    if not all(judged.never(where, other) for other in others):
        return False
    of_outcomes = frozenset(judged.levels_of(parts.outcomes))
    near = diagrams.of_not(diagrams.for_all(diagrams.of_not(where), of_outcomes))
    return judged.never(near, diagrams.of_not(where), diagrams.of_not(of(outside.formula)))


def _differ_in_values_alone(before: Question, after: Question, judged: Judged) -> bool:
    """Whether two questions have the same formulas of the same rules, cases and groups, one by one."""
    of = judged.diagrams.of
    rules = [[rule.bound.rule.id for rule in question.rules] for question in (before, after)]
    if rules[0] != rules[1] or len(before.groups) != len(after.groups) or len(before.cases) != len(after.cases):
        return False
    if [case.status for case in before.cases] != [case.status for case in after.cases]:
        return False
    forms = [
        [rule.active for rule in question.rules]
        + [group.form for group in question.groups]
        + [case.form for case in question.cases]
        + [question.conflict]
        for question in (before, after)
    ]
    return all(of(old.formula) is of(new.formula) for old, new in zip(*forms, strict=True))


def _are_days_apart(old: ValueGroup, new: ValueGroup) -> bool:
    """Whether two values are one day, or a day so many days from it: then one exists where the other does."""
    base = _without_days(old.expr)
    return (
        old.scope == new.scope
        and old.rules == new.rules
        and not isinstance(base, Const)
        and base == _without_days(new.expr)
    )


def _without_days(day: Expr) -> Expr:
    match day:
        case Call("add_days", (term, Const())) if not isinstance(term, str):
            return _without_days(term)
        case _:
            return day


def _conclude_nothing_else(group: ValueGroup, question: Question) -> bool:
    """Whether the rules of a value conclude this outcome alone, and so do the rules that they override."""
    rules = {rule.bound.rule.id: rule.bound.rule for rule in question.rules}
    own = [rules[rule_id] for rule_id in group.rules]
    overridden = {rule_id for rule in own for rule_id in rule.overrides}
    alone = {rule_id for rule_id, rule in rules.items() if set(rule.then) == {question.name}}
    return overridden <= alone and alone.issuperset(group.rules)


def _readers(name: str, parts: Parts) -> Iterator[tuple[str, Rule | None]]:
    """How each test of an outcome in a rulebook reads it, and in which rule.

    Whether it is known is the same where its answers are, and a value that is computed from it is known where it is.
    """
    for ruleset in parts.rulesets:
        for rule in ruleset.rules:
            if rule.needs_judgement == name:
                yield _OTHERWISE, rule
            conclusions = [value for value in (*rule.then.values(), rule.due) if value is not None]
            for tree in trees_of(rule):
                if not any(tree is value for value in conclusions):
                    yield from ((kind, rule) for kind in _reads(tree, name))
    elsewhere = [tree for fact in parts.facts.values() for tree in fact.trees()]
    elsewhere += [proof.where for step in parts.steps.values() for proof in step.proof if proof.where is not None]
    yield from ((_OTHERWISE, None) for tree in elsewhere if any(True for _ in _reads(tree, name)))


def _reads(tree: Expr | Condition, name: str) -> Iterator[str]:
    read = sum(1 for node in walk(tree) if _is_outcome(node, name))
    for node in walk(tree):
        match node:
            case IsKnown(term, _) if _is_outcome(term, name):
                read -= 1
            case Compare(_, left, right) if _is_outcome(left, name) is not _is_outcome(right, name):
                other = right if _is_outcome(left, name) else left
                if not any(_is_outcome(part, name) for part in walk(other)):
                    read -= 1
                    yield _CONSTANT if isinstance(other, (Const, RuleDate, Param)) else _TERM
    if read:
        yield _OTHERWISE


def _is_outcome(node: object, name: str) -> bool:
    return isinstance(node, Fact) and node.name == name


def _is_settled_by_facts(rule: Rule | None, name: str, parts: Parts) -> bool:
    """Whether a rule suggests a step that waits for no judgement, for no doubt, and for no other outcome."""
    if rule is None or rule.kind != "suggest":
        return False
    for ruleset in parts.rulesets:
        for other in ruleset.rules:
            if other.name != rule.name and rule.id not in other.overrides:
                continue
            if other.needs_judgement or other.in_doubt_from is not None or ruleset.in_doubt_from is not None:
                return False
            read = {node.name for tree in trees_of(other) for node in walk(tree) if isinstance(node, Fact)}
            if not (read & parts.outcomes.keys()) <= {name}:
                return False
    return True
