"""The case runner: what a case may expect, how answers compare, and what a wrong case does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

import aava_rules
from aava_rules.language.errors import RulebookError
from aava_rules.rulebook.locate import shipped_folder
from aava_rules.tools.cases.compare import same_value
from aava_rules.tools.cases.run import CaseReport, LoadedCase, load_cases, rulebook_cases, run_cases

HEAD = "ground: DERIVED, ref: test"
KNOWN = (
    "age: 40, unemployed: true, subsidy_entitled: true, employment_plan_made: true, subsidy_days: 500, "
    "integration_plan_entitled: false"
)
PERIOD = "kind: rehabilitative_work, start: 2015-09-01, end: 2015-12-01, plan_made_on: 2015-08-01"


@lru_cache(maxsize=1)
def rulebook() -> aava_rules.Rulebook:
    return aava_rules.load("aava", plugins=False)


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], CaseReport]:
    def running(text: str) -> CaseReport:
        file = tmp_path / "cases.yaml"
        file.write_text(text, encoding="utf-8")
        return run_cases(rulebook(), file)

    return running


def single_case(body: str, date: str = "2015-09-15") -> str:
    return f"- {{case: A case, date: {date}, {HEAD}, {body}}}\n"


Run = Callable[[str], CaseReport]


class TestShippedCases:
    def test_every_shipped_case_passes(self) -> None:
        """The worked cases of the shipped rulebooks pass, those of the lower rulebook included."""
        cases = rulebook_cases(rulebook())
        report = run_cases(rulebook(), cases)
        assert report.to_dict() == {"passed": len(cases), "failed": 0, "failures": []}
        assert {"", str(shipped_folder() / "finland")} <= {case.rulebook for case in cases}

    def test_the_rulebook_runs_its_own(self) -> None:
        """A rulebook that is loaded by name finds the cases that lie beside its rules."""
        assert run_cases(rulebook()).failed == 0

    def test_a_local_rulebook_by_its_folder(self, tmp_path: Path) -> None:
        """Cases of a folder run, those of the rulebooks below too, and one may name a rulebook beside it."""
        folder = tmp_path / "mine"
        (folder / "local_notes").mkdir(parents=True)
        title = "title: {fi: Oma, sv: Egen, en: Mine}"
        (folder / "rulebook.yaml").write_text(
            f'rulebook: mine\nversion: "1"\n{title}\nweight: local\nextends: finland\n', encoding="utf-8"
        )
        text = single_case(f"given: {{{KNOWN}}}, expect: {{target_group: true}}")
        text += single_case(f"rulebook: mine, given: {{{KNOWN}}}, expect: {{target_group: true}}")
        text += single_case("rulebook: aava, record: {events: []}, no_steps: [follow_up_contact]")
        (folder / "local_notes" / "cases.yaml").write_text(text, encoding="utf-8")
        (folder / "local_notes" / "rules.yaml").write_text(
            f"ruleset: local_notes\n{title}\nrules: []\n", encoding="utf-8"
        )
        mine = aava_rules.load(folder, plugins=False)
        cases = rulebook_cases(mine, folder)
        report = run_cases(mine, cases)
        assert report.failures == ()
        assert report.passed == len(cases) > 3


class TestExpectations:
    @pytest.mark.parametrize(
        "body",
        [
            f"given: {{{KNOWN}}}, expect: {{target_group: true, target_group_grounds: [adult_subsidy]}}, by: [TG-21]",
            "given: {}, expect: {target_group: unknown}",
            f"given: {{{KNOWN}}}, expect: {{target_group: true}}, missing: []",
            "given: {attended_days_last_12_months: {at_least: 100}}, checks: {participation_days_cap: unknown}, "
            "missing: [attended_days_last_12_months]",
            f"record: {{periods: [{{{PERIOD}, days_per_week: 5}}]}}, checks: {{days_per_week_max: broken}}",
            f"given: {{{KNOWN}}}, record: {{id: own, periods: []}}, expect: {{target_group: true}}",
            f"record: {{facts: {{age: 20}}, client: {{}}}}, given: {{{KNOWN}}}, expect: {{target_group: true}}",
            "record: {periods: []}, checks: {days_per_week_max: not_applicable}",
            "record: {events: [{step: client_relationship_ends, on: 2015-09-01}]}, steps: [follow_up_contact]",
            "record: {events: [{step: client_relationship_ends, on: 2015-09-01}]}, "
            "steps: [{step: follow_up_contact, due: 2015-10-01}], no_steps: [first_meeting]",
        ],
    )
    def test_what_holds_passes(self, run: Run, body: str) -> None:
        """Each kind of expectation passes where the answer is so."""
        report = run(single_case(body))
        assert report.to_dict() == {"passed": 1, "failed": 0, "failures": []}

    @pytest.mark.parametrize(
        ("body", "expected", "got"),
        [
            (f"given: {{{KNOWN}}}, expect: {{target_group: false}}", {"target_group": False}, {"target_group": True}),
            (
                f"given: {{{KNOWN}}}, expect: {{target_group: unknown}}",
                {"target_group": "unknown"},
                {"target_group": True},
            ),
            ("given: {}, expect: {target_group: false}", {"target_group": False}, {"target_group": "unknown"}),
            (
                f"given: {{{KNOWN}}}, expect: {{target_group_grounds: []}}",
                {"target_group_grounds": []},
                {"target_group_grounds": ["adult_subsidy"]},
            ),
            (
                f"given: {{{KNOWN}}}, expect: {{target_grup: true}}",
                {"target_grup": True},
                {"target_grup": "there is no outcome target_grup. Did you mean target_group?"},
            ),
        ],
    )
    def test_outcomes_that_differ(self, run: Run, body: str, expected: Any, got: Any) -> None:
        """A wrong outcome is told with both answers; an unknown one is never no, nor an empty set."""
        (failure,) = run(single_case(body)).failures
        assert (failure.expected, failure.got) == ({"expect": expected}, {"expect": got})

    def test_only_what_differs_is_told(self, run: Run) -> None:
        """Of several expectations those that hold are not repeated."""
        body = f"given: {{{KNOWN}}}, expect: {{target_group: true, target_group_grounds: [young_subsidy]}}, by: [TG-99]"
        (failure,) = run(single_case(body)).failures
        assert failure.to_dict() == {
            "case": "A case",
            "expected": {"expect": {"target_group_grounds": ["young_subsidy"]}, "by": ["TG-99"]},
            "got": {"expect": {"target_group_grounds": ["adult_subsidy"]}, "by": ["TG-21"]},
        }

    @pytest.mark.parametrize(
        ("periods", "worst"),
        [
            (["days_per_week: 3", "days_per_week: 5"], "broken"),
            (["days_per_week: 3", "hours_per_day: 4"], "unknown"),
            (["days_per_week: 3", "days_per_week: 3"], "met"),
            (["days_per_week: 5", "hours_per_day: 4", "days_per_week: 3"], "broken"),
        ],
    )
    def test_the_worst_status_of_several_items_counts(self, run: Run, periods: list[str], worst: str) -> None:
        """Over several items a check compares the worst: broken, then unknown, then met."""
        items = ", ".join(f"{{{PERIOD}, {period}}}" for period in periods)
        assert run(single_case(f"record: {{periods: [{items}]}}, checks: {{days_per_week_max: {worst}}}")).failed == 0
        for other in {"broken", "unknown", "met", "not_applicable"} - {worst}:
            (failure,) = run(
                single_case(f"record: {{periods: [{items}]}}, checks: {{days_per_week_max: {other}}}")
            ).failures
            assert failure.got == {"checks": {"days_per_week_max": worst}}

    @pytest.mark.parametrize("due", ["2015-10-02", "none", "unknown", "null"])
    def test_a_wrong_due_day(self, run: Run, due: str) -> None:
        """A step with another due day than expected fails, also where none or an unknown one is expected."""
        record = "record: {events: [{step: client_relationship_ends, on: 2015-09-01}]}"
        (failure,) = run(single_case(f"{record}, steps: [{{step: follow_up_contact, due: {due}}}]")).failures
        assert {"step": "follow_up_contact", "due": "2015-10-01"} in failure.got["steps"]

    def test_steps_that_should_not_be(self, run: Run) -> None:
        """A step that is suggested though the case forbids it is named."""
        record = "record: {events: [{step: client_relationship_ends, on: 2015-09-01}]}"
        (failure,) = run(single_case(f"{record}, no_steps: [follow_up_contact, first_meeting]")).failures
        assert failure.got == {"no_steps": {"suggested": ["follow_up_contact"]}}

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("checks: {days_per_week: met}", "there is no requirement days_per_week. Did you mean days_per_week_min?"),
            ("steps: [follow_up]", "there is no step follow_up."),
            ("no_steps: [first_meetin]", "there is no step first_meetin. Did you mean first_meeting?"),
        ],
    )
    def test_names_that_do_not_exist(self, run: Run, body: str, text: str) -> None:
        """A name that the rulebook lacks makes a case fail, so that a typo never passes."""
        (failure,) = run(single_case(body)).failures
        assert text in str(failure.got)

    def test_missing_is_exact(self, run: Run) -> None:
        """Missing facts compare as whole sets, of the names that the case asks for alone."""
        known = KNOWN.replace("age: 40, ", "").replace("500", "300")
        known += ", subsidy_days_last_12_months: 190, allowance_exhausted: false, social_assistance_months: 0"
        body = f"given: {{{known}}}, expect: {{target_group: unknown}}"
        assert run(single_case(f"{body}, missing: [age]")).failed == 0
        for missing in ("[]", "[age, unemployed]"):
            (failure,) = run(single_case(f"{body}, missing: {missing}")).failures
            assert failure.got == {"missing": ["age"]}


@pytest.mark.parametrize(
    ("wanted", "value", "kind", "equal"),
    [
        ("54.00", Decimal("54.0"), "money", True),
        (Decimal("54"), Decimal("54.00"), "money", True),
        ("54.01", Decimal("54.00"), "money", False),
        ("nan", Decimal("1"), "money", False),
        (True, 1, "integer", False),
        (1, 1, "integer", True),
        (1, True, "boolean", False),
        ("true", True, "boolean", False),
        (["b", "a"], frozenset({"a", "b"}), "set", True),
        ([], frozenset(), "set", True),
        ("a", frozenset({"a"}), "set", False),
        ([["a"]], frozenset({"a"}), "set", False),
        ("a", "a", "choice", True),
        (None, "a", "choice", False),
    ],
)
def test_values_compare_by_type(wanted: Any, value: Any, kind: str, equal: bool) -> None:
    """Money compares by exact value, sets without order, and true is never 1."""
    assert same_value(wanted, value, kind) is equal


class TestWrongCases:
    def test_list_styles(self, run: Run) -> None:
        """Block and flow style may stand in one file."""
        block = f"- case: B\n  date: 2015-09-15\n  given: {{{KNOWN}}}\n  expect:\n    target_group: true\n"
        block += "  ground: SOURCE\n  ref: x\n"
        assert run(block + single_case("expect: {target_group: unknown}") + block.replace("B\n", "C\n", 1)).passed == 3

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("expect: {target_group: true}, exspect: {}", "AR007 there is no exspect here. Did you mean expect?"),
            ("checks: {days_per_week_max: brokn}", "AR008 brokn cannot stand here"),
            ("steps: [{stepp: x}]", "there is no stepp here"),
            ("steps: [[a]]", "this should be a step"),
            ("steps: [7]", "this should be a step"),
        ],
    )
    def test_a_case_of_the_wrong_shape_fails_alone(self, run: Run, body: str, text: str) -> None:
        """A case that cannot be read fails with the line of the fault, and the others run."""
        report = run(
            single_case("expect: {target_group: unknown}")
            + single_case(body)
            + single_case("expect: {target_group: unknown}")
        )
        assert report.passed == 2
        (failure,) = report.failures
        assert failure.expected == "a case that can be read"
        assert ":2:" in failure.got
        assert text.split(". ")[0] in failure.got

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("given: {agee: 40}, expect: {target_group: true}", "Did you mean age?"),
            ("given: {age: forty}, expect: {target_group: true}", "facts.age"),
            ("record: {periods: [{start: 2015-13-01}]}, checks: {days_per_week_max: met}", "periods[0].start"),
            ("record: {facts: 5}, given: {age: 40}, expect: {target_group: true}", "facts"),
            ("record: {id: 5}, expect: {target_group: true}", "id"),
            ("rulebook: nowhere, expect: {target_group: true}", "There is no rulebook nowhere"),
        ],
    )
    def test_a_wrong_record_or_rulebook_fails(self, run: Run, body: str, text: str) -> None:
        """A record with a fault, or a rulebook that there is not, is a failure that says so."""
        (failure,) = run(single_case(body)).failures
        assert text in failure.got

    def test_a_case_that_expects_nothing_fails(self, run: Run) -> None:
        """A case without any expectation would pass whatever the rules say, so it fails."""
        (failure,) = run(single_case(f"given: {{{KNOWN}}}")).failures
        assert failure.got == "none of them"

    @pytest.mark.parametrize("text", ["", "case: x\n", "- [\n", "- {case: x}\n- &a b\n"])
    def test_a_file_that_is_no_list_of_cases(self, tmp_path: Path, text: str) -> None:
        """A file that cannot be read as a list of cases is an error with its faults."""
        file = tmp_path / "cases.yaml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(RulebookError, match=r"cases\.yaml"):
            load_cases(file)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """A missing file is an error that names it."""
        with pytest.raises(RulebookError, match=r"none\.yaml.*\n.*AR009 cannot be read"):
            load_cases(tmp_path / "none.yaml")

    def test_places(self, run: Run, tmp_path: Path) -> None:
        """A failure has the file and line of its case."""
        report = run(single_case("expect: {target_group: unknown}") + single_case("expect: {target_group: true}"))
        assert report.failures[0].place == f"{tmp_path / 'cases.yaml'}:2:3"

    def test_cases_may_be_made_without_a_file(self) -> None:
        """The runner takes any cases, so that a host can make its own."""
        (case,) = [loaded for loaded in rulebook_cases(rulebook()) if loaded.name == "The thesis's 500 + 180 days"]
        assert run_cases(rulebook(), [case]).passed == 1
        assert run_cases(rulebook(), [LoadedCase("x", "here", None)]).failed == 1
