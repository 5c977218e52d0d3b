"""Tests of a formula in the words of the rule files."""

from __future__ import annotations

from typing import Any

from ..cells import Variable
from ..frames import Frame
from ..values import plain

MOST_SHOWN = 5


def said_cube(cube: int, frame: Frame) -> str:
    """What a cube asks of each variable: the tests that pass in all of its cells."""
    found: list[str] = []
    for variable in frame.variables:
        cells = cube & variable.bits
        if cells != variable.bits:
            found += _tests(variable, cells)
    return " and ".join(found[:MOST_SHOWN]) + (" and so on" if found[MOST_SHOWN:] else "")


def _tests(variable: Variable, cells: int) -> list[str]:
    """The tests that cells pass; the opposite of those that they fail, if they pass none."""
    passed = [_said(variable, test) for test in variable.tests if not cells & ~variable.cubes[test]]
    return passed or [f"not {_said(variable, test)}" for test in variable.tests if not cells & variable.cubes[test]][:1]


def _said(variable: Variable, test: tuple[Any, ...]) -> str:
    terms = [str(term) for term in variable.terms]
    if variable.kind == "has":
        return f"{variable.word} in {terms[0]}"
    match test:
        case ("is", known):
            return f"{terms[0]} is {'known' if known else 'unknown'}"
        case ("none",):
            return f"{terms[0]} is none"
        case ("true",):
            return terms[0] if terms else "an official so judges"
        case ("false",):
            return f"not {terms[0]}"
        case ("in", words):
            return f"{terms[0]} in [{', '.join(sorted(words))}]"
        case ("not in", words):
            return f"not {terms[0]} in [{', '.join(sorted(words))}]"
        case (op, limit):
            return f"{terms[0]} {op} {plain(limit)}"
        case (op,):
            return f"{terms[0]} {op} {terms[1]}"
    raise TypeError(test)
