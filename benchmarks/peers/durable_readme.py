"""durable-rules as its README shows it: the stock host, one ruleset, facts asserted and taken back.

It stays inside what does not crash: one session, no joins, and one fact at a time.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from durable.engine import MessageNotHandledException
from durable.lang import assert_fact, m, retract_fact, ruleset, when_all

held: list[str] = []

# tests are compared with a name, since "== True" is what the README writes and linters refuse
TRUE = True
IN_SCOPE = (m.unemployed == TRUE) & ((m.subsidy_entitled == TRUE) | (m.receives_social_assistance == TRUE))
PLANNED = IN_SCOPE & (m.employment_plan_made == TRUE)

with ruleset("target_group"):

    @when_all(m.integration_plan_entitled == TRUE)
    def tg_80(c: Any) -> None:
        held.append("TG-80")

    @when_all(PLANNED & (m.age < 25) & (m.subsidy_days_last_12_months >= 180))
    def tg_11(c: Any) -> None:
        held.append("TG-11")

    @when_all(PLANNED & (m.age < 25) & (m.allowance_exhausted == TRUE))
    def tg_12(c: Any) -> None:
        held.append("TG-12")

    @when_all(IN_SCOPE & (m.jobseeker_interview_held == TRUE) & (m.age < 25) & (m.social_assistance_months >= 4))
    def tg_13(c: Any) -> None:
        held.append("TG-13")

    @when_all(PLANNED & (m.age >= 25) & (m.subsidy_days >= 500))
    def tg_21(c: Any) -> None:
        held.append("TG-21")

    @when_all(PLANNED & (m.age >= 25) & (m.allowance_exhausted == TRUE) & (m.subsidy_days_after_allowance >= 180))
    def tg_22(c: Any) -> None:
        held.append("TG-22")

    @when_all(PLANNED & (m.age >= 25) & (m.social_assistance_months >= 12))
    def tg_23(c: Any) -> None:
        held.append("TG-23")


def tell(does: Any, facts: dict[str, object]) -> None:
    """Tell the ruleset of a fact. What no rule is waiting for it reports as an exception."""
    with suppress(MessageNotHandledException):
        does("target_group", facts)


class Stock:
    """One fact is asserted, the rules that fire are noted, and the fact is taken back."""

    def ready(self, facts: dict[str, object]) -> dict[str, object]:
        return {"id": "client", **facts}

    def one(self, case: dict[str, object]) -> list[str]:
        held.clear()
        tell(assert_fact, case)
        rules = held.copy()
        tell(retract_fact, case)
        return rules

    def told(self, answer: list[str]) -> bool:
        return bool(answer) and "TG-80" not in answer
