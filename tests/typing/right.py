"""How a host uses the library: type checkers find nothing wrong here. `test_typed_interface` runs them; no code runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import assert_type

import aava_rules
from aava_rules import (
    UNKNOWN,
    Audience,
    CaseReport,
    Caution,
    Citation,
    Decision,
    EngineName,
    Explanation,
    Finding,
    FindingStatus,
    Missing,
    Name,
    NextStep,
    Notice,
    Outcome,
    OutcomeStatus,
    Reason,
    Record,
    RecordFailure,
    Rulebook,
    StoredDecision,
    TableDecisions,
    Texts,
    Unknown,
    Weight,
)

rulebook = aava_rules.load("finland", plugins=False)
assert_type(rulebook, Rulebook)
decision = rulebook.decide({"id": "a"}, on="2014-05-05", only=["target_group"], engine="reference")
assert_type(decision, Decision)
assert_type(decision.on, date)
assert_type(decision.record, Record)
assert_type(decision.engine, EngineName)
assert_type(decision.outcomes, Mapping[str, Outcome])
assert_type(decision.findings, tuple[Finding, ...])
assert_type(decision.next_steps, tuple[NextStep, ...])
assert_type(decision.missing, tuple[Missing, ...])
assert_type(decision.notices, tuple[Notice, ...])
assert_type(decision.cautions, tuple[Caution, ...])
assert_type(decision.explain("target_group", "sv"), Explanation)
assert_type(rulebook.facts["age"], Name)
assert_type(rulebook.title("sv"), str)
assert_type(rulebook.weight, Weight)

outcome = decision.outcomes["target_group"]
assert_type(outcome.status, OutcomeStatus)
assert_type(outcome.reasons, tuple[Reason, ...])
assert_type(outcome.citations, tuple[Citation, ...])
assert_type(outcome.citations[0].text, Texts)
assert_type(outcome.citations[0].text("en"), str)
if outcome.status == "known" and outcome.value is True:
    print(outcome.text("fi", audience="client"))
value = outcome.value
if value is UNKNOWN:
    print(outcome.reasons)
elif isinstance(value, (int, Decimal)):
    print(value >= 4)


def days_left(step: NextStep) -> int | None:
    """Type checkers know that a due day may be unknown, or not be there at all."""
    due = step.due
    assert_type(due, date | Unknown | None)
    if due is None or due is UNKNOWN:
        return None
    assert_type(due, date)
    return (due - date.today()).days


def broken(answered: Decision) -> list[Finding]:
    """Words of a status are known to type checkers."""
    return [finding for finding in answered.findings if finding.status == "broken" and finding.weight == "law"]


def told(status: FindingStatus, audience: Audience) -> str:
    """A name can be given to each kind of word."""
    return f"{status} {audience}"


for answer in rulebook.decide_many([{"id": "a"}], on=date(2014, 5, 5)):
    if isinstance(answer, RecordFailure):
        print(answer.error)
    else:
        assert_type(answer, Decision)
        assert_type(Decision.from_dict(answer.to_dict()), StoredDecision)

report = aava_rules.run_cases("finland")
assert_type(report, CaseReport)
print([result.case for result in report if not result.passed])


def frames(clients: object) -> TableDecisions:
    """Whole registers."""
    return rulebook.decide_table(clients, on="2016-02-01")


month = rulebook.month_of({"id": "A-1"}, "2024-05", on="2024-06-03", absences=[{"on": "2024-05-06"}])
assert_type(month.payable.at_least, int)
assert_type(month.compensation.at_least, Decimal | None)
assert_type(month.missing, tuple[Missing, ...])
counts = rulebook.counts([{"id": "A-1"}], on=["2024-Q1", date(2024, 6, 30)], only=["plan_reviewed_in_time"])
assert_type(counts.clients, int | None)
assert_type(counts.tables[0].rows[0].counts, tuple[int | None, ...])
