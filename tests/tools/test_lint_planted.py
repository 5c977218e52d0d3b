"""The checker finds every fault that is planted into a sound rulebook, at its line, and what it shows is so."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from aava_rules.decision.decision import inside
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import Fault
from aava_rules.rulebook.loader.file_schema import Case
from aava_rules.tools import lint as checking
from aava_rules.tools.cases.run import record_of
from aava_rules.tools.lint.coverage import _exception_held
from aava_rules.tools.lint.trials import Trials

HERE = Path(__file__).parent
LINT = HERE / "lint"
PLANTED: list[dict[str, Any]] = yaml.safe_load((HERE / "planted_faults.yaml").read_text(encoding="utf-8"))
LAW = {"ground": "STATUTE", "ref": "act.1"}


def planted(fault: dict[str, Any], tmp_path: Path) -> Path:
    """The folder of the rulebook with the fault in it."""
    if "folder" in fault:
        return LINT / str(fault["folder"])
    folder = tmp_path / "sound"
    shutil.copytree(LINT / "sound", folder)
    for name, old, new in fault.get("edits", ()):
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{old!r} should stand in {name}"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    for name, more in fault.get("add", {}).items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(more)
    return folder


def answered(rulebook: Rulebook, fault: Fault) -> tuple[dict[str, Any], dict[str, str]]:
    """What the example of a fault expects, and what `decide` answers to it."""
    case = Case.model_validate({"case": "x", **json.loads(fault.example), **LAW})
    decision = rulebook.decide(record_of(case), on=case.date)
    return case.expect, {name: decision.outcomes[name].status for name in case.expect}


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: f"{fault['code']} {fault['name']}")
def test_a_planted_fault_is_found(fault: dict[str, Any], tmp_path: Path) -> None:
    """Each planted fault is told with its code, at its line; a record that is shown is answered as it is said."""
    rulebook = load(planted(fault, tmp_path), plugins=False)
    found = checking.find_remarks(rulebook)
    at_line = [each for each in found if each.code == fault["code"] and each.source.strip().startswith(fault["line"])]
    assert at_line, [str(each) for each in found]
    if "answer" in fault:
        expected, answers = answered(rulebook, at_line[0])
        assert set(answers.values()) == {fault["answer"]}
        assert expected == answers


def test_every_gap_and_every_clash_is_shown() -> None:
    """Of each planted gap and each planted clash it is tested that `decide` confirms it."""
    assert {fault["code"] for fault in PLANTED if "answer" in fault} == {"AR213", "AR215", "AR220"}
    assert all("answer" in fault for fault in PLANTED if fault["code"] in ("AR213", "AR215"))


def test_the_sound_rulebook_has_no_fault() -> None:
    """Without the planted faults there is nothing to find."""
    assert checking.find_remarks(load(LINT / "sound", plugins=False)) == []


def test_there_are_enough_of_them() -> None:
    """There are at least 80 wrong rulebooks of at least 25 codes, no two of one name."""
    assert len(PLANTED) >= 80
    assert len({fault["code"] for fault in PLANTED}) >= 25
    assert len({(fault["code"], fault["name"]) for fault in PLANTED}) == len(PLANTED)


@pytest.mark.parametrize(
    "fault",
    [fault for fault in PLANTED if fault["code"] in ("AR201", "AR202", "AR204", "AR206")],
    ids=lambda fault: f"{fault['code']} {fault['name']}",
)
def test_a_case_that_is_lacking_comes_with_its_facts(fault: dict[str, Any], tmp_path: Path) -> None:
    """The record that is proposed for a lacking case shows of the rule what no case shows, and expects nothing."""
    rulebook = load(planted(fault, tmp_path), plugins=False)
    remark = next(
        each
        for each in checking.find_remarks(rulebook)
        if each.code == fault["code"] and each.source.strip().startswith(fault["line"])
    )
    assert bool(remark.example) is fault.get("proposal", True)
    if not remark.example:
        return  # of a rule judged on another day than that of the decision; of a step that begins another round
    proposal = json.loads(remark.example)
    if fault["code"] == "AR204":
        assert f"no case is judged on {proposal['date']}" in remark.what
        return
    assert not proposal.keys() - {"date", "given", "record"}
    case = Case.model_validate({"case": "x", **proposal, **LAW})
    session = inside(rulebook.decide(record_of(case), on=case.date)).session
    trials = Trials(rulebook, [], rulebook.name)
    rule_id = next(rule for rule in trials.rules if re.search(rf"\b{rule}\b", remark.what))
    (sighting, *_) = trials.sightings_in(session, trials.rules[rule_id])
    if fault["code"] in ("AR201", "AR202"):
        assert sighting.held is (fault["code"] == "AR201")
    elif "overriding" in remark.what:
        (overridden,) = trials.rules[rule_id].overrides
        assert sighting.held is True
        assert {other.held for other in trials.sightings_in(session, trials.rules[overridden])} == {True}
    else:
        assert _exception_held(sighting)
