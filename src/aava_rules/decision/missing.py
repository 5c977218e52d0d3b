"""What to ask next: the facts whose values could change an answer, and the answers that each would settle.

A fact is listed if an answer that was asked is open, or a step is suggested of which the due day is not known, and

1. the fact stands in a feature that is essential to the answer: some value of it would change the formulas of the
   question, given all else that is known (`essential`, from the prime implicants), and lead to another answer than
   one that stays unknown for good; or
2. a rule that counts computes its value from the fact; or
3. the judged day of the answer is not known, and the fact tells that day.

Of a suggested step it is the rules that may name its due day that count, and no fact is claimed to settle that day.

An outcome of a lower stratum is not asked for: the formulas of an open answer go through all strata, so that the facts
stand in them from which it follows. Where they cannot (`compiler.composition` says when), the facts are listed for
which that outcome waits, and none of them is claimed to settle the higher answer. ``fields`` are the places in the
record that would make the fact known (`provenance`).

A diagram keeps what `find_missing` listed for the first record that came to one of its leaves: see `Decision.missing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.compiler.facts import CLIENT_FACTS
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.due import rules_of_due
from aava_rules.decision.essential import askable, essential_to, settles_alone, turning_formulas
from aava_rules.decision.items import item_path
from aava_rules.decision.provenance import (
    OF_OTHER_PLANS,
    OF_OTHERS,
    days_open,
    fields_of_fact,
    fields_of_step,
    path_of,
    values_read,
)
from aava_rules.decision.text.values import label
from aava_rules.engine.diagram.thresholds import upstream_inputs
from aava_rules.engine.reference.later_plans import WaitingPlans
from aava_rules.engine.reference.scope import OpenDay, Scope
from aava_rules.engine.states import Reading, State
from aava_rules.language.functions import nullable, reads_step
from aava_rules.language.structs import Struct, public
from aava_rules.language.syntax import Const, Expr, Fact, ItemField, walk
from aava_rules.language.texts import Texts, texts_of
from aava_rules.language.values import LANGUAGES, is_known


@public
class Missing(Struct):
    """A fact to ask for.

    Attributes:
        fact: The fact, or the field of an item, such as ``period.start``.
        where: The path of the item; empty for the client.
        fields: The record fields that it would come from.
        settles: The answers that this fact alone would settle, whatever its value, sorted.
        affects: All answers that it could change, sorted. Where plans of which kind or day is not known may have
            ended more than 20 others each, the answers about these are named without their items.
        titles: What to ask, in Finnish, Swedish and English.
    """

    fact: str
    where: str
    fields: tuple[str, ...]
    settles: tuple[str, ...]
    affects: tuple[str, ...]
    titles: Texts

    def text(self, language: str = "fi") -> str:
        """What to ask, in ``language``: ``fi``, ``sv`` or ``en``. Raises ValueError of another one."""
        return self.titles(language)

    def to_dict(self) -> dict[str, Any]:
        """The fact in the decision format."""
        return {
            "fact": self.fact, "where": self.where, "fields": list(self.fields), "settles": list(self.settles),
            "affects": list(self.affects), "text": dict(self.titles),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Missing:
        """The fact that `to_dict` gave as ``form``.

        Raises:
            KeyError: a part is lacking.
            ValueError: the text is not in all languages.
        """
        fields, settles, affects = (tuple(form[key]) for key in ("fields", "settles", "affects"))
        return cls(form["fact"], form["where"], fields, settles, affects, texts_of(form["text"]))


class Need:
    """A fact for which one open answer waits.

    Attributes:
        fact: The fact, or the field of an item.
        where: The path of the item; empty for the client.
        fields: The record fields that it would come from.
        direct: Whether the answer reads the fact itself, not an outcome that waits for it.
        settles: Whether this fact alone would settle the answer, whatever its value.
    """

    __slots__ = ("direct", "fact", "fields", "settles", "where")

    def __init__(self, fact: str, where: str, fields: tuple[str, ...], direct: bool = True) -> None:
        """A need that does not settle its answer, as far as is known yet."""
        self.fact, self.where, self.fields, self.direct = fact, where, fields, direct
        self.settles = False


class _Entry:
    """One fact, gathered over all open answers."""

    __slots__ = ("affects", "fields", "latest", "settles")

    def __init__(self) -> None:
        self.latest: tuple[str, ...] = ()
        self.fields: dict[str, None] = {}
        self.settles: set[str] = set()
        self.affects: set[str] = set()


def find_missing(states: Iterable[State], context: DecisionContext) -> tuple[Missing, ...]:
    """Every fact that could change one of some open answers: first what settles most of them, then what affects most.

    Args:
        states: The open states; those of items are named with the key of their item.
        context: The record, day and rulebook.
    """
    entries: dict[tuple[str, str], _Entry] = {}
    waiting: dict[str, WaitingPlans] = {}
    for state in states:
        answer = context.key_of(state)
        for need in needs(state, context):
            if need.where == OF_OTHERS:
                waiting.setdefault(state.name, WaitingPlans()).add(state.item)
                continue
            entry = entries.setdefault((need.fact, need.where), _Entry())
            if need.fields is not entry.latest:
                entry.latest = need.fields
                entry.fields.update(dict.fromkeys(need.fields))
            entry.affects.add(answer)
            if need.settles:
                entry.settles.add(answer)
    if waiting:
        _add_other_plans(entries, waiting, context)
    missing = [
        Missing(
            fact, where, tuple(entry.fields), tuple(sorted(entry.settles)), tuple(sorted(entry.affects)),
            _titles(fact, context),
        )
        for (fact, where), entry in entries.items()
    ]  # fmt: skip
    return tuple(sorted(missing, key=_by_usefulness))


def missing_fact(outcome: str, term: Expr, settles: bool, context: DecisionContext) -> Missing:
    """As `find_missing` tells it, a fact of which it is known that it could turn an outcome.

    Args:
        outcome: The outcome, which reads no other one.
        term: The fact as the rules read it, on the day of decision.
        settles: Whether it alone could, and the answer would be known whatever it turned out to be.
        context: The record, day and rulebook.
    """
    unknown = list(_unknown_in(term, Scope(context.session.facts, context.on), context))
    (need,) = unknown
    answers = (context.inquiry.book.name_apart("outcome", outcome),)
    settled = answers if settles and not _behind_default(unknown, context) else ()
    return Missing(need.fact, need.where, need.fields, settled, answers, _titles(need.fact, context))


def _add_other_plans(
    entries: dict[tuple[str, str], _Entry], waiting: dict[str, WaitingPlans], context: DecisionContext
) -> None:
    """Enter the fields of plans that may have ended many others; the answers are named without their items."""
    for position, plan in enumerate(context.session.facts.record.plans or ()):
        lacking = [field for field in OF_OTHER_PLANS if getattr(plan, field) is None]
        names = [name for name, plans in waiting.items() if plans.for_plan(plan)] if lacking else []
        for field in lacking if names else ():
            where = item_path("plans", plan, position)
            entry = entries.setdefault((f"plan.{field}", where), _Entry())
            entry.fields[f"{where}.{field}"] = None
            entry.affects.update(names)


def _by_usefulness(missing: Missing) -> tuple[int, int, str, str]:
    return -len(missing.settles), -len(missing.affects), missing.fact, missing.where


def _titles(fact: str, context: DecisionContext) -> Texts:
    by_fact: dict[str, Texts] = context.inquiry.book.compiled.setdefault(f"titles {context.audience}", {})
    titles = by_fact.get(fact)
    if titles is None:
        title = label(context.parts, fact)
        titles = by_fact[fact] = Texts({language: title[language] for language in LANGUAGES})
    return titles


def needs(state: State, context: DecisionContext) -> Iterator[Need]:
    """The facts for which the open ``state`` waits, in the order in which they are found.

    Of a suggested step they are those for which its due day waits. A fact may come more than once: with further
    fields, or when it turns out to settle the answer after all. ``context`` has the record, day and rulebook.
    """
    if state.status == "suggested":
        yield from _due_needs(state, context)
        return
    day_open = state.day_open or not state.readings
    seen: dict[tuple[str, str], bool] = {}
    for reading in state.readings:
        if reading.question.in_doubt:
            continue  # the law of that day is not verified, and no fact changes that
        # what stays unknown for good has no fact behind it that is not listed for itself
        features = askable(reading)
        for feature in features:
            scope = reading.scopes[feature.scope]
            # on an unknown day a fact of the day is unknown, whatever is known of it
            day_open = day_open or (
                scope.judged.__class__ is OpenDay and any(_of_a_day(term, context) for term in feature.terms)
            )
            unknown = [need for term in feature.terms for need in _unknown_in(term, scope, context)]
            settles = (
                not day_open
                and _single(unknown)
                and not _behind_default(unknown, context)
                and settles_alone(reading, feature, features)
            )
            for need in unknown:
                if seen.get((need.fact, need.where)) is not True:
                    seen[need.fact, need.where] = need.settles = settles
                    yield need
        unknown = [need for expr, scope in computed_values(reading) for need in _unknown_in(expr, scope, context)]
        settles = not day_open and not seen and _single(unknown) and _settled_once_known(reading)
        yield from _new(unknown, seen, settles)
    if day_open:
        yield from judged_day_needs(state, context, seen)


def _due_needs(state: State, context: DecisionContext) -> Iterator[Need]:
    """The facts that tell by which day a suggested step is due: whether a rule suggests it, and the day it names."""
    seen: dict[tuple[str, str], bool] = {}
    for reading in state.readings:
        for rule in rules_of_due(reading):
            for feature in essential_to((rule.holds,), reading):
                scope = reading.scopes[feature.scope]
                yield from _new([need for term in feature.terms for need in _unknown_in(term, scope, context)], seen)
            if rule.bound.due is not None:
                yield from _new(_unknown_in(rule.bound.due, reading.scopes[rule.bound.scope], context), seen)
    if state.day_open or not state.readings:
        yield from judged_day_needs(state, context, seen)


def _new(unknown: Iterable[Need], seen: dict[tuple[str, str], bool], settles: bool = False) -> Iterator[Need]:
    """The needs that have not come up before."""
    for need in unknown:
        if (need.fact, need.where) not in seen:
            seen[need.fact, need.where] = need.settles = settles
            yield need


def _behind_default(unknown: list[Need], context: DecisionContext) -> bool:
    """Whether what is waited for, once it is known, may put an end to what is assumed of another fact."""
    behind = context.session.book.vocabulary.behind_defaults
    return any(need.fact in behind for need in unknown)


def _single(unknown: list[Need]) -> bool:
    """Whether one fact is all that is waited for, and the answer reads it itself."""
    return len({(need.fact, need.where) for need in unknown}) == 1 and unknown[0].direct


def _settled_once_known(reading: Reading) -> bool:
    """Whether the question of ``reading`` has an answer once every value that its rules compute is known.

    Each value that may count must surely count (law in doubt leaves that open), and of several each must exist.
    """
    default = reading.question.default
    values = [(group.form, group.expr, group.scope) for group in reading.question.groups]
    if default is not None and default.expr is not None:
        values.append((default.form, default.expr, default.scope))
    possible = [value for value in values if reading.state(value[0]) is not False]
    return all(
        reading.surely(form) and (len(possible) == 1 or not nullable(expr) or is_known(reading.value(expr, scope)))
        for form, expr, scope in possible
    )


def _of_a_day(term: Expr, context: DecisionContext) -> bool:
    """Whether a term reads a fact that is another on another judged day."""
    vocabulary = context.session.book.vocabulary
    return any(isinstance(node, Fact) and vocabulary.sensitive(node.name) for node in walk(term))


def computed_values(reading: Reading) -> Iterator[tuple[Expr, Scope]]:
    """The values that rules which may count in ``reading``, or `otherwise`, compute from what is not known.

    Yields each with its scope.
    """
    question = reading.question
    if question.kind != "outcome" or turning_formulas(reading).exhaustive:
        return
    for rule in question.rules:
        value = rule.bound.then[question.name]
        if isinstance(value, (Const, frozenset)) or reading.state(rule.active) is False:
            continue
        if not is_known(reading.value(value, rule.bound.scope)):
            yield value, reading.scopes[rule.bound.scope]
    default = question.default
    if default is None or default.expr is None or reading.state(default.form) is False:
        return
    if not is_known(reading.value(default.expr, default.scope)):
        yield default.expr, reading.scopes[default.scope]


def judged_day_needs(
    state: State, context: DecisionContext, seen: dict[tuple[str, str], bool] | None = None
) -> Iterator[Need]:
    """The facts that tell the judged days of the rules of ``state``, so far as these are not known.

    ``context`` has the record, day and rulebook; ``seen`` are the facts that need not be repeated.
    """
    seen = {} if seen is None else seen
    scopes = state.readings[0].scopes if state.readings else ()
    scope = scopes[0] if scopes else Scope(context.session.facts, context.on, state.list_name, state.item)
    for rule, _ in context.session.book.rules_of(state.kind, state.name):
        if rule.judged_on is not None:
            yield from _new(_unknown_in(rule.judged_on, scope, context), seen)


def _unknown_in(term: Expr, scope: Scope, context: DecisionContext) -> Iterator[Need]:
    """The facts in a term that are not known; behind a lower outcome, the facts for which that waits.

    Many answers read the same terms, so each is searched once a record.
    """
    memo, key = scope.facts.memo, ("needs", id(term), scope.judged, scope.list_name, id(scope.item))
    unknown: _Unknown | None = memo.get(key)
    if unknown is None:
        alone = _unknown_alone(term, scope, context)
        if alone is None:
            unknown = _searched(term, scope, context)
        elif alone.unknown is None:
            unknown = alone.unknown = _searched(term, scope, context)
        else:
            unknown = alone.unknown
        memo[key] = unknown
    for about in unknown:
        yield Need(*about)


_Unknown = list[tuple[str, str, tuple[str, ...], bool]]
"""What is not known in a term: the parts of a `Need` each."""


def _searched(term: Expr, scope: Scope, context: DecisionContext) -> _Unknown:
    return [(need.fact, need.where, need.fields, need.direct) for need in _search(term, scope, context)]


class _Alone:
    """What is not known in a term, of all records of ready-made facts that give nothing from which it could follow."""

    __slots__ = ("sources", "term", "unknown")

    def __init__(self, term: Expr, book: CompiledRulebook) -> None:
        self.term = term  # which lives as long, so that it is known again
        read = {node.name for node in walk(term) if isinstance(node, Fact)}
        self.sources = read.union(*(upstream_inputs(name, book) for name in read))
        self.unknown: _Unknown | None = None


def _unknown_alone(term: Expr, scope: Scope, context: DecisionContext) -> _Alone | None:
    """What is kept of ``term`` for records such as that of ``context``; None if its record says more of the term."""
    facts = context.session.facts
    own_day = scope.facts is facts and scope.judged == context.on
    if not own_day or scope.item is not None or facts.record.facts_on is not None:
        return None
    of_terms: dict[int, _Alone] | None = context.kept_of_facts_alone("needs of facts alone", lambda book, on: {})
    if of_terms is None:
        return None
    alone = of_terms.get(id(term))
    if alone is None:
        alone = of_terms[id(term)] = _Alone(term, context.inquiry.book)
    return alone if alone.sources.isdisjoint(facts.inputs) else None


def _search(term: Expr, scope: Scope, context: DecisionContext) -> Iterator[Need]:

    def fields_of_outcome(name: str) -> Iterator[str]:
        return (field for need in needs(context.session.outcome(name), context) for field in need.fields)

    for node, value in values_read(term, scope):
        if is_known(value):
            continue
        if isinstance(node, Fact):
            of_round = scope.in_round(node.which) if node.which else scope
            yield from _behind_fact(node.name, of_round, context, fields_of_outcome)
        elif isinstance(node, ItemField):
            where = path_of(scope)
            of_round = scope.in_round(node.which) if node.which else scope
            derived = fields_of_fact(str(node), of_round, context, fields_of_outcome) if node.derived else ()
            yield Need(str(node), where, derived if node.derived else (f"{where}.{node.field}",))
        elif reads_step(node):
            step = str(node.args[0])
            yield Need(step, "", fields_of_step(step, scope, context, fields_of_outcome))
        else:
            singular = context.session.book.singular(scope.list_name)
            for where, field in days_open(scope):
                # what stands for many others is no single fact that could settle an answer
                fields = (where,) if where == OF_OTHERS else (f"{where}.{field}",)
                yield Need(f"{singular}.{field}", where, fields, direct=where != OF_OTHERS)


def _behind_fact(name: str, scope: Scope, context: DecisionContext, fields_of_outcome: Any) -> Iterator[Need]:
    """What to ask where a fact is unknown: the fact itself, or what a lower outcome of its name waits for."""
    definition = context.parts.facts.get(name)
    if _of_another_day(name, scope, context):
        yield Need(name, "", (f"facts.{name}", "facts_on"))
    elif name in context.parts.outcomes:
        for need in needs(context.session.outcome(name), context):
            yield Need(need.fact, need.where, need.fields, direct=False)
    elif definition is not None and definition.derivation is None and name not in CLIENT_FACTS:
        yield Need(name, "", (f"facts.{name}",))
    else:
        yield Need(name, "", fields_of_fact(name, scope, context, fields_of_outcome))


def _of_another_day(name: str, scope: Scope, context: DecisionContext) -> bool:
    """Whether a fact of the day is asked for a judged day that is known and not the day of what the record states."""
    if scope.judged.__class__ is OpenDay:
        return False
    plan = scope.facts.vocabulary.plan(name)
    if scope.judged == context.on:
        # what is derived, or concluded, still is for the day of decision
        given_only = plan.derivation is None and not plan.concluded
        return plan.dated and given_only and scope.facts.record.facts_on not in (None, context.on)
    return plan.dated
