"""A question through all strata: the formulas of the outcomes that it reads in the place of its tests of them.

``target_group and age < 25`` is one question of the record, though the target group rests on the age as well. Where an
outcome is an input of its own, what it shares with the others is lost, and an answer may stay open, or ask for facts,
without need. So a test of an outcome is replaced by what the rules of that outcome say: the formula of each value, and
the test with that value put in; of a set, the formula of the word; and so on down to the facts.

What no rule gives a value (it does not apply, rules contradict one another, a computed value does not exist) is unknown
to the rules above it, not false: a feature of the kind ``lower`` stands for it, one for each outcome.

What stays an input: an outcome that the record states, for an official need not follow the rules; one of a day that is
not the day of decision, or is not known; one of law that is not verified; whether an outcome is known; a term that
computes with an outcome, or sets it against a value of another judged day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from aava_rules.compiler.bind import BoundRule
from aava_rules.compiler.diagrams import DiagramFormula, Diagrams
from aava_rules.compiler.facts import Vocabulary
from aava_rules.compiler.features import FeatureTable, Literal, is_of_a_day
from aava_rules.compiler.formula import Conj, Disj, Formula, Lit, Neg, conj, disj, neg
from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.lower import Lowering, same_value
from aava_rules.compiler.program import Feature, Program, Question
from aava_rules.compiler.rounds import LATER_BEGUN, by_rounds, read_of_rounds, shared_proofs
from aava_rules.language.functions import nullable
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Call, Compare, Condition, Const, Expr, Fact, Has, IsNone, OneOf, Truth

MOST_OUTCOMES: Final = 40
"""Outcomes that are put into one question, at most; beyond them it is answered stratum by stratum."""


class Part(Struct):
    """A question with the program in which it was read, as a part of a question through all strata.

    Attributes:
        program: the program.
        question: the question.
        scopes: for each judged day of the program, its number among those of the whole.
    """

    program: Program
    question: Question
    scopes: tuple[int, ...]


class ReadOutcome(Struct):
    """An outcome that a question reads.

    Attributes:
        name: the outcome.
        scope: the number of the judged day on which it is read.
    """

    name: str
    scope: int


def outcomes_read(program: Program, question: Question, vocabulary: Vocabulary) -> tuple[ReadOutcome, ...]:
    """The outcomes that tests of ``question`` read and that can be replaced; worked out once for its ``program``.

    ``vocabulary`` has the names of the rulebook.
    """
    key = f"outcomes read {question.kind} {question.name}"
    read: tuple[ReadOutcome, ...] | None = program.compiled.get(key)
    if read is None:
        support = support_of(question)
        places: dict[tuple[str, int], None] = {}
        for feature in program.features:
            if feature.bits & support:
                places |= dict.fromkeys((name, feature.scope) for name in _replaceable(feature, vocabulary))
        read = program.compiled[key] = tuple([ReadOutcome(*at) for at in places])
    return read


def _replaceable(feature: Feature, vocabulary: Vocabulary) -> Iterator[str]:
    outcomes = vocabulary.parts.outcomes
    if feature.kind in ("term", "pair", "has"):
        for term in feature.terms:
            if isinstance(term, Fact) and term.name in outcomes:
                yield term.name


def support_of(question: Question) -> int:
    """The bits of the features that stand in any formula of ``question``."""
    rules = [form for rule in question.rules for form in (rule.holds, rule.active)]
    pending = [form.formula for form in (*question.forms, *rules)]
    bits, seen = 0, set[int]()
    while pending:
        formula = pending.pop()
        if id(formula) in seen:
            continue  # formulas are made of one another
        seen.add(id(formula))
        match formula:
            case Lit(_, field):
                bits |= field
            case Neg(item):
                pending.append(item)
            case Conj(items) | Disj(items):
                pending += items
    return bits


class StepsRead(Struct):
    """What a question reads of steps that may turn together.

    Attributes:
        features: the numbers of the features that ask for a step, or for a fact that turns with the round; those that
            set two of them against each other twice.
        proven: the numbers of those that ask whether a step is done which shares a proof with another one, by proof.
        computed: how many of the values that it may have are worked out from such.
    """

    features: tuple[int, ...]
    proven: tuple[tuple[int, ...], ...]
    computed: int

    @property
    def count(self) -> int:
        """How many features and values read what may turn together."""
        return len(self.features) + self.computed


FEWEST_STEPS: Final = 2
"""Open tests of steps in one question that may turn together, at least; one alone is exact as it stands."""


def may_turn(program: Program, question: Question, vocabulary: Vocabulary) -> bool:
    """Whether several of the tests of ``question``, through the outcomes that it reads, may ask for steps.

    ``program`` is its program, ``vocabulary`` has the names of the rulebook.
    """
    if len(steps_read(program, question, vocabulary).features) >= FEWEST_STEPS:
        return True
    return vocabulary.outcomes_turn and bool(outcomes_read(program, question, vocabulary))


def steps_read(program: Program, question: Question, vocabulary: Vocabulary) -> StepsRead:
    """What tests of ``question`` read of steps; worked out once for its ``program``.

    ``vocabulary`` has the names of the rulebook.
    """
    key = f"steps read {question.kind} {question.name}"
    read: StepsRead | None = program.compiled.get(key)
    if read is None:
        read = program.compiled[key] = _steps_read(program, question, vocabulary)
    return read


def _steps_read(program: Program, question: Question, vocabulary: Vocabulary) -> StepsRead:
    turning = vocabulary.facts_of_rounds
    asking = [
        (number, feature) for number, feature in enumerate(program.features)
        if feature.kind in ("term", "pair", "has") and read_of_rounds(feature.terms, turning)
    ]  # fmt: skip
    computed = sum(bool(read_of_rounds((value,), turning)) for value in question.values)
    if not asking:
        return StepsRead((), (), computed)
    support, shared = support_of(question), shared_proofs(vocabulary.parts.steps)
    features: list[int] = []
    proven: dict[Any, list[int]] = {}
    for number, feature in asking:
        if not feature.bits & support:
            continue
        read = read_of_rounds(feature.terms, turning)
        features += [number] * len(read)
        match read[0]:
            case Call("done", (str(step), *_)) if step in shared.of_step:
                for proof in shared.of_step[step]:
                    if proof in shared.first:
                        proven.setdefault(proof, []).append(number)
    together = tuple([tuple(numbers) for numbers in proven.values() if len(numbers) > 1])
    return StepsRead(tuple(features), together, computed)


def compose(
    target: Part, lower: Mapping[str, Part], today: int, vocabulary: Vocabulary, steps: bool = False
) -> Program | None:
    """The program of one question through all strata; None where its parts do not fit together.

    Args:
        target: the question.
        lower: the outcomes that are put into it, by name, those that they read included.
        today: the number of the judged day that is the day of decision; -1 if none is.
        vocabulary: the names of the rulebook.
        steps: whether tests of steps are put as tests of either round, and of each proof (`compiler.rounds`).
    """
    if len(lower) > MOST_OUTCOMES:
        return None
    composition = _Composition(lower, today, vocabulary, steps)
    try:
        composition.enter_part(target)
        composition.finish()
        question = composition.question_of(target)
    except _DoNotFit:
        return None
    table = composition.features
    features = tuple(table.features.values())
    program = Program(features, (question,), composition.rules, table.full, composition.canonizer)
    program.compiled[_SHARES] = steps or composition.shares(target)
    return program


_SHARES: Final = "shares"


def shares(program: Program) -> bool:
    """Whether what the question of ``program`` reads in two ways, or in many values, may decide it.

    Where it does not, the question through all strata has the answer that it has stratum by stratum.
    """
    return bool(program.compiled[_SHARES])


class _DoNotFit(Exception):
    """One rule is read on two judged days, or with two sets of constants."""


class _Lower(Struct):
    """A test of a lower outcome, as it is entered.

    Attributes:
        part: the outcome.
        values: what each value of its question shares with equal ones; the test of the value, and whether it is none.
        undetermined: the test of what no rule gives a value.
    """

    part: Part
    values: tuple[tuple[Any, Any, Any], ...]
    undetermined: Any


class _Composition(Lowering):
    """Lowers the rules of a question and of the outcomes below it over one table of features."""

    def __init__(self, lower: Mapping[str, Part], today: int, vocabulary: Vocabulary, steps: bool) -> None:
        super().__init__(vocabulary)
        self._lower, self._today = lower, today
        self._shared_proofs = shared_proofs(vocabulary.parts.steps) if steps else None
        if steps:
            self.features.literal(LATER_BEGUN, 0)  # asked first, so that each round has its own part of a diagram
        self._scope_of_rule: dict[str, tuple[BoundRule, int]] = {}
        self._questions: dict[str, Question] = {}
        self._entered_parts: set[str] = set()
        self._diagrams: Diagrams | None = None

    def enter_part(self, part: Part) -> None:
        """Enter the rules of a question, and those that override them. Raises _DoNotFit."""
        entered: dict[str, BoundRule] = {}
        pending = [rule.bound for rule in part.question.rules]
        while pending:
            bound = pending.pop()
            if bound.rule.id not in entered:
                entered[bound.rule.id] = bound
                pending += [r.bound for r in part.program.rules.values() if bound.rule.id in r.bound.rule.overrides]
        for bound in entered.values():
            scope = part.scopes[bound.scope]
            before = self._scope_of_rule.setdefault(bound.rule.id, (bound, scope))
            if before[1] != scope or (before[0] is not bound and before[0] != bound):
                raise _DoNotFit
            self.enter(_moved(bound, scope))

    def form(self, formula: Formula) -> CompiledFormula:
        """The ``formula`` with its decision diagram, over these features."""
        if self._diagrams is None:
            self._diagrams = Diagrams([feature.bits for feature in self.features.features.values()])
        return DiagramFormula(formula, self.canonizer, self._diagrams)

    def question_of(self, part: Part) -> Question:
        """The question of ``part``, over these features."""
        old = part.question
        ids = [rule.bound.rule.id for rule in old.rules]
        if old.kind == "requirement":
            question = self.requirement(old.name, ids)
        elif old.kind == "step":
            question = self.suggestion(old.name, ids)
        else:
            question = self.outcome(old.name, old.is_set, ids, old.otherwise, part.scopes[0])
        question.whole = old.whole
        return question

    def shares(self, part: Part) -> bool:
        """Whether something reaches a question in two ways, or an outcome in more than two values."""
        support = support_of(part.question)
        own = {(feature.kind, feature.terms, feature.word): feature.bits for feature in self.features.features.values()}
        reached = 0
        for feature in part.program.features:
            if not feature.bits & support:
                continue
            names = [name for name in _replaceable(feature, self.vocabulary) if name in self._questions]
            if names and (feature.kind == "pair" or (feature.kind == "term" and feature.terms[0].type != "boolean")):
                return True
            ways = [support_of(self._questions[name]) for name in names]
            for bits in ways or [own.get((feature.kind, feature.terms, feature.word), 0)]:
                if bits & reached:
                    return True
                reached |= bits
        return False

    # -- tests of outcomes

    def _condition(self, node: Condition, scope: int) -> Any:
        if scope == self._today:
            replaced = self._replaced(node, scope)
            if replaced is not None:
                return replaced
        if self._shared_proofs is not None and isinstance(node, (Truth, IsNone, Compare, OneOf, Has)):
            of_rounds = by_rounds(node, self._shared_proofs, self.vocabulary.facts_of_rounds)
            if of_rounds is not None:
                return super()._condition(of_rounds, scope)
        return super()._condition(node, scope)

    def _replaced(self, node: Condition, scope: int) -> Any:
        """A test of a lower outcome with its rules put in; None where it is none, or cannot be replaced."""
        match node:
            case Has(Fact(name), word) if name in self._lower:
                part = self._entered_part(name)
                return _Member(part, word)
            case Truth(Fact(name)) | OneOf(Fact(name), _) if name in self._lower:
                return self._of_values(node, name, scope)
            case Compare(_, Fact(name), _) if name in self._lower:
                return self._of_values(node, name, scope)
            case Compare(_, _, Fact(name)) if name in self._lower:
                return self._of_values(node, name, scope)
        return None

    def _of_values(self, node: Truth | OneOf | Compare, name: str, scope: int) -> Any:
        part = self._lower[name]
        cases = [case for case in part.question.cases if case.expr is not None]
        values = [(case.expr, part.scopes[case.scope]) for case in cases if case.expr is not None]
        if part.question.is_set or any(own != scope and is_of_a_day(expr) for expr, own in values):
            return None
        self._entered_part(name)
        tests = tuple([
            (same_value(expr, own), self._condition(_with(node, name, expr), scope), self._absent(expr, own))
            for expr, own in values
        ])  # fmt: skip
        return _Lower(part, tests, self._undetermined(node, name, scope))

    def _absent(self, expr: Expr, scope: int) -> Any:
        """The test whether a value does not exist."""
        return self._condition(IsNone(expr), scope) if isinstance(expr, Const) or nullable(expr) else False

    def _undetermined(self, node: Truth | OneOf | Compare, name: str, scope: int) -> Any:
        """The test of an outcome that has no value by its rules."""
        scratch = FeatureTable(self.vocabulary.words_of, self.vocabulary.ranges.never_negative)
        literal = scratch.literal(node, scope)
        if isinstance(literal, bool):
            return literal
        if literal.feature.kind != "term":
            return self.features.literal(node, scope)
        return Literal(self.features.feature("lower", literal.feature.terms, "", scope), literal.test)

    def _entered_part(self, name: str) -> Part:
        part = self._lower[name]
        if name not in self._entered_parts:
            self._entered_parts.add(name)
            self.enter_part(part)
        return part

    def _formula(self, node: Any) -> Formula:
        if isinstance(node, _Member):
            form = self._question(node.part).members.get(node.word)
            return disj() if form is None else form.formula
        if isinstance(node, _Lower):
            return self._of_lower(node)
        return super()._formula(node)

    def _of_lower(self, node: _Lower) -> Formula:
        holds, any_value = [], []
        # values of two judged days are one where these days are the same one here
        tests = {value: (test, absent) for value, test, absent in node.values}
        for case in self._question(node.part).cases:
            if case.expr is None:
                continue
            test, absent = tests[same_value(case.expr, case.scope)]
            has_value = conj(case.form.formula, neg(self._formula(absent)))
            any_value.append(has_value)
            holds.append(conj(has_value, self._formula(test)))
        undetermined = neg(disj(*any_value))
        return disj(*holds, conj(undetermined, self._formula(node.undetermined)))

    def _question(self, part: Part) -> Question:
        question = self._questions.get(part.question.name)
        if question is None:
            for rule in part.question.rules:
                self._complete(self._entered[rule.bound.rule.id])
            question = self._questions[part.question.name] = self.question_of(part)
        return question


class _Member(Struct):
    """A test whether a lower outcome has a word."""

    part: Part
    word: str


def _moved(bound: BoundRule, scope: int) -> BoundRule:
    """A rule with the number that its judged day has in the whole."""
    if bound.scope == scope:
        return bound
    return BoundRule(
        bound.rule, bound.ruleset, scope, bound.when, bound.unless, bound.require, bound.then, bound.due, bound.in_doubt
    )


def _with(node: Truth | OneOf | Compare, name: str, value: Expr) -> Truth | OneOf | Compare:
    """A test with a value in the place of an outcome."""
    match node:
        case Truth():
            return Truth(value)
        case OneOf(_, words):
            return OneOf(value, words)
        case Compare(op, left, right):
            if isinstance(left, Fact) and left.name == name:
                left = value
            if isinstance(right, Fact) and right.name == name:
                right = value
            return Compare(op, left, right)
