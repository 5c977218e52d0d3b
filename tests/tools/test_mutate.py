"""Mutation: every change of a rulebook is noticed by a case, proven equal, or shown with the case that would notice it."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import AavaRulesError, UnknownName
from aava_rules.rulebook.loader.yaml_nodes import plain, read_yaml
from aava_rules.testing import RecordMaker, random_rulebook
from aava_rules.tools.cases.run import run_cases
from aava_rules.tools.cli.app import build
from aava_rules.tools.mutate import Report, run_mutants
from aava_rules.tools.mutate.case_text import case_of, yaml_of
from aava_rules.tools.mutate.mutant import KINDS, Mutant
from aava_rules.tools.mutate.mutants import mutants_of
from aava_rules.tools.mutate.propose import CONTRADICTORY, EQUAL, PROPOSED, Teller, judge
from aava_rules.tools.mutate.run import CasesFail
from aava_rules.tools.mutate.trial import Subject

COMPLETE = Path(__file__).parent / "lint" / "complete"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small rulebook whose cases lint finds whole."""
    shutil.copytree(COMPLETE, tmp_path / "complete")
    (tmp_path / "complete" / "expected.txt").unlink()
    return tmp_path / "complete"


def rules(folder: Path, ruleset: str, before: str, after: str) -> None:
    """Change a rule file."""
    file = folder / ruleset / "rules.yaml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def run(folder: Path, **options: object) -> Report:
    return run_mutants(load(folder, plugins=False), folder, processes=1, **options)  # type: ignore[arg-type]


def changes(folder: Path, rule: str, kind: str) -> set[tuple[str, str]]:
    """What the mutants of one kind change in one rule."""
    found = mutants_of(load(folder, plugins=False), folder)
    return {(mutant.before, mutant.after) for mutant in found if mutant.kind == kind and rule in mutant.rules}


def test_every_place_of_a_rule_is_changed(folder: Path) -> None:
    """Limits, comparisons, groups, exceptions, days, overrides and values are changed, each in all its ways."""
    assert changes(folder, "L-1", "comparison") == {
        ("period.kind == rehabilitative_work", "period.kind != rehabilitative_work"),
        ("period.days_per_week <= param.days_max", "period.days_per_week < param.days_max"),
        ("period.days_per_week <= param.days_max", "period.days_per_week > param.days_max"),
        ("period.client_consents", "not(period.client_consents)"),
    }
    # one less says what `<` says
    assert changes(folder, "L-1", "threshold") == {
        ("period.days_per_week <= param.days_max", "period.days_per_week <= param.days_max + 1")
    }
    assert changes(folder, "L-1", "exception") == {("L-1: unless period.client_consents", "")}
    assert changes(folder, "L-1", "day") >= {
        ("L-1: from: 2010-01-01", "from: 2010-01-02"), ("L-1: from: 2010-01-01", "from: 2009-12-31"),
        ("L-1: until: 2019-12-31", "until: 2020-01-01"), ("L-1: until: 2019-12-31", "until: 2019-12-30"),
        ("judged_on: period.start", "judged_on: add_days(period.start, 1)"),
    }  # fmt: skip
    assert changes(folder, "M-1", "and_or") == {
        ("all(age >= param.age_limit; long_time)", "any(age >= param.age_limit; long_time)")
    }
    assert changes(folder, "M-2", "override") == {("M-2: overrides M-1", "")}
    assert changes(folder, "M-2", "rule") == {("M-2: the rule", "")}
    assert changes(folder, "M-1", "value") == {
        ("M-1: member: True", "member: False"),
        ("M-1: grounds: [by_age, by_time]", "grounds: [by_age]"),
        ("M-1: grounds: [by_age, by_time]", "grounds: [by_time]"),
    } or all(before.startswith("M-1: ") for before, _ in changes(folder, "M-1", "value"))
    assert {after for _, after in changes(folder, "P-1", "due")} >= {""}


