"""What steps of the client path share: on which day the current round began, and what proves more than one of them.

Where it is not known whether an event opened a round, every step that may lie before it is open, though all of them
turn together; and a row that proves two steps proves both or none. So where an answer is open for it, each test of a
step is put as a test of either round and of each proof, and the round that began is a feature of its own.

A call that asks for a step names it alone (``done(first_meeting)``); here it says besides of which round it is asked
(`EARLIEST`, `LATER`), and of what it is to follow: `EVENTS`, or the number of a proof of the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aava_rules.language.functions import reads_step
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import (
    All,
    Any_,
    Arith,
    Call,
    Compare,
    Condition,
    Expr,
    IsNone,
    Not,
    Truth,
    walk,
)
from aava_rules.rulebook.model import Proof, StepDef

BEGUN: Final = "begun"
"""Asks whether a later round than the earliest one that may be the current one has begun, whatever the step."""
EARLIEST: Final = "earliest"
"""Asks of the earliest of the rounds that may be the current one."""
LATER: Final = "later"
"""Asks of the current round where it is another than the earliest one."""
EVENTS: Final = "events"
"""Asks for events alone, and not for what proves the step."""
RETURN_STEP: Final = "follow_up_contact"
"""The step by which a round begins if it finds a need of services."""

LATER_BEGUN: Final = Truth(Call("done", (RETURN_STEP, BEGUN), "boolean", ""))
"""The test whether a later round than the earliest one has begun."""


class SharedProofs(Struct):
    """The proofs of more than one step.

    Attributes:
        first: for each of them the first step that has it, and its number there.
        of_step: the steps that have one, by name, with all of their proofs.
    """

    first: dict[Proof, tuple[str, int]]
    of_step: dict[str, tuple[Proof, ...]]


def shared_proofs(steps: Mapping[str, StepDef]) -> SharedProofs:
    """What proves more than one of ``steps``."""
    having: dict[Proof, list[tuple[str, int]]] = {}
    for name, step in steps.items():
        for number, proof in enumerate(step.proof):
            having.setdefault(proof, []).append((name, number))
    shared = {proof: places[0] for proof, places in having.items() if len({name for name, _ in places}) > 1}
    of_step = {name: step.proof for name, step in steps.items() if not shared.keys().isdisjoint(step.proof)}
    return SharedProofs(shared, of_step)


def steps_asked(terms: tuple[Expr, ...]) -> tuple[Call, ...]:
    """The calls in ``terms`` that ask for a step."""
    return tuple([node for term in terms for node in walk(term) if reads_step(node)])


def by_rounds(test: Condition, shared: SharedProofs) -> Condition | None:
    """A ``test`` of steps put as a test of either round; None if it asks for no step, or is put so already.

    ``shared`` are the proofs of more than one step.
    """
    if not any(reads_step(node) and len(node.args) == 1 for node in walk(test)):
        return None
    later, earliest = (_in_round(test, which, shared) for which in (LATER, EARLIEST))
    return Any_((All((LATER_BEGUN, later)), All((Not(LATER_BEGUN), earliest))))


def _in_round(test: Condition, which: str, shared: SharedProofs) -> Condition:
    match test:
        case Truth(Call("done", (str(step),))) if step in shared.of_step:
            proofs = [shared.first.get(p, (step, at)) for at, p in enumerate(shared.of_step[step])]
            parts = [(step, which, EVENTS), *((name, which, str(at)) for name, at in proofs)]
            return Any_(tuple([Truth(Call("done", part, "boolean", "")) for part in parts]))
        case Truth(term):
            return Truth(_term_in_round(term, which))
        case IsNone(term):
            return IsNone(_term_in_round(term, which))
        case Compare(op, left, right):
            return Compare(op, _term_in_round(left, which), _term_in_round(right, which))
    return test


def _term_in_round(term: Any, which: str) -> Any:
    match term:
        case Call(name, (str(step),), kind, unit) if reads_step(term):
            return Call(name, (step, which), kind, unit)
        case Call(name, args, kind, unit):
            return Call(name, tuple([_term_in_round(arg, which) for arg in args]), kind, unit)
        case Arith(op, left, right, kind, unit):
            return Arith(op, _term_in_round(left, which), _term_in_round(right, which), kind, unit)
    return term


def in_any_round(term: Any) -> Any:
    """The ``term`` as the rule has it, whatever round and proof it is put as a test of."""
    if not any(reads_step(node) and len(node.args) > 1 for node in walk(term)):
        return term
    match term:
        case Call(name, (step, *_), kind, unit) if reads_step(term):
            return Call(name, (step,), kind, unit)
        case Call(name, args, kind, unit):
            return Call(name, tuple([in_any_round(arg) for arg in args]), kind, unit)
        case Arith(op, left, right, kind, unit):
            return Arith(op, in_any_round(left), in_any_round(right), kind, unit)
    return term
