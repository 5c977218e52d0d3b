"""The rule format, construct by construct: a tiny rulebook for each, and the worked cases beside its rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.tools.cases.run import LoadedCase, load_cases, run_cases

HERE = Path(__file__).parent
CONSTRUCTS = sorted(file.parent.name for file in HERE.glob("*/rulebook.yaml"))


@cache
def rulebook_of(construct: str) -> Rulebook:
    return load(HERE / construct, plugins=False)


def _cases() -> list[tuple[str, LoadedCase]]:
    return [
        (construct, case)
        for construct in CONSTRUCTS
        for file in sorted((HERE / construct).glob("*/cases.yaml"))
        for case in load_cases(file)
    ]


CASES = _cases()


@pytest.mark.parametrize(("construct", "case"), CASES, ids=[f"{where}: {case.name}" for where, case in CASES])
def test_case(construct: str, case: LoadedCase) -> None:
    """A worked case of one construct comes out as the meaning of the rule format says."""
    report = run_cases(rulebook_of(construct), [case])
    assert [(one.expected, one.got) for one in report.failures] == []
    assert report.passed == 1


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_no_two_cases_of_a_construct_have_one_name(construct: str) -> None:
    """Each sentence names one case only, so that a failure points at one place."""
    names = [case.name for where, case in CASES if where == construct]
    assert names, "a construct without cases shows nothing"
    assert len(names) == len(set(names))
