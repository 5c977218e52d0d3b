"""What formulas show without any case: rules that cannot hold or may clash, and formulas that are too large."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any

from aava_rules.compiler.compile import QueryGroup
from aava_rules.compiler.implicants import MAX_IMPLICANTS, CompiledFormula
from aava_rules.compiler.program import Feature, Program, Question, RuleForms, ValueGroup
from aava_rules.language.values import plain
from aava_rules.rulebook.model import Parts, Rule
from aava_rules.tools.lint.files import Files, listed
from aava_rules.tools.lint.reads import judged_parameters
from aava_rules.tools.lint.trials import Trials, answer_names

Dated = tuple[date, Program, QueryGroup]


def check_formulas(files: Files, trials: Trials) -> set[str]:
    """Report formulas that are too large (AR210), rules that can never answer (AR211) and rules that may clash (AR213).

    All rules are compared as if they were judged on the same day. Rules that are judged on different days can meet in
    more ways, so a clash between such rules may go unreported.

    Args:
        files: where remarks go.
        trials: the cases with their rulebook, as compiled.

    Returns:
        The ids of the rules that can never answer anything, on which no further remark is of use.
    """
    own_rules = {rule.id: rule for rule, _ in trials.own_rules()}
    occurrences_by_rule: dict[str, list[tuple[RuleForms, bool]]] = {rule_id: [] for rule_id in own_rules}
    for day, program, group in dated_programs(trials):
        for question in program.questions:
            _too_large(files, question, own_rules)
            for forms in question.rules:
                rule = forms.bound.rule
                if rule.id in own_rules:
                    occurrences_by_rule[rule.id].append((forms, _judged_alike(rule, group)))
            if question.kind == "outcome" and not question.is_set and not question.in_doubt:
                _clashes(files, question, program, day, own_rules)
    return {
        rule_id
        for rule_id, occurrences in occurrences_by_rule.items()
        if _never_answers(files, own_rules[rule_id], occurrences, trials.parts)
    }


def dated_programs(trials: Trials) -> Iterator[Dated]:
    """Each stretch of time of each group of questions in ``trials``, with its first day (first of all ``date.min``)."""
    book = trials.book
    groups: list[QueryGroup] = []
    for kind, name in sorted({(question.kind, question.name) for question in book.questions.values()}):
        if kind == "outcome":
            groups.append(book.outcome_group(name))
        else:  # those of steps and requirements of one name come together
            groups += [group for group in book.other_groups(frozenset({name})) if group not in groups]
    for group in groups:
        for number, day in enumerate([date.min, *group.bounds]):
            yield day, group.program((number,) * len(group.judged)), group


# -- formulas that are too large


def _too_large(files: Files, question: Question, own_rules: dict[str, Rule]) -> None:
    if all(form.exact for form in _forms(question)):
        return
    rule_id = next((forms.bound.rule.id for forms in question.rules if forms.bound.rule.id in own_rules), None)
    if rule_id is not None:
        what = f"the formula of {question.name} is too large to ask no needless question"
        why = f"It has more than {MAX_IMPLICANTS} prime implicants, so an answer may stay unknown that is settled."
        files.report(files.rule(rule_id), "AR210", what, why, "Let rules share derived facts in place of long `any:`.")


def _forms(question: Question) -> Iterator[CompiledFormula]:
    yield from question.forms
    yield from (form for rule in question.rules for form in (rule.holds, rule.active))


# -- rules that cannot hold


def _judged_alike(rule: Rule, group: QueryGroup) -> bool:
    """Whether a rule and its overriding rules are judged on the same day, so that they meet in these programs only."""
    overriding = [other for other, _ in group.book.overriding.get(rule.id, ())]
    return all(other.judged_on == rule.judged_on for other in overriding)


def _never_answers(files: Files, rule: Rule, occurrences: list[tuple[RuleForms, bool]], parts: Parts) -> bool:
    """Whether a rule can never answer anything, which is reported."""
    position = files.rule(rule.id)
    if not occurrences:
        read = sorted(judged_parameters(rule, parts))
        without = [name for name in read if not all(value.value is not None for value in parts.parameters[name].values)]
        why = f"On every day on which it could be, what it reads has no value: {', '.join(without or read)}."
        files.report(position, "AR211", f"{rule.id} is never in force", why, "Give it a value, or take the rule out.")
        return True
    if all(_is_false(forms.holds) and not forms.bound.in_doubt for forms, _ in occurrences):
        why = "Its conditions exclude one another."
        files.report(position, "AR211", f"{rule.id} can never hold", why, "Change its conditions, or take it out.")
        return True
    if rule.kind != "suggest" and all(judged_alike and _is_false(forms.active) for forms, judged_alike in occurrences):
        what = f"{rule.id} can never say anything about {answer_names(rule)}"
        files.report(position, "AR211", what, "Whenever it holds, a rule that overrides it holds too.", "Take it out.")
        return True
    return False


def _is_false(form: CompiledFormula) -> bool:
    return form.primes() == ()


# -- rules that may clash


def _clashes(files: Files, question: Question, program: Program, day: date, own_rules: dict[str, Rule]) -> None:
    by_id = {forms.bound.rule.id: forms for forms in question.rules}
    for first_group, second_group in combinations(question.groups, 2):
        for first, second in _pairs(first_group, second_group):
            if not own_rules.keys() & {first, second}:
                continue
            cube = _together(by_id[first].active, by_id[second].active, program)
            if cube is not None:
                _report_clash(files, question.name, (first, second), describe_cube(cube, program), day, own_rules)


def _pairs(first_group: ValueGroup, second_group: ValueGroup) -> Iterator[tuple[str, str]]:
    for first in first_group.rules:
        for second in second_group.rules:
            yield min(first, second), max(first, second)


def _together(first_form: CompiledFormula, second_form: CompiledFormula, program: Program) -> int | None:
    """Something for which two formulas surely hold both; None if there is nothing."""
    for first in first_form.primes() or ():
        for second in second_form.primes() or ():
            if all(_may_be_known(first & second, feature) for feature in program.features):
                return first & second
    return None


def _may_be_known(cube: int, feature: Feature) -> bool:
    """Whether a record can meet what a cube requires of a feature; never what an official judges or is in doubt."""
    cells = cube & feature.bits
    return cells == feature.bits or (cells != 0 and feature.kind not in ("judgement", "doubt"))


def _report_clash(
    files: Files, name: str, pair: tuple[str, str], example: str, day: date, own_rules: dict[str, Rule]
) -> None:  # fmt: skip
    rule_id = pair[1] if pair[1] in own_rules else pair[0]
    what = f"{pair[0]} and {pair[1]} may hold at once and say different things of {name}"
    since = f" from {day}" if day > date.min else ""
    why = f"So they do{since} where {example}." if example else f"So they do{since} in every case."
    hint = "Let one override the other, or keep their conditions apart."
    if not any(fault.code == "AR213" and fault.what == what for fault in files.remarks()):
        files.report(files.rule(rule_id), "AR213", what, why, hint)


# -- a cube in words


def describe_cube(cube: int, program: Program) -> str:
    """The tests that a cube requires, in words; empty if it requires nothing.

    Args:
        cube: a conjunction as a bit mask over the cells of all features of ``program``.
        program: the program whose features they are.
    """
    tests: list[str] = []
    for feature in program.features:
        cells = cube & feature.bits
        if cells != feature.bits:
            tests += _tests(feature, cells)
    return listed(tests, " and ")


def _tests(feature: Feature, cells: int) -> list[str]:
    """The tests that cells pass; the opposite of one that they fail, if they pass none."""
    passed = [_describe_test(feature, test, True) for test in feature.tests if not cells & ~feature.masks[test]]
    return (
        passed
        or [_describe_test(feature, test, False) for test in feature.tests if not cells & feature.masks[test]][:1]
    )


def _describe_test(feature: Feature, test: tuple[Any, ...], passes: bool) -> str:
    terms = [str(term) for term in feature.terms]
    match test:
        case ("true" | "false" as name,):
            text = f"{feature.word} in {terms[0]}" if feature.kind == "has" else terms[0]
            passes = passes is (name == "true")
        case ("none",):
            text = f"{terms[0]} is none"
        case ("in" | "not in" as name, words):
            text = f"{terms[0]} in [{', '.join(sorted(words))}]"
            passes = passes is (name == "in")
        case (op, limit):
            text = f"{terms[0]} {op} {plain(limit)}"
        case (op,):
            text = f"{terms[0]} {op} {terms[1]}"
        case _:
            raise TypeError(test)
    return text if passes else f"not {text}"
