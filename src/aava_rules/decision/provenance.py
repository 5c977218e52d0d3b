"""What is read and what is not known: the values behind a term, and the record fields behind an unknown value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final

from aava_rules.compiler.facts import CLIENT_FACTS
from aava_rules.compiler.rounds import RETURN_STEP
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.items import item_path
from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.reference.steps import FIRST_STEP
from aava_rules.engine.reference.windows import spread_of_rows
from aava_rules.language.functions import AGGREGATES, reads_item, reads_step
from aava_rules.language.syntax import TRUE, Call, Condition, Expr, Fact, ItemField, walk
from aava_rules.language.values import is_known, plain
from aava_rules.rulebook.model import Derivation

MANY: Final = 20
"""Of more other plans than this that may have ended one plan, fields and answers are not told pair by pair."""
OF_OTHERS: Final = "plans"
"""The path that stands for many other plans."""
OF_OTHER_PLANS: Final = ("kind", "made_on")
"""The fields of a plan that tell whether it ended another one."""
FieldsOfOutcome = Callable[[str], Iterable[str]]
"""The fields for which an outcome of a lower stratum waits, by its name."""


def values_read(tree: Expr | Condition, scope: Scope) -> Iterator[tuple[Fact | ItemField | Call, Any]]:
    """Each fact, item field, step and day of an item that ``tree`` reads in ``scope``, with its value.

    In the order in which they stand in the tree. A value that is not known is UNKNOWN or an Interval. Explanations,
    questions and the search for fields all go by this.
    """
    for node in walk(tree):
        if isinstance(node, Fact):
            facts = scope.facts.in_round(node.which) if node.which else scope.facts
            yield node, facts.value(node.name, scope.judged)
        elif (isinstance(node, ItemField) and scope.item is not None) or reads_step(node) or reads_item(node):
            yield node, reader(node)(scope)


def path_of(scope: Scope) -> str:
    """The path of the item of ``scope``: ``periods[id=p1]``, or by its position; empty for the client."""
    if scope.item is None or scope.item.id is not None:
        return item_path(scope.list_name, scope.item, -1)
    return item_path(scope.list_name, scope.item, scope.facts.position(scope.list_name, scope.item))


def fields_of_fact(
    name: str, scope: Scope, context: DecisionContext, fields_of_outcome: FieldsOfOutcome
) -> tuple[str, ...]:
    """The record fields that would make an unknown fact known: ready-made, or what its derivation still lacks.

    Args:
        name: The fact, or a derived fact of an item such as ``plan.option_count``.
        scope: The record, judged day and item for which it is unknown.
        context: The decision's rulebook.
        fields_of_outcome: The fields for which an outcome waits, for derivations that read one.
    """
    search = _FieldSearch(context, fields_of_outcome, of_item="." in name)
    if search.of_item:
        return tuple(dict.fromkeys(search.of_fact(name, scope)))
    # a fact of the client is asked for by every item that reads it
    memo, key = scope.facts.memo, ("fields", name, scope.judged)
    fields: tuple[str, ...] | None = memo.get(key)
    if fields is None:
        fields = memo[key] = tuple(dict.fromkeys(search.of_fact(name, scope)))
    return fields


def _lists_for_many(fields: tuple[str, ...]) -> tuple[str, ...]:
    """The fields, of which those of more than MANY items of one list are told as the list."""
    items: dict[str, set[str]] = {}
    for field in fields:
        path, bracket, _ = field.partition("]")
        if bracket:
            items.setdefault(path.partition("[")[0], set()).add(path)
    many = {name for name, paths in items.items() if len(paths) > MANY}
    if not many:
        return fields
    in_short = (name if (name := field.partition("[")[0]) in many else field for field in fields)
    return tuple(dict.fromkeys(in_short))


def fields_of_step(
    step: str, scope: Scope, context: DecisionContext, fields_of_outcome: FieldsOfOutcome
) -> tuple[str, ...]:
    """The record fields that tell whether, and when, a step was done: a list that is given is not asked for again.

    Args:
        step: The step.
        scope: The record and the judged day.
        context: The decision's rulebook.
        fields_of_outcome: As for `fields_of_fact`.
    """
    return _FieldSearch(context, fields_of_outcome, of_item=False).of_step(step, scope)


class _FieldSearch:
    """One search for the fields behind an unknown fact; a fact on which several others rest is followed once."""

    def __init__(self, context: DecisionContext, fields_of_outcome: FieldsOfOutcome, of_item: bool) -> None:
        self.context = context
        self.parts = context.parts
        self.of_item = of_item
        self.fields_of_outcome = fields_of_outcome
        self.seen: set[str] = set()

    def _first(self, name: str) -> bool:
        """Whether ``name`` is met for the first time: each row of a list may read it, with the same fields behind."""
        first = name not in self.seen
        self.seen.add(name)
        return first

    def of_fact(self, name: str, scope: Scope) -> Iterator[str]:
        """The fields of a fact: where it could be given, then what its derivation lacks."""
        if not self._first(name):
            return
        if name in CLIENT_FACTS:
            yield f"client.{name}"
        elif "." not in name:
            yield f"facts.{name}"
        definition = self.parts.facts.get(name)
        if definition is None or definition.derivation is None:
            return
        derivation = definition.derivation
        tree = derivation.where if derivation.kind == "test" else derivation.value
        if tree is not None:
            yield from self._of_tree(tree, scope)
        elif definition.item:
            if getattr(scope.item, derivation.field) is None:
                yield f"{path_of(scope)}.{derivation.field}"
            yield from self._of_window(derivation, scope)
        else:
            yield from self._of_list(derivation, scope)

    def _of_tree(self, tree: Expr | Condition, scope: Scope) -> Iterator[str]:
        for node, value in values_read(tree, scope):
            if reads_step(node):
                if not is_known(value) and self._first(f"step:{node.args[0]}"):
                    yield from self.of_step(str(node.args[0]), scope)
            elif is_known(value):
                continue
            elif isinstance(node, Fact):
                if node.name not in self.parts.outcomes:
                    yield from self._of_client(node.name, scope)
                elif self._first(f"outcome:{node.name}"):
                    yield from self.fields_of_outcome(node.name)
            elif isinstance(node, ItemField):
                if node.derived:
                    yield from self.of_fact(str(node), scope)
                else:
                    yield f"{path_of(scope)}.{node.field}"
            else:
                for where, field in days_open(scope):
                    yield OF_OTHERS if where == OF_OTHERS else f"{where}.{field}"

    def _of_client(self, name: str, scope: Scope) -> Iterable[str]:
        """The fields of a fact of the client; for each of many items that read it, in short."""
        if not self.of_item:
            return self.of_fact(name, scope)
        memo, key = scope.facts.memo, ("fields in short", name, scope.judged)
        if key not in memo:
            memo[key] = _lists_for_many(fields_of_fact(name, scope, self.context, self.fields_of_outcome))
        fields: tuple[str, ...] = memo[key]
        return fields

    def of_step(self, step: str, scope: Scope) -> tuple[str, ...]:
        """The fields that tell whether, and on which day, a step was done in the round of the day of decision.

        They are the same for whatever reads the step, so they are looked for once a record.
        """
        memo, key = scope.facts.memo, ("fields of step", step, self.of_item)
        fields: tuple[str, ...] | None = memo.get(key)
        if fields is None:
            memo[key] = ()  # while they are looked for: a proof that reads the step itself tells nothing more of it
            search = _FieldSearch(self.context, self.fields_of_outcome, self.of_item)
            fields = tuple(dict.fromkeys(search._of_events_and_proof(step, scope)))
            # each of many items that read the step would name all that may prove it
            fields = memo[key] = _lists_for_many(fields) if self.of_item else fields
        return fields

    def _of_events_and_proof(self, step: str, scope: Scope) -> Iterator[str]:
        record, definition = scope.facts.record, self.parts.steps.get(step)
        yield from self._of_events({step, FIRST_STEP, RETURN_STEP}, scope)
        for proof in definition.proof if definition is not None else ():
            items: Any = getattr(record, proof.over)
            if items is None:
                yield proof.over
                continue
            if proof.over in record.complete_from:
                yield f"complete_from.{proof.over}"
            holds = tester(proof.where or TRUE)
            for item in items:
                row = Scope(scope.facts, scope.facts.on, proof.over, item)
                proved = holds(row)
                if proved is False:
                    continue
                if proved is None and proof.where is not None:
                    yield from self._of_tree(proof.where, row)
                lacks_day = item.__dict__[proof.field] is None
                if lacks_day and (proof.over, proof.field) not in record.complete_fields:
                    yield f"{path_of(row)}.{proof.field}"

    def _of_events(self, steps: Collection[str], scope: Scope) -> Iterator[str]:
        """The fields of events that may be of some steps and lack their day, their name, or whether a round begins."""
        record = scope.facts.record
        if record.events is None:
            yield "events"
            return
        if "events" in record.complete_from:
            yield "complete_from.events"
        for event in record.events:
            past = event.on is None or event.on <= scope.facts.on
            if not past or (event.step is not None and event.step not in steps):
                continue
            path = path_of(Scope(scope.facts, scope.judged, "events", event))
            for field in ("on", "step"):
                if getattr(event, field) is None and ("events", field) not in record.complete_fields:
                    yield f"{path}.{field}"
            contact = event.step == RETURN_STEP and event.needs_services is None
            if contact and ("events", "needs_services") not in record.complete_fields:
                yield f"{path}.needs_services"

    def _of_window(self, derivation: Derivation, scope: Scope) -> Iterator[str]:
        for limit in derivation.limits:
            yield from self._of_tree(limit.amount, scope)
            if limit.start is not None:
                yield from self._of_tree(limit.start, scope)
        if derivation.within is not None:
            for edge in (derivation.within.start, derivation.within.end):
                if edge is not None:
                    yield from self._of_tree(edge, scope)

    def _of_list(self, derivation: Derivation, scope: Scope) -> Iterator[str]:
        """What an aggregate lacks: the list, the day from which it is complete, or fields of its items."""
        record = scope.facts.record
        items: Any = getattr(record, derivation.over)
        if items is None:
            yield derivation.over
            return
        if derivation.over in record.complete_from:
            yield f"complete_from.{derivation.over}"
        yield from self._of_window(derivation, scope)
        counts = tester(derivation.where or TRUE)
        of_events = derivation.over == "events"
        for item in items:
            if of_events and item.on is not None and item.on > scope.facts.on:
                continue
            row = Scope(scope.facts, scope.judged, derivation.over, item)
            counted = counts(row)
            if counted is False:
                continue
            path = path_of(row)
            if of_events and item.on is None:
                yield f"{path}.on"
            if counted is None and derivation.where is not None:
                yield from self._of_tree(derivation.where, row)
            if derivation.field and getattr(item, derivation.field, None) is None:
                yield f"{path}.{derivation.field}"
            elif derivation.kind in ("unbroken", "reached"):
                yield from (f"{path}.{edge}" for edge in ("start", "end") if getattr(item, edge) is None)
            elif AGGREGATES[derivation.kind].partial:
                least, most = spread_of_rows(derivation, scope, item)
                if least != most:
                    yield from (f"{path}.{edge}" for edge in ("start", "end") if getattr(item, edge) is None)
                    yield path


def days_open(scope: Scope) -> Iterator[tuple[str, str]]:
    """The path of an item and a field of it, for each field that could tell the days of the item of ``scope``.

    A plan also ends when a later one of the same kind is made, so that fields of other plans matter as well. Of more
    than MANY of these it is told once, as of the list `OF_OTHERS`: pair by pair they are the square of the plans.
    """
    item, start = scope.item, "start" if scope.list_name == "periods" else "made_on"
    if getattr(item, start) is None:
        yield path_of(scope), start
    if scope.list_name == "periods":
        if item.end is None and item.ended_because is not None:
            yield path_of(scope), "end"
        return
    if item.ends_on is None and scope.facts.may_precede_unlisted(item):
        yield path_of(scope), "ends_on"
    later = scope.facts.later_plans
    count = later.count_open(item)
    if item.kind is None and (count or later.may_follow(item) is not None):
        yield path_of(scope), "kind"
    if count > MANY:
        yield from ((OF_OTHERS, field) for field in OF_OTHER_PLANS)
        return
    for plan in later.open(item):
        for field in OF_OTHER_PLANS:
            if getattr(plan, field) is None:
                yield path_of(Scope(scope.facts, scope.judged, "plans", plan)), field


_DAYS: Final = {"periods": ("start", "end", "ended_because", "length_months"), "plans": ("made_on", "ends_on")}
"""The fields of an item that tell its days."""


def days_read(scope: Scope) -> Iterator[dict[str, Any]]:
    """What tells the days of the item of ``scope``, as lines of explanations read it: its fields, and those of a plan
    that ended it.
    """
    item, singular = scope.item, "period" if scope.list_name == "periods" else "plan"
    for field in _DAYS[scope.list_name]:
        if (value := getattr(item, field)) is not None:
            yield _field_read(singular, field, value, scope)
    if scope.list_name == "plans" and item.ends_on is None:
        last = scope.facts.later_plans.surely_follows(item)
        for plan in (scope.facts.record.plans or ()) if last is not None else ():
            if plan.made_on == last and plan.kind == item.kind:
                yield _field_read(singular, "made_on", plan.made_on, Scope(scope.facts, scope.judged, "plans", plan))


def _field_read(singular: str, field: str, value: Any, scope: Scope) -> dict[str, Any]:
    where = f"{path_of(scope)}.{field}"
    return {"fact": f"{singular}.{field}", "where": where, "value": plain(value), "origin": "record"}
