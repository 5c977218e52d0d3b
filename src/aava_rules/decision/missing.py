"""What to ask next: the facts whose values could change an answer, and what each would settle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aava_rules.compiler.facts import CLIENT_FACTS
from aava_rules.compiler.implicants import CompiledFormula, Conj, Disj, Formula, Lit, Neg
from aava_rules.compiler.program import MET, NOT_APPLICABLE, Feature, Question
from aava_rules.decision.context import DecisionContext
from aava_rules.decision.provenance import days_open, fields_of_fact, item_path
from aava_rules.decision.text.values import label
from aava_rules.engine.conclude import conclude
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.states import OPEN, Reading, State
from aava_rules.language.functions import reads_item, reads_step
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Const, Expr, Fact, ItemField, walk
from aava_rules.language.values import LANGUAGES, UNKNOWN, Interval, is_known

MOST_OPEN_WORDS = 6
"""With more words of one set open than this, it is not worked out whether the set alone would settle an answer."""


class Missing(Struct):
    """A fact to ask for: the record fields it would come from, and the answers that depend on it.

    ``settles`` are answers that this fact alone would settle, whatever its value; ``affects`` all
    that it could change.
    """

    fact: str
    where: str
    fields: tuple[str, ...]
    settles: tuple[str, ...]
    affects: tuple[str, ...]
    titles: dict[str, str]

    def text(self, language: str = "fi") -> str:
        """What to ask, in one language."""
        return self.titles[language]

    def to_dict(self) -> dict[str, Any]:
        """It as JSON has it."""
        return {
            "fact": self.fact, "where": self.where, "fields": list(self.fields), "settles": list(self.settles),
            "affects": list(self.affects), "text": self.titles,
        }  # fmt: skip


class _Entry:
    """What is known of one fact so far, while the open answers are gone through."""

    __slots__ = ("affects", "fields", "settles")

    def __init__(self) -> None:
        self.fields: dict[str, None] = {}
        self.settles: set[str] = set()
        self.affects: set[str] = set()


Need = tuple[str, str]
"""A fact, and the path of the item whose it is (empty: the client's)."""


def find_missing(waiting: list[State], context: DecisionContext) -> tuple[Missing, ...]:
    """Every fact that could change one of the open answers, the most useful first."""
    entries: dict[Need, _Entry] = {}
    for state in waiting:
        answer = state.name if not state.item else f"{state.name}@{context.item_key(state)}"
        for need, fields, alone in needs(state, context):
            entry = entries.setdefault(need, _Entry())
            entry.fields.update(dict.fromkeys(fields))
            entry.affects.add(answer)
            if alone:
                entry.settles.add(answer)
    found = [
        Missing(
            fact,
            where,
            tuple(entry.fields),
            tuple(sorted(entry.settles)),
            tuple(sorted(entry.affects)),
            _titles(fact, context),
        )
        for (fact, where), entry in entries.items()
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.settles), -len(one.affects), one.fact, one.where)))


def _titles(fact: str, context: DecisionContext) -> dict[str, str]:
    title = label(context.parts, fact)
    return {language: title[language] for language in LANGUAGES}


def is_open(state: State) -> bool:
    """Whether more facts could change a state: it is unknown, or a set that may still gain words."""
    return state.open


def needs(state: State, context: DecisionContext) -> Iterator[tuple[Need, tuple[str, ...], bool]]:
    """The facts that an open state waits for, the fields of each, and whether it settles the state alone."""
    several = len(state.readings) != 1
    seen: dict[Need, bool] = {}
    for reading in state.readings:
        if reading.question.in_doubt:
            continue
        variables = essential(state, reading)
        fixed = _waiting(reading).all
        for variable in variables:
            scope = reading.scopes[variable.scope]
            # on an unknown day a fact of the day is unknown, whatever is said of it
            dayless = scope.judged is None and any(_of_a_day(term, context) for term in variable.terms)
            several = several or dayless
            found = [one for term in variable.terms for one in _needs_of_term(term, scope, context)]
            alone = not several and _only_one(found) and _settles(state, reading, variable, variables, fixed)
            for need, fields, _ in found:
                if seen.get(need) is not True:
                    seen[need] = alone
                    yield need, fields, alone
        open_values = () if fixed else _open_values(state, reading)
        values = [one for expr, scope in open_values for one in _needs_of_term(expr, scope, context)]
        alone = not several and not seen and _only_one(values)
        for need, fields, _ in values:
            if need not in seen:
                seen[need] = alone
                yield need, fields, alone
    if several:
        yield from _judged_day_needs(state, context, seen)


