"""The commands under ``--amend``: what they answer, check, show and refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules.tools import lint as checking
from aava_rules.tools.cases.run import rulebook_cases, run_cases
from aava_rules.tools.cli.app import build

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "three_days_a_week"
RECORD = {
    "id": "A",
    "periods": [
        {"kind": "rehabilitative_work", "start": "2027-11-01", "end": "2028-10-30", "days_per_week": 4,
         "plan_made_on": "2027-10-20"},
    ],
}  # fmt: skip


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(build(), list(arguments), input=stdin)


def test_the_example_is_short_and_whole() -> None:
    """What changes is written in fewer than 15 lines, the words for it not counted, and nothing of it lacks a case."""
    files = [file for file in EXAMPLE.rglob("*.yaml") if file.name not in ("cases.yaml", "messages.yaml")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    assert len([line for line in lines if line.strip() and not line.startswith("#")]) < 15
    rulebook = aava_rules.load(EXAMPLE, plugins=False)
    assert checking.find_remarks(rulebook) == []


def test_people_read_nothing_of_an_earlier_change() -> None:
    """What the rules of the example take over from those of 2015 are no texts: these name days of that year."""
    period = {"kind": "rehabilitative_work", "start": "2028-01-01", "end": "2028-05-31", "days_per_week": 4}
    record = {"id": "a", "periods": [period | {"plan_made_on": "2027-12-31"}]}
    rulebook = aava_rules.load("finland", plugins=False, amend=[EXAMPLE])
    for day in ("2028-01-01", "2028-04-01"):
        decision = rulebook.decide(record, on=day, only=["days_per_week_max", "plans_updated"])
        told = (*decision.findings, *decision.next_steps)
        read = [answer.text(language) for answer in told for language in ("fi", "sv", "en")]
        assert read
        assert not [text for text in read if "2015" in text]


def test_people_read_by_which_amendment() -> None:
    """What people read names the amendments beside the rulebook; without any it names the rulebook alone."""
    rulebook = aava_rules.load("finland", plugins=False, amend=[EXAMPLE])
    named = f"finland {rulebook.version} + three_days_a_week 2026-11-30"
    assert rulebook.label == named
    record = json.dumps({"id": "a", "periods": []})
    for command in (("decide", "-", "--format", "text"), ("check", "-", "--format", "html")):
        told = run(
            *command, "--rulebook", "finland", "--amend", str(EXAMPLE), "--on", "2028-01-10", stdin=record
        ).stdout
        assert named in told, command
    assert aava_rules.load("finland", plugins=False).label == f"finland {rulebook.version}"


def test_cases_are_for_the_layer_in_whose_folder_they_are() -> None:
    """The cases of the amendment are asked of the amended rulebook, those of the law of the law as it was."""
    alone = aava_rules.load(EXAMPLE, plugins=False)
    beside = aava_rules.load("finland", plugins=False, amend=[EXAMPLE])
    for rulebook in (alone, beside):
        cases = rulebook_cases(rulebook)
        own = [case for case in cases if not case.rulebook]
        assert {Path(case.place.rsplit(":", 2)[0]).parents[1] for case in own} == {EXAMPLE}
        assert {Path(case.rulebook).name for case in cases if case.rulebook} == {"finland"}
        report = run_cases(rulebook, own)
        assert (report.failed, report.passed) == (0, len(own))
    above = rulebook_cases(aava_rules.load("aava", plugins=False, amend=[EXAMPLE]))
    assert {Path(case.rulebook).name for case in above if case.rulebook} == {"aava", "finland"}


def test_answers_under_an_amendment() -> None:
    """``decide``, ``check`` and ``explain`` answer by the amendment that is named, and say so."""
    options = ("--on", "2028-04-01", "--rulebook", "finland")
    (plain,) = json.loads(run("decide", "-", *options, "--format", "json", stdin=json.dumps(RECORD)).stdout)
    amended = run("decide", "-", *options, "--amend", str(EXAMPLE), "--format", "json", stdin=json.dumps(RECORD))
    (document,) = json.loads(amended.stdout)
    assert [layer["name"] for layer in document["rulebook"]["layers"]] == ["finland", "three_days_a_week"]
    assert document["rulebook"]["sha256"] != plain["rulebook"]["sha256"]
    assert run("check", "-", *options, stdin=json.dumps(RECORD)).exit_code == 0
    checked = run("check", "-", *options, "--amend", str(EXAMPLE), "--language", "en", stdin=json.dumps(RECORD))
    assert checked.exit_code == 1
    assert "it is an assumption, not law" in checked.stdout.replace("\n", " ")
    why = run(
        "explain", "-", "days_per_week_max", *options, "--amend", str(EXAMPLE), "--language", "en",
        stdin=json.dumps(RECORD),
    )  # fmt: skip
    assert "at most 3 days a week (in force since 1 January 2028)" in why.stdout


@pytest.mark.parametrize("form", ["text", "html"])
def test_show_tells_what_an_amendment_is(form: str) -> None:
    """The page of an amended rulebook names the amendment, its worth, its day and its reader, and the rules as amended."""
    only = ("--only", "SUP-1", "--only", "PL-43", "--language", "en")
    shown = run("show", "finland", "--amend", str(EXAMPLE), "--format", form, *only)
    assert shown.exit_code == 0
    text = " ".join(shown.stdout.split())
    assert "Changes from 1 January 2028 on" in text
    assert "An assumption, not law. Read by Example on 30 November 2026" in text
    assert "until 31 March 2028" in text


def test_diff_shows_what_the_day_of_an_amendment_changes() -> None:
    """The two days around the change tell the rules and values that differ, and the answers."""
    days = ("--from", "2027-12-31", "--to", "2028-01-01", "--format", "json")
    changes = json.loads(run("diff", str(EXAMPLE), *days).stdout)["law"]
    assert [change["rule"] for change in changes["rules"]] == ["SUP-1", "SUP-2", "SUP-3"]
    assert [change["parameter"] for change in changes["parameters"]] == ["days_per_week_max", "transition_months"]
    again = json.loads(run("diff", "finland", "--amend", str(EXAMPLE), *days).stdout)["law"]
    assert again["rules"] == changes["rules"]
    assert json.loads(run("diff", "finland", *days).stdout)["law"]["rules"] == []


def test_faults_of_an_amendment_are_told_with_their_lines(tmp_path: Path) -> None:
    """``lint`` and every other command tell the fault of an amendment at its line, and exit."""
    wrong = tmp_path / "three_days_a_week"
    shutil.copytree(EXAMPLE, wrong)
    rules = wrong / "period_limits" / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("like: PL-43", "like: PL-430"), encoding="utf-8")
    told = run("lint", str(wrong))
    assert told.exit_code == 1
    assert "three_days_a_week/period_limits/rules.yaml:6:" in told.stdout
    assert "Did you mean PL-43?" in told.stdout
    refused = run("check", "-", "--rulebook", "aava", "--amend", str(wrong), stdin=json.dumps(RECORD))
    assert refused.exit_code == 2
    assert "AR080" in refused.output


def test_an_amended_rulebook_is_linted_for_its_own(tmp_path: Path) -> None:
    """A rulebook on top of what is amended is looked at for its own rules: the amendment adds no remark."""
    assert run("lint", "finland", "--amend", "nosuch").exit_code == 2
    remarks = checking.find_remarks(aava_rules.load("hartola_sysma", plugins=False, amend=[EXAMPLE]))
    assert [str(remark) for remark in remarks] == []


def test_mutants_are_made_of_what_an_amendment_says() -> None:
    """``mutate`` changes the amendment, named by its folder or beside the rulebook, and names its files."""
    for named in ([str(EXAMPLE)], ["finland", "--amend", str(EXAMPLE)]):
        done = run("mutate", *named, "--only", "SUP-3", "--processes", "1", "--format", "json")
        assert done.exit_code == 0
        report = json.loads(done.stdout)
        assert report["mutants"] == report["killed"] > 0
        assert report["survivors"] == []
    refused = run("mutate", str(EXAMPLE), "--only", "PL-40")
    assert refused.exit_code == 2
    assert "PL-40" in refused.output


def test_other_programs_get_the_amended_rulebook() -> None:
    """``serve --amend`` answers by the amendment, and names it in each answer."""
    request = {"id": "1", "on": "2028-04-01", "record": RECORD, "only": ["days_per_week_max"]}
    served = run("serve", "--rulebook", "finland", "--amend", str(EXAMPLE), stdin=json.dumps(request) + "\n")
    answer = json.loads(served.stdout)
    assert [layer["name"] for layer in answer["decision"]["rulebook"]["layers"]] == ["finland", "three_days_a_week"]
    assert [finding["status"] for finding in answer["decision"]["findings"]] == ["broken"]
