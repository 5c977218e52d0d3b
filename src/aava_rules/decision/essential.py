"""Which unknown features could change an answer, and whether all they can be would settle it.

This reads the formulas of a question alone; `missing` works out which facts stand behind a feature.
"""

from __future__ import annotations

from collections.abc import Iterable

from aava_rules.compiler.formula import Conj, Disj, Formula, Lit, Neg
from aava_rules.compiler.implicants import CompiledFormula
from aava_rules.compiler.program import MET, NOT_APPLICABLE, Feature, Question
from aava_rules.engine.conclude import conclude
from aava_rules.engine.states import OPEN, Reading
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Const
from aava_rules.language.values import Interval

MOST_OPEN_WORDS = 6
"""With more words of one set open than this, it is not worked out whether the set alone would settle an answer."""


def essential(reading: Reading) -> list[Feature]:
    """The features that matter in ``reading``: some value of each would change the answer, given what else is known.

    They are those in the prime implicants of the question's formulas, restricted to what is possible.
    """
    return essential_to(turning_formulas(reading).formulas, reading)


def essential_to(formulas: Iterable[CompiledFormula], reading: Reading) -> list[Feature]:
    """The features that matter in ``reading`` to one of ``formulas``, given what else is known."""
    canonizer = reading.program.canonizer
    question, known = reading.question, reading.known
    met = question.form_of(MET)
    support = 0
    for form in formulas:
        primes = form.primes()
        if primes is None:  # too large for prime implicants: whatever is open in it may matter
            support |= _open_bits(form.formula, known) if reading.state(form) is None else 0
            continue
        for cube in canonizer.restricted(primes, known):
            # met may hold beside not_applicable, which goes before it: what leads to both changes nothing
            before = question.form_of(NOT_APPLICABLE) if form is met else None
            if before is None or not before.surely(cube):
                support |= known & ~cube
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
        exhaustive = constant and all(form.primes() is not None for form in formulas)
        turning = compiled[key] = TurningFormulas(tuple(formulas), exhaustive)
    return turning


def _formulas(question: Question) -> list[CompiledFormula]:
    """Formulas such that whatever would change the answer would change one of them."""
    if question.kind == "step":
        return [rule.holds for rule in question.rules]
    if question.is_set:
        return list(question.members.values())
    forms = [case.form for case in question.cases if not case.implied]
    if question.kind == "outcome":
        forms.append(question.conflict)
        # of the answers to an outcome exactly one holds, so the longest formula follows from the others
        lengths = [-1 if (primes := form.primes()) is None else len(primes) for form in forms]
        if -1 not in lengths:
            del forms[lengths.index(max(lengths))]
    return forms


def _open_bits(formula: Formula, known: int) -> int:
    """The bits of the features whose literals in a formula are open."""
    match formula:
        case Lit(cube, bits):
            inside = known & bits & cube
            return bits if inside and known & bits & ~cube else 0
        case Neg(item):
            return _open_bits(item, known)
        case Conj(items) | Disj(items):
            open_bits = 0
            for item in items:
                open_bits |= _open_bits(item, known)
            return open_bits


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
