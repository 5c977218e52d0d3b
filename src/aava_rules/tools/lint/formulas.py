"""What formulas show without any case: rules that cannot hold or answer, and formulas that are too large."""

from __future__ import annotations

from collections.abc import Iterator

from aava_rules.compiler.compile import QueryGroup
from aava_rules.compiler.diagrams import MOST_FEATURES, MOST_NODES
from aava_rules.compiler.implicants import MAX_IMPLICANTS, CompiledFormula
from aava_rules.compiler.program import Question, RuleForms
from aava_rules.rulebook.model import Parts, Rule
from aava_rules.tools.lint.files import Files
from aava_rules.tools.lint.logic import Logic
from aava_rules.tools.lint.reads import judged_parameters
from aava_rules.tools.lint.trials import Trials, answer_names

Occurrence = tuple[RuleForms, bool, Logic]
"""A rule in one stretch of time, whether it and those that override it are judged alike, and what compares formulas."""


def check_formulas(files: Files, trials: Trials) -> set[str]:
    """Report formulas that are too large (AR210) and rules that can never answer (AR211).

    Args:
        files: where remarks go.
        trials: the cases with their rulebook, as compiled.

    Returns:
        The ids of the rules that can never answer anything, on which no further remark is of use.
    """
    own_rules = {rule.id: rule for rule, _ in trials.own_rules()}
    for dated in trials.programs:
        for question in dated.program.questions:
            _too_large(files, question, own_rules)
    occurrences_by_rule: dict[str, list[Occurrence]] = {rule_id: [] for rule_id in own_rules}
    for dated in trials.expanded_programs:
        for question in dated.program.questions:
            for forms in question.rules:
                rule = forms.bound.rule
                if rule.id in own_rules:
                    occurrences_by_rule[rule.id].append((forms, _judged_alike(rule, dated.group), dated.logic))
    return {
        rule_id
        for rule_id, occurrences in occurrences_by_rule.items()
        if _never_answers(files, own_rules[rule_id], occurrences, trials.parts)
    }


def check_compared(files: Files, trials: Trials) -> None:
    """Report the questions whose formulas were too large to be compared (AR230), after all checks have compared them.

    Args:
        files: where remarks go.
        trials: the cases with their rulebook, as compiled.
    """
    own_rules = {rule.id for rule, _ in trials.own_rules()}
    for dated in (*trials.programs, *trials.expanded_programs):
        if not dated.logic.too_large:
            continue
        for question in dated.program.questions:
            rule_id = next((forms.bound.rule.id for forms in question.rules if forms.bound.rule.id in own_rules), None)
            if rule_id is not None:
                what = f"not all rules of {question.name} could be compared"
                why = (
                    f"Their formulas have diagrams of more than {MOST_NODES} nodes, or more than {MOST_FEATURES} tests."
                )
                hint = "Let rules share derived facts in place of long `any:`."
                files.report(files.rule(rule_id), "AR230", what, why, hint)


# -- formulas that are too large


def _too_large(files: Files, question: Question, own_rules: dict[str, Rule]) -> None:
    rule_id = next((forms.bound.rule.id for forms in question.rules if forms.bound.rule.id in own_rules), None)
    if rule_id is not None and not all(form.exact for form in _forms(question)):
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


def _never_answers(files: Files, rule: Rule, occurrences: list[Occurrence], parts: Parts) -> bool:
    """Whether a rule can never answer anything, which is reported."""
    position = files.rule(rule.id)
    if not occurrences:
        read = sorted(judged_parameters(rule, parts))
        without = [name for name in read if not all(value.value is not None for value in parts.parameters[name].values)]
        why = f"On every day on which it could be, what it reads has no value: {', '.join(without or read)}."
        files.report(position, "AR211", f"{rule.id} is never in force", why, "Give it a value, or take the rule out.")
        return True
    if all(logic.never(forms.holds.formula) and not forms.bound.in_doubt for forms, _, logic in occurrences):
        why = "Its conditions exclude one another."
        files.report(position, "AR211", f"{rule.id} can never hold", why, "Change its conditions, or take it out.")
        return True
    if rule.kind != "suggest" and all(
        judged_alike and logic.never(forms.active.formula) for forms, judged_alike, logic in occurrences
    ):
        what = f"{rule.id} can never say anything about {answer_names(rule)}"
        files.report(position, "AR211", what, "Whenever it holds, a rule that overrides it holds too.", "Take it out.")
        return True
    return False
