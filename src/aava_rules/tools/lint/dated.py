"""Days that rules and values leave out or have twice: a successor that begins too late or too early, and what no day
reaches.

What is read here are the days that are written; whether records are touched is not asked. Days without any rule of an
outcome are told even where nobody may have been concerned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise, permutations

from aava_rules.compiler.formula import conj
from aava_rules.compiler.program import CONFLICT, Question, RuleForms
from aava_rules.language.dates import ONE_DAY
from aava_rules.rulebook.model import Parameter, Rule, Ruleset
from aava_rules.tools.lint.files import Files
from aava_rules.tools.lint.programs import Dated
from aava_rules.tools.lint.trials import Trials, answers_of
from aava_rules.tools.lint.witness import Search, conflicts

Stretch = tuple[date, date]
"""The first and the last day of a stretch of time."""
_OF_RULES = "Let the successor begin on the day after, or say in the notes why there is none."


def check_days(files: Files, trials: Trials, dead: set[str]) -> set[tuple[str, str]]:
    """Report days that rules leave out (AR219) or have twice (AR220), and what no day reaches (AR227, AR228).

    Args:
        files: where remarks go.
        trials: the cases with their rulebook.
        dead: the ids of rules that can never answer anything, which are left out.

    Returns:
        The pairs of rules that have been told to overlap.
    """
    own_rules = {rule.id: (rule, ruleset) for rule, ruleset in trials.own_rules() if rule.id not in dead}
    overlapping = set(_overlaps(files, trials, own_rules))
    for rule, ruleset in own_rules.values():
        _gap_before(files, trials, rule)
        _doubt(files, rule, ruleset)
        _citations(files, rule)
    return overlapping


def check_values(files: Files, trials: Trials) -> None:
    """Report days without a value (AR221), values that change nothing (AR222) and rows that do not (AR229).

    Args:
        files: where remarks go.
        trials: the cases with their rulebook.
    """
    for name in files.keys("parameters.yaml"):
        parameter = trials.parts.parameters[name]
        _values(files, parameter)
        _rows(files, parameter)


# -- rules


def _stretch(rule: Rule) -> Stretch:
    return rule.start or date.min, rule.until or date.max


def _gap_before(files: Files, trials: Trials, rule: Rule) -> None:
    """Report the days between a rule and the one before it, where no rule answers the same.

    An exception for a time is none that has a successor: on the days between, the rule that it overrides goes on.
    """
    first, _ = _stretch(rule)
    if first == date.min:
        return
    for kind, name in answers_of(rule):
        rules = [other for other, _ in trials.book.rules_of(kind, name) if other.each == rule.each]
        alike = [other for other in rules if kind != "outcome" or other.then[name] == rule.then[name]]
        stretches = list(map(_stretch, alike))
        ends = [last for _, last in stretches if last < first]
        if ends and max(ends) + ONE_DAY < first and not any(start < first <= last for start, last in stretches):
            last = max(ends)
            before = next(other for other in alike if other.until == last)
            if any(
                other.id in before.overrides and _stretch(other)[0] <= last and first <= _stretch(other)[1]
                for other in rules
            ):
                continue
            lacking = f"{last + ONE_DAY} to {first - ONE_DAY}"
            answer = f"{name} {_value(rule, name)}" if kind == "outcome" else name
            what = f"no rule says {answer} from {lacking}"
            why = f"A rule that does ends with {last}, and {rule.id} begins on {first}."
            files.report(files.rule(rule.id, "in_force"), "AR219", what, why, _OF_RULES)
            return


def _value(rule: Rule, name: str) -> str:
    value = rule.then[name]
    return f"[{', '.join(sorted(value))}]" if isinstance(value, frozenset) else str(value)


def _overlaps(files: Files, trials: Trials, own_rules: dict[str, tuple[Rule, Ruleset]]) -> Iterator[tuple[str, str]]:
    """Report the rules that go on after a successor with the same conditions has begun."""
    search = trials.search()
    for dated in trials.programs:
        for question in dated.program.questions if dated.alike else ():
            for forms, successor in permutations(question.rules, 2):
                rule, later = forms.bound.rule, successor.bound.rule
                if later.id not in own_rules or not _goes_on(forms, successor, dated):
                    continue
                assert later.start is not None and rule.until is not None
                what = f"{rule.id} and {later.id} are both in force from {later.start} to {rule.until}"
                why = f"{later.id} has the same conditions and begins before {rule.id} has ended."
                hint = f"Let {rule.id} end with {later.start - ONE_DAY}, or let one override the other."
                example = _clash(search, question, dated, forms, successor)
                files.report(files.rule(later.id, "in_force"), "AR220", what, why, hint, example)
                yield min(rule.id, later.id), max(rule.id, later.id)


def _goes_on(forms: RuleForms, successor: RuleForms, dated: Dated) -> bool:
    """Whether a rule with a last day is still in force when one with its conditions begins, the first of these days."""
    rule, later = forms.bound.rule, successor.bound.rule
    if rule.until is None or later.start is None or later.start != dated.day or rule.judged_on != later.judged_on:
        return False
    if rule.id in later.overrides or later.id in rule.overrides or forms.bound.in_doubt or successor.bound.in_doubt:
        return False
    if not (rule.start or date.min) < later.start <= rule.until < (later.until or date.max):
        return False
    return dated.logic.same(forms.holds.formula, successor.holds.formula)


def _clash(search: Search, question: Question, dated: Dated, forms: RuleForms, successor: RuleForms) -> str:
    """A record of which the two rules say different things; empty if there is none."""
    name = question.name
    if question.kind != "outcome" or question.is_set:
        return ""
    vertex = dated.logic.vertex(conj(forms.active.formula, successor.active.formula))
    if vertex is None:
        return ""
    values = (forms.bound.then[name], successor.bound.then[name])
    example = search.find(dated.logic, vertex, dated.group, dated.segments, conflicts(name), values)
    return "" if example is None else example.text(expect={name: CONFLICT})


def _doubt(files: Files, rule: Rule, ruleset: Ruleset) -> None:
    """Report a day of doubt that lies after the last day of the rule."""
    if rule.in_doubt_from is not None and rule.until is not None and rule.in_doubt_from > rule.until:
        what = f"the doubt about {rule.id} never begins"
        why = f"It would from {rule.in_doubt_from}, and the rule ends with {rule.until}."
        files.report(
            files.rule(rule.id, "in_doubt_from"), "AR227", what, why, "Take it out, or change one of the days."
        )


def _citations(files: Files, rule: Rule) -> None:
    """Report dated citations of which every day lies outside the time in which the rule is in force."""
    first, last = _stretch(rule)
    days = [day or date.min for day, _ in rule.cite]
    for day, following in pairwise([*days, date.max]):
        if day > last or (following <= first and following < date.max):
            what = f"the citation from {day} is never shown"
            why = f"{rule.id} is in force {_in_words(rule)}."
            files.report(files.rule(rule.id, "cite"), "AR228", what, why, "Take it out, or change its day.")


def _in_words(rule: Rule) -> str:
    words = [f"from {rule.start}" if rule.start else "", f"until {rule.until}" if rule.until else ""]
    return " ".join(word for word in words if word) or "always"


# -- parameters


def _values(files: Files, parameter: Parameter) -> None:
    for number, (before, value) in enumerate(pairwise(parameter.values)):
        if value.start is None:
            continue
        position = files.value_of(parameter.name, value.start)
        if position is None:
            continue
        if before.value is None and value.value is not None and number and before.start is not None:
            what = f"{parameter.name} has no value from {before.start} to {value.start - ONE_DAY}"
            why = f"The value before ends with {before.start - ONE_DAY}, and the next begins on {value.start}."
            files.report(position, "AR221", what, why, "Let the next value begin on the day after.")
        same = (before.value, before.cite, before.status, before.to_read)
        if same == (value.value, value.cite, value.status, value.to_read):
            what = f"{parameter.name} is the same before {value.start} and from then on"
            why = "Its value, citation and status are those of the value before."
            files.report(position, "AR222", what, why, "Take it out, or write what changed.")


def _rows(files: Files, parameter: Parameter) -> None:
    for value in parameter.values:
        if not isinstance(value.value, dict):
            continue
        for key, following in pairwise(sorted(value.value)):
            if value.value[key] == value.value[following]:
                start = "always" if value.start is None else value.start.isoformat()
                path: Sequence[str] = (parameter.name, "values", start, "rows", str(following))
                position = files.declared("parameters.yaml", *path)
                if position is not None:
                    what = f"the row {following} of {parameter.name} changes nothing"
                    why = f"It says what the row {key} says, which counts up to it anyway."
                    files.report(position, "AR229", what, why, "Take it out, or change it.")
