"""The reading of all features of one program as one Python function.

It does what the closures of `features` do, feature by feature, without a call for each: a fact or field that is known,
the usual case, is looked up and turned into its cells where it stands, and of all else the closures and tables of
`features` are asked. Nothing that a rulebook or a record says is part of the code: its names are made here, and facts,
limits and masks are values that they stand for. `tests/engine/reference/test_features_code.py` holds the two together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from aava_rules.compiler.program import Feature, Program
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.scope import Scope
from aava_rules.language.syntax import Expr, Fact, ItemField
from aava_rules.language.values import PLAIN, Interval, Unknown, has

KnownReader = Callable[[tuple[Scope, ...]], int]
"""Gives the mask of the possible cells of all features of a program, of one scope for each of its judged days."""
OfPlace = Callable[[Any], int]
OfPair = Callable[[Any, Any, Scope], int]
_BUILT_IN: Final[dict[str, Any]] = {
    "PLAIN": PLAIN, "bisect_left": bisect_left, "Interval": Interval, "Unknown": Unknown, "has": has, "date": date,
    "Decimal": Decimal,
}  # fmt: skip


class Masks:
    """What turns values into cells, of each kind of feature: the functions of `features`."""

    __slots__ = ("of_pair", "of_place", "of_words")

    def __init__(
        self, of_words: Callable[[Feature], tuple[dict[Any, int], int]], of_place: Callable[[Feature], OfPlace],
        of_pair: Callable[[Feature], OfPair],
    ) -> None:  # fmt: skip
        self.of_words, self.of_place, self.of_pair = of_words, of_place, of_pair


def code_of(program: Program, masks: Masks) -> KnownReader:
    """The function that reads the features of ``program``, whose values ``masks`` turn into cells."""
    code = _Code(masks)
    lines = [line for feature in program.features for line in code.feature(feature)]
    source = "\n".join(
        ["def known_cells(scopes):", *code.head(), f" known = {code.named(code.known)}", *lines, " return known"]
    )
    exec(compile(source, "<features>", "exec"), code.names)
    written: KnownReader = code.names["known_cells"]
    return written


class _Code:
    """The code of one program as it is written.

    Attributes:
        names: what the names in it stand for.
        known: the cells that are possible whatever the record says.
    """

    def __init__(self, masks: Masks) -> None:
        self.names: dict[str, Any] = dict(_BUILT_IN)
        self.known = 0
        self._masks = masks
        self._scopes: dict[int, bool] = {}
        """The numbers of the scopes that are read, and whether a field of their item is."""
        self._values: dict[tuple[Expr, int], str] = {}
        """The names of the values that have been read."""

    def head(self) -> Iterator[str]:
        """The lines before all features: what they read of each scope."""
        for number, reads_item in sorted(self._scopes.items()):
            yield f" scope{number} = scopes[{number}]"
            yield f" facts{number} = scope{number}.facts"
            yield f" memo{number} = facts{number}.memo"
            yield f" judged{number} = scope{number}.judged"
            if reads_item:
                yield f" item{number} = scope{number}.item.__dict__"

    def named(self, value: Any) -> str:
        """The name that stands for ``value``."""
        name = f"_{len(self.names)}"
        self.names[name] = value
        return name

    def feature(self, feature: Feature) -> Iterator[str]:
        """The lines that add the cells of ``feature`` to those that are possible."""
        partition = feature.partition
        if feature.kind == "pair":
            yield from self._pair(feature)
        elif feature.kind == "term":
            value = yield from self._value(feature.terms[0], feature.scope)
            if partition.at:
                yield from self._place(feature, value)
            else:
                of, other = self._masks.of_words(feature)
                yield f" known |= {self.named(of)}.get({value}, {self.named(other)})"
        elif feature.kind == "has":
            value = yield from self._value(feature.terms[0], feature.scope)
            masks = self.named({**partition.of, None: partition.bits})
            yield f" known |= {masks}[has({value}, {self.named(feature.word)})]"
        elif feature.kind == "known":
            value = yield from self._value(feature.terms[0], feature.scope)
            no, yes = self.named(partition.of[False]), self.named(partition.of[True])
            yield f" known |= {no} if {value}.__class__ is Unknown or {value}.__class__ is Interval else {yes}"
        else:
            self.known |= partition.bits

    def _place(self, feature: Feature, value: str) -> Iterator[str]:
        partition = feature.partition
        cuts, at = self.named(partition.cuts), self.named(tuple([mask or partition.bits for mask in partition.at]))
        count = len(partition.cuts)
        yield f" if {value}.__class__ in PLAIN:"
        yield f"  place = bisect_left({cuts}, {value})"
        yield f"  known |= {at}[2 * place + 1 if place < {count} and {cuts}[place] == {value} else 2 * place]"
        yield " else:"
        yield f"  known |= {self.named(self._masks.of_place(feature))}({value})"

    def _pair(self, feature: Feature) -> Iterator[str]:
        left = yield from self._value(feature.terms[0], feature.scope)
        right = yield from self._value(feature.terms[1], feature.scope)
        of = feature.partition.of
        less, equal, greater = self.named(of["<"]), self.named(of["="]), self.named(of[">"])
        yield f" if {left}.__class__ is {right}.__class__ and {left}.__class__ in PLAIN:"
        yield f"  known |= {equal} if {left} == {right} else {less} if {left} < {right} else {greater}"
        yield " else:"
        yield f"  known |= {self.named(self._masks.of_pair(feature))}({left}, {right}, scope{feature.scope})"

    def _value(self, term: Expr, scope: int) -> Any:
        """The lines that read ``term`` in the scope of a number, unless that has been done; returns its name."""
        value = self._values.get((term, scope))
        if value is not None:
            return value
        value = self._values[term, scope] = f"value{len(self._values)}"
        self._scopes.setdefault(scope, False)
        if isinstance(term, Fact) and not term.which:
            name = self.named(term.name)
            key = f"({name}, judged{scope})" if term.sensitive else name
            yield f" {value} = memo{scope}.get({key}, facts{scope})"
            yield f" if {value} is facts{scope}:"
            yield f"  {value} = facts{scope}.value({name}, judged{scope})"
        elif isinstance(term, ItemField) and not term.derived:
            self._scopes[scope] = True
            yield f" {value} = item{scope}[{self.named(term.field)}]"
            yield f" if {value} is None:"
            yield f"  {value} = {self.named(reader(term))}(scope{scope})"
        else:
            yield f" {value} = {self.named(reader(term))}(scope{scope})"
        return value
