"""``decide --format csv``: all answers of every record, a line each, in one process or several."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

import aava_rules
from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import build
from aava_rules.tools.reports.answers import COLUMNS, answer_cells

RECORDS = Path(__file__).parents[2] / "examples" / "records"
DAY = "2014-05-05"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["decide", *arguments, "--rulebook", "finland", "--on", DAY, "--format", "csv"])


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_every_answer_that_applies_has_a_line() -> None:
    """Outcomes, findings and steps with what Python gives, then the facts that are missing, most useful first."""
    result = run(str(RECORDS / "a-17.json"), "--language", "en")
    assert result.exit_code == 0
    assert tuple(rows(result)[0]) == COLUMNS
    decision = aava_rules.load("finland", plugins=False).decide((RECORDS / "a-17.json").read_bytes(), on=DAY)
    told = [(row["kind"], row["name"], row["status"]) for row in rows(result)]
    applicable = [outcome for outcome in decision.outcomes.values() if outcome.status != "not_applicable"]
    findings = [finding for finding in decision.findings if finding.status != "not_applicable"]
    assert told == [
        *(("outcome", outcome.name, outcome.status) for outcome in applicable),
        *(("finding", finding.requirement, finding.status) for finding in findings),
        *(("step", step.step, "overdue" if step.overdue else "suggested") for step in decision.next_steps),
        *(("missing", fact.fact, "") for fact in decision.missing),
    ]
    (target,) = [row for row in rows(result) if row["name"] == "target_group"]
    assert (target["value"], target["by"], target["citations"]) == ("true", "TG-22", "Act 189/2001 section 3(2)(2)")
    assert target["text"].startswith("The client belongs to the target group")


def test_values_and_days_are_as_in_json(tmp_path: Path) -> None:
    """Truth, words of a set, days of steps, and what is not known."""
    rulebook = aava_rules.load("aava", plugins=False)
    cells = list(answer_cells(rulebook.decide((RECORDS / "follow-up-call.json").read_bytes(), on="2015-10-01"), "fi"))
    (step,) = [row for row in cells if row.get("name") == "follow_up_contact"]
    assert (step["kind"], step["status"], step["due"]) == ("step", "overdue", "2015-09-30")
    decision = rulebook.decide({"id": "x"}, on=DAY, only=["target_group", "target_group_grounds"])
    assert {row["status"] for row in answer_cells(decision, "fi") if row["kind"] == "outcome"} == {"unknown"}
    assert {row["value"] for row in answer_cells(decision, "fi") if row["kind"] == "outcome"} == {""}


def test_what_cannot_be_answered_has_a_line(tmp_path: Path) -> None:
    """The kind ``error`` with the place and every fault, in its place; several processes write the same."""
    lines = [{"id": "a"}, {"id": "b", "periods": [{"start": "2015-13-01", "kind": "=1+1"}]}, {"id": "=c"}]
    path = tmp_path / "clients.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run(str(path), "--only", "target_group", "--language", "sv")
    assert result.exit_code == 2
    (error,) = [row for row in rows(result) if row["kind"] == "error"]
    assert (error["record_id"], error["status"]) == ("b", "error")
    assert error["where"].endswith("clients.jsonl, line 2")
    assert "är inte en dag i kalendern [AR116]" in error["text"] and "=1+1" not in result.stdout
    assert list(dict.fromkeys(row["record_id"] for row in rows(result))) == ["a", "b", "'=c"]
    assert run(str(path), "--only", "target_group", "--language", "sv", "--processes", "2").stdout == result.stdout
