"""Filling in what a record leaves open, in the ways that it leaves open.

What is filled in agrees with what is known: with bounds, with facts that follow from the lists, and with what absence
says (a period without an end is running, so it ends on the day of decision at the earliest; a fact with a default has
it, and what it would follow from stays open; what is assumed stays assumed). An outcome that other rules read is not
filled in: what is decided on top of it counts on its rules, and an official who states it need not follow them. Nor is
a fact that turns with the round of the client path while a contact is in doubt: it is told by telling of the contact.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from aava_rules.compiler.facts import PREFER_DERIVED
from aava_rules.decision.answers import state_of
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.service import parts_of
from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.syntax import Const, Fact, walk
from aava_rules.language.values import FIRST_DAY, UNKNOWN, Interval
from aava_rules.record.fields import lists
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import FactDef, Parts
from aava_rules.testing.record_maker import RecordMaker, is_sound

_SAYS_SOMETHING = frozenset(
    {
        ("periods", "end"),
        ("periods", "agreed_end"),
        ("periods", "ended_because"),
        ("periods", "length_months"),
        ("plans", "ends_on"),
    }
)
"""Fields whose absence is a statement: the period is running or ended as agreed, the plan in force until the next."""
_NEVER_NONE = _SAYS_SOMETHING | {
    ("periods", "start"),
    ("periods", "kind"),
    ("plans", "made_on"),
    ("plans", "kind"),
    ("events", "step"),
}
_DATES = ("start", "end", "agreed_end", "made_on", "ends_on", "on", "attended_on")


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that a record leaves open.

    Attributes:
        kind: ``fact``, ``outcome``, ``list``, ``before`` (what came before ``complete_from``) or ``field`` (of an
            item).
        name: the fact, outcome or list.
        position: the index of the item, for a field; else -1.
        field: the name of the field; else empty.
    """

    kind: str
    name: str
    position: int = -1
    field: str = ""

    def __str__(self) -> str:
        return f"{self.name}[{self.position}].{self.field}" if self.kind == "field" else f"{self.kind} {self.name}"


