"""Whether the cases show each rule holding, failing, excepted, and unknown because of something that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from aava_rules.decision.essential import essential
from aava_rules.engine.reference.engine import KnownCells
from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.states import Reading
from aava_rules.language.syntax import TRUE, Fact, walk
from aava_rules.language.values import is_known
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import Parts, Rule, Ruleset
from aava_rules.tools.lint.files import Files, listed
from aava_rules.tools.lint.proposals import excepted, failing, holding, overriding
from aava_rules.tools.lint.reads import names_in
from aava_rules.tools.lint.trials import CaseAnswer, Sighting, Trials, answer_names, applies, forms_of


def check_coverage(files: Files, trials: Trials, dead: set[str]) -> set[str]:
    """Report what no case shows of a rule: that it holds (AR201), fails (AR202), or is excepted (AR206).

    Args:
        files: where remarks go.
        trials: the cases with their answers.
        dead: the ids of rules that can never answer anything, which are left out.

    Returns:
        The ids of the rules that some case shows at all; only of these is there more to check.
    """
    covered: set[str] = set()
    for rule, ruleset in trials.own_rules():
        if rule.id in dead or _never_verified(rule, ruleset):
            continue
        sightings = list(trials.sightings(rule))
        if not sightings:
            why = f"No case asks for {answer_names(rule)} on a day when it is in force."
            what, example = f"no case shows {rule.id}", holding(trials, rule)
            files.report(files.rule(rule.id), "AR201", what, why, _HOLDING[rule.kind], example)
            continue
        covered.add(rule.id)
        _report_holding(files, trials, rule, sightings)
        _report_exceptions(files, trials, rule, sightings)
    return covered


_HOLDING = {
    "decide": "Add one in which its conditions hold, with the answer under `expect`.",
    "require": "Add one in which it applies, with the requirement under `checks`.",
    "suggest": "Add one in which its conditions hold, with the step under `steps`.",
}
_FAILING = {
    "decide": "Add one in which a condition fails, with the answer under `expect`.",
    "require": "Add one in which it does not apply, with the requirement under `checks`.",
    "suggest": "Add one in which a condition fails, with the step under `no_steps`.",
}


def _never_verified(rule: Rule, ruleset: Ruleset) -> bool:
    """Whether the law has been read on no day on which the rule is in force, so that it decides nothing."""
    days = [rule.in_doubt_from, ruleset.in_doubt_from, *(ruleset.doubted.get(name) for name in rule.then)]
    doubted = [day for day in days if day is not None]
    return bool(doubted) and min(doubted) <= (rule.start or date.min)


def _report_holding(files: Files, trials: Trials, rule: Rule, sightings: list[Sighting]) -> None:
    states = [sighting.held for sighting in sightings]
    count = f"{len(states)} answer{'' if len(states) == 1 else 's'} to {answer_names(rule)}"
    if True not in states:
        why = f"Of {count} in cases it holds in none."
        what, example = f"no case shows {rule.id} holding", holding(trials, rule)
        files.report(files.rule(rule.id), "AR201", what, why, _HOLDING[rule.kind], example)
    conditional = rule.when != TRUE or rule.needs_judgement not in ("", "true")
    # an exception that holds is not a condition that fails: it has a remark of its own
    if conditional and not any(sighting.held is False and not _exception_held(sighting) for sighting in sightings):
        why = f"Of {count} in cases it fails in none."
        what, example = f"no case shows {rule.id} failing to hold", failing(trials, rule)
        files.report(files.rule(rule.id), "AR202", what, why, _FAILING[rule.kind], example)


# -- exceptions


def _report_exceptions(files: Files, trials: Trials, rule: Rule, sightings: list[Sighting]) -> None:
    if rule.unless is not None and not any(map(_exception_held, sightings)):
        why = "In no case do its conditions and `unless` hold both."
        hint = "Add one in which they do, with what then follows."
        what, example = f"no case shows the exception of {rule.id}", excepted(trials, rule, _exception_held)
        files.report(files.rule(rule.id, "unless"), "AR206", what, why, hint, example)
    if rule.overrides and not _overriding_shown(trials, rule):
        why = f"In no case does it hold together with a rule that it overrides: {listed(rule.overrides)}."
        hint = "Add one in which both hold, with what then follows."
        rules = trials.rules
        examples = (overriding(trials, rule, rules[overridden]) for overridden in rule.overrides if overridden in rules)
        what, example = f"no case shows {rule.id} overriding", next(filter(None, examples), "")
        files.report(files.rule(rule.id, "overrides"), "AR206", what, why, hint, example)


def _exception_held(sighting: Sighting) -> bool:
    bound = sighting.forms.bound
    if bound.unless is None or bound.in_doubt:
        return False
    return tester(bound.when)(sighting.scope) is True and tester(bound.unless)(sighting.scope) is True


def _overriding_shown(trials: Trials, rule: Rule) -> bool:
    for overridden in rule.overrides:
        for sighting in trials.sightings(trials.rules[overridden]):
            mine = sighting.reading.program.rules.get(rule.id)
            scopes = sighting.reading.scopes
            if mine is None or not applies(mine.bound, scopes):
                continue
            # what is in doubt may hold whatever its conditions say
            if sighting.forms.bound.in_doubt or applies(sighting.forms.bound, scopes):
                return True
    return False


_UNKNOWN = {
    "decide": "expects `unknown`",
    "require": "checks that it is `unknown`",
    "suggest": "lists the step under `no_steps`",
}


def check_waiting(files: Files, trials: Trials, covered: set[str]) -> None:
    """Report the rules that no case shows waiting for a fact (AR205).

    Args:
        files: where remarks go.
        trials: the cases with their answers.
        covered: the ids of the rules that some case shows at all.
    """
    deciding = _facts_that_decide(trials)
    for rule, _ in trials.own_rules():
        reads = _may_be_missing(rule, trials.parts) & (deciding[rule.id] | _always_needed(rule))
        if (
            rule.id not in covered
            or not reads
            or any(_waits_for_facts(answer, rule, reads) for answer in trials.answers_to(rule))
        ):
            continue
        what = f"no case shows {answer_names(rule)} unknown because of what {rule.id} reads"
        hint = f"Add one that leaves this out and {_UNKNOWN[rule.kind]}."
        files.report(files.rule(rule.id), "AR205", what, f"It reads {listed(sorted(reads))}.", hint)


def _may_be_missing(rule: Rule, parts: Parts) -> set[str]:
    """What a rule reads that a record may lack; a fact whose default is a value is never missing."""
    never = {name for name, fact in parts.facts.items() if fact.default is not None and not names_in([fact.default])}
    return names_in(trees_of(rule)) - never


def _facts_that_decide(trials: Trials) -> dict[str, set[str]]:
    """What can turn the answer of each rule; where rules of all cases conclude the same, that is nothing."""
    names: dict[str, set[str]] = {rule.id: set() for rule, _ in trials.own_rules()}
    for program in (dated.program for dated in trials.programs):
        for question in program.questions:
            reading = Reading(question, program, program.full, (), KnownCells(program.full))
            deciding = {name for feature in essential(reading) for name in names_in(feature.terms)}
            for forms in question.rules:
                if forms.bound.rule.id in names and not question.in_doubt:
                    names[forms.bound.rule.id] |= deciding
    return names


def _always_needed(rule: Rule) -> set[str]:
    """What the value of an answer is computed from, and what the judged day is read from."""
    values = [value for value in rule.then.values() if not isinstance(value, frozenset)]
    return names_in(values if rule.judged_on is None else [*values, rule.judged_on])


def _waits_for_facts(answer: CaseAnswer, rule: Rule, reads: set[str]) -> bool:
    if not answer.state.open:
        return False
    if not isinstance(answer.judged_day(rule), date):
        return True
    # what a rule reads itself, and not what the outcomes that it reads follow from
    layered = [reading.layered or reading for reading in answer.state.readings]
    return any(name in reads for reading in layered for name in _open_names(answer, reading, rule))


def _open_names(answer: CaseAnswer, reading: Reading, rule: Rule) -> Iterator[str]:
    """What an unknown answer waits for, if the rule is in force in it."""
    forms = forms_of(rule, reading)
    if forms is None or reading.question.in_doubt:
        return
    for feature in essential(reading):
        yield from names_in(feature.terms)
    value = forms.bound.then.get(answer.state.name)
    if value is None or isinstance(value, frozenset) or reading.state(forms.active) is False:
        return
    scope = reading.scopes[forms.bound.scope]
    for node in walk(value):
        if isinstance(node, Fact) and not is_known(reader(node)(scope)):
            yield node.name
