"""Which unknown features could change an answer, and whether all they can be would settle it.

This reads the formulas of a question alone; `missing` works out which facts stand behind a feature.

Some features stay unknown whatever is found out: what is left to an official, law that is not verified, an outcome to
which its rules give no value. They may leave an answer open, and then whatever else is asked must be able to turn it:
with all other features known, an answer is one of its values or unknown for good, and those features matter that lead
to unlike ones of these.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Final

from aava_rules.compiler.diagrams import Diagrams, Ends, TooManyNodes, joint_support
from aava_rules.compiler.formula import conj, neg
from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import Feature, Question
from aava_rules.engine.conclude import conclude
from aava_rules.engine.states import OPEN, Reading
from aava_rules.language.functions import nullable
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Const, Fact
from aava_rules.language.values import Interval

_TURN: Final = "features that turn it"
_ESSENTIAL: Final = "features that matter"
_ASKABLE: Final = "features that facts make known"
_OUTCOMES: Final = "reads outcomes"
MOST_KEPT = 64
"""Choices of features that never become known for which the diagrams of one program are kept."""
MOST_OPEN_WORDS = 6
"""With more words of one set open than this, it is not worked out whether the set alone would settle an answer."""


def essential(reading: Reading) -> list[Feature]:
    """The features that matter in ``reading``: some value of each would change the answer, given what else is known.

    They are those that are left of the question's formulas, restricted to what is possible; and those that leave the
    answer open for good. Of items that are alike they are worked out once a record; a reading of no record, as of a
    whole table or for lint, has no scopes.
    """
    if not reading.scopes:
        return _essential(reading)
    known: list[Feature] | None = reading.memo.get((_ESSENTIAL, reading.question))
    if known is not None:
        return known
    if not reads_outcome(reading):
        known = reading.memo[_ESSENTIAL, reading.question] = _essential(reading)
        return known
    memo = reading.scopes[0].facts.memo
    key = (reading.question, reading.known)
    features: list[Feature] | None = memo.get(key)
    if features is None:
        features = memo[key] = _essential(reading)
    return features


def _essential(reading: Reading) -> list[Feature]:
    features: list[Feature] | None = reading.memo.get((_TURN, reading.question))
    if features is None:
        features = essential_to(turning_formulas(reading).formulas, reading)
        reading.memo[_TURN, reading.question] = features
    open_for_good = [feature for feature in features if unknown_for_good(feature, reading)]
    if not open_for_good:
        return features
    bits = sum(feature.bits for feature in open_for_good)
    for_good = sum(f.bits for f in reading.program.features if unknown_for_good(f, reading))
    key = (_TURN, reading.question, for_good)
    if key not in reading.memo:
        reading.memo[key] = _turning(reading, for_good)
    turning: int | None = reading.memo[key]
    if turning is None:
        return features
    return [feature for feature in reading.program.features if feature.bits & (bits | turning)]


def reads_outcome(reading: Reading) -> bool:
    """Whether a feature of the program of ``reading`` is an outcome, so that the record says whether it has a value.

    Where none is, what matters follows for all of whom the same is known.
    """
    compiled = reading.program.compiled
    reads: bool | None = compiled.get(_OUTCOMES)
    if reads is None:
        outcomes = reading.scopes[0].facts.vocabulary.parts.outcomes
        terms = (term for feature in reading.program.features for term in feature.terms)
        reads = compiled[_OUTCOMES] = any(isinstance(term, Fact) and term.name in outcomes for term in terms)
    return reads


def askable(reading: Reading) -> list[Feature]:
    """Those of the features that are `essential` in ``reading`` that some fact makes known."""
    features: list[Feature] | None = reading.memo.get((_ASKABLE, reading.question))
    if features is None:
        features = [feature for feature in essential(reading) if not unknown_for_good(feature, reading)]
        if reading.scopes and not reads_outcome(reading):
            reading.memo[_ASKABLE, reading.question] = features
    return features


def unknown_for_good(feature: Feature, reading: Reading) -> bool:
    """Whether no fact that is found out makes the ``feature`` of ``reading`` known."""
    if feature.kind in ("doubt", "judgement", "lower"):
        return True
    if not reading.scopes:
        return False
    scope = reading.scopes[feature.scope]
    for term in feature.terms:
        if isinstance(term, Fact) and scope.judged == scope.facts.on and scope.facts.without_value(term.name):
            # set against a term that may not exist, it is known once that does not
            return feature.kind != "pair" or not any(nullable(other) for other in feature.terms)
    return False


def _turning(reading: Reading, open_for_good: int) -> int | None:
    """The bits of the features that can still turn the answer of ``reading``; None if that is too much to work out.

    ``open_for_good`` are those of the features that never become known.
    """
    fields = [feature.bits for feature in reading.program.features]
    first = [field for field in fields if not field & open_for_good]
    by_features: dict[int, Diagrams] = reading.program.compiled.setdefault("diagrams of answers", {})
    diagrams = by_features.get(open_for_good)
    if diagrams is None:
        if len(by_features) >= MOST_KEPT:
            by_features.clear()
        diagrams = by_features[open_for_good] = Diagrams([*first, *(f for f in fields if f & open_for_good)])
    bits = 0
    try:
        for forms, end in _ends(reading):
            vertices = tuple([diagrams.of(form.formula) for form in forms])
            bits |= diagrams.joint(vertices, reading.known, len(first), end)
    except TooManyNodes:
        return None
    return bits


def _ends(reading: Reading) -> Iterable[tuple[tuple[CompiledFormula, ...], Callable[[Ends], Hashable]]]:
    """Formulas that go together, and what their states come to: for each word of a set and each rule of a step."""
    question = reading.question
    if question.is_set or question.kind == "step":
        return [((form,), _as_they_are) for form in turning_formulas(reading).formulas]
    forms = tuple(dict.fromkeys([*question.forms, *(group.form for group in question.groups)]))
    computed = not all(isinstance(expr, Const) for expr in question.values)

    def end(states: Ends) -> Hashable:
        of = dict(zip(forms, states, strict=True))
        for number, case in enumerate(question.cases):
            if of[case.form]:
                return (case.status, str(case.expr)) if isinstance(case.expr, Const) or not computed else number
        if computed:
            return states  # values that are not known yet may turn out to be one
        answered = Reading(question, reading.program, reading.known, reading.scopes, _Answered(of))
        return str(conclude(answered))

    return [(forms, end)]


def _as_they_are(states: Ends) -> Hashable:
    return states


class _Answered:
    """The states of formulas as they were found."""

    __slots__ = ("_states",)

    def __init__(self, states: dict[CompiledFormula, bool | None]) -> None:
        self._states = states

    def surely(self, form: CompiledFormula) -> bool:
        return self._states[form] is True

    def state(self, form: CompiledFormula) -> bool | None:
        return self._states[form]


def essential_to(formulas: Iterable[CompiledFormula], reading: Reading) -> list[Feature]:
    """The features that matter in ``reading`` to one of ``formulas``, given what else is known."""
    support = joint_support(formulas, reading.known)
    return [feature for feature in reading.program.features if support & feature.bits]


class TurningFormulas(Struct):
    """The formulas that could turn an answer.

    Attributes:
        formulas: Whatever would change the answer would change one of them.
        exhaustive: Whether nothing else could change it, and the features in them are exactly those that matter: the
            values of the outcome are constants, and every formula has its prime implicants.
    """

    formulas: tuple[CompiledFormula, ...]
    exhaustive: bool


def turning_formulas(reading: Reading) -> TurningFormulas:
    """The formulas that could turn the answer of ``reading``; worked out once for its program and question."""
    question, compiled = reading.question, reading.program.compiled
    key = f"missing {question.kind} {question.name}"
    turning: TurningFormulas | None = compiled.get(key)
    if turning is None:
        formulas = _formulas(question)
        constant = question.kind == "outcome" and all(isinstance(expr, Const) for expr in question.values)
        exhaustive = constant and all(form.has_support for form in formulas)
        turning = compiled[key] = TurningFormulas(tuple(formulas), exhaustive)
    return turning


def _formulas(question: Question) -> list[CompiledFormula]:
    """Formulas such that whatever would change the answer would change one of them."""
    if question.kind == "step":
        return [rule.holds for rule in question.rules]
    if question.is_set:
        return list(question.members.values())
    forms = [case.form for case in question.cases if not case.implied]
    if question.kind == "requirement":
        # met may hold beside not_applicable, which goes before it: what leads from one to both changes nothing
        outside, met, broken = forms
        return [outside, met.like(conj(met.formula, neg(outside.formula))), broken]
    forms.append(question.conflict)
    # of the answers to an outcome exactly one holds, so the longest formula follows from the others
    lengths = [-1 if (primes := form.primes()) is None else len(primes) for form in forms]
    if -1 not in lengths:
        del forms[lengths.index(max(lengths))]
    return forms


def settles_alone(reading: Reading, feature: Feature, features: list[Feature]) -> bool:
    """Whether the terms of ``feature`` alone would settle the answer of ``reading``, whatever their values.

    ``features`` are all that are `essential` to the answer, but for those that stay unknown for good.
    """
    # of two facts that a test sets against each other, one alone tells nothing
    of_same_terms = [other for other in features if other.terms == feature.terms and other.scope == feature.scope]
    if turning_formulas(reading).exhaustive and len(of_same_terms) < len(features):
        return False  # the other features would still change the answer: that is what essential means
    if not reading.question.constant:
        return _settled(reading, of_same_terms, reading.known)
    key = ("settles", reading.question, sum(other.bits for other in of_same_terms))
    settled: bool | None = reading.memo.get(key)
    if settled is None:
        settled = reading.memo[key] = _settled(reading, of_same_terms, reading.known)
    return settled


def _settled(reading: Reading, features: list[Feature], known: int) -> bool:
    """Whether the answer is settled in every cell that the features can be in (each word of a set, say)."""
    if not features:
        status, value = conclude(reading.supposing(known))
        return status not in OPEN and not isinstance(value, Interval)
    if len(features) > MOST_OPEN_WORDS:
        return False
    first, *rest = features
    cells = known & first.bits
    while cells:
        cell = cells & -cells
        cells ^= cell
        if not _settled(reading, rest, known & ~first.bits | cell):
            return False
    return True