class Completer:
    """Fills in records for one rulebook; all randomness comes from the ``random`` of each call."""

    def __init__(self, maker: RecordMaker) -> None:
        self.maker, self.edges = maker, maker.edges
        self.parts = parts_of(maker.rulebook)
        self._read = _outcomes_read(self.parts)

    def gaps(self, record: dict[str, Any], decision: Decision) -> list[Gap]:
        """Everything that ``record`` leaves open, in a fixed order.

        Args:
            record: the record, as ``RecordMaker.record`` makes it.
            decision: the decision on it, on the day for which it is to be filled in.
        """
        return [
            *self._facts(record, decision),
            *self._outcomes(decision),
            *self._lists(record),
            *self._fields(record, decision),
        ]

    def _facts(self, record: dict[str, Any], decision: Decision) -> Iterator[Gap]:
        facts = inside(decision).session.facts
        ready_made = record.get("facts", {})
        stays_open = _open_sources(assumed_facts(decision, self.parts), decision)
        for name in self.edges.read:
            definition = self.parts.facts[name]
            if definition.default is not None or name in stays_open or not facts.counts_on(name, decision.on):
                continue
            if name in PREFER_DERIVED and facts.value("birth_date", decision.on) is not UNKNOWN:
                continue  # it follows from the day of birth, whatever is given
            if turns_with_the_round(name, decision):
                continue
            if name == "birth_date" and "age" in ready_made:
                continue
            if _is_open(facts.value(name, decision.on)):
                yield Gap("fact", name)

    def _outcomes(self, decision: Decision) -> Iterator[Gap]:
        for name, outcome in decision.outcomes.items():
            state = state_of(outcome)
            if name in self._read:
                continue  # answers that rest on it follow its rules, which an official need not
            if inside(decision).session.facts.counts_on(name, decision.on) and (
                state.status == "unknown" or isinstance(state.value, Interval)
            ):
                yield Gap("outcome", name)

    def _lists(self, record: dict[str, Any]) -> Iterator[Gap]:
        for name in lists():
            if record.get(name) is None:
                yield Gap("list", name)
            elif name in record.get("complete_from", {}):
                yield Gap("before", name)

    def _fields(self, record: dict[str, Any], decision: Decision) -> Iterator[Gap]:
        for name, info in lists().items():
            for position, item in enumerate(record.get(name) or ()):
                for field in info.fields:
                    if item.get(field) is not None or f"{name}.{field}" in record.get("complete", ()):
                        continue
                    # the end of a period of which no end was agreed would be taken for the agreed one
                    unagreed = (name, field) == ("periods", "end") and "periods.agreed_end" in record.get(
                        "complete", ()
                    )
                    if (name, field) not in _SAYS_SOMETHING or (_is_open_end(item, field) and not unagreed):
                        yield Gap("field", name, position, field)

    def pick(self, random: Random, gaps: list[Gap]) -> Gap:
        """A gap, drawn so that each kind is equally likely, though most gaps are fields of items.

        Args:
            random: the source of randomness.
            gaps: the gaps to choose from; at least one.
        """
        kinds = sorted({gap.kind for gap in gaps})
        kind = kinds[random.randrange(len(kinds))]
        of_kind = [gap for gap in gaps if gap.kind == kind]
        return of_kind[random.randrange(len(of_kind))]

    def fill(self, random: Random, record: dict[str, Any], decision: Decision, gap: Gap) -> dict[str, Any] | None:
        """A copy of a record in which one gap is filled; None if no value was drawn that agrees with the rest.

        Args:
            random: the source of randomness.
            record: the record, which stays as it is.
            decision: the decision on it, which says what is known so far.
            gap: what to fill.
        """
        filled = with_assumptions(record, decision, self.parts)
        on = decision.on
        if gap.kind in ("fact", "outcome"):
            known = (
                inside(decision).session.facts.value(gap.name, on)
                if gap.kind == "fact"
                else state_of(decision.outcomes[gap.name]).value
            )
            filled.setdefault("facts", {})[gap.name] = self.edges.within(random, gap.name, known, on)
        elif gap.kind == "list":
            filled[gap.name] = [
                self.maker.item(random, gap.name, on, 3, number) for number in range(random.choice([1, 0, 2]))
            ]
        elif gap.kind == "before":
            earliest = filled["complete_from"].pop(gap.name)
            earlier = [self._earlier(random, gap.name, earliest, number) for number in range(random.randrange(3))]
            filled[gap.name] += [item for item in earlier if item is not None]
        else:
            return self._fill_field(random, filled, on, gap)
        return filled

    def _earlier(self, random: Random, name: str, before: date, number: int) -> dict[str, Any] | None:
        """An item that ends before the day from which its list is complete; None if none was drawn."""
        last = before - ONE_DAY
        if last <= add_months(FIRST_DAY, 60):
            return None
        for _ in range(5):
            item = self.maker.item(random, name, add_months(last, -12), 3, 100 + number)
            item.pop("length_months", None)
            if name in ("periods", "benefits"):
                item.setdefault("end", last)
            if name == "plans":
                item.setdefault("ends_on", last)
            days = [day for field in _DATES for day in _as_list(item.get(field))]
            if is_sound(name, item) and days and max(days) <= last:
                return item
        return None

    def _fill_field(self, random: Random, filled: dict[str, Any], on: date, gap: Gap) -> dict[str, Any] | None:
        name, field = gap.name, gap.field
        if (name, field) not in _NEVER_NONE and random.randrange(4) == 0:
            filled["complete"] = sorted({*filled.get("complete", ()), f"{name}.{field}"})
            return filled
        item = filled[name][gap.position]
        for _ in range(6):
            value = self.maker.value_of_field(random, name, item, field, on)
            if (name, field) == ("periods", "end") and item.get("ended_because") is None:
                value = max(value, on)
            if is_sound(name, item | {field: value}):
                item[field] = value
                return filled
        return None

    def complete(self, random: Random, record: dict[str, Any], on: date, most: int = 1000) -> dict[str, Any]:
        """A record in which gaps are filled one after the other, in any order.

        Args:
            random: the source of randomness.
            record: the record, which stays as it is.
            on: the day of decision.
            most: how many gaps to fill at most.
        """
        tried: set[Gap] = set()
        for _ in range(most):
            decision = self.maker.rulebook.decide(record, on)
            gaps = [gap for gap in self.gaps(record, decision) if gap not in tried]
            if not gaps:
                break
            gap = self.pick(random, gaps)
            tried.add(gap)
            record = self.fill(random, record, decision, gap) or record
        return record


