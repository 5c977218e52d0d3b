"""The ways through a diagram written out as one Python function, for those who know all that it asks.

The function goes the ways that the diagram goes, and comes back with the place to which they led: a
last one, or one from which the diagram leads on, because nobody had been beyond it when the
function was written, or because there were too many ways to write out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

MOST_WRITTEN: Final = 1_000
"""So many places are written out at most; one to which several ways lead is written for each of them."""
MOST_IN_A_ROW: Final = 40
"""So many facts are asked one after the other at most: Python does not read code that is indented without end."""
MOST_BRANCHES: Final = 8
"""A place with more branches than this leads on itself: it looks a value up, where code would compare one by one."""

Ways = Callable[[Mapping[str, Any]], Any]
"""Facts by name -> the place to which they lead. Raises KeyError or TypeError where one that is asked is not known."""


def written(first: Any) -> Ways:
    """The ways on from the first place of a diagram, as far as somebody has been there by now."""
    names: dict[str, Any] = {}
    code = "\n".join(["def ways(facts):", *_lines(first, 1, _most_in_a_row(first), names)])
    exec(compile(code, "<diagram>", "exec"), names)
    ways: Ways = names["ways"]
    return ways


def _most_in_a_row(first: Any) -> int:
    """How many facts can be asked one after the other without writing too much."""
    count, level = 0, [first]
    for row in range(MOST_IN_A_ROW):
        level = [one for place in level for _, one in _branches(place) if one is not None]
        count += len(level)
        if not level or count > MOST_WRITTEN:
            return row
    return MOST_IN_A_ROW


def _branches(place: Any) -> list[tuple[Any, Any]]:
    """The branches of a place that are written out: the value that leads to each, or the limit below which values do.

    After the last limit there is None; a place to which nobody has come is None as well.
    """
    if place.__class__ is not list or len(place[2]) > MOST_BRANCHES:
        return []
    _, limits, branches, _, _ = place
    return list(branches.items()) if limits is None else list(zip([*limits, None], branches, strict=True))


def _lines(place: Any, row: int, most: int, names: dict[str, Any]) -> Iterator[str]:
    """The lines that lead on from a place. Whatever is asked there, they return."""
    indent = " " * row
    if row <= most and (branches := _branches(place)):
        yield f"{indent}value = facts[{place[0]!r}]"
        for by, following in branches:
            if place[1] is None:
                test = f"value is {by}" if by.__class__ is bool else f"value == {by!r}"
            else:
                test = "True" if by is None else f"value < {_named(by, names)}"
            yield f"{indent}if {test}:"
            if following is None:
                yield f"{indent} return {_named(place, names)}"
            else:
                yield from _lines(following, row + 1, most, names)
    yield f"{indent}return {_named(place, names)}"


def _named(what: Any, names: dict[str, Any]) -> str:
    """What the code calls a limit or a place."""
    if what.__class__ is int:
        return str(what)
    name = f"_{id(what)}"
    names[name] = what
    return name
