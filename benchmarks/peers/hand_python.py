"""Python by hand, where every fact is known: true or false, without a reason."""

from __future__ import annotations


def target_group(facts: dict[str, int]) -> bool:
    """Whether the client belongs to the target group."""
    if facts["integration_plan_entitled"] or not facts["unemployed"]:
        return False
    if not (facts["subsidy_entitled"] or facts["receives_social_assistance"]):
        return False
    plan = facts["employment_plan_made"]
    months = facts["social_assistance_months"]
    if facts["age"] < 25:
        return bool(
            (plan and (facts["subsidy_days_last_12_months"] >= 180 or facts["allowance_exhausted"]))
            or (facts["jobseeker_interview_held"] and months >= 4)
        )
    after = facts["allowance_exhausted"] and facts["subsidy_days_after_allowance"] >= 180
    return bool(plan and (facts["subsidy_days"] >= 500 or after or months >= 12))


class Plain:
    """The function above."""

    def ready(self, facts: dict[str, int]) -> dict[str, int]:
        return facts

    def one(self, case: dict[str, int]) -> bool:
        return target_group(case)

    def told(self, answer: bool) -> bool:
        return answer