class _Waiting(Struct):
    """What an open question can wait for: the formulas that could change its answer, and whether only they could.

    They are ``all`` that matters if the values of an outcome are constant and no formula is too large.
    """

    forms: tuple[CompiledFormula, ...]
    all: bool


def _waiting(reading: Reading) -> _Waiting:
    """What a question can wait for in its frame; found out once."""
    question, made = reading.question, reading.program.compiled
    key = f"missing {question.kind} {question.name}"
    found: _Waiting | None = made.get(key)
    if found is None:
        forms = _forms(question)
        constant = question.kind == "outcome" and all(expr.__class__ is Const for expr in question.values)
        found = made[key] = _Waiting(tuple(forms), constant and all(form.primes() is not None for form in forms))
    return found


def _settles(state: State, reading: Reading, variable: Feature, variables: list[Feature], fixed: bool) -> bool:
    """Whether the terms of one variable would settle the answer, whatever they are."""
    # of two facts that a test sets against each other, one says nothing without the other
    same = [one for one in variables if one.terms == variable.terms and one.scope == variable.scope]
    if fixed and len(same) < len(variables):
        return False  # the other variables would still change the answer: that is what essential means
    return _settle(state, reading, same, reading.known)


def _only_one(found: list[tuple[Need, tuple[str, ...], bool]]) -> bool:
    """Whether one fact is all that is waited for, and not one behind a lower outcome."""
    return len({need for need, _, _ in found}) == 1 and not found[0][2]


def _of_a_day(term: Expr, context: DecisionContext) -> bool:
    vocabulary = context.run.book.vocabulary
    return any(isinstance(node, Fact) and vocabulary.sensitive(node.name) for node in walk(term))


def _judged_day_needs(
    state: State, context: DecisionContext, seen: dict[Need, bool]
) -> Iterator[tuple[Need, tuple[str, ...], bool]]:
    scopes = state.readings[0].scopes if state.readings else ()
    scope = scopes[0] if scopes else Scope(context.run.facts, context.on, state.list_name, state.item)
    for rule, _ in context.run.book.rules_of(state.kind, state.name):
        if rule.judged_on is None:
            continue
        for need, fields, _ in _needs_of_term(rule.judged_on, scope, context):
            if need not in seen:
                seen[need] = False
                yield need, fields, False


def essential(state: State, reading: Reading) -> list[Feature]:
    """The variables of which some value would change the answer, given what else is known."""
    canonizer = reading.program.canonizer
    question, known = reading.question, reading.known
    met = question.form_of(MET)
    support = 0
    for form in _waiting(reading).forms:
        primes = form.primes()
        if primes is None:
            support |= _open_bits(form.formula, known) if reading.state(form) is None else 0
            continue
        for cube in canonizer.restricted(primes, known):
            # met may hold beside not_applicable, which goes before it: what leads to both changes nothing
            before = question.form_of(NOT_APPLICABLE) if form is met else None
            if before is None or not before.surely(cube):
                support |= known & ~cube
    return [variable for variable in reading.program.features if support & variable.bits]


def _forms(question: Question) -> list[CompiledFormula]:
    """Formulas such that whatever would change the answer would change one of them."""
    if question.kind == "step":
        return [rule.holds for rule in question.rules]
    if question.is_set:
        return list(question.members.values())
    forms = [case.form for case in question.cases if not case.implied]
    if question.kind == "outcome":
        forms.append(question.conflict)
        # of the answers to an outcome exactly one holds, so the one that is longest to tell follows from the others
        lengths = [-1 if (primes := form.primes()) is None else len(primes) for form in forms]
        if -1 not in lengths:
            del forms[lengths.index(max(lengths))]
    return forms


def _open_bits(formula: Formula, known: int) -> int:
    match formula:
        case Lit(cube, bits):
            inside = known & bits & cube
            return bits if inside and known & bits & ~cube else 0
        case Neg(item):
            return _open_bits(item, known)
        case Conj(items) | Disj(items):
            found = 0
            for item in items:
                found |= _open_bits(item, known)
            return found


def _settle(state: State, reading: Reading, variables: list[Feature], known: int) -> bool:
    """Whether everything that the variables of one term can be (words of a set, say) would settle the answer."""
    if not variables:
        status, value = conclude(reading.supposing(known))
        return status not in OPEN and not isinstance(value, Interval)
    if len(variables) > MOST_OPEN_WORDS:
        return False
    first, *others = variables
    cells = known & first.bits
    while cells:
        cell = cells & -cells
        cells ^= cell
        if not _settle(state, reading, others, known & ~first.bits | cell):
            return False
    return True


