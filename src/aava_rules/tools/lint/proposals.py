"""Facts and a day for a case that is lacking: what has to be known for a rule to hold, to fail, or to be excepted.

They say what to ask of the source and not what it answers: the answer of a case is worked out from the law, and never
taken from the rules that the case is to test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from aava_rules.compiler.formula import Formula, conj, neg
from aava_rules.compiler.program import RuleForms
from aava_rules.engine.session import Session
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.rulebook.model import Rule
from aava_rules.tools.lint.programs import Dated
from aava_rules.tools.lint.trials import Sighting, Trials, answers_of
from aava_rules.tools.lint.witness import Example

Wanted = Callable[[Dated, RuleForms], Formula | None]
"""The formula that is to hold of a record; None in a stretch of time in which there is nothing to show."""
Shown = Callable[[Sighting], bool]
"""Whether one answer to a record shows what is wanted."""


def holding(trials: Trials, rule: Rule) -> str:
    """A record and a day on which ``rule`` holds, as JSON; empty if none was found. ``trials`` has the rulebook."""
    return _text(_find(trials, rule, _holds, lambda sighting: sighting.held is True))


def failing(trials: Trials, rule: Rule) -> str:
    """A record and a day on which ``rule`` fails, as JSON; empty if none was found. ``trials`` has the rulebook."""
    return _text(_find(trials, rule, _fails, lambda sighting: sighting.held is False))


def excepted(trials: Trials, rule: Rule, shown: Shown) -> str:
    """A record and a day on which a rule's conditions and its exception hold, as JSON; empty if none was found.

    Args:
        trials: the cases with their rulebook.
        rule: the rule.
        shown: whether an answer shows it.
    """

    def both(dated: Dated, forms: RuleForms) -> Formula | None:
        bound, logic = forms.bound, dated.logic
        if bound.unless is None:
            return None
        return conj(logic.condition(bound.when, bound.scope), logic.condition(bound.unless, bound.scope))

    return _text(_find(trials, rule, both, shown))


def overriding(trials: Trials, rule: Rule, overridden: Rule) -> str:
    """A record and a day on which a rule and one that it overrides hold, as JSON; empty if none was found.

    Args:
        trials: the cases with their rulebook.
        rule: the rule.
        overridden: the rule that it overrides.
    """

    def both(dated: Dated, forms: RuleForms) -> Formula | None:
        over = dated.program.rules.get(rule.id)
        return None if over is None else conj(forms.holds.formula, over.holds.formula)

    def shown(sighting: Sighting) -> bool:
        over = sighting.reading.program.rules.get(rule.id)
        return over is not None and sighting.held is True and sighting.reading.state(over.holds) is True

    return _text(_find(trials, overridden, both, shown))


def on_day(trials: Trials, rule: Rule, day: date) -> str:
    """A record for which a rule holds while it is in force, to be judged on a day of change; empty if none was found.

    Args:
        trials: the cases with their rulebook.
        rule: the rule, judged on the day of decision.
        day: the first day of a change, or the day before.
    """
    if rule.judged_on is not None:
        return ""
    example = _find(trials, rule, _holds, lambda sighting: sighting.held is True)
    return "" if example is None else _text(replace(example, on=day))


def _holds(dated: Dated, forms: RuleForms) -> Formula:
    return forms.holds.formula


def _fails(dated: Dated, forms: RuleForms) -> Formula:
    return neg(forms.holds.formula)


def _text(example: Example | None) -> str:
    return "" if example is None else example.text()


def _find(trials: Trials, rule: Rule, wanted: Wanted, shown: Shown) -> Example | None:
    """The first record found, in the order of time, that shows of a rule what is wanted."""
    kind, name = answers_of(rule)[0]
    search = trials.search()

    def goal(session: Session) -> bool:
        return any(map(shown, trials.sightings_in(session, rule)))

    for dated in trials.expanded_programs:
        if dated.group.list_name != LIST_OF_ITEM.get(rule.each, ""):
            continue
        for question in dated.program.questions:
            forms = next((each for each in question.rules if each.bound.rule.id == rule.id), None)
            if (question.kind, question.name) != (kind, name) or forms is None or forms.bound.in_doubt:
                continue
            formula = wanted(dated, forms)
            vertex = None if formula is None else dated.logic.vertex(formula)
            if vertex is None or vertex is False:
                continue
            example = search.find(dated.logic, vertex, dated.group, dated.segments, goal)
            if example is not None:
                return example
    return None
