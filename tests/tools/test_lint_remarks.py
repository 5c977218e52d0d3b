"""What ``checking`` says of a rulebook when one thing is taken from it, and what it does not ask for."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from aava_rules.compiler import diagrams
from aava_rules.decision.loading import load
from aava_rules.language.errors import Fault, RulebookNotFound
from aava_rules.tools import lint as checking
from aava_rules.tools.lint import programs

TITLE = "title: {fi: x, sv: x, en: x}"
LINT = Path(__file__).parent / "lint"
RULES, CASES = "membership/rules.yaml", "membership/cases.yaml"
PERIODS, STEPS = "limits/cases.yaml", "path/cases.yaml"
PARAMETERS, VOCABULARY = "parameters.yaml", "vocabulary.yaml"


def edited(tmp_path: Path, *edits: tuple[str, str, str]) -> list[Fault]:
    """The remarks on the complete rulebook after some texts of its files have been replaced."""
    folder = tmp_path / "complete"
    shutil.copytree(LINT / "complete", folder)
    for name, old, new in edits:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} should stand once in {name}"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return checking.find_remarks(load(folder, plugins=False))


def codes_and_places(faults: list[Fault]) -> set[tuple[str, str]]:
    return {(fault.code, fault.source.strip()) for fault in faults}


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (CASES, "age: 17", "age: 16", {("AR203", "adult: [age >= param.age_limit]")}),
        (CASES, "subsidy_days: 179", "subsidy_days: 100", {("AR203", "long_time: {type: boolean, ")}),
        (CASES, "expect: {member: unknown}", "checks: {}", {("AR205", "- id: M-1"), ("AR205", "- id: M-2")}),
        (CASES, "date: 2009-12-31", "date: 2009-12-30", {("AR204", "in_force: {from: 2010-01-01}")}),
        (CASES, "excluded: true", "excluded: false", {("AR201", "- id: M-2"), ("AR206", "overrides: [M-1]")}),
        (CASES, "excluded: true", "excluded: true, member: false", {
            ("AR201", "- id: M-2"), ("AR206", "overrides: [M-1]"),
        }),
        (CASES, "age: 18, subsidy_days: 180, excluded: true", "excluded: true", {("AR206", "overrides: [M-1]")}),
        (RULES, "overrides: [M-1]", "overrides: []", {("AR213", "- id: M-2")}),
        (RULES, "      - adult\n", "", {("AR212", "adult: [age >= param.age_limit]"), ("AR212", "age_limit:")}),
        (PERIODS, "kind: introductory", "kind: rehabilitative_work", {
            ("AR203", "- period.kind == rehabilitative_work"), ("AR202", "- id: L-1"),
        }),
        (PERIODS, "client_consents: true", "client_consents: false", {("AR206", "unless:")}),
        (PERIODS, "2015-06-30", "2015-06-29", {("AR204", "2015-07-01: {value: 4, ")}),
        (PARAMETERS, "{value: 5, cite: act.3a", "{value: 6, cite: act.3a", {("AR204", "2012-01-01: {value: 6, ")}),
        (PERIODS, "2020-01-01", "2020-01-02", {("AR204", "in_force: {from: 2010-01-01, until: 2019-12-31}")}),
        (STEPS, "record: {}", "record: {events: []}", {("AR205", "- id: P-1")}),
        (STEPS, "- {step: follow_up_contact, on: 2014-04-20, needs_services: false}", "", {("AR206", "unless:")}),
        ("path/rules.yaml", "    message: call\n", "", {("AR212", "call:")}),
        (VOCABULARY, "  by_age: {", "  by_nobody: {", {("AR212", "by_nobody: {")}),
        (RULES, "[by_age, by_time]", "[by_age]", {("AR212", "grounds: {type: set, ")}),
    ],
)  # fmt: skip
def test_one_thing_is_taken_away(tmp_path: Path, name: str, old: str, new: str, expected: set[tuple[str, str]]) -> None:
    """A complete rulebook that lacks one thing gets the remark on that thing, at its line, and no other."""
    actual = codes_and_places(edited(tmp_path, (name, old, new)))
    assert {code for code, _ in actual} == {code for code, _ in expected}
    assert len(actual) == len(expected)
    for code, line in expected:
        assert any(code == other and source.startswith(line) for other, source in actual), (code, line, actual)


@pytest.mark.parametrize(("default", "codes"), [("period.days_per_week_most", set()), ("0", {"AR205"})])
def test_a_case_that_lacks_what_another_fact_stands_in_for(tmp_path: Path, default: str, codes: set[str]) -> None:
    """Where the default of a fact is another fact, both may be missing, and a case shows it; a number never is."""
    derived = (
        "period.most_days: {type: integer, unit: days/week, title: {fi: x, sv: x, en: x}, value: period.days_per_week"
    )
    actual = edited(
        tmp_path,
        (VOCABULARY, "  never_read:", f"  {derived}, default: {default}}}\n  never_read:"),
        ("limits/rules.yaml", "period.days_per_week <=", "period.most_days <="),
        (PERIODS, "checks: {short_week: unknown}", f"checks: {{short_week: {'met' if codes else 'unknown'}}}"),
    )
    assert {fault.code for fault in actual} == codes


class TestCasesThatCount:
    def test_what_a_case_does_not_ask_for(self, tmp_path: Path) -> None:
        """Answers that come out with a case but that it does not expect show nothing of their rules."""
        swapped = (
            (CASES, "expect: {member: true, grounds: [by_age, by_time]}", "checks: {short_week: not_applicable}"),
        )
        faults = edited(tmp_path, *swapped)
        assert ("AR201", "- id: M-1") not in codes_and_places(faults), (
            "the excluded client is still asked for, and the rule holds"
        )
        assert {fault.code for fault in faults} == {"AR204"}

    def test_an_outcome_that_an_expected_one_rests_on(self, tmp_path: Path) -> None:
        """Rules of a lower outcome are shown by the cases that expect a higher one."""
        vocabulary = "  grounds: {type: set,"
        higher = "  higher: {type: boolean, title: {fi: x, sv: x, en: x}}\n"
        rule = "    message: member\n"
        added = (
            rule + "  - id: M-3\n    title: {fi: x, sv: x, en: x}\n    when: [member]\n"
            "    then: {higher: true}\n    cite: act.1\n"
        )
        folder = tmp_path / "lower"
        folder.mkdir()
        edits = [
            (VOCABULARY, vocabulary, higher + vocabulary), (RULES, rule, added),
            (RULES, "decides: [member, grounds]", "decides: [member, grounds, higher]"),
        ]  # fmt: skip
        cases = (LINT / "complete" / CASES).read_text(encoding="utf-8")
        expecting = cases.replace("member: true", "higher: true").replace("member: ", "higher: ")
        faults = edited(folder, *edits, (CASES, cases, expecting.replace("higher: false", "higher: not_applicable")))
        assert faults == []

    def test_cases_that_cannot_be_asked(self, tmp_path: Path) -> None:
        """A case with a fault in its record shows nothing and stops nothing."""
        faults = edited(tmp_path, (CASES, "given: {age: 17,", "given: {agee: 17, age: 17,"))
        assert codes_and_places(faults) == {("AR203", "adult: [age >= param.age_limit]")}

    def test_an_unknown_day_of_another_rule(self, tmp_path: Path) -> None:
        """A rule is shown by an item of which only the day that some other rule is judged on is unknown."""
        added = "  - id: L-2\n    requirement: told\n    title: {fi: x, sv: x, en: x}\n    judged_on: decision_date\n"
        added += "    require: [period.kind == rehabilitative_work]\n    cite: act.3\n"
        case = "- case: {}\n  date: 2014-01-01\n  record: {{periods: [{}]}}\n  checks: {{told: {}}}\n"
        case += "  ground: STATUTE\n  ref: act.3\n"
        cases = "".join(
            case.format(*each)
            for each in (
                ("A", "{kind: rehabilitative_work}", "met"),
                ("B", "{kind: introductory}", "broken"),
                ("C", "{}", "unknown"),
            )
        )
        faults = edited(
            tmp_path,
            (
                "vocabulary.yaml",
                "requirements:\n",
                "requirements:\n  told: {each: period, title: {fi: x, sv: x, en: x}}\n",
            ),
            ("limits/rules.yaml", "    message: short_week\n", "    message: short_week\n" + added),
            (PERIODS, "- case: Before the act\n", cases + "- case: Before the act\n"),
        )
        assert faults == []


class TestRulesThatAreNotAsked:
    def test_an_assessment_that_no_fact_records(self, tmp_path: Path) -> None:
        """A rule that always leaves the answer to an official is shown where everything else of it holds."""
        edit = (RULES, "    when:\n      - excluded\n", "    needs_judgement: true\n    when:\n      - excluded\n")
        assert codes_and_places(edited(tmp_path, edit)) == set()

    def test_a_clash_that_an_official_settles(self, tmp_path: Path) -> None:
        """A rule that always leaves the answer to an official says nothing for sure, so it clashes with none."""
        edit = (RULES, "    overrides: [M-1]\n", "    needs_judgement: true\n")
        assert codes_and_places(edited(tmp_path, edit)) == set()

    def test_rules_that_conclude_the_same(self, tmp_path: Path) -> None:
        """Where the answer is the same whatever a missing fact may be, no case is asked for in which it is unknown."""
        rule = "    message: member\n"
        more = "".join(
            f"  - id: {name}\n    {TITLE}\n    when: [{test}]\n    then: {{either: true}}\n    cite: act.1\n"
            for name, test in (("M-3", "excluded"), ("M-4", "not: excluded"))
        )
        outcome = "  grounds: {type: set,"
        edits = (
            (VOCABULARY, outcome, "  either: {type: boolean, " + TITLE + "}\n" + outcome),
            (RULES, "decides: [member, grounds]", "decides: [member, grounds, either]"),
            (RULES, rule, rule + more),
            (CASES, "expect: {member: true, grounds", "expect: {either: true, member: true, grounds"),
            (CASES, "excluded: true}\n  expect: {", "excluded: true}\n  expect: {either: true, "),
        )
        assert codes_and_places(edited(tmp_path, *edits)) == set()

    def test_law_that_nobody_has_read(self, tmp_path: Path) -> None:
        """A rule whose law nobody has read on any of its days cannot be shown, so no case is asked for."""
        edit = (RULES, "    overrides: [M-1]\n", "    overrides: [M-1]\n    in_doubt_from: 2010-01-01\n")
        faults = edited(tmp_path, edit)
        assert not [fault for fault in faults if "M-2" in fault.what]

    def test_two_facts_of_the_record(self, tmp_path: Path) -> None:
        """A comparison of two facts has no limit that the rulebook says, so no case on it is asked for."""
        fact = "  excluded: {"
        edits = (
            (
                "vocabulary.yaml",
                fact,
                "  other_days: {type: integer, unit: benefit days, title: {fi: x, sv: x, en: x}}\n" + fact,
            ),
            (RULES, "      - excluded\n", "      - excluded\n      - other_days <= subsidy_days\n"),
            (CASES, "excluded: true", "excluded: true, other_days: 20"),
        )
        assert codes_and_places(edited(tmp_path, *edits)) == set()

    def test_a_term_that_passes_over_days(self, tmp_path: Path) -> None:
        """Where one side is always the end of a month, no case one day beyond the limit is asked for."""
        fact = "  excluded: {"
        edits = (
            (VOCABULARY, fact, "  told_on: {type: date, " + TITLE + "}\n" + fact),
            (RULES, "      - excluded\n", "      - excluded\n      - end_of_month(told_on) >= rule.from\n"),
            (CASES, "excluded: true", "excluded: true, told_on: 2014-02-01"),
            (CASES, "age: 17", "told_on: 2009-01-01, age: 17"),
        )
        assert codes_and_places(edited(tmp_path, *edits)) == set()

    def test_rules_of_a_rulebook_below(self, tmp_path: Path) -> None:
        """A rulebook on top of one that lacks cases gets no remark on that one's rules."""
        shutil.copytree(LINT / "ar202_never_failing", tmp_path / "ar202_never_failing")
        folder = tmp_path / "upper"
        folder.mkdir()
        head = 'rulebook: upper\nversion: "1"\ntitle: {fi: x, sv: x, en: x}\nweight: local\n'
        (folder / "rulebook.yaml").write_text(head + "extends: ar202_never_failing\n", encoding="utf-8")
        assert checking.find_remarks(load(folder, plugins=False)) == []


