"""What makes an answer another one from one day to the next: law that begins or ends, numbers of it, and facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

from aava_rules.compiler.composition import support_of
from aava_rules.compiler.program import Feature
from aava_rules.compiler.rounds import in_any_round
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.grounds import deciding_rules, open_rules
from aava_rules.engine.conclude import conclude
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.features import feature_readers
from aava_rules.engine.states import Reading, State
from aava_rules.language.structs import Struct
from aava_rules.language.values import plain

CauseKind = Literal["rule", "parameter", "fact"]


class Cause(Struct):
    """One thing that is otherwise than on the day before, and that the answer rests on.

    Attributes:
        kind: ``rule``: a rule begins or ceases to be in force; ``parameter``: a number of the law has another value;
            ``fact``: a fact or term of the record has one.
        name: the id of the rule, the name of the parameter, or the fact or term as rules write it.
        before: its value on the day before, in plain values; of a rule whether it was in force.
        after: its value from this day on; of a rule whether it is in force.
    """

    kind: CauseKind
    name: str
    before: Any
    after: Any

    def to_dict(self) -> dict[str, Any]:
        """The cause as JSON has it."""
        return {"kind": self.kind, "name": self.name, "before": self.before, "after": self.after}


def causes_of(
    before: State, state: State, context_before: DecisionContext, context: DecisionContext
) -> tuple[Cause, ...]:
    """What makes the answer ``state`` another than ``before``, that of the day before.

    Of facts that differ those are named each of which alone would give back the answer of the day before; if none
    would, all of them are.

    Args:
        before: the answer on the day before.
        state: the answer.
        context_before: the record on the day before.
        context: the record on the day of the answer.
    """
    causes = [*_of_rules(before, state), *_of_parameters(before, state, context_before, context)]
    for earlier, reading in zip(before.asked[:1], state.asked[:1], strict=False):
        causes += _of_facts(earlier, reading, (before.status, before.value))
    return tuple(cause for number, cause in enumerate(causes) if cause not in causes[:number])


def _of_rules(before: State, state: State) -> Iterator[Cause]:
    """The rules that begin to be in force and decide, or may; and those that did, or might, and have ceased."""
    shown_before = {rule.bound.rule.id for rule in (*deciding_rules(before), *open_rules(before))}
    shown = {rule.bound.rule.id for rule in (*deciding_rules(state), *open_rules(state))}
    in_force_before = {rule.bound.rule.id for reading in before.asked for rule in reading.question.rules}
    in_force = {rule.bound.rule.id for reading in state.asked for rule in reading.question.rules}
    for name in sorted(in_force_before - in_force):
        if name in shown_before:
            yield Cause("rule", name, True, False)
    for name in sorted(in_force - in_force_before):
        if name in shown:
            yield Cause("rule", name, False, True)


def _of_parameters(
    before: State, state: State, context_before: DecisionContext, context: DecisionContext
) -> Iterator[Cause]:
    for rule in (*deciding_rules(state), *open_rules(state)):
        scope = rule.bound.scope
        days = [
            of.asked[0].scopes[scope].judged for of in (before, state) if of.asked and len(of.asked[0].scopes) > scope
        ]
        if len(days) < 2 or not all(isinstance(day, date) for day in days):
            continue
        for name in context.parts.reads[rule.bound.rule.id].parameters:
            values = [
                of_day.session.facts.parameter(name, day)
                for of_day, day in zip((context_before, context), days, strict=True)
            ]
            if values[0] != values[1] and not isinstance(values[1], dict):
                yield Cause("parameter", name, plain(values[0]), plain(values[1]))


def _of_facts(before: Reading, reading: Reading, answer: tuple[str, Any]) -> Iterator[Cause]:
    if len(before.scopes) != len(reading.scopes):
        return
    program, support = reading.program, support_of(reading.question)
    other: list[tuple[Feature, int]] = []
    for feature, (read, scope) in zip(program.features, feature_readers(program), strict=True):
        if feature.terms and feature.bits & support:
            cells = read(before.scopes[scope])
            if cells != read(reading.scopes[scope]):
                other.append((feature, cells))
    alone = [
        (feature, cells)
        for feature, cells in other
        if conclude(reading.supposing(reading.known & ~feature.bits | cells)) == answer
    ]
    named: set[str] = set()
    for feature, _ in alone or other:
        for term in map(in_any_round, feature.terms):
            values = [plain(reader(term)(scopes[feature.scope])) for scopes in (before.scopes, reading.scopes)]
            if values[0] != values[1] and str(term) not in named:
                named.add(str(term))
                yield Cause("fact", str(term), *values)
