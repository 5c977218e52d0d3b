"""What writers of rules and testers are told: cases in lint, paths that can be opened, cases of testers, explanations."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cases.run import run_cases
from aava_rules.tools.cli import build

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = ROOT / "tests" / "tools" / "lint" / "complete"
WRONG = "- case: Wrong\n  date: 2015-01-01\n  given: {unemployed: false}\n  expect: {target_group: true, own: 1}\n"


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(build(), list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


class TestLint:
    @pytest.fixture
    def own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        shutil.copytree(COMPLETE, tmp_path / "books" / "complete")
        monkeypatch.chdir(tmp_path)
        return tmp_path / "books" / "complete"

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            ("- case: x\n  date: 2020-01-01\n  check: {}\n  ground: OWN\n  ref: x\n", "AR007 there is no check here"),
            ("- case: x\n  date: 2020-01-01\n  ground: OWN\n  ref: x\n", "AR008 OWN cannot stand here"),
            ("- case: x\n  date: 2020-01-01\n  ref: x\n", "AR008 ground is missing"),
            ("- case: [\n", "AR001 this cannot be read as YAML"),
        ],
    )
    def test_faults_of_cases(self, own: Path, content: str, what: str) -> None:
        """A case that cannot be read is a fault with a path that can be opened, and no rule is said to lack cases."""
        (own / "limits" / "cases.yaml").write_text(content)
        result = run("lint", "books/complete")
        assert result.exit_code == 1
        assert what in result.stdout
        assert result.stdout.startswith("books/complete/limits/cases.yaml:")
        assert "AR2" not in result.stdout

    def test_paths_can_be_opened(self, own: Path) -> None:
        """Faults of rules have the path from the folder that is worked in, in lint and in every other command."""
        (own / "vocabulary.yaml").write_text("fact: {}\n")
        place = "books/complete/vocabulary.yaml:1:1  AR007"
        assert place in run("lint", "books/complete").stdout
        result = run("check", "-", "--rulebook", "books/complete")
        assert result.exit_code == 2
        assert place in result.stderr

    def test_outside_of_the_folder(self, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A rulebook elsewhere has whole paths."""
        (own / "vocabulary.yaml").write_text("fact: {}\n")
        monkeypatch.chdir("/")
        (place,) = [line for line in run("lint", str(own)).stdout.splitlines() if "AR007" in line]
        assert Path("/", place.partition(":")[0]) == own.resolve() / "vocabulary.yaml"


class TestCasesOfTesters:
    def test_without_ground_and_ref(self, tmp_path: Path) -> None:
        """A case beside a rulebook need not say what it rests on."""
        path = tmp_path / "x.cases.yaml"
        path.write_text("- case: x\n  date: 2015-01-01\n  expect: {target_group: unknown}\n")
        assert run("test", "finland", "--cases", str(path)).stdout.endswith("1 passed, 0 failed\n")

    def test_a_large_file(self, tmp_path: Path) -> None:
        """A file of cases of more than a megabyte is read."""
        path = tmp_path / "x.cases.yaml"
        note = "x" * 100_000
        cases = [f"- case: {n} {note}\n  date: 2015-01-01\n  expect: {{target_group: unknown}}\n" for n in range(12)]
        path.write_text("".join(cases))
        assert path.stat().st_size > 1_000_000
        assert run("test", "finland", "--cases", str(path)).stdout.endswith("12 passed, 0 failed\n")

    def test_explanations(self, tmp_path: Path) -> None:
        """``--explain`` tells why each answer that differs is as it is, in the language asked; others need none."""
        path = tmp_path / "x.cases.yaml"
        path.write_text(WRONG)
        plain = run("test", "finland", "--cases", str(path)).stdout
        assert "why" not in plain
        told = run("test", "finland", "--cases", str(path), "--explain", "--language", "en")
        assert told.exit_code == 1
        assert "  why       belongs to the target group: no\n" in told.stdout
        assert told.stdout.count("  why  ") == 1
        report = json.loads(run("test", "finland", "--cases", str(path), "--explain", "--format", "json").stdout)
        assert report["failures"][0]["why"][0].startswith("kuuluu kohderyhmään: ei")

    def test_engines(self, tmp_path: Path) -> None:
        """``--engine`` chooses who answers; one that there is not is told."""
        path = tmp_path / "x.cases.yaml"
        path.write_text(WRONG)
        assert run("test", "finland", "--cases", str(path), "--engine", "reference").exit_code == 1
        assert run("test", "finland", "--cases", str(path), "--engine", "fast").exit_code == 2
        book = aava_rules.load("finland", plugins=False)
        assert run_cases(book, path, engine="reference").failed == 1
        with pytest.raises(ValueError, match="no engine"):
            run_cases(book, path, engine="fast")  # type: ignore[arg-type]

    def test_explanations_of_steps(self, tmp_path: Path) -> None:
        """A step that is not suggested is explained, so that what is unknown is seen."""
        path = tmp_path / "x.cases.yaml"
        path.write_text("- case: x\n  date: 2015-01-01\n  steps: [plans_updated]\n")
        result = run("test", "finland", "--cases", str(path), "--explain", "--language", "en")
        assert "why       Plans are updated: " in result.stdout
