"""Every completion of what a record leaves open, as far as the rules of one answer can tell them apart."""

from __future__ import annotations

import copy
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import combinations, product
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.engine.states import State
from aava_rules.language.syntax import Call, Fact, ItemField, walk
from aava_rules.language.values import FIRST_DAY, LAST_DAY, NONE, UNKNOWN, Interval, is_known
from aava_rules.record.fields import lists
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import Rule
from aava_rules.testing.edges import change_days

BRUTE = settings(
    derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
"""Seeds do not shrink, so a failing one is told as it is."""
ONE_DAY = timedelta(days=1)
MOST = 700
"""Completions that are tried for one answer."""
_DECIMALS = tuple(map(Decimal, ("0", "0.25", "0.5", "0.75", "1", "1.5", "2.5", "3", "4", "5", "7.5", "8")))
LIST = {"period": "periods", "plan": "plans"}


@cache
def shipped(name: str) -> Rulebook:
    """A shipped rulebook, loaded once."""
    return load(name, plugins=False)


@dataclass(frozen=True)
class Input:
    """A fact, outcome or field that the rules of an answer read."""

    name: str
    field: str = ""

    @property
    def list_name(self) -> str:
        return LIST[self.name] if self.field else ""


def rules_of(rulebook: Rulebook, name: str) -> list[Rule]:
    """The rules that decide a name, and those that override them, and so on."""
    rules = [rule for ruleset in rulebook._parts.rulesets for rule in ruleset.rules]
    found = [rule for rule in rules if name in rule.then or (rule.kind == "require" and rule.name == name)]
    for rule in found:
        found += [other for other in rules if rule.id in other.overrides and other not in found]
    return found


def inputs(rulebook: Rulebook, name: str, stated: Container[str] = ()) -> list[Input]:
    """What the rules of a name read, each once: facts and fields, those of the outcomes included that they read.

    An outcome that a record states stays an input itself.
    """
    found: dict[Input, None] = {}
    for rule in rules_below(rulebook, name, stated):
        if rule.needs_judgement not in ("", "true"):
            found[Input(rule.needs_judgement)] = None
        for tree in trees_of(rule):
            for node in walk(tree):
                if isinstance(node, Fact):
                    if node.name in stated or node.name not in rulebook._parts.outcomes:
                        found[Input(node.name)] = None
                elif isinstance(node, ItemField) and not node.derived:
                    found[Input(node.singular, node.field)] = None
                elif isinstance(node, Call) and node.name == "day_in":
                    found[Input(str(node.args[0]), "start" if node.args[0] == "period" else "made_on")] = None
    return list(found)


def rules_below(rulebook: Rulebook, name: str, stated: Container[str] = ()) -> list[Rule]:
    """The rules of a name and of all outcomes below it that a record does not state."""
    found: dict[str, Rule] = {}
    pending, seen = [name], {name}
    while pending:
        for rule in rules_of(rulebook, pending.pop()):
            found[rule.id] = rule
            names = {node.name for tree in trees_of(rule) for node in walk(tree) if isinstance(node, Fact)}
            below = {other for other in names & rulebook._parts.outcomes.keys() - seen if other not in stated}
            seen |= below
            pending += sorted(below)
    return list(found.values())


def outcomes_below(rulebook: Rulebook, name: str) -> list[str]:
    """The outcomes that a name rests on, directly or not."""
    trees = [tree for rule in rules_below(rulebook, name) for tree in trees_of(rule)]
    names = {node.name for tree in trees for node in walk(tree) if isinstance(node, Fact)}
    return sorted(names & rulebook._parts.outcomes.keys())


def values(rulebook: Rulebook, one: Input, on: date) -> list[Any]:
    """Values of an input on both sides of everything that it is compared with, and that there is none of it."""
    if one.field:
        info = lists()[one.list_name].fields[one.field]
        kind, words = info.type, info.words
    else:
        known = rulebook._parts.facts.get(one.name) or rulebook._parts.outcomes[one.name]
        kind, words = known.type, known.words
    absent = [NONE] if one.field and one.field not in ("start", "made_on") else []
    if kind == "boolean":
        return [True, False, *absent]
    if kind == "choice":
        # an outcome may have no word at all, which is an unknown to what reads it
        return [*words, *absent, *([UNKNOWN] if one.name in rulebook._parts.outcomes else [])]
    if kind == "set":
        words = ("client", "kela") if one.field == "present" else words
        return [sorted(some) for size in range(len(words) + 1) for some in combinations(words, size)] + absent
    if kind == "date":
        edges = {day for edge in (*change_days(rulebook), on) for day in (edge - ONE_DAY, edge, edge + ONE_DAY)}
        return [*sorted(day for day in edges if FIRST_DAY <= day <= LAST_DAY), *absent]
    return [*(range(8) if kind == "integer" else _DECIMALS), *absent]


def placed(record: dict[str, Any], one: Input, value: Any) -> dict[str, Any]:
    """A copy of the record in which an input has a value; NONE: there is none; UNKNOWN: it is not said."""
    made = copy.deepcopy(record)
    if not one.field:
        made["facts"].pop(one.name, None)
        if value is not UNKNOWN:
            made["facts"][one.name] = value
        return made
    path = f"{one.list_name}.{one.field}"
    made["complete"] = [other for other in made.get("complete", ()) if other != path]
    item = made[one.list_name][0]
    item.pop(one.field, None)
    if value is NONE:
        made["complete"].append(path)
    elif value is not UNKNOWN:
        item[one.field] = value
    return made


def known_of(decision: Decision, one: Input) -> Any:
    """What a decision knows of an input on the day of decision."""
    facts = inside(decision).session.facts
    if not one.field:
        return facts.value(one.name, decision.on)
    value = getattr(getattr(facts.record, one.list_name)[0], one.field)
    if value is None:
        return NONE if (one.list_name, one.field) in facts.record.complete_fields else UNKNOWN
    return value


def possible(rulebook: Rulebook, decision: Decision, one: Input) -> list[Any]:
    """The values of an input that agree with what is known of it: one, if it is known."""
    known = known_of(decision, one)
    if known is UNKNOWN:
        return values(rulebook, one, decision.on)
    if not isinstance(known, Interval):
        return [sorted(known) if isinstance(known, frozenset) else known]
    found = values(rulebook, one, decision.on)
    if isinstance(known.low, frozenset):
        return [some for some in found if known.low <= frozenset(some) <= known.high]
    return [
        value
        for value in sorted({*found, *(bound for bound in (known.low, known.high) if bound is not None)})
        if (known.low is None or value >= known.low) and (known.high is None or value <= known.high)
    ]


def partial_record(rulebook: Rulebook, name: str, random: Random, on: date) -> dict[str, Any]:
    """A record that says all that the rules of a name read, except for a few things."""
    each = next((rule.each for rule in rules_of(rulebook, name)), "client")
    record: dict[str, Any] = {"id": "R", "facts": {}}
    if each != "client":
        record[LIST[each]] = [{"id": "item"}]
    size = 1
    stated = [other for other in outcomes_below(rulebook, name) if random.random() < 0.25]
    read = inputs(rulebook, name, stated)
    random.shuffle(read)
    for one in read:
        found = values(rulebook, one, on)
        if one.name not in stated and size * len(found) <= MOST and random.random() < 0.5:
            size *= len(found)
            bounded = not one.field and _is_whole(rulebook, one.name) and random.random() < 0.3
            if bounded:
                record["facts"][one.name] = {random.choice(["at_least", "at_most"]): random.choice(found)}
        else:
            record = placed(record, one, random.choice([value for value in found if value is not UNKNOWN]))
    for other in rulebook._parts.facts:
        if "." not in other and Input(other) not in read and random.random() < 0.5:
            record = placed(record, Input(other), random.choice(values(rulebook, Input(other), on)))
    return record


def _is_whole(rulebook: Rulebook, name: str) -> bool:
    known = rulebook._parts.facts.get(name)
    return known is not None and known.type == "integer"


def completions(
    rulebook: Rulebook, record: dict[str, Any], decision: Decision, read: list[Input], but: Input | None = None
) -> Iterator[dict[str, Any]]:
    """Records in which every input that is not known has a value, but for one that stays as it is."""
    others = [one for one in read if one != but and not is_known(known_of(decision, one))]
    choices = [possible(rulebook, decision, one) for one in others]
    for chosen in product(*choices):
        made = record
        for one, value in zip(others, chosen, strict=True):
            made = placed(made, one, value)
        yield made


def size_of(rulebook: Rulebook, decision: Decision, read: list[Input]) -> int:
    """How many completions there are."""
    size = 1
    for one in read:
        size *= len(possible(rulebook, decision, one))
    return size


def state_of(rulebook: Rulebook, record: dict[str, Any], on: date, name: str) -> State:
    """The state of one name; of an item's requirement, that of the first item."""
    return inside(rulebook.decide(record, on, only=[name])).states[0]
