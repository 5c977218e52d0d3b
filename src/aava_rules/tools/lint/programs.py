"""The programs of a rulebook, one for each stretch of time, and the cells of their features in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from typing import Any, Final

from aava_rules.compiler.compile import CompiledRulebook, QueryGroup
from aava_rules.compiler.facts import Vocabulary
from aava_rules.compiler.program import Feature, Program
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.values import plain
from aava_rules.tools.lint.logic import Logic

MOST_APART: Final = 400
"""Combinations of stretches of time on several judged days that are looked at, at most."""


@dataclass(eq=False)
class Dated:
    """The questions of a group in one stretch of time of each judged day.

    Attributes:
        group: the questions.
        segments: the number of the stretch of time, for each judged day.
        vocabulary: the names of the rulebook.
    """

    group: QueryGroup
    segments: tuple[int, ...]
    vocabulary: Vocabulary

    @property
    def day(self) -> date:
        """The first day of the stretch of time; of the earliest of time, ``date.min``."""
        return self.group.day_of(self.segments[0])

    @property
    def until(self) -> date:
        """The last day of the stretch of time."""
        bounds = self.group.bounds
        return bounds[self.segments[0]] - ONE_DAY if self.segments[0] < len(bounds) else date.max

    @property
    def alike(self) -> bool:
        """Whether all judged days lie in one stretch of time."""
        return len(set(self.segments)) == 1

    @cached_property
    def program(self) -> Program:
        """The program of these stretches of time."""
        return self.group.program(self.segments)

    @cached_property
    def logic(self) -> Logic:
        """What compares the formulas of the program."""
        return Logic(self.program, self.vocabulary)

    @property
    def since(self) -> str:
        """From when on this is so, in words; empty where it always was."""
        return f" from {self.day}" if self.day > date.min else ""


def dated_programs(book: CompiledRulebook) -> tuple[Dated, ...]:
    """Each stretch of time of each group of questions of ``book``, all judged days in the same one."""
    return tuple(
        Dated(group, (number,) * len(group.judged), book.vocabulary)
        for group in _groups(book)
        for number in range(len(group.bounds) + 1)
    )


def apart(each: Iterable[Dated], left_out: set[str]) -> Iterator[Dated]:
    """Those of several judged days with each of these in a stretch of time of its own, besides ``each`` itself.

    Args:
        each: stretches of time in which all judged days lie in the same one.
        left_out: where the names of questions go that have too many combinations to be looked at.
    """
    seen: set[int] = set()
    for dated in each:
        yield dated
        group = dated.group
        if len(group.judged) < 2 or id(group) in seen:
            continue
        seen.add(id(group))
        stretches = len(group.bounds) + 1
        if stretches ** len(group.judged) > MOST_APART:
            left_out.update(query.name for query in group.questions)
            continue
        for segments in product(range(stretches), repeat=len(group.judged)):
            other = Dated(group, segments, dated.vocabulary)
            if not other.alike:
                yield other


def _groups(book: CompiledRulebook) -> list[QueryGroup]:
    groups: list[QueryGroup] = []
    for kind, name in sorted({(question.kind, question.name) for question in book.questions.values()}):
        if kind == "outcome":
            groups.append(book.outcome_group(name))
        else:  # those of steps and requirements of one name come together
            groups += [group for group in book.other_groups(frozenset({name})) if group not in groups]
    return groups


# -- a cube in words


def cube_in_words(cube: int, program: Program) -> list[str]:
    """The tests that a cube requires, in words; none if it requires nothing.

    Args:
        cube: a conjunction as a bit mask over the cells of all features of ``program``.
        program: the program whose features they are.
    """
    tests: list[str] = []
    for feature in program.features:
        cells = cube & feature.bits
        if cells != feature.bits:
            tests += _tests(feature, cells)
    return tests


def _tests(feature: Feature, cells: int) -> list[str]:
    """The tests that cells pass; the opposite of one that they fail, if they pass none."""
    passed = [_describe_test(feature, test, True) for test in feature.tests if not cells & ~feature.masks[test]]
    return (
        passed
        or [_describe_test(feature, test, False) for test in feature.tests if not cells & feature.masks[test]][:1]
    )


def _describe_test(feature: Feature, test: tuple[Any, ...], passes: bool) -> str:
    if not feature.terms:  # what an official judges, or law that has not been read
        return f"{feature.kind} of {feature.word}"
    terms = [str(term) for term in feature.terms]
    match test:
        case ("true" | "false" as name,):
            text = f"{feature.word} in {terms[0]}" if feature.kind == "has" else terms[0]
            passes = passes is (name == "true")
        case ("none",):
            text = f"{terms[0]} is none"
        case ("is", known):
            text = f"{terms[0]} is {'known' if known else 'unknown'}"
        case ("in" | "not in" as name, words):
            text = f"{terms[0]} in [{', '.join(sorted(words))}]"
            passes = passes is (name == "in")
        case (op, limit):
            text = f"{terms[0]} {op} {plain(limit)}"
        case (op,):
            text = f"{terms[0]} {op} {terms[1]}"
        case _:
            raise TypeError(test)
    return text if passes else f"not {text}"