def test_a_change_stands_at_its_line(folder: Path) -> None:
    """A mutant of a named condition stands where the condition is written, and changes every rule that reads it."""
    rules(folder, "membership", "when:\n      - excluded", "when:\n      - excluded\n      - adult")
    found = mutants_of(load(folder, plugins=False), folder)
    (mutant,) = [one for one in found if one.before == "age >= param.age_limit" and one.after.startswith("age > ")]
    assert (mutant.file, mutant.line, mutant.rules) == ("complete/membership/rules.yaml", 6, ["M-1", "M-2"])
    changed = mutant.make(load(folder, plugins=False)._parts)
    changed_rules = {rule.id: rule for ruleset in changed.rulesets for rule in ruleset.rules}
    assert "age > param.age_limit" in str(changed_rules["M-1"].when)
    assert "age > param.age_limit" in str(changed_rules["M-2"].when)


def test_parameters_and_facts_are_changed(folder: Path) -> None:
    """Values of parameters, their first days, and the derivations of facts are changed too."""
    found = mutants_of(load(folder, plugins=False), folder)
    in_file = {mutant.file: [other for other in found if other.file == mutant.file] for mutant in found}
    assert {mutant.kind for mutant in in_file["complete/parameters.yaml"]} == {"parameter", "day"}
    assert any(mutant.keys == {("fact", "long_time")} for mutant in in_file["complete/vocabulary.yaml"])
    assert {mutant.kind for mutant in found} <= set(KINDS)


def test_a_survivor_comes_with_the_case_that_kills_it(folder: Path) -> None:
    """Without the case of the exception its drop survives; the proposed case passes, and then kills it."""
    file = folder / "limits" / "cases.yaml"
    text = file.read_text(encoding="utf-8")
    start, end = text.index("- case: The client consents"), text.index("- case: Another kind")
    file.write_text(text[:start] + text[end:], encoding="utf-8")
    survivors = [one for one in run(folder, only=["L-1"]).survivors if one.mutant.kind == "exception"]
    (survivor,) = survivors
    assert survivor.status == PROPOSED
    assert "checks: {short_week: not_applicable}" in survivor.case
    assert survivor.mutant.before == "L-1: unless period.client_consents"
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n" + survivor.case + "\n")
    assert not run_cases(load(folder, plugins=False)).failures
    assert not [one for one in run(folder, only=["L-1"]).survivors if one.mutant.kind == "exception"]


def test_what_changes_no_answer_is_proven_equal(folder: Path) -> None:
    """A test that follows from another one can be dropped, and no cell tells."""
    rules(
        folder, "membership", "      - adult\n      - long_time", "      - adult\n      - long_time\n      - age >= 0"
    )
    report = run(folder, only=["M-1"])
    assert report.counts["test"][EQUAL] == 1
    assert not [one for one in report.survivors if one.mutant.before == "age >= 0" and one.mutant.kind == "test"]


def test_a_parameter_of_another_day_is_not_called_equal(folder: Path) -> None:
    """A parameter that is read on a day of the record is in no cell: only what keeps its value every day is equal."""
    before = "period.days_per_week <= param.days_max"
    rules(folder, "limits", before, "period.days_per_week <= value_on(param.days_max, period.start)")
    shutil.copy(folder / "membership" / "cases.yaml", folder / "limits" / "cases.yaml")
    (folder / "membership" / "cases.yaml").write_text("[]\n", encoding="utf-8")
    report = run(folder)
    of_limit = {
        (m.before, m.after)
        for m in mutants_of(load(folder, plugins=False), folder)
        if ("parameter", "days_max") in m.keys
    }
    survive = {
        (m.before, m.after) for m in (one.mutant for one in report.survivors) if ("parameter", "days_max") in m.keys
    }
    # the same five days before and after
    same = {
        ("days_max: 2012-01-01", "2012-01-02"),
        ("days_max: 2012-01-01", "2011-12-31"),
        ("days_max: 2012-01-01: 5", ""),
    }
    assert survive == of_limit - same
    assert same < of_limit


