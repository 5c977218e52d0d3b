"""What would be answered if one value were another: decided anew, so that everything that reads the value follows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from aava_rules.decision.context import DecisionContext
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.session import Session
from aava_rules.engine.states import State
from aava_rules.language.syntax import Expr, Fact, ItemField
from aava_rules.record import Record
from aava_rules.record.items import unchecked_copy


def supposing(context: DecisionContext, state: State, term: Expr, scope: Scope, value: Any) -> State | None:
    """The answer to the question of ``state`` if a fact, or a field of its item, had another value.

    The facts and outcomes that follow from it follow anew; those from which it follows itself stay as they are.

    Args:
        context: what was asked, and of which record.
        state: the answer.
        term: the fact or field; of any other term nothing is supposed.
        scope: the item and judged day on which it is read.
        value: the value that is supposed.

    Returns:
        The answer; None for a term of which nothing is supposed.
    """
    session = context.session
    facts, record = session.facts, session.facts.record
    name = str(term)
    if isinstance(term, ItemField) and not term.derived:
        # a field of the item at hand: the record with it changed
        items = getattr(record, scope.list_name)
        changed = [unchecked_copy(item, {term.field: value}) if item is scope.item else item for item in items]
        record = unchecked_copy(record, {scope.list_name: tuple(changed)})
    elif not isinstance(term, (Fact, ItemField)) or name in context.parts.outcomes:
        return None
    elif name in facts.vocabulary.facts_of_rounds and facts.steps.round_open:
        return None  # it follows in each round from what a contact in doubt found
    supposed = Session(session.book, record, session.on, session.engine, facts.inputs)
    if isinstance(term, Fact):
        supposed.facts.memo[name] = value
    elif term.derived:
        supposed.facts.memo[name, scope.judged, id(scope.item)] = value
    if state.kind == "outcome":
        return supposed.outcome(state.name)
    for other in supposed.others(frozenset({f"{state.kind}:{state.name}"})):
        if (other.list_name, other.position) == (state.list_name, state.position):
            return other
    return None


def gives_the_same(context: DecisionContext, state: State, names: Collection[str], events: bool) -> bool:
    """Whether some facts alone give the client's answer ``state``, all else being unknown.

    Args:
        context: what was asked, and of which record.
        state: the answer to a question about the client.
        names: the facts and outcomes that are known as they are.
        events: whether the events, and the lists whose items prove steps, are known as well.
    """
    session = context.session
    record = session.facts.record
    blank = Record(id=record.id)
    shared = ("facts_on", "events", "plans", "periods", "complete", "complete_from") if events else ("facts_on",)
    alone = unchecked_copy(blank, {name: getattr(record, name) for name in shared})
    reduced = Session(session.book, alone, session.on, session.engine, {})
    for key, value in session.facts.memo.items():
        if (key if isinstance(key, str) else key[0]) in names:
            reduced.facts.memo[key] = value
    if state.kind == "outcome":
        other = reduced.outcome(state.name)
    else:
        named = reduced.others(frozenset({f"{state.kind}:{state.name}"}))
        (other,) = [answer for answer in named if not answer.list_name]
    return (other.status, other.answer) == (state.status, state.answer)
