"""rule-engine: one typed expression a rule, each compiled once and matched against the facts."""

from __future__ import annotations

import rule_engine

SCOPE = "unemployed and (subsidy_entitled or receives_social_assistance)"
RULES = {
    "TG-11": f"{SCOPE} and employment_plan_made and age < 25 and subsidy_days_last_12_months >= 180",
    "TG-12": f"{SCOPE} and employment_plan_made and age < 25 and allowance_exhausted",
    "TG-13": f"{SCOPE} and jobseeker_interview_held and age < 25 and social_assistance_months >= 4",
    "TG-21": f"{SCOPE} and employment_plan_made and age >= 25 and subsidy_days >= 500",
    "TG-22": f"{SCOPE} and employment_plan_made and age >= 25 and allowance_exhausted"
    " and subsidy_days_after_allowance >= 180",
    "TG-23": f"{SCOPE} and employment_plan_made and age >= 25 and social_assistance_months >= 12",
}


class Rules:
    """The first ground that matches gives the answer, unless the right to an integration plan comes first."""

    def __init__(self) -> None:
        self.first = rule_engine.Rule("integration_plan_entitled")
        self.rules = [rule_engine.Rule(text) for text in RULES.values()]

    def ready(self, facts: dict[str, int]) -> dict[str, int]:
        return facts

    def one(self, case: dict[str, int]) -> bool:
        return not self.first.matches(case) and any(rule.matches(case) for rule in self.rules)

    def told(self, answer: bool) -> bool:
        return answer