@pytest.mark.parametrize(
    ("rule_from", "equal"),
    [("2010-01-01", {"2009-12-31"}), ("2008-01-01", set())],
    ids=["no rule is in force then", "a rule would be in force a day more"],
)
def test_a_parameter_of_a_derived_fact_is_compared_by_the_days_on_which_rules_read_it(
    folder: Path, rule_from: str, equal: set[str]
) -> None:
    """Another value on a day on which no rule reads the fact changes nothing; on any other day it is not called equal."""
    file = folder / "parameters.yaml"
    text = file.read_text(encoding="utf-8")
    value = "{value: 180, cite: act.2, status: verified}"
    assert f"always: {value}" in text
    file.write_text(text.replace(f"always: {value}", f"2010-01-01: {value}"), encoding="utf-8")
    rules(folder, "membership", "from: 2010-01-01", f"from: {rule_from}")
    rulebook = load(folder, plugins=False)
    subject = Subject(rulebook)
    of_limit = [mutant for mutant in mutants_of(rulebook, folder) if mutant.keys == {("parameter", "long_from")}]
    assert len(of_limit) == 4
    assert {mutant.after for mutant in of_limit if judge(subject, mutant, [], 0, 5).status == EQUAL} == equal


def test_a_change_of_what_is_asked_for_alone_is_told_by_what_is_missing(folder: Path) -> None:
    """A step that waits for what is known is not suggested either way; only without the test is a host asked for it."""
    rules(folder, "path", "      - done(client_relationship_ends)\n    unless",
          "      - excluded is known\n      - excluded\n      - done(client_relationship_ends)\n    unless")  # fmt: skip
    (folder / "path" / "cases.yaml").write_text("[]\n", encoding="utf-8")
    rulebook = load(folder, plugins=False)
    (mutant,) = [one for one in mutants_of(rulebook, folder) if (one.kind, one.before) == ("test", "excluded is known")]
    known = "- case: x\n  date: 2014-05-01\n  record: {events: [{step: client_relationship_starts, on: 2014-01-01}, {step: client_relationship_ends, on: 2014-04-01}]}\n  no_steps: [follow_up_contact]\n  ground: SOURCE\n  ref: act.4\n"
    (folder / "path" / "cases.yaml").write_text(known, encoding="utf-8")
    survivors = [one for one in run(folder, only=["P-1"]).survivors if one.mutant.before == mutant.before]
    (survivor,) = [one for one in survivors if one.mutant.kind == "test"]
    assert survivor.status == PROPOSED
    assert "missing: " in survivor.case
    assert "excluded" not in survivor.case.partition("missing: ")[2].partition("]")[0]
    with (folder / "path" / "cases.yaml").open("a", encoding="utf-8") as stream:
        stream.write("\n" + survivor.case + "\n")
    assert not [one for one in run(folder, only=["P-1"]).survivors if one.mutant == survivor.mutant]


def test_what_only_a_contradiction_tells_is_no_case(folder: Path) -> None:
    """Nobody is of age and not of age; a record that says so is not proposed, and what does not fit is told."""
    file = folder / "vocabulary.yaml"
    text = file.read_text(encoding="utf-8")
    minor = "  minor: {type: boolean, title: {fi: x, sv: x, en: x}, value: age < param.age_limit}\n"
    file.write_text(text.replace("outcomes:\n", minor + "outcomes:\n"), encoding="utf-8")
    other = "  - id: M-3\n    title: {fi: x, sv: x, en: x}\n    in_force: {from: 2010-01-01}\n    when:\n      - adult\n      - long_time\n      - minor\n    then: {member: true}\n    cite: act.1\n"
    rules(folder, "membership", "overrides: [M-1]", "overrides: [M-1, M-3]")
    with (folder / "membership" / "rules.yaml").open("a", encoding="utf-8") as stream:
        stream.write(other)
    rulebook = load(folder, plugins=False)
    (mutant,) = [one for one in mutants_of(rulebook, folder) if (one.kind, one.rules) == ("rule", ["M-3"])]
    verdict = judge(Subject(rulebook), mutant, [], 0, 400)
    assert (verdict.status, verdict.case) == (CONTRADICTORY, {})
    assert "differs from what the rest of the record says" in verdict.why


def test_a_case_that_fails_is_told_first(folder: Path) -> None:
    """Cases that fail of the rulebook as it is say nothing of mutants."""
    rules(folder, "limits", "period.days_per_week <= ", "period.days_per_week > ")
    with pytest.raises(CasesFail, match=r"cases fail of complete as it is.*limits/cases\.yaml"):
        run(folder)


def test_samples_are_the_same_for_a_seed(folder: Path) -> None:
    """A sample has as many mutants as were asked for, and the same seed chooses the same."""
    reports = [run(folder, sample=5, seed=seed).to_dict() for seed in (1, 1)]
    assert reports[0] == reports[1]
    assert reports[0]["mutants"] == 5


