"""Checklists of plans: what the rules ask on each side of a change of law, what is ticked, and what is not known."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules.decision.checklist import Checklist, ChecklistItem
from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import manager
from aava_rules.tools.cli import build

FINLAND = aava_rules.load("finland", plugins=False)
AAVA = aava_rules.load("aava", plugins=False)
DRAFT = {"id": "d", "kind": "joint_plan", "entries": ["goal"], "includes_rehabilitative_work": True}
WORKED = {"id": "worked", "plans": [DRAFT]}


def asked(checklist: Checklist, section: str) -> set[str]:
    return {item.text["en"] for item in checklist.items if item.section == section}


def item(checklist: Checklist, words: str) -> ChecklistItem:
    (found,) = [entry for entry in checklist.items if entry.text["en"] == words]
    return found


@pytest.mark.parametrize(
    ("entry", "before", "since", "kind"),
    [
        ("goal", "2020-12-31", "2021-01-01", "activation_plan"),
        ("support and guidance", "2020-12-31", "2021-01-01", "joint_plan"),
        ("duty to search for work", "2022-05-01", "2022-05-02", "activation_plan"),
        ("duty to search for work", "2022-05-01", "2022-05-02", "joint_plan"),
        ("place", "2014-12-31", "2015-01-01", "joint_plan"),
    ],
)
def test_an_entry_is_asked_for_from_the_day_of_its_law(entry: str, before: str, since: str, kind: str) -> None:
    """The day before, nobody asks for it; on the day, the plan records it."""
    assert entry not in asked(FINLAND.checklist(kind, before), "entries")
    assert entry in asked(FINLAND.checklist(kind, since), "entries")


@pytest.mark.parametrize(
    ("made", "kind", "due"),
    [
        ("2022-05-01", "joint_plan", "2022-11-01"),
        ("2022-05-02", "joint_plan", "2022-08-02"),
        ("2024-11-30", "activation_plan", "2025-02-28"),
    ],
)
def test_the_first_review_has_its_day(made: str, kind: str, due: str) -> None:
    """Six months after a joint plan of 1 May 2022, three months after one of the next day."""
    (review,) = FINLAND.checklist(kind, made).dates
    assert review.due == date.fromisoformat(due)


def test_before_reviews_were_a_duty_an_activation_plan_has_no_day_for_one() -> None:
    """1384/2021 asks for them from 2 May 2022."""
    assert FINLAND.checklist("activation_plan", "2022-05-01").dates == ()


def test_who_signs_what_is_told_before_and_under_which_condition() -> None:
    """Signatures, days and conditions of a plan of which nothing is known stand under their headings."""
    made = FINLAND.checklist("activation_plan", "2016-06-03")
    assert asked(made, "signatures") == {"employment authority", "social services", "client"}
    (told,) = [entry for entry in made.items if entry.requirement == "benefits_told_before_signing"]
    assert (told.section, told.done, told.condition["en"]) == ("days", None, "includes rehabilitative work")
    assert [cite.cite for cite in told.citations] == ["act-189-2001.9.2"]
    assert (told.weight, told.rulebook, told.rule) == ("law", "finland", "PC-158")
    duty = item(FINLAND.checklist("activation_plan", "2023-06-03"), "duty to search for work")
    assert duty.exception["en"] == "exempt from the duty to search for work"


def test_the_weight_of_the_model_and_of_a_local_rulebook_is_told() -> None:
    """What only the model or a county asks for is theirs."""
    local = aava_rules.load("hartola_sysma", plugins=False).checklist("activation_plan", "2024-06-03")
    assert {entry.weight for entry in local.items} >= {"law", "model", "local"}
    assert "work instructor" in asked(local, "present")


def test_what_the_record_has_is_ticked_and_what_it_lacks_is_said() -> None:
    """The draft of the record is the plan: its goal is ticked, the other entries are surely lacking."""
    made = FINLAND.checklist("joint_plan", "2024-06-03", WORKED)
    goal, place = item(made, "goal"), item(made, "place")
    assert (goal.done, goal.condition["en"], made.record_id) == (True, "", "worked")
    assert place.done is False
    without = FINLAND.checklist("joint_plan", "2024-06-03", {"id": "w", "plans": [DRAFT | {"entries": None}]})
    assert item(without, "place").done is None


def test_a_plan_without_rehabilitative_work_needs_no_entries_on_it() -> None:
    """What surely does not apply is not asked for."""
    record = {"id": "w", "plans": [DRAFT | {"includes_rehabilitative_work": False}]}
    assert asked(FINLAND.checklist("joint_plan", "2024-06-03", record), "entries") == {"duty to search for work"}


def test_a_plan_of_another_day_or_kind_is_not_the_one_that_is_written() -> None:
    """An earlier plan is left as it is, and another one is added beside it."""
    earlier = DRAFT | {"made_on": "2024-01-02"}
    made = FINLAND.checklist("joint_plan", "2024-06-03", {"id": "w", "plans": [earlier]})
    assert item(made, "goal").done is None
    assert {line.position for line in made.dates} == {1}
    same = FINLAND.checklist("joint_plan", "2024-01-02", {"id": "w", "plans": [earlier]})
    assert item(same, "goal").done is True


def test_every_item_agrees_with_the_finding_that_it_is_of() -> None:
    """A requirement of one rule is met where all its items are there, and broken where one is surely lacking."""
    for record in (
        WORKED,
        {"id": "w", "plans": [DRAFT | {"entries": ["goal", "place", "description", "job_search_duty"]}]},
    ):
        made = AAVA.checklist("joint_plan", "2025-06-03", record)
        plan = record["plans"][0] | {"made_on": "2025-06-03", "reviewed_on": []}
        decision = AAVA.decide(record | {"plans": [plan]}, "2025-06-03")
        statuses = {finding.requirement: finding.status for finding in decision.findings if finding.where}
        by_requirement: dict[str, list[ChecklistItem]] = {}
        for entry in made.items:
            by_requirement.setdefault(entry.requirement, []).append(entry)
        assert len(by_requirement) > 8
        for name, entries in by_requirement.items():
            if len({entry.rule for entry in entries}) == 1 and not any(
                entry.condition["en"] or entry.exception["en"] for entry in entries
            ):
                done = [entry.done for entry in entries]
                expected = "broken" if False in done else "met" if all(done) else "unknown"
                assert statuses[name] == expected, name


def test_law_that_was_not_read_is_said() -> None:
    """From 2026 the entries of an activation plan are in doubt, and the list says so; the day before, nothing is."""
    assert any(entry.doubted for entry in FINLAND.checklist("activation_plan", "2026-01-01").items)
    assert FINLAND.checklist("activation_plan", "2026-01-01").cautions
    before = FINLAND.checklist("activation_plan", "2025-12-31")
    assert not any(entry.doubted for entry in before.items)
    assert before.cautions == ()


def test_what_is_no_kind_or_no_record_is_refused() -> None:
    """An unknown kind is told with the kinds there are; a wrong record as everywhere."""
    with pytest.raises(ValueError, match="Did you mean joint_plan"):
        FINLAND.checklist("joint_plans")
    with pytest.raises(aava_rules.RecordError):
        FINLAND.checklist("joint_plan", "2024-06-03", {"id": "w", "plans": [{"kind": "no"}]})


# -- the command


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv(DISABLE, "1")
    return CliRunner().invoke(build(manager()), ["checklist", *arguments], catch_exceptions=False)


@pytest.mark.parametrize(
    ("language", "heading"),
    [("fi", "Suunnitelmaan kirjataan"), ("sv", "I planen antecknas"), ("en", "The plan records")],
)
def test_the_command_writes_three_languages(monkeypatch: pytest.MonkeyPatch, language: str, heading: str) -> None:
    """As text and as a page with boxes to tick."""
    asking = ("joint_plan", "--on", "2024-06-03", "--rulebook", "finland", "--language", language)
    assert heading in run(monkeypatch, *asking).stdout
    page = run(monkeypatch, *asking, "--format", "html").stdout
    assert heading in page
    assert "☐" in page
    assert "<script" not in page


def test_the_command_ticks_what_a_record_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The record's id stands in the heading, escaped; JSON is complete."""
    path = tmp_path / "draft.json"
    path.write_text(json.dumps(WORKED | {"id": "<i>"}), encoding="utf-8")
    asking = ("joint_plan", "--on", "2024-06-03", "--rulebook", "finland", "--record", str(path), "--language", "en")
    assert "[x] goal" in run(monkeypatch, *asking).stdout
    page = run(monkeypatch, *asking, "--format", "html").stdout
    assert "☑" in page
    assert "<i>" not in page
    made: dict[str, Any] = json.loads(run(monkeypatch, *asking, "--format", "json").stdout)
    assert (made["record_id"], made["on"], made["kind"]) == ("<i>", "2024-06-03", "joint_plan")
    assert all(entry["citations"] for entry in made["items"])


def test_the_command_refuses_what_it_cannot_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A kind that is not there and a record that is wrong: exit code 2, nothing quoted."""
    assert run(monkeypatch, "joint_plans").exit_code == 2
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({"id": "w", "plans": [{"kind": "Kanarialintu"}]}), encoding="utf-8")
    done = run(monkeypatch, "joint_plan", "--record", str(path))
    assert done.exit_code == 2
    assert "Kanarialintu" not in done.output
