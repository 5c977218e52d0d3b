"""What cases expect of answers that stay open: bounds, the words of a set, and reasons."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from aava_rules import load
from aava_rules.rulebook.loader.file_schema import Case
from aava_rules.tools.cases.compare import mismatches

TWO_KINDS = {"target_group": True, "age": 22, "refuses_plan": True, "refuses_or_interrupts_work": True,
             "refusal_reason": "no_reason"}  # fmt: skip
BY_ONE_WAY = {"client": {"birth_date": "1992-01-15"},
              "facts": {"unemployed": True, "subsidy_entitled": True, "receives_social_assistance": False,
                        "employment_plan_made": True, "jobseeker_interview_held": True, "social_assistance_months": 0,
                        "integration_plan_entitled": False, "allowance_exhausted": False},
              "benefits": [{"kind": "labour_market_subsidy", "start": start, "end": end, "days": days,
                            "because_of_unemployment": True}
                           for start, end, days in (("2013-03-04", "2013-03-08", 5), ("2013-07-01", "2014-02-28", 175))]
              }  # fmt: skip


def got(on: date, expect: dict[str, Any], **record: Any) -> Any:
    """What comes in place of what a case expects; None if it is as expected."""
    case = Case.model_validate({"case": "x", "date": on, "expect": expect, "ground": "DERIVED", "ref": "x"})
    decision = load("finland", plugins=False).decide({"id": "x"} | record, on=on)
    found = list(mismatches(case, decision))
    return found[0][3] if found else None


def of_days(**expected: Any) -> Any:
    return got(date(2005, 6, 1), {"benefit_loss_days": expected}, facts=TWO_KINDS)


def test_the_bounds_of_a_number_are_compared():
    """Either bound, or both; another one is told with what is so."""
    assert of_days(at_least=60, at_most=120) is None
    assert of_days(at_least=60) is None
    assert of_days(at_most=121) == {"at_most": 120}
    assert of_days(at_least=61, at_most=120) == {"at_least": 60, "at_most": 120}


def test_the_reasons_are_compared():
    """All reasons, in any order."""
    assert of_days(because=["needs_judgement"]) is None
    assert of_days(because=["facts_missing"]) == {"because": ["needs_judgement"]}
    assert of_days(because=[]) == {"because": ["needs_judgement"]}


def test_the_words_that_a_set_may_gain_are_compared():
    """Those that it surely has, and those that are open."""
    on = date(2014, 3, 5)
    assert got(on, {"target_group_grounds": {"possibly": ["young_subsidy"], "surely": []}}, **BY_ONE_WAY) is None
    assert got(on, {"target_group_grounds": {"possibly": []}}, **BY_ONE_WAY) == {"possibly": ["young_subsidy"]}


def test_what_is_known_is_not_open():
    """An answer is told in place of what was expected of an open one; so is that it does not apply."""
    alone = TWO_KINDS | {"refuses_or_interrupts_work": False}
    assert got(date(2005, 6, 1), {"benefit_loss_days": {"at_least": 60}}, facts=alone) == 60
    on = date(2001, 8, 31)
    assert got(on, {"benefit_loss_days": {"at_least": 60}}, facts=TWO_KINDS) == "not_applicable"


def test_where_nothing_is_known_there_are_no_bounds():
    """None stands for a bound that there is not."""
    assert got(date(2014, 6, 1), {"benefit_loss_days": {"at_least": None, "at_most": None}}) is None


@pytest.mark.parametrize("expected", [{"at_leats": 60}, {}])
def test_another_key_is_told_with_the_nearest(expected: dict[str, Any]):
    """A wrong key never passes for one that holds, nor does an empty expectation."""
    told = of_days(**expected)
    assert told is not None
    assert "at_least" in str(told) or not expected