def turns_with_the_round(name: str, decision: Decision) -> bool:
    """Whether a fact turns with the round of the client path, and it is not known which one the current round is.

    Args:
        name: the fact.
        decision: the decision on the record.
    """
    facts = inside(decision).session.facts
    return name in facts.vocabulary.facts_of_rounds and facts.steps.round_open


def _outcomes_read(parts: Parts) -> frozenset[str]:
    """The outcomes that rules or derived facts read."""
    trees = [tree for ruleset in parts.rulesets for rule in ruleset.rules for tree in trees_of(rule)]
    trees += [tree for fact in parts.facts.values() for tree in fact.trees()]
    names = {node.name for tree in trees for node in walk(tree) if isinstance(node, Fact)}
    return frozenset(names & parts.outcomes.keys())


def assumed_facts(decision: Decision, parts: Parts) -> Iterator[FactDef]:
    """The facts that have their default, and may turn out otherwise once more is known of what they follow from.

    Args:
        decision: the decision, on the day whose assumptions count.
        parts: the rulebook as it is parsed.
    """
    facts = inside(decision).session.facts
    for definition in parts.facts.values():
        name, default = definition.name, definition.default
        if definition.derivation is None or default is None or facts.ready_made(name, decision.on) is not UNKNOWN:
            continue
        stays_as_it_is = isinstance(default, Const) and (
            definition.item or default.value != facts.value(name, decision.on)
        )
        if not stays_as_it_is:
            yield definition


def _open_sources(assumed: Iterable[FactDef], decision: Decision) -> set[str]:
    """The open facts that facts would follow from which are assumed; filled in, they would put an end to that."""
    derivations = [definition.derivation for definition in assumed if definition.derivation is not None]
    trees = [tree for d in derivations for tree in (d.value, d.where) if tree is not None]
    sources = {node.name for tree in trees for node in walk(tree) if isinstance(node, Fact)}
    return {name for name in sources if _is_open(inside(decision).session.facts.value(name, decision.on))}


def with_assumptions(record: dict[str, Any], decision: Decision, parts: Parts) -> dict[str, Any]:
    """A copy of a record that states what was assumed of it, so far as that is a constant.

    Stated as ready-made facts, assumptions stay as they were, whatever else is filled in.

    Args:
        record: the record, which stays as it is.
        decision: the decision on it, on the day whose assumptions count.
        parts: the rulebook as it is parsed.
    """
    stated = copy.deepcopy(record)
    for definition in assumed_facts(decision, parts):
        if isinstance(definition.default, Const):
            stated.setdefault("facts", {}).setdefault(definition.name, definition.default.value)
    return stated


def _is_open_end(item: dict[str, Any], field: str) -> bool:
    """Whether the ``field`` of a period, which it lacks, is open: what its absence says leaves it unknown."""
    early = item.get("ended_because") not in (None, "completed")
    if field == "end":
        return early or (item.get("length_months") is None and item.get("agreed_end") is None)
    return field == "agreed_end" and early and item.get("length_months") is None


def _is_open(value: Any) -> bool:
    return value is UNKNOWN or isinstance(value, Interval)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
