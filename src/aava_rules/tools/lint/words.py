"""Lists, and the tests of a formula, as remarks say them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aava_rules.compiler.compile import Frame
from aava_rules.compiler.partition import Variable
from aava_rules.language.values import plain

MOST_SHOWN = 5
"""Names or tests that a remark lists before it says that there are more."""


def listed(names: Sequence[str], between: str = ", ") -> str:
    """The first few names."""
    return between.join([*names[:MOST_SHOWN], *(["..."] if names[MOST_SHOWN:] else [])])


def said_cube(cube: int, frame: Frame) -> str:
    """What a cube asks of each variable: the tests that pass in all of its cells."""
    found: list[str] = []
    for variable in frame.variables:
        cells = cube & variable.bits
        if cells != variable.bits:
            found += _tests(variable, cells)
    return listed(found, " and ")


def _tests(variable: Variable, cells: int) -> list[str]:
    """The tests that cells pass; the opposite of one that they fail, if they pass none."""
    passed = [_said(variable, test, True) for test in variable.tests if not cells & ~variable.cubes[test]]
    return passed or [_said(variable, test, False) for test in variable.tests if not cells & variable.cubes[test]][:1]


def _said(variable: Variable, test: tuple[Any, ...], passes: bool) -> str:
    terms = [str(term) for term in variable.terms]
    match test:
        case ("true" | "false" as name,):
            said = f"{variable.word} in {terms[0]}" if variable.kind == "has" else terms[0]
            passes = passes is (name == "true")
        case ("none",):
            said = f"{terms[0]} is none"
        case ("in" | "not in" as name, words):
            said = f"{terms[0]} in [{', '.join(sorted(words))}]"
            passes = passes is (name == "in")
        case (op, limit):
            said = f"{terms[0]} {op} {plain(limit)}"
        case (op,):
            said = f"{terms[0]} {op} {terms[1]}"
        case _:
            raise TypeError(test)
    return said if passes else f"not {said}"
