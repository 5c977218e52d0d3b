"""The paths through a diagram compiled to one Python function, for records that give all that is tested.

The function follows the paths that the diagram has, and returns the place to which they lead: a leaf, or a place from
which the diagram leads on, because no record had been beyond it when the function was compiled, or because there were
too many paths. Nothing that a rulebook or a record says is part of the code: its names are made here, and facts, words
and limits are values that they stand for. With twelve facts a record it takes a third off the time of a decision: 1.3
in place of 2.0 µs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

MOST_WRITTEN: Final = 1_000
"""Places that are compiled, at most; one to which several paths lead is compiled for each of them."""
MOST_IN_A_ROW: Final = 40
"""Facts that are tested one after the other, at most: Python does not read code that is indented without end."""
MOST_BRANCHES: Final = 8
"""A place with more branches than this leads on itself: it looks a value up, where code would compare one by one."""

CompiledPaths = Callable[[Mapping[str, Any]], Any]
"""Facts by name -> the place to which they lead. Raises KeyError or TypeError where a tested fact is not known."""


def compile_paths(first: Any) -> CompiledPaths:
    """The function of the paths of a diagram from its place ``first``, as far as records have been led by now."""
    names: dict[str, Any] = {}
    code = "\n".join(["def paths(facts):", *_lines(first, 1, _most_in_a_row(first), names)])
    exec(compile(code, "<diagram>", "exec"), names)
    paths: CompiledPaths = names["paths"]
    return paths


def _most_in_a_row(first: Any) -> int:
    """How many facts can be tested one after the other without writing too much."""
    count, level = 0, [first]
    for row in range(MOST_IN_A_ROW):
        level = [following for place in level for _, following in _branches(place) if following is not None]
        count += len(level)
        if not level or count > MOST_WRITTEN:
            return row
    return MOST_IN_A_ROW


def _branches(place: Any) -> list[tuple[Any, Any]]:
    """The branches of a place that are compiled: the value that leads to each, or the limit below which values do.

    After the last limit there is None; what no record has come to is None as well. A leaf has no branches.
    """
    branches = getattr(place, "branches", ())
    if not branches or len(branches) > MOST_BRANCHES:
        return []
    limits = place.limits
    return list(branches.items()) if limits is None else list(zip([*limits, None], branches, strict=True))


def _lines(place: Any, row: int, most: int, names: dict[str, Any]) -> Iterator[str]:
    """The lines that lead on from a place; whatever the facts are, they return."""
    indent = " " * row
    if row <= most and (branches := _branches(place)):
        yield f"{indent}value = facts[{_named(place.fact, names)}]"
        for by, following in branches:
            if place.limits is None:
                test = f"value is {by}" if by.__class__ is bool else f"value == {_named(by, names)}"
            else:
                test = "True" if by is None else f"value < {_named(by, names)}"
            yield f"{indent}if {test}:"
            if following is None:
                yield f"{indent} return {_named(place, names)}"
            else:
                yield from _lines(following, row + 1, most, names)
    yield f"{indent}return {_named(place, names)}"


def _named(value: Any, names: dict[str, Any]) -> str:
    """What the code calls a fact, a word, a limit or a place: a name made of digits, or a whole number itself."""
    if value.__class__ is int:
        return str(value)
    name = f"_{id(value)}"
    names[name] = value
    return name