def test_two_processes_find_what_one_finds(folder: Path) -> None:
    """How the work is shared changes nothing of the report."""
    rulebook = load(folder, plugins=False)
    alone = run_mutants(rulebook, folder, processes=1, only=["L-1"])
    told: list[tuple[int, int]] = []
    shared = run_mutants(rulebook, folder, processes=2, only=["L-1"], advance=lambda now, of: told.append((now, of)))
    assert alone.to_dict() == shared.to_dict()
    assert told[-1] == (alone.count(), alone.count())


def test_an_unknown_rule_is_told_with_the_nearest(folder: Path) -> None:
    """A rule that the rulebook does not have is an error with the nearest name."""
    with pytest.raises(UnknownName, match="M-1"):
        run(folder, only=["M-11"])


def test_the_command(folder: Path) -> None:
    """Exit code 0 where all is killed, 1 with survivors and their cases, 2 for an error; JSON has the counts."""
    runner, app = CliRunner(), build()
    few = ["--only", "M-2", "--processes", "1"]
    with (folder / "membership" / "cases.yaml").open("a", encoding="utf-8") as stream:
        stream.writelines(f"\n{survivor.case}\n" for survivor in run(folder, only=["M-2"]).survivors)
    clean = runner.invoke(app, ["mutate", str(folder), *few])
    assert (clean.exit_code, " 0 survive " in clean.output) == (0, True)
    (folder / "membership" / "cases.yaml").write_text("[]\n", encoding="utf-8")
    survived = runner.invoke(app, ["mutate", str(folder), *few])
    assert survived.exit_code == 1
    assert "This case would notice it:" in survived.output
    assert "complete/membership/rules.yaml:" in survived.output
    as_json = json.loads(runner.invoke(app, ["mutate", str(folder), *few, "--format", "json"]).stdout)
    assert as_json["mutants"] == len(as_json["survivors"]) + as_json["killed"] + as_json["proven_equal"]
    assert as_json["survivors"][0]["kind"] in KINDS
    assert runner.invoke(app, ["mutate", str(folder), "--only", "M-99"]).exit_code == 2


def test_rules_of_steps_can_be_named_in_cases(folder: Path) -> None:
    """`by` and `not_by` hold of the rules that suggest the steps that a case lists."""
    file = folder / "path" / "cases.yaml"
    case = "- case: By its rule\n  date: 2014-05-01\n  record: {events: [{step: client_relationship_starts, on: 2014-01-01}, {step: client_relationship_ends, on: 2014-04-01}]}\n  steps: [{step: follow_up_contact, due: 2014-07-01}]\n  KEY: [P-1]\n  ground: SOURCE\n  ref: act.4\n"
    for key, failed in (("by", 0), ("not_by", 1)):
        file.write_text(case.replace("KEY", key), encoding="utf-8")
        report = run_cases(load(folder, plugins=False), file)
        assert report.failed == failed
    assert report.failures[0].to_dict()["got"] == {"not_by": ["P-1"]}


@pytest.mark.parametrize(
    ("change", "on", "title"),
    [
        ("from: 2010-01-01", date(2010, 1, 1), "from 2010-01-01"),
        ("from: 2010-01-01", date(2009, 12, 31), "before 2010-01-01"),
        ("until: 2019-12-31", date(2019, 12, 31), "up to its last day, 2019-12-31"),
        ("until: 2019-12-31", date(2020, 1, 1), "after its last day, 2019-12-31"),
    ],
)
def test_a_proposed_case_says_on_which_side_of_a_day_of_law_it_lies(
    folder: Path, change: str, on: date, title: str
) -> None:
    """The title names the side, and the reference is what the rule cites."""
    rulebook = load(folder, plugins=False)
    mutant = next(one for one in mutants_of(rulebook, folder) if one.kind == "day" and one.before == f"L-1: {change}")
    rule = next(one for ruleset in rulebook._parts.rulesets for one in ruleset.rules if one.id == "L-1")
    case = case_of(rulebook._parts, mutant, {"date": on, "checks": {"short_week": "met"}})
    assert case["case"] == f"{rule.title['en']}: {title}"
    assert case["ref"] == str(rule.cite[0][1][0])


