"""Whether the cases show each rule holding, failing, waiting for a fact, and its exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ..comparing import is_known
from ..engines.reference import Reading
from ..evaluation import reader, tester
from ..expression import TRUE, Fact, walk
from ..missing import essential, is_open
from ..parts import Parts, Rule, Ruleset
from .files import Files
from .reads import names_in, rule_trees
from .trials import Asked, Sighting, Trials, applies, forms_of, said_answers

MOST_SHOWN = 4
"""Names that a remark lists before it says that there are more."""


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
        _waiting(files, trials, rule)
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
_OPEN = {
    "decide": "expects `unknown`",
    "require": "checks that it is `unknown`",
    "suggest": "lists the step under `no_steps`",
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


# -- unknown answers


def _waiting(files: Files, trials: Trials, rule: Rule) -> None:
    reads = _may_be_missing(rule, trials.parts)
    if not reads or any(_waits(one, rule, reads) for one in trials.asked(rule)):
        return
    names = sorted(reads)
    listed = ", ".join(names[:MOST_SHOWN]) + (f" and {len(names) - MOST_SHOWN} more" if names[MOST_SHOWN:] else "")
    what = f"no case shows {said_answers(rule)} unknown because of what {rule.id} reads"
    why = f"It reads {listed}."
    files.tell(files.rule(rule.id), "AR205", what, why, f"Add one that leaves this out and {_OPEN[rule.kind]}.")


def _may_be_missing(rule: Rule, parts: Parts) -> set[str]:
    """What a rule reads that a record may lack; a fact with a default is never missing."""
    return {name for name in names_in(rule_trees(rule)) if name not in parts.facts or parts.facts[name].default is None}


def _waits(one: Asked, rule: Rule, reads: set[str]) -> bool:
    if not is_open(one.state):
        return False
    if not isinstance(one.judged_day(rule), date):
        return True
    return any(name in reads for reading in one.state.readings for name in _open_names(one, reading, rule))


def _open_names(one: Asked, reading: Reading, rule: Rule) -> Iterator[str]:
    """What an unknown answer waits for, if the rule is in force in it."""
    forms = forms_of(rule, reading)
    if forms is None or reading.question.in_doubt:
        return
    for variable in essential(one.state, reading):
        yield from names_in(variable.terms)
    value = forms.bound.then.get(one.state.name)
    if value is None or isinstance(value, frozenset) or forms.active.state(reading.known) is False:
        return
    scope = reading.scopes[forms.bound.scope]
    for node in walk(value):
        if isinstance(node, Fact) and not is_known(reader(node)(scope)):
            yield node.name


# -- exceptions


def _exceptions(files: Files, trials: Trials, rule: Rule, sightings: list[Sighting]) -> None:
    if rule.unless is not None and not any(map(_excepted, sightings)):
        why = "In no case do its conditions and `unless` hold both."
        hint = "Add one in which they do, with what then follows."
        files.tell(files.rule(rule.id, "unless"), "AR206", f"no case shows the exception of {rule.id}", why, hint)
    if rule.overrides and not _overrides(trials, rule):
        listed = ", ".join(rule.overrides[:MOST_SHOWN]) + (", ..." if rule.overrides[MOST_SHOWN:] else "")
        why = f"In no case does it hold together with a rule that it overrides: {listed}."
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
