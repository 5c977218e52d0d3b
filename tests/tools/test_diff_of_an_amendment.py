"""What an amendment does to the example register: those are named whose decisions differ when decided one by one."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import aava_rules
from aava_rules.decision.decision import Decision
from aava_rules.decision.entry_points import DISABLE
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.language.values import UNKNOWN
from aava_rules.tools.cli import build

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
REGISTER = EXAMPLES / "register.jsonl"
AMENDMENT = str(EXAMPLES / "three_days_a_week")
DAYS = ("2027-12-31", "2028-01-10", "2028-04-03")
"""The day before the amendment, within its transition, and after it."""


@cache
def law(*, amended: bool) -> aava_rules.Rulebook:
    return aava_rules.load("finland", plugins=False, amend=[AMENDMENT] if amended else [])


@cache
def register() -> list[dict[str, Any]]:
    return [json.loads(line) for line in REGISTER.read_text(encoding="utf-8").splitlines()]


def period_at(record: dict[str, Any], where: str) -> dict[str, Any]:
    """The period of a record that a path is about."""
    (period,) = [
        period
        for number, period in enumerate(record["periods"])
        if where.startswith((f"periods[id={period.get('id')}]", f"periods[{number}]"))
    ]
    return dict(period)


def says_that_there_is_no_plan(record: dict[str, Any]) -> bool:
    """Whether a period without the day of its plan has none."""
    return "periods.plan_made_on" in record.get("complete", ())


def told(decision: Decision) -> set[tuple[Any, ...]]:
    """All that a decision tells."""
    outcomes = {
        (name, outcome.status, outcome.value if outcome.status == "known" else None, outcome.possible)
        for name, outcome in decision.outcomes.items()
    }
    findings = {(finding.key, finding.status) for finding in decision.findings if finding.status != "not_applicable"}
    steps = {
        (step.step, step.where, None if step.due is UNKNOWN else step.due, step.overdue) for step in decision.next_steps
    }
    return {*outcomes, *findings, *steps}


@cache
def differing(on: str) -> tuple[str, ...]:
    """The clients whose decisions by the two rulebooks differ, decided one by one."""
    return tuple(
        record["id"]
        for record in register()
        if told(law(amended=False).decide(record, on)) != told(law(amended=True).decide(record, on))
    )


@pytest.mark.parametrize("on", DAYS[1:])
def test_exactly_the_clients_concerned_are_named(on: str) -> None:
    """By records and by columns, within the transition and after it."""
    compared = law(amended=False).compare(law(amended=True), register(), on=on)
    assert tuple(client.record_id for client in compared) == differing(on)
    frames = tables_of(register(), law(amended=False)._book.vocabulary)
    frames.pop("invalid")
    table = law(amended=False).compare_table(law(amended=True), **frames, on=on)
    assert tuple(client.record_id for client in table.clients) == differing(on)
    assert compared.counts.to_dict() == table.counts.to_dict()


def test_who_they_are() -> None:
    """Within the transition nobody whose plan was made before gets a broken limit, nor anybody who had none a right one."""
    for client in law(amended=False).compare(law(amended=True), register(), on=DAYS[1], only=["days_per_week_max"]):
        (record,) = [record for record in register() if record["id"] == client.record_id]
        for change in client.changes:
            period = period_at(record, change.where)
            assert change.before.status == "met"
            if change.after.status == "broken":
                assert period["days_per_week"] == 4
                made_before = period.get("plan_made_on", "2027-12-31") < "2028-01-01"
                if "plan_made_on" not in period and says_that_there_is_no_plan(record):
                    made_before = False
                # one that begins after the transition is judged by the law of its first day
                assert not made_before or period["start"] > "2028-03-31"
                assert change.after.by == ("PL-40",)
            else:
                assert change.after.status == "unknown"
                assert not {"plan_made_on", "start"} <= period.keys()
    assert 20 < len(differing(DAYS[1])) < len(register()) // 2


def test_the_command_names_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """`aava-rules diff --amend` over the file of the register names the same clients, each with the rules that decide."""
    monkeypatch.setenv(DISABLE, "1")
    arguments = ["diff", "finland", "--amend", AMENDMENT, str(REGISTER), "--on", DAYS[1], "--format", "jsonl"]
    result = CliRunner().invoke(build(), arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    head, *clients, tail = map(json.loads, result.stdout.splitlines())
    assert tuple(client["record_id"] for client in clients) == differing(DAYS[1])
    assert [rule["rule"] for rule in head["law"]["rules"] if rule["how"] == "added"] == [
        "SUP-1",
        "SUP-2",
        "SUP-3",
    ]
    assert head["to"]["rulebook"]["layers"][-1]["name"] == "three_days_a_week"
    assert tail["counts"]["compared"] == len(register())


def test_nobody_is_concerned_the_day_before() -> None:
    """Before its day an amendment changes no answer about a client on that day."""
    names = ["days_per_week_max", "days_per_week_together"]
    assert [
        (client.record_id, change.where)
        for client in law(amended=False).compare(law(amended=True), register(), on=DAYS[0], only=names)
        for change in client.changes
        if not begins_later(client.record_id, change.where)
    ] == []


def begins_later(record_id: str, where: str) -> bool:
    """Whether a period is judged on a day from the amendment on, as it begins then, or perhaps does."""
    (record,) = [record for record in register() if record["id"] == record_id]
    return bool(period_at(record, where).get("start", "2028") >= "2028")
