"""What steps of the client path share: on which day the current round began, and what proves more than one of them.

Where it is not known whether an event opened a round, every step that may lie before it is open, though all of them
turn together; and a row that proves two steps proves both or none. So where an answer is open for it, each test of a
step is put as a test of either round and of each proof, and the round that began is a feature of its own.

A call that asks for a step names it alone (``done(first_meeting)``); here it says besides of which round it is asked
(`EARLIEST`, `LATER`), and of what it is to follow: `EVENTS`, or the number of a proof of the step.

Facts that follow from steps, or from what a contact found, turn with the round as well. Of each round they are read as
they follow where contacts in doubt did not open it, or the one in doubt did. A record may state such a fact: it then is
what is stated in either round.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any, Final, TypeGuard

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
    Fact,
    Has,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Truth,
    walk,
)
from aava_rules.rulebook.model import FactDef, Proof, StepDef

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

NEED: Final = "event.needs_services"
"""What such a contact has found: whether services are needed."""

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


def facts_of_rounds(facts: Mapping[str, FactDef], steps: Mapping[str, StepDef]) -> frozenset[str]:
    """The facts of clients and items that follow from steps, or from whether a contact found a need of services.

    None if something else is asked of that field than whether it is true: a contact that did not open a round found no
    need, or nobody looked for one, which is the same to all others.

    Args:
        facts: the facts of the rulebook, by name.
        steps: its steps, by name.
    """
    proofs = [proof.where for step in steps.values() for proof in step.proof if proof.where is not None]
    read = {name: [node for tree in fact.trees() for node in walk(tree)] for name, fact in facts.items()}
    every = [*(node for tree in proofs for node in walk(tree)), *chain.from_iterable(read.values())]
    needs, truths = (
        sum(str(term) == NEED for term in terms if isinstance(term, ItemField))
        for terms in (every, [node.term for node in every if isinstance(node, Truth)])
    )
    if needs != truths:
        return frozenset()
    direct = {name for name, nodes in read.items() if any(reads_step(node) or str(node) == NEED for node in nodes)}
    turning = _with_followers(direct, read)
    # what is assumed where it is not known stays so in either round
    assumed = {name for name in turning if facts[name].default is not None}
    return frozenset(turning - _with_followers(assumed, read))


def _with_followers(names: set[str], read: Mapping[str, Collection[object]]) -> set[str]:
    """The facts ``names``, and those that follow from any of them; ``read`` has what each fact reads."""
    followed = set(names)
    while True:
        more = {
            name for name in read.keys() - followed
            if any(isinstance(node, (Fact, ItemField)) and str(node) in followed for node in read[name])
        }  # fmt: skip
        if not more:
            return followed
        followed |= more


def read_of_rounds(terms: tuple[Expr, ...], turning: frozenset[str]) -> tuple[Call | Fact | ItemField, ...]:
    """The calls in ``terms`` that ask for a step, and the facts among ``turning``, which turn with the round."""
    return tuple([node for term in terms for node in walk(term) if turns(node, turning)])


def turns(node: object, turning: frozenset[str]) -> TypeGuard[Call | Fact | ItemField]:
    """Whether ``node`` asks for a step, or is one of the facts ``turning``, which turn with the round."""
    return reads_step(node) or (isinstance(node, (Fact, ItemField)) and str(node) in turning)


def by_rounds(test: Condition, shared: SharedProofs, turning: frozenset[str]) -> Condition | None:
    """A ``test`` of steps put as a test of either round; None if it reads nothing of a round, or is put so already.

    ``shared`` are the proofs of more than one step, ``turning`` the facts that turn with the round.
    """
    read = [node for node in walk(test) if turns(node, turning)]
    if not any(len(node.args) == 1 if isinstance(node, Call) else not node.which for node in read):
        return None
    later, earliest = (_in_round(test, which, shared, turning) for which in (LATER, EARLIEST))
    return Any_((All((LATER_BEGUN, later)), All((Not(LATER_BEGUN), earliest))))


def _in_round(test: Condition, which: str, shared: SharedProofs, turning: frozenset[str]) -> Condition:
    def term_in_round(term: Any) -> Any:
        return _term_in_round(term, which, turning)

    match test:
        case Truth(Call("done", (str(step),))) if step in shared.of_step:
            proofs = [shared.first.get(p, (step, at)) for at, p in enumerate(shared.of_step[step])]
            parts = [(step, which, EVENTS), *((name, which, str(at)) for name, at in proofs)]
            return Any_(tuple([Truth(Call("done", part, "boolean", "")) for part in parts]))
        case Truth(term):
            return Truth(term_in_round(term))
        case IsNone(term):
            return IsNone(term_in_round(term))
        case OneOf(term, words):
            return OneOf(term_in_round(term), words)
        case Has(term, word):
            return Has(term_in_round(term), word)
        case Compare(op, left, right):
            return Compare(op, term_in_round(left), term_in_round(right))
    return test


def _term_in_round(term: Any, which: str, turning: frozenset[str]) -> Any:
    match term:
        case Fact(name, kind, unit, nullable, sensitive) if name in turning:
            return Fact(name, kind, unit, nullable, sensitive, which)
        case ItemField(singular, field, kind, unit, nullable, derived) if str(term) in turning:
            return ItemField(singular, field, kind, unit, nullable, derived, which)
        case Call(name, (str(step),), kind, unit) if reads_step(term):
            return Call(name, (step, which), kind, unit)
        case Call(name, args, kind, unit):
            return Call(name, tuple([_term_in_round(arg, which, turning) for arg in args]), kind, unit)
        case Arith(op, left, right, kind, unit):
            first, second = (_term_in_round(side, which, turning) for side in (left, right))
            return Arith(op, first, second, kind, unit)
    return term


def in_any_round(term: Any) -> Any:
    """The ``term`` as the rule has it, whatever round and proof it is put as a test of."""
    if not any(map(_is_of_round, walk(term))):
        return term
    match term:
        case Fact(name, kind, unit, nullable, sensitive):
            return Fact(name, kind, unit, nullable, sensitive)
        case ItemField(singular, field, kind, unit, nullable, derived):
            return ItemField(singular, field, kind, unit, nullable, derived)
        case Call(name, (step, *_), kind, unit) if reads_step(term):
            return Call(name, (step,), kind, unit)
        case Call(name, args, kind, unit):
            return Call(name, tuple([in_any_round(arg) for arg in args]), kind, unit)
        case Arith(op, left, right, kind, unit):
            return Arith(op, in_any_round(left), in_any_round(right), kind, unit)
    return term


def _is_of_round(node: object) -> bool:
    if isinstance(node, (Fact, ItemField)):
        return bool(node.which)
    return reads_step(node) and len(node.args) > 1