def test_a_proposed_case_of_a_fact_rests_on_the_rules_that_answer(folder: Path) -> None:
    """What is changed has no source of its own, so the case refers to that of the rule which reads it."""
    rulebook = load(folder, plugins=False)
    keys = {("fact", "long_time")}
    mutant = next(one for one in mutants_of(rulebook, folder) if one.keys == keys)
    case = case_of(rulebook._parts, mutant, {"date": date(2014, 3, 1), "expect": {"member": True}})
    sources = {
        str(cite)
        for ruleset in rulebook._parts.rulesets
        for rule in ruleset.rules
        if "member" in rule.then
        for _, listed in rule.cite
        for cite in listed
    }
    assert case["ref"] in sources


def test_a_long_case_is_written_on_lines_that_fit() -> None:
    """What does not fit on a line is written on several, and reads as the same case."""
    period = {f"field_{number}": "word_of_some_length" for number in range(9)} | {"on": date(2014, 1, 1)}
    case = {"case": 'It says "no"', "record": {"periods": [period, {"kind": "introductory"}]}, "given": {"on": True}}
    text = yaml_of(case)
    assert max(map(len, text.splitlines())) <= 200
    read = plain(read_yaml(text.encode()).root)
    assert read == [case | {"record": {"periods": [period | {"on": "2014-01-01"}, {"kind": "introductory"}]}}]


# -- random rulebooks


def _answers(rulebook: Rulebook, record: dict, on: date) -> object:
    try:
        decision = rulebook.decide(record, on=on, engine="reference").to_dict()
    except AavaRulesError:
        return None
    outcomes = {name: (one["status"], one.get("value"), one["by"]) for name, one in decision["outcomes"].items()}
    findings = [(one["key"], one["status"], one["by"]) for one in decision["findings"]]
    steps = [(one["step"], one["due"], one["by"]) for one in decision["next_steps"]]
    return outcomes, findings, steps


def test_a_parameter_behind_a_derived_fact_is_not_called_equal(tmp_path: Path) -> None:
    """No cell shows what derived facts read, so that a change of it is never proven equal: R-8 reads w by a fact."""
    rulebook = load(random_rulebook(3).write(tmp_path), plugins=False)
    subject = Subject(rulebook)
    of_w = [mutant for mutant in mutants_of(rulebook) if mutant.keys == {("parameter", "w")}]
    assert of_w
    assert not [mutant for mutant in of_w if judge(subject, mutant, [], 0, 5).status == EQUAL]


@pytest.mark.parametrize("seed", range(5))
def test_verdicts_of_random_rulebooks_are_kept(seed: int, tmp_path: Path) -> None:
    """What is proven equal answers random records alike, and a proposed case tells the two apart."""
    random = Random(seed)
    folder = random_rulebook(seed).write(tmp_path)
    rulebook = load(folder, plugins=False)
    mutants = mutants_of(rulebook, folder)
    subject, maker = Subject(rulebook), RecordMaker(rulebook)
    statuses: dict[str, int] = {}
    for mutant in random.sample(mutants, min(6, len(mutants))):
        verdict = judge(subject, mutant, [], seed, 40)
        statuses[verdict.status] = statuses.get(verdict.status, 0) + 1
        changed = Rulebook(mutant.make(rulebook._parts))
        if verdict.status == EQUAL:
            _assert_equal(rulebook, changed, maker, random, mutant)
        elif verdict.status == PROPOSED:
            _assert_told_apart(rulebook, changed, verdict.case)
    assert statuses


def _assert_equal(rulebook: Rulebook, changed: Rulebook, maker: RecordMaker, random: Random, mutant: Mutant) -> None:
    for _ in range(25):
        on = maker.day(random)
        record = maker.record(random, on)
        same = _answers(rulebook, record, on) == _answers(changed, record, on)
        assert same, (mutant.before, mutant.after, record, on)


def _assert_told_apart(rulebook: Rulebook, changed: Rulebook, case: dict) -> None:
    record = {"id": "case", **case.get("record", {})} | ({"facts": case["given"]} if "given" in case else {})
    assert _answers(rulebook, record, case["date"]) != _answers(changed, record, case["date"])


