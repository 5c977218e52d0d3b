"""The law of one day, standing still: what a rulebook says later if nothing in it changes after that day.

Between two days both the law and the client change. What a rulebook says on the second day by the law of the first is
what time alone makes of the client; what it says otherwise by its own law is the law's doing.

Each rule is read as it stood on the day on which it was judged on the first day of decision. A plan of 2014 is judged
by the law of 2014 whenever it is asked about, and one that is to begin in 2016 by the law of 2016: for them, nothing
that comes into force between the two days changes the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from aava_rules.decision.conclusions import Conclusions
from aava_rules.decision.context import Inquiry
from aava_rules.decision.decision import Decision
from aava_rules.engine.session import Session, StandingLaw
from aava_rules.language.functions import reads_on_own_day
from aava_rules.language.structs import FrozenDict
from aava_rules.language.syntax import Call, Param, walk
from aava_rules.record import Record
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import Parameter, Parts


def standing_decision(inquiry: Inquiry, record: Record, law: date, on: date, facts: Mapping[str, Any]) -> Decision:
    """The decision on a record on one day, by the law of an earlier one.

    Args:
        inquiry: what is asked, of a rulebook that is `standing` since ``law``.
        record: the record.
        law: the earlier day of decision.
        on: the day of decision.
        facts: the ready-made facts of the record, typed.
    """
    # a diagram would answer by the law of its own day, so that the facts are said not to suffice for one
    context = Conclusions(inquiry, record, on, facts, False)
    context._session = StandingLaw(Session(inquiry.book, record, law, inquiry.engine, facts), facts, on)
    return Decision(context)


def standing(parts: Parts, day: date) -> Parts:
    """The rulebook ``parts`` with the values that derived facts read on the day of decision as they are on ``day``.

    Values that rules read themselves stand still with the rules. One that is also read on other days, by rules that are
    judged on them, does not: if a derived fact reads it too, its change counts as time.
    """
    moving = _read_on_other_days(parts)
    parameters = {
        name: parameter if name in moving else _until(parameter, day) for name, parameter in parts.parameters.items()
    }
    return replace(parts, parameters=FrozenDict(parameters))


def moving_parameters(parts: Parts, stood: Parts, since: date, until: date) -> frozenset[str]:
    """The parameters of which a value begins between two days that a rulebook standing still has not.

    Args:
        parts: the rulebook.
        stood: the same, `standing` since ``since``.
        since: the earlier day of decision.
        until: the later one.
    """
    return frozenset(
        name
        for name, parameter in parts.parameters.items()
        if stood.parameters[name] != parameter and _begins(parameter, since, until)
    )


def _begins(parameter: Parameter, since: date, until: date) -> bool:
    """Whether a value begins after ``since`` and on ``until`` at the latest, or none had begun on ``since``."""
    starts = [value.start for value in parameter.values]
    begun = any(start is None or start <= since for start in starts)
    return not begun or any(start is not None and since < start <= until for start in starts)


def _read_on_other_days(parts: Parts) -> set[str]:
    """The parameters that are also read on other days than that of decision."""
    rules = [rule for ruleset in parts.rulesets for rule in ruleset.rules]
    names = {name for rule in rules if rule.judged_on is not None for name in parts.reads[rule.id].parameters}
    trees = [tree for rule in rules for tree in trees_of(rule)]
    trees += [tree for fact in parts.facts.values() for tree in fact.trees()]
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Call) and reads_on_own_day(node) and isinstance(node.args[0], Param):
                names.add(node.args[0].name)
    return names


def _until(parameter: Parameter, day: date) -> Parameter:
    values = tuple(value for value in parameter.values if value.start is None or value.start <= day)
    # a parameter of which no value has begun has none, as before a first value that is dated
    return replace(parameter, values=values or (replace(parameter.values[0], start=None, value=None),))
