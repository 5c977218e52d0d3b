"""An outcome that may have no value is no fact of the rules above it, as one that has none is not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from agreement import Tally, disagreements
from test_hard_cases import made

from aava_rules.language.values import UNKNOWN

ON = date(2017, 1, 1)
VOCABULARY = """
facts:
  met: {type: date, latest: event.on, where: [event.step == first_meeting], TITLE}
outcomes:
  until: {type: date, TITLE}
  elapsed: {type: integer, unit: days, TITLE}
requirements: {late: {each: client, TITLE}, soon: {each: client, TITLE}}
"""
RULES = """
decides: [until, elapsed]
rules:
  - {id: A-1, TITLE, in_force: {from: 2000-01-01}, then: {until: met}}
  - {id: A-2, TITLE, in_force: {from: 2000-01-01}, then: {elapsed: "days_between(decision_date, until)"}}
  - {id: A-3, TITLE, in_force: {from: 2000-01-01}, requirement: late, require: [until > decision_date]}
  - {id: A-4, TITLE, in_force: {from: 2000-01-01}, requirement: soon, require: [elapsed > 0]}
"""
MET = {"step": "first_meeting", "on": date(2016, 12, 31)}


@pytest.mark.parametrize(
    ("record", "late", "soon"),
    [
        ({"events": [MET]}, "broken", "broken"),
        ({"events": [MET], "complete_from": {"events": date(2016, 6, 1)}}, "broken", "broken"),
        ({"events": []}, "unknown", "unknown"),
        ({"events": [], "complete_from": {"events": date(2016, 6, 1)}}, "unknown", "unknown"),
        ({"events": [{"step": "first_meeting"}]}, "unknown", "unknown"),
        ({}, "unknown", "unknown"),
        ({"facts": {"until": date(2017, 1, 1)}, "events": []}, "broken", "broken"),
        ({"facts": {"until": date(2017, 1, 2)}}, "met", "met"),
    ],
)
def test_more_knowledge_takes_nothing_back(record: dict[str, Any], late: str, soon: str, tmp_path: Path) -> None:
    """What is unknown once it is known that there is no such day is not decided before."""
    rulebook = made(tmp_path, VOCABULARY, RULES)
    decision = rulebook.decide({"id": "x"} | record, ON)
    assert {finding.requirement: finding.status for finding in decision.findings} == {"late": late, "soon": soon}
    if late == "unknown":
        (elapsed,) = [state for state in decision.states if state.name == "elapsed"]
        assert elapsed.value is UNKNOWN  # and not bounds that an unknown day need not keep
    assert list(disagreements(rulebook, ON, [{"id": "x"} | record], Tally())) == []
