"""Whether the cases show each rule holding, failing, and its exceptions."""

from __future__ import annotations

from datetime import date

from aava_rules.engine.reference.evaluate import tester
from aava_rules.language.syntax import TRUE
from aava_rules.rulebook.model import Rule, Ruleset
from aava_rules.tools.lint.files import Files
from aava_rules.tools.lint.trials import Sighting, Trials, applies, said_answers
from aava_rules.tools.lint.words import listed


def look(files: Files, trials: Trials, dead: set[str]) -> set[str]:
    """Tell what no case shows of a rule; the rules that cases show at all, of which more can be said."""
    seen: set[str] = set()
    for rule, ruleset in trials.own_rules():
        if rule.id in dead or _never_read(rule, ruleset):
            continue
        sightings = list(trials.sightings(rule))
        if not sightings:
            why = f"No case asks for {said_answers(rule)} on a day when it is in force."
            files.tell(files.rule(rule.id), "AR201", f"no case shows {rule.id}", why, _HOLDING[rule.kind])
            continue
        seen.add(rule.id)
        _holding(files, rule, sightings)
        _exceptions(files, trials, rule, sightings)
    return seen


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


def _never_read(rule: Rule, ruleset: Ruleset) -> bool:
    """Whether nobody has read the law on any day on which the rule is in force: it then decides nothing."""
    days = [rule.in_doubt_from, ruleset.in_doubt_from, *(ruleset.doubted.get(name) for name in rule.then)]
    doubted = [day for day in days if day is not None]
    return bool(doubted) and min(doubted) <= (rule.start or date.min)


def _holding(files: Files, rule: Rule, sightings: list[Sighting]) -> None:
    states = [one.held for one in sightings]
    count = f"{len(states)} answer{'' if len(states) == 1 else 's'} to {said_answers(rule)}"
    if True not in states:
        why = f"Of {count} in cases it holds in none."
        files.tell(files.rule(rule.id), "AR201", f"no case shows {rule.id} holding", why, _HOLDING[rule.kind])
    conditional = rule.when != TRUE or rule.needs_judgement not in ("", "true")
    # an exception that holds is no condition that fails: it gets a remark of its own
    if conditional and not any(one.held is False and not _excepted(one) for one in sightings):
        why = f"Of {count} in cases it fails in none."
        files.tell(files.rule(rule.id), "AR202", f"no case shows {rule.id} failing to hold", why, _FAILING[rule.kind])


# -- exceptions


def _exceptions(files: Files, trials: Trials, rule: Rule, sightings: list[Sighting]) -> None:
    if rule.unless is not None and not any(map(_excepted, sightings)):
        why = "In no case do its conditions and `unless` hold both."
        hint = "Add one in which they do, with what then follows."
        files.tell(files.rule(rule.id, "unless"), "AR206", f"no case shows the exception of {rule.id}", why, hint)
    if rule.overrides and not _overrides(trials, rule):
        why = f"In no case does it hold together with a rule that it overrides: {listed(rule.overrides)}."
        hint = "Add one in which both hold, with what then follows."
        files.tell(files.rule(rule.id, "overrides"), "AR206", f"no case shows {rule.id} overriding", why, hint)


def _excepted(one: Sighting) -> bool:
    bound = one.forms.bound
    if bound.unless is None or bound.in_doubt:
        return False
    return tester(bound.when)(one.scope) is True and tester(bound.unless)(one.scope) is True


def _overrides(trials: Trials, rule: Rule) -> bool:
    rules = {one.id: one for question in trials.book.questions.values() for one, _ in question.rules}
    for overridden in rule.overrides:
        for sighting in trials.sightings(rules[overridden]):
            mine = sighting.reading.frame.folder.entered(rule.id)
            scopes = sighting.reading.scopes
            if mine is not None and applies(mine, scopes) and applies(sighting.forms.bound, scopes):
                return True
    return False
