"""How the features of a program, its values and its judged days are read of one record.

Closures are made when a record first needs them, and kept with what they belong to.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Final

from aava_rules.compiler.compile import QueryGroup
from aava_rules.compiler.program import Feature, Program
from aava_rules.engine.reference.evaluate import from_zero, reader
from aava_rules.engine.reference.features_code import KnownReader, Masks, code_of
from aava_rules.engine.reference.scope import Reader, Scope
from aava_rules.language.functions import nullable
from aava_rules.language.syntax import Expr
from aava_rules.language.values import (
    NONE,
    PLAIN,
    UNKNOWN,
    Interval,
    has,
    is_known,
    may_be_absent,
    orders,
)

MaskReader = Callable[[Scope], int]
"""Gives the mask of the cells in which a feature may lie."""

READ_BEFORE_WRITTEN: Final = 64
"""After so many records a program has its features read by a function of its own, which takes a moment to make."""
_FEATURES: Final = "reference features"
_TIMES: Final = "reference records read"
_WRITTEN: Final = "reference reader"
_VALUES: Final = "reference values"


def known_cells(program: Program, scopes: tuple[Scope, ...]) -> int:
    """What is known of a record: the mask of the possible cells of all features of ``program``.

    ``scopes`` has one scope for each judged day of the program.
    """
    compiled = program.compiled
    written: KnownReader | None = compiled.get(_WRITTEN)
    if written is not None:
        return written(scopes)
    times = compiled[_TIMES] = compiled.get(_TIMES, 0) + 1
    if times > READ_BEFORE_WRITTEN:
        compiled[_WRITTEN] = code_of(program, _MASKS)
    known = 0
    for read, scope in feature_readers(program):
        known |= read(scopes[scope])
    return known


def feature_readers(program: Program) -> tuple[tuple[MaskReader, int], ...]:
    """What reads each feature of ``program``, in their order, with the number of its judged day."""
    readers: tuple[tuple[MaskReader, int], ...] | None = program.compiled.get(_FEATURES)
    if readers is None:
        readers = tuple([(feature_reader(feature), feature.scope) for feature in program.features])
        program.compiled[_FEATURES] = readers
    return readers


def value_of(expr: Expr, program: Program, scope: Scope) -> Any:
    """The value of a term in ``scope``; ``expr`` belongs to the rules of ``program``."""
    readers: dict[int, Reader] = program.compiled.setdefault(_VALUES, {})
    read = readers.get(id(expr))
    if read is None:
        read = readers[id(expr)] = reader(expr)
    return read(scope)


def judged_readers(group: QueryGroup) -> tuple[Reader | None, ...]:
    """The readers of the judged days of ``group``; None for the day of decision."""
    readers: tuple[Reader | None, ...] | None = group.compiled.get(_VALUES)
    if readers is None:
        readers = tuple([None if term is None else reader(term) for term in group.judged])
        group.compiled[_VALUES] = readers
    return readers


def feature_reader(feature: Feature) -> MaskReader:
    """The closure that reads the possible cells of a laid-out ``feature``."""
    return _READERS[feature.kind](feature)


def _term(feature: Feature) -> MaskReader:
    partition, read = feature.partition, reader(feature.terms[0])
    if partition.at:
        of_value = mask_of_place(feature)
        return lambda scope: of_value(read(scope))
    masks, other = masks_of_words(feature)
    return lambda scope: masks.get(read(scope), other)


def masks_of_words(feature: Feature) -> tuple[dict[Any, int], int]:
    """The masks of the values without an order of ``feature``, and that of any other value."""
    partition = feature.partition
    if feature.terms[0].type == "boolean":
        return {**partition.of, NONE: partition.absent}, partition.bits  # what is not known is not in the table
    return {**partition.of, NONE: partition.absent, UNKNOWN: partition.bits}, partition.other


def mask_of_place(feature: Feature) -> Callable[[Any], int]:
    """What gives the mask of the ordered values of ``feature``."""
    partition = feature.partition
    cuts, at, full, absent = partition.cuts, partition.at, partition.bits, partition.absent
    count = len(cuts)

    def mask(value: Any) -> int:
        if value.__class__ in PLAIN:
            # Partition.place, written out since most values come this way
            place = bisect_left(cuts, value)
            return at[2 * place + 1 if place < count and cuts[place] == value else 2 * place] or full
        if value is UNKNOWN:
            return full
        if value is NONE:
            return absent
        if value.__class__ is not Interval:
            return at[partition.place(value)] or full
        low = 0 if value.low is None else partition.place(value.low)
        high = 2 * count if value.high is None else partition.place(value.high)
        possible = 0
        for place in range(low, high + 1):
            possible |= at[place]
        return (possible | absent if value.absent else possible) or full

    return mask


def _pair(feature: Feature) -> MaskReader:
    read_left, read_right = map(reader, feature.terms)
    of_values = mask_of_pair(feature)
    return lambda scope: of_values(read_left(scope), read_right(scope), scope)


def mask_of_pair(feature: Feature) -> Callable[[Any, Any, Scope], int]:
    """What gives the mask of two values that ``feature`` sets against each other, and their scope."""
    left, right = feature.terms
    left_absent, right_absent = nullable(left), nullable(right)
    of, absent = feature.partition.of, feature.partition.absent
    by_orders = {
        frozenset(signs): sum({of[sign] for sign in signs}) for signs in ("<", "=", ">", "<=", "<>", "=>", "<=>")
    }

    def mask(a: Any, b: Any, scope: Scope) -> int:
        if a is NONE or b is NONE:
            return absent
        possible = by_orders[orders(from_zero(a, left, scope), from_zero(b, right, scope))]
        if (a is UNKNOWN and left_absent) or (b is UNKNOWN and right_absent) or may_be_absent(a) or may_be_absent(b):
            return possible | absent
        return possible

    return mask


def _has(feature: Feature) -> MaskReader:
    read, word = reader(feature.terms[0]), feature.word
    masks = {**feature.partition.of, None: feature.partition.bits}
    return lambda scope: masks[has(read(scope), word)]


def _known(feature: Feature) -> MaskReader:
    read, masks = reader(feature.terms[0]), feature.partition.of
    return lambda scope: masks[is_known(read(scope))]


def _never(feature: Feature) -> MaskReader:
    full = feature.partition.bits
    return lambda scope: full


_READERS: Final[dict[str, Callable[[Feature], MaskReader]]] = {
    "term": _term,
    "pair": _pair,
    "has": _has,
    "known": _known,
    "judgement": _never,
    "doubt": _never,
    "lower": _never,
}
_MASKS: Final = Masks(masks_of_words, mask_of_place, mask_of_pair)
