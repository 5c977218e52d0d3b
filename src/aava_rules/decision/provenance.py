"""The record fields that an unknown fact would come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aava_rules.compiler.facts import CLIENT_FACTS
from aava_rules.decision.context import DecisionContext
from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.reference.facts import may_follow
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.reference.windows import spread_of_rows
from aava_rules.language.functions import AGGREGATES, reads_item, reads_step
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import TRUE, Condition, Expr, Fact, ItemField, walk
from aava_rules.language.values import is_known
from aava_rules.rulebook.model import Derivation


def item_path(scope: Scope) -> str:
    """The path of the item at hand: ``periods[id=p1]``, or by its position."""
    if scope.item is None:
        return ""
    if scope.item.id is not None:
        return f"{scope.list_name}[id={scope.item.id}]"
    items = getattr(scope.facts.record, scope.list_name)
    position = next(i for i, item in enumerate(items) if item is scope.item)
    return f"{scope.list_name}[{position}]"


Lower = Callable[[str], Iterable[str]]
"""The fields for which an outcome of a lower stratum waits."""


def fields_of_fact(name: str, scope: Scope, context: DecisionContext, lower: Lower) -> tuple[str, ...]:
    """Where an unknown fact would come from: ready-made, and whatever its derivation still lacks."""
    return tuple(dict.fromkeys(_fields(name, scope, _Search(context, lower, set()))))


class _Search(Struct):
    context: DecisionContext
    lower: Lower
    seen: set[str]


def _fields(name: str, scope: Scope, search: _Search) -> Iterator[str]:
    if name in search.seen:
        return
    search.seen.add(name)
    definition = search.context.parts.facts.get(name)
    if name in CLIENT_FACTS:
        yield f"client.{name}"
    elif "." not in name:
        yield f"facts.{name}"
    if definition is None or definition.derivation is None:
        return
    derivation = definition.derivation
    tree = derivation.where if derivation.kind == "test" else derivation.value
    if tree is not None:
        yield from _of_tree(tree, scope, search)
        return
    if definition.item:
        if scope.item.__dict__[derivation.field] is None:
            yield f"{item_path(scope)}.{derivation.field}"
        yield from _of_window(derivation, scope, search)
        return
    yield from _of_list(derivation, scope, search)


def _of_tree(tree: Expr | Condition, scope: Scope, search: _Search) -> Iterator[str]:
    for node in walk(tree):
        if isinstance(node, Fact) and not is_known(scope.facts.value(node.name, scope.judged)):
            if node.name in search.context.parts.outcomes:
                yield from search.lower(node.name)
            else:
                yield from _fields(node.name, scope, search)
        elif isinstance(node, ItemField) and scope.item is not None and not is_known(reader(node)(scope)):
            if node.derived:
                yield from _fields(str(node), scope, search)
            else:
                yield f"{item_path(scope)}.{node.field}"
        elif reads_step(node):
            yield "events"
        elif reads_item(node) and not is_known(reader(node)(scope)):
            yield from (f"{where}.{field}" for where, field in days_open(scope))


def days_open(scope: Scope) -> Iterator[tuple[str, str]]:
    """The items and fields for which the day of decision held inside the item at hand waits."""
    item, start = scope.item, "start" if scope.list_name == "periods" else "made_on"
    if item.__dict__[start] is None:
        yield item_path(scope), start
    if scope.list_name == "periods":
        return
    if item.ends_on is None and scope.facts.may_precede_unlisted(item):
        yield item_path(scope), "ends_on"
    # another plan may have ended this one
    others = [plan for plan in scope.facts.record.plans or () if plan is not item and may_follow(plan, item)]
    for plan in [*([item] if others else []), *others]:
        for field in ("kind", "made_on"):
            if plan.__dict__[field] is None and (plan is not item or field == "kind"):
                yield item_path(Scope(scope.facts, scope.judged, "plans", plan)), field


def _of_window(derivation: Derivation, scope: Scope, search: _Search) -> Iterator[str]:
    if derivation.within is not None:
        for edge in (derivation.within.start, derivation.within.end):
            if edge is not None:
                yield from _of_tree(edge, scope, search)


def _of_list(derivation: Derivation, scope: Scope, search: _Search) -> Iterator[str]:
    items: Any = getattr(scope.facts.record, derivation.over)
    if items is None:
        yield derivation.over
        return
    if derivation.over in scope.facts.record.complete_from:
        yield f"complete_from.{derivation.over}"
    yield from _of_window(derivation, scope, search)
    test = tester(derivation.where or TRUE)
    for item in items:
        row = Scope(scope.facts, scope.judged, derivation.over, item)
        state = test(row)
        if state is False:
            continue
        path = item_path(row)
        if state is None and derivation.where is not None:
            yield from _of_tree(derivation.where, row, search)
        if derivation.field and item.__dict__.get(derivation.field) is None:
            yield f"{path}.{derivation.field}"
        elif AGGREGATES[derivation.kind].partial:
            least, most = spread_of_rows(derivation, scope, item)
            if least != most:
                yield from (f"{path}.{edge}" for edge in ("start", "end") if item.__dict__[edge] is None)
                yield path
