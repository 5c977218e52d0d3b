"""Whether the cases show each rule's answer unknown because of something missing that the rule reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from aava_rules.decision.missing import essential, is_open
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.session import Cube, Reading, State
from aava_rules.language.bounds import is_known
from aava_rules.language.syntax import Fact, walk
from aava_rules.rulebook.model import Parts, Rule
from aava_rules.tools.lint.files import Files
from aava_rules.tools.lint.formulas import frames
from aava_rules.tools.lint.reads import names_in, rule_trees
from aava_rules.tools.lint.trials import Asked, Trials, forms_of, said_answers
from aava_rules.tools.lint.words import listed

_OPEN = {
    "decide": "expects `unknown`",
    "require": "checks that it is `unknown`",
    "suggest": "lists the step under `no_steps`",
}


def look(files: Files, trials: Trials, seen: set[str]) -> None:
    """Tell the rules that no case shows waiting for a fact."""
    deciding = _deciding(trials)
    for rule, _ in trials.own_rules():
        reads = _may_be_missing(rule, trials.parts) & (deciding[rule.id] | _always_asked(rule))
        if rule.id not in seen or not reads or any(_waits(one, rule, reads) for one in trials.asked(rule)):
            continue
        what = f"no case shows {said_answers(rule)} unknown because of what {rule.id} reads"
        hint = f"Add one that leaves this out and {_OPEN[rule.kind]}."
        files.tell(files.rule(rule.id), "AR205", what, f"It reads {listed(sorted(reads))}.", hint)


def _may_be_missing(rule: Rule, parts: Parts) -> set[str]:
    """What a rule reads that a record may lack; a fact with a default is never missing."""
    return {name for name in names_in(rule_trees(rule)) if name not in parts.facts or parts.facts[name].default is None}


def _deciding(trials: Trials) -> dict[str, set[str]]:
    """What can turn the answer of each rule; where rules of all cases conclude the same, that is nothing."""
    found: dict[str, set[str]] = {rule.id: set() for rule, _ in trials.own_rules()}
    for _, frame, _ in frames(trials):
        for question in frame.questions:
            reading = Reading(question, frame, frame.full, (), Cube(frame.full))
            state = State(question.kind, question.name, "unknown", None, (reading,))
            turning = {name for variable in essential(state, reading) for name in names_in(variable.terms)}
            for forms in question.rules:
                if forms.bound.rule.id in found and not question.in_doubt:
                    found[forms.bound.rule.id] |= turning
    return found


def _always_asked(rule: Rule) -> set[str]:
    """What the value of an answer is computed from, and what the judged day is read from."""
    values = [value for value in rule.then.values() if not isinstance(value, frozenset)]
    return names_in(values if rule.judged_on is None else [*values, rule.judged_on])


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
    if value is None or isinstance(value, frozenset) or reading.state(forms.active) is False:
        return
    scope = reading.scopes[forms.bound.scope]
    for node in walk(value):
        if isinstance(node, Fact) and not is_known(reader(node)(scope)):
            yield node.name