def _open_values(state: State, reading: Reading) -> Iterator[tuple[Expr, Scope]]:
    """The computed conclusions of rules that count whose operands are not known."""
    if state.kind != "outcome":
        return
    for rule in reading.question.rules:
        value = rule.bound.then[state.name]
        if isinstance(value, (Const, frozenset)) or reading.state(rule.active) is False:
            continue
        scope = reading.scopes[rule.bound.scope]
        if not is_known(reader(value)(scope)):
            yield value, scope


def _needs_of_term(term: Expr, scope: Scope, context: DecisionContext) -> Iterator[tuple[Need, tuple[str, ...], bool]]:
    """The facts in a term that are not known; through a lower outcome, the facts that it waits for."""

    def lower(name: str) -> Iterator[str]:
        return (field for _, fields, _ in needs(context.run.outcome(name), context) for field in fields)

    nodes = walk(term) if term.__class__ is not Fact else (term,)
    for node in nodes:
        if isinstance(node, Fact):
            if is_known(scope.facts.value(node.name, scope.judged)):
                continue
            definition = context.parts.facts.get(node.name)
            if _of_another_day(node.name, scope, context):
                yield (node.name, ""), (f"facts.{node.name}", "facts_on"), False
            elif node.name in context.parts.outcomes:
                for need, fields, _ in needs(context.run.outcome(node.name), context):
                    yield need, fields, True
            elif definition is not None and definition.derivation is None and node.name not in CLIENT_FACTS:
                yield (node.name, ""), (f"facts.{node.name}",), False
            else:
                yield (node.name, ""), fields_of_fact(node.name, scope, context, lower), False
        elif isinstance(node, ItemField):
            if is_known(reader(node)(scope)):
                continue
            where = item_path(scope)
            fields = fields_of_fact(str(node), scope, context, lower) if node.derived else (f"{where}.{node.field}",)
            yield (str(node), where), fields, False
        elif reads_step(node):
            if is_known(reader(node)(scope)):
                continue
            step = str(node.args[0])
            proofs = context.parts.steps[step].proof if step in context.parts.steps else ()
            yield (step, ""), ("events", *(proof.over for proof in proofs)), False
        elif reads_item(node) and not is_known(reader(node)(scope)):
            singular = context.run.book.singular(scope.list_name)
            for where, field in days_open(scope):
                yield (f"{singular}.{field}", where), (f"{where}.{field}",), False


def _of_another_day(name: str, scope: Scope, context: DecisionContext) -> bool:
    """Whether a fact of the day is asked for a judged day that is known and not the day of decision."""
    if scope.judged is None or scope.judged == context.on:
        return False
    plan = scope.facts.vocabulary.plan(name)
    return plan.concluded or plan.of_the_day


def unread(state: State) -> bool:
    """Whether nobody has read the law of the judged day; of a day that is not known, of no day that it may be."""
    return bool(state.readings) and all(reading.question.in_doubt for reading in state.readings)


def _only_doubt(state: State) -> bool:
    """Whether the days whose law has been read would all give one answer, so that the others keep it open."""
    read = [conclude(reading) for reading in state.readings if not reading.question.in_doubt]
    settled = all(answer == read[0] and answer[0] not in OPEN for answer in read)
    return len(read) < len(state.readings) and settled


def reasons(state: State, context: DecisionContext) -> tuple[str, ...]:
    """Why a state is unknown, sorted: conflict, facts_missing, law_not_verified, needs_judgement."""
    found: set[str] = {"law_not_verified"} if _only_doubt(state) else set()
    for reading in state.readings:
        if reading.question.in_doubt:
            continue
        for variable in essential(state, reading):
            if variable.kind == "doubt":
                found.add("law_not_verified")
            elif variable.kind == "judgement" or variable.judgement:
                found.add("needs_judgement")
            else:
                found |= _reasons_of(variable.terms, reading.scopes[variable.scope], context)
        for expr, scope in _open_values(state, reading):
            found |= _reasons_of((expr,), scope, context)
    if len(state.readings) > 1 and any(_judged_day_needs(state, context, {})):
        found.add("facts_missing")
    return tuple(sorted(found or {"facts_missing"}))


def _reasons_of(terms: tuple[Expr, ...], scope: Scope, context: DecisionContext) -> set[str]:
    found: set[str] = set()
    for term in terms:
        for node in walk(term):
            if not isinstance(node, Fact) or node.name not in context.parts.outcomes:
                continue
            if scope.facts.value(node.name, scope.judged) is not UNKNOWN:
                continue
            lower = context.run.outcome(node.name)
            found |= {lower.status} if lower.status in ("conflict", "not_applicable") else set(reasons(lower, context))
    return found or {"facts_missing"}