class TestWhereItLies:
    def test_a_folder_that_is_named(self) -> None:
        """The folder of the rule files can be named, for a rulebook that was made from its parts."""
        from aava_rules.decision.service import Rulebook

        rulebook = Rulebook(load(LINT / "ar202_never_failing", plugins=False)._parts)
        assert [fault.code for fault in checking.find_remarks(rulebook, LINT / "ar202_never_failing")] == ["AR202"]
        with pytest.raises(RulebookNotFound):
            checking.find_remarks(rulebook)


class TestGaps:
    """What is meant to have no answer, and how a rulebook says so."""

    def edited(self, tmp_path: Path, *edits: tuple[str, str]) -> Path:
        folder = tmp_path / "sound"
        shutil.copytree(LINT / "sound", folder)
        rules = folder / "support" / "rules.yaml"
        text = rules.read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        rules.write_text(text, encoding="utf-8")
        return folder

    def test_an_outcome_that_is_declared_not_to_apply(self, tmp_path: Path) -> None:
        """``otherwise: {name: not_applicable}`` gives no value and says that this is meant."""
        rulebook = load(self.edited(tmp_path, (", helper: false}", ", helper: not_applicable}")), plugins=False)
        assert "AR215" not in {fault.code for fault in checking.find_remarks(rulebook)}
        outcome = rulebook.decide({"id": "1", "facts": {"applied": False}}, on="2020-01-01").outcomes["helper"]
        assert outcome.status == "not_applicable"

    def test_a_word_of_its_own(self, tmp_path: Path) -> None:
        """A choice that has ``not_applicable`` among its words is given that word."""
        folder = self.edited(tmp_path, ("otherwise: {support: no_support", "otherwise: {support: not_applicable"))
        vocabulary = folder / VOCABULARY
        text = vocabulary.read_text(encoding="utf-8")
        vocabulary.write_text(text.replace("half, no_support]", "half, not_applicable]"), encoding="utf-8")
        outcome = load(folder, plugins=False).decide({"id": "1", "facts": {"housing": "owned"}}, on="2020-01-01")
        assert (outcome.outcomes["support"].status, outcome.outcomes["support"].value) == ("known", "not_applicable")

    def test_a_case_of_another_day(self, tmp_path: Path) -> None:
        """A case counts for what is like it on all days, though the limit has changed since."""
        folder = self.edited(tmp_path, (", helper: false}", "}"))
        with (folder / "support" / "cases.yaml").open("a", encoding="utf-8") as file:
            file.write(
                "- case: Nobody applies\n  date: 2012-01-01\n  given: {applied: false}\n"
                "  expect: {helper: not_applicable}\n  ground: STATUTE\n  ref: act.6\n"
            )
        assert "AR215" not in {fault.code for fault in checking.find_remarks(load(folder, plugins=False))}

    def test_an_exception_for_a_time(self, tmp_path: Path) -> None:
        """Between two times of an exception the rule that it overrides goes on, so there is no day without a rule."""
        more = (
            "  - id: S-{}\n    title: {{fi: x, sv: x, en: x}}\n    in_force: {{from: {}, until: {}}}\n"
            "    overrides: [S-3]\n    when: [valid]\n    then: {{helper: false}}\n    cite: act.6\n"
        )
        folder = self.edited(tmp_path)
        with (folder / "support" / "rules.yaml").open("a", encoding="utf-8") as file:
            file.write(more.format(7, "2011-01-01", "2011-12-31") + more.format(8, "2013-01-01", "2013-12-31"))
        assert "AR219" not in {fault.code for fault in checking.find_remarks(load(folder, plugins=False))}


