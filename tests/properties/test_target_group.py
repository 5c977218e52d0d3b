"""The target group, exactly: records that leave facts out, against every way of filling them in."""

from __future__ import annotations

from datetime import date
from itertools import product
from random import Random
from typing import Any

from brute import shipped

from aava_rules.decision.service import Rulebook

ON = date(2014, 5, 5)
VALUES: dict[str, tuple[Any, ...]] = {
    "unemployed": (True, False),
    "subsidy_entitled": (True, False),
    "receives_social_assistance": (True, False),
    "employment_plan_made": (True, False),
    "jobseeker_interview_held": (True, False),
    "age": (24, 25, 26),
    "subsidy_days_last_12_months": (179, 180),
    "subsidy_days": (499, 500),
    "allowance_exhausted": (True, False),
    "subsidy_days_after_allowance": (179, 180),
    "social_assistance_months": (3, 4, 11, 12),
    "integration_plan_entitled": (True, False),
}


def answer(rulebook: Rulebook, facts: dict[str, Any]) -> tuple[Any, ...]:
    decision = rulebook.decide({"id": "x", "facts": facts}, ON, only=["target_group", "target_group_grounds"])
    group, grounds = decision.outcomes["target_group"], decision.outcomes["target_group_grounds"]
    return group.status, str(group.value), grounds.value, grounds.possible


def test_every_completion_of_a_few_missing_facts() -> None:
    """With up to five facts left out, answer and grounds are unknown exactly if two ways of filling in differ."""
    rulebook, random = shipped("finland"), Random(2014)
    told = set()
    for _ in range(160):
        facts = {name: random.choice(values) for name, values in VALUES.items()}
        # most random people are excluded by the first test, so the door is left open more often
        facts |= {
            "unemployed": random.random() < 0.9,
            "integration_plan_entitled": random.random() < 0.2,
            "employment_plan_made": True,
        }
        left_out = random.sample(list(VALUES), random.randint(1, 5))
        known = {name: value for name, value in facts.items() if name not in left_out}
        status, value, sure, possible = answer(rulebook, known)
        completed = [
            answer(rulebook, known | dict(zip(left_out, chosen, strict=True)))
            for chosen in product(*(VALUES[name] for name in left_out))
        ]
        values = {one[1] for one in completed}
        assert (status, value) == (("known", values.pop()) if len(values) == 1 else ("unknown", "UNKNOWN"))
        grounds = [one[2] for one in completed if isinstance(one[2], frozenset)]
        assert len(grounds) == len(completed)
        least, most = frozenset.intersection(*grounds), frozenset.union(*grounds)
        assert (sure if isinstance(sure, frozenset) else frozenset(), possible) == (least, most - least)
        told.add(value)
    assert told == {"True", "False", "UNKNOWN"}
