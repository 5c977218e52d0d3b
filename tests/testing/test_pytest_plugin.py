"""The pytest plugin: it collects worked cases, tells what differs, runs under xdist, and costs nothing where there are none."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ("-p", "pytest_aava_rules", "-p", "no:cacheprovider", "-p", "no:randomly")
RIGHT = """
- case: two months is too short
  date: 2014-06-01
  rulebook: finland
  record: {periods: [{kind: rehabilitative_work, start: 2014-06-01, length_months: 2}]}
  checks: {period_length_min: broken}
  ground: STATUTE
  ref: "13"
"""
WRONG = """
- case: two months is enough
  date: 2014-06-01
  rulebook: finland
  record: {periods: [{kind: rehabilitative_work, start: 2014-06-01, length_months: 2, days_per_week: 3}]}
  checks: {period_length_min: met, days_per_week_max: met}
  ground: STATUTE
  ref: "13"
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> object:
    """Runs pytest on files of cases."""

    def run_on(*arguments: str, **files: str) -> pytest.RunResult:
        for name, text in files.items():
            (pytester.path / f"{name}.cases.yaml").write_text(text, encoding="utf-8")
        return pytester.runpytest_subprocess(*PLUGIN, *arguments)

    return run_on


def test_a_failed_property_shows_no_source_of_the_library(pytester: pytest.Pytester) -> None:
    """What stands above the message is the test of the host, and not how the library looks for an example."""
    pytester.makepyfile(
        """
        import aava_rules
        from hypothesis import settings, strategies as st
        from datetime import date
        from aava_rules.testing import breaks_no_limit, hostile_input_is_refused, more_facts_turn_no_answer

        BOOK = aava_rules.load("finland", plugins=False)
        FEW = settings(max_examples=20, database=None, derandomize=True)
        SIX = {"kind": "rehabilitative_work", "start": "2014-06-02", "length_months": 3, "days_per_week": 6}

        def test_limit():
            days = st.just(({"id": "a"}, date(2014, 6, 1)))
            breaks_no_limit(lambda record, on: record | {"periods": [SIX]}, BOOK, records=days, settings=FEW)

        def test_facts():
            def turned(record, on):
                return {"a": "facts" in record}

            records = st.just(({"id": "a"}, {"id": "a", "facts": {"age": 3}}, date(2014, 6, 1)))
            more_facts_turn_no_answer(BOOK, turned, records=records, settings=FEW)

        def test_hostile():
            hostile_input_is_refused(lambda record: 1 // 0, BOOK, settings=FEW)
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly")
    result.assert_outcomes(failed=3)
    shown = result.stdout.str()
    assert "A plan breaks the limit" in shown and "More facts turn the answer" in shown and "is raised" in shown
    assert "_smallest" not in shown and "raise AssertionError" not in shown


def test_cases_are_tests(run: object) -> None:
    """Each case of each `*.cases.yaml` is one test, by its name; other YAML is left alone."""
    result = run("-v", one=RIGHT, two=RIGHT + RIGHT)  # type: ignore[operator]
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["one.cases.yaml::two months is too short PASSED*"])
    assert "two months is too short (2)" in result.stdout.str()


def test_a_failure_tells_the_place_and_what_differs(run: object) -> None:
    """No traceback: the file, line and name of the case, what it expects and what came, and nothing that agrees."""
    result = run(wrong=RIGHT + WRONG)  # type: ignore[operator]
    result.assert_outcomes(passed=1, failed=1)
    text = result.stdout.str()
    result.stdout.fnmatch_lines(
        [
            "*wrong.cases.yaml:10:3: two months is enough",
            "  checks: period_length_min",
            "    expected: met",
            "    got:      broken",
        ]
    )
    assert "days_per_week_max" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (RIGHT.replace("  rulebook: finland\n", ""), "*expected: a rulebook to ask*"),
        (RIGHT.replace("finland", "no_such"), "*There is no rulebook no_such*"),
        (RIGHT.replace("length_months: 2", "length_months: -2"), "*AR1*"),
        (RIGHT.replace("checks:", "cheks:"), "*AR007*"),
        (RIGHT.replace("  checks: {period_length_min: broken}\n", ""), "*expected: expect, checks*"),
    ],
)
def test_a_case_that_cannot_be_run_fails_and_says_why(run: object, text: str, says: str) -> None:
    """Without a rulebook, with a wrong record, an unknown key, or nothing expected: a failure of that case alone."""
    result = run(wrong=text + RIGHT)  # type: ignore[operator]
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([says])


def test_a_file_that_is_no_list_of_cases_is_an_error_of_collection(run: object) -> None:
    """It is told with its code, and the other files are run."""
    result = run("--continue-on-collection-errors", bad="a: [", right=RIGHT)  # type: ignore[operator]
    result.assert_outcomes(passed=1, errors=1)
    assert "AR001" in result.stdout.str()


def test_the_option_names_a_rulebook_whose_cases_are_tests(pytester: pytest.Pytester) -> None:
    """The `cases.yaml` of the rulebook are collected, asked of it, and so are cases that name none."""
    town = pytester.path / "town"
    (pytester.path / "elsewhere" / "set").mkdir(parents=True)
    (pytester.path / "elsewhere" / "set" / "cases.yaml").write_text("a: [", encoding="utf-8")
    files = {
        "rulebook.yaml": "rulebook: town\nversion: '1'\ntitle: {fi: t, sv: t, en: t}\nweight: local\nextends: finland\n",
        "sources.yaml": "own: {title: {fi: t, sv: t, en: t}}\n",
        "vocabulary.yaml": "requirements: {town_consents: {each: period, title: {fi: t, sv: t, en: t}}}\n",
        "set/rules.yaml": (
            "ruleset: set\ntitle: {fi: t, sv: t, en: t}\nrules:\n  - id: T-1\n    requirement: town_consents\n    each: period\n"
            "    title: {fi: t, sv: t, en: t}\n    require: [period.client_consents]\n    in_force: {from: 2014-01-01}\n    cite: own.1\n    message: m\n"
        ),
        "set/messages.yaml": "m: {broken: {fi: t, sv: t, en: t}}\n",
        "set/cases.yaml": (
            "- case: who says no\n  date: 2014-06-01\n  record: {periods: [{start: 2014-06-01, client_consents: false}]}\n"
            "  checks: {town_consents: broken}\n  ground: SOURCE\n  ref: own\n"
        ),
    }
    for name, text in files.items():
        (town / name).parent.mkdir(parents=True, exist_ok=True)
        (town / name).write_text(text, encoding="utf-8")
    (pytester.path / "more.cases.yaml").write_text(files["set/cases.yaml"], encoding="utf-8")
    pytester.makeini("[pytest]\naava_rules_rulebook = town\n")
    result = pytester.runpytest_subprocess(*PLUGIN, "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["more.cases.yaml::who says no PASSED*", "town/set/cases.yaml::who says no PASSED*"])


def test_cases_run_under_xdist(pytester: pytest.Pytester) -> None:
    """Two workers run the same cases, and a failure comes back as it is told without them."""
    (pytester.path / "wrong.cases.yaml").write_text(RIGHT + WRONG, encoding="utf-8")
    result = pytester.runpytest_subprocess(*PLUGIN, "-n", "2")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*wrong.cases.yaml:10:3: two months is enough", "    got:      broken"])


def test_without_cases_nothing_is_imported() -> None:
    """pytest imports the plugin at each start: neither the library nor anything that it needs comes with it."""
    program = (
        "import sys, pytest\nbefore = set(sys.modules)\nimport pytest_aava_rules\n"
        "assert set(sys.modules) - before == {'pytest_aava_rules'}, set(sys.modules) - before"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=dict(os.environ))


def test_who_has_no_cases_does_not_notice_the_plugin(pytester: pytest.Pytester) -> None:
    """A `cases.yaml` of another tool is left alone, and the library is not imported for a run of other tests."""
    (pytester.path / "cases.yaml").write_text("a: [", encoding="utf-8")
    pytester.makepyfile("import sys\ndef test_it():\n    assert 'aava_rules' not in sys.modules\n")
    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=1)


def test_the_distribution_brings_the_plugin() -> None:
    """Whoever installs the library has it, by one entry point, which is named as its module."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["pytest11"] == {"pytest_aava_rules": "pytest_aava_rules"}
    assert "src/pytest_aava_rules" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
