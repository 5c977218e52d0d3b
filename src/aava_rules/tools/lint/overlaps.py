"""Rules of one outcome that say different things at once, each with a record and a day that show it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from aava_rules.compiler.formula import Formula, conj
from aava_rules.compiler.program import Question
from aava_rules.language.syntax import Expr
from aava_rules.rulebook.model import Rule
from aava_rules.tools.lint.files import Files
from aava_rules.tools.lint.programs import Dated, apart
from aava_rules.tools.lint.trials import Trials
from aava_rules.tools.lint.witness import Example, conflicts

Pair = tuple[str, str]
_HINT = "Let one override the other, or keep their conditions apart."


def check_overlaps(files: Files, trials: Trials, reported: set[Pair]) -> None:
    """Report the pairs of rules that may hold at once and give one outcome different values (AR213).

    A pair is reported once, with the first stretch of time in which a record shows it. Where no record is found and
    none is excluded, that is said instead (AR230).

    Args:
        files: where remarks go.
        trials: the cases with their rulebook.
        reported: the pairs of rules of which an overlap has been told already; those that are told here are added.
    """
    own_rules = {rule.id: rule for rule, _ in trials.own_rules()}
    search = trials.search()
    unsettled: dict[Pair, tuple[str, Dated]] = {}
    left_out: set[str] = set()
    for dated in apart(trials.expanded_programs, left_out):
        for question in dated.program.questions:
            if question.kind != "outcome" or question.is_set or question.in_doubt:
                continue
            for pair, formula, values in _together(question, own_rules):
                vertex = dated.logic.vertex(formula)
                if pair in reported or vertex is False:
                    continue
                example = None
                if vertex is not None:
                    goal = conflicts(question.name)
                    example = search.find(dated.logic, vertex, dated.group, dated.segments, goal, values)
                if example is not None:
                    reported.add(pair)
                    _report(files, question.name, pair, dated, example, own_rules)
                elif vertex is None or not search.complete:
                    unsettled.setdefault(pair, (question.name, dated))
    for pair, (name, dated) in unsettled.items():
        if pair not in reported:
            what = f"it is not settled whether {pair[0]} and {pair[1]} can say different things of {name} at once"
            why = f"Their conditions allow it{dated.since}, and no record was found that shows it."
            files.report(files.rule(_later(pair, own_rules)), "AR230", what, why, _HINT)
    for name in sorted(left_out):
        _report_left_out(files, name, own_rules)


def _together(question: Question, own_rules: dict[str, Rule]) -> Iterator[tuple[Pair, Formula, tuple[Expr, Expr]]]:
    """Each pair of rules with different values, one of them the rulebook's own, when both count, and these values."""
    active = {forms.bound.rule.id: forms.active.formula for forms in question.rules}
    for first_group, second_group in combinations(question.groups, 2):
        for first, second in product(first_group.rules, second_group.rules):
            if own_rules.keys() & {first, second}:
                both = conj(active[first], active[second])
                yield (min(first, second), max(first, second)), both, (first_group.expr, second_group.expr)


def _later(pair: Pair, own_rules: dict[str, Rule]) -> str:
    return pair[1] if pair[1] in own_rules else pair[0]


def _report(files: Files, name: str, pair: Pair, dated: Dated, example: Example, own_rules: dict[str, Rule]) -> None:
    what = f"{pair[0]} and {pair[1]} may hold at once and say different things of {name}"
    why = f"So they do{dated.since}, for example on {example.on}: the answer is then a conflict."
    files.report(
        files.rule(_later(pair, own_rules)), "AR213", what, why, _HINT, example.text(expect={name: "conflict"})
    )


def _report_left_out(files: Files, name: str, own_rules: dict[str, Rule]) -> None:
    rule_id = next((rule.id for rule in own_rules.values() if name in rule.then), None)
    if rule_id is not None:
        what = f"rules of {name} that are judged on different days have been compared on the same day only"
        why = "Together these days lie in too many stretches of time."
        files.report(files.rule(rule_id), "AR230", what, why, "Judge them on one day, or try them with cases.")
