"""Which unknown features could change an answer, and whether all they can be would settle it.

This reads the formulas of a question alone; `missing` works out which facts stand behind a feature.
"""

from __future__ import annotations

from collections.abc import Iterable

from aava_rules.compiler.diagrams import joint_support
from aava_rules.compiler.formula import conj, neg
from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import Feature, Question
from aava_rules.engine.conclude import conclude
from aava_rules.engine.states import OPEN, Reading
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Const
from aava_rules.language.values import Interval

MOST_OPEN_WORDS = 6
"""With more words of one set open than this, it is not worked out whether the set alone would settle an answer."""


def essential(reading: Reading) -> list[Feature]:
    """The features that matter in ``reading``: some value of each would change the answer, given what else is known.

    They are those that are left of the question's formulas, restricted to what is possible. Of items that are alike
    they are worked out once a record; a reading of no record, as of a whole table or for lint, has no scopes.
    """
    if not reading.scopes:
        return essential_to(turning_formulas(reading).formulas, reading)
    memo = reading.scopes[0].facts.memo
    key = (reading.question, reading.known)
    features: list[Feature] | None = memo.get(key)
    if features is None:
        features = memo[key] = essential_to(turning_formulas(reading).formulas, reading)
    return features


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

    ``features`` are all that are `essential` to the answer.
    """
    # of two facts that a test sets against each other, one alone tells nothing
    of_same_terms = [other for other in features if other.terms == feature.terms and other.scope == feature.scope]
    if turning_formulas(reading).exhaustive and len(of_same_terms) < len(features):
        return False  # the other features would still change the answer: that is what essential means
    return _settled(reading, of_same_terms, reading.known)


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
