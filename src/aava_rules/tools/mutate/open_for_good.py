"""Whether two sets of formulas give the same answers, though they differ in what is never known.

An official's judgement and law that has not been read are features that no fact makes known. A rule that waits for one
never surely holds, so what it would conclude is never an answer; but it may keep others open, give a bound, or be a
reason. Here two questions are compared by all that a host sees of them: what surely is an answer in each cell of the
features that facts make known, which rules then surely decide, what can be between the bounds of an open number, and
whether a judgement or a doubt keeps the answer open.

An answer in cells that are possible at once follows from these: it is known where it is the same surely in each of
them. Where a question is not of a kind of which that is so, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from aava_rules.compiler.diagrams import Diagrams, Vertex
from aava_rules.compiler.formula import FALSE, Formula, disj
from aava_rules.compiler.lower import same_value
from aava_rules.compiler.program import Question, RuleForms
from aava_rules.language.syntax import (
    Compare,
    Condition,
    Const,
    Expr,
    Fact,
    IsKnown,
    OneOf,
    Truth,
    walk,
)
from aava_rules.language.values import ACCEPTED, orders
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import Parts
from aava_rules.tools.mutate.judged import OPEN_FOR_GOOD, Judged
from aava_rules.tools.mutate.never_told import is_never_told

_MOST_ATOMS: Final = 64


def same_answers(before: Question, after: Question, judged: Judged, parts: Parts) -> bool:
    """Whether two questions of one name are answered alike on every record; False where that is not shown.

    Args:
        before: the question of the one rulebook.
        after: the question of the other.
        judged: the formulas of both.
        parts: the rulebook, for what reads the answer.

    Raises:
        TooManyNodes: there would be too many nodes.
    """
    if before.kind != "outcome" or before.is_set or not (before.rules and after.rules):
        return False
    asked = (before, after)
    keys = {_key(case) for question in asked for case in question.cases}
    if any(judged.sure(_form(before, key)) is not judged.sure(_form(after, key)) for key in keys):
        return False
    conflicts = [question.conflict.formula for question in asked]
    if judged.sure(conflicts[0]) is not judged.sure(conflicts[1]):
        return False
    waiting = [[case.form.formula for case in question.cases] + [question.conflict.formula] for question in asked]
    if any(judged.waits(waiting[0], kind) is not judged.waits(waiting[1], kind) for kind in OPEN_FOR_GOOD):
        return False
    defaults = [FALSE if question.default is None else question.default.form.formula for question in asked]
    if judged.possible(defaults[0]) is not judged.possible(defaults[1]):
        return False
    return _same_rules(before, after, judged) and _same_below(before, after, judged, parts)


def _key(case: Any) -> tuple[str, Any]:
    return case.status, None if case.expr is None else same_value(case.expr, case.scope)


def _form(question: Question, key: tuple[str, Any]) -> Formula:
    return disj(*[case.form.formula for case in question.cases if _key(case) == key])


def _counts(question: Question, key: Any) -> Formula:
    """Where a rule counts that concludes a value, be it alone or beside others."""
    return disj(*[group.form.formula for group in question.groups if same_value(group.expr, group.scope) == key])


def _same_rules(before: Question, after: Question, judged: Judged) -> bool:
    """Whether the same rules are named as those that decide, wherever the answer is known or rules contradict."""
    active = [{rule.bound.rule.id: rule for rule in question.rules} for question in (before, after)]
    for rule_id in {**active[0], **active[1]}:
        forms = [rules[rule_id].active.formula if rule_id in rules else FALSE for rules in active]
        if judged.sure(forms[0]) is not judged.sure(forms[1]):
            return False
        if judged.possible(forms[0]) is judged.possible(forms[1]):
            continue
        for question, rules, form in zip((before, after), active, forms, strict=True):
            if rule_id in rules and not _never_named(question, rules[rule_id], form, judged):
                return False
    return True


def _never_named(question: Question, rule: RuleForms, form: Formula, judged: Judged) -> bool:
    """Whether a rule is never named unless it surely holds; rules that only may are where no other surely does."""
    if not judged.never(judged.possible(form), judged.sure(question.conflict.formula)):
        return False
    value = rule.bound.then[question.name]
    known = judged.sure(_form(question, ("known", same_value(value, rule.bound.scope))))
    if judged.never(judged.possible(form), known):
        return True
    alike = [
        judged.sure(other.active.formula)
        for other in question.rules
        if same_value(other.bound.then[question.name], other.bound.scope) == same_value(value, rule.bound.scope)
    ]
    sure = [vertex for vertex in alike if vertex is not False]
    default = judged.sure(FALSE if question.default is None else question.default.form.formula)
    # one rule alone can surely hold, and does wherever the answer is known: then it is the one that is named
    return len(sure) == 1 and default is False and judged.never(known, judged.diagrams.of_not(sure[0]))


def _same_below(before: Question, after: Question, judged: Judged, parts: Parts) -> bool:
    """Whether all that reads the outcome reads the same of it: the same bounds, and the same by every test of it."""
    asked = (before, after)
    values = {_key(case)[1]: case.expr for question in asked for case in question.cases if isinstance(case.expr, Const)}
    every = {_key(case)[1]: case.expr for question in asked for case in question.cases if case.expr is not None}
    of = judged.diagrams.of
    changed = [
        key
        for key in every
        if of(_form(before, ("known", key))) is not of(_form(after, ("known", key)))
        or of(_counts(before, key)) is not of(_counts(after, key))
    ]
    computed = len(values) < len(every)
    if not all(key in values for key in changed):
        return is_never_told(before, after, judged, parts)
    if computed and not _never_may_be_another(asked, changed, judged):
        return False
    if before.whole and not _never_between_bounds(asked, changed, judged):
        return False
    tests = list(_tests_of(before.name, parts))
    if not tests:
        return True
    if any(test is None for test in tests):
        return False
    classes: dict[tuple[bool, ...], list[Any]] = {}
    for key, value in values.items():
        assert isinstance(value, Const)
        classes.setdefault(tuple([_passes(test, value) for test in tests if test is not None]), []).append(key)
    if of(before.conflict.formula) is not of(after.conflict.formula):
        return False
    outside = [_form(question, ("not_applicable", None)) for question in asked]
    if of(outside[0]) is not of(outside[1]):
        return False
    joined = [
        [disj(*[_form(question, ("known", key)) for key in keys]) for question in asked] for keys in classes.values()
    ]
    return all(of(pair[0]) is of(pair[1]) for pair in joined)


def _never_may_be_another(asked: tuple[Question, Question], changed: list[Any], judged: Judged) -> bool:
    """Whether no changed value may turn out to be one with a value that is computed, and the same facts tell of them.

    Values that are computed may turn out to be one, which is known only where some rule surely counts, and told as a
    contradiction only where several do: there a changed value must be sure, or none of those that are possible.
    """
    diagrams = judged.diagrams
    marks: list[list[Vertex]] = []
    for question in asked:
        forms = [_form(question, ("known", key)) for key in changed]
        groups = [group for group in question.groups if same_value(group.expr, group.scope) in changed]
        some = judged.sure(disj(*[group.form.formula for group in question.groups]))
        several = judged.sure(question.conflict.formula)
        for group in groups:
            perhaps = judged.undecided(group.form.formula)
            if not judged.never(perhaps, some) or not judged.never(perhaps, several):
                return False
        marks.append([mark for form in forms for mark in (judged.sure(form), judged.possible(form))])
    unions = [judged.possible(disj(*[_form(question, ("known", key)) for key in changed])) for question in asked]
    if unions[0] is not unions[1]:
        return False
    return _says_of(marks[0], marks[1], diagrams) and _says_of(marks[1], marks[0], diagrams)


def _says_of(marks: list[Vertex], others: list[Vertex], diagrams: Diagrams) -> bool:
    """Whether where ``marks`` hold also says where ``others`` do."""
    atoms: list[Vertex] = [True]
    for mark in dict.fromkeys(marks):
        halves = [diagrams.both(atom, half) for atom in atoms for half in (mark, diagrams.of_not(mark))]
        atoms = [half for half in halves if half is not False]
        if len(atoms) > _MOST_ATOMS:
            return False
    return all(diagrams.both(atom, other) in (atom, False) for atom in atoms for other in others)


def _never_between_bounds(asked: tuple[Question, Question], changed: list[Any], judged: Judged) -> bool:
    """Whether no changed value is ever one of those between which an open number lies."""
    values = [judged.sure(disj(*[group.form.formula for group in question.groups])) for question in asked]
    perhaps = [judged.possible(question.conflict.formula) for question in asked]
    if values[0] is not values[1] or perhaps[0] is not perhaps[1]:
        return False
    alone = judged.diagrams.of_not(perhaps[0])
    return all(
        judged.never(judged.undecided(group.form.formula), values[0], alone)
        for question in asked
        for group in question.groups
        if same_value(group.expr, group.scope) in changed
    )


def _tests_of(name: str, parts: Parts) -> Iterator[Condition | None]:
    """The tests of an outcome in a rulebook; None for what reads it in another way than by comparing it with constants.

    Whether it is known is not one of them: that is the same where its answers are. Nor is a value that is computed from
    it, which is known where it is, and lies between bounds where it does.
    """
    for ruleset in parts.rulesets:
        for rule in ruleset.rules:
            if rule.needs_judgement == name:
                yield None
            conclusions = [value for value in (*rule.then.values(), rule.due) if value is not None]
            for tree in trees_of(rule):
                if not any(tree is value for value in conclusions):
                    yield from _tests_in(tree, name)
    for fact in parts.facts.values():
        for tree in fact.trees():
            yield from _tests_in(tree, name)
    for step in parts.steps.values():
        for proof in step.proof:
            if proof.where is not None:
                yield from _tests_in(proof.where, name)


def _tests_in(tree: Expr | Condition, name: str) -> Iterator[Condition | None]:
    read = sum(1 for node in walk(tree) if isinstance(node, Fact) and node.name == name)
    for node in walk(tree):
        match node:
            case IsKnown(Fact(other), _) if other == name:
                read -= 1
            case Truth(Fact(other)) | OneOf(Fact(other), _) | Compare(_, Fact(other), Const()) if other == name:
                read -= 1
                yield node
    if read:
        yield None


def _passes(test: Condition, value: Const) -> bool:
    match test:
        case Truth():
            return value.value is True
        case OneOf(_, words):
            return value.value in words
        case Compare(op, _, Const(other)):
            return orders(value.value, other) <= ACCEPTED[op]
    raise TypeError(test)