def test_the_teller_of_a_mutant_says_what_a_case_must_expect(folder: Path) -> None:
    """The answer in a proposed case is that of the unchanged rulebook."""
    rulebook = load(folder, plugins=False)
    subject = Subject(rulebook)
    (mutant,) = [one for one in mutants_of(rulebook, folder) if one.kind == "rule" and one.rules == ["M-2"]]
    teller = Teller(subject, subject.changed(mutant), "member")
    situation = ({"id": "case", "facts": {"age": 30, "subsidy_days": 200, "excluded": True}}, date(2014, 3, 1))
    assert teller.differs(situation)
    assert teller.case(situation)["expect"] == {"member": False}


EXAMPLE = Path(__file__).parents[2] / "examples" / "three_days_a_week"
LAW = Path(__file__).parent / "bases" / "law"


def amendment(tmp_path: Path, rule: str) -> Path:
    """An amendment of the small law of limits, with one rule."""
    folder = tmp_path / "change"
    shutil.copytree(Path(__file__).parent / "lint" / "ar232_taken_over", folder)
    (folder / "expected.txt").unlink()
    shutil.rmtree(folder / "limits")
    (folder / "limits").mkdir()
    head = (folder / "rulebook.yaml").read_text(encoding="utf-8")
    (folder / "rulebook.yaml").write_text(
        head.replace("ar232_taken_over", "change").replace("../../bases/law", str(tmp_path / "law")), encoding="utf-8"
    )
    shutil.copytree(LAW, tmp_path / "law")
    law = tmp_path / "law" / "limits" / "rules.yaml"
    named = "each: period\nconditions: {few: [period.days_per_week < param.days_max]}\n"
    text = law.read_text(encoding="utf-8").replace("each: period\n", named)
    law.write_text(text.replace("when: [period.days_per_week < param.days_max]", "when: [few]"), encoding="utf-8")
    (folder / "limits" / "rules.yaml").write_text(f"ruleset: limits\nrules:\n  - {rule}\n", encoding="utf-8")
    return folder


def test_of_an_amendment_what_it_says_is_changed() -> None:
    """The example's rules and value are changed, alone and beside the rulebook, and its cases notice each change."""
    alone = mutants_of(load(EXAMPLE, plugins=False), EXAMPLE)
    beside = load("finland", plugins=False, amend=[EXAMPLE])
    assert [(mutant.file, mutant.line, mutant.before) for mutant in alone] == [
        (mutant.file, mutant.line, mutant.before) for mutant in mutants_of(beside)
    ]
    assert {rule for mutant in alone for rule in mutant.rules} == {"SUP-1", "SUP-2", "SUP-3"}
    assert "parameter" in {mutant.kind for mutant in alone}
    report = run_mutants(beside, processes=1)
    # one change of a day is proven equal, so that no case can notice it
    assert report.count() == len(alone) == report.count("killed") + report.count("equal")
    assert (report.count("equal"), report.survivors) == (1, ())
    with pytest.raises(UnknownName, match="PL-40"):
        run_mutants(beside, processes=1, only=["PL-40"])


def test_what_an_amendment_takes_over_is_not_changed(tmp_path: Path) -> None:
    """Of a rule that replaces another only what is written anew, the day from which it holds, and the rule itself."""
    folder = amendment(tmp_path, "{id: A-1, replaces: L-1, cite: amending.1}")
    changed = mutants_of(load(folder, plugins=False), folder)
    assert {(mutant.kind, mutant.before) for mutant in changed if mutant.rules} == {
        ("rule", "A-1: the rule"), ("day", "A-1: from: 2030-01-01"),
    }  # fmt: skip


def test_conditions_named_by_what_is_amended(tmp_path: Path) -> None:
    """A named condition of the amended ruleset is no part of the amendment; the tests beside it are."""
    rule = "{id: A-1, replaces: L-1, when: [few, period.client_consents], cite: amending.1}"
    folder = amendment(tmp_path, rule)
    changed = [mutant for mutant in mutants_of(load(folder, plugins=False), folder) if mutant.rules]
    assert {(mutant.kind, mutant.before) for mutant in changed if mutant.kind in ("comparison", "test", "and_or")} == {
        ("comparison", "period.client_consents"),
        ("and_or", "all(period.days_per_week < param.days_max; period.client_consents)"),
        ("test", "few"), ("test", "period.client_consents"),
    }  # fmt: skip