class TestWhatCannotBeCompared:
    def test_diagrams_that_would_be_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where formulas would have too many nodes, nothing is said of their rules but that they were not compared."""
        monkeypatch.setattr(diagrams, "MOST_NODES", 2)
        remarks = checking.find_remarks(load(LINT / "sound", plugins=False))
        assert {remark.code for remark in remarks} == {"AR230"}
        assert any(remark.what == "not all rules of support could be compared" for remark in remarks)

    def test_days_that_lie_in_too_many_stretches_of_time(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Rules judged on several days are compared on each of these; where they are too many, that is said."""
        folder = tmp_path / "sound"
        shutil.copytree(LINT / "sound", folder)
        with (folder / "support" / "rules.yaml").open("a", encoding="utf-8") as file:
            file.write(
                "  - id: S-9\n    title: {fi: x, sv: x, en: x}\n    judged_on: heard_on\n    in_force: {from: 2012-01-01}\n"
                "    when: [not: applied]\n    then: {helper: false}\n    cite: act.6\n"
            )
        rulebook = load(folder, plugins=False)
        said = "rules of helper that are judged on different days have been compared on the same day only"
        assert said not in {remark.what for remark in checking.find_remarks(rulebook)}
        monkeypatch.setattr(programs, "MOST_APART", 2)
        assert said in {remark.what for remark in checking.find_remarks(rulebook)}

    def test_rules_of_days_in_unlike_stretches_of_time(self, tmp_path: Path) -> None:
        """Two rules that are never in force on one day clash where each is judged on a day of its own."""
        folder = tmp_path / "sound"
        shutil.copytree(LINT / "sound", folder)
        with (folder / "support" / "rules.yaml").open("a", encoding="utf-8") as file:
            file.write(
                "  - id: S-9\n    title: {fi: x, sv: x, en: x}\n    judged_on: heard_on\n"
                "    in_force: {from: 2005-01-01, until: 2008-12-31}\n"
                "    when: [valid]\n    then: {helper: false}\n    cite: act.6\n"
            )
        (remark,) = [
            remark for remark in checking.find_remarks(load(folder, plugins=False))
            if remark.code == "AR213" and "S-3" in remark.what
        ]  # fmt: skip
        example = json.loads(remark.example)
        assert example["given"]["heard_on"][:4] in {"2005", "2006", "2007", "2008"}
        assert date(2010, 1, 1) <= date.fromisoformat(example["date"]) <= date(2019, 12, 31)
